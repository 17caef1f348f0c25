#!/bin/bash
# Large here-documents and variables.
. "$(dirname "$0")/prologue" || exit 99

x=$(seq 20000); echo ${#x}; wc -l <<< "$x"; cat <<END | md5sum
$x
END
y=$x$x; echo ${#y}; echo "$y" | tail -1; arr=($x); echo ${#arr[@]}; env X="$(head -c 100000 /dev/zero | tr '\0' a)" bash -c 'echo ${#X}'; echo $x | wc -w
