#!/bin/bash
# Every applet of busybox that needs neither network nor a machine of its own: the command lines of busybox-applets.tsv,
# each in a fresh directory, and the usage of all others but those that stop or take over the machine.
table=$(cd "$(dirname "$0")" && pwd)/busybox-applets.tsv
. "$(dirname "$0")/prologue" || exit 99
export b=$(command -v busybox)

files() {
    printf 'the quick brown fox\njumps over\nthe lazy dog\n\nlast line\n' > text
    printf '%s\n' 12 3 7 20 1 15 9 4 18 2 11 6 14 8 19 5 13 10 17 16 > numbers
    printf 'x:3:a b\ny:1:c  d\nz:2:e\nno colon\n' > table
    printf 'a\tb\n\tc\n' > tabs
    printf 'a       b\n        c\n' > spaces
    printf "$(printf '\\x%x' $(seq 0 255))" > bin
    : > empty
    mkdir dir && echo one > dir/one && echo 'two text' > dir/two && ln -s text link
    touch -d '2020-01-01 00:00:00' text
}

declare -A lines
while IFS=$'\t' read -r applet line; do lines["$applet"]=$line; done < "$table"

for applet in $(busybox --list); do
    line=${lines["$applet"]}
    echo "== $applet"
    case $line in
    '- takes'* | '- would'* | '- wakes'* | '- removes'*) ;;
    '- '*) "$b" "$applet" --help < /dev/null 2>&1 | head -3 ;;
    *)
        mkdir work && cd work || exit 99
        files
        # the shell tells of processes by their ids
        timeout 20 bash -c "$line" < /dev/null 2>&1 | sed -E 's/^(bash: line [0-9]+:) +[0-9]+ +/\1 PID /'
        echo "-> ${PIPESTATUS[0]}"
        cd "$moat_work" && rm -rf work
        ;;
    esac
done
