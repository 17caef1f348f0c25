#!/bin/bash
# The read builtin.
. "$(dirname "$0")/prologue" || exit 99

printf 'a:b:c\nd\\ne:f\n  lead  trail  \nlast' > f
while IFS=: read -r x y z; do echo "[$x][$y][$z]"; done < f
read -r -n 3 x <<< abcdef; echo $x; read -r -d : x < f; echo $x; IFS= read -r x < <(sed -n 3p f); echo "<$x>"
read -r -a arr <<< '1 2  3'; echo ${#arr[@]}; read -t 0.05 x < <(sleep 1); echo $(( $? > 128 ))
while read -r l || [ -n "$l" ]; do echo "l=$l"; done < f
