/*
 * PR_SET_MM of prctl(2): a process says where its parts are, and /proc and brk(2) follow. Single addresses need
 * CAP_SYS_RESOURCE, which user 0 of a container often lacks: those tests skip then.
 */
#include "check.h"

#include <grp.h>
#include <linux/prctl.h>

enum { VECTOR_BYTES = 448 };

static int set_mm(int option, unsigned long addr, unsigned long size) {
    return prctl(PR_SET_MM, option, addr, size, 0);
}

static int set_map(struct prctl_mm_map *map) {
    return set_mm(PR_SET_MM_MAP, (unsigned long)map, sizeof *map);
}

/* Addresses that are in order, and mean nothing. */
static struct prctl_mm_map plain_map(void) {
    return (struct prctl_mm_map){
        .start_code = 0x10000,
        .end_code = 0x20000,
        .start_data = 0x30000,
        .end_data = 0x31000,
        .start_brk = 0x60000000,
        .brk = 0x60000000,
        .start_stack = 0x50000,
        .arg_start = 0x60000,
        .arg_end = 0x60000,
        .env_start = 0x70000,
        .env_end = 0x70000,
        .exe_fd = -1,
    };
}

/* Field of /proc/self/stat, counted from 1 as in proc_pid_stat(5); those behind the name. */
static unsigned long stat_field(int number) {
    const char *text = strrchr(text_of("/proc/self/stat"), ')');
    if (!text) return -1;
    text += 1;
    for (int at = 3; at < number && text; at++) text = strchr(text + 1, ' ');
    return text ? strtoul(text, NULL, 10) : 0;
}

/* The bytes of a file of /proc, which may contain NULs. */
static ssize_t bytes_of(const char *path, void *bytes, size_t size) {
    int fd = REQUIRE_OK(open(path, O_RDONLY));
    ssize_t got = 0;
    for (ssize_t n; (n = read(fd, (char *)bytes + got, size - got)) > 0;) got += n;
    close(fd);
    return got;
}

static char *anonymous_page(void) {
    char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(page != MAP_FAILED);
    return page;
}

static void need_resource_capability(void) {
    unsigned long long effective = 0;
    const char *line = strstr(text_of("/proc/self/status"), "CapEff:");
    if (line) sscanf(line, "CapEff: %llx", &effective);
    if (!(effective >> 24 & 1)) SKIP("no CAP_SYS_RESOURCE");
}

TEST(size_ofTheStruct_isTold) {
    unsigned size = 0;
    CHECK_OK(set_mm(PR_SET_MM_MAP_SIZE, (unsigned long)&size, 0));
    CHECK_EQ(size, sizeof(struct prctl_mm_map));
    CHECK_OK(set_mm(PR_SET_MM_MAP_SIZE, (unsigned long)&size, 9));
    CHECK_ERR(set_mm(PR_SET_MM_MAP_SIZE, 8, 0), EFAULT);
    CHECK_ERR(prctl(PR_SET_MM, PR_SET_MM_MAP_SIZE, &size, 0, 9), EINVAL);
}

TEST(stat_tellsTheAddressesOfAMap) {
    struct prctl_mm_map map = plain_map();
    REQUIRE_OK(set_map(&map));
    CHECK_EQ(stat_field(26), 0x10000);
    CHECK_EQ(stat_field(27), 0x20000);
    CHECK_EQ(stat_field(28), 0x50000);
    CHECK_EQ(stat_field(45), 0x30000);
    CHECK_EQ(stat_field(46), 0x31000);
    CHECK_EQ(stat_field(47), 0x60000000);
    CHECK_EQ(stat_field(48), 0x60000);
    CHECK_EQ(stat_field(49), 0x60000);
    CHECK_EQ(stat_field(50), 0x70000);
    CHECK_EQ(stat_field(51), 0x70000);
    const char *line = strstr(text_of("/proc/self/status"), "VmExe:");
    CHECK_EQ(line ? atol(line + 6) : -1, 64);
}

TEST(commandLineAndEnvironment_areReadFromTheirNewPlaces) {
    char *page = anonymous_page(), text[4096];
    memcpy(page, "new\0name", 9);
    memcpy(page + 100, "A=1\0B=2", 8);
    struct prctl_mm_map map = plain_map();
    map.arg_start = (unsigned long)page;
    map.arg_end = map.arg_start + 9;
    map.env_start = map.arg_start + 100;
    map.env_end = map.env_start + 8;
    REQUIRE_OK(set_map(&map));
    CHECK_EQ(bytes_of("/proc/self/cmdline", text, sizeof text), 9);
    CHECK(memcmp(text, "new\0name", 9) == 0);
    CHECK_EQ(bytes_of("/proc/self/environ", text, sizeof text), 8);
    CHECK(memcmp(text, "A=1\0B=2", 8) == 0);
    /* Without a NUL at its end the line goes on into an environment that follows, and into no other. */
    page[8] = '!';
    CHECK_EQ(bytes_of("/proc/self/cmdline", text, sizeof text), 4);
    memcpy(page + 9, "more\0", 5);
    map.env_start = map.arg_end;
    map.env_end = map.env_start + 5;
    memset(page, 'x', 9);
    REQUIRE_OK(set_map(&map));
    CHECK_EQ(bytes_of("/proc/self/cmdline", text, sizeof text), 14);
    CHECK(memcmp(text, "xxxxxxxxxmore", 14) == 0);
    /* A child has what its parent said. */
    CHECK_EQ(IN_CHILD(CHECK_EQ(bytes_of("/proc/self/cmdline", text, sizeof text), 14)), 0);
}

TEST(memoryThatIsNotThere_readsAsEmpty) {
    char text[64];
    struct prctl_mm_map map = plain_map();
    map.arg_end = map.arg_start + 10;
    map.env_end = map.env_start + 10;
    REQUIRE_OK(set_map(&map));
    CHECK_EQ(bytes_of("/proc/self/cmdline", text, sizeof text), 0);
}

TEST(vector_ofAMap_isTold) {
    unsigned long words[VECTOR_BYTES / 8 + 1], told[VECTOR_BYTES / 8];
    for (int i = 0; i <= VECTOR_BYTES / 8; i++) words[i] = i + 1;
    struct prctl_mm_map map = plain_map();
    map.auxv = (void *)words;
    map.auxv_size = 16;
    REQUIRE_OK(set_map(&map));
    CHECK_EQ(bytes_of("/proc/self/auxv", told, sizeof told), 32);
    CHECK_EQ(told[0], 1);
    CHECK_EQ(told[1], 2);
    CHECK_EQ(told[2], 0);
    /* The last pair is AT_NULL whatever is given. */
    map.auxv_size = VECTOR_BYTES;
    REQUIRE_OK(set_map(&map));
    CHECK_EQ(bytes_of("/proc/self/auxv", told, sizeof told), VECTOR_BYTES);
    CHECK_EQ(told[VECTOR_BYTES / 8 - 3], VECTOR_BYTES / 8 - 2);
    CHECK_EQ(told[VECTOR_BYTES / 8 - 2], 0);
    /* No size: it stays. */
    map.auxv_size = 0;
    REQUIRE_OK(set_map(&map));
    CHECK_EQ(bytes_of("/proc/self/auxv", told, sizeof told), VECTOR_BYTES);
    map.auxv_size = VECTOR_BYTES + 8;
    CHECK_ERR(set_map(&map), EINVAL);
    map.auxv_size = 8;
    map.auxv = NULL;
    CHECK_ERR(set_map(&map), EINVAL);
    map.auxv = (void *)8;
    CHECK_ERR(set_map(&map), EFAULT);
}

TEST(heap_isWhereTheMapSays) {
    char text[64];
    struct prctl_mm_map map = plain_map();
    map.brk = map.start_brk + 5000;
    REQUIRE_OK(set_map(&map));
    CHECK_EQ(syscall(SYS_brk, 0), map.brk);
    CHECK_EQ(syscall(SYS_brk, map.start_brk + 20000), map.start_brk + 20000);
    ((char *)map.start_brk)[2 * 4096] = 1;
    snprintf(text, sizeof text, "%08llx-%08llx rw-p 00000000 00:00 0 ", map.start_brk + 2 * 4096, map.start_brk + 5 * 4096);
    const char *line = strstr(text_of("/proc/self/maps"), text);
    CHECK(line != NULL);
    CHECK(line && strncmp(line + strlen(text) + strspn(line + strlen(text), " "), "[heap]\n", 7) == 0);
    CHECK_EQ(syscall(SYS_brk, map.start_brk - 1), map.start_brk + 20000);
    /* Other memory is not the heap any more. */
    map.start_brk = map.brk = 0x50000000;
    REQUIRE_OK(set_map(&map));
    CHECK(strstr(text_of("/proc/self/maps"), "[heap]") == NULL);
}

TEST(badMaps_areRefused) {
    struct prctl_mm_map good = plain_map(), map;
    CHECK_ERR(set_mm(PR_SET_MM_MAP, (unsigned long)&good, sizeof good - 1), EINVAL);
    CHECK_ERR(set_mm(PR_SET_MM_MAP, 8, sizeof good), EFAULT);
    CHECK_ERR(set_mm(PR_SET_MM_MAP, 8, 3), EINVAL);
    CHECK_ERR(prctl(PR_SET_MM, PR_SET_MM_MAP, &good, sizeof good, 1), EINVAL);
    map = good, map.end_code = map.start_code;
    CHECK_ERR(set_map(&map), EINVAL);
    map = good, map.end_data = map.start_data - 1;
    CHECK_ERR(set_map(&map), EINVAL);
    map = good, map.brk = map.start_brk - 1;
    CHECK_ERR(set_map(&map), EINVAL);
    map = good, map.arg_end = map.arg_start - 1;
    CHECK_ERR(set_map(&map), EINVAL);
    map = good, map.env_end = map.env_start - 1;
    CHECK_ERR(set_map(&map), EINVAL);
    map = good, map.start_stack = 0;
    CHECK_ERR(set_map(&map), EINVAL);
    map = good, map.start_stack = -4096;
    CHECK_ERR(set_map(&map), EINVAL);
    map = good, map.start_data = map.end_data = 0x7ffffffff000;
    CHECK_ERR(set_map(&map), EINVAL);
    map = good, map.start_data = map.end_data = 0x7fffffffefff;
    CHECK_OK(set_map(&map));
    struct rlimit limit = {0x2000, RLIM_INFINITY};
    REQUIRE_OK(setrlimit(RLIMIT_DATA, &limit));
    map = good, map.brk += 0x1000;
    CHECK_OK(set_map(&map));
    map.brk += 1;
    CHECK_ERR(set_map(&map), EINVAL);
}

/* Puts copies of what is mapped of the program in its place. Nothing is written meanwhile. */
static void replace_program(void) {
    char own[256] = "", line[512];
    REQUIRE(readlink("/proc/self/exe", own, sizeof own - 1) > 0);
    struct { unsigned long start, end; int prot; } parts[16];
    int count = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    REQUIRE(maps != NULL);
    while (fgets(line, sizeof line, maps) && count < 16) {
        char rights[8];
        if (!strstr(line, own)) continue;
        REQUIRE(sscanf(line, "%lx-%lx %7s", &parts[count].start, &parts[count].end, rights) == 3);
        parts[count++].prot = (rights[0] == 'r' ? PROT_READ : 0) | (rights[1] == 'w' ? PROT_WRITE : 0) |
                              (rights[2] == 'x' ? PROT_EXEC : 0);
    }
    fclose(maps);
    for (int i = 0; i < count; i++) {
        size_t size = parts[i].end - parts[i].start;
        char *copy = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        memcpy(copy, (void *)parts[i].start, size);
        mprotect(copy, size, parts[i].prot);
        mremap(copy, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)parts[i].start);
    }
}

TEST(executable_isExchangedOnceNothingOfItIsMapped) {
    need_root();
    char text[256] = "", here[256];
    struct prctl_mm_map map = plain_map();
    int program = REQUIRE_OK(open("program", O_RDWR | O_CREAT, 0755));
    CHECK_EQ(write(program, "x", 1), 1);
    close(program);
    map.exe_fd = program = REQUIRE_OK(open("program", O_RDONLY));
    CHECK_ERR(set_map(&map), EBUSY);
    map.exe_fd = 777;
    CHECK_ERR(set_map(&map), EBADF);
    map.exe_fd = REQUIRE_OK(open("program", O_PATH));
    CHECK_ERR(set_map(&map), EBADF);
    map.exe_fd = REQUIRE_OK(open(".", O_RDONLY));
    CHECK_ERR(set_map(&map), EACCES);
    map.exe_fd = make_file("data", "x");
    CHECK_ERR(set_map(&map), EACCES);
    replace_program();
    int writer = REQUIRE_OK(open("program", O_RDWR));
    map.exe_fd = program;
    CHECK_ERR(set_map(&map), EACCES);
    close(writer);
    CHECK_OK(set_map(&map));
    CHECK(readlink("/proc/self/exe", text, sizeof text - 1) > 0);
    REQUIRE(getcwd(here, sizeof here - 16) != NULL);
    CHECK_STR(text, strcat(here, "/program"));
    CHECK_ERR(open("program", O_RDWR), ETXTBSY);
}

TEST(otherUsers_mayMapButNotExchangeTheExecutable) {
    need_root();
    struct prctl_mm_map map = plain_map();
    int program = REQUIRE_OK(open("/bin/true", O_RDONLY));
    REQUIRE_OK(setgroups(0, NULL));
    REQUIRE_OK(setuid(12345));
    CHECK_OK(set_map(&map));
    map.exe_fd = program;
    CHECK_ERR(set_map(&map), EPERM);
    CHECK_ERR(set_mm(PR_SET_MM_START_CODE, 0x10000, 0), EPERM);
    CHECK_ERR(set_mm(PR_SET_MM_START_CODE, 0x10000, 1), EINVAL);
    CHECK_ERR(set_mm(PR_SET_MM_AUXV, (unsigned long)&map, 16), EPERM);
    CHECK_ERR(set_mm(PR_SET_MM_EXE_FILE, program, 0), EPERM);
    CHECK_ERR(set_mm(99, 0x10000, 0), EPERM);
}

TEST(singleAddresses_areSet) {
    need_resource_capability();
    char *page = anonymous_page(), text[64];
    strcpy(page, "single");
    unsigned long start = stat_field(48), behind = (unsigned long)page + 7;
    /* The end goes first: a start behind the end is refused. */
    int first = behind > start ? PR_SET_MM_ARG_END : PR_SET_MM_ARG_START;
    int second = behind > start ? PR_SET_MM_ARG_START : PR_SET_MM_ARG_END;
    CHECK_OK(set_mm(first, first == PR_SET_MM_ARG_END ? behind : (unsigned long)page, 0));
    CHECK_OK(set_mm(second, second == PR_SET_MM_ARG_END ? behind : (unsigned long)page, 0));
    CHECK_EQ(bytes_of("/proc/self/cmdline", text, sizeof text), 7);
    CHECK_STR(text, "single");
    CHECK_OK(set_mm(PR_SET_MM_START_CODE, 0x10000, 0));
    CHECK_EQ(stat_field(26), 0x10000);
    CHECK_OK(set_mm(PR_SET_MM_START_STACK, (unsigned long)text & ~15UL, 0));
    CHECK_EQ(stat_field(28), (unsigned long)text & ~15UL);
    CHECK_ERR(set_mm(PR_SET_MM_START_CODE, 4096, 0), EINVAL);
    CHECK_ERR(set_mm(PR_SET_MM_START_CODE, 0x7ffffffff000, 0), EINVAL);
    CHECK_ERR(set_mm(PR_SET_MM_END_CODE, 0x10000, 0), EINVAL);
    CHECK_ERR(set_mm(PR_SET_MM_ARG_END, 0x7fffffffefff, 0), EFAULT);
    CHECK_ERR(set_mm(0, 0x10000, 0), EINVAL);
    CHECK_ERR(set_mm(99, 0x10000, 0), EINVAL);
    unsigned long brk = syscall(SYS_brk, 0);
    CHECK_OK(set_mm(PR_SET_MM_BRK, brk + 8192, 0));
    CHECK_EQ(syscall(SYS_brk, 0), brk + 8192);
}

TEST(singleVector_replacesTheBeginning) {
    need_resource_capability();
    unsigned long words[VECTOR_BYTES / 8] = {0}, told[VECTOR_BYTES / 8], before[VECTOR_BYTES / 8];
    ssize_t size = bytes_of("/proc/self/auxv", before, sizeof before);
    words[0] = 6, words[1] = 4711;
    CHECK_OK(set_mm(PR_SET_MM_AUXV, (unsigned long)words, 16));
    CHECK_EQ(bytes_of("/proc/self/auxv", told, sizeof told), size);
    CHECK_EQ(told[1], 4711);
    CHECK_EQ(told[2], before[2]);
    CHECK_OK(set_mm(PR_SET_MM_AUXV, (unsigned long)words, 32));
    CHECK_EQ(bytes_of("/proc/self/auxv", told, sizeof told), 32);
    CHECK_ERR(set_mm(PR_SET_MM_AUXV, (unsigned long)words, VECTOR_BYTES + 8), EINVAL);
    CHECK_ERR(set_mm(PR_SET_MM_AUXV, 8, 16), EFAULT);
    CHECK_ERR(set_mm(PR_SET_MM_EXE_FILE, -1, 0), EBADF);
}
