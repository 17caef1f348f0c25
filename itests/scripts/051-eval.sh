#!/bin/bash
# Eval, indirection, quoting.
. "$(dirname "$0")/prologue" || exit 99

x='echo "a   b"'; eval $x; eval "y=5; echo \$y"; n=HOMEX; HOMEX=val; echo ${!n}; declare -n ref=HOMEX; ref=changed; echo $HOMEX; echo 'single $x' "double $y" \$esc $'ansi\tc\x41'; a="with 'quotes' \"both\""; echo "$a"; printf '%q\n' "$a"; IFS=,; set -- 1 2 3; echo "$*"; unset IFS; echo `echo nested \`echo deep\``
