/*
 * What one operation costs, seen from inside: prints "name<TAB>nanoseconds" for each row, the median of REPEATS runs.
 * The same static binary runs natively, in Moat and in other sandboxes.
 *
 * usage: peer [REPEATS] [ROW...]
 * Files are made in $BENCH_DIR, else /dev/shm.
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

static const struct row {
    const char *name;
    void (*run)(long);
    long count;
} rows[] = {
    {"getpid", row_getpid, 20000},
    {"pread 4 KiB (tmpfs)", row_pread, 10000},
    {"pwrite 4 KiB", row_pwrite, 10000},
    {"open+close", row_open, 4000},
    {"stat", row_stat, 5000},
    {"fork+exit+wait", row_fork, 60},
    {"mmap 64 KiB + touch + munmap", row_mmap, 400},
    {"pipe ping-pong", row_pipe, 2000},
    {"futex ping-pong", row_futex, 2000},
    {"posix_spawn + wait", row_spawn, 20},
    {"page fault, anonymous", row_fault, 8000},
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
        rows[i].run(rows[i].count / 10 + 1);
        for (int r = 0; r < repeats; r++) {
            uint64_t start = now();
            rows[i].run(rows[i].count);
            took[r] = (now() - start) / (uint64_t)rows[i].count;
        }
        qsort(took, (size_t)repeats, sizeof *took, ascending);
        printf("%s\t%llu\n", rows[i].name, (unsigned long long)took[repeats / 2]);
        fflush(stdout);
    }
    unlink(path);
    return 0;
}
