#!/bin/bash
# Compression and back.
. "$(dirname "$0")/prologue" || exit 99

seq 20000 > f; md5sum < f; gzip -k f; gzip -t f.gz && echo ok; gzip -dc f.gz | md5sum; rm f; gunzip f.gz; wc -l f; zcat <(gzip -c f) | tail -1; xz -k f; xz -dc f.xz | md5sum; gzip -9c f | gzip -dc | cmp - f && echo equal; head -c 100 f.xz | xz -dc 2>/dev/null | wc -c | grep -c .; bzip2 -k f 2>/dev/null && bzip2 -dc f.bz2 | md5sum
