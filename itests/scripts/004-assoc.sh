#!/bin/bash
# Associative arrays.
. "$(dirname "$0")/prologue" || exit 99

declare -A m=([red]=1 [green]=2 ['two words']=3)
for k in "${!m[@]}"; do echo "$k=${m[$k]}"; done | sort
m[red]=$((m[red]+10)); unset 'm[green]'; echo ${#m[@]} ${m[red]} ${m[nothing]-none}
