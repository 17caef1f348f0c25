/*
 * Trees of mounts that are shared within themselves, pivot_root(2) inside a changed root, the limit of mounts, places that
 * nothing can be mounted over, and what outlives a namespace. In a mount namespace of the test's own.
 */
#include "check.h"

#include <dirent.h>
#include <mqueue.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

static bool there(const char *path) {
    return access(path, F_OK) == 0;
}

/* How many mounts the test sees at or below a path. */
static int mounts_at(const char *path) {
    FILE *file = fopen("/proc/self/mountinfo", "r");
    char line[8192], point[4096], cwd[PATH_MAX];
    int count = 0;
    REQUIRE(getcwd(cwd, sizeof cwd));
    snprintf(line, sizeof line, "%s/%s", strcmp(cwd, "/") ? cwd : "", path);
    char wanted[PATH_MAX];
    snprintf(wanted, sizeof wanted, "%.4000s", line);
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "%*s %*s %*s %*s %4095s", point) == 1 && !strncmp(point, wanted, strlen(wanted))) count++;
    fclose(file);
    return count;
}

static void setup(void) {
    need_root();
    if (unshare(CLONE_NEWNS) < 0) SKIP("unshare gives %s", check_errno(errno));
    CHECK_OK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
    CHECK_OK(mkdir("m", 0755));
    REQUIRE_OK(mount("m", "m", "tmpfs", 0, NULL));
    REQUIRE_OK(chdir("m"));
}

static void bind(const char *from, const char *to) {
    REQUIRE_OK(mount(from, to, NULL, MS_BIND, NULL));
}

static void change(const char *path, unsigned long type) {
    REQUIRE_OK(mount(NULL, path, NULL, type, NULL));
}

static void shared_dir(const char *path) {
    REQUIRE_OK(mkdir(path, 0755));
    bind(path, path);
    change(path, MS_SHARED | MS_REC);
}

/* A directory with three others, mounted over itself. */
static void disk(const char *name) {
    char path[64];
    REQUIRE_OK(mkdir(name, 0755));
    for (const char *c = "abc"; *c; c++) {
        snprintf(path, sizeof path, "%s/%c", name, *c);
        REQUIRE_OK(mkdir(path, 0755));
    }
    bind(name, name);
    change(name, MS_PRIVATE);
}

TEST(move_intoItsOwnPeer_showsItOnceMore) {
    setup();
    disk("disk");
    REQUIRE_OK(mkdir("other", 0755));
    REQUIRE_OK(mkdir("one", 0755));
    REQUIRE_OK(mkdir("two", 0755));
    bind("disk", "one");
    change("one", MS_SHARED);
    bind("one", "two");
    REQUIRE_OK(mount("one", "two/a", NULL, MS_MOVE, NULL));
    CHECK(there("two/a/a/a"));
    CHECK_EQ(mounts_at("two"), 3);
    bind("other", "two/b");
    CHECK_EQ(mounts_at("two"), 6);
    CHECK_OK(umount("two/a/a/b"));
    CHECK_EQ(mounts_at("two"), 3);
    CHECK_OK(umount("two/a/a"));
    CHECK_EQ(mounts_at("two"), 1);
    CHECK_OK(umount("two"));
}

TEST(umount_ofSharedTreesWithinThemselves_takesAllOfThem) {
    setup();
    disk("disk");
    shared_dir("p");
    shared_dir("p/x");
    shared_dir("p/y");
    REQUIRE_OK(mount("disk", "p/x", NULL, MS_BIND | MS_REC, NULL));
    REQUIRE_OK(mount("p", "p/y", NULL, MS_BIND | MS_REC, NULL));
    CHECK(there("p/y/x/a"));
    CHECK_OK(umount("p/y/x"));
    CHECK(!there("p/x/a"));
    CHECK_OK(umount("p/x"));
    CHECK_OK(umount("p/y/y"));
    CHECK_EQ(mounts_at("p"), 2);
    CHECK_OK(umount("p/y"));
    CHECK_OK(umount("p"));
    CHECK_EQ(mounts_at("p"), 0);
}

TEST(umount_detachOfATree_takesCopiesOfEachOfItsMounts) {
    setup();
    shared_dir("p");
    REQUIRE_OK(mkdir("p/x", 0755));
    REQUIRE_OK(mkdir("q", 0755));
    bind("p", "q");
    REQUIRE_OK(mount("t", "p/x", "tmpfs", 0, NULL));
    REQUIRE_OK(mkdir("p/x/in", 0755));
    REQUIRE_OK(mount("u", "p/x/in", "tmpfs", 0, NULL));
    CHECK_EQ(mounts_at("q"), 3);
    CHECK_OK(umount2("p/x", MNT_DETACH));
    CHECK_EQ(mounts_at("p"), 1);
    CHECK_EQ(mounts_at("q"), 1);
}

TEST(umount_ofACopyThatHoldsAnother_leavesIt) {
    setup();
    shared_dir("p");
    REQUIRE_OK(mkdir("p/x", 0755));
    REQUIRE_OK(mkdir("q", 0755));
    bind("p", "q");
    change("q", MS_SLAVE);
    REQUIRE_OK(mount("t", "p/x", "tmpfs", 0, NULL));
    REQUIRE_OK(mkdir("p/x/in", 0755));
    REQUIRE_OK(mount("u", "q/x/in", "tmpfs", 0, NULL));
    CHECK_EQ(mounts_at("p"), 2);
    CHECK_OK(umount("p/x"));
    CHECK_EQ(mounts_at("p"), 1);
    CHECK_EQ(mounts_at("q"), 3);
}

TEST(umount_ofTheRoot_takesWhatLiesOverItThenMakesItReadOnly) {
    setup();
    CHECK_OK(mount(NULL, ".", NULL, MS_SHARED, NULL));
    REQUIRE_OK(mkdir("proc", 0755));
    REQUIRE_OK(chroot("."));
    REQUIRE_OK(chdir("/"));
    for (int i = 0; i < 4; i++) CHECK_OK(mount("/", "/", NULL, MS_BIND, NULL));
    CHECK_OK(umount("/"));
    CHECK_OK(mkdir("/made", 0755));
    /* What is the root cannot go: it is made read-only. */
    CHECK_OK(umount("/"));
    CHECK_ERR(mkdir("/more", 0755), EROFS);
    CHECK_OK(umount("/"));
}

TEST(bind_ontoAPeer_comesToSlavesOfSlaves) {
    setup();
    disk("disk");
    shared_dir("p");
    REQUIRE_OK(mkdir("p/x", 0755));
    const char *chain[] = {"p", "s1", "s2", "s3"};
    for (int i = 1; i < 4; i++) {
        REQUIRE_OK(mkdir(chain[i], 0755));
        bind(chain[i - 1], chain[i]);
        change(chain[i], MS_SLAVE);
        change(chain[i], MS_SHARED);
    }
    bind("disk", "p/x");
    for (int i = 0; i < 4; i++) CHECK_EQ(mounts_at(chain[i]), 2);
    CHECK_OK(umount("s2/x"));
    CHECK_EQ(mounts_at("s1"), 2);
    CHECK_EQ(mounts_at("s3"), 1);
    CHECK_OK(umount("p/x"));
    CHECK_EQ(mounts_at("s1"), 1);
}

TEST(pivotRoot_insideAChangedRoot_putsTheNewOneThere) {
    setup();
    REQUIRE_OK(mkdir("jail", 0755));
    REQUIRE_OK(mount("jail", "jail", "tmpfs", 0, NULL));
    close(make_file("jail/old", ""));
    close(make_file("outside", ""));
    REQUIRE_OK(chroot("jail"));
    REQUIRE_OK(chdir("/"));
    REQUIRE_OK(mkdir("new", 0755));
    CHECK_ERR(syscall(SYS_pivot_root, "new", "new"), EBUSY);
    REQUIRE_OK(mount("new", "new", "tmpfs", 0, NULL));
    REQUIRE_OK(mkdir("new/put", 0755));
    CHECK_ERR(syscall(SYS_pivot_root, "new/put", "new/put"), EINVAL);
    CHECK_OK(syscall(SYS_pivot_root, "new", "new/put"));
    CHECK(there("/put/old"));
    CHECK(!there("/old"));
    REQUIRE_OK(chdir("/"));
    CHECK(!there("../outside") && !there("../m"));
    CHECK_OK(umount2("/put", MNT_DETACH));
    CHECK(!there("/put/old"));
}

TEST(pivotRoot_toADot_stacksTheOldRootOverTheNewOne) {
    setup();
    REQUIRE_OK(mkdir("jail", 0755));
    REQUIRE_OK(mount("jail", "jail", "tmpfs", 0, NULL));
    REQUIRE_OK(chroot("jail"));
    REQUIRE_OK(mkdir("/new", 0755));
    REQUIRE_OK(mount("new", "/new", "tmpfs", 0, NULL));
    close(make_file("/new/inside", ""));
    REQUIRE_OK(chdir("/new"));
    CHECK_OK(syscall(SYS_pivot_root, ".", "."));
    CHECK_OK(umount2(".", MNT_DETACH));
    CHECK(there("/inside"));
}

TEST(pivotRoot_outsideTheRootOrShared_failsEinval) {
    setup();
    REQUIRE_OK(mkdir("jail", 0755));
    REQUIRE_OK(mkdir("beside", 0755));
    REQUIRE_OK(mount("jail", "jail", "tmpfs", 0, NULL));
    REQUIRE_OK(mount("beside", "beside", "tmpfs", 0, NULL));
    REQUIRE_OK(mkdir("jail/new", 0755));
    REQUIRE_OK(mount("new", "jail/new", "tmpfs", 0, NULL));
    int beside = open("beside", O_DIRECTORY);
    REQUIRE_OK(chroot("jail"));
    REQUIRE_OK(fchdir(beside));
    CHECK_ERR(syscall(SYS_pivot_root, ".", "."), EINVAL);
    REQUIRE_OK(chdir("/new"));
    change("/", MS_SHARED);
    CHECK_ERR(syscall(SYS_pivot_root, ".", "."), EINVAL);
    change("/", MS_PRIVATE);
    CHECK_OK(syscall(SYS_pivot_root, ".", "."));
}

TEST(mount_overADescriptorInProc_failsEnoent) {
    setup();
    char path[64];
    close(make_file("file", ""));
    int fd = open("file", O_RDONLY);
    snprintf(path, sizeof path, "/proc/%d/fd/%d", getpid(), fd);
    int link = open(path, O_PATH | O_NOFOLLOW);
    REQUIRE(link >= 0);
    snprintf(path, sizeof path, "/proc/%d/fd/%d", getpid(), link);
    CHECK_ERR(mount("file", path, NULL, MS_BIND, NULL), ENOENT);
    snprintf(path, sizeof path, "/proc/%d/fdinfo/%d", getpid(), fd);
    CHECK_ERR(mount("file", path, NULL, MS_BIND, NULL), ENOENT);
}

/* What the limit is; it holds for every namespace by itself. */
static void set_limit(const char *value) {
    int fd = open("/proc/sys/fs/mount-max", O_WRONLY);
    REQUIRE(fd >= 0);
    CHECK_EQ(write(fd, value, strlen(value)), (ssize_t)strlen(value));
    close(fd);
}

/* How many mounts the namespace has, of which not all need be seen: one more is made. */
static int count_by_limit(const char *path) {
    char limit[32];
    int n = mounts_at("") > 0 ? mounts_at("") : 1;
    do {
        snprintf(limit, sizeof limit, "%d", ++n);
        set_limit(limit);
    } while (mount("x", path, "tmpfs", 0, NULL) < 0 && n < 100000);
    return n;
}

TEST(mount_beyondTheLimit_failsEnospc) {
    setup();
    char before[32] = "", limit[32];
    int fd = open("/proc/sys/fs/mount-max", O_RDONLY);
    REQUIRE(fd >= 0 && read(fd, before, sizeof before - 1) > 0);
    close(fd);
    shared_dir("p");
    REQUIRE_OK(mkdir("p/x", 0755));
    REQUIRE_OK(mkdir("q", 0755));
    REQUIRE_OK(mkdir("r", 0755));
    bind("p", "q");
    if (fork() == 0) {
        snprintf(limit, sizeof limit, "%d", count_by_limit("r") + 2);
        set_limit(limit);
        int first = mount("p/x", "p/x", NULL, MS_BIND, NULL);
        int second = mount("x", "p/x", "tmpfs", 0, NULL);
        int errno2 = errno;
        int third = mount("x", "r", "tmpfs", 0, NULL);
        int errno3 = errno;
        int unshared = unshare(CLONE_NEWNS);
        set_limit(before);
        CHECK(first == 0);
        CHECK(second < 0 && errno2 == ENOSPC);
        CHECK(third < 0 && errno3 == ENOSPC);
        CHECK(unshared == 0);
        CHECK_EQ(mounts_at("p"), 2);
        CHECK_EQ(mounts_at("q"), 2);
        CHECK_EQ(mounts_at("r"), 1);
        CHECK_OK(mount("x", "p/x", "tmpfs", 0, NULL));
        _exit(0);
    }
    wait(NULL);
}

TEST(umount_ofADeepStack_takesAllOfIt) {
    setup();
    REQUIRE_OK(mkdir("deep", 0755));
    for (int i = 0; i < 3000; i++) REQUIRE_OK(mount("deep", "deep", "tmpfs", 0, NULL));
    CHECK_EQ(mounts_at("deep"), 3000);
    REQUIRE_OK(unshare(CLONE_NEWNS));
    CHECK_EQ(mounts_at("deep"), 3000);
    REQUIRE_OK(mkdir("flat", 0755));
    CHECK_OK(mount(".", "flat", NULL, MS_BIND | MS_REC, NULL));
    CHECK_EQ(mounts_at("flat"), 3001);
    CHECK_OK(umount2("flat", MNT_DETACH));
    CHECK_EQ(mounts_at("flat"), 0);
}

TEST(mqueue_ofAnEndedNamespace_isSeenButTakesNothing) {
    setup();
    REQUIRE_OK(mkdir("queues", 0755));
    if (fork() == 0) {
        REQUIRE_OK(unshare(CLONE_NEWIPC));
        mqd_t made = mq_open("/mounttree", O_CREAT | O_EXCL | O_RDWR, 0755, NULL);
        CHECK(made >= 0);
        mq_close(made);
        CHECK_OK(mount("q", "queues", "mqueue", 0, NULL));
        CHECK(there("queues/mounttree"));
        _exit(0);
    }
    wait(NULL);
    CHECK(there("queues/mounttree"));
    CHECK_ERR(creat("queues/other", 0755), EACCES);
    CHECK_OK(unlink("queues/mounttree"));
    CHECK_OK(umount("queues"));
}

static struct timespec atime_of(const char *path) {
    struct stat st = {0};
    CHECK_OK(stat(path, &st));
    return st.st_atim;
}

static bool later(struct timespec a, struct timespec b) {
    return a.tv_sec != b.tv_sec ? a.tv_sec > b.tv_sec : a.tv_nsec > b.tv_nsec;
}

static void read_both(void) {
    char byte;
    struct timespec tick = {0, 30 * 1000 * 1000};
    nanosleep(&tick, NULL);
    int fd = open("t/file", O_RDONLY);
    CHECK_EQ(read(fd, &byte, 1), 1);
    close(fd);
    DIR *dir = opendir("t/dir");
    while (readdir(dir)) continue;
    closedir(dir);
}

/* Twice read: whether the second time moved the times of a file and a directory. */
static void atimes(unsigned long flags, bool file_moves, bool dir_moves, bool first_dir) {
    REQUIRE_OK(mkdir("t", 0755));
    REQUIRE_OK(mount("t", "t", "tmpfs", flags, NULL));
    close(make_file("t/file", "content"));
    REQUIRE_OK(mkdir("t/dir", 0755));
    struct timespec before = atime_of("t/dir");
    read_both();
    CHECK(later(atime_of("t/dir"), before) == first_dir);
    struct timespec file = atime_of("t/file"), dir = atime_of("t/dir");
    read_both();
    CHECK(later(atime_of("t/file"), file) == file_moves);
    CHECK(later(atime_of("t/dir"), dir) == dir_moves);
    REQUIRE_OK(umount("t"));
    REQUIRE_OK(rmdir("t"));
}

TEST(read_movesAccessTimesAsTheMountSays) {
    setup();
    atimes(MS_STRICTATIME, true, true, true);
    atimes(MS_STRICTATIME | MS_NODIRATIME, true, false, false);
    atimes(MS_RELATIME, false, false, true);
    atimes(MS_NODIRATIME, false, false, false);
    atimes(MS_NOATIME, false, false, false);
}

static void write_map(const char *name, const char *text) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/%s", name);
    int fd = open(path, O_WRONLY);
    CHECK_EQ(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static void nest(int level) {
    if (level == 34) {
        CHECK_ERR(unshare(CLONE_NEWUSER), ENOSPC);
        return;
    }
    REQUIRE_OK(unshare(CLONE_NEWUSER));
    write_map("uid_map", "0 0 1");
    write_map("setgroups", "deny");
    write_map("gid_map", "0 0 1");
    if (fork() == 0) {
        nest(level + 1);
        _exit(0);
    }
    wait(NULL);
}

TEST(unshare_ofNestedUserNamespaces_endsBelowLevel33) {
    need_root();
    nest(1);
}

TEST(namespace_ofLessPrivilegedUsers_keepsCopiesLocked) {
    setup();
    REQUIRE_OK(mkdir("cover", 0755));
    close(make_file("cover/hidden", ""));
    REQUIRE_OK(mount("cover", "cover", "tmpfs", MS_RDONLY, NULL));
    if (fork() == 0) {
        REQUIRE_OK(unshare(CLONE_NEWUSER | CLONE_NEWNS));
        write_map("uid_map", "0 0 1");
        write_map("setgroups", "deny");
        write_map("gid_map", "0 0 1");
        CHECK_ERR(umount("cover"), EINVAL);
        REQUIRE_OK(unshare(CLONE_NEWNS));
        CHECK_ERR(umount("cover"), EINVAL);
        CHECK_ERR(mount(NULL, "cover", NULL, MS_REMOUNT | MS_BIND, NULL), EPERM);
        REQUIRE_OK(mount("t", "/tmp", "tmpfs", 0, NULL));
        REQUIRE_OK(mkdir("/tmp/again", 0755));
        REQUIRE_OK(mount("cover", "/tmp/again", NULL, MS_BIND, NULL));
        CHECK_ERR(mount(NULL, "/tmp/again", NULL, MS_REMOUNT | MS_BIND, NULL), EPERM);
        CHECK_OK(umount("/tmp/again"));
        _exit(0);
    }
    wait(NULL);
}

TEST(mount_thatComesToLessPrivilegedUsers_isLockedInside) {
    setup();
    change(".", MS_SHARED);
    REQUIRE_OK(mkdir("x", 0755));
    REQUIRE_OK(mkdir("y", 0755));
    REQUIRE_OK(mount("y", "y", "tmpfs", 0, NULL));
    REQUIRE_OK(mkdir("y/in", 0755));
    REQUIRE_OK(mount("in", "y/in", "tmpfs", 0, NULL));
    int ready[2], go[2];
    char byte = 0;
    REQUIRE_OK(pipe(ready));
    REQUIRE_OK(pipe(go));
    if (fork() == 0) {
        REQUIRE_OK(unshare(CLONE_NEWUSER | CLONE_NEWNS));
        CHECK_EQ(write(ready[1], "r", 1), 1);
        CHECK_EQ(read(go[0], &byte, 1), 1);
        CHECK(there("x/in"));
        CHECK_ERR(umount("x/in"), EINVAL);
        _exit(0);
    }
    CHECK_EQ(read(ready[0], &byte, 1), 1);
    CHECK_OK(mount("y", "x", NULL, MS_BIND | MS_REC, NULL));
    CHECK_EQ(write(go[1], "g", 1), 1);
    wait(NULL);
}

TEST(create_byWhomTheFilesystemHasNoNameFor_failsEoverflow) {
    setup();
    REQUIRE_OK(mkdir("t", 0755));
    REQUIRE_OK(unshare(CLONE_NEWUSER | CLONE_NEWNS));
    write_map("uid_map", "0 0 1");
    REQUIRE_OK(mount("t", "t", "tmpfs", 0, NULL));
    CHECK_ERR(mkdir("t/dir", 0755), EOVERFLOW);
    CHECK_ERR(open("t/file", O_CREAT | O_RDWR, 0644), EOVERFLOW);
    CHECK_ERR(symlink("x", "t/link"), EOVERFLOW);
    write_map("setgroups", "deny");
    write_map("gid_map", "0 0 1");
    CHECK_OK(mkdir("t/dir", 0755));
}

/* The options that /proc/self/mounts shows of a mount from "times". */
static const char *times(void) {
    static char last[256];
    char line[8192];
    FILE *file = fopen("/proc/self/mounts", "r");
    while (fgets(line, sizeof line, file))
        if (!strncmp(line, "times ", 6)) sscanf(line, "%*s %*s %*s %255[a-z,]", last);
    fclose(file);
    char *end = strstr(last, "time");
    for (char *next; end && (next = strstr(end + 4, "time"));) end = next;
    if (end) end[4] = 0;
    return last;
}

TEST(remount_leavesAccessTimesUnlessItSaysSomethingOfThem) {
    setup();
    REQUIRE_OK(mkdir("t", 0755));
    REQUIRE_OK(mount("times", "t", "tmpfs", 0, NULL));
    CHECK_STR(times(), "rw,relatime");
    CHECK_OK(mount(NULL, "t", NULL, MS_REMOUNT, NULL));
    CHECK_STR(times(), "rw,relatime");
    CHECK_OK(mount(NULL, "t", NULL, MS_REMOUNT | MS_NODIRATIME, NULL));
    CHECK_STR(times(), "rw,nodiratime,relatime");
    CHECK_OK(mount(NULL, "t", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL));
    CHECK_STR(times(), "ro,nodiratime,relatime");
    CHECK_OK(mount(NULL, "t", NULL, MS_REMOUNT | MS_NOATIME, NULL));
    CHECK_STR(times(), "rw,noatime");
}
