#!/bin/bash
# Long pipelines.
. "$(dirname "$0")/prologue" || exit 99

seq 1 1000 | grep 7 | sed 's/7/x/g' | sort -r | uniq | head -20 | tail -5 | tr x Y
printf '%s\n' b a c a b | sort | uniq -c | sort -rn | awk '{print $2, $1}'
seq 100000 | wc -l; yes abc | head -5000 | md5sum
