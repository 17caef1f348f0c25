/* eventfd(2), timerfd_create(2), signalfd(2). */
#include "check.h"
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/vfs.h>

static bool readable(int fd) {
    struct pollfd p = {fd, POLLIN, 0};
    return CHECK_OK(poll(&p, 1, 0)) == 1 && p.revents & POLLIN;
}

TEST(read_onEmptyNonblockingEventfd_failsEagain) {
    uint64_t value;
    int fd = REQUIRE_OK(eventfd(0, EFD_NONBLOCK));
    CHECK_ERR(read(fd, &value, 8), EAGAIN);
    CHECK(!readable(fd));
}

TEST(eventfd_addsAndResets) {
    uint64_t value = 5;
    int fd = REQUIRE_OK(eventfd(3, 0));
    CHECK_EQ(write(fd, &value, 8), 8);
    CHECK(readable(fd));
    CHECK_EQ(read(fd, &value, 8), 8);
    CHECK_EQ(value, 8);
    CHECK(!readable(fd));
}

TEST(eventfdSemaphore_countsDown) {
    uint64_t value = 0;
    int fd = REQUIRE_OK(eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK));
    CHECK_EQ(read(fd, &value, 8), 8);
    CHECK_EQ(value, 1);
    CHECK_EQ(read(fd, &value, 8), 8);
    CHECK_ERR(read(fd, &value, 8), EAGAIN);
}

TEST(eventfd_atLimits_blocksAndRefuses) {
    uint64_t value = UINT64_MAX - 1;
    int fd = REQUIRE_OK(eventfd(0, EFD_NONBLOCK));
    CHECK_EQ(write(fd, &value, 8), 8);
    value = 1;
    CHECK_ERR(write(fd, &value, 8), EAGAIN);
    struct pollfd p = {fd, POLLOUT, 0};
    CHECK_EQ(poll(&p, 1, 0), 0);
    value = UINT64_MAX;
    CHECK_ERR(write(fd, &value, 8), EINVAL);
    CHECK_ERR(write(fd, &value, 4), EINVAL);
    CHECK_ERR(read(fd, &value, 4), EINVAL);
    CHECK_ERR(syscall(SYS_eventfd2, 0, 0x10), EINVAL);
}

TEST(eventfd_blockedReader_isWoken) {
    uint64_t value = 0;
    int fd = REQUIRE_OK(eventfd(0, EFD_CLOEXEC));
    CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    START_CHILD(sleep_ms(50); eventfd_write(fd, 7));
    CHECK_EQ(read(fd, &value, 8), 8);
    CHECK_EQ(value, 7);
}

TEST(timerfd_oneShot_expiresOnce) {
    uint64_t count = 0;
    int fd = REQUIRE_OK(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));
    CHECK_ERR(read(fd, &count, 8), EAGAIN);
    struct itimerspec spec = {.it_value = {0, 30000000}};
    int64_t start = now_ns();
    CHECK_OK(timerfd_settime(fd, 0, &spec, NULL));
    struct pollfd p = {fd, POLLIN, 0};
    CHECK_EQ(poll(&p, 1, 10000), 1);
    CHECK(now_ns() - start >= 30000000);
    CHECK_EQ(read(fd, &count, 8), 8);
    CHECK_EQ(count, 1);
    CHECK_ERR(read(fd, &count, 8), EAGAIN);
    CHECK_OK(timerfd_gettime(fd, &spec));
    CHECK_EQ(spec.it_value.tv_sec + spec.it_value.tv_nsec, 0);
}

TEST(timerfd_interval_countsExpirations) {
    uint64_t count = 0;
    int fd = REQUIRE_OK(timerfd_create(CLOCK_MONOTONIC, 0));
    struct itimerspec spec = {.it_value = {0, 1000000}, .it_interval = {0, 10000000}}, old;
    CHECK_OK(timerfd_settime(fd, 0, &spec, NULL));
    sleep_ms(60);
    CHECK_EQ(read(fd, &count, 8), 8);
    CHECK(count >= 5);
    CHECK_OK(timerfd_settime(fd, 0, &(struct itimerspec){0}, &old));
    CHECK_EQ(old.it_interval.tv_nsec, 10000000);
}

TEST(timerfd_absoluteInPast_expiresAtOnce) {
    uint64_t count = 0;
    int fd = REQUIRE_OK(timerfd_create(CLOCK_REALTIME, 0));
    struct itimerspec spec = {.it_value = {1, 0}};
    CHECK_OK(timerfd_settime(fd, TFD_TIMER_ABSTIME, &spec, NULL));
    CHECK_EQ(read(fd, &count, 8), 8);
    CHECK_EQ(count, 1);
    struct itimerspec bad = {.it_value = {0, 1000000000}};
    CHECK_ERR(timerfd_settime(fd, 0, &bad, NULL), EINVAL);
    CHECK_ERR(timerfd_create(99, 0), EINVAL);
    CHECK_ERR(timerfd_create(CLOCK_MONOTONIC, 1), EINVAL);
    CHECK_ERR(timerfd_settime(1, 0, &spec, NULL), EINVAL);
}

static sigset_t blocked(int a, int b) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, a);
    sigaddset(&set, b);
    REQUIRE_OK(sigprocmask(SIG_BLOCK, &set, NULL));
    return set;
}

TEST(signalfd_readsPendingSignals) {
    struct signalfd_siginfo info[4] = {0};
    sigset_t set = blocked(SIGUSR1, SIGUSR2);
    int fd = REQUIRE_OK(signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
    CHECK_ERR(read(fd, info, sizeof info), EAGAIN);
    CHECK(!readable(fd));
    CHECK_OK(kill(getpid(), SIGUSR2));
    CHECK_OK(kill(getpid(), SIGUSR1));
    CHECK(readable(fd));
    CHECK_EQ(read(fd, info, sizeof info), 2 * sizeof *info);
    CHECK_EQ(info[0].ssi_signo, SIGUSR1);
    CHECK_EQ(info[1].ssi_signo, SIGUSR2);
    CHECK_EQ(info[0].ssi_pid, getpid());
    CHECK_EQ(info[0].ssi_uid, getuid());
    CHECK_EQ(info[0].ssi_code, SI_USER);
    CHECK_ERR(read(fd, info, 10), EINVAL);
}

TEST(signalfd_carriesQueuedValueAndChild) {
    struct signalfd_siginfo info = {0};
    sigset_t set = blocked(SIGRTMIN, SIGCHLD);
    int fd = REQUIRE_OK(signalfd(-1, &set, 0));
    CHECK_OK(sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 4711}));
    CHECK_EQ(read(fd, &info, sizeof info), sizeof info);
    CHECK_EQ(info.ssi_int, 4711);
    CHECK_EQ(info.ssi_code, SI_QUEUE);
    pid_t child = START_CHILD(_exit(3));
    CHECK_EQ(read(fd, &info, sizeof info), sizeof info);
    CHECK_EQ(info.ssi_signo, SIGCHLD);
    CHECK_EQ(info.ssi_pid, child);
    CHECK_EQ(info.ssi_status, 3);
    CHECK_EQ(info.ssi_code, CLD_EXITED);
}

TEST(signalfd_maskCanBeReplaced) {
    struct signalfd_siginfo info;
    sigset_t set = blocked(SIGUSR1, SIGUSR2), only;
    int fd = REQUIRE_OK(signalfd(-1, &set, SFD_NONBLOCK));
    sigemptyset(&only);
    sigaddset(&only, SIGUSR2);
    CHECK_EQ(signalfd(fd, &only, 0), fd);
    CHECK_OK(raise(SIGUSR1));
    CHECK_ERR(read(fd, &info, sizeof info), EAGAIN);
    CHECK_ERR(signalfd(1, &only, 0), EINVAL);
    CHECK_ERR(signalfd(999, &only, 0), EBADF);
}

TEST(signalfd_blockedReader_isWoken) {
    struct signalfd_siginfo info = {0};
    sigset_t set = blocked(SIGUSR1, SIGUSR2);
    pid_t self = getpid();
    int fd = REQUIRE_OK(signalfd(-1, &set, 0));
    START_CHILD(sleep_ms(50); kill(self, SIGUSR1));
    CHECK_EQ(read(fd, &info, sizeof info), sizeof info);
    CHECK_EQ(info.ssi_signo, SIGUSR1);
}

/* Most files without a name share one inode: fs/anon_inodes.c anon_inode_setattr(). */
TEST(namelessFiles_keepTheirAttributes) {
    struct statfs fs;
    int files[] = {REQUIRE_OK(eventfd(0, 0)), REQUIRE_OK((int)syscall(SYS_pidfd_open, getpid(), 0))};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        CHECK_ERR(fchmod(files[i], 0777), EOPNOTSUPP);
        CHECK_ERR(fchown(files[i], 0, 0), EOPNOTSUPP);
        CHECK_ERR(futimens(files[i], NULL), EOPNOTSUPP);
        CHECK_OK(fstatfs(files[i], &fs));
        CHECK_EQ(fs.f_bsize, 4096);
    }
}
