#!/bin/bash
# Sleeping and timing.
. "$(dirname "$0")/prologue" || exit 99

s=$(date +%s%N); sleep 0.2; e=$(date +%s%N); echo $(( (e-s)/1000000 >= 200 )); SECONDS=0; sleep 1.1; echo $((SECONDS >= 1)); TIMEFORMAT=%R; t=$( { time sleep 0.1; } 2>&1 ); [ "${t%.*}" -lt 5 ] && echo timed; [ ${EPOCHSECONDS} -gt 1600000000 ] && echo epoch
