/* mount_namespaces(7), mount(2) with MS_SHARED and its kin, unshare(2), setns(2), pivot_root(2): mounts that some see and others do
 * not, in a namespace of the test's own. */
#include "check.h"

#include <sys/mount.h>

static void setup(void) {
    need_root();
    if (unshare(CLONE_NEWNS) < 0) SKIP("unshare gives %s", check_errno(errno));
    CHECK_OK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
    CHECK_OK(mkdir("m", 0755));
    if (mount("none", "m", "tmpfs", 0, NULL) < 0) SKIP("mount gives %s", check_errno(errno));
    REQUIRE_OK(chdir("m"));
    CHECK_OK(mkdir("a", 0755));
    CHECK_OK(mkdir("b", 0755));
    CHECK_OK(mkdir("c", 0755));
    CHECK_OK(mkdir("a/x", 0755));
}

static bool there(const char *path) {
    return access(path, F_OK) == 0;
}

static void tmpfs(const char *path, const char *mark) {
    char name[128];
    REQUIRE_OK(mount("none", path, "tmpfs", 0, NULL));
    snprintf(name, sizeof name, "%s/%s", path, mark);
    close(make_file(name, ""));
}

/* Optional fields of the mount on top at a path, from /proc/self/mountinfo. */
static const char *tags(const char *end) {
    static char found[256];
    *found = 0;
    char text[65536];
    strcpy(text, text_of("/proc/self/mountinfo"));
    char *rest;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char point[512], fields[256] = "";
        if (sscanf(line, "%*d %*d %*s %*s %511s %*s %255[^\n]", point, fields) < 1) continue;
        size_t size = strlen(point), wanted = strlen(end);
        if (size >= wanted && strcmp(point + size - wanted, end) == 0) {
            char *dash = strstr(fields, "- ");
            if (dash) *dash = 0;
            strcpy(found, fields);
        }
    }
    return found;
}

TEST(unshare_ownMounts) {
    setup();
    CHECK_EQ(IN_CHILD({
                 CHECK_OK(unshare(CLONE_NEWNS));
                 tmpfs("a", "inside");
                 CHECK(there("a/inside"));
             }),
            0);
    CHECK(!there("a/inside"));
    CHECK(there("a/x"));
}

TEST(clone_ownMounts_cwdAndRootFollow) {
    setup();
    pid_t child = syscall(SYS_clone, CLONE_NEWNS | SIGCHLD, NULL, NULL, NULL, 0);
    REQUIRE(child >= 0);
    if (child == 0) {
        tmpfs("a", "inside");
        CHECK(there("a/inside"));
        CHECK_OK(umount2("../m", MNT_DETACH));
        _exit(0);
    }
    CHECK_EQ(wait_for(child), 0);
    CHECK(there("a/x"));
    CHECK(!there("a/inside"));
    CHECK_ERR(syscall(SYS_clone, CLONE_NEWNS | CLONE_FS | SIGCHLD, NULL, NULL, NULL, 0), EINVAL);
}

TEST(setns_joinsMounts) {
    setup();
    char here[512];
    REQUIRE(getcwd(here, sizeof here));
    int gate[2];
    REQUIRE_OK(pipe(gate));
    pid_t child = START_CHILD({
        unshare(CLONE_NEWNS);
        tmpfs("a", "inside");
        CHECK(write(gate[1], "x", 1) == 1);
        pause();
    });
    char byte, path[600];
    CHECK_EQ(read(gate[0], &byte, 1), 1);
    snprintf(path, sizeof path, "/proc/%d/ns/mnt", child);
    int home = REQUIRE_OK(open("/proc/self/ns/mnt", O_RDONLY));
    int other = REQUIRE_OK(open(path, O_RDONLY));
    struct stat one, two;
    fstat(home, &one);
    fstat(other, &two);
    CHECK(one.st_ino != two.st_ino);
    CHECK_OK(setns(other, CLONE_NEWNS));
    REQUIRE_OK(chdir(here));
    CHECK(there("a/inside"));
    CHECK_OK(setns(home, CLONE_NEWNS));
    REQUIRE_OK(chdir(here));
    CHECK(!there("a/inside"));
    /* what lies in another namespace cannot be changed from here */
    snprintf(path, sizeof path, "/proc/%d/root%s/a", child, here);
    char inside[700];
    snprintf(inside, sizeof inside, "/proc/%d/root%s/a/inside", child, here);
    CHECK(there(inside));
    CHECK_ERR(umount(path), EINVAL);
    kill(child, SIGKILL);
    wait_for(child);
}

TEST(shared_mountsPropagate) {
    setup();
    CHECK_OK(mount("a", "a", NULL, MS_BIND, NULL));
    CHECK_OK(mount(NULL, "a", NULL, MS_SHARED, NULL));
    CHECK_OK(mount("a", "b", NULL, MS_BIND, NULL));
    CHECK(strncmp(tags("/m/a"), "shared:", 7) == 0);
    CHECK_STR(tags("/m/b"), strdup(tags("/m/a")));
    tmpfs("a/x", "one");
    CHECK(there("b/x/one"));
    CHECK(strncmp(tags("/m/b/x"), "shared:", 7) == 0);
    CHECK_OK(umount("b/x"));
    CHECK(!there("a/x/one"));
    /* into other namespaces, both ways */
    int gate[2], back[2];
    REQUIRE_OK(pipe(gate));
    REQUIRE_OK(pipe(back));
    pid_t child = START_CHILD({
        char byte;
        CHECK_OK(unshare(CLONE_NEWNS));
        tmpfs("a/x", "from the child");
        CHECK(write(gate[1], "x", 1) == 1);
        CHECK(read(back[0], &byte, 1) == 1);
        CHECK(there("b/x/from the parent"));
    });
    char byte;
    CHECK_EQ(read(gate[0], &byte, 1), 1);
    CHECK(there("a/x/from the child"));
    CHECK(there("b/x/from the child"));
    CHECK_OK(umount("a/x"));
    tmpfs("b/x", "from the parent");
    CHECK(write(back[1], "x", 1) == 1);
    CHECK_EQ(wait_for(child), 0);
}

TEST(slave_takesButDoesNotGive) {
    setup();
    CHECK_OK(mount("a", "a", NULL, MS_BIND, NULL));
    CHECK_OK(mount(NULL, "a", NULL, MS_SHARED, NULL));
    CHECK_OK(mount("a", "b", NULL, MS_BIND, NULL));
    CHECK_OK(mount(NULL, "b", NULL, MS_SLAVE, NULL));
    CHECK(strncmp(tags("/m/b"), "master:", 7) == 0);
    CHECK_EQ(atoi(tags("/m/b") + 7), atoi(strdup(tags("/m/a")) + 7));
    tmpfs("a/x", "given");
    CHECK(there("b/x/given"));
    CHECK(strncmp(tags("/m/b/x"), "master:", 7) == 0);
    CHECK_OK(umount("a/x"));
    CHECK(!there("b/x/given"));
    tmpfs("b/x", "kept");
    CHECK(!there("a/x/kept"));
    CHECK_OK(umount("b/x"));
    /* a slave can be shared, too, and gives to its own peers and slaves */
    CHECK_OK(mount(NULL, "b", NULL, MS_SHARED, NULL));
    CHECK(strstr(tags("/m/b"), "shared:") && strstr(tags("/m/b"), "master:"));
    CHECK_OK(mount("b", "c", NULL, MS_BIND, NULL));
    tmpfs("a/x", "through");
    CHECK(there("b/x/through"));
    CHECK(there("c/x/through"));
    CHECK_OK(umount("a/x"));
    CHECK(!there("c/x/through"));
    tmpfs("c/x", "aside");
    CHECK(there("b/x/aside"));
    CHECK(!there("a/x/aside"));
}

TEST(private_leavesItsPeers) {
    setup();
    CHECK_OK(mount("a", "a", NULL, MS_BIND, NULL));
    CHECK_OK(mount(NULL, "a", NULL, MS_SHARED, NULL));
    CHECK_OK(mount("a", "b", NULL, MS_BIND, NULL));
    CHECK_OK(mount(NULL, "b", NULL, MS_PRIVATE, NULL));
    CHECK_STR(tags("/m/b"), "");
    tmpfs("a/x", "mine");
    CHECK(!there("b/x/mine"));
    /* a slave of nobody is private */
    CHECK_OK(mount(NULL, "a", NULL, MS_SLAVE, NULL));
    CHECK_STR(tags("/m/a"), "");
}

TEST(slave_ofGoneMaster_isPrivate) {
    setup();
    CHECK_OK(mount("a", "a", NULL, MS_BIND, NULL));
    CHECK_OK(mount(NULL, "a", NULL, MS_SHARED, NULL));
    CHECK_OK(mount("a", "b", NULL, MS_BIND, NULL));
    CHECK_OK(mount(NULL, "b", NULL, MS_SLAVE, NULL));
    CHECK_OK(umount("a"));
    CHECK_STR(tags("/m/b"), "");
}

TEST(unbindable_isNotBound) {
    setup();
    CHECK_OK(mount("a", "a", NULL, MS_BIND, NULL));
    CHECK_OK(mount(NULL, "a", NULL, MS_UNBINDABLE, NULL));
    CHECK_STR(tags("/m/a"), "unbindable ");
    CHECK_ERR(mount("a", "b", NULL, MS_BIND, NULL), EINVAL);
    CHECK_ERR(mount("a/x", "b", NULL, MS_BIND, NULL), EINVAL);
    /* recursively it is left out */
    tmpfs("c", "below");
    CHECK_OK(mkdir("../n", 0755));
    CHECK_OK(mount(".", "../n", NULL, MS_BIND | MS_REC, NULL));
    CHECK(there("../n/c/below"));
    CHECK(there("../n/a/x"));
    CHECK_STR(tags("/n/a"), "");
}

TEST(propagation_badArguments_fail) {
    setup();
    CHECK_ERR(mount(NULL, "a", NULL, MS_SHARED, NULL), EINVAL); /* no mount begins there */
    tmpfs("a", "x");
    CHECK_ERR(mount(NULL, "a", NULL, MS_SHARED | MS_PRIVATE, NULL), EINVAL);
    CHECK_ERR(mount(NULL, "a", NULL, MS_SHARED | MS_RDONLY, NULL), EINVAL);
    CHECK_OK(mount(NULL, "a", NULL, MS_SHARED | MS_REC | MS_SILENT, NULL));
    /* nothing moves out of a shared mount */
    CHECK_OK(mkdir("a/y", 0755));
    tmpfs("a/y", "z");
    CHECK_ERR(mount("a/y", "b", NULL, MS_MOVE, NULL), EINVAL);
    CHECK_OK(mount(NULL, "a", NULL, MS_PRIVATE, NULL));
    CHECK_OK(mount("a/y", "b", NULL, MS_MOVE, NULL));
    CHECK(there("b/z"));
}

TEST(rbind_ofTree_isShared) {
    setup();
    tmpfs("a", "one");
    CHECK_OK(mkdir("a/y", 0755));
    tmpfs("a/y", "two");
    CHECK_OK(mount("a", "b", NULL, MS_BIND | MS_REC, NULL));
    CHECK(there("b/one") && there("b/y/two"));
    CHECK_OK(umount("b/y"));
    CHECK(there("a/y/two"));
    CHECK_OK(mount(NULL, "a", NULL, MS_REC | MS_SHARED, NULL));
    CHECK(strncmp(tags("/m/a/y"), "shared:", 7) == 0);
    CHECK_OK(mount("a", "c", NULL, MS_BIND | MS_REC, NULL));
    CHECK_OK(umount2("a/y", MNT_DETACH));
    CHECK(!there("c/y/two"));
}

TEST(bind_ofSharedBelowItself_comesOnce) {
    setup();
    tmpfs("a", "one");
    CHECK_OK(mkdir("a/x", 0755));
    CHECK_OK(mount(NULL, "a", NULL, MS_SHARED, NULL));
    CHECK_OK(mount("a", "a/x", NULL, MS_BIND, NULL));
    CHECK(there("a/x/one"));
    CHECK(!there("a/x/x/one"));
    CHECK_OK(mount(NULL, "a/x", NULL, MS_SLAVE, NULL));
    CHECK_OK(umount("a/x"));
    CHECK(!there("a/x/one"));
}

TEST(move_intoShared_propagates) {
    setup();
    CHECK_OK(mount("a", "a", NULL, MS_BIND, NULL));
    CHECK_OK(mount(NULL, "a", NULL, MS_SHARED, NULL));
    CHECK_OK(mount("a", "b", NULL, MS_BIND, NULL));
    tmpfs("c", "moved");
    CHECK_OK(mount("c", "a/x", NULL, MS_MOVE, NULL));
    CHECK(there("a/x/moved"));
    CHECK(there("b/x/moved"));
    CHECK(!there("c/moved"));
}

TEST(umount_busyPeer_failsEbusy) {
    setup();
    CHECK_OK(mount("a", "a", NULL, MS_BIND, NULL));
    CHECK_OK(mount(NULL, "a", NULL, MS_SHARED, NULL));
    CHECK_OK(mount("a", "b", NULL, MS_BIND, NULL));
    tmpfs("a/x", "file");
    int fd = REQUIRE_OK(open("b/x/file", O_RDONLY));
    CHECK_ERR(umount("a/x"), EBUSY);
    close(fd);
    CHECK_OK(umount("a/x"));
    CHECK(!there("b/x/file"));
}

TEST(pivotRoot_intoSelf_thenDetach) {
    setup();
    tmpfs("a", "new root");
    CHECK_EQ(IN_CHILD({
                 CHECK_OK(unshare(CLONE_NEWNS));
                 REQUIRE_OK(chdir("a"));
                 CHECK_OK(syscall(SYS_pivot_root, ".", "."));
                 CHECK_OK(umount2(".", MNT_DETACH));
                 CHECK_OK(chdir("/"));
                 CHECK(there("/new root"));
                 CHECK(!there("/proc"));
             }),
            0);
    CHECK(there("/proc/self"));
    CHECK(there("a/new root"));
}

TEST(pivotRoot_withOldRoot) {
    setup();
    tmpfs("a", "new root");
    CHECK_OK(mkdir("a/old", 0755));
    CHECK_EQ(IN_CHILD({
                 CHECK_OK(unshare(CLONE_NEWNS));
                 CHECK_ERR(syscall(SYS_pivot_root, "b", "b"), EINVAL);
                 CHECK_OK(syscall(SYS_pivot_root, "a", "a/old"));
                 CHECK(there("/new root"));
                 CHECK(there("/old/proc/self"));
                 CHECK_OK(umount2("/old", MNT_DETACH));
                 CHECK(!there("/old/proc"));
             }),
            0);
    CHECK_OK(mount(NULL, "a", NULL, MS_SHARED, NULL));
    CHECK_EQ(IN_CHILD({
                 CHECK_OK(unshare(CLONE_NEWNS));
                 CHECK_ERR(syscall(SYS_pivot_root, "a", "a/old"), EINVAL);
             }),
            0);
}

TEST(upwards_fromWhatWasMovedOutOfTheMount_leadsNowhere) {
    setup();
    CHECK_OK(mkdir("a/x/deep", 0755));
    CHECK_OK(mount("a/x", "b", NULL, MS_BIND, NULL));
    int deep = REQUIRE_OK(open("b/deep", O_RDONLY | O_DIRECTORY));
    CHECK_OK(close(REQUIRE_OK(openat(deep, "..", O_PATH))));
    CHECK_OK(rename("a/x/deep", "c/deep"));
    CHECK_ERR(openat(deep, "..", O_PATH), ENOENT);
    CHECK_ERR(openat(deep, "../..", O_PATH), ENOENT);
    CHECK_ERR(faccessat(deep, "../x", F_OK, 0), ENOENT);
    CHECK_OK(faccessat(deep, ".", F_OK, 0));
    CHECK_OK(rename("c/deep", "a/x/deep"));
    CHECK_OK(close(REQUIRE_OK(openat(deep, "..", O_PATH))));
    CHECK_OK(umount2("b", MNT_DETACH));
}

TEST(sharing_isCopiedBetweenNamespaces) {
    setup();
    CHECK_OK(mount("none", "a", "tmpfs", 0, NULL));
    CHECK_OK(mount(NULL, "a", NULL, MS_SHARED, NULL));
    int from = REQUIRE_OK(open("a", O_RDONLY));
    CHECK_EQ(IN_CHILD({
                 REQUIRE_OK(unshare(CLONE_NEWNS));
                 CHECK_OK(mount(NULL, "a", NULL, MS_PRIVATE, NULL));
                 CHECK_STR(tags("/m/a"), "");
                 int to = REQUIRE_OK(open("a", O_RDONLY));
                 CHECK_OK(syscall(SYS_move_mount, from, "", to, "", 0x100 | 4 | 0x40));
                 CHECK(strncmp(tags("/m/a"), "shared:", 7) == 0);
             }),
            0);
}
