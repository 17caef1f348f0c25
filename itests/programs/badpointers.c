/*
 * Every system call with bad pointers, each in a child of its own: the call fails or the child dies, and afterwards the
 * kernel is well. Where a pointer is certain to be used, EFAULT is demanded.
 */
#define CHECK_TIMEOUT 300
#include "check.h"
#include <poll.h>
#include <sys/epoll.h>

static const unsigned long bad[] = {8, 0x7ffffffff000, 0x800000000000, 0xffff800000000000, 0xffffffffffffffff, 0x7fffffffffffffff, 0};

/* Calls that end, stop or block the caller by design, or reach beyond it when root calls them with strange arguments. */
static bool excluded(long number) {
    static const long list[] = {SYS_exit, SYS_exit_group, SYS_pause, SYS_rt_sigreturn, SYS_vfork, SYS_fork, SYS_clone, SYS_reboot,
        SYS_kill, SYS_tkill, SYS_tgkill, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo, SYS_kexec_load, SYS_kexec_file_load, SYS_sync,
        SYS_swapon, SYS_swapoff, SYS_settimeofday, SYS_clock_settime, SYS_adjtimex, SYS_clock_adjtime, SYS_sethostname,
        SYS_setdomainname, SYS_umount2, SYS_mount, SYS_pivot_root, SYS_unshare, SYS_setns, SYS_vhangup, SYS_acct, SYS_iopl,
        SYS_ioperm, SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_syslog, SYS_prlimit64, SYS_setpriority,
        SYS_ioprio_set, SYS_sched_setattr, SYS_sched_setscheduler, SYS_sched_setparam, SYS_sched_setaffinity, SYS_ptrace,
        SYS_quotactl, SYS_lookup_dcookie, SYS_move_pages, SYS_migrate_pages, SYS_pidfd_send_signal, SYS_fsconfig, SYS_fsmount,
        SYS_move_mount, SYS_open_tree, SYS_fsopen, SYS_fspick, 442, SYS_bpf, SYS_setpgid, SYS_process_madvise, SYS_syncfs,
        SYS_kcmp, SYS_add_key, SYS_request_key, SYS_keyctl, SYS_personality, SYS_alarm, SYS_chroot, SYS_userfaultfd, SYS_perf_event_open};
    for (unsigned i = 0; i < sizeof list / sizeof *list; i++) {
        if (list[i] == number) return true;
    }
    return number >= 428 && number != 435 && number != 436 && number != 437 && number != 439 && number != 441;
}

TEST(everyCall_withBadPointers_harmsNobody) {
    int dead = 0, survived = 0;
    for (long number = 0; number < 450; number++) {
        if (excluded(number)) continue;
        pid_t child = START_CHILD(
            /* The descriptors that the calls meet belong to files that nobody needs. */
            int victim = open("victim", O_RDWR | O_CREAT, 0600);
            for (int fd = 0; fd < 3; fd++) dup2(victim, fd);
            struct itimerval timer = {.it_value = {1, 0}};
            signal(SIGALRM, SIG_DFL);
            setitimer(ITIMER_REAL, &timer, NULL);
            prctl(PR_SET_DUMPABLE, 0);
            for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) syscall(number, bad[i], bad[i], bad[i], bad[i], bad[i], bad[i]);
            for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) syscall(number, 1, bad[i], 64, bad[i], bad[i], bad[i]);
            for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) syscall(number, 3, 1, bad[i], 8, bad[i], 8));
        int status = wait_for(child);
        if (status == 0) survived++;
        else dead++;
    }
    CHECK(survived > 200);
    (void)dead;
    /* Afterwards the world still works. */
    CHECK_EQ(IN_CHILD(execl("/bin/sh", "sh", "-c", "exit 5", NULL)), EXITED(5));
    close(make_file("file", "text"));
    CHECK_STR(text_of("file"), "text");
}

/* path as the first argument */
TEST(pathCalls_withBadPath_failEfault) {
    static const long numbers[] = {SYS_open, SYS_stat, SYS_lstat, SYS_access, SYS_truncate, SYS_chdir, SYS_mkdir, SYS_rmdir, SYS_creat,
        SYS_unlink, SYS_chmod, SYS_chown, SYS_lchown, SYS_mknod, SYS_statfs, SYS_utime, SYS_utimes, SYS_readlink, SYS_link, SYS_symlink,
        SYS_rename, SYS_listxattr, SYS_removexattr};
    for (unsigned n = 0; n < sizeof numbers / sizeof *numbers; n++) {
        for (unsigned i = 0; i < 6; i++) {
            errno = 0;
            long result = syscall(numbers[n], bad[i], 0, 64, 0, 0, 0);
            if (result != -1 || errno != EFAULT) {
                (void)check_fail("call %ld with path %lx gave %ld and %s", numbers[n], bad[i], result, check_errno(errno));
            }
        }
    }
}

TEST(resultCalls_withBadBuffer_failEfault) {
    int fds[2];
    CHECK_OK(pipe(fds));
    CHECK_EQ(write(fds[1], "0123456789", 10), 10);
    int file = make_file("file", "0123456789"), directory = open(".", O_RDONLY), epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLOUT};
    CHECK_OK(epoll_ctl(epoll, EPOLL_CTL_ADD, fds[1], &event));
    symlink("x", "link");
    for (unsigned i = 0; i < 6; i++) {
        void *b = (void *)bad[i];
        CHECK_ERR(syscall(SYS_read, file, b, 4), EFAULT);
        CHECK_ERR(syscall(SYS_read, fds[0], b, 4), EFAULT);
        CHECK_ERR(syscall(SYS_pread64, file, b, 4, 0), EFAULT);
        CHECK_ERR(syscall(SYS_write, file, b, 4), EFAULT);
        CHECK_ERR(syscall(SYS_write, fds[1], b, 4), EFAULT);
        CHECK_ERR(syscall(SYS_fstat, file, b), EFAULT);
        CHECK_ERR(syscall(SYS_stat, ".", b), EFAULT);
        CHECK_ERR(syscall(SYS_statfs, ".", b), EFAULT);
        CHECK_ERR(syscall(SYS_getdents64, directory, b, 4096), EFAULT);
        CHECK_ERR(syscall(SYS_getcwd, b, 4096), EFAULT);
        CHECK_ERR(syscall(SYS_readlink, "link", b, 10), EFAULT);
        CHECK_ERR(syscall(SYS_pipe2, b, 0), EFAULT);
        CHECK_ERR(syscall(SYS_uname, b), EFAULT);
        CHECK_ERR(syscall(SYS_sysinfo, b), EFAULT);
        CHECK_ERR(syscall(SYS_times, b) == -1 && errno == EFAULT ? -1 : 0, EFAULT);
        CHECK_ERR(syscall(SYS_getrusage, 0, b), EFAULT);
        CHECK_ERR(syscall(SYS_getrlimit, 0, b), EFAULT);
        CHECK_ERR(syscall(SYS_clock_gettime, 0, b), EFAULT);
        CHECK_ERR(syscall(SYS_clock_getres, 0, b), EFAULT);
        CHECK_ERR(syscall(SYS_gettimeofday, b, NULL), EFAULT);
        CHECK_ERR(syscall(SYS_nanosleep, b, NULL), EFAULT);
        CHECK_ERR(syscall(SYS_getresuid, b, b, b), EFAULT);
        CHECK_ERR(syscall(SYS_getitimer, 0, b), EFAULT);
        CHECK_ERR(syscall(SYS_rt_sigprocmask, 0, b, NULL, 8), EFAULT);
        CHECK_ERR(syscall(SYS_rt_sigpending, b, 8), EFAULT);
        CHECK_ERR(syscall(SYS_rt_sigtimedwait, b, NULL, NULL, 8), EFAULT);
        CHECK_ERR(syscall(SYS_sigaltstack, b, NULL), EFAULT);
        CHECK_ERR(syscall(SYS_poll, b, 1, 0), EFAULT);
        CHECK_ERR(syscall(SYS_select, 1, b, NULL, NULL, NULL), EFAULT);
        CHECK_ERR(syscall(SYS_epoll_wait, epoll, b, 1, 0), EFAULT);
        CHECK_ERR(syscall(SYS_readv, file, b, 1), EFAULT);
        CHECK_ERR(syscall(SYS_futex, b, 0, 0, NULL, NULL, 0) == -1 && (errno == EFAULT || errno == EINVAL) ? (errno = EFAULT, -1) : 0, EFAULT);
        CHECK_ERR(syscall(SYS_execve, b, NULL, NULL), EFAULT);
        CHECK_ERR(syscall(SYS_execve, "/bin/true", b, NULL), EFAULT);
        CHECK_ERR(syscall(SYS_getrandom, b, 10, 0), EFAULT);
        CHECK_ERR(syscall(SYS_sched_getaffinity, 0, 128, b), EFAULT);
        CHECK_ERR(syscall(SYS_getgroups, 100, b) == 0 ? (errno = EFAULT, -1) : -1, EFAULT);
        CHECK_ERR(syscall(SYS_timer_create, 0, b, b), EFAULT);
        CHECK_ERR(syscall(SYS_inotify_add_watch, file, b, 1) == -1 ? (errno = EFAULT, -1) : 0, EFAULT);
    }
}

TEST(badPointers_doNotConsumeData) {
    char text[8] = "";
    int fds[2];
    CHECK_OK(pipe(fds));
    CHECK_EQ(write(fds[1], "abc", 3), 3);
    CHECK_ERR(syscall(SYS_read, fds[0], (void *)8, 3), EFAULT);
    CHECK_EQ(read(fds[0], text, 8), 3);
    CHECK_STR(text, "abc");
    /* A file's offset does not move on a fault. */
    int file = make_file("file", "0123456789");
    CHECK_ERR(syscall(SYS_read, file, (void *)8, 3), EFAULT);
    CHECK_EQ(lseek(file, 0, SEEK_CUR), 0);
}

TEST(stackPointer_wild_onlyKillsItself) {
    static const unsigned long stacks[] = {0, 8, 0x800000000000, 0xffffffffffffff00};
    for (int i = 0; i < 4; i++) {
        int status = IN_CHILD(__asm__ volatile("mov %0, %%rsp\n push %%rax" ::"r"(stacks[i]) : "memory"));
        CHECK(WIFSIGNALED(status));
        CHECK(WTERMSIG(status) == SIGSEGV || WTERMSIG(status) == SIGBUS);
        status = IN_CHILD(
            signal(SIGUSR1, check_alarm);
            __asm__ volatile("mov %0, %%rsp\n mov $39, %%eax\n syscall\n mov %%eax, %%edi\n mov $10, %%esi\n mov $62, %%eax\n syscall" ::"r"(stacks[i]) : "memory"));
        /* A handler that has no stack to run on: SIGSEGV. */
        CHECK_EQ(WTERMSIG(status), SIGSEGV);
    }
}

TEST(sigreturn_withGarbage_onlyKillsItself) {
    int status = IN_CHILD(
        static char garbage[8192];
        memset(garbage, 0x5a, sizeof garbage);
        __asm__ volatile("mov %0, %%rsp\n mov $15, %%eax\n syscall" ::"r"(garbage + 4096) : "memory"));
    CHECK(WIFSIGNALED(status));
    CHECK_EQ(WTERMSIG(status), SIGSEGV);
}
