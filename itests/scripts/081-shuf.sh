#!/bin/bash
# Shuf and sampling with a fixed source.
. "$(dirname "$0")/prologue" || exit 99

seq 10 | shuf --random-source=<(yes) | sort -n | tr '\n' ' '; echo; shuf -i 1-100 -n 5 | wc -l; seq 100 | shuf -n 3 --random-source=<(seq 1000) ; mktemp -u x.XXXXXX | wc -c; mktemp -d ./d.XXXX | cut -c1-4; od -An -N4 /dev/urandom | wc -w
