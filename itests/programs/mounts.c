/* mount(2), umount2(2): tmpfs and bind mounts, in a mount namespace of the test's own where there are such. */
#include "check.h"
#include <sys/statfs.h>
#include <dirent.h>
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

TEST(umount_whileAFileIsMapped_failsEbusy) {
    setup();
    int fd = REQUIRE_OK(open("m/file", O_RDWR | O_CREAT, 0600));
    CHECK_OK(ftruncate(fd, 3 * 4096));
    char *memory = mmap(NULL, 3 * 4096, PROT_READ, MAP_SHARED, fd, 0);
    REQUIRE(memory != MAP_FAILED);
    close(fd);
    CHECK_ERR(umount("m"), EBUSY);
    CHECK_OK(munmap(memory + 4096, 4096));
    CHECK_OK(munmap(memory, 4096));
    CHECK_ERR(umount("m"), EBUSY);
    /* A child has the mapping, too. */
    int fds[2];
    CHECK_OK(pipe(fds));
    pid_t child = START_CHILD(close(fds[1]); char byte; read(fds[0], &byte, 1));
    CHECK_OK(munmap(memory + 2 * 4096, 4096));
    CHECK_ERR(umount("m"), EBUSY);
    close(fds[1]);
    CHECK_EQ(wait_for(child), 0);
    CHECK_OK(umount("m"));
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

TEST(ramfs_hasNoLimitsAndIgnoresOptions) {
    struct statfs about;
    struct stat root;
    setup();
    CHECK_OK(mount("none", "m", "ramfs", MS_NOATIME, "size=4k,mode=0751,whatever=1"));
    CHECK_OK(statfs("m", &about));
    CHECK_EQ(about.f_type, 0x858458f6);
    CHECK_EQ(about.f_bsize, 4096);
    CHECK_EQ(about.f_blocks, 0);
    CHECK_EQ(about.f_files, 0);
    CHECK_EQ(about.f_namelen, 255);
    CHECK_OK(stat("m", &root));
    CHECK_EQ(root.st_mode, S_IFDIR | 0751);
    static char block[65536];
    int fd = REQUIRE_OK(open("m/file", O_RDWR | O_CREAT, 0600));
    for (int i = 0; i < 32; i++) CHECK_EQ(write(fd, block, sizeof block), (long)sizeof block);
    CHECK_ERR(syscall(SYS_fsetxattr, fd, "user.name", "value", 5, 0), EOPNOTSUPP);
    CHECK_ERR(syscall(SYS_fgetxattr, fd, "user.name", block, 5), EOPNOTSUPP);
    CHECK_EQ(syscall(SYS_flistxattr, fd, block, 100), 0);
    CHECK(strstr(text_of("/proc/self/mounts"), "/m ramfs rw,noatime,mode=751 0 0") != NULL);
    CHECK_OK(close(fd));
    CHECK_OK(mount("none", "m", NULL, MS_REMOUNT | MS_RDONLY, "size=4k"));
    CHECK_OK(umount("m"));
    CHECK_ERR(mount("none", "m", "ramfs", 0, "mode=9"), EINVAL);
    CHECK_OK(mount("none", "m", "ramfs", 0, NULL));
    CHECK_OK(stat("m", &root));
    CHECK_EQ(root.st_mode, S_IFDIR | 0755);
    CHECK_OK(umount("m"));
}

TEST(procOfProcesses_hasNothingElse) {
    setup();
    CHECK_OK(mount("proc", "m", "proc", 0, "subset=pid"));
    CHECK_OK(access("m/self/status", F_OK));
    CHECK_OK(access("m/thread-self", F_OK));
    CHECK_ERR(access("m/version", F_OK), ENOENT);
    CHECK_ERR(access("m/sys", F_OK), ENOENT);
    CHECK_ERR(access("m/mounts", F_OK), ENOENT);
    CHECK_ERR(access("m/cgroups", F_OK), ENOENT);
    CHECK(strstr(text_of("/proc/self/mounts"), ",subset=pid 0 0") != NULL);
    DIR *names = opendir("m");
    for (struct dirent *entry; names && (entry = readdir(names));) {
        bool expected = entry->d_name[0] == '.' || strchr("0123456789", entry->d_name[0]) || strstr(entry->d_name, "self");
        expected || check_fail("/proc has %s", entry->d_name);
    }
    if (names) closedir(names);
    CHECK_OK(umount("m"));
    CHECK_ERR(mount("proc", "m", "proc", 0, "subset=all"), EINVAL);
}

TEST(boundFile_withoutName_staysWhileItIsMounted) {
    setup();
    close(make_file("m/source", "source"));
    close(make_file("m/over", "below"));
    CHECK_OK(mount("m/source", "m/over", NULL, MS_BIND, NULL));
    CHECK_OK(unlink("m/source"));
    CHECK_STR(text_of("m/over"), "source");
    CHECK_OK(umount("m/over"));
    CHECK_STR(text_of("m/over"), "below");
}
