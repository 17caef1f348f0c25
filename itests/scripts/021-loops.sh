#!/bin/bash
# Loops, break and continue.
. "$(dirname "$0")/prologue" || exit 99

for i in 1 2 3 4 5; do ((i==2)) && continue; ((i==4)) && break; echo $i; done
i=0; while ((i<3)); do echo w$i; ((i++)); done; until ((i==0)); do echo u$i; ((i--)); done
for a in 1 2; do for b in x y; do [ $b = y ] && continue 2; echo $a$b; done; done
select x in one two; do echo "chose $x"; break; done <<< 2 2>/dev/null
