/* fuse(4): listings with entries, locks and commands by the server; see fuseserver.h. */
#include "fuseserver.h"

#include <sys/file.h>
#include <sys/ioctl.h>

static int entries_of(const char *path) {
    DIR *directory = opendir(path);
    int count = 0;
    REQUIRE(directory != NULL);
    while (readdir(directory)) count++;
    closedir(directory);
    return count;
}

static void make_files(int count) {
    char name[32];
    for (int i = 0; i < count; i++) {
        snprintf(name, sizeof name, "name-of-a-file-%d", i);
        add(1, name, S_IFREG | 0644);
    }
}

static int look_at_all(int count) {
    char name[32];
    struct stat about;
    int before = COUNT(FUSE_LOOKUP) + COUNT(FUSE_GETATTR);
    for (int i = 0; i < count; i++) {
        snprintf(name, sizeof name, "name-of-a-file-%d", i);
        CHECK_OK(stat(name, &about));
        CHECK_EQ(about.st_mode, S_IFREG | 0644);
    }
    return COUNT(FUSE_LOOKUP) + COUNT(FUSE_GETATTR) - before;
}

TEST(listing_withoutEntries) {
    start("");
    control->seconds = 1000;
    make_files(100);
    CHECK_EQ(entries_of("."), 102);
    CHECK_EQ(COUNT(FUSE_READDIRPLUS), 0);
    CHECK(look_at_all(100) >= 100);
}

TEST(listing_withEntries_sparesLookups) {
    features = FUSE_DO_READDIRPLUS;
    start("");
    control->seconds = 1000;
    make_files(100);
    CHECK_EQ(entries_of("."), 102);
    CHECK_EQ(COUNT(FUSE_READDIR), 0);
    CHECK(COUNT(FUSE_READDIRPLUS) > 1);
    CHECK_EQ(look_at_all(100), 0);
    /* What is unlinked is gone, though it was listed. */
    struct stat about;
    CHECK_EQ(entries_of("."), 102);
    CHECK_OK(unlink("name-of-a-file-7"));
    CHECK_ERR(stat("name-of-a-file-7", &about), ENOENT);
    CHECK_EQ(entries_of("."), 101);
}

TEST(listing_withEntries_asLongAsThatHelps) {
    features = FUSE_DO_READDIRPLUS | FUSE_READDIRPLUS_AUTO;
    start("");
    make_files(200);
    CHECK_EQ(entries_of("."), 202);
    CHECK(COUNT(FUSE_READDIRPLUS) >= 1);
    CHECK(COUNT(FUSE_READDIR) >= 1);
}

TEST(listing_withWrongEntries_fails) {
    features = FUSE_DO_READDIRPLUS;
    start("");
    make_files(3);
    for (int i = 1; i <= 3; i++) {
        control->wrong[FUSE_READDIR] = i;
        DIR *directory = opendir(".");
        REQUIRE(directory != NULL);
        errno = 0;
        while (readdir(directory)) {}
        CHECK_EQ(errno, EIO);
        closedir(directory);
    }
}

static void record_lock(int fd, int command, int type, off_t start, off_t length, struct flock *result) {
    *result = (struct flock){.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    CHECK_OK(fcntl(fd, command, result));
}

TEST(locks_areKeptHere) {
    start("");
    struct flock lock;
    int fd = CHECK_OK(open("f", O_CREAT | O_RDWR, 0666));
    record_lock(fd, F_SETLK, F_WRLCK, 10, 5, &lock);
    CHECK_OK(flock(fd, LOCK_EX));
    CHECK_EQ(IN_CHILD({
        record_lock(fd, F_GETLK, F_RDLCK, 0, 0, &lock);
        CHECK_EQ(lock.l_type, F_WRLCK);
    }), 0);
    CHECK_EQ(COUNT(FUSE_SETLK) + COUNT(FUSE_GETLK) + COUNT(FUSE_SETLKW), 0);
}

TEST(recordLocks_areTheServers) {
    features = FUSE_POSIX_LOCKS;
    start("");
    struct flock lock;
    int fd = CHECK_OK(open("f", O_CREAT | O_RDWR, 0666));
    record_lock(fd, F_SETLK, F_WRLCK, 10, 5, &lock);
    CHECK_EQ(COUNT(FUSE_SETLK), 1);
    CHECK_EQ(control->lock.lk.start, 10);
    CHECK_EQ(control->lock.lk.end, 14);
    CHECK_EQ(control->lock.lk.type, F_WRLCK);
    CHECK_EQ(control->lock.lk.pid, getpid());
    CHECK_EQ(control->lock.lk_flags, 0);
    CHECK(control->lock.owner != 0);
    uint64_t owner = control->lock.owner;
    record_lock(fd, F_SETLK, F_UNLCK, 0, 0, &lock);
    CHECK_EQ(control->lock.lk.end, 0x7fffffffffffffff);
    CHECK_EQ(control->lock.owner, owner);
    CHECK_EQ(IN_CHILD({
        record_lock(fd, F_SETLK, F_RDLCK, 0, 1, &lock);
        CHECK(control->lock.owner != owner);
    }), 0);
    control->fails[FUSE_SETLK] = EAGAIN;
    lock = (struct flock){.l_type = F_WRLCK};
    CHECK_ERR(fcntl(fd, F_SETLK, &lock), EAGAIN);
    control->granted = (struct fuse_file_lock){.start = 100, .end = 199, .type = F_RDLCK, .pid = getpid()};
    record_lock(fd, F_GETLK, F_WRLCK, 0, 0, &lock);
    CHECK_EQ(lock.l_type, F_RDLCK);
    CHECK_EQ(lock.l_start, 100);
    CHECK_EQ(lock.l_len, 100);
    CHECK_EQ(lock.l_pid, getpid());
    control->granted = (struct fuse_file_lock){.type = F_UNLCK};
    record_lock(fd, F_GETLK, F_WRLCK, 7, 0, &lock);
    CHECK_EQ(lock.l_type, F_UNLCK);
    CHECK_EQ(lock.l_start, 7);
    /* Whole locks are not among them. */
    CHECK_OK(flock(fd, LOCK_EX));
    CHECK_EQ(COUNT(FUSE_SETLKW), 0);
}

static void on_signal(int signal) {
    (void)signal;
}

TEST(waitForALock_isInterrupted) {
    features = FUSE_POSIX_LOCKS;
    start("");
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGUSR1, &action, NULL);
    int fd = CHECK_OK(open("f", O_CREAT | O_RDWR, 0666));
    control->hold = FUSE_SETLKW;
    pid_t waiter = START_CHILD({
        struct flock lock = {.l_type = F_WRLCK};
        CHECK_ERR(fcntl(fd, F_SETLKW, &lock), EINTR);
    });
    CHECK(EVENTUALLY(control->held == 1));
    CHECK_OK(kill(waiter, SIGUSR1));
    CHECK_EQ(wait_for(waiter), 0);
    CHECK_EQ(COUNT(FUSE_INTERRUPT), 1);
}

TEST(wholeLocks_areTheServers) {
    features = FUSE_FLOCK_LOCKS;
    start("");
    int fd = CHECK_OK(open("f", O_CREAT | O_RDWR, 0666));
    CHECK_OK(flock(fd, LOCK_EX));
    CHECK_EQ(COUNT(FUSE_SETLKW), 1);
    CHECK_EQ(control->lock.lk_flags, FUSE_LK_FLOCK);
    CHECK_EQ(control->lock.lk.type, F_WRLCK);
    uint64_t owner = control->lock.owner;
    CHECK_OK(flock(fd, LOCK_SH | LOCK_NB));
    CHECK_EQ(COUNT(FUSE_SETLK), 1);
    CHECK_EQ(control->lock.lk.type, F_RDLCK);
    CHECK_EQ(control->lock.owner, owner);
    int other = CHECK_OK(open("f", O_RDWR));
    CHECK_OK(flock(other, LOCK_SH));
    CHECK(control->lock.owner != owner);
    control->fails[FUSE_SETLK] = EWOULDBLOCK;
    CHECK_ERR(flock(other, LOCK_EX | LOCK_NB), EWOULDBLOCK);
    control->fails[FUSE_SETLK] = 0;
    CHECK_OK(flock(other, LOCK_UN));
    CHECK_EQ(control->lock.lk.type, F_UNLCK);
    CHECK_OK(close(fd));
    CHECK(EVENTUALLY(COUNT(FUSE_RELEASE) == 1));
    CHECK_EQ(control->release.release_flags, FUSE_RELEASE_FLOCK_UNLOCK);
    CHECK_EQ(control->release.lock_owner, owner);
}

#define GIVE _IOW('E', 1, int)
#define TAKE _IOR('E', 2, int)
#define BOTH _IOWR('E', 3, int[4])
#define NONE _IO('E', 4)

TEST(commands_areTheServers) {
    features = FUSE_HAS_IOCTL_DIR;
    start("");
    int fd = CHECK_OK(open("f", O_CREAT | O_RDWR, 0666)), value = 77, values[4] = {1, 2, 3, 4};
    CHECK_EQ(ioctl(fd, GIVE, &value), 5);
    CHECK_EQ(control->command.cmd, (uint32_t)GIVE);
    CHECK_EQ(control->command.in_size, sizeof value);
    CHECK_EQ(control->command.out_size, 0);
    CHECK_EQ(control->command.flags, 0);
    CHECK_EQ(control->given, 77);
    value = 0;
    CHECK_EQ(ioctl(fd, TAKE, &value), 5);
    CHECK_EQ(value, 0x2a2a2a2a);
    CHECK_EQ(ioctl(fd, BOTH, values), 5);
    CHECK_EQ(values[3], 0x2a2a2a2a);
    CHECK_EQ(ioctl(fd, NONE, 4711), 5);
    CHECK_EQ(control->command.arg, 4711);
    CHECK_ERR(ioctl(fd, GIVE, (void *)1), EFAULT);
    control->fails[FUSE_IOCTL] = EPERM;
    CHECK_ERR(ioctl(fd, NONE, 0), EPERM);
    control->fails[FUSE_IOCTL] = 0;
    int directory = CHECK_OK(open(".", O_RDONLY));
    CHECK_EQ(ioctl(directory, NONE, 0), 5);
    CHECK_EQ(control->command.flags, FUSE_IOCTL_DIR);
    control->missing[FUSE_IOCTL] = 1;
    CHECK_ERR(ioctl(fd, NONE, 0), ENOTTY);
    int asked = COUNT(FUSE_IOCTL);
    CHECK_ERR(ioctl(fd, NONE, 0), ENOTTY);
    CHECK(COUNT(FUSE_IOCTL) >= asked);
}
