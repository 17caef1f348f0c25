/* pipe(2), pipe2(2), fifo(7). */
#include "check.h"

TEST(pipe_carriesBytesInOrder) {
    char text[8] = "";
    int fds[2];
    CHECK_OK(pipe(fds));
    CHECK_EQ(write(fds[1], "abc", 3), 3);
    CHECK_EQ(write(fds[1], "def", 3), 3);
    CHECK_EQ(read(fds[0], text, 4), 4);
    CHECK_STR(text, "abcd");
    CHECK_EQ(read(fds[0], text, 8), 2);
    CHECK_ERR(write(fds[0], "x", 1), EBADF);
    CHECK_ERR(read(fds[1], text, 1), EBADF);
}

TEST(pipe2_setsFlags) {
    int fds[2];
    CHECK_OK(pipe2(fds, O_NONBLOCK | O_CLOEXEC));
    CHECK_EQ(fcntl(fds[0], F_GETFL), O_RDONLY | O_NONBLOCK);
    CHECK_EQ(fcntl(fds[1], F_GETFL), O_WRONLY | O_NONBLOCK);
    CHECK_EQ(fcntl(fds[0], F_GETFD), FD_CLOEXEC);
    CHECK_ERR(pipe2(fds, O_APPEND), EINVAL);
    CHECK_ERR(syscall(SYS_pipe, (void *)1), EFAULT);
}

TEST(read_onEmptyNonblockingPipe_failsEagain) {
    char byte;
    int fds[2];
    CHECK_OK(pipe2(fds, O_NONBLOCK));
    CHECK_ERR(read(fds[0], &byte, 1), EAGAIN);
    CHECK_OK(close(fds[1]));
    CHECK_EQ(read(fds[0], &byte, 1), 0);
}

TEST(write_withoutReader_raisesSigpipe) {
    int fds[2];
    CHECK_OK(pipe(fds));
    CHECK_OK(close(fds[0]));
    CHECK_EQ(WTERMSIG(IN_CHILD(write(fds[1], "x", 1))), SIGPIPE);
    signal(SIGPIPE, SIG_IGN);
    CHECK_ERR(write(fds[1], "x", 1), EPIPE);
}

TEST(write_onFullNonblockingPipe_isShortThenEagain) {
    static char data[70000];
    int fds[2];
    CHECK_OK(pipe2(fds, O_NONBLOCK));
    CHECK_EQ(write(fds[1], data, sizeof data), 65536);
    CHECK_ERR(write(fds[1], data, 1), EAGAIN);
    CHECK_EQ(read(fds[0], data, 4096), 4096);
    CHECK_EQ(write(fds[1], data, 4096), 4096);
    /* A write of up to PIPE_BUF bytes is all or nothing. */
    CHECK_EQ(read(fds[0], data, 4000), 4000);
    CHECK_ERR(write(fds[1], data, 4096), EAGAIN);
}

TEST(pipeSize_canBeChanged) {
    int fds[2];
    CHECK_OK(pipe(fds));
    CHECK_EQ(fcntl(fds[0], F_GETPIPE_SZ), 65536);
    CHECK_EQ(fcntl(fds[0], F_SETPIPE_SZ, 5000), 8192);
    CHECK_EQ(fcntl(fds[1], F_GETPIPE_SZ), 8192);
    static char data[8192];
    CHECK_EQ(write(fds[1], data, 8192), 8192);
    CHECK_ERR(fcntl(fds[0], F_SETPIPE_SZ, 4096), EBUSY);
    CHECK_ERR(fcntl(fds[0], F_SETPIPE_SZ, (1U << 31) + 1), EINVAL);
    IN_CHILD(
        if (setuid(65534) != 0) _exit(0);
        CHECK_ERR(fcntl(fds[0], F_SETPIPE_SZ, (1U << 31) + 1), EINVAL);
        CHECK_ERR(fcntl(fds[0], F_SETPIPE_SZ, 1U << 31), EPERM);
        CHECK_ERR(fcntl(fds[0], F_SETPIPE_SZ, 4096), EBUSY););
}

TEST(fionread_tellsBytes) {
    int fds[2], count = -1;
    CHECK_OK(pipe(fds));
    CHECK_EQ(write(fds[1], "abcde", 5), 5);
    CHECK_OK(syscall(SYS_ioctl, fds[0], 0x541b /* FIONREAD */, &count));
    CHECK_EQ(count, 5);
}

TEST(blockedRead_isWokenByWriter) {
    char text[8] = "";
    int fds[2];
    CHECK_OK(pipe(fds));
    pid_t child = START_CHILD(sleep_ms(50); write(fds[1], "hello", 5));
    CHECK_EQ(read(fds[0], text, 8), 5);
    CHECK_STR(text, "hello");
    CHECK_EQ(wait_for(child), 0);
}

TEST(blockedRead_endsWhenLastWriterCloses) {
    char byte;
    int fds[2];
    CHECK_OK(pipe(fds));
    pid_t child = START_CHILD(sleep_ms(50));
    CHECK_OK(close(fds[1]));
    CHECK_EQ(read(fds[0], &byte, 1), 0);
    CHECK_EQ(wait_for(child), 0);
}

TEST(blockedWriter_goesOnWhenRead) {
    enum { SIZE = 1 << 20 };
    int fds[2];
    CHECK_OK(pipe(fds));
    pid_t child = START_CHILD(
        close(fds[0]);
        char *data = malloc(SIZE);
        for (int i = 0; i < SIZE; i++) data[i] = i % 251;
        CHECK_EQ(write(fds[1], data, SIZE), SIZE));
    CHECK_OK(close(fds[1]));
    char part[5000];
    int at = 0, wrong = 0;
    for (ssize_t n; (n = read(fds[0], part, sizeof part)) > 0;) {
        for (int i = 0; i < n; i++, at++) wrong += part[i] != (char)(at % 251);
    }
    CHECK_EQ(at, SIZE);
    CHECK_EQ(wrong, 0);
    CHECK_EQ(wait_for(child), 0);
}

TEST(smallWritesOfManyProcesses_areAtomic) {
    int fds[2];
    CHECK_OK(pipe(fds));
    for (int c = 0; c < 4; c++) {
        START_CHILD(
            char block[512];
            memset(block, 'a' + c, sizeof block);
            for (int i = 0; i < 100; i++) CHECK_EQ(write(fds[1], block, sizeof block), 512));
    }
    CHECK_OK(close(fds[1]));
    char block[512];
    int count = 0;
    while (1) {
        int got = 0;
        while (got < 512) {
            ssize_t n = read(fds[0], block + got, 512 - got);
            if (n <= 0) goto end;
            got += n;
        }
        for (int i = 1; i < 512; i++) REQUIRE(block[i] == block[0]);
        count++;
    }
end:
    CHECK_EQ(count, 400);
}

TEST(fifo_openWaitsForOtherEnd) {
    char text[8] = "";
    CHECK_OK(mkfifo("fifo", 0600));
    pid_t child = START_CHILD(
        int fd = open("fifo", O_WRONLY);
        CHECK_EQ(write(fd, "abc", 3), 3));
    int fd = REQUIRE_OK(open("fifo", O_RDONLY));
    CHECK_EQ(read(fd, text, 8), 3);
    CHECK_EQ(read(fd, text, 8), 0);
    CHECK_EQ(wait_for(child), 0);
}

TEST(fifo_openNonblocking_doesNotWait) {
    char byte;
    CHECK_OK(mkfifo("fifo", 0600));
    CHECK_ERR(open("fifo", O_WRONLY | O_NONBLOCK), ENXIO);
    int reader = REQUIRE_OK(open("fifo", O_RDONLY | O_NONBLOCK));
    CHECK_EQ(read(reader, &byte, 1), 0);
    int writer = REQUIRE_OK(open("fifo", O_WRONLY | O_NONBLOCK));
    CHECK_ERR(read(reader, &byte, 1), EAGAIN);
    CHECK_EQ(write(writer, "x", 1), 1);
    CHECK_EQ(read(reader, &byte, 1), 1);
    CHECK_ERR(lseek(reader, 0, SEEK_SET), ESPIPE);
    int both = REQUIRE_OK(open("fifo", O_RDWR));
    CHECK_EQ(write(both, "y", 1), 1);
    CHECK_EQ(read(both, &byte, 1), 1);
}

TEST(pipe_reopenedThroughProc_works) {
    char byte = 0, path[64];
    int fds[2];
    CHECK_OK(pipe(fds));
    snprintf(path, sizeof path, "/proc/self/fd/%d", fds[1]);
    int again = REQUIRE_OK(open(path, O_WRONLY));
    CHECK_EQ(write(again, "x", 1), 1);
    CHECK_EQ(read(fds[0], &byte, 1), 1);
    CHECK_EQ(byte, 'x');
    char target[64] = "";
    CHECK_OK(readlink(path, target, sizeof target - 1));
    CHECK_EQ(strncmp(target, "pipe:[", 6), 0);
}
