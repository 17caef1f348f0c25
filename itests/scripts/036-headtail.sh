#!/bin/bash
# Head, tail, split, csplit.
. "$(dirname "$0")/prologue" || exit 99

seq 100 > f; head -3 f; tail -3 f; head -c 10 f; tail -c 5 f; head -n -97 f; tail -n +99 f; split -l 40 f part.; wc -l part.*; cat part.* | cmp - f && echo same; split -b 100 -d f num.; ls num.*; csplit -s f 50; wc -l xx00 xx01; tail -f -n 1 f & p=$!; sleep 0.3; kill $p; wait $p 2>/dev/null; echo $?
