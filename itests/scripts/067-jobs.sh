#!/bin/bash
# Job control in a script.
. "$(dirname "$0")/prologue" || exit 99

set -m; sleep 0.2 & jobs | sed 's/  */ /g'; wait; sleep 5 & kill -STOP %1; sleep 0.1; jobs | sed 's/  */ /g'; kill -CONT %1; sleep 0.1; jobs | sed 's/  */ /g'; kill %1; wait %1 2>/dev/null; echo $?; sleep 0.1 & fg %1 > /dev/null; echo $?; disown -a; jobs
