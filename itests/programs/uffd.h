/* userfaultfd(2) with what headers of older kernels lack, and a thread that answers faults. */
#ifndef UFFD_H
#define UFFD_H

#include "check.h"

#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>

#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif
#define FEATURE_WP_UNPOPULATED (1 << 13)
#define FEATURE_POISON (1 << 14)
#define FEATURE_WP_ASYNC (1 << 15)
#define FEATURE_MOVE (1 << 16)
#define CONTINUE_MODE_WP ((uint64_t)2)
#define MOVE_ALLOW_SRC_HOLES ((uint64_t)2)

struct move {
    uint64_t dst, src, len, mode;
    int64_t move;
};
struct poison {
    struct uffdio_range range;
    uint64_t mode;
    int64_t updated;
};
#define IOCTL_MOVE _IOWR(UFFDIO, 5, struct move)
#define IOCTL_POISON _IOWR(UFFDIO, 8, struct poison)

enum { PAGE = 4096, MISSING = 1, WP = 2, MINOR = 4 };

static int __attribute__((unused)) open_uffd_with(uint64_t features, int flags) {
    int fd = syscall(SYS_userfaultfd, O_CLOEXEC | flags);
    if (fd < 0 && (errno == ENOSYS || errno == EPERM)) SKIP("no userfaultfd here");
    REQUIRE(fd >= 0);
    struct uffdio_api api = {.api = UFFD_API, .features = features};
    if (ioctl(fd, UFFDIO_API, &api) != 0) SKIP("no features %lx here: %s", (long)features, check_errno(errno));
    return fd;
}

static int __attribute__((unused)) open_uffd(uint64_t features) {
    return open_uffd_with(features, O_NONBLOCK | UFFD_USER_MODE_ONLY);
}

static char *__attribute__((unused)) map_private(int pages) {
    return mmap(NULL, pages * (size_t)PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static char *__attribute__((unused)) map_shared(int pages) {
    return mmap(NULL, pages * (size_t)PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static uint64_t registered_ioctls;

static int __attribute__((unused)) uffd_register(int fd, void *at, size_t length, int mode) {
    struct uffdio_register range = {.range = {(uintptr_t)at, length}, .mode = mode};
    int result = ioctl(fd, UFFDIO_REGISTER, &range);
    registered_ioctls = range.ioctls;
    return result;
}

static int __attribute__((unused)) uffd_unregister(int fd, void *at, size_t length) {
    struct uffdio_range range = {(uintptr_t)at, length};
    return ioctl(fd, UFFDIO_UNREGISTER, &range);
}

static int64_t uffd_result;

static int __attribute__((unused)) uffd_copy(int fd, void *to, const void *from, size_t length, uint64_t mode) {
    struct uffdio_copy request = {.dst = (uintptr_t)to, .src = (uintptr_t)from, .len = length, .mode = mode};
    int result = ioctl(fd, UFFDIO_COPY, &request);
    uffd_result = request.copy;
    return result;
}

static int __attribute__((unused)) uffd_zero(int fd, void *to, size_t length) {
    struct uffdio_zeropage request = {.range = {(uintptr_t)to, length}};
    int result = ioctl(fd, UFFDIO_ZEROPAGE, &request);
    uffd_result = request.zeropage;
    return result;
}

static int __attribute__((unused)) uffd_protect(int fd, void *at, size_t length, uint64_t mode) {
    struct uffdio_writeprotect request = {.range = {(uintptr_t)at, length}, .mode = mode};
    return ioctl(fd, UFFDIO_WRITEPROTECT, &request);
}

static int __attribute__((unused)) uffd_continue(int fd, void *at, size_t length, uint64_t mode) {
    struct uffdio_continue request = {.range = {(uintptr_t)at, length}, .mode = mode};
    int result = ioctl(fd, UFFDIO_CONTINUE, &request);
    uffd_result = request.mapped;
    return result;
}

static int __attribute__((unused)) uffd_poison(int fd, void *at, size_t length) {
    struct poison request = {.range = {(uintptr_t)at, length}};
    int result = ioctl(fd, IOCTL_POISON, &request);
    uffd_result = request.updated;
    return result;
}

static int __attribute__((unused)) uffd_move(int fd, void *to, void *from, size_t length, uint64_t mode) {
    struct move request = {.dst = (uintptr_t)to, .src = (uintptr_t)from, .len = length, .mode = mode};
    int result = ioctl(fd, IOCTL_MOVE, &request);
    uffd_result = request.move;
    return result;
}

/* The next message, waited for. */
static struct uffd_msg __attribute__((unused)) next_message(int fd) {
    struct uffd_msg message = {0};
    struct pollfd wait = {fd, POLLIN, 0};
    CHECK_EQ(poll(&wait, 1, 20000), 1);
    CHECK_EQ(read(fd, &message, sizeof message), sizeof message);
    return message;
}

static bool __attribute__((unused)) has_message(int fd) {
    struct pollfd wait = {fd, POLLIN, 0};
    return poll(&wait, 1, 0) == 1;
}

/* Touches memory on a thread of its own: it may have to wait. */
struct toucher {
    pthread_t thread;
    volatile char *at;
    int value; /* written if not negative, else what is read */
};

static void *touch_it(void *argument) {
    struct toucher *toucher = argument;
    if (toucher->value >= 0) *toucher->at = toucher->value;
    else toucher->value = (unsigned char)*toucher->at;
    return NULL;
}

static void __attribute__((unused)) start_read(struct toucher *toucher, char *at) {
    toucher->at = at;
    toucher->value = -1;
    REQUIRE(pthread_create(&toucher->thread, NULL, touch_it, toucher) == 0);
}

static void __attribute__((unused)) start_write(struct toucher *toucher, char *at, char value) {
    toucher->at = at;
    toucher->value = value;
    REQUIRE(pthread_create(&toucher->thread, NULL, touch_it, toucher) == 0);
}

static int __attribute__((unused)) finish(struct toucher *toucher) {
    REQUIRE(pthread_join(toucher->thread, NULL) == 0);
    return toucher->value;
}

#endif
