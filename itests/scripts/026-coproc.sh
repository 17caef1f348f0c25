#!/bin/bash
# Coprocesses.
. "$(dirname "$0")/prologue" || exit 99

coproc BC { while read -r l; do echo "got $l"; done; }
echo one >&${BC[1]}; read -r a <&${BC[0]}; echo "$a"; echo two >&${BC[1]}; read -r a <&${BC[0]}; echo "$a"
fd=${BC[1]}; exec {fd}>&-; wait; echo done
