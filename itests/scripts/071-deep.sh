#!/bin/bash
# Deep trees and long names.
. "$(dirname "$0")/prologue" || exit 99

p=.; for i in $(seq 60); do p=$p/dir$i; done; mkdir -p $p; echo deep > $p/file; cat $p/file; find . -type d | wc -l; rm -r dir1; n=$(printf 'x%.0s' {1..255}); touch $n; ls | wc -c; touch ${n}y 2>/dev/null; echo $?; rm $n
