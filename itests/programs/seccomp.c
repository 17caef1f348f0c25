/* seccomp(2): strict mode, filters, their answers and inheritance. */
#include "seccompfilter.h"
#include <pthread.h>
#include <sys/ptrace.h>
#include <ucontext.h>

TEST(strictMode_allowsReadWriteExitAndSigreturn) {
    int status = IN_CHILD(
        int fd = make_file("data", "abc");
        char bytes[4];
        REQUIRE_OK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT, 0, 0, 0));
        if (syscall(SYS_read, fd, bytes, 3) != 3 || syscall(SYS_write, fd, "d", 1) != 1) syscall(SYS_exit, 1);
        syscall(SYS_exit, 42));
    CHECK_EQ(status, EXITED(42));
}

TEST(strictMode_killsAtAnotherCall) {
    int status = IN_CHILD(REQUIRE_OK(seccomp(SECCOMP_SET_MODE_STRICT, 0, NULL)); syscall(SYS_getpid));
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    status = IN_CHILD(REQUIRE_OK(seccomp(SECCOMP_SET_MODE_STRICT, 0, NULL)); syscall(SYS_exit_group, 0));
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void *strict_thread(void *unused) {
    (void)unused;
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT, 0, 0, 0);
    syscall(SYS_getpid);
    return NULL;
}

TEST(strictMode_killsTheThreadOnly) {
    int status = IN_CHILD(
        pthread_t thread;
        REQUIRE(pthread_create(&thread, NULL, strict_thread, NULL) == 0);
        pthread_join(thread, NULL);
        _exit(7));
    CHECK_EQ(status, EXITED(7));
}

TEST(filter_needsNoNewPrivsOrCapability) {
    int status = IN_CHILD(
        if (getuid() == 0) {
            CHECK_OK(ANSWER_CALL(0, SYS_getppid, SECCOMP_RET_ERRNO | 1));
            CHECK_OK(setuid(65534));
        }
        CHECK_ERR(ANSWER_CALL(0, SYS_getppid, SECCOMP_RET_ERRNO | 1), EACCES);
        no_new_privileges();
        CHECK_OK(ANSWER_CALL(0, SYS_getppid, SECCOMP_RET_ERRNO | 1)));
    CHECK_EQ(status, 0);
}

TEST(mode_isReported) {
    CHECK_EQ(prctl(PR_GET_SECCOMP), 0);
    CHECK_EQ(status_field("/proc/self/status", "Seccomp"), 0);
    CHECK_EQ(status_field("/proc/self/status", "Seccomp_filters"), 0);
    no_new_privileges();
    for (int i = 1; i <= 3; i++) {
        CHECK_OK(ANSWER_CALL(0, SYS_getppid, SECCOMP_RET_ERRNO | i));
        CHECK_EQ(prctl(PR_GET_SECCOMP), 2);
        CHECK_EQ(status_field("/proc/self/status", "Seccomp"), 2);
        CHECK_EQ(status_field("/proc/self/status", "Seccomp_filters"), i);
    }
    CHECK_ERR(seccomp(SECCOMP_SET_MODE_STRICT, 0, NULL), EINVAL);
}

TEST(operations_checkTheirArguments) {
    unsigned action = SECCOMP_RET_ALLOW;
    CHECK_ERR(seccomp(SECCOMP_SET_MODE_STRICT, 1, NULL), EINVAL);
    CHECK_ERR(seccomp(SECCOMP_SET_MODE_STRICT, 0, &action), EINVAL);
    CHECK_ERR(seccomp(77, 0, NULL), EINVAL);
    CHECK_ERR(prctl(PR_SET_SECCOMP, 3, NULL, 0, 0), EINVAL);
    CHECK_ERR(seccomp(SECCOMP_GET_ACTION_AVAIL, 1, &action), EINVAL);
    CHECK_ERR(seccomp(SECCOMP_GET_ACTION_AVAIL, 0, NULL), EFAULT);
    unsigned known[] = {SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD, SECCOMP_RET_TRAP, SECCOMP_RET_ERRNO,
                        SECCOMP_RET_USER_NOTIF, SECCOMP_RET_TRACE, SECCOMP_RET_LOG, SECCOMP_RET_ALLOW};
    for (unsigned i = 0; i < sizeof known / sizeof *known; i++)
        CHECK_OK(seccomp(SECCOMP_GET_ACTION_AVAIL, 0, &known[i]));
    action = 0x12340000;
    CHECK_ERR(seccomp(SECCOMP_GET_ACTION_AVAIL, 0, &action), EOPNOTSUPP);
    struct seccomp_notif_sizes sizes = {0, 0, 0};
    CHECK_OK(seccomp(SECCOMP_GET_NOTIF_SIZES, 0, &sizes));
    CHECK_EQ(sizes.seccomp_notif, sizeof(struct seccomp_notif));
    CHECK_EQ(sizes.seccomp_notif_resp, sizeof(struct seccomp_notif_resp));
    CHECK_EQ(sizes.seccomp_data, sizeof(struct seccomp_data));
    CHECK_ERR(seccomp(SECCOMP_GET_NOTIF_SIZES, 2, &sizes), EINVAL);
}

TEST(filterFlags_areChecked) {
    no_new_privileges();
    CHECK_ERR(INSTALL(0x40, ANSWER(SECCOMP_RET_ALLOW)), EINVAL);
    CHECK_ERR(INSTALL(SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_NEW_LISTENER, ANSWER(SECCOMP_RET_ALLOW)), EINVAL);
    CHECK_ERR(INSTALL(SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, ANSWER(SECCOMP_RET_ALLOW)), EINVAL);
    CHECK_OK(INSTALL(SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW | SECCOMP_FILTER_FLAG_TSYNC,
                     ANSWER(SECCOMP_RET_ALLOW)));
    CHECK_ERR(seccomp(SECCOMP_SET_MODE_FILTER, 0, NULL), EFAULT);
    struct sock_fprog bad = {1, NULL};
    CHECK_ERR(seccomp(SECCOMP_SET_MODE_FILTER, 0, &bad), EINVAL);
    bad.filter = (void *)8;
    CHECK_ERR(seccomp(SECCOMP_SET_MODE_FILTER, 0, &bad), EFAULT);
    bad.len = 0;
    CHECK_ERR(seccomp(SECCOMP_SET_MODE_FILTER, 0, &bad), EINVAL);
    bad.len = 4097;
    CHECK_ERR(seccomp(SECCOMP_SET_MODE_FILTER, 0, &bad), EINVAL);
}

#define REFUSED(...) CHECK_ERR(INSTALL(0, __VA_ARGS__), EINVAL)

TEST(programs_areChecked) {
    no_new_privileges();
    REFUSED(LOAD_NR);                                                                            /* no end */
    REFUSED(STMT(BPF_LD | BPF_W | BPF_ABS, 1), ANSWER(0));                                       /* unaligned */
    REFUSED(STMT(BPF_LD | BPF_W | BPF_ABS, 64), ANSWER(0));                                      /* behind the data */
    REFUSED(STMT(BPF_LD | BPF_W | BPF_ABS, SKF_AD_OFF), ANSWER(0));                              /* of sockets */
    REFUSED(STMT(BPF_LD | BPF_B | BPF_ABS, 0), ANSWER(0));                                       /* a byte */
    REFUSED(STMT(BPF_LD | BPF_H | BPF_ABS, 0), ANSWER(0));                                       /* a half */
    REFUSED(STMT(BPF_LD | BPF_W | BPF_IND, 0), ANSWER(0));                                       /* by X */
    REFUSED(STMT(BPF_LDX | BPF_B | BPF_MSH, 0), ANSWER(0));                                      /* IP header */
    REFUSED(STMT(BPF_ALU | BPF_MOD | BPF_K, 3), ANSWER(0));                                      /* not in seccomp */
    REFUSED(STMT(BPF_ALU | BPF_DIV | BPF_K, 0), ANSWER(0));                                      /* by zero */
    REFUSED(STMT(BPF_ALU | BPF_LSH | BPF_K, 32), ANSWER(0));                                     /* too far */
    REFUSED(STMT(BPF_ALU | BPF_RSH | BPF_K, 0xffffffff), ANSWER(0));
    REFUSED(STMT(BPF_ST, 16), ANSWER(0));                                                        /* no such word */
    REFUSED(STMT(BPF_LD | BPF_MEM, 3), ANSWER(0));                                               /* not written */
    REFUSED(LOAD_NR, IF_EQUAL(1, 0, 1), STMT(BPF_ST, 3), STMT(BPF_LD | BPF_MEM, 3), ANSWER(0));  /* on one way only */
    REFUSED(STMT(BPF_JMP | BPF_JA, 1), ANSWER(0));                                               /* out of it */
    REFUSED(STMT(BPF_JMP | BPF_JA, 0xffffffff), ANSWER(0));                                      /* back */
    REFUSED(IF_EQUAL(1, 1, 0), ANSWER(0));
    REFUSED(IF_EQUAL(1, 0, 1), ANSWER(0));
    REFUSED(STMT(BPF_RET | BPF_X, 0));
    REFUSED(STMT(0xff, 0), ANSWER(0));
    REFUSED(STMT(0x8006, 0), ANSWER(0));
    CHECK_OK(INSTALL(0, STMT(BPF_ST, 3), LOAD_NR, IF_EQUAL(1, 0, 1), STMT(BPF_ALU | BPF_NEG, 0), STMT(BPF_LD | BPF_MEM, 3),
                     ANSWER(SECCOMP_RET_ALLOW)));
}

TEST(errnoAnswer_isTheResult) {
    no_new_privileges();
    CHECK_OK(ANSWER_CALL(0, SYS_getppid, SECCOMP_RET_ERRNO | EXDEV));
    CHECK_ERR(syscall(SYS_getppid), EXDEV);
    CHECK_EQ(syscall(SYS_getpid), getpid());
    CHECK_OK(ANSWER_CALL(0, SYS_getuid, SECCOMP_RET_ERRNO | 0));
    CHECK_EQ(syscall(SYS_getuid), 0);
    CHECK_OK(ANSWER_CALL(0, SYS_getgid, SECCOMP_RET_ERRNO | 0xffff));
    errno = 0;
    CHECK_EQ(syscall(SYS_getgid), -1);
    CHECK_EQ(errno, 4095);
    CHECK_OK(ANSWER_CALL(0, 9999, SECCOMP_RET_ERRNO | EBADE));
    CHECK_ERR(syscall(9999), EBADE);
}

TEST(filters_seeArgumentsAndPointer) {
    no_new_privileges();
    /* close(0x1234567812345678): both halves, and the instruction must lie below 2^47 */
    CHECK_OK(INSTALL(0, LOAD_NR, IF_EQUAL(SYS_close, 0, 7), LOAD_ARG(0), IF_EQUAL(0x12345678, 0, 5),
                     STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0]) + 4), IF_EQUAL(0x9abc, 0, 3),
                     STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, instruction_pointer) + 4),
                     JUMP(BPF_JMP | BPF_JGT | BPF_K, 0x7fff, 1, 0), ANSWER(SECCOMP_RET_ERRNO | EXFULL),
                     ANSWER(SECCOMP_RET_ALLOW)));
    CHECK_ERR(syscall(SYS_close, 0x9abc12345678), EXFULL);
    CHECK_ERR(syscall(SYS_close, 0x12345678), EBADF);
    CHECK_OK(INSTALL(0, STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
                     IF_EQUAL(AUDIT_ARCH_X86_64, 1, 0), ANSWER(SECCOMP_RET_KILL), ANSWER(SECCOMP_RET_ALLOW)));
    for (int i = 0; i < 6; i++) {
        long arguments[6] = {0};
        arguments[i] = 0x51;
        CHECK_OK(INSTALL(0, LOAD_NR, IF_EQUAL(8000 + i, 0, 3), LOAD_ARG(i), IF_EQUAL(0x51, 0, 1),
                         ANSWER(SECCOMP_RET_ERRNO | (100 + i)), ANSWER(SECCOMP_RET_ALLOW)));
        errno = 0;
        CHECK_EQ(syscall(8000 + i, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]), -1);
        CHECK_EQ(errno, 100 + i);
        CHECK_ERR(syscall(8000 + i, 0, 0, 0, 0, 0, 0), ENOSYS);
    }
}

/* What a program computes from the first argument of call 7000 comes back as errno; often, so that it is compiled. */
static void computes(unsigned argument, unsigned expected, struct sock_filter *body, int length) {
    int status = IN_CHILD(
        no_new_privileges();
        struct sock_filter filter[64] = {LOAD_NR, IF_EQUAL(7000, 1, 0), ANSWER(SECCOMP_RET_ALLOW), LOAD_ARG(0)};
        memcpy(filter + 4, body, length * sizeof *body);
        struct sock_filter end[] = {STMT(BPF_ALU | BPF_AND | BPF_K, 0xfff), STMT(BPF_ALU | BPF_OR | BPF_K, SECCOMP_RET_ERRNO),
                                    STMT(BPF_RET | BPF_A, 0)};
        memcpy(filter + 4 + length, end, sizeof end);
        REQUIRE_OK(install_program(filter, 4 + length + 3, 0));
        for (int i = 0; i < 500; i++) {
            errno = 0;
            long result = syscall(7000, argument);
            unsigned found = result == 0 ? 0 : (unsigned)errno;
            if (found != (expected & 0xfff)) {
                CHECK_EQ(found, expected & 0xfff);
                break;
            }
        });
    CHECK_EQ(status, 0);
}

#define COMPUTES(argument, expected, ...)                                      \
    do {                                                                       \
        struct sock_filter b_[] = {__VA_ARGS__};                               \
        computes(argument, expected, b_, sizeof b_ / sizeof *b_);              \
    } while (0)

TEST(arithmetic_isThatOf32Bits) {
    COMPUTES(5, 12, STMT(BPF_ALU | BPF_ADD | BPF_K, 7));
    COMPUTES(5, 10, STMT(BPF_MISC | BPF_TAX, 0), STMT(BPF_ALU | BPF_ADD | BPF_X, 0));
    COMPUTES(0xffffffff, 1, STMT(BPF_ALU | BPF_ADD | BPF_K, 2));
    COMPUTES(3, 0xffe, STMT(BPF_ALU | BPF_SUB | BPF_K, 5));
    COMPUTES(7, 3, STMT(BPF_LDX | BPF_IMM, 4), STMT(BPF_ALU | BPF_SUB | BPF_X, 0));
    COMPUTES(7, 21, STMT(BPF_ALU | BPF_MUL | BPF_K, 3));
    COMPUTES(7, 28, STMT(BPF_LDX | BPF_IMM, 4), STMT(BPF_ALU | BPF_MUL | BPF_X, 0));
    COMPUTES(0xfffffff0, 0xffc >> 2, STMT(BPF_ALU | BPF_DIV | BPF_K, 16), STMT(BPF_ALU | BPF_RSH | BPF_K, 18));
    COMPUTES(100, 14, STMT(BPF_LDX | BPF_IMM, 7), STMT(BPF_ALU | BPF_DIV | BPF_X, 0));
    COMPUTES(0xf0, 0x30, STMT(BPF_ALU | BPF_AND | BPF_K, 0x3f));
    COMPUTES(0xf0, 0xf3, STMT(BPF_LDX | BPF_IMM, 3), STMT(BPF_ALU | BPF_OR | BPF_X, 0));
    COMPUTES(0xf0, 0xff, STMT(BPF_ALU | BPF_OR | BPF_K, 0xf));
    COMPUTES(0xf0, 0xff, STMT(BPF_ALU | BPF_XOR | BPF_K, 0xf));
    COMPUTES(0xf0, 0xc0, STMT(BPF_LDX | BPF_IMM, 0x30), STMT(BPF_ALU | BPF_XOR | BPF_X, 0));
    COMPUTES(0xf0, 0x30, STMT(BPF_LDX | BPF_IMM, 0x3c), STMT(BPF_ALU | BPF_AND | BPF_X, 0));
    COMPUTES(3, 24, STMT(BPF_ALU | BPF_LSH | BPF_K, 3));
    COMPUTES(3, 6, STMT(BPF_LDX | BPF_IMM, 33), STMT(BPF_ALU | BPF_LSH | BPF_X, 0));
    COMPUTES(0x80000000, 8, STMT(BPF_ALU | BPF_RSH | BPF_K, 28));
    COMPUTES(0x80000000, 8, STMT(BPF_LDX | BPF_IMM, 28), STMT(BPF_ALU | BPF_RSH | BPF_X, 0));
    COMPUTES(1, 0xfff, STMT(BPF_ALU | BPF_NEG, 0));
    COMPUTES(1, 64, STMT(BPF_LD | BPF_W | BPF_LEN, 0));
    COMPUTES(1, 64, STMT(BPF_LDX | BPF_W | BPF_LEN, 0), STMT(BPF_MISC | BPF_TXA, 0));
    COMPUTES(9, 9, STMT(BPF_ST, 15), STMT(BPF_LD | BPF_IMM, 3), STMT(BPF_LD | BPF_MEM, 15));
    COMPUTES(9, 6, STMT(BPF_LDX | BPF_IMM, 6), STMT(BPF_STX, 0), STMT(BPF_LDX | BPF_IMM, 5), STMT(BPF_LDX | BPF_MEM, 0),
             STMT(BPF_MISC | BPF_TXA, 0));
}

TEST(jumps_compareUnsigned) {
#define BOTH(op, a, k, taken)                                                                                             \
    COMPUTES(a, taken ? 1 : 2, JUMP(BPF_JMP | op | BPF_K, k, 0, 2), STMT(BPF_LD | BPF_IMM, 1), STMT(BPF_JMP | BPF_JA, 1), \
             STMT(BPF_LD | BPF_IMM, 2));                                                                                  \
    COMPUTES(a, taken ? 1 : 2, STMT(BPF_LDX | BPF_IMM, k), JUMP(BPF_JMP | op | BPF_X, 0, 0, 2), STMT(BPF_LD | BPF_IMM, 1), \
             STMT(BPF_JMP | BPF_JA, 1), STMT(BPF_LD | BPF_IMM, 2))
    BOTH(BPF_JEQ, 5, 5, 1);
    BOTH(BPF_JEQ, 5, 6, 0);
    BOTH(BPF_JGT, 0xffffffff, 5, 1);
    BOTH(BPF_JGT, 5, 0xffffffff, 0);
    BOTH(BPF_JGT, 5, 5, 0);
    BOTH(BPF_JGE, 5, 5, 1);
    BOTH(BPF_JGE, 4, 5, 0);
    BOTH(BPF_JSET, 6, 2, 1);
    BOTH(BPF_JSET, 6, 9, 0);
}

TEST(divisionByZeroInX_kills) {
    int status = IN_CHILD(
        no_new_privileges();
        REQUIRE_OK(INSTALL(0, LOAD_NR, IF_EQUAL(SYS_getppid, 1, 0), ANSWER(SECCOMP_RET_ALLOW), STMT(BPF_LDX | BPF_IMM, 0),
                           STMT(BPF_ALU | BPF_DIV | BPF_X, 0), ANSWER(SECCOMP_RET_ALLOW)));
        syscall(SYS_getppid));
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
}

TEST(largeProgram_runsManyTimes) {
    int status = IN_CHILD(
        no_new_privileges();
        static struct sock_filter filter[4096];
        int at = 0;
        filter[at++] = LOAD_NR;
        filter[at++] = IF_EQUAL(7000, 1, 0);
        filter[at++] = ANSWER(SECCOMP_RET_ALLOW);
        filter[at++] = LOAD_ARG(0);
        while (at < 4094) {
            int k = at;
            filter[at++] = IF_EQUAL(k, 0, 1);
            filter[at++] = ANSWER(SECCOMP_RET_ERRNO | k);
        }
        while (at < 4096) filter[at++] = ANSWER(SECCOMP_RET_ERRNO | 4095);
        REQUIRE_OK(install_program(filter, 4096, 0));
        for (int i = 0; i < 300; i++) {
            int wanted = 4 + 2 * (i * 13 % 2000);
            errno = 0;
            if (syscall(7000, wanted) != -1 || errno != wanted) {
                CHECK_EQ(errno, wanted);
                break;
            }
        });
    CHECK_EQ(status, 0);
}

TEST(chains_areLimited) {
    int status = IN_CHILD(
        no_new_privileges();
        static struct sock_filter filter[4096];
        for (int i = 0; i < 4096; i++) filter[i] = ANSWER(SECCOMP_RET_ALLOW);
        int count = 0;
        while (install_program(filter, 4096, 0) == 0) count++;
        CHECK_EQ(errno, ENOMEM);
        CHECK_EQ(count, 3));
    CHECK_EQ(status, 0);
}

TEST(strictestAnswer_wins) {
    struct {
        unsigned first, second;
        int expected; /* errno, or minus a signal */
    } cases[] = {
        {SECCOMP_RET_ERRNO | 1, SECCOMP_RET_ALLOW, 1},
        {SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO | 2, 2},
        {SECCOMP_RET_ERRNO | 1, SECCOMP_RET_ERRNO | 2, 2}, /* the newest of equals */
        {SECCOMP_RET_ERRNO | 2, SECCOMP_RET_ERRNO | 1, 1},
        {SECCOMP_RET_LOG, SECCOMP_RET_ERRNO | 3, 3},
        {SECCOMP_RET_TRACE, SECCOMP_RET_ERRNO | 3, 3},
        {SECCOMP_RET_TRACE, SECCOMP_RET_LOG, ENOSYS},
        {SECCOMP_RET_TRAP, SECCOMP_RET_ERRNO | 3, -SIGSYS},
        {SECCOMP_RET_KILL_THREAD, SECCOMP_RET_TRAP, -SIGSYS},
        {SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_ALLOW, -SIGSYS},
        {0x00010000, SECCOMP_RET_ALLOW, -SIGSYS}, /* no such action: kills */
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        int status = IN_CHILD(
            no_new_privileges();
            REQUIRE_OK(ANSWER_CALL(0, SYS_getppid, cases[i].first));
            REQUIRE_OK(ANSWER_CALL(0, SYS_getppid, cases[i].second));
            errno = 0;
            syscall(SYS_getppid);
            _exit(errno));
        if (cases[i].expected < 0) CHECK(WIFSIGNALED(status) && WTERMSIG(status) == -cases[i].expected);
        else CHECK_EQ(status, EXITED(cases[i].expected));
    }
}

static volatile int trap_code, trap_errno, trap_call, trap_arch;
static void *volatile trap_address;
static volatile long trap_rax;

static void on_sigsys(int signal, siginfo_t *info, void *context) {
    (void)signal;
    ucontext_t *uc = context;
    trap_code = info->si_code;
    trap_errno = info->si_errno;
    trap_call = info->si_syscall;
    trap_arch = info->si_arch;
    trap_address = info->si_call_addr;
    trap_rax = uc->uc_mcontext.gregs[REG_RAX];
    CHECK_EQ((uintptr_t)info->si_call_addr, (uintptr_t)uc->uc_mcontext.gregs[REG_RIP]);
    uc->uc_mcontext.gregs[REG_RAX] = 4711;
}

TEST(trapAnswer_isASignalThatMayEmulate) {
    struct sigaction action = {.sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO};
    REQUIRE_OK(sigaction(SIGSYS, &action, NULL));
    no_new_privileges();
    REQUIRE_OK(ANSWER_CALL(0, SYS_getppid, SECCOMP_RET_TRAP | 77));
    for (int i = 0; i < 300; i++) {
        trap_code = 0;
        long result = syscall(SYS_getppid);
        if (result != 4711 || trap_code != 1) {
            CHECK_EQ(result, 4711);
            break;
        }
    }
    CHECK_EQ(trap_code, 1 /* SYS_SECCOMP */);
    CHECK_EQ(trap_errno, 77);
    CHECK_EQ(trap_call, SYS_getppid);
    CHECK_EQ((unsigned)trap_arch, AUDIT_ARCH_X86_64);
    CHECK_EQ(trap_rax, SYS_getppid);
    CHECK(trap_address != NULL && memcmp((char *)trap_address - 2, "\x0f\x05", 2) == 0);
}

TEST(trapAnswer_whileBlocked_kills) {
    int status = IN_CHILD(
        struct sigaction action = {.sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO};
        sigaction(SIGSYS, &action, NULL);
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGSYS);
        sigprocmask(SIG_BLOCK, &set, NULL);
        no_new_privileges();
        REQUIRE_OK(ANSWER_CALL(0, SYS_getppid, SECCOMP_RET_TRAP));
        syscall(SYS_getppid));
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
}

static void *call_getppid(void *unused) {
    (void)unused;
    syscall(SYS_getppid);
    return NULL;
}

TEST(killThread_sparesTheOthers) {
    int status = IN_CHILD(
        no_new_privileges();
        REQUIRE_OK(ANSWER_CALL(0, SYS_getppid, SECCOMP_RET_KILL_THREAD));
        pthread_t thread;
        REQUIRE(pthread_create(&thread, NULL, call_getppid, NULL) == 0);
        pthread_join(thread, NULL);
        _exit(7));
    CHECK_EQ(status, EXITED(7));
    status = IN_CHILD(
        no_new_privileges();
        REQUIRE_OK(ANSWER_CALL(0, SYS_getppid, SECCOMP_RET_KILL_PROCESS));
        pthread_t thread;
        REQUIRE(pthread_create(&thread, NULL, call_getppid, NULL) == 0);
        pthread_join(thread, NULL);
        _exit(7));
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
}

TEST(killedBySeccomp_cannotBeCaught) {
    int status = IN_CHILD(
        struct sigaction action = {.sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO};
        sigaction(SIGSYS, &action, NULL);
        no_new_privileges();
        REQUIRE_OK(ANSWER_CALL(0, SYS_getppid, SECCOMP_RET_KILL_PROCESS));
        syscall(SYS_getppid);
        _exit(1));
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
}

TEST(filters_areInherited) {
    no_new_privileges();
    REQUIRE_OK(ANSWER_CALL(0, SYS_getppid, SECCOMP_RET_ERRNO | EXDEV));
    CHECK_EQ(IN_CHILD(
        CHECK_ERR(syscall(SYS_getppid), EXDEV);
        REQUIRE_OK(ANSWER_CALL(0, SYS_getuid, SECCOMP_RET_ERRNO | EXFULL));
        CHECK_ERR(syscall(SYS_getuid), EXFULL)), 0);
    CHECK_EQ(syscall(SYS_getuid), getuid());
    int status = IN_CHILD(
        execl("/bin/sh", "sh", "-c", "while read a b; do case $a in Seccomp:) exit $b;; esac; done < /proc/self/status", NULL));
    CHECK_EQ(status, EXITED(2));
}

static volatile int threads_go, threads_stop;

static void *sync_thread(void *result) {
    __atomic_add_fetch(&threads_go, 1, __ATOMIC_SEQ_CST);
    while (!threads_stop) {
        errno = 0;
        if (syscall(SYS_getppid) == -1 && errno == EXDEV) {
            *(int *)result = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 1 : 2;
            break;
        }
    }
    return NULL;
}

TEST(tsync_givesItToAllThreads) {
    int results[4] = {0};
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) REQUIRE(pthread_create(&threads[i], NULL, sync_thread, &results[i]) == 0);
    EVENTUALLY(threads_go == 4);
    no_new_privileges();
    CHECK_EQ(ANSWER_CALL(SECCOMP_FILTER_FLAG_TSYNC, SYS_getppid, SECCOMP_RET_ERRNO | EXDEV), 0);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        CHECK_EQ(results[i], 1);
    }
}

static volatile pid_t stranger_tid;

static void *stranger(void *unused) {
    (void)unused;
    ANSWER_CALL(0, SYS_getuid, SECCOMP_RET_ERRNO | 1);
    stranger_tid = syscall(SYS_gettid);
    while (!threads_stop) sleep_ms(2);
    return NULL;
}

TEST(tsync_failsWithAThreadThatHasOthers) {
    no_new_privileges();
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, stranger, NULL) == 0);
    EVENTUALLY(stranger_tid != 0);
    CHECK_EQ(ANSWER_CALL(SECCOMP_FILTER_FLAG_TSYNC, SYS_getppid, SECCOMP_RET_ERRNO | 1), stranger_tid);
    CHECK_ERR(ANSWER_CALL(SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_TSYNC_ESRCH, SYS_getppid, SECCOMP_RET_ERRNO | 1),
              ESRCH);
    CHECK_EQ(prctl(PR_GET_SECCOMP), 0);
    threads_stop = 1;
    pthread_join(thread, NULL);
}

/* One place that is used often, where a kernel may have a shorter way than the instruction. */
static long __attribute__((noinline)) hot_getpid(void) {
    long result;
    __asm__ volatile("mov $39, %%eax\n syscall" : "=a"(result) : : "rcx", "r11", "memory");
    return result;
}

TEST(hotSites_areFilteredToo) {
    for (int i = 0; i < 2000; i++) hot_getpid();
    CHECK_EQ(hot_getpid(), getpid());
    no_new_privileges();
    REQUIRE_OK(ANSWER_CALL(0, SYS_getpid, SECCOMP_RET_ERRNO | EXDEV));
    for (int i = 0; i < 2000; i++) {
        long result = hot_getpid();
        if (result != -EXDEV) {
            CHECK_EQ(result, -EXDEV);
            break;
        }
    }
}

static void *hot_thread(void *result) {
    for (int i = 0; i < 2000; i++) hot_getpid();
    __atomic_add_fetch(&threads_go, 1, __ATOMIC_SEQ_CST);
    while (hot_getpid() != -EXDEV && !threads_stop);
    *(int *)result = threads_stop ? 0 : 1;
    return NULL;
}

TEST(hotSites_ofOtherThreads_areFilteredAtOnce) {
    int results[2] = {0};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) REQUIRE(pthread_create(&threads[i], NULL, hot_thread, &results[i]) == 0);
    EVENTUALLY(threads_go == 2);
    no_new_privileges();
    CHECK_EQ(ANSWER_CALL(SECCOMP_FILTER_FLAG_TSYNC, SYS_getpid, SECCOMP_RET_ERRNO | EXDEV), 0);
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
        CHECK_EQ(results[i], 1);
    }
}

static void on_alarm(int signal) { (void)signal; }

TEST(signalsAndRestarts_workUnderFilters) {
    no_new_privileges();
    REQUIRE_OK(ANSWER_CALL(0, SYS_getppid, SECCOMP_RET_ERRNO | 1));
    struct sigaction action = {.sa_handler = on_alarm};
    sigaction(SIGALRM, &action, NULL);
    int ends[2];
    REQUIRE_OK(pipe(ends));
    // again and again: the first may come before the call on a machine that stalls
    struct itimerval soon = {{0, 20000}, {0, 20000}}, never = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &soon, NULL);
    char byte;
    CHECK_ERR(read(ends[0], &byte, 1), EINTR);
    action.sa_flags = SA_RESTART;
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &soon, NULL);
    pid_t writer = START_CHILD(sleep_ms(100); write(ends[1], "x", 1));
    CHECK_EQ(read(ends[0], &byte, 1), 1);
    setitimer(ITIMER_REAL, &never, NULL);
    CHECK_EQ(wait_for(writer), 0);
    struct timespec rest = {0, 50000000};
    pid_t poker = START_CHILD(sleep_ms(10); kill(getppid(), SIGSTOP); sleep_ms(20); kill(getppid(), SIGCONT));
    CHECK_OK(nanosleep(&rest, NULL));
    wait_for(poker);
}
