/* Rings without a library: one entry at a time. */
#ifndef URING_H
#define URING_H

#include "check.h"

#include <linux/io_uring.h>

struct ring {
    int fd;
    struct io_uring_params p;
    unsigned *sq_head, *sq_tail, *sq_mask, *sq_flags, *sq_array;
    unsigned *cq_head, *cq_tail, *cq_mask;
    struct io_uring_sqe *sqes;
    struct io_uring_cqe *cqes;
    unsigned tail;
};

static int setup(unsigned entries, struct io_uring_params *p) {
    return syscall(SYS_io_uring_setup, entries, p);
}

static int enter(int fd, unsigned submit, unsigned complete, unsigned flags) {
    return syscall(SYS_io_uring_enter, fd, submit, complete, flags, NULL, 0);
}

static int reg(struct ring *r, unsigned op, void *arg, unsigned count) {
    return syscall(SYS_io_uring_register, r->fd, op, arg, count);
}

/* Where the parts of a ring lie in its memory. */
static void place(struct ring *r, char *at) {
    r->sq_head = (unsigned *)(at + r->p.sq_off.head);
    r->sq_tail = (unsigned *)(at + r->p.sq_off.tail);
    r->sq_mask = (unsigned *)(at + r->p.sq_off.ring_mask);
    r->sq_flags = (unsigned *)(at + r->p.sq_off.flags);
    r->sq_array = (unsigned *)(at + r->p.sq_off.array);
    r->cq_head = (unsigned *)(at + r->p.cq_off.head);
    r->cq_tail = (unsigned *)(at + r->p.cq_off.tail);
    r->cq_mask = (unsigned *)(at + r->p.cq_off.ring_mask);
    r->cqes = (struct io_uring_cqe *)(at + r->p.cq_off.cqes);
}

static void open_ring(struct ring *r, unsigned entries, unsigned flags) {
    memset(r, 0, sizeof *r);
    r->p.flags = flags;
    r->fd = setup(entries, &r->p);
    if (r->fd < 0 && (errno == ENOSYS || errno == EPERM)) SKIP("no io_uring here");
    REQUIRE(r->fd >= 0);
    REQUIRE(r->p.features & IORING_FEAT_SINGLE_MMAP);
    size_t size = r->p.cq_off.cqes + r->p.cq_entries * sizeof(struct io_uring_cqe);
    size_t array = r->p.sq_off.array + r->p.sq_entries * sizeof(unsigned);
    if (array > size) size = array;
    char *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, r->fd, IORING_OFF_SQ_RING);
    REQUIRE(at != MAP_FAILED);
    r->sqes = mmap(NULL, r->p.sq_entries * sizeof(struct io_uring_sqe), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, r->fd, IORING_OFF_SQES);
    REQUIRE(r->sqes != MAP_FAILED);
    place(r, at);
}

static struct io_uring_sqe *next(struct ring *r, int op, int fd, const void *addr, unsigned len, uint64_t off, uint64_t data) {
    unsigned index = r->tail & *r->sq_mask;
    struct io_uring_sqe *sqe = &r->sqes[index];
    memset(sqe, 0, sizeof *sqe);
    sqe->opcode = op;
    sqe->fd = fd;
    sqe->addr = (uintptr_t)addr;
    sqe->len = len;
    sqe->off = off;
    sqe->user_data = data;
    r->sq_array[index] = index;
    r->tail++;
    return sqe;
}

static int submit(struct ring *r, unsigned complete) {
    unsigned count = r->tail - *r->sq_tail;
    __atomic_store_n(r->sq_tail, r->tail, __ATOMIC_RELEASE);
    return enter(r->fd, count, complete, complete ? IORING_ENTER_GETEVENTS : 0);
}

struct event {
    uint64_t user_data;
    int res;
    unsigned flags;
};

/* Takes the next completion; waits for it. */
static struct event take(struct ring *r) {
    struct event cqe;
    unsigned head = *r->cq_head;
    while (__atomic_load_n(r->cq_tail, __ATOMIC_ACQUIRE) == head) {
        if (enter(r->fd, 0, 1, IORING_ENTER_GETEVENTS) < 0 && errno != EINTR) {
            check_fail("io_uring_enter: %s", strerror(errno));
            _exit(1);
        }
    }
    memcpy(&cqe, &r->cqes[head & *r->cq_mask], sizeof cqe);
    __atomic_store_n(r->cq_head, head + 1, __ATOMIC_RELEASE);
    return cqe;
}

static int is_empty(struct ring *r) {
    return __atomic_load_n(r->cq_tail, __ATOMIC_ACQUIRE) == *r->cq_head;
}

#define CHECK_CQE(r, data, result)                 \
    ({                                             \
        struct event c_ = take(r);          \
        CHECK_EQ(c_.user_data, data);              \
        CHECK_EQ(c_.res, result);                  \
        c_;                                        \
    })

#endif
