#!/bin/bash
# gdb: a run, break points, steps, calls, threads, an attached process, a core file.
. "$(dirname "$0")/prologue" || exit 99
export DEBUGINFOD_URLS=

cat > m.c <<'END'
#include <stdio.h>
#include <stdlib.h>
volatile int zero;
int twice(int n) { return 2 * n; }
int depth(int n) {
    if (n == 0) return *(volatile int *)(long)zero;
    return depth(n - 1) + 1;
}
int main(int count, char **words) {
    int sum = 0;
    for (int i = 0; i < 5; i++)
        sum += twice(i);
    printf("%d\n", sum);
    return count > 1 ? depth(3) : sum;
}
END
gcc -g -O0 -o m m.c || exit 98
run_gdb() { timeout 60 gdb -nx -batch "$@" 2>&1 </dev/null | sed -E 's/\(LWP [0-9]+\)/(LWP N)/; s/process [0-9]+/process N/; s/0x[0-9a-f]+/ADDR/g' |
    grep -vE 'libthread_db|debuginfo|^warning|auto-load|^$|Using host|Target Id'; }
run_gdb -ex run -ex bt --args ./m x
run_gdb -ex 'break twice if n == 3' -ex run -ex bt -ex finish -ex 'print i' -ex 'set var i = 4' -ex delete -ex next -ex next \
    -ex 'print twice(21)' -ex 'stepi' -ex 'info threads' -ex continue ./m
run_gdb -ex 'catch syscall write' -ex run -ex delete -ex continue ./m
run_gdb -ex 'break main' -ex run -ex 'watch sum' -ex continue -ex continue -ex 'info watchpoints' -ex delete -ex 'hbreak twice' -ex continue -ex continue \
    -ex delete -ex 'rwatch zero' -ex continue -ex delete -ex continue --args ./m x
cat > t.c <<'END'
#include <pthread.h>
#include <unistd.h>
static void *body(void *x) { for (;;) pause(); return x; }
int main(void) { pthread_t t; for (int i = 0; i < 3; i++) pthread_create(&t, 0, body, 0); sleep(1); for (;;) pause(); }
END
gcc -g -o t t.c -pthread || exit 98
./t & sleep 2
run_gdb -p $! -ex 'info threads' -ex 'thread apply all bt' > attached
grep -cE '^\*? +[0-9]+ +Thread' attached; grep -cE '^#.* body ' attached; grep -cE '^#.* main ' attached
kill $!; wait $! 2>/dev/null; echo "$?"
ulimit -c unlimited; { ./m x > /dev/null; } 2> /dev/null; echo "$?"
pattern=$(cat /proc/sys/kernel/core_pattern); [ "$pattern" = core ] || exit 0
run_gdb -ex bt -ex 'print zero' -ex 'info registers rax' ./m core | grep -E '^#|^\$|rax|terminated|generated'
