/* The numbers of system calls by name, for the executor. */
#ifndef CALLS_H
#define CALLS_H
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>

#define CALL(name) {#name, SYS_##name}
static const struct {
    const char *name;
    int number;
} call_table[] = {
    CALL(read), CALL(write), CALL(open), CALL(close), CALL(stat), CALL(fstat), CALL(lstat), CALL(poll), CALL(lseek),
    CALL(mmap), CALL(mprotect), CALL(munmap), CALL(brk), CALL(rt_sigaction), CALL(rt_sigprocmask), CALL(ioctl),
    CALL(pread64), CALL(pwrite64), CALL(readv), CALL(writev), CALL(access), CALL(pipe), CALL(select),
    CALL(sched_yield), CALL(mremap), CALL(msync), CALL(mincore), CALL(madvise), CALL(shmget), CALL(shmat),
    CALL(shmctl), CALL(dup), CALL(dup2), CALL(pause), CALL(nanosleep), CALL(getitimer), CALL(alarm), CALL(setitimer),
    CALL(getpid), CALL(sendfile), CALL(socket), CALL(connect), CALL(accept), CALL(sendto), CALL(recvfrom),
    CALL(sendmsg), CALL(recvmsg), CALL(shutdown), CALL(bind), CALL(listen), CALL(getsockname), CALL(getpeername),
    CALL(socketpair), CALL(setsockopt), CALL(getsockopt), CALL(wait4), CALL(kill), CALL(uname), CALL(semget),
    CALL(semop), CALL(semctl), CALL(shmdt), CALL(msgget), CALL(msgsnd), CALL(msgrcv), CALL(msgctl), CALL(fcntl),
    CALL(flock), CALL(fsync), CALL(fdatasync), CALL(truncate), CALL(ftruncate), CALL(getdents64), CALL(getcwd),
    CALL(chdir), CALL(fchdir), CALL(rename), CALL(mkdir), CALL(rmdir), CALL(creat), CALL(link), CALL(unlink),
    CALL(symlink), CALL(readlink), CALL(chmod), CALL(fchmod), CALL(chown), CALL(fchown), CALL(lchown), CALL(umask),
    CALL(gettimeofday), CALL(getrlimit), CALL(getrusage), CALL(sysinfo), CALL(times), CALL(getuid), CALL(getgid),
    CALL(setuid), CALL(setgid), CALL(geteuid), CALL(getegid), CALL(setpgid), CALL(getppid), CALL(getpgrp),
    CALL(setsid), CALL(setreuid), CALL(setregid), CALL(getgroups), CALL(setgroups), CALL(setresuid), CALL(getresuid),
    CALL(setresgid), CALL(getresgid), CALL(getpgid), CALL(setfsuid), CALL(setfsgid), CALL(getsid), CALL(capget),
    CALL(capset), CALL(rt_sigpending), CALL(rt_sigtimedwait), CALL(rt_sigqueueinfo), CALL(rt_sigsuspend),
    CALL(sigaltstack), CALL(utime), CALL(mknod), CALL(personality), CALL(statfs), CALL(fstatfs), CALL(getpriority),
    CALL(setpriority), CALL(sched_setparam), CALL(sched_getparam), CALL(sched_setscheduler), CALL(sched_getscheduler),
    CALL(sched_get_priority_max), CALL(sched_get_priority_min), CALL(sched_rr_get_interval), CALL(mlock),
    CALL(munlock), CALL(mlockall), CALL(munlockall), CALL(prctl), CALL(arch_prctl), CALL(setrlimit), CALL(chroot),
    CALL(sync), CALL(gettid), CALL(readahead), CALL(setxattr), CALL(lsetxattr), CALL(fsetxattr), CALL(getxattr),
    CALL(lgetxattr), CALL(fgetxattr), CALL(listxattr), CALL(llistxattr), CALL(flistxattr), CALL(removexattr),
    CALL(lremovexattr), CALL(fremovexattr), CALL(tkill), CALL(time), CALL(futex), CALL(sched_setaffinity),
    CALL(sched_getaffinity), CALL(epoll_create), CALL(epoll_ctl), CALL(epoll_wait), CALL(set_tid_address),
    CALL(semtimedop), CALL(fadvise64), CALL(timer_create), CALL(timer_settime), CALL(timer_gettime),
    CALL(timer_getoverrun), CALL(timer_delete), CALL(clock_settime), CALL(clock_gettime), CALL(clock_getres),
    CALL(clock_nanosleep), CALL(tgkill), CALL(utimes), CALL(mq_open), CALL(mq_unlink), CALL(mq_timedsend),
    CALL(mq_timedreceive), CALL(mq_notify), CALL(mq_getsetattr), CALL(waitid), CALL(ioprio_set), CALL(ioprio_get),
    CALL(inotify_init), CALL(inotify_add_watch), CALL(inotify_rm_watch), CALL(openat), CALL(mkdirat), CALL(mknodat),
    CALL(fchownat), CALL(futimesat), CALL(newfstatat), CALL(unlinkat), CALL(renameat), CALL(linkat), CALL(symlinkat),
    CALL(readlinkat), CALL(fchmodat), CALL(faccessat), CALL(pselect6), CALL(ppoll), CALL(get_robust_list),
    CALL(splice), CALL(tee), CALL(sync_file_range), CALL(vmsplice), CALL(utimensat), CALL(epoll_pwait),
    CALL(signalfd), CALL(timerfd_create), CALL(eventfd), CALL(fallocate), CALL(timerfd_settime),
    CALL(timerfd_gettime), CALL(accept4), CALL(signalfd4), CALL(eventfd2), CALL(epoll_create1), CALL(dup3),
    CALL(pipe2), CALL(inotify_init1), CALL(preadv), CALL(pwritev), CALL(rt_tgsigqueueinfo), CALL(recvmmsg),
    CALL(prlimit64), CALL(syncfs), CALL(sendmmsg), CALL(getcpu), CALL(process_vm_readv), CALL(process_vm_writev),
    CALL(kcmp), CALL(sched_setattr), CALL(sched_getattr), CALL(renameat2), CALL(getrandom), CALL(memfd_create),
    CALL(membarrier), CALL(mlock2), CALL(copy_file_range), CALL(preadv2), CALL(pwritev2), CALL(statx),
    CALL(pidfd_send_signal), CALL(pidfd_open), CALL(close_range), CALL(openat2), CALL(pidfd_getfd), CALL(faccessat2),
    CALL(epoll_pwait2), CALL(getdents), CALL(futex_waitv), CALL(unshare), CALL(setns), CALL(mount), CALL(umount2),
    CALL(execve), CALL(restart_syscall),
    /* newer than some C libraries */
    {"process_madvise", 440}, {"cachestat", 451}, {"fchmodat2", 452}, {"futex_wake", 454}, {"futex_wait", 455}, {"futex_requeue", 456},
};

static int call_number(const char *name) {
    for (size_t i = 0; i < sizeof call_table / sizeof call_table[0]; i++) {
        if (!strcmp(call_table[i].name, name)) return call_table[i].number;
    }
    return -1;
}
#endif
