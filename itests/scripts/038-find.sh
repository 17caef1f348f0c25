#!/bin/bash
# Find in its variants.
. "$(dirname "$0")/prologue" || exit 99

mkdir -p a/b/c d; touch a/1.txt a/b/2.txt a/b/c/3.log d/.x; ln -s a link; dd if=/dev/zero of=d/big bs=1000 count=3 2>/dev/null
find . | sort; find . -name '*.txt' | sort; find . -type d | sort; find . -type l; find . -maxdepth 1 | sort; find . -type f -size +2k; find . -empty | sort; find a -name '*.txt' -exec echo found {} \; | sort; find a -type f -print0 | xargs -0 ls | sort; find . -path '*b*' -prune -o -type f -print | sort; find . -newer a/1.txt -type f | sort | head -0; find a -depth | tail -1; find . -name '*.log' -delete; find a | sort; find . -perm -111 -type d | wc -l; find -L link -name '1*'; find . -printf '%f %y\n' | sort
