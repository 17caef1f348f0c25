#!/bin/bash
# Sort in its variants.
. "$(dirname "$0")/prologue" || exit 99

printf '%s\n' 10 9 2 1 33 a B c 'x 3' 'x 1' 1.5 -4 > f; sort f; sort -n f; sort -r f; sort -k2n f; sort -f f; sort -u f f | wc -l; sort -V <<< $'v1.10\nv1.9\nv1.2'
sort -t: -k3n -k1,1r <<< $'a:x:3\nb:y:1\nc:z:3'; sort -c f 2>/dev/null; echo $?; seq 5000 | sort -R | sort -n | md5sum; sort -h <<< $'1K\n2M\n512'
