/* Names of mapped files in /proc/PID/maps and its relatives: they are of the moment, and of who reads. d_path(), proc(5). */
#include "check.h"
#include <sys/mount.h>

#define PAGE 4096L

static char *mapped(const char *path) {
    int fd = REQUIRE_OK(open(path, O_RDONLY));
    char *memory = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
    REQUIRE(memory != MAP_FAILED);
    close(fd);
    return memory;
}

static char *mapped_new(const char *path) {
    close(make_file(path, "content"));
    return mapped(path);
}

/* The rest of the line of `table` that begins with the address, from its path on; "" if it has none. */
static const char *name_in(const char *table, const void *address) {
    static char line[8192];
    char wanted[32], path[64];
    snprintf(path, sizeof path, "/proc/self/%s", table);
    size_t length = (size_t)snprintf(wanted, sizeof wanted, "%lx", (unsigned long)address);
    FILE *file = fopen(path, "r");
    REQUIRE(file != NULL);
    bool found = false;
    while (!found && fgets(line, sizeof line, file) != NULL) found = strncmp(line, wanted, length) == 0;
    fclose(file);
    REQUIRE(found);
    line[strcspn(line, "\n")] = 0;
    const char *name = strchr(line, '/');
    return name == NULL ? "" : name;
}

static const char *here(const char *name) {
    static char path[8192];
    REQUIRE(getcwd(path, sizeof path - 300) != NULL);
    strcat(strcat(path, "/"), name);
    return path;
}

TEST(removedFile_isDeleted) {
    char *memory = mapped_new("file");
    CHECK_STR(name_in("maps", memory), here("file"));
    CHECK_STR(name_in("smaps", memory), here("file"));
    CHECK_OK(unlink("file"));
    CHECK_STR(name_in("maps", memory), here("file (deleted)"));
    CHECK_STR(name_in("smaps", memory), here("file (deleted)"));
    CHECK_EQ(memory[0], 'c');
}

TEST(renamedFile_hasItsNewName) {
    char *memory = mapped_new("old");
    CHECK_OK(mkdir("dir", 0755));
    CHECK_OK(rename("old", "dir/new"));
    CHECK_STR(name_in("maps", memory), here("dir/new"));
    CHECK_OK(rename("dir", "other"));
    CHECK_STR(name_in("maps", memory), here("other/new"));
}

TEST(replacedFile_isDeleted) {
    char *memory = mapped_new("file");
    close(make_file("fresh", "fresh"));
    CHECK_OK(rename("fresh", "file"));
    CHECK_STR(name_in("maps", memory), here("file (deleted)"));
    CHECK_STR(name_in("maps", mapped("file")), here("file"));
}

TEST(links_areNamedAsOpened) {
    close(make_file("one", "content"));
    CHECK_OK(link("one", "two"));
    char *one = mapped("one"), *two = mapped("two");
    CHECK_STR(name_in("maps", one), here("one"));
    CHECK_STR(name_in("maps", two), here("two"));
    CHECK_OK(unlink("one"));
    CHECK_STR(name_in("maps", one), here("one (deleted)"));
    CHECK_STR(name_in("maps", two), here("two"));
}

TEST(newLines_areOctal) {
    char *memory = mapped_new("a\nb");
    CHECK_STR(name_in("maps", memory), here("a\\012b"));
}

TEST(newRoot_isWhereNamesBegin) {
    char outside_name[8192], target[8192], link[64];
    REQUIRE_OK(unshare(CLONE_NEWNS));
    REQUIRE_OK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
    CHECK_OK(mkdir("root", 0755));
    CHECK_OK(mkdir("root/proc", 0755));
    REQUIRE_OK(mount("proc", "root/proc", "proc", 0, NULL));
    char *inside = mapped_new("root/inside"), *outside = mapped_new("outside");
    int fd = REQUIRE_OK(open("outside", O_RDONLY));
    strcpy(outside_name, here("outside"));
    CHECK_OK(chroot("root"));
    CHECK_STR(name_in("maps", inside), "/inside");
    /* what no path from the root leads to is named as seen from the first one: only getcwd(2) marks it */
    CHECK_STR(name_in("maps", outside), outside_name);
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, target, sizeof target - 1);
    REQUIRE(length > 0);
    target[length] = 0;
    CHECK_STR(target, outside_name);
    length = readlink("/proc/self/cwd", target, sizeof target - 1);
    REQUIRE(length > 0);
    target[length] = 0;
    CHECK(target[0] == '/');
    REQUIRE(syscall(SYS_getcwd, target, sizeof target) > 0);
    CHECK(strncmp(target, "(unreachable)/", 14) == 0);
}

TEST(children_seeTheSame) {
    char *memory = mapped_new("file");
    pid_t child = START_CHILD(
        CHECK_OK(unlink("file"));
        CHECK_STR(name_in("maps", memory), here("file (deleted)")));
    CHECK_EQ(wait_for(child), 0);
    CHECK_STR(name_in("maps", memory), here("file (deleted)"));
}

TEST(ownProgram_isNamed) {
    char exe[4096];
    ssize_t length = readlink("/proc/self/exe", exe, sizeof exe - 1);
    REQUIRE(length > 0);
    exe[length] = 0;
    /* the page of this very function */
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[8192];
    bool found = false;
    while (fgets(line, sizeof line, maps) != NULL) {
        unsigned long start, end;
        REQUIRE(sscanf(line, "%lx-%lx", &start, &end) == 2);
        if (start > (unsigned long)name_in || end <= (unsigned long)name_in) continue;
        line[strcspn(line, "\n")] = 0;
        CHECK_STR(strchr(line, '/'), exe);
        found = true;
    }
    fclose(maps);
    CHECK(found);
}
