/* Many of a thing at once: threads, open files, small files, sparse memory. benchmarks/scale.c measures more of them. */
#include "check.h"
#include <dirent.h>
#include <pthread.h>
#include <sys/epoll.h>

enum { THREADS = 600, FILES = 3000, SMALL_FILES = 2000 };
#define TIB (1L << 40)
#define GIB (1L << 30)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t all_there = PTHREAD_COND_INITIALIZER, leave = PTHREAD_COND_INITIALIZER;
static int there, may_leave;

static void *stand(void *number) {
    pthread_mutex_lock(&lock);
    if (++there == THREADS) pthread_cond_signal(&all_there);
    while (!may_leave) pthread_cond_wait(&leave, &lock);
    pthread_mutex_unlock(&lock);
    return number;
}

TEST(threads_byTheHundreds_waitOnOneConditionAndAllGoOn) {
    static pthread_t threads[THREADS];
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 64 << 10);
    for (long i = 0; i < THREADS; i++) CHECK_EQ(pthread_create(&threads[i], &attributes, stand, (void *)i), 0);
    pthread_mutex_lock(&lock);
    while (there < THREADS) pthread_cond_wait(&all_there, &lock);
    may_leave = 1;
    pthread_cond_broadcast(&leave);
    pthread_mutex_unlock(&lock);
    for (long i = 0; i < THREADS; i++) {
        void *result = NULL;
        CHECK_EQ(pthread_join(threads[i], &result), 0);
        CHECK_EQ((long)result, i);
    }
}

TEST(descriptors_byTheThousands_ofOnePipe_areWatchedAndForgotten) {
    struct rlimit limit;
    CHECK_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
    rlim_t most = limit.rlim_max < FILES + 100 ? limit.rlim_max : FILES + 100;
    limit.rlim_cur = most;
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
    static int copies[FILES + 100];
    int poller = epoll_create1(0), pair[2], last = -1, count = 0;
    CHECK_EQ(pipe(pair), 0);
    struct epoll_event event = {.events = EPOLLIN};
    while (count < (int)most - 100 && (last = dup(pair[0])) >= 0) {
        event.data.fd = last;
        CHECK_EQ(epoll_ctl(poller, EPOLL_CTL_ADD, last, &event), 0);
        copies[count++] = last;
    }
    CHECK_EQ(count, (int)most - 100);
    CHECK_EQ(write(pair[1], "x", 1), 1);
    static struct epoll_event events[FILES + 100];
    CHECK_EQ(epoll_wait(poller, events, FILES + 100, 5000), count);
    /* in an order that is neither that of arrival nor its reverse */
    for (int step = 0; step < 7; step++)
        for (int i = step; i < count; i += 7) CHECK_EQ(epoll_ctl(poller, EPOLL_CTL_DEL, copies[i], &event), 0);
    CHECK_EQ(epoll_wait(poller, events, 10, 0), 0);
    for (int i = 0; i < count; i++) CHECK_EQ(close(copies[i]), 0);
    CHECK_ERR(fcntl(last, F_GETFD), EBADF);
}

TEST(smallFiles_byTheThousands_areAllThereAndAllGo) {
    char path[64];
    CHECK_EQ(mkdir("many", 0700), 0);
    for (int i = 0; i < SMALL_FILES; i++) {
        snprintf(path, sizeof path, "many/file%d", i);
        int fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
        CHECK(fd >= 0);
        CHECK_EQ(write(fd, "small", 5), 5);
        close(fd);
    }
    DIR *stream = opendir("many");
    int seen = 0;
    for (struct dirent *entry; (entry = readdir(stream));) seen += entry->d_name[0] == 'f';
    closedir(stream);
    CHECK_EQ(seen, SMALL_FILES);
    for (int i = 0; i < SMALL_FILES; i++) {
        snprintf(path, sizeof path, "many/file%d", (i * 7) % SMALL_FILES);
        CHECK_EQ(unlink(path), 0);
    }
    CHECK_EQ(rmdir("many"), 0);
}

static void touch(char *area) {
    for (long i = 0; i < 64; i++) area[i * 16 * GIB] = i + 1;
    for (long i = 0; i < 64; i++) {
        CHECK_EQ(area[i * 16 * GIB], i + 1);
        CHECK_EQ(area[i * 16 * GIB + 8 * GIB], 0);
    }
}

TEST(mmap_ofATebibyte_unreserved_isSparse) {
    char *area = mmap(NULL, TIB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK(area != MAP_FAILED);
    CHECK_EQ(mprotect(area, TIB, PROT_READ | PROT_WRITE), 0);
    touch(area);
    pid_t child = fork();
    if (child == 0) {
        area[16 * GIB] = 99;
        _exit(area[0] != 1);
    }
    int status = -1;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    CHECK_EQ(area[16 * GIB], 2);
    CHECK_EQ(madvise(area, TIB, MADV_DONTNEED), 0);
    CHECK_EQ(area[16 * GIB], 0);
    CHECK_EQ(munmap(area, TIB), 0);
}

TEST(file_ofATebibyte_isMappedAndSparse) {
    int fd = memfd_create("sparse", 0);
    CHECK_EQ(ftruncate(fd, TIB), 0);
    char *area = mmap(NULL, TIB, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(area != MAP_FAILED);
    area[16 * GIB] = 1;
    CHECK_EQ(lseek(fd, 0, SEEK_DATA), 16 * GIB);
    touch(area);
    struct stat status;
    CHECK_EQ(fstat(fd, &status), 0);
    CHECK_EQ(status.st_size, TIB);
    CHECK(status.st_blocks < 1 << 20);
    CHECK_EQ(ftruncate(fd, 0), 0);
    CHECK_EQ(munmap(area, TIB), 0);
    close(fd);
}
