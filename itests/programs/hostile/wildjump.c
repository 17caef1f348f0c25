/* Jumps to 200 random addresses, a child each. Right: each child dies by a signal (or by chance exits). Expected exit code: 0. */
#include "hostile.h"

int main(void) {
    unsigned long seed = 88172645463325252UL;
    int died = 0;
    for (int i = 0; i < 200; i++) {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        pid_t child = fork();
        if (child == 0) {
            alarm(2);
            ((void (*)(void))(i % 2 ? seed : seed & 0x7fffffffffff))();
            _exit(0);
        }
        int status;
        waitpid(child, &status, 0);
        died += WIFSIGNALED(status);
    }
    if (died < 190) return 1;
    OUTCOME("%d children died", died);
}
