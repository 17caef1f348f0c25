/*
 * Idmapped mounts: MOUNT_ATTR_IDMAP of mount_setattr(2) and open_tree_attr(2), and what becomes of owners, permissions,
 * new files, set-id programs, access control lists and file capabilities behind such a mount. In a mount namespace of the
 * test's own. Unless a test says otherwise "s" is a tmpfs that can be seen as it is, and "m" the same one through a map
 * that shows the ids 0 to 9999 of files as 10000 to 19999.
 */
#include "check.h"

#include <grp.h>
#include <sys/file.h>
#include <sys/fsuid.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/xattr.h>

#define IDMAP 0x100000ULL
#define TREE_CLONE 1
#define TREE_RECURSIVE 0x8000
#define MOVE_F_EMPTY_PATH 4

struct attributes {
    uint64_t set, clear, propagation, space;
};

/* A user namespace whose users and groups are mapped alike: "first above count". */
static int space_of(const char *map) {
    int ready[2], stay[2];
    REQUIRE_OK(pipe(ready));
    REQUIRE_OK(pipe(stay));
    pid_t child = START_CHILD({
        char byte = 0;
        close(stay[1]);
        if (unshare(CLONE_NEWUSER) < 0) _exit(1);
        if (write(ready[1], &byte, 1) != 1) _exit(1);
        while (read(stay[0], &byte, 1) > 0);
    });
    char byte, path[64];
    close(ready[1]);
    REQUIRE(read(ready[0], &byte, 1) == 1);
    for (int i = 0; map && i < 2; i++) {
        snprintf(path, sizeof path, "/proc/%d/%s_map", child, i ? "gid" : "uid");
        int fd = REQUIRE_OK(open(path, O_WRONLY));
        REQUIRE(write(fd, map, strlen(map)) == (ssize_t)strlen(map));
        close(fd);
    }
    snprintf(path, sizeof path, "/proc/%d/ns/user", child);
    int space = REQUIRE_OK(open(path, O_RDONLY | O_CLOEXEC));
    close(stay[1]);
    close(stay[0]);
    close(ready[0]);
    wait_for(child);
    return space;
}

static int clone_of(const char *path, unsigned flags) {
    return syscall(SYS_open_tree, AT_FDCWD, path, TREE_CLONE | O_CLOEXEC | flags);
}

static int change(int fd, const char *path, unsigned flags, uint64_t set, uint64_t clear, uint64_t space) {
    struct attributes wanted = {.set = set, .clear = clear, .space = space};
    return syscall(SYS_mount_setattr, fd, path, flags, &wanted, sizeof wanted);
}

static int give_map(int fd, int space) {
    return change(fd, "", AT_EMPTY_PATH, IDMAP, 0, space);
}

static int place(int fd, const char *to) {
    return syscall(SYS_move_mount, fd, "", AT_FDCWD, to, MOVE_F_EMPTY_PATH);
}

static void own_mounts(void) {
    need_root();
    if (unshare(CLONE_NEWNS) < 0) SKIP("unshare gives %s", check_errno(errno));
    CHECK_OK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
    REQUIRE_OK(chmod(".", 0755));
    REQUIRE_OK(mkdir("s", 0755));
    REQUIRE_OK(mkdir("m", 0755));
    REQUIRE_OK(mount("idmap-test", "s", "tmpfs", 0, "mode=777"));
}

static void map_as(const char *map) {
    int tree = REQUIRE_OK(clone_of("s", 0));
    int space = space_of(map);
    REQUIRE_OK(give_map(tree, space));
    close(space);
    REQUIRE_OK(place(tree, "m"));
    close(tree);
}

static void setup(void) {
    own_mounts();
    map_as("0 10000 10000");
    umask(0);
}

static void file_of(const char *path, int uid, int gid, int mode) {
    close(make_file(path, "text"));
    REQUIRE_OK(chown(path, uid, gid));
    REQUIRE_OK(chmod(path, mode));
}

static void dir_of(const char *path, int uid, int gid, int mode) {
    REQUIRE_OK(mkdir(path, 0700));
    REQUIRE_OK(chown(path, uid, gid));
    REQUIRE_OK(chmod(path, mode));
}

/* Owner and group in one number, for comparison. */
static long owners(const char *path) {
    struct stat st;
    struct statx stx;
    if (lstat(path, &st) < 0) return -errno;
    CHECK_OK(statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &stx));
    CHECK_EQ(stx.stx_uid, st.st_uid);
    CHECK_EQ(stx.stx_gid, st.st_gid);
    return st.st_uid * 1000000L + st.st_gid;
}

#define OWNERS(uid, gid) ((uid)*1000000L + (gid))

static int mode_of(const char *path) {
    struct stat st = {0};
    CHECK_OK(lstat(path, &st));
    return st.st_mode & 07777;
}

/* Becomes an ordinary user for good. */
static void become(int uid, int gid) {
    REQUIRE_OK(setgroups(0, NULL));
    REQUIRE_OK(setresgid(gid, gid, gid));
    REQUIRE_OK(setresuid(uid, uid, uid));
    REQUIRE_OK(prctl(PR_SET_DUMPABLE, 1));
}

#define AS(uid, gid, ...) CHECK_EQ(IN_CHILD(become(uid, gid); __VA_ARGS__), 0)

TEST(mountSetattr_ofIdmap_asksForAUserNamespace) {
    own_mounts();
    int tree = REQUIRE_OK(clone_of("s", 0));
    CHECK_ERR(give_map(tree, -1), EINVAL);
    CHECK_ERR(change(tree, "", AT_EMPTY_PATH, IDMAP, 0, 1ULL << 32), EINVAL);
    CHECK_ERR(give_map(tree, 999), EBADF);
    CHECK_ERR(give_map(tree, tree), EBADF);
    int file = make_file("f", ""), mounts = REQUIRE_OK(open("/proc/self/ns/mnt", O_RDONLY));
    CHECK_ERR(give_map(tree, file), EINVAL);
    CHECK_ERR(give_map(tree, mounts), EINVAL);
    CHECK_ERR(change(-1, "nosuch", 0, IDMAP, 0, 999), EBADF);
    /* A namespace without a map has nothing to give. */
    CHECK_ERR(give_map(tree, space_of(NULL)), EINVAL);
    CHECK_ERR(change(tree, "", AT_EMPTY_PATH, 0, IDMAP, space_of("0 10000 1")), EINVAL);
    CHECK_ERR(change(tree, "", AT_EMPTY_PATH, IDMAP, IDMAP, space_of("0 10000 1")), EINVAL);
}

TEST(mountSetattr_ofIdmap_refusesTheInitialNamespace) {
    own_mounts();
    int tree = REQUIRE_OK(clone_of("s", 0));
    CHECK_ERR(give_map(tree, REQUIRE_OK(open("/proc/self/ns/user", O_RDONLY))), EPERM);
}

TEST(mountSetattr_ofIdmap_isForDetachedMountsOnly) {
    own_mounts();
    int space = space_of("0 10000 10000");
    CHECK_ERR(change(AT_FDCWD, "s", 0, IDMAP, 0, space), EINVAL);
    int tree = REQUIRE_OK(clone_of("s", 0));
    CHECK_OK(place(tree, "m"));
    CHECK_ERR(give_map(tree, space), EINVAL);
    int context = REQUIRE_OK(syscall(SYS_fsopen, "tmpfs", 1));
    CHECK_OK(syscall(SYS_fsconfig, context, 6, NULL, NULL, 0));
    int fresh = REQUIRE_OK(syscall(SYS_fsmount, context, 1, 0));
    CHECK_OK(give_map(fresh, space));
    CHECK_OK(place(fresh, "m"));
    CHECK_EQ(owners("m"), OWNERS(10000, 10000));
}

TEST(mountSetattr_ofIdmap_isGivenOnce) {
    own_mounts();
    int tree = REQUIRE_OK(clone_of("s", 0)), space = space_of("0 10000 10000");
    CHECK_OK(give_map(tree, space));
    CHECK_ERR(give_map(tree, space), EPERM);
    CHECK_ERR(give_map(tree, space_of("0 20000 10")), EPERM);
    CHECK_ERR(change(tree, "", AT_EMPTY_PATH, 0, IDMAP, 0), EINVAL);
    CHECK_OK(place(tree, "m"));
    int again = REQUIRE_OK(clone_of("m", 0));
    CHECK_ERR(give_map(again, space), EPERM);
}

TEST(mountSetattr_ofIdmap_isNotForAllFileSystems) {
    own_mounts();
    int space = space_of("0 10000 10000");
    static const char *const types[] = {"proc", "sysfs", "devpts", "mqueue", "ramfs", "cgroup2"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (mount("x", "m", types[i], 0, NULL) < 0) continue;
        int tree = REQUIRE_OK(clone_of("m", 0));
        CHECK_ERR(give_map(tree, space), EINVAL);
        close(tree);
        CHECK_OK(umount("m"));
    }
    /* All or none of a tree. */
    REQUIRE_OK(mkdir("s/p", 0755));
    REQUIRE_OK(mount("x", "s/p", "proc", 0, NULL));
    int tree = REQUIRE_OK(clone_of("s", TREE_RECURSIVE));
    CHECK_ERR(change(tree, "", AT_EMPTY_PATH | TREE_RECURSIVE, IDMAP, 0, space), EINVAL);
    CHECK_OK(place(tree, "m"));
    CHECK_EQ(owners("m"), 0);
}

TEST(mountSetattr_ofIdmapRecursive_mapsWhatIsBelow) {
    own_mounts();
    REQUIRE_OK(mkdir("s/t", 0755));
    REQUIRE_OK(mount("x", "s/t", "tmpfs", 0, NULL));
    file_of("s/t/f", 5, 6, 0644);
    int tree = REQUIRE_OK(clone_of("s", TREE_RECURSIVE));
    CHECK_OK(change(tree, "", AT_EMPTY_PATH | TREE_RECURSIVE, IDMAP, 0, space_of("0 10000 10000")));
    CHECK_OK(place(tree, "m"));
    CHECK_EQ(owners("m/t/f"), OWNERS(10005, 10006));
    CHECK_EQ(owners("s/t/f"), OWNERS(5, 6));
}

TEST(mountSetattr_ofIdmapWithWriter_failsBusy) {
    own_mounts();
    int tree = REQUIRE_OK(clone_of("s", 0));
    int file = REQUIRE_OK(openat(tree, "f", O_CREAT | O_WRONLY, 0644));
    int space = space_of("0 10000 10000");
    CHECK_ERR(give_map(tree, space), EBUSY);
    close(file);
    CHECK_OK(give_map(tree, space));
}

TEST(mountSetattr_ofIdmapWithoutPrivilege_fails) {
    own_mounts();
    int space = space_of("0 10000 10000");
    CHECK_EQ(IN_CHILD({
        int own;
        REQUIRE_OK(unshare(CLONE_NEWUSER | CLONE_NEWNS));
        REQUIRE_OK(own = clone_of("s", TREE_RECURSIVE));
        /* Neither the namespace nor the file system is its to rule. */
        CHECK_ERR(give_map(own, space), EPERM);
    }), 0);
    CHECK_EQ(IN_CHILD({
        struct attributes wanted = {.set = IDMAP, .space = space};
        become(1, 1);
        CHECK_ERR(syscall(SYS_mount_setattr, AT_FDCWD, "s", 0, &wanted, sizeof wanted), EPERM);
    }), 0);
}

TEST(openTreeAttr_ofMappedMount_replacesTheMap) {
    setup();
    file_of("s/f", 5, 6, 0644);
    struct attributes wanted = {.set = IDMAP, .clear = IDMAP, .space = space_of("0 20000 10000")};
    int tree = syscall(467, AT_FDCWD, "m", TREE_CLONE, &wanted, sizeof wanted);
    if (tree < 0 && errno == ENOSYS) SKIP("no open_tree_attr");
    REQUIRE_OK(tree);
    REQUIRE_OK(mkdir("n", 0755));
    CHECK_OK(place(tree, "n"));
    CHECK_EQ(owners("n/f"), OWNERS(20005, 20006));
    CHECK_EQ(owners("m/f"), OWNERS(10005, 10006));
    wanted = (struct attributes){.clear = IDMAP};
    tree = REQUIRE_OK(syscall(467, AT_FDCWD, "m", TREE_CLONE, &wanted, sizeof wanted));
    CHECK_OK(place(tree, "n"));
    CHECK_EQ(owners("n/f"), OWNERS(5, 6));
    /* Without a copy there is nothing that nobody has seen. */
    CHECK_ERR(syscall(467, AT_FDCWD, "m", 0, &wanted, sizeof wanted), EINVAL);
}

TEST(stat_behindMap_showsMappedOwners) {
    setup();
    file_of("s/a", 0, 0, 0644);
    file_of("s/b", 77, 88, 0644);
    file_of("s/c", 10000, 5, 0644);
    CHECK_EQ(owners("m/a"), OWNERS(10000, 10000));
    CHECK_EQ(owners("m/b"), OWNERS(10077, 10088));
    CHECK_EQ(owners("m/c"), OWNERS(65534, 10005));
    struct stat st = {0};
    int fd = REQUIRE_OK(open("m/b", O_RDONLY)), path = REQUIRE_OK(open("m/b", O_PATH));
    CHECK_OK(fstat(fd, &st));
    CHECK_EQ(OWNERS(st.st_uid, st.st_gid), OWNERS(10077, 10088));
    CHECK_OK(fstatat(path, "", &st, AT_EMPTY_PATH));
    CHECK_EQ(OWNERS(st.st_uid, st.st_gid), OWNERS(10077, 10088));
    CHECK_EQ(owners("s/b"), OWNERS(77, 88));
    CHECK_EQ(owners("m"), OWNERS(10000, 10000));
    /* A bind mount of a mapped one is mapped, too. */
    REQUIRE_OK(mkdir("n", 0755));
    REQUIRE_OK(mount("m", "n", NULL, MS_BIND, NULL));
    CHECK_EQ(owners("n/b"), OWNERS(10077, 10088));
    REQUIRE_OK(unshare(CLONE_NEWNS));
    CHECK_EQ(owners("n/b"), OWNERS(10077, 10088));
}

TEST(open_behindMap_checksMappedOwners) {
    setup();
    file_of("s/u", 100, 200, 0600);
    file_of("s/g", 0, 200, 0060);
    file_of("s/x", 50000, 200, 0666);
    AS(10100, 1, CHECK_OK(open("m/u", O_RDWR)); CHECK_ERR(open("s/u", O_RDONLY), EACCES);
       CHECK_OK(access("m/u", R_OK | W_OK)); CHECK_ERR(access("s/u", R_OK), EACCES));
    AS(100, 1, CHECK_ERR(open("m/u", O_RDONLY), EACCES); CHECK_OK(open("s/u", O_RDWR)));
    AS(1, 10200, CHECK_OK(open("m/g", O_RDWR)); CHECK_ERR(open("s/g", O_RDONLY), EACCES));
    AS(1, 200, CHECK_ERR(open("m/g", O_RDWR), EACCES); CHECK_OK(open("s/g", O_RDWR)));
    CHECK_EQ(IN_CHILD({
        gid_t more = 10200;
        REQUIRE_OK(setgroups(1, &more));
        REQUIRE_OK(setresuid(1, 1, 1));
        CHECK_OK(open("m/g", O_RDWR));
    }), 0);
    /* What has an owner without a name can be read, but not written. */
    CHECK_OK(open("m/x", O_RDONLY));
    CHECK_ERR(open("m/x", O_RDWR), EACCES);
    CHECK_ERR(truncate("m/x", 0), EACCES);
    CHECK_ERR(access("m/x", W_OK), EACCES);
    CHECK_OK(open("s/x", O_RDWR));
    CHECK_OK(open("m/u", O_RDWR));
}

TEST(search_behindMap_checksMappedOwners) {
    setup();
    dir_of("s/d", 100, 200, 0700);
    file_of("s/d/f", 100, 200, 0644);
    AS(10100, 1, CHECK_OK(open("m/d/f", O_RDONLY)); CHECK_ERR(open("s/d/f", O_RDONLY), EACCES); CHECK_OK(chdir("m/d"));
       CHECK_OK(open("f", O_RDONLY)));
    AS(100, 1, CHECK_ERR(open("m/d/f", O_RDONLY), EACCES); CHECK_ERR(chdir("m/d"), EACCES); CHECK_OK(chdir("s/d")));
    AS(10100, 1, int watch = REQUIRE_OK(inotify_init1(0)); CHECK_OK(inotify_add_watch(watch, "m/d", IN_CREATE));
       CHECK_ERR(inotify_add_watch(watch, "s/d", IN_CREATE), EACCES));
}

TEST(creation_behindMap_givesStoredOwners) {
    setup();
    AS(10003, 10004, {
        struct sockaddr_un name = {AF_UNIX, "m/sock"};
        int socket_fd = REQUIRE_OK(socket(AF_UNIX, SOCK_STREAM, 0));
        CHECK_OK(open("m/file", O_CREAT | O_EXCL | O_RDWR, 0600));
        CHECK_OK(mkdir("m/dir", 0700));
        CHECK_OK(symlink("x", "m/link"));
        CHECK_OK(mkfifo("m/fifo", 0600));
        CHECK_OK(mknod("m/white", S_IFCHR, 0));
        CHECK_OK(bind(socket_fd, (struct sockaddr *)&name, sizeof name));
        int fd = REQUIRE_OK(open("m", O_TMPFILE | O_RDWR, 0600));
        char from[64];
        snprintf(from, sizeof from, "/proc/self/fd/%d", fd);
        CHECK_OK(linkat(AT_FDCWD, from, AT_FDCWD, "m/temp", AT_SYMLINK_FOLLOW));
    });
    static const char *const names[] = {"file", "dir", "link", "fifo", "white", "sock", "temp"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[64];
        snprintf(path, sizeof path, "m/%s", names[i]);
        CHECK_EQ(owners(path), OWNERS(10003, 10004));
        path[0] = 's';
        CHECK_EQ(owners(path), OWNERS(3, 4));
    }
}

TEST(creation_byWhoHasNoStoredId_overflows) {
    setup();
    file_of("s/f", 0, 0, 0666);
    dir_of("s/d", 0, 0, 0777);
    CHECK_ERR(open("m/new", O_CREAT | O_RDWR, 0600), EOVERFLOW);
    CHECK_ERR(mkdir("m/new", 0700), EOVERFLOW);
    CHECK_ERR(symlink("x", "m/new"), EOVERFLOW);
    CHECK_ERR(mknod("m/new", S_IFREG | 0600, 0), EOVERFLOW);
    CHECK_ERR(link("m/f", "m/new"), EOVERFLOW);
    CHECK_OK(rename("m/f", "m/f"));
    CHECK_ERR(rename("m/f", "m/new"), EOVERFLOW);
    CHECK_OK(open("m/f", O_CREAT | O_RDWR, 0600));
    CHECK_OK(unlink("m/f"));
    CHECK_OK(rmdir("m/d"));
    /* Only the ids that new files get count. */
    CHECK_OK(syscall(SYS_setfsgid, 10000));
    CHECK_ERR(mkdir("m/new", 0700), EOVERFLOW);
    setfsuid(10000);
    CHECK_OK(mkdir("m/new", 0700));
    CHECK_EQ(owners("s/new"), OWNERS(0, 0));
}

TEST(removal_ofFileWithoutShownOwner_overflows) {
    setup();
    file_of("s/f", 20000, 0, 0666);
    dir_of("s/d", 0, 20000, 0777);
    CHECK_ERR(unlink("m/f"), EOVERFLOW);
    CHECK_ERR(rmdir("m/d"), EOVERFLOW);
    setfsgid(10000);
    setfsuid(10000);
    CHECK_ERR(rename("m/f", "m/g"), EOVERFLOW);
    CHECK_ERR(link("m/f", "m/g"), EOVERFLOW);
    CHECK_ERR(chmod("m/f", 0600), EOVERFLOW);
    CHECK_ERR(utimes("m/f", NULL), EACCES);
    CHECK_ERR(open("m/d/f", O_CREAT | O_RDWR, 0600), EACCES);
}

TEST(chown_behindMap_takesShownIds) {
    setup();
    file_of("s/f", 1, 1, 0644);
    CHECK_OK(chown("m/f", 10005, 10006));
    CHECK_EQ(owners("s/f"), OWNERS(5, 6));
    CHECK_EQ(owners("m/f"), OWNERS(10005, 10006));
    CHECK_ERR(chown("m/f", 5, -1), EOVERFLOW);
    CHECK_ERR(chown("m/f", -1, 20000), EOVERFLOW);
    CHECK_OK(chown("m/f", -1, -1));
    int fd = REQUIRE_OK(open("m/f", O_RDONLY));
    CHECK_OK(fchown(fd, 10007, -1));
    CHECK_EQ(owners("s/f"), OWNERS(7, 6));
    AS(10007, 10006, CHECK_OK(chown("m/f", 10007, 10006)); CHECK_ERR(chown("m/f", 10008, -1), EPERM);
       CHECK_ERR(chown("m/f", 8, -1), EOVERFLOW));
    AS(7, 6, CHECK_ERR(chown("m/f", -1, 10006), EPERM); CHECK_ERR(chmod("m/f", 0600), EPERM));
    CHECK_EQ(IN_CHILD({
        gid_t more = 10009;
        REQUIRE_OK(setgroups(1, &more));
        REQUIRE_OK(setresuid(10007, 10007, 10007));
        CHECK_OK(chown("m/f", -1, 10009));
        CHECK_ERR(chown("m/f", -1, 10008), EPERM);
    }), 0);
    CHECK_EQ(owners("s/f"), OWNERS(7, 9));
    /* Both must be made valid at once. */
    file_of("s/x", 30000, 30000, 0644);
    CHECK_ERR(chown("m/x", 10001, -1), EOVERFLOW);
    CHECK_ERR(chown("m/x", -1, 10001), EOVERFLOW);
    CHECK_OK(chown("m/x", 10001, 10001));
    CHECK_EQ(owners("s/x"), OWNERS(1, 1));
}

TEST(chmod_behindMap_isTheShownOwners) {
    setup();
    file_of("s/f", 100, 200, 0644);
    AS(10100, 10200, CHECK_OK(chmod("m/f", 02755)); CHECK_OK(utimes("m/f", (struct timeval[2]){{1, 0}, {2, 0}})));
    CHECK_EQ(mode_of("s/f"), 02755);
    AS(10100, 200, CHECK_OK(chmod("m/f", 02755)));
    CHECK_EQ(mode_of("s/f"), 0755);
    AS(100, 200, CHECK_ERR(chmod("m/f", 0777), EPERM); CHECK_ERR(utimes("m/f", NULL), EACCES));
    AS(10100, 1, CHECK_OK(open("m/f", O_RDONLY | O_NOATIME)));
    AS(100, 200, CHECK_ERR(open("m/f", O_RDONLY | O_NOATIME), EPERM));
    AS(10100, 1, int fd = REQUIRE_OK(open("m/f", O_RDONLY)); CHECK_OK(fcntl(fd, F_SETLEASE, F_RDLCK)));
    AS(100, 1, int fd = REQUIRE_OK(open("m/f", O_RDONLY)); CHECK_ERR(fcntl(fd, F_SETLEASE, F_RDLCK), EACCES);
       CHECK_ERR(fcntl(fd, F_SETFL, O_NOATIME), EPERM));
}

TEST(setgidDirectory_behindMap_passesItsGroupOn) {
    setup();
    dir_of("s/d", 0, 300, 02777);
    AS(10001, 10002, CHECK_OK(open("m/d/f", O_CREAT | O_RDWR, 02775)); CHECK_OK(mkdir("m/d/e", 0755)));
    CHECK_EQ(owners("s/d/f"), OWNERS(1, 300));
    CHECK_EQ(owners("m/d/f"), OWNERS(10001, 10300));
    CHECK_EQ(mode_of("s/d/f"), 0775);
    CHECK_EQ(mode_of("s/d/e"), 02755);
    AS(10001, 10300, CHECK_OK(open("m/d/g", O_CREAT | O_RDWR, 02775)));
    CHECK_EQ(mode_of("s/d/g"), 02775);
}

TEST(stickyDirectory_behindMap_protectsShownOwners) {
    setup();
    dir_of("s/d", 500, 500, 01777);
    file_of("s/d/a", 100, 100, 0644);
    file_of("s/d/b", 100, 100, 0644);
    AS(100, 100, CHECK_ERR(unlink("m/d/a"), EPERM); CHECK_ERR(rename("m/d/a", "m/d/c"), EPERM));
    AS(10101, 10101, CHECK_ERR(unlink("m/d/a"), EPERM); CHECK_ERR(rename("m/d/a", "m/d/c"), EPERM));
    AS(10100, 10100, CHECK_OK(rename("m/d/a", "m/d/c")); CHECK_OK(unlink("m/d/c")));
    AS(10500, 10500, CHECK_OK(unlink("m/d/b")));
}

TEST(protectedNames_behindMap_goByShownOwners) {
    setup();
    dir_of("s/d", 500, 500, 01777);
    file_of("s/d/f", 100, 100, 0644);
    file_of("s/d/w", 100, 100, 0666);
    REQUIRE_OK(symlink("f", "s/d/l"));
    REQUIRE_OK(lchown("s/d/l", 100, 100));
    bool links = atoi(text_of("/proc/sys/fs/protected_hardlinks"));
    bool symlinks = atoi(text_of("/proc/sys/fs/protected_symlinks"));
    bool regular = atoi(text_of("/proc/sys/fs/protected_regular"));
    AS(10100, 10100, CHECK_OK(link("m/d/f", "m/d/g")); CHECK_OK(open("m/d/l", O_RDONLY));
       CHECK_OK(open("m/d/w", O_CREAT | O_RDWR, 0600)));
    AS(10101, 10101, if (links) CHECK_ERR(link("m/d/f", "m/d/h"), EPERM);
       if (symlinks) CHECK_ERR(open("m/d/l", O_RDONLY), EACCES);
       if (regular) CHECK_ERR(open("m/d/w", O_CREAT | O_RDWR, 0600), EACCES));
    AS(100, 100, if (symlinks) CHECK_ERR(open("m/d/l", O_RDONLY), EACCES));
}

/* What the program at a path runs as: real and effective ids, and whether it has CAP_NET_RAW. */
static long run_as(const char *path) {
    int out[2], status;
    long result[3] = {-1, -1, -1};
    REQUIRE_OK(pipe(out));
    pid_t child = START_CHILD({
        dup2(out[1], 1);
        execl(path, path, "--ids", NULL);
        _exit(9);
    });
    close(out[1]);
    char text[128] = "";
    ssize_t n, size = 0;
    while (size < 120 && (n = read(out[0], text + size, 120 - size)) > 0) size += n;
    close(out[0]);
    CHECK_EQ(status = wait_for(child), 0);
    sscanf(text, "%ld %ld %ld", &result[0], &result[1], &result[2]);
    return result[2] ? -result[0] : OWNERS(result[0], result[1]);
}

/* Copies a little program that prints its effective ids: this one, called for that. */
static void program(const char *path) {
    char buffer[65536];
    int from = REQUIRE_OK(open("/proc/self/exe", O_RDONLY)), to = REQUIRE_OK(open(path, O_CREAT | O_WRONLY, 0755));
    for (ssize_t n; (n = read(from, buffer, sizeof buffer)) > 0;) REQUIRE(write(to, buffer, n) == n);
    close(from);
    close(to);
}

static void __attribute__((constructor(101))) print_ids(int count, char **arguments) {
    if (count < 2 || strcmp(arguments[1], "--ids")) return;
    char line[512], *caps = NULL;
    FILE *status = fopen("/proc/self/status", "r");
    unsigned long long effective = 0;
    while (status && fgets(line, sizeof line, status))
        if ((caps = strstr(line, "CapEff:"))) sscanf(caps + 7, "%llx", &effective);
    printf("%d %d %d\n", geteuid(), getegid(), (int)(geteuid() && (effective >> 13 & 1)));
    fflush(stdout);
    _exit(0);
}

TEST(exec_ofSetIdProgramBehindMap_takesShownIds) {
    setup();
    program("s/p");
    REQUIRE_OK(chown("s/p", 100, 200));
    REQUIRE_OK(chmod("s/p", 06755));
    AS(1, 1, CHECK_EQ(run_as("m/p"), OWNERS(10100, 10200)); CHECK_EQ(run_as("s/p"), OWNERS(100, 200)));
    REQUIRE_OK(chown("s/p", 30000, 200));
    REQUIRE_OK(chmod("s/p", 06755));
    AS(1, 1, CHECK_EQ(run_as("m/p"), OWNERS(1, 1)));
    REQUIRE_OK(chown("s/p", 100, 200));
    REQUIRE_OK(chmod("s/p", 0700));
    AS(10100, 1, CHECK_EQ(run_as("m/p"), OWNERS(10100, 1)));
    AS(100, 1, CHECK_ERR(execl("m/p", "p", "--ids", NULL), EACCES));
}

struct acl_entry {
    uint16_t tag, permissions;
    uint32_t id;
};

struct acl {
    uint32_t version;
    struct acl_entry entries[5];
};

/* rw for the owner, and for one other user or group. */
static struct acl acl_for(uint16_t tag, uint32_t id) {
    struct acl list = {2, {{1, 6, -1}, {2, 6, 0}, {4, 0, -1}, {16, 6, -1}, {32, 0, -1}}};
    if (tag == 2)
        list.entries[1].id = id;
    else {
        list.entries[1] = (struct acl_entry){4, 0, -1};
        list.entries[2] = (struct acl_entry){8, 6, id};
    }
    return list;
}

TEST(acl_behindMap_namesShownIds) {
    setup();
    file_of("s/f", 1, 1, 0600);
    file_of("s/g", 1, 1, 0600);
    struct acl user = acl_for(2, 77), group = acl_for(8, 10088), got;
    if (setxattr("s/f", "system.posix_acl_access", &user, sizeof user, 0) < 0) SKIP("no lists");
    CHECK_EQ(getxattr("m/f", "system.posix_acl_access", &got, sizeof got), sizeof got);
    CHECK_EQ(got.entries[1].id, 10077);
    AS(10077, 5, CHECK_OK(open("m/f", O_RDWR)); CHECK_ERR(open("s/f", O_RDWR), EACCES));
    AS(77, 5, CHECK_ERR(open("m/f", O_RDWR), EACCES); CHECK_OK(open("s/f", O_RDWR)));
    CHECK_OK(setxattr("m/g", "system.posix_acl_access", &group, sizeof group, 0));
    CHECK_EQ(getxattr("s/g", "system.posix_acl_access", &got, sizeof got), sizeof got);
    CHECK_EQ(got.entries[2].id, 88);
    AS(5, 10088, CHECK_OK(open("m/g", O_RDWR)); CHECK_ERR(open("s/g", O_RDWR), EACCES));
    /* An id that cannot be stored, one that cannot be shown, and who is not the owner. */
    CHECK_ERR(setxattr("m/g", "system.posix_acl_access", &user, sizeof user, 0), EINVAL);
    user = acl_for(2, 40000);
    CHECK_OK(setxattr("s/f", "system.posix_acl_access", &user, sizeof user, 0));
    CHECK_EQ(getxattr("m/f", "system.posix_acl_access", &got, sizeof got), sizeof got);
    CHECK_EQ(got.entries[1].id, 0xffffffff);
    AS(1, 1, CHECK_ERR(setxattr("m/g", "system.posix_acl_access", &group, sizeof group, 0), EPERM));
    AS(10001, 1, CHECK_OK(setxattr("m/g", "system.posix_acl_access", &group, sizeof group, 0)));
}

TEST(defaultAcl_behindMap_passesStoredIdsOn) {
    setup();
    dir_of("s/d", 1, 1, 0777);
    struct acl list = acl_for(2, 10077), got;
    if (setxattr("m/d", "system.posix_acl_default", &list, sizeof list, 0) < 0) SKIP("no lists");
    REQUIRE_OK(chmod("s/d", 0777));
    AS(10003, 10003, CHECK_OK(open("m/d/f", O_CREAT | O_RDWR, 0666)));
    CHECK_EQ(getxattr("s/d/f", "system.posix_acl_access", &got, sizeof got), sizeof got);
    CHECK_EQ(got.entries[1].id, 77);
    AS(10077, 9, CHECK_OK(open("m/d/f", O_RDWR)));
    AS(77, 9, CHECK_ERR(open("m/d/f", O_RDWR), EACCES));
}

struct file_caps {
    uint32_t magic, permitted1, inheritable1, permitted2, inheritable2, root;
};

TEST(fileCapabilities_behindMap_areOfTheStoredRoot) {
    own_mounts();
    /* Root shows as root, so that root's capabilities count. */
    map_as("5000 0 5000");
    program("s/p");
    REQUIRE_OK(chown("s/p", 5000, 5000));
    REQUIRE_OK(chmod("s/p", 0755));
    struct file_caps caps = {0x02000001, 1 << 13, 0, 0, 0, 0}, got = {0};
    CHECK_OK(setxattr("m/p", "security.capability", &caps, 20, 0));
    CHECK_EQ(getxattr("s/p", "security.capability", &got, sizeof got), 24);
    CHECK_EQ(got.magic, 0x03000001);
    CHECK_EQ(got.root, 5000);
    CHECK_EQ(getxattr("m/p", "security.capability", &got, sizeof got), 20);
    CHECK_EQ(got.magic, 0x02000001);
    AS(77, 78, CHECK_EQ(run_as("m/p"), -77); CHECK_EQ(run_as("s/p"), OWNERS(77, 78)));
    /* Those of the file system's root show as nobody's here. */
    CHECK_OK(setxattr("s/p", "security.capability", &caps, 20, 0));
    CHECK_ERR(getxattr("m/p", "security.capability", &got, sizeof got), EOVERFLOW);
    AS(77, 78, CHECK_EQ(run_as("m/p"), OWNERS(77, 78)); CHECK_EQ(run_as("s/p"), -77));
}

TEST(userXattr_behindMap_checksShownOwners) {
    setup();
    file_of("s/f", 100, 100, 0600);
    if (setxattr("s/f", "user.x", "1", 1, 0) < 0) SKIP("no attributes of users");
    char byte;
    AS(10100, 1, CHECK_EQ(getxattr("m/f", "user.x", &byte, 1), 1); CHECK_OK(setxattr("m/f", "user.x", "2", 1, 0)));
    AS(100, 1, CHECK_ERR(getxattr("m/f", "user.x", &byte, 1), EACCES);
       CHECK_ERR(setxattr("m/f", "user.x", "2", 1, 0), EACCES));
}

TEST(connect_behindMap_checksShownOwners) {
    setup();
    struct sockaddr_un name = {AF_UNIX, "s/sock"}, mapped = {AF_UNIX, "m/sock"};
    int listener = REQUIRE_OK(socket(AF_UNIX, SOCK_STREAM, 0));
    REQUIRE_OK(bind(listener, (struct sockaddr *)&name, sizeof name));
    REQUIRE_OK(listen(listener, 5));
    REQUIRE_OK(chown("s/sock", 100, 100));
    REQUIRE_OK(chmod("s/sock", 0600));
    AS(10100, 1, CHECK_OK(connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&mapped, sizeof mapped));
       CHECK_ERR(connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&name, sizeof name), EACCES));
    AS(100, 1, CHECK_ERR(connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&mapped, sizeof mapped), EACCES));
}

/* Whether a word is among the options of the mount that the list shows at a path below the test's directory. */
static bool list_has(const char *list, const char *end, const char *word) {
    char path[PATH_MAX], here[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s ", getcwd(here, sizeof here), end);
    for (char *line = strtok((char *)text_of(list), "\n"); line; line = strtok(NULL, "\n"))
        if (strstr(line, path)) return strstr(strstr(line, path), word) != NULL;
    return check_fail("no %s in %s", path, list);
}

TEST(listsOfMounts_showTheMap) {
    setup();
    CHECK(list_has("/proc/self/mountinfo", "m", ",idmapped"));
    CHECK(!list_has("/proc/self/mountinfo", "s", ",idmapped"));
    CHECK(list_has("/proc/self/mounts", "m", ",idmapped"));
    CHECK(!list_has("/proc/self/mounts", "s", ",idmapped"));
}

TEST(statmount_tellsTheMap) {
    own_mounts();
    map_as("0 10000 10000\n20000 30000 5\n");
    struct statx stx = {0};
    CHECK_OK(statx(AT_FDCWD, "m", 0, 0x4000, &stx));
    struct {
        uint32_t size, spare;
        uint64_t id, wanted;
    } request = {24, 0, stx.stx_mnt_id, 2 | 0x2000 | 0x4000};
    static struct {
        uint32_t size, options;
        uint64_t mask;
        uint32_t super[6];
        uint64_t ids[2];
        uint32_t old[2];
        uint64_t attributes;
        uint64_t rest[10];
        uint32_t uid_count, uids, gid_count, gids;
        uint64_t spare[43];
        char strings[512];
    } told;
    CHECK_EQ(offsetof(__typeof__(told), strings), 512);
    CHECK_OK(syscall(457, &request, &told, sizeof told, 0));
    CHECK((told.attributes & IDMAP) != 0);
    if (!(told.mask & 0x2000)) SKIP("no maps in statmount");
    CHECK_EQ(told.uid_count, 2);
    CHECK_STR(told.strings + told.uids, "0 10000 10000");
    CHECK_STR(told.strings + told.uids + 14, "20000 30000 5");
    CHECK_EQ(told.gid_count, 2);
    CHECK_STR(told.strings + told.gids, "0 10000 10000");
    CHECK_OK(statx(AT_FDCWD, "s", 0, 0x4000, &stx));
    request.id = stx.stx_mnt_id;
    CHECK_OK(syscall(457, &request, &told, sizeof told, 0));
    CHECK_EQ(told.attributes & IDMAP, 0);
    CHECK_EQ(told.mask & 0x6000, 0);
}

TEST(userNamespace_withMappedMount_ownsItsFiles) {
    /* As container engines use it: files of root on disk are root's in the container, whatever that is outside. */
    setup();
    file_of("s/f", 0, 0, 0600);
    file_of("s/g", 5, 6, 0600);
    int space = space_of("0 10000 10000");
    CHECK_EQ(IN_CHILD({
        REQUIRE_OK(setns(space, CLONE_NEWUSER));
        REQUIRE_OK(setresgid(0, 0, 0));
        REQUIRE_OK(setresuid(0, 0, 0));
        CHECK_EQ(owners("m/f"), OWNERS(0, 0));
        CHECK_EQ(owners("m/g"), OWNERS(5, 6));
        CHECK_EQ(owners("s/f"), OWNERS(65534, 65534));
        CHECK_OK(open("m/f", O_RDWR));
        CHECK_ERR(open("s/f", O_RDWR), EACCES);
        CHECK_OK(open("m/g", O_RDWR));
        CHECK_OK(chown("m/g", 7, 8));
        CHECK_OK(mkdir("m/d", 0755));
        CHECK_ERR(mkdir("s/d", 0755), EEXIST);
    }), 0);
    CHECK_EQ(owners("s/g"), OWNERS(7, 8));
    CHECK_EQ(owners("s/d"), OWNERS(0, 0));
}
