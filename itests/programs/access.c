/* access(2), faccessat2(2), and what permission bits and the sticky bit allow another user. */
#include "check.h"
#include <grp.h>

static void become(uid_t uid, gid_t gid) {
    REQUIRE_OK(setgroups(0, NULL));
    REQUIRE_OK(setresgid(gid, gid, gid));
    REQUIRE_OK(setresuid(uid, uid, uid));
}

TEST(access_asOwner_looksAtOwnerBits) {
    need_root();
    close(make_file("file", ""));
    CHECK_OK(chown("file", 1000, 1000));
    CHECK_OK(chmod("file", 0477));
    CHECK_OK(chmod(".", 0755));
    become(1000, 1000);
    CHECK_OK(access("file", R_OK));
    CHECK_ERR(access("file", W_OK), EACCES);
    CHECK_ERR(access("file", X_OK), EACCES);
    CHECK_ERR(access("file", R_OK | W_OK), EACCES);
    CHECK_ERR(open("file", O_RDWR), EACCES);
    CHECK_OK(open("file", O_RDONLY));
}

TEST(access_asGroupAndOther_looksAtTheirBits) {
    need_root();
    close(make_file("file", ""));
    CHECK_OK(chown("file", 0, 1000));
    CHECK_OK(chmod("file", 0642));
    CHECK_OK(chmod(".", 0755));
    CHECK_EQ(IN_CHILD(become(1001, 1000); CHECK_OK(access("file", R_OK)); CHECK_ERR(access("file", W_OK), EACCES)), 0);
    CHECK_EQ(IN_CHILD(become(1001, 1001); CHECK_OK(access("file", W_OK)); CHECK_ERR(access("file", R_OK), EACCES)), 0);
}

TEST(access_bySupplementaryGroup_counts) {
    need_root();
    close(make_file("file", ""));
    CHECK_OK(chown("file", 0, 2000));
    CHECK_OK(chmod("file", 0640));
    CHECK_OK(chmod(".", 0755));
    gid_t groups[] = {2000};
    CHECK_OK(setgroups(1, groups));
    CHECK_OK(setresgid(1000, 1000, 1000));
    CHECK_OK(setresuid(1000, 1000, 1000));
    CHECK_OK(open("file", O_RDONLY));
    CHECK_ERR(open("file", O_WRONLY), EACCES);
}

TEST(access_asRoot_ignoresAllButExecution) {
    need_root();
    close(make_file("file", ""));
    CHECK_OK(chmod("file", 0));
    CHECK_OK(access("file", R_OK | W_OK));
    CHECK_ERR(access("file", X_OK), EACCES);
    CHECK_OK(chmod("file", 0001));
    CHECK_OK(access("file", X_OK));
    CHECK_OK(open("file", O_RDWR));
}

TEST(access_usesRealIds_faccessatEffective) {
    need_root();
    close(make_file("file", ""));
    CHECK_OK(chmod("file", 0600));
    CHECK_OK(chmod(".", 0755));
    CHECK_OK(setresuid(1000, 0, 0));
    CHECK_ERR(access("file", R_OK), EACCES);
    CHECK_OK(faccessat(AT_FDCWD, "file", R_OK, AT_EACCESS));
    CHECK_OK(open("file", O_RDONLY));
}

TEST(access_withBadArguments_fails) {
    CHECK_ERR(access("missing", F_OK), ENOENT);
    CHECK_ERR(access(".", 8), EINVAL);
    CHECK_OK(access(".", F_OK));
    CHECK_OK(symlink("missing", "dangling"));
    CHECK_ERR(access("dangling", F_OK), ENOENT);
    CHECK_OK(faccessat(AT_FDCWD, "dangling", F_OK, AT_SYMLINK_NOFOLLOW));
}

TEST(search_withoutExecuteBit_failsEacces) {
    need_root();
    CHECK_OK(mkdir("dir", 0700));
    close(make_file("dir/file", ""));
    CHECK_OK(chmod("dir/file", 0666));
    CHECK_OK(chmod("dir", 0744));
    CHECK_OK(chmod(".", 0755));
    become(1000, 1000);
    struct stat about;
    CHECK_ERR(stat("dir/file", &about), EACCES);
    CHECK_ERR(open("dir/file", O_RDONLY), EACCES);
    CHECK_ERR(chdir("dir"), EACCES);
    CHECK_OK(open("dir", O_RDONLY | O_DIRECTORY));
}

TEST(creation_withoutWriteBit_failsEacces) {
    need_root();
    CHECK_OK(chmod(".", 0755));
    close(make_file("file", ""));
    become(1000, 1000);
    CHECK_ERR(open("new", O_WRONLY | O_CREAT, 0600), EACCES);
    CHECK_ERR(mkdir("new", 0700), EACCES);
    CHECK_ERR(unlink("file"), EACCES);
    CHECK_ERR(rename("file", "other"), EACCES);
    CHECK_ERR(symlink("a", "b"), EACCES);
    CHECK_ERR(mkfifo("fifo", 0600), EACCES);
}

TEST(stickyDirectory_protectsFilesOfOthers) {
    need_root();
    CHECK_OK(chmod(".", 0755));
    CHECK_OK(mkdir("sticky", 0777));
    CHECK_OK(chmod("sticky", 01777));
    close(make_file("sticky/roots", ""));
    close(make_file("sticky/mine", ""));
    CHECK_OK(chown("sticky/mine", 1000, 1000));
    become(1000, 1000);
    CHECK_ERR(unlink("sticky/roots"), EPERM);
    CHECK_ERR(rename("sticky/roots", "sticky/new"), EPERM);
    CHECK_ERR(rename("sticky/mine", "sticky/roots"), EPERM);
    CHECK_OK(rename("sticky/mine", "sticky/own"));
    CHECK_OK(unlink("sticky/own"));
}

TEST(setgidDirectory_passesGroupOn) {
    need_root();
    struct stat about;
    CHECK_OK(mkdir("dir", 0777));
    CHECK_OK(chown("dir", 0, 1234));
    CHECK_OK(chmod("dir", 02777));
    close(make_file("dir/file", ""));
    CHECK_OK(mkdir("dir/sub", 0755));
    CHECK_OK(stat("dir/file", &about));
    CHECK_EQ(about.st_gid, 1234);
    CHECK_EQ(about.st_mode, S_IFREG | 0644);
    CHECK_OK(stat("dir/sub", &about));
    CHECK_EQ(about.st_gid, 1234);
    CHECK_EQ(about.st_mode, S_IFDIR | 02755);
}

TEST(newFile_belongsToFileSystemIds) {
    need_root();
    struct stat about;
    CHECK_OK(chmod(".", 0777));
    CHECK_EQ(IN_CHILD(become(1000, 1001); close(make_file("file", ""))), 0);
    CHECK_OK(stat("file", &about));
    CHECK_EQ(about.st_uid, 1000);
    CHECK_EQ(about.st_gid, 1001);
}
