#!/bin/bash
# Awk programs.
. "$(dirname "$0")/prologue" || exit 99

printf 'ann 30 x\nbob 25 y\ncid 35 x\n' > f; awk '{s+=$2} END {print s, s/NR}' f; awk '$2>26 {print $1}' f; awk -F'[ ]' '{a[$3]=a[$3] $1} END {for (k in a) print k, a[k]}' f | sort
awk 'BEGIN {printf "%05.2f|%s|%d\n", 3.14159, substr("hello",2,3), index("abc","c"); n=split("a:b:c",p,":"); print n, p[2]; print length("xyz"), toupper("up"), 2^10, int(7/2), 7%3}'
awk '{gsub(/[aeiou]/,"#"); print}' f; awk 'NR==2, NR==3' f; awk -v v=5 'BEGIN {while (v-->0) printf "%s ", v; print ""}'; awk 'function f(n) {return n<2?n:f(n-1)+f(n-2)} BEGIN {print f(15)}'; echo 'x=1;y=2' | awk 'BEGIN{RS=";"}{print NR": "$0}'; awk 'BEGIN {"echo piped" | getline x; print x; print "out" | "cat"; close("cat"); system("echo sys")}'
