/* Waits for completions: the shortest wait for a batch, arguments in a registered region; and many requests that are
 * found by their user data. */
#include "uring.h"

#include <poll.h>
#include <time.h>

/* include/uapi/linux/io_uring.h, newer than many headers */
enum { DISABLED = 1 << 6 };
enum { EXT_ARG = 1 << 3, EXT_ARG_REG = 1 << 6 };
enum { MIN_TIMEOUT = 1 << 15 };
enum { ENABLE = 12, MEM_REGION = 34 };
enum { UPDATE_USER_DATA = 1 << 2 };

struct argument {
    uint64_t mask;
    uint32_t mask_size, min_wait_us;
    uint64_t time;
};

struct region {
    uint64_t addr, size;
    uint32_t flags, id;
    uint64_t offset, reserved[4];
};

struct registration {
    uint64_t region, flags, reserved[2];
};

struct registered_wait {
    struct timespec time;
    uint32_t min_wait_us, flags;
    uint64_t mask;
    uint32_t mask_size, pad[3];
    uint64_t pad2[2];
};

static int await(struct ring *r, unsigned wanted, void *arg, size_t size, int more) {
    return syscall(SYS_io_uring_enter, r->fd, 0, wanted, IORING_ENTER_GETEVENTS | EXT_ARG | more, arg, size);
}

static long now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void open_batching(struct ring *r, unsigned flags) {
    open_ring(r, 8, flags);
    if (!(r->p.features & MIN_TIMEOUT)) SKIP("an older kernel");
}

static void nop(struct ring *r, uint64_t data) {
    next(r, IORING_OP_NOP, -1, NULL, 0, 0, data);
    CHECK_EQ(submit(r, 0), 1);
}

TEST(batch_isWaitedForAsLongAsSaid) {
    struct ring r;
    open_batching(&r, 0);
    nop(&r, 1);
    struct argument a = {.min_wait_us = 30000};
    long begin = now_ms();
    CHECK_EQ(await(&r, 2, &a, sizeof a, 0), 0);
    CHECK(now_ms() - begin >= 29);
    CHECK_CQE(&r, 1, 0);
    CHECK(is_empty(&r));
}

TEST(batch_fullEarlier_endsTheWait) {
    struct ring r;
    open_batching(&r, 0);
    nop(&r, 1);
    nop(&r, 2);
    struct argument a = {.min_wait_us = 3600000000u};
    CHECK_EQ(await(&r, 2, &a, sizeof a, 0), 0);
    CHECK_CQE(&r, 1, 0);
    CHECK_CQE(&r, 2, 0);
}

TEST(batch_ofNothing_endsInTime) {
    struct ring r;
    open_batching(&r, 0);
    struct argument a = {.min_wait_us = 10000};
    CHECK_ERR(await(&r, 1, &a, sizeof a, 0), ETIME);
    struct timespec soon = {0, 20000000};
    a.time = (uintptr_t)&soon;
    long begin = now_ms();
    CHECK_ERR(await(&r, 1, &a, sizeof a, 0), ETIME);
    CHECK(now_ms() - begin >= 19);
    a.min_wait_us = 3600000000u;
    a.time = 0;
    nop(&r, 1);
    CHECK_EQ(await(&r, 1, &a, sizeof a, 0), 0);
    CHECK_CQE(&r, 1, 0);
}

TEST(batch_isOver_thenOneWillDo) {
    struct ring r;
    open_batching(&r, 0);
    int fds[2];
    CHECK_OK(pipe(fds));
    next(&r, IORING_OP_POLL_ADD, fds[0], NULL, 0, 0, 1)->poll32_events = POLLIN;
    CHECK_EQ(submit(&r, 0), 1);
    pid_t child = fork();
    if (child == 0) {
        usleep(100000);
        _exit(write(fds[1], "x", 1) != 1);
    }
    struct timespec late = {3600, 0};
    struct argument a = {.min_wait_us = 1000, .time = (uintptr_t)&late};
    CHECK_EQ(await(&r, 5, &a, sizeof a, 0), 0);
    CHECK_CQE(&r, 1, POLLIN);
}

TEST(wait_withCompletions_isNoTimeout) {
    struct ring r;
    open_batching(&r, 0);
    struct timespec soon = {0, 5000000};
    struct argument a = {.time = (uintptr_t)&soon};
    CHECK_ERR(await(&r, 1, &a, sizeof a, 0), ETIME);
    nop(&r, 1);
    CHECK_EQ(await(&r, 2, &a, sizeof a, 0), 0);
    CHECK_ERR(await(&r, 1, &a, sizeof a - 1, 0), EINVAL);
    CHECK_ERR(await(&r, 1, NULL, sizeof a, 0), EFAULT);
    a.time = 8;
    CHECK_ERR(await(&r, 1, &a, sizeof a, 0), EFAULT);
    a.time = 0;
    a.mask = (uintptr_t)&a;
    a.mask_size = 4;
    CHECK_ERR(await(&r, 2, &a, sizeof a, 0), EINVAL);
}

static int add_region(struct ring *r, struct region *d, uint64_t flags) {
    struct registration g = {.region = (uintptr_t)d, .flags = flags};
    return reg(r, MEM_REGION, &g, 1);
}

static void open_region(struct ring *r) {
    open_ring(r, 8, DISABLED);
    struct registration g = {.region = 8};
    if (reg(r, MEM_REGION, &g, 1) < 0 && errno == EINVAL) SKIP("an older kernel");
}

TEST(region_wrong_isRefused) {
    struct ring r;
    open_region(&r);
    char *memory = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct region d = {.addr = (uintptr_t)memory, .size = 8192, .flags = 1};
    struct registration g = {.region = (uintptr_t)&d};
    CHECK_ERR(reg(&r, MEM_REGION, NULL, 1), EINVAL);
    CHECK_ERR(reg(&r, MEM_REGION, &g, 2), EINVAL);
    CHECK_ERR(reg(&r, MEM_REGION, (void *)8, 1), EFAULT);
    CHECK_ERR(add_region(&r, (struct region *)8, 0), EFAULT);
    CHECK_ERR(add_region(&r, &d, 2), EINVAL);
    g.reserved[1] = 1;
    CHECK_ERR(reg(&r, MEM_REGION, &g, 1), EINVAL);
#define REFUSED(error, field, value)           \
    ({                                         \
        struct region wrong = d;               \
        wrong.field = value;                   \
        CHECK_ERR(add_region(&r, &wrong, 0), error); \
    })
    REFUSED(EINVAL, reserved[3], 1);
    REFUSED(EINVAL, flags, 2);
    REFUSED(EFAULT, flags, 0);
    REFUSED(EFAULT, addr, 0);
    REFUSED(EINVAL, size, 0);
    REFUSED(EINVAL, size, 100);
    REFUSED(EINVAL, id, 1);
    REFUSED(EINVAL, offset, 4096);
    REFUSED(EINVAL, addr, (uintptr_t)memory + 8);
    REFUSED(E2BIG, size, 1ull << 44);
    CHECK_OK(munmap(memory + 4096, 4096));
    CHECK_ERR(add_region(&r, &d, 0), EFAULT);
    d.size = 4096;
    CHECK_OK(add_region(&r, &d, 1));
    CHECK_ERR(add_region(&r, &d, 1), EBUSY);
    CHECK(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, r.fd, 0x20000000) == MAP_FAILED && errno == ENOMEM);
    struct ring enabled;
    open_ring(&enabled, 8, 0);
    CHECK_ERR(add_region(&enabled, &d, 1), EINVAL);
    CHECK_OK(add_region(&enabled, &d, 0));
    struct argument a = {};
    (void)a;
    CHECK_ERR(await(&enabled, 1, NULL, sizeof(struct registered_wait), EXT_ARG_REG), EFAULT);
}

static void wait_by(struct ring *r, struct registered_wait *at) {
    memset(at, 0, 8192);
    CHECK_OK(reg(r, ENABLE, NULL, 0));
    at[1] = (struct registered_wait){.time = {0, 10000000}, .flags = 1};
    CHECK_ERR(await(r, 1, (void *)64, sizeof *at, EXT_ARG_REG), ETIME);
    at[2] = (struct registered_wait){.min_wait_us = 1000};
    CHECK_ERR(await(r, 1, (void *)128, sizeof *at, EXT_ARG_REG), ETIME);
    CHECK_ERR(await(r, 1, (void *)128, sizeof(struct argument), EXT_ARG_REG), EINVAL);
    CHECK_ERR(await(r, 1, (void *)12, sizeof *at, EXT_ARG_REG), EFAULT);
    CHECK_ERR(await(r, 1, (void *)8192, sizeof *at, EXT_ARG_REG), EFAULT);
    CHECK_ERR(await(r, 1, (void *)-64, sizeof *at, EXT_ARG_REG), EFAULT);
    at[2].flags = 2;
    CHECK_ERR(await(r, 1, (void *)128, sizeof *at, EXT_ARG_REG), EINVAL);
    at[2] = (struct registered_wait){.mask = (uintptr_t)at, .mask_size = 3};
    CHECK_ERR(await(r, 1, (void *)128, sizeof *at, EXT_ARG_REG), EINVAL);
    nop(r, 7);
    CHECK_EQ(await(r, 1, 0, sizeof *at, EXT_ARG_REG), 0);
    CHECK_CQE(r, 7, 0);
}

TEST(wait_byArgumentInMemoryOfTheProgram) {
    struct ring r;
    open_region(&r);
    void *memory = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct region d = {.addr = (uintptr_t)memory, .size = 8192, .flags = 1};
    CHECK_OK(add_region(&r, &d, 1));
    CHECK_EQ(d.offset, 0);
    wait_by(&r, memory);
}

TEST(wait_byArgumentInMemoryOfTheKernel) {
    struct ring r;
    open_region(&r);
    struct region d = {.size = 8192};
    CHECK_OK(add_region(&r, &d, 1));
    CHECK_EQ(d.offset, 0x20000000);
    void *memory = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, r.fd, d.offset);
    REQUIRE(memory != MAP_FAILED);
    wait_by(&r, memory);
}

struct buffer_ring {
    uint64_t addr;
    uint32_t entries;
    uint16_t group, flags;
    uint64_t reserved[3];
};

struct buffer {
    uint64_t addr;
    uint32_t size;
    uint16_t id, tail;
};

enum { ADD_BUFFERS = 22, REMOVE_BUFFERS = 23, FROM_KERNEL = 1 };

TEST(bufferRing_ofTheKernel_isMapped) {
    struct ring r;
    open_ring(&r, 8, 0);
    struct buffer_ring g = {.entries = 4, .group = 3, .flags = FROM_KERNEL};
    if (reg(&r, ADD_BUFFERS, &g, 1) < 0 && errno == EINVAL) SKIP("an older kernel");
    CHECK_ERR(reg(&r, ADD_BUFFERS, &g, 1), EEXIST);
    struct buffer_ring other = {.entries = 3, .group = 4, .flags = FROM_KERNEL};
    CHECK_ERR(reg(&r, ADD_BUFFERS, &other, 1), EINVAL);
    off_t at = 0x80000000ll | 3 << 16;
    struct buffer *ring = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, r.fd, at);
    REQUIRE(ring != MAP_FAILED);
    CHECK(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, r.fd, 0x80000000ll | 4 << 16) == MAP_FAILED && errno == ENOMEM);
    char data[2][8] = {};
    int fds[2];
    CHECK_OK(pipe(fds));
    for (int i = 0; i < 2; i++) {
        ring[i].addr = (uintptr_t)data[i];
        ring[i].size = 4;
        ring[i].id = 10 + i;
    }
    __atomic_store_n(&ring[0].tail, 2, __ATOMIC_RELEASE);
    CHECK_EQ(write(fds[1], "abcdef", 6), 6);
    for (int i = 0; i < 3; i++) {
        struct io_uring_sqe *sqe = next(&r, IORING_OP_READ, fds[0], NULL, 0, -1, i);
        sqe->flags = IOSQE_BUFFER_SELECT;
        sqe->buf_group = 3;
        CHECK_EQ(submit(&r, 1), 1);
        struct event e = take(&r);
        CHECK_EQ(e.res, i == 0 ? 4 : i == 1 ? 2 : -ENOBUFS);
        CHECK_EQ(e.flags, i == 2 ? 0 : (10u + i) << 16 | 1);
    }
    CHECK(!memcmp(data[0], "abcd", 5) && !memcmp(data[1], "ef", 3));
    CHECK_ERR(reg(&r, REMOVE_BUFFERS, &g, 1), EINVAL);
    g.flags = 0;
    CHECK_OK(reg(&r, REMOVE_BUFFERS, &g, 1));
    CHECK_ERR(reg(&r, REMOVE_BUFFERS, &g, 1), ENOENT);
    ring[0].tail = 9;
    CHECK(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, r.fd, at) == MAP_FAILED);
}

/* Each is found by what it is called now, which a search through all would make slow. */
TEST(manyPolls_areFoundByTheirUserData) {
    enum { COUNT = 1024, ROUNDS = 8 };
    struct ring r;
    open_ring(&r, COUNT, 0);
    int fds[2];
    CHECK_OK(pipe(fds));
    for (int round = 0; round < ROUNDS; round++) {
        for (uint64_t i = 0; i < COUNT; i++) next(&r, IORING_OP_POLL_ADD, fds[0], NULL, 0, 0, round * COUNT + i)->poll32_events = POLLIN;
        CHECK_EQ(submit(&r, 0), COUNT);
    }
    for (int round = 0; round < ROUNDS; round++) {
        for (uint64_t i = 0; i < COUNT; i++) {
            uint64_t name = round * COUNT + i;
            next(&r, IORING_OP_POLL_REMOVE, -1, (void *)name, UPDATE_USER_DATA, name | 1 << 20, 1 << 30);
        }
        CHECK_EQ(submit(&r, COUNT), COUNT);
        for (int i = 0; i < COUNT; i++) CHECK_CQE(&r, 1 << 30, 0);
    }
    next(&r, IORING_OP_POLL_REMOVE, -1, (void *)5, 0, 0, 1 << 30);
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_CQE(&r, 1 << 30, -ENOENT);
    for (int round = 0; round < ROUNDS; round++) {
        for (uint64_t i = 0; i < COUNT; i++) {
            uint64_t name = (round * COUNT + i) | 1 << 20;
            next(&r, i % 2 ? IORING_OP_ASYNC_CANCEL : IORING_OP_POLL_REMOVE, -1, (void *)name, 0, 0, 1 << 30);
        }
        CHECK_EQ(submit(&r, COUNT), COUNT);
        int removed = 0, ended = 0;
        for (int i = 0; i < 2 * COUNT; i++) {
            struct event e = take(&r);
            if (e.user_data == 1 << 30) removed += e.res == 0;
            else ended += e.res == -ECANCELED;
        }
        CHECK_EQ(removed, COUNT);
        CHECK_EQ(ended, COUNT);
    }
    CHECK(is_empty(&r));
}
