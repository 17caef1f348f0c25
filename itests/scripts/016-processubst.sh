#!/bin/bash
# Process substitution.
. "$(dirname "$0")/prologue" || exit 99

diff <(seq 1 5) <(seq 2 6); echo $?
paste <(echo a; echo b) <(echo 1; echo 2); cat <(echo nested <(echo x) | cut -c1-6)
while read -r l; do echo "line $l"; done < <(printf '1\n2\n'); tee >(tr a-z A-Z > upper) <<< text; sleep 0.2; cat upper
