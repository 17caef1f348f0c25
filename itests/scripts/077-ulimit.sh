#!/bin/bash
# Limits of the shell.
. "$(dirname "$0")/prologue" || exit 99

ulimit -n 20; ulimit -n; bash -c 'for i in $(seq 10 30); do eval "exec $i</dev/null" 2>/dev/null || { echo "stopped at $i"; break; }; done'; (ulimit -f 1; dd if=/dev/zero of=f bs=1k count=5 2>/dev/null); echo $(( $? > 0 )); stat -c %s f; (ulimit -t 1; while :; do :; done) 2>/dev/null; echo $?; (ulimit -v 50000; bash -c ':' && echo enough); ulimit -Hn > /dev/null && echo hard; ulimit -c
