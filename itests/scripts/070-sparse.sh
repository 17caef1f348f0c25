#!/bin/bash
# Large and sparse files.
. "$(dirname "$0")/prologue" || exit 99

truncate -s 1G big; stat -c %s big; echo end >> big; tail -c 4 big; stat -c %s big; dd if=big bs=1M skip=500 count=1 2>/dev/null | md5sum; rm big; for i in $(seq 300); do echo $i > file$i; done; ls | wc -l; cat file* | wc -l; rm file*; ls | wc -l
