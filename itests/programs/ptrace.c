/* ptrace(2): a process that watches and changes another one. */
#include "seccompfilter.h"
#include <elf.h>
#include <pthread.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

static long trace(long request, pid_t pid, void *address, long data) {
    return ptrace(request, pid, address, (void *)data);
}

/* Waits for the next stop or the end of a tracee; gives the wait status. */
static int next(pid_t pid) {
    int status = -1;
    REQUIRE(waitpid(pid, &status, __WALL) == pid);
    return status;
}

#define STOPPED(status, code) (WIFSTOPPED(status) && (status) >> 8 == (code))
#define CHECK_STOP(pid, code)                                                                       \
    ({                                                                                              \
        int s_ = next(pid);                                                                         \
        STOPPED(s_, code) || check_fail("%d: status is 0x%x, expected a stop by 0x%x", __LINE__, s_, code); \
    })
#define EVENT(event) (SIGTRAP | (event) << 8)

/* A child that asks to be traced, stops and then runs the statements. */
#define START_TRACEE(...)                                                      \
    ({                                                                         \
        pid_t tracee_ = START_CHILD(                                           \
            if (trace(PTRACE_TRACEME, 0, NULL, 0) != 0) _exit(99);             \
            raise(SIGSTOP);                                                    \
            __VA_ARGS__);                                                      \
        CHECK_STOP(tracee_, SIGSTOP);                                          \
        tracee_;                                                               \
    })

static void finish(pid_t pid, int code) {
    CHECK_OK(trace(PTRACE_CONT, pid, NULL, 0));
    CHECK_EQ(next(pid), EXITED(code));
}

static long tracer_in_status(pid_t pid) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    return status_field(path, "TracerPid");
}

TEST(traceMe_makesTheParentTheTracer) {
    pid_t child = START_TRACEE(_exit(7));
    CHECK_EQ(tracer_in_status(child), getpid());
    CHECK_EQ(state_of(child), 't');
    siginfo_t info;
    CHECK_OK(trace(PTRACE_GETSIGINFO, child, NULL, (long)&info));
    CHECK_EQ(info.si_signo, SIGSTOP);
    finish(child, 7);
}

TEST(signals_stopTheTracee_andCanBeChanged) {
    pid_t child = START_TRACEE(
        signal(SIGUSR2, (void (*)(int))_exit);
        raise(SIGUSR1);
        raise(SIGUSR1);
        _exit(1));
    CHECK_OK(trace(PTRACE_CONT, child, NULL, 0));
    CHECK_STOP(child, SIGUSR1);
    CHECK_OK(trace(PTRACE_CONT, child, NULL, 0)); /* swallowed */
    CHECK_STOP(child, SIGUSR1);
    CHECK_OK(trace(PTRACE_CONT, child, NULL, SIGUSR2)); /* another one */
    CHECK_EQ(next(child), EXITED(SIGUSR2));
}

TEST(fatalSignal_killsWhenLetThrough) {
    pid_t child = START_TRACEE(raise(SIGTERM));
    CHECK_OK(trace(PTRACE_CONT, child, NULL, 0));
    CHECK_STOP(child, SIGTERM);
    CHECK_OK(trace(PTRACE_CONT, child, NULL, SIGTERM));
    int status = next(child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    child = START_TRACEE(pause());
    CHECK_OK(kill(child, SIGKILL));
    status = next(child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static volatile long peeked = 0x1122334455667788;
static const long constant = 0x0102030405060708;

TEST(memory_isReadAndWritten) {
    pid_t child = START_TRACEE(_exit(peeked == 42 && *(volatile const long *)&constant == 43 ? 0 : 1));
    errno = 0;
    CHECK_EQ(trace(PTRACE_PEEKDATA, child, (void *)&peeked, 0), 0x1122334455667788);
    CHECK_EQ(errno, 0);
    CHECK_EQ(trace(PTRACE_PEEKTEXT, child, (void *)&constant, 0), constant);
    CHECK_ERR(trace(PTRACE_PEEKDATA, child, NULL, 0), EIO);
    CHECK_OK(trace(PTRACE_POKEDATA, child, (void *)&peeked, 42));
    CHECK_OK(trace(PTRACE_POKEDATA, child, (void *)&constant, 43)); /* read-only for everybody else */
    CHECK_EQ(peeked, 0x1122334455667788);
    CHECK_EQ(*(volatile const long *)&constant, 0x0102030405060708);
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/mem", child);
    int fd = CHECK_OK(open(path, O_RDWR));
    long word = 0;
    CHECK_EQ(pread(fd, &word, 8, (off_t)&constant), 8);
    CHECK_EQ(word, 43);
    word = 43;
    CHECK_EQ(pwrite(fd, &word, 8, (off_t)&constant), 8);
    struct iovec local = {&word, 8}, remote = {(void *)&peeked, 8};
    CHECK_EQ(process_vm_readv(child, &local, 1, &remote, 1, 0), 8);
    CHECK_EQ(word, 42);
    finish(child, 0);
}

TEST(registers_areReadAndWritten) {
    pid_t child = START_TRACEE(_exit(0));
    struct user_regs_struct regs, again;
    CHECK_OK(trace(PTRACE_GETREGS, child, NULL, (long)&regs));
    CHECK_EQ(regs.cs, 0x33);
    CHECK_EQ(regs.ss, 0x2b);
    CHECK_EQ(trace(PTRACE_PEEKUSER, child, (void *)offsetof(struct user, regs.rip), 0), (long)regs.rip);
    CHECK_OK(trace(PTRACE_POKEUSER, child, (void *)offsetof(struct user, regs.r15), 0x1234));
    struct iovec part = {&again, sizeof again};
    CHECK_OK(trace(PTRACE_GETREGSET, child, (void *)NT_PRSTATUS, (long)&part));
    CHECK_EQ(part.iov_len, sizeof again);
    CHECK_EQ(again.r15, 0x1234);
    CHECK_EQ(again.rip, regs.rip);
    part.iov_len = 16;
    CHECK_OK(trace(PTRACE_GETREGSET, child, (void *)NT_PRSTATUS, (long)&part));
    CHECK_EQ(part.iov_len, 16);
    part.iov_len = 4;
    CHECK_ERR(trace(PTRACE_GETREGSET, child, (void *)NT_PRSTATUS, (long)&part), EINVAL);
    part.iov_len = 16;
    CHECK_ERR(trace(PTRACE_GETREGSET, child, (void *)77, (long)&part), EINVAL);
    CHECK_ERR(trace(PTRACE_PEEKUSER, child, (void *)3, 0), EIO);
    CHECK_ERR(trace(PTRACE_PEEKUSER, child, (void *)(sizeof(struct user) + 16), 0), EIO);
    CHECK_ERR(trace(PTRACE_POKEUSER, child, (void *)offsetof(struct user, regs.cs), 0), EIO);
    CHECK_ERR(trace(PTRACE_POKEUSER, child, (void *)offsetof(struct user, regs.fs_base), -1), EIO);
    struct user_fpregs_struct fp;
    CHECK_OK(trace(PTRACE_GETFPREGS, child, NULL, (long)&fp));
    CHECK_EQ(fp.mxcsr, 0x1f80);
    static char state[16384];
    struct iovec extended = {state, sizeof state};
    CHECK_OK(trace(PTRACE_GETREGSET, child, (void *)NT_X86_XSTATE, (long)&extended));
    CHECK(extended.iov_len >= 576 && extended.iov_len % 8 == 0);
    CHECK_OK(trace(PTRACE_SETREGSET, child, (void *)NT_X86_XSTATE, (long)&extended));
    memset(state + 520, 0xff, 8); /* a compacted form */
    CHECK_ERR(trace(PTRACE_SETREGSET, child, (void *)NT_X86_XSTATE, (long)&extended), EINVAL);
    memset(state + 520, 0, 8);
    memset(state + 528, 1, 1); /* reserved */
    CHECK_ERR(trace(PTRACE_SETREGSET, child, (void *)NT_X86_XSTATE, (long)&extended), EINVAL);
    fp.mxcsr = 0x80001f80;
    CHECK_ERR(trace(PTRACE_SETFPREGS, child, NULL, (long)&fp), EINVAL);
    fp.mxcsr = 0x1f80;
    CHECK_OK(trace(PTRACE_SETFPREGS, child, NULL, (long)&fp));
    CHECK_OK(trace(PTRACE_SETREGS, child, NULL, (long)&regs));
    finish(child, 0);
}

TEST(attach_toAStoppedProcess_waitsForItsStop) {
    for (int i = 0; i < 20; i++) {
        pid_t child = START_CHILD(raise(SIGSTOP); _exit(3););
        int status;
        CHECK_EQ(waitpid(child, &status, WUNTRACED), child);
        CHECK_OK(trace(PTRACE_ATTACH, child, NULL, 0));
        /* no wait: it is stopped for its tracer */
        errno = 0;
        CHECK(trace(PTRACE_PEEKUSER, child, (void *)offsetof(struct user, regs.rip), 0) != -1 || errno == 0);
        CHECK_OK(trace(PTRACE_DETACH, child, NULL, 0));
        CHECK_OK(kill(child, SIGCONT));
        CHECK_EQ(waitpid(child, &status, 0), child);
        CHECK_EQ(WEXITSTATUS(status), 3);
    }
}

TEST(vectorRegisters_canBeChanged) {
    pid_t child = START_TRACEE(
        unsigned long result;
        __asm__ volatile("movq %1, %%xmm7\n int3\n movq %%xmm7, %0" : "=r"(result) : "r"(5L) : "xmm7");
        _exit(result == 9 ? 0 : 1));
    CHECK_OK(trace(PTRACE_CONT, child, NULL, 0));
    CHECK_STOP(child, SIGTRAP);
    struct user_fpregs_struct fp;
    CHECK_OK(trace(PTRACE_GETFPREGS, child, NULL, (long)&fp));
    CHECK_EQ(fp.xmm_space[28], 5);
    fp.xmm_space[28] = 9;
    CHECK_OK(trace(PTRACE_SETFPREGS, child, NULL, (long)&fp));
    finish(child, 0);
}

TEST(systemCalls_areShownAndChanged) {
    pid_t child = START_TRACEE(
        long first = syscall(SYS_lseek, 111, 222, 333);
        long second = syscall(SYS_getuid);
        long third = syscall(SYS_getppid);
        _exit(first == 4711 && second == getpid() && third == 99 ? 0 : 1));
    CHECK_OK(trace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACESYSGOOD));
    struct user_regs_struct regs;
    int seen = 0, status;
    bool entry = true;
    for (;;) {
        CHECK_OK(trace(PTRACE_SYSCALL, child, NULL, 0));
        status = next(child);
        if (!STOPPED(status, SIGTRAP | 0x80)) break;
        CHECK_OK(trace(PTRACE_GETREGS, child, NULL, (long)&regs));
        struct __ptrace_syscall_info info;
        memset(&info, 0, sizeof info);
        long size = CHECK_OK(trace(PTRACE_GET_SYSCALL_INFO, child, (void *)sizeof info, (long)&info));
        if (entry) {
            CHECK_EQ(info.op, PTRACE_SYSCALL_INFO_ENTRY);
            CHECK_EQ(size, 80);
            CHECK_EQ(info.entry.nr, regs.orig_rax);
            CHECK_EQ((long)regs.rax, -ENOSYS);
            CHECK_EQ(info.instruction_pointer, regs.rip);
            if (regs.orig_rax == SYS_lseek) {
                seen++;
                CHECK_EQ(info.entry.args[0], 111);
                CHECK_EQ(info.entry.args[2], 333);
            } else if (regs.orig_rax == SYS_getuid) {
                seen++;
                regs.orig_rax = SYS_getpid; /* another call */
                CHECK_OK(trace(PTRACE_SETREGS, child, NULL, (long)&regs));
            } else if (regs.orig_rax == SYS_getppid) {
                seen++;
                regs.orig_rax = -1; /* none */
                regs.rax = 99;
                CHECK_OK(trace(PTRACE_SETREGS, child, NULL, (long)&regs));
            }
        } else {
            CHECK_EQ(info.op, PTRACE_SYSCALL_INFO_EXIT);
            CHECK_EQ(size, 33);
            CHECK_EQ(info.exit.rval, (long)regs.rax);
            if (regs.orig_rax == SYS_lseek) {
                CHECK_EQ((long)regs.rax, -EBADF);
                CHECK_EQ(info.exit.is_error, 1);
                regs.rax = 4711;
                CHECK_OK(trace(PTRACE_SETREGS, child, NULL, (long)&regs));
            }
        }
        entry = !entry;
    }
    CHECK_EQ(seen, 3);
    CHECK_EQ(status, EXITED(0));
}

TEST(emulatedCalls_areNotMade) {
    pid_t child = START_TRACEE(_exit(syscall(SYS_getpid) == 1234 ? 0 : 1));
    struct user_regs_struct regs;
    CHECK_OK(trace(PTRACE_SYSEMU, child, NULL, 0));
    CHECK_STOP(child, SIGTRAP);
    CHECK_OK(trace(PTRACE_GETREGS, child, NULL, (long)&regs));
    CHECK_EQ(regs.orig_rax, SYS_getpid);
    regs.rax = 1234;
    CHECK_OK(trace(PTRACE_SETREGS, child, NULL, (long)&regs));
    finish(child, 0);
}

TEST(singleSteps_executeOneInstruction) {
    pid_t child = START_TRACEE(
        long result;
        __asm__ volatile("int3\n mov $1, %%eax\n add $2, %%eax\n add $3, %%eax\n mov $39, %%ecx\n cltq" : "=a"(result) : : "rcx");
        _exit(result));
    struct user_regs_struct regs;
    CHECK_OK(trace(PTRACE_CONT, child, NULL, 0));
    CHECK_STOP(child, SIGTRAP);
    long expected[] = {1, 3, 6};
    for (int i = 0; i < 3; i++) {
        CHECK_OK(trace(PTRACE_SINGLESTEP, child, NULL, 0));
        CHECK_STOP(child, SIGTRAP);
        siginfo_t info;
        CHECK_OK(trace(PTRACE_GETSIGINFO, child, NULL, (long)&info));
        CHECK_EQ(info.si_code, TRAP_TRACE);
        CHECK_OK(trace(PTRACE_GETREGS, child, NULL, (long)&regs));
        CHECK_EQ(regs.rax & 0xffffffff, expected[i]);
        CHECK_EQ(regs.eflags & 0x100, 0);
    }
    finish(child, 6);
}

TEST(singleStep_overASystemCall_stopsBehindIt) {
    pid_t child = START_TRACEE(
        long result;
        __asm__ volatile("int3\n syscall\n nop\n nop" : "=a"(result) : "a"(SYS_getpid) : "rcx", "r11", "memory");
        _exit(result == getpid() ? 0 : 1));
    struct user_regs_struct before, after;
    CHECK_OK(trace(PTRACE_CONT, child, NULL, 0));
    CHECK_STOP(child, SIGTRAP);
    CHECK_OK(trace(PTRACE_GETREGS, child, NULL, (long)&before));
    CHECK_OK(trace(PTRACE_SINGLESTEP, child, NULL, 0));
    CHECK_STOP(child, SIGTRAP);
    CHECK_OK(trace(PTRACE_GETREGS, child, NULL, (long)&after));
    CHECK_EQ(after.rip, before.rip + 2);
    CHECK_EQ(after.rax, child);
    finish(child, 0);
}

static int __attribute__((noinline)) broken(int value) { return value + 1; }

TEST(breakpoints_areHit) {
    pid_t child = START_TRACEE(_exit(broken(4)));
    long word = trace(PTRACE_PEEKTEXT, child, (void *)broken, 0);
    CHECK_OK(trace(PTRACE_POKETEXT, child, (void *)broken, (word & ~0xffL) | 0xcc));
    CHECK_OK(trace(PTRACE_CONT, child, NULL, 0));
    CHECK_STOP(child, SIGTRAP);
    struct user_regs_struct regs;
    CHECK_OK(trace(PTRACE_GETREGS, child, NULL, (long)&regs));
    CHECK_EQ(regs.rip, (long)broken + 1);
    CHECK_EQ(regs.rdi, 4);
    CHECK_OK(trace(PTRACE_POKETEXT, child, (void *)broken, word));
    regs.rip--;
    regs.rdi = 10;
    CHECK_OK(trace(PTRACE_SETREGS, child, NULL, (long)&regs));
    finish(child, 11);
    CHECK_EQ(broken(1), 2);
}

TEST(attach_stopsARunningProcess_detachLetsItGo) {
    volatile int *shared = shared_memory(4096);
    pid_t child = START_CHILD(while (*shared == 0); _exit(5));
    CHECK_OK(trace(PTRACE_ATTACH, child, NULL, 0));
    CHECK_STOP(child, SIGSTOP);
    CHECK_EQ(tracer_in_status(child), getpid());
    CHECK_ERR(trace(PTRACE_ATTACH, child, NULL, 0), EPERM);
    CHECK_OK(trace(PTRACE_DETACH, child, NULL, 0));
    CHECK_EQ(tracer_in_status(child), 0);
    CHECK_ERR(trace(PTRACE_CONT, child, NULL, 0), ESRCH);
    *shared = 1;
    CHECK_EQ(wait_for(child), EXITED(5));
}

TEST(attach_toASleeper_restartsItsCall) {
    int ends[2];
    REQUIRE_OK(pipe(ends));
    pid_t child = START_CHILD(char byte; _exit(read(ends[0], &byte, 1) == 1 ? byte : 100));
    EVENTUALLY(state_of(child) == 'S');
    CHECK_OK(trace(PTRACE_ATTACH, child, NULL, 0));
    CHECK_STOP(child, SIGSTOP);
    struct user_regs_struct regs;
    CHECK_OK(trace(PTRACE_GETREGS, child, NULL, (long)&regs));
    CHECK_EQ(regs.orig_rax, SYS_read);
    CHECK_EQ((long)regs.rax, -512 /* ERESTARTSYS */);
    CHECK_OK(trace(PTRACE_CONT, child, NULL, 0));
    CHECK_EQ(write(ends[1], "\x21", 1), 1);
    CHECK_EQ(next(child), EXITED(0x21));
}

TEST(seize_interrupt_andListen) {
    pid_t child = START_CHILD(for (;;) pause());
    CHECK_OK(trace(PTRACE_SEIZE, child, NULL, PTRACE_O_TRACESYSGOOD));
    CHECK_ERR(trace(PTRACE_CONT, child, NULL, 0), ESRCH);
    CHECK_OK(trace(PTRACE_INTERRUPT, child, NULL, 0));
    CHECK_STOP(child, EVENT(PTRACE_EVENT_STOP));
    CHECK_ERR(trace(PTRACE_CONT, child, NULL, 77), EIO);
    CHECK_OK(trace(PTRACE_CONT, child, NULL, 0));
    CHECK_OK(kill(child, SIGSTOP));
    CHECK_STOP(child, SIGSTOP);
    CHECK_OK(trace(PTRACE_CONT, child, NULL, SIGSTOP));
    CHECK_STOP(child, SIGSTOP | PTRACE_EVENT_STOP << 8);
    CHECK_OK(trace(PTRACE_LISTEN, child, NULL, 0));
    int status;
    CHECK_EQ(waitpid(child, &status, WNOHANG | __WALL), 0);
    CHECK_OK(kill(child, SIGCONT));
    CHECK_STOP(child, EVENT(PTRACE_EVENT_STOP));
    CHECK_OK(trace(PTRACE_CONT, child, NULL, 0));
    CHECK_STOP(child, SIGCONT);
    CHECK_OK(trace(PTRACE_CONT, child, NULL, SIGCONT));
    CHECK_OK(kill(child, SIGKILL));
    status = next(child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    CHECK_ERR(trace(PTRACE_SEIZE, getppid(), (void *)1, 0), EIO);
}

TEST(groupStop_ofAnAttachedTracee_hasNoSiginfo) {
    pid_t child = START_TRACEE(raise(SIGTSTP); _exit(3));
    setpgid(child, child);
    CHECK_OK(trace(PTRACE_CONT, child, NULL, 0));
    CHECK_STOP(child, SIGTSTP);
    CHECK_OK(trace(PTRACE_CONT, child, NULL, SIGSTOP));
    CHECK_STOP(child, SIGSTOP);
    siginfo_t info;
    CHECK_ERR(trace(PTRACE_GETSIGINFO, child, NULL, (long)&info), EINVAL);
    finish(child, 3);
}

TEST(forkEvents_bringTheChildAlong) {
    pid_t child = START_TRACEE(int status = IN_CHILD(_exit(6)); _exit(WEXITSTATUS(status)));
    CHECK_OK(trace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACEFORK | PTRACE_O_TRACEEXIT));
    CHECK_OK(trace(PTRACE_CONT, child, NULL, 0));
    CHECK_STOP(child, EVENT(PTRACE_EVENT_FORK));
    unsigned long grandchild = 0, code = 0;
    CHECK_OK(trace(PTRACE_GETEVENTMSG, child, NULL, (long)&grandchild));
    CHECK((pid_t)grandchild > 0 && (pid_t)grandchild != child);
    CHECK_STOP((pid_t)grandchild, SIGSTOP);
    CHECK_OK(trace(PTRACE_CONT, child, NULL, 0));
    CHECK_OK(trace(PTRACE_CONT, grandchild, NULL, 0));
    CHECK_STOP((pid_t)grandchild, EVENT(PTRACE_EVENT_EXIT));
    CHECK_OK(trace(PTRACE_GETEVENTMSG, grandchild, NULL, (long)&code));
    CHECK_EQ(code, EXITED(6));
    CHECK_OK(trace(PTRACE_CONT, grandchild, NULL, 0));
    CHECK_EQ(next(grandchild), EXITED(6)); /* the tracer first, then the parent */
    int status = next(child);
    if (STOPPED(status, SIGCHLD)) CHECK_OK(trace(PTRACE_CONT, child, NULL, SIGCHLD)), status = next(child);
    CHECK(STOPPED(status, EVENT(PTRACE_EVENT_EXIT)));
    finish(child, 6);
}

TEST(vforkAndExecEvents) {
    pid_t child = START_TRACEE(
        pid_t inner = vfork();
        if (inner == 0) {
            execl("/bin/true", "true", NULL);
            _exit(9);
        }
        int status;
        waitpid(inner, &status, 0);
        _exit(WEXITSTATUS(status)));
    CHECK_OK(trace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACEVFORK | PTRACE_O_TRACEVFORKDONE | PTRACE_O_TRACEEXEC));
    CHECK_OK(trace(PTRACE_CONT, child, NULL, 0));
    CHECK_STOP(child, EVENT(PTRACE_EVENT_VFORK));
    unsigned long inner = 0, message = 0;
    CHECK_OK(trace(PTRACE_GETEVENTMSG, child, NULL, (long)&inner));
    CHECK_STOP((pid_t)inner, SIGSTOP);
    CHECK_OK(trace(PTRACE_CONT, child, NULL, 0));
    CHECK_OK(trace(PTRACE_CONT, inner, NULL, 0));
    CHECK_STOP((pid_t)inner, EVENT(PTRACE_EVENT_EXEC));
    CHECK_OK(trace(PTRACE_GETEVENTMSG, inner, NULL, (long)&message));
    CHECK_EQ(message, inner);
    CHECK_STOP(child, EVENT(PTRACE_EVENT_VFORK_DONE));
    CHECK_OK(trace(PTRACE_CONT, child, NULL, 0));
    CHECK_OK(trace(PTRACE_CONT, inner, NULL, 0));
    CHECK_EQ(next(inner), EXITED(0));
    int status = next(child);
    while (WIFSTOPPED(status)) CHECK_OK(trace(PTRACE_CONT, child, NULL, WSTOPSIG(status))), status = next(child);
    CHECK_EQ(status, EXITED(0));
}

TEST(exec_withoutTheOption_isASigtrap) {
    pid_t child = START_TRACEE(execl("/bin/true", "true", NULL));
    CHECK_OK(trace(PTRACE_CONT, child, NULL, 0));
    CHECK_STOP(child, SIGTRAP);
    siginfo_t info;
    CHECK_OK(trace(PTRACE_GETSIGINFO, child, NULL, (long)&info));
    CHECK_EQ(info.si_code, SI_USER);
    struct user_regs_struct regs;
    CHECK_OK(trace(PTRACE_GETREGS, child, NULL, (long)&regs));
    CHECK_EQ(regs.rax, 0);
    finish(child, 0);
}

static void *thread_body(void *unused) {
    (void)unused;
    return NULL;
}

TEST(cloneEvents_bringThreadsAlong) {
    pid_t child = START_TRACEE(
        pthread_t thread;
        pthread_create(&thread, NULL, thread_body, NULL);
        pthread_join(thread, NULL);
        _exit(4));
    CHECK_OK(trace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACECLONE));
    CHECK_OK(trace(PTRACE_CONT, child, NULL, 0));
    CHECK_STOP(child, EVENT(PTRACE_EVENT_CLONE));
    unsigned long thread = 0;
    CHECK_OK(trace(PTRACE_GETEVENTMSG, child, NULL, (long)&thread));
    CHECK_STOP((pid_t)thread, SIGSTOP);
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task/%d/status", child, (int)thread);
    CHECK_EQ(status_field(path, "TracerPid"), getpid());
    CHECK_OK(trace(PTRACE_CONT, child, NULL, 0));
    CHECK_OK(trace(PTRACE_CONT, thread, NULL, 0));
    int status = next(thread); /* the end of the process may be faster than the tracer */
    CHECK(status == EXITED(0) || status == EXITED(4));
    CHECK_EQ(next(child), EXITED(4));
}

TEST(exitKill_endsTheTraceesWithTheTracer) {
    int ends[2];
    REQUIRE_OK(pipe(ends));
    pid_t tracer = START_CHILD(
        pid_t child = START_CHILD(for (;;) pause());
        REQUIRE_OK(trace(PTRACE_SEIZE, child, NULL, PTRACE_O_EXITKILL));
        write(ends[1], &child, sizeof child));
    pid_t child = 0;
    CHECK_EQ(read(ends[0], &child, sizeof child), sizeof child);
    CHECK_EQ(wait_for(tracer), 0);
    EVENTUALLY(kill(child, 0) != 0 || state_of(child) == 'Z' || state_of(child) == '-');
}

TEST(tracerGone_traceesGoOn) {
    volatile int *shared = shared_memory(4096);
    pid_t child = START_CHILD(while (*shared != 2) sleep_ms(1); _exit(8));
    pid_t tracer = START_CHILD(
        REQUIRE_OK(trace(PTRACE_ATTACH, child, NULL, 0));
        next(child);
        *shared = 1);
    CHECK_EQ(wait_for(tracer), 0);
    *shared = 2;
    CHECK_EQ(tracer_in_status(child), 0);
    CHECK_EQ(wait_for(child), EXITED(8));
}

TEST(tracerOfAnothersChild_seesTheEndFirst) {
    int ends[2];
    REQUIRE_OK(pipe(ends));
    pid_t child = START_CHILD(char byte; read(ends[0], &byte, 1); _exit(12));
    volatile int *seen = shared_memory(4096);
    pid_t tracer = START_CHILD(
        REQUIRE_OK(trace(PTRACE_SEIZE, child, NULL, 0));
        *seen = 1;
        siginfo_t info;
        REQUIRE_OK(waitid(P_PID, child, &info, WEXITED | WNOWAIT));
        CHECK_EQ(info.si_status, 12);
        sleep_ms(50);
        *seen = 2;
        CHECK_EQ(next(child), EXITED(12)));
    EVENTUALLY(*seen == 1);
    int status;
    CHECK_EQ(waitpid(child, &status, WNOHANG), 0);
    write(ends[1], "x", 1);
    CHECK_EQ(wait_for(child), EXITED(12));
    CHECK_EQ(*seen, 2);
    CHECK_EQ(wait_for(tracer), 0);
}

TEST(requests_areChecked) {
    pid_t child = START_CHILD(for (;;) pause());
    CHECK_ERR(trace(PTRACE_CONT, child, NULL, 0), ESRCH);
    CHECK_ERR(trace(PTRACE_ATTACH, getpid(), NULL, 0), EPERM);
    CHECK_ERR(trace(PTRACE_ATTACH, 99999, NULL, 0), ESRCH);
    CHECK_OK(trace(PTRACE_ATTACH, child, NULL, 0));
    CHECK_STOP(child, SIGSTOP);
    CHECK_ERR(trace(PTRACE_CONT, child, NULL, 65), EIO);
    CHECK_ERR(trace(PTRACE_SETOPTIONS, child, NULL, 0x1000), EINVAL);
    CHECK_ERR(trace(0x7777, child, NULL, 0), EIO);
    CHECK_ERR(trace(PTRACE_INTERRUPT, child, NULL, 0), EIO);
    CHECK_ERR(trace(PTRACE_GETREGS, child, NULL, 8), EFAULT);
    kill(child, SIGKILL);
    wait_for(child);
}

TEST(otherUsers_mayNotBeTraced) {
    need_root();
    pid_t child = START_CHILD(for (;;) pause());
    CHECK_EQ(IN_CHILD(
        REQUIRE_OK(setgid(65534));
        REQUIRE_OK(setuid(65534));
        CHECK_ERR(trace(PTRACE_ATTACH, child, NULL, 0), EPERM);
        CHECK_ERR(trace(PTRACE_SEIZE, child, NULL, 0), EPERM)), 0);
    kill(child, SIGKILL);
    wait_for(child);
}

TEST(signalMask_isReadAndSet) {
    pid_t child = START_TRACEE(
        sigset_t mask;
        sigprocmask(SIG_SETMASK, NULL, &mask);
        _exit(sigismember(&mask, SIGUSR1) ? 0 : 1));
    uint64_t mask = 1;
    CHECK_OK(trace(PTRACE_GETSIGMASK, child, (void *)8, (long)&mask));
    CHECK_ERR(trace(PTRACE_GETSIGMASK, child, (void *)4, (long)&mask), EINVAL);
    mask |= 1UL << (SIGUSR1 - 1);
    CHECK_OK(trace(PTRACE_SETSIGMASK, child, (void *)8, (long)&mask));
    finish(child, 0);
}

TEST(pendingSignals_canBeSeen) {
    pid_t child = START_TRACEE(
        sigset_t mask;
        sigfillset(&mask);
        sigprocmask(SIG_SETMASK, &mask, NULL);
        union sigval value = {.sival_int = 5};
        sigqueue(getpid(), SIGRTMIN, value);
        sigqueue(getpid(), SIGRTMIN + 1, value);
        syscall(SYS_getppid);
        _exit(0));
    CHECK_OK(trace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACESYSGOOD));
    for (;;) {
        CHECK_OK(trace(PTRACE_SYSCALL, child, NULL, 0));
        CHECK_STOP(child, SIGTRAP | 0x80);
        if (trace(PTRACE_PEEKUSER, child, (void *)offsetof(struct user, regs.orig_rax), 0) == SYS_getppid) break;
    }
    struct __ptrace_peeksiginfo_args arguments = {0, PTRACE_PEEKSIGINFO_SHARED, 5};
    siginfo_t infos[5];
    CHECK_EQ(trace(PTRACE_PEEKSIGINFO, child, &arguments, (long)infos), 2);
    CHECK_EQ(infos[0].si_signo, SIGRTMIN);
    CHECK_EQ(infos[1].si_value.sival_int, 5);
    arguments.off = 1;
    CHECK_EQ(trace(PTRACE_PEEKSIGINFO, child, &arguments, (long)infos), 1);
    arguments.off = 0;
    char *room = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK_OK(mprotect(room + 4096, 4096, PROT_READ));
    CHECK_EQ(trace(PTRACE_PEEKSIGINFO, child, &arguments, (long)(room + 4096 - sizeof *infos)), 1);
    CHECK_ERR(trace(PTRACE_PEEKSIGINFO, child, &arguments, (long)(room + 4096)), EFAULT);
    arguments.flags = 0;
    CHECK_EQ(trace(PTRACE_PEEKSIGINFO, child, &arguments, (long)infos), 0);
    kill(child, SIGKILL);
    wait_for(child);
}

TEST(seccompEvents_letTheTracerDecide) {
    pid_t child = START_TRACEE(
        no_new_privileges();
        REQUIRE_OK(ANSWER_CALL(0, SYS_getppid, SECCOMP_RET_TRACE | 0x1234));
        long first = syscall(SYS_getppid);
        long second = syscall(SYS_getppid);
        _exit(first == 55 && second == getpid() ? 0 : 2));
    CHECK_OK(trace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACESECCOMP));
    CHECK_OK(trace(PTRACE_CONT, child, NULL, 0));
    CHECK_STOP(child, EVENT(PTRACE_EVENT_SECCOMP));
    unsigned long message = 0;
    CHECK_OK(trace(PTRACE_GETEVENTMSG, child, NULL, (long)&message));
    CHECK_EQ(message, 0x1234);
    struct __ptrace_syscall_info info;
    memset(&info, 0, sizeof info);
    CHECK_EQ(trace(PTRACE_GET_SYSCALL_INFO, child, (void *)sizeof info, (long)&info), 84);
    CHECK_EQ(info.op, PTRACE_SYSCALL_INFO_SECCOMP);
    CHECK_EQ(info.seccomp.nr, SYS_getppid);
    CHECK_EQ(info.seccomp.ret_data, 0x1234);
    struct user_regs_struct regs;
    CHECK_OK(trace(PTRACE_GETREGS, child, NULL, (long)&regs));
    regs.orig_rax = -1;
    regs.rax = 55;
    CHECK_OK(trace(PTRACE_SETREGS, child, NULL, (long)&regs));
    CHECK_OK(trace(PTRACE_CONT, child, NULL, 0));
    CHECK_STOP(child, EVENT(PTRACE_EVENT_SECCOMP));
    CHECK_OK(trace(PTRACE_GETREGS, child, NULL, (long)&regs));
    regs.orig_rax = SYS_getpid;
    CHECK_OK(trace(PTRACE_SETREGS, child, NULL, (long)&regs));
    CHECK_OK(trace(PTRACE_CONT, child, NULL, 0));
    CHECK_EQ(next(child), EXITED(0));
}

TEST(signalDuringAStop_interruptsTheCallThatFollows) {
    int pipe_ends[2];
    REQUIRE_OK(pipe(pipe_ends));
    pid_t child = START_TRACEE(
        char byte;
        no_new_privileges();
        REQUIRE_OK(ANSWER_CALL(0, SYS_read, SECCOMP_RET_TRACE));
        _exit(read(pipe_ends[0], &byte, 1) == 1 ? byte : 1));
    CHECK_OK(trace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACESECCOMP));
    CHECK_OK(trace(PTRACE_CONT, child, NULL, 0));
    CHECK_STOP(child, EVENT(PTRACE_EVENT_SECCOMP));
    CHECK_OK(kill(child, SIGSTOP));
    CHECK_OK(trace(PTRACE_CONT, child, NULL, 0));
    CHECK_STOP(child, SIGSTOP);
    CHECK_OK(trace(PTRACE_CONT, child, NULL, 0));
    CHECK_STOP(child, EVENT(PTRACE_EVENT_SECCOMP)); /* the call is made again */
    CHECK_EQ(write(pipe_ends[1], "\7", 1), 1);
    finish(child, 7);
}

TEST(restartCodes_ofTheTracer_areNumbersWithoutASignal) {
    pid_t child = START_TRACEE(_exit(syscall(SYS_getppid) == -1 && errno == 512 ? 0 : 1));
    CHECK_OK(trace(PTRACE_SYSCALL, child, NULL, 0));
    CHECK_STOP(child, SIGTRAP);
    CHECK_OK(trace(PTRACE_SYSCALL, child, NULL, 0));
    CHECK_STOP(child, SIGTRAP);
    struct user_regs_struct regs;
    CHECK_OK(trace(PTRACE_GETREGS, child, NULL, (long)&regs));
    CHECK_EQ(regs.orig_rax, SYS_getppid);
    regs.rax = -512;
    CHECK_OK(trace(PTRACE_SETREGS, child, NULL, (long)&regs));
    finish(child, 0);
}

TEST(filters_canBeRead) {
    need_root();
    pid_t child = START_TRACEE(
        REQUIRE_OK(ANSWER_CALL(0, SYS_getppid, SECCOMP_RET_ERRNO | 1));
        REQUIRE_OK(INSTALL(SECCOMP_FILTER_FLAG_LOG, ANSWER(SECCOMP_RET_ALLOW)));
        raise(SIGUSR1));
    struct sock_filter program[16];
    CHECK_ERR(trace(PTRACE_SECCOMP_GET_FILTER, child, 0, (long)program), EINVAL);
    CHECK_OK(trace(PTRACE_CONT, child, NULL, 0));
    CHECK_STOP(child, SIGUSR1);
    CHECK_EQ(trace(PTRACE_SECCOMP_GET_FILTER, child, (void *)0, 0), 4);
    CHECK_EQ(trace(PTRACE_SECCOMP_GET_FILTER, child, (void *)0, (long)program), 4);
    CHECK_EQ(program[1].k, SYS_getppid);
    CHECK_EQ(trace(PTRACE_SECCOMP_GET_FILTER, child, (void *)1, (long)program), 1);
    CHECK_ERR(trace(PTRACE_SECCOMP_GET_FILTER, child, (void *)2, (long)program), ENOENT);
    kill(child, SIGKILL);
    wait_for(child);
}

/* A place that is used often: a kernel that has a shorter way than the instruction must not take it now. */
static long __attribute__((noinline)) hot_getpid(void) {
    long result;
    __asm__ volatile("mov $39, %%eax\n syscall" : "=a"(result) : : "rcx", "r11", "memory");
    return result;
}

TEST(hotCalls_areSeenByTheTracer) {
    pid_t child = START_CHILD(
        for (int i = 0; i < 3000; i++) hot_getpid();
        raise(SIGSTOP);
        for (int i = 0; i < 20; i++) if (hot_getpid() != 7000 + i) _exit(1);
        _exit(0));
    int status;
    REQUIRE(waitpid(child, &status, WUNTRACED) == child);
    CHECK_OK(trace(PTRACE_SEIZE, child, NULL, PTRACE_O_TRACESYSGOOD));
    CHECK_STOP(child, SIGSTOP | PTRACE_EVENT_STOP << 8);
    CHECK_OK(kill(child, SIGCONT));
    int count = 0;
    bool entry = true;
    CHECK_OK(trace(PTRACE_SYSCALL, child, NULL, 0));
    for (;;) {
        status = next(child);
        if (!WIFSTOPPED(status)) break;
        int deliver = 0;
        if (STOPPED(status, SIGTRAP | 0x80)) {
            struct __ptrace_syscall_info info;
            memset(&info, 0, sizeof info);
            trace(PTRACE_GET_SYSCALL_INFO, child, (void *)sizeof info, (long)&info);
            entry = info.op == PTRACE_SYSCALL_INFO_ENTRY;
            struct user_regs_struct regs;
            CHECK_OK(trace(PTRACE_GETREGS, child, NULL, (long)&regs));
            if (!entry && regs.orig_rax == SYS_getpid && count < 20) {
                regs.rax = 7000 + count++;
                CHECK_OK(trace(PTRACE_SETREGS, child, NULL, (long)&regs));
            }
        } else if (status >> 16 == 0) {
            deliver = WSTOPSIG(status);
        }
        CHECK_OK(trace(PTRACE_SYSCALL, child, NULL, deliver));
    }
    CHECK_EQ(count, 20);
    CHECK_EQ(status, EXITED(0));
}

static void *spin_getpid(void *stop) {
    while (!*(volatile int *)stop) hot_getpid();
    return NULL;
}

TEST(busyThreads_areAttachedAndReleased) {
    volatile int *stop = shared_memory(4096);
    pid_t child = START_CHILD(
        pthread_t threads[3];
        for (int i = 0; i < 3; i++) pthread_create(&threads[i], NULL, spin_getpid, (void *)stop);
        for (int i = 0; i < 3; i++) pthread_join(threads[i], NULL);
        _exit(2));
    sleep_ms(100);
    for (int round = 0; round < 20; round++) {
        CHECK_OK(trace(PTRACE_SEIZE, child, NULL, 0));
        CHECK_OK(trace(PTRACE_INTERRUPT, child, NULL, 0));
        CHECK_STOP(child, EVENT(PTRACE_EVENT_STOP));
        CHECK_OK(trace(PTRACE_DETACH, child, NULL, 0));
    }
    *stop = 1;
    CHECK_EQ(wait_for(child), EXITED(2));
}

TEST(detachedInAGroupStop_staysStopped) {
    pid_t child = START_CHILD(for (;;) pause());
    setpgid(child, child);
    CHECK_OK(trace(PTRACE_SEIZE, child, NULL, 0));
    CHECK_OK(kill(child, SIGSTOP));
    CHECK_STOP(child, SIGSTOP);
    CHECK_OK(trace(PTRACE_CONT, child, NULL, SIGSTOP));
    CHECK_STOP(child, SIGSTOP | PTRACE_EVENT_STOP << 8);
    CHECK_OK(trace(PTRACE_DETACH, child, NULL, 0));
    sleep_ms(30);
    CHECK_EQ(state_of(child), 'T');
    CHECK_OK(kill(child, SIGCONT));
    EVENTUALLY(state_of(child) == 'S');
    CHECK_OK(kill(child, SIGTERM));
    int status = wait_for(child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

TEST(continuedInAGroupStop_takesSignalsAgain) {
    pid_t child = START_TRACEE(signal(SIGUSR1, (void (*)(int))_exit); for (;;) pause());
    CHECK_OK(trace(PTRACE_CONT, child, NULL, SIGSTOP));
    CHECK_STOP(child, SIGSTOP);
    CHECK_OK(trace(PTRACE_CONT, child, NULL, 0));
    EVENTUALLY(state_of(child) == 'S');
    CHECK_OK(kill(child, SIGUSR1));
    CHECK_STOP(child, SIGUSR1);
    CHECK_OK(trace(PTRACE_CONT, child, NULL, SIGUSR1));
    CHECK_EQ(next(child), EXITED(SIGUSR1));
}

TEST(attachToAStoppedProcess_isAStopAtOnce) {
    pid_t child = START_CHILD(for (;;) pause());
    CHECK_OK(kill(child, SIGSTOP));
    int status;
    CHECK_EQ(waitpid(child, &status, WUNTRACED), child);
    CHECK_OK(trace(PTRACE_ATTACH, child, NULL, 0));
    CHECK_STOP(child, SIGSTOP);
    CHECK_OK(trace(PTRACE_DETACH, child, NULL, 0));
    CHECK_OK(kill(child, SIGKILL));
    wait_for(child);
}

/* What strace does with a program that it starts. */
TEST(endOfAStopThatRacesWithTheTracer_isTold) {
    for (int i = 0; i < 200; i++) {
        pid_t child = fork();
        if (child == 0) {
            raise(SIGSTOP);
            _exit(3);
        }
        int status;
        CHECK_EQ(waitpid(child, &status, WUNTRACED), child);
        CHECK_OK(ptrace(PTRACE_SEIZE, child, 0, 0));
        CHECK_OK(ptrace(PTRACE_INTERRUPT, child, 0, 0));
        CHECK_OK(kill(child, SIGCONT));
        while (waitpid(child, &status, __WALL) == child && WIFSTOPPED(status)) {
            int event = status >> 16, signal = WSTOPSIG(status);
            if (event == PTRACE_EVENT_STOP && signal == SIGSTOP)
                ptrace(PTRACE_LISTEN, child, 0, 0);
            else
                ptrace(PTRACE_CONT, child, 0, event ? 0 : signal);
        }
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 3);
    }
}

TEST(seizedAndContinuedAtOnce_tellsOfBoth) {
    for (int round = 0; round < 30; round++) {
        pid_t child = START_CHILD(raise(SIGSTOP); _exit(3));
        int status;
        REQUIRE(waitpid(child, &status, WUNTRACED) == child);
        CHECK_OK(trace(PTRACE_SEIZE, child, NULL, 0));
        CHECK_OK(trace(PTRACE_INTERRUPT, child, NULL, 0));
        CHECK_OK(kill(child, SIGCONT));
        bool continued = false;
        for (status = next(child); WIFSTOPPED(status); status = next(child)) {
            bool group = status >> 16 == PTRACE_EVENT_STOP;
            if (group && WSTOPSIG(status) == SIGSTOP) CHECK_OK(trace(PTRACE_LISTEN, child, NULL, 0));
            else CHECK_OK(trace(PTRACE_CONT, child, NULL, group ? 0 : WSTOPSIG(status)));
            continued |= group && WSTOPSIG(status) == SIGTRAP;
        }
        CHECK(continued);
        CHECK_EQ(status, EXITED(3));
    }
}

/* include/uapi/linux/ptrace.h: newer than many headers */
#define SET_SYSCALL_INFO 0x4212
#define SET_DISPATCH 0x4210
#define GET_DISPATCH 0x4211
struct dispatch {
    uint64_t mode, selector, offset, length;
};
struct call_info {
    uint8_t op, reserved;
    uint16_t flags;
    uint32_t arch;
    uint64_t ip, sp;
    uint64_t words[8];
};

TEST(callInfo_canBeChanged) {
    pid_t child = START_TRACEE(
        long first = syscall(SYS_getppid);
        long second = syscall(SYS_getuid);
        int error = errno;
        long third = syscall(SYS_gettid);
        _exit(first == 17 && second == -1 && error == ENOTTY && third == -1 ? 0 : 1));
    struct call_info info = {0};
    CHECK_OK(trace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACESYSGOOD));
    CHECK_ERR(trace(SET_SYSCALL_INFO, child, (void *)sizeof info, (long)&info), EINVAL);
    CHECK_OK(trace(PTRACE_SYSCALL, child, NULL, 0));
    CHECK_STOP(child, SIGTRAP | 0x80);
    if (trace(SET_SYSCALL_INFO, child, (void *)sizeof info, 8) < 0 && errno == EIO) {
        kill(child, SIGKILL);
        SKIP("this kernel does not change calls so");
    }
    CHECK_EQ(trace(PTRACE_GET_SYSCALL_INFO, child, (void *)sizeof info, (long)&info), 80);
    CHECK_ERR(trace(SET_SYSCALL_INFO, child, (void *)sizeof info - 1, (long)&info), EINVAL);
    CHECK_ERR(trace(SET_SYSCALL_INFO, child, (void *)sizeof info, 8), EFAULT);
    info.flags = 1;
    CHECK_ERR(trace(SET_SYSCALL_INFO, child, (void *)sizeof info, (long)&info), EINVAL);
    info.flags = 0;
    info.op = PTRACE_SYSCALL_INFO_EXIT;
    CHECK_ERR(trace(SET_SYSCALL_INFO, child, (void *)sizeof info, (long)&info), EINVAL);
    info.op = PTRACE_SYSCALL_INFO_ENTRY;
    info.words[0] = 1L << 33;
    CHECK_ERR(trace(SET_SYSCALL_INFO, child, (void *)sizeof info, (long)&info), ERANGE);
    /* dup2(1, 17) instead of getppid */
    info.words[0] = SYS_dup2;
    info.words[1] = 1;
    info.words[2] = 17;
    CHECK_OK(trace(SET_SYSCALL_INFO, child, (void *)sizeof info, (long)&info));
    CHECK_OK(trace(PTRACE_SYSCALL, child, NULL, 0));
    CHECK_STOP(child, SIGTRAP | 0x80);
    CHECK_EQ(trace(PTRACE_GET_SYSCALL_INFO, child, (void *)sizeof info, (long)&info), 33);
    CHECK_EQ(info.words[0], 17);
    CHECK_OK(trace(PTRACE_SYSCALL, child, NULL, 0));
    CHECK_STOP(child, SIGTRAP | 0x80);
    CHECK_OK(trace(PTRACE_SYSCALL, child, NULL, 0));
    CHECK_STOP(child, SIGTRAP | 0x80);
    CHECK_OK(trace(PTRACE_GET_SYSCALL_INFO, child, (void *)sizeof info, (long)&info));
    info.words[0] = -ENOTTY;
    info.words[1] = 1;
    CHECK_OK(trace(SET_SYSCALL_INFO, child, (void *)sizeof info, (long)&info));
    CHECK_OK(trace(PTRACE_SYSCALL, child, NULL, 0));
    CHECK_STOP(child, SIGTRAP | 0x80);
    CHECK_OK(trace(PTRACE_GET_SYSCALL_INFO, child, (void *)sizeof info, (long)&info));
    info.words[0] = -1;
    CHECK_OK(trace(SET_SYSCALL_INFO, child, (void *)sizeof info, (long)&info));
    finish(child, 0);
}

TEST(userDispatch_isReadAndSet) {
    static volatile unsigned char selector;
    pid_t child = START_TRACEE(
        prctl(59 /* PR_SET_SYSCALL_USER_DISPATCH */, 1, 0x1000, 0x2000, &selector);
        raise(SIGUSR1);
        syscall(SYS_getppid);
        _exit(0));
    struct dispatch config;
    CHECK_ERR(trace(GET_DISPATCH, child, (void *)sizeof config - 8, (long)&config), EINVAL);
    CHECK_ERR(trace(GET_DISPATCH, child, (void *)sizeof config, 8), EFAULT);
    CHECK_OK(trace(GET_DISPATCH, child, (void *)sizeof config, (long)&config));
    CHECK_EQ(config.mode | config.selector | config.offset | config.length, 0);
    CHECK_OK(trace(PTRACE_CONT, child, NULL, 0));
    CHECK_STOP(child, SIGUSR1);
    CHECK_OK(trace(GET_DISPATCH, child, (void *)sizeof config, (long)&config));
    CHECK_EQ(config.mode, 1);
    CHECK_EQ(config.selector, &selector);
    CHECK_EQ(config.offset, 0x1000);
    CHECK_EQ(config.length, 0x2000);
    config.mode = 9;
    CHECK_ERR(trace(SET_DISPATCH, child, (void *)sizeof config, (long)&config), EINVAL);
    config.mode = 0;
    CHECK_ERR(trace(SET_DISPATCH, child, (void *)sizeof config, (long)&config), EINVAL);
    config = (struct dispatch){0};
    CHECK_OK(trace(SET_DISPATCH, child, (void *)sizeof config, (long)&config));
    CHECK_OK(trace(GET_DISPATCH, child, (void *)sizeof config, (long)&config));
    CHECK_EQ(config.mode, 0);
    config = (struct dispatch){.mode = 1};
    CHECK_OK(trace(SET_DISPATCH, child, (void *)sizeof config, (long)&config));
    CHECK_OK(trace(PTRACE_CONT, child, NULL, 0));
    CHECK_STOP(child, SIGSYS);
    CHECK_OK(trace(PTRACE_CONT, child, NULL, SIGSYS));
    CHECK_EQ(next(child) & 0x7f, SIGSYS);
}

/* A tracer is told pids as it sees them itself, and what the tracee is as the tracee does. */
TEST(otherPidNamespace_pidsAreTheTracers) {
    need_root();
    if (unshare(CLONE_NEWPID) < 0) SKIP("no pid namespaces here");
    pid_t child = START_TRACEE(
        pid_t own = fork();
        if (own == 0) pause();
        _exit(own == 2 ? 0 : 1));
    CHECK_OK(trace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACEFORK | PTRACE_O_EXITKILL));
    CHECK_OK(trace(PTRACE_CONT, child, NULL, 0));
    CHECK_STOP(child, EVENT(PTRACE_EVENT_FORK));
    long born = 0;
    CHECK_OK(trace(PTRACE_GETEVENTMSG, child, NULL, (long)&born));
    siginfo_t info;
    CHECK_OK(trace(PTRACE_GETSIGINFO, child, NULL, (long)&info));
    CHECK_EQ(info.si_pid, 1);
    CHECK_STOP(born, SIGSTOP);
    CHECK_EQ(tracer_in_status(born), getpid());
    CHECK_OK(trace(PTRACE_CONT, child, NULL, 0));
    /* process 1 takes it along, and waits for it */
    CHECK_EQ(next(born) & 0x7f, SIGKILL);
    CHECK_EQ(next(child), EXITED(0));
}
