#!/bin/bash
# Timeouts.
. "$(dirname "$0")/prologue" || exit 99

timeout 0.2 sleep 5; echo $?; timeout 5 true; echo $?; timeout -s KILL 0.2 sleep 5; echo $?; timeout --preserve-status 0.2 sleep 5; echo $?; timeout -k 0.2 0.2 bash -c 'trap "" TERM; sleep 1; sleep 1' 2>/dev/null; echo $?; time -p true 2>/dev/null; echo $?
