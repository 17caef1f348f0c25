/* io_uring: operations that choose their buffers from a group when they have data: one, several at once, or pieces. */
#include "uring.h"

#include <pthread.h>

#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

enum {
    OP_READ_MULTISHOT = 49,
    REGISTER_STATUS = 26,
    RING_INC = 2,
    SEND_BUNDLE = 1 << 4,
    CQE_BUF_MORE = 1 << 4,
    FEATURE_BUNDLE = 1 << 14,
    NONE = 0,
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

static int make(struct ring *r, struct group *g, int id, int entries, int flags) {
    g->ring = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct io_uring_buf_reg given = {.ring_addr = (uintptr_t)g->ring, .ring_entries = entries, .bgid = id, .pad = flags};
    g->id = id, g->tail = 0, g->mask = entries - 1;
    return reg(r, IORING_REGISTER_PBUF_RING, &given, 1);
}

static struct io_uring_buf *entry(struct group *g, int index) {
    return (struct io_uring_buf *)g->ring + index;
}

static void add(struct group *g, void *at, unsigned length, int id) {
    struct io_uring_buf *buffer = entry(g, g->tail & g->mask);
    buffer->addr = (uintptr_t)at, buffer->len = length, buffer->bid = id;
    __atomic_store_n(&g->ring->tail, ++g->tail, __ATOMIC_RELEASE);
}

/* A ring of 8 buffers with as many bytes each. */
static void make_full(struct ring *r, struct group *g, int id, unsigned length, int flags) {
    REQUIRE_OK(make(r, g, id, 8, flags));
    for (int i = 0; i < 8; i++) add(g, memory[i], length, i);
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

static void stop(struct ring *r) {
    next(r, IORING_OP_ASYNC_CANCEL, -1, (void *)7, 0, 0, 8);
    submit(r, 1);
    CHECK_CQE(r, 8, 0);
    EXPECT(r, -ECANCELED, NONE, 0);
}

TEST(bufferSelection_isForSomeOperationsOnly) {
    struct ring r;
    struct group g;
    open_ring(&r, 16, 0);
    CHECK(r.p.features & FEATURE_BUNDLE);
    make_full(&r, &g, 1, 16, 0);
    struct iovec iov = {data, 3};
    struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
    int fds[2];
    REQUIRE_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
    int ops[] = {IORING_OP_NOP, IORING_OP_WRITE, IORING_OP_WRITEV, IORING_OP_POLL_ADD, IORING_OP_ASYNC_CANCEL};
    for (unsigned i = 0; i < sizeof ops / sizeof *ops; i++) {
        choose(&r, ops[i], fds[0], &iov, 1, 1);
        RUN(&r, -EOPNOTSUPP, NONE, 0);
    }
    choose(&r, IORING_OP_SENDMSG, fds[0], &message, 1, 1);
    RUN(&r, -EOPNOTSUPP, NONE, 0);
    int bundles[] = {IORING_OP_SENDMSG, IORING_OP_RECVMSG};
    for (int i = 0; i < 2; i++) {
        next(&r, bundles[i], fds[0], &message, 1, 0, 7)->ioprio = SEND_BUNDLE;
        RUN(&r, -EINVAL, NONE, 0);
    }
    int ops2[] = {IORING_OP_SENDMSG, IORING_OP_RECVMSG, IORING_OP_RECV};
    for (int i = 0; i < 3; i++) {
        next(&r, ops2[i], fds[0], &message, 1, 5, 7);
        RUN(&r, -EINVAL, NONE, 0);
        next(&r, ops2[i], fds[0], &message, 1, 0, 7)->file_index = 2;
        RUN(&r, -EINVAL, NONE, 0);
    }
    next(&r, IORING_OP_RECV, fds[0], data, 1, 0, 7)->ioprio = IORING_RECV_MULTISHOT;
    RUN(&r, -EINVAL, NONE, 0);
    struct io_uring_sqe *sqe = choose(&r, IORING_OP_RECV, fds[0], NULL, 0, 1);
    sqe->ioprio = IORING_RECV_MULTISHOT, sqe->msg_flags = MSG_WAITALL;
    RUN(&r, -EINVAL, NONE, 0);
    choose(&r, IORING_OP_RECV, fds[0], NULL, 0, 55);
    RUN(&r, -ENOBUFS, NONE, 0);
    choose(&r, IORING_OP_RECV, fds[0], NULL, 0, 55)->ioprio = SEND_BUNDLE;
    RUN(&r, -ENOENT, NONE, 0);
    choose(&r, IORING_OP_SEND, fds[0], NULL, 0, 55);
    RUN(&r, -ENOENT, NONE, 0);
    int file = REQUIRE_OK(open("plain", O_RDWR | O_CREAT, 0600));
    choose(&r, IORING_OP_RECV, file, NULL, 0, 1);
    RUN(&r, -ENOTSOCK, NONE, 0);
    CHECK_EQ(head(&r, &g), 0);
    struct group odd;
    CHECK_ERR(make(&r, &odd, 2, 8, 4), EINVAL);
}

TEST(reads_takeOneBuffer_alsoAtTheEnd) {
    struct ring r;
    struct group g;
    open_ring(&r, 16, 0);
    make_full(&r, &g, 1, 16, 0);
    int fds[2];
    REQUIRE_OK(pipe(fds));
    struct iovec iov = {NULL, 3};
    CHECK_EQ(write(fds[1], "abcdef", 6), 6);
    choose(&r, IORING_OP_READV, fds[0], &iov, 1, 1);
    RUN(&r, 3, BUFFER, 0);
    CHECK(memcmp(memory[0], "abc", 3) == 0);
    choose(&r, IORING_OP_READV, fds[0], &iov, 2, 1);
    RUN(&r, -EINVAL, NONE, 0);
    choose(&r, IORING_OP_READV, fds[0], NULL, 1, 1);
    RUN(&r, -EFAULT, NONE, 0);
    iov.iov_len = 0;
    choose(&r, IORING_OP_READV, fds[0], &iov, 1, 1);
    RUN(&r, 3, BUFFER, 1);
    CHECK(memcmp(memory[1], "def", 3) == 0);
    /* one that waits takes its buffer when there is something */
    choose(&r, IORING_OP_READ, fds[0], NULL, 16, 1);
    submit(&r, 0);
    CHECK_EQ(head(&r, &g), 2);
    CHECK_EQ(write(fds[1], "late", 4), 4);
    EXPECT(&r, 4, BUFFER, 2);
    close(fds[1]);
    choose(&r, IORING_OP_READ, fds[0], NULL, 16, 1);
    RUN(&r, 0, BUFFER, 3);
    int directory = REQUIRE_OK(open(".", O_RDONLY));
    choose(&r, IORING_OP_READ, directory, NULL, 16, 1);
    RUN(&r, -EISDIR, BUFFER, 4);
    int file = REQUIRE_OK(open("some", O_RDWR | O_CREAT | O_TRUNC, 0600));
    CHECK_EQ(write(file, "hello", 5), 5);
    choose(&r, IORING_OP_READ, file, NULL, 16, 1);
    RUN(&r, 5, BUFFER, 5);
    choose(&r, IORING_OP_READ, file, NULL, 16, 1)->off = 5;
    RUN(&r, 0, BUFFER, 6);
    choose(&r, IORING_OP_READ, 999, NULL, 16, 1);
    RUN(&r, -EBADF, NONE, 0);
    CHECK_EQ(head(&r, &g), 7);
    provide(&r, 2, memory[8], 16, 4, 30);
    choose(&r, IORING_OP_READ, fds[0], NULL, 16, 2);
    RUN(&r, 0, BUFFER, 30);
    choose(&r, IORING_OP_READ, directory, NULL, 16, 2);
    RUN(&r, -EISDIR, BUFFER, 31);
    choose(&r, IORING_OP_READ, 999, NULL, 16, 2);
    RUN(&r, -EBADF, NONE, 0);
    choose(&r, IORING_OP_READ, file, NULL, 16, 2)->off = 5;
    RUN(&r, 0, BUFFER, 32);
    choose(&r, OP_READ_MULTISHOT, fds[0], NULL, 0, 2);
    RUN(&r, 0, NONE, 0);
    choose(&r, IORING_OP_READ, file, NULL, 2, 2);
    RUN(&r, 2, BUFFER, 33);
    choose(&r, IORING_OP_READ, file, NULL, 2, 2);
    RUN(&r, -ENOBUFS, NONE, 0);
}

TEST(receives_tellWhetherThereIsMore) {
    struct ring r;
    struct group g;
    open_ring(&r, 16, 0);
    make_full(&r, &g, 3, 16, 0);
    int fds[2];
    REQUIRE_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
    CHECK_EQ(write(fds[1], "abcdefghijklmnopqrstuvwxyz", 26), 26);
    choose(&r, IORING_OP_RECV, fds[0], NULL, 0, 3);
    RUN(&r, 16, BUFFER | NONEMPTY, 0);
    choose(&r, IORING_OP_RECV, fds[0], NULL, 4, 3);
    RUN(&r, 4, BUFFER | NONEMPTY, 1);
    next(&r, IORING_OP_RECV, fds[0], data, 3, 0, 7);
    RUN(&r, 3, NONEMPTY, 0);
    next(&r, IORING_OP_RECV, fds[0], data, 3, 0, 7);
    RUN(&r, 3, NONE, 0);
    struct iovec iov = {NULL, 5};
    struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
    CHECK_EQ(write(fds[1], "abcdefghij", 10), 10);
    choose(&r, IORING_OP_RECVMSG, fds[0], &message, 1, 3);
    RUN(&r, 5, BUFFER | NONEMPTY, 2);
    message.msg_iovlen = 0;
    choose(&r, IORING_OP_RECVMSG, fds[0], &message, 1, 3);
    RUN(&r, 5, BUFFER, 3);
    CHECK(memcmp(memory[3], "fghij", 5) == 0);
    message.msg_iovlen = 2;
    choose(&r, IORING_OP_RECVMSG, fds[0], &message, 1, 3);
    RUN(&r, -EINVAL, NONE, 0);
    /* a datagram socket does not know */
    int packets[2];
    REQUIRE_OK(socketpair(AF_UNIX, SOCK_DGRAM, 0, packets));
    CHECK_EQ(write(packets[1], "one", 3), 3);
    CHECK_EQ(write(packets[1], "two", 3), 3);
    choose(&r, IORING_OP_RECV, packets[0], NULL, 0, 3);
    RUN(&r, 3, BUFFER, 4);
    /* all of it: the buffer is taken with the first part */
    struct io_uring_sqe *sqe = choose(&r, IORING_OP_RECV, fds[0], NULL, 10, 3);
    sqe->msg_flags = MSG_WAITALL;
    submit(&r, 0);
    CHECK_QUIET(&r);
    CHECK_EQ(head(&r, &g), 5);
    CHECK_EQ(write(fds[1], "12345", 5), 5);
    for (int i = 0; i < 200 && head(&r, &g) != 6; i++) usleep(10000);
    CHECK_EQ(head(&r, &g), 6);
    CHECK(is_empty(&r));
    CHECK_EQ(write(fds[1], "67890", 5), 5);
    EXPECT(&r, 10, BUFFER, 5);
    CHECK(memcmp(memory[5], "1234567890", 10) == 0);
    shutdown(fds[1], SHUT_WR);
    choose(&r, IORING_OP_RECV, fds[0], NULL, 0, 3);
    RUN(&r, 0, NONE, 0);
    message.msg_iovlen = 0;
    choose(&r, IORING_OP_RECVMSG, fds[0], &message, 1, 3);
    RUN(&r, 0, NONE, 0);
    choose(&r, IORING_OP_RECV, fds[0], NULL, 0, 3)->ioprio = IORING_RECV_MULTISHOT;
    RUN(&r, 0, NONE, 0);
    CHECK_EQ(head(&r, &g), 6);
}

TEST(recvmsg_withOpenFiles_intoChosenBuffer) {
    struct ring r;
    struct group g;
    open_ring(&r, 16, 0);
    make_full(&r, &g, 3, 16, 0);
    int fds[2], pair[2];
    REQUIRE_OK(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds));
    REQUIRE_OK(pipe(pair));
    struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "\0chosen"};
    REQUIRE_OK(bind(fds[1], (struct sockaddr *)&name, 9));
    char control[CMSG_SPACE(sizeof(int))] = {0}, room[CMSG_SPACE(sizeof(int)) + 32];
    struct iovec iov = {"file", 4};
    struct msghdr out = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    *CMSG_FIRSTHDR(&out) = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(CMSG_FIRSTHDR(&out)), &pair[1], sizeof(int));
    CHECK_EQ(sendmsg(fds[1], &out, 0), 4);
    struct sockaddr_un from;
    struct msghdr in = {.msg_name = &from, .msg_namelen = sizeof from, .msg_control = room, .msg_controllen = sizeof room};
    choose(&r, IORING_OP_RECVMSG, fds[0], &in, 1, 3);
    RUN(&r, 4, BUFFER, 0);
    CHECK(memcmp(memory[0], "file", 4) == 0);
    CHECK_EQ(in.msg_namelen, 9);
    CHECK(memcmp(&from, &name, 9) == 0);
    CHECK_EQ(in.msg_controllen, CMSG_SPACE(sizeof(int)));
    int got = -1;
    memcpy(&got, CMSG_DATA(CMSG_FIRSTHDR(&in)), sizeof got);
    CHECK_EQ(write(got, "x", 1), 1);
    CHECK_EQ(read(pair[0], data, 1), 1);
}

static void check_out(int buffer, unsigned name, unsigned control, unsigned payload, unsigned flags) {
    struct io_uring_recvmsg_out *out = (struct io_uring_recvmsg_out *)memory[buffer];
    CHECK_EQ(out->namelen, name);
    CHECK_EQ(out->controllen, control);
    CHECK_EQ(out->payloadlen, payload);
    CHECK_EQ(out->flags, flags);
}

TEST(recvmsg_manyTimes_tellsInTheBuffer) {
    struct ring r;
    struct group g;
    open_ring(&r, 16, 0);
    make_full(&r, &g, 1, 64, 0);
    int fds[2];
    REQUIRE_OK(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds));
    struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "\0namename"};
    REQUIRE_OK(bind(fds[1], (struct sockaddr *)&name, 11));
    struct msghdr message = {.msg_namelen = 16, .msg_controllen = 24};
    choose(&r, IORING_OP_RECVMSG, fds[0], &message, 1, 1)->ioprio = IORING_RECV_MULTISHOT;
    submit(&r, 0);
    CHECK_EQ(write(fds[1], "hello", 5), 5);
    EXPECT(&r, 61, BUFFER | MORE, 0);
    check_out(0, 11, 0, 5, 0);
    CHECK(memcmp(memory[0] + 16, &name, 11) == 0);
    CHECK(memcmp(memory[0] + 56, "hello", 5) == 0);
    CHECK_EQ(write(fds[1], data, 40), 40);
    EXPECT(&r, 64, BUFFER | MORE, 1);
    check_out(1, 11, 0, 8, MSG_TRUNC);
    CHECK_EQ(write(fds[1], "", 0), 0);
    EXPECT(&r, 56, BUFFER, 2);
    check_out(2, 11, 0, 0, 0);
    struct io_uring_sqe *sqe = choose(&r, IORING_OP_RECVMSG, fds[0], &message, 1, 1);
    sqe->ioprio = IORING_RECV_MULTISHOT, sqe->msg_flags = MSG_TRUNC;
    submit(&r, 0);
    CHECK_EQ(write(fds[1], data, 40), 40);
    EXPECT(&r, 64, BUFFER | MORE, 3);
    check_out(3, 11, 0, 40, MSG_TRUNC);
    stop(&r);
    message.msg_controllen = 60;
    choose(&r, IORING_OP_RECVMSG, fds[0], &message, 1, 1)->ioprio = IORING_RECV_MULTISHOT;
    RUN(&r, -EFAULT, NONE, 0);
    message.msg_controllen = 0, message.msg_namelen = -1;
    choose(&r, IORING_OP_RECVMSG, fds[0], &message, 1, 1)->ioprio = IORING_RECV_MULTISHOT;
    RUN(&r, -EOVERFLOW, NONE, 0);
    message.msg_namelen = 2;
    CHECK_EQ(write(fds[1], "short", 5), 5);
    choose(&r, IORING_OP_RECVMSG, fds[0], &message, 1, 1)->ioprio = IORING_RECV_MULTISHOT;
    RUN(&r, 23, BUFFER | MORE, 4);
    check_out(4, 11, 0, 5, 0);
    CHECK(memcmp(memory[4] + 18, "short", 5) == 0);
    stop(&r);
    CHECK_EQ(head(&r, &g), 5);
    int stream[2];
    REQUIRE_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, stream));
    message.msg_namelen = 40;
    choose(&r, IORING_OP_RECVMSG, stream[0], &message, 1, 1)->ioprio = IORING_RECV_MULTISHOT;
    submit(&r, 0);
    CHECK_EQ(write(stream[1], "0123456789", 10), 10);
    EXPECT(&r, 64, BUFFER | MORE | NONEMPTY, 5);
    EXPECT(&r, 58, BUFFER | MORE, 6);
    check_out(6, 0, 0, 2, 0);
    CHECK(memcmp(memory[6] + 56, "89", 2) == 0);
    close(stream[1]);
    EXPECT(&r, 56, BUFFER, 7);
}

TEST(sends_takeBuffersInOrder) {
    struct ring r;
    struct group g;
    open_ring(&r, 16, 0);
    for (int i = 0; i < 8; i++) memset(memory[i], 'a' + i, 64);
    make_full(&r, &g, 1, 16, 0);
    int fds[2];
    REQUIRE_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
    char got[256];
    choose(&r, IORING_OP_SEND, fds[0], NULL, 0, 1);
    RUN(&r, 16, BUFFER, 0);
    choose(&r, IORING_OP_SEND, fds[0], NULL, 4, 1);
    RUN(&r, 4, BUFFER, 1);
    choose(&r, IORING_OP_SEND, fds[0], NULL, 40, 1);
    RUN(&r, 16, BUFFER, 2);
    CHECK_EQ(recv(fds[1], got, sizeof got, MSG_DONTWAIT), 36);
    CHECK(memcmp(got + 12, "aaaabbbbcccc", 12) == 0);
    /* not more than is asked for comes first, then all that is there */
    choose(&r, IORING_OP_SEND, fds[0], NULL, 24, 1)->ioprio = SEND_BUNDLE;
    RUN(&r, 16, BUFFER | MORE, 3);
    EXPECT(&r, 64, BUFFER, 4);
    CHECK_EQ(head(&r, &g), 8);
    CHECK_EQ(recv(fds[1], got, sizeof got, MSG_DONTWAIT), 80);
    CHECK(got[0] == 'd' && got[15] == 'd' && got[16] == 'e' && got[79] == 'h');
    choose(&r, IORING_OP_SEND, fds[0], NULL, 0, 1)->ioprio = SEND_BUNDLE;
    RUN(&r, -ENOBUFS, NONE, 0);
    provide(&r, 2, memory[4], 16, 4, 30);
    choose(&r, IORING_OP_SEND, fds[0], NULL, 24, 2)->ioprio = SEND_BUNDLE;
    RUN(&r, 16, BUFFER | MORE, 30);
    EXPECT(&r, 16, BUFFER | MORE, 31);
    EXPECT(&r, 16, BUFFER | MORE, 32);
    EXPECT(&r, 16, BUFFER, 33);
    next(&r, IORING_OP_SEND, fds[0], data, 5, 0, 7)->ioprio = SEND_BUNDLE;
    RUN(&r, 5, MORE, 0);
    EXPECT(&r, 0, NONE, 0);
    int packets[2];
    REQUIRE_OK(socketpair(AF_UNIX, SOCK_DGRAM, 0, packets));
    for (int i = 0; i < 8; i++) add(&g, memory[i], 16, i);
    choose(&r, IORING_OP_SEND, packets[0], NULL, 0, 1)->ioprio = SEND_BUNDLE;
    RUN(&r, 128, BUFFER, 0);
    CHECK_EQ(recv(packets[1], got, sizeof got, MSG_DONTWAIT), 128);
    add(&g, memory[0], 16, 60);
    provide(&r, 2, memory[4], 16, 1, 40);
    close(fds[1]);
    choose(&r, IORING_OP_SEND, fds[0], NULL, 0, 1);
    RUN(&r, -EPIPE, BUFFER, 60);
    choose(&r, IORING_OP_SEND, fds[0], NULL, 0, 2);
    RUN(&r, -EPIPE, BUFFER, 40);
}

TEST(send_bundleThatWaitsForRoom_keepsItsBuffers) {
    struct ring r;
    struct group g;
    open_ring(&r, 16, 0);
    int fds[2], size = 4096;
    REQUIRE_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
    REQUIRE_OK(setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size));
    char *large = mmap(NULL, 8 * 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 8; i++) memset(large + i * 65536, 'a' + i, 65536);
    REQUIRE_OK(make(&r, &g, 1, 8, 0));
    for (int i = 0; i < 4; i++) add(&g, large + i * 65536, 65536, i);
    choose(&r, IORING_OP_SEND, fds[0], NULL, 0, 1)->ioprio = SEND_BUNDLE;
    submit(&r, 0);
    CHECK_QUIET(&r);
    CHECK_EQ(head(&r, &g), 4);
    long sum = 0, wrong = 0;
    static char part[65536];
    while (sum < 4 * 65536) {
        long n = recv(fds[1], part, sizeof part, 0);
        if (n <= 0) break;
        for (long i = 0; i < n; i++) wrong += part[i] != (char)('a' + (sum + i) / 65536);
        sum += n;
    }
    CHECK_EQ(sum, 4 * 65536);
    CHECK_EQ(wrong, 0);
    EXPECT(&r, 4 * 65536, BUFFER, 0);
}

TEST(receives_inBundles) {
    struct ring r;
    struct group g;
    open_ring(&r, 16, 0);
    make_full(&r, &g, 1, 16, 0);
    int fds[2];
    REQUIRE_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
    CHECK_EQ(write(fds[1], data, 40), 40);
    choose(&r, IORING_OP_RECV, fds[0], NULL, 0, 1)->ioprio = SEND_BUNDLE;
    RUN(&r, 32, BUFFER | NONEMPTY, 0);
    CHECK_EQ(write(fds[1], data, 10), 10);
    choose(&r, IORING_OP_RECV, fds[0], NULL, 0, 1)->ioprio = SEND_BUNDLE;
    RUN(&r, 18, BUFFER, 2);
    CHECK_EQ(entry(&g, 3)->len, 16);
    CHECK_EQ(write(fds[1], data, 40), 40);
    choose(&r, IORING_OP_RECV, fds[0], NULL, 20, 1)->ioprio = SEND_BUNDLE;
    RUN(&r, 16, BUFFER | NONEMPTY, 4);
    choose(&r, IORING_OP_RECV, fds[0], NULL, 0, 1)->ioprio = SEND_BUNDLE;
    RUN(&r, 24, BUFFER, 5);
    CHECK_EQ(head(&r, &g), 7);
    for (int i = 0; i < 7; i++) add(&g, memory[8 + i], 16, 10 + i);
    choose(&r, IORING_OP_RECV, fds[0], NULL, 0, 1)->ioprio = SEND_BUNDLE | IORING_RECV_MULTISHOT;
    submit(&r, 0);
    CHECK_EQ(write(fds[1], data, 40), 40);
    EXPECT(&r, 32, BUFFER | MORE | NONEMPTY, 7);
    EXPECT(&r, 8, BUFFER | MORE, 11);
    CHECK_EQ(write(fds[1], data, 10), 10);
    EXPECT(&r, 10, BUFFER | MORE, 12);
    CHECK_EQ(write(fds[1], data, 33), 33);
    EXPECT(&r, 32, BUFFER | MORE | NONEMPTY, 13);
    EXPECT(&r, 1, BUFFER | MORE, 15);
    /* the last buffer of the ring ends it */
    CHECK_EQ(write(fds[1], data, 33), 33);
    EXPECT(&r, 16, BUFFER | NONEMPTY, 16);
    provide(&r, 2, memory[4], 16, 3, 30);
    choose(&r, IORING_OP_RECV, fds[0], NULL, 0, 2)->ioprio = SEND_BUNDLE;
    RUN(&r, 16, BUFFER | NONEMPTY, 30);
    CHECK_EQ(write(fds[1], data, 30), 30);
    choose(&r, IORING_OP_RECV, fds[0], NULL, 0, 2)->ioprio = SEND_BUNDLE;
    RUN(&r, 31, BUFFER, 31);
}

TEST(receives_manyTimes_haveLimits) {
    struct ring r;
    struct group g;
    open_ring(&r, 16, 0);
    make_full(&r, &g, 1, 24, 0);
    int fds[2];
    REQUIRE_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
    choose(&r, IORING_OP_RECV, fds[0], NULL, 10, 1)->ioprio = IORING_RECV_MULTISHOT;
    submit(&r, 0);
    CHECK_EQ(write(fds[1], data, 25), 25);
    EXPECT(&r, 10, BUFFER | MORE | NONEMPTY, 0);
    EXPECT(&r, 10, BUFFER | MORE | NONEMPTY, 1);
    EXPECT(&r, 5, BUFFER | MORE, 2);
    stop(&r);
    struct io_uring_sqe *sqe = choose(&r, IORING_OP_RECV, fds[0], NULL, 0, 1);
    sqe->ioprio = IORING_RECV_MULTISHOT, sqe->file_index = 40;
    submit(&r, 0);
    CHECK_EQ(write(fds[1], data, 60), 60);
    EXPECT(&r, 24, BUFFER | MORE | NONEMPTY, 3);
    EXPECT(&r, 24, BUFFER | NONEMPTY, 4);
    CHECK_QUIET(&r);
}

TEST(buffersInPieces_areUsedUp) {
    struct ring r;
    struct group g;
    open_ring(&r, 16, 0);
    REQUIRE_OK(make(&r, &g, 2, 8, RING_INC));
    for (int i = 0; i < 4; i++) add(&g, memory[i], 16, i);
    int fds[2];
    REQUIRE_OK(pipe(fds));
    CHECK_EQ(write(fds[1], "abcde", 5), 5);
    choose(&r, IORING_OP_READ, fds[0], NULL, 0, 2);
    RUN(&r, 5, BUFFER | CQE_BUF_MORE, 0);
    CHECK_EQ(entry(&g, 0)->len, 11);
    CHECK_EQ(entry(&g, 0)->addr, (uintptr_t)memory[0] + 5);
    CHECK_EQ(write(fds[1], "fghij", 5), 5);
    choose(&r, IORING_OP_READ, fds[0], NULL, 4, 2);
    RUN(&r, 4, BUFFER | CQE_BUF_MORE, 0);
    CHECK(memcmp(memory[0], "abcdefghi", 9) == 0);
    CHECK_EQ(write(fds[1], data, 15), 15);
    choose(&r, IORING_OP_READ, fds[0], NULL, 0, 2);
    RUN(&r, 7, BUFFER, 0);
    CHECK_EQ(entry(&g, 0)->len, 0);
    CHECK_EQ(head(&r, &g), 1);
    choose(&r, IORING_OP_READ, fds[0], NULL, 0, 2);
    RUN(&r, 9, BUFFER | CQE_BUF_MORE, 1);
    close(fds[1]);
    choose(&r, IORING_OP_READ, fds[0], NULL, 0, 2);
    RUN(&r, 0, BUFFER | CQE_BUF_MORE, 1);
    CHECK_EQ(entry(&g, 1)->len, 7);
    /* of a file as much is used up as was asked for */
    int file = REQUIRE_OK(open("pieces", O_RDWR | O_CREAT | O_TRUNC, 0600));
    CHECK_EQ(write(file, "hello", 5), 5);
    choose(&r, IORING_OP_READ, file, NULL, 3, 2);
    RUN(&r, 3, BUFFER | CQE_BUF_MORE, 1);
    choose(&r, IORING_OP_READ, file, NULL, 0, 2);
    RUN(&r, 4, BUFFER, 1);
    choose(&r, IORING_OP_READ, file, NULL, 4, 2)->off = 5;
    RUN(&r, 0, BUFFER | CQE_BUF_MORE, 2);
    CHECK_EQ(entry(&g, 2)->len, 12);
    CHECK_EQ(head(&r, &g), 2);
}

TEST(buffersInPieces_ofSockets) {
    struct ring r;
    struct group g;
    open_ring(&r, 16, 0);
    REQUIRE_OK(make(&r, &g, 2, 8, RING_INC));
    for (int i = 0; i < 8; i++) add(&g, memory[i], 16, i);
    int fds[2];
    REQUIRE_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
    choose(&r, IORING_OP_RECV, fds[0], NULL, 0, 2)->ioprio = IORING_RECV_MULTISHOT;
    submit(&r, 0);
    CHECK_EQ(write(fds[1], data, 9), 9);
    EXPECT(&r, 9, BUFFER | MORE | CQE_BUF_MORE, 0);
    CHECK_EQ(write(fds[1], data, 20), 20);
    EXPECT(&r, 7, BUFFER | MORE | NONEMPTY, 0);
    EXPECT(&r, 13, BUFFER | MORE | CQE_BUF_MORE, 1);
    stop(&r);
    CHECK_EQ(write(fds[1], data, 25), 25);
    choose(&r, IORING_OP_RECV, fds[0], NULL, 0, 2)->ioprio = SEND_BUNDLE;
    RUN(&r, 25, BUFFER | CQE_BUF_MORE, 1);
    CHECK_EQ(head(&r, &g), 3);
    CHECK_EQ(entry(&g, 3)->len, 10);
    choose(&r, IORING_OP_SEND, fds[0], NULL, 5, 2);
    RUN(&r, 5, BUFFER | CQE_BUF_MORE, 3);
    choose(&r, IORING_OP_SEND, fds[0], NULL, 0, 2);
    RUN(&r, 5, BUFFER, 3);
    choose(&r, IORING_OP_SEND, fds[0], NULL, 20, 2)->ioprio = SEND_BUNDLE;
    RUN(&r, 20, BUFFER | MORE | CQE_BUF_MORE, 4);
    EXPECT(&r, 44, BUFFER, 5);
    CHECK_EQ(head(&r, &g), 8);
    int ends[2];
    REQUIRE_OK(pipe(ends));
    for (int i = 0; i < 2; i++) add(&g, memory[i], 16, i);
    choose(&r, OP_READ_MULTISHOT, ends[0], NULL, 0, 2);
    submit(&r, 0);
    CHECK_EQ(write(ends[1], "12345", 5), 5);
    EXPECT(&r, 5, BUFFER | MORE | CQE_BUF_MORE, 0);
    CHECK_EQ(write(ends[1], "6789", 4), 4);
    EXPECT(&r, 4, BUFFER | MORE | CQE_BUF_MORE, 0);
    CHECK(memcmp(memory[0], "123456789", 9) == 0);
    CHECK_EQ(write(ends[1], data, 10), 10);
    EXPECT(&r, 7, BUFFER | MORE, 0);
    EXPECT(&r, 3, BUFFER | MORE | CQE_BUF_MORE, 1);
    close(ends[1]);
    EXPECT(&r, 0, NONE, 0);
}

static void *receive_all(void *given) {
    int *fds = given;
    for (int i = 0; i < 200; i++) write(fds[1], "xy", 2);
    return NULL;
}

static void receive_many(struct ring *r, int (*pairs)[2], int which) {
    struct io_uring_sqe *sqe = choose(r, IORING_OP_RECV, pairs[which][0], NULL, 0, 2);
    sqe->ioprio = IORING_RECV_MULTISHOT;
    sqe->user_data = which;
}

/* Several operations on several threads share a group: each byte arrives once. */
TEST(group_ofManyOperations) {
    struct ring r;
    struct group g;
    open_ring(&r, 64, 0);
    REQUIRE_OK(make(&r, &g, 2, 8, RING_INC));
    static char all[4][400];
    for (int i = 0; i < 4; i++) add(&g, all[i], 400, i);
    int pairs[4][2];
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        REQUIRE_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i]));
        receive_many(&r, pairs, i);
    }
    submit(&r, 0);
    for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, receive_all, pairs[i]);
    int sum = 0;
    while (sum < 1600) {
        struct event e = take(&r);
        if (e.res <= 0) {
            CHECK_EQ(e.res, -ENOBUFS);
            break;
        }
        sum += e.res;
        /* There was no room for another completion. */
        if (!(e.flags & MORE) && sum < 1600) {
            receive_many(&r, pairs, e.user_data);
            submit(&r, 0);
        }
    }
    CHECK_EQ(sum, 1600);
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    for (int i = 0; i < 4; i++) {
        CHECK(memcmp(all[i], all[0], 400) == 0);
        CHECK(all[i][0] == 'x' || all[i][0] == 'y');
    }
    CHECK_EQ(head(&r, &g), 4);
}
