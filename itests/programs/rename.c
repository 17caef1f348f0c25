/* rename(2), renameat2(2). */
#include "check.h"

TEST(rename_movesAndReplaces) {
    close(make_file("a", "A"));
    close(make_file("b", "B"));
    CHECK_OK(rename("a", "b"));
    CHECK_ERR(access("a", F_OK), ENOENT);
    CHECK_STR(text_of("b"), "A");
    CHECK_OK(mkdir("dir", 0755));
    CHECK_OK(rename("b", "dir/c"));
    CHECK_STR(text_of("dir/c"), "A");
}

TEST(rename_ofReplacedOpenFile_keepsItAlive) {
    char text[4] = "";
    struct stat about;
    int old = make_file("b", "B");
    close(make_file("a", "A"));
    CHECK_OK(rename("a", "b"));
    CHECK_EQ(read(old, text, 3), 1);
    CHECK_STR(text, "B");
    CHECK_OK(fstat(old, &about));
    CHECK_EQ(about.st_nlink, 0);
}

TEST(rename_betweenKinds_fails) {
    close(make_file("file", ""));
    CHECK_OK(mkdir("dir", 0755));
    CHECK_OK(mkdir("full", 0755));
    close(make_file("full/x", ""));
    CHECK_ERR(rename("file", "dir"), EISDIR);
    CHECK_ERR(rename("dir", "file"), ENOTDIR);
    CHECK_ERR(rename("dir", "full"), ENOTEMPTY);
    CHECK_OK(rename("full", "dir"));
    CHECK_OK(access("dir/x", F_OK));
    CHECK_ERR(rename("missing", "x"), ENOENT);
    CHECK_ERR(rename("file", "missing/x"), ENOENT);
    CHECK_ERR(rename("file", "x/"), ENOTDIR);
}

TEST(rename_intoOwnSubdirectory_failsEinval) {
    CHECK_OK(mkdir("dir", 0755));
    CHECK_OK(mkdir("dir/sub", 0755));
    CHECK_ERR(rename("dir", "dir/sub/dir"), EINVAL);
    CHECK_ERR(rename("dir", "dir/new"), EINVAL);
    CHECK_ERR(rename("dir/sub", "dir"), ENOTEMPTY);
}

TEST(rename_betweenNamesOfOneFile_doesNothing) {
    close(make_file("a", ""));
    CHECK_OK(link("a", "b"));
    CHECK_OK(rename("a", "b"));
    CHECK_OK(access("a", F_OK));
    CHECK_OK(access("b", F_OK));
    CHECK_OK(rename("a", "a"));
}

TEST(rename_ofDirectory_movesDotDot) {
    struct stat parent, up;
    CHECK_OK(mkdir("a", 0755));
    CHECK_OK(mkdir("b", 0755));
    CHECK_OK(mkdir("a/sub", 0755));
    CHECK_OK(rename("a/sub", "b/sub"));
    CHECK_OK(stat("b", &parent));
    CHECK_OK(stat("b/sub/..", &up));
    CHECK_EQ(parent.st_ino, up.st_ino);
    CHECK_EQ(parent.st_nlink, 3);
    CHECK_OK(stat("a", &parent));
    CHECK_EQ(parent.st_nlink, 2);
}

TEST(rename_ofCurrentDirectory_isSeenByGetcwd) {
    char path[PATH_MAX] = "";
    CHECK_OK(mkdir("one", 0755));
    CHECK_OK(chdir("one"));
    CHECK_OK(rename("../one", "../two"));
    REQUIRE(getcwd(path, sizeof path) != NULL);
    CHECK_STR(strrchr(path, '/'), "/two");
}

TEST(renameat2_noreplace_refusesExisting) {
    close(make_file("a", "A"));
    close(make_file("b", "B"));
    CHECK_ERR(renameat2(AT_FDCWD, "a", AT_FDCWD, "b", RENAME_NOREPLACE), EEXIST);
    CHECK_OK(renameat2(AT_FDCWD, "a", AT_FDCWD, "c", RENAME_NOREPLACE));
}

TEST(renameat2_exchange_swaps) {
    close(make_file("a", "A"));
    CHECK_OK(mkdir("d", 0755));
    CHECK_OK(renameat2(AT_FDCWD, "a", AT_FDCWD, "d", RENAME_EXCHANGE));
    CHECK_STR(text_of("d"), "A");
    struct stat about;
    CHECK_OK(stat("a", &about));
    CHECK(S_ISDIR(about.st_mode));
    CHECK_ERR(renameat2(AT_FDCWD, "a", AT_FDCWD, "missing", RENAME_EXCHANGE), ENOENT);
    CHECK_ERR(renameat2(AT_FDCWD, "a", AT_FDCWD, "d", RENAME_EXCHANGE | RENAME_NOREPLACE), EINVAL);
    CHECK_ERR(renameat2(AT_FDCWD, "a", AT_FDCWD, "d", 0x80), EINVAL);
}

TEST(rename_ofDots_failsEbusy) {
    CHECK_OK(mkdir("dir", 0755));
    CHECK_ERR(rename(".", "x"), EBUSY);
    CHECK_ERR(rename("dir/..", "x"), EBUSY);
    CHECK_ERR(rename("dir", "/proc/x"), EXDEV);
}

TEST(rename_onSymlink_movesTheLink) {
    close(make_file("file", "text"));
    CHECK_OK(symlink("file", "link"));
    CHECK_OK(rename("link", "other"));
    struct stat about;
    CHECK_OK(lstat("other", &about));
    CHECK(S_ISLNK(about.st_mode));
    CHECK_OK(rename("file", "other"));
    CHECK_OK(lstat("other", &about));
    CHECK(S_ISREG(about.st_mode));
}
