/*
 * System calls from sites that are used very often, where a kernel may find a shorter way than the instruction: whatever it
 * does must not be seen in results, registers, signals, nor in the bytes of the code as others than the code itself see them.
 */
#include "check.h"
#include "faults.h"
#include <asm/prctl.h>
#include <pthread.h>
#include <sys/uio.h>

/* More often than anybody needs to notice. */
#define HOT 400

/* mov $NUMBER, %eax; syscall: the commonest form, in functions of their own. */
#define SITE(name, number)                                                     \
    __asm__(".text\n .balign 16\n .byte 0x90\n .globl " #name "\n" #name ":\n"  \
            " mov $" #number ", %eax\n syscall\n " #name "_behind: ret\n");    \
    long name(void);                                                           \
    extern char name##_behind[]

SITE(hot_getpid, 39);
SITE(hot_gettid, 186);
SITE(hot_getppid, 110);
SITE(hot_getuid, 102);
SITE(hot_geteuid, 107);
SITE(hot_getgid, 104);
SITE(hot_getegid, 108);
SITE(hot_yield, 24);
SITE(signalled_getpid, 39);
SITE(stepped_getpid, 39);
SITE(jumped_getpid, 39);
SITE(raced_gettid, 186);
SITE(flagged_getpid, 39);
SITE(gs_getpid, 39);
SITE(low_getpid, 39);

static void heat(long (*site)(void)) {
    for (int i = 0; i < HOT; i++) site();
}

TEST(identity_fromHotSites_isTheSame) {
    struct {
        long (*site)(void);
        int number;
    } calls[] = {{hot_getpid, SYS_getpid},   {hot_gettid, SYS_gettid}, {hot_getppid, SYS_getppid}, {hot_getuid, SYS_getuid},
                 {hot_geteuid, SYS_geteuid}, {hot_getgid, SYS_getgid}, {hot_getegid, SYS_getegid}};
    for (unsigned i = 0; i < sizeof calls / sizeof *calls; i++) {
        long expected = calls[i].site();
        for (int k = 0; k < HOT; k++)
            if (calls[i].site() != expected) {
                CHECK_EQ(calls[i].site(), expected);
                break;
            }
        long other;
        __asm__ volatile("syscall" : "=a"(other) : "a"(calls[i].number) : "rcx", "r11", "memory");
        CHECK_EQ(other, expected);
    }
    CHECK_EQ(hot_getpid(), getpid());
    CHECK_EQ(hot_yield(), 0);
}

TEST(fork_ofHotSites_givesTheChildsIds) {
    heat(hot_getpid), heat(hot_gettid), heat(hot_getppid);
    long parent = getpid();
    pid_t child = CHECK_OK(fork());
    if (child == 0) {
        long pid = hot_getpid();
        heat(hot_getpid), heat(hot_gettid), heat(hot_getppid);
        _exit(pid != parent && pid == hot_getpid() && pid == hot_gettid() && hot_getppid() == parent ? 0 : 1);
    }
    int status;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    CHECK_EQ(hot_getpid(), parent);
}

static void *tell_tid(void *unused) {
    (void)unused;
    heat(hot_gettid), heat(hot_getpid);
    return (void *)(hot_getpid() == getpid() ? hot_gettid() : -1);
}

TEST(threads_haveIdsOfTheirOwn) {
    heat(hot_gettid);
    pthread_t threads[4];
    void *tids[4];
    for (int i = 0; i < 4; i++) CHECK_EQ(pthread_create(&threads[i], NULL, tell_tid, NULL), 0);
    for (int i = 0; i < 4; i++) {
        CHECK_EQ(pthread_join(threads[i], &tids[i]), 0);
        CHECK((long)tids[i] > 0 && (long)tids[i] != getpid());
        for (int k = 0; k < i; k++) CHECK(tids[i] != tids[k]);
    }
}

TEST(getppid_changesWhenTheParentEnds) {
    int news[2];
    CHECK_OK(pipe(news));
    pid_t middle = CHECK_OK(fork());
    if (middle == 0) {
        pid_t parent = getpid();
        if (fork() == 0) {
            heat(hot_getppid);
            /* it computes, and never waits: the change comes by itself */
            while (hot_getppid() == parent) {
            }
            char same = hot_getppid() == syscall(SYS_getppid);
            _exit(write(news[1], &same, 1) != 1);
        }
        usleep(50000);
        _exit(0);
    }
    close(news[1]);
    char same = 0;
    CHECK_EQ(read(news[0], &same, 1), 1);
    CHECK_EQ(same, 1);
    CHECK_EQ(waitpid(middle, NULL, 0), middle);
}

TEST(setuid_isSeenAtOnce) {
    if (getuid() != 0) return;
    pid_t child = CHECK_OK(fork());
    if (child == 0) {
        heat(hot_getuid), heat(hot_geteuid), heat(hot_getegid), heat(hot_getgid);
        if (setegid(77) != 0 || hot_getegid() != 77 || hot_getgid() != 0) _exit(1);
        if (seteuid(88) != 0 || hot_geteuid() != 88 || hot_getuid() != 0) _exit(2);
        if (seteuid(0) != 0 || setuid(99) != 0 || hot_getuid() != 99 || hot_geteuid() != 99) _exit(3);
        _exit(0);
    }
    int status;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
}

TEST(registersAndFlags_areKept) {
    heat(flagged_getpid);
    static const long flags[] = {0, 1, 4, 0x10, 0x40, 0x80, 0x800, 0x8d5, 0x400};
    for (unsigned i = 0; i < sizeof flags / sizeof *flags; i++) {
        long in[8] = {1, 2, 3, 4, 5, 6, 7, 8}, out[8], after;
        __asm__ volatile(
                "sub $128, %%rsp\n push %%rbx\n push %%rbp\n push %%rax\n mov %%rcx, %%rbp\n"
                "mov (%%rbp), %%rdi\n mov 8(%%rbp), %%rsi\n mov 16(%%rbp), %%rdx\n mov 24(%%rbp), %%r10\n"
                "mov 32(%%rbp), %%r8\n mov 40(%%rbp), %%r9\n mov 48(%%rbp), %%rbx\n mov 56(%%rbp), %%r12\n"
                "popfq\n call flagged_getpid\n pushfq\n cld\n"
                "mov %%rdi, (%%rbp)\n mov %%rsi, 8(%%rbp)\n mov %%rdx, 16(%%rbp)\n mov %%r10, 24(%%rbp)\n"
                "mov %%r8, 32(%%rbp)\n mov %%r9, 40(%%rbp)\n mov %%rbx, 48(%%rbp)\n mov %%r12, 56(%%rbp)\n"
                "pop %%rax\n pop %%rbp\n pop %%rbx\n add $128, %%rsp"
                : "=a"(after)
                : "a"(flags[i] | 0x202), "c"(in)
                : "rdx", "rdi", "rsi", "r8", "r9", "r10", "r11", "r12", "memory", "cc");
        memcpy(out, in, sizeof out);
        for (int k = 0; k < 8; k++) CHECK_EQ(out[k], k + 1);
        CHECK_EQ(after & 0xcd5, flags[i]);
    }
}

TEST(jumpToTheInstruction_makesTheCallInRax) {
    heat(jumped_getpid);
    long result;
    __asm__ volatile("call *%1" : "=a"(result) : "r"(jumped_getpid_behind - 2), "a"(SYS_getppid) : "rcx", "r11", "memory");
    CHECK_EQ(result, getppid());
    __asm__ volatile("call *%1" : "=a"(result) : "r"(jumped_getpid_behind - 2), "a"(5000) : "rcx", "r11", "memory");
    CHECK_EQ(result, -ENOSYS);
    CHECK_EQ(jumped_getpid(), getpid());
}

static volatile long stray, signals;
static volatile bool looping;

static void on_alarm(int signal, siginfo_t *info, void *context) {
    (void)signal, (void)info;
    char *at = (char *)((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
    char *start = (char *)signalled_getpid;
    /* within the binary; if in the site, then between two of its instructions */
    extern char __executable_start[], etext[];
    bool in_site = at >= start && at <= signalled_getpid_behind;
    if (looping && (at < __executable_start || at >= etext)) stray = (long)at;
    if (in_site && at != start && at != signalled_getpid_behind - 2 && at != signalled_getpid_behind) stray = (long)at;
    if (in_site && at == signalled_getpid_behind && ((ucontext_t *)context)->uc_mcontext.gregs[REG_RAX] != getpid()) stray = -1;
    signals++;
}

TEST(signals_findTheThreadBeforeOrBehindItsCall) {
    struct sigaction action = {.sa_sigaction = on_alarm, .sa_flags = SA_SIGINFO | SA_RESTART};
    CHECK_OK(sigaction(SIGALRM, &action, NULL));
    struct itimerval often = {{0, 500}, {0, 500}};
    CHECK_OK(setitimer(ITIMER_REAL, &often, NULL));
    long pid = getpid();
    looping = true;
    while (signals < 300)
        for (int i = 0; i < 1000; i++)
            if (signalled_getpid() != pid) {
                CHECK_EQ(signalled_getpid(), pid);
                signals = 1000;
                break;
            }
    looping = false;
    CHECK_EQ(stray, 0);
}

static volatile long steps, odd_steps, left_at;

static void on_step(int signal, siginfo_t *info, void *context) {
    (void)signal, (void)info;
    ucontext_t *uc = context;
    char *at = (char *)uc->uc_mcontext.gregs[REG_RIP], *start = (char *)stepped_getpid;
    if (at == start || at == stepped_getpid_behind - 2 || at == stepped_getpid_behind) {
        steps++;
    } else if (at > start && at < stepped_getpid_behind) {
        odd_steps++;
    } else {
        left_at = (long)at;
        uc->uc_mcontext.gregs[REG_EFL] &= ~0x100L;
    }
}

TEST(steps_goFromInstructionToInstruction) {
    heat(stepped_getpid);
    struct sigaction action = {.sa_sigaction = on_step, .sa_flags = SA_SIGINFO};
    CHECK_OK(sigaction(SIGTRAP, &action, NULL));
    for (int i = 0; i < 3; i++) {
        long result, back;
        steps = odd_steps = left_at = 0;
        __asm__ volatile(
                "sub $128, %%rsp\n lea 1f(%%rip), %1\n pushfq\n orq $0x100, (%%rsp)\n popfq\n call stepped_getpid\n"
                "1: add $128, %%rsp"
                : "=a"(result), "=&b"(back)::"rcx", "r11", "memory", "cc");
        CHECK_EQ(result, getpid());
        /* at the site and at the instruction; processors differ in whether they stop behind it */
        CHECK(steps == 2 || steps == 3);
        CHECK_EQ(odd_steps, 0);
        CHECK_EQ(left_at, back);
    }
}

static _Atomic int racing;

static void *race(void *unused) {
    (void)unused;
    racing++;
    while (racing < 4) {
    }
    long tid = syscall(SYS_gettid);
    for (int i = 0; i < 3000; i++)
        if (raced_gettid() != tid) return (void *)1;
    return NULL;
}

TEST(threads_mayRaceOnAFreshSite) {
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) CHECK_EQ(pthread_create(&threads[i], NULL, race, NULL), 0);
    for (int i = 0; i < 4; i++) {
        void *bad;
        CHECK_EQ(pthread_join(threads[i], &bad), 0);
        CHECK_EQ((long)bad, 0);
    }
}

/* A file of one page: nop; mov $NUMBER, %eax; syscall; ret */
static int code_file(const char *name, int number) {
    unsigned char page[4096] = {0x90, 0xb8, number, 0, 0, 0, 0x0f, 0x05, 0xc3};
    int fd = CHECK_OK(open(name, O_RDWR | O_CREAT | O_TRUNC, 0700));
    CHECK_EQ(write(fd, page, sizeof page), 4096);
    return fd;
}

#define CALL(page) (((long (*)(void))(page))())

static void heat_page(void *page) {
    for (int i = 0; i < HOT; i++) CALL(page);
}

TEST(code_asOthersSeeIt_isUnchanged) {
    int fd = code_file("code", SYS_getpid);
    unsigned char *page = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
    heat_page(page);
    static const unsigned char expected[] = {0x90, 0xb8, SYS_getpid, 0, 0, 0, 0x0f, 0x05, 0xc3};
    unsigned char seen[9];
    /* the file */
    CHECK_EQ(pread(fd, seen, 9, 0), 9);
    CHECK_EQ(memcmp(seen, expected, 9), 0);
    /* the kernel, which reads for us */
    int pipes[2];
    CHECK_OK(pipe(pipes));
    CHECK_EQ(write(pipes[1], page, 9), 9);
    CHECK_EQ(read(pipes[0], seen, 9), 9);
    CHECK_EQ(memcmp(seen, expected, 9), 0);
    /* /proc/self/mem */
    int memory = CHECK_OK(open("/proc/self/mem", O_RDONLY));
    memset(seen, 0, 9);
    CHECK_EQ(pread(memory, seen, 9, (long)page), 9);
    CHECK_EQ(memcmp(seen, expected, 9), 0);
    /* process_vm_readv */
    struct iovec to = {seen, 9}, from = {page, 9};
    memset(seen, 0, 9);
    CHECK_EQ(process_vm_readv(getpid(), &to, 1, &from, 1, 0), 9);
    CHECK_EQ(memcmp(seen, expected, 9), 0);
    /* another mapping of the same file */
    unsigned char *other = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
    CHECK_EQ(memcmp(other, expected, 9), 0);
    CHECK_EQ(CALL(page), getpid());
}

TEST(code_thatIsWritten_isWhatRuns) {
    int fd = code_file("code", SYS_getpid);
    unsigned char *page = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
    heat_page(page);
    CHECK_OK(mprotect(page, 4096, PROT_READ | PROT_WRITE));
    static const unsigned char original[] = {0x90, 0xb8, SYS_getpid, 0, 0, 0, 0x0f, 0x05, 0xc3};
    CHECK_EQ(memcmp(page, original, 9), 0);
    page[2] = SYS_getppid;
    CHECK_OK(mprotect(page, 4096, PROT_READ | PROT_EXEC));
    for (int i = 0; i < HOT; i++)
        if (CALL(page) != getppid()) break;
    CHECK_EQ(CALL(page), getppid());
    unsigned char byte;
    CHECK_EQ(pread(fd, &byte, 1, 2), 1);
    CHECK_EQ(byte, SYS_getpid);
}

TEST(code_whoseFileIsWritten_isWhatRuns) {
    int fd = code_file("code", SYS_getpid);
    unsigned char *page = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
    heat_page(page);
    unsigned char number = SYS_getppid;
    CHECK_EQ(pwrite(fd, &number, 1, 2), 1);
    CHECK_EQ(CALL(page), getppid());
    heat_page(page);
    /* and by a shared mapping */
    unsigned char *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    shared[2] = SYS_getpid;
    CHECK_EQ(CALL(page), getpid());
    heat_page(page);
    shared[2] = SYS_getppid;
    CHECK_EQ(CALL(page), getppid());
}

TEST(code_mappedAnew_isWhatRuns) {
    int first = code_file("first", SYS_getpid), second = code_file("second", SYS_getppid);
    unsigned char *page = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, first, 0);
    for (int i = 0; i < 6; i++) {
        heat_page(page);
        CHECK_EQ(CALL(page), i % 2 ? getppid() : getpid());
        CHECK(mmap(page, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED, i % 2 ? first : second, 0) == page);
        CHECK_EQ(CALL(page), i % 2 ? getpid() : getppid());
    }
    heat_page(page);
    CHECK_OK(munmap(page, 4096));
    CHECK_EQ(FAULT_OF(CALL(page)), SIGSEGV);
    CHECK_EQ((long)fault.si_addr, (long)page);
}

TEST(code_ofAJit_mayChangeAtAnyTime) {
    unsigned char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    static const unsigned char code[] = {0x90, 0xb8, SYS_getpid, 0, 0, 0, 0x0f, 0x05, 0xc3};
    memcpy(page, code, sizeof code);
    for (int i = 0; i < 4 * HOT; i++) {
        page[2] = i % 2 ? SYS_getppid : SYS_getpid;
        if (CALL(page) != (i % 2 ? getppid() : getpid())) {
            CHECK_EQ(i, -1);
            break;
        }
    }
    CHECK_OK(mprotect(page, 4096, PROT_READ | PROT_EXEC));
    page[0] == 0x90 ? heat_page(page) : (void)0;
    CHECK_EQ(memcmp(page, code, 2), 0);
    CHECK_EQ(memcmp(page + 6, code + 6, 3), 0);
}

TEST(addresses_thatAreMapped_areEmpty) {
    heat(low_getpid);
    /* where a kernel that patches may keep something */
    unsigned char *area = mmap((void *)0x5000000, 0x200000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    CHECK(area == (void *)0x5000000);
    for (long i = 0; i < 0x200000; i++)
        if (area[i] != 0) {
            CHECK_EQ(i, -1);
            break;
        }
    memset(area, 0xff, 0x200000);
    heat(low_getpid);
    CHECK_EQ(low_getpid(), getpid());
    CHECK_OK(munmap(area, 0x200000));
    heat(low_getpid);
    CHECK_EQ(low_getpid(), getpid());
}

TEST(gs_isTheProgramsOwn) {
    heat(gs_getpid);
    static long mine[4] = {0x1234, 0x5678};
    unsigned long base = 1;
    CHECK_OK(syscall(SYS_arch_prctl, ARCH_GET_GS, &base));
    CHECK_EQ(base, 0);
    CHECK_OK(syscall(SYS_arch_prctl, ARCH_SET_GS, mine));
    for (int i = 0; i < HOT; i++)
        if (gs_getpid() != getpid()) break;
    CHECK_EQ(gs_getpid(), getpid());
    long value;
    __asm__ volatile("mov %%gs:8, %0" : "=r"(value));
    CHECK_EQ(value, 0x5678);
    CHECK_OK(syscall(SYS_arch_prctl, ARCH_GET_GS, &base));
    CHECK_EQ(base, (long)mine);
    CHECK_EQ(mine[0], 0x1234);
    CHECK_OK(syscall(SYS_arch_prctl, ARCH_SET_GS, 0));
    CHECK_EQ(gs_getpid(), getpid());
}

TEST(execve_ofAProgramWithHotSites_startsAnew) {
    for (int i = 0; i < 3; i++) {
        pid_t child = CHECK_OK(vfork());
        if (child == 0) {
            execl("/proc/self/exe", "hotcalls", "identity_fromHotSites_isTheSame", NULL);
            _exit(127);
        }
        heat(hot_getpid);
        int status;
        CHECK_EQ(waitpid(child, &status, 0), child);
        CHECK_EQ(status, 0);
    }
}

/* read, write and their like, over and over, with arguments that differ. */
TEST(inputAndOutput_fromHotSites_areExact) {
    int fd = CHECK_OK(open("data", O_RDWR | O_CREAT, 0600));
    char out[64], in[64];
    for (int i = 0; i < 2000; i++) {
        int length = 1 + i % 64;
        memset(out, i, sizeof out);
        memset(in, ~i, sizeof in);
        if (pwrite(fd, out, length, i) != length || pread(fd, in, length, i) != length || memcmp(in, out, length) != 0) {
            CHECK_EQ(i, -1);
            break;
        }
    }
    CHECK_ERR(pread(fd, (void *)8, 1, 0), EFAULT);
    CHECK_ERR(pread(-1, in, 1, 0), EBADF);
    /* 1983 is the last that writes 64 bytes */
    CHECK_EQ(lseek(fd, 0, SEEK_END), 1983 + 64);
}

static void on_usr1(int signal) {
    (void)signal;
}

/* Waits until a process sleeps. */
static void await_sleep(pid_t pid) {
    char path[64], line[256] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    for (int i = 0; i < 2000 && !strstr(line, ") S"); i++) {
        usleep(5000);
        int fd = open(path, O_RDONLY);
        memset(line, 0, sizeof line);
        read(fd, line, sizeof line - 1);
        close(fd);
    }
}

/* A hot site in which the thread waits, and is interrupted. */
TEST(waits_inHotSites_endWithSignals) {
    int pipes[2];
    CHECK_OK(pipe(pipes));
    char byte = 1;
    for (int i = 0; i < HOT; i++) {
        if (write(pipes[1], &byte, 1) != 1 || read(pipes[0], &byte, 1) != 1) break;
    }
    struct sigaction action = {.sa_handler = on_usr1};
    CHECK_OK(sigaction(SIGUSR1, &action, NULL));
    pid_t parent = getpid();
    pid_t child = CHECK_OK(fork());
    if (child == 0) {
        await_sleep(parent);
        kill(parent, SIGUSR1);
        usleep(100000);
        await_sleep(parent);
        kill(parent, SIGUSR1);
        usleep(100000);
        _exit(write(pipes[1], &byte, 1) != 1);
    }
    CHECK_ERR(read(pipes[0], &byte, 1), EINTR);
    action.sa_flags = SA_RESTART;
    CHECK_OK(sigaction(SIGUSR1, &action, NULL));
    CHECK_EQ(read(pipes[0], &byte, 1), 1);
    int status;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
}

static int never[2];
static volatile int cleaned;

static void clean_up(void *unused) {
    (void)unused;
    cleaned = 1;
}

static void *reads_for_ever(void *unused) {
    char byte;
    pthread_cleanup_push(clean_up, NULL);
    for (int i = 0; i < HOT; i++)
        if (pread(never[1], &byte, 1, 0) != -1) return NULL;
    if (read(never[0], &byte, 1) != -1) return NULL;
    pthread_cleanup_pop(0);
    return unused;
}

/* The C library's read(2) looks first whether there are other threads: then it can be cancelled. */
TEST(hotRead_inAProcessThatGetsThreads_canBeCancelled) {
    pthread_t thread;
    void *result;
    char bytes[4];
    int zero = REQUIRE_OK(open("/dev/zero", O_RDONLY));
    for (int i = 0; i < HOT; i++) CHECK_EQ(read(zero, bytes, sizeof bytes), sizeof bytes);
    CHECK_OK(pipe(never));
    CHECK_EQ(pthread_create(&thread, NULL, reads_for_ever, NULL), 0);
    for (int i = 0; i < HOT; i++) CHECK_EQ(read(zero, bytes, i % 4), i % 4);
    CHECK_ERR(read(never[1], bytes, 1), EBADF);
    CHECK_EQ(pthread_cancel(thread), 0);
    CHECK_EQ(pthread_join(thread, &result), 0);
    CHECK(result == PTHREAD_CANCELED);
    CHECK_EQ(cleaned, 1);
    CHECK_EQ(read(zero, bytes, 2), 2);
}
