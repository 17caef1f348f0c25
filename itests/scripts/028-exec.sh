#!/bin/bash
# Exec replaces and redirects.
. "$(dirname "$0")/prologue" || exit 99

(exec echo replaced; echo never); bash -c 'exec -a newname bash -c "echo \$0"'; (exec /no/such 2>/dev/null); echo $?
exec 3>&1; x=$(echo captured; echo direct >&3); echo "$x"; exec 3>&-; bash -c 'exec > out; echo in file'; cat out
