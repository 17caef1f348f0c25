/*
 * What one operation costs, seen from inside: prints "name<TAB>nanoseconds<TAB>nanoseconds" for each row, the median of
 * REPEATS runs and the first of them.
 * The same static binary runs natively, in Moat and in other sandboxes.
 *
 * usage: peer [REPEATS] [ROW...]
 * Files are made in $BENCH_DIR, else /dev/shm. Rows of whole programs are left out where there is no such program.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096
#define MAX_REPEATS 101

static char path[256];
static char buffer[PAGE];
extern char **environ;

static void fail(const char *what) {
    fprintf(stderr, "peer: %s: %s\n", what, strerror(errno));
    exit(1);
}

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void row_getpid(long n) {
    while (n-- > 0) syscall(SYS_getpid);
}

static void row_pread(long n) {
    int fd = open(path, O_RDONLY);
    if (fd < 0) fail(path);
    while (n-- > 0)
        if (pread(fd, buffer, PAGE, 0) != PAGE) fail("pread");
    close(fd);
}

static void row_pwrite(long n) {
    int fd = open(path, O_WRONLY);
    if (fd < 0) fail(path);
    while (n-- > 0)
        if (pwrite(fd, buffer, PAGE, 0) != PAGE) fail("pwrite");
    close(fd);
}

static void row_open(long n) {
    while (n-- > 0) {
        int fd = open(path, O_RDONLY);
        if (fd < 0) fail(path);
        close(fd);
    }
}

static void row_stat(long n) {
    char status[512];
    while (n-- > 0)
        if (syscall(SYS_newfstatat, AT_FDCWD, path, status, 0) != 0) fail("stat");
}

static void row_fork(long n) {
    while (n-- > 0) {
        pid_t child = fork();
        if (child < 0) fail("fork");
        if (child == 0) _exit(0);
        if (waitpid(child, NULL, 0) != child) fail("waitpid");
    }
}

static void row_mmap(long n) {
    while (n-- > 0) {
        char *area = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (area == MAP_FAILED) fail("mmap");
        for (int i = 0; i < 16; i++) area[i * PAGE] = 1;
        munmap(area, 16 * PAGE);
    }
}

/* One byte there and back between two processes. */
static void row_pipe(long n) {
    int there[2], back[2];
    char byte = 0;
    if (pipe(there) || pipe(back)) fail("pipe");
    pid_t child = fork();
    if (child < 0) fail("fork");
    if (child == 0) {
        while (n-- > 0)
            if (read(there[0], &byte, 1) != 1 || write(back[1], &byte, 1) != 1) _exit(1);
        _exit(0);
    }
    while (n-- > 0)
        if (write(there[1], &byte, 1) != 1 || read(back[0], &byte, 1) != 1) fail("pipe");
    int status;
    if (waitpid(child, &status, 0) != child || status != 0) fail("partner");
    close(there[0]), close(there[1]), close(back[0]), close(back[1]);
}

static _Atomic int ball;
static long rounds;

static void pass(int mine, int theirs) {
    for (long n = rounds; n > 0; n--) {
        while (ball != mine) syscall(SYS_futex, &ball, FUTEX_WAIT_PRIVATE, theirs, NULL, NULL, 0);
        ball = theirs;
        syscall(SYS_futex, &ball, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    }
}

static void *partner(void *unused) {
    (void)unused;
    pass(1, 0);
    return NULL;
}

/* There and back between two threads. */
static void row_futex(long n) {
    pthread_t thread;
    ball = 0;
    rounds = n;
    if (pthread_create(&thread, NULL, partner, NULL)) fail("pthread_create");
    pass(0, 1);
    pthread_join(thread, NULL);
}

static void row_spawn(long n) {
    char *arguments[] = {"/proc/self/exe", "exit", NULL};
    while (n-- > 0) {
        pid_t child;
        int status;
        if (posix_spawn(&child, "/proc/self/exe", NULL, NULL, arguments, environ)) fail("posix_spawn");
        if (waitpid(child, &status, 0) != child || status != 0) fail("spawned");
    }
}

/* First touch of anonymous memory, for each page. */
static void row_fault(long n) {
    char *area = mmap(NULL, (size_t)n * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (area == MAP_FAILED) fail("mmap");
    for (long i = 0; i < n; i++) area[i * PAGE] = 1;
    munmap(area, (size_t)n * PAGE);
}

/* Not a system call where the vDSO answers. */
static void row_clock(long n) {
    struct timespec t;
    while (n-- > 0) clock_gettime(CLOCK_MONOTONIC, &t);
}

/* Runs a shell command n times; %s stands for the directory of this run. */
static void command(long n, const char *pattern) {
    char line[1024];
    snprintf(line, sizeof line, pattern, path, path);
    while (n-- > 0)
        if (system(line) != 0) fail(line);
}

static void row_python(long n) {
    command(n, "/usr/bin/python3 -c pass");
}

static void row_gcc(long n) {
    command(n, "gcc -o %s.out -x c - <<E\n#include <stdio.h>\nint main(void) { puts(\"hello\"); }\nE\nrm %s.out");
}

static void row_shell(long n) {
    command(n, "i=0; while [ $i -lt 1000 ]; do /bin/true; i=$((i+1)); done");
}

static void row_find(long n) {
    command(n, "test $(find %s.tree -type f | wc -l) = 20000");
}

/* Through a pipe: tar does not read what goes to /dev/null. */
static void row_tar(long n) {
    command(n, "tar -cf - -C / .%s.big | cat >/dev/null");
}

static void make_tree(void) {
    char name[512];
    snprintf(name, sizeof name, "%s.tree", path);
    if (mkdir(name, 0700)) fail(name);
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof name, "%s.tree/%d", path, i);
        if (mkdir(name, 0700)) fail(name);
        for (int j = 0; j < 100; j++) {
            snprintf(name, sizeof name, "%s.tree/%d/%d", path, i, j);
            int fd = open(name, O_WRONLY | O_CREAT, 0600);
            if (fd < 0) fail(name);
            close(fd);
        }
    }
}

/* 1 GiB, or an eighth of the memory that is free. */
static void make_big(void) {
    static char block[1 << 20];
    char name[512];
    snprintf(name, sizeof name, "%s.big", path);
    int fd = open(name, O_WRONLY | O_CREAT, 0600);
    if (fd < 0) fail(name);
    long mib = sysconf(_SC_AVPHYS_PAGES) / 256 / 8;
    for (long i = 0; i < 1024 && i < mib; i++)
        if (write(fd, block, sizeof block) != sizeof block) fail(name);
    close(fd);
}

static void remove_files(void) {
    command(1, "rm -rf %s.tree %s.big");
}

static const struct row {
    const char *name;
    void (*run)(long);
    long count;
    const char *program;
    void (*prepare)(void);
} rows[] = {
    {"getpid", row_getpid, 20000, NULL, NULL},
    {"pread 4 KiB (tmpfs)", row_pread, 10000, NULL, NULL},
    {"pwrite 4 KiB", row_pwrite, 10000, NULL, NULL},
    {"open+close", row_open, 4000, NULL, NULL},
    {"stat", row_stat, 5000, NULL, NULL},
    {"fork+exit+wait", row_fork, 60, NULL, NULL},
    {"mmap 64 KiB + touch + munmap", row_mmap, 400, NULL, NULL},
    {"pipe ping-pong", row_pipe, 2000, NULL, NULL},
    {"futex ping-pong", row_futex, 2000, NULL, NULL},
    {"posix_spawn + wait", row_spawn, 20, NULL, NULL},
    {"page fault, anonymous", row_fault, 8000, NULL, NULL},
    {"clock_gettime", row_clock, 100000, NULL, NULL},
    {"python3 -c pass", row_python, 1, "/usr/bin/python3", NULL},
    {"gcc hello.c", row_gcc, 1, "/usr/bin/gcc", NULL},
    {"shell loop of 1,000 /bin/true", row_shell, 1, "/bin/true", NULL},
    {"find over 20,000 files", row_find, 1, "/usr/bin/find", make_tree},
    {"tar of 1 GiB or less", row_tar, 1, "/usr/bin/tar", make_big},
};

static int ascending(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static int wanted(const char *name, int argc, char **argv) {
    for (int i = 2; i < argc; i++)
        if (strstr(name, argv[i])) return 1;
    return argc <= 2;
}

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "exit") == 0) return 0;
    int repeats = argc > 1 ? atoi(argv[1]) : 5;
    if (repeats < 1 || repeats > MAX_REPEATS) repeats = 5;
    const char *directory = getenv("BENCH_DIR");
    snprintf(path, sizeof path, "%s/moat-peer-%d", directory ? directory : "/dev/shm", (int)getpid());
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, buffer, PAGE) != PAGE) fail(path);
    close(fd);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t took[MAX_REPEATS];
        if (!wanted(rows[i].name, argc, argv)) continue;
        if (rows[i].program && access(rows[i].program, X_OK) != 0) continue;
        if (rows[i].prepare) rows[i].prepare();
        int times = rows[i].program && repeats > 3 ? 3 : repeats;
        rows[i].run(rows[i].count / 10 + 1);
        for (int r = 0; r < times; r++) {
            uint64_t start = now();
            rows[i].run(rows[i].count);
            took[r] = (now() - start) / (uint64_t)rows[i].count;
        }
        uint64_t first = took[0];
        qsort(took, (size_t)times, sizeof *took, ascending);
        printf("%s\t%llu\t%llu\n", rows[i].name, (unsigned long long)took[times / 2], (unsigned long long)first);
        fflush(stdout);
        if (rows[i].prepare) remove_files();
    }
    unlink(path);
    return 0;
}
