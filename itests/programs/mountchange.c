/*
 * Changing mounts and file systems: fspick(2), the log of fsconfig(2), move_mount(2) beneath others and between groups,
 * MNT_EXPIRE, and where a propagated mount lands. In a mount namespace of the test's own.
 */
#include "check.h"

#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

enum { SET_FLAG, SET_STRING, SET_BINARY, SET_PATH, SET_PATH_EMPTY, SET_FD, CREATE, RECONFIGURE };
#define MOVE_F_EMPTY_PATH 4
#define MOVE_SET_GROUP 0x100
#define MOVE_BENEATH 0x200

static int context(const char *type) {
    return syscall(SYS_fsopen, type, 1);
}

static int pick(const char *path, unsigned flags) {
    return syscall(SYS_fspick, AT_FDCWD, path, flags);
}

static int config(int fd, int command, const char *key, const void *value, int auxiliary) {
    return syscall(SYS_fsconfig, fd, command, key, value, auxiliary);
}

static const char *message(int fd) {
    static char text[256];
    ssize_t n = read(fd, text, sizeof text - 1);
    text[n < 0 ? 0 : n] = 0;
    return text;
}

static int move(const char *from, const char *to, unsigned flags) {
    return syscall(SYS_move_mount, AT_FDCWD, from, AT_FDCWD, to, flags);
}

static int place(int fd, const char *to, unsigned flags) {
    return syscall(SYS_move_mount, fd, "", AT_FDCWD, to, flags | MOVE_F_EMPTY_PATH);
}

static bool there(const char *path) {
    return access(path, F_OK) == 0;
}

/* A tmpfs with a file called as told. */
static void fresh(const char *path, const char *name) {
    char file[PATH_MAX];
    if (!there(path)) CHECK_OK(mkdir(path, 0755));
    REQUIRE_OK(mount(name, path, "tmpfs", 0, NULL));
    snprintf(file, sizeof file, "%s/%s", path, name);
    close(make_file(file, name));
}

static void setup(void) {
    need_root();
    if (unshare(CLONE_NEWNS) < 0) SKIP("unshare gives %s", check_errno(errno));
    CHECK_OK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
    fresh("m", "base");
    REQUIRE_OK(chdir("m"));
}

static unsigned long blocks(const char *path) {
    struct statvfs about = {0};
    CHECK_OK(statvfs(path, &about));
    return about.f_blocks;
}

/* The line of mountinfo that ends in this path's mount, of which a word is wanted. */
static bool line_has(const char *source, const char *word) {
    for (char *line = strtok((char *)text_of("/proc/self/mountinfo"), "\n"); line; line = strtok(NULL, "\n")) {
        char key[64];
        snprintf(key, sizeof key, " %s ", source);
        if (strstr(line, key)) return strstr(line, word) != NULL;
    }
    return false;
}

TEST(fsconfig_ofWrongOption_failsAtOnceAndSaysWhy) {
    setup();
    int fd = REQUIRE_OK(context("tmpfs"));
    CHECK_ERR(config(fd, SET_FLAG, "nosuch", NULL, 0), EINVAL);
    CHECK_STR(message(fd), "e tmpfs: Unknown parameter 'nosuch'\n");
    CHECK_ERR(config(fd, SET_STRING, "size", "abc", 0), EINVAL);
    CHECK_STR(message(fd), "e tmpfs: Bad value for 'size'\n");
    CHECK_ERR(config(fd, SET_FLAG, "size", NULL, 0), EINVAL);
    CHECK_STR(message(fd), "e tmpfs: Bad value for 'size'\n");
    CHECK_ERR(config(fd, SET_STRING, "mode", "999", 0), EINVAL);
    CHECK_STR(message(fd), "e tmpfs: Bad value for 'mode'\n");
    CHECK_ERR(config(fd, SET_STRING, "uid", "-5", 0), EINVAL);
    CHECK_STR(message(fd), "e tmpfs: Bad value for 'uid'\n");
    while (read(fd, (char[256]){0}, 256) > 0);
    CHECK_ERR(config(fd, SET_STRING, "inode64", "x", 0), EINVAL);
    CHECK_STR(message(fd), "e tmpfs: Unexpected value for 'inode64'\n");
    CHECK_ERR(config(fd, SET_FLAG, "source", NULL, 0), EINVAL);
    CHECK_STR(message(fd), "e Non-string source\n");
    CHECK_OK(config(fd, SET_STRING, "source", "one", 0));
    CHECK_ERR(config(fd, SET_STRING, "source", "two", 0), EINVAL);
    CHECK_STR(message(fd), "e Multiple sources\n");
    CHECK_OK(config(fd, SET_STRING, "ro", "x", 0));
    CHECK_OK(config(fd, SET_FLAG, "rw", NULL, 0));
    char byte;
    CHECK_ERR(read(fd, &byte, 1), ENODATA);
    CHECK_OK(config(fd, CREATE, NULL, NULL, 0));
    CHECK_ERR(config(fd, SET_STRING, "size", "1m", 0), EBUSY);
}

TEST(fsconfig_ofOtherKindsOfValues_readsThemFirst) {
    setup();
    int fd = REQUIRE_OK(context("tmpfs"));
    CHECK_ERR(config(fd, SET_BINARY, "size", "abc", 3), EINVAL);
    CHECK_STR(message(fd), "e tmpfs: Bad value for 'size'\n");
    CHECK_ERR(config(fd, SET_BINARY, "size", (void *)8, 3), EFAULT);
    CHECK_ERR(config(fd, SET_PATH, "size", "/", AT_FDCWD), EINVAL);
    CHECK_STR(message(fd), "e tmpfs: Bad value for 'size'\n");
    CHECK_ERR(config(fd, SET_PATH, "size", "", AT_FDCWD), ENOENT);
    CHECK_ERR(config(fd, SET_PATH_EMPTY, "size", "", 0), EINVAL);
    CHECK_STR(message(fd), "e tmpfs: Bad value for 'size'\n");
    CHECK_ERR(config(fd, SET_FD, "nosuch", NULL, 0), EINVAL);
    CHECK_STR(message(fd), "e tmpfs: Unknown parameter 'nosuch'\n");
    CHECK_ERR(config(fd, SET_FD, "size", NULL, 99), EBADF);
    CHECK_OK(config(fd, SET_FD, "ro", NULL, 0));
    CHECK_STR(message(fd), "");
}

TEST(fsconfig_log_keepsTheLastEight) {
    setup();
    int fd = REQUIRE_OK(context("tmpfs"));
    char name[16], text[256];
    for (int i = 0; i < 10; i++) {
        snprintf(name, sizeof name, "no%d", i);
        CHECK_ERR(config(fd, SET_FLAG, name, NULL, 0), EINVAL);
    }
    CHECK_ERR(read(fd, text, 5), EMSGSIZE);
    for (int i = 2; i < 10; i++) {
        snprintf(text, sizeof text, "e tmpfs: Unknown parameter 'no%d'\n", i);
        CHECK_STR(message(fd), text);
    }
    CHECK_ERR(read(fd, text, 5), ENODATA);
}

static void layers(void) {
    setup();
    const char *names[] = {"l1", "l2", "l:3", "u", "w", "o"};
    for (int i = 0; i < 6; i++) CHECK_OK(mkdir(names[i], 0755));
    close(make_file("l1/one", ""));
    close(make_file("l2/two", ""));
    close(make_file("l:3/three", ""));
    int fd = context("overlay");
    if (fd < 0 || config(fd, SET_STRING, "lowerdir+", "l1", 0) < 0) SKIP("no overlay: %s", check_errno(errno));
    close(fd);
}

TEST(fsconfig_ofOverlay_takesLayersOneByOne) {
    layers();
    int fd = REQUIRE_OK(context("overlay"));
    CHECK_OK(config(fd, SET_STRING, "source", "stack", 0));
    CHECK_OK(config(fd, SET_STRING, "lowerdir+", "l1", 0));
    CHECK_OK(config(fd, SET_STRING, "lowerdir+", "l2", 0));
    CHECK_OK(config(fd, SET_STRING, "lowerdir+", "l:3", 0));
    CHECK_OK(config(fd, SET_STRING, "upperdir", "u", 0));
    CHECK_OK(config(fd, SET_STRING, "workdir", "w", 0));
    CHECK_ERR(config(fd, SET_STRING, "lowerdir+", "none", 0), ENOENT);
    CHECK_ERR(config(fd, SET_STRING, "lowerdir+", "l1/one", 0), EINVAL);
    CHECK_STR(message(fd), "e overlay: l1/one is not a directory\n");
    CHECK_ERR(config(fd, SET_FLAG, "lowerdir+", NULL, 0), EINVAL);
    CHECK_STR(message(fd), "e overlay: Bad value for 'lowerdir+'\n");
    CHECK_OK(config(fd, CREATE, NULL, NULL, 0));
    CHECK_OK(place(REQUIRE_OK(syscall(SYS_fsmount, fd, 0, 0)), "o", 0));
    CHECK(there("o/one") && there("o/two") && there("o/three"));
    CHECK(line_has("stack", "lowerdir+=l1"));
    CHECK(line_has("stack", "lowerdir+=l:3"));
    close(make_file("o/new", ""));
    CHECK(there("u/new"));
}

TEST(fsconfig_ofOverlay_takesQuotedColons) {
    layers();
    int fd = REQUIRE_OK(context("overlay"));
    CHECK_OK(config(fd, SET_STRING, "lowerdir", "l1:l\\:3", 0));
    CHECK_ERR(config(fd, SET_STRING, "lowerdir+", "l2", 0), EINVAL);
    CHECK_STR(message(fd), "e overlay: lowerdir+ and datadir+ cannot follow lowerdir\n");
    CHECK_OK(config(fd, CREATE, NULL, NULL, 0));
    int stack = REQUIRE_OK(syscall(SYS_fsmount, fd, 0, 0));
    CHECK_OK(place(stack, "o", 0));
    close(stack);
    CHECK(there("o/one") && !there("o/two") && there("o/three"));
    CHECK_OK(umount("o"));
    CHECK_OK(mount("none", "o", "overlay", 0, "lowerdir+=l2,lowerdir+=l1"));
    CHECK(there("o/one") && there("o/two") && !there("o/three"));
    CHECK_OK(umount("o"));
    CHECK_OK(mount("none", "o", "overlay", 0, "lowerdir=l2:l\\:3"));
    CHECK(there("o/two") && there("o/three"));
}

TEST(fspick_changesLimits) {
    setup();
    CHECK_OK(mkdir("a", 0755));
    REQUIRE_OK(mount("limits", "a", "tmpfs", 0, "size=1m,mode=700"));
    CHECK_EQ(blocks("a"), 256);
    int fd = REQUIRE_OK(pick("a", 1));
    CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    CHECK_OK(config(fd, SET_STRING, "size", "2m", 0));
    CHECK_EQ(blocks("a"), 256);
    CHECK_OK(config(fd, RECONFIGURE, NULL, NULL, 0));
    CHECK_EQ(blocks("a"), 512);
    CHECK(line_has("limits", "size=2048k"));
    CHECK(line_has("limits", "mode=700"));
    /* and again */
    CHECK_OK(config(fd, SET_STRING, "size", "3m", 0));
    CHECK_OK(config(fd, RECONFIGURE, NULL, NULL, 0));
    CHECK_EQ(blocks("a"), 768);
    CHECK_ERR(config(fd, CREATE, NULL, NULL, 0), EBUSY);
    CHECK_OK(close(fd));
    CHECK_OK(umount("a"));
}

TEST(fspick_ofLimitsInUse_failsAndSaysWhy) {
    setup();
    CHECK_OK(mkdir("a", 0755));
    REQUIRE_OK(mount("limits", "a", "tmpfs", 0, "size=1m,nr_inodes=100"));
    int file = make_file("a/file", "");
    char page[4096] = {1};
    for (int i = 0; i < 8; i++) CHECK_EQ(write(file, page, sizeof page), sizeof page);
    int fd = REQUIRE_OK(pick("a", 0));
    CHECK_OK(config(fd, SET_STRING, "size", "8k", 0));
    CHECK_ERR(config(fd, RECONFIGURE, NULL, NULL, 0), EINVAL);
    CHECK_STR(message(fd), "e tmpfs: Too small a size for current use\n");
    CHECK_ERR(config(fd, RECONFIGURE, NULL, NULL, 0), EBUSY);
    close(fd);
    fd = REQUIRE_OK(pick("a", 0));
    CHECK_OK(config(fd, SET_STRING, "nr_inodes", "1", 0));
    CHECK_ERR(config(fd, RECONFIGURE, NULL, NULL, 0), EINVAL);
    CHECK_STR(message(fd), "e tmpfs: Too few inodes for current use\n");
    CHECK_EQ(blocks("a"), 256);
    /* mount(2) does the same */
    CHECK_ERR(mount(NULL, "a", NULL, MS_REMOUNT, "size=8k"), EINVAL);
    CHECK_ERR(mount(NULL, "a", NULL, MS_REMOUNT, "nosuch"), EINVAL);
    CHECK_OK(mount(NULL, "a", NULL, MS_REMOUNT, "size=64k"));
    CHECK_EQ(blocks("a"), 16);
}

TEST(fspick_makesFileSystemReadOnly) {
    setup();
    fresh("a", "ro");
    CHECK_OK(mkdir("b", 0755));
    CHECK_OK(mount("a", "b", NULL, MS_BIND, NULL));
    int fd = REQUIRE_OK(pick("a", 0));
    CHECK_OK(config(fd, SET_FLAG, "ro", NULL, 0));
    CHECK_OK(open("a/new", O_CREAT | O_WRONLY | O_CLOEXEC, 0600) >= 0 ? close(3) : 0);
    close(fd);
    for (int i = 3; i < 10; i++) close(i);
    fd = REQUIRE_OK(pick("a", 0));
    CHECK_OK(config(fd, SET_FLAG, "ro", NULL, 0));
    CHECK_OK(config(fd, RECONFIGURE, NULL, NULL, 0));
    CHECK_ERR(open("b/other", O_CREAT | O_WRONLY, 0600), EROFS);
    struct statvfs about;
    CHECK_OK(statvfs("b", &about));
    CHECK(about.f_flag & ST_RDONLY);
    CHECK(line_has("ro", "- tmpfs ro ro"));
    CHECK_OK(config(fd, SET_FLAG, "rw", NULL, 0));
    CHECK_OK(config(fd, RECONFIGURE, NULL, NULL, 0));
    CHECK_OK(open("b/other", O_CREAT | O_WRONLY, 0600));
}

TEST(readOnly_withFilesOpenForWriting_failsEbusy) {
    setup();
    fresh("a", "busy");
    CHECK_OK(mkdir("b", 0755));
    CHECK_OK(mount("a", "b", NULL, MS_BIND, NULL));
    int reader = REQUIRE_OK(open("a/busy", O_RDONLY)), writer = REQUIRE_OK(open("a/busy", O_RDWR));
    int fd = REQUIRE_OK(pick("a", 0));
    CHECK_OK(config(fd, SET_FLAG, "ro", NULL, 0));
    CHECK_ERR(config(fd, RECONFIGURE, NULL, NULL, 0), EBUSY);
    CHECK_ERR(config(fd, SET_FLAG, "ro", NULL, 0), EBUSY);
    CHECK_ERR(mount(NULL, "a", NULL, MS_REMOUNT | MS_RDONLY, NULL), EBUSY);
    CHECK_ERR(mount(NULL, "b", NULL, MS_REMOUNT | MS_RDONLY, NULL), EBUSY);
    CHECK_ERR(mount(NULL, "a", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), EBUSY);
    /* the other mount is not written through */
    CHECK_OK(mount(NULL, "b", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL));
    CHECK_ERR(open("b/busy", O_WRONLY), EROFS);
    CHECK_EQ(write(writer, "x", 1), 1);
    int copy = dup(writer);
    close(writer);
    CHECK_ERR(mount(NULL, "a", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), EBUSY);
    close(copy);
    CHECK_OK(mount(NULL, "a", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL));
    CHECK_OK(mount(NULL, "a", NULL, MS_REMOUNT | MS_RDONLY, NULL));
    close(reader);
}

TEST(mountSetattr_withOneBusyMount_changesNone) {
    setup();
    fresh("a", "outer");
    CHECK_OK(mkdir("a/b", 0755));
    fresh("a/b", "inner");
    int writer = REQUIRE_OK(open("a/b/inner", O_WRONLY));
    uint64_t wanted[4] = {1 /* MOUNT_ATTR_RDONLY */};
    CHECK_ERR(syscall(SYS_mount_setattr, AT_FDCWD, "a", 0x8000, wanted, sizeof wanted), EBUSY);
    close(REQUIRE_OK(open("a/outer", O_WRONLY)));
    close(writer);
    CHECK_OK(syscall(SYS_mount_setattr, AT_FDCWD, "a", 0x8000, wanted, sizeof wanted));
    CHECK_ERR(open("a/outer", O_WRONLY), EROFS);
    CHECK_ERR(open("a/b/inner", O_WRONLY), EROFS);
}

TEST(fspick_withWrongArguments_fails) {
    setup();
    CHECK_OK(mkdir("d", 0755));
    CHECK_ERR(pick("d", 0), EINVAL);
    CHECK_ERR(pick(".", 0x10), EINVAL);
    CHECK_ERR(pick("none", 0), ENOENT);
    CHECK_ERR(pick("", 0), ENOENT);
    int here = REQUIRE_OK(open(".", O_PATH));
    int fd = CHECK_OK(syscall(SYS_fspick, here, "", 8));
    CHECK_ERR(syscall(SYS_fsmount, fd, 0, 0), EBUSY);
    CHECK_ERR(config(fd, CREATE, NULL, NULL, 0), EBUSY);
    CHECK_EQ(IN_CHILD({
        CHECK_OK(setresuid(1000, 1000, 1000));
        CHECK_ERR(pick(".", 0), EPERM);
    }), EXITED(0));
}

TEST(fsmount_thenReconfigure_changesIt) {
    setup();
    int fd = REQUIRE_OK(context("tmpfs"));
    CHECK_OK(config(fd, SET_STRING, "size", "1m", 0));
    CHECK_ERR(config(fd, RECONFIGURE, NULL, NULL, 0), EBUSY);
    CHECK_OK(config(fd, CREATE, NULL, NULL, 0));
    int mount = REQUIRE_OK(syscall(SYS_fsmount, fd, 0, 0));
    CHECK_OK(mkdir("a", 0755));
    CHECK_OK(place(mount, "a", 0));
    CHECK_ERR(syscall(SYS_fsmount, fd, 0, 0), EBUSY);
    CHECK_OK(config(fd, SET_STRING, "size", "2m", 0));
    CHECK_OK(config(fd, RECONFIGURE, NULL, NULL, 0));
    CHECK_EQ(blocks("a"), 512);
}

TEST(moveMount_beneath_liesBelow) {
    setup();
    fresh("a", "top");
    fresh("b", "below");
    if (move("b", "a", MOVE_BENEATH) < 0 && errno == EINVAL) SKIP("this kernel has no MOVE_MOUNT_BENEATH");
    CHECK(there("a/top"));
    CHECK(!there("b/below"));
    CHECK_OK(umount("a"));
    CHECK(there("a/below"));
    CHECK_OK(umount("a"));
    CHECK(!there("a/below"));
}

TEST(moveMount_beneathOfDetached_liesBelow) {
    setup();
    fresh("a", "top");
    fresh("b", "below");
    int tree = REQUIRE_OK(syscall(SYS_open_tree, AT_FDCWD, "b", 1));
    if (place(tree, "a", MOVE_BENEATH) < 0 && errno == EINVAL) SKIP("this kernel has no MOVE_MOUNT_BENEATH");
    CHECK(there("a/top"));
    CHECK_OK(umount2("a", MNT_DETACH));
    CHECK(there("a/below"));
    CHECK(there("b/below"));
}

TEST(moveMount_beneathWrongPlaces_failsEinval) {
    setup();
    fresh("a", "top");
    fresh("b", "other");
    CHECK_OK(mkdir("c", 0755));
    CHECK_OK(mkdir("a/d", 0755));
    fresh("a/d", "inner");
    /* no mount root, the root, what is below the target, what has others over it */
    CHECK_ERR(move("b", "c", MOVE_BENEATH), EINVAL);
    CHECK_ERR(move("b", "/", MOVE_BENEATH), EINVAL);
    CHECK_ERR(move("a/d", "a", MOVE_BENEATH), EINVAL);
    CHECK_ERR(move("a", "a", MOVE_BENEATH), EINVAL);
    CHECK_ERR(move("b", "a", MOVE_BENEATH | MOVE_SET_GROUP), EINVAL);
    CHECK_ERR(move("c", "a", MOVE_BENEATH), EINVAL);
    CHECK(there("a/top"));
}

TEST(moveMount_setGroup_sharesAsTheOther) {
    setup();
    fresh("a", "shared");
    CHECK_OK(mkdir("a/dir", 0755));
    CHECK_OK(mkdir("b", 0755));
    CHECK_OK(mkdir("c", 0755));
    CHECK_OK(mount("a", "b", NULL, MS_BIND, NULL));
    CHECK_ERR(move("a", "b", MOVE_SET_GROUP), EINVAL); /* private */
    CHECK_OK(mount(NULL, "a", NULL, MS_SHARED, NULL));
    CHECK_OK(move("a", "b", MOVE_SET_GROUP));
    CHECK_ERR(move("a", "b", MOVE_SET_GROUP), EINVAL); /* shared already */
    fresh("a/dir", "seen");
    CHECK(there("b/dir/seen"));
    CHECK_OK(umount("b/dir"));
    CHECK(!there("a/dir/seen"));
    fresh("c", "stranger");
    CHECK_ERR(move("a", "c", MOVE_SET_GROUP), EINVAL); /* another file system */
    CHECK_OK(umount("c"));
    CHECK_OK(mount("a/dir", "c", NULL, MS_BIND, NULL));
    CHECK_OK(mount(NULL, "c", NULL, MS_PRIVATE, NULL));
    CHECK_OK(move("a", "c", MOVE_SET_GROUP)); /* a part of it */
    CHECK_OK(mkdir("c/sub", 0755));
    fresh("c/sub", "deep");
    CHECK(there("a/dir/sub/deep"));
    CHECK_ERR(move("a/dir", "c", MOVE_SET_GROUP), EINVAL); /* no mount begins there */
}

TEST(moveMount_setGroup_makesSlaves) {
    setup();
    fresh("a", "shared");
    CHECK_OK(mkdir("a/dir", 0755));
    CHECK_OK(mkdir("b", 0755));
    CHECK_OK(mkdir("c", 0755));
    CHECK_OK(mount(NULL, "a", NULL, MS_SHARED, NULL));
    CHECK_OK(mount("a", "b", NULL, MS_BIND, NULL));
    CHECK_OK(mount(NULL, "b", NULL, MS_SLAVE, NULL));
    CHECK_OK(mount("a", "c", NULL, MS_BIND, NULL));
    CHECK_OK(mount(NULL, "c", NULL, MS_PRIVATE, NULL));
    CHECK_OK(move("b", "c", MOVE_SET_GROUP));
    fresh("a/dir", "seen");
    CHECK(there("c/dir/seen"));
    CHECK_OK(umount("a/dir"));
    fresh("c/dir", "own");
    CHECK(!there("a/dir/own"));
}

TEST(mount_propagated_liesBelowWhatIsThere) {
    setup();
    fresh("a", "shared");
    CHECK_OK(mkdir("a/dir", 0755));
    CHECK_OK(mkdir("b", 0755));
    CHECK_OK(mount(NULL, "a", NULL, MS_SHARED, NULL));
    CHECK_OK(mount("a", "b", NULL, MS_BIND, NULL));
    CHECK_OK(mount(NULL, "b", NULL, MS_SLAVE, NULL));
    fresh("b/dir", "own");
    fresh("a/dir", "sent");
    CHECK(there("a/dir/sent"));
    CHECK(there("b/dir/own"));
    CHECK_OK(umount("b/dir"));
    CHECK(there("b/dir/sent"));
    CHECK_OK(mount("own", "b/dir", "tmpfs", 0, NULL));
    /* taken away from below what lies over it */
    CHECK_OK(umount("a/dir"));
    CHECK(!there("b/dir/sent"));
    CHECK_OK(umount("b/dir"));
    CHECK(!there("b/dir/sent"));
    CHECK_ERR(umount("b/dir"), EINVAL);
}

TEST(umount_ofExpiring_needsTwoIdleCalls) {
    setup();
    fresh("a", "idle");
    CHECK_ERR(umount2("a", MNT_EXPIRE | MNT_DETACH), EINVAL);
    CHECK_ERR(umount2("a", MNT_EXPIRE | MNT_FORCE), EINVAL);
    int fd = REQUIRE_OK(open("a/idle", O_RDONLY));
    CHECK_ERR(umount2("a", MNT_EXPIRE), EBUSY);
    close(fd);
    CHECK_ERR(umount2("a", MNT_EXPIRE), EAGAIN);
    CHECK(there("a/idle"));
    CHECK_ERR(umount2("a", MNT_EXPIRE), EAGAIN);
    close(REQUIRE_OK(open("a/idle", O_RDONLY)));
    CHECK_ERR(umount2("a", MNT_EXPIRE), EAGAIN);
    CHECK_OK(umount2("a", MNT_EXPIRE));
    CHECK(!there("a/idle"));
    CHECK_ERR(umount2("a", MNT_EXPIRE), EINVAL);
    CHECK_ERR(umount2("/", MNT_EXPIRE), EINVAL);
}

static int make_read_only(int fd) {
    struct {
        uint64_t set, clear, propagation, space;
    } wanted = {1, 0, 0, 0};
    return syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH, &wanted, sizeof wanted);
}

TEST(mountSetattr_ofMountOfAnotherNamespace_fails) {
    setup();
    int before = REQUIRE_OK(open(".", O_PATH | O_DIRECTORY)), stay[2];
    REQUIRE_OK(pipe(stay));
    pid_t keeper = START_CHILD(close(stay[1]); char byte; while (read(stay[0], &byte, 1) > 0));
    REQUIRE_OK(unshare(CLONE_NEWNS));
    CHECK_ERR(make_read_only(before), EINVAL);
    /* Nor when nobody is in the namespace any more. */
    close(stay[1]);
    wait_for(keeper);
    CHECK_ERR(make_read_only(before), EINVAL);
    CHECK_ERR(place(before, ".", 0), EINVAL);
    CHECK_OK(make_read_only(open(".", O_PATH | O_DIRECTORY)));
}

TEST(unmountedMount_whenAFileIsLeft_isNobodysToUse) {
    setup();
    fresh("a", "first");
    REQUIRE_OK(mkdir("b", 0755));
    int fd = REQUIRE_OK(open("a", O_PATH | O_DIRECTORY));
    CHECK_OK(umount2("a", MNT_DETACH));
    CHECK_OK(faccessat(fd, "first", F_OK, 0));
    CHECK_ERR(make_read_only(fd), EINVAL);
    CHECK_ERR(syscall(SYS_open_tree, fd, "", 1 | AT_EMPTY_PATH), EINVAL);
    CHECK_ERR(place(fd, "b", 0), EINVAL);
    CHECK(!there("b/first"));
}

TEST(moveMount_setGroupInNamespaceBelow_isTheRulersRight) {
    setup();
    fresh("a", "first");
    CHECK_OK(mount(NULL, "a", NULL, MS_SHARED, NULL));
    REQUIRE_OK(mkdir("b", 0755));
    REQUIRE_OK(mount("a", "b", NULL, MS_BIND, NULL));
    CHECK_OK(mount(NULL, "b", NULL, MS_PRIVATE, NULL));
    int ready[2], stay[2];
    char byte = 0, path[64];
    REQUIRE_OK(pipe(ready));
    REQUIRE_OK(pipe(stay));
    pid_t below = START_CHILD({
        close(stay[1]);
        REQUIRE_OK(unshare(CLONE_NEWUSER | CLONE_NEWNS));
        CHECK_EQ(write(ready[1], &byte, 1), 1);
        while (read(stay[0], &byte, 1) > 0);
    });
    CHECK_EQ(read(ready[0], &byte, 1), 1);
    int own = REQUIRE_OK(open("a", O_PATH | O_DIRECTORY));
    snprintf(path, sizeof path, "/proc/%d/cwd/b", below);
    int theirs = REQUIRE_OK(open(path, O_PATH | O_DIRECTORY));
    CHECK_OK(syscall(SYS_move_mount, own, "", theirs, "", MOVE_SET_GROUP | MOVE_F_EMPTY_PATH | 0x40));
    close(stay[1]);
    CHECK_EQ(wait_for(below), 0);
}

static int pivot(const char *fresh, const char *old) {
    return syscall(SYS_pivot_root, fresh, old);
}

TEST(pivotRoot_ofWrongPlaces_saysWhatIsWrongFirst) {
    setup();
    fresh("a", "first");
    REQUIRE_OK(mkdir("a/old", 0755));
    REQUIRE_OK(mkdir("d", 0755));
    CHECK_ERR(pivot("/", "/"), EBUSY);
    CHECK_ERR(pivot("a", "/"), EBUSY);
    CHECK_ERR(pivot("a/old", "a/old"), EINVAL);
    CHECK_ERR(pivot("a/old", "a"), EINVAL);
    /* Shared mounts come before the root. */
    CHECK_OK(mount(NULL, "/", NULL, MS_SHARED, NULL));
    CHECK_ERR(pivot("/", "/"), EINVAL);
    CHECK_ERR(pivot("a", "/"), EINVAL);
    CHECK_OK(mount(NULL, "/", NULL, MS_PRIVATE, NULL));
    REQUIRE_OK(chdir("d"));
    REQUIRE_OK(chroot("."));
    REQUIRE_OK(mkdir("y", 0755));
    CHECK_ERR(pivot("/", "/"), EBUSY);
    CHECK_ERR(pivot("/y", "/y"), EBUSY);
}

/* The mount point that a list shows of the tmpfs with this source, or nothing. */
static const char *point_of(int proc, const char *list, const char *source) {
    static char text[65536], point[PATH_MAX];
    size_t size = 0;
    int fd = REQUIRE_OK(openat(proc, list, O_RDONLY));
    for (ssize_t n; (n = read(fd, text + size, sizeof text - 1 - size)) > 0;) size += n;
    close(fd);
    text[size] = 0;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        char name[64];
        bool info = strstr(list, "info") != NULL;
        const char *end = info ? strstr(line, " - tmpfs ") : line;
        if (end && sscanf(end, info ? " - tmpfs %63s" : "%63s", name) == 1 && !strcmp(name, source))
            return sscanf(line, info ? "%*s %*s %*s %*s %4095s" : "%*s %4095s", point) == 1 ? point : "";
    }
    return "";
}

TEST(listsOfMounts_belowChroot_showWhatIsThere) {
    setup();
    fresh("inner", "in-chroot");
    fresh("other", "elsewhere");
    REQUIRE_OK(mkdir("inner/sub", 0755));
    fresh("inner/sub/m", "in-sub");
    int proc = REQUIRE_OK(open("/proc", O_PATH | O_DIRECTORY)), before = REQUIRE_OK(openat(proc, "self/mounts", O_RDONLY));
    CHECK(strlen(point_of(proc, "self/mountinfo", "elsewhere")) > 6);
    CHECK(strlen(point_of(proc, "self/mounts", "elsewhere")) > 6);
    REQUIRE_OK(chroot("inner"));
    static const char *const lists[] = {"self/mountinfo", "self/mounts"};
    for (int i = 0; i < 2; i++) {
        CHECK_STR(point_of(proc, lists[i], "in-chroot"), "/");
        CHECK_STR(point_of(proc, lists[i], "in-sub"), "/sub/m");
        CHECK_STR(point_of(proc, lists[i], "elsewhere"), "");
        CHECK_STR(point_of(proc, lists[i], "base"), "");
    }
    /* A root that is in the midst of a mount: that is not shown. */
    REQUIRE_OK(chroot("/sub"));
    CHECK_STR(point_of(proc, "self/mountinfo", "in-chroot"), "");
    CHECK_STR(point_of(proc, "self/mountinfo", "in-sub"), "/m");
    /* What is open shows what it showed. */
    static char text[65536];
    size_t size = 0;
    for (ssize_t n; (n = read(before, text + size, sizeof text - 1 - size)) > 0;) size += n;
    CHECK(strstr(text, "elsewhere ") != NULL);
}

/* Opens a terminal of the devpts at "p"; tells its permissions and owners. */
static int terminal(struct stat *about) {
    char path[64];
    int number = -1, fd = open("p/ptmx", O_RDWR | O_NOCTTY);
    if (fd < 0) return fd;
    CHECK_OK(ioctl(fd, 0x80045430, &number));
    snprintf(path, sizeof path, "p/%d", number);
    CHECK_OK(stat(path, about));
    return fd;
}

static const char *terminals_shown(void) {
    static char options[256];
    for (char *line = strtok((char *)text_of("/proc/self/mounts"), "\n"); line; line = strtok(NULL, "\n"))
        if (sscanf(line, "terminals %*s devpts rw,relatime,%255s", options) == 1) return options;
    return "";
}

TEST(remount_ofDevpts_setsAllOptions) {
    setup();
    struct stat st;
    REQUIRE_OK(mkdir("p", 0755));
    REQUIRE_OK(mount("terminals", "p", "devpts", 0, "mode=620,gid=5,ptmxmode=666,max=3"));
    int first = REQUIRE_OK(terminal(&st));
    CHECK_EQ(st.st_mode, S_IFCHR | 0620);
    CHECK_EQ(st.st_gid, 5);
    CHECK_OK(mount("terminals", "p", "devpts", MS_REMOUNT, "mode=640,uid=7"));
    CHECK_STR(terminals_shown(), "uid=7,mode=640,ptmxmode=000");
    REQUIRE_OK(terminal(&st));
    CHECK_EQ(st.st_mode, S_IFCHR | 0640);
    CHECK_EQ(st.st_uid, 7);
    CHECK_EQ(st.st_gid, getgid());
    CHECK_OK(stat("p/0", &st));
    CHECK_EQ(st.st_mode, S_IFCHR | 0620);
    CHECK_OK(stat("p/ptmx", &st));
    CHECK_EQ(st.st_mode, S_IFCHR);
    CHECK_OK(mount("terminals", "p", "devpts", MS_REMOUNT, "ptmxmode=600,max=2"));
    CHECK_STR(terminals_shown(), "mode=600,ptmxmode=600,max=2");
    CHECK_OK(stat("p/ptmx", &st));
    CHECK_EQ(st.st_mode, S_IFCHR | 0600);
    CHECK_ERR(terminal(&st), ENOSPC);
    close(first);
    REQUIRE_OK(terminal(&st));
    CHECK_ERR(mount("terminals", "p", "devpts", MS_REMOUNT, "max=2000000"), EINVAL);
    CHECK_ERR(mount("terminals", "p", "devpts", MS_REMOUNT, "nosuch"), EINVAL);
    CHECK_STR(terminals_shown(), "mode=600,ptmxmode=600,max=2");
    int context = REQUIRE_OK(pick("p", 0));
    CHECK_OK(config(context, SET_STRING, "gid", "12", 0));
    CHECK_OK(config(context, RECONFIGURE, NULL, NULL, 0));
    CHECK_STR(terminals_shown(), "gid=12,mode=600,ptmxmode=000");
    REQUIRE_OK(terminal(&st));
    CHECK_EQ(st.st_gid, 12);
    CHECK_OK(mount("terminals", "p", "devpts", MS_REMOUNT, "max=0"));
    REQUIRE_OK(terminal(&st));
    CHECK_OK(mount("terminals", "p", "devpts", MS_REMOUNT, NULL));
    CHECK_STR(terminals_shown(), "mode=600,ptmxmode=000");
}
