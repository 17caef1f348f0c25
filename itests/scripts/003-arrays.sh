#!/bin/bash
# Indexed arrays.
. "$(dirname "$0")/prologue" || exit 99

a=(one two 'three four' [7]=seven); echo ${#a[@]} ${!a[@]} "${a[2]}" "${a[@]: -1}"
a+=(last); unset 'a[1]'; for x in "${a[@]}"; do echo "<$x>"; done
b=("${a[@]/e/E}"); echo "${b[@]}"
mapfile -t lines < <(printf 'x\ny y\n\nz\n'); echo ${#lines[@]} "${lines[1]}"
