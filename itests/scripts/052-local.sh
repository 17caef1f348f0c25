#!/bin/bash
# Scoping and declare.
. "$(dirname "$0")/prologue" || exit 99

declare -i n=5; n+=3; echo $n; declare -r c=1; (c=2) 2>/dev/null; echo $?; declare -u up=abc; echo $up; declare -l lo=ABC; echo $lo; f() { declare -g glob=1; local -a arr=(1 2); echo ${#arr[@]}; }; f; echo $glob ${arr-none}; declare -p n c; readonly k=3; unset k 2>/dev/null; echo $k; typeset -x ex=1; bash -c 'echo $ex'
