/* cachestat(2): how much of a file is in memory. */
#include "check.h"

#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif

enum { PAGE = 4096 };

struct range {
    uint64_t offset, length;
};

struct counts {
    uint64_t cached, dirty, writeback, evicted, recently_evicted;
};

static long ask(int fd, uint64_t offset, uint64_t length, struct counts *counts) {
    struct range range = {offset, length};
    return syscall(SYS_cachestat, fd, &range, counts, 0);
}

TEST(memoryFile_isCachedWhereItWasWritten) {
    int fd = REQUIRE_OK(syscall(SYS_memfd_create, "cached", 0));
    REQUIRE_OK(ftruncate(fd, 16 * PAGE));
    struct counts counts = {1, 1, 1, 1, 1};
    CHECK_OK(ask(fd, 0, 0, &counts));
    CHECK_EQ(counts.cached, 0);
    CHECK_EQ(counts.evicted, 0);
    CHECK_EQ(pwrite(fd, "x", 1, 2 * PAGE), 1);
    CHECK_EQ(pwrite(fd, "x", 1, 5 * PAGE), 1);
    CHECK_OK(ask(fd, 0, 0, &counts));
    CHECK_EQ(counts.cached, 2);
    CHECK_EQ(counts.dirty, 0);
    CHECK_EQ(counts.writeback, 0);
    CHECK_OK(ask(fd, 0, 2 * PAGE, &counts));
    CHECK_EQ(counts.cached, 0);
    CHECK_OK(ask(fd, 2 * PAGE, 1, &counts));
    CHECK_EQ(counts.cached, 1);
    CHECK_OK(ask(fd, 3 * PAGE - 1, PAGE, &counts));
    CHECK_EQ(counts.cached, 1);
    CHECK_OK(ask(fd, 2 * PAGE + 7, 3 * PAGE, &counts));
    CHECK_EQ(counts.cached, 2);
    CHECK_OK(ask(fd, 100 * PAGE, 0, &counts));
    CHECK_EQ(counts.cached, 0);
    CHECK_OK(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 2 * PAGE, PAGE));
    CHECK_OK(ask(fd, 0, 0, &counts));
    CHECK_EQ(counts.cached, 1);
}

TEST(otherFiles_haveNothingCached) {
    int fds[2];
    REQUIRE_OK(pipe(fds));
    struct counts counts = {.cached = 7};
    CHECK_OK(ask(fds[1], 0, 0, &counts));
    CHECK_EQ(counts.cached, 0);
}

TEST(badArguments_fail) {
    int fd = REQUIRE_OK(syscall(SYS_memfd_create, "cached", 0));
    struct counts counts;
    struct range range = {0, 0};
    CHECK_ERR(ask(-1, 0, 0, &counts), EBADF);
    CHECK_ERR(ask(REQUIRE_OK(open("/", O_PATH)), 0, 0, &counts), EBADF);
    CHECK_ERR(syscall(SYS_cachestat, fd, &range, &counts, 1), EINVAL);
    CHECK_ERR(syscall(SYS_cachestat, fd, NULL, &counts, 0), EFAULT);
    CHECK_ERR(syscall(SYS_cachestat, fd, &range, NULL, 0), EFAULT);
}
