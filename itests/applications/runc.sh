# needs runc busybox mknod
# containers of runc: a root file system of busybox, its devices, limits, and its commands
umask 022
# in a sandbox as in a container: a group with processes of its own gives no memory to those below
if [ "$(cat /proc/self/cgroup)" = 0::/ ] && [ -e /sys/fs/cgroup/cgroup.type ]; then
    mkdir /sys/fs/cgroup/init
    while read -r each; do echo "$each" > /sys/fs/cgroup/init/cgroup.procs; done < /sys/fs/cgroup/cgroup.procs
    echo +cpu +memory +pids > /sys/fs/cgroup/cgroup.subtree_control
fi
mkdir -p box/rootfs/bin box/rootfs/proc box/rootfs/dev box/rootfs/sys box/rootfs/tmp box/rootfs/etc
cp "$(command -v busybox)" box/rootfs/bin/busybox
for each in sh ls cat echo id mknod hostname sleep stat kill ps grep mount umount mkdir head wc sort tr; do
    ln -s busybox box/rootfs/bin/$each
done
echo root:x:0:0:root:/:/bin/sh > box/rootfs/etc/passwd
cd box
runc spec

# the command, and whatever else is to be changed, in the specification
specify() {
    python3 - "$@" <<'P'
import json, sys
spec = json.load(open('config.json'))
spec['process']['terminal'] = False
spec['process']['args'] = ['/bin/sh', '-c', 'exec 2>&1\n' + sys.argv[1]]
spec['root']['readonly'] = False
spec['linux']['resources'] = {'devices': [{'allow': False, 'access': 'rwm'}]}
spec['process']['capabilities'] = {kind: ['CAP_KILL', 'CAP_MKNOD', 'CAP_AUDIT_WRITE'] for kind in ('bounding', 'effective', 'permitted')}
if len(sys.argv) > 2:
    spec['linux']['resources'].update(json.loads(sys.argv[2]))
json.dump(spec, open('config.json', 'w'))
P
}
run() {
    runc --root "$PWD/state" run "$@" < /dev/null 2>&1
    echo "exit code $?"
}

specify 'id -u; hostname; echo $$; ls /dev | tr "\n" " "; echo; ls -l /dev/null /dev/zero | wc -l; cat /proc/1/comm'
run first

echo == devices
specify 'echo null > /dev/null && head -c 4 /dev/zero | wc -c
mknod /dev/mynull c 1 3 && echo more > /dev/mynull && echo may use null
mknod /dev/mymem c 1 1 && echo may make mem
cat /dev/mymem
mknod /dev/mydisk b 7 0 && echo may make disk; cat /dev/mydisk; echo > /dev/mydisk
mknod /dev/mykmsg c 1 11; cat /dev/mykmsg'
run devices

echo == a device more
specify 'mknod /dev/myfull c 1 7; cat /dev/full 2>&1 | head -c 2 | wc -c; echo x > /dev/myfull; mknod /dev/mymem2 c 1 1; cat /dev/mymem2' \
    '{"devices": [{"allow": false, "access": "rwm"}, {"allow": true, "type": "c", "major": 1, "minor": 7, "access": "w"}]}'
run more

echo == mounts and namespaces
specify 'echo x > /proc/sys/kernel/hostname; ls /proc/1/ns | tr "\n" " "; ls -a / | tr "\n" " "; echo; cat /proc/self/mountinfo | grep -c " /proc "'
run mounts

echo == pids
specify 'sleep 0.5; sleep 9 & sleep 9 & sleep 9 & sleep 9 & echo no limit' '{"pids": {"limit": 4}}'
run pids

echo == create, start, exec, kill, delete
specify 'echo started; sleep 1000'
runc --root "$PWD/state" create one < /dev/null > log 2>&1; echo "create $?"
state() {
    runc --root "$PWD/state" state one | python3 -c 'import json, sys; print(json.load(sys.stdin)["status"])'
}
state
runc --root "$PWD/state" start one; echo "start $?"
state
runc --root "$PWD/state" exec one /bin/sh -c 'exec 2>&1; echo inside $(id -u); cat /proc/1/comm; mknod /dev/mysda b 8 0; cat /dev/mysda; exit 3' < /dev/null; echo "exec $?"
runc --root "$PWD/state" ps one | wc -l
runc --root "$PWD/state" pause one; state
runc --root "$PWD/state" resume one; state
runc --root "$PWD/state" list -q
runc --root "$PWD/state" kill one KILL; echo "kill $?"
for i in 1 2 3 4 5 6 7 8 9 10; do [ "$(state)" = stopped ] && break; sleep 0.3; done
state
runc --root "$PWD/state" delete one; echo "delete $?"
runc --root "$PWD/state" list -q | wc -l
cat log
