/* ptrace(2): the debug registers of a tracee, which watch memory and code. */
#include "check.h"
#include <pthread.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <ucontext.h>

#define REGISTER(n) ((void *)offsetof(struct user, u_debugreg[n]))

/* arch/x86/include/uapi/asm/debugreg.h */
#define DR6_IDLE 0xffff0ff0L
#define DR6_STEP 0x4000L
enum { RUNS = 0, WRITES = 1, PORTS = 2, TOUCHES = 3 };
#define LENGTH(bytes) ((bytes) == 8 ? 2 : (bytes) - 1)
#define WATCH(n, kind, bytes) ((1L << (n) * 2) | ((long)((kind) | LENGTH(bytes) << 2) << (16 + (n) * 4)))

static volatile long watched[8] __attribute__((aligned(64)));
static int volatile ran;

static long trace(long request, pid_t pid, void *address, long data) {
    return ptrace(request, pid, address, (void *)data);
}

static int next(pid_t pid) {
    int status = -1;
    REQUIRE(waitpid(pid, &status, __WALL) == pid);
    return status;
}

#define CHECK_STOP(pid, code)                                                                                      \
    ({                                                                                                             \
        int s_ = next(pid);                                                                                        \
        (WIFSTOPPED(s_) && s_ >> 8 == (code)) || check_fail("%d: status is 0x%x, not a stop by 0x%x", __LINE__, s_, code); \
    })

#define START_TRACEE(...)                                          \
    ({                                                             \
        pid_t tracee_ = START_CHILD(                               \
            if (trace(PTRACE_TRACEME, 0, NULL, 0) != 0) _exit(99); \
            raise(SIGSTOP);                                        \
            __VA_ARGS__);                                          \
        CHECK_STOP(tracee_, SIGSTOP);                              \
        tracee_;                                                   \
    })

static long debug_register(pid_t pid, int n) {
    errno = 0;
    long value = trace(PTRACE_PEEKUSER, pid, REGISTER(n), 0);
    CHECK_EQ(errno, 0);
    return value;
}

static void set(pid_t pid, int n, long value) { CHECK_OK(trace(PTRACE_POKEUSER, pid, REGISTER(n), value)); }

static void watch(pid_t pid, volatile void *address, int kind, int length) {
    set(pid, 0, (long)address);
    set(pid, 7, WATCH(0, kind, length));
}

/* Lets the tracee go on until it is told that something was watched; gives where it is then. */
static long hit(pid_t pid, int request, long bits) {
    CHECK_OK(trace(request, pid, NULL, 0));
    CHECK_STOP(pid, SIGTRAP);
    siginfo_t info;
    struct user_regs_struct regs;
    CHECK_OK(trace(PTRACE_GETSIGINFO, pid, NULL, (long)&info));
    CHECK_OK(trace(PTRACE_GETREGS, pid, NULL, (long)&regs));
    CHECK_EQ(info.si_signo, SIGTRAP);
    CHECK_EQ(info.si_code, bits & DR6_STEP ? TRAP_TRACE : TRAP_HWBKPT);
    CHECK_EQ(info.si_addr, regs.rip);
    CHECK_EQ(debug_register(pid, 6), DR6_IDLE | bits);
    return regs.rip;
}

static void finish(pid_t pid, int code) {
    CHECK_OK(trace(PTRACE_CONT, pid, NULL, 0));
    CHECK_EQ(next(pid), EXITED(code));
}

static long word_of(pid_t pid, volatile long *address) {
    errno = 0;
    return trace(PTRACE_PEEKDATA, pid, (void *)address, 0);
}

TEST(values_areKept_andChecked) {
    pid_t child = START_TRACEE(_exit(0));
    for (int i = 0; i < 8; i++) {
        CHECK_EQ(debug_register(child, i), i == 6 ? DR6_IDLE : 0);
    }
    for (int i = 0; i < 4; i++) {
        set(child, i, (long)&watched[i]);
    }
    for (int i = 0; i < 4; i++) {
        CHECK_EQ(debug_register(child, i), &watched[i]);
    }
    set(child, 6, 0);
    CHECK_EQ(debug_register(child, 6), 0);
    set(child, 7, WATCH(2, WRITES, 8));
    CHECK_EQ(debug_register(child, 7), WATCH(2, WRITES, 8));
    CHECK_ERR(trace(PTRACE_POKEUSER, child, REGISTER(4), 0), EIO);
    CHECK_ERR(trace(PTRACE_POKEUSER, child, REGISTER(5), 1), EIO);
    CHECK_ERR(trace(PTRACE_POKEUSER, child, REGISTER(0), -4096), EINVAL);
    CHECK_ERR(trace(PTRACE_POKEUSER, child, REGISTER(2), (long)watched + 4), EINVAL);
    CHECK_ERR(trace(PTRACE_POKEUSER, child, REGISTER(7), WATCH(0, PORTS, 1)), EINVAL);
    CHECK_ERR(trace(PTRACE_POKEUSER, child, REGISTER(7), WATCH(0, RUNS, 4)), EINVAL);
    CHECK_EQ(debug_register(child, 2), &watched[2]);
    CHECK_EQ(debug_register(child, 7), WATCH(2, WRITES, 8));
    set(child, 0, (long)watched + 2);
    CHECK_ERR(trace(PTRACE_POKEUSER, child, REGISTER(7), WATCH(0, WRITES, 4)), EINVAL);
    set(child, 7, WATCH(0, WRITES, 2));
    set(child, 7, 0x400);
    CHECK_EQ(debug_register(child, 7), 0x400);
    finish(child, 0);
}

TEST(writes_areSeenBehindTheInstruction) {
    pid_t child = START_TRACEE(
        watched[1] = 5;
        long volatile sum = watched[0] + watched[0];
        watched[0] = 7;
        watched[0] = sum + 9;
        _exit(watched[0]));
    watch(child, watched, WRITES, 8);
    hit(child, PTRACE_CONT, 1);
    CHECK_EQ(word_of(child, watched), 7);
    hit(child, PTRACE_CONT, 1);
    CHECK_EQ(word_of(child, watched), 9);
    set(child, 7, 0);
    finish(child, 9);
}

TEST(touches_areReadsToo) {
    pid_t child = START_TRACEE(
        long volatile sum = watched[0];
        sum += watched[1];
        sum += ((volatile char *)watched)[3];
        _exit(sum));
    watch(child, watched, TOUCHES, 4);
    hit(child, PTRACE_CONT, 1);
    hit(child, PTRACE_CONT, 1);
    finish(child, 0);
}

static void __attribute__((noinline)) run(void) {
    __asm__ volatile("");
    ran++;
}

TEST(code_isSeenBeforeItRuns) {
    pid_t child = START_TRACEE(run(); run(); _exit(ran));
    watch(child, run, RUNS, 1);
    CHECK_EQ(hit(child, PTRACE_CONT, 1), run);
    CHECK_EQ(word_of(child, (volatile long *)&ran) & 0xffffffff, 0);
    CHECK_EQ(hit(child, PTRACE_CONT, 1), run);
    CHECK_EQ(word_of(child, (volatile long *)&ran) & 0xffffffff, 1);
    finish(child, 2);
}

TEST(four_areToldApart) {
    pid_t child = START_TRACEE(
        for (int i = 3; i >= 0; i--) watched[i * 2] = i + 1;
        __asm__ volatile("movdqu %%xmm0, (%0)" : : "r"(watched) : "memory");
        _exit(3));
    for (int i = 0; i < 4; i++) set(child, i, (long)&watched[i * 2]);
    set(child, 7, WATCH(0, WRITES, 8) | WATCH(1, WRITES, 8) | WATCH(2, WRITES, 4) | WATCH(3, WRITES, 1));
    for (int i = 3; i >= 0; i--) hit(child, PTRACE_CONT, 1 << i);
    set(child, 1, (long)&watched[1]);
    hit(child, PTRACE_CONT, 3);
    finish(child, 3);
}

TEST(steps_tellOfBoth) {
    pid_t child = START_TRACEE(
        __asm__ volatile("int3\n nop\n movq $4, (%0)\n nop" : : "r"(watched) : "memory");
        _exit(4));
    watch(child, watched, WRITES, 8);
    CHECK_OK(trace(PTRACE_CONT, child, NULL, 0));
    CHECK_STOP(child, SIGTRAP);
    hit(child, PTRACE_SINGLESTEP, DR6_STEP);
    hit(child, PTRACE_SINGLESTEP, DR6_STEP | 1);
    hit(child, PTRACE_SINGLESTEP, DR6_STEP);
    finish(child, 4);
}

TEST(memoryThatTheKernelWrites_isNotSeen) {
    int ends[2];
    REQUIRE_OK(pipe(ends));
    pid_t child = START_TRACEE(
        if (read(ends[0], (void *)watched, 8) != 8) _exit(1);
        watched[0]++;
        _exit(watched[0]));
    watch(child, watched, WRITES, 8);
    long value = 20;
    REQUIRE(write(ends[1], &value, 8) == 8);
    CHECK_OK(trace(PTRACE_CONT, child, NULL, 0));
    CHECK_STOP(child, SIGTRAP);
    CHECK_EQ(word_of(child, watched), 21);
    finish(child, 21);
}

TEST(children_doNotInherit_execForgets) {
    pid_t child = START_TRACEE(
        pid_t own = fork();
        if (own == 0) {
            watched[0] = 1;
            _exit(6);
        }
        int status;
        if (waitpid(own, &status, 0) != own || status != EXITED(6)) _exit(1);
        execl("/proc/self/exe", "debugregs", "--nothing", NULL);
        _exit(2));
    watch(child, watched, TOUCHES, 8);
    CHECK_OK(trace(PTRACE_CONT, child, NULL, 0));
    for (int status; WIFSTOPPED(status = next(child));) {
        if (status >> 8 == SIGTRAP) break;
        CHECK_EQ(status >> 8, SIGCHLD);
        CHECK_OK(trace(PTRACE_CONT, child, NULL, SIGCHLD));
    }
    CHECK_EQ(debug_register(child, 0), 0);
    CHECK_EQ(debug_register(child, 7), 0);
    kill(child, SIGKILL);
    wait_for(child);
}

static void *write_it(void *unused) {
    watched[0] = 1;
    return unused;
}

TEST(threads_haveTheirOwn) {
    pid_t child = START_TRACEE(
        pthread_t other;
        if (pthread_create(&other, NULL, write_it, NULL) || pthread_join(other, NULL)) _exit(1);
        watched[0] = 2;
        _exit(watched[0]));
    watch(child, watched, WRITES, 8);
    hit(child, PTRACE_CONT, 1);
    CHECK_EQ(word_of(child, watched), 2);
    finish(child, 2);
}

TEST(busyProcess_isWatched) {
    volatile int *shared = shared_memory(4096);
    pid_t child = START_CHILD(
        while (!*shared) watched[1]++;
        watched[0] = 11;
        for (int i = 0; i < 1000; i++) syscall(SYS_getppid);
        _exit(watched[0]));
    CHECK_OK(trace(PTRACE_SEIZE, child, NULL, 0));
    CHECK_OK(trace(PTRACE_INTERRUPT, child, NULL, 0));
    CHECK_STOP(child, SIGTRAP | PTRACE_EVENT_STOP << 8);
    watch(child, watched, WRITES, 8);
    *shared = 1;
    hit(child, PTRACE_CONT, 1);
    CHECK_EQ(word_of(child, watched), 11);
    finish(child, 11);
}

static void on_trap(int signal, siginfo_t *info, void *context) {
    ucontext_t *user = context;
    if (signal == SIGTRAP && info->si_code == TRAP_HWBKPT && (long)info->si_addr == user->uc_mcontext.gregs[REG_RIP]) ran++;
}

TEST(tracerGone_theyStay) {
    pid_t child = START_TRACEE(
        struct sigaction action = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO};
        sigaction(SIGTRAP, &action, NULL);
        raise(SIGSTOP);
        watched[0] = 1;
        watched[0] = 2;
        _exit(ran));
    CHECK_OK(trace(PTRACE_CONT, child, NULL, 0));
    CHECK_STOP(child, SIGSTOP);
    watch(child, watched, WRITES, 8);
    CHECK_OK(trace(PTRACE_DETACH, child, NULL, 0));
    CHECK_EQ(next(child), EXITED(2));
}
