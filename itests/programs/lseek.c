/* lseek(2). */
#include "check.h"

TEST(lseek_setCurEnd_moves) {
    int fd = make_file("file", "0123456789");
    CHECK_EQ(lseek(fd, 3, SEEK_SET), 3);
    CHECK_EQ(lseek(fd, 4, SEEK_CUR), 7);
    CHECK_EQ(lseek(fd, -7, SEEK_CUR), 0);
    CHECK_EQ(lseek(fd, -2, SEEK_END), 8);
    CHECK_EQ(lseek(fd, 100, SEEK_END), 110);
}

TEST(lseek_withBadArguments_fails) {
    int fds[2];
    int fd = make_file("file", "abc");
    CHECK_ERR(lseek(fd, -1, SEEK_SET), EINVAL);
    CHECK_ERR(lseek(fd, -4, SEEK_END), EINVAL);
    CHECK_ERR(lseek(fd, 0, 99), EINVAL);
    CHECK_ERR(lseek(999, 0, SEEK_SET), EBADF);
    CHECK_OK(pipe(fds));
    CHECK_ERR(lseek(fds[0], 0, SEEK_SET), ESPIPE);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 0);
}

TEST(lseek_beyondTheLargestOffset_fails) {
    int fd = make_file("file", "abc");
    CHECK_EQ(lseek(fd, 1, SEEK_SET), 1);
    CHECK_ERR(lseek(fd, INT64_MAX, SEEK_CUR), EINVAL);
    CHECK_ERR(lseek(fd, INT64_MAX, SEEK_END), EINVAL);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 1);
}

TEST(lseek_onGeneratedText_knowsWhatItsFileSystemKnows) {
    char text[4];
    /* seq_file: no end. */
    int status = REQUIRE_OK(open("/proc/self/status", O_RDONLY));
    CHECK_EQ(lseek(status, 3, SEEK_SET), 3);
    CHECK_ERR(lseek(status, 0, SEEK_END), EINVAL);
    CHECK_ERR(lseek(status, 0, SEEK_DATA), EINVAL);
    CHECK_EQ(read(status, text, 1), 1);
    CHECK_EQ(text[0], 'e'); /* Name: */
    CHECK_EQ(lseek(status, 0, SEEK_CUR), 4);
    /* kernfs: a page, whatever is in it. */
    int online = REQUIRE_OK(open("/sys/devices/system/cpu/online", O_RDONLY));
    CHECK_EQ(lseek(online, 0, SEEK_END), 4096);
    CHECK_EQ(read(online, text, sizeof text), 0);
    CHECK_EQ(lseek(online, 1, SEEK_DATA), 1);
    CHECK_EQ(lseek(online, 1, SEEK_HOLE), 4096);
    CHECK_ERR(lseek(online, 4096, SEEK_DATA), ENXIO);
    CHECK_EQ(pread(online, text, sizeof text, 4000), 0);
    CHECK_EQ(lseek(online, 0, SEEK_SET), 0);
    CHECK(read(online, text, 1) == 1 && text[0] == '0');
}

TEST(lseek_dataAndHole_findEdges) {
    int fd = make_file("file", "");
    CHECK_OK(ftruncate(fd, 1 << 20));
    CHECK_EQ(pwrite(fd, "x", 1, 512 << 10), 1);
    off_t data = lseek(fd, 0, SEEK_DATA);
    /* A file system without holes may call everything data. */
    CHECK(data == 512 << 10 || data == 0);
    CHECK_EQ(lseek(fd, 512 << 10, SEEK_DATA), 512 << 10);
    off_t hole = lseek(fd, 512 << 10, SEEK_HOLE);
    CHECK(hole > 512 << 10 && hole <= 1 << 20);
    CHECK_ERR(lseek(fd, 1 << 20, SEEK_DATA), ENXIO);
    CHECK_ERR(lseek(fd, 1 << 20, SEEK_HOLE), ENXIO);
    int full = make_file("full", "content");
    CHECK_EQ(lseek(full, 0, SEEK_HOLE), 7);
    CHECK_EQ(lseek(full, 3, SEEK_DATA), 3);
}

TEST(lseek_onDirectory_rewinds) {
    char buffer[4096];
    int fd = REQUIRE_OK(open(".", O_RDONLY));
    long first = CHECK_OK(syscall(SYS_getdents64, fd, buffer, sizeof buffer));
    CHECK_EQ(syscall(SYS_getdents64, fd, buffer, sizeof buffer), 0);
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    CHECK_EQ(syscall(SYS_getdents64, fd, buffer, sizeof buffer), first);
}
