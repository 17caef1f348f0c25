/* wait4(2), waitid(2), waitpid(2), _exit(2): what parents learn of their children. */
#include "check.h"
#include <sys/syscall.h>

TEST(waitpid_givesExitCode) {
    for (int code = 0; code < 256; code += 51) CHECK_EQ(IN_CHILD(_exit(code)), EXITED(code));
    CHECK_EQ(IN_CHILD(_exit(256 + 3)), EXITED(3));
    CHECK_EQ(IN_CHILD(_exit(-1)), EXITED(255));
}

TEST(waitpid_givesSignal) {
    static const int kinds[] = {SIGTERM, SIGKILL, SIGUSR1, SIGPIPE, SIGALRM};
    for (int i = 0; i < 5; i++) {
        int status = IN_CHILD(signal(kinds[i], SIG_DFL); kill(getpid(), kinds[i]); pause());
        CHECK(WIFSIGNALED(status));
        CHECK_EQ(WTERMSIG(status), kinds[i]);
        CHECK(!WCOREDUMP(status));
    }
    CHECK_EQ(WTERMSIG(IN_CHILD(signal(SIGABRT, SIG_DFL); abort())), SIGABRT);
}

TEST(waitpid_withoutChildren_failsEchild) {
    CHECK_ERR(wait(NULL), ECHILD);
    CHECK_ERR(waitpid(1, NULL, 0), ECHILD);
    CHECK_ERR(waitpid(-1, NULL, WNOHANG), ECHILD);
    CHECK_ERR(waitpid(-1, NULL, 0x100), EINVAL);
    CHECK_ERR(waitid(P_ALL, 0, NULL, WNOHANG), EINVAL);
    CHECK_ERR(waitid(9, 0, NULL, WEXITED), EINVAL);
    CHECK_ERR(waitpid(INT_MIN, NULL, 0), ESRCH);
}

TEST(wnohang_returnsZeroWhileRunning) {
    pid_t child = START_CHILD(pause());
    CHECK_EQ(waitpid(child, NULL, WNOHANG), 0);
    CHECK_OK(kill(child, SIGKILL));
    CHECK_EQ(WTERMSIG(wait_for(child)), SIGKILL);
    CHECK_ERR(waitpid(child, NULL, 0), ECHILD);
}

TEST(waitpid_choosesByPidAndGroup) {
    pid_t a = START_CHILD(_exit(1)), b = START_CHILD(setpgid(0, 0); _exit(2));
    setpgid(b, b);
    CHECK_EQ(wait_for(b), EXITED(2));
    CHECK_EQ(wait_for(a), EXITED(1));
    pid_t c = START_CHILD(sleep_ms(30); _exit(3));
    CHECK_OK(setpgid(c, c));
    int status;
    CHECK_ERR(waitpid(0, &status, 0), ECHILD);
    CHECK_EQ(waitpid(-c, &status, 0), c);
    CHECK_EQ(status, EXITED(3));
}

TEST(zombie_isVisibleUntilWaited) {
    pid_t child = START_CHILD(_exit(0));
    EVENTUALLY(state_of(child) == 'Z');
    CHECK_OK(kill(child, 0));
    CHECK_EQ(wait_for(child), 0);
    CHECK_ERR(kill(child, 0), ESRCH);
}

TEST(waitid_fillsSiginfo) {
    siginfo_t info = {0};
    pid_t child = START_CHILD(_exit(42));
    CHECK_OK(waitid(P_PID, child, &info, WEXITED | WNOWAIT));
    CHECK_EQ(info.si_signo, SIGCHLD);
    CHECK_EQ(info.si_code, CLD_EXITED);
    CHECK_EQ(info.si_pid, child);
    CHECK_EQ(info.si_status, 42);
    CHECK_EQ(info.si_uid, getuid());
    /* WNOWAIT leaves the child waitable. */
    CHECK_OK(waitid(P_PID, child, &info, WEXITED));
    CHECK_ERR(waitid(P_PID, child, &info, WEXITED), ECHILD);
    child = START_CHILD(kill(getpid(), SIGKILL));
    CHECK_OK(waitid(P_ALL, 0, &info, WEXITED));
    CHECK_EQ(info.si_code, CLD_KILLED);
    CHECK_EQ(info.si_status, SIGKILL);
}

TEST(waitid_nohang_clearsPid) {
    siginfo_t info;
    memset(&info, 0xff, sizeof info);
    pid_t child = START_CHILD(pause());
    CHECK_OK(waitid(P_PID, child, &info, WEXITED | WNOHANG));
    CHECK_EQ(info.si_pid, 0);
    CHECK_EQ(info.si_signo, 0);
    kill(child, SIGKILL);
}

TEST(stopAndContinue_areReported) {
    int status = 0;
    siginfo_t info = {0};
    pid_t child = START_CHILD(for (;;) pause());
    CHECK_OK(kill(child, SIGSTOP));
    CHECK_EQ(waitpid(child, &status, WUNTRACED), child);
    CHECK(WIFSTOPPED(status));
    CHECK_EQ(WSTOPSIG(status), SIGSTOP);
    CHECK_EQ(waitpid(child, &status, WUNTRACED | WNOHANG), 0);
    EVENTUALLY(state_of(child) == 'T');
    CHECK_OK(kill(child, SIGCONT));
    CHECK_EQ(waitpid(child, &status, WCONTINUED), child);
    CHECK(WIFCONTINUED(status));
    CHECK_OK(kill(child, SIGTSTP));
    CHECK_OK(waitid(P_PID, child, &info, WSTOPPED));
    CHECK_EQ(info.si_code, CLD_STOPPED);
    CHECK_EQ(info.si_status, SIGTSTP);
    CHECK_OK(kill(child, SIGCONT));
    CHECK_OK(waitid(P_PID, child, &info, WCONTINUED));
    CHECK_EQ(info.si_code, CLD_CONTINUED);
    CHECK_OK(kill(child, SIGSTOP));
    /* SIGKILL ends also a stopped process. */
    CHECK_OK(kill(child, SIGKILL));
    CHECK_EQ(WTERMSIG(wait_for(child)), SIGKILL);
}

TEST(wait4_givesResourceUsage) {
    struct rusage usage;
    memset(&usage, 0xff, sizeof usage);
    pid_t child = START_CHILD(for (volatile int i = 0; i < 20000000; i++));
    int status;
    CHECK_EQ(wait4(child, &status, 0, &usage), child);
    CHECK_EQ(status, 0);
    CHECK(usage.ru_utime.tv_sec >= 0 && usage.ru_utime.tv_sec < 100);
    CHECK(usage.ru_utime.tv_usec >= 0 && usage.ru_utime.tv_usec < 1000000);
    CHECK(usage.ru_maxrss > 0);
}

TEST(ignoredSigchld_reapsByItself) {
    signal(SIGCHLD, SIG_IGN);
    pid_t child = START_CHILD(_exit(3));
    CHECK_ERR(waitpid(child, NULL, 0), ECHILD);
    CHECK_ERR(kill(child, 0), ESRCH);
    struct sigaction action = {.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT};
    CHECK_OK(sigaction(SIGCHLD, &action, NULL));
    child = START_CHILD(_exit(3));
    CHECK_ERR(waitpid(child, NULL, 0), ECHILD);
}

static volatile sig_atomic_t chld_code, chld_status, chld_count;

static void on_chld(int signal, siginfo_t *info, void *context) {
    (void)signal, (void)context;
    chld_code = info->si_code;
    chld_status = info->si_status;
    chld_count++;
}

TEST(sigchld_tellsHow_andNocldstopIsHonoured) {
    struct sigaction action = {.sa_sigaction = on_chld, .sa_flags = SA_SIGINFO | SA_RESTART};
    CHECK_OK(sigaction(SIGCHLD, &action, NULL));
    pid_t child = START_CHILD(for (;;) pause());
    CHECK_OK(kill(child, SIGSTOP));
    EVENTUALLY(chld_code == CLD_STOPPED && chld_status == SIGSTOP);
    action.sa_flags |= SA_NOCLDSTOP;
    CHECK_OK(sigaction(SIGCHLD, &action, NULL));
    int before = chld_count;
    CHECK_OK(kill(child, SIGCONT));
    CHECK_OK(kill(child, SIGSTOP));
    sleep_ms(50);
    CHECK_EQ(chld_count, before);
    CHECK_OK(kill(child, SIGKILL));
    EVENTUALLY(chld_code == CLD_KILLED && chld_status == SIGKILL);
    wait_for(child);
}

TEST(orphan_getsNewParent) {
    int fds[2];
    pid_t parents[2] = {0};
    CHECK_OK(pipe(fds));
    pid_t subreaper = getppid();
    CHECK_EQ(IN_CHILD(
        pid_t before = getpid();
        START_CHILD(
            while (getppid() == before) sleep_ms(1);
            pid_t seen[] = {before, getppid()};
            write(fds[1], seen, sizeof seen))), 0);
    CHECK_EQ(read(fds[0], parents, sizeof parents), sizeof parents);
    /* The test frame is subreaper on the host and pid 1 in Moat. */
    CHECK_EQ(parents[1], subreaper);
}

TEST(subreaper_adoptsOrphans) {
    CHECK_OK(prctl(PR_SET_CHILD_SUBREAPER, 1));
    int is = 0;
    CHECK_OK(prctl(PR_GET_CHILD_SUBREAPER, &is));
    CHECK_EQ(is, 1);
    int *grandchild = shared_memory(4096);
    CHECK_EQ(IN_CHILD(*grandchild = START_CHILD(sleep_ms(30); _exit(21))), 0);
    CHECK_EQ(wait_for(*grandchild), EXITED(21));
}

TEST(waitByThread_seesChildrenOfGroup) {
    pid_t child = START_CHILD(_exit(4));
    CHECK_EQ(waitpid(child, NULL, __WNOTHREAD), child);
}

TEST(deathSignal_reachesChild) {
    int fds[2];
    char byte;
    CHECK_OK(pipe(fds));
    CHECK_EQ(IN_CHILD(
        START_CHILD(
            sigset_t set;
            siginfo_t info;
            sigemptyset(&set);
            sigaddset(&set, SIGUSR2);
            sigprocmask(SIG_BLOCK, &set, NULL);
            prctl(PR_SET_PDEATHSIG, SIGUSR2);
            write(fds[1], "r", 1);
            if (sigwaitinfo(&set, &info) == SIGUSR2) write(fds[1], "d", 1));
        read(fds[0], &byte, 1)), 0);
    CHECK_EQ(read(fds[0], &byte, 1), 1);
    CHECK_EQ(byte, 'd');
}
