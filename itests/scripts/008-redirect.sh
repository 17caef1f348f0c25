#!/bin/bash
# Redirections of every kind.
. "$(dirname "$0")/prologue" || exit 99

echo one > f; echo two >> f; cat < f; echo err >&2 2> e; cat e
{ echo out; echo err >&2; } > both 2>&1; cat both
exec 5> five; echo to five >&5; exec 5>&-; cat five
exec 6< f; read -r l <&6; echo "got $l"; read -r l <&6; echo "got $l"; exec 6<&-
echo clobber > f; set -o noclobber; (echo no > f) 2>/dev/null || echo refused; echo yes >| f; cat f
ls missing 2>/dev/null || echo "no such"
cat <> f; : > f; wc -c < f
