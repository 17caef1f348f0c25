#!/bin/bash
# The printf builtin.
. "$(dirname "$0")/prologue" || exit 99

printf '%5d|%-5d|%05d|%x|%o|%e|%.3f|%s|%q|%b|%c\n' 42 42 42 255 8 12345.678 3.14159 str 'a b' 'x\ty' char
printf '%s-%s\n' a b c d e; printf -v x '%03d' 7; echo $x; printf '%(%Y)T\n' 0; printf '%*d\n' 6 3; printf '\101\x42\u0043\n'
