#!/bin/bash
# Tar with gzip, bzip2-less, xz.
. "$(dirname "$0")/prologue" || exit 99

mkdir -p t/sub; echo hello > t/a; seq 1000 > t/sub/b; ln -s a t/l; ln t/a t/hard; chmod 640 t/a; mkfifo t/p; touch -d '2020-01-02 03:04:05 UTC' t/a
tar cf x.tar t; tar tf x.tar | sort; tar czf x.tgz t; tar tzf x.tgz | wc -l; mkdir o; tar xzf x.tgz -C o; diff <(cd t; find . | sort) <(cd o/t; find . | sort) && echo same; cat o/t/sub/b | md5sum; stat -c '%a %h %Y' o/t/a; readlink o/t/l; tar cJf x.txz t 2>/dev/null && tar tJf x.txz | wc -l; tar cf - t | tar xf - -C o && echo piped; tar rf x.tar -C t a; tar tf x.tar | grep -c a; tar df x.tar 2>&1 | head -0
