/* A chain of 200 processes, each the child of the other, that all exit at once. Right: all are reaped. Expected exit code: 0. */
#include "hostile.h"

int main(void) {
    for (int depth = 0; depth < 200; depth++) {
        pid_t child = fork();
        if (child < 0) return 1;
        if (child > 0) {
            int status;
            waitpid(child, &status, 0);
            if (depth > 0) _exit(WEXITSTATUS(status));
            if (status != 0) return 2;
            OUTCOME("the chain ended");
        }
    }
    _exit(0);
}
