/*
 * Writes to /tmp without end, up to 4 GB. Right with a memory limit: ENOSPC or the OOM killer ends the child; the parent then
 * removes the file. Expected exit code: 0.
 */
#include "hostile.h"

int main(void) {
    pid_t child = fork();
    if (child == 0) {
        static char block[1 << 20];
        memset(block, 1, sizeof block);
        int fd = open("/tmp/fill", O_WRONLY | O_CREAT, 0600);
        for (int i = 0; i < 4096; i++) {
            if (write(fd, block, sizeof block) < 0) _exit(errno == ENOSPC || errno == ENOMEM ? 10 : 11);
        }
        _exit(12);
    }
    int status;
    waitpid(child, &status, 0);
    unlink("/tmp/fill");
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) OUTCOME("killed for its memory");
    if (status == W_EXITCODE(10, 0)) OUTCOME("no space");
    return WEXITSTATUS(status);
}
