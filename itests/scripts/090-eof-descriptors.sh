#!/bin/bash
# Descriptors are closed and inherited as they should.
. "$(dirname "$0")/prologue" || exit 99

exec 3> three; bash -c 'echo inherited >&3'; cat three; exec 3>&-; bash -c 'echo x >&3' 2>/dev/null; echo $?; { echo a; echo b >&4; } 4> four; cat four; (exec 0<&-; cat 2>/dev/null; echo $?); (exec 1>&-; echo x) 2>/dev/null; echo $?; echo x | { read -r a; echo "$a"; cat; }; exec {n}> auto; echo $((n >= 10)); echo y >&$n; exec {n}>&-; cat auto
