#!/bin/bash
# Processes listed.
. "$(dirname "$0")/prologue" || exit 99

# Once it is the program, and waits.
sleeping() { until [ "$(awk '{print $2, $3}' "/proc/$1/stat")" = '(sleep) S' ]; do sleep 0.01; done; }
sleep 3 & p=$!; sleeping $p; ps -o comm= -p $p 2>/dev/null || cat /proc/$p/comm; cat /proc/$p/stat | awk '{print $2, $3}'; kill $p; wait $p 2>/dev/null; ls -d /proc/$p 2>/dev/null || echo gone; pgrep -f nosuchprogramatall; echo $?; sleep 7.77 & sleeping $!; pkill -f 'sleep 7.77'; wait $! 2>/dev/null; echo $?
