#!/bin/bash
# Hundreds of processes.
. "$(dirname "$0")/prologue" || exit 99

n=0; for i in $(seq 200); do n=$((n + $(echo 1))); done; echo $n; for i in $(seq 100); do true & done; wait; echo ok; seq 50 | xargs -n1 -P10 sh -c 'exit 0'; echo $?; for i in $(seq 30); do /bin/true; done; echo end
