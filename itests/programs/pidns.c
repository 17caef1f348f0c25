/* pid_namespaces(7): numbers at each level, process 1, its end, and who sees whom. */
#include "check.h"

#include <linux/nsfs.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/un.h>

static void need_administrator(void) {
    need_root();
    if (IN_CHILD(_exit(unshare(CLONE_NEWPID) < 0)) != 0) SKIP("user 0 may not make namespaces");
}

/* A child in a pid namespace of its own. */
#define IN_NAMESPACE(...)                                                       \
    ({                                                                          \
        pid_t n_ = REQUIRE_OK(clone_into_namespace(CLONE_NEWPID));              \
        if (n_ == 0) {                                                          \
            { __VA_ARGS__; }                                                    \
            _exit(0);                                                           \
        }                                                                       \
        wait_for(n_);                                                           \
    })

static long clone_into_namespace(uint64_t flags) {
    struct clone_args args = {.flags = flags, .exit_signal = SIGCHLD};
    return syscall(SYS_clone3, &args, sizeof args);
}

static const char *line_of(const char *path, const char *name) {
    static char found[4][128];
    static int turn;
    char *into = found[turn++ % 4];
    const char *line = strstr(text_of(path), name);
    *into = 0;
    if (line) {
        line += *line == '\n';
        size_t size = strcspn(line, "\n");
        memcpy(into, line, size < 127 ? size : 127);
        into[size < 127 ? size : 127] = 0;
    }
    return into;
}

TEST(clone_firstProcessIs1) {
    need_administrator();
    CHECK_EQ(IN_NAMESPACE({
                 CHECK_EQ(getpid(), 1);
                 CHECK_EQ(syscall(SYS_getpid), 1);
                 CHECK_EQ(gettid(), 1);
                 CHECK_EQ(getppid(), 0);
                 CHECK_EQ(getpgrp(), 0);
                 CHECK_EQ(getsid(0), 0);
                 pid_t child = REQUIRE_OK(fork());
                 if (child == 0) {
                     CHECK_EQ(getpid(), 2);
                     CHECK_EQ(getppid(), 1);
                     _exit(3);
                 }
                 CHECK_EQ(child, 2);
                 int status;
                 CHECK_EQ(waitpid(-1, &status, 0), 2);
                 CHECK_EQ(WEXITSTATUS(status), 3);
                 CHECK_EQ(setsid(), 1);
                 CHECK_EQ(getpgid(0), 1);
                 CHECK_EQ(getsid(1), 1);
                 for (int i = 0; i < 100000; i++) CHECK(syscall(SYS_getpid) == 1) || (_exit(1), 0);
             }),
            0);
}

TEST(unshare_isForChildren) {
    need_administrator();
    CHECK_EQ(IN_CHILD({
                 pid_t own = getpid();
                 char mine[64];
                 char theirs[64];
                 ssize_t size = readlink("/proc/self/ns/pid", mine, 63);
                 mine[size] = 0;
                 CHECK_OK(unshare(CLONE_NEWPID));
                 CHECK_EQ(getpid(), own);
                 CHECK_ERR(unshare(CLONE_NEWPID), EINVAL);
                 size = readlink("/proc/self/ns/pid", theirs, 63);
                 theirs[size] = 0;
                 CHECK_STR(theirs, mine);
                 CHECK_ERR(readlink("/proc/self/ns/pid_for_children", theirs, 63), ENOENT);
                 struct clone_args thread = {.flags = CLONE_VM | CLONE_THREAD | CLONE_SIGHAND};
                 CHECK_ERR(syscall(SYS_clone3, &thread, sizeof thread), EINVAL);
                 pid_t first = REQUIRE_OK(fork());
                 if (first == 0) {
                     CHECK_EQ(getpid(), 1);
                     pause();
                 }
                 CHECK(first != 1);
                 CHECK_OK(readlink("/proc/self/ns/pid_for_children", theirs, 63));
                 pid_t second = REQUIRE_OK(fork());
                 if (second == 0) {
                     CHECK_EQ(getpid(), 2);
                     CHECK_EQ(getppid(), 0);
                     _exit(0);
                 }
                 CHECK_EQ(wait_for(second), 0);
                 kill(first, SIGKILL);
                 CHECK_EQ(wait_for(first), SIGKILL);
                 /* process 1 has ended: no more births */
                 CHECK_ERR(fork(), ENOMEM);
             }),
            0);
}

TEST(init_reapsOrphans) {
    need_administrator();
    CHECK_EQ(IN_NAMESPACE({
                 pid_t child = START_CHILD({
                     START_CHILD({
                         EVENTUALLY(getppid() == 1);
                         _exit(7);
                     });
                 });
                 int status;
                 CHECK_EQ(waitpid(child, &status, 0), child);
                 CHECK_EQ(wait(&status), 3);
                 CHECK_EQ(WEXITSTATUS(status), 7);
             }),
            0);
}

TEST(init_endEndsAll) {
    need_administrator();
    int gate[2];
    REQUIRE_OK(pipe(gate));
    pid_t first = REQUIRE_OK(clone_into_namespace(CLONE_NEWPID));
    if (first == 0) {
        close(gate[0]);
        for (int i = 0; i < 5; i++) {
            START_CHILD({
                signal(SIGTERM, SIG_IGN);
                setsid();
                START_CHILD(pause());
                for (;;) pause();
            });
        }
        pid_t nested = REQUIRE_OK(clone_into_namespace(CLONE_NEWPID));
        if (nested == 0) for (;;) pause();
        pause();
    }
    close(gate[1]);
    sleep_ms(50);
    CHECK_OK(kill(first, SIGKILL));
    CHECK_EQ(wait_for(first), SIGKILL);
    /* when it can be waited for, nobody is left */
    char byte;
    int flags = fcntl(gate[0], F_GETFL);
    fcntl(gate[0], F_SETFL, flags | O_NONBLOCK);
    CHECK_EQ(read(gate[0], &byte, 1), 0);
}

static volatile sig_atomic_t got;
static volatile pid_t sender;

static void note(int signal, siginfo_t *info, void *context) {
    (void)context;
    got = signal;
    sender = info->si_pid;
}

TEST(signals_toInit) {
    need_administrator();
    int *ready = shared_memory(4096);
    pid_t first = REQUIRE_OK(clone_into_namespace(CLONE_NEWPID));
    if (first == 0) {
        struct sigaction action = {.sa_sigaction = note, .sa_flags = SA_SIGINFO};
        sigaction(SIGUSR1, &action, NULL);
        /* its own may not end it */
        CHECK_OK(kill(1, SIGKILL));
        CHECK_OK(kill(1, SIGTERM));
        pid_t child = START_CHILD({
            CHECK_OK(kill(1, SIGKILL));
            CHECK_OK(kill(1, SIGSTOP));
            CHECK_OK(kill(1, SIGUSR1));
        });
        EVENTUALLY(got == SIGUSR1);
        CHECK_EQ(sender, child);
        got = 0;
        wait_for(child);
        __atomic_store_n(ready, 1, __ATOMIC_SEQ_CST);
        EVENTUALLY(got == SIGUSR1);
        CHECK_EQ(sender, 0);
        __atomic_store_n(ready, 2, __ATOMIC_SEQ_CST);
        for (;;) pause();
    }
    EVENTUALLY(*(volatile int *)ready == 1);
    CHECK_OK(kill(first, SIGTERM));
    CHECK_OK(kill(first, SIGUSR1));
    EVENTUALLY(*(volatile int *)ready == 2);
    CHECK_OK(kill(first, SIGKILL));
    CHECK_EQ(wait_for(first), SIGKILL);
}

TEST(kill_allMeansTheNamespace) {
    need_administrator();
    pid_t outside = START_CHILD(pause());
    CHECK_EQ(IN_NAMESPACE({
                 CHECK_ERR(kill(-1, SIGTERM), ESRCH);
                 pid_t child = START_CHILD(pause());
                 CHECK_OK(kill(-1, SIGTERM));
                 CHECK_EQ(wait_for(child), SIGTERM);
                 CHECK_ERR(kill(outside, 0), ESRCH);
                 CHECK_ERR(kill(getppid() + 1000, 0), ESRCH);
             }),
            0);
    CHECK_EQ(waitpid(outside, NULL, WNOHANG), 0);
    kill(outside, SIGKILL);
    wait_for(outside);
}

TEST(childNews_carriesNumbersAsSeen) {
    need_administrator();
    struct sigaction action = {.sa_sigaction = note, .sa_flags = SA_SIGINFO};
    sigaction(SIGCHLD, &action, NULL);
    pid_t first = REQUIRE_OK(clone_into_namespace(CLONE_NEWPID));
    if (first == 0) {
        got = 0;
        pid_t child = START_CHILD(_exit(0));
        EVENTUALLY(got == SIGCHLD);
        CHECK_EQ(sender, child);
        siginfo_t info;
        CHECK_OK(waitid(P_ALL, 0, &info, WEXITED));
        CHECK_EQ(info.si_pid, 2);
        _exit(0);
    }
    EVENTUALLY(got == SIGCHLD);
    CHECK_EQ(sender, first);
    siginfo_t info;
    CHECK_OK(waitid(P_PID, first, &info, WEXITED));
    CHECK_EQ(info.si_pid, first);
}

TEST(proc_showsItsNamespace) {
    need_administrator();
    CHECK_EQ(IN_CHILD({
                 REQUIRE_OK(unshare(CLONE_NEWNS));
                 REQUIRE_OK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
                 REQUIRE_OK(mkdir("proc", 0755));
                 CHECK_EQ(IN_NAMESPACE({
                              REQUIRE_OK(mount("proc", "proc", "proc", 0, NULL));
                              char self[16] = "";
                              CHECK_EQ(readlink("proc/self", self, 15), 1);
                              CHECK_STR(self, "1");
                              CHECK_STR(line_of("proc/1/status", "\nPid:"), "Pid:\t1");
                              CHECK_STR(line_of("proc/1/status", "NSpid:"), "NSpid:\t1");
                              CHECK_STR(line_of("proc/self/status", "PPid:"), "PPid:\t0");
                              pid_t child = START_CHILD(pause());
                              CHECK_EQ(child, 2);
                              CHECK_STR(line_of("proc/2/status", "PPid:"), "PPid:\t1");
                              CHECK(strncmp(text_of("proc/2/stat"), "2 (", 3) == 0);
                              CHECK_OK(access("proc/2/task/2/stat", F_OK));
                              CHECK_ERR(access("proc/3", F_OK), ENOENT);
                              /* the other one shows both */
                              char path[64];
                              ssize_t size = readlink("/proc/self", path, 63);
                              CHECK(size > 0);
                              path[size > 0 ? size : 0] = 0;
                              char status[128];
                              snprintf(status, sizeof status, "/proc/%.60s/status", path);
                              char expected[128];
                              snprintf(expected, sizeof expected, "NSpid:\t%.60s\t1", path);
                              CHECK_STR(line_of(status, "NSpid:"), expected);
                              snprintf(expected, sizeof expected, "NStgid:\t%.60s\t1", path);
                              CHECK_STR(line_of(status, "NStgid:"), expected);
                              kill(child, SIGKILL);
                              wait_for(child);
                              CHECK_OK(umount("proc"));
                          }),
                          0);
             }),
            0);
}

TEST(setTid_atEachLevel) {
    need_administrator();
    pid_t wanted[3] = {1, 0, 0};
    struct clone_args args = {
        .flags = CLONE_NEWPID, .exit_signal = SIGCHLD, .set_tid = (uintptr_t)wanted, .set_tid_size = 2};
    pid_t probe = START_CHILD(_exit(0));
    wait_for(probe);
    wanted[1] = probe;
    pid_t child = syscall(SYS_clone3, &args, sizeof args);
    if (child == 0) {
        CHECK_EQ(getpid(), 1);
        pid_t inner[1] = {77};
        struct clone_args more = {.exit_signal = SIGCHLD, .set_tid = (uintptr_t)inner, .set_tid_size = 1};
        pid_t next = syscall(SYS_clone3, &more, sizeof more);
        if (next == 0) _exit(getpid() == 77 ? 0 : 1);
        CHECK_EQ(next, 77);
        CHECK_EQ(wait_for(next), 0);
        more.set_tid_size = 40;
        CHECK_ERR(syscall(SYS_clone3, &more, sizeof more), EINVAL);
        inner[0] = 1;
        more.set_tid_size = 1;
        CHECK_ERR(syscall(SYS_clone3, &more, sizeof more), EEXIST);
        _exit(0);
    }
    CHECK_EQ(child, probe);
    CHECK_EQ(wait_for(child), 0);
    wanted[0] = 2;
    args.set_tid_size = 1;
    CHECK_ERR(syscall(SYS_clone3, &args, sizeof args), EINVAL);
}

TEST(setns_joinsForChildren) {
    need_administrator();
    pid_t first = REQUIRE_OK(clone_into_namespace(CLONE_NEWPID));
    if (first == 0) for (;;) pause();
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/ns/pid", first);
    int there = REQUIRE_OK(open(path, O_RDONLY));
    int home = REQUIRE_OK(open("/proc/self/ns/pid", O_RDONLY));
    CHECK_EQ(ioctl(there, NS_GET_NSTYPE), CLONE_NEWPID);
    CHECK_ERR(ioctl(home, NS_GET_PARENT), EPERM);
    int above = CHECK_OK(ioctl(there, NS_GET_PARENT));
    struct stat one, other;
    CHECK_OK(fstat(above, &one));
    CHECK_OK(fstat(home, &other));
    CHECK_EQ(one.st_ino, other.st_ino);
    CHECK_EQ(IN_CHILD({
                 CHECK_OK(setns(there, CLONE_NEWPID));
                 pid_t child = REQUIRE_OK(fork());
                 if (child == 0) {
                     CHECK_EQ(getpid(), 2);
                     CHECK_EQ(getppid(), 0);
                     CHECK_ERR(setns(home, CLONE_NEWPID), EINVAL);
                     _exit(0);
                 }
                 CHECK(child > 2);
                 CHECK_EQ(wait_for(child), 0);
                 CHECK_OK(setns(home, CLONE_NEWPID));
                 CHECK_EQ(IN_CHILD(CHECK(getpid() > 2)), 0);
             }),
            0);
    kill(first, SIGKILL);
    wait_for(first);
}

TEST(credentials_asSeenByTheReader) {
    need_administrator();
    int pair[2];
    REQUIRE_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    int on = 1;
    CHECK_OK(setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on));
    CHECK_OK(setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on));
    pid_t first = REQUIRE_OK(clone_into_namespace(CLONE_NEWPID));
    char data[8];
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(struct ucred))];
    } control;
    struct iovec part = {data, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    if (first == 0) {
        CHECK_EQ(write(pair[1], "x", 1), 1);
        CHECK_EQ(recvmsg(pair[1], &message, 0), 1);
        CHECK_EQ(((struct ucred *)CMSG_DATA(&control.header))->pid, 0);
        _exit(0);
    }
    CHECK_EQ(recvmsg(pair[0], &message, 0), 1);
    CHECK_EQ(((struct ucred *)CMSG_DATA(&control.header))->pid, first);
    CHECK_EQ(write(pair[0], "y", 1), 1);
    CHECK_EQ(wait_for(first), 0);
}

TEST(fcntl_ownersAsSeen) {
    need_administrator();
    int ends[2];
    REQUIRE_OK(pipe(ends));
    CHECK_EQ(IN_NAMESPACE({
                 CHECK_ERR(fcntl(ends[0], F_SETOWN, 4000), ESRCH);
                 CHECK_OK(fcntl(ends[0], F_SETOWN, 1));
                 CHECK_EQ(fcntl(ends[0], F_GETOWN), 1);
                 int file = make_file("locked", "x");
                 struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
                 CHECK_OK(fcntl(file, F_SETLK, &lock));
                 CHECK_EQ(IN_CHILD({
                              struct flock asked = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
                              CHECK_OK(fcntl(file, F_GETLK, &asked));
                              CHECK_EQ(asked.l_pid, 1);
                          }),
                          0);
             }),
            0);
}

static void *own_tid(void *unused) {
    (void)unused;
    return (void *)(long)gettid();
}

TEST(threads_haveNumbersInside) {
    need_administrator();
    CHECK_EQ(IN_NAMESPACE({
                 pthread_t thread;
                 void *tid;
                 CHECK_EQ(pthread_create(&thread, NULL, own_tid, NULL), 0);
                 pthread_join(thread, &tid);
                 CHECK_EQ((long)tid, 2);
                 pthread_mutexattr_t kind;
                 pthread_mutex_t mutex;
                 pthread_mutexattr_init(&kind);
                 pthread_mutexattr_setprotocol(&kind, PTHREAD_PRIO_INHERIT);
                 pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_ERRORCHECK);
                 pthread_mutex_init(&mutex, &kind);
                 CHECK_EQ(pthread_mutex_lock(&mutex), 0);
                 CHECK_EQ(pthread_mutex_lock(&mutex), EDEADLK);
                 CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
                 CHECK_OK(getpriority(PRIO_PROCESS, 1));
                 CHECK_ERR(getpriority(PRIO_PROCESS, 4000), ESRCH);
                 CHECK_OK(syscall(SYS_tgkill, 1, 1, 0));
             }),
            0);
}

TEST(nested_seenFromEachLevel) {
    need_administrator();
    int *numbers = shared_memory(4096);
    pid_t outer = REQUIRE_OK(clone_into_namespace(CLONE_NEWPID));
    if (outer == 0) {
        START_CHILD(_exit(0));
        wait(NULL);
        pid_t inner = REQUIRE_OK(clone_into_namespace(CLONE_NEWPID));
        if (inner == 0) {
            CHECK_EQ(getpid(), 1);
            CHECK_EQ(getppid(), 0);
            _exit(5);
        }
        numbers[0] = inner;
        CHECK_EQ(wait_for(inner), EXITED(5));
        _exit(0);
    }
    CHECK_EQ(wait_for(outer), 0);
    CHECK_EQ(numbers[0], 3);
}

TEST(reboot_endsInit) {
    need_administrator();
    pid_t first = REQUIRE_OK(clone_into_namespace(CLONE_NEWPID));
    if (first == 0) {
        START_CHILD(pause());
        reboot(RB_AUTOBOOT);
        _exit(9);
    }
    CHECK_EQ(wait_for(first), SIGHUP);
    first = REQUIRE_OK(clone_into_namespace(CLONE_NEWPID));
    if (first == 0) {
        CHECK_ERR(syscall(SYS_reboot, 1, 2, RB_AUTOBOOT, 0), EINVAL);
        CHECK_ERR(reboot(0x12345), EINVAL);
        reboot(RB_POWER_OFF);
        _exit(9);
    }
    CHECK_EQ(wait_for(first), SIGINT);
}
