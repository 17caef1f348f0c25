#!/bin/bash
# Dd and truncate.
. "$(dirname "$0")/prologue" || exit 99

dd if=/dev/zero bs=1k count=10 2>/dev/null | md5sum; printf 0123456789 > f; dd if=f bs=1 skip=3 count=4 2>/dev/null; echo; printf XX | dd of=f bs=1 seek=5 conv=notrunc 2>/dev/null; cat f; echo; echo abc | dd conv=ucase 2>/dev/null; dd if=f of=g bs=3 2>&1 | head -2; truncate -s 4 f; cat f; echo; truncate -s 6 f; od -c f; dd if=/dev/zero of=sparse bs=1 count=1 seek=1M 2>/dev/null; stat -c %s sparse
