/* io_uring_register(2): files, buffers, their tags, what a ring is restricted to; and what submissions point to. */
#include "uring.h"

#include <sys/socket.h>

/* include/uapi/linux/io_uring.h, newer than many headers */
enum { TRUNCATE = 55 };
enum { READV_FIXED = 60, WRITEV_FIXED = 61, PIPE = 62 };
enum { RESTRICTIONS = 11, ENABLE = 12, FILES2 = 13, FILES_UPDATE2 = 14, BUFFERS2 = 15, BUFFERS_UPDATE = 16, MAX_WORKERS = 19 };
enum { ALLOC_RANGE = 25, BUFFER_STATUS = 26, CLOCK = 29, CLONE = 30 };
#define FEATURE_STABLE (1u << 2)
#define SPARSE 1

struct resources {
    uint32_t count, flags;
    uint64_t reserved, data, tags;
};
struct update {
    uint32_t offset, reserved;
    uint64_t data, tags;
    uint32_t count, reserved2;
};

static int has_operation(struct ring *r, int op) {
    struct {
        struct io_uring_probe head;
        struct io_uring_probe_op ops[256];
    } probe;
    memset(&probe, 0, sizeof probe);
    CHECK_OK(reg(r, IORING_REGISTER_PROBE, &probe, 256));
    return op <= probe.head.last_op && (probe.ops[op].flags & IO_URING_OP_SUPPORTED);
}

static void make_pipe(int *ends) { REQUIRE_OK(pipe(ends)); }

static void read_fixed_file(struct ring *r, int slot, void *to, unsigned length, uint64_t data) {
    next(r, IORING_OP_READ, slot, to, length, 0, data)->flags = IOSQE_FIXED_FILE;
}

TEST(whatSubmissionsPointTo_mayChangeAtOnce) {
    struct ring r;
    open_ring(&r, 8, 0);
    CHECK(r.p.features & FEATURE_STABLE);
    int ends[2], pair[2];
    make_pipe(ends);
    char text[8] = "", other[8] = "", path[] = "name";
    struct iovec *vector = calloc(1, sizeof *vector);
    *vector = (struct iovec){text, 5};
    next(&r, IORING_OP_READV, ends[0], vector, 1, 0, 1);
    CHECK_EQ(submit(&r, 0), 1);
    *vector = (struct iovec){other, 2};
    REQUIRE(write(ends[1], "hello", 5) == 5);
    CHECK_CQE(&r, 1, 5);
    CHECK_STR(text, "hello");
    CHECK_EQ(other[0], 0);
    /* a message, and its vector */
    REQUIRE_OK(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
    struct msghdr message = {.msg_iov = vector, .msg_iovlen = 1};
    *vector = (struct iovec){text, 8};
    next(&r, IORING_OP_RECVMSG, pair[0], &message, 0, 0, 2);
    CHECK_EQ(submit(&r, 0), 1);
    memset(vector, 0x55, sizeof *vector);
    memset(&message, 0x55, sizeof message);
    REQUIRE(send(pair[1], "abc", 4, 0) == 4);
    CHECK_CQE(&r, 2, 4);
    CHECK_STR(text, "abc");
    /* a name that is used only when what is before it has ended */
    next(&r, IORING_OP_READ, ends[0], other, 1, 0, 3)->flags = IOSQE_IO_LINK;
    next(&r, IORING_OP_MKDIRAT, AT_FDCWD, path, 0755, 0, 4);
    CHECK_EQ(submit(&r, 0), 2);
    strcpy(path, "else");
    REQUIRE(write(ends[1], "x", 1) == 1);
    CHECK_CQE(&r, 3, 1);
    CHECK_CQE(&r, 4, 0);
    CHECK_OK(access("name", F_OK));
    CHECK_ERR(access("else", F_OK), ENOENT);
    struct __kernel_timespec long_time = {1000, 0};
    next(&r, IORING_OP_READ, ends[0], other, 1, 0, 5)->flags = IOSQE_IO_LINK;
    next(&r, IORING_OP_LINK_TIMEOUT, 0, &long_time, 1, 0, 6);
    CHECK_EQ(submit(&r, 0), 2);
    long_time.tv_sec = 0;
    REQUIRE(write(ends[1], "y", 1) == 1);
    struct event first = take(&r), second = take(&r);
    CHECK_EQ(first.user_data + second.user_data, 11);
    CHECK_EQ(first.user_data == 5 ? first.res : second.res, 1);
    CHECK_EQ(first.user_data == 6 ? first.res : second.res, -ECANCELED);
}

TEST(tagsOfFiles_areToldWhenNobodyHasThem) {
    struct ring r;
    open_ring(&r, 8, 0);
    int ends[2];
    make_pipe(ends);
    int files[3] = {ends[0], -1, ends[1]};
    uint64_t tags[3] = {11, 12, 13};
    struct resources all = {.count = 3, .data = (uintptr_t)files, .tags = (uintptr_t)tags};
    CHECK_ERR(reg(&r, FILES2, &all, sizeof all - 8), EINVAL);
    CHECK_ERR(reg(&r, FILES2, &all, sizeof all), EINVAL); /* a tag of nothing */
    tags[1] = 0;
    all.flags = 2;
    CHECK_ERR(reg(&r, FILES2, &all, sizeof all), EINVAL);
    all.flags = SPARSE;
    CHECK_ERR(reg(&r, FILES2, &all, sizeof all), EINVAL);
    all.flags = 0;
    CHECK_OK(reg(&r, FILES2, &all, sizeof all));
    CHECK_ERR(reg(&r, FILES2, &all, sizeof all), EBUSY);
    CHECK(is_empty(&r));
    char byte = 0;
    read_fixed_file(&r, 0, &byte, 1, 1);
    CHECK_EQ(submit(&r, 0), 1);
    int none[2] = {-1, IORING_REGISTER_FILES_SKIP};
    struct update change = {.offset = 0, .count = 2, .data = (uintptr_t)none};
    CHECK_EQ(reg(&r, FILES_UPDATE2, &change, sizeof change), 2);
    CHECK(is_empty(&r)); /* the operation has it */
    REQUIRE(write(ends[1], "!", 1) == 1);
    CHECK_CQE(&r, 1, 1);
    CHECK_CQE(&r, 11, 0);
    tags[0] = 21;
    tags[1] = 22;
    none[0] = ends[0];
    change.tags = (uintptr_t)tags;
    CHECK_EQ(reg(&r, FILES_UPDATE2, &change, sizeof change), 1); /* skips have no tags */
    none[1] = 999;
    CHECK_EQ(reg(&r, FILES_UPDATE2, &change, sizeof change), 1);
    CHECK_CQE(&r, 21, 0);
    change.offset = 2;
    CHECK_ERR(reg(&r, FILES_UPDATE2, &change, sizeof change), EINVAL);
    change.offset = -1;
    CHECK_ERR(reg(&r, FILES_UPDATE2, &change, sizeof change), EOVERFLOW);
    change.count = 0;
    CHECK_ERR(reg(&r, FILES_UPDATE2, &change, sizeof change), EINVAL);
    CHECK_OK(reg(&r, IORING_UNREGISTER_FILES, NULL, 0));
    uint64_t sum = take(&r).user_data;
    sum += take(&r).user_data;
    CHECK_EQ(sum, 21 + 13);
    CHECK(is_empty(&r));
}

TEST(tagsOfBuffers_areToldWhenNobodyHasThem) {
    struct ring r;
    open_ring(&r, 8, 0);
    int ends[2];
    make_pipe(ends);
    char *memory = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct resources all = {.count = 4, .flags = SPARSE};
    CHECK_OK(reg(&r, BUFFERS2, &all, sizeof all));
    next(&r, IORING_OP_READ_FIXED, ends[0], memory, 16, 0, 1);
    CHECK_EQ(submit(&r, 0), 1);
    CHECK_CQE(&r, 1, -EFAULT);
    struct iovec vectors[2] = {{memory, 4096}, {NULL, 0}};
    uint64_t tags[2] = {31, 32};
    struct update change = {.offset = 1, .count = 2, .data = (uintptr_t)vectors, .tags = (uintptr_t)tags};
    CHECK_EQ(reg(&r, BUFFERS_UPDATE, &change, sizeof change), 1);
    next(&r, IORING_OP_READ_FIXED, ends[0], memory + 8, 16, 0, 2)->buf_index = 1;
    CHECK_EQ(submit(&r, 0), 1);
    change.count = 1;
    change.tags = 0;
    vectors[0] = (struct iovec){NULL, 0};
    CHECK_EQ(reg(&r, BUFFERS_UPDATE, &change, sizeof change), 1);
    CHECK(is_empty(&r));
    REQUIRE(write(ends[1], "12", 2) == 2);
    CHECK_CQE(&r, 2, 2);
    CHECK_CQE(&r, 31, 0);
    CHECK_EQ(memory[9], '2');
    change.offset = 4;
    CHECK_ERR(reg(&r, BUFFERS_UPDATE, &change, sizeof change), EINVAL);
    vectors[0] = (struct iovec){memory, 0};
    change.offset = 0;
    CHECK_ERR(reg(&r, BUFFERS_UPDATE, &change, sizeof change), EFAULT);
    CHECK_OK(reg(&r, IORING_UNREGISTER_BUFFERS, NULL, 0));
    CHECK_ERR(reg(&r, IORING_UNREGISTER_BUFFERS, NULL, 0), ENXIO);
    CHECK_ERR(reg(&r, BUFFERS_UPDATE, &change, sizeof change), ENXIO);
    CHECK_ERR(reg(&r, IORING_REGISTER_BUFFERS, NULL, 0), EFAULT);
    CHECK_ERR(reg(&r, IORING_REGISTER_FILES, NULL, 0), EFAULT);
    CHECK_ERR(reg(&r, IORING_REGISTER_FILES_UPDATE, NULL, 0), EINVAL);
    CHECK_ERR(reg(&r, IORING_REGISTER_PROBE, NULL, 0), EINVAL);
}

TEST(vectorsInRegisteredBuffers) {
    struct ring r;
    open_ring(&r, 8, 0);
    if (!has_operation(&r, WRITEV_FIXED)) SKIP("not in this kernel");
    char *memory = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    strcpy(memory, "one");
    strcpy(memory + 100, "two");
    struct iovec whole = {memory, 4096};
    CHECK_OK(reg(&r, IORING_REGISTER_BUFFERS, &whole, 1));
    int fd = open("file", O_RDWR | O_CREAT, 0600);
    struct iovec parts[3] = {{memory, 3}, {memory + 100, 3}, {memory + 4096, 1}};
    next(&r, WRITEV_FIXED, fd, parts, 2, 0, 1);
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_CQE(&r, 1, 6);
    parts[0].iov_base = memory + 200;
    parts[1].iov_base = memory + 300;
    next(&r, READV_FIXED, fd, parts, 2, 1, 2);
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_CQE(&r, 2, 5);
    CHECK_STR(memory + 200, "net");
    CHECK_STR(memory + 300, "wo");
    next(&r, READV_FIXED, fd, parts, 3, 0, 3);
    next(&r, READV_FIXED, fd, parts, 2, 0, 4)->buf_index = 1;
    CHECK_EQ(submit(&r, 2), 2);
    CHECK_CQE(&r, 3, -EFAULT);
    CHECK_CQE(&r, 4, -EFAULT);
}

TEST(pipes_areMade_alsoInSlots) {
    struct ring r;
    open_ring(&r, 8, 0);
    if (!has_operation(&r, PIPE)) SKIP("not in this kernel");
    int ends[2] = {-1, -1};
    char byte = 0;
    next(&r, PIPE, 0, ends, 0, 0, 1)->rw_flags = O_CLOEXEC | O_NONBLOCK;
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_CQE(&r, 1, 0);
    CHECK_EQ(fcntl(ends[0], F_GETFD), FD_CLOEXEC);
    CHECK_EQ(fcntl(ends[1], F_GETFL), O_WRONLY | O_NONBLOCK);
    struct resources all = {.count = 4, .flags = SPARSE};
    CHECK_OK(reg(&r, FILES2, &all, sizeof all));
    next(&r, PIPE, 0, ends, 0, 0, 2)->file_index = 2;
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_CQE(&r, 2, 0);
    CHECK_EQ(ends[0], 1);
    CHECK_EQ(ends[1], 2);
    next(&r, IORING_OP_WRITE, 2, "z", 1, 0, 3)->flags = IOSQE_FIXED_FILE | IOSQE_IO_LINK;
    read_fixed_file(&r, 1, &byte, 1, 4);
    CHECK_EQ(submit(&r, 2), 2);
    CHECK_CQE(&r, 3, 1);
    CHECK_CQE(&r, 4, 1);
    CHECK_EQ(byte, 'z');
    next(&r, PIPE, 0, ends, 0, 0, 5)->file_index = IORING_FILE_INDEX_ALLOC;
    next(&r, PIPE, 0, ends, 0, 0, 6)->rw_flags = O_APPEND; /* ends the submission */
    CHECK_EQ(submit(&r, 2), 2);
    CHECK_CQE(&r, 5, 0);
    CHECK_CQE(&r, 6, -EINVAL);
    next(&r, PIPE, 1, ends, 0, 0, 7);
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_CQE(&r, 7, -EINVAL);
    CHECK_EQ(ends[0], 3);
    CHECK_EQ(ends[1], 0);
    struct io_uring_sqe *sqe = next(&r, PIPE, 0, ends, 0, 0, 8);
    sqe->file_index = 1;
    sqe->rw_flags = O_CLOEXEC;
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_CQE(&r, 8, -EINVAL);
    next(&r, PIPE, 0, ends, 0, 0, 9)->file_index = IORING_FILE_INDEX_ALLOC;
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_CQE(&r, 9, -ENFILE);
}

TEST(freeSlots_areLookedForInARange) {
    struct ring r;
    open_ring(&r, 8, 0);
    struct resources all = {.count = 8, .flags = SPARSE};
    struct {
        uint32_t start, length;
        uint64_t reserved;
    } range = {2, 3, 0};
    CHECK_ERR(reg(&r, ALLOC_RANGE, &range, 0), EINVAL);
    CHECK_OK(reg(&r, FILES2, &all, sizeof all));
    CHECK_ERR(reg(&r, ALLOC_RANGE, &range, 1), EINVAL);
    CHECK_ERR(reg(&r, ALLOC_RANGE, NULL, 0), EINVAL);
    CHECK_OK(reg(&r, ALLOC_RANGE, &range, 0));
    for (int i = 0; i < 4; i++) {
        next(&r, IORING_OP_OPENAT, AT_FDCWD, "/dev/null", 0, 0, i)->file_index = IORING_FILE_INDEX_ALLOC;
        CHECK_EQ(submit(&r, 1), 1);
        CHECK_CQE(&r, i, i == 3 ? -ENFILE : 2 + i);
    }
    next(&r, IORING_OP_CLOSE, 0, NULL, 0, 0, 9)->file_index = 4;
    next(&r, IORING_OP_OPENAT, AT_FDCWD, "/dev/null", 0, 0, 10)->file_index = IORING_FILE_INDEX_ALLOC;
    CHECK_EQ(submit(&r, 2), 2);
    CHECK_CQE(&r, 9, 0);
    CHECK_CQE(&r, 10, 3);
    next(&r, TRUNCATE, 3, "unused", 0, 4, 11)->flags = IOSQE_FIXED_FILE;
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_CQE(&r, 11, -EINVAL);
    range.length = 7;
    CHECK_ERR(reg(&r, ALLOC_RANGE, &range, 0), EINVAL);
    range.length = -1;
    CHECK_ERR(reg(&r, ALLOC_RANGE, &range, 0), EOVERFLOW);
    CHECK_OK(reg(&r, IORING_UNREGISTER_FILES, NULL, 0));
    next(&r, IORING_OP_OPENAT, AT_FDCWD, "/dev/null", 0, 0, 12)->file_index = IORING_FILE_INDEX_ALLOC;
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_CQE(&r, 12, -ENFILE);
}

TEST(restrictedRing_doesNoMore) {
    struct ring r;
    open_ring(&r, 8, 0);
    struct io_uring_restriction rules[4];
    memset(rules, 0, sizeof rules);
    CHECK_ERR(reg(&r, RESTRICTIONS, rules, 1), EBADFD);
    close(r.fd);
    open_ring(&r, 8, IORING_SETUP_R_DISABLED);
    rules[0] = (struct io_uring_restriction){.opcode = IORING_RESTRICTION_SQE_OP, .sqe_op = IORING_OP_NOP};
    rules[1] = (struct io_uring_restriction){.opcode = IORING_RESTRICTION_REGISTER_OP, .register_op = IORING_REGISTER_PROBE};
    rules[2] = (struct io_uring_restriction){.opcode = IORING_RESTRICTION_SQE_FLAGS_ALLOWED, .sqe_flags = IOSQE_ASYNC};
    rules[3] = (struct io_uring_restriction){.opcode = 9};
    CHECK_ERR(reg(&r, RESTRICTIONS, rules, 4), EINVAL);
    rules[3] = (struct io_uring_restriction){.opcode = IORING_RESTRICTION_SQE_OP, .sqe_op = 200};
    CHECK_ERR(reg(&r, RESTRICTIONS, rules, 4), EINVAL);
    rules[3] = (struct io_uring_restriction){.opcode = IORING_RESTRICTION_SQE_FLAGS_REQUIRED, .sqe_flags = IOSQE_IO_LINK};
    CHECK_ERR(reg(&r, RESTRICTIONS, NULL, 4), EINVAL);
    CHECK_OK(reg(&r, RESTRICTIONS, rules, 4));
    CHECK_ERR(reg(&r, RESTRICTIONS, rules, 4), EBUSY);
    int fd = 0;
    CHECK_OK(reg(&r, IORING_REGISTER_FILES, &fd, 1)); /* they count from enabling on */
    CHECK_OK(reg(&r, ENABLE, NULL, 0));
    CHECK_ERR(reg(&r, IORING_UNREGISTER_FILES, NULL, 0), EACCES);
    CHECK_ERR(reg(&r, ENABLE, NULL, 0), EACCES);
    CHECK(has_operation(&r, IORING_OP_NOP));
    next(&r, IORING_OP_NOP, 0, NULL, 0, 0, 1);
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_CQE(&r, 1, -EACCES);
    next(&r, IORING_OP_NOP, 0, NULL, 0, 0, 2)->flags = IOSQE_IO_LINK;
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_CQE(&r, 2, 0);
    next(&r, IORING_OP_NOP, 0, NULL, 0, 0, 3)->flags = IOSQE_IO_LINK | IOSQE_ASYNC;
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_CQE(&r, 3, 0);
    next(&r, IORING_OP_NOP, 0, NULL, 0, 0, 4)->flags = IOSQE_IO_LINK | IOSQE_IO_DRAIN;
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_CQE(&r, 4, -EACCES);
    next(&r, IORING_OP_READ, 0, NULL, 0, 0, 5)->flags = IOSQE_IO_LINK;
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_CQE(&r, 5, -EACCES);
}

TEST(clockAndWorkers) {
    struct ring r;
    open_ring(&r, 8, 0);
    uint32_t clock[4] = {CLOCK_BOOTTIME, 0, 0, 0};
    if (reg(&r, CLOCK, clock, 0) < 0) SKIP("not in this kernel");
    CHECK_ERR(reg(&r, CLOCK, clock, 1), EINVAL);
    clock[0] = CLOCK_REALTIME;
    CHECK_ERR(reg(&r, CLOCK, clock, 0), EINVAL);
    clock[0] = CLOCK_MONOTONIC;
    clock[3] = 1;
    CHECK_ERR(reg(&r, CLOCK, clock, 0), EINVAL);
    uint32_t workers[2] = {3, 4};
    CHECK_ERR(reg(&r, MAX_WORKERS, workers, 1), EINVAL);
    CHECK_ERR(reg(&r, MAX_WORKERS, NULL, 2), EINVAL);
    CHECK_OK(reg(&r, MAX_WORKERS, workers, 2));
    CHECK(workers[0] > 0 && workers[1] > 0);
    workers[0] = 0;
    workers[1] = 0;
    CHECK_OK(reg(&r, MAX_WORKERS, workers, 2));
    CHECK_EQ(workers[0], 3);
    CHECK_EQ(workers[1], 4);
}

TEST(buffersOfAnotherRing_areTakenOver) {
    struct ring from, to;
    open_ring(&from, 8, 0);
    open_ring(&to, 8, 0);
    struct {
        uint32_t source, flags, source_offset, offset, count, padding[3];
    } clone = {.source = from.fd};
    char *memory = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (reg(&to, CLONE, &clone, 1) < 0 && errno == EINVAL) SKIP("not in this kernel");
    CHECK_ERR(reg(&to, CLONE, &clone, 1), ENXIO);
    struct iovec vectors[2] = {{memory, 4096}, {memory + 4096, 4096}};
    CHECK_OK(reg(&from, IORING_REGISTER_BUFFERS, vectors, 2));
    clone.padding[0] = 1;
    CHECK_ERR(reg(&to, CLONE, &clone, 1), EINVAL);
    clone.padding[0] = 0;
    clone.offset = 1;
    CHECK_ERR(reg(&to, CLONE, &clone, 1), EINVAL);
    clone.count = 1;
    clone.source_offset = 2;
    CHECK_ERR(reg(&to, CLONE, &clone, 1), EOVERFLOW);
    clone.source_offset = 1;
    CHECK_OK(reg(&to, CLONE, &clone, 1));
    CHECK_ERR(reg(&to, CLONE, &clone, 1), EBUSY);
    close(from.fd);
    int fd = open("file", O_RDWR | O_CREAT, 0600);
    next(&to, IORING_OP_WRITE_FIXED, fd, memory + 4096, 10, 0, 1)->buf_index = 1;
    CHECK_EQ(submit(&to, 1), 1);
    CHECK_CQE(&to, 1, 10);
    next(&to, IORING_OP_WRITE_FIXED, fd, memory + 4096, 10, 0, 2)->buf_index = 0;
    CHECK_EQ(submit(&to, 1), 1);
    CHECK_CQE(&to, 2, -EFAULT);
}

TEST(bufferRing_tellsHowFarItIs) {
    struct ring r;
    open_ring(&r, 8, 0);
    int ends[2];
    make_pipe(ends);
    struct io_uring_buf *entries = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct io_uring_buf_reg buffers = {.ring_addr = (uintptr_t)entries, .ring_entries = 4, .bgid = 3};
    struct {
        uint32_t group, head, reserved[8];
    } status = {.group = 3};
    CHECK_ERR(reg(&r, BUFFER_STATUS, &status, 1), ENOENT);
    CHECK_OK(reg(&r, IORING_REGISTER_PBUF_RING, &buffers, 1));
    char memory[16];
    entries[0] = (struct io_uring_buf){.addr = (uintptr_t)memory, .len = 16, .bid = 5, .resv = 1};
    CHECK_OK(reg(&r, BUFFER_STATUS, &status, 1));
    CHECK_EQ(status.head, 0);
    struct io_uring_sqe *sqe = next(&r, IORING_OP_READ, ends[0], NULL, 16, 0, 1);
    sqe->flags = IOSQE_BUFFER_SELECT;
    sqe->buf_group = 3;
    CHECK_EQ(submit(&r, 0), 1);
    CHECK_OK(reg(&r, BUFFER_STATUS, &status, 1));
    CHECK_EQ(status.head, 0); /* nothing has come yet */
    REQUIRE(write(ends[1], "a", 1) == 1);
    CHECK_CQE(&r, 1, 1);
    CHECK_OK(reg(&r, BUFFER_STATUS, &status, 1));
    CHECK_EQ(status.head, 1);
    status.reserved[7] = 1;
    CHECK_ERR(reg(&r, BUFFER_STATUS, &status, 1), EINVAL);
}

TEST(filesAndFlags_goToAnotherRing) {
    struct ring from, to;
    open_ring(&from, 8, 0);
    open_ring(&to, 8, 0);
    int fd = open("/dev/null", O_RDWR);
    struct resources all = {.count = 4, .flags = SPARSE};
    CHECK_OK(reg(&from, IORING_REGISTER_FILES, &fd, 1));
    struct io_uring_sqe *sqe = next(&from, IORING_OP_MSG_RING, to.fd, (void *)IORING_MSG_SEND_FD, 0, 77, 1);
    sqe->file_index = 3;
    CHECK_EQ(submit(&from, 1), 1);
    CHECK_CQE(&from, 1, -ENXIO);
    CHECK_OK(reg(&to, FILES2, &all, sizeof all));
    sqe = next(&from, IORING_OP_MSG_RING, to.fd, (void *)IORING_MSG_SEND_FD, 0, 77, 2);
    sqe->file_index = 3;
    CHECK_EQ(submit(&from, 1), 1);
    CHECK_CQE(&from, 2, 0);
    CHECK_CQE(&to, 77, 0);
    next(&to, IORING_OP_WRITE, 2, "x", 1, 0, 3)->flags = IOSQE_FIXED_FILE;
    CHECK_EQ(submit(&to, 1), 1);
    CHECK_CQE(&to, 3, 1);
    sqe = next(&from, IORING_OP_MSG_RING, to.fd, (void *)IORING_MSG_SEND_FD, 0, 78, 4);
    sqe->file_index = IORING_FILE_INDEX_ALLOC;
    CHECK_EQ(submit(&from, 1), 1);
    int slot = take(&to).res;
    CHECK_CQE(&from, 4, slot);
    CHECK(slot >= 0 && slot < 4 && slot != 2);
    sqe = next(&from, IORING_OP_MSG_RING, to.fd, (void *)IORING_MSG_SEND_FD, 0, 79, 5);
    sqe->addr3 = 1;
    CHECK_EQ(submit(&from, 1), 1);
    CHECK_CQE(&from, 5, -EBADF);
    next(&from, IORING_OP_MSG_RING, from.fd, (void *)IORING_MSG_SEND_FD, 0, 79, 6);
    CHECK_EQ(submit(&from, 1), 1);
    CHECK_CQE(&from, 6, -EINVAL);
    sqe = next(&from, IORING_OP_MSG_RING, to.fd, IORING_MSG_DATA, 5, 80, 7);
    sqe->msg_ring_flags = 2; /* IORING_MSG_RING_FLAGS_PASS */
    sqe->file_index = 0x55;
    CHECK_EQ(submit(&from, 1), 1);
    CHECK_CQE(&from, 7, 0);
    CHECK_EQ(CHECK_CQE(&to, 80, 5).flags, 0x55);
    /* a ring may tell itself something */
    next(&from, IORING_OP_MSG_RING, from.fd, IORING_MSG_DATA, 6, 81, 8);
    CHECK_EQ(submit(&from, 2), 1);
    uint64_t sum = take(&from).user_data;
    CHECK_EQ(sum + take(&from).user_data, 89);
    sqe = next(&from, IORING_OP_MSG_RING, to.fd, IORING_MSG_DATA, 5, 80, 9);
    sqe->file_index = 1;
    CHECK_EQ(submit(&from, 1), 1);
    CHECK_CQE(&from, 9, -EINVAL);
}

TEST(messages_withoutARingOfOnesOwn) {
    struct ring to;
    open_ring(&to, 8, 0);
    struct io_uring_sqe sqe = {.opcode = IORING_OP_MSG_RING, .fd = to.fd, .len = 3, .off = 99, .addr = IORING_MSG_DATA};
    int send = 31; /* IORING_REGISTER_SEND_MSG_RING */
    if (syscall(SYS_io_uring_register, -1, send, &sqe, 1) < 0 && errno == EINVAL) SKIP("not in this kernel");
    CHECK_CQE(&to, 99, 3);
    CHECK_ERR(syscall(SYS_io_uring_register, -1, send, &sqe, 2), EINVAL);
    CHECK_ERR(syscall(SYS_io_uring_register, -1, send, NULL, 1), EINVAL);
    CHECK_ERR(syscall(SYS_io_uring_register, -1, send, (void *)8, 1), EFAULT);
    CHECK_ERR(syscall(SYS_io_uring_register, -1, IORING_REGISTER_PROBE, &sqe, 1), EINVAL);
    CHECK_ERR(syscall(SYS_io_uring_register, 999, 9999, NULL, 0), EINVAL);
    CHECK_ERR(syscall(SYS_io_uring_register, 999, IORING_REGISTER_PROBE, NULL, 0), EBADF);
    sqe.addr = 1; /* IORING_MSG_SEND_FD */
    CHECK_ERR(syscall(SYS_io_uring_register, -1, send, &sqe, 1), EINVAL);
    sqe.addr = IORING_MSG_DATA;
    sqe.flags = IOSQE_ASYNC;
    CHECK_ERR(syscall(SYS_io_uring_register, -1, send, &sqe, 1), EINVAL);
    sqe.flags = 0;
    sqe.fd = open("/dev/null", O_RDONLY);
    CHECK_ERR(syscall(SYS_io_uring_register, -1, send, &sqe, 1), EBADFD);
    sqe.fd = 999;
    CHECK_ERR(syscall(SYS_io_uring_register, -1, send, &sqe, 1), EBADF);
    CHECK(is_empty(&to));
}
