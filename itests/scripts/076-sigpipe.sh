#!/bin/bash
# Writers whose reader has gone.
. "$(dirname "$0")/prologue" || exit 99

yes | head -1; echo "${PIPESTATUS[@]}"; bash -c 'trap "" PIPE; yes 2>/dev/null | head -1; echo ${PIPESTATUS[@]}'; seq 1000000 | head -2; (sleep 0.2; echo late 2>/dev/null) | true; echo $?
