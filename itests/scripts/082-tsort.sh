#!/bin/bash
# Small tools.
. "$(dirname "$0")/prologue" || exit 99

tsort <<< $'a b\nb c\na c'; uniq -d <<< $'a\na\nb'; uniq -u <<< $'a\na\nb'; basename /a/b.c .c; dirname a; nproc | grep -c .; tty; echo $?; hostname > /dev/null && echo host; whoami; id -un; groups | cut -d' ' -f1; logname 2>/dev/null | head -0; uname -s -m; arch; sync; echo $?; pathchk a/b; echo $?; test -t 0; echo $?; getconf PAGESIZE; printf '%s\n' 3 1 2 | sort | paste -sd+; link a b 2>/dev/null; echo $?
