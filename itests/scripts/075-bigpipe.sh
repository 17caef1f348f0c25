#!/bin/bash
# Much data through pipes.
. "$(dirname "$0")/prologue" || exit 99

dd if=/dev/zero bs=64k count=160 2>/dev/null | tr '\0' x | md5sum; seq 200000 | sort -n | tail -1; head -c 3000000 /dev/zero | gzip | gzip -d | wc -c; cat <(seq 50000) <(seq 50000) | sort -n | uniq -c | awk '$1!=2' | wc -l
