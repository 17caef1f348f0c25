/* process_madvise(2): advice about the memory of another process, which changes nothing that it sees. */
#include "check.h"

#include <grp.h>

#ifndef MADV_COLD
#define MADV_COLD 20
#define MADV_PAGEOUT 21
#endif
#ifndef SYS_process_madvise
#define SYS_process_madvise 440
#endif

static long advise(int pidfd, struct iovec *parts, size_t count, int advice, unsigned flags) {
    return syscall(SYS_process_madvise, pidfd, parts, count, advice, flags);
}

static int open_process(pid_t pid) {
    return REQUIRE_OK(syscall(SYS_pidfd_open, pid, 0));
}

TEST(advice_aboutChild_isTaken) {
    char *memory = mmap(NULL, 16 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    strcpy(memory, "kept");
    int gate[2];
    REQUIRE_OK(pipe(gate));
    pid_t child = START_CHILD({
        char byte;
        memory[5 * 4096] = 'c';
        close(gate[1]);
        CHECK_EQ(read(gate[0], &byte, 1), 0);
        CHECK_STR(memory, "kept");
        CHECK_EQ(memory[5 * 4096], 'c');
    });
    int fd = open_process(child);
    struct iovec parts[] = {{memory, 4 * 4096}, {memory + 5 * 4096, 4096}};
    long result = advise(fd, parts, 2, MADV_COLD, 0);
    if (result < 0 && errno == EPERM) SKIP("user 0 lacks CAP_SYS_NICE");
    CHECK_EQ(result, 5 * 4096);
    CHECK_EQ(advise(fd, parts, 1, MADV_PAGEOUT, 0), 4 * 4096);
    CHECK_EQ(advise(fd, parts, 2, MADV_WILLNEED, 0), 5 * 4096);
    CHECK_EQ(advise(fd, parts, 0, MADV_COLD, 0), 0);
    close(gate[1]);
    CHECK_EQ(wait_for(child), 0);
    CHECK_ERR(advise(fd, parts, 1, MADV_COLD, 0), ESRCH);
}

TEST(badArguments_fail) {
    char *memory = mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct iovec part = {memory, 4096}, parts[2] = {{memory, 4096}, {memory + 1, 4096}};
    int fd = open_process(getpid());
    CHECK_EQ(advise(fd, &part, 1, MADV_COLD, 0), 4096);
    CHECK_ERR(advise(fd, &part, 1, MADV_COLD, 1), EINVAL);
    CHECK_ERR(advise(fd, &part, 1025, MADV_COLD, 0), EINVAL);
    CHECK_ERR(advise(fd, &part, 1, 4711, 0), EINVAL);
    CHECK_ERR(advise(fd, (void *)8, 1, MADV_COLD, 0), EFAULT);
    CHECK_ERR(advise(0, &part, 1, MADV_COLD, 0), EBADF);
    CHECK_ERR(advise(1000, &part, 1, MADV_COLD, 0), EBADF);
    /* what was done before the error counts */
    CHECK_EQ(advise(fd, parts, 2, MADV_COLD, 0), 4096);
    CHECK_ERR(advise(fd, parts + 1, 1, MADV_COLD, 0), EINVAL);
    munmap(memory, 4096);
    CHECK_ERR(advise(fd, &part, 1, MADV_COLD, 0), ENOMEM);
}

TEST(otherUsers_areRefused) {
    need_root();
    char *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct iovec part = {memory, 4096};
    int fd = open_process(getppid() > 0 ? getpid() : 1);
    CHECK_EQ(IN_CHILD({
                 REQUIRE_OK(setgroups(0, NULL));
                 REQUIRE_OK(setuid(12345));
                 errno = 0;
                 CHECK(advise(fd, &part, 1, MADV_COLD, 0) < 0);
                 CHECK(errno == EPERM || errno == EACCES);
             }),
            0);
}
