/* pidfd_open(2) of threads, pidfd_send_signal(2) and its scopes, waitid(2) and clone3(2) with them, /proc/PID as a pidfd. */
#include "check.h"

#include <linux/sched.h>
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>

#define THREAD O_EXCL
enum { SCOPE_THREAD = 1, SCOPE_PROCESS = 2, SCOPE_GROUP = 4 };
#define SELF_THREAD -10000
#define SELF_PROCESS -10001
#ifndef P_PIDFD
#define P_PIDFD 3
#endif
#define GET_INFO 0xc040ff0b

static int *tid, *go;
static volatile int got_signal, got_code, got_tid, got_value;

static int gettid_(void) {
    return syscall(SYS_gettid);
}

static int open_pid(int pid, int flags) {
    return syscall(SYS_pidfd_open, pid, flags);
}

static int send(int fd, int signal, siginfo_t *info, int flags) {
    return syscall(SYS_pidfd_send_signal, fd, signal, info, flags);
}

static int state(int fd) {
    struct pollfd p = {fd, POLLIN, 0};
    CHECK(poll(&p, 1, 0) >= 0);
    return p.revents;
}

static void note(int signal, siginfo_t *info, void *context) {
    (void)context;
    got_code = info->si_code;
    got_value = info->si_value.sival_int;
    got_tid = gettid_();
    got_signal = signal;
}

static void *wait_for_go(void *unused) {
    (void)unused;
    *tid = gettid_();
    while (!*(volatile int *)go) usleep(1000);
    return NULL;
}

/* A second thread that waits; it alone takes SIGUSR1 if the first one blocks it. */
static pthread_t start(void) {
    tid = shared_memory(4096);
    go = tid + 1;
    struct sigaction action = {.sa_sigaction = note, .sa_flags = SA_SIGINFO | SA_RESTART};
    CHECK_OK(sigaction(SIGUSR1, &action, NULL));
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, wait_for_go, NULL) == 0);
    EVENTUALLY(*(volatile int *)tid != 0);
    int fd = open_pid(*tid, THREAD);
    if (fd < 0 && errno == EINVAL) SKIP("this kernel has no PIDFD_THREAD");
    close(fd);
    return thread;
}

static void end(pthread_t thread) {
    *(volatile int *)go = 1;
    pthread_join(thread, NULL);
}

static void expect(int code, int who) {
    EVENTUALLY(got_signal == SIGUSR1);
    CHECK_EQ(got_code, code);
    if (who != 0) CHECK_EQ(got_tid, who);
    got_signal = 0;
}

TEST(pidfdOpen_ofThread_needsTheFlag) {
    pthread_t thread = start();
    int fd = CHECK_OK(open_pid(*tid, THREAD));
    CHECK(open_pid(*tid, 0) == -1 && (errno == ENOENT || errno == EINVAL));
    CHECK_OK(open_pid(getpid(), THREAD));
    CHECK_ERR(open_pid(*tid, O_CLOEXEC), EINVAL);
    CHECK_ERR(open_pid(0, THREAD), EINVAL);
    CHECK_ERR(open_pid(999999, THREAD), ESRCH);
    CHECK_EQ(fcntl(fd, F_GETFL), O_RDWR | O_EXCL);
    CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    char path[64], line[64];
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
    snprintf(line, sizeof line, "\nPid:\t%d\n", *tid);
    CHECK(strstr(text_of(path), line) != NULL);
    end(thread);
    EVENTUALLY(strstr(text_of(path), "\nPid:\t-1\n") != NULL);
}

TEST(pidfd_ofThread_isReadableWhenItEnds) {
    pthread_t thread = start();
    int fd = REQUIRE_OK(open_pid(*tid, THREAD)), process = REQUIRE_OK(open_pid(getpid(), 0));
    CHECK_EQ(state(fd), 0);
    *(volatile int *)go = 1;
    struct pollfd p = {fd, POLLIN, 0};
    CHECK_EQ(poll(&p, 1, 20000), 1);
    pthread_join(thread, NULL);
    EVENTUALLY(state(fd) == (POLLIN | POLLHUP));
    CHECK_EQ(state(process), 0);
    CHECK_ERR(send(fd, 0, NULL, 0), ESRCH);
    CHECK_ERR(send(fd, 0, NULL, SCOPE_PROCESS), ESRCH);
    CHECK_ERR(syscall(SYS_pidfd_getfd, fd, 0, 0), ESRCH);
    CHECK_ERR(setns(fd, CLONE_NEWNS), ESRCH);
}

TEST(pidfdSendSignal_goesToWhatItStandsFor) {
    pthread_t thread = start();
    int fd = REQUIRE_OK(open_pid(*tid, THREAD));
    int leader = REQUIRE_OK(open_pid(getpid(), THREAD)), process = REQUIRE_OK(open_pid(getpid(), 0));
    CHECK_OK(send(fd, SIGUSR1, NULL, 0));
    expect(SI_TKILL, *tid);
    CHECK_OK(send(leader, SIGUSR1, NULL, 0));
    expect(SI_TKILL, getpid());
    CHECK_OK(send(process, SIGUSR1, NULL, 0));
    expect(SI_USER, 0);
    CHECK_OK(send(fd, SIGUSR1, NULL, SCOPE_PROCESS));
    expect(SI_USER, 0);
    CHECK_OK(send(process, SIGUSR1, NULL, SCOPE_THREAD));
    expect(SI_TKILL, getpid());
    CHECK_OK(send(fd, SIGUSR1, NULL, SCOPE_THREAD));
    expect(SI_TKILL, *tid);
    CHECK_ERR(send(process, 0, NULL, SCOPE_THREAD | SCOPE_PROCESS), EINVAL);
    CHECK_ERR(send(process, 0, NULL, 8), EINVAL);
    CHECK_ERR(send(process, 99, NULL, 0), EINVAL);
    CHECK_ERR(send(0, 0, NULL, 0), EBADF);
    end(thread);
}

TEST(pidfdSendSignal_toProcessGroup_reachesAll) {
    pid_t leader = START_CHILD({ pause(); });
    CHECK_OK(setpgid(leader, leader));
    pid_t member = START_CHILD({ pause(); });
    CHECK_OK(setpgid(member, leader));
    int fd = REQUIRE_OK(open_pid(leader, 0)), other = REQUIRE_OK(open_pid(member, 0));
    if (send(fd, 0, NULL, SCOPE_GROUP) < 0 && errno == EINVAL) SKIP("this kernel has no scopes");
    CHECK_ERR(send(other, SIGTERM, NULL, SCOPE_GROUP), ESRCH);
    CHECK_ERR(send(fd, 99, NULL, SCOPE_GROUP), EINVAL);
    CHECK_OK(send(fd, SIGTERM, NULL, SCOPE_GROUP));
    CHECK_EQ(wait_for(leader), SIGTERM);
    CHECK_EQ(wait_for(member), SIGTERM);
    CHECK_ERR(send(fd, SIGTERM, NULL, SCOPE_GROUP), ESRCH);
}

TEST(pidfdSendSignal_withInfo_checksIt) {
    pthread_t thread = start();
    int fd = REQUIRE_OK(open_pid(*tid, THREAD)), process = REQUIRE_OK(open_pid(getpid(), 0));
    siginfo_t info = {.si_signo = SIGUSR1, .si_code = SI_QUEUE};
    info.si_value.sival_int = 77;
    CHECK_OK(send(fd, SIGUSR1, &info, 0));
    expect(SI_QUEUE, *tid);
    CHECK_EQ(got_value, 77);
    CHECK_ERR(send(fd, SIGUSR2, &info, 0), EINVAL);
    info.si_code = SI_TKILL;
    CHECK_ERR(send(fd, SIGUSR1, &info, 0), EPERM);
    CHECK_OK(send(process, SIGUSR1, &info, SCOPE_THREAD));
    expect(SI_TKILL, getpid());
    info.si_code = SI_USER;
    CHECK_ERR(send(fd, SIGUSR1, &info, 0), EPERM);
    CHECK_ERR(send(process, SIGUSR1, &info, SCOPE_GROUP), EPERM);
    CHECK_ERR(send(fd, SIGUSR1, (siginfo_t *)8, 0), EFAULT);
    end(thread);
}

TEST(pidfdSendSignal_toSelf_needsNoDescriptor) {
    pthread_t thread = start();
    if (send(SELF_THREAD, 0, NULL, 0) < 0 && errno == EBADF) SKIP("this kernel does not know itself");
    CHECK_OK(send(SELF_THREAD, SIGUSR1, NULL, 0));
    expect(SI_TKILL, getpid());
    CHECK_OK(send(SELF_PROCESS, SIGUSR1, NULL, 0));
    expect(SI_USER, 0);
    CHECK_ERR(send(-10002, 0, NULL, 0), EBADF);
    end(thread);
}

TEST(pidfdSendSignal_byDirectoryOfProc_reachesTheProcess) {
    pid_t child = START_CHILD({ pause(); });
    char path[64];
    snprintf(path, sizeof path, "/proc/%d", child);
    int fd = REQUIRE_OK(open(path, O_RDONLY | O_DIRECTORY));
    int place = REQUIRE_OK(open(path, O_PATH | O_DIRECTORY));
    snprintf(path, sizeof path, "/proc/%d/task/%d", child, child);
    int thread = REQUIRE_OK(open(path, O_RDONLY | O_DIRECTORY)), proc = REQUIRE_OK(open("/proc", O_RDONLY));
    CHECK_ERR(send(place, 0, NULL, 0), EBADF);
    CHECK_ERR(send(thread, 0, NULL, 0), EBADF);
    CHECK_ERR(send(proc, 0, NULL, 0), EBADF);
    CHECK_OK(send(fd, 0, NULL, 0));
    CHECK_OK(send(fd, SIGTERM, NULL, 0));
    CHECK_EQ(wait_for(child), SIGTERM);
    CHECK_ERR(send(fd, 0, NULL, 0), ESRCH);
    CHECK_ERR(syscall(SYS_pidfd_getfd, proc, 0, 0), EBADF);
    CHECK_ERR(syscall(SYS_pidfd_getfd, fd, 0, 0), EBADF);
}

TEST(waitid_byPidfdOfThread_waitsForLeadersOnly) {
    pthread_t thread = start();
    int fd = REQUIRE_OK(open_pid(*tid, THREAD));
    siginfo_t info = {0};
    CHECK_ERR(waitid(P_PIDFD, fd, &info, WEXITED | WNOHANG), ECHILD);
    pid_t child = START_CHILD({ pause(); });
    int leader = REQUIRE_OK(open_pid(child, THREAD));
    CHECK_EQ(state(leader), 0);
    CHECK_OK(kill(child, SIGTERM));
    struct pollfd p = {leader, POLLIN, 0};
    CHECK_EQ(poll(&p, 1, 20000), 1);
    CHECK_EQ(p.revents, POLLIN);
    CHECK_OK(waitid(P_PIDFD, leader, &info, WEXITED));
    CHECK_EQ(info.si_pid, child);
    CHECK_EQ(info.si_status, SIGTERM);
    CHECK_EQ(state(leader), POLLIN | POLLHUP);
    end(thread);
}

TEST(pidfd_ioctlOnThread_tellsOfIt) {
    pthread_t thread = start();
    int fd = REQUIRE_OK(open_pid(*tid, THREAD));
    union {
        uint64_t mask;
        uint32_t words[16];
    } info = {.mask = 3};
    if (ioctl(fd, GET_INFO, &info) < 0) SKIP("no PIDFD_GET_INFO: %s", check_errno(errno));
    CHECK_EQ(info.words[4], *tid);
    CHECK_EQ(info.words[5], getpid());
    CHECK_EQ(info.words[6], getppid());
    int uts = CHECK_OK(ioctl(fd, 0xff0a, 0));
    struct stat a, b;
    CHECK_OK(fstat(uts, &a));
    CHECK_OK(stat("/proc/self/ns/uts", &b));
    CHECK_EQ(a.st_ino, b.st_ino);
    end(thread);
    EVENTUALLY(state(fd) == (POLLIN | POLLHUP));
    info.mask = 3;
    CHECK_ERR(ioctl(fd, GET_INFO, &info), ESRCH);
    CHECK_ERR(ioctl(fd, 0xff0a, 0), ESRCH);
}

/* Since 6.18.14: what has no number here is not told of. */
TEST(pidfd_ofOutside_tellsNothing) {
    pid_t other = START_CHILD(pause());
    int fd = REQUIRE_OK(open_pid(other, 0)), status;
    uint64_t info[8] = {3};
    if (ioctl(fd, GET_INFO, info) < 0) SKIP("no PIDFD_GET_INFO: %s", check_errno(errno));
    if (unshare(CLONE_NEWPID) < 0) SKIP("no pid namespaces here");
    pid_t inner = START_CHILD(_exit(ioctl(fd, GET_INFO, info) == 0 ? 2 : errno != EREMOTE));
    CHECK_EQ(waitpid(inner, &status, 0), inner);
    kill(other, SIGKILL);
    if (status == 2 << 8) SKIP("an older kernel");
    CHECK_EQ(status, 0);
}

static char stack[65536] __attribute__((aligned(16)));
static volatile int started;

static int child_thread(void *argument) {
    (void)argument;
    started = gettid_();
    syscall(SYS_futex, &started, 0 /* FUTEX_WAIT */, started, NULL, NULL, 0);
    syscall(SYS_exit, 0);
    return 0;
}

TEST(clone_ofThreadWithPidfd_givesOneOfTheThread) {
    int fd = -1;
    int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_PIDFD;
    int thread = clone(child_thread, stack + sizeof stack, flags, NULL, &fd);
    if (thread < 0 && errno == EINVAL) SKIP("this kernel gives no pidfds of threads");
    CHECK(thread > 0);
    EVENTUALLY(started != 0);
    CHECK_EQ(started, thread);
    CHECK_EQ(fcntl(fd, F_GETFL), O_RDWR | O_EXCL);
    CHECK_EQ(state(fd), 0);
    char path[64], line[64];
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
    snprintf(line, sizeof line, "\nPid:\t%d\n", thread);
    CHECK(strstr(text_of(path), line) != NULL);
    started = 0;
    /* it may not sleep yet */
    EVENTUALLY((syscall(SYS_futex, &started, 1 /* FUTEX_WAKE */, 1, NULL, NULL, 0), state(fd) == (POLLIN | POLLHUP)));
}

TEST(ofdGetlk_withUnlock_tellsOfOwnLocks) {
    int fd = make_file("f", "0123456789");
    int other = REQUIRE_OK(open("f", O_RDWR));
    struct flock lock = {.l_type = F_UNLCK};
    if (fcntl(fd, F_OFD_GETLK, &lock) < 0 && errno == EINVAL) SKIP("this kernel does not tell of own locks");
    CHECK_EQ(lock.l_type, F_UNLCK);
    CHECK_ERR(fcntl(fd, F_GETLK, &lock), EINVAL);
    lock = (struct flock){.l_type = F_RDLCK, .l_start = 2, .l_len = 3};
    CHECK_OK(fcntl(fd, F_OFD_SETLK, &lock));
    lock = (struct flock){.l_type = F_WRLCK, .l_start = 7, .l_len = 1};
    CHECK_OK(fcntl(fd, F_OFD_SETLK, &lock));
    lock = (struct flock){.l_type = F_UNLCK};
    CHECK_OK(fcntl(fd, F_OFD_GETLK, &lock));
    CHECK_EQ(lock.l_type, F_RDLCK);
    CHECK_EQ(lock.l_start, 2);
    CHECK_EQ(lock.l_len, 3);
    CHECK_EQ(lock.l_pid, -1);
    lock = (struct flock){.l_type = F_UNLCK, .l_start = 5};
    CHECK_OK(fcntl(fd, F_OFD_GETLK, &lock));
    CHECK_EQ(lock.l_type, F_WRLCK);
    CHECK_EQ(lock.l_start, 7);
    lock = (struct flock){.l_type = F_UNLCK};
    CHECK_OK(fcntl(other, F_OFD_GETLK, &lock));
    CHECK_EQ(lock.l_type, F_UNLCK);
}
