/* acl(5): access and default lists as extended attributes, on a tmpfs and on an overlay over two. */
#include "check.h"

#include <grp.h>
#include <sys/mount.h>
#include <sys/xattr.h>

#define ACCESS "system.posix_acl_access"
#define DEFAULT "system.posix_acl_default"
#define ANN 1001
#define BOB 1002
#define CREW 2001

enum { USER_OBJ = 1, USER = 2, GROUP_OBJ = 4, GROUP = 8, MASK = 16, OTHER = 32 };

struct list {
    uint32_t version;
    struct { uint16_t tag, perm; uint32_t id; } entry[16];
};

/* Makes a list from triples; gives its size in bytes. */
static size_t fill(struct list *list, size_t count, const unsigned triples[][3]) {
    list->version = 2;
    for (size_t i = 0; i < count; i++) {
        list->entry[i].tag = triples[i][0], list->entry[i].perm = triples[i][1], list->entry[i].id = triples[i][2];
    }
    return 4 + 8 * count;
}

#define SET(path, name, ...)                                                                  \
    ({                                                                                        \
        const unsigned t_[][3] = {__VA_ARGS__};                                               \
        struct list l_;                                                                       \
        size_t s_ = fill(&l_, sizeof t_ / sizeof t_[0], t_);                                  \
        setxattr(path, name, &l_, s_, 0);                                                     \
    })

/* The list in the notation u::rwx,u:1001:r--,... ; "-" for none. */
static const char *shown(const char *path, const char *name) {
    static char text[512];
    struct list list;
    ssize_t size = getxattr(path, name, &list, sizeof list);
    if (size < 0) return errno == ENODATA ? "-" : strerrorname_np(errno);
    if (size < 4 || list.version != 2 || size % 8 != 4) return "strange";
    int at = 0;
    for (int i = 0; i < (size - 4) / 8; i++) {
        int tag = list.entry[i].tag, perm = list.entry[i].perm;
        const char *kind = tag & (USER_OBJ | USER) ? "u" : tag & (GROUP_OBJ | GROUP) ? "g" : tag == MASK ? "m" : "o";
        char id[16] = "";
        if (tag & (USER | GROUP)) snprintf(id, sizeof id, "%u", list.entry[i].id);
        else CHECK_EQ(list.entry[i].id, 0xffffffff);
        at += snprintf(text + at, sizeof text - at, "%s%s:%s:%c%c%c", at ? "," : "", kind, id, perm & 4 ? 'r' : '-',
                perm & 2 ? 'w' : '-', perm & 1 ? 'x' : '-');
    }
    return text;
}

static int mode_of(const char *path) {
    struct stat about;
    REQUIRE_OK(lstat(path, &about));
    return about.st_mode & 07777;
}

/* A tmpfs of its own as working directory, that everybody may enter. */
static void on_tmpfs(void) {
    need_root();
    REQUIRE_OK(unshare(CLONE_NEWNS));
    REQUIRE_OK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
    REQUIRE_OK(chmod(".", 0755));
    REQUIRE_OK(mkdir("m", 0755));
    REQUIRE_OK(mount("t", "m", "tmpfs", 0, "mode=755"));
    REQUIRE_OK(chdir("m"));
}

/* An overlay whose lower layer has been prepared by "prepare" in the directory that is current then. */
static void on_overlay(void (*prepare)(void)) {
    on_tmpfs();
    REQUIRE_OK(mkdir("lower", 0755));
    REQUIRE_OK(mkdir("upper", 0755));
    REQUIRE_OK(mkdir("work", 0755));
    REQUIRE_OK(mkdir("merged", 0755));
    REQUIRE_OK(chdir("lower"));
    prepare();
    REQUIRE_OK(chdir(".."));
    REQUIRE_OK(mount("o", "merged", "overlay", 0, "lowerdir=lower,upperdir=upper,workdir=work"));
    REQUIRE_OK(chdir("merged"));
}

static void become(uid_t uid, gid_t gid, gid_t more) {
    REQUIRE_OK(setgroups(more ? 1 : 0, &more));
    REQUIRE_OK(setresgid(gid, gid, gid));
    REQUIRE_OK(setresuid(uid, uid, uid));
}

/* What somebody may do with a file: bits of access(2), found by asking with the effective ids. */
static int rights(const char *path, uid_t uid, gid_t gid, gid_t more) {
    int status = IN_CHILD({
        become(uid, gid, more);
        int found = 0;
        for (int bit = 1; bit <= 4; bit <<= 1) {
            if (faccessat(AT_FDCWD, path, bit, AT_EACCESS) == 0) found |= bit;
        }
        _exit(found);
    });
    return WEXITSTATUS(status);
}

TEST(file_withoutList_hasNone) {
    on_tmpfs();
    close(make_file("f", ""));
    CHECK_STR(shown("f", ACCESS), "-");
    CHECK_STR(shown(".", DEFAULT), "-");
    CHECK_STR(shown("f", DEFAULT), "-");
    CHECK_EQ(listxattr("f", NULL, 0), 0);
    CHECK_ERR(getxattr("f", "system.other", NULL, 0), EOPNOTSUPP);
    CHECK_ERR(setxattr("f", "system.other", "", 0, 0), EOPNOTSUPP);
    /* Taking away what is not there is no error. */
    CHECK_OK(removexattr("f", ACCESS));
    CHECK_OK(removexattr(".", DEFAULT));
    CHECK_OK(removexattr("f", DEFAULT));
}

TEST(set_minimalList_isTheMode) {
    on_tmpfs();
    close(make_file("f", ""));
    CHECK_OK(SET("f", ACCESS, {USER_OBJ, 7, -1}, {GROUP_OBJ, 4, -1}, {OTHER, 1, -1}));
    CHECK_EQ(mode_of("f"), 0741);
    CHECK_STR(shown("f", ACCESS), "-");
    CHECK_EQ(listxattr("f", NULL, 0), 0);
}

TEST(set_extendedList_showsAndMovesMode) {
    on_tmpfs();
    close(make_file("f", ""));
    CHECK_OK(SET("f", ACCESS, {USER_OBJ, 6, 0}, {USER, 7, ANN}, {GROUP_OBJ, 4, 99}, {MASK, 5, 0}, {OTHER, 0, 0}));
    CHECK_STR(shown("f", ACCESS), "u::rw-,u:1001:rwx,g::r--,m::r-x,o::---");
    CHECK_EQ(mode_of("f"), 0650);
    char names[64] = "";
    CHECK_EQ(listxattr("f", names, sizeof names), (ssize_t)sizeof ACCESS);
    CHECK_STR(names, ACCESS);
    CHECK_EQ(getxattr("f", ACCESS, NULL, 0), 44);
    char little[8];
    CHECK_ERR(getxattr("f", ACCESS, little, sizeof little), ERANGE);
    /* The list that stands for the mode alone, or an empty one, removes it; XATTR_CREATE does not count. */
    CHECK_OK(setxattr("f", ACCESS, "\2\0\0", 4, XATTR_CREATE));
    CHECK_STR(shown("f", ACCESS), "-");
    CHECK_EQ(mode_of("f"), 0650);
    CHECK_OK(SET("f", ACCESS, {USER_OBJ, 6, 0}, {USER, 7, ANN}, {GROUP_OBJ, 4, 0}, {MASK, 5, 0}, {OTHER, 0, 0}));
    CHECK_OK(removexattr("f", ACCESS));
    CHECK_STR(shown("f", ACCESS), "-");
    CHECK_EQ(mode_of("f"), 0650);
}

TEST(set_badLists_fail) {
    on_tmpfs();
    close(make_file("f", ""));
    CHECK_OK(mkdir("d", 0755));
    CHECK_OK(symlink("f", "l"));
    struct list list = {.version = 2};
    CHECK_ERR(setxattr("f", ACCESS, &list, 3, 0), EINVAL);
    CHECK_ERR(setxattr("f", ACCESS, &list, 5, 0), EINVAL);
    CHECK_ERR(setxattr("f", ACCESS, "\1\0\0", 4, 0), EOPNOTSUPP);
    CHECK_ERR(SET("f", ACCESS, {USER_OBJ, 6, 0}, {GROUP_OBJ, 4, 0}), EINVAL);
    CHECK_ERR(SET("f", ACCESS, {GROUP_OBJ, 6, 0}, {USER_OBJ, 4, 0}, {OTHER, 0, 0}), EINVAL);
    CHECK_ERR(SET("f", ACCESS, {USER_OBJ, 6, 0}, {USER, 7, ANN}, {GROUP_OBJ, 4, 0}, {OTHER, 0, 0}), EINVAL);
    CHECK_ERR(SET("f", ACCESS, {USER_OBJ, 8, 0}, {GROUP_OBJ, 4, 0}, {OTHER, 0, 0}), EINVAL);
    CHECK_ERR(SET("f", ACCESS, {USER_OBJ, 6, 0}, {USER, 7, -1}, {GROUP_OBJ, 4, 0}, {MASK, 7, 0}, {OTHER, 0, 0}), EINVAL);
    CHECK_ERR(SET("f", ACCESS, {USER_OBJ, 6, 0}, {64, 7, 0}, {GROUP_OBJ, 4, 0}, {MASK, 7, 0}, {OTHER, 0, 0}), EINVAL);
    CHECK_ERR(SET("f", ACCESS, {USER_OBJ, 6, 0}, {GROUP_OBJ, 4, 0}, {OTHER, 0, 0}, {OTHER, 0, 0}), EINVAL);
    CHECK_ERR(SET("f", DEFAULT, {USER_OBJ, 6, 0}, {GROUP_OBJ, 4, 0}, {OTHER, 0, 0}), EACCES);
    CHECK_ERR(lsetxattr("l", ACCESS, &list, 4, 0), EOPNOTSUPP);
    CHECK_ERR(lgetxattr("l", ACCESS, &list, 4), EOPNOTSUPP);
    CHECK_EQ(WEXITSTATUS(IN_CHILD({
        become(ANN, ANN, 0);
        CHECK_ERR(SET("f", ACCESS, {USER_OBJ, 6, 0}, {GROUP_OBJ, 4, 0}, {OTHER, 0, 0}), EPERM);
        CHECK_ERR(removexattr("f", ACCESS), EPERM);
    })), 0);
    CHECK_EQ(mode_of("f"), 0644);
}

TEST(chmod_changesTheMask) {
    on_tmpfs();
    close(make_file("f", ""));
    CHECK_OK(SET("f", ACCESS, {USER_OBJ, 6, 0}, {USER, 7, ANN}, {GROUP_OBJ, 4, 0}, {MASK, 5, 0}, {OTHER, 0, 0}));
    CHECK_OK(chmod("f", 04721));
    CHECK_EQ(mode_of("f"), 04721);
    CHECK_STR(shown("f", ACCESS), "u::rwx,u:1001:rwx,g::r--,m::-w-,o::--x");
    /* A list without a mask: the group of the file is what changes. */
    CHECK_OK(mkdir("d", 0755));
    CHECK_OK(SET("d", DEFAULT, {USER_OBJ, 7, 0}, {GROUP_OBJ, 5, 0}, {OTHER, 0, 0}));
    CHECK_OK(chmod("d", 0711));
    CHECK_STR(shown("d", DEFAULT), "u::rwx,g::r-x,o::---");
    CHECK_STR(shown("d", ACCESS), "-");
}

TEST(permission_followsTheList) {
    on_tmpfs();
    close(make_file("f", ""));
    CHECK_OK(SET("f", ACCESS, {USER_OBJ, 4, 0}, {USER, 7, ANN}, {USER, 0, BOB}, {GROUP_OBJ, 2, 0}, {GROUP, 5, CREW},
            {MASK, 6, 0}, {OTHER, 1, 0}));
    CHECK_EQ(rights("f", ANN, ANN, 0), 6);
    CHECK_EQ(rights("f", BOB, CREW, 0), 0);
    CHECK_EQ(rights("f", 3000, CREW, 0), 4);
    CHECK_EQ(rights("f", 3000, 3000, CREW), 4);
    CHECK_EQ(rights("f", 3000, 0, 0), 2);
    /* Both groups count, each on its own. */
    CHECK_EQ(rights("f", 3000, 0, CREW), 6);
    CHECK_EQ(rights("f", 3000, 3000, 0), 1);
    CHECK_OK(chown("f", 3000, 0));
    CHECK_EQ(rights("f", 3000, CREW, 0), 4);
    /* Root passes, except for executing what nobody may execute. */
    CHECK_EQ(rights("f", 0, 0, 0), 7);
    CHECK_OK(chmod("f", 0400));
    CHECK_EQ(rights("f", ANN, ANN, 0), 0);
    CHECK_EQ(rights("f", 0, 0, 0), 6);
}

TEST(permission_ofDirectories_followsTheList) {
    on_tmpfs();
    CHECK_OK(mkdir("d", 0700));
    close(make_file("d/f", "x"));
    CHECK_EQ(rights("d/f", ANN, ANN, 0), 0);
    CHECK_OK(SET("d", ACCESS, {USER_OBJ, 7, 0}, {USER, 3, ANN}, {GROUP_OBJ, 0, 0}, {MASK, 7, 0}, {OTHER, 0, 0}));
    CHECK_EQ(rights("d/f", ANN, ANN, 0), 4);
    CHECK_EQ(WEXITSTATUS(IN_CHILD({
        become(ANN, ANN, 0);
        CHECK_OK(rename("d/f", "d/g"));
        CHECK_ERR(open("d", O_RDONLY), EACCES);
        CHECK_OK(unlink("d/g"));
    })), 0);
    CHECK_EQ(WEXITSTATUS(IN_CHILD(become(BOB, BOB, 0); CHECK_ERR(open("d/x", O_RDONLY), EACCES))), 0);
}

TEST(create_underDefault_inherits) {
    on_tmpfs();
    CHECK_OK(mkdir("d", 0755));
    CHECK_OK(SET("d", DEFAULT, {USER_OBJ, 7, 0}, {USER, 7, ANN}, {GROUP_OBJ, 5, 0}, {MASK, 7, 0}, {OTHER, 4, 0}));
    CHECK_EQ(mode_of("d"), 0755);
    umask(077);
    /* The umask does not count, the mode of the call does. */
    close(CHECK_OK(open("d/f", O_CREAT | O_WRONLY, 0646)));
    CHECK_EQ(mode_of("d/f"), 0644);
    CHECK_STR(shown("d/f", ACCESS), "u::rw-,u:1001:rwx,g::r-x,m::r--,o::r--");
    CHECK_STR(shown("d/f", DEFAULT), "-");
    CHECK_OK(mkdir("d/e", 0770));
    CHECK_EQ(mode_of("d/e"), 0770);
    CHECK_STR(shown("d/e", ACCESS), "u::rwx,u:1001:rwx,g::r-x,m::rwx,o::---");
    CHECK_STR(shown("d/e", DEFAULT), "u::rwx,u:1001:rwx,g::r-x,m::rwx,o::r--");
    CHECK_OK(mkfifo("d/p", 0662));
    CHECK_EQ(mode_of("d/p"), 0660);
    CHECK_STR(shown("d/p", ACCESS), "u::rw-,u:1001:rwx,g::r-x,m::rw-,o::---");
    CHECK_OK(symlink("f", "d/l"));
    CHECK_EQ(mode_of("d/l"), 0777);
    int fd = CHECK_OK(open("d", O_TMPFILE | O_RDWR, 0604));
    struct stat about;
    CHECK_OK(fstat(fd, &about));
    CHECK_EQ(about.st_mode & 07777, 0604);
    CHECK_EQ(fgetxattr(fd, ACCESS, NULL, 0), 44);
    /* Hard links and renames keep what the file has. */
    close(CHECK_OK(open("plain", O_CREAT | O_WRONLY, 0666)));
    CHECK_EQ(mode_of("plain"), 0600);
    CHECK_OK(rename("plain", "d/plain"));
    CHECK_STR(shown("d/plain", ACCESS), "-");
}

TEST(create_underMinimalDefault_hasModeOnly) {
    on_tmpfs();
    CHECK_OK(mkdir("d", 0755));
    CHECK_OK(SET("d", DEFAULT, {USER_OBJ, 7, 0}, {GROUP_OBJ, 6, 0}, {OTHER, 2, 0}));
    char names[64] = "";
    CHECK_EQ(listxattr("d", names, sizeof names), (ssize_t)sizeof DEFAULT);
    CHECK_STR(names, DEFAULT);
    umask(0777);
    close(CHECK_OK(open("d/f", O_CREAT | O_WRONLY, 0666)));
    CHECK_EQ(mode_of("d/f"), 0662);
    CHECK_STR(shown("d/f", ACCESS), "-");
    CHECK_OK(removexattr("d", DEFAULT));
    close(CHECK_OK(open("d/g", O_CREAT | O_WRONLY, 0666)));
    CHECK_EQ(mode_of("d/g"), 0);
}

TEST(set_dropsSetgidOfForeignGroup) {
    on_tmpfs();
    close(make_file("f", ""));
    CHECK_OK(chown("f", ANN, CREW));
    CHECK_OK(chmod("f", 02755));
    CHECK_EQ(WEXITSTATUS(IN_CHILD({
        become(ANN, ANN, 0);
        CHECK_OK(SET("f", ACCESS, {USER_OBJ, 7, 0}, {USER, 7, BOB}, {GROUP_OBJ, 5, 0}, {MASK, 7, 0}, {OTHER, 5, 0}));
    })), 0);
    CHECK_EQ(mode_of("f"), 0775);
    CHECK_OK(chmod("f", 02755));
    CHECK_EQ(WEXITSTATUS(IN_CHILD({
        become(ANN, ANN, CREW);
        CHECK_OK(SET("f", ACCESS, {USER_OBJ, 7, 0}, {USER, 7, BOB}, {GROUP_OBJ, 5, 0}, {MASK, 7, 0}, {OTHER, 5, 0}));
    })), 0);
    CHECK_EQ(mode_of("f"), 02775);
}

static void lower_files(void) {
    close(make_file("f", "text"));
    CHECK_OK(SET("f", ACCESS, {USER_OBJ, 6, 0}, {USER, 6, ANN}, {GROUP_OBJ, 4, 0}, {MASK, 7, 0}, {OTHER, 0, 0}));
    CHECK_OK(mkdir("d", 0750));
    CHECK_OK(SET("d", ACCESS, {USER_OBJ, 7, 0}, {USER, 7, ANN}, {GROUP_OBJ, 5, 0}, {MASK, 7, 0}, {OTHER, 0, 0}));
    CHECK_OK(SET("d", DEFAULT, {USER_OBJ, 7, 0}, {USER, 7, BOB}, {GROUP_OBJ, 5, 0}, {MASK, 7, 0}, {OTHER, 0, 0}));
    close(CHECK_OK(open("d/plain", O_CREAT | O_WRONLY, 0600)));
    CHECK_OK(removexattr("d/plain", ACCESS));
    CHECK_OK(chmod("d/plain", 0640));
}

TEST(overlay_showsAndCopiesUp) {
    on_overlay(lower_files);
    CHECK_STR(shown("f", ACCESS), "u::rw-,u:1001:rw-,g::r--,m::rwx,o::---");
    CHECK_EQ(rights("f", ANN, ANN, 0), 6);
    CHECK_EQ(rights("f", BOB, BOB, 0), 0);
    int fd = CHECK_OK(open("f", O_WRONLY | O_APPEND));
    CHECK_EQ(write(fd, "more", 4), 4);
    close(fd);
    CHECK_STR(shown("f", ACCESS), "u::rw-,u:1001:rw-,g::r--,m::rwx,o::---");
    CHECK_STR(shown("../upper/f", ACCESS), "u::rw-,u:1001:rw-,g::r--,m::rwx,o::---");
    CHECK_EQ(mode_of("f"), 0670);
    /* What is copied up below a default list does not inherit: it stays as it was. */
    CHECK_OK(chown("d/plain", 5, 5));
    CHECK_EQ(mode_of("d/plain"), 0640);
    CHECK_STR(shown("d/plain", ACCESS), "-");
    CHECK_STR(shown("d", DEFAULT), "u::rwx,u:1002:rwx,g::r-x,m::rwx,o::---");
    CHECK_STR(shown("../upper/d", DEFAULT), "u::rwx,u:1002:rwx,g::r-x,m::rwx,o::---");
}

TEST(overlay_create_inherits) {
    on_overlay(lower_files);
    umask(077);
    close(CHECK_OK(open("d/new", O_CREAT | O_WRONLY, 0666)));
    CHECK_EQ(mode_of("d/new"), 0660);
    CHECK_STR(shown("d/new", ACCESS), "u::rw-,u:1002:rwx,g::r-x,m::rw-,o::---");
    CHECK_EQ(rights("d/new", BOB, BOB, 0), 0);
    CHECK_EQ(rights("d/new", ANN, ANN, 0), 0);
    CHECK_OK(SET("d/plain", ACCESS, {USER_OBJ, 6, 0}, {USER, 2, ANN}, {GROUP_OBJ, 4, 0}, {MASK, 6, 0}, {OTHER, 0, 0}));
    CHECK_EQ(rights("d/plain", ANN, ANN, 0), 2);
    CHECK_EQ(mode_of("d/plain"), 0660);
    CHECK_OK(chmod("d/plain", 0604));
    CHECK_STR(shown("d/plain", ACCESS), "u::rw-,u:1001:-w-,g::r--,m::---,o::r--");
    CHECK_STR(shown("../lower/d/plain", ACCESS), "-");
    /* Without any bit for the group the list is not asked at all. */
    CHECK_EQ(rights("d/plain", ANN, ANN, 0), 4);
    CHECK_OK(mkdir("d/sub", 0755));
    CHECK_STR(shown("d/sub", DEFAULT), "u::rwx,u:1002:rwx,g::r-x,m::rwx,o::---");
    CHECK_OK(removexattr("d/plain", ACCESS));
    CHECK_EQ(mode_of("d/plain"), 0604);
}

TEST(ids_areThoseOfTheUserNamespace) {
    on_tmpfs();
    close(make_file("f", ""));
    CHECK_OK(SET("f", ACCESS, {USER_OBJ, 6, 0}, {USER, 6, ANN}, {USER, 4, BOB}, {GROUP_OBJ, 4, 0}, {MASK, 7, 0},
            {OTHER, 0, 0}));
    int ready[2], go[2];
    REQUIRE_OK(pipe(ready));
    REQUIRE_OK(pipe(go));
    pid_t child = START_CHILD({
        char byte;
        if (unshare(CLONE_NEWUSER) < 0) _exit(9);
        write(ready[1], "", 1);
        read(go[0], &byte, 1);
        CHECK_STR(shown("f", ACCESS), "u::rw-,u:7:rw-,u:4294967295:r--,g::r--,m::rwx,o::---");
        CHECK_OK(SET("f", ACCESS, {USER_OBJ, 6, 0}, {USER, 4, 7}, {GROUP_OBJ, 4, 0}, {MASK, 7, 0}, {OTHER, 0, 0}));
        CHECK_ERR(SET("f", ACCESS, {USER_OBJ, 6, 0}, {USER, 4, 8}, {GROUP_OBJ, 4, 0}, {MASK, 7, 0}, {OTHER, 0, 0}),
                EINVAL);
    });
    char path[64], byte;
    read(ready[0], &byte, 1);
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "/proc/%d/%s", child, i ? "gid_map" : "uid_map");
        int fd = CHECK_OK(open(path, O_WRONLY));
        CHECK_OK(dprintf(fd, "0 0 1\n7 1001 1\n"));
        close(fd);
    }
    write(go[1], "", 1);
    CHECK_EQ(wait_for(child), 0);
    CHECK_STR(shown("f", ACCESS), "u::rw-,u:1001:r--,g::r--,m::rwx,o::---");
}
