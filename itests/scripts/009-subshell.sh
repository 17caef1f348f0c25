#!/bin/bash
# Subshells keep their changes.
. "$(dirname "$0")/prologue" || exit 99

x=1; (x=2; cd /; echo $x $PWD); echo $x; { x=3; }; echo $x
f() { local x=inner; echo $x; g; }; g() { echo "g sees $x"; }; f; echo $x
(exit 5); echo $?; echo $BASH_SUBSHELL $(echo $BASH_SUBSHELL) $( (echo $BASH_SUBSHELL) )
