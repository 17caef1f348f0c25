/* sigqueue(3), sigtimedwait(2), sigaltstack(2): order of real-time signals, values, alternate stacks. */
#include "check.h"
#include <ucontext.h>

static int order[64], values[64], taken;

static void collect(int signal, siginfo_t *info, void *context) {
    (void)context;
    order[taken] = signal;
    values[taken++] = info->si_value.sival_int;
}

static sigset_t block(int from, int to) {
    sigset_t set;
    sigemptyset(&set);
    for (int i = from; i <= to; i++) sigaddset(&set, i);
    REQUIRE_OK(sigprocmask(SIG_BLOCK, &set, NULL));
    return set;
}

TEST(realTimeSignals_queueInOrderLowestFirst) {
    sigset_t set = block(SIGRTMIN, SIGRTMIN + 3);
    struct sigaction action = {.sa_sigaction = collect, .sa_flags = SA_SIGINFO, .sa_mask = set};
    for (int i = 0; i < 4; i++) CHECK_OK(sigaction(SIGRTMIN + i, &action, NULL));
    for (int round = 0; round < 3; round++) {
        for (int i = 3; i >= 0; i--) CHECK_OK(sigqueue(getpid(), SIGRTMIN + i, (union sigval){.sival_int = round}));
    }
    CHECK_EQ(taken, 0);
    siginfo_t info;
    for (int i = 0; i < 4; i++) {
        for (int round = 0; round < 3; round++) {
            CHECK_EQ(sigwaitinfo(&set, &info), SIGRTMIN + i);
            CHECK_EQ(info.si_value.sival_int, round);
            CHECK_EQ(info.si_code, SI_QUEUE);
            CHECK_EQ(info.si_pid, getpid());
        }
    }
}

TEST(queuedSignals_areAllDelivered) {
    sigset_t set = block(SIGRTMIN, SIGRTMIN);
    struct sigaction action = {.sa_sigaction = collect, .sa_flags = SA_SIGINFO};
    CHECK_OK(sigaction(SIGRTMIN, &action, NULL));
    for (int i = 0; i < 20; i++) CHECK_OK(sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = i}));
    CHECK_OK(sigprocmask(SIG_UNBLOCK, &set, NULL));
    CHECK_EQ(taken, 20);
    for (int i = 0; i < 20; i++) CHECK_EQ(values[i], i);
}

TEST(standardBeforeRealTime_whenBothPend) {
    sigset_t set = block(SIGUSR1, SIGRTMIN + 1);
    siginfo_t info;
    CHECK_OK(sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 1}));
    CHECK_OK(kill(getpid(), SIGUSR1));
    CHECK_EQ(sigwaitinfo(&set, &info), SIGUSR1);
    CHECK_EQ(sigwaitinfo(&set, &info), SIGRTMIN);
}

TEST(sigtimedwait_timesOutAndWakes) {
    sigset_t set = block(SIGUSR1, SIGUSR1);
    siginfo_t info;
    struct timespec zero = {0, 0}, some = {0, 30000000}, more = {10, 0}, bad = {0, -1};
    CHECK_ERR(sigtimedwait(&set, &info, &zero), EAGAIN);
    int64_t start = now_ns();
    CHECK_ERR(sigtimedwait(&set, &info, &some), EAGAIN);
    CHECK(now_ns() - start >= 30000000);
    CHECK_ERR(sigtimedwait(&set, &info, &bad), EINVAL);
    pid_t parent = getpid(), child = START_CHILD(sleep_ms(50); kill(parent, SIGUSR1));
    CHECK_EQ(sigtimedwait(&set, &info, &more), SIGUSR1);
    CHECK_EQ(info.si_pid, child);
}

static void nothing(int signal) {
    (void)signal;
}

TEST(sigtimedwait_interruptedByOther_failsEintr) {
    sigset_t set = block(SIGUSR1, SIGUSR1);
    signal(SIGUSR2, nothing);
    pid_t parent = getpid();
    START_CHILD(sleep_ms(50); kill(parent, SIGUSR2));
    struct timespec more = {10, 0};
    CHECK_ERR(sigtimedwait(&set, NULL, &more), EINTR);
}

TEST(rtSigqueueinfo_checksCode) {
    siginfo_t info = {.si_signo = SIGRTMIN, .si_code = SI_USER};
    pid_t child = START_CHILD(pause());
    CHECK_ERR(syscall(SYS_rt_sigqueueinfo, child, SIGRTMIN, &info), EPERM);
    info.si_code = -5;
    CHECK_OK(syscall(SYS_rt_sigqueueinfo, child, SIGRTMIN, &info));
    CHECK_EQ(WTERMSIG(wait_for(child)), SIGRTMIN);
    CHECK_ERR(syscall(SYS_rt_sigqueueinfo, 999999, SIGRTMIN, &info), ESRCH);
    CHECK_ERR(syscall(SYS_rt_tgsigqueueinfo, getpid(), -1, SIGRTMIN, &info), EINVAL);
}

TEST(queue_isLimitedByRlimit) {
    block(SIGRTMIN, SIGRTMIN);
    struct rlimit limit = {5, 5};
    CHECK_OK(setrlimit(RLIMIT_SIGPENDING, &limit));
    int sent = 0;
    while (sent < 100 && sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 0}) == 0) sent++;
    /* The limit counts all pending signals of the user. */
    CHECK(sent <= 5);
    CHECK_EQ(errno, EAGAIN);
}

static char alternate[65536];
static void *where;
static int flags_inside;

static void on_stack(int signal) {
    char here;
    stack_t inside;
    (void)signal;
    where = &here;
    sigaltstack(NULL, &inside);
    flags_inside = inside.ss_flags;
}

TEST(handlerWithOnstack_runsOnAlternateStack) {
    stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate}, old;
    CHECK_OK(sigaltstack(&stack, NULL));
    struct sigaction action = {.sa_handler = on_stack, .sa_flags = SA_ONSTACK};
    CHECK_OK(sigaction(SIGUSR1, &action, NULL));
    raise(SIGUSR1);
    CHECK((char *)where >= alternate && (char *)where < alternate + sizeof alternate);
    CHECK_EQ(flags_inside, SS_ONSTACK);
    action.sa_flags = 0;
    CHECK_OK(sigaction(SIGUSR1, &action, NULL));
    raise(SIGUSR1);
    CHECK(!((char *)where >= alternate && (char *)where < alternate + sizeof alternate));
    CHECK_OK(sigaltstack(NULL, &old));
    CHECK_EQ(old.ss_sp, alternate);
    CHECK_EQ(old.ss_size, sizeof alternate);
    CHECK_EQ(old.ss_flags, 0);
}

static void change_inside(int signal) {
    (void)signal;
    stack_t other = {.ss_flags = SS_DISABLE};
    CHECK_ERR(sigaltstack(&other, NULL), EPERM);
}

/* What changes nothing is looked at before the size. Flags pass through execve(2): whoever starts this has set them. */
TEST(sigaltstack_asItIs_isNoError) {
    stack_t none = {0}, off = {.ss_flags = SS_DISABLE};
    CHECK_OK(sigaltstack(&off, NULL));
    CHECK_OK(sigaltstack(&off, NULL));
    CHECK_ERR(sigaltstack(&none, NULL), ENOMEM);
}

TEST(sigaltstack_withBadArguments_fails) {
    stack_t small = {.ss_sp = alternate, .ss_size = 100}, strange = {.ss_sp = alternate, .ss_size = sizeof alternate, .ss_flags = 99};
    CHECK_ERR(sigaltstack(&small, NULL), ENOMEM);
    CHECK_ERR(sigaltstack(&strange, NULL), EINVAL);
    CHECK_ERR(syscall(SYS_sigaltstack, (void *)8, NULL), EFAULT);
    stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate}, old;
    CHECK_OK(sigaltstack(&stack, NULL));
    struct sigaction action = {.sa_handler = change_inside, .sa_flags = SA_ONSTACK};
    CHECK_OK(sigaction(SIGUSR1, &action, NULL));
    raise(SIGUSR1);
    stack_t off = {.ss_flags = SS_DISABLE};
    CHECK_OK(sigaltstack(&off, NULL));
    CHECK_OK(sigaltstack(NULL, &old));
    CHECK_EQ(old.ss_flags, SS_DISABLE);
}

TEST(autodisarm_disarmsDuringHandler) {
    stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate, .ss_flags = (int)(1U << 31) /* SS_AUTODISARM */}, old;
    CHECK_OK(sigaltstack(&stack, NULL));
    struct sigaction action = {.sa_handler = on_stack, .sa_flags = SA_ONSTACK};
    CHECK_OK(sigaction(SIGUSR1, &action, NULL));
    raise(SIGUSR1);
    CHECK_EQ(flags_inside, SS_DISABLE);
    CHECK_OK(sigaltstack(NULL, &old));
    CHECK_EQ(old.ss_sp, alternate);
}
