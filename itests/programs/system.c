/* uname(2), sysinfo(2), sethostname(2), getrandom(2), getpid(2) and the like, sched(7), rseq(2), membarrier(2), pidfd_open(2). */
#include "check.h"
#include <linux/membarrier.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

TEST(uname_tellsLinux) {
    struct utsname about;
    CHECK_OK(uname(&about));
    CHECK_STR(about.sysname, "Linux");
    CHECK_STR(about.machine, "x86_64");
    CHECK(strlen(about.nodename) > 0);
    CHECK(atoi(about.release) >= 4);
    CHECK_ERR(syscall(SYS_uname, (void *)8), EFAULT);
    char host[100];
    CHECK_OK(gethostname(host, sizeof host));
    CHECK_STR(host, about.nodename);
}

TEST(sethostname_asUser_failsEperm) {
    need_root();
    CHECK_OK(setresuid(1000, 1000, 1000));
    CHECK_ERR(sethostname("x", 1), EPERM);
    CHECK_ERR(setdomainname("x", 1), EPERM);
}

TEST(sysinfo_isPlausible) {
    struct sysinfo about;
    CHECK_OK(sysinfo(&about));
    CHECK(about.uptime >= 0);
    CHECK(about.totalram > 0 && about.freeram <= about.totalram);
    CHECK(about.mem_unit >= 1);
    CHECK(about.procs >= 1);
    CHECK(sysconf(_SC_NPROCESSORS_ONLN) >= 1);
    CHECK(sysconf(_SC_PHYS_PAGES) > 0);
}

TEST(getrandom_fillsAndChecks) {
    unsigned char a[32] = {0}, b[32] = {0};
    CHECK_EQ(getrandom(a, sizeof a, 0), 32);
    CHECK_EQ(getrandom(b, sizeof b, GRND_NONBLOCK), 32);
    CHECK(memcmp(a, b, 32) != 0);
    CHECK_ERR(getrandom(a, 1, 0x100), EINVAL);
    CHECK_ERR(syscall(SYS_getrandom, (void *)8, 10, 0), EFAULT);
    static char big[100000];
    CHECK_EQ(getrandom(big, sizeof big, 0), sizeof big);
}

TEST(ids_areConsistent) {
    CHECK_EQ(getpid(), syscall(SYS_gettid));
    CHECK(getppid() > 0);
    CHECK_EQ(getpgid(0), getpgrp());
    CHECK_EQ(getuid(), geteuid());
}

TEST(affinity_canBeReadAndSet) {
    cpu_set_t set, one;
    CPU_ZERO(&set);
    long size = syscall(SYS_sched_getaffinity, 0, sizeof set, &set);
    CHECK(size >= 8);
    CHECK(CPU_COUNT(&set) >= 1);
    int cpu = 0;
    while (!CPU_ISSET(cpu, &set)) cpu++;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    CHECK_OK(sched_setaffinity(0, sizeof one, &one));
    CHECK_OK(sched_getaffinity(0, sizeof set, &set));
    CHECK_EQ(CPU_COUNT(&set), 1);
    CHECK_EQ(IN_CHILD(CHECK_OK(sched_getaffinity(0, sizeof set, &set)); CHECK_EQ(CPU_COUNT(&set), 1)), 0);
    CPU_ZERO(&one);
    CHECK_ERR(sched_setaffinity(0, sizeof one, &one), EINVAL);
    CHECK_ERR(syscall(SYS_sched_getaffinity, 0, 1, &set), EINVAL);
    CHECK_ERR(sched_getaffinity(999999, sizeof set, &set), ESRCH);
    CHECK_ERR(sched_getaffinity(-1, sizeof set, &set), ESRCH);
    CHECK_ERR(sched_setaffinity(-1, sizeof set, &set), ESRCH);
    CHECK_ERR(sched_getscheduler(-1), EINVAL);
}

TEST(schedulingCalls_answer) {
    struct sched_param param = {0};
    CHECK_EQ(sched_getscheduler(0), SCHED_OTHER);
    CHECK_OK(sched_getparam(0, &param));
    CHECK_EQ(param.sched_priority, 0);
    CHECK_EQ(sched_get_priority_max(SCHED_FIFO), 99);
    CHECK_EQ(sched_get_priority_min(SCHED_FIFO), 1);
    CHECK_EQ(sched_get_priority_max(SCHED_OTHER), 0);
    CHECK_ERR(sched_get_priority_max(99), EINVAL);
    param.sched_priority = 5;
    CHECK_ERR(sched_setscheduler(0, SCHED_OTHER, &param), EINVAL);
    param.sched_priority = 0;
    CHECK_OK(sched_setscheduler(0, SCHED_BATCH, &param));
    CHECK_EQ(sched_getscheduler(0), SCHED_BATCH);
    CHECK_OK(sched_setscheduler(0, SCHED_OTHER, &param));
    CHECK_ERR(sched_setscheduler(0, 77, &param), EINVAL);
    CHECK_ERR(sched_getscheduler(999999), ESRCH);
    CHECK_OK(sched_yield());
    struct timespec slice;
    CHECK_OK(sched_rr_get_interval(0, &slice));
}

TEST(rseq_registersOnce) {
    /* The C library has registered its own area: a second is refused, an unaligned one too. */
    static struct { char bytes[64]; } area __attribute__((aligned(32)));
    long result = syscall(SYS_rseq, &area, 32, 0, 0x53053053);
    if (result < 0 && errno == ENOSYS) SKIP("no rseq");
    CHECK(result == 0 || errno == EBUSY || errno == EINVAL);
    CHECK_ERR(syscall(SYS_rseq, (char *)&area + 1, 32, 0, 0x53053053), EINVAL);
}

TEST(membarrier_tellsRegistrations) {
    long commands = syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0);
    if (commands < 0 || !(commands & 0x200)) SKIP("no MEMBARRIER_CMD_GET_REGISTRATIONS");
    CHECK_EQ(syscall(SYS_membarrier, 0x200, 0, 0), 0);
    CHECK_OK(syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0));
    CHECK_EQ(syscall(SYS_membarrier, 0x200, 0, 0), MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
    CHECK_OK(syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED, 0, 0));
    CHECK_EQ(syscall(SYS_membarrier, 0x200, 0, 0),
            MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED | MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED);
}

TEST(membarrier_tellsCommands) {
    long commands = syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0);
    if (commands < 0 && errno == ENOSYS) SKIP("no membarrier");
    CHECK(commands & MEMBARRIER_CMD_GLOBAL);
    CHECK_OK(syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0));
    CHECK_ERR(syscall(SYS_membarrier, 0x40000000, 0, 0), EINVAL);
}

TEST(pidfd_signalsAndPolls) {
    pid_t child = START_CHILD(pause());
    int pidfd = syscall(SYS_pidfd_open, child, 0);
    if (pidfd < 0 && errno == ENOSYS) SKIP("no pidfd_open");
    CHECK(pidfd >= 0);
    CHECK_EQ(fcntl(pidfd, F_GETFD), FD_CLOEXEC);
    struct pollfd p = {pidfd, POLLIN, 0};
    CHECK_EQ(poll(&p, 1, 0), 0);
    CHECK_OK(syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0));
    CHECK_EQ(poll(&p, 1, 10000), 1);
    siginfo_t info = {0};
    CHECK_OK(waitid(P_PIDFD, pidfd, &info, WEXITED));
    CHECK_EQ(info.si_pid, child);
    CHECK_ERR(syscall(SYS_pidfd_send_signal, pidfd, 0, NULL, 0), ESRCH);
    CHECK_ERR(syscall(SYS_pidfd_open, 999999, 0), ESRCH);
    CHECK_ERR(syscall(SYS_pidfd_open, -1, 0), EINVAL);
}

TEST(procDirectory_standsForItsProcess_inPidfdSendSignalOnly) {
    pid_t child = START_CHILD(pause());
    char path[64];
    snprintf(path, sizeof path, "/proc/%d", child);
    int whole = open(path, O_RDONLY | O_DIRECTORY), place = open(path, O_PATH);
    CHECK(whole >= 0);
    snprintf(path, sizeof path, "/proc/%d/task/%d", child, child);
    int thread = open(path, O_RDONLY | O_DIRECTORY);
    CHECK_OK(syscall(SYS_pidfd_send_signal, whole, 0, NULL, 0));
    CHECK_ERR(syscall(SYS_pidfd_send_signal, place, 0, NULL, 0), EBADF);
    CHECK_ERR(syscall(SYS_pidfd_send_signal, thread, 0, NULL, 0), EBADF);
    CHECK_ERR(syscall(SYS_pidfd_getfd, whole, 0, 0), EBADF);
    CHECK_OK(syscall(SYS_pidfd_send_signal, whole, SIGKILL, NULL, 0));
    CHECK_EQ(waitpid(child, NULL, 0), child);
    CHECK_ERR(syscall(SYS_pidfd_send_signal, whole, 0, NULL, 0), ESRCH);
}

TEST(processVm_readsAndWritesOther) {
    static char here[32] = "parent";
    int *done = shared_memory(4096);
    pid_t child = START_CHILD(strcpy(here, "child"); *(volatile int *)done = 1; pause());
    EVENTUALLY(*(volatile int *)done == 1);
    char text[32] = "";
    struct iovec local = {text, 32}, remote = {here, 32};
    ssize_t n = process_vm_readv(child, &local, 1, &remote, 1, 0);
    if (n < 0 && errno == ENOSYS) SKIP("no process_vm_readv");
    CHECK_EQ(n, 32);
    CHECK_STR(text, "child");
    CHECK_ERR(process_vm_readv(999999, &local, 1, &remote, 1, 0), ESRCH);
    kill(child, SIGKILL);
}

TEST(personality_isReadable) {
    CHECK_EQ(syscall(SYS_personality, 0xffffffff), 0);
}

TEST(refusedToUser_failEperm) {
    need_root();
    CHECK_OK(setresuid(1000, 1000, 1000));
    CHECK_ERR(syscall(SYS_reboot, 0xfee1dead, 672274793, 0x01234567, NULL), EPERM);
    CHECK_ERR(syscall(SYS_swapoff, "x"), EPERM);
    CHECK_ERR(syscall(SYS_umount2, "/", 0), EPERM);
    CHECK_ERR(syscall(SYS_mount, "none", "/", "tmpfs", 0, NULL), EPERM);
}
