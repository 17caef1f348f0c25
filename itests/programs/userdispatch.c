/* PR_SET_SYSCALL_USER_DISPATCH of prctl(2): calls that a task gets itself, as SIGSYS. */
#include "check.h"

#include <pthread.h>
#include <sys/ucontext.h>

#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH 59
#endif
#define USER_DISPATCH 2
enum { OFF, ON, INCLUSIVE };

/* Code that makes a call: at a low address, so that all other code is in one range behind it. */
#define STUB ((void *)0x20000)
#define BEHIND 0x21000ul
#define REST (0x7ffffff00000ul - BEHIND)

static volatile sig_atomic_t caught, number, code;
static void *volatile address;
static volatile unsigned char selector;

static int dispatch(unsigned long mode, unsigned long start, unsigned long length, volatile void *byte) {
    return prctl(PR_SET_SYSCALL_USER_DISPATCH, mode, start, length, byte);
}

/* Answers each call with 4711. */
static void serve(int signal, siginfo_t *info, void *context) {
    (void)signal;
    ucontext_t *where = context;
    selector = 0;
    caught++;
    code = info->si_code;
    number = info->si_syscall;
    address = info->si_call_addr;
    CHECK_EQ(where->uc_mcontext.gregs[REG_RAX], info->si_syscall);
    CHECK_EQ(where->uc_mcontext.gregs[REG_RIP], (long)info->si_call_addr);
    where->uc_mcontext.gregs[REG_RAX] = 4711;
}

static long (*call)(long number, long argument);

static void setup(void) {
    /* mov rax, rdi; mov rdi, rsi; syscall; ret */
    static const unsigned char text[] = {0x48, 0x89, 0xf8, 0x48, 0x89, 0xf7, 0x0f, 0x05, 0xc3};
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
    void *page = mmap(STUB, 4096, PROT_READ | PROT_WRITE, flags, -1, 0);
    REQUIRE(page == STUB);
    memcpy(page, text, sizeof text);
    CHECK_OK(mprotect(page, 4096, PROT_READ | PROT_EXEC));
    call = (long (*)(long, long))page;
    struct sigaction action = {.sa_sigaction = serve, .sa_flags = SA_SIGINFO};
    CHECK_OK(sigaction(SIGSYS, &action, NULL));
    if (dispatch(OFF, 0, 0, NULL) < 0) SKIP("this kernel has no user dispatch");
}

TEST(dispatch_ofCallOutsideOfRange_sendsSigsys) {
    setup();
    long own = getpid();
    /* often enough that it is answered in the shortest way */
    for (int i = 0; i < 5000; i++) REQUIRE(call(SYS_getpid, 0) == own);
    REQUIRE_OK(dispatch(ON, BEHIND, REST, NULL));
    long answer = call(SYS_getpid, 0), twice = call(SYS_getppid, 0);
    CHECK_EQ(getpid(), own);
    CHECK_OK(dispatch(OFF, 0, 0, NULL));
    CHECK_EQ(answer, 4711);
    CHECK_EQ(twice, 4711);
    CHECK_EQ(caught, 2);
    CHECK_EQ(code, USER_DISPATCH);
    CHECK_EQ(number, SYS_getppid);
    CHECK_EQ((long)address, (long)STUB + 8);
    CHECK_EQ(call(SYS_getpid, 0), own);
    CHECK_EQ(caught, 2);
}

TEST(dispatch_ofUnknownCall_sendsSigsys) {
    setup();
    REQUIRE_OK(dispatch(ON, BEHIND, REST, NULL));
    long answer = call(99999, 0);
    CHECK_OK(dispatch(OFF, 0, 0, NULL));
    CHECK_EQ(answer, 4711);
    CHECK_EQ(number, 99999);
}

TEST(dispatch_bySelector_isSwitchedWithoutCalls) {
    setup();
    long own = getpid();
    REQUIRE_OK(dispatch(ON, 0, 0, &selector));
    CHECK_EQ(call(SYS_getpid, 0), own);
    CHECK_EQ(caught, 0);
    selector = 1;
    long answer = call(SYS_getpid, 0); /* the handler switches it off */
    CHECK_EQ(answer, 4711);
    CHECK_EQ(caught, 1);
    CHECK_EQ(call(SYS_getpid, 0), own);
    for (int i = 0; i < 100; i++) {
        selector = 1;
        answer = syscall(SYS_gettid);
        CHECK_EQ(answer, 4711);
    }
    CHECK_EQ(caught, 101);
    CHECK_OK(dispatch(OFF, 0, 0, NULL));
}

TEST(dispatch_ofInclusiveRange_takesTheCallsInIt) {
    setup();
    if (dispatch(INCLUSIVE, (unsigned long)STUB, 4096, NULL) < 0) SKIP("this kernel has no inclusive ranges");
    long answer = call(SYS_getpid, 0);
    CHECK(getpid() != 4711);
    CHECK_EQ(answer, 4711);
    CHECK_EQ(caught, 1);
    CHECK_ERR(dispatch(INCLUSIVE, (unsigned long)STUB, 0, NULL), EINVAL);
    CHECK_ERR(dispatch(INCLUSIVE, (unsigned long)STUB, -1ul, NULL), EINVAL);
    CHECK_OK(dispatch(OFF, 0, 0, NULL));
}

TEST(dispatch_withWrongArguments_fails) {
    setup();
    CHECK_ERR(dispatch(OFF, 1, 0, NULL), EINVAL);
    CHECK_ERR(dispatch(OFF, 0, 1, NULL), EINVAL);
    CHECK_ERR(dispatch(OFF, 0, 0, &selector), EINVAL);
    CHECK_ERR(dispatch(9, 0, 0, NULL), EINVAL);
    CHECK_ERR(dispatch(ON, 1, 0, &selector), EINVAL);
    CHECK_ERR(dispatch(ON, 4096, -4096ul, &selector), EINVAL);
    CHECK_ERR(dispatch(ON, 0, 0, (void *)-1ul), EFAULT);
    CHECK(getpid() > 0);
    CHECK_EQ(caught, 0);
}

TEST(dispatch_withSenselessSelector_ends) {
    setup();
    CHECK_EQ(IN_CHILD({
        REQUIRE_OK(dispatch(ON, BEHIND, REST, &selector));
        selector = 2;
        call(SYS_getpid, 0);
        _exit(1);
    }) & 0x7f, SIGSYS);
    CHECK_EQ(IN_CHILD({
        signal(SIGSEGV, SIG_IGN);
        REQUIRE_OK(dispatch(ON, BEHIND, REST, (void *)16));
        call(SYS_getpid, 0);
        _exit(1);
    }) & 0x7f, SIGSEGV);
}

static void *call_once(void *result) {
    *(long *)result = call(SYS_getpid, 0);
    return NULL;
}

TEST(dispatch_isNotInherited) {
    setup();
    long own = getpid(), answer = 0;
    REQUIRE_OK(dispatch(ON, BEHIND, REST, NULL));
    int status = IN_CHILD({ _exit(call(SYS_getpid, 0) == getpid() ? 5 : 6); });
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, call_once, &answer), 0);
    pthread_join(thread, NULL);
    CHECK_EQ(caught, 0);
    CHECK_EQ(call(SYS_getpid, 0), 4711);
    CHECK_OK(dispatch(OFF, 0, 0, NULL));
    CHECK_EQ(status, EXITED(5));
    CHECK_EQ(answer, own);
}

TEST(dispatch_endsWithExec) {
    setup();
    CHECK_EQ(IN_CHILD({
        /* nothing of a new program would be in the range */
        REQUIRE_OK(dispatch(ON, 0, 0, &selector));
        selector = 0;
        execl("/proc/self/exe", "userdispatch", "dispatch_withWrongArguments_fails", NULL);
        _exit(9);
    }), EXITED(0));
}
