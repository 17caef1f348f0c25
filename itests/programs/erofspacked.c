/* erofs: images that mkfs.erofs compressed in each way it knows; images/make has made them. */
#include "check.h"
#include "images/content.h"

#include <dirent.h>
#include <grp.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/xattr.h>

#define IMAGE(name)                                                                                            \
    extern const uint8_t name##_start[], name##_end[];                                                         \
    __asm__(".section .rodata\n" #name "_start: .incbin \"images/" #name ".erofs\"\n" #name "_end:\n.previous")

IMAGE(plain);
IMAGE(lz4);
IMAGE(legacy);
IMAGE(shared);
IMAGE(tails);
IMAGE(lzma);
IMAGE(deflate);
IMAGE(zstd);

static const struct { const char *name; const uint8_t *start, *end; } images[] = {
#define KNOWN(name) {#name, name##_start, name##_end}
        KNOWN(plain), KNOWN(lz4), KNOWN(legacy), KNOWN(shared), KNOWN(tails), KNOWN(lzma), KNOWN(deflate), KNOWN(zstd)};
#define IMAGES (sizeof images / sizeof *images)

static void mount_image(size_t which) {
    int fd = REQUIRE_OK(open(images[which].name, O_CREAT | O_TRUNC | O_WRONLY, 0644));
    size_t size = images[which].end - images[which].start;
    REQUIRE(write(fd, images[which].start, size) == (ssize_t)size);
    close(fd);
    if (mount(images[which].name, "m", "erofs", MS_RDONLY, NULL) < 0) {
        /* Linux before 6.12 wants a block device; compression is a choice of its configuration. */
        if (errno == ENODEV || errno == ENOTBLK || errno == EOPNOTSUPP) SKIP("no such images in files");
        REQUIRE_OK(-1);
    }
}

static void begin(void) {
    need_root();
    REQUIRE_OK(unshare(CLONE_NEWNS));
    REQUIRE_OK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
    REQUIRE_OK(mkdir("m", 0755));
}

static char path[64];

static const char *at(const char *name) {
    snprintf(path, sizeof path, "m/%s", name);
    return path;
}

static uint8_t expected[MOST], data[2 * MOST];

TEST(files_ofEachImage_areRead) {
    begin();
    for (size_t i = 0; i < IMAGES; i++) {
        mount_image(i);
        for (int file = 0; file < FILES; file++) {
            size_t size = content(file, expected);
            int fd = CHECK_OK(open(at(names[file]), O_RDONLY));
            struct stat about;
            CHECK_OK(fstat(fd, &about));
            CHECK_EQ(about.st_size, size);
            CHECK_EQ(read(fd, data, sizeof data), size);
            if (memcmp(data, expected, size)) printf("%s of %s\n", names[file], images[i].name), CHECK(!"other content");
            CHECK_EQ(read(fd, data, sizeof data), 0);
            close(fd);
        }
        CHECK_OK(umount("m"));
    }
}

/* From the end to the start, and in odd pieces. */
TEST(places_ofEachImage_areRead) {
    begin();
    for (size_t i = 0; i < IMAGES; i++) {
        mount_image(i);
        for (int file = 0; file < 6; file++) {
            size_t size = content(file, expected);
            int fd = CHECK_OK(open(at(names[file]), O_RDONLY));
            seed = 99;
            for (size_t place = size; place > 0;) {
                size_t part = 1 + next(7001);
                if (part > place) part = place;
                place -= part;
                CHECK_EQ(pread(fd, data, part, place), part);
                if (memcmp(data, expected + place, part)) CHECK(!"other content");
            }
            CHECK_EQ(pread(fd, data, 10, size - 3), 3);
            CHECK_EQ(pread(fd, data, 10, size + 3), 0);
            uint8_t *mapped = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
            REQUIRE(mapped != MAP_FAILED);
            CHECK(memcmp(mapped, expected, size) == 0);
            munmap(mapped, size);
            close(fd);
        }
        CHECK_OK(umount("m"));
    }
}

TEST(directories_ofEachImage_areListed) {
    begin();
    for (size_t i = 0; i < IMAGES; i++) {
        mount_image(i);
        for (int pass = 0; pass < 2; pass++) {
            DIR *directory = opendir(pass ? "m/sub" : "m");
            REQUIRE(directory != NULL);
            int seen = 0;
            while (readdir(directory)) seen++;
            closedir(directory);
            CHECK_EQ(seen, pass ? 10 : 11);
        }
        CHECK_OK(umount("m"));
    }
}

TEST(xattrs_ofEachImage_areRead) {
    begin();
    for (size_t i = 0; i < IMAGES; i++) {
        mount_image(i);
        char value[200] = "";
        CHECK_EQ(getxattr("m/small", "user.com.example.first", value, sizeof value), 3);
        CHECK_STR(value, "one");
        CHECK_EQ(getxattr("m/small", "user.com.example.second", value, sizeof value), 3);
        CHECK_STR(value, "two");
        CHECK_EQ(getxattr("m/tiny", "user.com.example.first", value, sizeof value), 3);
        CHECK_ERR(getxattr("m/tiny", "user.com.example.second", value, sizeof value), ENODATA);
        CHECK_ERR(getxattr("m/tiny", "user.com.example.", value, sizeof value), ENODATA);
        CHECK_EQ(listxattr("m/small", value, sizeof value), 47);
        CHECK_EQ(getxattr("m/tiny", "system.posix_acl_access", value, sizeof value), 52);
        CHECK_ERR(getxattr("m/small", "system.posix_acl_access", value, sizeof value), ENODATA);
        CHECK_ERR(getxattr("m/tiny", "system.posix_acl_default", value, sizeof value), ENODATA);
        CHECK_EQ(getxattr("m/sub", "system.posix_acl_default", value, sizeof value), 44);
        CHECK_OK(umount("m"));
    }
}

/* tiny is for its owner, user 1001 and, as far as they may read, group 2002. */
TEST(accessList_decides) {
    begin();
    mount_image(1);
    CHECK_OK(chmod(".", 0755));
    for (int pass = 0; pass < 2; pass++) {
        pid_t child = fork();
        if (child == 0) {
            setgroups(0, NULL);
            setgid(pass ? 3000 : 2002);
            setuid(pass ? 3001 : 1001);
            _exit(access("m/tiny", R_OK) == 0 ? 0 : errno == EACCES ? 1 : 2);
        }
        int status;
        CHECK_EQ(waitpid(child, &status, 0), child);
        CHECK_EQ(status, W_EXITCODE(pass ? 1 : 0, 0));
    }
    CHECK_OK(umount("m"));
    CHECK_OK(mount("lz4", "m", "erofs", MS_RDONLY, "noacl,nouser_xattr"));
    char value[64];
    CHECK_ERR(getxattr("m/tiny", "system.posix_acl_access", value, sizeof value), EOPNOTSUPP);
    CHECK_ERR(getxattr("m/small", "user.com.example.first", value, sizeof value), EOPNOTSUPP);
    CHECK_EQ(listxattr("m/small", value, sizeof value), 0);
    CHECK(strstr(text_of("/proc/self/mounts"), "nouser_xattr,noacl"));
}

/* What a changed image gives does not matter, that it ends does. */
TEST(changedImages_doNoHarm) {
    begin();
    uint32_t chosen = 5;
    for (int round = 0; round < 48; round++) {
        size_t which = round % IMAGES, size = images[which].end - images[which].start;
        if (size > sizeof data) continue;
        memcpy(data, images[which].start, size);
        seed = chosen;
        for (int i = 0; i < 40; i++) data[2048 + next(size - 2048)] = next(256);
        chosen = next(1u << 31);
        umount2("m", MNT_DETACH);
        int fd = REQUIRE_OK(open("changed", O_CREAT | O_TRUNC | O_WRONLY, 0644));
        CHECK_EQ(write(fd, data, size), size);
        close(fd);
        unlink("before");
        REQUIRE_OK(rename("changed", "before"));
        if (mount("before", "m", "erofs", MS_RDONLY, NULL) < 0) continue;
        for (int file = 0; file < FILES; file++) {
            int in = open(at(names[file]), O_RDONLY | O_NONBLOCK);
            if (in < 0) continue;
            ssize_t got = read(in, data, sizeof data);
            CHECK(got >= 0 || errno == EUCLEAN || errno == EIO || errno == EINVAL || errno == EOPNOTSUPP || errno == EISDIR);
            close(in);
            listxattr(path, (char *)data, sizeof data);
        }
        memcpy(data, images[which].start, size);
    }
    umount2("m", MNT_DETACH);
    mount_image(0);
    CHECK_EQ(access("m/small", R_OK), 0);
}
