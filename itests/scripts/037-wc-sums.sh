#!/bin/bash
# Counting and check sums.
. "$(dirname "$0")/prologue" || exit 99

printf 'one two\nthree\n\n' > f; wc f; wc -l -w < f; md5sum f; sha1sum f; sha256sum f; sha512sum f | cut -c1-32; cksum f; sum f; b2sum f | cut -c1-32; md5sum f > m; md5sum -c m; base64 f; base64 f | base64 -d; base32 <<< x; od -c f; od -An -tx1 f; xxd f 2>/dev/null || od -tx1 f > /dev/null; hexdump -C f 2>/dev/null | head -1
