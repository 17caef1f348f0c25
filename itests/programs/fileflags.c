/* FS_IOC_GETFLAGS and its like, file_getattr(2), file_setattr(2): the flags of chattr(1) on tmpfs. */
#include "check.h"
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <sched.h>

#ifndef SYS_file_getattr
#define SYS_file_getattr 468
#define SYS_file_setattr 469
#endif

struct attr {
    uint64_t xflags;
    uint32_t extsize, nextents, projid, cowextsize;
};

static void setup(void) {
    CHECK_OK(mkdir("m", 0755));
    if (unshare(CLONE_NEWNS) != 0) SKIP("not permitted");
    REQUIRE_OK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
    REQUIRE_OK(mount("t", "m", "tmpfs", 0, NULL));
    REQUIRE_OK(chdir("m"));
    close(make_file("file", "text"));
    int fd = open("file", O_RDONLY), flags;
    if (ioctl(fd, FS_IOC_GETFLAGS, &flags) != 0) SKIP("a tmpfs without flags");
    close(fd);
}

static int flags_of(const char *name) {
    int flags = -1, fd = open(name, O_RDONLY);
    CHECK_OK(ioctl(fd, FS_IOC_GETFLAGS, &flags));
    close(fd);
    return flags;
}

static int set_flags(const char *name, int flags) {
    int fd = open(name, O_RDONLY), result = ioctl(fd, FS_IOC_SETFLAGS, &flags), error = errno;
    close(fd);
    errno = error;
    return result;
}

TEST(flags_areKept_andTold) {
    struct statx about;
    struct fsxattr extended;
    setup();
    CHECK_EQ(flags_of("file"), 0);
    CHECK_OK(set_flags("file", FS_NODUMP_FL | FS_APPEND_FL));
    CHECK_EQ(flags_of("file"), FS_NODUMP_FL | FS_APPEND_FL);
    CHECK_OK(statx(AT_FDCWD, "file", 0, STATX_BASIC_STATS, &about));
    uint64_t known = STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND | STATX_ATTR_NODUMP;
    CHECK_EQ(about.stx_attributes_mask & known, known);
    CHECK_EQ(about.stx_attributes & known, STATX_ATTR_APPEND | STATX_ATTR_NODUMP);
    int fd = open("file", O_RDONLY);
    CHECK_OK(ioctl(fd, FS_IOC_FSGETXATTR, &extended));
    CHECK_EQ(extended.fsx_xflags, FS_XFLAG_APPEND | FS_XFLAG_NODUMP);
    extended.fsx_xflags = FS_XFLAG_NOATIME;
    CHECK_OK(ioctl(fd, FS_IOC_FSSETXATTR, &extended));
    CHECK_EQ(flags_of("file"), FS_NOATIME_FL);
    extended.fsx_projid = 5;
    CHECK(ioctl(fd, FS_IOC_FSSETXATTR, &extended) == -1);
    CHECK_ERR(set_flags("file", FS_SYNC_FL), EOPNOTSUPP);
    CHECK_ERR(ioctl(fd, FS_IOC_SETFLAGS, NULL), EFAULT);
}

TEST(directories_passSomeOn) {
    setup();
    CHECK_OK(mkdir("dir", 0755));
    CHECK_OK(set_flags("dir", FS_NODUMP_FL | FS_NOATIME_FL));
    close(make_file("dir/file", ""));
    CHECK_OK(mkdir("dir/sub", 0755));
    CHECK_EQ(flags_of("dir/file"), FS_NODUMP_FL | FS_NOATIME_FL);
    CHECK_EQ(flags_of("dir/sub"), FS_NODUMP_FL | FS_NOATIME_FL);
}

TEST(immutable_cannotBeChanged) {
    struct timespec times[2] = {{1, 0}, {1, 0}};
    setup();
    int early = REQUIRE_OK(open("file", O_RDWR));
    CHECK_OK(set_flags("file", FS_IMMUTABLE_FL));
    CHECK_ERR(open("file", O_WRONLY), EPERM);
    CHECK_ERR(open("file", O_RDONLY | O_TRUNC), EPERM);
    CHECK_OK(close(open("file", O_RDONLY)));
    CHECK_ERR(truncate("file", 0), EPERM);
    CHECK_ERR(chmod("file", 0600), EPERM);
    CHECK_ERR(chown("file", 1, 1), EPERM);
    CHECK_ERR(utimensat(AT_FDCWD, "file", times, 0), EPERM);
    CHECK_ERR(utimensat(AT_FDCWD, "file", NULL, 0), EPERM);
    CHECK_ERR(unlink("file"), EPERM);
    CHECK_ERR(rename("file", "other"), EPERM);
    CHECK_ERR(link("file", "other"), EPERM);
    CHECK_ERR(setxattr("file", "trusted.x", "1", 1, 0), EPERM);
    char list[] = "\2\0\0\0" "\1\0\6\0\377\377\377\377" "\4\0\4\0\377\377\377\377" "\40\0\4\0\377\377\377\377";
    CHECK_ERR(setxattr("file", "system.posix_acl_access", list, 28, 0), EPERM);
    CHECK_ERR(removexattr("file", "system.posix_acl_access"), EPERM);
    CHECK_ERR(access("file", W_OK), EPERM);
    CHECK_ERR(fallocate(early, 0, 0, 10), EPERM);
    CHECK_EQ(write(early, "more", 4), 4); /* what is open stays open */
    CHECK_OK(set_flags("file", 0));
    CHECK_OK(unlink("file"));
}

TEST(immutableDirectory_keepsItsNames) {
    setup();
    CHECK_OK(mkdir("dir", 0755));
    close(make_file("dir/file", ""));
    CHECK_OK(set_flags("dir", FS_IMMUTABLE_FL));
    CHECK_ERR(open("dir/new", O_CREAT | O_WRONLY, 0600), EPERM);
    CHECK_ERR(mkdir("dir/sub", 0755), EPERM);
    CHECK_ERR(unlink("dir/file"), EPERM);
    CHECK_ERR(rename("dir/file", "file2"), EPERM);
    CHECK_OK(close(open("dir/file", O_WRONLY)));
    CHECK_OK(set_flags("dir", 0));
    CHECK_OK(unlink("dir/file"));
}

TEST(appendOnly_growsOnly) {
    char text[16] = "";
    struct timespec times[2] = {{1, 0}, {1, 0}};
    setup();
    CHECK_OK(set_flags("file", FS_APPEND_FL));
    CHECK_ERR(open("file", O_WRONLY), EPERM);
    CHECK_ERR(open("file", O_WRONLY | O_APPEND | O_TRUNC), EPERM);
    int fd = REQUIRE_OK(open("file", O_RDWR | O_APPEND));
    CHECK_EQ(write(fd, "+", 1), 1);
    CHECK_EQ(pread(fd, text, 15, 0), 5);
    CHECK_STR(text, "text+");
    CHECK_ERR(fcntl(fd, F_SETFL, 0), EPERM);
    CHECK_ERR(ftruncate(fd, 0), EPERM);
    CHECK_ERR(truncate("file", 9), EPERM);
    CHECK_ERR(chmod("file", 0600), EPERM);
    CHECK_ERR(utimensat(AT_FDCWD, "file", times, 0), EPERM);
    CHECK_OK(utimensat(AT_FDCWD, "file", NULL, 0));
    CHECK_ERR(unlink("file"), EPERM);
    CHECK_ERR(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 1), EPERM);
    CHECK(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED);
    CHECK_EQ(errno, EACCES);
    CHECK(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0) != MAP_FAILED);
    int reader = REQUIRE_OK(open("file", O_RDONLY));
    CHECK(mmap(NULL, 4096, PROT_READ, MAP_SHARED, reader, 0) != MAP_FAILED);
    CHECK_OK(mkdir("dir", 0755));
    CHECK_OK(set_flags("dir", FS_APPEND_FL));
    close(make_file("dir/one", ""));
    CHECK_ERR(unlink("dir/one"), EPERM);
    CHECK_ERR(rename("dir/one", "dir/two"), EPERM);
}

TEST(others_needPrivilege) {
    setup();
    CHECK_OK(chown("file", 65534, 65534));
    IN_CHILD(
        if (setuid(65534) != 0) _exit(0);
        CHECK_OK(set_flags("file", FS_NODUMP_FL));
        CHECK_ERR(set_flags("file", FS_IMMUTABLE_FL), EPERM);
        CHECK_ERR(set_flags(".", FS_NODUMP_FL), EPERM););
}

TEST(fileGetattr_worksRelativeToDirectories) {
    struct attr attr;
    char big[64] = {0};
    setup();
    int dir = open(".", O_RDONLY), fd = open("file", O_RDONLY);
    if (syscall(SYS_file_getattr, dir, "file", &attr, sizeof attr, 0) == -1 && errno == ENOSYS) SKIP("before Linux 6.17");
    CHECK_OK(set_flags("file", FS_NODUMP_FL));
    CHECK_OK(syscall(SYS_file_getattr, dir, "file", &attr, sizeof attr, 0));
    CHECK_EQ(attr.xflags, FS_XFLAG_NODUMP);
    attr.xflags = FS_XFLAG_NOATIME;
    CHECK_OK(syscall(SYS_file_setattr, dir, "file", &attr, sizeof attr, 0));
    CHECK_EQ(flags_of("file"), FS_NOATIME_FL);
    CHECK_OK(syscall(SYS_file_getattr, fd, "", &attr, sizeof attr, AT_EMPTY_PATH));
    CHECK_EQ(attr.xflags, FS_XFLAG_NOATIME);
    CHECK_OK(syscall(SYS_file_getattr, fd, NULL, &attr, sizeof attr, AT_EMPTY_PATH));
    CHECK_ERR(syscall(SYS_file_getattr, fd, "", &attr, sizeof attr, 0), ENOENT);
    CHECK_ERR(syscall(SYS_file_getattr, dir, "file", &attr, 23, 0), EINVAL);
    CHECK_ERR(syscall(SYS_file_getattr, dir, "file", &attr, 5000, 0), E2BIG);
    CHECK_ERR(syscall(SYS_file_getattr, dir, "file", &attr, sizeof attr, 1), EINVAL);
    CHECK_OK(syscall(SYS_file_getattr, dir, "file", big, 64, 0));
    big[40] = 1;
    CHECK_ERR(syscall(SYS_file_setattr, dir, "file", big, 64, 0), E2BIG);
    attr.xflags = 1ull << 40;
    CHECK_ERR(syscall(SYS_file_setattr, dir, "file", &attr, sizeof attr, 0), EINVAL);
    attr.xflags = FS_XFLAG_SYNC;
    CHECK_ERR(syscall(SYS_file_setattr, dir, "file", &attr, sizeof attr, 0), EOPNOTSUPP);
    CHECK_ERR(syscall(SYS_file_getattr, dir, "none", &attr, sizeof attr, 0), ENOENT);
    CHECK_ERR(syscall(SYS_file_getattr, AT_FDCWD, "/proc/self/stat", &attr, sizeof attr, 0), EOPNOTSUPP);
}
