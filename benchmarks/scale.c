/* What many of a thing cost: threads, open files, small files, sparse memory. Prints milliseconds and counts.
 *
 * usage: scale threads N | files N | tmpfs N DIRECTORY | directory N DIRECTORY | sparse DIRECTORY
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <dirent.h>
#include <unistd.h>

static double begun;

static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static void begin(void) { begun = now_ms(); }

static void tell(const char *what, long count) {
    double ms = now_ms() - begun;
    printf("%-36s %9ld %10.1f ms %9.2f us each\n", what, count, ms, ms * 1000 / count);
    fflush(stdout);
    begun = now_ms();
}

static void fail(const char *what, long at) {
    printf("%s: %s at %ld\n", what, strerror(errno), at);
    exit(1);
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t all_there = PTHREAD_COND_INITIALIZER, leave = PTHREAD_COND_INITIALIZER;
static long there, may_leave;

static void *stand(void *unused) {
    pthread_mutex_lock(&lock);
    there++;
    pthread_cond_signal(&all_there);
    while (!may_leave) pthread_cond_wait(&leave, &lock);
    pthread_mutex_unlock(&lock);
    return unused;
}

static int threads(long count) {
    pthread_t *all = calloc(count, sizeof *all);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 64 << 10);
    begin();
    long made = 0;
    int error = 0;
    while (made < count && !(error = pthread_create(&all[made], &attributes, stand, NULL))) made++;
    if (error) printf("refused: %s after %ld threads\n", strerror(error), made);
    tell("create", made);
    pthread_mutex_lock(&lock);
    while (there < made) pthread_cond_wait(&all_there, &lock);
    tell("all wait", made);
    may_leave = 1;
    pthread_cond_broadcast(&leave);
    pthread_mutex_unlock(&lock);
    for (long i = 0; i < made; i++) pthread_join(all[i], NULL);
    tell("woken, left, joined", made);
    return 0;
}

static int files(long count) {
    struct rlimit limit = {count + 100, count + 100};
    if (setrlimit(RLIMIT_NOFILE, &limit)) fail("RLIMIT_NOFILE", count);
    begin();
    int poller = epoll_create1(0), pair[2], last = -1;
    if (pipe(pair)) fail("pipe", 0);
    for (long i = 0; i < count - 10; i++)
        if ((last = open("/dev/null", O_RDONLY)) < 0) fail("open", i);
    tell("open /dev/null", count - 10);
    for (int fd = pair[1] + 1; fd <= last; fd++) {
        if (close(fd)) fail("close", fd);
        if (dup2(pair[0], fd) < 0) fail("dup2", fd);
    }
    tell("close, dup2 of a pipe", count - 10);
    struct epoll_event event = {.events = EPOLLIN};
    for (int fd = pair[1] + 1; fd <= last; fd++) {
        event.data.fd = fd;
        if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event)) fail("epoll_ctl", fd);
    }
    tell("epoll_ctl ADD, one pipe", count - 10);
    if (write(pair[1], "x", 1) != 1) fail("write", 0);
    struct epoll_event *events = calloc(1000, sizeof event);
    if (epoll_wait(poller, events, 1000, -1) != 1000) fail("epoll_wait", 0);
    tell("epoll_wait, 1,000 of them", 1000);
    for (int fd = pair[1] + 1; fd <= last; fd++)
        if (epoll_ctl(poller, EPOLL_CTL_DEL, fd, &event)) fail("epoll_ctl", fd);
    tell("epoll_ctl DEL", count - 10);
    pid_t child = fork();
    if (child == 0) _exit(0);
    tell("fork", 1);
    if (close_range(pair[1] + 1, last, 0)) fail("close_range", 0);
    tell("close_range", count - 10);
    return 0;
}

static int tmpfs(long count, const char *directory) {
    char path[4096];
    begin();
    for (long i = 0; i < count; i++) {
        if (i % 1000 == 0) {
            snprintf(path, sizeof path, "%s/d%ld", directory, i / 1000);
            if (mkdir(path, 0700)) fail("mkdir", i);
        }
        snprintf(path, sizeof path, "%s/d%ld/f%ld", directory, i / 1000, i);
        int fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
        if (fd < 0) fail("open", i);
        if (write(fd, "small", 5) != 5) fail("write", i);
        close(fd);
        if (i + 1 == count / 10) tell("create, 5 bytes (the first tenth)", count / 10);
    }
    tell("create, 5 bytes (the rest)", count - count / 10);
    struct stat status;
    for (long i = 0; i < count; i += 10) {
        snprintf(path, sizeof path, "%s/d%ld/f%ld", directory, i / 1000, i);
        if (stat(path, &status)) fail("stat", i);
    }
    tell("stat of every tenth", count / 10);
    long seen = 0;
    for (long i = 0; i < count / 1000; i++) {
        snprintf(path, sizeof path, "%s/d%ld", directory, i);
        DIR *stream = opendir(path);
        while (readdir(stream)) seen++;
        closedir(stream);
    }
    tell("readdir", seen);
    for (long i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/d%ld/f%ld", directory, i / 1000, i);
        if (unlink(path)) fail("unlink", i);
        if (i % 1000 == 999 || i + 1 == count) {
            snprintf(path, sizeof path, "%s/d%ld", directory, i / 1000);
            if (rmdir(path)) fail("rmdir", i);
        }
    }
    tell("unlink", count);
    return 0;
}

static int directory(long count, const char *parent) {
    char path[4096];
    snprintf(path, sizeof path, "%s/flat", parent);
    if (mkdir(path, 0700) || chdir(path)) fail("mkdir", 0);
    begin();
    for (long i = 0; i < count; i++) {
        snprintf(path, sizeof path, "file%ld", i);
        int fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
        if (fd < 0) fail("open", i);
        close(fd);
    }
    tell("create", count);
    struct stat status;
    for (long i = 0; i < count; i++) {
        snprintf(path, sizeof path, "file%ld", i * 7919 % count);
        if (stat(path, &status)) fail("stat", i);
    }
    tell("stat", count);
    for (long i = 0; i < count; i++) {
        snprintf(path, sizeof path, "none%ld", i);
        if (stat(path, &status) == 0) fail("stat", i);
    }
    tell("stat of what is not there", count);
    long seen = 0;
    DIR *stream = opendir(".");
    while (readdir(stream)) seen++;
    closedir(stream);
    if (seen != count + 2) fail("readdir", seen);
    tell("readdir", count);
    for (long i = 0; i < count; i += 10) {
        char other[64];
        snprintf(path, sizeof path, "file%ld", i);
        snprintf(other, sizeof other, "moved%ld", i);
        if (rename(path, other) || rename(other, path)) fail("rename", i);
    }
    tell("rename to and fro, of every tenth", count / 10);
    for (long i = 0; i < count; i++) {
        snprintf(path, sizeof path, "file%ld", i * 7919 % count);
        if (unlink(path)) fail("unlink", i);
    }
    tell("unlink", count);
    return chdir("/") || rmdir((snprintf(path, sizeof path, "%s/flat", parent), path)) ? 1 : 0;
}

static void touch(char *area, const char *what) {
    begin();
    for (long i = 0; i < 1024; i++) area[i << 30] = i;
    tell(what, 1024);
    for (long i = 0; i < 1024; i++)
        if (area[i << 30] != (char)i) fail("content", i);
}

static int sparse(const char *directory) {
    long tib = 1L << 40;
    begin();
    char *area = mmap(NULL, tib, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (area == MAP_FAILED) fail("PROT_NONE", 0);
    tell("mmap 1 TiB, PROT_NONE", 1);
    if (mprotect(area, tib, PROT_READ | PROT_WRITE)) fail("mprotect", 0);
    tell("mprotect", 1);
    touch(area, "touch a page of each GiB");
    pid_t child = fork();
    if (child == 0) _exit(0);
    tell("fork", 1);
    if (madvise(area, tib, MADV_DONTNEED)) fail("madvise", 0);
    tell("madvise DONTNEED", 1);
    if (munmap(area, tib)) fail("munmap", 0);
    tell("munmap", 1);
    char path[4096];
    snprintf(path, sizeof path, "%s/sparse", directory);
    int fd = open(path, O_CREAT | O_RDWR, 0600);
    if (fd < 0 || ftruncate(fd, tib)) fail("ftruncate", 0);
    tell("ftruncate to 1 TiB", 1);
    area = mmap(NULL, tib, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (area == MAP_FAILED) fail("mmap", 0);
    tell("mmap the file", 1);
    touch(area, "touch a page of each GiB of it");
    struct stat status;
    if (fstat(fd, &status)) fail("fstat", 0);
    printf("blocks of the file: %ld\n", (long)status.st_blocks);
    begin();
    long holes = 0;
    for (off_t at = 0; (at = lseek(fd, at, SEEK_DATA)) >= 0; holes++) at = lseek(fd, at, SEEK_HOLE);
    tell("SEEK_DATA, SEEK_HOLE", holes);
    if (ftruncate(fd, 0)) fail("ftruncate", 0);
    tell("ftruncate to 0", 1);
    if (munmap(area, tib)) fail("munmap", 0);
    close(fd);
    unlink(path);
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 3 && !strcmp(argv[1], "threads")) return threads(atol(argv[2]));
    if (argc == 3 && !strcmp(argv[1], "files")) return files(atol(argv[2]));
    if (argc == 4 && !strcmp(argv[1], "tmpfs")) return tmpfs(atol(argv[2]), argv[3]);
    if (argc == 4 && !strcmp(argv[1], "directory")) return directory(atol(argv[2]), argv[3]);
    if (argc == 3 && !strcmp(argv[1], "sparse")) return sparse(argv[2]);
    fprintf(stderr, "usage: scale threads N | files N | tmpfs N DIRECTORY | directory N DIRECTORY | sparse DIRECTORY\n");
    return 2;
}
