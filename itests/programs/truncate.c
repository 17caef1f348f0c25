/* truncate(2), ftruncate(2), fallocate(2). */
#include "check.h"
#include <linux/falloc.h>

static off_t size_of(const char *path) {
    struct stat about = {0};
    CHECK_OK(stat(path, &about));
    return about.st_size;
}

TEST(ftruncate_shrinksAndGrowsWithZeros) {
    char text[8];
    int fd = make_file("file", "abcdef");
    CHECK_OK(ftruncate(fd, 3));
    CHECK_EQ(size_of("file"), 3);
    CHECK_OK(ftruncate(fd, 6));
    CHECK_EQ(pread(fd, text, 8, 0), 6);
    CHECK_EQ(memcmp(text, "abc\0\0\0", 6), 0);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 0);
}

TEST(truncate_withBadArguments_fails) {
    int fds[2];
    close(make_file("file", ""));
    CHECK_ERR(truncate("file", -1), EINVAL);
    CHECK_ERR(truncate("missing", 0), ENOENT);
    CHECK_ERR(truncate(".", 0), EISDIR);
    CHECK_OK(pipe(fds));
    CHECK_ERR(ftruncate(fds[1], 0), EINVAL);
    CHECK_ERR(ftruncate(999, 0), EBADF);
    int reader = REQUIRE_OK(open("file", O_RDONLY));
    CHECK_ERR(ftruncate(reader, 0), EINVAL);
}

TEST(truncate_toHugeSize_isSparse) {
    char byte = 1;
    close(make_file("file", ""));
    CHECK_OK(truncate("file", 1LL << 40));
    CHECK_EQ(size_of("file"), 1LL << 40);
    int fd = REQUIRE_OK(open("file", O_RDWR));
    CHECK_EQ(pread(fd, &byte, 1, (1LL << 40) - 1), 1);
    CHECK_EQ(byte, 0);
    CHECK_EQ(pwrite(fd, "x", 1, 1LL << 39), 1);
    CHECK_EQ(pread(fd, &byte, 1, 1LL << 39), 1);
    CHECK_EQ(byte, 'x');
}

TEST(truncate_whileMapped_showsZerosAfterGrowth) {
    int fd = make_file("file", "");
    CHECK_OK(ftruncate(fd, 8192));
    char *map = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    REQUIRE(map != MAP_FAILED);
    memset(map, 'x', 8192);
    CHECK_OK(ftruncate(fd, 100));
    CHECK_OK(ftruncate(fd, 8192));
    CHECK_EQ(map[99], 'x');
    CHECK_EQ(map[100], 0);
    CHECK_EQ(map[5000], 0);
}

TEST(fallocate_growsAndKeepsSize) {
    int fd = make_file("file", "abc");
    long result = fallocate(fd, 0, 0, 10000);
    if (result < 0 && errno == EOPNOTSUPP) SKIP("no fallocate on this file system");
    CHECK_EQ(result, 0);
    CHECK_EQ(size_of("file"), 10000);
    CHECK_OK(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 20000));
    CHECK_EQ(size_of("file"), 10000);
    CHECK_ERR(fallocate(fd, 0, 0, 0), EINVAL);
    CHECK_ERR(fallocate(fd, 0, -1, 1), EINVAL);
    CHECK_ERR(fallocate(999, 0, 0, 1), EBADF);
    int reader = REQUIRE_OK(open("file", O_RDONLY));
    CHECK_ERR(fallocate(reader, 0, 0, 1), EBADF);
}

TEST(ftruncate_toTheSameSize_cutsWhatKeepSizeAllocated) {
    struct stat about = {0};
    int fd = memfd_create("sparse", 0); /* tmpfs on every machine */
    REQUIRE_OK(fd);
    CHECK_OK(ftruncate(fd, 5000));
    CHECK_OK(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 40960));
    CHECK_OK(fstat(fd, &about));
    CHECK_EQ(about.st_size, 5000);
    CHECK_EQ(about.st_blocks, 80);
    CHECK_OK(ftruncate(fd, 5000));
    CHECK_OK(fstat(fd, &about));
    CHECK_EQ(about.st_size, 5000);
    CHECK_EQ(about.st_blocks, 16);
}

TEST(fallocate_punchHole_zeroes) {
    char text[12] = "";
    int fd = make_file("file", "0123456789");
    long result = fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 2, 3);
    if (result < 0 && errno == EOPNOTSUPP) SKIP("no holes on this file system");
    CHECK_EQ(result, 0);
    CHECK_EQ(pread(fd, text, 10, 0), 10);
    CHECK_EQ(memcmp(text, "01\0\0\0" "56789", 10), 0);
    CHECK_EQ(size_of("file"), 10);
    CHECK_ERR(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 2, 3), EOPNOTSUPP);
    CHECK_EQ(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 8, 100), 0);
    CHECK_EQ(size_of("file"), 10);
}

TEST(posixFallocate_reservesSpace) {
    int fd = make_file("file", "");
    CHECK_EQ(posix_fallocate(fd, 100, 200), 0);
    CHECK_EQ(size_of("file"), 300);
}

TEST(syncCalls_succeedOnFiles) {
    int fds[2];
    int fd = make_file("file", "text");
    CHECK_OK(fsync(fd));
    CHECK_OK(fdatasync(fd));
    CHECK_OK(syncfs(fd));
    CHECK_OK(sync_file_range(fd, 0, 0, 0));
    sync();
    CHECK_OK(pipe(fds));
    CHECK_ERR(fsync(fds[0]), EINVAL);
    CHECK_ERR(fsync(999), EBADF);
    CHECK_EQ(posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL), 0);
    CHECK_EQ(posix_fadvise(fd, 0, 0, 77), EINVAL);
    CHECK_EQ(posix_fadvise(fds[0], 0, 0, POSIX_FADV_NORMAL), ESPIPE);
    CHECK_OK(readahead(fd, 0, 100));
}
