/*
 * Asks where two thousand million pages are, by an array that is a small file mapped over and over. Right: who asks can
 * be killed meanwhile. Expected exit code: 0.
 */
#include "hostile.h"

#define FILE_BYTES (1ul << 20)
#define TIMES 16384ul

int main(void) {
    int fd = syscall(SYS_memfd_create, "pages", 0);
    if (fd < 0 || ftruncate(fd, FILE_BYTES) != 0) return 2;
    char *all = mmap(NULL, TIMES * FILE_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (all == MAP_FAILED) return 3;
    for (unsigned long i = 0; i < TIMES; i++) {
        if (mmap(all + i * FILE_BYTES, FILE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED)
            return 4;
    }
    pid_t child = fork();
    if (child < 0) return 5;
    if (child == 0) {
        syscall(SYS_move_pages, 0, TIMES * FILE_BYTES / sizeof(void *), all, NULL, all, 0);
        _exit(1);
    }
    usleep(500000);
    int status;
    if (kill(child, SIGKILL) != 0 || waitpid(child, &status, 0) != child) return 6;
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? 0 : 7;
}
