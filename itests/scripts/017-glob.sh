#!/bin/bash
# Globbing.
. "$(dirname "$0")/prologue" || exit 99

touch a.c b.c c.h .hidden 'with space' d1 d2 d10; mkdir -p sub/deep; touch sub/x.c sub/deep/y.c
echo *.c; echo [ab].*; echo d?; echo d*; echo *.none; echo .h*; echo "with"*
shopt -s nullglob; echo x *.none; shopt -s dotglob; echo *; shopt -s globstar; echo **/*.c
shopt -s extglob
echo !(*.c|*.h); echo @(a|b).c; echo d+([0-9]); [[ foo.c == *.c ]] && echo match
