/* io_setup(2), io_submit(2), io_getevents(2), io_pgetevents(2), io_cancel(2), io_destroy(2), without libaio. */
#include "check.h"

#include <linux/aio_abi.h>
#include <poll.h>
#include <sys/eventfd.h>

static int io_setup(unsigned count, aio_context_t *context) {
    return syscall(SYS_io_setup, count, context);
}
static int io_destroy(aio_context_t context) {
    return syscall(SYS_io_destroy, context);
}
static long io_submit(aio_context_t context, long count, struct iocb **blocks) {
    return syscall(SYS_io_submit, context, count, blocks);
}
static long io_getevents(aio_context_t context, long least, long most, struct io_event *events, struct timespec *timeout) {
    return syscall(SYS_io_getevents, context, least, most, events, timeout);
}
static int io_cancel(aio_context_t context, struct iocb *block, struct io_event *result) {
    return syscall(SYS_io_cancel, context, block, result);
}

struct ring {
    unsigned id, nr, head, tail, magic, compat, incompat, header;
    struct io_event events[];
};

static struct timespec none = {0, 0}, soon = {0, 20000000}, late = {20, 0};

static aio_context_t make(unsigned count) {
    aio_context_t context = 0;
    REQUIRE_OK(io_setup(count, &context));
    return context;
}

static struct iocb block(int fd, int operation, const void *data, size_t size, long offset) {
    return (struct iocb){.aio_fildes = fd, .aio_lio_opcode = operation, .aio_buf = (uintptr_t)data, .aio_nbytes = size,
            .aio_offset = offset, .aio_data = 4711};
}

static long submit(aio_context_t context, struct iocb *one) {
    return io_submit(context, 1, &one);
}

/* Submits one request and gives its result. */
static long result(aio_context_t context, struct iocb one) {
    struct io_event event = {0};
    if (submit(context, &one) != 1) return -1000 - errno;
    CHECK_EQ(io_getevents(context, 1, 1, &event, &late), 1);
    CHECK_EQ(event.data, 4711);
    CHECK_EQ(event.obj, (uintptr_t)&one);
    CHECK_EQ(event.res2, 0);
    return event.res;
}

TEST(setup_makesAndDestroyEnds) {
    aio_context_t context = 0, other = 1;
    CHECK_ERR(io_setup(0, &context), EINVAL);
    CHECK_ERR(io_setup(1, &other), EINVAL);
    CHECK_ERR(io_setup(1, NULL), EFAULT);
    CHECK_ERR(io_setup(0x7fffffff, &context), EINVAL);
    CHECK_ERR(io_setup(4000000, &context), EAGAIN);
    CHECK_OK(io_setup(10, &context));
    struct ring *ring = (void *)context;
    CHECK_EQ(ring->magic, 0xa10a10a1);
    CHECK_EQ(ring->compat, 1);
    CHECK_EQ(ring->incompat, 0);
    CHECK_EQ(ring->header, sizeof *ring);
    CHECK(ring->nr >= 22);
    CHECK_EQ((ring->nr * sizeof(struct io_event) + sizeof *ring) % 4096, 0);
    CHECK(strstr(text_of("/proc/self/maps"), "/[aio] (deleted)\n"));
    CHECK(atol(text_of("/proc/sys/fs/aio-nr")) >= 10);
    CHECK(atol(text_of("/proc/sys/fs/aio-max-nr")) >= 10);
    other = make(1);
    CHECK(other != context);
    CHECK_OK(io_destroy(context));
    CHECK_ERR(io_destroy(context), EINVAL);
    CHECK_ERR(io_destroy(0), EINVAL);
    CHECK_OK(io_destroy(other));
    CHECK(!strstr(text_of("/proc/self/maps"), "[aio]"));
}

TEST(transfers_areDone) {
    aio_context_t context = make(4);
    char back[32] = "", more[8] = "";
    int fd = make_file("f", "");
    CHECK_EQ(result(context, block(fd, IOCB_CMD_PWRITE, "hello world", 11, 0)), 11);
    CHECK_EQ(result(context, block(fd, IOCB_CMD_PREAD, back, sizeof back, 6)), 5);
    CHECK_STR(back, "world");
    CHECK_EQ(result(context, block(fd, IOCB_CMD_PREAD, back, sizeof back, 60)), 0);
    struct iovec out[] = {{"AB", 2}, {"CD", 2}}, in[] = {{back, 3}, {more, 3}};
    CHECK_EQ(result(context, block(fd, IOCB_CMD_PWRITEV, out, 2, 3)), 4);
    CHECK_EQ(result(context, block(fd, IOCB_CMD_PREADV, in, 2, 3)), 6);
    CHECK(memcmp(back, "ABC", 3) == 0);
    CHECK(memcmp(more, "Dwo", 3) == 0 || memcmp(more, "Dor", 3) == 0);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 0);
    CHECK_EQ(result(context, block(fd, IOCB_CMD_FSYNC, NULL, 0, 0)), 0);
    CHECK_EQ(result(context, block(fd, IOCB_CMD_FDSYNC, NULL, 0, 0)), 0);
    int ends[2];
    CHECK_OK(pipe(ends));
    CHECK_EQ(result(context, block(ends[1], IOCB_CMD_PWRITE, "pipe", 4, 77)), 4);
    CHECK_EQ(result(context, block(ends[0], IOCB_CMD_PREAD, back, sizeof back, 0)), 4);
    CHECK(memcmp(back, "pipe", 4) == 0);
    fd = CHECK_OK(open("f", O_WRONLY | O_APPEND));
    CHECK_EQ(result(context, block(fd, IOCB_CMD_PWRITE, "!", 1, 0)), 1);
    CHECK_STR(text_of("f"), "helABCDorld!");
    CHECK_OK(io_destroy(context));
}

TEST(submit_ofSeveral_givesEventsInOrder) {
    aio_context_t context = make(8);
    int fd = make_file("f", "0123456789");
    char back[4][2] = {"", "", "", ""};
    struct iocb blocks[4], *list[4];
    struct io_event events[8];
    for (int i = 0; i < 4; i++) {
        blocks[i] = block(fd, IOCB_CMD_PREAD, back[i], 1, i);
        blocks[i].aio_data = i;
        list[i] = &blocks[i];
    }
    CHECK_EQ(io_submit(context, 4, list), 4);
    CHECK_EQ(io_getevents(context, 1, 1, events, NULL), 1);
    CHECK_EQ(events[0].data, 0);
    CHECK_EQ(io_getevents(context, 3, 8, events, NULL), 3);
    for (int i = 0; i < 3; i++) CHECK_EQ(events[i].data, i + 1);
    CHECK_STR(back[3], "3");
    CHECK_EQ(io_getevents(context, 0, 8, events, NULL), 0);
    CHECK_EQ(io_getevents(context, 1, 8, events, &none), 0);
    CHECK_EQ(io_getevents(context, 1, 8, events, &soon), 0);
    /* What is wrong half way ends the list. */
    blocks[2].aio_fildes = -1;
    CHECK_EQ(io_submit(context, 4, list), 2);
    CHECK_EQ(io_getevents(context, 2, 8, events, NULL), 2);
    CHECK_EQ(io_submit(context, 0, list), 0);
    CHECK_ERR(io_submit(context, -1, list), EINVAL);
    CHECK_ERR(io_submit(context, 1, NULL), EFAULT);
    list[0] = NULL;
    CHECK_ERR(io_submit(context, 1, list), EFAULT);
    CHECK_ERR(io_submit(0, 1, list), EINVAL);
    CHECK_ERR(io_getevents(0, 0, 1, events, NULL), EINVAL);
    CHECK_ERR(io_getevents(context, 2, 1, events, NULL), EINVAL);
    CHECK_ERR(io_getevents(context, -1, 1, events, NULL), EINVAL);
    CHECK_ERR(io_getevents(context, 1, 1, events, (void *)8), EFAULT);
}

TEST(submit_ofBadRequests_fails) {
    aio_context_t context = make(4);
    int fd = make_file("f", "text"), reader = CHECK_OK(open("f", O_RDONLY)), directory = CHECK_OK(open(".", O_RDONLY));
    char back[8];
    struct iocb one = block(99, IOCB_CMD_PREAD, back, 4, 0);
    CHECK_ERR(submit(context, &one), EBADF);
    one = block(reader, IOCB_CMD_PWRITE, back, 4, 0);
    CHECK_ERR(submit(context, &one), EBADF);
    one = block(fd, 17, back, 4, 0);
    CHECK_ERR(submit(context, &one), EINVAL);
    one = block(fd, IOCB_CMD_NOOP, back, 4, 0);
    CHECK_ERR(submit(context, &one), EINVAL);
    one = block(fd, IOCB_CMD_PREAD, back, 4, -5);
    CHECK_ERR(submit(context, &one), EINVAL);
    one = block(fd, IOCB_CMD_PREAD, back, -5, 0);
    CHECK_ERR(submit(context, &one), EINVAL);
    one = block(fd, IOCB_CMD_PREAD, back, 4, 0);
    one.aio_reserved2 = 1;
    CHECK_ERR(submit(context, &one), EINVAL);
    one = block(directory, IOCB_CMD_PREAD, back, 4, 0);
    CHECK_ERR(submit(context, &one), EINVAL);
    one = block(fd, IOCB_CMD_PREADV, NULL, 1, 0);
    CHECK_ERR(submit(context, &one), EFAULT);
    one = block(fd, IOCB_CMD_PREADV, &one, 2000, 0);
    CHECK_ERR(submit(context, &one), EINVAL);
    one = block(fd, IOCB_CMD_FSYNC, back, 0, 0);
    CHECK_ERR(submit(context, &one), EINVAL);
    int ends[2];
    CHECK_OK(pipe(ends));
    one = block(ends[1], IOCB_CMD_FSYNC, NULL, 0, 0);
    CHECK_ERR(submit(context, &one), EINVAL);
    one = block(fd, IOCB_CMD_PREAD, back, 4, 0);
    one.aio_flags = IOCB_FLAG_RESFD;
    one.aio_resfd = fd;
    CHECK_ERR(submit(context, &one), EINVAL);
    one.aio_resfd = 99;
    CHECK_ERR(submit(context, &one), EBADF);
    one = block(fd, IOCB_CMD_PREAD, back, 4, 0);
    one.aio_rw_flags = 1 << 20;
    CHECK_ERR(submit(context, &one), EOPNOTSUPP);
    /* A transfer that fails is an event. */
    CHECK_EQ(result(context, block(fd, IOCB_CMD_PREAD, (void *)4096, 4, 0)), -EFAULT);
    CHECK_EQ(result(context, block(fd, IOCB_CMD_PREAD, back, 4, 0)), 4);
}

TEST(rwFlags_count) {
    aio_context_t context = make(4);
    int fd = make_file("f", "text");
    struct iocb one = block(fd, IOCB_CMD_PWRITE, "!", 1, 0);
    one.aio_rw_flags = RWF_APPEND;
    CHECK_EQ(result(context, one), 1);
    CHECK_STR(text_of("f"), "text!");
    one.aio_rw_flags = RWF_DSYNC;
    CHECK_EQ(result(context, one), 1);
    CHECK_STR(text_of("f"), "!ext!");
}

/* linux/ioprio.h: the class above thirteen bits. */
TEST(priorities_areChecked) {
    static const struct {
        int priority, error;
    } cases[] = {{2 << 13 | 4, 0}, {3 << 13, 0}, {0, 0}, {3, EINVAL}, {5 << 13, EINVAL}};
    char byte = 'x';
    aio_context_t context = make(2);
    int fd = REQUIRE_OK(memfd_create("aio", 0));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct iocb one = block(fd, IOCB_CMD_PWRITE, &byte, 1, 0);
        one.aio_flags = IOCB_FLAG_IOPRIO;
        one.aio_reqprio = cases[i].priority;
        if (cases[i].error)
            CHECK_ERR(submit(context, &one), cases[i].error);
        else
            CHECK_EQ(result(context, one), 1);
    }
    CHECK_OK(io_destroy(context));
}

TEST(eventfd_isToldOfEvents) {
    aio_context_t context = make(4);
    int fd = make_file("f", "text"), event = CHECK_OK(eventfd(0, EFD_NONBLOCK));
    char back[8];
    uint64_t count = 0;
    struct iocb one = block(fd, IOCB_CMD_PREAD, back, 4, 0);
    struct io_event events[4];
    one.aio_flags = IOCB_FLAG_RESFD;
    one.aio_resfd = event;
    CHECK_EQ(submit(context, &one), 1);
    CHECK_EQ(submit(context, &one), 1);
    struct pollfd wait = {event, POLLIN, 0};
    CHECK_EQ(poll(&wait, 1, 10000), 1);
    CHECK_EQ(read(event, &count, sizeof count), 8);
    CHECK_EQ(count, 2);
    CHECK_EQ(io_getevents(context, 2, 4, events, NULL), 2);
}

TEST(moreEventsThanAreCounted_areAnError) {
    aio_context_t context = make(4);
    int fd = make_file("f", "text"), event = CHECK_OK(eventfd(0, EFD_NONBLOCK));
    char back[8];
    uint64_t count = UINT64_MAX - 1;
    struct iocb one = block(fd, IOCB_CMD_PREAD, back, 4, 0);
    struct io_event events[4];
    one.aio_flags = IOCB_FLAG_RESFD;
    one.aio_resfd = event;
    CHECK_EQ(write(event, &count, sizeof count), 8);
    struct pollfd wait = {event, POLLIN | POLLOUT, 0};
    CHECK_EQ(poll(&wait, 1, 0), 1);
    CHECK_EQ(wait.revents, POLLIN);
    CHECK_EQ(submit(context, &one), 1);
    CHECK_EQ(submit(context, &one), 1);
    CHECK_EQ(io_getevents(context, 2, 4, events, NULL), 2);
    CHECK_EQ(poll(&wait, 1, 10000), 1);
    CHECK_EQ(wait.revents, POLLIN | POLLERR);
    CHECK_EQ(read(event, &count, sizeof count), 8);
    CHECK_EQ(count, UINT64_MAX);
    CHECK_EQ(poll(&wait, 1, 0), 1);
    CHECK_EQ(wait.revents, POLLOUT);
}

TEST(poll_endsWhenItIsSo) {
    aio_context_t context = make(4);
    int ends[2], event = CHECK_OK(eventfd(0, 0));
    CHECK_OK(pipe(ends));
    CHECK_EQ(result(context, block(ends[1], IOCB_CMD_POLL, (void *)POLLOUT, 0, 0)), POLLOUT);
    struct iocb one = block(ends[0], IOCB_CMD_POLL, (void *)POLLIN, 0, 0);
    struct io_event got = {0};
    one.aio_flags = IOCB_FLAG_RESFD;
    one.aio_resfd = event;
    CHECK_EQ(submit(context, &one), 1);
    CHECK_EQ(io_getevents(context, 1, 1, &got, &soon), 0);
    pid_t writer = START_CHILD(sleep_ms(20); write(ends[1], "x", 1));
    CHECK_EQ(io_getevents(context, 1, 1, &got, &late), 1);
    CHECK_EQ(got.res & ~POLLRDNORM, POLLIN);
    CHECK_EQ(got.obj, (uintptr_t)&one);
    uint64_t count = 0;
    CHECK_EQ(read(event, &count, sizeof count), 8);
    CHECK_EQ(count, 1);
    CHECK_EQ(wait_for(writer), 0);
    one = block(ends[0], IOCB_CMD_POLL, (void *)POLLIN, 1, 0);
    CHECK_ERR(submit(context, &one), EINVAL);
    one = block(ends[0], IOCB_CMD_POLL, (void *)0x10001, 0, 0);
    CHECK_ERR(submit(context, &one), EINVAL);
    /* The other end is closed. */
    one = block(ends[0], IOCB_CMD_POLL, (void *)POLLPRI, 0, 0);
    CHECK_EQ(submit(context, &one), 1);
    CHECK_OK(close(ends[1]));
    CHECK_EQ(io_getevents(context, 1, 1, &got, &late), 1);
    CHECK_EQ(got.res, POLLHUP);
}

TEST(cancel_endsAPoll) {
    aio_context_t context = make(4);
    int ends[2];
    CHECK_OK(pipe(ends));
    struct iocb one = block(ends[0], IOCB_CMD_POLL, (void *)POLLIN, 0, 0), other = one;
    struct io_event got = {0};
    CHECK_EQ(submit(context, &one), 1);
    CHECK_ERR(io_cancel(context, &other, &got), EINVAL);
    CHECK_ERR(io_cancel(0, &one, &got), EINVAL);
    CHECK_ERR(io_cancel(context, NULL, &got), EFAULT);
    one.aio_key = 1;
    CHECK_ERR(io_cancel(context, &one, &got), EINVAL);
    one.aio_key = 0;
    CHECK_ERR(io_cancel(context, &one, &got), EINPROGRESS);
    CHECK_EQ(io_getevents(context, 1, 1, &got, &late), 1);
    CHECK_EQ(got.obj, (uintptr_t)&one);
    CHECK_EQ(got.res, 0);
    CHECK_ERR(io_cancel(context, &one, &got), EINVAL);
    /* What still waits ends with the context. */
    CHECK_EQ(submit(context, &one), 1);
    CHECK_OK(io_destroy(context));
}

TEST(ring_isReadByTheProgram) {
    aio_context_t context = make(1);
    struct ring *ring = (void *)context;
    int fd = make_file("f", "text"), count = 0;
    char back[8];
    struct iocb one = block(fd, IOCB_CMD_PREAD, back, 4, 0);
    CHECK_EQ(submit(context, &one), 1);
    CHECK_EQ(submit(context, &one), 1);
    CHECK_EQ((ring->tail - ring->head + ring->nr) % ring->nr, 2);
    CHECK_EQ(ring->events[ring->head].res, 4);
    CHECK_EQ(ring->events[ring->head].obj, (uintptr_t)&one);
    ring->head = (ring->head + 1) % ring->nr;
    struct io_event got[4];
    CHECK_EQ(io_getevents(context, 0, 4, got, &none), 1);
    CHECK_EQ(ring->head, ring->tail);
    /* One slot stays empty. */
    while (count < 100000 && submit(context, &one) == 1) count++;
    CHECK_EQ(errno, EAGAIN);
    CHECK(count > 1 && count < (int)ring->nr);
    ring->head = ring->tail;
    CHECK_EQ(submit(context, &one), 1);
    /* A program may write what it wants there. */
    ring->head = 0xfffffff0;
    ring->tail = 0x80000001;
    ring->nr = 0;
    for (int i = 0; i < 50; i++) submit(context, &one);
    io_getevents(context, 0, 4, got, &none);
    CHECK_OK(io_destroy(context));
}

static void on_signal(int signal) {
    (void)signal;
}

TEST(getevents_isInterrupted) {
    aio_context_t context = make(1);
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGUSR1, &action, NULL);
    struct io_event got;
    pid_t child = START_CHILD({
        aio_context_t own = make(1);
        CHECK_ERR(io_getevents(own, 1, 1, &got, NULL), EINTR);
    });
    CHECK(EVENTUALLY(state_of(child) == 'S'));
    sleep_ms(20);
    CHECK_OK(kill(child, SIGUSR1));
    CHECK_EQ(wait_for(child), 0);
    /* A mask for the time of the wait. */
    sigset_t blocked, open;
    sigemptyset(&open);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    CHECK_OK(sigprocmask(SIG_BLOCK, &blocked, NULL));
    CHECK_OK(kill(getpid(), SIGUSR1));
    struct { const sigset_t *mask; size_t size; } argument = {&open, 8};
    CHECK_ERR(syscall(SYS_io_pgetevents, context, 1, 1, &got, &late, &argument), EINTR);
    CHECK_EQ(syscall(SYS_io_pgetevents, context, 1, 1, &got, &soon, NULL), 0);
    argument.size = 4;
    CHECK_ERR(syscall(SYS_io_pgetevents, context, 1, 1, &got, &soon, &argument), EINVAL);
}

TEST(child_hasNoContexts) {
    aio_context_t context = make(1);
    struct io_event got;
    CHECK_EQ(IN_CHILD({
        CHECK_ERR(io_getevents(context, 0, 1, &got, &none), EINVAL);
        CHECK_ERR(io_destroy(context), EINVAL);
    }), 0);
    CHECK_EQ(io_getevents(context, 0, 1, &got, &none), 0);
}
