/* time_namespaces(7): clocks with offsets, by vDSO and by call, deadlines, /proc, and how processes get into one. */
#include "check.h"
#include "seccompfilter.h"
#include <linux/futex.h>
#include <linux/nsfs.h>
#include <linux/sched.h>
#include <pthread.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/sysinfo.h>
#include <sys/timerfd.h>

#define SECOND 1000000000LL

static int64_t by_call(int clock) {
    struct timespec t = {0};
    CHECK_OK(syscall(SYS_clock_gettime, clock, &t));
    return t.tv_sec * SECOND + t.tv_nsec;
}

static int64_t by_library(int clock) {
    struct timespec t = {0};
    CHECK_OK(clock_gettime(clock, &t));
    return t.tv_sec * SECOND + t.tv_nsec;
}

static int put(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    ssize_t count = write(fd, text, strlen(text));
    int error = errno;
    close(fd);
    errno = error;
    return count < 0 ? -1 : (int)count;
}

static int put_offsets(const char *text) {
    return put("/proc/self/timens_offsets", text);
}

static const char *link_of(const char *name) {
    static char texts[4][64];
    static int next;
    char path[64], *text = texts[next++ % 4];
    snprintf(path, sizeof path, "/proc/self/ns/%s", name);
    ssize_t length = CHECK_OK(readlink(path, text, 63));
    text[length < 0 ? 0 : length] = 0;
    return text;
}

/* A new time namespace for children, with offsets in seconds. */
static void begin(long monotonic, long boottime) {
    need_root();
    char text[128];
    REQUIRE_OK(unshare(CLONE_NEWTIME));
    snprintf(text, sizeof text, "monotonic %ld 0\nboottime %ld 0\n", monotonic, boottime);
    REQUIRE(put_offsets(text) == (int)strlen(text));
}

TEST(unshare_concernsChildrenOnly) {
    need_root();
    const char *own = link_of("time");
    CHECK_STR(link_of("time_for_children"), own);
    CHECK_EQ(strncmp(own, "time:[", 6), 0);
    CHECK_OK(unshare(CLONE_NEWTIME));
    CHECK_STR(link_of("time"), own);
    char fresh[64];
    strcpy(fresh, link_of("time_for_children"));
    CHECK(strcmp(fresh, own) != 0);
    CHECK_EQ(IN_CHILD(CHECK_STR(link_of("time"), fresh); CHECK_STR(link_of("time_for_children"), fresh)), 0);
}

TEST(unshare_withoutPrivilege_failsEperm) {
    need_root();
    CHECK_OK(setresuid(1000, 1000, 1000));
    CHECK_ERR(unshare(CLONE_NEWTIME), EPERM);
}

static int gate[2];

/* A thread that waits until something is written to the gate. */
static void *at_gate(void *ignored) {
    char byte;
    CHECK_OK(read(gate[0], &byte, 1));
    return ignored;
}

TEST(unshare_withThreads_succeeds) {
    need_root();
    CHECK_OK(pipe(gate));
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, at_gate, NULL) == 0);
    CHECK_OK(unshare(CLONE_NEWTIME));
    CHECK_OK(write(gate[1], "x", 1));
    CHECK_EQ(pthread_join(thread, NULL), 0);
}

TEST(offsets_areShownAndSet) {
    need_root();
    CHECK_STR(text_of("/proc/self/timens_offsets"),
              "monotonic           0         0\nboottime            0         0\n");
    struct stat about;
    CHECK_OK(stat("/proc/self/timens_offsets", &about));
    CHECK_EQ(about.st_mode, S_IFREG | 0644);
    CHECK_OK(unshare(CLONE_NEWTIME));
    CHECK_EQ(put_offsets("monotonic 100 5\n"), 16);
    CHECK_EQ(put_offsets("7 -1 500000000"), 14);
    CHECK_STR(text_of("/proc/self/timens_offsets"),
              "monotonic         100         5\nboottime           -1 500000000\n");
    CHECK_EQ(put_offsets("1 -2 0\nboottime 3 4\n"), 20);
    CHECK_STR(text_of("/proc/self/timens_offsets"),
              "monotonic          -2         0\nboottime            3         4\n");
    /* two lines at once: the rest is not taken */
    CHECK_EQ(put_offsets("1 1 0\n7 2 0\n1 3 0\n"), 12);
    CHECK_STR(text_of("/proc/self/timens_offsets"),
              "monotonic           1         0\nboottime            2         0\n");
}

TEST(offsets_areChecked) {
    need_root();
    CHECK_OK(unshare(CLONE_NEWTIME));
    CHECK_ERR(put_offsets("monotonic 1"), EINVAL);
    CHECK_ERR(put_offsets("realtime 1 0"), EINVAL);
    CHECK_ERR(put_offsets("0 1 0"), EINVAL);
    CHECK_ERR(put_offsets("monotonic 1 1000000000"), EINVAL);
    CHECK_ERR(put_offsets("monotonic 1 -1"), EINVAL);
    CHECK_ERR(put_offsets("monotonic x 0"), EINVAL);
    CHECK_ERR(put_offsets("\n"), EINVAL);
    CHECK_ERR(put_offsets("monotonic 1 0\nrubbish\n"), EINVAL);
    CHECK_ERR(put_offsets("monotonic 9223372037 0"), ERANGE);
    CHECK_ERR(put_offsets("monotonic 9223372036 0"), ERANGE);
    CHECK_ERR(put_offsets("monotonic 4611686019 0"), ERANGE);
    CHECK_ERR(put_offsets("monotonic -9223372036 0"), ERANGE);
    CHECK_ERR(put_offsets("monotonic -9223372037 0"), ERANGE);
    CHECK_ERR(put_offsets("monotonic 1 0\nboottime -4000000000 0\n"), ERANGE);
    CHECK_STR(text_of("/proc/self/timens_offsets"),
              "monotonic           0         0\nboottime            0         0\n");
    CHECK_EQ(put_offsets("monotonic 1 0 and more"), 22);
    CHECK_EQ(put_offsets("  boottime   4000000000\t7"), 25);
    int fd = CHECK_OK(open("/proc/self/timens_offsets", O_WRONLY));
    char big[4096];
    memset(big, ' ', sizeof big);
    CHECK_ERR(write(fd, big, sizeof big), EINVAL);
    CHECK_STR(text_of("/proc/self/timens_offsets"),
              "monotonic           1         0\nboottime   4000000000         7\n");
}

TEST(offsets_ofFirstNamespace_cannotBeSet) {
    need_root();
    CHECK_ERR(put_offsets("monotonic 1 0"), EACCES);
}

TEST(offsets_onceSomebodyLivesThere_cannotBeSet) {
    begin(1, 1);
    CHECK_EQ(IN_CHILD(), 0);
    CHECK_ERR(put_offsets("monotonic 2 0"), EACCES);
    CHECK_ERR(put_offsets("monotonic x 0"), EINVAL);
}

TEST(offsets_withoutCapability_failEperm) {
    need_root();
    CHECK_OK(unshare(CLONE_NEWTIME));
    CHECK_OK(chmod(".", 0777));
    int fd = CHECK_OK(open("/proc/self/timens_offsets", O_WRONLY));
    CHECK_OK(setresuid(1000, 1000, 1000));
    /* who opened it counts */
    CHECK_OK(write(fd, "monotonic 5 0", 13));
    CHECK_ERR(open("/proc/self/timens_offsets", O_WRONLY), EACCES);
}

TEST(offsets_byAnotherProcess_setHis) {
    need_root();
    int ready[2], go[2];
    CHECK_OK(pipe(ready));
    CHECK_OK(pipe(go));
    pid_t child = START_CHILD({
        char byte;
        CHECK_OK(unshare(CLONE_NEWTIME));
        CHECK_OK(write(ready[1], "x", 1));
        CHECK_OK(read(go[0], &byte, 1));
        int64_t own = by_call(CLOCK_BOOTTIME);
        CHECK_EQ(IN_CHILD(CHECK(by_call(CLOCK_BOOTTIME) - own >= 5000 * SECOND)), 0);
    });
    char byte, path[64];
    CHECK_OK(read(ready[0], &byte, 1));
    snprintf(path, sizeof path, "/proc/%d/timens_offsets", child);
    CHECK_OK(put(path, "boottime 5000 0"));
    CHECK_OK(write(go[1], "x", 1));
    CHECK_EQ(wait_for(child), 0);
}

/* Each clock in a child is ahead of the one here by that many nanoseconds, exactly. */
static void check_clocks(int64_t monotonic, int64_t boottime) {
    static const int clocks[] = {CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW, CLOCK_BOOTTIME, CLOCK_REALTIME, CLOCK_TAI};
    int64_t *seen = shared_memory(4096);
    for (int i = 0; i < 5; i++) {
        int64_t offset = clocks[i] == CLOCK_BOOTTIME ? boottime : i < 2 ? monotonic : 0;
        int64_t before = by_call(clocks[i]) + offset;
        CHECK_EQ(IN_CHILD(seen[0] = by_call(clocks[i]); seen[1] = by_library(clocks[i]); seen[2] = by_call(clocks[i])),
                 0);
        int64_t after = by_call(clocks[i]) + offset;
        if (!(before <= seen[0] && seen[0] <= seen[1] && seen[1] <= seen[2] && seen[2] <= after))
            (void)check_fail("clock %d: %lld, %lld, vDSO %lld, %lld, %lld", clocks[i], (long long)before,
                             (long long)seen[0], (long long)seen[1], (long long)seen[2], (long long)after);
    }
    int64_t before = by_call(CLOCK_MONOTONIC_COARSE) + monotonic;
    CHECK_EQ(IN_CHILD(seen[0] = by_call(CLOCK_MONOTONIC_COARSE); seen[1] = by_library(CLOCK_MONOTONIC_COARSE)), 0);
    int64_t after = by_call(CLOCK_MONOTONIC) + monotonic;
    CHECK(before <= seen[0] && before <= seen[1] && seen[0] <= after && seen[1] <= after);
}

TEST(clocks_areShifted) {
    begin(100, 1000);
    check_clocks(100 * SECOND, 1000 * SECOND);
}

TEST(clocks_areShiftedBack) {
    int64_t back = by_call(CLOCK_MONOTONIC) / SECOND / 2;
    begin(-back, 0);
    check_clocks(-back * SECOND, 0);
}

TEST(clocks_withNoOffsets_areTheSame) {
    begin(0, 0);
    check_clocks(0, 0);
}

TEST(clocks_ofNestedNamespace_inheritAndChange) {
    begin(1000, 2000);
    int64_t *seen = shared_memory(4096), before = by_call(CLOCK_MONOTONIC);
    CHECK_EQ(IN_CHILD({
        CHECK_OK(unshare(CLONE_NEWTIME));
        CHECK_STR(text_of("/proc/self/timens_offsets"),
                  "monotonic        1000         0\nboottime         2000         0\n");
        CHECK_EQ(put_offsets("monotonic 5 0"), 13);
        CHECK_EQ(IN_CHILD(seen[0] = by_library(CLOCK_MONOTONIC); seen[1] = by_library(CLOCK_BOOTTIME)), 0);
    }), 0);
    CHECK(seen[0] >= before + 5 * SECOND && seen[0] <= by_call(CLOCK_MONOTONIC) + 5 * SECOND);
    CHECK(seen[1] >= 2000 * SECOND);
    /* the caller's own clocks have not moved */
    CHECK(by_library(CLOCK_MONOTONIC) - before < 900 * SECOND);
}

/* Where the vDSO reads clocks without a call it does so here, too. */
TEST(clocks_areReadWithoutACall) {
    begin(100, 1000);
    int64_t before = by_call(CLOCK_MONOTONIC), *seen = shared_memory(4096);
    CHECK_EQ(IN_CHILD({
        no_new_privileges();
        REQUIRE_OK(ANSWER_CALL(0, __NR_clock_gettime, SECCOMP_RET_ERRNO | EDOM));
        struct timespec now;
        CHECK_ERR(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now), EDOM);
        if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) SKIP("this machine's clocks are read by system calls");
        seen[0] = by_library(CLOCK_MONOTONIC);
        seen[1] = by_library(CLOCK_BOOTTIME);
    }), 0);
    if (check_shared->skipped) return;
    CHECK(seen[0] >= before + 100 * SECOND && seen[0] <= by_call(CLOCK_MONOTONIC) + 100 * SECOND);
    CHECK(seen[1] >= before + 1000 * SECOND);
}

TEST(clone3_movesTheChild) {
    need_root();
    const char *own = link_of("time");
    struct clone_args args = {.flags = CLONE_NEWTIME, .exit_signal = SIGCHLD};
    pid_t child = REQUIRE_OK(syscall(SYS_clone3, &args, sizeof args));
    if (child == 0) {
        CHECK(strcmp(link_of("time"), own) != 0);
        CHECK_STR(link_of("time_for_children"), link_of("time"));
        CHECK_ERR(put_offsets("monotonic 1 0"), EACCES);
        _exit(0);
    }
    CHECK_EQ(wait_for(child), 0);
    CHECK_STR(link_of("time"), own);
    CHECK_STR(link_of("time_for_children"), own);
}

TEST(vfork_movesTheChildrenOfTheChild) {
    need_root();
    char own[64], away[64];
    strcpy(own, link_of("time"));
    CHECK_OK(unshare(CLONE_NEWTIME));
    strcpy(away, link_of("time_for_children"));
    pid_t child = vfork();
    if (child == 0) {
        CHECK_STR(link_of("time"), own);
        CHECK_STR(link_of("time_for_children"), away);
        _exit(0);
    }
    CHECK_OK(child);
    CHECK_EQ(wait_for(child), 0);
    CHECK_EQ(put_offsets("monotonic 1 0"), 13);
}

TEST(clone_takesTheFlagForASignal) {
    need_root();
    char own[64];
    strcpy(own, link_of("time"));
    pid_t child = syscall(SYS_clone, 0x80 | SIGCHLD, 0, 0, 0, 0);
    if (child == 0) {
        CHECK_STR(link_of("time"), own);
        CHECK_STR(link_of("time_for_children"), own);
        _exit(0);
    }
    CHECK_OK(child);
    int status = -1;
    CHECK_ERR(waitpid(child, &status, 0), ECHILD);
    CHECK_EQ(waitpid(child, &status, __WALL), child);
    CHECK_EQ(status, 0);
}

static void *look(void *seen) {
    ((int64_t *)seen)[0] = by_library(CLOCK_MONOTONIC);
    ((int64_t *)seen)[1] = by_call(CLOCK_MONOTONIC);
    return NULL;
}

TEST(threads_stayWithTheirProcess) {
    begin(500, 500);
    int64_t before = by_call(CLOCK_MONOTONIC), *seen = shared_memory(4096);
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, look, seen) == 0);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK(seen[0] - before < 400 * SECOND && seen[1] - before < 400 * SECOND);
}

TEST(exec_movesTheProcess) {
    need_root();
    int home = REQUIRE_OK(open("/proc/self/ns/time", O_RDONLY));
    begin(0, 100000000);
    char *arguments[] = {"cat", "/proc/uptime", NULL};
    int out[2];
    for (int spawn = 0; spawn < 2; spawn++) {
        CHECK_OK(pipe(out));
        pid_t child = 0;
        if (spawn) {
            posix_spawn_file_actions_t actions;
            posix_spawn_file_actions_init(&actions);
            posix_spawn_file_actions_adddup2(&actions, out[1], 1);
            CHECK_EQ(posix_spawn(&child, "/bin/cat", &actions, NULL, arguments, environ), 0);
        } else {
            child = REQUIRE_OK(vfork());
            if (child == 0) {
                dup2(out[1], 1);
                execv("/bin/cat", arguments);
                _exit(9);
            }
        }
        close(out[1]);
        CHECK_EQ(wait_for(child), 0);
        char text[64] = "";
        CHECK_OK(read(out[0], text, 63));
        CHECK(atof(text) > 100000000);
        close(out[0]);
    }
    /* and the caller itself, who must not have been moved before */
    CHECK(by_library(CLOCK_BOOTTIME) < 100000000 * SECOND);
    CHECK_OK(pipe(out));
    CHECK_EQ(IN_CHILD({
        CHECK_OK(setns(home, CLONE_NEWTIME));
        CHECK_OK(unshare(CLONE_NEWTIME));
        CHECK_OK(put_offsets("boottime 200000000 0"));
        dup2(out[1], 1);
        execv("/bin/cat", arguments);
    }), 0);
    char text[64] = "";
    CHECK_OK(read(out[0], text, 63));
    CHECK(atof(text) > 200000000);
}

TEST(setns_movesAtOnce) {
    begin(300, 400);
    int home = REQUIRE_OK(open("/proc/self/ns/time", O_RDONLY));
    int away = REQUIRE_OK(open("/proc/self/ns/time_for_children", O_RDONLY));
    CHECK_ERR(setns(away, CLONE_NEWUTS), EINVAL);
    int64_t before = by_library(CLOCK_MONOTONIC), boot = by_library(CLOCK_BOOTTIME);
    REQUIRE_OK(setns(away, CLONE_NEWTIME));
    CHECK(by_library(CLOCK_MONOTONIC) - before >= 300 * SECOND);
    CHECK(by_call(CLOCK_MONOTONIC) - before >= 300 * SECOND);
    CHECK(by_library(CLOCK_BOOTTIME) - boot >= 400 * SECOND);
    CHECK_STR(link_of("time"), link_of("time_for_children"));
    CHECK_ERR(put_offsets("monotonic 2 0"), EACCES);
    REQUIRE_OK(setns(home, 0));
    CHECK(by_library(CLOCK_MONOTONIC) - before < 200 * SECOND);
    CHECK(by_call(CLOCK_MONOTONIC) - before < 200 * SECOND);
    CHECK_STR(link_of("time"), link_of("time_for_children"));
}

TEST(setns_byPidfd_joinsThatOfTheProcess) {
    begin(300, 400);
    CHECK_OK(pipe(gate));
    pid_t child = START_CHILD(char byte; CHECK_OK(read(gate[0], &byte, 1)));
    int fd = REQUIRE_OK(syscall(SYS_pidfd_open, child, 0));
    int64_t before = by_library(CLOCK_MONOTONIC);
    CHECK_OK(setns(fd, CLONE_NEWTIME));
    CHECK(by_library(CLOCK_MONOTONIC) - before >= 300 * SECOND);
    CHECK_OK(write(gate[1], "x", 1));
    CHECK_EQ(wait_for(child), 0);
}

TEST(setns_withThreads_failsEusers) {
    need_root();
    int fd = REQUIRE_OK(open("/proc/self/ns/time", O_RDONLY));
    CHECK_OK(pipe(gate));
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, at_gate, NULL) == 0);
    CHECK_ERR(setns(fd, CLONE_NEWTIME), EUSERS);
    CHECK_OK(write(gate[1], "x", 1));
    CHECK_EQ(pthread_join(thread, NULL), 0);
}

TEST(setns_withoutPrivilege_failsEperm) {
    need_root();
    int fd = REQUIRE_OK(open("/proc/self/ns/time", O_RDONLY));
    CHECK_OK(setresuid(1000, 1000, 1000));
    CHECK_ERR(setns(fd, CLONE_NEWTIME), EPERM);
}

TEST(namespaceFile_answersIoctls) {
    need_root();
    CHECK_OK(unshare(CLONE_NEWTIME));
    int fd = REQUIRE_OK(open("/proc/self/ns/time_for_children", O_RDONLY));
    CHECK_EQ(ioctl(fd, NS_GET_NSTYPE), CLONE_NEWTIME);
    CHECK_ERR(ioctl(fd, NS_GET_PARENT), EINVAL);
    int owner = CHECK_OK(ioctl(fd, NS_GET_USERNS));
    CHECK_EQ(ioctl(owner, NS_GET_NSTYPE), CLONE_NEWUSER);
    struct stat about, user;
    CHECK_OK(fstat(owner, &about));
    CHECK_OK(stat("/proc/self/ns/user", &user));
    CHECK_EQ(about.st_ino, user.st_ino);
}

TEST(userNamespace_ownsItsTimeNamespace) {
    CHECK_OK(unshare(CLONE_NEWUSER | CLONE_NEWTIME));
    CHECK_OK(put_offsets("monotonic 77 0"));
    int64_t before = by_call(CLOCK_MONOTONIC);
    CHECK_EQ(IN_CHILD(CHECK(by_library(CLOCK_MONOTONIC) - before >= 77 * SECOND)), 0);
}

/* Runs the statements where the clocks are ahead, and where they are behind. */
#define BOTH_WAYS(...)                                                          \
    do {                                                                        \
        need_root();                                                            \
        int64_t back = by_call(CLOCK_MONOTONIC) / SECOND / 2;                   \
        for (int way = 0; way < 2; way++) {                                     \
            CHECK_EQ(IN_CHILD({                                                 \
                begin(way ? 5000 : -back, way ? 7000 : -back);                  \
                CHECK_EQ(IN_CHILD(__VA_ARGS__), 0);                             \
            }), 0);                                                             \
        }                                                                       \
    } while (0)

static struct timespec soon(int clock, int ms) {
    struct timespec t;
    CHECK_OK(clock_gettime(clock, &t));
    t.tv_nsec += ms * 1000000LL;
    t.tv_sec += t.tv_nsec / SECOND;
    t.tv_nsec %= SECOND;
    return t;
}

static int64_t ns_of(struct timespec t) {
    return t.tv_sec * SECOND + t.tv_nsec;
}

static const int sleepable[] = {CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_REALTIME};

TEST(absoluteSleep_isOnTheShiftedClock) {
    BOTH_WAYS(for (int i = 0; i < 3; i++) {
        struct timespec until = soon(sleepable[i], 30);
        CHECK_EQ(clock_nanosleep(sleepable[i], TIMER_ABSTIME, &until, NULL), 0);
        CHECK(by_call(sleepable[i]) >= ns_of(until));
        struct timespec rest = {0, 1000000};
        CHECK_EQ(clock_nanosleep(sleepable[i], 0, &rest, NULL), 0);
    });
}

TEST(absoluteTimer_isOnTheShiftedClock) {
    BOTH_WAYS(for (int i = 0; i < 3; i++) {
        struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
        timer_t timer;
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGRTMIN);
        sigprocmask(SIG_BLOCK, &set, NULL);
        REQUIRE_OK(timer_create(sleepable[i], &event, &timer));
        struct itimerspec at = {.it_value = soon(sleepable[i], 20)};
        CHECK_OK(timer_settime(timer, TIMER_ABSTIME, &at, NULL));
        siginfo_t info;
        CHECK_EQ(sigwaitinfo(&set, &info), SIGRTMIN);
        CHECK(by_call(sleepable[i]) >= ns_of(at.it_value));
        at.it_value = soon(sleepable[i], 100000);
        CHECK_OK(timer_settime(timer, TIMER_ABSTIME, &at, NULL));
        struct itimerspec left;
        CHECK_OK(timer_gettime(timer, &left));
        CHECK(left.it_value.tv_sec <= 100 && left.it_value.tv_sec > 50);
        CHECK_OK(timer_delete(timer));
    });
}

TEST(absoluteTimerfd_isOnTheShiftedClock) {
    BOTH_WAYS(for (int i = 0; i < 3; i++) {
        int fd = REQUIRE_OK(timerfd_create(sleepable[i], TFD_CLOEXEC));
        struct itimerspec at = {.it_value = soon(sleepable[i], 20)};
        CHECK_OK(timerfd_settime(fd, TFD_TIMER_ABSTIME, &at, NULL));
        uint64_t ticks;
        CHECK_EQ(read(fd, &ticks, 8), 8);
        CHECK_EQ(ticks, 1);
        CHECK(by_call(sleepable[i]) >= ns_of(at.it_value));
        at.it_value = soon(sleepable[i], 100000);
        CHECK_OK(timerfd_settime(fd, TFD_TIMER_ABSTIME, &at, NULL));
        struct itimerspec left;
        CHECK_OK(timerfd_gettime(fd, &left));
        CHECK(left.it_value.tv_sec <= 100 && left.it_value.tv_sec > 50);
        close(fd);
    });
}

static long futex(int *word, int operation, int value, struct timespec *timeout, int mask) {
    return syscall(SYS_futex, word, operation, value, timeout, NULL, mask);
}

TEST(absoluteFutexWait_isOnTheShiftedClock) {
    BOTH_WAYS({
        int word = 0;
        struct timespec until = soon(CLOCK_MONOTONIC, 20);
        CHECK_ERR(futex(&word, FUTEX_WAIT_BITSET, 0, &until, ~0), ETIMEDOUT);
        CHECK(by_call(CLOCK_MONOTONIC) >= ns_of(until));
        until = soon(CLOCK_REALTIME, 20);
        CHECK_ERR(futex(&word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &until, ~0), ETIMEDOUT);
        CHECK(by_call(CLOCK_REALTIME) >= ns_of(until));
        struct timespec rest = {0, 20000000};
        int64_t before = by_call(CLOCK_MONOTONIC);
        CHECK_ERR(futex(&word, FUTEX_WAIT, 0, &rest, 0), ETIMEDOUT);
        CHECK(by_call(CLOCK_MONOTONIC) - before >= 20000000);
        struct { uint64_t value, address; uint32_t flags, reserved; } waiter = {0, (uintptr_t)&word, 2, 0};
        until = soon(CLOCK_MONOTONIC, 20);
        CHECK_ERR(syscall(449, &waiter, 1, 0, &until, CLOCK_MONOTONIC), ETIMEDOUT);
        CHECK(by_call(CLOCK_MONOTONIC) >= ns_of(until));
    });
}

TEST(absoluteLockPi2_isOnTheShiftedClock) {
    BOTH_WAYS({
        int *word = shared_memory(4096);
        CHECK_EQ(futex(word, FUTEX_LOCK_PI, 0, NULL, 0), 0);
        CHECK_EQ(IN_CHILD({
            struct timespec until = soon(CLOCK_MONOTONIC, 20);
            CHECK_ERR(futex(word, 13 /* FUTEX_LOCK_PI2 */, 0, &until, 0), ETIMEDOUT);
            CHECK(by_call(CLOCK_MONOTONIC) >= ns_of(until));
        }), 0);
    });
}

TEST(conditionVariable_timesOut) {
    BOTH_WAYS({
        pthread_condattr_t attributes;
        pthread_condattr_init(&attributes);
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        pthread_cond_t condition;
        pthread_cond_init(&condition, &attributes);
        pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
        pthread_mutex_lock(&mutex);
        struct timespec until = soon(CLOCK_MONOTONIC, 20);
        CHECK_EQ(pthread_cond_timedwait(&condition, &mutex, &until), ETIMEDOUT);
        CHECK(by_call(CLOCK_MONOTONIC) >= ns_of(until));
    });
}

/* Field of /proc/self/stat: when the process began, in ticks since the boot. */
static int64_t start_ticks(void) {
    const char *at = strrchr(text_of("/proc/self/stat"), ')') + 2;
    for (int i = 3; i < 22; i++) at = strchr(at, ' ') + 1;
    return atoll(at);
}

static int64_t boot_seconds(void) {
    const char *line = strstr(text_of("/proc/stat"), "btime ");
    return line ? atoll(line + 6) : -1;
}

TEST(proc_tellsShiftedTimes) {
    int64_t boot = boot_seconds(), up = atof(text_of("/proc/uptime"));
    begin(0, 100000);
    CHECK_EQ(IN_CHILD({
        CHECK(atof(text_of("/proc/uptime")) >= up + 100000);
        CHECK(atof(text_of("/proc/uptime")) < up + 100060);
        struct sysinfo info;
        CHECK_OK(sysinfo(&info));
        CHECK(info.uptime >= up + 100000 && info.uptime < up + 100060);
        CHECK(start_ticks() / 100 >= up + 100000 - 1 && start_ticks() / 100 < up + 100060);
        CHECK(llabs(boot_seconds() - (boot - 100000)) <= 1);
    }), 0);
    CHECK(atof(text_of("/proc/uptime")) < up + 60);
    CHECK(start_ticks() / 100 < up + 60);
}

TEST(manyNamespaces_comeAndGo) {
    need_root();
    for (int i = 0; i < 200; i++) {
        CHECK_EQ(IN_CHILD({
            begin(i, 0);
            CHECK_EQ(IN_CHILD(CHECK(by_library(CLOCK_MONOTONIC) > i * SECOND)), 0);
        }), 0);
    }
}
