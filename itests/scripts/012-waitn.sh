#!/bin/bash
# Wait -n takes the first.
. "$(dirname "$0")/prologue" || exit 99

(sleep 0.3; exit 3) & (exit 7) & wait -n; echo $?; wait -n; echo $?; wait -n 2>/dev/null; echo $?
