/* mprotect(2), and what siginfo tells of the faults it causes. */
#include "check.h"
#include "faults.h"

#define PAGE 4096L
#define RW (PROT_READ | PROT_WRITE)

static char *pages(int count, int prot) {
    void *at = mmap(NULL, count * PAGE, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(at != MAP_FAILED);
    return at;
}

TEST(writeToReadOnly_raisesSegvAccerr) {
    char *at = pages(3, PROT_READ);
    CHECK_EQ(fault_of_read(at + 100), 0);
    CHECK_EQ(fault_of_write(at + PAGE + 123), SIGSEGV);
    CHECK_EQ(fault.si_code, SEGV_ACCERR);
    CHECK_EQ(fault.si_addr, at + PAGE + 123);
    CHECK_EQ(fault_context.uc_mcontext.gregs[REG_CR2], (long)at + PAGE + 123);
    CHECK_EQ(fault_context.uc_mcontext.gregs[REG_TRAPNO], 14);
    /* Write, from user mode; whether the page table had an entry (bit 0) depends on what was touched before. */
    CHECK_EQ(fault_context.uc_mcontext.gregs[REG_ERR] & 6, 6);
}

TEST(accessToUnmapped_raisesSegvMaperr) {
    char *at = pages(1, RW);
    CHECK_OK(munmap(at, PAGE));
    CHECK_EQ(fault_of_read(at + 5), SIGSEGV);
    CHECK_EQ(fault.si_code, SEGV_MAPERR);
    CHECK_EQ(fault.si_addr, at + 5);
    CHECK_EQ(fault_context.uc_mcontext.gregs[REG_ERR] & 7, 4);
    CHECK_EQ(fault_of_write(NULL), SIGSEGV);
    CHECK_EQ(fault.si_addr, NULL);
    CHECK_EQ(fault_context.uc_mcontext.gregs[REG_ERR] & 7, 6);
}

TEST(accessToProtNone_raisesSegvAccerr) {
    char *at = pages(1, PROT_NONE);
    CHECK_EQ(fault_of_read(at), SIGSEGV);
    CHECK_EQ(fault.si_code, SEGV_ACCERR);
    CHECK_OK(mprotect(at, PAGE, RW));
    CHECK_EQ(fault_of_write(at), 0);
    CHECK_OK(mprotect(at, PAGE, PROT_NONE));
    CHECK_EQ(fault_of_read(at), SIGSEGV);
    CHECK_OK(mprotect(at, PAGE, PROT_READ));
    CHECK_EQ(at[0], 1);
}

TEST(executionOfData_raisesSegvAccerr) {
    char *at = pages(1, RW);
    at[0] = (char)0xc3; /* ret */
    CHECK_EQ(fault_of_call(at), SIGSEGV);
    CHECK_EQ(fault.si_code, SEGV_ACCERR);
    CHECK_EQ(fault.si_addr, at);
    CHECK_EQ(fault_context.uc_mcontext.gregs[REG_RIP], (long)at);
    CHECK_OK(mprotect(at, PAGE, PROT_READ | PROT_EXEC));
    CHECK_EQ(fault_of_call(at), 0);
    CHECK_EQ(fault_of_write(at), SIGSEGV);
}

TEST(nonCanonicalAddress_raisesSegvWithoutAddress) {
    CHECK_EQ(fault_of_read((char *)0x8000000000000000UL), SIGSEGV);
    CHECK_EQ(fault.si_code, SI_KERNEL);
    CHECK_EQ(fault.si_addr, NULL);
}

TEST(mprotect_onPart_splitsAndMerges) {
    char *at = pages(5, RW);
    memset(at, 3, 5 * PAGE);
    CHECK_OK(mprotect(at + 2 * PAGE, PAGE, PROT_READ));
    CHECK_EQ(fault_of_write(at + 1 * PAGE), 0);
    CHECK_EQ(fault_of_write(at + 2 * PAGE), SIGSEGV);
    CHECK_EQ(fault_of_write(at + 3 * PAGE), 0);
    CHECK_OK(mprotect(at, 5 * PAGE, RW));
    for (int i = 0; i < 5; i++) CHECK_EQ(fault_of_write(at + i * PAGE), 0);
    CHECK_EQ(at[2 * PAGE + 1], 3);
}

TEST(mprotect_withBadArguments_fails) {
    char *at = pages(3, RW);
    CHECK_ERR(mprotect(at + 1, PAGE, PROT_READ), EINVAL);
    CHECK_ERR(mprotect(at, PAGE, 0x100), EINVAL);
    CHECK_OK(mprotect(at, 0, PROT_READ));
    CHECK_OK(munmap(at + PAGE, PAGE));
    CHECK_ERR(mprotect(at, 3 * PAGE, PROT_READ), ENOMEM);
    int fd = make_file("file", "x"), reader = REQUIRE_OK(open("file", O_RDONLY));
    char *file = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, reader, 0);
    CHECK_ERR(mprotect(file, PAGE, RW), EACCES);
    CHECK_OK(close(fd));
}

TEST(faultDoneRightInHandler_isRepeated) {
    static char *at;
    at = pages(1, PROT_READ);
    void handler(int signal, siginfo_t *info, void *context) {
        (void)signal, (void)context;
        if (info->si_addr != at + 8) _exit(7);
        mprotect(at, PAGE, RW);
    }
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    CHECK_OK(sigaction(SIGSEGV, &action, NULL));
    ((volatile char *)at)[8] = 5;
    CHECK_EQ(at[8], 5);
}

TEST(blockedSegv_kills) {
    sigset_t all;
    sigfillset(&all);
    int status = IN_CHILD(
        catch_faults();
        sigprocmask(SIG_BLOCK, &all, NULL);
        *(volatile char *)8 = 1);
    CHECK(WIFSIGNALED(status));
    CHECK_EQ(WTERMSIG(status), SIGSEGV);
    status = IN_CHILD(signal(SIGSEGV, SIG_IGN); *(volatile char *)8 = 1);
    CHECK_EQ(WTERMSIG(status), SIGSEGV);
}

TEST(codeModification_isSeen) {
    unsigned char *at = mmap(NULL, PAGE, RW | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(at != MAP_FAILED);
    for (int i = 0; i < 100; i++) {
        unsigned char code[] = {0xb8, i, 0, 0, 0, 0xc3}; /* mov $i,%eax; ret */
        memcpy(at, code, sizeof code);
        REQUIRE(((int (*)(void))at)() == i);
    }
}

TEST(systemCallIntoReadOnly_failsEfault) {
    int fd = make_file("file", "abc");
    char *at = pages(1, PROT_READ);
    CHECK_ERR(pread(fd, at, 3, 0), EFAULT);
    CHECK_OK(mprotect(at, PAGE, RW));
    CHECK_EQ(pread(fd, at, 3, 0), 3);
    CHECK_OK(mprotect(at, PAGE, PROT_NONE));
    CHECK_ERR(pread(fd, at, 3, 0), EFAULT);
    CHECK_ERR(write(fd, at, 3), EFAULT);
}
