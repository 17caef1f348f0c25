#!/bin/bash
# Calculators.
. "$(dirname "$0")/prologue" || exit 99

expr 3 + 4 \* 2; expr length hello; expr substr hello 2 3; expr hello : 'h\(.*\)o'; expr 1 = 2; echo $?; factor 360 97; seq -s, 1 0.5 3; seq -w 8 11; numfmt --to=iec 1048576; echo 'scale=10; 4*a(1)' | bc -l 2>/dev/null; echo '2^100' | bc 2>/dev/null; printf '%d\n' 0xff
