#!/bin/bash
# Busybox applets that work on text.
. "$(dirname "$0")/prologue" || exit 99

b=busybox
printf 'one 1\ntwo 2\nthree 3\nfour 4\nfive 5\n' > f; printf 'a\tb\tc\n' > tab
$b cat f; $b head -n 2 f; $b tail -n 2 f; $b sort -k2 -rn f; $b grep -n o f; $b egrep 't(w|h)' f; $b fgrep ve f; $b sed 's/o/0/g;2d' f; $b awk '{s+=$2} END {print s}' f
$b cut -d' ' -f1 f; $b tr a-z A-Z < f; $b wc f; $b nl f; $b tac f; $b rev f; $b uniq -c < f; $b fold -w 4 f; $b paste f f; $b expand tab; $b unexpand -a <<< 'a       b'; $b cmp f tab; $b diff f tab; $b comm f f 2>/dev/null | head -1; $b tee copy < f > /dev/null; $b cmp f copy && echo same; $b strings f; $b hexdump -C tab; $b od -c tab; $b xxd tab; $b shuf -n 0 f; $b dos2unix <<< x; $b unix2dos <<< x | $b od -c; $b tsort <<< 'a b' 2>/dev/null; $b ascii | head -2; $b printf '%05d %s\n' 7 x; $b echo -n -e 'e\tf\n'; $b yes | head -2; $b seq 1 2 7; $b factor 91; $b cal 2 2024; $b ts x < /dev/null; $b test 1 -lt 2 && echo less; $b [ a = b ] || echo differ
