#!/bin/bash
# Shell options.
. "$(dirname "$0")/prologue" || exit 99

set -u; (echo $undefined) 2>/dev/null; echo $?; set +u; (set -e; false; echo no); echo $?
set -f; echo *; set +f; set -- x y z; shift; echo $1 $#; set -x; : traced 2>/dev/null; { set +x; } 2>/dev/null; echo $-  | tr -d s
