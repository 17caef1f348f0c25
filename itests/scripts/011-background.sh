#!/bin/bash
# Background jobs and wait.
. "$(dirname "$0")/prologue" || exit 99

for i in 1 2 3 4; do (sleep 0.0$i; exit $i) & pids[i]=$!; done
for i in 1 2 3 4; do wait ${pids[i]}; echo "job $i gave $?"; done
sleep 0.1 & wait; echo "all done $?"; wait 999999 2>/dev/null; echo $?
