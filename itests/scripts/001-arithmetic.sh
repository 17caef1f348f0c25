#!/bin/bash
# Integer arithmetic of the shell.
. "$(dirname "$0")/prologue" || exit 99

echo $((6*7)) $((7/2)) $((-7/2)) $((7%3)) $((-7%3)) $((2**40)) $((1<<10|3)) $((~5)) $((0x1f+010))
i=5; echo $((i++ + ++i)) $i $((i>3?1:2)) $((i=9, i*2))
for ((k=0; k<5; k++)); do printf '%d ' $((k*k)); done; echo
let 'a = 3' 'b = a * 4'; echo $a $b
