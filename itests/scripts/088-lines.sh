#!/bin/bash
# Text statistics.
. "$(dirname "$0")/prologue" || exit 99

printf 'the quick brown fox\njumps over the lazy dog\nthe end\n' > f; tr ' ' '\n' < f | sort | uniq -c | sort -k1,1rn -k2 | head -3 | awk '{print $1,$2}'; awk '{print NF}' f; awk '{for(i=NF;i>0;i--) printf "%s ", $i; print ""}' f; sed 's/\(.\)/\1\n/g' f | sort | uniq -c | sort -rn | head -2 | awk '{print $1}'; while read -r l; do echo "${#l}"; done < f; grep -o . f | sort -u | tr -d '\n'; echo; rev f | cut -c1-3
