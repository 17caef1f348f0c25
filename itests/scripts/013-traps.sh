#!/bin/bash
# Traps on signals and exit.
. "$(dirname "$0")/prologue" || exit 99

trap 'echo caught USR1' USR1; kill -USR1 $$; echo after
trap 'echo caught TERM; exit 3' TERM; (trap 'echo sub exit' EXIT; echo in sub); trap -p USR1
bash -c 'trap "echo bye" EXIT; exit 4'; echo $?
bash -c 'trap "echo got int; exit 9" INT; kill -INT $$; echo not here'; echo $?
kill -TERM $$; echo not reached
