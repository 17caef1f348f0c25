/*
 * Forks without end, each child too. Right: fork fails with EAGAIN at the sandbox's limit of tasks, or the sandbox's memory
 * limit ends processes; the first process goes on, kills all and exits 0. Expected exit code: 0.
 */
#include "hostile.h"

int main(void) {
    struct rlimit limit = {100, 100};
    setrlimit(RLIMIT_NPROC, &limit);
    /* The limit does not bind user 0 (fork(2), EAGAIN). */
    if (geteuid() == 0 && setresuid(65534, 65534, 65534) < 0) return 3;
    pid_t first = getpid();
    setpgid(0, 0);
    int refused = 0;
    time_t end = time(NULL) + 5, latest = end + 100;
    while ((time(NULL) < end && refused < 1000) || (getpid() == first && refused == 0 && time(NULL) < latest)) {
        if (fork() < 0) {
            refused++;
            usleep(1000);
        }
    }
    /* They stay, so that the first one comes to the limit on a slow machine, too. */
    while (getpid() != first) pause();
    signal(SIGTERM, SIG_IGN);
    kill(0, SIGTERM);
    while (wait(NULL) > 0);
    if (refused == 0) return 1;
    OUTCOME("fork was refused, all children ended");
}
