/* statmount(2), listmount(2), in a mount namespace of the test's own. */
#include "check.h"

#include <sys/ioctl.h>
#include <sys/mount.h>

#define NR_STATMOUNT 457
#define NR_LISTMOUNT 458
#ifndef STATX_MNT_ID_UNIQUE
#define STATX_MNT_ID_UNIQUE 0x4000u
#endif

enum {
    SB_BASIC = 1,
    MNT_BASIC = 2,
    PROPAGATE_FROM = 4,
    MNT_ROOT = 8,
    MNT_POINT = 0x10,
    FS_TYPE = 0x20,
    MNT_NS_ID = 0x40,
    MNT_OPTS = 0x80,
    FS_SUBTYPE = 0x100,
    SB_SOURCE = 0x200,
    OPT_ARRAY = 0x400,
    SUPPORTED = 0x1000,
};

struct about {
    uint32_t size, opts;
    uint64_t mask;
    uint32_t major, minor;
    uint64_t magic;
    uint32_t sb_flags, type;
    uint64_t id, parent;
    uint32_t old_id, old_parent;
    uint64_t attributes, propagation, peers, master, from;
    uint32_t root, point;
    uint64_t namespace;
    uint32_t subtype, source, option_count, options, sec_count, secs;
    uint64_t supported;
    uint32_t uids, uid_map, gids, gid_map;
    uint64_t spare[43];
    char text[4096];
};

struct request {
    uint32_t size, fd;
    uint64_t id, param, namespace;
};

static uint64_t id_of(const char *path) {
    struct statx result = {0};
    CHECK_OK(statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_MNT_ID_UNIQUE, &result));
    if (!(result.stx_mask & STATX_MNT_ID_UNIQUE)) SKIP("this kernel has no unique mount ids");
    return result.stx_mnt_id;
}

static int ask(uint64_t id, uint64_t wanted, struct about *about, size_t size) {
    struct request request = {.size = sizeof request, .id = id, .param = wanted};
    return syscall(NR_STATMOUNT, &request, about, size, 0);
}

static struct about about(const char *path, uint64_t wanted) {
    struct about result;
    memset(&result, 0x55, sizeof result);
    CHECK_OK(ask(id_of(path), wanted, &result, sizeof result));
    return result;
}

static int list(uint64_t top, uint64_t last, uint64_t *ids, size_t count, int flags) {
    struct request request = {.size = sizeof request, .id = top, .param = last};
    return syscall(NR_LISTMOUNT, &request, ids, count, flags);
}

static bool has(const uint64_t *ids, int count, uint64_t id) {
    for (int i = 0; i < count; i++) {
        if (ids[i] == id) return true;
    }
    return false;
}

static void setup(void) {
    need_root();
    if (unshare(CLONE_NEWNS) < 0) SKIP("unshare gives %s", check_errno(errno));
    CHECK_OK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
    CHECK_OK(mkdir("m", 0755));
    REQUIRE_OK(mount("some source", "m", "tmpfs", MS_NOSUID | MS_NOATIME, "size=1m,mode=700"));
    CHECK_OK(mkdir("m/a", 0755));
    CHECK_OK(mkdir("m/b", 0755));
    struct about probe;
    if (ask(id_of("m"), 0, &probe, sizeof probe) < 0 && errno == ENOSYS) SKIP("this kernel has no statmount");
}

TEST(statmount_ofNothing_givesSizeAndMask) {
    setup();
    struct about a = about("m", 0);
    CHECK_EQ(a.size, 512);
    CHECK_EQ(a.mask, 0);
    CHECK_EQ(a.magic, 0);
    a = about("m", 1ull << 40);
    CHECK_EQ(a.mask, 0);
}

TEST(statmount_ofBasics_givesThem) {
    setup();
    struct about a = about("m", SB_BASIC | MNT_BASIC);
    struct stat s;
    CHECK_OK(stat("m", &s));
    CHECK_EQ(a.mask, SB_BASIC | MNT_BASIC);
    CHECK_EQ(a.size, 512);
    CHECK_EQ(a.major, s.st_dev >> 8);
    CHECK_EQ(a.minor, s.st_dev & 0xff);
    CHECK_EQ(a.magic, 0x01021994);
    CHECK_EQ(a.sb_flags, 0);
    CHECK_EQ(a.id, id_of("m"));
    CHECK_EQ(a.parent, id_of("."));
    struct statx x;
    CHECK_OK(statx(AT_FDCWD, "m", 0, 0, &x));
    CHECK_EQ(a.old_id, x.stx_mnt_id);
    CHECK_EQ(a.attributes, 0x2 | 0x10);
    CHECK_EQ(a.propagation, MS_PRIVATE);
    CHECK_EQ(a.peers, 0);
    CHECK_EQ(a.master, 0);
}

TEST(statmount_ofReadOnly_tellsFileSystemAndMountApart) {
    setup();
    CHECK_OK(mount("none", "m/a", "tmpfs", MS_RDONLY, NULL));
    struct about a = about("m/a", SB_BASIC | MNT_BASIC);
    CHECK_EQ(a.sb_flags, MS_RDONLY);
    CHECK_EQ(a.attributes, 1);
    CHECK_OK(mount(NULL, "m", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NOATIME, NULL));
    a = about("m", SB_BASIC | MNT_BASIC);
    CHECK_EQ(a.sb_flags, 0);
    CHECK_EQ(a.attributes, 1 | 2 | 0x10);
    /* without MS_BIND the file system, through all its mounts */
    CHECK_OK(mount(NULL, "m", NULL, MS_REMOUNT | MS_BIND | MS_NOSUID, NULL));
    CHECK_OK(mount("m", "m/b", NULL, MS_BIND, NULL));
    CHECK_OK(mount(NULL, "m", NULL, MS_REMOUNT | MS_RDONLY | MS_NOSUID, NULL));
    a = about("m/b", SB_BASIC | MNT_BASIC);
    CHECK_EQ(a.sb_flags, MS_RDONLY);
    CHECK_EQ(a.attributes & 1, 0);
    CHECK_ERR(open("m/b/new", O_CREAT | O_WRONLY, 0600), EROFS);
    CHECK_OK(mount(NULL, "m", NULL, MS_REMOUNT | MS_NOSUID, NULL));
    CHECK_OK(open("m/b/new", O_CREAT | O_WRONLY, 0600));
}

TEST(statmount_ofStrings_givesThem) {
    setup();
    CHECK_OK(mkdir("m/a/with space", 0755));
    CHECK_OK(mount("m/a/with space", "m/b", NULL, MS_BIND, NULL));
    struct about a = about("m/b", MNT_ROOT | MNT_POINT | FS_TYPE | SB_SOURCE | FS_SUBTYPE);
    CHECK_EQ(a.mask, MNT_ROOT | MNT_POINT | FS_TYPE | (a.mask & SB_SOURCE));
    CHECK_STR(a.text, "");
    CHECK_STR(a.text + a.type, "tmpfs");
    CHECK_STR(a.text + a.root, "/a/with space");
    char here[PATH_MAX], point[PATH_MAX + 8];
    CHECK(getcwd(here, sizeof here) != NULL);
    snprintf(point, sizeof point, "%s/m/b", here);
    CHECK_STR(a.text + a.point, point);
    if (a.mask & SB_SOURCE) CHECK_STR(a.text + a.source, "some source");
    CHECK_EQ(a.subtype, 0);
    size_t strings = 1 + sizeof "tmpfs" + sizeof "/a/with space" + strlen(point) + 1;
    if (a.mask & SB_SOURCE) strings += sizeof "some source";
    CHECK_EQ(a.size, 512 + strings);
}

TEST(statmount_ofOptions_givesThem) {
    setup();
    struct about a = about("m", MNT_OPTS | OPT_ARRAY | SUPPORTED);
    if (!(a.mask & SUPPORTED)) SKIP("this kernel does not tell what it supports");
    CHECK_EQ(a.supported & (MNT_OPTS | OPT_ARRAY | SUPPORTED | FS_TYPE), MNT_OPTS | OPT_ARRAY | SUPPORTED | FS_TYPE);
    CHECK_EQ(a.mask, MNT_OPTS | OPT_ARRAY | SUPPORTED);
    CHECK(strncmp(a.text + a.opts, "size=1024k,mode=700", 19) == 0);
    CHECK(a.option_count >= 2);
    CHECK_STR(a.text + a.options, "size=1024k");
    CHECK_STR(a.text + a.options + sizeof "size=1024k", "mode=700");
    a = about("/proc", OPT_ARRAY | FS_TYPE);
    CHECK_STR(a.text + a.type, "proc");
}

TEST(statmount_withoutRoomForStrings_failsEoverflow) {
    setup();
    struct about a;
    CHECK_ERR(ask(id_of("m"), FS_TYPE, &a, 512 + 6), EOVERFLOW);
    CHECK_OK(ask(id_of("m"), FS_TYPE, &a, 512 + 7));
    CHECK_EQ(a.size, 519);
    memset(&a, 0x55, sizeof a);
    CHECK_OK(ask(id_of("m"), SB_BASIC, &a, 16));
    CHECK_EQ(a.size, 16);
    CHECK_EQ(a.mask, 1);
    CHECK_EQ(a.major, 0x55555555);
    memset(&a, 0x55, sizeof a);
    CHECK_OK(ask(id_of("m"), SB_BASIC, &a, 0));
    CHECK_EQ(a.size, 0x55555555);
}

TEST(statmount_ofPropagation_givesGroups) {
    setup();
    CHECK_OK(mount("none", "m/a", "tmpfs", 0, NULL));
    CHECK_OK(mount(NULL, "m/a", NULL, MS_SHARED, NULL));
    CHECK_OK(mount("m/a", "m/b", NULL, MS_BIND, NULL));
    struct about a = about("m/a", MNT_BASIC | PROPAGATE_FROM), b = about("m/b", MNT_BASIC | PROPAGATE_FROM);
    CHECK_EQ(a.propagation, MS_SHARED);
    CHECK(a.peers != 0);
    CHECK_EQ(a.peers, b.peers);
    CHECK_EQ(a.mask, MNT_BASIC | PROPAGATE_FROM);
    CHECK_EQ(a.from, 0);
    CHECK_OK(mount(NULL, "m/b", NULL, MS_SLAVE, NULL));
    b = about("m/b", MNT_BASIC | PROPAGATE_FROM);
    CHECK_EQ(b.propagation, MS_SLAVE);
    CHECK_EQ(b.peers, 0);
    CHECK_EQ(b.master, a.peers);
    CHECK_EQ(b.from, a.peers);
    CHECK_OK(mount(NULL, "m/b", NULL, MS_UNBINDABLE, NULL));
    CHECK_EQ(about("m/b", MNT_BASIC).propagation, MS_UNBINDABLE);
}

TEST(listmount_ofRoot_givesAllInOrder) {
    setup();
    uint64_t ids[500];
    int n = CHECK_OK(list(-1ull, 0, ids, 500, 0));
    CHECK(n > 1 && n < 500);
    for (int i = 1; i < n; i++) CHECK(ids[i - 1] < ids[i]);
    CHECK(has(ids, n, id_of("/")));
    CHECK(has(ids, n, id_of("m")));
    uint64_t back[500];
    CHECK_EQ(list(-1ull, 0, back, 500, 1), n);
    for (int i = 0; i < n; i++) CHECK_EQ(back[i], ids[n - 1 - i]);
    /* in pieces */
    uint64_t last = 0;
    for (int i = 0; i < n; i++) {
        CHECK_EQ(list(-1ull, last, &last, 1, 0), 1);
        CHECK_EQ(last, ids[i]);
    }
    CHECK_EQ(list(-1ull, last, &last, 1, 0), 0);
    CHECK_EQ(list(-1ull, 0, ids, 0, 0), 0);
}

TEST(listmount_ofMount_givesThoseBelow) {
    setup();
    CHECK_OK(mount("none", "m/a", "tmpfs", 0, NULL));
    CHECK_OK(mkdir("m/a/c", 0755));
    CHECK_OK(mount("none", "m/a/c", "tmpfs", 0, NULL));
    uint64_t ids[10];
    CHECK_EQ(list(id_of("m"), 0, ids, 10, 0), 2);
    CHECK_EQ(ids[0], id_of("m/a"));
    CHECK_EQ(ids[1], id_of("m/a/c"));
    CHECK_EQ(list(id_of("m/a/c"), 0, ids, 10, 0), 0);
    /* after a move the order is still that of the ids */
    CHECK_OK(mount("m/a", "m/b", NULL, MS_MOVE, NULL));
    CHECK_EQ(list(id_of("m"), 0, ids, 10, 0), 2);
    CHECK_EQ(ids[0], id_of("m/b"));
}

TEST(statmount_withWrongArguments_fails) {
    setup();
    struct about a;
    uint64_t id = id_of("m");
    struct request request = {.size = 24, .id = id, .param = 1};
    CHECK_OK(syscall(NR_STATMOUNT, &request, &a, sizeof a, 0));
    CHECK_ERR(syscall(NR_STATMOUNT, &request, &a, sizeof a, 0x100), EINVAL);
    CHECK_ERR(syscall(NR_STATMOUNT, NULL, &a, sizeof a, 0), EFAULT);
    CHECK_ERR(syscall(NR_STATMOUNT, &request, NULL, sizeof a, 0), EFAULT);
    request.size = 23;
    CHECK_ERR(syscall(NR_STATMOUNT, &request, &a, sizeof a, 0), EINVAL);
    request.size = 4097;
    CHECK_ERR(syscall(NR_STATMOUNT, &request, &a, sizeof a, 0), E2BIG);
    CHECK_ERR(ask(5, 1, &a, sizeof a), EINVAL);
    CHECK_ERR(ask(1ull << 50, 1, &a, sizeof a), ENOENT);
    CHECK_OK(umount("m"));
    CHECK_ERR(ask(id, 1, &a, sizeof a), ENOENT);
    uint64_t ids[2];
    CHECK_ERR(list(5, 0, ids, 2, 0), EINVAL);
    CHECK_ERR(list(-1ull, 5, ids, 2, 0), EINVAL);
    CHECK_ERR(list(id, 0, ids, 2, 0), ENOENT);
    CHECK_ERR(list(-1ull, 0, ids, 2, 2), EINVAL);
    CHECK_ERR(list(-1ull, 0, ids, 2000000, 0), EOVERFLOW);
    CHECK_ERR(list(-1ull, 0, NULL, 2, 0), EFAULT);
    char larger[64] = {0};
    memcpy(larger, &request, sizeof request);
    ((struct request *)larger)->size = 64;
    ((struct request *)larger)->id = id_of("/");
    CHECK_OK(syscall(NR_STATMOUNT, larger, &a, sizeof a, 0));
    larger[60] = 1;
    CHECK_ERR(syscall(NR_STATMOUNT, larger, &a, sizeof a, 0), E2BIG);
}

TEST(statmount_ofNamespaces_seesThem) {
    setup();
    struct about a = about("m", MNT_NS_ID);
    CHECK_EQ(a.mask, MNT_NS_ID);
    CHECK(a.namespace != 0);
    int fd = REQUIRE_OK(open("/proc/self/ns/mnt", O_RDONLY));
    uint64_t number = 0;
    if (ioctl(fd, 0x8008b705, &number) < 0) SKIP("this kernel does not number namespaces");
    CHECK_EQ(number, a.namespace);
    int uts = REQUIRE_OK(open("/proc/self/ns/uts", O_RDONLY));
    CHECK_ERR(ioctl(uts, 0x8008b705, &number), EINVAL);
    uint64_t mine = id_of("m");
    int ready[2];
    CHECK_OK(pipe(ready));
    /* the child has copies of the mounts, which have ids of their own */
    pid_t child = START_CHILD({
        CHECK_OK(unshare(CLONE_NEWNS));
        uint64_t own = id_of("m");
        CHECK(own != mine);
        struct about there;
        CHECK_ERR(ask(mine, MNT_BASIC, &there, sizeof there), ENOENT);
        struct request request = {.size = sizeof request, .id = mine, .param = MNT_NS_ID, .namespace = number};
        CHECK_OK(syscall(NR_STATMOUNT, &request, &there, sizeof there, 0));
        CHECK_EQ(there.namespace, number);
        request = (struct request){.size = sizeof request, .fd = fd, .id = mine, .param = MNT_NS_ID};
        if (syscall(NR_STATMOUNT, &request, &there, sizeof there, 0) == 0) {
            CHECK_EQ(there.namespace, number);
            request.fd = uts;
            CHECK_ERR(syscall(NR_STATMOUNT, &request, &there, sizeof there, 0), EINVAL);
            request.fd = 99;
            CHECK_ERR(syscall(NR_STATMOUNT, &request, &there, sizeof there, 0), EBADF);
        } else {
            CHECK_EQ(errno, EINVAL);
        }
        request = (struct request){.size = sizeof request, .id = own, .param = 1, .namespace = 12345678};
        CHECK_ERR(syscall(NR_STATMOUNT, &request, &there, sizeof there, 0), ENOENT);
    });
    CHECK_EQ(wait_for(child), 0);
}

TEST(statmount_ofHiddenMount_failsEperm) {
    setup();
    CHECK_OK(mount("none", "m/a", "tmpfs", 0, NULL));
    uint64_t outside = id_of("/"), inside = id_of("m/a");
    CHECK_EQ(IN_CHILD({
        CHECK_OK(chroot("m"));
        CHECK_OK(chdir("/"));
        struct about a;
        /* an administrator sees it, without a place */
        CHECK_OK(ask(outside, MNT_POINT | MNT_BASIC, &a, sizeof a));
        CHECK_EQ(a.mask & MNT_POINT, 0);
        CHECK_OK(ask(inside, MNT_POINT, &a, sizeof a));
        CHECK_STR(a.text + a.point, "/a");
        CHECK_OK(chmod("/", 0755));
        CHECK_OK(setresuid(1000, 1000, 1000));
        CHECK_ERR(ask(outside, MNT_BASIC, &a, sizeof a), EPERM);
        CHECK_OK(ask(inside, MNT_BASIC, &a, sizeof a));
        uint64_t ids[10];
        CHECK_ERR(list(outside, 0, ids, 10, 0), EPERM);
        /* the root is no whole mount that could be listed: only what is below it */
        CHECK_EQ(has(ids, list(-1ull, 0, ids, 10, 0), inside), 1);
        CHECK_EQ(has(ids, list(-1ull, 0, ids, 10, 0), outside), 0);
    }), EXITED(0));
}

TEST(statmount_withEmptyStringsOnly_succeeds) {
    setup();
    struct about a;
    memset(&a, 0x55, sizeof a);
    CHECK_OK(ask(id_of("m"), FS_SUBTYPE, &a, sizeof a));
    CHECK_EQ(a.mask, 0);
    CHECK_EQ(a.subtype, 0);
    CHECK_EQ(a.text[0], 0);
}
