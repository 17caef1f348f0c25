#!/bin/bash
# Case and conditionals.
. "$(dirname "$0")/prologue" || exit 99

for x in apple 12 -f file.txt ''; do case $x in [0-9]*) echo "number $x";; -*) echo "option $x";; *.txt) echo "text $x";; '') echo empty;; a*) echo "a-word $x";; esac; done
case x in x) echo one;;& *) echo two;; esac; case x in x) echo fall;& y) echo through;; esac
[[ abc =~ ^a(b)(c)$ ]] && echo "${BASH_REMATCH[@]}"; [[ 10 -gt 9 && 10 < 9 ]] && echo both
