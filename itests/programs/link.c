/* link(2), symlink(2), readlink(2), unlink(2). */
#include "check.h"

static nlink_t links_of(const char *path) {
    struct stat about = {0};
    CHECK_OK(lstat(path, &about));
    return about.st_nlink;
}

TEST(link_makesSecondName) {
    int fd = make_file("a", "text");
    CHECK_OK(link("a", "b"));
    CHECK_EQ(links_of("a"), 2);
    CHECK_STR(text_of("b"), "text");
    CHECK_EQ(pwrite(fd, "T", 1, 0), 1);
    CHECK_STR(text_of("b"), "Text");
    CHECK_OK(unlink("a"));
    CHECK_EQ(links_of("b"), 1);
    CHECK_STR(text_of("b"), "Text");
}

TEST(link_withBadArguments_fails) {
    close(make_file("a", ""));
    CHECK_OK(mkdir("dir", 0755));
    CHECK_ERR(link("missing", "b"), ENOENT);
    CHECK_ERR(link("a", "a"), EEXIST);
    CHECK_ERR(link("a", "dir"), EEXIST);
    CHECK_ERR(link("dir", "dir2"), EPERM);
    CHECK_ERR(link("a", "missing/b"), ENOENT);
    CHECK_ERR(link("a", "a/b"), ENOTDIR);
    CHECK_ERR(link("a", "/dev/link-to-a"), EXDEV);
    CHECK_ERR(linkat(AT_FDCWD, "a", AT_FDCWD, "b", 0x8), EINVAL);
}

TEST(link_onSymlink_linksTheLink) {
    close(make_file("a", ""));
    CHECK_OK(symlink("a", "s"));
    CHECK_OK(link("s", "t"));
    struct stat about;
    CHECK_OK(lstat("t", &about));
    CHECK(S_ISLNK(about.st_mode));
    CHECK_OK(linkat(AT_FDCWD, "s", AT_FDCWD, "u", AT_SYMLINK_FOLLOW));
    CHECK_OK(lstat("u", &about));
    CHECK(S_ISREG(about.st_mode));
}

TEST(symlink_holdsAnyText) {
    char text[64] = "";
    CHECK_OK(symlink("some/where//else", "link"));
    CHECK_EQ(readlink("link", text, sizeof text), 16);
    CHECK_STR(text, "some/where//else");
    memset(text, 0, sizeof text);
    CHECK_EQ(readlink("link", text, 4), 4);
    CHECK_STR(text, "some");
    CHECK_ERR(readlink("link", text, 0), EINVAL);
    CHECK_ERR(symlink("x", "link"), EEXIST);
    CHECK_ERR(symlink("", "empty"), ENOENT);
    close(make_file("file", ""));
    CHECK_ERR(readlink("file", text, sizeof text), EINVAL);
    CHECK_ERR(readlink("missing", text, sizeof text), ENOENT);
}

TEST(symlinks_resolveRelativeToTheirDirectory) {
    CHECK_OK(mkdir("a", 0755));
    CHECK_OK(mkdir("a/b", 0755));
    close(make_file("a/file", "in a"));
    CHECK_OK(symlink("../file", "a/b/link"));
    CHECK_STR(text_of("a/b/link"), "in a");
    CHECK_OK(symlink("a/b", "dirlink"));
    CHECK_STR(text_of("dirlink/../file"), "in a");
    CHECK_STR(text_of("dirlink/link"), "in a");
}

TEST(symlinks_upToForty_resolve) {
    char from[16], to[16];
    close(make_file("l0", "end"));
    for (int i = 1; i <= 41; i++) {
        snprintf(from, sizeof from, "l%d", i - 1);
        snprintf(to, sizeof to, "l%d", i);
        CHECK_OK(symlink(from, to));
    }
    CHECK_OK(access("l40", F_OK));
    CHECK_ERR(access("l41", F_OK), ELOOP);
}

TEST(unlink_withBadArguments_fails) {
    CHECK_OK(mkdir("dir", 0755));
    CHECK_ERR(unlink("missing"), ENOENT);
    CHECK_ERR(unlink("dir"), EISDIR);
    CHECK_ERR(unlink("."), EISDIR);
    close(make_file("file", ""));
    CHECK_ERR(unlink("file/"), ENOTDIR);
    CHECK_ERR(unlinkat(AT_FDCWD, "file", AT_REMOVEDIR), ENOTDIR);
    CHECK_ERR(unlinkat(AT_FDCWD, "file", 0x4000), EINVAL);
    CHECK_OK(unlinkat(AT_FDCWD, "dir", AT_REMOVEDIR));
    CHECK_OK(unlink("file"));
    CHECK_ERR(unlink("file"), ENOENT);
}

TEST(unlink_onSymlink_removesLinkOnly) {
    close(make_file("file", ""));
    CHECK_OK(symlink("file", "link"));
    CHECK_OK(unlink("link"));
    CHECK_OK(access("file", F_OK));
}

TEST(trailingSlash_onLinkToDirectory_follows) {
    struct stat about;
    CHECK_OK(mkdir("dir", 0755));
    CHECK_OK(symlink("dir", "link"));
    CHECK_OK(lstat("link/", &about));
    CHECK(S_ISDIR(about.st_mode));
    CHECK_ERR(unlink("link/"), ENOTDIR);
    CHECK_ERR(rmdir("link"), ENOTDIR);
}

TEST(bytesOfNames_areKept) {
    const char *name = "\xff\xfe \x01*\n\xc3\xa4";
    close(make_file(name, "bytes"));
    CHECK_STR(text_of(name), "bytes");
    char target[32] = "";
    CHECK_OK(symlink(name, "link"));
    CHECK_EQ(readlink("link", target, sizeof target), strlen(name));
    CHECK_STR(target, name);
    CHECK_STR(text_of("link"), "bytes");
}
