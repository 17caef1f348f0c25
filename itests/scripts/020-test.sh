#!/bin/bash
# File tests.
. "$(dirname "$0")/prologue" || exit 99

touch f; mkdir d; ln -s f l; ln -s none broken; mkfifo p; chmod 000 f; chmod 644 f; echo x > s
for t in e f d L h p r w x; do for n in f d l broken p s none; do [ -$t $n ] && printf '%s:%s ' $t $n; done; done; echo; [ -s s ] && [ ! -s f ] && echo sizes
[ f -nt none ] && echo newer; [ f -ef l ] && echo same; test -z '' -a -n x && echo logic
