/* open(2), openat(2), creat(2), close(2): flags and their errors. */
#include "check.h"

TEST(open_onMissingFile_failsEnoent) {
    CHECK_ERR(open("missing", O_RDONLY), ENOENT);
    CHECK_ERR(open("missing/inner", O_RDONLY | O_CREAT, 0600), ENOENT);
    CHECK_ERR(open("", O_RDONLY), ENOENT);
}

TEST(open_withCreat_makesFileWithModeAndUmask) {
    struct stat about;
    umask(027);
    int fd = REQUIRE_OK(open("file", O_WRONLY | O_CREAT, 0666));
    CHECK_OK(fstat(fd, &about));
    CHECK_EQ(about.st_mode, S_IFREG | 0640);
    CHECK_EQ(about.st_size, 0);
    CHECK_EQ(about.st_nlink, 1);
}

TEST(open_givesLowestFreeDescriptor) {
    int a = REQUIRE_OK(open("/dev/null", O_RDONLY));
    int b = REQUIRE_OK(open("/dev/null", O_RDONLY));
    CHECK_EQ(b, a + 1);
    CHECK_OK(close(a));
    CHECK_EQ(open("/dev/null", O_RDONLY), a);
}

TEST(open_withExclOnExisting_failsEexist) {
    close(make_file("file", ""));
    CHECK_ERR(open("file", O_CREAT | O_EXCL | O_RDWR, 0600), EEXIST);
    CHECK_OK(symlink("nowhere", "link"));
    CHECK_ERR(open("link", O_CREAT | O_EXCL | O_RDWR, 0600), EEXIST);
    int fd = CHECK_OK(open("new", O_CREAT | O_EXCL | O_RDWR, 0600));
    CHECK_OK(close(fd));
}

TEST(open_withCreatThroughDanglingLink_makesTarget) {
    CHECK_OK(symlink("target", "link"));
    int fd = CHECK_OK(open("link", O_CREAT | O_RDWR, 0600));
    CHECK_OK(close(fd));
    CHECK_OK(access("target", F_OK));
}

TEST(open_withTrunc_empties) {
    struct stat about;
    close(make_file("file", "content"));
    CHECK_OK(open("file", O_WRONLY | O_TRUNC));
    CHECK_OK(stat("file", &about));
    CHECK_EQ(about.st_size, 0);
}

TEST(open_withAppend_writesAtEnd) {
    char text[16] = "";
    close(make_file("file", "abc"));
    int fd = REQUIRE_OK(open("file", O_RDWR | O_APPEND));
    CHECK_OK(lseek(fd, 0, SEEK_SET));
    CHECK_EQ(write(fd, "def", 3), 3);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 6);
    CHECK_EQ(pread(fd, text, sizeof text, 0), 6);
    CHECK_STR(text, "abcdef");
    /* Linux: pwrite appends on O_APPEND descriptors whatever the offset says (pwrite(2), BUGS). */
    CHECK_EQ(pwrite(fd, "ghi", 3, 0), 3);
    CHECK_EQ(pread(fd, text, sizeof text, 0), 9);
}

TEST(open_withDirectory_refusesFiles) {
    close(make_file("file", ""));
    CHECK_ERR(open("file", O_RDONLY | O_DIRECTORY), ENOTDIR);
    CHECK_OK(open(".", O_RDONLY | O_DIRECTORY));
    CHECK_ERR(open("file/inner", O_RDONLY), ENOTDIR);
    CHECK_ERR(open("file/", O_RDONLY), ENOTDIR);
}

TEST(open_onDirectoryForWriting_failsEisdir) {
    CHECK_OK(mkdir("dir", 0755));
    CHECK_ERR(open("dir", O_WRONLY), EISDIR);
    CHECK_ERR(open("dir", O_RDWR), EISDIR);
    CHECK_ERR(open("dir", O_RDONLY | O_CREAT, 0600), EISDIR);
    CHECK_ERR(open("new/", O_RDWR | O_CREAT, 0600), EISDIR);
    char byte;
    int fd = REQUIRE_OK(open("dir", O_RDONLY));
    CHECK_ERR(read(fd, &byte, 1), EISDIR);
}

TEST(open_withNofollowOnLink_failsEloop) {
    close(make_file("file", ""));
    CHECK_OK(symlink("file", "link"));
    CHECK_ERR(open("link", O_RDONLY | O_NOFOLLOW), ELOOP);
    CHECK_OK(open("link", O_RDONLY));
    CHECK_ERR(open("link", O_RDONLY | O_NOFOLLOW | O_DIRECTORY), ENOTDIR);
}

TEST(open_onLinkLoop_failsEloop) {
    CHECK_OK(symlink("b", "a"));
    CHECK_OK(symlink("a", "b"));
    CHECK_ERR(open("a", O_RDONLY), ELOOP);
}

TEST(open_ofLongNames_failsEnametoolong) {
    char name[PATH_MAX + 10];
    memset(name, 'x', sizeof name);
    name[256] = 0;
    CHECK_ERR(open(name, O_RDONLY | O_CREAT, 0600), ENAMETOOLONG);
    name[255] = 0;
    int fd = CHECK_OK(open(name, O_RDONLY | O_CREAT, 0600));
    CHECK_OK(close(fd));
    for (int i = 0; i < PATH_MAX; i += 2) memcpy(name + i, "./", 2);
    name[PATH_MAX] = 0;
    CHECK_ERR(open(name, O_RDONLY), ENAMETOOLONG);
    name[PATH_MAX - 1] = 0;
    CHECK_OK(open(name, O_RDONLY));
}

TEST(open_withPath_givesHandleWithoutIo) {
    char byte;
    struct stat about;
    close(make_file("file", "x"));
    int fd = REQUIRE_OK(open("file", O_PATH));
    CHECK_ERR(read(fd, &byte, 1), EBADF);
    CHECK_ERR(write(fd, "x", 1), EBADF);
    CHECK_ERR(fchmod(fd, 0600), EBADF);
    CHECK_ERR(ftruncate(fd, 0), EBADF);
    CHECK_OK(fstat(fd, &about));
    CHECK_EQ(about.st_size, 1);
    CHECK_EQ(fcntl(fd, F_GETFL) & O_PATH, O_PATH);
    CHECK_OK(symlink("file", "link"));
    int link = REQUIRE_OK(open("link", O_PATH | O_NOFOLLOW));
    CHECK_OK(fstat(link, &about));
    CHECK(S_ISLNK(about.st_mode));
    char target[16] = "";
    CHECK_EQ(readlinkat(link, "", target, sizeof target), 4);
    int dir = REQUIRE_OK(open(".", O_PATH | O_DIRECTORY));
    CHECK_OK(openat(dir, "file", O_RDONLY));
    CHECK_OK(fchdir(dir));
}

TEST(open_withTmpfile_makesNamelessFile) {
    struct stat about;
    int fd = open(".", O_TMPFILE | O_RDWR, 0600);
    if (fd < 0 && errno == EOPNOTSUPP) SKIP("no O_TMPFILE on this file system");
    REQUIRE(fd >= 0);
    CHECK_OK(fstat(fd, &about));
    CHECK_EQ(about.st_nlink, 0);
    CHECK_EQ(write(fd, "text", 4), 4);
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    CHECK_OK(linkat(AT_FDCWD, path, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
    CHECK_STR(text_of("named"), "text");
    CHECK_ERR(open(".", O_TMPFILE | O_RDONLY, 0600), EINVAL);
}

TEST(openat_resolvesFromDescriptor) {
    CHECK_OK(mkdir("dir", 0755));
    close(make_file("dir/file", "in dir"));
    int dir = REQUIRE_OK(open("dir", O_RDONLY));
    int file = REQUIRE_OK(openat(dir, "file", O_RDONLY));
    CHECK_ERR(openat(file, "file", O_RDONLY), ENOTDIR);
    CHECK_ERR(openat(999, "file", O_RDONLY), EBADF);
    CHECK_ERR(openat(dir, "missing", O_RDONLY), ENOENT);
    /* An absolute path does not look at the descriptor. */
    CHECK_OK(openat(999, "/", O_RDONLY));
    CHECK_OK(openat(dir, "../dir/file", O_RDONLY));
}

TEST(openat_inRemovedDirectory_failsEnoent) {
    CHECK_OK(mkdir("dir", 0755));
    int dir = REQUIRE_OK(open("dir", O_RDONLY));
    CHECK_OK(rmdir("dir"));
    CHECK_ERR(openat(dir, "file", O_RDWR | O_CREAT, 0600), ENOENT);
    struct stat about;
    CHECK_OK(fstat(dir, &about));
    CHECK_EQ(about.st_nlink, 0);
}

TEST(openat2_withResolveFlags_keepsInside) {
    struct { uint64_t flags, mode, resolve; } how = {O_RDONLY, 0, 0x08 /* RESOLVE_BENEATH */};
    CHECK_OK(mkdir("dir", 0755));
    close(make_file("dir/file", ""));
    CHECK_OK(symlink("../out", "dir/escape"));
    int dir = REQUIRE_OK(open("dir", O_RDONLY));
    int fd = syscall(SYS_openat2, dir, "file", &how, sizeof how);
    if (fd < 0 && errno == ENOSYS) SKIP("no openat2");
    CHECK(fd >= 0);
    CHECK_ERR(syscall(SYS_openat2, dir, "../dir", &how, sizeof how), EXDEV);
    CHECK_ERR(syscall(SYS_openat2, dir, "/etc", &how, sizeof how), EXDEV);
    CHECK_ERR(syscall(SYS_openat2, dir, "escape", &how, sizeof how), EXDEV);
    how.resolve = 0x04; /* RESOLVE_NO_SYMLINKS */
    CHECK_ERR(syscall(SYS_openat2, dir, "escape", &how, sizeof how), ELOOP);
    how.resolve = 0;
    how.mode = 0600;
    CHECK_ERR(syscall(SYS_openat2, dir, "file", &how, sizeof how), EINVAL);
    how.mode = 0;
    CHECK_ERR(syscall(SYS_openat2, dir, "file", &how, 8), EINVAL);
}

TEST(open_withReadonly_forbidsWrite) {
    char byte;
    close(make_file("file", "x"));
    int reader = REQUIRE_OK(open("file", O_RDONLY));
    CHECK_ERR(write(reader, "y", 1), EBADF);
    int writer = REQUIRE_OK(open("file", O_WRONLY));
    CHECK_ERR(read(writer, &byte, 1), EBADF);
    CHECK_ERR(ftruncate(reader, 0), EINVAL);
}

TEST(creat_isOpenForWritingWithTrunc) {
    close(make_file("file", "content"));
    int fd = REQUIRE_OK(creat("file", 0600));
    CHECK_EQ(fcntl(fd, F_GETFL) & O_ACCMODE, O_WRONLY);
    CHECK_STR(text_of("file"), "");
}

TEST(close_onUnusedDescriptor_failsEbadf) {
    CHECK_ERR(close(999), EBADF);
    CHECK_ERR(close(-1), EBADF);
    int fd = REQUIRE_OK(open("/dev/null", O_RDONLY));
    CHECK_OK(close(fd));
    CHECK_ERR(close(fd), EBADF);
}

TEST(closeRange_closesOrMarks) {
    int low = REQUIRE_OK(open("/dev/null", O_RDONLY));
    CHECK_EQ(dup2(low, 50), 50);
    CHECK_EQ(dup2(low, 51), 51);
    CHECK_EQ(dup2(low, 60), 60);
    long result = syscall(SYS_close_range, 50, 55, 0);
    if (result < 0 && errno == ENOSYS) SKIP("no close_range");
    CHECK_EQ(result, 0);
    CHECK_ERR(fcntl(50, F_GETFD), EBADF);
    CHECK_ERR(fcntl(51, F_GETFD), EBADF);
    CHECK_EQ(fcntl(60, F_GETFD), 0);
    CHECK_OK(syscall(SYS_close_range, 60, ~0U, 4 /* CLOSE_RANGE_CLOEXEC */));
    CHECK_EQ(fcntl(60, F_GETFD), FD_CLOEXEC);
    CHECK_ERR(syscall(SYS_close_range, 5, 4, 0), EINVAL);
}

static int close_all_unshared(void *unused) {
    (void)unused;
    CHECK_OK(syscall(SYS_close_range, 50, ~0U, 2 /* CLOSE_RANGE_UNSHARE */));
    CHECK_ERR(fcntl(50, F_GETFD), EBADF);
    return 0;
}

TEST(closeRange_unshare_leavesTheTableOfOthers) {
    static char stack[65536] __attribute__((aligned(16)));
    CHECK_EQ(dup2(1, 50), 50);
    pid_t child = CHECK_OK(clone(close_all_unshared, stack + sizeof stack, CLONE_FILES | SIGCHLD, NULL));
    CHECK_EQ(wait_for(child), 0);
    CHECK_OK(fcntl(50, F_GETFD));
    /* Alone with it: nothing to copy. */
    CHECK_OK(syscall(SYS_close_range, 50, 50, 2));
    CHECK_ERR(fcntl(50, F_GETFD), EBADF);
}

TEST(openedFile_survivesUnlink) {
    char text[8] = "";
    int fd = make_file("file", "alive");
    CHECK_OK(unlink("file"));
    CHECK_EQ(read(fd, text, sizeof text), 5);
    CHECK_STR(text, "alive");
    struct stat about;
    CHECK_OK(fstat(fd, &about));
    CHECK_EQ(about.st_nlink, 0);
}

TEST(open_direct_isForRegularFilesOnDisks) {
    int fd = open("direct", O_CREAT | O_RDWR | O_DIRECT, 0600);
    CHECK(fd >= 0);
    close(fd);
    CHECK_EQ(mkdir("directory", 0700), 0);
    CHECK_ERR(open("directory", O_RDONLY | O_DIRECT), EINVAL);
    CHECK_ERR(open("directory", O_RDONLY | O_DIRECT | O_DIRECTORY), EINVAL);
    CHECK_ERR(open("/dev/null", O_RDONLY | O_DIRECT), EINVAL);
    CHECK_ERR(open("/proc/self/status", O_RDONLY | O_DIRECT), EINVAL);
    CHECK_ERR(open("/proc/self", O_RDONLY | O_DIRECT), EINVAL);
    CHECK_ERR(open("/proc/self/ns/uts", O_RDONLY | O_DIRECT), EINVAL);
    CHECK_EQ(mkfifo("fifo", 0600), 0);
    CHECK_ERR(open("fifo", O_RDWR | O_DIRECT), EINVAL);
    fd = open("directory", O_PATH | O_DIRECT);
    CHECK(fd >= 0);
}

#define F_CREATED_QUERY 1028

TEST(createdQuery_tellsWhoMadeTheFile) {
    int fd = REQUIRE_OK(open("made", O_CREAT | O_RDWR, 0600));
    if (fcntl(fd, F_CREATED_QUERY, 0) == -1 && errno == EINVAL) SKIP("before Linux 6.12");
    CHECK_EQ(fcntl(fd, F_CREATED_QUERY, 0), 1);
    CHECK_EQ(fcntl(dup(fd), F_CREATED_QUERY, 0), 1);
    CHECK_EQ(fcntl(REQUIRE_OK(open("made", O_CREAT | O_RDWR, 0600)), F_CREATED_QUERY, 0), 0);
    CHECK_EQ(fcntl(REQUIRE_OK(open("made", O_PATH)), F_CREATED_QUERY, 0), 0);
    CHECK_EQ(fcntl(REQUIRE_OK(open("/dev/null", O_RDONLY)), F_CREATED_QUERY, 0), 0);
    CHECK_EQ(fcntl(REQUIRE_OK(open(".", O_TMPFILE | O_RDWR, 0600)), F_CREATED_QUERY, 0), 0);
}

TEST(tmpfile_tellsItsFlags) {
    int fd = open(".", O_TMPFILE | O_RDWR, 0600);
    if (fd < 0 && errno == EOPNOTSUPP) SKIP("no O_TMPFILE");
    REQUIRE_OK(fd);
    CHECK_EQ(fcntl(fd, F_GETFL) & (O_ACCMODE | O_TMPFILE | O_APPEND), O_RDWR | O_TMPFILE);
}

TEST(pathDescriptor_keepsAFileWithoutName) {
    char again[64], byte[8] = "";
    struct stat about;
    close(make_file("file", "content"));
    int fd = REQUIRE_OK(open("file", O_PATH));
    CHECK_OK(unlink("file"));
    CHECK_OK(fstat(fd, &about));
    CHECK_EQ(about.st_nlink, 0);
    CHECK_EQ(about.st_size, 7);
    snprintf(again, sizeof again, "/proc/self/fd/%d", fd);
    int opened = REQUIRE_OK(open(again, O_RDWR));
    CHECK_OK(close(fd));
    CHECK_EQ(read(opened, byte, 7), 7);
    CHECK_STR(byte, "content");
    CHECK_EQ(pwrite(opened, "C", 1, 0), 1);
}

TEST(pathDescriptor_ofAProgramWithoutName_executes) {
    char *arguments[] = {"true", NULL}, *nothing[] = {NULL};
    CHECK_EQ(system("cp /bin/true program"), 0);
    int fd = REQUIRE_OK(open("program", O_PATH | O_CLOEXEC));
    CHECK_OK(unlink("program"));
    CHECK_EQ(IN_CHILD({
                 syscall(SYS_execveat, fd, "", arguments, nothing, AT_EMPTY_PATH);
                 _exit(9);
             }),
            0);
}

TEST(openat2_withinOneMount_mayBeginAtTheRoot) {
    struct { uint64_t flags, mode, resolve; } how = {O_PATH, 0, 1 /* RESOLVE_NO_XDEV */};
    int fd = syscall(SYS_openat2, AT_FDCWD, "/", &how, sizeof how);
    if (fd < 0 && errno == ENOSYS) SKIP("no openat2");
    CHECK_OK(fd);
    int proc = REQUIRE_OK(open("/proc/self", O_PATH));
    CHECK_OK(syscall(SYS_openat2, proc, "/", &how, sizeof how));
    CHECK_ERR(syscall(SYS_openat2, AT_FDCWD, "/proc/self", &how, sizeof how), EXDEV);
    CHECK_ERR(syscall(SYS_openat2, proc, "..//../", &how, sizeof how), EXDEV);
}
