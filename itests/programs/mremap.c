/* mremap(2), brk(2), madvise(2). */
#include "check.h"
#include "faults.h"

#define PAGE 4096L
#define RW (PROT_READ | PROT_WRITE)

static char *pages(int count) {
    void *at = mmap(NULL, count * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(at != MAP_FAILED);
    for (int i = 0; i < count; i++) ((char *)at)[i * PAGE] = i + 1;
    return at;
}

TEST(mremap_shrinksInPlace) {
    char *at = pages(4);
    CHECK_EQ(mremap(at, 4 * PAGE, 2 * PAGE, 0), at);
    CHECK_EQ(at[PAGE], 2);
    CHECK_EQ(fault_of_read(at + 2 * PAGE), SIGSEGV);
}

TEST(mremap_growsOrMoves) {
    char *at = pages(4);
    CHECK_OK(munmap(at + 2 * PAGE, 2 * PAGE));
    CHECK_EQ(mremap(at, 2 * PAGE, 4 * PAGE, 0), at);
    CHECK_EQ(at[2 * PAGE], 0);
    CHECK_EQ(at[PAGE], 2);
    char *wall = at;
    CHECK_ERR(mremap(wall, 2 * PAGE, 3 * PAGE, 0), ENOMEM);
    char *moved = mremap(at, 2 * PAGE, 100 * PAGE, MREMAP_MAYMOVE);
    REQUIRE(moved != MAP_FAILED);
    CHECK(moved != at);
    CHECK_EQ(moved[0], 1);
    CHECK_EQ(moved[PAGE], 2);
    CHECK_EQ(moved[99 * PAGE], 0);
    CHECK_EQ(fault_of_read(at), SIGSEGV);
}

TEST(mremap_fixed_movesThere) {
    char *from = pages(2), *to = pages(4);
    CHECK_EQ(mremap(from, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to + PAGE), to + PAGE);
    CHECK_EQ(to[0], 1);
    CHECK_EQ(to[PAGE], 1);
    CHECK_EQ(to[2 * PAGE], 2);
    CHECK_EQ(to[3 * PAGE], 4);
    CHECK_EQ(fault_of_read(from), SIGSEGV);
}

TEST(mremap_withBadArguments_fails) {
    char *at = pages(4);
    CHECK_ERR(mremap(at + 1, PAGE, PAGE, 0), EINVAL);
    CHECK_ERR(mremap(at, PAGE, 0, 0), EINVAL);
    CHECK_ERR(mremap(at, PAGE, PAGE, 0x100), EINVAL);
    CHECK_ERR(mremap(at, PAGE, PAGE, MREMAP_FIXED, at), EINVAL);
    CHECK_ERR(mremap(at, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, at + PAGE), EINVAL);
    CHECK_OK(munmap(at + PAGE, PAGE));
    CHECK_ERR(mremap(at, 3 * PAGE, 5 * PAGE, MREMAP_MAYMOVE), EFAULT);
    CHECK_ERR(mremap(at + PAGE, PAGE, 5 * PAGE, MREMAP_MAYMOVE), EFAULT);
}

TEST(mremap_ofSharedMapping_keepsSharing) {
    int fd = make_file("file", "");
    CHECK_OK(ftruncate(fd, 4 * PAGE));
    char *at = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0);
    at[0] = 'x';
    char *more = mremap(at, PAGE, 4 * PAGE, MREMAP_MAYMOVE);
    REQUIRE(more != MAP_FAILED);
    more[3 * PAGE] = 'y';
    char byte = 0;
    CHECK_EQ(pread(fd, &byte, 1, 3 * PAGE), 1);
    CHECK_EQ(byte, 'y');
    /* Old size 0 of a shared mapping makes a second mapping of the same pages (mremap(2)). */
    char *twin = mremap(more, 0, PAGE, MREMAP_MAYMOVE);
    REQUIRE(twin != MAP_FAILED);
    twin[1] = 'z';
    CHECK_EQ(more[1], 'z');
}

TEST(brk_growsAndShrinks) {
    char *start = sbrk(0);
    REQUIRE(start != (void *)-1);
    CHECK_EQ(sbrk(100 * PAGE), start);
    start[0] = 1;
    start[100 * PAGE - 1] = 2;
    CHECK_EQ(sbrk(0), start + 100 * PAGE);
    CHECK_OK(brk(start));
    CHECK_OK(brk(start + 2 * PAGE));
    /* Given back and taken again, the memory is zero; the first part page may have been kept. */
    CHECK_EQ(start[PAGE + 10], 0);
    long now = syscall(SYS_brk, 0);
    CHECK_EQ(now, (long)(start + 2 * PAGE));
    CHECK_EQ(syscall(SYS_brk, 1), now);
    CHECK_EQ(syscall(SYS_brk, -1L), now);
}

TEST(brk_beyondDataLimit_isRefused) {
    struct rlimit limit = {1 << 20, RLIM_INFINITY};
    CHECK_OK(setrlimit(RLIMIT_DATA, &limit));
    long now = syscall(SYS_brk, 0);
    CHECK_EQ(syscall(SYS_brk, now + (16 << 20)), now);
}

TEST(madviseDontneed_zeroesAnonymous) {
    char *at = pages(4);
    CHECK_OK(madvise(at + PAGE, 2 * PAGE, MADV_DONTNEED));
    CHECK_EQ(at[0], 1);
    CHECK_EQ(at[PAGE], 0);
    CHECK_EQ(at[2 * PAGE], 0);
    CHECK_EQ(at[3 * PAGE], 4);
}

TEST(madviseDontneed_onPrivateFile_showsFileAgain) {
    int fd = make_file("file", "hello");
    char *at = mmap(NULL, PAGE, RW, MAP_PRIVATE, fd, 0);
    at[0] = 'J';
    CHECK_OK(madvise(at, PAGE, MADV_DONTNEED));
    CHECK_STR(at, "hello");
    char *shared = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0);
    shared[0] = 'Y';
    CHECK_OK(madvise(shared, PAGE, MADV_DONTNEED));
    CHECK_STR(shared, "Yello");
}

TEST(madviseDontfork_andWipeonfork_work) {
    char *gone = pages(1), *wiped = pages(1);
    CHECK_OK(madvise(gone, PAGE, MADV_DONTFORK));
    CHECK_OK(madvise(wiped, PAGE, MADV_WIPEONFORK));
    CHECK_EQ(IN_CHILD(CHECK_EQ(fault_of_read(gone), SIGSEGV); CHECK_EQ(wiped[0], 0)), 0);
    CHECK_EQ(wiped[0], 1);
    CHECK_EQ(gone[0], 1);
}

TEST(madviseHints_areAccepted_badOnesRefused) {
    char *at = pages(4);
    static const int hints[] = {MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED, MADV_HUGEPAGE, MADV_NOHUGEPAGE, MADV_FREE, MADV_DONTDUMP, MADV_DODUMP};
    for (unsigned i = 0; i < sizeof hints / sizeof *hints; i++) {
        if (madvise(at, 4 * PAGE, hints[i]) < 0 && !(errno == EINVAL && (hints[i] == MADV_HUGEPAGE || hints[i] == MADV_NOHUGEPAGE))) {
            (void)check_fail("hint %d: %s", hints[i], check_errno(errno));
        }
    }
    CHECK_ERR(madvise(at, PAGE, 999), EINVAL);
    CHECK_ERR(madvise(at + 1, PAGE, MADV_DONTNEED), EINVAL);
    CHECK_OK(munmap(at + PAGE, PAGE));
    CHECK_ERR(madvise(at, 3 * PAGE, MADV_DONTNEED), ENOMEM);
    CHECK_OK(madvise(at, 0, MADV_DONTNEED));
}

TEST(madviseRemove_punchesSharedFile) {
    int fd = memfd_create("file", 0);
    CHECK_OK(ftruncate(fd, 2 * PAGE));
    char *at = mmap(NULL, 2 * PAGE, RW, MAP_SHARED, fd, 0);
    memset(at, 'x', 2 * PAGE);
    CHECK_OK(madvise(at, PAGE, MADV_REMOVE));
    char byte = 'q';
    CHECK_EQ(pread(fd, &byte, 1, 0), 1);
    CHECK_EQ(byte, 0);
    CHECK_EQ(at[PAGE], 'x');
}

TEST(mremap_ofSeveralAreas_movesThemTogether) {
    char *from = mmap(NULL, 16 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *to = from + 8 * 4096;
    mmap(from, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    mmap(from + 4096, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    munmap(from + 2 * 4096, 4096);
    mmap(from + 3 * 4096, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    munmap(from + 4 * 4096, 4 * 4096);
    from[0] = 'a', from[4096] = 'b', from[3 * 4096] = 'c';
    void *got = mremap(from, 4 * 4096, 4 * 4096, MREMAP_MAYMOVE | MREMAP_FIXED, to);
    if (got == MAP_FAILED && errno == EFAULT) SKIP("a kernel before Linux 6.17");
    CHECK(got == to);
    CHECK_EQ(to[0], 'a');
    CHECK_EQ(to[4096], 'b');
    CHECK_EQ(to[3 * 4096], 'c');
    unsigned char vector;
    CHECK_OK(mincore(to + 2 * 4096, 4096, &vector)); /* where a hole would come, nothing changes */
    CHECK_ERR(mincore(from, 4096, &vector), ENOMEM);
    CHECK_ERR(mincore(from + 3 * 4096, 4096, &vector), ENOMEM);
    /* not with another length, and not from a hole */
    CHECK(mremap(to, 4 * 4096, 5 * 4096, MREMAP_MAYMOVE | MREMAP_FIXED, from) == MAP_FAILED && errno == EFAULT);
    munmap(to + 2 * 4096, 4096);
    CHECK(mremap(to + 2 * 4096, 2 * 4096, 2 * 4096, MREMAP_MAYMOVE | MREMAP_FIXED, from) == MAP_FAILED && errno == EFAULT);
}

TEST(mremap_thatKeepsTheOldPlace_comparesWholePages) {
    char *from = mmap(NULL, 2 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    from[4096] = 'x';
    char *to = mremap(from, 4097, 2 * 4096, MREMAP_MAYMOVE | 4 /* MREMAP_DONTUNMAP */, NULL);
    CHECK(to != MAP_FAILED);
    CHECK_EQ(to[4096], 'x');
    CHECK_EQ(from[4096], 0);
}

TEST(mremap_growsUpToAStack) {
    char *memory = mmap(NULL, 16 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(memory + 4096, 10 * 4096);
    CHECK(mmap(memory + 11 * 4096, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_GROWSDOWN, -1, 0) != MAP_FAILED);
    CHECK(mremap(memory, 4096, 5 * 4096, 0) == memory);
}
