/* proc(5): numbers that must be true, not only there. */
#include "check.h"

#include <pthread.h>
#include <sys/sendfile.h>

#define PAGES 64
#define KIB (PAGES * 4)

/* The value of "name: N kB" in the part of a file that begins with a line of "prefix"; -1 if there is none. */
static long kib_after(const char *path, const char *prefix, const char *name) {
    FILE *file = fopen(path, "r");
    char line[512];
    long value = -1;
    int in_part = prefix[0] == 0;
    size_t size = strlen(name);
    while (file && fgets(line, sizeof line, file)) {
        if (!in_part) {
            in_part = strncmp(line, prefix, strlen(prefix)) == 0;
        } else if (strncmp(line, name, size) == 0 && line[size] == ':') {
            value = atol(line + size + 1);
            break;
        }
    }
    if (file) fclose(file);
    return value;
}

static long smaps(const void *start, const char *name) {
    char prefix[32];
    snprintf(prefix, sizeof prefix, "%lx-", (unsigned long)start);
    return kib_after("/proc/self/smaps", prefix, name);
}

/* Forks children that touch the memory as told and stay until the pipe is closed. */
static int fork_touching(char *memory, int count, bool write_it, pid_t *pids) {
    int ready[2], hold[2];
    pipe(ready);
    pipe(hold);
    for (int i = 0; i < count; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            close(hold[1]);
            volatile char sum = 0;
            for (int page = 0; page < PAGES; page++) {
                if (write_it) memory[page * 4096] = 2;
                sum += memory[page * 4096];
            }
            write(ready[1], "r", 1);
            char end;
            read(hold[0], &end, 1);
            _exit(0);
        }
    }
    char byte;
    for (int i = 0; i < count; i++) read(ready[0], &byte, 1);
    close(ready[0]), close(ready[1]), close(hold[0]);
    return hold[1];
}

static void release(int hold, pid_t *pids, int count) {
    close(hold);
    for (int i = 0; i < count; i++) waitpid(pids[i], NULL, 0);
}

static char *touched(int flags) {
    /* between two areas that nothing merges with */
    char *memory = mmap(NULL, (PAGES + 2) * 4096L, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memory = mmap(memory + 4096, PAGES * 4096L, PROT_READ | PROT_WRITE, flags | MAP_FIXED | MAP_ANONYMOUS, -1, 0);
    madvise(memory, PAGES * 4096L, MADV_NOHUGEPAGE);
    for (int page = 0; page < PAGES; page++) memory[page * 4096] = 1;
    return memory;
}

TEST(smaps_ofPrivateMemory_dividesByThoseWhoShareIt) {
    char *memory = touched(MAP_PRIVATE);
    pid_t pids[3];
    CHECK_EQ(smaps(memory, "Rss"), KIB);
    CHECK_EQ(smaps(memory, "Pss"), KIB);
    CHECK_EQ(smaps(memory, "Private_Dirty"), KIB);
    CHECK_EQ(smaps(memory, "Anonymous"), KIB);
    int hold = fork_touching(memory, 3, false, pids);
    CHECK_EQ(smaps(memory, "Rss"), KIB);
    CHECK_EQ(smaps(memory, "Pss"), KIB / 4);
    CHECK_EQ(smaps(memory, "Shared_Dirty"), KIB);
    CHECK_EQ(smaps(memory, "Private_Dirty"), 0);
    CHECK_EQ(smaps(memory, "Anonymous"), KIB);
    release(hold, pids, 3);
    CHECK_EQ(smaps(memory, "Pss"), KIB);
    CHECK_EQ(smaps(memory, "Private_Dirty"), KIB);
    hold = fork_touching(memory, 3, true, pids);
    CHECK_EQ(smaps(memory, "Pss"), KIB);
    CHECK_EQ(smaps(memory, "Shared_Dirty"), 0);
    release(hold, pids, 3);
}

TEST(smaps_ofSharedMemory_dividesByThoseWhoMapIt) {
    char *memory = touched(MAP_SHARED);
    pid_t pids[3];
    CHECK_EQ(smaps(memory, "Pss"), KIB);
    CHECK_EQ(smaps(memory, "Private_Dirty"), KIB);
    CHECK_EQ(smaps(memory, "Anonymous"), 0);
    int hold = fork_touching(memory, 3, false, pids);
    CHECK_EQ(smaps(memory, "Rss"), KIB);
    CHECK_EQ(smaps(memory, "Pss"), KIB / 4);
    CHECK_EQ(smaps(memory, "Shared_Dirty"), KIB);
    release(hold, pids, 3);
    CHECK_EQ(smaps(memory, "Pss"), KIB);
}

static long kib_in(const char *text, const char *line) {
    const char *found = strstr(text, line);
    return found ? atol(found + strlen(line)) : -1;
}

TEST(smapsRollup_isTheSum) {
    touched(MAP_PRIVATE);
    const char *text = text_of("/proc/self/smaps_rollup"); /* one look: reading touches memory, too */
    long rss = kib_in(text, "\nRss:");
    long parts = kib_in(text, "\nShared_Clean:") + kib_in(text, "\nShared_Dirty:") + kib_in(text, "\nPrivate_Clean:") +
                 kib_in(text, "\nPrivate_Dirty:");
    CHECK(rss >= KIB);
    CHECK_EQ(parts, rss);
    CHECK(kib_in(text, "\nPss:") <= rss);
}

TEST(status_tellsSharedMemoryApart) {
    long before = kib_after("/proc/self/status", "", "RssShmem");
    long anonymous = kib_after("/proc/self/status", "", "RssAnon");
    touched(MAP_SHARED);
    CHECK(labs(kib_after("/proc/self/status", "", "RssShmem") - before - KIB) <= 16);
    CHECK(labs(kib_after("/proc/self/status", "", "RssAnon") - anonymous) <= 128);
    CHECK(kib_after("/proc/self/status", "", "VmPTE") > 0);
}

TEST(status_tellsWhereATaskMayRun) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(0, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0) SKIP("may not run on CPU 0");
    char line[256];
    FILE *file = fopen("/proc/self/status", "r");
    bool found = false;
    while (fgets(line, sizeof line, file)) {
        if (strncmp(line, "Cpus_allowed_list:", 18) == 0) {
            found = true;
            CHECK_STR(line, "Cpus_allowed_list:\t0\n");
        }
    }
    CHECK(found);
    fclose(file);
}

TEST(syscall_ofAReader_hasItsArguments) {
    int ends[2], news[2];
    pipe(ends);
    pipe(news);
    pid_t child = fork();
    if (child == 0) {
        char buffer[77];
        void *address = buffer;
        write(news[1], &address, sizeof address);
        read(ends[0], buffer, sizeof buffer);
        _exit(0);
    }
    void *address;
    read(news[0], &address, sizeof address);
    char path[64], text[256] = "", wanted[128];
    snprintf(path, sizeof path, "/proc/%d/syscall", child);
    snprintf(wanted, sizeof wanted, "0 0x%x 0x%lx 0x4d ", ends[0], (unsigned long)address);
    for (int i = 0; i < 500 && strncmp(text, wanted, strlen(wanted)) != 0; i++) {
        usleep(10000);
        int fd = open(path, O_RDONLY);
        ssize_t size = read(fd, text, sizeof text - 1);
        text[size < 0 ? 0 : size] = 0;
        close(fd);
    }
    long number;
    unsigned long arguments[6], stack = 0, pc = 0;
    CHECK_EQ(sscanf(text, "%ld %lx %lx %lx %lx %lx %lx %lx %lx", &number, arguments, arguments + 1, arguments + 2,
                    arguments + 3, arguments + 4, arguments + 5, &stack, &pc), 9);
    CHECK_EQ(number, SYS_read);
    CHECK_EQ(arguments[0], (unsigned long)ends[0]);
    CHECK_EQ(arguments[1], (unsigned long)address);
    CHECK_EQ(arguments[2], 77);
    CHECK(stack < (unsigned long)address + 8192 && stack > (unsigned long)address - 8192);
    unsigned char code[2] = "";
    snprintf(path, sizeof path, "/proc/%d/mem", child);
    int memory = open(path, O_RDONLY);
    if (memory >= 0 && pread(memory, code, 2, pc - 2) == 2) CHECK(code[0] == 0x0f && code[1] == 0x05);
    write(ends[1], "x", 1);
    waitpid(child, NULL, 0);
}

TEST(syscall_ofOneself_isTheRead) {
    char text[256] = "", wanted[128];
    int fd = open("/proc/self/syscall", O_RDONLY);
    CHECK(read(fd, text, sizeof text - 1) > 0);
    snprintf(wanted, sizeof wanted, "0 0x%x 0x%lx 0xff ", fd, (unsigned long)text);
    CHECK(strncmp(text, wanted, strlen(wanted)) == 0);
}

/* The value of a line "name N..." */
static long number_in(const char *path, const char *name) {
    FILE *file = fopen(path, "r");
    char line[1024];
    long value = -1;
    size_t size = strlen(name);
    while (file && fgets(line, sizeof line, file)) {
        if (strncmp(line, name, size) == 0 && line[size] == ' ') {
            value = atol(line + size + 1);
            break;
        }
    }
    if (file) fclose(file);
    return value;
}

/* User, nice and system time of all processors in ticks. */
static long ticks_used(void) {
    long user = 0, nice = 0, system = 0;
    FILE *file = fopen("/proc/stat", "r");
    fscanf(file, "cpu %ld %ld %ld", &user, &nice, &system);
    fclose(file);
    return user + nice + system;
}

TEST(stat_neverForgetsWhatEndedTasksUsed) {
    long before = ticks_used();
    pid_t child = fork();
    if (child == 0) {
        struct timespec used;
        do clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
        while (used.tv_sec == 0 && used.tv_nsec < 300000000);
        _exit(0);
    }
    signal(SIGCHLD, SIG_IGN); /* nobody inherits the time */
    waitpid(child, NULL, 0);
    CHECK(ticks_used() >= before + 15);
}

TEST(counters_grow) {
    long switches = number_in("/proc/stat", "ctxt"), faults = number_in("/proc/vmstat", "pgfault");
    for (int i = 0; i < 20; i++) usleep(1000);
    CHECK(number_in("/proc/stat", "ctxt") >= switches + 20);
    /* faults of a program that execve(2) replaced are the process' still */
    struct rusage before, after;
    getrusage(RUSAGE_CHILDREN, &before);
    pid_t child = fork();
    if (child == 0) {
        char *memory = mmap(NULL, 1000 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        madvise(memory, 1000 * 4096, MADV_NOHUGEPAGE);
        for (int i = 0; i < 1000; i++) memory[i * 4096] = 1;
        execl("/bin/true", "true", NULL);
        _exit(1);
    }
    waitpid(child, NULL, 0);
    getrusage(RUSAGE_CHILDREN, &after);
    CHECK(after.ru_maxrss >= 4000);
    CHECK(after.ru_minflt - before.ru_minflt > 0);
    CHECK(number_in("/proc/vmstat", "pgfault") >= faults + (after.ru_minflt - before.ru_minflt));
}

TEST(meminfo_tellsFilesInMemory) {
    long before = kib_after("/proc/meminfo", "", "Shmem");
    int fd = memfd_create("large", 0);
    char block[65536];
    memset(block, 1, sizeof block);
    for (int i = 0; i < 512; i++) write(fd, block, sizeof block);
    long grown = kib_after("/proc/meminfo", "", "Shmem") - before;
    CHECK(grown > 24 << 10 && grown < 64 << 10);
    CHECK(kib_after("/proc/meminfo", "", "Cached") >= 32 << 10);
    close(fd);
    long total = kib_after("/proc/meminfo", "", "MemTotal"), free_kib = kib_after("/proc/meminfo", "", "MemFree");
    CHECK(total > 0 && free_kib >= 0 && free_kib <= total);
    CHECK(kib_after("/proc/meminfo", "", "PageTables") > 0);
    CHECK(kib_after("/proc/meminfo", "", "SReclaimable") >= 0);
    CHECK(kib_after("/proc/meminfo", "", "Mapped") > 0);
}

static long cache_number(int index, const char *name) {
    char path[128];
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/%s", index, name);
    return atol(text_of(path));
}

TEST(caches_ofACpu_haveTheirSize) {
    if (access("/sys/devices/system/cpu/cpu0/cache/index0", F_OK) < 0) SKIP("the machine does not tell its caches");
    int level = 0, count = 0;
    char path[128];
    for (; snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d", count), access(path, F_OK) == 0; count++) {
        CHECK_EQ(cache_number(count, "size") * 1024, cache_number(count, "number_of_sets") * cache_number(count, "ways_of_associativity")
                * cache_number(count, "coherency_line_size") * cache_number(count, "physical_line_partition"));
        CHECK(cache_number(count, "level") >= level);
        level = cache_number(count, "level");
        CHECK_EQ(cache_number(count, "shared_cpu_list"), 0);
        strcat(path, "/type");
        CHECK(strstr("Data\nInstruction\nUnified\n", text_of(path)));
    }
    CHECK(count > 0 && count < 16);
    struct stat about;
    CHECK_OK(stat("/sys/devices/system/cpu/cpu0/cache", &about));
    CHECK(S_ISDIR(about.st_mode));
}

/* proc_lookup() finds what there is, and makes nothing. */
TEST(namesThatAreNotThere_cannotBeMade) {
    close(make_file("file", ""));
    const char *names[] = {"/proc/nothing", "/proc/self/nothing", "/proc/self/fd/1000", "/proc/sys/nothing", "/proc/self/net/nothing"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        CHECK_ERR(mkdir(names[i], 0755), ENOENT);
        CHECK_ERR(open(names[i], O_RDWR | O_CREAT, 0600), ENOENT);
        CHECK_ERR(open(names[i], O_RDWR | O_CREAT | O_EXCL, 0600), ENOENT);
        CHECK_ERR(mknod(names[i], S_IFIFO | 0600, 0), ENOENT);
        CHECK_ERR(symlink("target", names[i]), ENOENT);
        CHECK_ERR(link("file", names[i]), ENOENT);
    }
    CHECK_ERR(rename("/proc/self/status", "/proc/self/nothing"), ENOENT);
    CHECK_ERR(mkdir("/proc/self", 0755), EEXIST);
    CHECK_ERR(symlink("target", "/proc/self/status"), EEXIST);
}

TEST(directoryNotices_areEnabled) {
    CHECK_STR(text_of("/proc/sys/fs/dir-notify-enable"), "1\n");
}

TEST(fileNr_countsOpenFiles) {
    long before = -1, after = -1;
    FILE *file = fopen("/proc/sys/fs/file-nr", "r");
    fscanf(file, "%ld", &before);
    fclose(file);
    for (int i = 0; i < 200; i++) open("/dev/null", O_RDONLY);
    file = fopen("/proc/sys/fs/file-nr", "r");
    fscanf(file, "%ld", &after);
    fclose(file);
    CHECK(before > 0);
    /* the host counts in batches for each CPU, and other programs come and go */
    CHECK(after >= before + 50);
}

TEST(times_areOfWhenTheFileWasFirstSeen) {
    struct stat root, self, later;
    CHECK_OK(stat("/proc", &root));
    int fd = open("/proc/self", O_RDONLY | O_DIRECTORY);
    CHECK_OK(fstat(fd, &self));
    usleep(50000);
    CHECK_OK(stat("/proc", &later));
    CHECK(later.st_mtim.tv_sec == root.st_mtim.tv_sec && later.st_mtim.tv_nsec == root.st_mtim.tv_nsec);
    CHECK_OK(fstat(fd, &later));
    CHECK(later.st_mtim.tv_sec == self.st_mtim.tv_sec && later.st_mtim.tv_nsec == self.st_mtim.tv_nsec);
    CHECK(root.st_mtim.tv_sec <= self.st_mtim.tv_sec);
    close(fd);
}

struct io {
    long long rchar, wchar, syscr, syscw, read_bytes, write_bytes, cancelled, size;
};

/* One call reads all of it, so that it is known what the reading itself adds. */
static struct io io_of(const char *path) {
    char text[512];
    struct io io = {0};
    int fd = REQUIRE_OK(open(path, O_RDONLY));
    io.size = REQUIRE_OK(read(fd, text, sizeof text - 1));
    text[io.size] = 0;
    close(fd);
    CHECK_EQ(sscanf(text,
                    "rchar: %lld\nwchar: %lld\nsyscr: %lld\nsyscw: %lld\nread_bytes: %lld\nwrite_bytes: %lld\n"
                    "cancelled_write_bytes: %lld\n",
                    &io.rchar, &io.wchar, &io.syscr, &io.syscw, &io.read_bytes, &io.write_bytes, &io.cancelled),
             7);
    return io;
}

static void transfer(void) {
    char block[1000] = {0};
    int ends[2];
    REQUIRE_OK(pipe2(ends, O_NONBLOCK));
    CHECK_EQ(write(ends[1], block, 1000), 1000);
    CHECK_EQ(write(ends[1], block, 500), 500);
    CHECK_EQ(read(ends[0], block, 1000), 1000);
    CHECK_EQ(read(ends[0], block, 1000), 500);
    CHECK_ERR(read(ends[0], block, 1000), EAGAIN);
    close(ends[0]);
    close(ends[1]);
}

static void check_moved(struct io before, struct io after, int times) {
    CHECK_EQ(after.rchar - before.rchar, before.size + times * 1500);
    CHECK_EQ(after.syscr - before.syscr, 1 + times * 3);
    CHECK_EQ(after.wchar - before.wchar, times * 1500);
    CHECK_EQ(after.syscw - before.syscw, times * 2);
}

TEST(io_countsCallsAndBytes) {
    struct io before = io_of("/proc/self/io");
    transfer();
    check_moved(before, io_of("/proc/self/io"), 1);
}

TEST(io_countsSendfileAtBothEnds) {
    int from = REQUIRE_OK(open("from", O_RDWR | O_CREAT, 0600)), to = REQUIRE_OK(open("to", O_RDWR | O_CREAT, 0600));
    REQUIRE_OK(ftruncate(from, 3000));
    struct io before = io_of("/proc/self/io");
    CHECK_EQ(sendfile(to, from, NULL, 4096), 3000);
    struct io after = io_of("/proc/self/io");
    CHECK_EQ(after.rchar - before.rchar, before.size + 3000);
    CHECK_EQ(after.wchar - before.wchar, 3000);
    CHECK_EQ(after.syscr - before.syscr, 2);
    CHECK_EQ(after.syscw - before.syscw, 1);
}

TEST(io_ofAProcess_includesReapedChildren) {
    struct io before = io_of("/proc/self/io");
    pid_t child = fork();
    if (child == 0) {
        transfer();
        _exit(0);
    }
    waitpid(child, NULL, 0);
    check_moved(before, io_of("/proc/self/io"), 1);
}

static void *transfer_twice(void *of_thread) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/io", (int)syscall(SYS_gettid));
    struct io before = io_of(path);
    CHECK_EQ(before.syscr, 0);
    transfer();
    transfer();
    check_moved(before, io_of(path), 2);
    return of_thread;
}

TEST(io_ofAThread_isItsOwn) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/io", getpid());
    struct io before = io_of(path), all = io_of("/proc/self/io");
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, transfer_twice, NULL) == 0);
    pthread_join(thread, NULL);
    struct io after = io_of(path);
    CHECK_EQ(after.syscw, before.syscw);
    CHECK_EQ(io_of("/proc/self/io").wchar - all.wchar, 3000);
}

TEST(io_ofAnother_isNotForEverybody) {
    need_root();
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/io", getpid());
    pid_t child = fork();
    if (child == 0) {
        if (setgid(65534) != 0 || setuid(65534) != 0) _exit(2);
        _exit(open(path, O_RDONLY) < 0 && errno == EACCES ? 0 : 1);
    }
    int status;
    waitpid(child, &status, 0);
    CHECK_EQ(status, 0);
}
