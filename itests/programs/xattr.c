/* setxattr(2), getxattr(2), listxattr(2), removexattr(2), and their l and f forms. */
#include "check.h"
#include <sys/xattr.h>

/* Older kernels have no user attributes on tmpfs (Linux 6.6 brought them). */
static void need_xattr(void) {
    close(make_file("probe", ""));
    if (setxattr("probe", "user.probe", "", 0, 0) < 0 && errno == EOPNOTSUPP) SKIP("no user attributes here");
}

TEST(setxattr_getBack) {
    need_xattr();
    char value[16] = "";
    int fd = make_file("file", "");
    CHECK_OK(setxattr("file", "user.colour", "green", 5, 0));
    CHECK_EQ(getxattr("file", "user.colour", NULL, 0), 5);
    CHECK_EQ(getxattr("file", "user.colour", value, sizeof value), 5);
    CHECK_STR(value, "green");
    CHECK_EQ(fgetxattr(fd, "user.colour", value, sizeof value), 5);
    CHECK_ERR(getxattr("file", "user.colour", value, 3), ERANGE);
    CHECK_ERR(getxattr("file", "user.other", value, 3), ENODATA);
    CHECK_OK(setxattr("file", "user.empty", "", 0, 0));
    CHECK_EQ(getxattr("file", "user.empty", value, 3), 0);
}

TEST(setxattr_createAndReplace_areChecked) {
    need_xattr();
    close(make_file("file", ""));
    CHECK_ERR(setxattr("file", "user.a", "1", 1, XATTR_REPLACE), ENODATA);
    CHECK_OK(setxattr("file", "user.a", "1", 1, XATTR_CREATE));
    CHECK_ERR(setxattr("file", "user.a", "2", 1, XATTR_CREATE), EEXIST);
    CHECK_OK(setxattr("file", "user.a", "3", 1, XATTR_REPLACE));
    CHECK_ERR(setxattr("file", "user.a", "3", 1, 8), EINVAL);
}

TEST(listxattr_tellsNames) {
    need_xattr();
    char names[64] = "";
    close(make_file("file", ""));
    CHECK_EQ(listxattr("file", names, sizeof names), 0);
    CHECK_OK(setxattr("file", "user.a", "1", 1, 0));
    CHECK_OK(setxattr("file", "user.bb", "1", 1, 0));
    CHECK_EQ(listxattr("file", NULL, 0), 15);
    CHECK_EQ(listxattr("file", names, sizeof names), 15);
    CHECK(memcmp(names, "user.a\0user.bb", 15) == 0 || memcmp(names, "user.bb\0user.a", 15) == 0);
    CHECK_ERR(listxattr("file", names, 4), ERANGE);
    CHECK_OK(removexattr("file", "user.a"));
    CHECK_EQ(listxattr("file", names, sizeof names), 8);
    CHECK_ERR(removexattr("file", "user.a"), ENODATA);
}

TEST(xattr_withBadNames_fails) {
    need_xattr();
    char name[300] = "user.";
    close(make_file("file", ""));
    CHECK_ERR(setxattr("file", "colour", "1", 1, 0), EOPNOTSUPP);
    CHECK_ERR(setxattr("file", "strange.colour", "1", 1, 0), EOPNOTSUPP);
    CHECK_ERR(setxattr("missing", "user.a", "1", 1, 0), ENOENT);
    memset(name + 5, 'x', 290);
    CHECK_ERR(setxattr("file", name, "1", 1, 0), ERANGE);
    CHECK_ERR(setxattr("file", "", "1", 1, 0), ERANGE);
    CHECK_ERR(syscall(SYS_setxattr, "file", "user.a", (void *)1, 5, 0), EFAULT);
    CHECK_ERR(setxattr("file", "user.a", name, 65537, 0), E2BIG);
}

TEST(userXattr_onLink_failsEperm) {
    need_xattr();
    char value[8];
    close(make_file("file", ""));
    CHECK_OK(symlink("file", "link"));
    CHECK_OK(setxattr("link", "user.a", "1", 1, 0));
    CHECK_EQ(getxattr("file", "user.a", value, 8), 1);
    CHECK_ERR(lsetxattr("link", "user.a", "1", 1, 0), EPERM);
}

TEST(trustedXattr_isForRoot) {
    need_root();
    need_xattr();
    char value[8];
    close(make_file("file", ""));
    CHECK_OK(chmod(".", 0755));
    CHECK_OK(setxattr("file", "trusted.a", "1", 1, 0));
    CHECK_EQ(getxattr("file", "trusted.a", value, 8), 1);
    CHECK_OK(setresuid(1000, 1000, 1000));
    CHECK_ERR(getxattr("file", "trusted.a", value, 8), ENODATA);
    CHECK_ERR(setxattr("file", "trusted.a", "2", 1, 0), EPERM);
    CHECK_ERR(setxattr("file", "user.a", "2", 1, 0), EACCES);
}

#ifndef SYS_setxattrat
#define SYS_setxattrat 463
#define SYS_getxattrat 464
#define SYS_listxattrat 465
#define SYS_removexattrat 466
#endif

struct xattr_at {
    uint64_t value;
    uint32_t size, flags;
};

static long set_at(int dirfd, const char *path, int at, const char *name, const char *value, unsigned flags) {
    struct xattr_at args = {(uintptr_t)value, strlen(value), flags};
    return syscall(SYS_setxattrat, dirfd, path, at, name, &args, sizeof args);
}

static long get_at(int dirfd, const char *path, int at, const char *name, char *value, unsigned size) {
    struct xattr_at args = {(uintptr_t)value, size, 0};
    return syscall(SYS_getxattrat, dirfd, path, at, name, &args, sizeof args);
}

TEST(atCalls_workRelativeToDirectories) {
    char value[64] = "", big[64] = {0};
    CHECK_OK(mkdir("dir", 0755));
    int dir = REQUIRE_OK(open("dir", O_RDONLY)), file = REQUIRE_OK(openat(dir, "file", O_CREAT | O_RDWR, 0644));
    if (set_at(dir, "file", 0, "user.one", "1", 0) == -1 && errno == ENOSYS) SKIP("before Linux 6.13");
    CHECK_EQ(get_at(dir, "file", 0, "user.one", value, sizeof value), 1);
    CHECK_STR(value, "1");
    CHECK_EQ(get_at(dir, "file", 0, "user.one", NULL, 0), 1);
    CHECK_ERR(set_at(dir, "file", 0, "user.one", "2", XATTR_CREATE), EEXIST);
    CHECK_ERR(set_at(dir, "file", 0, "user.two", "2", XATTR_REPLACE), ENODATA);
    CHECK_OK(set_at(file, "", AT_EMPTY_PATH, "user.two", "22", 0));
    CHECK_OK(set_at(file, NULL, AT_EMPTY_PATH, "user.two", "22", 0));
    CHECK_EQ(get_at(file, NULL, AT_EMPTY_PATH, "user.two", value, sizeof value), 2);
    CHECK_ERR(get_at(file, "", 0, "user.two", value, sizeof value), ENOENT);
    CHECK_ERR(get_at(file, NULL, 0, "user.two", value, sizeof value), EFAULT);
    CHECK_ERR(get_at(-1, "", AT_EMPTY_PATH, "user.two", value, sizeof value), EBADF);
    CHECK_ERR(get_at(openat(dir, "file", O_PATH), "", AT_EMPTY_PATH, "user.two", value, sizeof value), EBADF);
    CHECK_OK(syscall(SYS_listxattrat, dir, "file", 0, NULL, 0));
    CHECK_EQ(syscall(SYS_listxattrat, dir, "file", 0, value, sizeof value), 18);
    CHECK_ERR(syscall(SYS_listxattrat, dir, "file", 0, value, 3), ERANGE);
    CHECK_OK(syscall(SYS_removexattrat, dir, "file", 0, "user.one"));
    CHECK_ERR(syscall(SYS_removexattrat, dir, "file", 0, "user.one"), ENODATA);
    CHECK_OK(symlinkat("file", dir, "link"));
    CHECK_EQ(get_at(dir, "link", 0, "user.two", value, sizeof value), 2);
    CHECK_ERR(get_at(dir, "link", AT_SYMLINK_NOFOLLOW, "user.two", value, sizeof value), ENODATA);
    CHECK_ERR(syscall(SYS_removexattrat, dir, "file", 1, "user.two"), EINVAL);
    /* the structure may grow */
    struct xattr_at *args = (void *)big;
    *args = (struct xattr_at){(uintptr_t)value, sizeof value, 0};
    CHECK_EQ(syscall(SYS_getxattrat, dir, "file", 0, "user.two", big, 64), 2);
    big[20] = 1;
    CHECK_ERR(syscall(SYS_getxattrat, dir, "file", 0, "user.two", big, 64), E2BIG);
    CHECK_ERR(syscall(SYS_getxattrat, dir, "file", 0, "user.two", big, 15), EINVAL);
    CHECK_ERR(syscall(SYS_getxattrat, dir, "file", 0, "user.two", big, 5000), E2BIG);
    args->flags = 1;
    CHECK_ERR(syscall(SYS_getxattrat, dir, "file", 0, "user.two", big, 16), EINVAL);
}
