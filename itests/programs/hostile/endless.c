/* Spins in user mode without a system call. Right: SIGALRM, of the default action, ends it. Expected exit code: 142. */
#include "hostile.h"

int main(void) {
    alarm(2);
    pid_t child = fork();
    if (child == 0) {
        alarm(1);
        for (;;) __asm__ volatile("");
    }
    int status;
    waitpid(child, &status, 0);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGALRM) return 1;
    /* As pid 1 of a sandbox the default action of signals does not apply to this process; a child stands for it. */
    printf("the loop was interrupted\n");
    return 142;
}
