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

/* The lines of a file of proc about the file with this number, without what stands before its kind. */
static void find_lines(const char *path, ino_t ino, char *lines, size_t size) {
    char part[64], line[256];
    snprintf(part, sizeof part, ":%lu ", (unsigned long)ino);
    FILE *file = fopen(path, "r");
    REQUIRE(file != NULL);
    lines[0] = 0;
    while (fgets(line, sizeof line, file)) {
        char *at = strstr(line, part), *kind = strchr(line, ':');
        if (!at || !kind) continue;
        kind = strncmp(line, "lock:", 5) == 0 ? strchr(kind + 1, ':') : kind;
        /* the device is not the same everywhere: "KIND TYPE PID <inode> START END" */
        char *device = at;
        while (device > kind && *device != ' ') device--;
        size_t used = strlen(lines);
        snprintf(lines + used, size - used, "%.*s%s", (int)(device - kind - 2), kind + 2, at + strlen(part) - 1);
    }
    fclose(file);
}

TEST(procLocks_tellsWhoHoldsAndWhoWaits) {
    char lines[2048], expected[2048], path[64];
    struct stat status;
    int fd = REQUIRE_OK(open("file", O_CREAT | O_RDWR, 0600));
    CHECK_OK(fstat(fd, &status));
    find_lines("/proc/locks", status.st_ino, lines, sizeof lines);
    CHECK_STR(lines, "");
    struct flock wanted = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 10, .l_len = 5};
    CHECK_OK(fcntl(fd, F_SETLK, &wanted));
    snprintf(expected, sizeof expected, "POSIX  ADVISORY  WRITE %d 10 14\n", getpid());
    find_lines("/proc/locks", status.st_ino, lines, sizeof lines);
    CHECK_STR(lines, expected);
    wanted.l_type = F_RDLCK, wanted.l_start = 100, wanted.l_len = 0;
    CHECK_OK(fcntl(fd, F_SETLK, &wanted));
    snprintf(expected, sizeof expected, "POSIX  ADVISORY  WRITE %d 10 14\nPOSIX  ADVISORY  READ %d 100 EOF\n", getpid(),
             getpid());
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
    find_lines(path, status.st_ino, lines, sizeof lines);
    CHECK_STR(lines, expected);
    pid_t waiter = REQUIRE_OK(fork());
    if (waiter == 0) {
        find_lines(path, status.st_ino, lines, sizeof lines);
        CHECK_STR(lines, "");
        wanted.l_type = F_WRLCK, wanted.l_start = 12, wanted.l_len = 1;
        fcntl(fd, F_SETLKW, &wanted);
        _exit(0);
    }
    wanted.l_type = F_UNLCK;
    CHECK_OK(fcntl(fd, F_SETLK, &wanted));
    snprintf(expected, sizeof expected, "POSIX  ADVISORY  WRITE %d 10 14\n-> POSIX  ADVISORY  WRITE %d 12 12\n",
             getpid(), waiter);
    do {
        find_lines("/proc/locks", status.st_ino, lines, sizeof lines);
        usleep(1000);
    } while (!strstr(lines, "->"));
    CHECK_STR(lines, expected);
    CHECK_OK(kill(waiter, SIGKILL));
    CHECK_EQ(waitpid(waiter, NULL, 0), waiter);
    find_lines("/proc/locks", status.st_ino, lines, sizeof lines);
    CHECK(!strstr(lines, "->"));
    CHECK_OK(close(fd));
    find_lines("/proc/locks", status.st_ino, lines, sizeof lines);
    CHECK_STR(lines, "");
}

TEST(procLocks_tellsWholeFilesAndDescriptions) {
    char lines[2048], expected[2048];
    struct stat status;
    int fd = REQUIRE_OK(open("file", O_CREAT | O_RDWR, 0600)), second = REQUIRE_OK(open("file", O_RDONLY));
    CHECK_OK(fstat(fd, &status));
    struct flock wanted = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1};
    CHECK_OK(fcntl(fd, F_OFD_SETLK, &wanted));
    find_lines("/proc/locks", status.st_ino, lines, sizeof lines);
    CHECK_STR(lines, "OFDLCK ADVISORY  WRITE -1 0 0\n");
    wanted.l_type = F_UNLCK;
    CHECK_OK(fcntl(fd, F_OFD_SETLK, &wanted));
    CHECK_OK(flock(fd, LOCK_EX));
    pid_t first = REQUIRE_OK(fork());
    if (first == 0) {
        flock(second, LOCK_SH);
        _exit(0);
    }
    do {
        find_lines("/proc/locks", status.st_ino, lines, sizeof lines);
        usleep(1000);
    } while (!strstr(lines, "->"));
    pid_t other = REQUIRE_OK(fork());
    if (other == 0) {
        close(second);
        flock(open("file", O_RDONLY), LOCK_EX);
        _exit(0);
    }
    snprintf(expected, sizeof expected,
             "FLOCK  ADVISORY  WRITE %d 0 EOF\n-> FLOCK  ADVISORY  READ %d 0 EOF\n -> FLOCK  ADVISORY  WRITE %d 0 EOF\n",
             getpid(), first, other);
    do {
        find_lines("/proc/locks", status.st_ino, lines, sizeof lines);
        usleep(1000);
    } while (!strstr(lines, " ->"));
    CHECK_STR(lines, expected);
    CHECK_OK(flock(fd, LOCK_UN));
    CHECK_EQ(waitpid(first, NULL, 0), first);
    CHECK_OK(close(second));
    CHECK_EQ(waitpid(other, NULL, 0), other);
    find_lines("/proc/locks", status.st_ino, lines, sizeof lines);
    CHECK_STR(lines, "");
}

TEST(procLocks_tellsLeases) {
    char lines[2048], expected[128];
    struct stat status;
    int fd = REQUIRE_OK(open("file", O_CREAT | O_RDONLY, 0600));
    CHECK_OK(fstat(fd, &status));
    signal(SIGIO, SIG_IGN);
    if (fcntl(fd, F_SETLEASE, F_RDLCK) != 0) SKIP("no leases here");
    snprintf(expected, sizeof expected, "LEASE  ACTIVE    READ %d 0 EOF\n", getpid());
    find_lines("/proc/locks", status.st_ino, lines, sizeof lines);
    CHECK_STR(lines, expected);
    CHECK_ERR(open("file", O_WRONLY | O_NONBLOCK), EAGAIN);
    snprintf(expected, sizeof expected, "LEASE  BREAKING  UNLCK %d 0 EOF\n", getpid());
    find_lines("/proc/locks", status.st_ino, lines, sizeof lines);
    CHECK_STR(lines, expected);
    CHECK_OK(fcntl(fd, F_SETLEASE, F_UNLCK));
    find_lines("/proc/locks", status.st_ino, lines, sizeof lines);
    CHECK_STR(lines, "");
}
