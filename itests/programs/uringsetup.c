/* Rings as newer kernels make them: without descriptors, in memory that the program brings, of other size later, with
 * wide completions among others; and what they say of themselves. */
#include "uring.h"
#include "uffd.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/wait.h>

/* include/uapi/linux/io_uring.h, newer than many headers */
enum { NO_MMAP = 1 << 14, REGISTERED_ONLY = 1 << 15, NO_ARRAY = 1 << 16, HYBRID = 1 << 17, MIXED = 1 << 18 };
enum { SINGLE = 1 << 12, DEFER = 1 << 13 };
enum { ADD_RINGS = 20, REMOVE_RINGS = 21, RESIZE = 33, QUERY = 35 };
enum { ENTER_REGISTERED = 1 << 4 };
enum { NOP_RESULT = 1, NOP_FILE = 2, NOP_FIXED_FILE = 4, NOP_FIXED_BUFFER = 8, NOP_WIDE = 32 };
enum { SKIPPED = 1 << 5, WIDE = 1 << 15 };
#define USE_REGISTERED (1u << 31)

struct slot {
    uint32_t offset, reserved;
    uint64_t data;
};

static int change(int fd, unsigned op, void *arg, unsigned count) { return syscall(SYS_io_uring_register, fd, op, arg, count); }


TEST(ringsHaveNumbersOfATask) {
    struct ring r;
    open_ring(&r, 4, 0);
    struct slot slots[17] = {{-1u, 0, r.fd}, {7, 0, r.fd}, {7, 0, r.fd}};
    CHECK_ERR(reg(&r, ADD_RINGS, slots, 0), EINVAL);
    CHECK_ERR(reg(&r, ADD_RINGS, slots, 17), EINVAL);
    CHECK_ERR(reg(&r, ADD_RINGS, NULL, 1), EFAULT);
    CHECK_EQ(reg(&r, ADD_RINGS, slots, 3), 2);
    CHECK_EQ(slots[0].offset, 0);
    CHECK_EQ(slots[1].offset, 7);
    CHECK_ERR(reg(&r, ADD_RINGS, &slots[2], 1), EBUSY);
    slots[0] = (struct slot){16, 0, r.fd};
    CHECK_ERR(reg(&r, ADD_RINGS, slots, 1), EINVAL);
    slots[0] = (struct slot){-1u, 1, r.fd};
    CHECK_ERR(reg(&r, ADD_RINGS, slots, 1), EINVAL);
    slots[0] = (struct slot){-1u, 0, 999};
    CHECK_ERR(reg(&r, ADD_RINGS, slots, 1), EBADF);
    slots[0] = (struct slot){-1u, 0, 1};
    CHECK_ERR(reg(&r, ADD_RINGS, slots, 1), EOPNOTSUPP);

    next(&r, IORING_OP_NOP, 0, NULL, 0, 0, 1);
    __atomic_store_n(r.sq_tail, r.tail, __ATOMIC_RELEASE);
    CHECK_ERR(enter(16, 1, 1, IORING_ENTER_GETEVENTS | ENTER_REGISTERED), EINVAL);
    CHECK_ERR(enter(3, 1, 1, IORING_ENTER_GETEVENTS | ENTER_REGISTERED), EBADF);
    /* it works without its descriptor */
    CHECK_OK(close(r.fd));
    CHECK_EQ(enter(7, 1, 1, IORING_ENTER_GETEVENTS | ENTER_REGISTERED), 1);
    CHECK(!is_empty(&r));
    r.fd = 7;
    CHECK_CQE(&r, 1, 0);
    char probe[16] = "";
    CHECK_OK(change(7, IORING_REGISTER_PROBE | USE_REGISTERED, probe, 0));
    CHECK_ERR(change(5, IORING_REGISTER_PROBE | USE_REGISTERED, probe, 0), EBADF);
    CHECK_ERR(change(99, IORING_REGISTER_PROBE | USE_REGISTERED, probe, 0), EINVAL);

    /* a child has none of them */
    pid_t child = fork();
    if (child == 0) _exit(enter(7, 0, 0, ENTER_REGISTERED) < 0 && (errno == EINVAL || errno == EBADF) ? 0 : 1);
    int status;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);

    slots[0] = (struct slot){7, 0, 1};
    CHECK_ERR(change(7, REMOVE_RINGS | USE_REGISTERED, slots, 1), EINVAL);
    slots[0] = (struct slot){16, 0, 0};
    CHECK_ERR(change(7, REMOVE_RINGS | USE_REGISTERED, slots, 1), EINVAL);
    slots[0] = (struct slot){0, 0, 0};
    slots[1] = (struct slot){5, 0, 0};
    slots[2] = (struct slot){7, 0, 0};
    CHECK_EQ(change(7, REMOVE_RINGS | USE_REGISTERED, slots, 3), 3);
    CHECK_ERR(enter(7, 0, 0, ENTER_REGISTERED), EBADF);
}

/* Memory for a ring, as a library computes it: include/linux/io_uring_types.h. */
static void bring(struct io_uring_params *p, char *rings, void *sqes) {
    p->cq_off.resv2 = (uintptr_t)rings;
    p->sq_off.resv2 = (uintptr_t)sqes;
}

static void place_with(struct ring *r, char *at, struct io_uring_sqe *sqes) {
    r->sqes = sqes;
    place(r, at);
}

TEST(ringInMemoryOfTheProgram) {
    struct ring r = {0};
    char *memory = mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(memory != MAP_FAILED);
    r.p.flags = NO_MMAP;
    CHECK_EQ(setup(4, &r.p), -1); /* no memory */
    if (errno == EINVAL) SKIP("an older kernel");
    CHECK_EQ(errno, EFAULT);
    bring(&r.p, memory + 8, memory + 4096);
    CHECK_ERR(setup(4, &r.p), EINVAL);
    bring(&r.p, memory, NULL);
    CHECK_ERR(setup(4, &r.p), EFAULT);
    CHECK_OK(mprotect(memory + 4096, 4096, PROT_READ));
    bring(&r.p, memory, memory + 4096);
    CHECK_ERR(setup(4, &r.p), EFAULT);
    CHECK_OK(mprotect(memory + 4096, 4096, PROT_READ | PROT_WRITE));
    memset(memory, 0x55, 300);
    r.fd = setup(4, &r.p);
    REQUIRE_OK(r.fd);
    CHECK(r.p.sq_off.array + 4 * sizeof(unsigned) <= 4096);
    CHECK_EQ(r.p.cq_off.resv2, (uintptr_t)memory);
    place_with(&r, memory, (void *)(memory + 4096));
    CHECK_EQ(*r.sq_mask, 3);
    CHECK_EQ(*r.cq_mask, 7);
    CHECK_EQ(*r.sq_tail, 0);
    for (int i = 0; i < 9; i++) {
        next(&r, IORING_OP_NOP, 0, NULL, 0, 0, 40 + i);
        CHECK_EQ(submit(&r, 1), 1);
        CHECK_EQ(*r.sq_head, i + 1);
        CHECK_CQE(&r, 40 + i, 0);
    }
    CHECK(mmap(NULL, 4096, PROT_READ, MAP_SHARED, r.fd, IORING_OFF_SQ_RING) == MAP_FAILED);
    CHECK_EQ(errno, ENOMEM);
    CHECK_OK(close(r.fd));
}

TEST(ringInMemoryWhoseFaultsAreAnswered_doesNotWait) {
    struct ring r = {0};
    char *memory = mmap(NULL, 2 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(memory != MAP_FAILED);
    int uffd = open_uffd_with(0, O_NONBLOCK);
    r.p.flags = NO_MMAP;
    bring(&r.p, memory, memory + 4096);
    r.fd = setup(4, &r.p);
    if (r.fd < 0 && errno == EINVAL) SKIP("an older kernel");
    REQUIRE_OK(r.fd);
    /* The kernel keeps the pages that it was given, and the program is asked for new ones. */
    CHECK_OK(madvise(memory, 2 * 4096, MADV_DONTNEED));
    REQUIRE_OK(uffd_register(uffd, memory, 2 * 4096, MISSING));
    CHECK_EQ(enter(r.fd, 1, 0, 0), 0);
    CHECK(!has_message(uffd));
    CHECK_OK(close(r.fd));
}

TEST(ringWithoutADescriptor) {
    struct ring r = {0};
    char *memory = mmap(NULL, 2 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(memory != MAP_FAILED);
    r.p.flags = REGISTERED_ONLY;
    CHECK_ERR(setup(4, &r.p), EINVAL);
    r.p.flags = REGISTERED_ONLY | NO_MMAP;
    bring(&r.p, memory, memory + 4096);
    int before = dup(0);
    CHECK_OK(close(before));
    r.fd = setup(4, &r.p);
    if (r.fd < 0 && errno == EINVAL) SKIP("an older kernel");
    CHECK_EQ(r.fd, 0);
    int after = dup(0);
    CHECK_EQ(after, before);
    CHECK_OK(close(after));
    place_with(&r, memory, (void *)(memory + 4096));
    next(&r, IORING_OP_NOP, 0, NULL, 0, 0, 3);
    __atomic_store_n(r.sq_tail, r.tail, __ATOMIC_RELEASE);
    CHECK_EQ(enter(r.fd, 1, 1, IORING_ENTER_GETEVENTS | ENTER_REGISTERED), 1);
    CHECK_CQE(&r, 3, 0);
    struct slot slot = {r.fd, 0, 0};
    CHECK_EQ(change(r.fd, REMOVE_RINGS | USE_REGISTERED, &slot, 1), 1);
}

/* Of a ring without an array. */
static unsigned unused[16];

static void map_again(struct ring *r) {
    size_t size = r->p.cq_off.cqes + r->p.cq_entries * sizeof(struct io_uring_cqe);
    size_t array = r->p.sq_off.array + r->p.sq_entries * sizeof(unsigned);
    char *at = mmap(NULL, size > array ? size : array, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, IORING_OFF_SQ_RING);
    REQUIRE(at != MAP_FAILED);
    void *sqes = mmap(NULL, r->p.sq_entries * sizeof(struct io_uring_sqe), PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, IORING_OFF_SQES);
    REQUIRE(sqes != MAP_FAILED);
    place_with(r, at, sqes);
    r->sq_array = unused;
}

TEST(ringOfAnotherSize_hasWhatWaited) {
    struct ring plain, r;
    open_ring(&plain, 4, 0);
    struct io_uring_params want = {.sq_entries = 8};
    CHECK_ERR(change(plain.fd, RESIZE, &want, 1), EINVAL); /* not of a ring that only one task runs */
    open_ring(&r, 4, SINGLE | DEFER | NO_ARRAY);
    r.sq_array = unused;
    want.flags = IORING_SETUP_SQPOLL;
    CHECK_ERR(change(r.fd, RESIZE, &want, 1), EINVAL);
    want.flags = 0;
    CHECK_ERR(change(r.fd, RESIZE, &want, 0), EINVAL);
    for (int i = 0; i < 3; i++) next(&r, IORING_OP_NOP, 0, NULL, 0, 0, i);
    CHECK_EQ(submit(&r, 3), 3);
    CHECK_CQE(&r, 0, 0);
    next(&r, IORING_OP_NOP, 0, NULL, 0, 0, 3);
    next(&r, IORING_OP_NOP, 0, NULL, 0, 0, 4);
    __atomic_store_n(r.sq_tail, r.tail, __ATOMIC_RELEASE);
    want = (struct io_uring_params){.sq_entries = 1, .cq_entries = 16, .flags = IORING_SETUP_CQSIZE};
    CHECK_ERR(change(r.fd, RESIZE, &want, 1), EOVERFLOW);
    want = (struct io_uring_params){.sq_entries = 2, .cq_entries = 16, .flags = IORING_SETUP_CQSIZE};
    int done = change(r.fd, RESIZE, &want, 1);
    if (done < 0 && errno == EINVAL) SKIP("an older kernel");
    CHECK_OK(done);
    CHECK_EQ(want.sq_entries, 2);
    CHECK_EQ(want.cq_entries, 16);
    unsigned tail = r.tail;
    r.p = want;
    map_again(&r);
    r.tail = tail;
    CHECK_EQ(*r.sq_mask, 1);
    CHECK_EQ(*r.cq_mask, 15);
    CHECK_EQ(*r.sq_tail, 5);
    CHECK_EQ(*r.cq_tail, 3);
    CHECK_CQE(&r, 1, 0);
    CHECK_CQE(&r, 2, 0);
    CHECK_EQ(enter(r.fd, 2, 2, IORING_ENTER_GETEVENTS), 2);
    CHECK_CQE(&r, 3, 0);
    CHECK_CQE(&r, 4, 0);
    for (int i = 0; i < 20; i++) {
        next(&r, IORING_OP_NOP, 0, NULL, 0, 0, 100 + i);
        CHECK_EQ(submit(&r, 1), 1);
        CHECK_CQE(&r, 100 + i, 0);
    }
}

TEST(wideCompletionsAmongOthers) {
    struct ring r;
    struct io_uring_params p = {.flags = MIXED | IORING_SETUP_CQE32};
    CHECK_ERR(setup(4, &p), EINVAL);
    p.flags = MIXED;
    int fd = setup(4, &p);
    if (fd < 0) SKIP("an older kernel");
    close(fd);
    open_ring(&r, 4, 0);
    next(&r, IORING_OP_NOP, 0, NULL, 0, 0, 1)->rw_flags = NOP_WIDE;
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_CQE(&r, 1, -EINVAL);

    open_ring(&r, 2, MIXED); /* four completions */
    next(&r, IORING_OP_NOP, 0, NULL, 0, 0, 1);
    next(&r, IORING_OP_NOP, 0, (void *)22, 9, 11, 2)->rw_flags = NOP_WIDE | NOP_RESULT;
    CHECK_EQ(submit(&r, 2), 2);
    CHECK_EQ(*r.cq_tail, 3);
    CHECK_CQE(&r, 1, 0);
    CHECK_EQ(r.cqes[1].user_data, 2);
    CHECK_EQ(r.cqes[1].res, 9);
    CHECK_EQ(r.cqes[1].flags, WIDE);
    CHECK_EQ(((uint64_t *)&r.cqes[2])[0], 11);
    CHECK_EQ(((uint64_t *)&r.cqes[2])[1], 22);
    __atomic_store_n(r.cq_head, 3, __ATOMIC_RELEASE);
    /* the last one has no place behind it */
    next(&r, IORING_OP_NOP, 0, (void *)44, 0, 33, 3)->rw_flags = NOP_WIDE;
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_EQ(*r.cq_tail, 6);
    CHECK_EQ(r.cqes[3].flags, SKIPPED);
    CHECK_EQ(r.cqes[0].user_data, 3);
    CHECK_EQ(((uint64_t *)&r.cqes[1])[0], 33);
}

TEST(nothing_withWhatItIsToldToHave) {
    struct ring r;
    open_ring(&r, 8, 0);
    next(&r, IORING_OP_NOP, 0, NULL, 77, 0, 1)->rw_flags = NOP_RESULT;
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_CQE(&r, 1, 77);
    next(&r, IORING_OP_NOP, 999, NULL, 0, 0, 2)->rw_flags = NOP_FILE;
    CHECK_EQ(submit(&r, 1), 1);
    struct event e = take(&r);
    if (e.res == -EINVAL) SKIP("an older kernel");
    CHECK_EQ(e.res, -EBADF);
    next(&r, IORING_OP_NOP, 0, NULL, 0, 0, 3)->rw_flags = NOP_FILE;
    next(&r, IORING_OP_NOP, 0, NULL, 0, 0, 4)->rw_flags = NOP_FILE | NOP_FIXED_FILE;
    next(&r, IORING_OP_NOP, 0, NULL, 0, 0, 5)->rw_flags = NOP_FIXED_BUFFER;
    next(&r, IORING_OP_NOP, 0, NULL, 0, 0, 6)->rw_flags = 1 << 20;
    CHECK_EQ(submit(&r, 4), 4);
    CHECK_CQE(&r, 3, 0);
    CHECK_CQE(&r, 4, -EBADF);
    CHECK_CQE(&r, 5, -EFAULT);
    CHECK_CQE(&r, 6, -EINVAL);
}

struct question {
    uint64_t next, data;
    uint32_t op, size;
    int32_t result;
    uint32_t reserved[3];
};
struct answer {
    uint32_t operations, registrations;
    uint64_t features, setup, enter, sqe;
    uint32_t kinds, reserved, beyond[2];
};

TEST(ringsSayWhatTheyCan) {
    struct answer a;
    memset(&a, 0x55, sizeof a);
    uint64_t cleared[2] = {1, 1};
    struct question second = {.data = (uintptr_t)cleared, .op = 9999, .size = 8}, q = {.next = (uintptr_t)&second, .data = (uintptr_t)&a, .size = sizeof a};
    int done = change(-1, QUERY, &q, 0);
    if (done < 0 && errno == EINVAL) SKIP("an older kernel");
    CHECK_OK(done);
    CHECK_EQ(q.result, 0);
    CHECK_EQ(second.result, -EOPNOTSUPP);
    CHECK_EQ(second.size, 0);
    CHECK_EQ(cleared[0], 0);
    CHECK_EQ(cleared[1], 1);
    CHECK(a.operations > 60);
    CHECK(a.registrations > 30);
    CHECK(a.setup & NO_MMAP);
    CHECK(a.enter & ENTER_REGISTERED);
    CHECK_EQ(a.sqe, 127);
    CHECK_EQ(a.beyond[1], 0);
    CHECK_ERR(change(-1, QUERY, &q, 1), EINVAL);
    q.result = 1;
    CHECK_OK(change(-1, QUERY, &q, 0));
    CHECK_EQ(q.result, -EINVAL);
    q = (struct question){.data = 8, .size = 16};
    CHECK_ERR(change(-1, QUERY, &q, 0), EFAULT);
    q = (struct question){.next = (uintptr_t)&q, .data = (uintptr_t)&a, .op = 9999, .size = 16};
    q.next = (uintptr_t)&q;
    CHECK_ERR(change(-1, QUERY, &q, 0), ERANGE); /* without end */
}

TEST(ringThatPolls_hasWhatOverflowed) {
    struct ring r;
    open_ring(&r, 2, IORING_SETUP_IOPOLL); /* four completions */
    for (int i = 0; i < 6; i++) {
        next(&r, IORING_OP_NOP, 0, NULL, 0, 0, i);
        CHECK_EQ(submit(&r, 0), 1);
    }
    for (int i = 0; i < 6; i++) {
        CHECK_CQE(&r, i, 0);
        CHECK(enter(r.fd, 0, 1, IORING_ENTER_GETEVENTS) >= 0);
    }
}

TEST(operationOnItsOwnRing) {
    struct ring r;
    open_ring(&r, 4, 0);
    next(&r, IORING_OP_POLL_ADD, r.fd, NULL, 0, 0, 2)->poll32_events = POLLIN | POLLOUT;
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_CQE(&r, 2, POLLOUT);
    next(&r, IORING_OP_POLL_ADD, r.fd, NULL, 0, 0, 4)->poll32_events = POLLIN;
    CHECK_EQ(submit(&r, 0), 1);
    CHECK_OK(close(r.fd)); /* ends it */
}

TEST(eventsOfCompletions_areNotPolledForEver) {
    struct ring r;
    open_ring(&r, 4, 0);
    int event = eventfd(0, 0);
    CHECK_OK(reg(&r, IORING_REGISTER_EVENTFD, &event, 1));
    struct io_uring_sqe *poll = next(&r, IORING_OP_POLL_ADD, event, NULL, IORING_POLL_ADD_MULTI, 0, 1);
    poll->poll32_events = POLLIN;
    CHECK_EQ(submit(&r, 0), 1);
    next(&r, IORING_OP_NOP, 0, NULL, 0, 0, 2);
    CHECK_EQ(submit(&r, 0), 1);
    CHECK_CQE(&r, 2, 0);
    CHECK_CQE(&r, 1, POLLIN);
    usleep(20000);
    CHECK(is_empty(&r));
}

static void *get_events(void *ring) {
    struct ring *r = ring;
    CHECK_ERR(enter(r->fd, 0, 0, IORING_ENTER_GETEVENTS), EEXIST);
    return NULL;
}

TEST(completionsThatOneTaskMakes_areNotGotByOthers) {
    struct ring r;
    open_ring(&r, 4, SINGLE | DEFER);
    CHECK_OK(enter(r.fd, 0, 0, IORING_ENTER_GETEVENTS));
    pthread_t other;
    REQUIRE(pthread_create(&other, NULL, get_events, &r) == 0);
    pthread_join(other, NULL);
}

TEST(whatCannotBePolled_isNotReadManyTimes) {
    struct ring r;
    open_ring(&r, 4, 0);
    int file = open("file", O_RDWR | O_CREAT, 0600);
    struct io_uring_sqe *sqe = next(&r, 49, file, NULL, 0, 0, 1);
    sqe->flags = IOSQE_BUFFER_SELECT;
    CHECK_EQ(submit(&r, 1), 1);
    struct event e = take(&r);
    if (e.res == -EINVAL) SKIP("an older kernel");
    CHECK_EQ(e.res, -EBADFD);
    /* descriptors are made with the rights of the task only */
    CHECK_OK(reg(&r, IORING_REGISTER_FILES, &file, 1));
    int who = reg(&r, IORING_REGISTER_PERSONALITY, NULL, 0);
    CHECK(who > 0);
    sqe = next(&r, 54, 0, NULL, 0, 0, 2);
    sqe->flags = IOSQE_FIXED_FILE;
    sqe->personality = who;
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_CQE(&r, 2, -EPERM);
}

TEST(placesOfWorkers_areChecked) {
    struct io_uring_params p = {.flags = IORING_SETUP_SQ_AFF};
    CHECK_ERR(setup(4, &p), EINVAL);
    p = (struct io_uring_params){.flags = IORING_SETUP_SQ_AFF | IORING_SETUP_SQPOLL, .sq_thread_cpu = 100000};
    CHECK_ERR(setup(4, &p), EINVAL);
    p.sq_thread_cpu = 0;
    int polled = CHECK_OK(setup(4, &p));
    close(polled);
    struct ring r;
    open_ring(&r, 4, 0);
    unsigned char mask[128] = {1};
    enum { SET = 17, UNSET = 18 };
    CHECK_OK(reg(&r, SET, mask, sizeof mask));
    CHECK_OK(reg(&r, SET, mask, 1));
    CHECK_ERR(reg(&r, SET, mask, 0), EINVAL);
    CHECK_ERR(reg(&r, SET, NULL, 1), EINVAL);
    CHECK_ERR(reg(&r, SET, (void *)8, 1), EFAULT);
    CHECK_ERR(reg(&r, UNSET, mask, 0), EINVAL);
    CHECK_ERR(reg(&r, UNSET, NULL, 1), EINVAL);
    CHECK_OK(reg(&r, UNSET, NULL, 0));
}

TEST(roomForSubmissions_isWaitedFor) {
    struct ring r;
    open_ring(&r, 4, IORING_SETUP_SQPOLL);
    for (int i = 0; i < 200; i++) {
        while (r.tail - __atomic_load_n(r.sq_head, __ATOMIC_ACQUIRE) >= 4) {
            CHECK_EQ(enter(r.fd, 0, 0, IORING_ENTER_SQ_WAIT), 0);
            CHECK(r.tail - __atomic_load_n(r.sq_head, __ATOMIC_ACQUIRE) < 4);
        }
        next(&r, IORING_OP_NOP, 0, NULL, 0, 0, i);
        __atomic_store_n(r.sq_tail, r.tail, __ATOMIC_RELEASE);
        __sync_synchronize();
        if (__atomic_load_n(r.sq_flags, __ATOMIC_RELAXED) & IORING_SQ_NEED_WAKEUP) CHECK_OK(enter(r.fd, 1, 0, IORING_ENTER_SQ_WAKEUP));
        while (!is_empty(&r)) take(&r);
    }
}
