/* sendfile(2), splice(2), tee(2), vmsplice(2), copy_file_range(2). */
#include "check.h"

#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>

static void expect_in_pipe(int fd, const char *expected) {
    char text[256] = "";
    CHECK_EQ(read(fd, text, sizeof text - 1), strlen(expected));
    CHECK_STR(text, expected);
}

TEST(sendfile_copiesAndMovesOffset) {
    int in = make_file("in", "0123456789"), out = make_file("out", ""), fds[2];
    CHECK_OK(pipe(fds));
    CHECK_EQ(syscall(SYS_sendfile, fds[1], in, NULL, 4L), 4);
    expect_in_pipe(fds[0], "0123");
    off_t offset = 6;
    CHECK_EQ(syscall(SYS_sendfile, fds[1], in, &offset, 100L), 4);
    CHECK_EQ(offset, 10);
    expect_in_pipe(fds[0], "6789");
    CHECK_EQ(lseek(in, 0, SEEK_CUR), 4);
    CHECK_EQ(syscall(SYS_sendfile, out, in, NULL, 100L), 6);
    CHECK_STR(text_of("out"), "456789");
    CHECK_EQ(syscall(SYS_sendfile, out, in, NULL, 100L), 0);
}

TEST(offsets_thatCannotBeTold_failEfault) {
    int in = make_file("in", "0123456789"), out = make_file("out", ""), fds[2];
    off_t *offset = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK_OK(pipe(fds));
    CHECK_ERR(syscall(SYS_sendfile, out, in, offset, 1L), EFAULT);
    CHECK_STR(text_of("out"), "0");
    CHECK_ERR(syscall(SYS_splice, in, offset, fds[1], NULL, 4L, 0), EFAULT);
    int empty = make_file("empty", "");
    CHECK_ERR(syscall(SYS_sendfile, out, empty, offset, 1L), EFAULT);
    CHECK_EQ(syscall(SYS_copy_file_range, empty, offset, out, NULL, 1L, 0), 0);
    CHECK_ERR(syscall(SYS_copy_file_range, in, offset, out, NULL, 1L, 0), EFAULT);
}

TEST(sendfile_withBadArguments_fails) {
    int in = make_file("in", "0123456789"), fds[2];
    CHECK_OK(pipe(fds));
    CHECK_ERR(syscall(SYS_sendfile, fds[0], in, NULL, 4L), EBADF);
    CHECK_ERR(syscall(SYS_sendfile, 999, in, NULL, 4L), EBADF);
    off_t negative = -1;
    CHECK_ERR(syscall(SYS_sendfile, fds[1], in, &negative, 4L), EINVAL);
    CHECK_ERR(syscall(SYS_sendfile, fds[1], in, (void *)1, 4L), EFAULT);
    int append = REQUIRE_OK(open("out", O_WRONLY | O_APPEND | O_CREAT, 0600));
    CHECK_ERR(syscall(SYS_sendfile, append, in, NULL, 4L), EINVAL);
}

TEST(splice_movesBetweenFileAndPipe) {
    int in = make_file("in", "0123456789"), out = make_file("out", ""), fds[2];
    CHECK_OK(pipe(fds));
    loff_t offset = 2;
    CHECK_EQ(splice(in, &offset, fds[1], NULL, 5, 0), 5);
    CHECK_EQ(offset, 7);
    CHECK_EQ(splice(fds[0], NULL, out, NULL, 100, 0), 5);
    CHECK_STR(text_of("out"), "23456");
    CHECK_EQ(splice(in, NULL, fds[1], NULL, 3, 0), 3);
    expect_in_pipe(fds[0], "012");
    CHECK_ERR(splice(fds[0], NULL, out, NULL, 5, SPLICE_F_NONBLOCK), EAGAIN);
    CHECK_ERR(splice(in, NULL, out, NULL, 5, 0), EINVAL);
    CHECK_ERR(splice(fds[0], &offset, out, NULL, 5, 0), ESPIPE);
    CHECK_ERR(splice(in, NULL, fds[1], NULL, 5, 0x100), EINVAL);
    CHECK_ERR(splice(fds[0], NULL, fds[1], NULL, 5, 0), EINVAL);
}

TEST(splice_betweenPipes_moves) {
    int a[2], b[2];
    CHECK_OK(pipe(a));
    CHECK_OK(pipe(b));
    CHECK_EQ(write(a[1], "hello", 5), 5);
    CHECK_EQ(splice(a[0], NULL, b[1], NULL, 3, 0), 3);
    expect_in_pipe(b[0], "hel");
    expect_in_pipe(a[0], "lo");
    CHECK_OK(close(a[1]));
    CHECK_EQ(splice(a[0], NULL, b[1], NULL, 3, 0), 0);
}

TEST(tee_duplicatesWithoutConsuming) {
    int a[2], b[2];
    CHECK_OK(pipe(a));
    CHECK_OK(pipe(b));
    CHECK_EQ(write(a[1], "hello", 5), 5);
    CHECK_EQ(tee(a[0], b[1], 100, 0), 5);
    expect_in_pipe(b[0], "hello");
    expect_in_pipe(a[0], "hello");
    CHECK_ERR(tee(a[0], a[1], 5, 0), EINVAL);
    CHECK_ERR(tee(make_file("f", ""), a[1], 5, 0), EINVAL);
}

TEST(vmsplice_fillsPipe) {
    int fds[2];
    struct iovec parts[] = {{"ab", 2}, {"cde", 3}};
    CHECK_OK(pipe(fds));
    CHECK_EQ(vmsplice(fds[1], parts, 2, 0), 5);
    expect_in_pipe(fds[0], "abcde");
}

/* Files that splice(2) neither takes from nor puts into, though they can be read or written. */
TEST(splice_ofFilesWithoutIt_failsEinval) {
    int out[2], in[2], list = make_file("list", "12345678"), one;
    CHECK_OK(pipe2(out, O_NONBLOCK));
    CHECK_OK(pipe2(in, O_NONBLOCK));
    CHECK_EQ(write(in[1], "12345678", 8), 8);
    int null = open("/dev/null", O_RDWR), full = open("/dev/full", O_RDWR), here = open(".", O_RDONLY);
    int event = eventfd(5, EFD_NONBLOCK), watch = inotify_init1(IN_NONBLOCK);
    int givers[] = {null, event, watch, here};
    for (size_t i = 0; i < sizeof givers / sizeof *givers; i++) {
        CHECK_ERR(splice(givers[i], NULL, out[1], NULL, 8, 0), EINVAL);
        CHECK_ERR(sendfile(list, givers[i], NULL, 8), EINVAL);
    }
    int takers[] = {full, event};
    for (size_t i = 0; i < sizeof takers / sizeof *takers; i++) {
        CHECK_ERR(splice(in[0], NULL, takers[i], NULL, 8, 0), EINVAL);
        CHECK_ERR(sendfile(takers[i], list, NULL, 8), EINVAL);
    }
    CHECK_OK(ioctl(in[0], FIONREAD, &one));
    CHECK_EQ(one, 8);
    CHECK_EQ(splice(in[0], NULL, null, NULL, 8, 0), 8);
    /* A pipe without a reader is told first. */
    signal(SIGPIPE, SIG_IGN);
    CHECK_OK(close(out[0]));
    CHECK_ERR(sendfile(out[1], null, NULL, 8), EPIPE);
}

TEST(vmsplice_givesWhatFits) {
    enum { BYTES = 128 << 10 };
    static char text[BYTES] __attribute__((aligned(4096))), back[BYTES];
    int fds[2];
    for (int i = 0; i < BYTES; i++) text[i] = i % 251;
    struct iovec all = {text, BYTES};
    CHECK_OK(pipe(fds));
    CHECK_EQ(vmsplice(fds[1], &all, 1, 0), 65536);
    CHECK_ERR(vmsplice(fds[1], &all, 1, SPLICE_F_NONBLOCK), EAGAIN);
    CHECK_EQ(read(fds[0], back, BYTES), 65536);
    CHECK_EQ(memcmp(text, back, 65536), 0);
    CHECK_OK(close(fds[0]));
    signal(SIGPIPE, SIG_IGN);
    CHECK_ERR(vmsplice(fds[1], &all, 1, 0), EPIPE);
}

TEST(copyFileRange_copiesInside) {
    int in = make_file("in", "0123456789"), out = make_file("out", "abcdefghij");
    loff_t from = 2, to = 5;
    CHECK_EQ(copy_file_range(in, &from, out, &to, 4, 0), 4);
    CHECK_EQ(from, 6);
    CHECK_EQ(to, 9);
    CHECK_STR(text_of("out"), "abcde2345j");
    CHECK_EQ(copy_file_range(in, NULL, out, NULL, 100, 0), 10);
    CHECK_STR(text_of("out"), "0123456789");
    CHECK_EQ(copy_file_range(in, NULL, out, NULL, 100, 0), 0);
    CHECK_ERR(copy_file_range(in, NULL, out, NULL, 1, 1), EINVAL);
    from = 0, to = 1;
    CHECK_ERR(copy_file_range(in, &from, in, &to, 4, 0), EINVAL);
    int fds[2];
    CHECK_OK(pipe(fds));
    CHECK_ERR(copy_file_range(in, NULL, fds[1], NULL, 1, 0), EINVAL);
    int dir = REQUIRE_OK(open(".", O_RDONLY));
    CHECK_ERR(copy_file_range(dir, NULL, out, NULL, 1, 0), EISDIR);
}
