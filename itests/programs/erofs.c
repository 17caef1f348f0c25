/* erofs: an image in a regular file, made here byte by byte, mounted and read; and images that are wrong. */
#include "check.h"

#include <dirent.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/xattr.h>

#define BLOCK 4096
#define BLOCKS 5

enum { ROOT = 40, SHORT = 44, BIG = 50, LINK = 54, PACKED = 58, CHUNKED = 62, NAMED = 70, FIFO = 76 };
enum { PLAIN, PACKED_FULL, INLINE, PACKED_COMPACT, CHUNKS };

static uint8_t image[BLOCK * BLOCKS];

static void put16(size_t at, uint16_t value) { memcpy(image + at, &value, 2); }
static void put32(size_t at, uint32_t value) { memcpy(image + at, &value, 4); }
static void put64(size_t at, uint64_t value) { memcpy(image + at, &value, 8); }

/* A compact inode; gives the place behind it. */
static size_t node(int id, int layout, int mode, uint32_t size, uint32_t where, int xattrs) {
    size_t at = id * 32;
    put16(at, layout << 1);
    put16(at + 2, xattrs);
    put16(at + 4, mode);
    put16(at + 6, 1);
    put32(at + 8, size);
    put32(at + 16, where);
    put32(at + 20, id);
    put16(at + 24, 1000);
    put16(at + 26, 100);
    return at + 32;
}

static const struct { const char *name; int id, type; } entries[] = {{".", ROOT, 2}, {"..", ROOT, 2}, {"big", BIG, 1},
        {"chunked", CHUNKED, 1}, {"fifo", FIFO, 5}, {"link", LINK, 7}, {"named", NAMED, 1}, {"packed", PACKED, 1},
        {"short", SHORT, 1}};
#define ENTRIES ((int)(sizeof entries / sizeof *entries))

static void build(void) {
    memset(image, 0, sizeof image);
    put32(1024, 0xe0f5e1e2);
    image[1024 + 12] = 12;
    put16(1024 + 14, ROOT);
    put64(1024 + 16, 8);
    put64(1024 + 24, 1000000000);
    put32(1024 + 36, BLOCKS);
    put32(1024 + 80, 4); /* chunked files */
    size_t names = ENTRIES * 12;
    for (int i = 0; i < ENTRIES; i++) {
        put64(BLOCK + i * 12, entries[i].id);
        put16(BLOCK + i * 12 + 8, names);
        image[BLOCK + i * 12 + 10] = entries[i].type;
        memcpy(image + BLOCK + names, entries[i].name, strlen(entries[i].name));
        names += strlen(entries[i].name);
    }
    node(ROOT, PLAIN, S_IFDIR | 0755, names, 1, 0);
    memcpy(image + node(SHORT, INLINE, S_IFREG | 0640, 5, 0, 0), "hello", 5);
    for (int i = 0; i < 5000; i++) image[2 * BLOCK + i] = i * 31 + i / 256;
    node(BIG, PLAIN, S_IFREG | 0644, 5000, 2, 0);
    memcpy(image + node(LINK, INLINE, S_IFLNK | 0777, 5, 0, 0), "short", 5);
    node(PACKED, PACKED_FULL, S_IFREG | 0644, 100, 1, 0);
    size_t map = node(CHUNKED, CHUNKS, S_IFREG | 0644, 3 * BLOCK - 10, 0, 0);
    put32(map, 3);
    put32(map + 4, 0xffffffff);
    put32(map + 8, 2);
    size_t xattrs = node(NAMED, INLINE, S_IFREG | 0755, 3, 0, 4); /* 12 + 3 * 4 bytes */
    image[xattrs + 12] = 1; /* name */
    image[xattrs + 13] = 1; /* user. */
    put16(xattrs + 14, 5);
    memcpy(image + xattrs + 16, "xvalue", 6);
    memcpy(image + xattrs + 24, "abc", 3);
    node(FIFO, PLAIN, S_IFIFO | 0600, 0, 0, 0);
}

static void save(const char *path) {
    int fd = REQUIRE_OK(open(path, O_CREAT | O_TRUNC | O_WRONLY, 0644));
    CHECK_EQ(write(fd, image, sizeof image), sizeof image);
    CHECK_OK(close(fd));
}

static void begin(void) {
    need_root();
    REQUIRE_OK(unshare(CLONE_NEWNS));
    REQUIRE_OK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
    REQUIRE_OK(mkdir("m", 0755));
    build();
    save("image");
    if (mount("image", "m", "erofs", MS_RDONLY, NULL) < 0) {
        /* Linux before 6.12 wants a block device. */
        if (errno == ENODEV || errno == ENOTBLK) SKIP("no erofs images in files");
        REQUIRE_OK(-1);
    }
}

TEST(image_isRead) {
    begin();
    struct stat about;
    char text[64] = "", data[3 * BLOCK];
    CHECK_OK(stat("m", &about));
    CHECK_EQ(about.st_mode, S_IFDIR | 0755);
    CHECK_OK(stat("m/short", &about));
    CHECK_EQ(about.st_mode, S_IFREG | 0640);
    CHECK_EQ(about.st_size, 5);
    CHECK_EQ(about.st_uid, 1000);
    CHECK_EQ(about.st_gid, 100);
    CHECK_EQ(about.st_ino, SHORT);
    CHECK_EQ(about.st_mtime, 1000000000);
    CHECK_STR(text_of("m/short"), "hello");
    CHECK_STR(text_of("m/link"), "hello");
    CHECK_EQ(readlink("m/link", text, sizeof text), 5);
    int fd = CHECK_OK(open("m/big", O_RDONLY));
    CHECK_EQ(read(fd, data, sizeof data), 5000);
    CHECK(memcmp(data, image + 2 * BLOCK, 5000) == 0);
    CHECK_EQ(pread(fd, data, 10, 4995), 5);
    CHECK_EQ(pread(fd, data, 10, 5000), 0);
    CHECK_EQ(lseek(fd, -1, SEEK_END), 4999);
    uint8_t *mapped = mmap(NULL, 2 * BLOCK, PROT_READ, MAP_SHARED, fd, 0);
    REQUIRE(mapped != MAP_FAILED);
    CHECK(memcmp(mapped, image + 2 * BLOCK, 5000) == 0);
    CHECK_EQ(mapped[5001], 0);
    fd = CHECK_OK(open("m/chunked", O_RDONLY));
    CHECK_EQ(read(fd, data, sizeof data), 3 * BLOCK - 10);
    CHECK(memcmp(data, image + 3 * BLOCK, BLOCK) == 0);
    for (int i = 0; i < BLOCK; i++) if (data[BLOCK + i]) REQUIRE(!"zeros");
    CHECK(memcmp(data + 2 * BLOCK, image + 2 * BLOCK, BLOCK - 10) == 0);
    CHECK_ERR(open("m/missing", O_RDONLY), ENOENT);
    CHECK_ERR(open("m/short/x", O_RDONLY), ENOTDIR);
    CHECK_OK(lstat("m/fifo", &about));
    CHECK(S_ISFIFO(about.st_mode));
}

TEST(directory_isListed) {
    begin();
    DIR *directory = opendir("m");
    REQUIRE(directory != NULL);
    for (int i = 0; i < ENTRIES; i++) {
        struct dirent *each = readdir(directory);
        REQUIRE(each != NULL);
        CHECK_STR(each->d_name, entries[i].name);
        CHECK_EQ(each->d_ino, entries[i].id);
    }
    CHECK(readdir(directory) == NULL);
    rewinddir(directory);
    readdir(directory);
    long place = telldir(directory);
    CHECK_STR(readdir(directory)->d_name, "..");
    seekdir(directory, place);
    CHECK_STR(readdir(directory)->d_name, "..");
}

TEST(xattrs_areRead) {
    begin();
    char value[16] = "";
    CHECK_EQ(getxattr("m/named", "user.x", value, sizeof value), 5);
    CHECK_STR(value, "value");
    CHECK_ERR(getxattr("m/named", "user.y", value, sizeof value), ENODATA);
    CHECK_EQ(listxattr("m/named", value, sizeof value), 7);
    CHECK_STR(value, "user.x");
    CHECK_EQ(listxattr("m/short", value, sizeof value), 0);
    CHECK_STR(text_of("m/named"), "abc");
}

TEST(image_isReadOnly) {
    begin();
    CHECK_ERR(open("m/short", O_RDWR), EROFS);
    CHECK_ERR(open("m/new", O_CREAT | O_RDWR, 0600), EROFS);
    CHECK_ERR(mkdir("m/new", 0700), EROFS);
    CHECK_ERR(unlink("m/short"), EROFS);
    CHECK_ERR(chmod("m/short", 0600), EROFS);
    CHECK_ERR(setxattr("m/short", "user.x", "", 0, 0), EROFS);
    CHECK_OK(umount("m"));
    /* It is so without being asked. */
    CHECK_OK(mount("image", "m", "erofs", 0, NULL));
    CHECK_ERR(mkdir("m/new", 0700), EROFS);
    mount(NULL, "m", NULL, MS_REMOUNT, NULL);
    CHECK_ERR(mkdir("m/new", 0700), EROFS);
    CHECK(strstr(text_of("/proc/self/mounts"), " erofs ro,"));
    struct statfs about;
    CHECK_OK(statfs("m", &about));
    CHECK_EQ(about.f_type, 0xe0f5e1e2);
    CHECK_EQ(about.f_bsize, BLOCK);
    CHECK_EQ(about.f_blocks, BLOCKS);
    CHECK_EQ(about.f_bfree, 0);
    CHECK_EQ(about.f_namelen, 255);
    /* The name of an image is not needed any more. */
    CHECK_OK(unlink("image"));
    CHECK_STR(text_of("m/short"), "hello");
}

TEST(mount_ofSomethingElse_fails) {
    begin();
    CHECK_OK(mkdir("n", 0755));
    CHECK_ERR(mount("missing", "n", "erofs", 0, NULL), ENOENT);
    CHECK_ERR(mount("m", "n", "erofs", 0, NULL), ENOTBLK);
    CHECK_ERR(mount("/dev/null", "n", "erofs", 0, NULL), ENOTBLK);
    CHECK_ERR(mount("image", "n", "erofs", 0, "colour=3"), EINVAL);
    close(make_file("text", "hello"));
    CHECK_ERR(mount("text", "n", "erofs", 0, NULL), EINVAL);
    put32(1024, 0xe0f5e1e3);
    save("bad");
    CHECK_ERR(mount("bad", "n", "erofs", 0, NULL), EINVAL);
    build();
    put32(1024 + 80, 0x40000000); /* a feature that nobody has */
    save("bad");
    CHECK_ERR(mount("bad", "n", "erofs", 0, NULL), EINVAL);
    build();
    put16(1024 + 14, SHORT); /* a root that is a file */
    save("bad");
    CHECK_ERR(mount("bad", "n", "erofs", 0, NULL), EINVAL);
}

/* Mounts what was built at n, which must work. */
static void again(void) {
    umount("n");
    save("bad");
    REQUIRE_OK(mount("bad", "n", "erofs", MS_RDONLY, NULL));
}

#define CHECK_BROKEN(call) CHECK((call) == -1 && (errno == EUCLEAN || errno == EIO || errno == EOPNOTSUPP))

TEST(brokenImages_giveErrors) {
    begin();
    char data[64];
    CHECK_OK(mkdir("n", 0755));
    put32(BIG * 32 + 16, 0x7fffffff); /* beyond the image */
    put32(CHUNKED * 32 + 32, 0x7fffffff);
    put64(BLOCK + 8 * 12, 1ULL << 40); /* inode of "short" */
    put16(LINK * 32, 7 << 1); /* no such layout */
    again();
    int fd = CHECK_OK(open("n/big", O_RDONLY));
    CHECK_BROKEN(read(fd, data, sizeof data));
    fd = CHECK_OK(open("n/chunked", O_RDONLY));
    CHECK_BROKEN(read(fd, data, sizeof data));
    CHECK_BROKEN(open("n/short", O_RDONLY));
    CHECK_BROKEN(readlink("n/link", data, sizeof data));
    for (int kind = 0; kind < 3; kind++) {
        build();
        put16(BLOCK + 8, kind == 0 ? 0 : kind == 1 ? 13 : 60000); /* where names begin */
        again();
        CHECK(open("n/missing", O_RDONLY) == -1);
    }
}

/* What a broken image gives does not matter, that it ends does. */
TEST(changedImages_doNoHarm) {
    begin();
    unsigned seed = 1;
    char data[BLOCK];
    CHECK_OK(mkdir("n", 0755));
    for (int round = 0; round < 60; round++) {
        build();
        for (int i = 0; i < 12; i++) {
            seed = seed * 1103515245 + 12345;
            size_t place = (seed >> 8) % 1536 + 1024; /* superblock, inodes */
            if (i % 3 == 0) place = BLOCK + (seed >> 8) % 160;
            if (place >= 1024 && place < 1040) continue;
            image[place] = seed >> 24;
        }
        umount2("n", MNT_DETACH);
        save("bad");
        if (mount("bad", "n", "erofs", MS_RDONLY, NULL) < 0) continue;
        DIR *directory = opendir("n");
        if (!directory) continue;
        struct dirent *each;
        for (int i = 0; i < 1000 && (each = readdir(directory)); i++) {
            char path[600];
            snprintf(path, sizeof path, "n/%s", each->d_name);
            int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
            if (fd >= 0) read(fd, data, sizeof data);
            close(fd);
            readlink(path, data, sizeof data);
            listxattr(path, data, sizeof data);
        }
        closedir(directory);
    }
    CHECK_STR(text_of("m/short"), "hello");
}
