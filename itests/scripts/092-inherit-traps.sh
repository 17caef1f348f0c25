#!/bin/bash
# Ignored signals go to children.
. "$(dirname "$0")/prologue" || exit 99

trap '' TERM; bash -c 'kill -TERM $$; echo still here'; (kill -TERM $BASHPID; echo sub too); trap - TERM; bash -c 'kill -TERM $$; echo never' ; echo $?; trap 'echo parent' USR2; (trap; kill -USR2 $BASHPID; echo never) ; echo $?; sleep 0.5 & trap 'echo woken' USR1; (sleep 0.1; kill -USR1 $$) & wait $(jobs -p | head -1); echo $(( $? > 128 )); wait
