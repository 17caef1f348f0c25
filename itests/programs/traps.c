/* Exceptions of the processor: which signal, which si_code, which address; single step; wild jumps. */
#include "check.h"
#include "faults.h"

static long rip(void) {
    return fault_context.uc_mcontext.gregs[REG_RIP];
}

TEST(int3_raisesSigtrap) {
    CHECK_EQ(FAULT_OF(__asm__ volatile("int3")), SIGTRAP);
    CHECK_EQ(fault.si_code, SI_KERNEL);
    /* The saved address is after the instruction. */
    CHECK_EQ(((unsigned char *)rip())[-1], 0xcc);
    CHECK_EQ(fault_context.uc_mcontext.gregs[REG_TRAPNO], 3);
}

TEST(ud2_raisesSigill) {
    CHECK_EQ(FAULT_OF(__asm__ volatile("ud2")), SIGILL);
    CHECK_EQ(fault.si_code, ILL_ILLOPN);
    CHECK_EQ((long)fault.si_addr, rip());
    CHECK_EQ(*(unsigned short *)rip(), 0x0b0f);
}

TEST(divisionByZero_raisesSigfpe) {
    CHECK_EQ(FAULT_OF(__asm__ volatile("xor %%ecx, %%ecx\n mov $1, %%eax\n cltd\n idiv %%ecx" ::: "rax", "rcx", "rdx")), SIGFPE);
    CHECK_EQ(fault.si_code, FPE_INTDIV);
    CHECK_EQ((long)fault.si_addr, rip());
    CHECK_EQ(fault_context.uc_mcontext.gregs[REG_TRAPNO], 0);
    CHECK_EQ(FAULT_OF(__asm__ volatile("mov $-1, %%ecx\n mov $0x80000000, %%eax\n cltd\n idiv %%ecx" ::: "rax", "rcx", "rdx")), SIGFPE);
}

TEST(unmaskedSseException_raisesSigfpe) {
    CHECK_EQ(FAULT_OF(
        unsigned int mxcsr = 0x1f80 & ~0x200;
        __asm__ volatile("ldmxcsr %0\n pxor %%xmm0, %%xmm0\n cvtsi2sd %1, %%xmm1\n divsd %%xmm0, %%xmm1" :: "m"(mxcsr), "r"(1) : "xmm0", "xmm1")), SIGFPE);
    CHECK_EQ(fault.si_code, FPE_FLTDIV);
}

TEST(privilegedInstruction_raisesSigsegv) {
    CHECK_EQ(FAULT_OF(__asm__ volatile("hlt")), SIGSEGV);
    CHECK_EQ(fault.si_code, SI_KERNEL);
    CHECK_EQ(fault_context.uc_mcontext.gregs[REG_TRAPNO], 13);
    CHECK_EQ(FAULT_OF(__asm__ volatile("cli")), SIGSEGV);
    CHECK_EQ(FAULT_OF(__asm__ volatile("in $0x60, %%al" ::: "rax")), SIGSEGV);
    CHECK_EQ(FAULT_OF(__asm__ volatile("mov %%cr0, %%rax" ::: "rax")), SIGSEGV);
}

TEST(wildJumps_raiseSigsegvAtTarget) {
    static const unsigned long targets[] = {0, 8, 0x41414141, 0x7ffffffff000 - 4096, 0x10000};
    for (int i = 0; i < 5; i++) {
        CHECK_EQ(fault_of_call((void *)targets[i]), SIGSEGV);
        CHECK_EQ(rip(), targets[i]);
        CHECK_EQ((long)fault.si_addr, targets[i]);
    }
    CHECK_EQ(FAULT_OF(__asm__ volatile("mov $0x8000000000000000, %%rax\n call *%%rax" ::: "rax")), SIGSEGV);
}

TEST(trapFlag_singleSteps) {
    static volatile int steps;
    void step(int signal, siginfo_t *info, void *context) {
        (void)signal;
        steps += info->si_code == TRAP_TRACE;
        if (steps >= 4) ((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] &= ~0x100;
    }
    struct sigaction action = {.sa_sigaction = step, .sa_flags = SA_SIGINFO};
    CHECK_OK(sigaction(SIGTRAP, &action, NULL));
    __asm__ volatile("pushfq\n orl $0x100, (%%rsp)\n popfq\n nop\n nop\n nop\n nop\n nop\n nop\n" ::: "memory", "cc");
    CHECK_EQ(steps, 4);
}

TEST(trapsWithoutHandler_killBySignal) {
    CHECK_EQ(WTERMSIG(IN_CHILD(__asm__ volatile("ud2"))), SIGILL);
    CHECK_EQ(WTERMSIG(IN_CHILD(__asm__ volatile("int3"))), SIGTRAP);
    CHECK_EQ(WTERMSIG(IN_CHILD(__asm__ volatile("hlt"))), SIGSEGV);
    CHECK_EQ(WTERMSIG(IN_CHILD(((void (*)(void))8)())), SIGSEGV);
    CHECK_EQ(WTERMSIG(IN_CHILD(signal(SIGFPE, SIG_IGN); __asm__ volatile("xor %%ecx, %%ecx\n idiv %%ecx" ::: "rax", "rcx", "rdx"))), SIGFPE);
}

TEST(int80_isNotAHole) {
    /* The 32-bit entry: Linux with IA32 support answers -ENOSYS or runs it; anything is right but harm. */
    int status = IN_CHILD(__asm__ volatile("mov $20, %%eax\n int $0x80" ::: "rax", "r8", "r9", "r10", "r11"));
    CHECK(status == 0 || WIFSIGNALED(status));
}

TEST(unknownSystemCall_failsEnosys) {
    CHECK_ERR(syscall(1000), ENOSYS);
    CHECK_ERR(syscall(-1), ENOSYS);
    CHECK_ERR(syscall(0x7fffffff), ENOSYS);
    CHECK_ERR(syscall(400), ENOSYS);
}

TEST(systemCall_keepsAllButRcxAndR11) {
    long out[8];
    __asm__ volatile(
            "mov $1, %%rdi\n mov $2, %%rsi\n mov $3, %%rdx\n mov $4, %%r10\n mov $5, %%r8\n mov $6, %%r9\n mov $39, %%eax\n"
            "syscall\n mov %%rdi, (%0)\n mov %%rsi, 8(%0)\n mov %%rdx, 16(%0)\n mov %%r10, 24(%0)\n mov %%r8, 32(%0)\n mov %%r9, 40(%0)\n"
            "mov %%rax, 48(%0)\n"
            :: "b"(out) : "rax", "rcx", "rdx", "rdi", "rsi", "r8", "r9", "r10", "r11", "memory");
    for (int i = 0; i < 6; i++) CHECK_EQ(out[i], i + 1);
    CHECK_EQ(out[6], getpid());
}

TEST(faultInsideLibraryCall_isFound) {
    char *at = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK_OK(munmap(at + 4096, 4096));
    CHECK_EQ(FAULT_OF(memset(at + 4000, 1, 200)), SIGSEGV);
    CHECK(fault.si_addr >= (void *)(at + 4096) && fault.si_addr < (void *)(at + 4200));
}

TEST(probeCalls_outsideOfProbes_achieveNothing) {
    /* 335 uretprobe, 336 uprobe: only code that the kernel wrote may make them. SIGILL, or ENOSYS where there are none. */
    for (int number = 335; number <= 336; number++) {
        int status = IN_CHILD({
            errno = 0;
            long result = syscall(number);
            _exit(result == -1 && (errno == ENOSYS || errno == ENXIO) ? 0 : 1);
        });
        CHECK(status == 0 || (WIFSIGNALED(status) && WTERMSIG(status) == SIGILL));
    }
}
