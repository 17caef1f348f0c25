#!/bin/bash
# Bytes above 127.
. "$(dirname "$0")/prologue" || exit 99

printf 'gr\xc3\xbc\xc3\x9fe\n' > 'na\303\257ve'; ls | od -c | head -2; touch $'caf\xe9'; ls -b; cat na*; LC_ALL=C.UTF-8 bash -c 's=$(printf "gr\xc3\xbcn"); echo ${#s}'; s=$(printf 'gr\xc3\xbcn'); echo ${#s}; printf '\xff\xfe\x00\x01' | od -tx1; grep -c ü na* ; wc -m na* | cut -d' ' -f1
