/* Recurses for ever. Right: SIGSEGV at the stack limit, in a child; the parent sees it. Expected exit code: 0. */
#include "hostile.h"

static volatile int sink;

static int __attribute__((noinline)) recurse(int depth) {
    volatile char frame[1000];
    frame[depth % 1000] = depth;
    sink = frame[0];
    return recurse(depth + 1) + frame[1];
}

int main(void) {
    pid_t child = fork();
    if (child == 0) _exit(recurse(0));
    int status;
    waitpid(child, &status, 0);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSEGV) return 1;
    OUTCOME("SIGSEGV");
}
