/* stat(2), lstat(2), fstat(2), fstatat(2), statx(2), statfs(2). */
#include "check.h"
#include <sys/sysmacros.h>
#include <sys/vfs.h>

TEST(stat_onFile_tellsAttributes) {
    struct stat about, by_fd;
    int fd = make_file("file", "12345");
    CHECK_OK(stat("file", &about));
    CHECK_EQ(about.st_mode, S_IFREG | 0644);
    CHECK_EQ(about.st_size, 5);
    CHECK_EQ(about.st_nlink, 1);
    CHECK_EQ(about.st_uid, geteuid());
    CHECK_EQ(about.st_gid, getegid());
    CHECK(about.st_ino != 0);
    CHECK(about.st_blksize >= 512);
    CHECK_OK(fstat(fd, &by_fd));
    CHECK_EQ(by_fd.st_ino, about.st_ino);
    CHECK_EQ(by_fd.st_dev, about.st_dev);
    CHECK(llabs(time(NULL) - about.st_mtime) < 100);
}

TEST(stat_followsLinks_lstatDoesNot) {
    struct stat about;
    close(make_file("file", "12345"));
    CHECK_OK(symlink("file", "link"));
    CHECK_OK(stat("link", &about));
    CHECK(S_ISREG(about.st_mode));
    CHECK_OK(lstat("link", &about));
    CHECK_EQ(about.st_mode, S_IFLNK | 0777);
    CHECK_EQ(about.st_size, 4);
}

TEST(stat_withBadArguments_fails) {
    struct stat about;
    CHECK_ERR(stat("missing", &about), ENOENT);
    CHECK_ERR(stat("", &about), ENOENT);
    CHECK_ERR(syscall(SYS_stat, ".", (void *)1), EFAULT);
    CHECK_ERR(syscall(SYS_stat, (void *)1, &about), EFAULT);
    CHECK_ERR(fstat(-1, &about), EBADF);
    CHECK_ERR(syscall(SYS_newfstatat, AT_FDCWD, ".", &about, 0x40000000), EINVAL);
}

TEST(fstatat_withEmptyPath_looksAtDescriptor) {
    struct stat about;
    int fd = make_file("file", "12345");
    CHECK_OK(fstatat(fd, "", &about, AT_EMPTY_PATH));
    CHECK_EQ(about.st_size, 5);
    CHECK_ERR(fstatat(fd, "", &about, 0), ENOENT);
    CHECK_OK(fstatat(AT_FDCWD, "", &about, AT_EMPTY_PATH));
    CHECK(S_ISDIR(about.st_mode));
    CHECK_OK(symlink("file", "link"));
    CHECK_OK(fstatat(AT_FDCWD, "link", &about, AT_SYMLINK_NOFOLLOW));
    CHECK(S_ISLNK(about.st_mode));
}

TEST(stat_onPipeAndDevice_tellsKind) {
    int fds[2];
    struct stat about;
    CHECK_OK(pipe(fds));
    CHECK_OK(fstat(fds[0], &about));
    CHECK_EQ(about.st_mode, S_IFIFO | 0600);
    CHECK_OK(stat("/dev/zero", &about));
    CHECK(S_ISCHR(about.st_mode));
    CHECK_EQ(major(about.st_rdev), 1);
    CHECK_EQ(minor(about.st_rdev), 5);
    CHECK_OK(stat("/", &about));
    CHECK(S_ISDIR(about.st_mode));
}

TEST(statx_agreesWithStat) {
    struct stat about;
    struct statx more;
    close(make_file("file", "12345"));
    CHECK_OK(stat("file", &about));
    memset(&more, 0xff, sizeof more);
    CHECK_OK(statx(AT_FDCWD, "file", 0, STATX_BASIC_STATS, &more));
    CHECK_EQ(more.stx_mask & STATX_BASIC_STATS, STATX_BASIC_STATS);
    CHECK_EQ(more.stx_mode, about.st_mode);
    CHECK_EQ(more.stx_size, 5);
    CHECK_EQ(more.stx_ino, about.st_ino);
    CHECK_EQ(more.stx_nlink, 1);
    CHECK_EQ(makedev(more.stx_dev_major, more.stx_dev_minor), about.st_dev);
    CHECK_EQ(more.stx_mtime.tv_sec, about.st_mtim.tv_sec);
    CHECK_EQ(more.stx_mtime.tv_nsec, about.st_mtim.tv_nsec);
    CHECK_ERR(statx(AT_FDCWD, "file", 0x40000000, STATX_BASIC_STATS, &more), EINVAL);
    CHECK_ERR(statx(AT_FDCWD, "missing", 0, STATX_BASIC_STATS, &more), ENOENT);
    CHECK_ERR(syscall(SYS_statx, AT_FDCWD, "file", 0, 0x80000000U, &more), EINVAL);
    CHECK_ERR(syscall(SYS_statx, AT_FDCWD, "file", 0, STATX_SIZE, (void *)8), EFAULT);
}

TEST(statfs_tellsNameLengthAndBlocks) {
    struct statfs about;
    CHECK_OK(statfs(".", &about));
    CHECK_EQ(about.f_namelen, 255);
    CHECK(about.f_bsize >= 512);
    int fd = REQUIRE_OK(open(".", O_RDONLY));
    CHECK_OK(fstatfs(fd, &about));
    CHECK_OK(statfs("/proc", &about));
    CHECK_EQ(about.f_type, 0x9fa0);
    CHECK_ERR(statfs("missing", &about), ENOENT);
}

TEST(inodes_differBetweenFiles) {
    struct stat a, b;
    close(make_file("a", ""));
    close(make_file("b", ""));
    CHECK_OK(stat("a", &a));
    CHECK_OK(stat("b", &b));
    CHECK(a.st_ino != b.st_ino);
    CHECK_EQ(a.st_dev, b.st_dev);
}

TEST(blocks_countWhatIsAllocated) {
    struct stat about;
    int fd = make_file("file", "");
    CHECK_OK(fstat(fd, &about));
    CHECK_EQ(about.st_blocks, 0);
    char page[4096] = {1};
    for (int i = 0; i < 16; i++) CHECK_EQ(write(fd, page, sizeof page), sizeof page);
    CHECK_OK(fsync(fd));
    CHECK_OK(fstat(fd, &about));
    CHECK(about.st_blocks >= 128);
}

TEST(ustat_tellsOfMountedFileSystems) {
    struct {
        int tfree;
        unsigned long tinode;
        char fname[6], fpack[6];
    } about;
    struct stat here;
    CHECK_OK(stat("/proc", &here));
    CHECK_OK(syscall(SYS_ustat, (unsigned)here.st_dev, &about));
    CHECK_OK(stat("/dev", &here));
    CHECK_OK(syscall(SYS_ustat, (unsigned)here.st_dev, &about));
    CHECK_ERR(syscall(SYS_ustat, (unsigned)here.st_dev, (void *)-1), EFAULT);
    CHECK_ERR(syscall(SYS_ustat, (unsigned)-1, &about), EINVAL);
}
