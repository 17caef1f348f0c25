# needs ps top slabtop pidstat mpstat iostat sar pstree fuser lsof numactl numastat lscpu lsns prlimit lsfd unshare
# Tools that read /proc and /sys. Numbers are masked: what is compared is that there are the same columns, rows, words and exit codes.
t() {
  "$@" >out 2>&1; code=$?
  echo "== $*" | sed -E "s/\b$p\b/PID/g; s/-i [0-9]+/-i N/"
  sed -E "s/\b(0x[0-9a-f]+|[0-9a-f]{8,})\b/N/g; s/-?[0-9]+([.,:][0-9]+)*/N/g; s/[ 	]+/ /g; s/^ //; s/ $//" out | sed "${lines:-1,400}!d"
  [ $code = 0 ] || echo "exit code $code"
}
cat >worker.py <<'END'
import os, sys, threading, mmap
f = open("held", "w+b"); f.write(b"x" * 8192); f.flush()
m = mmap.mmap(f.fileno(), 8192); d = open("deleted", "w"); os.unlink("deleted")
a, b = os.pipe(); threading.Thread(target=os.read, args=(a, 1)).start()
open("ready", "w").close(); sys.stdin.read(1); os._exit(3)
END
mkfifo in; python3 worker.py <in & p=$!; exec 7>in; while [ ! -e ready ]; do sleep 0.05; done
# procps
for f in pid,ppid,pgid,sess,tty,tpgid,stat,args euser,ruser,suser,fuser,group,rgroup,uid,gid nlwp,ni,pri,rtprio,cls,policy,sched,f,ni \
  vsz,rss,sz,size,drs,rssize,pmem,pss,uss min_flt,maj_flt,pcpu,time,cputimes,etimes,psr,c,cp blocked,caught,ignored,pending,sigmask \
  lwp,tid,tgid,comm,ucmd,s,start,lstart,thcount lsession,machine,seat,unit,ouid ipcns,mntns,netns,pidns,userns,utsns,cgroupns,timens \
  label,oom,oomadj,rops,wops,rbytes,wbytes,rchars,wchars exe,fgid,fgroup,sgid,sgroup,supgid,supgrp,luid,lxc uname,tname,vsize; do
  t ps -o $f -p $p
done
t ps -fp $p; t ps -Lfp $p; t ps v $p; t ps s $p; t ps u $p; t ps j $p; t ps -LMp $p; t ps --forest -o comm --pid $p; t ps -p 4194303; t ps -C nosuchname
ps --no-headers -o comm $$; t ps -T -o comm -p $p; lines=1 t ps aux; lines=1 t ps -eLf; lines=1 t ps axf
top -b -n1 -p $p >out; sed -n '2,$p' out | sed -E 's/[0-9]+([.,:][0-9]+)*/N/g; s/ +/ /g; s/^ //; s/([:,]) ?N/\1 N/g'; lines=6,9 t top -H -b -n1 -p $p
free -V >/dev/null; t free; lines=1 t free -hwtl; t free --si -k; t free -v
t vmstat; t vmstat -a; t vmstat -n 1 2; lines=1,12 t vmstat -s; t vmstat -w; t vmstat -t -S m
lines=2,3 t pmap $p; lines=2 t pmap -x $p; t pmap -X 4194303
pmap -x $p | tail -1 | sed 's/[0-9][0-9]*/N/g; s/  */ /g'; for w in Size Rss Pss Referenced Anonymous LazyFree Swap Locked Mapping VmFlags; do pmap -XX $p | sed -n 2p | grep -ow $w; done
pmap $p | grep -c held; pmap -p $p | grep held | sed 's/[^ ]*  *//; s/  */ /g'; pmap -q $p | head -1 | sed "s/$p/PID/"
pgrep -P $$ -f worker.py | sed "s/$p/PID/"; pgrep -c -P $$ worker; pgrep -x nosuch; echo $?; pgrep -lf -P $$ worker.py | sed "s/$p/PID/"; pgrep -a -P $$ python | sed "s/$p/PID/"
pgrep --ns $$ --nslist pid -P $$ -f worker.py | sed "s/$p/PID/"; pgrep -r S -P $$ -f worker | sed "s/$p/PID/"; pgrep -O 10000 -P $$; echo $?
pwdx $p | sed "s/$p/PID/"; pwdx 4194303 2>&1; t w -h nosuchuser; uptime | sed 's/.*load/load/; s/[0-9][0-9.]*/N/g'
sleep 50 & s=$!; pkill -STOP -P $$ -x sleep; ps -o stat= -p $s; pkill -CONT -P $$ -x sleep; ps -o stat= -p $s; skill -KILL $s 2>&1; wait $s 2>/dev/null; echo $?
sleep 50 & s=$!; snice +5 $s >/dev/null 2>&1; ps -o ni= -p $s; pkill -P $$ -x sleep; wait $s 2>/dev/null; echo $?; sleep 2 & pidwait -P $$ -x sleep; echo $?
for k in kernel.ostype kernel.pid_max vm.overcommit_memory vm.swappiness fs.file-max kernel.threads-max kernel.cap_last_cap; do t sysctl $k; done
sysctl -n nosuch.key 2>&1; sysctl -a 2>/dev/null | grep -c '^kernel.ostype'
# util-linux
for f in NS,TYPE,PATH,NPROCS,PID,PPID,COMMAND,UID,USER,NETNSID,NSFS,PNS,ONS; do lines=1 t lsns -o $f -p $p; done; lsns -n -o TYPE -p $p | sort
lsns -J -o TYPE,NPROCS -p $p | grep -c type
lscpu -J | grep -c '"field": "CPU(s):"'; lscpu -e=CPU,NODE,SOCKET,CORE,ONLINE; lscpu -p=CPU,NODE,SOCKET | grep -v '^#'; lscpu -B -C=NAME,LEVEL | sed 's/  */ /g' | sort | uniq -c | sed 's/  */ /g' | wc -l; lscpu | sed -n 's/:.*//p' | grep -E 'Architecture|op-mode|Byte Order|^CPU\(s\)|On-line|Vendor|Model name|family|Thread|Core|Socket|Flags|NUMA|L1d|L2'
lsipc -m | sed 's/  */ /g'; lsipc -q | sed 's/  */ /g'; lsipc -s | sed 's/  */ /g'; lsipc --noheadings -o RESOURCE; lsipc -g -n | wc -l
m=$(ipcmk -M 4096 | sed 's/.*: //'); q=$(ipcmk -Q | sed 's/.*: //'); e=$(ipcmk -S 2 | sed 's/.*: //')
t ipcs -m -i $m | grep -v -e time -e key; ipcs -q -i $q | grep -c cbytes; ipcs -s -i $e | grep -c semnum; ipcs -l | sed 's/[0-9][0-9]*/N/g'; ipcs -u | grep -c -- ---; lsipc -m -i $m | grep -c Owner
ipcrm -m $m -q $q -s $e; echo $?; ipcrm -m 12345678 2>&1
flock held -c 'lslocks -o COMMAND,TYPE,MODE,M,START,END,PATH -p $PPID; lslocks -n -o TYPE,SIZE,MODE,PATH | grep held | sed "s/ [^ ]*held//; s/  */ /g"' | sed 's/  */ /g'
lines=1 t lslogins; lines=1 t lslogins -o UID,USER,PROC,PWD-LOCK; lslogins root | sed -n 's/:.*//p' | head -5
findmnt -n -o TARGET,FSTYPE /proc | sed 's/  */ /g'; findmnt -n -o FSTYPE -T /proc/self; findmnt -J /proc | grep -c '"target": "/proc"'; findmnt --kernel -t proc -n -o TARGET | head -1; findmnt /nosuch; echo $?; findmnt -D -t tmpfs | head -1 | sed 's/  */ /g'
mountpoint /proc; mountpoint /proc/self; echo $?; mountpoint -q /nosuch; echo $?; mountpoint -d /proc | sed 's/[0-9]*$/N/'
prlimit --noheadings -o RESOURCE,DESCRIPTION,UNITS -p $p; prlimit -p $p --nofile=100:200; prlimit -p $p --nofile -o SOFT,HARD --noheadings | sed 's/  */ /g'; grep 'open files' /proc/$p/limits | sed 's/  */ /g'
chrt -p $p | sed "s/$p/PID/"; chrt -m; chrt -b -p 0 $p && chrt -p $p | sed "s/$p/PID/"; ps -o cls= -p $p; chrt -f -p 5 $p && ps -o cls,rtprio -p $p | sed 's/  */ /g'; chrt -o -p 0 $p
ionice -p $p; ionice -c 2 -n 6 -p $p; ionice -p $p; ionice -c 3 -p $p && ionice -p $p; ionice -c 9 true 2>&1; nice -n 7 ps -o ni= -p $$; renice -n 3 -p $p | sed "s/$p/PID/"; ps -o ni= -p $p
taskset -p $p | sed "s/$p/PID/"; taskset -cp $p | sed "s/$p/PID/"; taskset -cp 0 $p | tail -1 | sed "s/$p/PID/"; taskset -ap $p | sed 's/[0-9]*.s/N/'; taskset -c 900 true 2>&1 | sed 's/[0-9][0-9]*/N/'; grep allowed_list /proc/$p/status
uclampset -p $p 2>&1 | sed "s/[0-9][0-9]*/N/g"; choom -p $p | sed "s/$p/PID/; s/score: [0-9]*/score: N/"; choom -p $p -n 100 | sed "s/$p/PID/"; cat /proc/$p/oom_score_adj; setpriv -d | sed -E 's/[0-9]+/N/g' | head -4
unshare -u sh -c 'hostname inner; hostname'; unshare -fp --mount-proc ps -o pid,comm | sed 's/  */ /g'; unshare -Ur id -u; unshare -T --boottime 1000000 uptime -p | grep -c days; unshare -m findmnt -n -o PROPAGATION /proc
unshare -u sleep 30 & u=$!; while [ "$(readlink /proc/$u/ns/uts)" = "$(readlink /proc/self/ns/uts)" ]; do sleep 0.02; done; nsenter -t $u -u sh -c 'hostname other; hostname'; nsenter -a -t $u true; echo $?; kill $u; wait $u 2>/dev/null; lsfd -n -o ASSOC,MODE,TYPE -p $p | grep -E '^ *[0-7] ' | sed 's/  */ /g'
lsfd -n -o ASSOC,TYPE,DELETED -Q 'DELETED' -p $p | sed 's/  */ /g'; fincore -n -o SIZE,FILE held | sed 's/  */ /g'; t losetup -a; t swapon --show; t zramctl; t blkid -p /dev/null; nproc; nproc --all; getconf -a | sed 's/ .*//' | sort -u | wc -l; getconf PAGESIZE; getconf _NPROCESSORS_ONLN; getconf _NPROCESSORS_CONF
# sysstat
lines=2,40 t mpstat -P ALL; mpstat -P ALL 1 1 | grep -c Average; lines=2,4 t mpstat -N ALL; lines=2,3 t mpstat -I SUM; lines=2,4 t mpstat -T; lines=2 t pidstat -p $p; lines=2,4 t pidstat -p $p -r -h; lines=2,4 t pidstat -d -p $p; lines=2,4 t pidstat -w -p $p; lines=2,4 t pidstat -v -p $p; lines=2,4 t pidstat -s -p $p; lines=2,4 t pidstat -R -p $p; lines=2,4 t pidstat -t -p $p
lines=2,5 t iostat -c; iostat -d | sed -n 3p | sed 's/  */ /g'; lines=2,4 t sar -u 1 1; lines=3 t sar -r 1 1; lines=3 t sar -q 1 1; lines=3 t sar -w 1 1; lines=3 t sar -v 1 1; lines=3 t sar -B 1 1; lines=3 t sar -S 1 1; lines=3 t sar -W 1 1; lines=2,6 t sar -P ALL 1 1
# psmisc, lsof, numactl, htop
export TERM=vt100; t pstree -p $p; pstree -cT -A $p; pstree -aT $p; pstree -H $p -n $p | head -1; pstree -S $p | head -1; fuser held 2>&1 | grep -v Cannot | sed "s/$p/PID/; s/  */ /g"; fuser -v held 2>&1 | grep -v Cannot | sed "s/$p/PID/; s/  */ /g"; fuser nosuch 2>&1 | grep -v Cannot; prtstat $p | grep -v -e RSS | sed 's/[0-9][0-9.]*/N/g; s/0x[0-9a-fNX]*/N/g; s/  */ /g' | sed -n '2,14p'; t prtstat -r $p; killall -0 nosuchname 2>&1; echo $?
lsof -p $p -a -d 0,3-7 | sed -E "s/  */ /g; s/$p/PID/; s/ (0,)?[0-9]+(,[0-9]+)? .* / N /"; lsof -t held | sed "s/$p/PID/"; lsof +L1 -p $p -a -t | sed "s/$p/PID/"; lsof -F pcfa -a -p $p -d 0,1 | sed "s/$p/PID/"; lsof nosuch 2>/dev/null; echo $?
t numastat -p $p; numastat -m 2>&1 | grep -v -e Token | sed -n '2,6p' | sed 's/[0-9][0-9.]*/N/g; s/  */ /g; s/-*//g'; numactl -s | sed -E 's/[0-9]+/N/g; s/(N )+/N /'; numactl -H | grep -v -e size -e free | sed 's/  */ /g'; numactl -N 0 -m 0 grep Mems_allowed_list /proc/self/status
# others
ss -xH src nosuch; echo $?; who -b | wc -l; dmesg >out 2>&1; echo $?; stat -f -c %T /proc /sys
echo -n x >&7; wait $p; echo $?; pgrep -P $$ -f worker.py; echo $?
