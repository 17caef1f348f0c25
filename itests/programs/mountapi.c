/* fsopen(2), fsconfig(2), fsmount(2), move_mount(2), open_tree(2), mount_setattr(2), in a mount namespace of the test's own. */
#include "check.h"

#include <linux/mount.h>
#include <sys/statvfs.h>

#ifndef MS_PRIVATE
#define MS_REC 16384
#define MS_PRIVATE (1 << 18)
#define MS_SHARED (1 << 20)
#endif
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif
int mount(const char *, const char *, const char *, unsigned long, const void *);
int umount2(const char *, int);

static int open_type(const char *type) {
    return syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
}

static int set(int fd, const char *key, const char *value) {
    return syscall(SYS_fsconfig, fd, FSCONFIG_SET_STRING, key, value, 0);
}

static int create(int fd) {
    return syscall(SYS_fsconfig, fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
}

static int make(int fd, unsigned attributes) {
    return syscall(SYS_fsmount, fd, FSMOUNT_CLOEXEC, attributes);
}

static int place(int fd, const char *where) {
    return syscall(SYS_move_mount, fd, "", AT_FDCWD, where, MOVE_MOUNT_F_EMPTY_PATH);
}

static int tree(const char *path, unsigned flags) {
    return syscall(SYS_open_tree, AT_FDCWD, path, flags);
}

static int change(const char *path, unsigned flags, struct mount_attr wanted) {
    return syscall(SYS_mount_setattr, AT_FDCWD, path, flags, &wanted, sizeof wanted);
}

static bool there(const char *path) {
    return access(path, F_OK) == 0;
}

static unsigned long flags_of(const char *path) {
    struct statvfs about = {0};
    CHECK_OK(statvfs(path, &about));
    return about.f_flag;
}

static void setup(void) {
    need_root();
    if (unshare(CLONE_NEWNS) < 0) SKIP("unshare gives %s", check_errno(errno));
    CHECK_OK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
    int fd = open_type("tmpfs");
    if (fd < 0) SKIP("fsopen gives %s", check_errno(errno));
    close(fd);
    CHECK_OK(mkdir("m", 0755));
    REQUIRE_OK(mount("none", "m", "tmpfs", 0, NULL));
    REQUIRE_OK(chdir("m"));
    CHECK_OK(mkdir("a", 0755));
    CHECK_OK(mkdir("b", 0755));
}

static int tmpfs(void) {
    int fd = REQUIRE_OK(open_type("tmpfs"));
    CHECK_OK(create(fd));
    int mount = REQUIRE_OK(make(fd, 0));
    close(fd);
    return mount;
}

TEST(fsopen_toMoveMount_mounts) {
    setup();
    int fd = REQUIRE_OK(open_type("tmpfs"));
    CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    CHECK_OK(set(fd, "source", "the source"));
    CHECK_ERR(set(fd, "source", "another"), EINVAL);
    CHECK_OK(set(fd, "size", "1m"));
    CHECK_OK(set(fd, "mode", "0711"));
    CHECK_ERR(make(fd, 0), EINVAL);
    CHECK_OK(create(fd));
    CHECK_ERR(create(fd), EBUSY);
    CHECK_ERR(set(fd, "size", "2m"), EBUSY);
    int mount = REQUIRE_OK(make(fd, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC));
    CHECK_ERR(make(fd, 0), EBUSY);
    close(fd);
    CHECK(!there("a/file"));
    /* it can be used before it is anywhere */
    int file = CHECK_OK(openat(mount, "file", O_CREAT | O_RDWR, 0600));
    CHECK_EQ(write(file, "x", 1), 1);
    close(file);
    CHECK_OK(place(mount, "a"));
    CHECK(there("a/file"));
    struct stat about;
    CHECK_OK(stat("a", &about));
    CHECK_EQ(about.st_mode & 07777, 0711);
    CHECK_EQ(flags_of("a") & (ST_NOSUID | ST_NOEXEC | ST_NODEV | ST_RDONLY), ST_NOSUID | ST_NOEXEC);
    CHECK(strstr(text_of("/proc/self/mountinfo"), "the\\040source"));
    close(mount);
    CHECK(there("a/file"));
    CHECK_OK(umount2("a", 0));
}

TEST(fsmount_unattached_goesWithItsFile) {
    setup();
    int mount = tmpfs();
    int file = CHECK_OK(openat(mount, "file", O_CREAT | O_RDWR, 0600));
    close(mount);
    CHECK_EQ(write(file, "still", 5), 5);
    close(file);
}

TEST(fsopen_readOnly) {
    setup();
    int fd = REQUIRE_OK(open_type("tmpfs"));
    CHECK_OK(syscall(SYS_fsconfig, fd, FSCONFIG_SET_FLAG, "ro", NULL, 0));
    CHECK_OK(create(fd));
    CHECK_OK(place(REQUIRE_OK(make(fd, 0)), "a"));
    CHECK_ERR(mkdir("a/x", 0755), EROFS);
    fd = REQUIRE_OK(open_type("tmpfs"));
    CHECK_OK(create(fd));
    CHECK_OK(place(REQUIRE_OK(make(fd, MOUNT_ATTR_RDONLY)), "b"));
    CHECK_ERR(mkdir("b/x", 0755), EROFS);
}

TEST(fsopen_badArguments_fail) {
    setup();
    CHECK_ERR(open_type("nosuchfs"), ENODEV);
    CHECK_ERR(syscall(SYS_fsopen, "tmpfs", 2), EINVAL);
    CHECK_ERR(syscall(SYS_fsopen, (char *)8, 0), EFAULT);
    int fd = REQUIRE_OK(open_type("tmpfs"));
    CHECK_ERR(syscall(SYS_fsconfig, fd, FSCONFIG_SET_STRING, "size", NULL, 0), EINVAL);
    CHECK_ERR(syscall(SYS_fsconfig, fd, FSCONFIG_SET_STRING, "size", "1m", 1), EINVAL);
    CHECK_ERR(syscall(SYS_fsconfig, fd, FSCONFIG_SET_FLAG, "ro", "x", 0), EINVAL);
    CHECK_ERR(syscall(SYS_fsconfig, fd, FSCONFIG_CMD_CREATE, "x", NULL, 0), EINVAL);
    CHECK_ERR(syscall(SYS_fsconfig, fd, 99, NULL, NULL, 0), EOPNOTSUPP);
    CHECK_ERR(syscall(SYS_fsconfig, 0, FSCONFIG_CMD_CREATE, NULL, NULL, 0), EINVAL);
    CHECK_ERR(syscall(SYS_fsconfig, 1000, FSCONFIG_CMD_CREATE, NULL, NULL, 0), EBADF);
    CHECK_ERR(syscall(SYS_fsconfig, -1, FSCONFIG_CMD_CREATE, NULL, NULL, 0), EINVAL);
    CHECK_ERR(syscall(SYS_fsmount, fd, 2, 0), EINVAL);
    CHECK_ERR(syscall(SYS_fsmount, fd, 0, 0x80000000), EINVAL);
    CHECK_ERR(syscall(SYS_fsmount, 0, 0, 0), EINVAL);
    CHECK_ERR(syscall(SYS_fsmount, 1000, 0, 0), EBADF);
    char byte;
    CHECK_ERR(read(fd, &byte, 1), ENODATA);
    CHECK_EQ(IN_CHILD({
                 REQUIRE_OK(setuid(12345));
                 CHECK_ERR(open_type("tmpfs"), EPERM);
                 CHECK_ERR(make(fd, 0), EPERM);
                 CHECK_ERR(tree("/", OPEN_TREE_CLONE), EPERM);
                 CHECK_ERR(syscall(SYS_move_mount, AT_FDCWD, "/", AT_FDCWD, "/", 0), EPERM);
                 CHECK_ERR(change("/", 0, (struct mount_attr){.attr_set = MOUNT_ATTR_RDONLY}), EPERM);
             }),
            0);
}

TEST(openTree_isAPlace) {
    setup();
    close(make_file("a/file", "x"));
    int fd = REQUIRE_OK(tree("a", OPEN_TREE_CLOEXEC));
    CHECK_EQ(fcntl(fd, F_GETFL) & O_PATH, O_PATH);
    CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    CHECK_OK(faccessat(fd, "file", F_OK, 0));
    CHECK_ERR(tree("missing", 0), ENOENT);
    CHECK_ERR(tree("a", AT_RECURSIVE), EINVAL);
    CHECK_ERR(tree("a", 0x10000000), EINVAL);
}

TEST(openTree_clone_binds) {
    setup();
    close(make_file("a/file", "bound"));
    CHECK_OK(mkdir("a/y", 0755));
    CHECK_OK(place(tmpfs(), "a/y"));
    close(make_file("a/y/inner", ""));
    int fd = REQUIRE_OK(tree("a", OPEN_TREE_CLONE));
    CHECK_OK(faccessat(fd, "file", F_OK, 0));
    CHECK_ERR(faccessat(fd, "y/inner", F_OK, 0), ENOENT);
    CHECK_OK(place(fd, "b"));
    CHECK_STR(text_of("b/file"), "bound");
    CHECK(!there("b/y/inner"));
    close(fd);
    CHECK_OK(umount2("b", 0));
    fd = REQUIRE_OK(tree("a", OPEN_TREE_CLONE | AT_RECURSIVE));
    CHECK_OK(faccessat(fd, "y/inner", F_OK, 0));
    /* changed before it is attached */
    struct mount_attr wanted = {.attr_set = MOUNT_ATTR_RDONLY};
    CHECK_OK(syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &wanted, sizeof wanted));
    CHECK_OK(place(fd, "b"));
    CHECK(there("b/y/inner"));
    CHECK_ERR(mkdir("b/z", 0755), EROFS);
    CHECK_ERR(mkdir("b/y/z", 0755), EROFS);
    CHECK_OK(mkdir("a/z", 0755));
}

TEST(moveMount_moves) {
    setup();
    CHECK_OK(place(tmpfs(), "a"));
    close(make_file("a/file", ""));
    CHECK_OK(syscall(SYS_move_mount, AT_FDCWD, "a", AT_FDCWD, "b", 0));
    CHECK(there("b/file") && !there("a/file"));
    CHECK_ERR(syscall(SYS_move_mount, AT_FDCWD, "a", AT_FDCWD, "b", 0), EINVAL);
    CHECK_ERR(syscall(SYS_move_mount, AT_FDCWD, "missing", AT_FDCWD, "b", 0), ENOENT);
    CHECK_ERR(syscall(SYS_move_mount, AT_FDCWD, "b", AT_FDCWD, "b/file", 0), EINVAL);
    CHECK_ERR(syscall(SYS_move_mount, AT_FDCWD, "b", AT_FDCWD, "a", 0x10000), EINVAL);
    CHECK_ERR(syscall(SYS_move_mount, AT_FDCWD, "", AT_FDCWD, "a", 0), ENOENT);
    /* an attached mount of a file descriptor moves, too */
    int fd = REQUIRE_OK(tree("b", 0));
    CHECK_OK(place(fd, "a"));
    CHECK(there("a/file") && !there("b/file"));
}

TEST(mountSetattr_changes) {
    setup();
    CHECK_OK(place(tmpfs(), "a"));
    CHECK_OK(mkdir("a/y", 0755));
    CHECK_OK(place(tmpfs(), "a/y"));
    CHECK_OK(change("a", 0, (struct mount_attr){.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV}));
    CHECK_EQ(flags_of("a") & (ST_RDONLY | ST_NODEV), ST_RDONLY | ST_NODEV);
    CHECK_EQ(flags_of("a/y") & ST_RDONLY, 0);
    CHECK_OK(change("a", AT_RECURSIVE, (struct mount_attr){.attr_set = MOUNT_ATTR_NOEXEC, .attr_clr = MOUNT_ATTR_RDONLY}));
    CHECK_EQ(flags_of("a") & (ST_RDONLY | ST_NODEV | ST_NOEXEC), ST_NODEV | ST_NOEXEC);
    CHECK_EQ(flags_of("a/y") & ST_NOEXEC, ST_NOEXEC);
    CHECK_OK(mkdir("a/z", 0755));
    CHECK_OK(change("a", 0, (struct mount_attr){.attr_set = MOUNT_ATTR_NOATIME, .attr_clr = MOUNT_ATTR__ATIME}));
    CHECK_EQ(flags_of("a") & (ST_NOATIME | ST_RELATIME), ST_NOATIME);
    CHECK_OK(change("a", 0, (struct mount_attr){.attr_clr = MOUNT_ATTR__ATIME}));
    CHECK_EQ(flags_of("a") & (ST_NOATIME | ST_RELATIME), ST_RELATIME);
    CHECK_OK(change("a", AT_RECURSIVE, (struct mount_attr){.propagation = MS_SHARED}));
    CHECK(strstr(text_of("/proc/self/mountinfo"), " shared:"));
    CHECK_OK(change("a", 0, (struct mount_attr){0}));
}

TEST(mountSetattr_badArguments_fail) {
    setup();
    CHECK_ERR(change("a", 0, (struct mount_attr){.attr_set = MOUNT_ATTR_RDONLY}), EINVAL); /* no mount */
    CHECK_OK(place(tmpfs(), "a"));
    CHECK_ERR(change("a", 0, (struct mount_attr){.attr_set = MOUNT_ATTR_NOATIME}), EINVAL);
    CHECK_ERR(change("a", 0, (struct mount_attr){.attr_clr = MOUNT_ATTR_NOATIME}), EINVAL);
    CHECK_ERR(change("a", 0, (struct mount_attr){.attr_set = 1ULL << 40}), EINVAL);
    CHECK_ERR(change("a", 0, (struct mount_attr){.propagation = MS_SHARED | MS_PRIVATE}), EINVAL);
    CHECK_ERR(change("a", 0, (struct mount_attr){.propagation = 1}), EINVAL);
    CHECK_ERR(change("a", 0x10000000, (struct mount_attr){.attr_set = MOUNT_ATTR_RDONLY}), EINVAL);
    CHECK_ERR(change("missing", 0, (struct mount_attr){.attr_set = MOUNT_ATTR_RDONLY}), ENOENT);
    char big[64] = {0};
    big[0] = MOUNT_ATTR_NODEV;
    CHECK_OK(syscall(SYS_mount_setattr, AT_FDCWD, "a", 0, big, sizeof big));
    big[63] = 1;
    CHECK_ERR(syscall(SYS_mount_setattr, AT_FDCWD, "a", 0, big, sizeof big), E2BIG);
    CHECK_ERR(syscall(SYS_mount_setattr, AT_FDCWD, "a", 0, big, 31), EINVAL);
    CHECK_ERR(syscall(SYS_mount_setattr, AT_FDCWD, "a", 0, big, 5000), E2BIG);
    CHECK_ERR(syscall(SYS_mount_setattr, AT_FDCWD, "a", 0, 8, 32), EFAULT);
}

#ifndef SYS_open_tree_attr
#define SYS_open_tree_attr 467
#endif

TEST(openTreeAttr_changesTheCopy) {
    struct {
        uint64_t set, clear, propagation, userns;
    } attr = {1 /* RDONLY */, 0, 0, 0};
    CHECK_OK(unshare(CLONE_NEWNS));
    CHECK_OK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
    CHECK_OK(mkdir("from", 0755));
    CHECK_OK(mkdir("to", 0755));
    CHECK_OK(mount("t", "from", "tmpfs", 0, NULL));
    int tree = syscall(SYS_open_tree_attr, AT_FDCWD, "from", OPEN_TREE_CLONE, &attr, sizeof attr);
    if (tree == -1 && errno == ENOSYS) SKIP("before Linux 6.15");
    CHECK(tree >= 0);
    CHECK_OK(syscall(SYS_move_mount, tree, "", AT_FDCWD, "to", 4 /* F_EMPTY_PATH */));
    CHECK_ERR(mkdir("to/x", 0755), EROFS);
    CHECK_OK(mkdir("from/x", 0755));
    CHECK_ERR(syscall(SYS_open_tree_attr, AT_FDCWD, "from", OPEN_TREE_CLONE, NULL, sizeof attr), EINVAL);
    CHECK_OK(syscall(SYS_open_tree_attr, AT_FDCWD, "from", OPEN_TREE_CLONE, NULL, 0));
    attr.set = 1ull << 40;
    CHECK_ERR(syscall(SYS_open_tree_attr, AT_FDCWD, "from", OPEN_TREE_CLONE, &attr, sizeof attr), EINVAL);
}
