#!/bin/bash
# Dash scripts.
. "$(dirname "$0")/prologue" || exit 99

dash -c 'x=5; echo $((x*2)); for i in a b; do echo $i; done; f() { echo f $1; return 3; }; f z; echo $?; case abc in a*) echo yes;; esac; set -- 1 2 3; echo $#; echo ${x%5} ${#x}; cat <<E
here $x
E
trap "echo bye" 0; (exit 4) || echo $?; read a b <<E2
one two
E2
echo $b'; echo $?
