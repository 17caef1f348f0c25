/* mkdir(2), rmdir(2), getdents64(2), chdir(2), getcwd(2), chroot(2), mknod(2). */
#include "check.h"
#include <dirent.h>
#include <sys/sysmacros.h>

TEST(mkdir_makesEmptyDirectory) {
    struct stat about;
    CHECK_OK(mkdir("dir", 0777));
    CHECK_OK(stat("dir", &about));
    CHECK_EQ(about.st_mode, S_IFDIR | 0755);
    CHECK_EQ(about.st_nlink, 2);
    CHECK_OK(mkdir("dir/sub/", 0700));
    CHECK_OK(stat("dir", &about));
    CHECK_EQ(about.st_nlink, 3);
}

TEST(mkdir_withBadArguments_fails) {
    close(make_file("file", ""));
    CHECK_ERR(mkdir("file", 0700), EEXIST);
    CHECK_ERR(mkdir(".", 0700), EEXIST);
    CHECK_ERR(mkdir("/", 0700), EEXIST);
    CHECK_ERR(mkdir("missing/dir", 0700), ENOENT);
    CHECK_ERR(mkdir("file/dir", 0700), ENOTDIR);
    CHECK_OK(symlink("nowhere", "dangling"));
    CHECK_ERR(mkdir("dangling", 0700), EEXIST);
}

TEST(rmdir_removesOnlyEmpty) {
    CHECK_OK(mkdir("dir", 0755));
    close(make_file("dir/file", ""));
    CHECK_ERR(rmdir("dir"), ENOTEMPTY);
    CHECK_ERR(rmdir("dir/file"), ENOTDIR);
    CHECK_OK(unlink("dir/file"));
    CHECK_ERR(rmdir("dir/."), EINVAL);
    CHECK_OK(mkdir("dir/sub", 0755));
    CHECK_ERR(rmdir("dir/sub/.."), ENOTEMPTY);
    CHECK_OK(rmdir("dir/sub"));
    CHECK_OK(rmdir("dir"));
    CHECK_ERR(rmdir("dir"), ENOENT);
    CHECK_ERR(rmdir("/"), EBUSY);
}

TEST(readdir_listsEveryEntryOnceWithKind) {
    close(make_file("file", ""));
    CHECK_OK(mkdir("dir", 0755));
    CHECK_OK(symlink("x", "link"));
    CHECK_OK(mkfifo("fifo", 0600));
    int seen[6] = {0};
    DIR *dir = opendir(".");
    REQUIRE(dir != NULL);
    struct stat about;
    for (struct dirent *entry; (entry = readdir(dir));) {
        CHECK_OK(lstat(entry->d_name, &about));
        if (strcmp(entry->d_name, "..") != 0) CHECK_EQ(entry->d_ino, about.st_ino);
        if (strcmp(entry->d_name, ".") == 0) seen[0]++, CHECK_EQ(entry->d_type, DT_DIR);
        else if (strcmp(entry->d_name, "..") == 0) seen[1]++, CHECK_EQ(entry->d_type, DT_DIR);
        else if (strcmp(entry->d_name, "file") == 0) seen[2]++, CHECK_EQ(entry->d_type, DT_REG);
        else if (strcmp(entry->d_name, "dir") == 0) seen[3]++, CHECK_EQ(entry->d_type, DT_DIR);
        else if (strcmp(entry->d_name, "link") == 0) seen[4]++, CHECK_EQ(entry->d_type, DT_LNK);
        else if (strcmp(entry->d_name, "fifo") == 0) seen[5]++, CHECK_EQ(entry->d_type, DT_FIFO);
        else (void)check_fail("strange entry %s", entry->d_name);
    }
    for (int i = 0; i < 6; i++) CHECK_EQ(seen[i], 1);
}

TEST(getdents_withSmallBuffer_goesOnInPieces) {
    char name[32], buffer[256];
    for (int i = 0; i < 500; i++) {
        snprintf(name, sizeof name, "entry-with-number-%d", i);
        close(make_file(name, ""));
    }
    int fd = REQUIRE_OK(open(".", O_RDONLY | O_DIRECTORY)), count = 0;
    char found[500] = {0};
    for (long n; (n = CHECK_OK(syscall(SYS_getdents64, fd, buffer, sizeof buffer))) > 0;) {
        for (long at = 0; at < n;) {
            struct dirent64 *entry = (void *)(buffer + at);
            int number;
            if (sscanf(entry->d_name, "entry-with-number-%d", &number) == 1) found[number]++, count++;
            CHECK(entry->d_reclen % 8 == 0);
            at += entry->d_reclen;
        }
    }
    CHECK_EQ(count, 500);
    for (int i = 0; i < 500; i++) CHECK_EQ(found[i], 1);
}

TEST(getdents_withBadArguments_fails) {
    char buffer[512];
    int fd = make_file("file", "");
    CHECK_ERR(syscall(SYS_getdents64, fd, buffer, sizeof buffer), ENOTDIR);
    CHECK_ERR(syscall(SYS_getdents64, 999, buffer, sizeof buffer), EBADF);
    int dir = REQUIRE_OK(open(".", O_RDONLY));
    CHECK_ERR(syscall(SYS_getdents64, dir, buffer, 10), EINVAL);
    CHECK_ERR(syscall(SYS_getdents64, dir, (void *)8, 512), EFAULT);
}

TEST(readdir_whileRemoving_reachesAll) {
    char name[32];
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof name, "f%d", i);
        close(make_file(name, ""));
    }
    DIR *dir = opendir(".");
    REQUIRE(dir != NULL);
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (entry->d_name[0] == 'f') CHECK_OK(unlink(entry->d_name));
    }
    rewinddir(dir);
    int left = 0;
    while (readdir(dir)) left++;
    CHECK_EQ(left, 2);
}

TEST(telldir_andSeekdir_return) {
    for (char name[2] = "a"; name[0] <= 'j'; name[0]++) close(make_file(name, ""));
    DIR *dir = opendir(".");
    REQUIRE(dir != NULL);
    for (int i = 0; i < 5; i++) readdir(dir);
    long position = telldir(dir);
    char expected[256];
    strcpy(expected, readdir(dir)->d_name);
    readdir(dir);
    seekdir(dir, position);
    CHECK_STR(readdir(dir)->d_name, expected);
}

TEST(chdir_andGetcwd_agree) {
    char here[PATH_MAX], there[PATH_MAX], wanted[PATH_MAX + 8];
    REQUIRE(getcwd(here, sizeof here) != NULL);
    CHECK_OK(mkdir("dir", 0755));
    CHECK_OK(symlink("dir", "link"));
    CHECK_OK(chdir("link"));
    REQUIRE(getcwd(there, sizeof there) != NULL);
    snprintf(wanted, sizeof wanted, "%s/dir", here);
    CHECK_STR(there, wanted);
    CHECK_OK(chdir(".."));
    REQUIRE(getcwd(there, sizeof there) != NULL);
    CHECK_STR(there, here);
    close(make_file("file", ""));
    CHECK_ERR(chdir("file"), ENOTDIR);
    CHECK_ERR(chdir("missing"), ENOENT);
    CHECK_ERR(syscall(SYS_getcwd, there, 2), ERANGE);
    int fd = REQUIRE_OK(open("dir", O_RDONLY));
    CHECK_OK(fchdir(fd));
    CHECK_OK(access("../file", F_OK));
}

TEST(getcwd_inRemovedDirectory_failsEnoent) {
    char path[PATH_MAX];
    CHECK_OK(mkdir("dir", 0755));
    CHECK_OK(chdir("dir"));
    CHECK_OK(rmdir("../dir"));
    CHECK_ERR(syscall(SYS_getcwd, path, sizeof path), ENOENT);
    CHECK_ERR(mkdir("sub", 0755), ENOENT);
    CHECK_OK(access(".", F_OK));
    CHECK_OK(access("..", F_OK));
}

TEST(chroot_confinesPaths) {
    need_root();
    CHECK_OK(mkdir("jail", 0755));
    close(make_file("jail/inside", "in"));
    close(make_file("outside", "out"));
    CHECK_OK(symlink("/inside", "jail/absolute"));
    CHECK_OK(chroot("jail"));
    CHECK_OK(chdir("/"));
    CHECK_STR(text_of("/inside"), "in");
    CHECK_STR(text_of("/../../inside"), "in");
    CHECK_STR(text_of("absolute"), "in");
    CHECK_ERR(access("/../outside", F_OK), ENOENT);
    char path[PATH_MAX];
    REQUIRE(getcwd(path, sizeof path) != NULL);
    CHECK_STR(path, "/");
}

TEST(chroot_asUser_failsEperm) {
    need_root();
    CHECK_OK(chmod(".", 0755));
    CHECK_OK(setresuid(1000, 1000, 1000));
    CHECK_ERR(chroot("."), EPERM);
}

TEST(mknod_makesFilesAndFifos) {
    struct stat about;
    CHECK_OK(mknod("file", S_IFREG | 0600, 0));
    CHECK_OK(stat("file", &about));
    CHECK(S_ISREG(about.st_mode));
    CHECK_OK(mknod("fifo", S_IFIFO | 0600, 0));
    CHECK_OK(stat("fifo", &about));
    CHECK(S_ISFIFO(about.st_mode));
    CHECK_ERR(mknod("file", S_IFREG | 0600, 0), EEXIST);
    CHECK_ERR(mknod("dir", S_IFDIR | 0600, 0), EPERM);
}

TEST(deepDirectories_workByRelativeSteps) {
    for (int i = 0; i < 60; i++) {
        CHECK_OK(mkdir("a-directory-with-quite-a-long-name-so-that-the-path-exceeds-the-limit-of-path-max", 0755));
        CHECK_OK(chdir("a-directory-with-quite-a-long-name-so-that-the-path-exceeds-the-limit-of-path-max"));
    }
    char path[PATH_MAX];
    CHECK_ERR(syscall(SYS_getcwd, path, sizeof path), ENAMETOOLONG);
    close(make_file("file", "deep"));
    CHECK_STR(text_of("file"), "deep");
    CHECK_OK(unlink("file"));
    for (int i = 0; i < 60; i++) {
        CHECK_OK(chdir(".."));
        CHECK_OK(rmdir("a-directory-with-quite-a-long-name-so-that-the-path-exceeds-the-limit-of-path-max"));
    }
}
