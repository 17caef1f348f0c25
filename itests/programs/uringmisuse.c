/* io_uring: lengths, chains and rings of buffers that are meant to confuse the kernel, and what is lost when they do. */
#include "uring.h"
#include "uffd.h"

#include <sys/socket.h>
#include <sys/uio.h>

enum {
    REGISTER_STATUS = 26,
    SEND_BUNDLE = 1 << 4,
    BUFFER = IORING_CQE_F_BUFFER,
    MORE = IORING_CQE_F_MORE,
    NONEMPTY = IORING_CQE_F_SOCK_NONEMPTY,
};

/* A group that is a ring. */
struct group {
    struct io_uring_buf_ring *ring;
    unsigned short id, tail;
    unsigned mask;
};

static char memory[16][64];
static char data[256];

static void make(struct ring *r, struct group *g, int id, int entries) {
    g->ring = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct io_uring_buf_reg given = {.ring_addr = (uintptr_t)g->ring, .ring_entries = entries, .bgid = id};
    g->id = id, g->tail = 0, g->mask = entries - 1;
    REQUIRE_OK(reg(r, IORING_REGISTER_PBUF_RING, &given, 1));
}

static void add(struct group *g, void *at, unsigned length, int id) {
    struct io_uring_buf *buffer = (struct io_uring_buf *)g->ring + (g->tail & g->mask);
    buffer->addr = (uintptr_t)at, buffer->len = length, buffer->bid = id;
    __atomic_store_n(&g->ring->tail, ++g->tail, __ATOMIC_RELEASE);
}

static int head(struct ring *r, struct group *g) {
    unsigned status[10] = {g->id};
    return reg(r, REGISTER_STATUS, status, 1) ? -errno : (int)status[1];
}

static struct io_uring_sqe *choose(struct ring *r, int op, int fd, const void *addr, unsigned length, int group) {
    struct io_uring_sqe *sqe = next(r, op, fd, addr, length, 0, 7);
    sqe->flags = IOSQE_BUFFER_SELECT;
    sqe->buf_group = group;
    return sqe;
}

static void provide(struct ring *r, int group, void *at, int length, int count, int id) {
    next(r, IORING_OP_PROVIDE_BUFFERS, count, at, length, id, 99)->buf_group = group;
    submit(r, 1);
    CHECK_CQE(r, 99, 0);
}

/* The next completion: result, flags, buffer. */
#define EXPECT(r, result, wanted, id)                 \
    ({                                                \
        struct event e_ = take(r);                    \
        CHECK_EQ(e_.user_data, 7);                    \
        CHECK_EQ(e_.res, result);                     \
        CHECK_EQ(e_.flags & 0xffff, wanted);          \
        CHECK_EQ(e_.flags >> 16, id);                 \
    })

/* The same of what is submitted now. */
#define RUN(r, result, wanted, id) (submit(r, 1), EXPECT(r, result, wanted, id))

#define CHECK_QUIET(r) (usleep(20000), enter((r)->fd, 0, 0, IORING_ENTER_GETEVENTS), CHECK(is_empty(r)))

/* Both in a ring and in a list, of 16 bytes each. */
static void make_both(struct ring *r, struct group *g) {
    make(r, g, 1, 8);
    for (int i = 0; i < 8; i++) add(g, memory[i], 16, i);
    provide(r, 2, memory[8], 16, 8, 20);
}

TEST(lengthsOfVectors_have32Bits) {
    struct ring r;
    struct group g;
    open_ring(&r, 16, 0);
    make_both(&r, &g);
    memset(data, 'd', sizeof data);
    int fds[2], packets[2];
    REQUIRE_OK(pipe(fds));
    REQUIRE_OK(socketpair(AF_UNIX, SOCK_DGRAM, 0, packets));
    for (int group = 1; group <= 2; group++) {
        int first = group == 1 ? 0 : 20;
        struct iovec iov = {NULL, -1};
        struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
        memset(memory, 0, sizeof memory);
        CHECK_EQ(write(fds[1], data, 40), 40);
        choose(&r, IORING_OP_READV, fds[0], &iov, 1, group);
        RUN(&r, 16, BUFFER, first);
        iov.iov_len = (1ul << 32) + 3;
        choose(&r, IORING_OP_READV, fds[0], &iov, 1, group);
        RUN(&r, 3, BUFFER, first + 1);
        iov.iov_len = 1ul << 63;
        choose(&r, IORING_OP_READV, fds[0], &iov, 1, group);
        RUN(&r, 16, BUFFER, first + 2);
        CHECK_EQ(read(fds[0], data + 128, 100), 5);
        iov.iov_len = -1;
        CHECK_EQ(write(packets[1], data, 40), 40);
        choose(&r, IORING_OP_RECVMSG, packets[0], &message, 1, group);
        RUN(&r, 16, BUFFER, first + 3);
        CHECK(message.msg_flags & MSG_TRUNC);
        iov.iov_len = (1ul << 32) + 3;
        CHECK_EQ(write(packets[1], data, 40), 40);
        choose(&r, IORING_OP_RECVMSG, packets[0], &message, 1, group);
        RUN(&r, 3, BUFFER, first + 4);
        iov.iov_len = -1;
        message.msg_flags = 0;
        choose(&r, IORING_OP_RECVMSG, packets[0], &message, 1, group)->ioprio = IORING_RECV_MULTISHOT;
        submit(&r, 0);
        CHECK_EQ(write(packets[1], "", 0), 0);
        EXPECT(&r, 16, BUFFER, first + 5);
        /* nothing was written behind a buffer */
        for (int i = 0; i < 16; i++)
            for (int j = 16; j < 64; j++)
                if (i < 8) CHECK_EQ(memory[i][j], 0);
        int ops[] = {IORING_OP_RECV, IORING_OP_RECVMSG, IORING_OP_SEND};
        for (int i = 0; i < 3; i++) {
            choose(&r, ops[i], packets[0], &message, -1, group);
            RUN(&r, -EINVAL, 0, 0);
            next(&r, ops[i], packets[0], &message, -1, 0, 7);
            RUN(&r, -EINVAL, 0, 0);
        }
        next(&r, IORING_OP_SENDMSG, packets[0], &message, -1, 0, 7);
        RUN(&r, -EINVAL, 0, 0);
    }
    CHECK_EQ(head(&r, &g), 6);
}

/* The same by the thread that polls for submissions, which others need, too. */
TEST(lengthsOfVectors_withPolledSubmissions) {
    struct ring r, other;
    struct group g;
    open_ring(&r, 16, IORING_SETUP_SQPOLL);
    open_ring(&other, 16, 0);
    make(&r, &g, 1, 8);
    for (int i = 0; i < 8; i++) add(&g, memory[i], 16, i);
    int fds[2];
    REQUIRE_OK(pipe(fds));
    CHECK_EQ(write(fds[1], data, 40), 40);
    struct iovec iov = {NULL, -1};
    choose(&r, IORING_OP_READV, fds[0], &iov, 1, 1);
    __atomic_store_n(r.sq_tail, r.tail, __ATOMIC_RELEASE);
    enter(r.fd, 0, 0, IORING_ENTER_SQ_WAKEUP);
    EXPECT(&r, 16, BUFFER, 0);
    struct timespec soon = {0, 1000000};
    next(&other, IORING_OP_TIMEOUT, -1, &soon, 1, 0, 7);
    RUN(&other, -ETIME, 0, 0);
}

enum { CHAINS = 15000 };

/* Each chain cancels what the next one waits with. */
TEST(chainsThatCancelEachOther_haveAnyNumber) {
    struct ring r;
    open_ring(&r, 32768, 0);
    int fds[2];
    REQUIRE_OK(pipe(fds));
    for (int i = 0; i < CHAINS; i++) {
        struct io_uring_sqe *sqe = next(&r, IORING_OP_POLL_ADD, fds[0], NULL, 0, 0, i + 1);
        sqe->poll32_events = POLLIN, sqe->flags = IOSQE_IO_HARDLINK;
        next(&r, IORING_OP_ASYNC_CANCEL, -1, (void *)(i + 2l), 0, 0, 1 << 20);
    }
    CHECK_EQ(submit(&r, 0), 2 * CHAINS);
    CHECK(is_empty(&r));
    next(&r, IORING_OP_ASYNC_CANCEL, -1, (void *)1, 0, 0, 1 << 21);
    CHECK_EQ(submit(&r, 0), 1);
    CHECK_CQE(&r, 1 << 21, 0);
    int polls = 0, cancels = 0, last = 0;
    for (int i = 0; i < 2 * CHAINS; i++) {
        struct event e = take(&r);
        if (e.user_data == 1 << 20) {
            cancels += e.res == 0;
            last += e.res == -ENOENT;
        } else {
            polls += e.res == -ECANCELED;
        }
    }
    CHECK_EQ(polls, CHAINS);
    CHECK_EQ(cancels, CHAINS - 1);
    CHECK_EQ(last, 1);
    CHECK(is_empty(&r));
}

enum { TIMEOUTS = 4000 };

/* All wait for one completion, and have another one. */
TEST(timeoutsThatCountCompletions_haveAnyNumber) {
    struct ring r;
    open_ring(&r, 8192, 0);
    struct timespec late = {3600, 0};
    for (int i = 0; i < TIMEOUTS; i++) {
        next(&r, IORING_OP_TIMEOUT, -1, &late, 1, 1, 1)->flags = IOSQE_IO_HARDLINK;
        next(&r, IORING_OP_NOP, -1, NULL, 0, 0, 2);
    }
    CHECK_EQ(submit(&r, 0), 2 * TIMEOUTS);
    CHECK(is_empty(&r));
    next(&r, IORING_OP_NOP, -1, NULL, 0, 0, 3);
    CHECK_EQ(submit(&r, 0), 1);
    int ended = 0, done = 0;
    for (int i = 0; i < 2 * TIMEOUTS + 1; i++) {
        struct event e = take(&r);
        if (i == 0) CHECK_EQ(e.user_data, 3);
        CHECK_EQ(e.res, 0);
        ended += e.user_data == 1;
        done += e.user_data == 2;
    }
    CHECK_EQ(ended, TIMEOUTS);
    CHECK_EQ(done, TIMEOUTS);
}

/* A timeout that a completion ends has ended when the call is over. */
TEST(timeout_endedByCompletion_isToldAtOnce) {
    struct ring r;
    open_ring(&r, 16, 0);
    struct timespec late = {3600, 0};
    next(&r, IORING_OP_TIMEOUT, -1, &late, 1, 2, 1);
    next(&r, IORING_OP_NOP, -1, NULL, 0, 0, 2);
    submit(&r, 0);
    CHECK_CQE(&r, 2, 0);
    CHECK(is_empty(&r));
    next(&r, IORING_OP_NOP, -1, NULL, 0, 0, 3);
    submit(&r, 0);
    CHECK_CQE(&r, 3, 0);
    CHECK(!is_empty(&r));
    CHECK_CQE(&r, 1, 0);
}

/* All of it, in bundles: what comes behind the first buffers is not taken for what was in them. */
TEST(receive_allOfBundle_tellsWhatCame) {
    struct ring r;
    struct group g;
    open_ring(&r, 16, 0);
    make(&r, &g, 1, 8);
    for (int i = 0; i < 8; i++) add(&g, memory[i], 16, i);
    memset(memory, 0, sizeof memory);
    for (int i = 0; i < 64; i++) data[i] = 'A' + i;
    int fds[2];
    REQUIRE_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
    struct io_uring_sqe *sqe = choose(&r, IORING_OP_RECV, fds[0], NULL, 16, 1);
    sqe->ioprio = SEND_BUNDLE, sqe->msg_flags = MSG_WAITALL;
    submit(&r, 0);
    CHECK_EQ(write(fds[1], data, 5), 5);
    for (int i = 0; i < 200 && head(&r, &g) != 1; i++) usleep(10000);
    CHECK_EQ(head(&r, &g), 1);
    CHECK(is_empty(&r));
    CHECK_EQ(write(fds[1], data + 5, 41), 41);
    struct event e = take(&r);
    CHECK_EQ(e.flags & 0xffff, BUFFER | NONEMPTY);
    CHECK_EQ(e.flags >> 16, 0);
    CHECK_EQ(e.res, 32);
    for (int i = 0; i < 32; i++) CHECK_EQ(memory[i / 16][i % 16], data[i]);
    CHECK_EQ(head(&r, &g), 2);
    CHECK_EQ(recv(fds[0], data + 128, 100, MSG_DONTWAIT), 14);
}

static void cancel(struct ring *r) {
    next(r, IORING_OP_ASYNC_CANCEL, -1, (void *)7, 0, 0, 8);
    submit(r, 0);
    CHECK_CQE(r, 8, 0);
}

/* What was transferred is told, and where it is. */
TEST(cancelledTransfers_tellWhatTheyHaveDone) {
    struct ring r;
    struct group g;
    open_ring(&r, 16, 0);
    make(&r, &g, 1, 8);
    for (int i = 0; i < 4; i++) add(&g, memory[i], 16, i);
    int fds[2];
    REQUIRE_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
    choose(&r, IORING_OP_RECV, fds[0], NULL, 10, 1)->msg_flags = MSG_WAITALL;
    submit(&r, 0);
    CHECK_EQ(write(fds[1], "12345", 5), 5);
    for (int i = 0; i < 200 && head(&r, &g) != 1; i++) usleep(10000);
    CHECK_EQ(head(&r, &g), 1);
    cancel(&r);
    EXPECT(&r, 5, BUFFER, 0);
    CHECK(memcmp(memory[0], "12345", 5) == 0);
    choose(&r, IORING_OP_RECV, fds[0], NULL, 10, 1)->msg_flags = MSG_WAITALL;
    submit(&r, 0);
    cancel(&r);
    EXPECT(&r, -ECANCELED, 0, 0);
    /* a linked timeout tells it, too */
    struct timespec soon = {0, 100000000};
    struct io_uring_sqe *sqe = choose(&r, IORING_OP_RECV, fds[0], NULL, 10, 1);
    sqe->msg_flags = MSG_WAITALL, sqe->flags |= IOSQE_IO_LINK;
    next(&r, IORING_OP_LINK_TIMEOUT, -1, &soon, 1, 0, 9);
    submit(&r, 0);
    CHECK_EQ(write(fds[1], "678", 3), 3);
    int seen = 0;
    for (int i = 0; i < 2; i++) {
        struct event e = take(&r);
        if (e.user_data != 7) continue;
        CHECK_EQ(e.res, 3);
        CHECK_EQ(e.flags, BUFFER | 1 << 16);
        seen++;
    }
    CHECK_EQ(seen, 1);
    int size = 4096;
    REQUIRE_OK(setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof size));
    size_t much = 1 << 20;
    char *large = mmap(NULL, much, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    add(&g, large, much, 10);
    add(&g, large, much, 11);
    provide(&r, 2, large, much, 2, 30);
    for (int i = 0; i < 2; i++) CHECK_EQ(read(fds[0], data, 0), 0);
    choose(&r, IORING_OP_RECV, fds[0], NULL, 0, 1);
    choose(&r, IORING_OP_RECV, fds[0], NULL, 0, 1);
    submit(&r, 0);
    CHECK_EQ(write(fds[1], "ab", 2), 2);
    EXPECT(&r, 2, BUFFER, 2);
    CHECK_EQ(write(fds[1], "c", 1), 1);
    EXPECT(&r, 1, BUFFER, 3);
    choose(&r, IORING_OP_SEND, fds[1], NULL, 0, 1)->ioprio = SEND_BUNDLE;
    submit(&r, 0);
    CHECK_QUIET(&r);
    cancel(&r);
    struct event e = take(&r);
    CHECK(e.res > 0 && e.res < 1 << 20);
    CHECK_EQ(e.flags, BUFFER | 10 << 16);
    /* nothing done, but taken */
    choose(&r, IORING_OP_SEND, fds[1], NULL, 0, 2);
    submit(&r, 0);
    CHECK_QUIET(&r);
    cancel(&r);
    e = take(&r);
    CHECK_EQ(e.res, -ECANCELED);
    CHECK_EQ(e.flags, BUFFER | 30 << 16);
    add(&g, large, much, 12);
    choose(&r, IORING_OP_SEND, fds[1], NULL, 0, 1);
    submit(&r, 0);
    CHECK_QUIET(&r);
    cancel(&r);
    EXPECT(&r, -ECANCELED, BUFFER, 12);
    long sum = 0, n;
    while ((n = recv(fds[0], large, much, MSG_DONTWAIT)) > 0) sum += n;
    CHECK(sum > 0);
}

TEST(bundleReceives_keepTheLimit) {
    struct ring r;
    struct group g;
    open_ring(&r, 16, 0);
    make(&r, &g, 1, 16);
    add(&g, memory[0], 16, 0);
    for (int i = 1; i < 16; i++) add(&g, memory[i], 8, i);
    int fds[2];
    REQUIRE_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
    CHECK_EQ(write(fds[1], data, 100), 100);
    struct io_uring_sqe *sqe = choose(&r, IORING_OP_RECV, fds[0], NULL, 0, 1);
    sqe->ioprio = SEND_BUNDLE | IORING_RECV_MULTISHOT, sqe->file_index = 48;
    RUN(&r, 48, BUFFER | NONEMPTY, 0);
    CHECK_EQ(head(&r, &g), 5);
    CHECK_QUIET(&r);
}

/* A bundle of one buffer that the guest names itself: the end of it has to wait for room. */
TEST(bundleSend_withoutChoice_sendsOnce) {
    struct ring r;
    open_ring(&r, 16, 0);
    int fds[2], sent = 0;
    REQUIRE_OK(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds));
    while (send(fds[1], "fill", 4, MSG_DONTWAIT) == 4) sent++;
    CHECK_EQ(errno, EAGAIN);
    char got[64];
    CHECK_EQ(recv(fds[0], got, sizeof got, 0), 4);
    next(&r, IORING_OP_SEND, fds[1], "hello", 5, 0, 7)->ioprio = SEND_BUNDLE;
    RUN(&r, 5, MORE, 0);
    CHECK_QUIET(&r);
    for (int i = 1; i < sent; i++) CHECK_EQ(recv(fds[0], got, sizeof got, 0), 4);
    CHECK_EQ(recv(fds[0], got, sizeof got, 0), 5);
    EXPECT(&r, 0, 0, 0);
    CHECK_EQ(recv(fds[0], got, sizeof got, MSG_DONTWAIT), 0);
    CHECK_ERR(recv(fds[0], got, sizeof got, MSG_DONTWAIT), EAGAIN);
}

struct reader {
    struct ring *ring;
    int fd, group;
};

static void *read_into_group(void *given) {
    struct reader *reader = given;
    choose(reader->ring, IORING_OP_READ, reader->fd, NULL, 0, reader->group);
    submit(reader->ring, 0);
    return NULL;
}

static void *answer_late(void *given) {
    int *uffd = given;
    struct uffd_msg message = next_message(*uffd);
    usleep(200000);
    uffd_zero(*uffd, (void *)(message.arg.pagefault.address & -4096l), 4096);
    return NULL;
}

/* A ring of buffers whose memory somebody serves late is nothing to others. */
TEST(buffersInServedMemory_keepNobodyElse) {
    struct ring r;
    struct group served, good;
    open_ring(&r, 16, 0);
    int uffd = open_uffd_with(0, O_NONBLOCK);
    make(&r, &served, 1, 8);
    make(&r, &good, 2, 8);
    for (int i = 0; i < 8; i++) add(&good, memory[i], 16, i);
    REQUIRE_OK(uffd_register(uffd, served.ring, 4096, MISSING));
    REQUIRE_OK(madvise(served.ring, 4096, MADV_DONTNEED));
    int fds[2];
    REQUIRE_OK(pipe(fds));
    CHECK_EQ(write(fds[1], data, 40), 40);
    pthread_t thread;
    struct reader reader = {&r, fds[0], 1};
    REQUIRE(pthread_create(&thread, NULL, read_into_group, &reader) == 0);
    for (int i = 0; i < 50 && !has_message(uffd) && is_empty(&r); i++) usleep(10000);
    choose(&r, IORING_OP_READ, fds[0], NULL, 0, 2);
    submit(&r, 0);
    int seen = 0;
    for (int i = 0; i < 300 && !seen; i++) {
        while (!is_empty(&r)) seen |= take(&r).flags == BUFFER;
        usleep(10000);
    }
    CHECK(seen);
    if (has_message(uffd)) CHECK_OK(uffd_zero(uffd, served.ring, 4096));
    pthread_join(thread, NULL);
}

/* A list becomes a ring while somebody waits for it. */
TEST(groupThatIsReplaced_wakesWhoWaits) {
    struct ring r;
    struct group g;
    open_ring(&r, 16, 0);
    int uffd = open_uffd_with(0, O_NONBLOCK);
    char *page = map_private(1);
    REQUIRE_OK(uffd_register(uffd, page, 4096, MISSING));
    provide(&r, 1, page, 16, 1, 5);
    int fds[2];
    REQUIRE_OK(pipe(fds));
    CHECK_EQ(write(fds[1], data, 6), 6);
    pthread_t threads[2];
    struct reader reader = {&r, fds[0], 1};
    REQUIRE(pthread_create(&threads[0], NULL, answer_late, &uffd) == 0);
    REQUIRE(pthread_create(&threads[1], NULL, read_into_group, &reader) == 0);
    usleep(100000);
    choose(&r, IORING_OP_READ, fds[0], NULL, 0, 1)->user_data = 8;
    submit(&r, 0);
    make(&r, &g, 1, 8);
    for (int i = 0; i < 2; i++) {
        struct event e = take(&r);
        CHECK_EQ(e.res, e.user_data == 7 ? 6 : -ENOBUFS);
    }
    for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
}

static void unmap(struct ring *r) {
    size_t size = r->p.cq_off.cqes + r->p.cq_entries * sizeof(struct io_uring_cqe);
    size_t array = r->p.sq_off.array + r->p.sq_entries * sizeof(unsigned);
    munmap((char *)r->sq_head - r->p.sq_off.head, array > size ? array : size);
    munmap(r->sqes, r->p.sq_entries * sizeof(struct io_uring_sqe));
}

/* Each ring polls the one before, and nobody else has that open any more. */
TEST(chainsOfRings_areClosedAsAWhole) {
    enum { RINGS = 1500 };
    struct ring r;
    int before = -1, pair[2];
    CHECK_OK(pipe(pair));
    for (int i = 0; i < RINGS; i++) {
        open_ring(&r, 1, 0);
        next(&r, IORING_OP_POLL_ADD, before < 0 ? pair[0] : before, NULL, 0, 0, 7)->poll32_events = POLLIN;
        CHECK_EQ(submit(&r, 0), 1);
        unmap(&r);
        if (before >= 0) close(before);
        before = r.fd;
    }
    close(pair[0]);
    CHECK_OK(close(before));
    /* the first one was the last to hold the end of the pipe that is read */
    signal(SIGPIPE, SIG_IGN);
    EVENTUALLY(write(pair[1], "x", 1) < 0 && errno == EPIPE);
}
