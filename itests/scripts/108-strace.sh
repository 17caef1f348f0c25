#!/bin/bash
# strace of a program with children and threads.
. "$(dirname "$0")/prologue" || exit 99

cat > m.c <<'END'
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
static void *body(void *x) { syscall(SYS_lseek, -7, 8, 9); return x; }
int main(void) {
    pthread_t thread;
    syscall(SYS_lseek, -1, 2, 3);
    if (fork() == 0) { syscall(SYS_lseek, -4, 5, 6); execl("/bin/true", "true", (char *)0); }
    wait(0);
    pthread_create(&thread, 0, body, 0), pthread_join(thread, 0);
    return 3;
}
END
gcc -o m m.c -pthread || exit 98
strace -f -qq -e trace=lseek,execve -e signal=none -o all ./m; echo "$?"
sed -E 's/^[0-9]+ +//; s/, 0x[0-9a-f]+ \/\*.*\*\//, ENV/; s/ +=/ =/' all | grep -v resumed
strace -f -c -o counts ./m; awk '$NF == "lseek" {print $4, $5}' counts
strace -e trace=none -e signal=all -o signals sh -c 'kill -TERM $$'; echo "$?"; sed -E 's/si_pid=[0-9]+/si_pid=N/' signals
strace -e inject=lseek:retval=77 -e trace=lseek -o injected ./m; head -1 injected
strace -e inject=getppid:error=EXDEV -e trace=getppid python3 -c 'import os
try: print(os.getppid())
except OSError as e: print(e)' 2>&1 | grep -vE 'EXDEV|SIGCHLD'
sleep 60 & strace -f -e trace=none -p $! 2> attached & sleep 1; kill $!; wait $! 2>/dev/null; kill %1; wait %1 2>/dev/null; echo "$?"; sed -E 's/[0-9]+/N/g' attached | head -1
strace --seccomp-bpf -f -qq -e trace=lseek -o bpf ./m; echo "$?"; grep -c lseek bpf
