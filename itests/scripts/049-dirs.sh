#!/bin/bash
# Pushd, popd, cd.
. "$(dirname "$0")/prologue" || exit 99

mkdir -p a/b; cd a; cd b; cd - > /dev/null; basename $PWD; pushd b > /dev/null; basename $PWD; popd > /dev/null; basename $PWD; ln -s b s; cd s; basename $PWD; pwd -P | sed 's,.*/,,'; cd ..; basename $PWD; cd -P s; cd ..; basename $PWD; (cd /nope 2>/dev/null); echo $?; cd; CDPATH=$OLDPWD cd b > /dev/null; basename $PWD; dirname /x/y/z; realpath --relative-to=/x /x/y/../z -m; readlink -f . | sed 's,.*/,,'
