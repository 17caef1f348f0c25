/* madvise(2): guard pages, memory that may be dropped, advice about huge pages. */
#include "check.h"
#include "faults.h"

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#define MADV_GUARD_REMOVE 103
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif
#ifndef MAP_DROPPABLE
#define MAP_DROPPABLE 8
#endif

enum { PAGE = 4096 };

static char *map_pages(int pages, int prot) {
    return mmap(NULL, pages * (size_t)PAGE, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static int areas_within(void *start, size_t length) {
    FILE *maps = fopen("/proc/self/maps", "r");
    unsigned long from, to;
    int count = 0;
    char line[512];
    while (fgets(line, sizeof line, maps)) {
        if (sscanf(line, "%lx-%lx", &from, &to) == 2 && from < (unsigned long)start + length && to > (unsigned long)start) count++;
    }
    fclose(maps);
    return count;
}

TEST(guardPage_touched_raisesSegvMaperr) {
    char *at = map_pages(5, PROT_READ | PROT_WRITE);
    memset(at, 'x', 5 * PAGE);
    int areas = areas_within(at, 5 * PAGE);
    REQUIRE_OK(madvise(at + 2 * PAGE, PAGE, MADV_GUARD_INSTALL));
    CHECK_EQ(fault_of_read(at + 2 * PAGE), SIGSEGV);
    CHECK_EQ(fault.si_code, SEGV_MAPERR);
    CHECK(fault.si_addr == at + 2 * PAGE);
    CHECK_EQ(fault_of_write(at + 3 * PAGE - 1), SIGSEGV);
    CHECK_EQ(at[2 * PAGE - 1], 'x');
    CHECK_EQ(at[3 * PAGE], 'x');
    CHECK_EQ(areas_within(at, 5 * PAGE), areas);
    /* the kernel does not get at it, either */
    int fd = REQUIRE_OK(open("/dev/zero", O_RDONLY));
    CHECK_ERR(read(fd, at + 2 * PAGE, 1), EFAULT);
    CHECK_EQ(read(fd, at + PAGE, 2 * PAGE), PAGE);
    REQUIRE_OK(madvise(at, 5 * PAGE, MADV_GUARD_REMOVE));
    CHECK_EQ(at[2 * PAGE], 0);
    CHECK_EQ(at[3 * PAGE], 'x');
    at[2 * PAGE] = 1;
}

TEST(guardPage_outlivesDiscardingAndProtecting) {
    char *at = map_pages(3, PROT_READ | PROT_WRITE);
    REQUIRE_OK(madvise(at + PAGE, PAGE, MADV_GUARD_INSTALL));
    REQUIRE_OK(madvise(at + PAGE, PAGE, MADV_GUARD_INSTALL));
    REQUIRE_OK(madvise(at, 3 * PAGE, MADV_DONTNEED));
    REQUIRE_OK(madvise(at, 3 * PAGE, MADV_FREE));
    CHECK_EQ(fault_of_read(at + PAGE), SIGSEGV);
    REQUIRE_OK(mprotect(at, 3 * PAGE, PROT_READ));
    REQUIRE_OK(mprotect(at, 3 * PAGE, PROT_READ | PROT_WRITE));
    CHECK_EQ(fault_of_write(at + PAGE), SIGSEGV);
    CHECK_EQ(fault_of_write(at), 0);
    CHECK_ERR(madvise(at, 3 * PAGE, MADV_POPULATE_READ), EFAULT);
    CHECK_ERR(madvise(at, 3 * PAGE, MADV_POPULATE_WRITE), EFAULT);
    REQUIRE_OK(munmap(at + PAGE, PAGE));
    REQUIRE((char *)mmap(at + PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == at + PAGE);
    CHECK_EQ(fault_of_read(at + PAGE), 0);
}

TEST(guardPage_isInherited_unlessWiped) {
    char *at = map_pages(2, PROT_READ | PROT_WRITE), *wiped = map_pages(2, PROT_READ | PROT_WRITE);
    REQUIRE_OK(madvise(at, PAGE, MADV_GUARD_INSTALL));
    REQUIRE_OK(madvise(wiped, PAGE, MADV_GUARD_INSTALL));
    REQUIRE_OK(madvise(wiped, 2 * PAGE, MADV_WIPEONFORK));
    CHECK_EQ(IN_CHILD({
                 CHECK_EQ(fault_of_read(at), SIGSEGV);
                 CHECK_EQ(fault_of_read(at + PAGE), 0);
                 CHECK_EQ(fault_of_read(wiped), 0);
             }),
             0);
    CHECK_EQ(fault_of_read(wiped), SIGSEGV);
}

TEST(guardPage_moves) {
    char *at = map_pages(1, PROT_READ | PROT_WRITE);
    REQUIRE_OK(madvise(at, PAGE, MADV_GUARD_INSTALL));
    char *to = map_pages(1, PROT_NONE);
    REQUIRE(mremap(at, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to);
    CHECK_EQ(fault_of_read(to), SIGSEGV);
    CHECK_OK(madvise(to, PAGE, MADV_GUARD_REMOVE));
    CHECK_EQ(fault_of_read(to), 0);
}

TEST(guardPage_movesWithWhatIsAroundIt) {
    char *at = map_pages(6, PROT_READ | PROT_WRITE);
    at[0] = 'a';
    at[3 * PAGE] = 'd';
    REQUIRE_OK(madvise(at + 2 * PAGE, PAGE, MADV_GUARD_INSTALL));
    /* a part with a guard, grown */
    char *to = mremap(at, 4 * PAGE, 8 * PAGE, MREMAP_MAYMOVE);
    REQUIRE(to != MAP_FAILED);
    CHECK_EQ(to[0], 'a');
    CHECK_EQ(to[3 * PAGE], 'd');
    CHECK_EQ(fault_of_read(to + 2 * PAGE), SIGSEGV);
    CHECK_EQ(fault.si_code, SEGV_MAPERR);
    CHECK_EQ(fault_of_write(to + PAGE), 0);
    CHECK_EQ(fault_of_write(to + 7 * PAGE), 0);
    /* to a place of its own, and back without what is left */
    char *fixed = map_pages(8, PROT_NONE);
    REQUIRE(mremap(to, 8 * PAGE, 8 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, fixed) == fixed);
    CHECK_EQ(fault_of_read(fixed + 2 * PAGE), SIGSEGV);
    REQUIRE(mremap(fixed, 8 * PAGE, 3 * PAGE, 0) == fixed);
    CHECK_EQ(fault_of_write(fixed + 2 * PAGE), SIGSEGV);
    CHECK_OK(madvise(fixed, 3 * PAGE, MADV_GUARD_REMOVE));
    CHECK_EQ(fault_of_write(fixed + 2 * PAGE), 0);
    CHECK_EQ(fixed[0], 'a');
}

TEST(manyGuardPages_keepTheirNeighboursApart) {
    char *at = map_pages(256, PROT_READ | PROT_WRITE);
    for (int i = 1; i < 256; i += 2) REQUIRE_OK(madvise(at + i * PAGE, PAGE, MADV_GUARD_INSTALL));
    for (int i = 0; i < 256; i += 2) at[i * PAGE] = i;
    for (int i = 0; i < 256; i++) {
        int raised = fault_of_read(at + i * PAGE);
        if (!CHECK_EQ(raised, i % 2 ? SIGSEGV : 0)) break;
    }
    CHECK_OK(madvise(at, 128 * PAGE, MADV_GUARD_REMOVE));
    for (int i = 0; i < 128; i++) at[i * PAGE] = 1;
    CHECK_EQ(fault_of_write(at + 129 * PAGE), SIGSEGV);
    /* rights come first */
    CHECK_OK(mprotect(at + 129 * PAGE, PAGE, PROT_READ));
    CHECK_EQ(fault_of_write(at + 129 * PAGE), SIGSEGV);
    CHECK_EQ(fault.si_code, SEGV_ACCERR);
    CHECK_EQ(fault_of_read(at + 129 * PAGE), SIGSEGV);
    CHECK_EQ(fault.si_code, SEGV_MAPERR);
}

TEST(guardPages_inFilesAndLockedMemory) {
    int fd = REQUIRE_OK(syscall(SYS_memfd_create, "guarded", 0));
    REQUIRE_OK(ftruncate(fd, 2 * PAGE));
    CHECK_EQ(pwrite(fd, "data", 4, 0), 4);
    char *file = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
    CHECK_EQ(file[0], 'd');
    CHECK_OK(madvise(file, PAGE, MADV_GUARD_INSTALL));
    CHECK_EQ(fault_of_read(file), SIGSEGV);
    CHECK_EQ(file[PAGE], 0);
    CHECK_OK(madvise(file, PAGE, MADV_GUARD_REMOVE));
    CHECK_STR(file, "data");
    char *locked = map_pages(2, PROT_READ | PROT_WRITE);
    REQUIRE_OK(mlock(locked, 2 * PAGE));
    CHECK_ERR(madvise(locked, PAGE, MADV_GUARD_INSTALL), EINVAL);
    CHECK_OK(madvise(locked, PAGE, MADV_GUARD_REMOVE));
    CHECK_OK(munlock(locked, 2 * PAGE));
    CHECK_OK(madvise(locked, PAGE, MADV_GUARD_INSTALL));
    CHECK_ERR(mlock(locked, 2 * PAGE), ENOMEM);
    CHECK_ERR(madvise(locked + 1, PAGE, MADV_GUARD_INSTALL), EINVAL);
}

TEST(droppableMemory_isWipedOnFork_andKeepsItsMarks) {
    char *at = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_DROPPABLE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED && errno == EINVAL) SKIP("no MAP_DROPPABLE");
    strcpy(at, "cache");
    CHECK_EQ(IN_CHILD({ CHECK_EQ(at[0], 0); }), 0);
    CHECK_ERR(madvise(at, PAGE, MADV_KEEPONFORK), EINVAL);
    CHECK_ERR(madvise(at, PAGE, MADV_DODUMP), EINVAL);
    CHECK_OK(mlock(at, PAGE));
    /* which does not lock it; dropped, it is zeros */
    at[PAGE] = 'k';
    CHECK_OK(madvise(at, PAGE, MADV_PAGEOUT));
    CHECK_EQ(at[0], 0);
    CHECK_EQ(at[PAGE], 'k');
    CHECK_OK(munmap(at, 2 * PAGE));
    CHECK_ERR((long)mmap(NULL, PAGE, PROT_READ, MAP_DROPPABLE | MAP_ANONYMOUS | MAP_GROWSDOWN, -1, 0), EINVAL);
    int fd = REQUIRE_OK(syscall(SYS_memfd_create, "droppable", 0));
    REQUIRE_OK(ftruncate(fd, PAGE));
    CHECK_ERR((long)mmap(NULL, PAGE, PROT_READ, MAP_DROPPABLE, fd, 0), EINVAL);
}

TEST(adviceAboutHugePages_isTaken) {
    char *at = map_pages(1024, PROT_READ | PROT_WRITE), *small = map_pages(4, PROT_READ | PROT_WRITE);
    CHECK_OK(madvise(at, 1024 * PAGE, MADV_NOHUGEPAGE));
    CHECK_ERR(madvise(at, 1024 * PAGE, MADV_COLLAPSE), EINVAL);
    CHECK_OK(madvise(at, 1024 * PAGE, MADV_HUGEPAGE));
    memset(at, 1, 1024 * PAGE);
    strcpy(at + 4096, "same");
    /* whether there is a huge page is not known before; what was written stays */
    CHECK(madvise(at, 1024 * PAGE, MADV_COLLAPSE) == 0 || errno == ENOMEM || errno == EAGAIN);
    CHECK_STR(at + 4096, "same");
    CHECK_OK(madvise(small, 4 * PAGE, MADV_HUGEPAGE));
    (void)small;
}
