#!/bin/bash
# Environment of children.
. "$(dirname "$0")/prologue" || exit 99

export A=1; B=2; bash -c 'echo "$A-${B-unset}"'; C=3 bash -c 'echo $C'; echo ${C-unset}; env -i X=y /bin/sh -c 'echo $X ${A-none}'
env | grep '^A='; unset A; env | grep -c '^A='; env -u HOME bash -c 'echo ${HOME-nohome}'; printenv PATH | tr : '\n' | wc -l | grep -c .
