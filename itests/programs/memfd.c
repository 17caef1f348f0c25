/* memfd_create(2) and file seals of fcntl(2); mappings of POSIX shared memory in /dev/shm. */
#include "check.h"
#include "faults.h"

#define PAGE 4096L
#define RW (PROT_READ | PROT_WRITE)

TEST(memfd_isAnonymousFile) {
    char text[8] = "", path[64], target[64] = "";
    int fd = REQUIRE_OK(memfd_create("name", MFD_CLOEXEC));
    CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    CHECK_EQ(write(fd, "text", 4), 4);
    CHECK_EQ(pread(fd, text, 8, 0), 4);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    CHECK_OK(readlink(path, target, sizeof target - 1));
    CHECK_STR(target, "/memfd:name (deleted)");
    struct stat about;
    CHECK_OK(fstat(fd, &about));
    CHECK_EQ(about.st_mode & 0777, 0777);
    CHECK_EQ(about.st_size, 4);
    CHECK_ERR(memfd_create("name", 0x8000), EINVAL);
    char name[300];
    memset(name, 'x', sizeof name);
    name[250] = 0;
    CHECK_ERR(memfd_create(name, 0), EINVAL);
    name[249] = 0;
    CHECK_OK(memfd_create(name, 0));
}

TEST(memfd_sharedThroughFork) {
    int fd = REQUIRE_OK(memfd_create("shared", 0));
    CHECK_OK(ftruncate(fd, PAGE));
    CHECK_EQ(IN_CHILD(
        char *at = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0);
        strcpy(at, "from child")), 0);
    char *at = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0);
    CHECK_STR(at, "from child");
}

TEST(sealWrite_forbidsWriting) {
    int fd = REQUIRE_OK(memfd_create("sealed", MFD_ALLOW_SEALING));
    CHECK_EQ(write(fd, "text", 4), 4);
    CHECK_EQ(fcntl(fd, F_GET_SEALS), 0);
    char *at = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0);
    REQUIRE(at != MAP_FAILED);
    CHECK_ERR(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
    CHECK_OK(munmap(at, PAGE));
    CHECK_OK(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    CHECK_ERR(write(fd, "x", 1), EPERM);
    CHECK_ERR(mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0), EPERM);
    CHECK_OK(mmap(NULL, PAGE, RW, MAP_PRIVATE, fd, 0));
    CHECK_OK(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0));
    CHECK_EQ(fcntl(fd, F_GET_SEALS), F_SEAL_WRITE);
}

TEST(sealShrinkAndGrow_forbidSizes) {
    int fd = REQUIRE_OK(memfd_create("sealed", MFD_ALLOW_SEALING));
    CHECK_OK(ftruncate(fd, 100));
    CHECK_OK(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK));
    CHECK_ERR(ftruncate(fd, 50), EPERM);
    CHECK_OK(ftruncate(fd, 200));
    CHECK_OK(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW));
    CHECK_ERR(ftruncate(fd, 300), EPERM);
    CHECK_EQ(pwrite(fd, "x", 1, 10), 1);
    CHECK_ERR(pwrite(fd, "x", 1, 250), EPERM);
    CHECK_OK(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL));
    CHECK_ERR(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EPERM);
}

TEST(seals_whereNotAllowed_fail) {
    int fd = REQUIRE_OK(memfd_create("plain", 0));
    CHECK_EQ(fcntl(fd, F_GET_SEALS), F_SEAL_SEAL);
    CHECK_ERR(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EPERM);
    int fds[2];
    CHECK_OK(pipe(fds));
    CHECK_ERR(fcntl(fds[0], F_GET_SEALS), EINVAL);
}

TEST(shmOpen_sharesBetweenUnrelated) {
    char name[64];
    snprintf(name, sizeof name, "/moat-check-%d", getpid());
    int fd = REQUIRE_OK(shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600));
    CHECK_OK(ftruncate(fd, PAGE));
    int *at = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0);
    CHECK_EQ(IN_CHILD(
        int again = shm_open(name, O_RDWR, 0);
        int *there = mmap(NULL, PAGE, RW, MAP_SHARED, again, 0);
        *there = 77), 0);
    CHECK_EQ(*at, 77);
    CHECK_OK(shm_unlink(name));
    CHECK_ERR(shm_open(name, O_RDWR, 0600), ENOENT);
}

TEST(memfdGrownAfterMap_isReachable) {
    int fd = REQUIRE_OK(memfd_create("grow", 0));
    char *at = mmap(NULL, 4 * PAGE, RW, MAP_SHARED, fd, 0);
    CHECK_EQ(fault_of_read(at), SIGBUS);
    CHECK_OK(ftruncate(fd, 4 * PAGE));
    CHECK_EQ(fault_of_write(at + 3 * PAGE), 0);
    CHECK_OK(ftruncate(fd, 2 * PAGE));
    CHECK_EQ(fault_of_read(at + 3 * PAGE), SIGBUS);
    CHECK_EQ(fault_of_read(at + PAGE), 0);
}

TEST(direct_isForReopenedFilesOnly) {
    char path[64], text[4] = "";
    int fd = REQUIRE_OK(memfd_create("direct", 0));
    CHECK_EQ(write(fd, "hello", 5), 5);
    CHECK_ERR(fcntl(fd, F_SETFL, O_DIRECT), EINVAL);
    CHECK_EQ(fcntl(fd, F_GETFL) & O_DIRECT, 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int direct = open(path, O_RDWR | O_DIRECT);
    if (direct < 0 && errno == EINVAL) SKIP("tmpfs without O_DIRECT: before Linux 6.6");
    CHECK_EQ(pread(direct, text, 3, 1), 3);
    CHECK_STR(text, "ell");
    CHECK_OK(fcntl(direct, F_SETFL, 0));
    CHECK_EQ(fcntl(direct, F_GETFL) & O_DIRECT, 0);
    CHECK_OK(fcntl(direct, F_SETFL, O_DIRECT));
    CHECK_EQ(fcntl(direct, F_GETFL) & O_DIRECT, O_DIRECT);
}

/* Writes 1 MiB less what is cut off before and behind a hole in memory; checks what the file has then. */
static void expect_after_fault(off_t offset, size_t skipped, size_t readable, ssize_t written, off_t size, int pages) {
    struct stat about;
    size_t all = 1 << 20;
    char *memory = mmap(NULL, all, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(memory, 'x', all);
    REQUIRE_OK(munmap(memory + readable, PAGE));
    int fd = REQUIRE_OK(memfd_create("fault", 0));
    errno = 0;
    CHECK_EQ(pwrite(fd, memory + skipped, all - skipped, offset), written);
    CHECK_EQ(errno, written < 0 ? EFAULT : 0);
    CHECK_OK(fstat(fd, &about));
    CHECK_EQ(about.st_size, size);
    CHECK_EQ(about.st_blocks, pages * 8);
    munmap(memory, all);
    close(fd);
}

TEST(write_thatFaultsHalfWay_keepsThePageOfTheFault) {
    expect_after_fault(0, PAGE - 5, PAGE, 5, 5, 1);
    expect_after_fault(0, 0, PAGE, PAGE, PAGE, 2);
    expect_after_fault(100, 0, PAGE, PAGE, PAGE + 100, 2);
    expect_after_fault(0, 0, 129 * PAGE, 129 * PAGE, 129 * PAGE, 130);
    expect_after_fault(0, 100, 129 * PAGE, 129 * PAGE - 100, 129 * PAGE - 100, 129);
    expect_after_fault(0, 5 * PAGE, 5 * PAGE, -1, 0, 1);
    expect_after_fault(2 * PAGE, 5 * PAGE, 5 * PAGE, -1, 2 * PAGE, 1);
}

TEST(memfd_unknownFlags_failBeforeHugePages) {
    CHECK_ERR(memfd_create("x", -1), EINVAL);
    CHECK_ERR(memfd_create("x", MFD_HUGETLB | 0x100), EINVAL);
    CHECK_ERR(memfd_create((char *)8, MFD_HUGETLB), EFAULT);
}
