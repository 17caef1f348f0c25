#!/bin/bash
# Waiting for files.
. "$(dirname "$0")/prologue" || exit 99

(sleep 0.2; echo ready > flag) & until [ -s flag ]; do sleep 0.05; done; cat flag; wait; touch a; sleep 0.02; touch b; [ b -nt a ] && echo newer; [ a -ot b ] && echo older; touch -r a b; [ b -nt a ] || echo equal; stat -c %Y a | grep -c .
