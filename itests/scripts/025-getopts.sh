#!/bin/bash
# Option parsing.
. "$(dirname "$0")/prologue" || exit 99

parse() { local OPTIND o; while getopts ':ab:c' o "$@"; do case $o in a|c) echo "flag $o";; b) echo "b=$OPTARG";; :) echo "missing $OPTARG";; ?) echo "bad $OPTARG";; esac; done; shift $((OPTIND-1)); echo "rest $*"; }
parse -a -b val -c x y; parse -acb joined; parse -b; parse -z; parse -- -a
