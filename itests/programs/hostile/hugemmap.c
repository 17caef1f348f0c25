/*
 * Maps 10 GB and touches every page, in a child. Right with a memory limit (--memory 256m): the sandbox's OOM killer ends the
 * child with SIGKILL, the parent lives. mmap may also be refused with ENOMEM. Expected exit code: 0.
 */
#include "hostile.h"

int main(void) {
    pid_t child = fork();
    if (child == 0) {
        size_t size = 10UL << 30;
        char *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (at == MAP_FAILED) _exit(errno == ENOMEM ? 10 : 11);
        for (size_t i = 0; i < size; i += 4096) at[i] = 1;
        _exit(12);
    }
    int status;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) OUTCOME("killed for its memory");
    if (status == W_EXITCODE(10, 0)) OUTCOME("mmap refused");
    return 1;
}
