#!/bin/bash
# Ls in its variants.
. "$(dirname "$0")/prologue" || exit 99

touch b a c; mkdir d; ln -s a l; chmod 755 a; touch -d 2020-01-01 b; ls; ls -1; ls -r; ls -F; ls -t | tail -1; ls -l | tail -n +2 | awk '{print $1, $2, $NF}'; ls -la | wc -l; ls -d .; ls -i a | awk '{print ($1>0)}'; echo 12345 > b; ls -S a b c; ls nope 2>/dev/null; echo $?; ls -lh --time-style=+%Y b | awk '{print $6,$7}'; ls -A; ls -p; ls -Q
