/* /proc/PID/pagemap and /proc/PID/clear_refs. Numbers of frames are not looked at: who may not see them gets 0. */
#include "check.h"

#include <grp.h>

enum { PAGE = 4096 };

#define PRESENT (1ULL << 63)
#define OF_FILE (1ULL << 61)
#define GUARD (1ULL << 58)
#define EXCLUSIVE (1ULL << 56)
#define LAST_PAGE (0x7ffffffff000L / PAGE)

static int open_map(void) {
    return REQUIRE_OK(open("/proc/self/pagemap", O_RDONLY));
}

/* The entry of a page, without frame and soft-dirty bit. */
static uint64_t entry_of(int fd, const void *at) {
    uint64_t entry = 0;
    CHECK_EQ(pread(fd, &entry, sizeof entry, (uintptr_t)at / PAGE * 8), 8);
    return entry & ~((1ULL << 56) - 1);
}

static ssize_t clear(const char *text) {
    static int fd = -1;
    if (fd < 0) fd = REQUIRE_OK(open("/proc/self/clear_refs", O_WRONLY));
    return write(fd, text, strlen(text));
}

static char *map_pages(int pages, int flags, int fd) {
    char *memory = mmap(NULL, pages * (size_t)PAGE, PROT_READ | PROT_WRITE, flags, fd, 0);
    REQUIRE(memory != MAP_FAILED);
    return memory;
}

TEST(entry_tellsWhatIsThere) {
    int fd = open_map();
    char *memory = map_pages(32 << 10, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    memory += (size_t)(16 << 10) * PAGE;
    CHECK_EQ(entry_of(fd, memory), 0);
    memory[0] = 1;
    CHECK_EQ(entry_of(fd, memory), PRESENT | EXCLUSIVE);
    CHECK_EQ(entry_of(fd, memory + (size_t)(8 << 10) * PAGE), 0);
    CHECK_EQ(entry_of(fd, (void *)0x1000), 0);
    REQUIRE_OK(mprotect(memory, PAGE, PROT_NONE));
    CHECK_EQ(entry_of(fd, memory), PRESENT | EXCLUSIVE);
    REQUIRE_OK(madvise(memory, PAGE, MADV_DONTNEED));
    CHECK_EQ(entry_of(fd, memory), 0);
}

TEST(copyOnWritePages_areSharedUntilWritten) {
    int fd = open_map();
    char *memory = map_pages(1, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    memory[0] = 1;
    CHECK_EQ(IN_CHILD({
                 int own = open_map();
                 CHECK_EQ(entry_of(own, memory), PRESENT);
                 CHECK_EQ(entry_of(fd, memory), PRESENT);
                 memory[0] = 2;
                 CHECK_EQ(entry_of(own, memory), PRESENT | EXCLUSIVE);
                 CHECK_EQ(entry_of(fd, memory), PRESENT | EXCLUSIVE);
             }),
            0);
    CHECK_EQ(entry_of(fd, memory), PRESENT | EXCLUSIVE);
}

TEST(pagesOfFiles_areTold) {
    int fd = open_map(), file = REQUIRE_OK(memfd_create("m", 0));
    REQUIRE_OK(ftruncate(file, 4 * PAGE));
    char *shared = map_pages(4, MAP_SHARED, file), *private = map_pages(4, MAP_PRIVATE, file);
    shared[0] = 1;
    CHECK_EQ(entry_of(fd, shared), PRESENT | OF_FILE | EXCLUSIVE);
    CHECK_EQ(private[0], 1);
    CHECK_EQ(entry_of(fd, private), PRESENT | OF_FILE);
    CHECK_EQ(entry_of(fd, shared), PRESENT | OF_FILE);
    private[0] = 2;
    CHECK_EQ(entry_of(fd, private), PRESENT | EXCLUSIVE);
    CHECK_EQ(entry_of(fd, shared), PRESENT | OF_FILE | EXCLUSIVE);
    char *anonymous = map_pages(1, MAP_SHARED | MAP_ANONYMOUS, -1);
    anonymous[0] = 1;
    CHECK_EQ(entry_of(fd, anonymous), PRESENT | OF_FILE | EXCLUSIVE);
}

TEST(guardPages_areTold) {
    int fd = open_map();
    char *memory = map_pages(2, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    if (madvise(memory, PAGE, 102) < 0) SKIP("no guard pages: before Linux 6.13");
    CHECK_EQ(entry_of(fd, memory) & (PRESENT | GUARD), GUARD);
    CHECK_EQ(entry_of(fd, memory + PAGE) & GUARD, 0);
}

TEST(reads_areOfWholeEntriesInTheAddressSpace) {
    int fd = open_map();
    uint64_t entries[8];
    CHECK_ERR(read(fd, entries, 3), EINVAL);
    CHECK_ERR(pread(fd, entries, 8, 3), EINVAL);
    CHECK_ERR(pread(fd, entries, 12, 0), EINVAL);
    CHECK_EQ(pread(fd, entries, 0, 0), 0);
    CHECK_ERR(pread(fd, (void *)8, 8, 0), EFAULT);
    CHECK_EQ(pread(fd, entries, 8, LAST_PAGE * 8), 0);
    CHECK_EQ(pread(fd, entries, 64, (LAST_PAGE - 4) * 8), 32);
    CHECK_EQ(pread(fd, entries, 8, 1L << 60), 0);
    CHECK_ERR(lseek(fd, 0, SEEK_END), EINVAL);
    CHECK_EQ(lseek(fd, 16, SEEK_SET), 16);
    CHECK_EQ(read(fd, entries, 16), 16);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 32);
    CHECK_ERR(write(fd, entries, 8), EBADF);
}

TEST(modes_andAccess) {
    need_root();
    struct stat about;
    CHECK_OK(stat("/proc/self/pagemap", &about));
    CHECK_EQ(about.st_mode, S_IFREG | 0400);
    CHECK_OK(stat("/proc/self/clear_refs", &about));
    CHECK_EQ(about.st_mode, S_IFREG | 0200);
    CHECK_OK(stat("/proc/self/smaps_rollup", &about));
    CHECK_EQ(about.st_mode, S_IFREG | 0444);
    REQUIRE_OK(setgroups(0, NULL));
    REQUIRE_OK(setuid(12345));
    CHECK_ERR(open("/proc/1/pagemap", O_RDONLY), EACCES);
    CHECK_ERR(open("/proc/1/clear_refs", O_WRONLY), EACCES);
}

TEST(processThatEnded_hasNoPages) {
    char path[64];
    uint64_t entry;
    pid_t child = START_CHILD(pause());
    snprintf(path, sizeof path, "/proc/%d/pagemap", child);
    int fd = REQUIRE_OK(open(path, O_RDONLY));
    kill(child, SIGKILL);
    CHECK_EQ(wait_for(child), SIGKILL);
    CHECK_EQ(pread(fd, &entry, 8, 0), 0);
}

TEST(clearRefs_takesNumbers) {
    static const char *good[] = {"1", "2\n", "3", "4", "5", "1 ", " 1", "01", "1\n\n", "+1"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) CHECK_EQ(clear(good[i]), strlen(good[i]));
    static const char *bad[] = {"0", "6", "x", "0x1", "-1", "1x", "0000000000001"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) CHECK_ERR(clear(bad[i]), EINVAL);
    CHECK_ERR(clear("1111111111111111"), ERANGE);
    int fd = REQUIRE_OK(open("/proc/self/clear_refs", O_WRONLY));
    CHECK_ERR(write(fd, (void *)8, 1), EFAULT);
    CHECK_ERR(read(fd, (char[1]){0}, 1), EBADF);
    CHECK_EQ(pwrite(fd, "1", 1, 5), 1);
}

static long peak_kib(void) {
    const char *line = strstr(text_of("/proc/self/status"), "VmHWM:");
    return line ? atol(line + 6) : -1;
}

TEST(clearRefs_forgetsThePeak) {
    size_t size = 64 << 20;
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(memory, 1, size);
    REQUIRE_OK(munmap(memory, size));
    CHECK(peak_kib() >= 64 << 10);
    CHECK_EQ(clear("5"), 1);
    CHECK(peak_kib() < 64 << 10);
}
