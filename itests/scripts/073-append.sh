#!/bin/bash
# Parallel appends do not lose lines.
. "$(dirname "$0")/prologue" || exit 99

for i in $(seq 8); do (for k in $(seq 50); do echo "$i $k" >> log; done) & done; wait; wc -l < log; sort log | uniq | wc -l; awk '{c[$1]++} END {for (k in c) print k, c[k]}' log | sort
