#!/bin/bash
# Runs all loads at the same time: a few times each, then in a loop until the file stop is there. What each run
# prints goes to a file of its own.
# Usage: drive.sh LOADS SHARED; the other side makes SHARED/go, SHARED/stop and SHARED/end, and waits for
# SHARED/ready and SHARED/quiet, when nothing runs but this script.
loads=$1
shared=$2

# Waits without a process of its own: what the sandbox uses meanwhile is compared.
exec {never}<> <(:)
await() {
    until [ -e "$shared/$1" ]; do read -rt 0.1 -u "$never" || true; done
}

# run SCRIPT NUMBER
run() {
    local name=${1##*/} status=0
    "$1" "$shared" >"$shared/$name.part" 2>&1 || status=$?
    echo "status $status" >>"$shared/$name.part"
    mv "$shared/$name.part" "$shared/$name.$2"
}

repeat() {
    local number=0
    until [ -e "$shared/stop" ]; do
        number=$((number + 1))
        run "$1" "$number"
    done
}

for load in "$loads"/load-*; do
    for i in 1 2 3; do run "$load" "still$i"; done &
done
wait
touch "$shared/ready"
await go
for load in "$loads"/load-*; do repeat "$load" & done
wait
touch "$shared/quiet"
await end
