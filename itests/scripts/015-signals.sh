#!/bin/bash
# Death by signals as seen by the shell.
. "$(dirname "$0")/prologue" || exit 99

for s in HUP INT TERM KILL USR1 PIPE; do bash -c "kill -$s \$\$" 2>/dev/null; echo "$s $?"; done
sleep 10 & kill $!; wait $! 2>/dev/null; echo $?
sleep 10 & kill -9 $!; wait $! 2>/dev/null; echo $?
kill -0 $$ && echo alive; kill -0 999999 2>/dev/null || echo dead; kill -l 15 9 2
