#!/bin/bash
# Grep in its variants.
. "$(dirname "$0")/prologue" || exit 99

printf 'apple\nBanana\ncherry pie\napple pie\n\n123\n' > f; grep apple f; grep -i BANANA f; grep -v pie f; grep -c pie f; grep -n pie f
grep -E '^(apple|[0-9]+)' f; grep -o 'p[a-z]' f; grep -w pie f; grep -x 123 f; grep -A1 Ban f; grep -B1 123 f; grep -q none f; echo $?; grep -P '\d{3}' f; grep -F 'a.p' f; echo $?; mkdir r; cp f r/g; grep -rl cherry . | sort; grep -L none f
