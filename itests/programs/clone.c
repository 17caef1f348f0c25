/* clone(2), clone3(2), vfork(2), set_tid_address(2), gettid(2), arch_prctl(2). */
#include "check.h"
#include <asm/prctl.h>
#include <linux/sched.h>

static char stack[65536] __attribute__((aligned(16)));
static volatile int value;

static int set_value(void *argument) {
    value = (int)(long)argument;
    return 7;
}

TEST(fork_givesNewPidAndCopies) {
    pid_t parent = getpid();
    CHECK_EQ(IN_CHILD(
        CHECK(getpid() != parent);
        CHECK_EQ(getppid(), parent);
        CHECK_EQ(syscall(SYS_gettid), getpid());
        value = 9;
        _exit(5)), EXITED(5));
    CHECK_EQ(value, 0);
}

TEST(vfork_suspendsParentAndSharesMemory) {
    int64_t start = now_ns();
    pid_t pid = vfork();
    if (pid == 0) {
        sleep_ms(50);
        value = 4;
        _exit(6);
    }
    CHECK(now_ns() - start >= 50000000);
    CHECK_EQ(value, 4);
    CHECK_EQ(wait_for(pid), EXITED(6));
}

TEST(clone_withVm_sharesMemory) {
    int pid = REQUIRE_OK(clone(set_value, stack + sizeof stack, CLONE_VM | SIGCHLD, (void *)33L));
    CHECK_EQ(wait_for(pid), EXITED(7));
    CHECK_EQ(value, 33);
}

TEST(clone_withoutVm_copiesMemory) {
    int pid = REQUIRE_OK(clone(set_value, stack + sizeof stack, SIGCHLD, (void *)33L));
    CHECK_EQ(wait_for(pid), EXITED(7));
    CHECK_EQ(value, 0);
}

static int open_and_chdir(void *argument) {
    (void)argument;
    dup2(1, 77);
    if (chdir("/") < 0) return 1;
    umask(0);
    return 0;
}

TEST(clone_withFilesAndFs_sharesThem) {
    char path[PATH_MAX];
    int pid = REQUIRE_OK(clone(open_and_chdir, stack + sizeof stack, CLONE_FILES | CLONE_FS | SIGCHLD, NULL));
    CHECK_EQ(wait_for(pid), 0);
    CHECK_EQ(fcntl(77, F_GETFD), 0);
    REQUIRE(getcwd(path, sizeof path) != NULL);
    CHECK_STR(path, "/");
    CHECK_EQ(umask(022), 0);
}

TEST(fork_doesNotShareDescriptorTable) {
    CHECK_EQ(IN_CHILD(open_and_chdir(NULL)), 0);
    CHECK_ERR(fcntl(77, F_GETFD), EBADF);
}

static int store_tid(void *argument) {
    (void)argument;
    return 0;
}

TEST(clone_settidFlags_storeIds) {
    pid_t parent_tid = 0, child_tid = 0;
    pid_t pid = REQUIRE_OK(clone(store_tid, stack + sizeof stack, CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | SIGCHLD, NULL, &parent_tid, NULL, &child_tid));
    CHECK_EQ(parent_tid, pid);
    CHECK_EQ(wait_for(pid), 0);
    pid = REQUIRE_OK(clone(store_tid, stack + sizeof stack, CLONE_VM | CLONE_CHILD_SETTID | SIGCHLD, NULL, NULL, NULL, &child_tid));
    CHECK_EQ(wait_for(pid), 0);
    CHECK_EQ(child_tid, pid);
}

TEST(clone_exitSignal_isSentOrNone) {
    int pid = REQUIRE_OK(clone(store_tid, stack + sizeof stack, 0, NULL));
    CHECK_ERR(waitpid(pid, NULL, 0), ECHILD);
    CHECK_EQ(waitpid(pid, NULL, __WCLONE), pid);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    CHECK_OK(sigprocmask(SIG_BLOCK, &set, NULL));
    pid = REQUIRE_OK(clone(store_tid, stack + sizeof stack, SIGUSR1, NULL));
    siginfo_t info;
    CHECK_EQ(sigwaitinfo(&set, &info), SIGUSR1);
    CHECK_EQ(info.si_pid, pid);
    CHECK_EQ(waitpid(pid, NULL, __WALL), pid);
}

TEST(clone_withBadFlags_failsEinval) {
    CHECK_ERR(syscall(SYS_clone, CLONE_THREAD | SIGCHLD, 0, 0, 0, 0), EINVAL);
    CHECK_ERR(syscall(SYS_clone, CLONE_SIGHAND | SIGCHLD, 0, 0, 0, 0), EINVAL);
    CHECK_ERR(syscall(SYS_clone, CLONE_THREAD | CLONE_SIGHAND, 0, 0, 0, 0), EINVAL);
}

TEST(clone_parent_makesSibling) {
    pid_t grandparent = getpid();
    int *sibling = shared_memory(4096);
    CHECK_EQ(IN_CHILD(
        long pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
        if (pid == 0) _exit(getppid() == grandparent ? 11 : 12);
        *sibling = pid;
        CHECK_ERR(waitpid(pid, NULL, 0), ECHILD)), 0);
    CHECK_EQ(wait_for(*sibling), EXITED(11));
}

TEST(clone3_works) {
    struct clone_args args = {.exit_signal = SIGCHLD};
    long pid = syscall(SYS_clone3, &args, sizeof args);
    if (pid < 0 && errno == ENOSYS) SKIP("no clone3");
    if (pid == 0) _exit(9);
    REQUIRE(pid > 0);
    CHECK_EQ(wait_for(pid), EXITED(9));
    CHECK_ERR(syscall(SYS_clone3, &args, 8), EINVAL);
    args.flags = CLONE_THREAD;
    CHECK_ERR(syscall(SYS_clone3, &args, sizeof args), EINVAL);
    args.flags = 0;
    args.exit_signal = 1000;
    CHECK_ERR(syscall(SYS_clone3, &args, sizeof args), EINVAL);
    CHECK_ERR(syscall(SYS_clone3, (void *)8, sizeof args), EFAULT);
}

TEST(clonePidfd_isReadableAfterExit) {
    int pidfd = -1;
    struct clone_args args = {.exit_signal = SIGCHLD, .flags = CLONE_PIDFD, .pidfd = (uintptr_t)&pidfd};
    long pid = syscall(SYS_clone3, &args, sizeof args);
    if (pid < 0) SKIP("no clone3 with pidfd");
    if (pid == 0) _exit(3);
    siginfo_t info = {0};
    CHECK_OK(waitid(P_PIDFD, pidfd, &info, WEXITED));
    CHECK_EQ(info.si_pid, pid);
    CHECK_EQ(info.si_status, 3);
}

TEST(vforkAndExec_release) {
    pid_t pid = vfork();
    if (pid == 0) {
        execl("/bin/sh", "sh", "-c", "exit 12", NULL);
        _exit(99);
    }
    CHECK_EQ(wait_for(pid), EXITED(12));
}

TEST(arch_prctl_movesSegmentBases) {
    static long cell = 1234;
    unsigned long gs = 1, fs = 0;
    CHECK_OK(syscall(SYS_arch_prctl, ARCH_GET_FS, &fs));
    CHECK(fs != 0);
    CHECK_OK(syscall(SYS_arch_prctl, ARCH_SET_GS, &cell));
    CHECK_OK(syscall(SYS_arch_prctl, ARCH_GET_GS, &gs));
    CHECK_EQ(gs, (long)&cell);
    long read_back;
    __asm__ volatile("mov %%gs:0, %0" : "=r"(read_back));
    CHECK_EQ(read_back, 1234);
    CHECK_ERR(syscall(SYS_arch_prctl, ARCH_SET_GS, 0x8000000000000000UL), EPERM);
    CHECK_ERR(syscall(SYS_arch_prctl, 0x9999, 0), EINVAL);
    CHECK_EQ(IN_CHILD(__asm__ volatile("mov %%gs:0, %0" : "=r"(read_back)); CHECK_EQ(read_back, 1234)), 0);
}

TEST(manyForks_inTurn_work) {
    for (int i = 0; i < 200; i++) REQUIRE(IN_CHILD(_exit(i % 100)) == EXITED(i % 100));
}

TEST(pids_areNotReusedAtOnce) {
    pid_t last = 0;
    for (int i = 0; i < 5; i++) {
        pid_t pid = START_CHILD();
        CHECK(pid != last);
        last = pid;
        wait_for(pid);
    }
}
