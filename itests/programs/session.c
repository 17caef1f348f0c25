/* setsid(2), setpgid(2), credentials of groups; job control and orphaned process groups without a terminal. */
#include "check.h"

TEST(setsid_makesSessionAndGroup) {
    CHECK_EQ(IN_CHILD(
        CHECK_EQ(setsid(), getpid());
        CHECK_EQ(getsid(0), getpid());
        CHECK_EQ(getpgrp(), getpid());
        CHECK_ERR(setsid(), EPERM);
        CHECK_ERR(setpgid(0, 0), EPERM)), 0);
}

TEST(setpgid_movesBetweenGroups) {
    pid_t a = START_CHILD(pause()), b = START_CHILD(pause());
    CHECK_OK(setpgid(a, 0));
    CHECK_EQ(getpgid(a), a);
    CHECK_OK(setpgid(b, a));
    CHECK_EQ(getpgid(b), a);
    CHECK_ERR(setpgid(b, 999999), EPERM);
    CHECK_ERR(setpgid(a, -1), EINVAL);
    CHECK_ERR(setpgid(999999, 0), ESRCH);
    CHECK_ERR(getpgid(999999), ESRCH);
    CHECK_ERR(getsid(999999), ESRCH);
    CHECK_OK(kill(-a, SIGKILL));
    CHECK_EQ(WTERMSIG(wait_for(a)), SIGKILL);
    CHECK_EQ(WTERMSIG(wait_for(b)), SIGKILL);
}

TEST(setpgid_afterExec_failsEacces) {
    int fds[2];
    char byte;
    CHECK_OK(pipe2(fds, O_CLOEXEC));
    pid_t child = START_CHILD(execl("/bin/sleep", "sleep", "100", NULL));
    CHECK_OK(close(fds[1]));
    CHECK_EQ(read(fds[0], &byte, 1), 0);
    CHECK_ERR(setpgid(child, child), EACCES);
    CHECK_OK(kill(child, SIGKILL));
}

TEST(groupOfAnotherSession_isRefused) {
    int fds[2];
    char byte;
    CHECK_OK(pipe(fds));
    pid_t child = START_CHILD(setsid(); write(fds[1], "x", 1); pause());
    CHECK_EQ(read(fds[0], &byte, 1), 1);
    CHECK_ERR(setpgid(0, child), EPERM);
    CHECK_ERR(setpgid(child, 0), EPERM);
    CHECK(getsid(child) == child);
    kill(child, SIGKILL);
}

TEST(killOfGroup_reachesAllMembers) {
    int status;
    CHECK_EQ(IN_CHILD(
        setpgid(0, 0);
        signal(SIGTERM, SIG_IGN);
        pid_t kids[3];
        for (int i = 0; i < 3; i++) kids[i] = START_CHILD(signal(SIGTERM, SIG_DFL); for (;;) pause());
        sleep_ms(50);
        CHECK_OK(kill(0, SIGTERM));
        for (int i = 0; i < 3; i++) CHECK_EQ(WTERMSIG(wait_for(kids[i])), SIGTERM)), 0);
    CHECK_ERR(kill(-999999, SIGTERM), ESRCH);
    (void)status;
}

static int *seen;

static void note(int signal) {
    seen[signal == SIGHUP ? 0 : 1]++;
}

TEST(stoppedOrphanedGroup_getsHupAndCont) {
    seen = shared_memory(4096);
    pid_t *stopped = shared_memory(4096);
    CHECK_EQ(IN_CHILD(
        setsid();
        CHECK_EQ(IN_CHILD(
            pid_t kid = START_CHILD(
                signal(SIGHUP, note);
                signal(SIGCONT, note);
                setpgid(0, 0);
                raise(SIGSTOP);
                while (!seen[0] || !seen[1]) sleep_ms(1));
            setpgid(kid, kid);
            int status;
            CHECK_EQ(waitpid(kid, &status, WUNTRACED), kid);
            CHECK(WIFSTOPPED(status));
            *stopped = kid;
            /* The exit of this process orphans the group of kid, which has a stopped member (_exit(2)). */
            ), 0);
        EVENTUALLY(seen[0] == 1 && seen[1] == 1)), 0);
    CHECK_EQ(seen[0], 1);
}

TEST(terminalStopSignals_inOrphanedGroup_areIgnored) {
    int status = IN_CHILD(
        setsid();
        /* This group is orphaned: its leader's parent is in another session. */
        raise(SIGTSTP);
        raise(SIGTTIN);
        raise(SIGTTOU);
        _exit(5));
    CHECK_EQ(status, EXITED(5));
}

TEST(sigcont_discardsPendingStops_andBack) {
    sigset_t set, pending;
    sigemptyset(&set);
    sigaddset(&set, SIGTSTP);
    sigaddset(&set, SIGCONT);
    CHECK_OK(sigprocmask(SIG_BLOCK, &set, NULL));
    CHECK_OK(raise(SIGTSTP));
    CHECK_OK(sigpending(&pending));
    CHECK_EQ(sigismember(&pending, SIGTSTP), 1);
    CHECK_OK(raise(SIGCONT));
    CHECK_OK(sigpending(&pending));
    CHECK_EQ(sigismember(&pending, SIGTSTP), 0);
    CHECK_EQ(sigismember(&pending, SIGCONT), 1);
    CHECK_OK(raise(SIGTSTP));
    CHECK_OK(sigpending(&pending));
    CHECK_EQ(sigismember(&pending, SIGCONT), 0);
    CHECK_EQ(sigismember(&pending, SIGTSTP), 1);
}

TEST(stoppedProcess_doesNotRun) {
    volatile int *count = shared_memory(4096);
    pid_t child = START_CHILD(for (;;) (*count)++);
    EVENTUALLY(*count > 0);
    int status;
    CHECK_OK(kill(child, SIGSTOP));
    CHECK_EQ(waitpid(child, &status, WUNTRACED), child);
    int before = *count;
    sleep_ms(50);
    CHECK_EQ(*count, before);
    CHECK_OK(kill(child, SIGCONT));
    EVENTUALLY(*count > before);
    CHECK_OK(kill(child, SIGKILL));
    CHECK_EQ(WTERMSIG(wait_for(child)), SIGKILL);
}

TEST(stopInsideNanosleep_continuesIt) {
    pid_t child = START_CHILD(
        int64_t start = now_ns();
        struct timespec rest = {1, 0};
        CHECK_OK(nanosleep(&rest, NULL));
        CHECK(now_ns() - start >= 1000000000));
    sleep_ms(30);
    int status;
    CHECK_OK(kill(child, SIGSTOP));
    CHECK_EQ(waitpid(child, &status, WUNTRACED), child);
    CHECK_OK(kill(child, SIGCONT));
    CHECK_EQ(wait_for(child), 0);
}
