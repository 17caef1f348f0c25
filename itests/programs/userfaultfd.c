/* userfaultfd(2), ioctl_userfaultfd(2): a process answers page faults. Only those of user space, as UFFD_USER_MODE_ONLY. */
#include "check.h"
#include "faults.h"

#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>

#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif

enum { PAGE = 4096 };

static int open_uffd(uint64_t features) {
    int fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY);
    if (fd < 0 && (errno == ENOSYS || errno == EPERM)) SKIP("no userfaultfd here");
    REQUIRE(fd >= 0);
    struct uffdio_api api = {.api = UFFD_API, .features = features};
    REQUIRE_OK(ioctl(fd, UFFDIO_API, &api));
    CHECK(api.ioctls & (1 << _UFFDIO_REGISTER));
    return fd;
}

static char *map_pages(int pages) {
    return mmap(NULL, pages * (size_t)PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static int register_range(int fd, void *at, size_t length) {
    struct uffdio_register range = {.range = {(uintptr_t)at, length}, .mode = UFFDIO_REGISTER_MODE_MISSING};
    int result = ioctl(fd, UFFDIO_REGISTER, &range);
    if (result == 0) CHECK(range.ioctls & (1 << _UFFDIO_COPY));
    return result;
}

static int copy(int fd, void *to, void *from, size_t length) {
    struct uffdio_copy request = {.dst = (uintptr_t)to, .src = (uintptr_t)from, .len = length};
    int result = ioctl(fd, UFFDIO_COPY, &request);
    if (result == 0) CHECK_EQ(request.copy, length);
    return result;
}

static int zero(int fd, void *to, size_t length) {
    struct uffdio_zeropage request = {.range = {(uintptr_t)to, length}};
    return ioctl(fd, UFFDIO_ZEROPAGE, &request);
}

struct server {
    int fd, faults, writes;
    uint64_t addresses[16];
    char source[PAGE] __attribute__((aligned(4096)));
};

static void *serve(void *argument) {
    struct server *server = argument;
    struct pollfd wait = {server->fd, POLLIN, 0};
    while (poll(&wait, 1, 10000) == 1) {
        struct uffd_msg message;
        ssize_t n = read(server->fd, &message, sizeof message);
        if (n < 0) {
            if (errno == EAGAIN) continue;
            break;
        }
        CHECK_EQ(n, sizeof message);
        CHECK_EQ(message.event, UFFD_EVENT_PAGEFAULT);
        uint64_t at = message.arg.pagefault.address;
        if (server->faults < 16) server->addresses[server->faults] = at;
        server->writes += (message.arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_WRITE) != 0;
        server->faults++;
        memset(server->source, 'a' + server->faults % 26, PAGE);
        if (copy(server->fd, (void *)(at & -PAGE), server->source, PAGE) < 0) CHECK_EQ(errno, EEXIST);
    }
    return NULL;
}

TEST(missingPages_areGiven_byAnotherThread) {
    struct server server = {.fd = open_uffd(0)};
    char *at = map_pages(4);
    REQUIRE_OK(register_range(server.fd, at, 4 * PAGE));
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, serve, &server) == 0);
    CHECK_EQ(((volatile char *)at)[5], 'b');
    CHECK_EQ(server.faults, 1);
    CHECK_EQ(server.addresses[0], (uintptr_t)at);
    CHECK_EQ(server.writes, 0);
    ((volatile char *)at)[2 * PAGE + 7] = 'X';
    CHECK_EQ(at[2 * PAGE + 8], 'c');
    CHECK_EQ(at[2 * PAGE + 7], 'X');
    CHECK_EQ(server.faults, 2);
    CHECK_EQ(server.writes, 1);
    CHECK_EQ(server.addresses[1], (uintptr_t)(at + 2 * PAGE));
    /* what is there does not fault */
    CHECK_EQ(at[9], 'b');
    CHECK_EQ(server.faults, 2);
    /* thrown away, it is missing again */
    CHECK_OK(madvise(at, PAGE, MADV_DONTNEED));
    CHECK_EQ(((volatile char *)at)[5], 'd');
    CHECK_EQ(server.faults, 3);
}

TEST(pagesAreFilled_ahead) {
    int fd = open_uffd(0);
    char *at = map_pages(8), source[2 * PAGE];
    memset(source, 's', sizeof source);
    REQUIRE_OK(register_range(fd, at, 6 * PAGE));
    CHECK_OK(copy(fd, at, source, 2 * PAGE));
    CHECK_EQ(at[PAGE], 's');
    CHECK_ERR(copy(fd, at, source, PAGE), EEXIST);
    CHECK_OK(zero(fd, at + 2 * PAGE, PAGE));
    CHECK_EQ(at[2 * PAGE], 0);
    CHECK_ERR(zero(fd, at + 2 * PAGE, PAGE), EEXIST);
    CHECK_ERR(copy(fd, at + 6 * PAGE, source, PAGE), ENOENT);
    CHECK_ERR(copy(fd, at + 1, source, PAGE), EINVAL);
    CHECK_ERR(copy(fd, at + 4 * PAGE, (void *)8, PAGE), EFAULT);
    CHECK_ERR(copy(fd, at + 4 * PAGE, source, 0), EINVAL);
    /* half of it is there: EAGAIN, and how much was done */
    CHECK_OK(zero(fd, at + 5 * PAGE, PAGE));
    struct uffdio_copy request = {.dst = (uintptr_t)(at + 4 * PAGE), .src = (uintptr_t)source, .len = 2 * PAGE};
    CHECK_ERR(ioctl(fd, UFFDIO_COPY, &request), EAGAIN);
    CHECK_EQ(request.copy, PAGE);
    /* beyond the registration memory is as ever */
    CHECK_EQ(at[7 * PAGE], 0);
}

TEST(kernelAccess_isRefused) {
    int fd = open_uffd(0);
    char *at = map_pages(2);
    REQUIRE_OK(register_range(fd, at, 2 * PAGE));
    int zeros = REQUIRE_OK(open("/dev/zero", O_RDONLY));
    CHECK_ERR(read(zeros, at, 1), EFAULT);
    CHECK_OK(zero(fd, at, PAGE));
    CHECK_EQ(read(zeros, at, 2 * PAGE), PAGE);
}

TEST(unregister_makesFaultsTheKernelsAgain) {
    int fd = open_uffd(0);
    char *at = map_pages(4);
    REQUIRE_OK(register_range(fd, at, 4 * PAGE));
    struct uffdio_range range = {(uintptr_t)at, PAGE};
    CHECK_OK(ioctl(fd, UFFDIO_UNREGISTER, &range));
    CHECK_EQ(((volatile char *)at)[0], 0);
    close(fd);
    CHECK_EQ(((volatile char *)at)[PAGE], 0);
    at[3 * PAGE] = 1;
}

static void *touch(void *at) {
    return (void *)(uintptr_t) * (volatile unsigned char *)at;
}

TEST(waitingTask_isWoken_byCloseUnregisterAndWake) {
    for (int way = 0; way < 3; way++) {
        int fd = open_uffd(0);
        char *at = map_pages(1);
        REQUIRE_OK(register_range(fd, at, PAGE));
        pthread_t thread;
        REQUIRE(pthread_create(&thread, NULL, touch, at) == 0);
        struct pollfd wait = {fd, POLLIN, 0};
        CHECK_EQ(poll(&wait, 1, 10000), 1);
        struct uffd_msg message;
        CHECK_EQ(read(fd, &message, sizeof message), sizeof message);
        CHECK_ERR(read(fd, &message, sizeof message), EAGAIN);
        struct uffdio_range range = {(uintptr_t)at, PAGE};
        if (way == 0) {
            close(fd);
        } else if (way == 1) {
            CHECK_OK(ioctl(fd, UFFDIO_UNREGISTER, &range));
        } else {
            /* woken without a page it faults again */
            CHECK_OK(ioctl(fd, UFFDIO_WAKE, &range));
            CHECK_EQ(poll(&wait, 1, 10000), 1);
            CHECK_EQ(read(fd, &message, sizeof message), sizeof message);
            CHECK_OK(zero(fd, at, PAGE));
        }
        void *value = (void *)1;
        CHECK_EQ(pthread_join(thread, &value), 0);
        CHECK(value == NULL);
    }
}

static void on_alarm(int signal) {
    (void)signal;
    _exit(7);
}

TEST(signal_reachesWaitingTask) {
    int fd = open_uffd(0);
    char *at = map_pages(1);
    REQUIRE_OK(register_range(fd, at, PAGE));
    int status = IN_CHILD({
        int own = open_uffd(0);
        char *mine = map_pages(1);
        REQUIRE_OK(register_range(own, mine, PAGE));
        struct sigaction action = {.sa_handler = on_alarm};
        sigaction(SIGALRM, &action, NULL);
        struct itimerval timer = {.it_value = {0, 50000}};
        setitimer(ITIMER_REAL, &timer, NULL);
        touch(mine);
    });
    CHECK_EQ(status, EXITED(7));
}

TEST(child_hasOrdinaryMemory) {
    int fd = open_uffd(0);
    char *at = map_pages(2);
    REQUIRE_OK(register_range(fd, at, 2 * PAGE));
    CHECK_OK(zero(fd, at, PAGE));
    at[0] = 'p';
    CHECK_EQ(IN_CHILD({
                 CHECK_EQ(at[0], 'p');
                 CHECK_EQ(((volatile char *)at)[PAGE], 0);
             }),
             0);
}

TEST(sigbusFeature_raisesSignal) {
    int fd = open_uffd(UFFD_FEATURE_SIGBUS);
    char *at = map_pages(2);
    REQUIRE_OK(register_range(fd, at, 2 * PAGE));
    CHECK_EQ(fault_of_read(at), SIGBUS);
    CHECK_OK(zero(fd, at, PAGE));
    CHECK_EQ(fault_of_read(at), 0);
}

TEST(badArguments_fail) {
    CHECK_ERR(syscall(SYS_userfaultfd, 4711), EINVAL);
    int fd = syscall(SYS_userfaultfd, O_NONBLOCK | UFFD_USER_MODE_ONLY);
    if (fd < 0 && (errno == ENOSYS || errno == EPERM)) SKIP("no userfaultfd here");
    char *at = map_pages(2);
    CHECK_ERR(register_range(fd, at, PAGE), EINVAL);
    struct uffd_msg message;
    CHECK_ERR(read(fd, &message, sizeof message), EINVAL);
    struct uffdio_api api = {.api = 0xab};
    CHECK_ERR(ioctl(fd, UFFDIO_API, &api), EINVAL);
    api.api = UFFD_API;
    api.features = 1ull << 60;
    CHECK_ERR(ioctl(fd, UFFDIO_API, &api), EINVAL);
    close(fd);
    fd = open_uffd(0);
    struct uffdio_api again = {.api = UFFD_API};
    CHECK_ERR(ioctl(fd, UFFDIO_API, &again), EINVAL);
    CHECK_ERR(register_range(fd, at + 1, PAGE), EINVAL);
    CHECK_ERR(register_range(fd, at, 100), EINVAL);
    CHECK_ERR(register_range(fd, at, 0), EINVAL);
    CHECK_OK(register_range(fd, at, PAGE));
    CHECK_OK(register_range(fd, at, PAGE));
    int other = open_uffd(0);
    CHECK_ERR(register_range(other, at, 2 * PAGE), EBUSY);
    struct uffdio_register mode = {.range = {(uintptr_t)at, PAGE}, .mode = 0};
    CHECK_ERR(ioctl(fd, UFFDIO_REGISTER, &mode), EINVAL);
    CHECK_ERR(ioctl(fd, 0x12345, 0), EINVAL);
}
