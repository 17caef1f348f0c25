/* /proc/PID/map_files: a link for each area that maps a file. proc_pid_map_files(5), fs/proc/base.c. */
#include "check.h"
#include <dirent.h>

#define PAGE 4096L

static void *map(const char *path, int flags, int prot, int kind, int pages) {
    int fd = REQUIRE_OK(open(path, flags));
    void *memory = mmap(NULL, pages * PAGE, prot, kind, fd, 0);
    REQUIRE(memory != MAP_FAILED);
    close(fd);
    return memory;
}

static char *link_of(const void *start, int pages) {
    static char path[100];
    snprintf(path, sizeof path, "/proc/self/map_files/%lx-%lx", (long)start, (long)start + pages * PAGE);
    return path;
}

static const char *target_of(const char *path) {
    static char text[8192];
    ssize_t length = readlink(path, text, sizeof text - 1);
    if (length < 0) return check_errno(errno);
    text[length] = 0;
    return text;
}

static const char *here(const char *name) {
    static char path[8192];
    REQUIRE(getcwd(path, sizeof path - 300) != NULL);
    strcat(strcat(path, "/"), name);
    return path;
}

TEST(link_leadsToTheFile) {
    need_root();
    close(make_file("file", "content"));
    char *memory = map("file", O_RDONLY, PROT_READ, MAP_PRIVATE, 1);
    char *path = link_of(memory, 1);
    CHECK_STR(target_of(path), here("file"));
    struct stat link, file, linked;
    CHECK_OK(lstat(path, &link));
    CHECK_EQ(link.st_mode, S_IFLNK | 0400);
    CHECK_EQ(link.st_size, 64);
    CHECK_OK(stat("file", &file));
    CHECK_OK(stat(path, &linked));
    CHECK_EQ(linked.st_ino, file.st_ino);
    CHECK_OK(rename("file", "other"));
    CHECK_STR(target_of(path), here("other"));
    int fd = REQUIRE_OK(open(path, O_RDONLY));
    char text[8];
    CHECK_EQ(read(fd, text, 8), 7);
    CHECK(memcmp(text, "content", 7) == 0);
    CHECK_OK(unlink("other"));
    CHECK_STR(target_of(path), here("other (deleted)"));
    close(fd);
    CHECK_OK(munmap(memory, PAGE));
    CHECK_ERR(readlink(path, text, 8), ENOENT);
}

TEST(linkOfASharedArea_isWritableAsItsFile) {
    need_root();
    close(make_file("file", "content"));
    struct stat link;
    char *path = link_of(map("file", O_RDWR, PROT_READ, MAP_SHARED, 1), 1);
    CHECK_OK(lstat(path, &link));
    CHECK_EQ(link.st_mode, S_IFLNK | 0600);
    int fd = REQUIRE_OK(open(path, O_WRONLY));
    CHECK_EQ(write(fd, "C", 1), 1);
    close(fd);
    path = link_of(map("file", O_RDONLY, PROT_READ, MAP_SHARED, 1), 1);
    CHECK_OK(lstat(path, &link));
    CHECK_EQ(link.st_mode, S_IFLNK | 0400);
}

TEST(names_areThoseOfAreas) {
    need_root();
    int fd = make_file("file", "");
    CHECK_OK(ftruncate(fd, 3 * PAGE));
    close(fd);
    char *memory = map("file", O_RDONLY, PROT_READ, MAP_PRIVATE, 3), name[100];
    CHECK_OK(access(link_of(memory, 3), F_OK));
    CHECK_ERR(access(link_of(memory, 2), F_OK), ENOENT);
    CHECK_OK(munmap(memory + PAGE, PAGE));
    CHECK_ERR(access(link_of(memory, 3), F_OK), ENOENT);
    CHECK_OK(access(link_of(memory, 1), F_OK));
    CHECK_OK(access(link_of(memory + 2 * PAGE, 1), F_OK));
    snprintf(name, sizeof name, "/proc/self/map_files/0%lx-%lx", (long)memory, (long)memory + PAGE);
    CHECK_ERR(access(name, F_OK), ENOENT);
    snprintf(name, sizeof name, "/proc/self/map_files/%lx-%lx ", (long)memory, (long)memory + PAGE);
    CHECK_ERR(access(name, F_OK), ENOENT);
    CHECK_ERR(access("/proc/self/map_files/x", F_OK), ENOENT);
    CHECK_ERR(access("/proc/self/map_files/-", F_OK), ENOENT);
    CHECK_ERR(access("/proc/self/map_files/ffffffffffffffffffff-ffffffffffffffffffffff", F_OK), ENOENT);
    char *own = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK_ERR(access(link_of(own, 1), F_OK), ENOENT);
    CHECK_ERR(mkdir("/proc/self/map_files/1000-2000", 0755), ENOENT);
    snprintf(name, sizeof name, "/proc/self/task/%d/map_files", getpid());
    CHECK_ERR(access(name, F_OK), ENOENT);
}

TEST(list_hasTheAreasWithFiles) {
    need_root();
    close(make_file("file", "content"));
    map("file", O_RDONLY, PROT_READ, MAP_PRIVATE, 1);
    REQUIRE(mmap(NULL, PAGE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
    DIR *list = opendir("/proc/self/map_files");
    REQUIRE(list != NULL);
    int links = 0, areas = 0;
    for (struct dirent *entry; (entry = readdir(list)) != NULL;) links += entry->d_type == DT_LNK;
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[8192];
    while (fgets(line, sizeof line, maps) != NULL) {
        unsigned long inode = 0;
        REQUIRE(sscanf(line, "%*s %*s %*s %*s %lu", &inode) == 1);
        areas += inode != 0;
    }
    fclose(maps);
    closedir(list);
    CHECK(links >= 3);
    CHECK_EQ(links, areas);
}

TEST(namelessMemory_isTold) {
    need_root();
    char *memory = mmap(NULL, PAGE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK_STR(target_of(link_of(memory, 1)), "/dev/zero (deleted)");
    int fd = REQUIRE_OK(memfd_create("named", 0));
    CHECK_OK(ftruncate(fd, PAGE));
    memory = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
    REQUIRE(memory != MAP_FAILED);
    CHECK_STR(target_of(link_of(memory, 1)), "/memfd:named (deleted)");
    int again = REQUIRE_OK(open(link_of(memory, 1), O_RDONLY));
    struct stat one, other;
    CHECK_OK(fstat(fd, &one));
    CHECK_OK(fstat(again, &other));
    CHECK_EQ(one.st_ino, other.st_ino);
}

TEST(links_areFollowedByThePrivileged) {
    need_root();
    close(make_file("file", "content"));
    char *memory = map("file", O_RDONLY, PROT_READ, MAP_PRIVATE, 1);
    char *path = link_of(memory, 1);
    CHECK_EQ(IN_CHILD({
                 char text[10];
                 REQUIRE_OK(setresuid(65534, 65534, 65534));
                 CHECK(readlink(path, text, 10) > 0);
                 CHECK_ERR(open(path, O_RDONLY), EPERM);
             }),
             0);
    char other[100];
    snprintf(other, sizeof other, "/proc/%d/map_files", getpid());
    CHECK_EQ(IN_CHILD({
                 REQUIRE_OK(setresuid(65534, 65534, 65534));
                 CHECK_ERR(open(other, O_RDONLY | O_DIRECTORY), EACCES);
             }),
             0);
}

TEST(listOfAZombie_isEmpty) {
    need_root();
    pid_t child = START_CHILD((void)0);
    siginfo_t info;
    CHECK_OK(waitid(P_PID, child, &info, WEXITED | WNOWAIT));
    char path[100];
    snprintf(path, sizeof path, "/proc/%d/map_files", child);
    DIR *list = opendir(path);
    REQUIRE(list != NULL);
    int entries = 0;
    while (readdir(list) != NULL) entries++;
    CHECK_EQ(entries, 2);
    closedir(list);
    CHECK_EQ(wait_for(child), 0);
}
