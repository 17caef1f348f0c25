#!/bin/bash
# Busybox check sums and codings.
. "$(dirname "$0")/prologue" || exit 99

b=busybox; printf 'the data\n' > f
for s in md5sum sha1sum sha256sum sha512sum sha3sum cksum crc32; do $b $s f 2>/dev/null; done; $b base64 f; $b base64 f | $b base64 -d; $b uuencode f name; $b uuencode f o | $b uudecode && cat o; $b mkpasswd -m sha512 -S abcdefgh word; $b sum f 2>/dev/null; $b dc -e '2 3 + p' 2>/dev/null; echo '3 * 4' | $b bc; $b expr 3 + 4; $b hostid | wc -c
