/* utimensat(2), futimens(3), utimes(2), utime(2), and which calls move which time stamps. */
#include "check.h"
#include <utime.h>

static struct stat about(const char *path) {
    struct stat s = {0};
    CHECK_OK(lstat(path, &s));
    return s;
}

static int64_t ns(struct timespec t) {
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

TEST(utimensat_setsBothWithNanoseconds) {
    close(make_file("file", ""));
    struct timespec times[] = {{1000, 123456789}, {2000, 987654321}};
    CHECK_OK(utimensat(AT_FDCWD, "file", times, 0));
    CHECK_EQ(ns(about("file").st_atim), 1000123456789LL);
    CHECK_EQ(ns(about("file").st_mtim), 2000987654321LL);
}

TEST(utimensat_nowAndOmit_areHonoured) {
    close(make_file("file", ""));
    struct timespec times[] = {{1000, 0}, {2000, 0}};
    CHECK_OK(utimensat(AT_FDCWD, "file", times, 0));
    struct timespec omit[] = {{0, UTIME_OMIT}, {0, UTIME_NOW}};
    CHECK_OK(utimensat(AT_FDCWD, "file", omit, 0));
    CHECK_EQ(about("file").st_atim.tv_sec, 1000);
    CHECK(llabs(about("file").st_mtim.tv_sec - time(NULL)) < 100);
    CHECK_OK(utimensat(AT_FDCWD, "file", NULL, 0));
    CHECK(llabs(about("file").st_atim.tv_sec - time(NULL)) < 100);
}

TEST(utimensat_onLink_nofollow) {
    close(make_file("file", ""));
    CHECK_OK(symlink("file", "link"));
    struct timespec times[] = {{1, 0}, {2, 0}};
    CHECK_OK(utimensat(AT_FDCWD, "link", times, AT_SYMLINK_NOFOLLOW));
    CHECK_EQ(about("link").st_mtim.tv_sec, 2);
    CHECK(about("file").st_mtim.tv_sec > 1000);
    CHECK_OK(utimensat(AT_FDCWD, "link", times, 0));
    CHECK_EQ(about("file").st_mtim.tv_sec, 2);
}

TEST(utimensat_withBadArguments_fails) {
    close(make_file("file", ""));
    struct timespec bad[] = {{0, 1000000000}, {0, 0}};
    CHECK_ERR(utimensat(AT_FDCWD, "file", bad, 0), EINVAL);
    CHECK_ERR(utimensat(AT_FDCWD, "missing", NULL, 0), ENOENT);
    CHECK_ERR(syscall(SYS_utimensat, AT_FDCWD, "file", (void *)1, 0), EFAULT);
    CHECK_ERR(utimensat(AT_FDCWD, "file", NULL, 0x4000), EINVAL);
    struct timespec both[] = {{0, UTIME_OMIT}, {0, UTIME_OMIT}};
    CHECK_OK(utimensat(AT_FDCWD, "file", both, 0));
}

TEST(utimensat_ofFileOfAnother_failsByKind) {
    need_root();
    close(make_file("file", ""));
    CHECK_OK(chmod(".", 0777));
    CHECK_OK(setresuid(1000, 1000, 1000));
    struct timespec times[] = {{1, 0}, {2, 0}};
    CHECK_ERR(utimensat(AT_FDCWD, "file", times, 0), EPERM);
    CHECK_ERR(utimensat(AT_FDCWD, "file", NULL, 0), EACCES);
}

TEST(futimensAndOlderCalls_work) {
    int fd = make_file("file", "");
    struct timespec times[] = {{11, 5}, {22, 6}};
    CHECK_OK(futimens(fd, times));
    CHECK_EQ(ns(about("file").st_mtim), 22000000006LL);
    struct timeval old[] = {{33, 7}, {44, 8}};
    CHECK_OK(syscall(SYS_utimes, "file", old));
    CHECK_EQ(ns(about("file").st_mtim), 44000008000LL);
    struct utimbuf oldest = {55, 66};
    CHECK_OK(syscall(SYS_utime, "file", &oldest));
    CHECK_EQ(ns(about("file").st_atim), 55000000000LL);
    CHECK_EQ(ns(about("file").st_mtim), 66000000000LL);
    CHECK_OK(syscall(SYS_futimesat, AT_FDCWD, "file", old));
    CHECK_EQ(about("file").st_atim.tv_sec, 33);
    CHECK_EQ(fcntl(fd, F_GETFD), 0);
}

TEST(write_movesMtimeAndCtime) {
    int fd = make_file("file", "");
    struct timespec times[] = {{1, 0}, {2, 0}};
    CHECK_OK(futimens(fd, times));
    CHECK_EQ(write(fd, "x", 1), 1);
    CHECK(about("file").st_mtim.tv_sec > 1000);
    CHECK_EQ(about("file").st_atim.tv_sec, 1);
    CHECK_OK(futimens(fd, times));
    CHECK_OK(ftruncate(fd, 0));
    CHECK(about("file").st_mtim.tv_sec > 1000);
}

TEST(entryChanges_moveTimesOfDirectory) {
    struct timespec times[] = {{1, 0}, {2, 0}};
    CHECK_OK(mkdir("dir", 0755));
    CHECK_OK(utimensat(AT_FDCWD, "dir", times, 0));
    close(make_file("dir/file", ""));
    CHECK(about("dir").st_mtim.tv_sec > 1000);
    CHECK_OK(utimensat(AT_FDCWD, "dir", times, 0));
    close(make_file("dir/file", "again"));
    CHECK_EQ(about("dir").st_mtim.tv_sec, 2);
    CHECK_OK(unlink("dir/file"));
    CHECK(about("dir").st_mtim.tv_sec > 1000);
}

TEST(negativeTimes_areKept) {
    close(make_file("file", ""));
    struct timespec times[] = {{-100, 5}, {-1, 999999999}};
    CHECK_OK(utimensat(AT_FDCWD, "file", times, 0));
    CHECK_EQ(about("file").st_atim.tv_sec, -100);
    CHECK_EQ(about("file").st_mtim.tv_sec, -1);
    CHECK_EQ(about("file").st_mtim.tv_nsec, 999999999);
}
