#!/bin/bash
# Cp, mv, rm, ln, install.
. "$(dirname "$0")/prologue" || exit 99

echo x > a; cp a b; cp -p a c; mkdir d; cp a b d; cp -r d e; mv a z; ls . d e; mv z d/moved; cp -a d f; ln d/a h; ln -s d/a s; cp -P s s2; readlink s2; cp -L s s3; stat -c %F s s2 s3; rm -r e; rm b c; ls; rm nope 2>/dev/null; echo $?; rm -f nope; echo $?; install -D -m 600 d/a new/deep/file; stat -c '%a %s' new/deep/file; mv -n d/b h; cp --backup d/b h; ls h*; rmdir new 2>/dev/null || echo notempty; cp -u d/a h; mv d g; ls g
