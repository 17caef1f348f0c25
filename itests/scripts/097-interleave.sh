#!/bin/bash
# Output of several writers keeps order.
. "$(dirname "$0")/prologue" || exit 99

(echo 1; sleep 3; echo 3) & sleep 0.3; echo 2; wait; { echo o1; echo e1 >&2; echo o2; } 2>&1 | cat; bash -c 'echo a; bash -c "echo b"; echo c' | cat; printf 'x' ; printf 'y\n'; python3 -c 'import sys; print("py", flush=True); sys.stderr.write("")'; perl -e '$|=1; print "pl\n"; system("echo sys")'
