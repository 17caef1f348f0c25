#!/bin/bash
# Busybox archivers.
. "$(dirname "$0")/prologue" || exit 99

b=busybox; mkdir d; seq 1000 > d/a; echo b > d/b; chmod 600 d/b; touch -d @1000000000 d/a d/b d
$b tar cf t.tar d; $b tar tf t.tar | sort; $b tar czf t.tgz d; mkdir x; $b tar xzf t.tgz -C x; $b diff -r d x/d && echo same; $b gzip -k d/a 2>/dev/null || $b gzip < d/a > d/a.gz; $b zcat d/a.gz | md5sum; $b bzip2 < d/a > a.bz2; $b bzcat a.bz2 | md5sum; $b bunzip2 < a.bz2 | wc -l; xz < d/a > a.xz; $b xzcat a.xz | md5sum; $b unxz < a.xz | wc -l; (cd d && ls | $b cpio -o -H newc 2>/dev/null) > c.cpio; mkdir y; (cd y && $b cpio -id 2>/dev/null < ../c.cpio; ls); $b ar -t <(echo '!<arch>') 2>/dev/null; ar rcs l.a d/b; $b ar t l.a; $b lzop < d/b 2>/dev/null | wc -c | grep -c .; (python3 -m zipfile -c z.zip d/a && $b unzip -q -o z.zip -d u && cmp d/a u/a || cmp d/a u/d/a) 2>/dev/null; $b uncompress < /dev/null 2>/dev/null; echo $?
