#!/bin/bash
# Sed scripts.
. "$(dirname "$0")/prologue" || exit 99

seq 10 | sed -n '3,5p;$p'; seq 10 | sed '2~3d'; echo 'hello world' | sed -E 's/(\w+) (\w+)/\2 \1/; s/o/0/g; y/abc/xyz/'
printf 'a\nb\nc\n' | sed '2i before' | sed '/c/a after' | sed '1c changed'; seq 6 | sed 'N;s/\n/ /'; seq 4 | sed '1!G;h;$!d'; echo x > f; sed -i.bak 's/x/y/' f; cat f f.bak; printf 'A\nSTART\nB\nEND\nC\n' | sed '/START/,/END/{s/^/> /}'; sed '=' <<< z; echo 'a.b' | sed 's/\./\&/'
