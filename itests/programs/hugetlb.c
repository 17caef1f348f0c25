/*
 * Huge pages of hugetlbfs: the pool, mmap(2) with MAP_HUGETLB, shmget(2) with SHM_HUGETLB, memfd_create(2) with MFD_HUGETLB, the
 * file system. Each test sets the pool to what it needs; the last one empties it.
 */
#include "check.h"
#include "faults.h"
#include <grp.h>
#include <sys/mount.h>
#include <sys/shm.h>
#include <sys/time.h>
#include <sys/vfs.h>

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif
#ifndef SHM_HUGE_SHIFT
#define SHM_HUGE_SHIFT 26
#endif
#ifndef HUGETLBFS_MAGIC
#define HUGETLBFS_MAGIC 0x958458f6
#endif

#define HUGE (2UL << 20)
#define PLAIN (MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB)
#define SHARED (MAP_SHARED | MAP_ANONYMOUS | MAP_HUGETLB)
#define RW (PROT_READ | PROT_WRITE)
#define VM "/proc/sys/vm/"
#define SYS "/sys/kernel/mm/hugepages/hugepages-2048kB/"

/* For those to whom /sys is given for reading only, as to containers: one of the test's own. */
static void make_sys_writable(void) {
    if (access(SYS "nr_hugepages", W_OK) == 0)
        return;
    REQUIRE_OK(unshare(CLONE_NEWNS));
    REQUIRE_OK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
    REQUIRE_OK(mount("none", "/sys", "sysfs", 0, NULL));
}

static int put(const char *path, const char *text) {
    int fd = open(path, O_WRONLY);
    if (fd < 0)
        return -1;
    int put = write(fd, text, strlen(text));
    int error = errno;
    close(fd);
    errno = error;
    return put;
}

static void set_number(const char *path, long number) {
    char text[32];
    snprintf(text, sizeof text, "%ld\n", number);
    REQUIRE(put(path, text) > 0);
}

static long number_in(const char *path) {
    return strtol(text_of(path), NULL, 10);
}

/* A number of /proc/meminfo. */
static long fact(const char *name) {
    const char *at = strstr(text_of("/proc/meminfo"), name);
    return at ? strtol(at + strlen(name) + 1, NULL, 10) : -1;
}

#define TOTAL fact("\nHugePages_Total")
#define FREE fact("\nHugePages_Free")
#define RSVD fact("\nHugePages_Rsvd")
#define SURP fact("\nHugePages_Surp")

static void set_pool(int pages) {
    set_number(VM "nr_overcommit_hugepages", 0);
    set_number(VM "nr_hugepages", pages);
    if (TOTAL != pages)
        SKIP("this machine has no room for %d huge pages", pages);
}

static char *map(int pages, int flags) {
    char *at = mmap(NULL, pages * HUGE, RW, flags, -1, 0);
    REQUIRE(at != MAP_FAILED);
    return at;
}

/* What smaps says of the area at an address: a number, or after "VmFlags" the flags. */
static const char *smaps(const void *at, const char *field) {
    static char line[512], found[512];
    char start[32];
    snprintf(start, sizeof start, "%lx-", (unsigned long)at);
    FILE *file = fopen("/proc/self/smaps", "r");
    bool here = false;
    found[0] = 0;
    while (file && fgets(line, sizeof line, file)) {
        if (strncmp(line, start, strlen(start)) == 0)
            here = true;
        else if (here && strncmp(line, field, strlen(field)) == 0 && line[strlen(field)] == ':') {
            strcpy(found, line + strlen(field) + 1);
            break;
        }
    }
    if (file)
        fclose(file);
    return found;
}

#define SMAPS_KB(at, field) strtol(smaps(at, field), NULL, 10)

TEST(pool_isSetAndTold) {
    make_sys_writable();
    set_pool(4);
    CHECK_EQ(number_in(VM "nr_hugepages"), 4);
    CHECK_EQ(number_in(VM "nr_hugepages_mempolicy"), 4);
    CHECK_EQ(number_in(SYS "nr_hugepages"), 4);
    CHECK_EQ(number_in(SYS "free_hugepages"), 4);
    CHECK_EQ(number_in(SYS "resv_hugepages"), 0);
    CHECK_EQ(number_in(SYS "surplus_hugepages"), 0);
    CHECK_EQ(number_in("/sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages"), 4);
    CHECK_EQ(FREE, 4);
    CHECK_EQ(fact("\nHugepagesize"), 2048);
    CHECK_EQ(fact("\nHugetlb"), 4 * 2048);
    set_number(SYS "nr_hugepages", 3);
    CHECK_EQ(TOTAL, 3);
    set_number(VM "nr_overcommit_hugepages", 7);
    CHECK_EQ(number_in(SYS "nr_overcommit_hugepages"), 7);
}

TEST(pool_refusesWhatIsNoNumber) {
    make_sys_writable();
    set_pool(2);
    CHECK_ERR(put(VM "nr_hugepages", "-1"), EINVAL);
    CHECK_ERR(put(VM "nr_hugepages", "few"), EINVAL);
    CHECK_ERR(put(VM "nr_hugepages", "2x"), EINVAL);
    CHECK_ERR(put(SYS "nr_hugepages", "-1"), EINVAL);
    CHECK_ERR(put(SYS "free_hugepages", "1"), EACCES);
    CHECK_EQ(TOTAL, 2);
}

TEST(pool_countsAsUsedMemory) {
    set_pool(0);
    long before = fact("\nMemFree");
    set_pool(16);
    /* Others use memory, too. */
    CHECK(before - fact("\nMemFree") > 16 * 1024);
    set_pool(0);
}

TEST(mapping_reservesAndTakes) {
    set_pool(4);
    char *at = map(3, PLAIN);
    CHECK_EQ((uintptr_t)at % HUGE, 0);
    CHECK_EQ(FREE, 4);
    CHECK_EQ(RSVD, 3);
    at[HUGE - 1] = 1;
    for (size_t i = 0; i < HUGE - 1; i++)
        if (at[i])
            (void)check_fail("byte %zu is %d", i, at[i]);
    CHECK_EQ(FREE, 3);
    CHECK_EQ(RSVD, 2);
    CHECK_EQ(at[HUGE], 0);
    CHECK_EQ(RSVD, 1);
    CHECK(mmap(NULL, 2 * HUGE, RW, PLAIN, -1, 0) == MAP_FAILED && errno == ENOMEM);
    CHECK_OK(munmap(at, 3 * HUGE));
    CHECK_EQ(FREE, 4);
    CHECK_EQ(RSVD, 0);
}

TEST(mapping_isRoundedUp) {
    set_pool(2);
    char *at = mmap(NULL, 100, RW, PLAIN, -1, 0);
    REQUIRE(at != MAP_FAILED);
    at[HUGE - 1] = 1;
    CHECK_ERR(munmap(at, 100), EINVAL);
    CHECK_OK(munmap(at, HUGE));
}

TEST(mmap_refuses) {
    set_pool(2);
    CHECK(mmap(NULL, 0, RW, PLAIN, -1, 0) == MAP_FAILED && errno == EINVAL);
    CHECK(mmap(NULL, 100, RW, PLAIN, -1, 4096) == MAP_FAILED && errno == EINVAL);
    CHECK(mmap(NULL, HUGE, RW, PLAIN, -1, -HUGE) == MAP_FAILED && errno == EOVERFLOW);
    CHECK(mmap(NULL, HUGE, RW, SHARED, -1, -HUGE) == MAP_FAILED && errno == EOVERFLOW);
    CHECK(mmap(NULL, 2 * HUGE, RW, SHARED, -1, LONG_MAX - HUGE + 1) == MAP_FAILED && errno == EOVERFLOW);
    CHECK_EQ(RSVD, 0);
    CHECK(mmap(NULL, 100, RW, PLAIN | MAP_GROWSDOWN, -1, 0) == MAP_FAILED && errno == EINVAL);
    CHECK(mmap(NULL, 100, RW, MAP_ANONYMOUS | MAP_HUGETLB, -1, 0) == MAP_FAILED && errno == EINVAL);
    CHECK(mmap(NULL, 100, RW, 8 | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0) == MAP_FAILED && errno == EINVAL);
    CHECK(mmap(NULL, 100, RW, PLAIN | 22 << 26, -1, 0) == MAP_FAILED && errno == EINVAL);
    CHECK(mmap((void *)0x50001000, HUGE, RW, PLAIN | MAP_FIXED, -1, 0) == MAP_FAILED && errno == EINVAL);
    CHECK(mmap(NULL, 100, RW, SHARED | MAP_SHARED_VALIDATE, -1, 0) != MAP_FAILED);
    CHECK(mmap(NULL, 100, RW, PLAIN | 21 << 26, -1, 0) != MAP_FAILED);
    int fd = make_file("file", "text");
    CHECK(mmap(NULL, HUGE, PROT_READ, MAP_PRIVATE | MAP_HUGETLB, fd, 0) == MAP_FAILED && errno == EINVAL);
}

TEST(hint_isRoundedUp) {
    set_pool(2);
    char *at = mmap((void *)0x40001000, HUGE, RW, PLAIN, -1, 0);
    CHECK(at == (char *)0x40200000);
    CHECK(mmap(at + 4096, 4096, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED && errno == EINVAL);
    CHECK(mmap(at, HUGE, RW, PLAIN | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED && errno == EEXIST);
    CHECK(mmap(at, HUGE, RW, PLAIN | MAP_FIXED, -1, 0) == at);
    CHECK_EQ(RSVD, 1);
}

TEST(withoutReservation_anEmptyPoolIsABusError) {
    set_pool(1);
    char *at = map(3, PLAIN | MAP_NORESERVE);
    CHECK_EQ(RSVD, 0);
    at[0] = 1;
    CHECK_EQ(FREE, 0);
    CHECK_EQ(fault_of_write(at + HUGE), SIGBUS);
    CHECK_EQ(fault_of_read(at + HUGE), SIGBUS);
    CHECK_ERR(read(open("/dev/zero", O_RDONLY), at + HUGE, 1), EFAULT);
    CHECK_ERR(madvise(at + HUGE, HUGE, MADV_POPULATE_WRITE), EFAULT);
    CHECK_EQ(at[0], 1);
}

TEST(reserved_isNotForOthers) {
    set_pool(2);
    char *first = map(2, PLAIN);
    char *second = map(1, PLAIN | MAP_NORESERVE);
    CHECK_EQ(fault_of_write(second), SIGBUS);
    first[0] = first[HUGE] = 1;
    CHECK_OK(munmap(first, HUGE));
    second[0] = 1;
    CHECK_EQ(first[HUGE], 1);
}

TEST(wholePagesOnly) {
    set_pool(3);
    char *at = map(3, PLAIN);
    memset(at, 7, 3 * HUGE);
    CHECK_ERR(munmap(at, 4096), EINVAL);
    CHECK_ERR(munmap(at + 4096, HUGE), EINVAL);
    CHECK_ERR(munmap(at + HUGE, HUGE + 4096), EINVAL);
    CHECK_ERR(mprotect(at, 4096, PROT_READ), EINVAL);
    CHECK_OK(mprotect(at, HUGE, PROT_READ));
    CHECK_OK(mprotect(at, 4096, PROT_READ));
    CHECK_EQ(fault_of_write(at), SIGSEGV);
    CHECK_OK(mprotect(at, HUGE, RW));
    CHECK_EQ(fault_of_write(at), 0);
    CHECK_EQ(at[HUGE / 2], 7);
    CHECK_OK(munmap(at + HUGE, HUGE));
    CHECK_EQ(at[2 * HUGE], 7);
}

TEST(mremap_movesAndShrinks) {
    set_pool(3);
    char *at = map(3, PLAIN);
    at[0] = 1, at[HUGE] = 2;
    CHECK(mremap(at, HUGE, 4096, 0) == at);
    CHECK(mremap(at, 4096, 8192, 0) == at);
    CHECK(mremap(at, 3 * HUGE, 4 * HUGE, MREMAP_MAYMOVE) == MAP_FAILED && errno == EINVAL);
    CHECK(mremap(at + 4096, HUGE, HUGE, 0) == MAP_FAILED && errno == EINVAL);
    CHECK(mremap(at, HUGE, HUGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL) == MAP_FAILED && errno == EINVAL);
    char *target = (char *)0x4000000000;
    CHECK(mremap(at, 3 * HUGE, 3 * HUGE, MREMAP_MAYMOVE | MREMAP_FIXED, target + 4096) == MAP_FAILED && errno == EINVAL);
    REQUIRE(mremap(at, 3 * HUGE, 3 * HUGE, MREMAP_MAYMOVE | MREMAP_FIXED, target) == target);
    CHECK_EQ(target[0], 1);
    CHECK_EQ(target[HUGE], 2);
    CHECK_EQ(fault_of_read(at), SIGSEGV);
    CHECK_EQ(RSVD, 1);
    CHECK(mremap(target, 3 * HUGE, HUGE, 0) == target);
    CHECK_EQ(RSVD, 0);
    CHECK_EQ(FREE, 2);
    CHECK_EQ(fault_of_read(target + HUGE), SIGSEGV);
}

/* A huge page and small ones before it and behind it; far enough above it there is room for all. */
static char *between_small_ones(void) {
    char *room = mmap(NULL, 10 * HUGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    REQUIRE(room != MAP_FAILED);
    char *huge = (char *)(((uintptr_t)room + 2 * HUGE) & -HUGE);
    REQUIRE(mmap(huge - 4096, HUGE + 8192, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED);
    REQUIRE(mmap(huge, HUGE, RW, PLAIN | MAP_FIXED, -1, 0) == huge);
    huge[-1] = 1, huge[HUGE] = 3;
    return huge;
}

#define MOVE (MREMAP_MAYMOVE | MREMAP_FIXED)

TEST(mremap_ofSeveralAreas_movesWholePages) {
    set_pool(2);
    char *huge = between_small_ones(), *target = huge + 3 * HUGE;
    CHECK(mremap(huge - 4096, 8192, 8192, MOVE, target - 4096) == target - 4096);
    CHECK_EQ(RSVD, 1);
    CHECK_EQ(FREE, 2);
    CHECK_EQ(fault_of_read(huge), SIGSEGV);
    CHECK_EQ(fault_of_read(huge + HUGE - 1), SIGSEGV);
    CHECK_EQ(huge[HUGE], 3);
    CHECK_EQ(target[-1], 1);
    target[HUGE - 1] = 2;
    CHECK_EQ(RSVD, 0);
    CHECK_EQ(FREE, 1);
    char *again = target + 3 * HUGE;
    REQUIRE(mmap(target + HUGE, 4096, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED);
    target[HUGE] = 4;
    CHECK(mremap(target, HUGE + 4096, HUGE + 4096, MOVE, again) == again);
    CHECK_EQ(again[HUGE - 1], 2);
    CHECK_EQ(again[HUGE], 4);
    CHECK_OK(munmap(again, HUGE));
    CHECK_EQ(FREE, 2);
    CHECK_EQ(RSVD, 0);
}

/* Areas before the one that cannot be moved have moved. */
TEST(mremap_ofSeveralAreas_checksEach) {
    set_pool(2);
    char *huge = between_small_ones(), *target = huge + 3 * HUGE;
    CHECK(mremap(huge - 4096, HUGE + 8192, HUGE + 8192, MOVE, target + 8192) == MAP_FAILED && errno == EINVAL);
    CHECK_EQ(fault_of_read(huge - 1), SIGSEGV);
    CHECK_EQ(target[8192 + 4095], 1);
    CHECK_EQ(fault_of_read(target + 8192 + 4096), SIGSEGV);
    CHECK_EQ(huge[HUGE], 3);
    CHECK(mremap(huge + HUGE - 4096, 8192, 8192, MOVE, target - 4096) == MAP_FAILED && errno == EINVAL);
    CHECK_EQ(huge[HUGE], 3);
    CHECK(mremap(huge, 4096, 4096, MOVE, (char *)0x7fffffe00000) == MAP_FAILED && errno == EINVAL);
    CHECK_EQ(RSVD, 1);
    huge[0] = 1;
    CHECK_EQ(RSVD, 0);
    CHECK_OK(munmap(huge, HUGE));
    CHECK_EQ(FREE, 2);
    CHECK_EQ(RSVD, 0);
}

/* Since Linux 6.9. */
TEST(emptiedPages_arePromisedAgain) {
    set_pool(2);
    char *at = map(2, PLAIN);
    at[0] = at[HUGE] = 1;
    CHECK_EQ(RSVD, 0);
    CHECK_OK(madvise(at, HUGE, MADV_DONTNEED));
    CHECK_EQ(RSVD, 1);
    CHECK_EQ(FREE, 1);
    CHECK(mmap(NULL, HUGE, RW, PLAIN, -1, 0) == MAP_FAILED && errno == ENOMEM);
    CHECK_EQ(at[0], 0);
    CHECK_EQ(RSVD, 0);
    CHECK_OK(madvise(at, 2 * HUGE, MADV_DONTNEED));
    CHECK_EQ(RSVD, 2);
    CHECK_OK(munmap(at, 2 * HUGE));
    CHECK_EQ(RSVD, 0);
    CHECK_EQ(FREE, 2);
    at = map(1, PLAIN | MAP_NORESERVE);
    at[0] = 1;
    CHECK_OK(madvise(at, HUGE, MADV_DONTNEED));
    CHECK_EQ(RSVD, 0);
    CHECK_OK(munmap(at, HUGE));
    set_pool(0);
    set_number(VM "nr_overcommit_hugepages", 1);
    at = map(1, PLAIN);
    at[0] = 1;
    CHECK_OK(madvise(at, HUGE, MADV_DONTNEED));
    CHECK_EQ(RSVD, 0);
    CHECK_EQ(TOTAL, 0);
    at[0] = 1;
    CHECK_EQ(TOTAL, 1);
    CHECK_OK(munmap(at, HUGE));
    CHECK_EQ(TOTAL, 0);
}

TEST(madvise_onHugePages) {
    set_pool(2);
    char *at = map(2, PLAIN);
    at[0] = at[HUGE] = 1;
    CHECK_OK(madvise(at, 4096, MADV_DONTNEED));
    CHECK_EQ(at[0], 1);
    CHECK_ERR(madvise(at + 4096, HUGE, MADV_DONTNEED), EINVAL);
    CHECK_OK(madvise(at, HUGE + 4096, MADV_DONTNEED));
    CHECK_EQ(FREE, 1);
    CHECK_EQ(at[0], 0);
    CHECK_EQ(at[HUGE], 1);
    static const int refused[] = {MADV_COLD, MADV_PAGEOUT, MADV_FREE, MADV_COLLAPSE, MADV_GUARD_INSTALL, MADV_WIPEONFORK};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (!CHECK_ERR(madvise(at, HUGE, refused[i]), EINVAL))
            (void)check_fail("advice %d", refused[i]);
    CHECK_ERR(madvise(at, HUGE, MADV_REMOVE), EACCES);
    CHECK_ERR(madvise(at, 4096, MADV_DONTFORK), EINVAL);
    CHECK_ERR(madvise(at, 4096, MADV_HUGEPAGE), EINVAL);
    CHECK_OK(madvise(at, HUGE, MADV_DONTDUMP));
    CHECK_OK(madvise(at, HUGE, MADV_DODUMP));
    CHECK_OK(madvise(at, HUGE, MADV_WILLNEED));
    CHECK_OK(madvise(at, 4096, MADV_POPULATE_WRITE));
}

TEST(fork_copiesOnWrite) {
    set_pool(4);
    char *at = map(2, PLAIN);
    memset(at, 1, 2 * HUGE);
    CHECK_EQ(IN_CHILD({
        CHECK_EQ(FREE, 2);
        CHECK_EQ(at[HUGE + 5], 1);
        at[5] = 2;
        CHECK_EQ(FREE, 1);
        CHECK_EQ(at[6], 1);
        CHECK_EQ(at[HUGE - 1], 1);
    }), 0);
    CHECK_EQ(at[5], 1);
    at[5] = 3;
    CHECK_EQ(FREE, 2);
    CHECK_EQ(at[4], 1);
}

TEST(fork_childWithoutPages_getsABusError) {
    set_pool(1);
    char *at = map(1, PLAIN);
    at[0] = 1;
    CHECK_EQ(IN_CHILD({
        CHECK_EQ(at[0], 1);
        CHECK_EQ(fault_of_write(at), SIGBUS);
        CHECK_EQ(at[0], 1);
    }), 0);
    CHECK_EQ(at[0], 1);
}

/* Who reserved a page keeps it: mm/hugetlb.c, unmap_ref_private(). */
TEST(fork_parentWithoutPages_takesThemFromTheChild) {
    set_pool(1);
    char *at = map(1, PLAIN);
    int *step = shared_memory(4096);
    at[0] = 1;
    pid_t child = START_CHILD({
        CHECK_EQ(at[0], 1);
        step[0] = 1;
        while (__atomic_load_n(step, __ATOMIC_SEQ_CST) != 2)
            sleep_ms(1);
        CHECK_EQ(fault_of_read(at), SIGBUS);
    });
    EVENTUALLY(__atomic_load_n(step, __ATOMIC_SEQ_CST) == 1);
    at[0] = 2;
    __atomic_store_n(step, 2, __ATOMIC_SEQ_CST);
    CHECK_EQ(wait_for(child), 0);
    CHECK_EQ(at[0], 2);
    CHECK_EQ(FREE, 0);
}

TEST(sharedMapping_isShared) {
    set_pool(2);
    char *at = map(2, SHARED);
    CHECK_EQ(RSVD, 2);
    at[0] = 1;
    CHECK_EQ(IN_CHILD({
        CHECK_EQ(at[0], 1);
        at[HUGE] = 2;
    }), 0);
    CHECK_EQ(at[HUGE], 2);
    CHECK_EQ(FREE, 0);
    CHECK_OK(madvise(at, HUGE, MADV_DONTNEED));
    CHECK_EQ(at[0], 1);
    CHECK_OK(madvise(at, HUGE, MADV_REMOVE));
    CHECK_EQ(FREE, 1);
    CHECK_EQ(RSVD, 0);
    CHECK_EQ(at[0], 0);
    CHECK_OK(munmap(at, 2 * HUGE));
    CHECK_EQ(FREE, 2);
}

TEST(proc_tellsOfHugePages) {
    set_pool(4);
    char *at = map(2, PLAIN);
    at[0] = 1;
    CHECK_EQ(SMAPS_KB(at, "KernelPageSize"), 2048);
    CHECK_EQ(SMAPS_KB(at, "MMUPageSize"), 2048);
    CHECK_EQ(SMAPS_KB(at, "Size"), 4096);
    CHECK_EQ(SMAPS_KB(at, "Rss"), 0);
    CHECK_EQ(SMAPS_KB(at, "Private_Hugetlb"), 2048);
    CHECK_EQ(SMAPS_KB(at, "Shared_Hugetlb"), 0);
    CHECK_STR(smaps(at, "VmFlags"), " rd wr mr mw me de ht \n");
    CHECK_EQ(IN_CHILD({
        CHECK_EQ(SMAPS_KB(at, "Private_Hugetlb"), 0);
        CHECK_EQ(SMAPS_KB(at, "Shared_Hugetlb"), 2048);
    }), 0);
    CHECK(strstr(text_of("/proc/self/maps"), " /anon_hugepage (deleted)\n") != NULL);
    CHECK(strstr(text_of("/proc/self/status"), "\nHugetlbPages:\t    2048 kB\n") != NULL);
    CHECK(strstr(text_of("/proc/self/numa_maps"), " huge anon=1 dirty=1 N0=1 kernelpagesize_kB=2048\n") != NULL);
    char *other = map(1, SHARED | MAP_NORESERVE);
    CHECK_STR(smaps(other, "VmFlags"), " rd wr sh mr mw me ms de nr ht \n");
}

TEST(mincoreAndMlock) {
    set_pool(3);
    char *at = map(3, PLAIN);
    unsigned char there[1536];
    at[0] = 1;
    CHECK_OK(mincore(at, 3 * HUGE, there));
    CHECK_EQ(there[0] & there[511], 1);
    CHECK_EQ(there[512] | there[1535], 0);
    CHECK_OK(mlock(at + HUGE + 4096, 4096));
    CHECK_OK(munlock(at + 4096, 4096));
    CHECK_EQ(FREE, 1);
    CHECK_EQ(SMAPS_KB(at, "Locked"), 0);
    CHECK_EQ(SMAPS_KB(at, "Size"), 6144);
    CHECK(mmap(NULL, HUGE, RW, SHARED | MAP_LOCKED | MAP_NORESERVE, -1, 0) == MAP_FAILED || FREE == 1);
}

TEST(populate_takesAllAtOnce) {
    set_pool(3);
    char *at = map(2, PLAIN | MAP_POPULATE);
    CHECK_EQ(FREE, 1);
    CHECK_EQ(RSVD, 0);
    CHECK_EQ(at[HUGE], 0);
}

TEST(overcommit_makesSurplusPages) {
    set_pool(1);
    set_number(VM "nr_overcommit_hugepages", 2);
    char *at = map(3, PLAIN);
    CHECK_EQ(TOTAL, 3);
    CHECK_EQ(SURP, 2);
    CHECK_EQ(RSVD, 3);
    CHECK_EQ(number_in(VM "nr_hugepages"), 1);
    CHECK(mmap(NULL, HUGE, RW, PLAIN, -1, 0) == MAP_FAILED && errno == ENOMEM);
    memset(at, 1, 3 * HUGE);
    CHECK_OK(munmap(at + HUGE, HUGE));
    CHECK_EQ(TOTAL, 2);
    CHECK_EQ(SURP, 1);
    set_number(VM "nr_hugepages", 2);
    CHECK_EQ(SURP, 0);
    CHECK_OK(munmap(at, HUGE));
    CHECK_OK(munmap(at + 2 * HUGE, HUGE));
    CHECK_EQ(TOTAL, 2);
    CHECK_EQ(FREE, 2);
}

TEST(smallerPool_losesUsedPagesLater) {
    set_pool(3);
    char *at = map(2, PLAIN);
    at[0] = 1;
    set_number(VM "nr_hugepages", 0);
    CHECK_EQ(TOTAL, 2);
    CHECK_EQ(SURP, 2);
    CHECK_EQ(FREE, 1);
    at[HUGE] = 1;
    CHECK_OK(munmap(at, 2 * HUGE));
    CHECK_EQ(TOTAL, 0);
}

TEST(memfd_ofHugePages) {
    set_pool(3);
    int fd = REQUIRE_OK(memfd_create("some", MFD_HUGETLB | MFD_ALLOW_SEALING));
    CHECK_ERR(memfd_create("some", MFD_HUGETLB | 22U << 26), ENODEV);
    CHECK_OK(close(CHECK_OK(memfd_create("some", MFD_HUGETLB | 21U << 26))));
    struct stat facts;
    CHECK_OK(fstat(fd, &facts));
    CHECK_EQ(facts.st_mode, S_IFREG | 0777);
    CHECK_EQ(facts.st_blksize, HUGE);
    struct statfs of;
    CHECK_OK(fstatfs(fd, &of));
    CHECK_EQ(of.f_type, HUGETLBFS_MAGIC);
    CHECK_EQ(of.f_bsize, HUGE);
    CHECK_ERR(ftruncate(fd, 4096), EINVAL);
    CHECK_OK(ftruncate(fd, 2 * HUGE));
    char bytes[8] = {1, 1};
    CHECK_EQ(read(fd, bytes, 2), 2);
    CHECK_EQ(bytes[0], 0);
    CHECK_ERR(write(fd, "a", 1), EINVAL);
    CHECK_ERR(pwrite(fd, "a", 1, 0), EINVAL);
    CHECK_EQ(lseek(fd, 0, SEEK_DATA), 0);
    CHECK_EQ(lseek(fd, 0, SEEK_HOLE), 2 * HUGE);
    char *at = mmap(NULL, 2 * HUGE, RW, MAP_SHARED, fd, 0);
    REQUIRE(at != MAP_FAILED);
    CHECK_EQ(RSVD, 2);
    at[HUGE + 5] = 7;
    CHECK_EQ(pread(fd, bytes, 8, HUGE + 2), 8);
    CHECK_EQ(bytes[3], 7);
    CHECK(mmap(NULL, 4096, RW, MAP_SHARED, fd, 4096) == MAP_FAILED && errno == EINVAL);
    CHECK_ERR(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
    CHECK_OK(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW));
    CHECK_ERR(ftruncate(fd, HUGE), EPERM);
    CHECK_ERR(ftruncate(fd, 4096), EINVAL);
    CHECK_ERR(fallocate(fd, 0, 2 * HUGE, HUGE), EPERM);
    CHECK_OK(munmap(at, 2 * HUGE));
    CHECK_EQ(FREE, 2);
    CHECK_OK(close(fd));
    CHECK_EQ(FREE, 3);
    CHECK_EQ(RSVD, 0);
}

TEST(fallocate_takesAndPunches) {
    set_pool(3);
    int fd = REQUIRE_OK(memfd_create("some", MFD_HUGETLB));
    struct stat facts;
    CHECK_OK(fallocate(fd, 0, HUGE, 100));
    CHECK_OK(fstat(fd, &facts));
    CHECK_EQ(facts.st_size, HUGE + 100);
    CHECK_EQ(facts.st_blocks, HUGE / 512);
    CHECK_OK(fallocate(fd, FALLOC_FL_KEEP_SIZE, 2 * HUGE, 100));
    CHECK_ERR(fallocate(fd, FALLOC_FL_ZERO_RANGE, 0, HUGE), EOPNOTSUPP);
    CHECK_ERR(fallocate(fd, 0, 0, 10 * HUGE), ENOSPC);
    CHECK_OK(fstat(fd, &facts));
    CHECK_EQ(facts.st_size, HUGE + 100);
    CHECK_EQ(facts.st_blocks, 3 * HUGE / 512);
    CHECK_OK(ftruncate(fd, 3 * HUGE));
    char *at = mmap(NULL, 3 * HUGE, RW, MAP_SHARED, fd, 0);
    char *own = mmap(NULL, 3 * HUGE, RW, MAP_PRIVATE | MAP_NORESERVE, fd, 0);
    REQUIRE(at != MAP_FAILED && own != MAP_FAILED);
    at[5] = at[4096] = at[HUGE] = 1;
    CHECK_EQ(own[5], 1);
    CHECK_EQ(fault_of_write(own), SIGBUS);
    CHECK_OK(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 100));
    CHECK_EQ(at[5], 0);
    CHECK_EQ(at[4096], 1);
    CHECK_OK(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 2 * HUGE));
    CHECK_EQ(FREE, 2);
    CHECK_EQ(own[4096], 0);
    own[2 * HUGE] = 9;
    CHECK_EQ(at[2 * HUGE], 0);
    CHECK_OK(ftruncate(fd, 0));
    CHECK_EQ(fault_of_read(own + 2 * HUGE), SIGBUS);
    CHECK_EQ(fault_of_read(at), SIGBUS);
}

TEST(fallocate_atTheEndOfNumbers) {
    set_pool(1);
    int fd = REQUIRE_OK(memfd_create("some", MFD_HUGETLB));
    const long last = LONG_MAX - HUGE + 1;
    CHECK_OK(ftruncate(fd, HUGE));
    CHECK_OK(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, last + 4096, 4096));
    CHECK_OK(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, last, HUGE - 1));
    CHECK_OK(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, last - 4096, 8192));
    CHECK_OK(fallocate(fd, FALLOC_FL_KEEP_SIZE, last - 4096, 4096));
    CHECK_EQ(FREE, 0);
    CHECK_OK(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, last - 4096, 8192));
    CHECK_EQ(FREE, 0);
    CHECK_OK(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, last - HUGE, HUGE + 4096));
    CHECK_EQ(FREE, 1);
    CHECK_OK(fallocate(fd, FALLOC_FL_KEEP_SIZE, 4 * HUGE, HUGE));
    CHECK_EQ(FREE, 0);
    CHECK_OK(ftruncate(fd, HUGE));
    CHECK_EQ(FREE, 1);
    CHECK_OK(fallocate(fd, FALLOC_FL_KEEP_SIZE, 4 * HUGE, HUGE));
    CHECK_OK(ftruncate(fd, 2 * HUGE));
    CHECK_EQ(FREE, 1);
    CHECK_OK(close(fd));
    CHECK_EQ(FREE, 1);
}

static void on_alarm(int signal) {
    (void)signal;
}

TEST(fallocate_isInterrupted) {
    set_pool(16);
    int fd = REQUIRE_OK(memfd_create("some", MFD_HUGETLB));
    struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    CHECK_OK(sigaction(SIGALRM, &action, NULL));
    struct itimerval often = {{0, 300}, {0, 300}}, never = {0};
    CHECK_OK(setitimer(ITIMER_REAL, &often, NULL));
    int error = 0;
    for (int i = 0; i < 20000 && !error; i++) {
        error = fallocate(fd, 0, 0, 16 * HUGE) < 0 ? errno : 0;
        while (ftruncate(fd, 0) < 0 && errno == EINTR);
    }
    CHECK_EQ(error, EINTR);
    CHECK_OK(setitimer(ITIMER_REAL, &never, NULL));
    CHECK_EQ(FREE, 16);
}

TEST(shm_ofHugePages) {
    set_pool(2);
    int id = REQUIRE_OK(shmget(IPC_PRIVATE, 100, SHM_HUGETLB | IPC_CREAT | 0600));
    CHECK_EQ(RSVD, 1);
    CHECK_ERR(shmget(IPC_PRIVATE, 5 * HUGE, SHM_HUGETLB | IPC_CREAT | 0600), ENOMEM);
    CHECK_ERR(shmget(IPC_PRIVATE, HUGE, SHM_HUGETLB | IPC_CREAT | 0600 | 22 << SHM_HUGE_SHIFT), EINVAL);
    struct shmid_ds facts;
    CHECK_OK(shmctl(id, IPC_STAT, &facts));
    CHECK_EQ(facts.shm_segsz, 100);
    char *at = shmat(id, NULL, 0);
    REQUIRE(at != (void *)-1);
    CHECK_EQ((uintptr_t)at % HUGE, 0);
    CHECK(shmat(id, (void *)0x60001000, 0) == (void *)-1 && errno == EINVAL);
    at[HUGE - 1] = 1;
    CHECK_EQ(RSVD, 0);
    CHECK_EQ(SMAPS_KB(at, "Private_Hugetlb"), 2048);
    CHECK_STR(smaps(at, "VmFlags"), " rd wr sh mr mw me ms de ht \n");
    char *again = shmat(id, (void *)0x60000000, 0);
    CHECK(again == (void *)0x60000000);
    CHECK_EQ(again[HUGE - 1], 1);
    CHECK_ERR(munmap(at, 4096), EINVAL);
    CHECK_OK(shmdt(at));
    CHECK_EQ(fault_of_read(at), SIGSEGV);
    CHECK_OK(shmctl(id, IPC_RMID, NULL));
    CHECK_EQ(FREE, 1);
    CHECK_OK(shmdt(again));
    CHECK_EQ(FREE, 2);
}

TEST(shm_isForThosePrivileged) {
    set_pool(1);
    int id = -1;
    CHECK_EQ(IN_CHILD({
        CHECK_OK(setgroups(0, NULL));
        CHECK_OK(setresgid(77, 77, 77));
        CHECK_OK(setresuid(77, 77, 77));
        CHECK_ERR(shmget(IPC_PRIVATE, 100, SHM_HUGETLB | IPC_CREAT | 0600), EPERM);
    }), 0);
    set_number(VM "hugetlb_shm_group", 77);
    CHECK_EQ(IN_CHILD({
        CHECK_OK(setgroups(0, NULL));
        CHECK_OK(setresgid(77, 77, 77));
        CHECK_OK(setresuid(77, 77, 77));
        id = CHECK_OK(shmget(IPC_PRIVATE, 100, SHM_HUGETLB | IPC_CREAT | 0600));
        CHECK_OK(shmctl(id, IPC_RMID, NULL));
    }), 0);
    set_number(VM "hugetlb_shm_group", 0);
}

/* A file system in a mount namespace of the test's own. */
static const char *mounted(const char *options) {
    REQUIRE_OK(unshare(CLONE_NEWNS));
    CHECK_OK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
    REQUIRE_OK(mkdir("m", 0755));
    REQUIRE_OK(mount("none", "m", "hugetlbfs", 0, options));
    const char *line = strstr(text_of("/proc/self/mounts"), " hugetlbfs ");
    while (line && strstr(line + 1, " hugetlbfs "))
        line = strstr(line + 1, " hugetlbfs ");
    static char shown[256];
    shown[0] = 0;
    if (line)
        sscanf(line, " hugetlbfs %255s", shown);
    return shown;
}

TEST(filesystem_countsPages) {
    set_pool(6);
    CHECK_STR(mounted("size=9M,nr_inodes=4,min_size=4M"), "rw,relatime,nr_inodes=4,pagesize=2M,size=8388608,min_size=4194304");
    CHECK_EQ(RSVD, 2);
    struct statfs of;
    CHECK_OK(statfs("m", &of));
    CHECK_EQ(of.f_type, HUGETLBFS_MAGIC);
    CHECK_EQ(of.f_bsize, HUGE);
    CHECK_EQ(of.f_blocks, 4);
    CHECK_EQ(of.f_bfree, 4);
    CHECK_EQ(of.f_files, 4);
    CHECK_EQ(of.f_ffree, 3);
    int fd = REQUIRE_OK(open("m/a", O_RDWR | O_CREAT, 0644));
    CHECK_OK(fallocate(fd, 0, 0, 3 * HUGE));
    CHECK_EQ(RSVD, 0);
    CHECK_EQ(FREE, 3);
    CHECK_ERR(fallocate(fd, 0, 0, 5 * HUGE), ENOSPC);
    CHECK_OK(statfs("m", &of));
    CHECK_EQ(of.f_bfree, 0);
    CHECK(mmap(NULL, HUGE, RW, MAP_PRIVATE, fd, 0) == MAP_FAILED && errno == ENOMEM);
    CHECK_OK(ftruncate(fd, HUGE));
    CHECK_OK(statfs("m", &of));
    CHECK_EQ(of.f_bfree, 3);
    CHECK_EQ(RSVD, 1);
    char *own = mmap(NULL, HUGE, RW, MAP_PRIVATE, fd, 0);
    REQUIRE(own != MAP_FAILED);
    CHECK_OK(statfs("m", &of));
    CHECK_EQ(of.f_bfree, 2);
    own[0] = 1;
    CHECK_OK(munmap(own, HUGE));
    CHECK_OK(statfs("m", &of));
    CHECK_EQ(of.f_bfree, 3);
    CHECK_OK(close(fd));
    CHECK_OK(unlink("m/a"));
    CHECK_EQ(FREE, 6);
    CHECK_EQ(RSVD, 2);
    CHECK_OK(umount("m"));
    CHECK_EQ(RSVD, 0);
}

TEST(filesystem_hasFilesAndDirectories) {
    set_pool(2);
    CHECK_STR(mounted("mode=0700,uid=1,gid=2"), "rw,relatime,uid=1,gid=2,mode=700,pagesize=2M");
    struct stat facts;
    CHECK_OK(stat("m", &facts));
    CHECK_EQ(facts.st_mode, S_IFDIR | 0700);
    CHECK_EQ(facts.st_uid, 1);
    CHECK_EQ(facts.st_gid, 2);
    CHECK_EQ(facts.st_blksize, HUGE);
    CHECK_EQ(facts.st_size, 0);
    CHECK_OK(mkdir("m/d", 0755));
    CHECK_ERR(symlink("x", "m/l"), EINVAL);
    int fd = REQUIRE_OK(open("m/d/a", O_RDWR | O_CREAT, 0644));
    CHECK_OK(link("m/d/a", "m/b"));
    CHECK_OK(rename("m/d/a", "m/c"));
    char *at = mmap(NULL, HUGE, RW, MAP_SHARED, fd, HUGE);
    REQUIRE(at != MAP_FAILED);
    CHECK_OK(fstat(fd, &facts));
    CHECK_EQ(facts.st_size, 2 * HUGE);
    CHECK_EQ(facts.st_nlink, 2);
    at[0] = 1;
    CHECK_OK(close(fd));
    CHECK_OK(munmap(at, HUGE));
    CHECK_EQ(FREE, 1);
    fd = REQUIRE_OK(open("m/b", O_RDONLY));
    char byte = 0;
    CHECK_EQ(pread(fd, &byte, 1, HUGE), 1);
    CHECK_EQ(byte, 1);
    CHECK(mmap(NULL, HUGE, RW, MAP_SHARED, fd, 0) == MAP_FAILED && errno == EACCES);
    CHECK_OK(truncate("m/c", HUGE));
    CHECK_EQ(FREE, 2);
    CHECK_ERR(open("m/b", O_RDONLY | O_DIRECT), EINVAL);
    CHECK_OK(mount("none", "m", NULL, MS_REMOUNT, "size=4M"));
    CHECK_OK(statfs("m", &(struct statfs){0}));
}

TEST(filesystem_ofPercents) {
    set_pool(10);
    REQUIRE_OK(unshare(CLONE_NEWNS));
    CHECK_OK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
    REQUIRE_OK(mkdir("m", 0755));
    static const struct {
        const char *option;
        long pages;
    } sizes[] = {{"size=100%", 10}, {"size=50%", 5}, {"size=49%", 4}, {"size=1%", 0}, {"size=1000%", 100}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct statfs of = {0};
        REQUIRE_OK(mount("none", "m", "hugetlbfs", 0, sizes[i].option));
        CHECK_OK(statfs("m", &of));
        if (!CHECK_EQ(of.f_blocks, sizes[i].pages))
            (void)check_fail("%s", sizes[i].option);
        CHECK_OK(umount("m"));
    }
}

TEST(mount_refuses) {
    set_pool(1);
    REQUIRE_OK(unshare(CLONE_NEWNS));
    CHECK_OK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
    REQUIRE_OK(mkdir("m", 0755));
    static const char *const wrong[] = {"pagesize=4K", "size=abc", "some=1", "mode=9", "uid=x", "min_size=6M,size=2M"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (!CHECK_ERR(mount("none", "m", "hugetlbfs", 0, wrong[i]), EINVAL))
            (void)check_fail("%s", wrong[i]);
    CHECK_ERR(mount("none", "m", "hugetlbfs", 0, "min_size=100M"), ENOMEM);
    CHECK_ERR(mount("none", "m", "hugetlbfs", 0, "nr_inodes=0"), ENOMEM);
    CHECK_EQ(RSVD, 0);
}

TEST(pool_isEmptiedAgain) {
    set_pool(0);
    CHECK_EQ(TOTAL, 0);
}
