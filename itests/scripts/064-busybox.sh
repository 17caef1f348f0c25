#!/bin/bash
# Busybox as a shell.
. "$(dirname "$0")/prologue" || exit 99

busybox sh -c 'echo $((6*7)); for i in 1 2 3; do echo $i; done | busybox sort -r; busybox seq 3 | busybox wc -l; busybox echo -e "a\tb"; x=$(busybox printf "%03d" 5); echo $x' 2>&1
