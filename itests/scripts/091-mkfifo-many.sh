#!/bin/bash
# A ring of processes.
. "$(dirname "$0")/prologue" || exit 99

mkfifo f0 f1 f2; (read -r x < f0; echo "$x-a" > f1) & (read -r x < f1; echo "$x-b" > f2) & echo start > f0; read -r r < f2; echo $r; wait; for i in 1 2 3; do (echo w$i > f0) & done; sleep 0.2; cat f0 | sort; wait
