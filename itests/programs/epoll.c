/* epoll(7): level and edge triggered, one-shot, nested, exclusive. */
#include "check.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <poll.h>
#include <sys/mman.h>

static int epoll_with(int fd, uint32_t events) {
    int epoll = REQUIRE_OK(epoll_create1(0));
    struct epoll_event event = {.events = events, .data.u64 = 0x1234567800000000 | fd};
    REQUIRE_OK(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event));
    return epoll;
}

TEST(levelTriggered_repeatsUntilRead) {
    char byte;
    int fds[2];
    struct epoll_event events[4];
    CHECK_OK(pipe(fds));
    int epoll = epoll_with(fds[0], EPOLLIN);
    CHECK_EQ(epoll_wait(epoll, events, 4, 0), 0);
    CHECK_EQ(write(fds[1], "x", 1), 1);
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(epoll_wait(epoll, events, 4, -1), 1);
        CHECK_EQ(events[0].events, EPOLLIN);
        CHECK_EQ(events[0].data.u64, 0x1234567800000000 | fds[0]);
    }
    CHECK_EQ(read(fds[0], &byte, 1), 1);
    CHECK_EQ(epoll_wait(epoll, events, 4, 0), 0);
}

TEST(edgeTriggered_tellsOncePerChange) {
    int fds[2];
    struct epoll_event events[4];
    CHECK_OK(pipe(fds));
    int epoll = epoll_with(fds[0], EPOLLIN | EPOLLET);
    CHECK_EQ(write(fds[1], "x", 1), 1);
    CHECK_EQ(epoll_wait(epoll, events, 4, 0), 1);
    CHECK_EQ(epoll_wait(epoll, events, 4, 0), 0);
    CHECK_EQ(write(fds[1], "y", 1), 1);
    CHECK_EQ(epoll_wait(epoll, events, 4, 0), 1);
    CHECK_EQ(epoll_wait(epoll, events, 4, 0), 0);
}

TEST(oneShot_isSilentUntilRearmed) {
    int fds[2];
    struct epoll_event events[4];
    CHECK_OK(pipe(fds));
    int epoll = epoll_with(fds[0], EPOLLIN | EPOLLONESHOT);
    CHECK_EQ(write(fds[1], "x", 1), 1);
    CHECK_EQ(epoll_wait(epoll, events, 4, 0), 1);
    CHECK_EQ(write(fds[1], "y", 1), 1);
    CHECK_EQ(epoll_wait(epoll, events, 4, 0), 0);
    struct epoll_event again = {.events = EPOLLIN | EPOLLONESHOT};
    CHECK_OK(epoll_ctl(epoll, EPOLL_CTL_MOD, fds[0], &again));
    CHECK_EQ(epoll_wait(epoll, events, 4, 0), 1);
}

TEST(hangUp_isToldWithoutAsking) {
    int fds[2];
    struct epoll_event events[4];
    CHECK_OK(pipe(fds));
    int epoll = epoll_with(fds[0], 0);
    CHECK_EQ(epoll_wait(epoll, events, 4, 0), 0);
    CHECK_OK(close(fds[1]));
    CHECK_EQ(epoll_wait(epoll, events, 4, 0), 1);
    CHECK_EQ(events[0].events, EPOLLHUP);
}

TEST(epollCtl_withBadArguments_fails) {
    int fds[2];
    CHECK_OK(pipe(fds));
    int file = make_file("file", ""), epoll = epoll_with(fds[0], EPOLLIN);
    struct epoll_event event = {.events = EPOLLIN};
    CHECK_ERR(epoll_ctl(epoll, EPOLL_CTL_ADD, fds[0], &event), EEXIST);
    CHECK_ERR(epoll_ctl(epoll, EPOLL_CTL_MOD, fds[1], &event), ENOENT);
    CHECK_ERR(epoll_ctl(epoll, EPOLL_CTL_DEL, fds[1], NULL), ENOENT);
    CHECK_ERR(epoll_ctl(epoll, EPOLL_CTL_ADD, file, &event), EPERM);
    CHECK_ERR(epoll_ctl(epoll, EPOLL_CTL_ADD, epoll, &event), EINVAL);
    CHECK_ERR(epoll_ctl(epoll, EPOLL_CTL_ADD, 999, &event), EBADF);
    CHECK_ERR(epoll_ctl(fds[1], EPOLL_CTL_ADD, fds[0], &event), EINVAL);
    CHECK_ERR(epoll_ctl(epoll, 77, fds[0], &event), EINVAL);
    CHECK_ERR(epoll_ctl(epoll, EPOLL_CTL_ADD, fds[1], (void *)1), EFAULT);
    CHECK_ERR(epoll_wait(epoll, &event, 0, 0), EINVAL);
    CHECK_ERR(epoll_wait(fds[0], &event, 1, 0), EINVAL);
    CHECK_ERR(epoll_create1(1), EINVAL);
    CHECK_ERR(epoll_create(0), EINVAL);
    CHECK_OK(epoll_ctl(epoll, EPOLL_CTL_DEL, fds[0], NULL));
}

TEST(closingLastDescriptor_removesInterest) {
    int fds[2];
    struct epoll_event events[4];
    CHECK_OK(pipe(fds));
    int epoll = epoll_with(fds[0], EPOLLIN);
    CHECK_EQ(write(fds[1], "x", 1), 1);
    int copy = dup(fds[0]);
    CHECK_OK(close(fds[0]));
    /* The open file lives on in the copy, and so does the interest (epoll(7), Q6). */
    CHECK_EQ(epoll_wait(epoll, events, 4, 0), 1);
    CHECK_OK(close(copy));
    CHECK_EQ(epoll_wait(epoll, events, 4, 0), 0);
}

TEST(blockedWait_isWoken) {
    struct epoll_event events[4];
    int event = REQUIRE_OK(eventfd(0, 0)), epoll = epoll_with(event, EPOLLIN);
    START_CHILD(sleep_ms(50); eventfd_write(event, 1));
    CHECK_EQ(epoll_wait(epoll, events, 4, 10000), 1);
}

TEST(epollWait_withTimeout_waits) {
    struct epoll_event events[4];
    int epoll = REQUIRE_OK(epoll_create1(EPOLL_CLOEXEC));
    CHECK_EQ(fcntl(epoll, F_GETFD), FD_CLOEXEC);
    int64_t start = now_ns();
    CHECK_EQ(epoll_wait(epoll, events, 4, 40), 0);
    CHECK(now_ns() - start >= 40000000);
    struct timespec timeout = {0, 30000000};
    start = now_ns();
    long result = syscall(SYS_epoll_pwait2, epoll, events, 4, &timeout, NULL, 8);
    if (result < 0 && errno == ENOSYS) SKIP("no epoll_pwait2");
    CHECK_EQ(result, 0);
    CHECK(now_ns() - start >= 30000000);
}

TEST(nestedEpoll_isReadable) {
    int fds[2];
    struct epoll_event events[4];
    CHECK_OK(pipe(fds));
    int inner = epoll_with(fds[0], EPOLLIN), outer = epoll_with(inner, EPOLLIN);
    CHECK_EQ(epoll_wait(outer, events, 4, 0), 0);
    CHECK_EQ(write(fds[1], "x", 1), 1);
    CHECK_EQ(epoll_wait(outer, events, 4, 1000), 1);
    struct pollfd poller = {inner, POLLIN, 0};
    CHECK_EQ(poll(&poller, 1, 0), 1);
    struct epoll_event event = {.events = EPOLLIN};
    CHECK_ERR(epoll_ctl(inner, EPOLL_CTL_ADD, outer, &event), ELOOP);
}

TEST(manyReady_areServedInTurn) {
    int events_fds[10], seen[10] = {0};
    struct epoll_event events[3];
    int epoll = REQUIRE_OK(epoll_create1(0));
    for (int i = 0; i < 10; i++) {
        events_fds[i] = REQUIRE_OK(eventfd(1, 0));
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
        REQUIRE_OK(epoll_ctl(epoll, EPOLL_CTL_ADD, events_fds[i], &event));
    }
    for (int round = 0; round < 4; round++) {
        int n = CHECK_OK(epoll_wait(epoll, events, 3, 0));
        CHECK_EQ(n, 3);
        for (int i = 0; i < n; i++) seen[events[i].data.u32]++;
    }
    for (int i = 0; i < 10; i++) CHECK(seen[i] >= 1);
}

TEST(bothDirections_areTold) {
    struct epoll_event events[4];
    int event = REQUIRE_OK(eventfd(1, 0)), epoll = epoll_with(event, EPOLLIN | EPOLLOUT);
    CHECK_EQ(epoll_wait(epoll, events, 4, 0), 1);
    CHECK_EQ(events[0].events, EPOLLIN | EPOLLOUT);
}

static void note(int signal) {
    (void)signal;
}

TEST(epollPwait_swapsMask) {
    struct epoll_event events[1];
    sigset_t block, none;
    signal(SIGUSR1, note);
    sigemptyset(&none);
    sigemptyset(&block);
    sigaddset(&block, SIGUSR1);
    CHECK_OK(sigprocmask(SIG_BLOCK, &block, NULL));
    CHECK_OK(raise(SIGUSR1));
    int epoll = REQUIRE_OK(epoll_create1(0));
    CHECK_ERR(epoll_pwait(epoll, events, 1, 10000, &none), EINTR);
}

TEST(wait_forManyEvents_givesAllThatAreThere) {
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_max < 6100) SKIP("too few descriptors");
    int event = eventfd(1, 0), epoll = epoll_create1(0);
    for (int i = 0; i < 6000; i++) {
        struct epoll_event wanted = {.events = EPOLLIN, .data.u32 = i};
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, dup(event), &wanted) != 0) CHECK_OK(-1);
    }
    static struct epoll_event got[7000];
    CHECK_EQ(epoll_wait(epoll, got, 7000, 0), 6000);
    CHECK_EQ(epoll_wait(epoll, got, 5000, 0), 5000);
}

#define KCMP_EPOLL_TFD 7

struct slot {
    uint32_t efd, tfd, toff;
};

static long kcmp(int fd, struct slot *slot) {
    return syscall(SYS_kcmp, getpid(), getpid(), KCMP_EPOLL_TFD, fd, slot);
}

TEST(kcmp_tellsWhatIsWatched) {
    int ep = REQUIRE_OK(epoll_create1(0));
    int a[2], b[2];
    REQUIRE_OK(pipe(a));
    REQUIRE_OK(pipe(b));
    struct epoll_event event = {.events = EPOLLIN};
    CHECK_OK(epoll_ctl(ep, EPOLL_CTL_ADD, a[0], &event));
    struct slot slot = {ep, a[0], 0};
    long first = kcmp(a[0], &slot);
    if (first < 0 && (errno == EOPNOTSUPP || errno == ENOSYS)) SKIP("a kernel without kcmp");
    CHECK_EQ(first, 0);
    CHECK_EQ(kcmp(dup(a[0]), &slot), 0);
    CHECK(kcmp(b[0], &slot) > 0);
    slot.toff = 1;
    CHECK_ERR(kcmp(a[0], &slot), ENOENT);
    slot = (struct slot){ep, b[0], 0};
    CHECK_ERR(kcmp(b[0], &slot), ENOENT);
    slot = (struct slot){a[1], a[0], 0};
    CHECK_ERR(kcmp(a[0], &slot), EINVAL);
    slot = (struct slot){99, a[0], 0};
    CHECK_ERR(kcmp(a[0], &slot), EBADF);
    CHECK_ERR(kcmp(a[0], (void *)8), EFAULT);
}

static int woken_of(int *efds, int count) {
    int woken = 0;
    struct epoll_event event;
    for (int i = 0; i < count; i++) woken += epoll_wait(efds[i], &event, 1, 0) == 1;
    return woken;
}

/* Children that wait for the same pipe, each with an epoll instance of its own. */
TEST(exclusive_wakesOneOfThoseWhoWait) {
    enum { WAITERS = 6 };
    int fds[2], *woken = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t children[WAITERS];
    CHECK_OK(pipe(fds));
    for (int i = 0; i < WAITERS; i++) {
        children[i] = START_CHILD(
            struct epoll_event event;
            int epoll = epoll_with(fds[0], EPOLLIN | EPOLLET | EPOLLEXCLUSIVE);
            if (epoll_wait(epoll, &event, 1, -1) != 1) _exit(1);
            __atomic_add_fetch(woken, 1, __ATOMIC_SEQ_CST);
            pause(););
        char path[64], state[256];
        snprintf(path, sizeof path, "/proc/%d/stat", children[i]);
        EVENTUALLY(({
            int fd = open(path, O_RDONLY);
            ssize_t got = read(fd, state, sizeof state - 1);
            close(fd);
            state[got > 0 ? got : 0] = 0;
            strstr(state, ") S ") != NULL;
        }));
    }
    for (int round = 1; round <= WAITERS; round++) {
        char byte;
        CHECK_EQ(write(fds[1], "x", 1), 1);
        EVENTUALLY(__atomic_load_n(woken, __ATOMIC_SEQ_CST) >= round);
        usleep(20000);
        CHECK_EQ(__atomic_load_n(woken, __ATOMIC_SEQ_CST), round);
        CHECK_EQ(read(fds[0], &byte, 1), 1);
    }
    for (int i = 0; i < WAITERS; i++) kill(children[i], SIGKILL);
}

TEST(exclusive_withoutWaiters_marksAll) {
    int fds[2], efds[3];
    CHECK_OK(pipe(fds));
    for (int i = 0; i < 3; i++) efds[i] = epoll_with(fds[0], EPOLLIN | EPOLLEXCLUSIVE);
    CHECK_EQ(write(fds[1], "x", 1), 1);
    CHECK_EQ(woken_of(efds, 3), 3);
}
