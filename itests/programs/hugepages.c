/* madvise(2), MADV_HUGEPAGE: huge pages are seen by their speed alone; here, that memory stays what it is. */
#include "check.h"
#include "faults.h"
#include <sys/mman.h>

#define HUGE (2UL << 20)

/* An area that holds four huge pages, whose first begins at *first. */
static char *huge_area(char **first) {
    char *area = mmap(NULL, 5 * HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(area != MAP_FAILED);
    *first = (char *)(((uintptr_t)area + HUGE - 1) & -HUGE);
    if (madvise(area, 5 * HUGE, MADV_HUGEPAGE) < 0)
        SKIP("this kernel has no huge pages");
    return area;
}

static void fill(char *at, size_t bytes, unsigned seed) {
    for (size_t i = 0; i < bytes; i += 4096)
        *(unsigned *)(at + i) = seed + i;
}

static int is_filled(const char *at, size_t bytes, unsigned seed) {
    for (size_t i = 0; i < bytes; i += 4096)
        if (*(const unsigned *)(at + i) != seed + i)
            return 0;
    return 1;
}

TEST(hugePage_isZeroedAndKeepsWhatIsWritten) {
    char *at, *area = huge_area(&at);
    at[HUGE - 1] = 1;
    for (size_t i = 0; i < HUGE - 1; i++)
        if (at[i] != 0)
            (void)check_fail("byte %zu is %d", i, at[i]);
    fill(area, 5 * HUGE, 7);
    CHECK(is_filled(area, 5 * HUGE, 7));
}

TEST(fork_copiesHugePagesOnWrite) {
    char *at;
    (void)huge_area(&at);
    fill(at, 4 * HUGE, 1);
    CHECK_EQ(IN_CHILD({
        CHECK(is_filled(at, 4 * HUGE, 1));
        fill(at + HUGE, HUGE, 2);
        *(unsigned *)(at + 3 * HUGE + 4096) = 3;
        CHECK(is_filled(at + HUGE, HUGE, 2));
    }), 0);
    CHECK(is_filled(at, 4 * HUGE, 1));
    fill(at, 4 * HUGE, 4);
    CHECK(is_filled(at, 4 * HUGE, 4));
}

TEST(partsOfHugePages_areUnmappedAndProtected) {
    char *at;
    (void)huge_area(&at);
    fill(at, 4 * HUGE, 1);
    CHECK_OK(munmap(at + 4096 * 5, 4096 * 3));
    CHECK_OK(mprotect(at + HUGE + 4096, 4096, PROT_READ));
    CHECK_OK(madvise(at + 2 * HUGE + 4096, 2 * 4096, MADV_DONTNEED));
    CHECK(is_filled(at, 5 * 4096, 1));
    CHECK_EQ(*(unsigned *)(at + 8 * 4096), 1 + 8 * 4096u);
    CHECK_EQ(*(unsigned *)(at + HUGE + 4096), 1 + HUGE + 4096u);
    CHECK_EQ(*(unsigned *)(at + 2 * HUGE + 4096), 0u);
    CHECK_EQ(*(unsigned *)(at + 2 * HUGE + 3 * 4096), 1 + 2 * HUGE + 3 * 4096u);
    CHECK(is_filled(at + 3 * HUGE, HUGE, 1 + 3 * HUGE));
    CHECK_EQ(fault_of_write(at + 4096 * 6), SIGSEGV);
    CHECK_EQ(fault_of_write(at + HUGE + 4096), SIGSEGV);
}

TEST(mremap_movesHugePages) {
    char *at;
    (void)huge_area(&at);
    fill(at, 2 * HUGE, 9);
    char *moved = mremap(at, 2 * HUGE, 3 * HUGE, MREMAP_MAYMOVE);
    REQUIRE(moved != MAP_FAILED);
    CHECK(is_filled(moved, 2 * HUGE, 9));
    fill(moved + 2 * HUGE, HUGE, 10);
    CHECK(is_filled(moved + 2 * HUGE, HUGE, 10));
}

TEST(freedHugePages_comeBackZeroed) {
    char *at;
    (void)huge_area(&at);
    for (int i = 0; i < 20; i++) {
        fill(at, 4 * HUGE, i);
        CHECK(is_filled(at, 4 * HUGE, i));
        CHECK_OK(madvise(at, 4 * HUGE, MADV_DONTNEED));
        CHECK_EQ(*(unsigned *)(at + HUGE + 4096), 0u);
    }
}
