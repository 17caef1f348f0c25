#!/bin/bash
# A small build of everything.
. "$(dirname "$0")/prologue" || exit 99

mkdir -p src out; for i in 1 2 3; do printf '#include <stdio.h>\nint main(void){printf("prog %d\\n", %d);return %d;}\n' $i $i $i > src/p$i.c; done
for f in src/*.c; do b=$(basename $f .c); gcc -o out/$b $f & done; wait; for p in out/*; do $p; echo "rc $?"; done | tee report; tar czf r.tgz out report; tar xzf r.tgz -O report | md5sum; find out -type f -perm -100 | sort | xargs -n1 basename; python3 -c "import tarfile; print(sorted(tarfile.open('r.tgz').getnames()))"; perl -ne '$s += $1 if /rc (\d)/; END {print "$s\n"}' report; rm -rf out; ls
