/* fork(2): copy-on-write of every kind of mapping; stack growth and its limits. */
#include "check.h"
#include "faults.h"

#define PAGE 4096L
#define RW (PROT_READ | PROT_WRITE)

TEST(privateMemory_isCopiedBothWays) {
    enum { PAGES = 300 };
    int fds[2], back[2];
    char byte;
    CHECK_OK(pipe(fds));
    CHECK_OK(pipe(back));
    char *at = mmap(NULL, PAGES * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < PAGES; i++) at[i * PAGE] = 1;
    pid_t child = START_CHILD(
        for (int i = 0; i < PAGES; i += 2) at[i * PAGE] = 2;
        write(back[1], "x", 1);
        read(fds[0], &byte, 1);
        for (int i = 0; i < PAGES; i++) REQUIRE(at[i * PAGE] == (i % 2 ? 1 : 2)));
    CHECK_EQ(read(back[0], &byte, 1), 1);
    for (int i = 0; i < PAGES; i++) REQUIRE(at[i * PAGE] == 1);
    for (int i = 0; i < PAGES; i++) at[i * PAGE] = 3;
    CHECK_EQ(write(fds[1], "x", 1), 1);
    CHECK_EQ(wait_for(child), 0);
    for (int i = 0; i < PAGES; i++) REQUIRE(at[i * PAGE] == 3);
}

TEST(untouchedMemory_isSeparateAfterFork) {
    char *at = mmap(NULL, 4 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK_EQ(IN_CHILD(CHECK_EQ(at[0], 0); at[0] = 1), 0);
    CHECK_EQ(at[0], 0);
    at[PAGE] = 2;
    CHECK_EQ(at[PAGE], 2);
}

TEST(generations_keepTheirOwn) {
    char *at = mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    at[0] = 0;
    CHECK_EQ(IN_CHILD(
        at[0]++;
        CHECK_EQ(IN_CHILD(
            at[0]++;
            CHECK_EQ(IN_CHILD(at[0]++; CHECK_EQ(at[0], 3)), 0);
            CHECK_EQ(at[0], 2)), 0);
        CHECK_EQ(at[0], 1)), 0);
    CHECK_EQ(at[0], 0);
}

TEST(kernelWrite_breaksSharingToo) {
    int fd = make_file("file", "fresh");
    char *at = mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    strcpy(at, "old");
    CHECK_EQ(IN_CHILD(CHECK_EQ(pread(fd, at, 6, 0), 5); CHECK_STR(at, "fresh")), 0);
    CHECK_STR(at, "old");
    pid_t child = START_CHILD(sleep_ms(100); CHECK_STR(at, "old"));
    CHECK_EQ(pread(fd, at, 6, 0), 5);
    CHECK_STR(at, "fresh");
    CHECK_EQ(wait_for(child), 0);
}

TEST(privateFileMap_isCopied) {
    int fd = make_file("file", "hello");
    char *at = mmap(NULL, PAGE, RW, MAP_PRIVATE, fd, 0);
    at[0] = 'J';
    CHECK_EQ(IN_CHILD(CHECK_STR(at, "Jello"); at[0] = 'C'), 0);
    CHECK_STR(at, "Jello");
    CHECK_STR(text_of("file"), "hello");
}

TEST(sharedMap_staysShared) {
    int *at = shared_memory(PAGE);
    for (int i = 0; i < 5; i++) START_CHILD(__atomic_fetch_add(at, 1, __ATOMIC_SEQ_CST));
    for (int i = 0; i < 5; i++) CHECK_OK(wait(NULL));
    CHECK_EQ(*at, 5);
}

TEST(protectionChanges_arePrivateToProcess) {
    char *at = mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK_EQ(IN_CHILD(CHECK_OK(mprotect(at, PAGE, PROT_NONE)); CHECK_EQ(fault_of_read(at), SIGSEGV)), 0);
    CHECK_EQ(fault_of_write(at), 0);
    CHECK_EQ(IN_CHILD(CHECK_OK(munmap(at, PAGE))), 0);
    CHECK_EQ(fault_of_write(at), 0);
}

TEST(readOnlyRange_madeWritableAfterFork_isCopied) {
    char *at = mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    at[0] = 1;
    CHECK_OK(mprotect(at, PAGE, PROT_READ));
    pid_t child = START_CHILD(CHECK_OK(mprotect(at, PAGE, RW)); at[0] = 2; sleep_ms(50); CHECK_EQ(at[0], 2));
    sleep_ms(20);
    CHECK_OK(mprotect(at, PAGE, RW));
    CHECK_EQ(at[0], 1);
    at[0] = 3;
    CHECK_EQ(wait_for(child), 0);
    CHECK_EQ(at[0], 3);
}

static int depth(int left) {
    volatile char frame[4096];
    frame[0] = left;
    return left == 0 ? 0 : depth(left - 1) + frame[0] * 0 + 1;
}

TEST(stack_growsOnDemand) {
    CHECK_EQ(depth(1500), 1500);
}

TEST(stack_beyondLimit_raisesSegvOnAlternateStack) {
    static char alternate[65536];
    struct rlimit limit = {1 << 20, RLIM_INFINITY};
    CHECK_OK(setrlimit(RLIMIT_STACK, &limit));
    int status = IN_CHILD(
        stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
        sigaltstack(&stack, NULL);
        void handler(int signal, siginfo_t *info, void *context) {
            (void)context;
            char here;
            bool right = signal == SIGSEGV && &here >= alternate && &here < alternate + sizeof alternate;
            _exit(right && info->si_addr != NULL ? 42 : 1);
        }
        struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK};
        sigaction(SIGSEGV, &action, NULL);
        depth(100000));
    CHECK_EQ(status, EXITED(42));
    status = IN_CHILD(depth(100000));
    CHECK_EQ(WTERMSIG(status), SIGSEGV);
}

TEST(forkOfDeepStack_keepsIt) {
    volatile char frame[200000];
    for (int i = 0; i < 200000; i += 100) frame[i] = i / 100;
    CHECK_EQ(IN_CHILD(for (int i = 0; i < 200000; i += 100) REQUIRE(frame[i] == (char)(i / 100)); frame[0] = 99), 0);
    CHECK_EQ(frame[0], 0);
}
