#!/bin/bash
# Parameter expansion.
. "$(dirname "$0")/prologue" || exit 99

s=/usr/local/lib/libfoo.so.1.2
echo ${s##*/} ${s%/*} ${s%%.*} ${s#*/} ${#s} ${s:5:5} ${s: -3}
echo ${s/lib/LIB} ${s//lib/LIB} ${s/#\/usr/X} ${s/%2/Y}
echo ${u:-default} ${u:=set} $u ${u:+other} "${v-}"
t='hello World'; echo ${t^} ${t^^} ${t,,} "${t@Q}"
set -- a 'b c' d; echo $# "$*" "$@" ${@:2} ${!#}
