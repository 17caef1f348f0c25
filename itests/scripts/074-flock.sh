#!/bin/bash
# Flock serialises.
. "$(dirname "$0")/prologue" || exit 99

echo 0 > n; for i in $(seq 10); do (flock 9; v=$(cat n); echo $((v+1)) > n) 9> lock & done; wait; cat n; flock -n lock true; echo $?; (flock 9; flock -n lock true; echo $?) 9> lock; flock -w 0.2 lock echo got
