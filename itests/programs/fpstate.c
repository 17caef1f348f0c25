/* x87, SSE, AVX2 and AVX-512 registers over system calls, signal handlers, forks and switches between processes. */
#include "check.h"
#include <cpuid.h>
#include <fenv.h>
#include <immintrin.h>
#include <math.h>
#include <pthread.h>
#include <ucontext.h>

typedef unsigned char vector64[64];

static volatile sig_atomic_t count;

static void fill(vector64 *registers, int seed) {
    for (int i = 0; i < 32; i++) {
        for (int k = 0; k < 64; k++) registers[i][k] = seed + i * 7 + k * 3;
    }
}

static void wreck_sse(void) {
    __asm__ volatile("pcmpeqd %%xmm0, %%xmm0\n pcmpeqd %%xmm7, %%xmm7\n pcmpeqd %%xmm8, %%xmm8\n pcmpeqd %%xmm15, %%xmm15\n fninit\n"
            ::: "xmm0", "xmm7", "xmm8", "xmm15");
}

static void wreck(int signal) {
    (void)signal;
    count++;
    wreck_sse();
    if (__builtin_cpu_supports("avx2")) __asm__ volatile("vzeroall" ::: "memory");
    volatile double x = 3.25;
    x = sqrt(x) * 7;
}

/* Loads sixteen 32-byte registers, makes a system call, stores them again. */
static void __attribute__((noinline)) avx_over_call(vector64 *in, vector64 *out, long number, long a, long b, long c) {
    __asm__ volatile(
            "vmovdqu 0(%[in]), %%ymm0\n vmovdqu 64(%[in]), %%ymm1\n vmovdqu 128(%[in]), %%ymm2\n vmovdqu 192(%[in]), %%ymm3\n"
            "vmovdqu 512(%[in]), %%ymm8\n vmovdqu 576(%[in]), %%ymm9\n vmovdqu 960(%[in]), %%ymm15\n"
            "syscall\n"
            "vmovdqu %%ymm0, 0(%[out])\n vmovdqu %%ymm1, 64(%[out])\n vmovdqu %%ymm2, 128(%[out])\n vmovdqu %%ymm3, 192(%[out])\n"
            "vmovdqu %%ymm8, 512(%[out])\n vmovdqu %%ymm9, 576(%[out])\n vmovdqu %%ymm15, 960(%[out])\n"
            : "+a"(number)
            : [in] "r"(in), [out] "r"(out), "D"(a), "S"(b), "d"(c)
            : "rcx", "r11", "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm8", "xmm9", "xmm15");
}

static void __attribute__((noinline)) avx512_over_call(vector64 *in, vector64 *out, uint64_t *mask, long number, long a, long b) {
    __asm__ volatile(
            "kmovq (%[mask]), %%k3\n"
            "vmovdqu64 0(%[in]), %%zmm0\n vmovdqu64 64(%[in]), %%zmm1\n vmovdqu64 960(%[in]), %%zmm15\n"
            "vmovdqu64 1024(%[in]), %%zmm16\n vmovdqu64 1984(%[in]), %%zmm31\n"
            "syscall\n"
            "vmovdqu64 %%zmm0, 0(%[out])\n vmovdqu64 %%zmm1, 64(%[out])\n vmovdqu64 %%zmm15, 960(%[out])\n"
            "vmovdqu64 %%zmm16, 1024(%[out])\n vmovdqu64 %%zmm31, 1984(%[out])\n kmovq %%k3, (%[mask])\n"
            : "+a"(number)
            : [in] "r"(in), [out] "r"(out), [mask] "r"(mask), "D"(a), "S"(b)
            : "rcx", "r11", "memory", "xmm0", "xmm1", "xmm15");
}

static void expect(vector64 *in, vector64 *out, const int *numbers, int size) {
    for (int i = 0; numbers[i] >= 0; i++) {
        if (memcmp(in[numbers[i]], out[numbers[i]], size) != 0) (void)check_fail("register %d changed", numbers[i]);
    }
}

static const int avx_numbers[] = {0, 1, 2, 3, 8, 9, 15, -1}, avx512_numbers[] = {0, 1, 15, 16, 31, -1};
static vector64 in[32], out[32];

static void need_avx(void) {
    if (!__builtin_cpu_supports("avx2")) SKIP("no AVX2 here");
}

static void need_avx512(void) {
    if (!__builtin_cpu_supports("avx512bw")) SKIP("no AVX-512 here");
}

TEST(avx_overPlainSystemCall_isKept) {
    need_avx();
    fill(in, 1);
    avx_over_call(in, out, SYS_getpid, 0, 0, 0);
    expect(in, out, avx_numbers, 32);
}

TEST(avx_overSignalHandler_isKept) {
    need_avx();
    signal(SIGUSR1, wreck);
    fill(in, 2);
    avx_over_call(in, out, SYS_kill, getpid(), SIGUSR1, 0);
    CHECK_EQ(count, 1);
    expect(in, out, avx_numbers, 32);
}

static void raise_other(int signal) {
    wreck(signal);
    raise(SIGUSR2);
}

/* The second one is delivered when the first handler returns, before the program runs again. */
TEST(avx_overTwoSignalsInTurn_isKept) {
    need_avx();
    struct sigaction action = {.sa_handler = raise_other};
    sigfillset(&action.sa_mask);
    CHECK_OK(sigaction(SIGUSR1, &action, NULL));
    signal(SIGUSR2, wreck);
    fill(in, 11);
    avx_over_call(in, out, SYS_kill, getpid(), SIGUSR1, 0);
    CHECK_EQ(count, 2);
    expect(in, out, avx_numbers, 32);
}

static uint64_t features_inside[2];

static void read_features(int signal, siginfo_t *info, void *context) {
    (void)info;
    char *image = (char *)((ucontext_t *)context)->uc_mcontext.fpregs;
    features_inside[signal == SIGUSR2] = ((struct _fpx_sw_bytes *)(image + 464))->xstate_bv;
    count++;
}

TEST(frames_tellTheFeaturesOfTheProcessor_alsoThoseOfSignalsInTurn) {
    need_avx();
    struct sigaction action = {.sa_sigaction = read_features, .sa_flags = SA_SIGINFO};
    for (int nested = 0; nested < 2; nested++) {
        if (nested) sigemptyset(&action.sa_mask);
        else sigfillset(&action.sa_mask);
        CHECK_OK(sigaction(SIGUSR1, &action, NULL));
        CHECK_OK(sigaction(SIGUSR2, &action, NULL));
        sigset_t both;
        sigemptyset(&both);
        sigaddset(&both, SIGUSR1);
        sigaddset(&both, SIGUSR2);
        CHECK_OK(sigprocmask(SIG_BLOCK, &both, NULL));
        CHECK_OK(raise(SIGUSR1));
        CHECK_OK(raise(SIGUSR2));
        CHECK_OK(sigprocmask(SIG_UNBLOCK, &both, NULL));
        CHECK_EQ(count, 2 + 2 * nested);
        CHECK_EQ(features_inside[0] & 7, 7);
        CHECK_EQ(features_inside[1], features_inside[0]);
        /* tiles of AMX are for those who ask: ARCH_REQ_XCOMP_PERM */
        CHECK_EQ(features_inside[0] & 1 << 18, 0);
    }
}

static volatile int sending = 1;

static void *send_signals(void *thread) {
    while (sending) {
        syscall(SYS_tgkill, getpid(), *(int *)thread, SIGURG);
        sched_yield();
    }
    return NULL;
}

static void __attribute__((noinline)) copy_avx(char *to, const char *from, long bytes) {
    __asm__ volatile(
            "1: vmovdqu (%[from]), %%ymm0\n vmovdqu 32(%[from]), %%ymm15\n vmovdqu %%ymm0, (%[to])\n vmovdqu %%ymm15, 32(%[to])\n"
            "add $64, %[to]\n add $64, %[from]\n sub $64, %[n]\n ja 1b\n vzeroupper\n"
            : [to] "+r"(to), [from] "+r"(from), [n] "+r"(bytes)::"memory", "xmm0", "xmm15");
}

TEST(copies_underSignalsOfAnotherThread_areExact) {
    need_avx();
    enum { BYTES = 1 << 20 };
    static char from[BYTES], to[BYTES];
    struct sigaction action = {.sa_handler = wreck, .sa_flags = SA_RESTART};
    CHECK_OK(sigaction(SIGURG, &action, NULL));
    for (int i = 0; i < BYTES; i++) from[i] = 1 + i % 251;
    int self = gettid();
    pthread_t sender;
    CHECK_EQ(pthread_create(&sender, NULL, send_signals, &self), 0);
    for (int round = 0; round < 200; round++) {
        memset(to, 0, BYTES);
        copy_avx(to, from, BYTES);
        CHECK_EQ(memcmp(to, from, BYTES), 0);
    }
    sending = 0;
    CHECK_EQ(pthread_join(sender, NULL), 0);
}

TEST(avx_overSwitches_isKept) {
    need_avx();
    for (int p = 0; p < 4; p++) {
        START_CHILD(
            fill(in, p * 50);
            for (int i = 0; i < 200; i++) {
                memset(out, 0, sizeof out);
                avx_over_call(in, out, SYS_sched_yield, 0, 0, 0);
                expect(in, out, avx_numbers, 32);
            });
    }
    for (int p = 0; p < 4; p++) CHECK_OK(wait(NULL));
}

TEST(avx_overBlockingCall_isKept) {
    need_avx();
    fill(in, 5);
    struct timespec rest = {0, 20000000};
    avx_over_call(in, out, SYS_nanosleep, (long)&rest, 0, 0);
    expect(in, out, avx_numbers, 32);
}

TEST(avx512_overCallAndHandler_isKept) {
    need_avx512();
    uint64_t mask = 0x123456789abcdef0;
    fill(in, 3);
    avx512_over_call(in, out, &mask, SYS_getpid, 0, 0);
    expect(in, out, avx512_numbers, 64);
    signal(SIGUSR1, wreck);
    memset(out, 0, sizeof out);
    avx512_over_call(in, out, &mask, SYS_kill, getpid(), SIGUSR1);
    CHECK_EQ(count, 1);
    expect(in, out, avx512_numbers, 64);
    CHECK_EQ(mask, 0x123456789abcdef0);
}

TEST(registers_areCopiedByFork) {
    need_avx();
    fill(in, 4);
    avx_over_call(in, out, SYS_fork, 0, 0, 0);
    /* Both processes come here. */
    expect(in, out, avx_numbers, 32);
}

TEST(roundingMode_isKeptOverCallsHandlersAndForks) {
    signal(SIGUSR1, wreck);
    CHECK_EQ(fesetround(FE_UPWARD), 0);
    getpid();
    CHECK_EQ(fegetround(), FE_UPWARD);
    raise(SIGUSR1);
    CHECK_EQ(fegetround(), FE_UPWARD);
    CHECK_EQ(IN_CHILD(CHECK_EQ(fegetround(), FE_UPWARD); fesetround(FE_DOWNWARD)), 0);
    CHECK_EQ(fegetround(), FE_UPWARD);
    unsigned int mxcsr;
    __asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
    CHECK_EQ(mxcsr & 0x6000, 0x4000);
}

static unsigned int mxcsr_inside, control_inside;

static void read_controls(int signal) {
    (void)signal;
    unsigned short control;
    __asm__ volatile("stmxcsr %0" : "=m"(mxcsr_inside));
    __asm__ volatile("fnstcw %0" : "=m"(control));
    control_inside = control;
}

TEST(handler_startsWithSameStateAndContextShowsIt) {
    signal(SIGUSR1, read_controls);
    CHECK_EQ(fesetround(FE_TOWARDZERO), 0);
    raise(SIGUSR1);
    CHECK_EQ(control_inside & 0xc00, 0x0);
    CHECK(mxcsr_inside != 0);
}

TEST(x87Stack_isKept) {
    long double a = 0;
    signal(SIGUSR1, wreck);
    int pid = getpid();
    long result;
    __asm__ volatile("fld1\n fldpi\n faddp\n syscall\n fstpt %1"
            : "=a"(result), "=m"(a)
            : "0"(SYS_kill), "D"(pid), "S"(SIGUSR1)
            : "rcx", "r11", "memory");
    CHECK_EQ(result, 0);
    CHECK(fabsl(a - 4.14159265358979323846L) < 1e-12L);
}

static void change_xmm(int signal, siginfo_t *info, void *context) {
    (void)signal, (void)info;
    ucontext_t *machine = context;
    machine->uc_mcontext.fpregs->_xmm[3].element[0] = 0xdeadbeef;
}

TEST(handlerChangingXmmInContext_changesRegister) {
    need_avx();
    struct sigaction action = {.sa_sigaction = change_xmm, .sa_flags = SA_SIGINFO};
    CHECK_OK(sigaction(SIGUSR1, &action, NULL));
    fill(in, 9);
    avx_over_call(in, out, SYS_kill, getpid(), SIGUSR1, 0);
    CHECK_EQ(*(uint32_t *)out[3], 0xdeadbeef);
    CHECK_EQ(memcmp(out[2], in[2], 32), 0);
    CHECK_EQ(memcmp(out[3] + 4, in[3] + 4, 28), 0);
}

TEST(computation_underTimerSignals_isExact) {
    signal(SIGALRM, wreck);
    struct itimerval timer = {{0, 5000}, {0, 5000}};
    double plain = 0, disturbed = 0;
    for (int i = 1; i < 3000000; i++) plain += 1.0 / i * (i % 3 - 1);
    CHECK_OK(setitimer(ITIMER_REAL, &timer, NULL));
    for (int round = 0; round < 1000 && count < 3; round++) {
        disturbed = 0;
        for (int i = 1; i < 3000000; i++) disturbed += 1.0 / i * (i % 3 - 1);
    }
    CHECK(plain == disturbed);
    CHECK(count >= 3);
}

TEST(exec_startsWithCleanState) {
    /* The C library's start-up needs a default control word; sqrt of a quiet NaN must not trap after exec. */
    fesetround(FE_UPWARD);
    feenableexcept(FE_DIVBYZERO);
    CHECK_EQ(IN_CHILD(execl("/bin/sh", "sh", "-c", "exit $((7 / 2))", NULL)), EXITED(3));
}

static void ruin_header(int signal, siginfo_t *info, void *context) {
    (void)signal, (void)info;
    /* the first reserved word of the XSAVE header */
    ((uint64_t *)((char *)((ucontext_t *)context)->uc_mcontext.fpregs + 512))[2] = 0xfffffff;
}

static void count_signal(int signal) {
    (void)signal;
    count++;
}

TEST(signalReturn_withABadHeader_isASegmentFaultBehindTheSignal) {
    need_avx();
    struct sigaction action = {.sa_sigaction = ruin_header, .sa_flags = SA_SIGINFO};
    CHECK_OK(sigaction(SIGUSR1, &action, NULL));
    signal(SIGSEGV, count_signal);
    CHECK_OK(raise(SIGUSR1));
    CHECK_EQ(count, 1);
    CHECK_OK(raise(SIGUSR1));
    CHECK_EQ(count, 2);
    sigset_t blocked;
    CHECK_OK(sigprocmask(SIG_SETMASK, NULL, &blocked));
    CHECK(!sigismember(&blocked, SIGUSR1) && !sigismember(&blocked, SIGSEGV));
}
