/* name_to_handle_at(2), open_by_handle_at(2), in a mount namespace of the test's own. */
#include "check.h"

#include <sys/mount.h>
#include <sys/vfs.h>

#ifndef AT_HANDLE_FID
#define AT_HANDLE_FID 0x200
#endif
#ifndef AT_HANDLE_CONNECTABLE
#define AT_HANDLE_CONNECTABLE 0x2
#endif
#ifndef AT_HANDLE_MNT_ID_UNIQUE
#define AT_HANDLE_MNT_ID_UNIQUE 0x1
#endif
#ifndef STATX_MNT_ID
#define STATX_MNT_ID 0x1000u
#endif
#ifndef STATX_MNT_ID_UNIQUE
#define STATX_MNT_ID_UNIQUE 0x4000u
#endif

struct handle {
    unsigned bytes;
    int type;
    unsigned char data[128];
};

/* mount_id is an int, or 64 bits with AT_HANDLE_MNT_ID_UNIQUE. */
static int handle_of(int dir, const char *path, struct handle *handle, void *mount_id, int flags) {
    handle->bytes = sizeof handle->data;
    return syscall(SYS_name_to_handle_at, dir, path, handle, mount_id, flags);
}

static int open_handle(int mount, struct handle *handle, int flags) {
    return syscall(SYS_open_by_handle_at, mount, handle, flags);
}

static struct statx about(const char *path, unsigned mask) {
    struct statx result = {0};
    CHECK_OK(statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, mask, &result));
    return result;
}

static void setup(void) {
    need_root();
    if (unshare(CLONE_NEWNS) < 0) SKIP("unshare gives %s", check_errno(errno));
    CHECK_OK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
    CHECK_OK(mkdir("m", 0755));
    REQUIRE_OK(mount("none", "m", "tmpfs", 0, NULL));
    REQUIRE_OK(chdir("m"));
}

static void drop_capabilities(void) {
    struct {
        unsigned version;
        int pid;
    } header = {0x20080522, 0};
    unsigned none[6] = {0};
    CHECK_OK(syscall(SYS_capset, &header, none));
}

static const char *path_of(int fd) {
    static char path[PATH_MAX];
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    path[n < 0 ? 0 : n] = 0;
    char *last = strrchr(path, '/');
    return last ? last + 1 : path;
}

TEST(openByHandle_ofFile_opensIt) {
    setup();
    close(make_file("f", "content"));
    struct handle handle;
    int id = -1;
    CHECK_OK(handle_of(AT_FDCWD, "f", &handle, &id, 0));
    CHECK_EQ(handle.bytes, 12);
    CHECK_EQ(handle.type, 1);
    CHECK_EQ(id, about("f", STATX_MNT_ID).stx_mnt_id);
    int here = REQUIRE_OK(open(".", O_RDONLY));
    int fd = CHECK_OK(open_handle(here, &handle, O_RDWR));
    char text[16] = "";
    CHECK_EQ(read(fd, text, sizeof text), 7);
    CHECK_STR(text, "content");
    struct stat a, b;
    CHECK_OK(fstat(fd, &a));
    CHECK_OK(stat("f", &b));
    CHECK_EQ(a.st_ino, b.st_ino);
    CHECK_EQ(a.st_dev, b.st_dev);
    CHECK_STR(path_of(fd), "f");
    CHECK_EQ(fcntl(fd, F_GETFD), 0);
    int other = CHECK_OK(open_handle(here, &handle, O_RDONLY | O_CLOEXEC));
    CHECK_EQ(fcntl(other, F_GETFD), FD_CLOEXEC);
    CHECK_OK(open_handle(AT_FDCWD, &handle, O_PATH));
}

TEST(openByHandle_ofSameFileTwice_handlesAreEqual) {
    setup();
    close(make_file("f", ""));
    close(make_file("g", ""));
    struct handle one, two, other;
    int id;
    CHECK_OK(handle_of(AT_FDCWD, "f", &one, &id, 0));
    CHECK_OK(link("f", "h"));
    CHECK_OK(handle_of(AT_FDCWD, "h", &two, &id, 0));
    CHECK_OK(handle_of(AT_FDCWD, "g", &other, &id, 0));
    CHECK_EQ(memcmp(one.data, two.data, 12), 0);
    CHECK(memcmp(one.data, other.data, 12) != 0);
}

TEST(openByHandle_ofDirectory_opensIt) {
    setup();
    CHECK_OK(mkdir("d", 0755));
    CHECK_OK(mkdir("d/e", 0755));
    close(make_file("d/e/f", "deep"));
    struct handle handle;
    int id;
    CHECK_OK(handle_of(AT_FDCWD, "d/e", &handle, &id, 0));
    int fd = CHECK_OK(open_handle(AT_FDCWD, &handle, O_RDONLY | O_DIRECTORY));
    CHECK_STR(path_of(fd), "e");
    CHECK_OK(openat(fd, "f", O_RDONLY));
    CHECK_ERR(open_handle(AT_FDCWD, &handle, O_RDWR), EISDIR);
    close(make_file("g", ""));
    CHECK_OK(handle_of(AT_FDCWD, "g", &handle, &id, 0));
    CHECK_ERR(open_handle(AT_FDCWD, &handle, O_RDONLY | O_DIRECTORY), ENOTDIR);
}

TEST(openByHandle_afterRename_opensIt) {
    setup();
    CHECK_OK(mkdir("d", 0755));
    close(make_file("f", "moved"));
    struct handle handle;
    int id;
    CHECK_OK(handle_of(AT_FDCWD, "f", &handle, &id, 0));
    CHECK_OK(rename("f", "d/g"));
    int fd = CHECK_OK(open_handle(AT_FDCWD, &handle, O_RDONLY));
    CHECK_STR(path_of(fd), "g");
}

TEST(openByHandle_afterUnlink_failsEstale) {
    setup();
    close(make_file("f", ""));
    CHECK_OK(mkdir("d", 0755));
    struct handle file, directory;
    int id;
    CHECK_OK(handle_of(AT_FDCWD, "f", &file, &id, 0));
    CHECK_OK(handle_of(AT_FDCWD, "d", &directory, &id, 0));
    int held = REQUIRE_OK(open("f", O_RDONLY));
    CHECK_OK(unlink("f"));
    CHECK_OK(rmdir("d"));
    /* whoever holds it keeps it to be found */
    int again = REQUIRE_OK(open_handle(AT_FDCWD, &file, O_RDONLY));
    close(held);
    close(again);
    CHECK_ERR(open_handle(AT_FDCWD, &file, O_RDONLY), ESTALE);
    CHECK_ERR(open_handle(AT_FDCWD, &directory, O_RDONLY), ESTALE);
    close(make_file("f", ""));
    CHECK_ERR(open_handle(AT_FDCWD, &file, O_RDONLY), ESTALE);
}

TEST(openByHandle_afterOneOfTwoNamesWent_opensIt) {
    setup();
    close(make_file("f", "two names"));
    CHECK_OK(link("f", "g"));
    struct handle handle;
    int id;
    CHECK_OK(handle_of(AT_FDCWD, "f", &handle, &id, 0));
    CHECK_OK(unlink("f"));
    int fd = CHECK_OK(open_handle(AT_FDCWD, &handle, O_RDONLY));
    char text[16] = "";
    CHECK_EQ(read(fd, text, sizeof text), 9);
    close(fd);
    CHECK_OK(unlink("g"));
    CHECK_ERR(open_handle(AT_FDCWD, &handle, O_RDONLY), ESTALE);
}

TEST(openByHandle_ofOtherFileSystem_failsEstale) {
    setup();
    close(make_file("f", ""));
    CHECK_OK(mkdir("other", 0755));
    REQUIRE_OK(mount("none", "other", "tmpfs", 0, NULL));
    close(make_file("other/f", ""));
    struct handle handle;
    int id;
    CHECK_OK(handle_of(AT_FDCWD, "f", &handle, &id, 0));
    int other = REQUIRE_OK(open("other", O_RDONLY));
    CHECK_ERR(open_handle(other, &handle, O_RDONLY), ESTALE);
    handle.type = 1 << 20;
    CHECK_ERR(open_handle(AT_FDCWD, &handle, O_RDONLY), EINVAL);
    handle.type = -1;
    CHECK_ERR(open_handle(AT_FDCWD, &handle, O_RDONLY), EINVAL);
    handle.type = 1;
    handle.bytes = 8;
    CHECK_ERR(open_handle(AT_FDCWD, &handle, O_RDONLY), ESTALE);
    handle.bytes = 14;
    CHECK_OK(open_handle(AT_FDCWD, &handle, O_RDONLY));
}

TEST(openByHandle_ofSymlink_isTheLink) {
    setup();
    close(make_file("f", ""));
    CHECK_OK(symlink("f", "l"));
    struct handle link, followed, file;
    int id;
    CHECK_OK(handle_of(AT_FDCWD, "l", &link, &id, 0));
    CHECK_OK(handle_of(AT_FDCWD, "l", &followed, &id, AT_SYMLINK_FOLLOW));
    CHECK_OK(handle_of(AT_FDCWD, "f", &file, &id, 0));
    CHECK_EQ(memcmp(followed.data, file.data, 12), 0);
    CHECK(memcmp(link.data, file.data, 12) != 0);
    CHECK_ERR(open_handle(AT_FDCWD, &link, O_RDONLY), ELOOP);
    int fd = CHECK_OK(open_handle(AT_FDCWD, &link, O_PATH | O_NOFOLLOW));
    struct stat a;
    CHECK_OK(fstat(fd, &a));
    CHECK(S_ISLNK(a.st_mode));
}

TEST(openByHandle_ofEmptyPath_isTheDescriptor) {
    setup();
    int fd = make_file("f", "");
    struct handle handle, named;
    int id;
    CHECK_OK(handle_of(fd, "", &handle, &id, AT_EMPTY_PATH));
    CHECK_OK(handle_of(AT_FDCWD, "f", &named, &id, 0));
    CHECK_EQ(memcmp(handle.data, named.data, 12), 0);
    CHECK_ERR(handle_of(fd, "", &handle, &id, 0), ENOENT);
}

TEST(nameToHandle_withSmallBuffer_failsEoverflow) {
    setup();
    close(make_file("f", ""));
    struct handle handle = {0};
    int id = -1;
    CHECK_ERR(syscall(SYS_name_to_handle_at, AT_FDCWD, "f", &handle, &id, 0), EOVERFLOW);
    CHECK_EQ(handle.bytes, 12);
    CHECK(id != -1);
    handle.bytes = 129;
    CHECK_ERR(syscall(SYS_name_to_handle_at, AT_FDCWD, "f", &handle, &id, 0), EINVAL);
    handle.bytes = 15;
    CHECK_OK(syscall(SYS_name_to_handle_at, AT_FDCWD, "f", &handle, &id, 0));
    CHECK_EQ(handle.bytes, 12);
}

TEST(nameToHandle_withWrongArguments_fails) {
    setup();
    close(make_file("f", ""));
    struct handle handle;
    int id;
    CHECK_ERR(handle_of(AT_FDCWD, "f", &handle, &id, AT_SYMLINK_NOFOLLOW), EINVAL);
    CHECK_ERR(handle_of(AT_FDCWD, "f", &handle, &id, 0x10000), EINVAL);
    CHECK_ERR(handle_of(AT_FDCWD, "none", &handle, &id, 0), ENOENT);
    CHECK_ERR(handle_of(-1, "f", &handle, &id, 0), EBADF);
    CHECK_ERR(handle_of(AT_FDCWD, "f", &handle, NULL, 0), EFAULT);
    CHECK_ERR(syscall(SYS_name_to_handle_at, AT_FDCWD, "f", NULL, &id, 0), EFAULT);
    CHECK_OK(handle_of(AT_FDCWD, "f", &handle, &id, 0));
    CHECK_ERR(open_handle(-1, &handle, O_RDONLY), EBADF);
    CHECK_ERR(syscall(SYS_open_by_handle_at, AT_FDCWD, NULL, O_RDONLY), EFAULT);
    handle.bytes = 0;
    CHECK_ERR(open_handle(AT_FDCWD, &handle, O_RDONLY), EINVAL);
    handle.bytes = 129;
    CHECK_ERR(open_handle(AT_FDCWD, &handle, O_RDONLY), EINVAL);
}

TEST(nameToHandle_ofProc_givesIdentifierOnly) {
    setup();
    struct handle one, two, file;
    int id;
    CHECK_ERR(handle_of(AT_FDCWD, "/proc", &one, &id, 0), EOPNOTSUPP);
    if (handle_of(AT_FDCWD, "/proc", &one, &id, AT_HANDLE_FID) < 0 && errno == EINVAL) {
        SKIP("this kernel has no AT_HANDLE_FID");
    }
    CHECK_OK(handle_of(AT_FDCWD, "/proc", &two, &id, AT_HANDLE_FID));
    CHECK_EQ(one.bytes, two.bytes);
    CHECK_EQ(one.type, two.type);
    CHECK_EQ(memcmp(one.data, two.data, one.bytes), 0);
    CHECK_OK(handle_of(AT_FDCWD, "/proc/version", &two, &id, AT_HANDLE_FID));
    CHECK(memcmp(one.data, two.data, one.bytes) != 0);
    int proc = REQUIRE_OK(open("/proc", O_RDONLY));
    CHECK_ERR(open_handle(proc, &one, O_RDONLY), ESTALE);
    close(make_file("f", ""));
    CHECK_OK(handle_of(AT_FDCWD, "f", &file, &id, AT_HANDLE_FID));
    CHECK_OK(open_handle(AT_FDCWD, &file, O_RDONLY));
}

TEST(nameToHandle_ofOverlay_givesIdentifierOnly) {
    setup();
    CHECK_OK(mkdir("lower", 0755));
    CHECK_OK(mkdir("upper", 0755));
    CHECK_OK(mkdir("work", 0755));
    CHECK_OK(mkdir("o", 0755));
    close(make_file("lower/f", ""));
    if (mount("none", "o", "overlay", 0, "lowerdir=lower,upperdir=upper,workdir=work") < 0) {
        SKIP("no overlay: %s", check_errno(errno));
    }
    struct handle handle;
    int id;
    CHECK_ERR(handle_of(AT_FDCWD, "o/f", &handle, &id, 0), EOPNOTSUPP);
    CHECK_OK(handle_of(AT_FDCWD, "o/f", &handle, &id, AT_HANDLE_FID));
    CHECK_EQ(id, about("o/f", STATX_MNT_ID).stx_mnt_id);
    int overlay = REQUIRE_OK(open("o", O_RDONLY));
    CHECK_ERR(open_handle(overlay, &handle, O_RDONLY), ESTALE);
}

TEST(nameToHandle_withUniqueId_givesIdOfStatx) {
    setup();
    close(make_file("f", ""));
    struct handle handle;
    uint64_t id = 0;
    struct statx known = about("f", STATX_MNT_ID_UNIQUE);
    if (!(known.stx_mask & STATX_MNT_ID_UNIQUE)) SKIP("this kernel has no unique mount ids");
    CHECK(!(known.stx_mask & STATX_MNT_ID));
    CHECK(known.stx_mnt_id > 1u << 31);
    if (handle_of(AT_FDCWD, "f", &handle, &id, AT_HANDLE_MNT_ID_UNIQUE) < 0 && errno == EINVAL) {
        SKIP("this kernel has no AT_HANDLE_MNT_ID_UNIQUE");
    }
    CHECK_EQ(id, known.stx_mnt_id);
    struct statx plain = about("f", 0);
    CHECK(plain.stx_mask & STATX_MNT_ID);
    CHECK(plain.stx_mnt_id != known.stx_mnt_id);
}

TEST(openByHandle_withoutCapability_failsEperm) {
    setup();
    close(make_file("f", ""));
    CHECK_OK(mkdir("d", 0755));
    struct handle handle, directory;
    int id;
    CHECK_OK(handle_of(AT_FDCWD, "d", &directory, &id, 0));
    drop_capabilities();
    CHECK_OK(handle_of(AT_FDCWD, "f", &handle, &id, 0));
    CHECK_ERR(open_handle(AT_FDCWD, &handle, O_RDONLY), EPERM);
    CHECK_ERR(open_handle(AT_FDCWD, &directory, O_RDONLY | O_DIRECTORY), EPERM);
    /* the descriptor is looked at first */
    CHECK_ERR(open_handle(-1, &handle, O_RDONLY), EBADF);
}

TEST(openByHandle_checksFilePermissions) {
    setup();
    close(make_file("f", ""));
    CHECK_OK(chmod("f", 0400));
    struct handle handle;
    int id;
    CHECK_OK(handle_of(AT_FDCWD, "f", &handle, &id, 0));
    CHECK_OK(mount(NULL, ".", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL));
    /* "." was looked up before, and is the mount itself */
    CHECK_ERR(open_handle(AT_FDCWD, &handle, O_RDWR), EROFS);
    CHECK_OK(open_handle(AT_FDCWD, &handle, O_RDONLY));
}

TEST(nameToHandle_withConnectable_failsEopnotsupp) {
    setup();
    CHECK_OK(mkdir("d", 0755));
    struct handle handle;
    int id;
    if (handle_of(AT_FDCWD, "d", &handle, &id, AT_HANDLE_CONNECTABLE) < 0 && errno == EINVAL) {
        SKIP("this kernel has no AT_HANDLE_CONNECTABLE");
    }
    CHECK_ERR(handle_of(AT_FDCWD, "d", &handle, &id, AT_HANDLE_CONNECTABLE), EOPNOTSUPP);
    CHECK_ERR(handle_of(AT_FDCWD, "/proc", &handle, &id, AT_HANDLE_CONNECTABLE), EOPNOTSUPP);
    CHECK_ERR(handle_of(AT_FDCWD, "d", &handle, &id, AT_HANDLE_CONNECTABLE | AT_HANDLE_FID), EINVAL);
}

TEST(openByHandle_ofFifo_waitsForTheOtherSide) {
    setup();
    CHECK_OK(mkfifo("p", 0644));
    struct handle handle;
    int id;
    CHECK_OK(handle_of(AT_FDCWD, "p", &handle, &id, 0));
    pid_t writer = START_CHILD({
        int fd = REQUIRE_OK(open_handle(AT_FDCWD, &handle, O_WRONLY));
        CHECK_EQ(write(fd, "x", 1), 1);
    });
    int fd = REQUIRE_OK(open_handle(AT_FDCWD, &handle, O_RDONLY));
    char byte = 0;
    CHECK_EQ(read(fd, &byte, 1), 1);
    CHECK_EQ(byte, 'x');
    CHECK_EQ(wait_for(writer), 0);
}

TEST(openByHandle_withTmpfile_makesOneInTheDirectory) {
    setup();
    CHECK_OK(mkdir("d", 0755));
    struct handle handle;
    int id;
    CHECK_OK(handle_of(AT_FDCWD, "d", &handle, &id, 0));
    int fd = CHECK_OK(open_handle(AT_FDCWD, &handle, O_TMPFILE | O_RDWR));
    CHECK_EQ(write(fd, "x", 1), 1);
    CHECK_ERR(open_handle(AT_FDCWD, &handle, O_TMPFILE | O_RDONLY), EINVAL);
}

TEST(openByHandle_ofManyRemovedFiles_findsTheRest) {
    setup();
    struct handle keep, gone;
    int id;
    close(make_file("keep", "kept"));
    CHECK_OK(handle_of(AT_FDCWD, "keep", &keep, &id, 0));
    for (int i = 0; i < 500; i++) {
        close(open("f", O_CREAT | O_WRONLY, 0644));
        CHECK_OK(handle_of(AT_FDCWD, "f", &gone, &id, 0));
        CHECK_OK(unlink("f"));
    }
    CHECK_ERR(open_handle(AT_FDCWD, &gone, O_RDONLY), ESTALE);
    CHECK_OK(open_handle(AT_FDCWD, &keep, O_RDONLY));
}

TEST(openByHandle_inOwnUserNamespace_opensDirectoriesOfOwnMount) {
    need_root();
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0) SKIP("unshare gives %s", check_errno(errno));
    int maps = REQUIRE_OK(open("/proc/self/setgroups", O_WRONLY));
    CHECK_EQ(write(maps, "deny", 4), 4);
    maps = REQUIRE_OK(open("/proc/self/uid_map", O_WRONLY));
    CHECK_EQ(write(maps, "0 0 1\n", 6), 6);
    maps = REQUIRE_OK(open("/proc/self/gid_map", O_WRONLY));
    CHECK_EQ(write(maps, "0 0 1\n", 6), 6);
    CHECK_OK(mkdir("m", 0755));
    REQUIRE_OK(mount("none", "m", "tmpfs", 0, NULL));
    REQUIRE_OK(chdir("m"));
    CHECK_OK(mkdir("d", 0755));
    close(make_file("f", ""));
    struct handle directory, file;
    int id;
    CHECK_OK(handle_of(AT_FDCWD, "d", &directory, &id, 0));
    CHECK_OK(handle_of(AT_FDCWD, "f", &file, &id, 0));
    CHECK_ERR(open_handle(AT_FDCWD, &file, O_RDONLY), EPERM);
    CHECK_ERR(open_handle(AT_FDCWD, &directory, O_RDONLY), EPERM);
    if (open_handle(AT_FDCWD, &directory, O_RDONLY | O_DIRECTORY) < 0) {
        if (errno == EPERM) SKIP("this kernel wants the capability outside");
        CHECK_EQ(errno, 0);
    }
    CHECK_ERR(open_handle(AT_FDCWD, &file, O_RDONLY | O_DIRECTORY), ESTALE);
}

/* Where the second version of control groups is mounted. */
static bool enter_cgroups(void) {
    static char line[4096], place[4096];
    FILE *mounts = fopen("/proc/self/mounts", "r");
    while (fgets(line, sizeof line, mounts)) {
        char type[64];
        if (sscanf(line, "%*s %4095s %63s", place, type) == 2 && strcmp(type, "cgroup2") == 0) {
            fclose(mounts);
            return chdir(place) == 0;
        }
    }
    fclose(mounts);
    return false;
}

TEST(openByHandle_ofControlGroup_isItsNumber) {
    need_root();
    if (!enter_cgroups()) SKIP("no control groups");
    char name[64];
    snprintf(name, sizeof name, "handles-%d", getpid());
    if (mkdir(name, 0755) < 0) SKIP("no new group: %s", check_errno(errno));
    struct handle handle, file;
    int id;
    struct stat a, b;
    if (handle_of(AT_FDCWD, name, &handle, &id, 0) < 0) {
        rmdir(name);
        SKIP("no handles: %s", check_errno(errno));
    }
    CHECK_OK(stat(name, &a));
    CHECK_EQ(handle.bytes, 8);
    CHECK_EQ(handle.type, 0xfe);
    CHECK_EQ(*(uint64_t *)handle.data, a.st_ino);
    int top = REQUIRE_OK(open(".", O_RDONLY));
    int fd = CHECK_OK(open_handle(top, &handle, O_RDONLY | O_DIRECTORY));
    CHECK_OK(fstat(fd, &b));
    CHECK_EQ(b.st_ino, a.st_ino);
    CHECK_STR(path_of(fd), name);
    int procs = CHECK_OK(openat(fd, "cgroup.procs", O_RDONLY));
    CHECK_OK(handle_of(fd, "cgroup.procs", &file, &id, 0));
    close(procs);
    procs = CHECK_OK(open_handle(top, &file, O_RDONLY));
    char byte;
    CHECK_EQ(read(procs, &byte, 1), 0);
    close(procs);
    close(fd);
    CHECK_OK(rmdir(name));
    CHECK_ERR(open_handle(top, &handle, O_RDONLY), ESTALE);
    CHECK_ERR(open_handle(top, &file, O_RDONLY), ESTALE);
}
