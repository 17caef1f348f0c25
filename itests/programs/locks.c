/* flock(2), the record locks and open-file-description locks of fcntl(2), leases. */
#include "check.h"
#include <sys/file.h>

static struct flock range(short type, off_t start, off_t length) {
    return (struct flock){.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
}

static int lock(int fd, int command, short type, off_t start, off_t length) {
    struct flock l = range(type, start, length);
    return fcntl(fd, command, &l);
}

TEST(flock_isPerOpenFile) {
    int a = make_file("file", ""), b = REQUIRE_OK(open("file", O_RDONLY)), copy = dup(a);
    CHECK_OK(flock(a, LOCK_EX));
    CHECK_ERR(flock(b, LOCK_EX | LOCK_NB), EWOULDBLOCK);
    CHECK_ERR(flock(b, LOCK_SH | LOCK_NB), EWOULDBLOCK);
    CHECK_OK(flock(copy, LOCK_EX | LOCK_NB));
    CHECK_OK(flock(a, LOCK_SH));
    CHECK_OK(flock(b, LOCK_SH | LOCK_NB));
    CHECK_OK(flock(copy, LOCK_UN));
    CHECK_OK(flock(b, LOCK_EX | LOCK_NB));
    CHECK_ERR(flock(a, 0), EINVAL);
    CHECK_ERR(flock(999, LOCK_EX), EBADF);
}

TEST(flock_endsWithLastDescriptor) {
    int a = make_file("file", ""), b = REQUIRE_OK(open("file", O_RDONLY)), copy = dup(a);
    CHECK_OK(flock(a, LOCK_EX));
    CHECK_OK(close(a));
    CHECK_ERR(flock(b, LOCK_EX | LOCK_NB), EWOULDBLOCK);
    CHECK_OK(close(copy));
    CHECK_OK(flock(b, LOCK_EX | LOCK_NB));
}

TEST(flock_waitsForOther) {
    int a = make_file("file", "");
    CHECK_OK(flock(a, LOCK_EX));
    int *order = shared_memory(4096);
    pid_t child = START_CHILD(
        int fd = open("file", O_RDONLY);
        CHECK_OK(flock(fd, LOCK_EX));
        CHECK_EQ(*order, 1));
    sleep_ms(50);
    *order = 1;
    CHECK_OK(flock(a, LOCK_UN));
    CHECK_EQ(wait_for(child), 0);
}

TEST(recordLock_isPerProcess) {
    int fd = make_file("file", "0123456789");
    CHECK_OK(lock(fd, F_SETLK, F_WRLCK, 2, 3));
    CHECK_OK(lock(fd, F_SETLK, F_WRLCK, 0, 0));
    CHECK_OK(lock(fd, F_SETLK, F_UNLCK, 5, 0));
    CHECK_EQ(IN_CHILD(
        CHECK_ERR(lock(fd, F_SETLK, F_WRLCK, 4, 1), EAGAIN);
        CHECK_ERR(lock(fd, F_SETLK, F_RDLCK, 0, 1), EAGAIN);
        CHECK_OK(lock(fd, F_SETLK, F_WRLCK, 5, 1));
        struct flock query = range(F_WRLCK, 0, 0);
        CHECK_OK(fcntl(fd, F_GETLK, &query));
        CHECK_EQ(query.l_type, F_WRLCK);
        CHECK_EQ(query.l_pid, getppid());
        CHECK_EQ(query.l_start, 0);
        CHECK_EQ(query.l_len, 5)), 0);
    struct flock own = range(F_WRLCK, 0, 0);
    CHECK_OK(fcntl(fd, F_GETLK, &own));
    CHECK_EQ(own.l_type, F_UNLCK);
}

TEST(recordLock_endsWithAnyClose) {
    int fd = make_file("file", "0123456789"), other = REQUIRE_OK(open("file", O_RDONLY));
    CHECK_OK(lock(fd, F_SETLK, F_WRLCK, 0, 0));
    CHECK_OK(close(other));
    CHECK_EQ(IN_CHILD(CHECK_OK(lock(fd, F_SETLK, F_WRLCK, 0, 0))), 0);
}

TEST(recordLock_withBadArguments_fails) {
    int fd = make_file("file", ""), reader = REQUIRE_OK(open("file", O_RDONLY)), writer = REQUIRE_OK(open("file", O_WRONLY));
    CHECK_ERR(lock(reader, F_SETLK, F_WRLCK, 0, 0), EBADF);
    CHECK_ERR(lock(writer, F_SETLK, F_RDLCK, 0, 0), EBADF);
    CHECK_ERR(lock(fd, F_SETLK, 77, 0, 0), EINVAL);
    CHECK_ERR(lock(fd, F_SETLK, F_WRLCK, -1, 1), EINVAL);
    CHECK_ERR(fcntl(fd, F_SETLK, (void *)8), EFAULT);
    CHECK_ERR(lock(999, F_SETLK, F_WRLCK, 0, 0), EBADF);
}

TEST(recordLockWait_isWokenOnUnlock) {
    int fd = make_file("file", ""), *order = shared_memory(4096);
    CHECK_OK(lock(fd, F_SETLK, F_WRLCK, 0, 0));
    pid_t child = START_CHILD(CHECK_OK(lock(fd, F_SETLKW, F_WRLCK, 0, 0)); CHECK_EQ(*order, 1));
    sleep_ms(50);
    *order = 1;
    CHECK_OK(lock(fd, F_SETLK, F_UNLCK, 0, 0));
    CHECK_EQ(wait_for(child), 0);
}

TEST(recordLockWait_inCircle_failsEdeadlk) {
    int fd = make_file("file", "");
    int *stage = shared_memory(4096);
    CHECK_OK(lock(fd, F_SETLK, F_WRLCK, 0, 1));
    pid_t child = START_CHILD(
        CHECK_OK(lock(fd, F_SETLK, F_WRLCK, 1, 1));
        *(volatile int *)stage = 1;
        CHECK_OK(lock(fd, F_SETLKW, F_WRLCK, 0, 1)));
    EVENTUALLY(*(volatile int *)stage == 1);
    sleep_ms(100);
    CHECK_ERR(lock(fd, F_SETLKW, F_WRLCK, 1, 1), EDEADLK);
    CHECK_OK(lock(fd, F_SETLK, F_UNLCK, 0, 1));
    CHECK_EQ(wait_for(child), 0);
}

TEST(ofdLock_isPerOpenFile) {
    int a = make_file("file", ""), b = REQUIRE_OK(open("file", O_RDWR));
    CHECK_OK(lock(a, F_OFD_SETLK, F_WRLCK, 0, 10));
    CHECK_ERR(lock(b, F_OFD_SETLK, F_WRLCK, 5, 10), EAGAIN);
    CHECK_ERR(lock(b, F_SETLK, F_WRLCK, 5, 10), EAGAIN);
    CHECK_OK(lock(b, F_OFD_SETLK, F_WRLCK, 10, 10));
    struct flock query = range(F_RDLCK, 0, 0);
    CHECK_OK(fcntl(b, F_OFD_GETLK, &query));
    CHECK_EQ(query.l_pid, -1);
    CHECK_EQ(query.l_type, F_WRLCK);
    CHECK_EQ(query.l_len, 10);
    query = range(F_RDLCK, 0, 0);
    query.l_pid = 5;
    CHECK_ERR(fcntl(b, F_OFD_SETLK, &query), EINVAL);
    CHECK_OK(close(a));
    CHECK_OK(lock(b, F_OFD_SETLK, F_WRLCK, 0, 0));
}

static void note(int signal) {
    (void)signal;
}

TEST(lockWait_isInterrupted) {
    int fd = make_file("file", "");
    struct sigaction action = {.sa_handler = note};
    CHECK_OK(lock(fd, F_SETLK, F_WRLCK, 0, 0));
    CHECK_OK(flock(fd, LOCK_EX));
    pid_t child = START_CHILD(
        sigaction(SIGALRM, &action, NULL);
        struct itimerval timer = {{0, 50000}, {0, 50000}};
        setitimer(ITIMER_REAL, &timer, NULL);
        CHECK_ERR(lock(fd, F_SETLKW, F_WRLCK, 0, 0), EINTR);
        int other = open("file", O_RDWR);
        CHECK_ERR(flock(other, LOCK_EX), EINTR));
    CHECK_EQ(wait_for(child), 0);
}
