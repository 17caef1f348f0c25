#!/bin/bash
# ERR, DEBUG and RETURN traps.
. "$(dirname "$0")/prologue" || exit 99

trap 'echo "ERR at $BASH_COMMAND"' ERR; false; true; trap - ERR
f() { trap 'echo returning' RETURN; echo in f; }; f
bash -c 'set -e; trap "echo exiting \$?" EXIT; false; echo never'; echo $?
