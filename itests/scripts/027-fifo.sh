#!/bin/bash
# Named pipes between processes.
. "$(dirname "$0")/prologue" || exit 99

mkfifo p q; (while read -r l; do echo "echo:$l" ; done < p > q) &
exec 7> p 8< q; for i in 1 2 3; do echo msg$i >&7; read -r r <&8; echo "$r"; done; exec 7>&- 8<&-; wait
