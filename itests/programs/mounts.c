/* mount(2), umount2(2): tmpfs and bind mounts, in a mount namespace of the test's own where there are such. */
#include "check.h"
#include <sys/statfs.h>
#include <sys/mount.h>
#include <sys/vfs.h>

/* Where unshare fails (a sandbox with one mount namespace), mounts are the sandbox's own and vanish with it. */
static void setup(void) {
    need_root();
    if (unshare(CLONE_NEWNS) == 0) mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
    CHECK_OK(mkdir("m", 0755));
    if (mount("none", "m", "tmpfs", 0, "size=1m,mode=0711") < 0) SKIP("mount gives %s", check_errno(errno));
}

TEST(tmpfs_coversDirectory) {
    struct stat below, above;
    struct statfs about;
    close(make_file("outside", ""));
    setup();
    CHECK_OK(stat(".", &below));
    CHECK_OK(stat("m", &above));
    CHECK(below.st_dev != above.st_dev);
    CHECK_EQ(above.st_mode & 07777, 0711);
    CHECK_OK(statfs("m", &about));
    CHECK_EQ(about.f_type, 0x01021994);
    CHECK_EQ(about.f_blocks, 256);
    close(make_file("m/file", "in mount"));
    CHECK_STR(text_of("m/file"), "in mount");
    CHECK_OK(access("m/../outside", F_OK));
    CHECK(strstr(text_of("/proc/self/mounts"), "/m tmpfs ") != NULL);
    CHECK_ERR(rename("outside", "m/outside"), EXDEV);
    CHECK_ERR(link("outside", "m/outside"), EXDEV);
    CHECK_ERR(rmdir("m"), EBUSY);
    CHECK_OK(umount("m"));
    CHECK_ERR(access("m/file", F_OK), ENOENT);
    CHECK_ERR(umount("m"), EINVAL);
}

TEST(tmpfs_isFullAtItsSize) {
    static char block[65536];
    setup();
    int fd = REQUIRE_OK(open("m/file", O_RDWR | O_CREAT, 0600));
    long total = 0, n;
    while ((n = write(fd, block, sizeof block)) > 0) total += n;
    CHECK_EQ(errno, ENOSPC);
    CHECK(total > 900000 && total <= 1 << 20);
    CHECK_OK(ftruncate(fd, 0));
    CHECK_EQ(write(fd, block, sizeof block), sizeof block);
    CHECK_OK(close(fd));
    CHECK_OK(umount("m"));
}

TEST(umount_whileBusy_failsUnlessDetached) {
    setup();
    int fd = REQUIRE_OK(open("m/file", O_RDWR | O_CREAT, 0600));
    CHECK_ERR(umount("m"), EBUSY);
    CHECK_OK(umount2("m", MNT_DETACH));
    CHECK_EQ(write(fd, "x", 1), 1);
    CHECK_ERR(access("m/file", F_OK), ENOENT);
}

TEST(bindMount_showsSameTree) {
    setup();
    CHECK_OK(mkdir("m/a", 0755));
    CHECK_OK(mkdir("m/b", 0755));
    close(make_file("m/a/file", "bound"));
    CHECK_OK(mount("m/a", "m/b", NULL, MS_BIND, NULL));
    CHECK_STR(text_of("m/b/file"), "bound");
    close(make_file("m/b/new", ""));
    CHECK_OK(access("m/a/new", F_OK));
    CHECK_ERR(rename("m/a/new", "m/b/new"), EXDEV);
    CHECK_OK(mount(NULL, "m/b", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL));
    CHECK_ERR(open("m/b/new", O_WRONLY), EROFS);
    CHECK_OK(close(CHECK_OK(open("m/a/new", O_WRONLY))));
    CHECK_OK(umount("m/b"));
    CHECK_OK(umount("m"));
}

TEST(bindMount_ofFile_works) {
    setup();
    close(make_file("m/a", "A"));
    close(make_file("m/b", "B"));
    CHECK_OK(mount("m/a", "m/b", NULL, MS_BIND, NULL));
    CHECK_STR(text_of("m/b"), "A");
    CHECK_ERR(unlink("m/b"), EBUSY);
    CHECK_OK(umount("m/b"));
    CHECK_STR(text_of("m/b"), "B");
    CHECK_OK(umount("m"));
}

TEST(readOnlyMount_refusesChanges) {
    setup();
    close(make_file("m/file", ""));
    CHECK_OK(mount(NULL, "m", NULL, MS_REMOUNT | MS_RDONLY, NULL));
    CHECK_ERR(open("m/file", O_WRONLY), EROFS);
    CHECK_ERR(open("m/new", O_WRONLY | O_CREAT, 0600), EROFS);
    CHECK_ERR(mkdir("m/dir", 0700), EROFS);
    CHECK_ERR(unlink("m/file"), EROFS);
    CHECK_ERR(chmod("m/file", 0600), EROFS);
    CHECK_OK(open("m/file", O_RDONLY));
    CHECK_OK(umount2("m", MNT_DETACH));
}

TEST(nosymfollow_isTold) {
    char line[4096], *found = NULL;
    struct statfs about;
    setup();
    CHECK_OK(symlink("target", "m/link"));
    CHECK_OK(close(make_file("m/target", "")));
    CHECK_OK(mount(NULL, "m", NULL, MS_REMOUNT | MS_BIND | 256 /* MS_NOSYMFOLLOW */, NULL));
    CHECK_ERR(open("m/link", O_RDONLY), ELOOP);
    CHECK_OK(statfs("m", &about));
    CHECK_EQ(about.f_flags & 0x2000 /* ST_NOSYMFOLLOW */, 0x2000);
    FILE *mounts = fopen("/proc/self/mountinfo", "r");
    while (!found && fgets(line, sizeof line, mounts)) found = strstr(line, "nosymfollow");
    CHECK(found != NULL);
    CHECK_OK(umount2("m", MNT_DETACH));
}

TEST(mount_withBadArguments_fails) {
    setup();
    CHECK_ERR(mount("none", "missing", "tmpfs", 0, NULL), ENOENT);
    CHECK_ERR(mount("none", "m", "nosuchfs", 0, NULL), ENODEV);
    close(make_file("m/file", ""));
    CHECK_ERR(mount("none", "m/file", "tmpfs", 0, NULL), ENOTDIR);
    CHECK_ERR(mount("none", "m", "tmpfs", 0, "nosuchoption=1"), EINVAL);
    CHECK_ERR(umount("m/file"), EINVAL);
    CHECK_OK(umount("m"));
}
