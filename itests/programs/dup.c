/* dup(2), dup2(2), dup3(2) and the descriptor commands of fcntl(2). */
#include "check.h"

TEST(dup_givesLowestAndClearsCloexec) {
    int fd = REQUIRE_OK(open("/dev/null", O_RDONLY | O_CLOEXEC));
    int copy = REQUIRE_OK(dup(fd));
    CHECK_EQ(copy, fd + 1);
    CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    CHECK_EQ(fcntl(copy, F_GETFD), 0);
    CHECK_ERR(dup(999), EBADF);
}

TEST(dup2_replacesTarget) {
    int a = make_file("a", "A");
    int b = make_file("b", "B");
    char byte = 0;
    CHECK_EQ(dup2(a, b), b);
    CHECK_EQ(read(b, &byte, 1), 1);
    CHECK_EQ(byte, 'A');
    CHECK_EQ(dup2(a, a), a);
    CHECK_ERR(dup2(999, 999), EBADF);
    CHECK_ERR(dup2(999, b), EBADF);
    CHECK_EQ(fcntl(b, F_GETFD), 0);
    CHECK_ERR(dup2(a, -1), EBADF);
    CHECK_ERR(dup2(a, INT_MAX), EBADF);
}

TEST(dup3_checksArguments) {
    int fd = REQUIRE_OK(open("/dev/null", O_RDONLY));
    CHECK_ERR(dup3(fd, fd, 0), EINVAL);
    CHECK_ERR(dup3(fd, 40, O_APPEND), EINVAL);
    CHECK_EQ(dup3(fd, 40, O_CLOEXEC), 40);
    CHECK_EQ(fcntl(40, F_GETFD), FD_CLOEXEC);
}

TEST(fcntlDupfd_startsAtMinimum) {
    int fd = REQUIRE_OK(open("/dev/null", O_RDONLY));
    CHECK_EQ(fcntl(fd, F_DUPFD, 100), 100);
    CHECK_EQ(fcntl(fd, F_DUPFD, 100), 101);
    CHECK_EQ(fcntl(fd, F_DUPFD_CLOEXEC, 100), 102);
    CHECK_EQ(fcntl(102, F_GETFD), FD_CLOEXEC);
    CHECK_ERR(fcntl(fd, F_DUPFD, -1), EINVAL);
    CHECK_ERR(fcntl(fd, F_DUPFD, INT_MAX), EINVAL);
}

TEST(fcntlGetfl_showsFlagsOfOpen) {
    close(make_file("file", ""));
    int fd = REQUIRE_OK(open("file", O_RDWR | O_APPEND | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0600));
    /* Creation flags and close-on-exec are not status flags; x86-64 adds O_LARGEFILE. */
    CHECK_EQ(fcntl(fd, F_GETFL) & ~0100000, O_RDWR | O_APPEND | O_NONBLOCK);
    CHECK_OK(fcntl(fd, F_SETFL, 0));
    CHECK_EQ(fcntl(fd, F_GETFL) & ~0100000, O_RDWR);
    /* The access mode cannot be changed. */
    CHECK_OK(fcntl(fd, F_SETFL, O_WRONLY | O_NONBLOCK));
    CHECK_EQ(fcntl(fd, F_GETFL) & ~0100000, O_RDWR | O_NONBLOCK);
}

TEST(statusFlags_areSharedByDup) {
    int fd = REQUIRE_OK(open("/dev/null", O_RDWR));
    int copy = REQUIRE_OK(dup(fd));
    CHECK_OK(fcntl(copy, F_SETFL, O_NONBLOCK));
    CHECK_EQ(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
}

TEST(fcntl_withUnknownCommand_failsEinval) {
    int fd = REQUIRE_OK(open("/dev/null", O_RDWR));
    CHECK_ERR(fcntl(fd, 4242, 0), EINVAL);
    CHECK_ERR(fcntl(999, F_GETFD), EBADF);
}

TEST(setfd_changesCloexecOnly) {
    int fd = REQUIRE_OK(open("/dev/null", O_RDWR));
    CHECK_OK(fcntl(fd, F_SETFD, FD_CLOEXEC | 0x100));
    CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    CHECK_OK(fcntl(fd, F_SETFD, 0));
    CHECK_EQ(fcntl(fd, F_GETFD), 0);
}

TEST(fioclexAndFionbio_work) {
    int fds[2], one = 1, zero = 0;
    CHECK_OK(pipe(fds));
    CHECK_OK(syscall(SYS_ioctl, fds[0], 0x5451 /* FIOCLEX */, 0));
    CHECK_EQ(fcntl(fds[0], F_GETFD), FD_CLOEXEC);
    CHECK_OK(syscall(SYS_ioctl, fds[0], 0x5450 /* FIONCLEX */, 0));
    CHECK_EQ(fcntl(fds[0], F_GETFD), 0);
    CHECK_OK(syscall(SYS_ioctl, fds[0], 0x5421 /* FIONBIO */, &one));
    CHECK_EQ(fcntl(fds[0], F_GETFL), O_RDONLY | O_NONBLOCK);
    CHECK_OK(syscall(SYS_ioctl, fds[0], 0x5421 /* FIONBIO */, &zero));
    CHECK_EQ(fcntl(fds[0], F_GETFL), O_RDONLY);
    CHECK_ERR(syscall(SYS_ioctl, fds[0], 0x12345678, 0), ENOTTY);
}

TEST(getlk_andSetown_work) {
    int fds[2];
    CHECK_OK(pipe(fds));
    CHECK_OK(fcntl(fds[0], F_SETOWN, getpid()));
    CHECK_EQ(fcntl(fds[0], F_GETOWN), getpid());
}
