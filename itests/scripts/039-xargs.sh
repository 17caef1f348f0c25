#!/bin/bash
# Xargs in its variants.
. "$(dirname "$0")/prologue" || exit 99

seq 10 | xargs; seq 10 | xargs -n 3; echo 'a b' | xargs -I{} echo '<{}>'; printf 'a b\0c\0' | xargs -0 -n1 echo; seq 6 | xargs -n2 -P3 sh -c 'echo $0 $1' | sort; echo x | xargs false; echo $?; xargs -r echo none < /dev/null; seq 5000 | xargs -s 2000 echo | wc -w
