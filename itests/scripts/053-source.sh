#!/bin/bash
# Sourcing files.
. "$(dirname "$0")/prologue" || exit 99

echo 'sourced=yes; echo "in source $1"; return 5; echo never' > s; . ./s arg; echo $? $sourced; source ./s x > /dev/null; echo $?; echo 'f() { echo "${BASH_SOURCE[0]##*/} $LINENO"; }; f' > g; . ./g; (. ./none) 2>/dev/null; echo $?; bash -c '. ./s; echo $sourced'
