#!/bin/bash
# Cut, tr, paste, join, comm, fold and friends.
. "$(dirname "$0")/prologue" || exit 99

printf 'a:b:c\nd:e:f\n' > f; cut -d: -f2 f; cut -c1,3 f; cut -d: -f1,3 --output-delimiter=- f; echo hello | tr a-y b-z; echo aabbcc | tr -s a-c; echo 'a1b2' | tr -d 0-9; echo abc | tr -c 'b\n' .
paste -d, <(seq 3) <(seq 4 6); paste -s <(seq 3); join <(printf '1 a\n2 b\n') <(printf '1 x\n3 y\n'); comm <(seq 1 3) <(seq 2 4); fold -w 3 <<< abcdefgh; nl <<< $'x\ny'; rev <<< abc; tac <(seq 3); expand <<< $'a\tb'; column -t <<< $'a bb\nccc d'; fmt -w 20 <<< 'some words that are to be wrapped somewhere'
