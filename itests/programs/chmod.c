/* chmod(2), fchmod(2), fchmodat(2), chown(2), lchown(2), umask(2). */
#include "check.h"

static mode_t mode_of(const char *path) {
    struct stat about = {0};
    CHECK_OK(lstat(path, &about));
    return about.st_mode & 07777;
}

TEST(chmod_setsAllTwelveBits) {
    int fd = make_file("file", "");
    CHECK_OK(chmod("file", 07777));
    CHECK_EQ(mode_of("file"), 07777);
    CHECK_OK(fchmod(fd, 0));
    CHECK_EQ(mode_of("file"), 0);
    CHECK_OK(fchmodat(AT_FDCWD, "file", 0123, 0));
    CHECK_EQ(mode_of("file"), 0123);
    CHECK_OK(chmod("file", 0100644));
    CHECK_EQ(mode_of("file"), 0644);
}

TEST(chmod_throughLink_changesTarget) {
    close(make_file("file", ""));
    CHECK_OK(symlink("file", "link"));
    CHECK_OK(chmod("link", 0600));
    CHECK_EQ(mode_of("file"), 0600);
    CHECK_EQ(mode_of("link"), 0777);
}

TEST(chmod_withBadArguments_fails) {
    CHECK_ERR(chmod("missing", 0600), ENOENT);
    CHECK_ERR(fchmod(999, 0600), EBADF);
    CHECK_ERR(chmod("", 0600), ENOENT);
}

TEST(chmod_ofFileOfAnother_failsEperm) {
    need_root();
    close(make_file("file", ""));
    CHECK_OK(chmod(".", 0777));
    CHECK_OK(setresuid(1000, 1000, 1000));
    CHECK_ERR(chmod("file", 0777), EPERM);
    CHECK_ERR(chown("file", 1000, -1), EPERM);
}

TEST(chmod_changesCtimeOnly) {
    struct stat before, after;
    close(make_file("file", ""));
    CHECK_OK(stat("file", &before));
    sleep_ms(20);
    CHECK_OK(chmod("file", 0600));
    CHECK_OK(stat("file", &after));
    CHECK_EQ(after.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
    CHECK(after.st_ctim.tv_sec > before.st_ctim.tv_sec || after.st_ctim.tv_nsec > before.st_ctim.tv_nsec);
}

TEST(umask_filtersNewModes) {
    CHECK_EQ(umask(0), 022);
    CHECK_EQ(umask(07777), 0);
    CHECK_EQ(umask(077), 0777);
    CHECK_OK(close(CHECK_OK(creat("file", 0777))));
    CHECK_EQ(mode_of("file"), 0700);
    CHECK_OK(mkdir("dir", 0777));
    CHECK_EQ(mode_of("dir"), 0700);
    CHECK_OK(mkfifo("fifo", 0666));
    CHECK_EQ(mode_of("fifo"), 0600);
    /* chmod does not look at the mask. */
    CHECK_OK(chmod("file", 0777));
    CHECK_EQ(mode_of("file"), 0777);
}

TEST(umask_isInheritedAndPrivate) {
    umask(027);
    CHECK_EQ(IN_CHILD(CHECK_EQ(umask(0), 027)), 0);
    CHECK_EQ(umask(0), 027);
}

TEST(chown_setsIdsAndClearsSetid) {
    need_root();
    struct stat about;
    close(make_file("file", ""));
    CHECK_OK(chmod("file", 06755));
    CHECK_OK(chown("file", 1000, 2000));
    CHECK_OK(stat("file", &about));
    CHECK_EQ(about.st_uid, 1000);
    CHECK_EQ(about.st_gid, 2000);
    /* Clears set-user-id and set-group-id of executables, also for root (chown(2)). */
    CHECK_EQ(about.st_mode & 07777, 0755);
    CHECK_OK(chown("file", -1, 3000));
    CHECK_OK(stat("file", &about));
    CHECK_EQ(about.st_uid, 1000);
    CHECK_EQ(about.st_gid, 3000);
}

TEST(lchown_changesLinkItself) {
    need_root();
    struct stat about;
    close(make_file("file", ""));
    CHECK_OK(symlink("file", "link"));
    CHECK_OK(lchown("link", 1000, 1000));
    CHECK_OK(lstat("link", &about));
    CHECK_EQ(about.st_uid, 1000);
    CHECK_OK(stat("file", &about));
    CHECK_EQ(about.st_uid, 0);
    int fd = CHECK_OK(open("file", O_RDONLY));
    CHECK_OK(fchown(fd, 5, 6));
    CHECK_OK(fstat(fd, &about));
    CHECK_EQ(about.st_uid, 5);
    CHECK_OK(fchownat(fd, "", 7, 8, AT_EMPTY_PATH));
    CHECK_OK(fstat(fd, &about));
    CHECK_EQ(about.st_gid, 8);
}

TEST(chownOfOwner_toOwnGroup_isAllowed) {
    need_root();
    close(make_file("file", ""));
    CHECK_OK(chown("file", 1000, 1000));
    CHECK_OK(chmod(".", 0777));
    CHECK_OK(setresgid(2000, 2000, 2000));
    CHECK_OK(setresuid(1000, 1000, 1000));
    CHECK_OK(chown("file", -1, 2000));
    CHECK_ERR(chown("file", -1, 3000), EPERM);
    CHECK_ERR(chown("file", 2000, -1), EPERM);
}

TEST(writeByAnother_clearsSetuid) {
    need_root();
    close(make_file("file", ""));
    CHECK_OK(chmod("file", 04777));
    CHECK_OK(chmod(".", 0777));
    int fd = REQUIRE_OK(open("file", O_WRONLY));
    CHECK_OK(setresuid(1000, 1000, 1000));
    CHECK_EQ(write(fd, "x", 1), 1);
    CHECK_EQ(mode_of("file"), 0777);
}

TEST(setGroupId_isStrippedBeforeTheUmask) {
    struct stat about;
    CHECK_OK(mkdir("dir", 0777));
    CHECK_OK(chown("dir", 0, 1234));
    CHECK_OK(chmod("dir", 02777));
    CHECK_OK(chmod(".", 0755));
    IN_CHILD(
        if (setgid(65534) != 0 || setuid(65534) != 0) _exit(0);
        umask(0);
        CHECK_OK(close(creat("dir/one", 02777)));
        umask(0010);
        CHECK_OK(close(creat("dir/two", 02777)));
        CHECK_OK(close(creat("dir/three", 02767))););
    CHECK_OK(stat("dir/one", &about));
    CHECK_EQ(about.st_mode & 07777, 0777);
    CHECK_OK(stat("dir/two", &about));
    CHECK_EQ(about.st_mode & 07777, 0767);
    CHECK_OK(stat("dir/three", &about));
    CHECK_EQ(about.st_mode & 07777, 02767);
    CHECK_EQ(about.st_gid, 1234);
}
