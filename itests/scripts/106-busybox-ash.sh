#!/bin/bash
# The ash shell of busybox.
. "$(dirname "$0")/prologue" || exit 99

cat > s <<'E'
x=5; f() { local x=6; echo $x; return 3; }; f; echo $? $x $((x*7)) ${x:-no} ${#x}
for i in a b; do case $i in a) echo A;; *) echo other;; esac; done
i=0; while [ $i -lt 3 ]; do i=$((i+1)); [ $i = 2 ] && continue; echo $i; done
echo piped | while read l; do echo "got $l"; done; cat <<H
here $x
H
trap 'echo bye' EXIT; (exit 4); echo $?; set -- a b c; shift; echo $1 $#; printf '%03d\n' 9
sleep 0.1 & wait $!; echo waited $?; v=$(echo sub; echo two); echo "$v"; [ -f s ] && echo file; type echo > /dev/null && echo builtin; kill -l 9; ulimit -n > /dev/null && echo lim; umask; eval 'echo ev$x'; echo ${x%5}.${PWD##*/} | cut -c1-2; read a b < s; echo "$a" | wc -c; echo $(( (3 + 4) << 2 )); s=abcabc; echo ${s#a*c} ${s##*b} ${s/b/X}; alias ll=ls; alias ll; command -v cat; exec 3> out; echo to3 >&3; exec 3>&-; cat out; kill -USR1 $$ 2>/dev/null; echo not reached
E
busybox ash s; echo $?; busybox sh -c 'echo "$0 $@"' a b c; echo 'echo from stdin' | busybox ash; busybox ash -n s && echo parses; busybox ash -c 'set -e; false; echo no'; echo $?; busybox vi -h > /dev/null 2>&1; printf '1p\n$p\nq\n' | busybox ed s 2>/dev/null | tail -1 | wc -c | grep -c .
