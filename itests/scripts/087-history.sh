#!/bin/bash
# Command substitution corner cases.
. "$(dirname "$0")/prologue" || exit 99

x=$(printf 'a\n\n\n'); echo "[$x]"; echo $(echo; echo; echo b); x=$(exit 3); echo $?; echo "$(cat <<E
in sub
E
)"; echo $( (echo a; echo b) | wc -l); y=$(</etc/passwd); [ ${#y} -gt 10 ] && echo read; echo "$(echo "$(echo "quoted \"deep\"")")"; z=`echo back`; echo $z; echo $(printf '\0' | wc -c)
