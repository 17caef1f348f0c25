#!/bin/bash
# Sessions from the shell.
. "$(dirname "$0")/prologue" || exit 99

setsid bash -c 'echo $(( $(ps -o sid= -p $$ 2>/dev/null || echo $$) == $$ ))'; nohup echo x 2>/dev/null; (trap '' HUP; kill -HUP $BASHPID; echo survived); bash -c 'set -m; sleep 0.1 & [ $(cut -d" " -f5 /proc/$!/stat) = $! ] && echo own group; wait'
