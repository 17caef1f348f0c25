#!/bin/bash
# What scripts read in /proc.
. "$(dirname "$0")/prologue" || exit 99

[ "$(readlink /proc/self/exe)" != "" ] && echo exe; tr '\0' ' ' < /proc/$$/cmdline | cut -d' ' -f1 | sed 's,.*/,,'; grep -c ^Name /proc/self/status; cat /proc/$$/comm; [ $(ls /proc/$$/fd | wc -l) -ge 3 ] && echo fds; exec 9< /dev/null; readlink /proc/$$/fd/9; exec 9<&-; ls -d /proc/self/cwd; [ "$(readlink /proc/$$/cwd)" = "$PWD" ] && echo cwd; awk '{print $4}' /proc/self/stat | grep -qx $$ && echo parent; grep -q '\[stack\]' /proc/self/maps && echo stack; A_MARK=1 bash -c 'tr "\\0" "\\n" < /proc/$$/environ | grep -c A_MARK'
