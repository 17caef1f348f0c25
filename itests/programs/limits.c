/* getrlimit(2), prlimit(2), and what the limits do; getrusage(2), getpriority(2). */
#include "check.h"

static void limit(int kind, rlim_t soft) {
    struct rlimit now;
    REQUIRE_OK(getrlimit(kind, &now));
    now.rlim_cur = soft;
    REQUIRE_OK(setrlimit(kind, &now));
}

TEST(limits_canBeReadAndLowered) {
    struct rlimit now, then;
    for (int kind = 0; kind < 16; kind++) {
        CHECK_OK(getrlimit(kind, &now));
        CHECK(now.rlim_cur <= now.rlim_max);
        CHECK_OK(setrlimit(kind, &now));
    }
    now = (struct rlimit){50, 100};
    CHECK_OK(setrlimit(RLIMIT_NOFILE, &now));
    CHECK_OK(prlimit(0, RLIMIT_NOFILE, NULL, &then));
    CHECK_EQ(then.rlim_cur, 50);
    CHECK_EQ(then.rlim_max, 100);
    CHECK_EQ(IN_CHILD(CHECK_OK(getrlimit(RLIMIT_NOFILE, &now)); CHECK_EQ(now.rlim_cur, 50)), 0);
    now = (struct rlimit){101, 100};
    CHECK_ERR(setrlimit(RLIMIT_NOFILE, &now), EINVAL);
    CHECK_ERR(getrlimit(16, &now), EINVAL);
    CHECK_ERR(syscall(SYS_getrlimit, RLIMIT_NOFILE, (void *)8), EFAULT);
}

TEST(raisingHardLimit_asUser_failsEperm) {
    need_root();
    struct rlimit now = {50, 100};
    CHECK_OK(setrlimit(RLIMIT_NOFILE, &now));
    CHECK_OK(setresuid(1000, 1000, 1000));
    now.rlim_max = 200;
    CHECK_ERR(setrlimit(RLIMIT_NOFILE, &now), EPERM);
    now = (struct rlimit){100, 100};
    CHECK_OK(setrlimit(RLIMIT_NOFILE, &now));
}

TEST(prlimit_ofOtherProcess_works) {
    struct rlimit now = {40, 60}, old;
    pid_t child = START_CHILD(pause());
    CHECK_OK(prlimit(child, RLIMIT_NOFILE, &now, &old));
    CHECK_OK(prlimit(child, RLIMIT_NOFILE, NULL, &old));
    CHECK_EQ(old.rlim_cur, 40);
    CHECK_ERR(prlimit(999999, RLIMIT_NOFILE, NULL, &old), ESRCH);
    kill(child, SIGKILL);
}

TEST(nofile_limitsDescriptors) {
    limit(RLIMIT_NOFILE, 10);
    int fd, last = -1;
    while ((fd = open("/dev/null", O_RDONLY)) >= 0) last = fd;
    CHECK_EQ(errno, EMFILE);
    CHECK_EQ(last, 9);
    CHECK_ERR(dup(0), EMFILE);
    CHECK_ERR(dup2(0, 10), EBADF);
    CHECK_ERR(fcntl(0, F_DUPFD, 10), EINVAL);
    int fds[2];
    CHECK_ERR(pipe(fds), EMFILE);
}

TEST(addressSpace_limitsMappings) {
    limit(RLIMIT_AS, 256 << 20);
    CHECK_ERR(mmap(NULL, 512 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), ENOMEM);
    void *at = mmap(NULL, 64 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(at != MAP_FAILED);
    CHECK_ERR(mremap(at, 64 << 20, 400 << 20, MREMAP_MAYMOVE), ENOMEM);
    CHECK(malloc(300 << 20) == NULL);
}

TEST(nproc_limitsUser) {
    need_root();
    CHECK_OK(setresuid(54321, 54321, 54321));
    limit(RLIMIT_NPROC, 3);
    int made = 0;
    for (int i = 0; i < 10; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            pause();
            _exit(0);
        }
        if (pid < 0) break;
        made++;
    }
    CHECK_EQ(errno, EAGAIN);
    CHECK_EQ(made, 2);
}

TEST(getrusage_tellsUse) {
    struct rusage self, children;
    CHECK_OK(getrusage(RUSAGE_SELF, &self));
    CHECK(self.ru_maxrss > 100);
    CHECK(self.ru_utime.tv_usec >= 0 && self.ru_utime.tv_usec < 1000000);
    CHECK_OK(getrusage(RUSAGE_CHILDREN, &children));
    CHECK_OK(getrusage(RUSAGE_THREAD, &self));
    CHECK_ERR(getrusage(77, &self), EINVAL);
    CHECK_ERR(syscall(SYS_getrusage, RUSAGE_SELF, (void *)8), EFAULT);
    int64_t end = now_ns() + 60000000;
    IN_CHILD(while (now_ns() < end));
    CHECK_OK(getrusage(RUSAGE_CHILDREN, &children));
    CHECK(children.ru_utime.tv_sec * 1000000 + children.ru_utime.tv_usec + children.ru_stime.tv_usec > 1000);
}

TEST(priority_canBeLowered) {
    CHECK_OK(setpriority(PRIO_PROCESS, 0, 5));
    CHECK_EQ(getpriority(PRIO_PROCESS, 0), 5);
    CHECK_EQ(nice(3), 8);
    CHECK_OK(setpriority(PRIO_PROCESS, 0, 100));
    CHECK_EQ(getpriority(PRIO_PROCESS, 0), 19);
    CHECK_EQ(IN_CHILD(CHECK_EQ(getpriority(PRIO_PROCESS, 0), 19)), 0);
    CHECK_ERR(getpriority(PRIO_PROCESS, 999999), ESRCH);
    CHECK_ERR(setpriority(9, 0, 1), EINVAL);
    if (geteuid() == 0) {
        CHECK_OK(setresuid(1000, 1000, 1000));
        CHECK_ERR(setpriority(PRIO_PROCESS, 0, 5), EACCES);
    }
}
