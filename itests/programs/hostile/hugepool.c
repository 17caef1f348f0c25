/*
 * Wants more huge pages than it may have memory: by the pool, beyond the pool, and by a file system that keeps some. Right
 * with a memory limit (--memory 256m): it never has more than 128 of 2 MB at a time. Expected exit code: 0.
 */
#include "hostile.h"
#include <sys/mount.h>

#define HUGE (2ul << 20)
#define MOST 128
#define MANY 1000

static int put(const char *path, const char *text) {
    int fd = open(path, O_WRONLY);
    int put = write(fd, text, strlen(text));
    close(fd);
    return put;
}

static long total(void) {
    char text[4096] = "";
    int fd = open("/proc/meminfo", O_RDONLY);
    read(fd, text, sizeof text - 1);
    close(fd);
    char *at = strstr(text, "HugePages_Total:");
    return at ? atol(at + 16) : -1;
}

static char *map(unsigned long pages, int flags) {
    return mmap(NULL, pages * HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | flags, -1, 0);
}

/* How many pages nobody was promised there are to be had: a child takes them until it gets SIGBUS. */
static int to_be_had(void) {
    volatile int *count = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t child = fork();
    if (child == 0) {
        char *at = map(MANY, MAP_NORESERVE);
        if (at == MAP_FAILED) _exit(1);
        for (; *count < MANY; ++*count) memset(at + *count * HUGE, 1, HUGE);
        _exit(2);
    }
    int status;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS ? *count : MANY;
}

static int by_pool(void) {
    if (put("/proc/sys/vm/nr_hugepages", "1000000") < 0) return 2;
    long pool = total();
    if (pool < 1 || pool > MOST) return 3;
    put("/proc/sys/vm/nr_overcommit_hugepages", "1000000");
    if (to_be_had() > MOST) return 4;
    int mapped = 0;
    for (char *at; mapped < MANY && (at = map(1, 0)) != MAP_FAILED; mapped++) memset(at, 1, HUGE);
    return mapped < 1 || mapped + to_be_had() > MOST ? 5 : 0;
}

/* Surplus pages that are kept for a file system when its file loses them. */
static int by_file_system(void) {
    if (put("/proc/sys/vm/nr_hugepages", "0") < 0) return 6;
    mkdir("/tmp/kept", 0755);
    if (mount("none", "/tmp/kept", "hugetlbfs", 0, "min_size=160M") != 0) return 7;
    int fd = open("/tmp/kept/file", O_RDWR | O_CREAT, 0600);
    if (fallocate(fd, 0, 0, 80 * HUGE) != 0 || ftruncate(fd, 0) != 0 || fallocate(fd, 0, 0, 80 * HUGE) != 0) return 8;
    int more = to_be_had();
    return more < 1 || 80 + more > MOST ? 9 : 0;
}

/* In a child, whose pages go with it. */
static void check(int (*body)(void)) {
    pid_t child = fork();
    if (child == 0) _exit(body());
    int status;
    waitpid(child, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) exit(WIFEXITED(status) ? WEXITSTATUS(status) : 10);
}

int main(void) {
    check(by_pool);
    check(by_file_system);
    OUTCOME("got what there is, and no more");
}
