#!/bin/bash
# Tee, cat, sponge-like tricks.
. "$(dirname "$0")/prologue" || exit 99

echo x | tee a b | cat; cat a b; echo y | tee -a a; cat -n a; cat -A <<< $'t\tx'; cat - a <<< stdin; cat a a > c; cat c | cat | cat; cat nofile 2>/dev/null; echo $?; yes | head -3; cat -s <<< $'a\n\n\n\nb'
