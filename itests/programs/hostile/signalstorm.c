/* Four processes send each other signals as fast as they can for two seconds. Right: all live. Expected exit code: 0. */
#include "hostile.h"

static volatile long count;

static void note(int signal) {
    (void)signal;
    count++;
}

int main(void) {
    signal(SIGUSR1, note);
    signal(SIGRTMIN, note);
    pid_t parent = getpid(), children[4];
    for (int i = 0; i < 4; i++) {
        if ((children[i] = fork()) == 0) {
            time_t end = time(NULL) + 2;
            while (time(NULL) < end) {
                kill(parent, SIGUSR1);
                sigqueue(parent, SIGRTMIN, (union sigval){.sival_int = 1});
                if (i > 0) kill(children[i - 1], SIGUSR1);
            }
            _exit(0);
        }
    }
    for (int i = 0; i < 4; i++) {
        int status;
        while (waitpid(children[i], &status, 0) < 0) if (errno != EINTR) return 1;
        if (status != 0) return 2;
    }
    if (count < 100) return 3;
    OUTCOME("all processes lived");
}
