/* sigaction(2), sigprocmask(2), kill(2): flags, masks, siginfo, nested handlers. */
#include "check.h"
#include <ucontext.h>

static volatile sig_atomic_t count, last, depth_seen, depth;
static siginfo_t seen;
static sigset_t mask_seen;

static void note(int signal) {
    last = signal;
    count++;
}

static void note_info(int signal, siginfo_t *info, void *context) {
    (void)context;
    seen = *info;
    last = signal;
    count++;
    sigprocmask(SIG_BLOCK, NULL, &mask_seen);
}

static void catch(int signal, void (*handler)(int), int flags) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    REQUIRE_OK(sigaction(signal, &action, NULL));
}

static void catch_info(int signal, int flags) {
    struct sigaction action = {.sa_sigaction = note_info, .sa_flags = flags | SA_SIGINFO};
    REQUIRE_OK(sigaction(signal, &action, NULL));
}

TEST(handler_runsBeforeKillReturns) {
    catch(SIGUSR1, note, 0);
    CHECK_OK(kill(getpid(), SIGUSR1));
    CHECK_EQ(count, 1);
    CHECK_EQ(last, SIGUSR1);
    CHECK_OK(raise(SIGUSR1));
    CHECK_EQ(count, 2);
}

TEST(sigaction_givesOldAndChecksNumber) {
    struct sigaction old = {0}, action = {.sa_handler = note, .sa_flags = SA_RESTART | SA_NODEFER};
    sigaddset(&action.sa_mask, SIGUSR2);
    CHECK_OK(sigaction(SIGUSR1, &action, NULL));
    CHECK_OK(sigaction(SIGUSR1, NULL, &old));
    CHECK(old.sa_handler == note);
    CHECK_EQ(old.sa_flags & ~0x04000000, SA_RESTART | SA_NODEFER);
    CHECK_EQ(sigismember(&old.sa_mask, SIGUSR2), 1);
    CHECK_EQ(sigismember(&old.sa_mask, SIGUSR1), 0);
    CHECK_ERR(sigaction(SIGKILL, &action, NULL), EINVAL);
    CHECK_ERR(sigaction(SIGSTOP, &action, NULL), EINVAL);
    CHECK_OK(sigaction(SIGKILL, NULL, &old));
    CHECK_ERR(syscall(SYS_rt_sigaction, 65, NULL, NULL, 8), EINVAL);
    CHECK_ERR(syscall(SYS_rt_sigaction, SIGUSR1, NULL, NULL, 4), EINVAL);
    CHECK_ERR(syscall(SYS_rt_sigaction, SIGUSR1, (void *)8, NULL, 8), EFAULT);
}

static void recurse(int signal) {
    depth++;
    if (depth > depth_seen) depth_seen = depth;
    if (count++ < 3) raise(signal);
    depth--;
}

TEST(signalIsBlockedInItsHandler_unlessNodefer) {
    catch(SIGUSR1, recurse, 0);
    raise(SIGUSR1);
    CHECK_EQ(depth_seen, 1);
    CHECK_EQ(count, 4);
    count = depth_seen = 0;
    catch(SIGUSR1, recurse, SA_NODEFER);
    raise(SIGUSR1);
    CHECK_EQ(depth_seen, 4);
}

TEST(resethand_setsDefaultFirst) {
    catch(SIGUSR1, note, SA_RESETHAND);
    raise(SIGUSR1);
    CHECK_EQ(count, 1);
    struct sigaction now;
    CHECK_OK(sigaction(SIGUSR1, NULL, &now));
    CHECK(now.sa_handler == SIG_DFL);
}

TEST(maskOfAction_isBlockedDuringHandler) {
    struct sigaction action = {.sa_sigaction = note_info, .sa_flags = SA_SIGINFO};
    sigaddset(&action.sa_mask, SIGUSR2);
    sigaddset(&action.sa_mask, SIGKILL);
    CHECK_OK(sigaction(SIGUSR1, &action, NULL));
    raise(SIGUSR1);
    CHECK_EQ(sigismember(&mask_seen, SIGUSR1), 1);
    CHECK_EQ(sigismember(&mask_seen, SIGUSR2), 1);
    CHECK_EQ(sigismember(&mask_seen, SIGKILL), 0);
    sigset_t now;
    sigprocmask(SIG_BLOCK, NULL, &now);
    CHECK_EQ(sigismember(&now, SIGUSR1), 0);
}

TEST(siginfo_tellsSender) {
    catch_info(SIGUSR1, 0);
    kill(getpid(), SIGUSR1);
    CHECK_EQ(seen.si_signo, SIGUSR1);
    CHECK_EQ(seen.si_code, SI_USER);
    CHECK_EQ(seen.si_pid, getpid());
    CHECK_EQ(seen.si_uid, getuid());
    raise(SIGUSR1);
    CHECK_EQ(seen.si_code, SI_TKILL);
    pid_t parent = getpid(), child = START_CHILD(kill(parent, SIGUSR1));
    wait_for(child);
    EVENTUALLY(count == 3);
    CHECK_EQ(seen.si_pid, child);
}

TEST(blockedSignal_waitsAndMerges) {
    sigset_t set, pending;
    catch(SIGUSR1, note, 0);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    CHECK_OK(sigprocmask(SIG_BLOCK, &set, NULL));
    for (int i = 0; i < 3; i++) kill(getpid(), SIGUSR1);
    CHECK_EQ(count, 0);
    CHECK_OK(sigpending(&pending));
    CHECK_EQ(sigismember(&pending, SIGUSR1), 1);
    CHECK_EQ(sigismember(&pending, SIGUSR2), 0);
    CHECK_OK(sigprocmask(SIG_UNBLOCK, &set, NULL));
    CHECK_EQ(count, 1);
    CHECK_OK(sigpending(&pending));
    CHECK_EQ(sigismember(&pending, SIGUSR1), 0);
}

TEST(ignoringPendingSignal_dropsIt) {
    sigset_t set, pending;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    CHECK_OK(sigprocmask(SIG_BLOCK, &set, NULL));
    raise(SIGUSR1);
    signal(SIGUSR1, SIG_IGN);
    CHECK_OK(sigpending(&pending));
    CHECK_EQ(sigismember(&pending, SIGUSR1), 0);
}

TEST(sigprocmask_cannotBlockKill_andChecksHow) {
    sigset_t set;
    sigfillset(&set);
    CHECK_OK(sigprocmask(SIG_SETMASK, &set, NULL));
    CHECK_OK(sigprocmask(SIG_SETMASK, NULL, &set));
    CHECK_EQ(sigismember(&set, SIGKILL), 0);
    CHECK_EQ(sigismember(&set, SIGSTOP), 0);
    CHECK_EQ(sigismember(&set, SIGTERM), 1);
    CHECK_ERR(sigprocmask(77, &set, NULL), EINVAL);
    CHECK_ERR(syscall(SYS_rt_sigprocmask, SIG_BLOCK, (void *)8, NULL, 8), EFAULT);
    CHECK_ERR(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, NULL, 16), EINVAL);
}

TEST(sigsuspend_waitsWithOtherMask) {
    sigset_t set, none;
    catch(SIGUSR1, note, 0);
    sigemptyset(&set);
    sigemptyset(&none);
    sigaddset(&set, SIGUSR1);
    CHECK_OK(sigprocmask(SIG_BLOCK, &set, NULL));
    raise(SIGUSR1);
    CHECK_ERR(sigsuspend(&none), EINTR);
    CHECK_EQ(count, 1);
    CHECK_OK(sigprocmask(SIG_BLOCK, NULL, &none));
    CHECK_EQ(sigismember(&none, SIGUSR1), 1);
}

TEST(pause_returnsAfterHandler) {
    catch(SIGUSR1, note, SA_RESTART);
    pid_t parent = getpid();
    START_CHILD(sleep_ms(50); kill(parent, SIGUSR1));
    CHECK_ERR(pause(), EINTR);
    CHECK_EQ(count, 1);
}

TEST(defaultActions_areRight) {
    static const int ends[] = {SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGUSR1, SIGSEGV, SIGUSR2,
        SIGPIPE, SIGALRM, SIGTERM, SIGSTKFLT, SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF, SIGIO, SIGPWR, SIGSYS, 34, 64};
    static const int stays[] = {SIGCHLD, SIGURG, SIGWINCH, SIGCONT};
    for (unsigned i = 0; i < sizeof ends / sizeof *ends; i++) {
        int status = IN_CHILD(signal(ends[i], SIG_DFL); kill(getpid(), ends[i]); _exit(0));
        CHECK_EQ(WTERMSIG(status), ends[i]);
    }
    for (unsigned i = 0; i < sizeof stays / sizeof *stays; i++) {
        CHECK_EQ(IN_CHILD(kill(getpid(), stays[i]); _exit(3)), EXITED(3));
    }
}

TEST(kill_checksTargetAndRights) {
    CHECK_ERR(kill(999999, 0), ESRCH);
    CHECK_ERR(kill(getpid(), 65), EINVAL);
    CHECK_OK(kill(getpid(), 0));
    if (geteuid() == 0) {
        pid_t parent = getpid();
        CHECK_EQ(IN_CHILD(
            CHECK_OK(setresuid(1000, 1000, 1000));
            CHECK_ERR(kill(parent, SIGTERM), EPERM);
            CHECK_ERR(kill(parent, 0), EPERM)), 0);
    }
}

static void jump_registers(int signal, siginfo_t *info, void *context) {
    (void)signal, (void)info;
    ucontext_t *machine = context;
    machine->uc_mcontext.gregs[REG_RBX] = 0x1122334455667788;
    machine->uc_mcontext.gregs[REG_R15] = -5;
}

TEST(contextChangedByHandler_takesEffect) {
    struct sigaction action = {.sa_sigaction = jump_registers, .sa_flags = SA_SIGINFO};
    CHECK_OK(sigaction(SIGUSR1, &action, NULL));
    long rbx, r15;
    __asm__ volatile(
            "mov $39, %%eax\n syscall\n mov %%eax, %%edi\n mov $10, %%esi\n mov $62, %%eax\n xor %%ebx, %%ebx\n"
            "xor %%r15d, %%r15d\n syscall\n mov %%rbx, %0\n mov %%r15, %1\n"
            : "=&r"(rbx), "=&r"(r15)
            :
            : "rax", "rbx", "rcx", "rdx", "rdi", "rsi", "r11", "r15", "memory");
    CHECK_EQ(rbx, 0x1122334455667788);
    CHECK_EQ(r15, -5);
}

TEST(registers_surviveHandler) {
    catch(SIGUSR1, note, 0);
    long out[6], rflags;
    __asm__ volatile(
            "mov $39, %%eax\n syscall\n mov %%eax, %%edi\n mov $10, %%esi\n mov $62, %%eax\n"
            "mov $11, %%rbx\n mov $12, %%r12\n mov $13, %%r13\n mov $14, %%r14\n mov $15, %%r8\n mov $16, %%r9\n stc\n"
            "syscall\n pushfq\n pop %[flags]\n mov %%rbx, 0(%[out])\n mov %%r12, 8(%[out])\n mov %%r13, 16(%[out])\n"
            "mov %%r14, 24(%[out])\n mov %%r8, 32(%[out])\n mov %%r9, 40(%[out])\n"
            : [flags] "=&r"(rflags)
            : [out] "r"(out)
            : "rax", "rbx", "rcx", "rdx", "rdi", "rsi", "r8", "r9", "r11", "r12", "r13", "r14", "memory", "cc");
    for (int i = 0; i < 6; i++) CHECK_EQ(out[i], 11 + i);
    CHECK_EQ(rflags & 1, 1);
    CHECK_EQ(count, 1);
}

static void on_usr2(int signal) {
    (void)signal;
    depth_seen = depth;
}

static void nested(int signal) {
    (void)signal;
    depth = 1;
    raise(SIGUSR2);
    depth = 2;
}

TEST(otherSignal_nestsInHandler) {
    catch(SIGUSR1, nested, 0);
    catch(SIGUSR2, on_usr2, 0);
    raise(SIGUSR1);
    CHECK_EQ(depth_seen, 1);
    CHECK_EQ(depth, 2);
}

TEST(handlers_areCopiedByFork) {
    catch(SIGUSR1, note, 0);
    CHECK_EQ(IN_CHILD(raise(SIGUSR1); CHECK_EQ(count, 1); signal(SIGUSR1, SIG_IGN)), 0);
    raise(SIGUSR1);
    CHECK_EQ(count, 1);
}

TEST(pendingSignals_areNotInherited) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    CHECK_OK(sigprocmask(SIG_BLOCK, &set, NULL));
    raise(SIGUSR1);
    CHECK_EQ(IN_CHILD(
        sigset_t pending;
        CHECK_OK(sigpending(&pending));
        CHECK_EQ(sigismember(&pending, SIGUSR1), 0);
        CHECK_OK(sigprocmask(SIG_BLOCK, NULL, &pending));
        CHECK_EQ(sigismember(&pending, SIGUSR1), 1)), 0);
}

TEST(endlessLoop_isInterruptedByAlarm) {
    catch(SIGALRM, note, 0);
    struct itimerval timer = {.it_value = {0, 30000}};
    CHECK_OK(setitimer(ITIMER_REAL, &timer, NULL));
    while (!count);
    CHECK_EQ(last, SIGALRM);
    int status = IN_CHILD(signal(SIGALRM, SIG_DFL); setitimer(ITIMER_REAL, &timer, NULL); for (;;) __asm__ volatile(""));
    CHECK_EQ(WTERMSIG(status), SIGALRM);
}
