#!/bin/bash
# Busybox applets that work on files.
. "$(dirname "$0")/prologue" || exit 99

b=busybox
$b mkdir -p d/e; $b touch -d '2020-01-02 03:04:05' d/f; echo text > d/g; $b cp -a d c; $b mv c m; $b ln -s d/g s; $b ln d/g h; $b readlink s; $b readlink -f s | sed 's,.*/,,'; $b realpath s | sed 's,.*/,,'; $b link d/g h2; $b unlink h2; $b chmod 640 d/g; $b stat -c '%a %s %h %F' d/g; $b ls -1 d; $b ls -la d | wc -l; $b find . | sort; $b find . -type f -exec $b echo {} \; | sort; $b du -a d 2>/dev/null | wc -l; $b basename /x/y.z .z; $b dirname /x/y; $b mktemp -d ./t.XXXXXX | cut -c1-4; rmdir t.??????; $b mkfifo p; $b mknod n p; ls -l p n | cut -c1; $b truncate -s 100 t; $b stat -c %s t; $b dd if=/dev/zero of=z bs=10 count=3 2>/dev/null; $b wc -c z; $b fallocate -l 50 fa; $b stat -c %s fa; cp d/g i; $b chmod 600 i; $b stat -c %a i; $b rm -r m; $b rmdir d/e; ls; $b chown 5:6 i; $b stat -c '%u:%g' i; $b chgrp 7 i; $b stat -c %g i; $b sync; $b fsync i 2>/dev/null; $b shred -u i; ls i 2>/dev/null || echo shredded; $b run-parts d 2>/dev/null; $b which sh; $b pwd | sed 's,/tmp/.*,in tmp,'; $b test -L s && echo link; $b df . | wc -l; $b tree 2>/dev/null | head -0
