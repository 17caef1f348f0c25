/* read(2), write(2), pread(2), pwrite(2), readv(2), writev(2), preadv2(2). */
#include "check.h"

TEST(read_advancesOffset) {
    char text[8] = "";
    int fd = make_file("file", "abcdef");
    CHECK_EQ(read(fd, text, 2), 2);
    CHECK_EQ(read(fd, text + 2, 10), 4);
    CHECK_STR(text, "abcdef");
    CHECK_EQ(read(fd, text, 1), 0);
    CHECK_EQ(read(fd, text, 0), 0);
}

TEST(read_withBadArguments_fails) {
    char byte;
    int fd = make_file("file", "abc");
    CHECK_ERR(read(-1, &byte, 1), EBADF);
    CHECK_ERR(read(999, &byte, 1), EBADF);
    CHECK_ERR(read(fd, (void *)1, 1), EFAULT);
    CHECK_ERR(read(fd, (void *)-4096L, 1), EFAULT);
    CHECK_ERR(write(fd, (void *)1, 1), EFAULT);
    CHECK_ERR(read(fd, &byte, (size_t)-1), EFAULT);
}

TEST(read_intoPartlyMappedBuffer_givesShortCount) {
    char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK_OK(munmap(pages + 4096, 4096));
    int fd = make_file("file", "0123456789");
    CHECK_OK(ftruncate(fd, 10000));
    ssize_t n = read(fd, pages + 4090, 100);
    CHECK(n == 6 || (n == -1 && errno == EFAULT));
    CHECK_EQ(memcmp(pages + 4090, "012345", 6), 0);
}

TEST(write_pastEnd_leavesHoleOfZeros) {
    char text[8];
    int fd = make_file("file", "a");
    CHECK_EQ(pwrite(fd, "z", 1, 10000), 1);
    CHECK_EQ(pread(fd, text, 3, 9998), 3);
    CHECK_EQ(memcmp(text, "\0\0z", 3), 0);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 0);
    CHECK_EQ(lseek(fd, 0, SEEK_END), 10001);
}

TEST(write_ofNothing_givesZero) {
    int fd = make_file("file", "");
    CHECK_EQ(write(fd, NULL, 0), 0);
    CHECK_EQ(write(fd, (void *)1, 0), 0);
}

TEST(pread_keepsOffsetAndChecksArguments) {
    char text[8] = "";
    int fd = make_file("file", "abcdef");
    CHECK_EQ(pread(fd, text, 3, 2), 3);
    CHECK_STR(text, "cde");
    CHECK_EQ(pread(fd, text, 3, 100), 0);
    CHECK_ERR(pread(fd, text, 3, -1), EINVAL);
    CHECK_ERR(pwrite(fd, text, 3, -1), EINVAL);
    int pipe_fds[2];
    CHECK_OK(pipe(pipe_fds));
    CHECK_ERR(pread(pipe_fds[0], text, 1, 0), ESPIPE);
    CHECK_ERR(pwrite(pipe_fds[1], text, 1, 0), ESPIPE);
}

TEST(readv_fillsBuffersInOrder) {
    char a[3] = "", b[4] = "", c[8] = "";
    struct iovec parts[] = {{a, 2}, {b, 0}, {b, 3}, {c, 7}};
    int fd = make_file("file", "0123456789");
    CHECK_EQ(readv(fd, parts, 4), 10);
    CHECK_STR(a, "01");
    CHECK_STR(b, "234");
    CHECK_STR(c, "56789");
}

TEST(writev_writesAllPartsAtOnce) {
    struct iovec parts[] = {{"ab", 2}, {NULL, 0}, {"cde", 3}};
    int fd = make_file("file", "");
    CHECK_EQ(writev(fd, parts, 3), 5);
    CHECK_STR(text_of("file"), "abcde");
}

TEST(readv_withBadVector_fails) {
    char text[4];
    int fd = make_file("file", "abc");
    struct iovec negative[] = {{text, 1}, {text, (size_t)-1}};
    struct iovec bad[] = {{(void *)1, 4}};
    CHECK_ERR(readv(fd, negative, 2), EINVAL);
    CHECK_ERR(syscall(SYS_readv, fd, negative, -1), EINVAL);
    CHECK_ERR(readv(fd, negative, 1025), EINVAL);
    CHECK_ERR(readv(fd, (void *)8, 1), EFAULT);
    CHECK_ERR(readv(fd, bad, 1), EFAULT);
    CHECK_EQ(readv(fd, NULL, 0), 0);
    CHECK_ERR(writev(fd, bad, 1), EFAULT);
}

TEST(preadv_readsAtOffset) {
    char a[3] = "", b[3] = "";
    struct iovec parts[] = {{a, 2}, {b, 2}};
    int fd = make_file("file", "0123456789");
    CHECK_EQ(preadv(fd, parts, 2, 5), 4);
    CHECK_STR(a, "56");
    CHECK_STR(b, "78");
    CHECK_EQ(pwritev(fd, parts, 2, 0), 4);
    CHECK_STR(text_of("file"), "5678456789");
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 0);
}

TEST(preadv2_withOffsetMinusOne_usesAndMovesOffset) {
    char a[5] = "";
    struct iovec part = {a, 4};
    int fd = make_file("file", "0123456789");
    ssize_t n = preadv2(fd, &part, 1, -1, 0);
    if (n < 0 && errno == ENOSYS) SKIP("no preadv2");
    CHECK_EQ(n, 4);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 4);
    CHECK_EQ(pwritev2(fd, &part, 1, 0, RWF_APPEND), 4);
    CHECK_STR(text_of("file"), "01234567890123");
    CHECK_ERR(preadv2(fd, &part, 1, 0, 0x4000), EOPNOTSUPP);
}

TEST(descriptorsOfOneOpen_shareOffset) {
    char byte = 0;
    int fd = make_file("file", "abc");
    int copy = REQUIRE_OK(dup(fd));
    CHECK_EQ(read(fd, &byte, 1), 1);
    CHECK_EQ(read(copy, &byte, 1), 1);
    CHECK_EQ(byte, 'b');
    CHECK_EQ(IN_CHILD(CHECK_EQ(read(fd, &byte, 1), 1)), 0);
    CHECK_EQ(read(fd, &byte, 1), 0);
}

TEST(largeWrite_readsBack) {
    enum { SIZE = 5 << 20 };
    char *data = malloc(SIZE), *back = calloc(1, SIZE);
    for (int i = 0; i < SIZE; i++) data[i] = i * 31 ^ i >> 11;
    int fd = make_file("file", "");
    CHECK_EQ(write(fd, data, SIZE), SIZE);
    CHECK_EQ(pread(fd, back, SIZE, 0), SIZE);
    CHECK_EQ(memcmp(data, back, SIZE), 0);
    CHECK_EQ(pread(fd, back, 100, SIZE - 50), 50);
}

TEST(devices_behave) {
    char text[16];
    memset(text, 1, sizeof text);
    int zero = REQUIRE_OK(open("/dev/zero", O_RDWR));
    CHECK_EQ(read(zero, text, 16), 16);
    for (int i = 0; i < 16; i++) CHECK_EQ(text[i], 0);
    CHECK_EQ(write(zero, text, 16), 16);
    int null = REQUIRE_OK(open("/dev/null", O_RDWR));
    CHECK_EQ(read(null, text, 16), 0);
    CHECK_EQ(write(null, text, 16), 16);
    int full = REQUIRE_OK(open("/dev/full", O_RDWR));
    CHECK_ERR(write(full, text, 1), ENOSPC);
    CHECK_EQ(read(full, text, 4), 4);
    int random = REQUIRE_OK(open("/dev/urandom", O_RDONLY));
    CHECK_EQ(read(random, text, 16), 16);
    struct stat about;
    CHECK_OK(stat("/dev/null", &about));
    CHECK(S_ISCHR(about.st_mode));
    CHECK_EQ(about.st_rdev, 0x103);
}

TEST(write_beyondFileSizeLimit_raisesSigxfsz) {
    int fd = make_file("file", "");
    struct rlimit limit = {100, 100};
    signal(SIGXFSZ, SIG_IGN);
    CHECK_OK(setrlimit(RLIMIT_FSIZE, &limit));
    char text[200] = "";
    CHECK_EQ(write(fd, text, 200), 100);
    CHECK_ERR(write(fd, text, 1), EFBIG);
    CHECK_ERR(ftruncate(fd, 101), EFBIG);
    int status = IN_CHILD(signal(SIGXFSZ, SIG_DFL); write(fd, text, 1));
    CHECK_EQ(WTERMSIG(status), SIGXFSZ);
}
