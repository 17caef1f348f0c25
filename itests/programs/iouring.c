/* io_uring_setup(2), io_uring_enter(2), io_uring_register(2). */
#include "uring.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>

TEST(setup_fillsParameters) {
    struct io_uring_params p = {0};
    int fd = setup(5, &p);
    if (fd < 0 && (errno == ENOSYS || errno == EPERM)) SKIP("no io_uring here");
    REQUIRE(fd >= 0);
    CHECK_EQ(p.sq_entries, 8);
    CHECK_EQ(p.cq_entries, 16);
    CHECK(p.features & IORING_FEAT_NODROP);
    CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    char name[64] = "", path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    CHECK(readlink(path, name, sizeof name - 1) > 0);
    CHECK_STR(name, "anon_inode:[io_uring]");
    memset(&p, 0, sizeof p);
    p.flags = IORING_SETUP_CQSIZE;
    p.cq_entries = 64;
    CHECK_OK(setup(4, &p));
    CHECK_EQ(p.cq_entries, 64);
    memset(&p, 0, sizeof p);
    CHECK_ERR(setup(0, &p), EINVAL);
    CHECK_ERR(setup(40000, &p), EINVAL);
    p.flags = IORING_SETUP_CLAMP;
    CHECK_OK(setup(40000, &p));
    CHECK_EQ(p.sq_entries, 32768);
    memset(&p, 0, sizeof p);
    p.flags = 1u << 31;
    CHECK_ERR(setup(4, &p), EINVAL);
    memset(&p, 0, sizeof p);
    p.resv[1] = 1;
    CHECK_ERR(setup(4, &p), EINVAL);
    CHECK_ERR(setup(4, NULL), EFAULT);
    CHECK_ERR(enter(0, 0, 0, 0), EOPNOTSUPP);
    CHECK_ERR(enter(1000, 0, 0, 0), EBADF);
    CHECK_ERR(enter(fd, 0, 0, 1u << 31), EINVAL);
}

TEST(nops_complete_inOrder) {
    struct ring r;
    open_ring(&r, 8, 0);
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 8; i++) next(&r, IORING_OP_NOP, -1, NULL, 0, 0, 100 + i);
        CHECK_EQ(submit(&r, 8), 8);
        CHECK_EQ(*r.sq_head, r.tail);
        for (int i = 0; i < 8; i++) CHECK_CQE(&r, 100 + i, 0);
    }
    CHECK(is_empty(&r));
    next(&r, 200, -1, NULL, 0, 0, 7);
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_CQE(&r, 7, -EINVAL);
}

TEST(completions_canBeMappedByThemselves) {
    struct ring r;
    open_ring(&r, 4, 0);
    size_t size = r.p.cq_off.cqes + r.p.cq_entries * sizeof(struct io_uring_cqe);
    char *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, r.fd, IORING_OFF_CQ_RING);
    REQUIRE(at != MAP_FAILED);
    next(&r, IORING_OP_NOP, -1, NULL, 0, 0, 77);
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_EQ(*(unsigned *)(at + r.p.cq_off.tail), 1);
    CHECK_EQ(((struct io_uring_cqe *)(at + r.p.cq_off.cqes))[0].user_data, 77);
}

TEST(filesAreRead_andWritten) {
    struct ring r;
    open_ring(&r, 8, 0);
    int fd = REQUIRE_OK(open("file", O_RDWR | O_CREAT, 0600));
    struct iovec parts[2] = {{"hello ", 6}, {"world", 5}};
    next(&r, IORING_OP_WRITEV, fd, parts, 2, 0, 1);
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_CQE(&r, 1, 11);
    char text[32] = "";
    next(&r, IORING_OP_READ, fd, text, sizeof text, 6, 2);
    submit(&r, 1);
    CHECK_CQE(&r, 2, 5);
    CHECK_STR(text, "world");
    /* the position of the file, which moves */
    memset(text, 0, sizeof text);
    next(&r, IORING_OP_READ, fd, text, 5, -1, 3);
    submit(&r, 1);
    CHECK_CQE(&r, 3, 5);
    CHECK_STR(text, "hello");
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 5);
    next(&r, IORING_OP_FSYNC, fd, NULL, 0, 0, 4);
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_CQE(&r, 4, 0);
    next(&r, IORING_OP_FALLOCATE, fd, (void *)4096L, 0, 0, 5);
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_CQE(&r, 5, 0);
    struct stat st;
    fstat(fd, &st);
    CHECK_EQ(st.st_size, 4096);
    next(&r, IORING_OP_READ, 1000, text, 1, 0, 6);
    next(&r, IORING_OP_READ, fd, (void *)8, 1, 0, 7);
    submit(&r, 2);
    CHECK_CQE(&r, 6, -EBADF);
    CHECK_CQE(&r, 7, -EFAULT);
}

TEST(namesAreMade_andRemoved) {
    struct ring r;
    open_ring(&r, 8, 0);
    next(&r, IORING_OP_MKDIRAT, AT_FDCWD, "dir", 0755, 0, 1);
    submit(&r, 1);
    CHECK_CQE(&r, 1, 0);
    struct io_uring_sqe *sqe = next(&r, IORING_OP_OPENAT, AT_FDCWD, "dir/file", 0644, 0, 2);
    sqe->open_flags = O_CREAT | O_RDWR;
    submit(&r, 1);
    int fd = take(&r).res;
    REQUIRE(fd >= 0);
    next(&r, IORING_OP_SYMLINKAT, AT_FDCWD, "file", 0, (uintptr_t) "dir/link", 3);
    next(&r, IORING_OP_RENAMEAT, AT_FDCWD, "dir/file", AT_FDCWD, (uintptr_t) "dir/other", 4);
    next(&r, IORING_OP_LINKAT, AT_FDCWD, "dir/other", AT_FDCWD, (uintptr_t) "dir/third", 5);
    CHECK_EQ(submit(&r, 3), 3);
    CHECK_CQE(&r, 3, 0);
    CHECK_CQE(&r, 4, 0);
    CHECK_CQE(&r, 5, 0);
    char target[16] = "";
    CHECK_EQ(readlink("dir/link", target, 15), 4);
    struct statx stx = {0};
    next(&r, IORING_OP_STATX, AT_FDCWD, "dir/third", STATX_ALL, (uintptr_t)&stx, 6);
    submit(&r, 1);
    CHECK_CQE(&r, 6, 0);
    CHECK_EQ(stx.stx_nlink, 2);
    next(&r, IORING_OP_CLOSE, fd, NULL, 0, 0, 7);
    submit(&r, 1);
    CHECK_CQE(&r, 7, 0);
    CHECK_ERR(fcntl(fd, F_GETFD), EBADF);
    next(&r, IORING_OP_CLOSE, fd, NULL, 0, 0, 8);
    next(&r, IORING_OP_UNLINKAT, AT_FDCWD, "dir/third", 0, 0, 9);
    next(&r, IORING_OP_UNLINKAT, AT_FDCWD, "dir/third", 0, 0, 10);
    submit(&r, 3);
    CHECK_CQE(&r, 8, -EBADF);
    CHECK_CQE(&r, 9, 0);
    CHECK_CQE(&r, 10, -ENOENT);
}

TEST(read_onEmptyPipe_waits) {
    struct ring r;
    open_ring(&r, 8, 0);
    int fds[2];
    REQUIRE_OK(pipe(fds));
    char text[16] = "";
    next(&r, IORING_OP_READ, fds[0], text, 16, 0, 1);
    CHECK_EQ(submit(&r, 0), 1);
    CHECK(is_empty(&r));
    CHECK_EQ(write(fds[1], "data", 4), 4);
    CHECK_CQE(&r, 1, 4);
    CHECK_STR(text, "data");
    /* the file outlives its descriptor */
    next(&r, IORING_OP_READ, fds[0], text, 16, 0, 2);
    submit(&r, 0);
    close(fds[0]);
    CHECK_EQ(write(fds[1], "more", 4), 4);
    CHECK_CQE(&r, 2, 4);
    int nonblocking[2];
    REQUIRE_OK(pipe2(nonblocking, O_NONBLOCK));
    /* O_NONBLOCK does not keep an operation from waiting */
    next(&r, IORING_OP_READ, nonblocking[0], text, 16, 0, 3);
    submit(&r, 0);
    CHECK(is_empty(&r));
    CHECK_EQ(write(nonblocking[1], "later", 5), 5);
    CHECK_CQE(&r, 3, 5);
}

TEST(largeWrite_toPipe_goesOn) {
    struct ring r;
    open_ring(&r, 8, 0);
    int fds[2];
    REQUIRE_OK(pipe(fds));
    static char data[300000], got[300000];
    for (unsigned i = 0; i < sizeof data; i++) data[i] = i % 251;
    next(&r, IORING_OP_WRITE, fds[1], data, sizeof data, 0, 1);
    submit(&r, 0);
    size_t done = 0;
    while (done < sizeof got) {
        struct pollfd wait = {fds[0], POLLIN, 0};
        if (poll(&wait, 1, 500) == 0) break;
        ssize_t n = read(fds[0], got + done, sizeof got - done);
        if (n <= 0) break;
        done += n;
    }
    struct event cqe = take(&r);
    CHECK_EQ(cqe.res, done);
    CHECK(done > 0 && memcmp(data, got, done) == 0);
}

TEST(poll_once_andMany) {
    struct ring r;
    open_ring(&r, 8, 0);
    int event = REQUIRE_OK(eventfd(0, 0));
    next(&r, IORING_OP_POLL_ADD, event, NULL, 0, 0, 1)->poll32_events = POLLIN;
    submit(&r, 0);
    CHECK(is_empty(&r));
    eventfd_write(event, 1);
    CHECK_CQE(&r, 1, POLLIN);
    next(&r, IORING_OP_POLL_ADD, event, NULL, IORING_POLL_ADD_MULTI, 0, 2)->poll32_events = POLLIN;
    submit(&r, 1);
    struct event cqe = CHECK_CQE(&r, 2, POLLIN);
    CHECK(cqe.flags & IORING_CQE_F_MORE);
    eventfd_write(event, 1);
    cqe = CHECK_CQE(&r, 2, POLLIN);
    CHECK(cqe.flags & IORING_CQE_F_MORE);
    next(&r, IORING_OP_POLL_REMOVE, -1, (void *)2L, 0, 0, 3);
    submit(&r, 2);
    struct event first = take(&r), second = take(&r);
    if (first.user_data == 3) cqe = first, first = second, second = cqe;
    CHECK_EQ(first.user_data, 2);
    CHECK_EQ(first.res, -ECANCELED);
    CHECK(!(first.flags & IORING_CQE_F_MORE));
    CHECK_EQ(second.res, 0);
    next(&r, IORING_OP_POLL_REMOVE, -1, (void *)2L, 0, 0, 4);
    submit(&r, 1);
    CHECK_CQE(&r, 4, -ENOENT);
}

TEST(timeouts_expire_count_andAreRemoved) {
    struct ring r;
    open_ring(&r, 8, 0);
    struct __kernel_timespec soon = {.tv_nsec = 20000000}, late = {.tv_sec = 100};
    struct timespec before, after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    next(&r, IORING_OP_TIMEOUT, -1, &soon, 1, 0, 1);
    submit(&r, 0);
    CHECK_CQE(&r, 1, -ETIME);
    clock_gettime(CLOCK_MONOTONIC, &after);
    CHECK((after.tv_sec - before.tv_sec) * 1000000000L + after.tv_nsec - before.tv_nsec >= 20000000);
    next(&r, IORING_OP_TIMEOUT, -1, &late, 1, 2, 2);
    submit(&r, 0);
    next(&r, IORING_OP_NOP, -1, NULL, 0, 0, 3);
    next(&r, IORING_OP_NOP, -1, NULL, 0, 0, 4);
    submit(&r, 3);
    CHECK_CQE(&r, 3, 0);
    CHECK_CQE(&r, 4, 0);
    CHECK_CQE(&r, 2, 0);
    next(&r, IORING_OP_TIMEOUT, -1, &late, 1, 0, 5);
    submit(&r, 0);
    next(&r, IORING_OP_TIMEOUT_REMOVE, -1, (void *)5L, 0, 0, 6);
    submit(&r, 2);
    struct event a = take(&r), b = take(&r);
    CHECK_EQ(a.user_data + b.user_data, 11);
    CHECK_EQ(a.user_data == 5 ? a.res : b.res, -ECANCELED);
    CHECK_EQ(a.user_data == 6 ? a.res : b.res, 0);
    next(&r, IORING_OP_TIMEOUT_REMOVE, -1, (void *)5L, 0, 0, 7);
    submit(&r, 1);
    CHECK_CQE(&r, 7, -ENOENT);
    next(&r, IORING_OP_TIMEOUT, -1, (void *)8, 1, 0, 8);
    next(&r, IORING_OP_TIMEOUT, -1, &late, 2, 0, 9);
    submit(&r, 1);
    CHECK_CQE(&r, 8, -EFAULT);
}

TEST(expiredTimeout_endsWaitForMore) {
    struct ring r;
    open_ring(&r, 8, 0);
    struct __kernel_timespec soon = {.tv_nsec = 20000000};
    next(&r, IORING_OP_TIMEOUT, -1, &soon, 1, 0, 1);
    submit(&r, 0);
    CHECK_EQ(enter(r.fd, 0, 4, IORING_ENTER_GETEVENTS), 0);
    CHECK_CQE(&r, 1, -ETIME);
}

TEST(links_runInOrder_andBreak) {
    struct ring r;
    open_ring(&r, 16, 0);
    int fds[2];
    REQUIRE_OK(pipe(fds));
    char text[8] = "";
    next(&r, IORING_OP_READ, fds[0], text, 4, 0, 1)->flags = IOSQE_IO_LINK;
    next(&r, IORING_OP_NOP, -1, NULL, 0, 0, 2);
    submit(&r, 0);
    CHECK(is_empty(&r));
    CHECK_EQ(write(fds[1], "link", 4), 4);
    CHECK_CQE(&r, 1, 4);
    CHECK_CQE(&r, 2, 0);
    /* a failure, or less than was asked for, cancels the rest */
    next(&r, IORING_OP_READ, 1000, text, 4, 0, 3)->flags = IOSQE_IO_LINK;
    next(&r, IORING_OP_NOP, -1, NULL, 0, 0, 4)->flags = IOSQE_IO_LINK;
    next(&r, IORING_OP_NOP, -1, NULL, 0, 0, 5);
    submit(&r, 3);
    CHECK_CQE(&r, 3, -EBADF);
    CHECK_CQE(&r, 4, -ECANCELED);
    CHECK_CQE(&r, 5, -ECANCELED);
    CHECK_EQ(write(fds[1], "ab", 2), 2);
    next(&r, IORING_OP_READ, fds[0], text, 4, 0, 7)->flags = IOSQE_IO_LINK;
    next(&r, IORING_OP_NOP, -1, NULL, 0, 0, 8);
    submit(&r, 2);
    CHECK_CQE(&r, 7, 2);
    CHECK_CQE(&r, 8, -ECANCELED);
    next(&r, IORING_OP_READ, 1000, text, 4, 0, 9)->flags = IOSQE_IO_HARDLINK;
    next(&r, IORING_OP_NOP, -1, NULL, 0, 0, 10);
    submit(&r, 2);
    CHECK_CQE(&r, 9, -EBADF);
    CHECK_CQE(&r, 10, 0);
}

TEST(drain_waitsForAllBefore) {
    struct ring r;
    open_ring(&r, 16, 0);
    int fds[2];
    REQUIRE_OK(pipe(fds));
    char byte;
    next(&r, IORING_OP_READ, fds[0], &byte, 1, 0, 1);
    next(&r, IORING_OP_NOP, -1, NULL, 0, 0, 2)->flags = IOSQE_IO_DRAIN;
    next(&r, IORING_OP_NOP, -1, NULL, 0, 0, 3);
    CHECK_EQ(submit(&r, 0), 3);
    CHECK(is_empty(&r));
    CHECK_EQ(write(fds[1], "x", 1), 1);
    CHECK_CQE(&r, 1, 1);
    CHECK_CQE(&r, 2, 0);
    CHECK_CQE(&r, 3, 0);
}

TEST(linkTimeout_limitsWhatIsBefore) {
    struct ring r;
    open_ring(&r, 16, 0);
    int fds[2];
    REQUIRE_OK(pipe(fds));
    struct __kernel_timespec soon = {.tv_nsec = 20000000}, late = {.tv_sec = 100};
    char byte;
    next(&r, IORING_OP_READ, fds[0], &byte, 1, 0, 1)->flags = IOSQE_IO_LINK;
    next(&r, IORING_OP_LINK_TIMEOUT, -1, &soon, 1, 0, 2);
    submit(&r, 2);
    struct event a = take(&r), b = take(&r);
    CHECK_EQ(a.user_data == 1 ? a.res : b.res, -ECANCELED);
    CHECK_EQ(a.user_data == 2 ? a.res : b.res, -ETIME);
    CHECK_EQ(write(fds[1], "x", 1), 1);
    next(&r, IORING_OP_READ, fds[0], &byte, 1, 0, 3)->flags = IOSQE_IO_LINK;
    next(&r, IORING_OP_LINK_TIMEOUT, -1, &late, 1, 0, 4);
    submit(&r, 2);
    a = take(&r), b = take(&r);
    CHECK_EQ(a.user_data == 3 ? a.res : b.res, 1);
    CHECK_EQ(a.user_data == 4 ? a.res : b.res, -ECANCELED);
    next(&r, IORING_OP_LINK_TIMEOUT, -1, &late, 1, 0, 5);
    submit(&r, 1);
    CHECK_CQE(&r, 5, -EINVAL);
}

TEST(cancel_endsWhatWaits) {
    struct ring r;
    open_ring(&r, 16, 0);
    int fds[2];
    REQUIRE_OK(pipe(fds));
    char bytes[4];
    next(&r, IORING_OP_READ, fds[0], bytes, 1, 0, 1);
    submit(&r, 0);
    next(&r, IORING_OP_ASYNC_CANCEL, -1, (void *)1L, 0, 0, 2);
    submit(&r, 2);
    struct event a = take(&r), b = take(&r);
    CHECK_EQ(a.user_data == 1 ? a.res : b.res, -ECANCELED);
    CHECK_EQ(a.user_data == 2 ? a.res : b.res, 0);
    next(&r, IORING_OP_ASYNC_CANCEL, -1, (void *)1L, 0, 0, 3);
    submit(&r, 1);
    CHECK_CQE(&r, 3, -ENOENT);
    for (int i = 0; i < 3; i++) next(&r, IORING_OP_POLL_ADD, fds[0], NULL, 0, 0, 10 + i)->poll32_events = POLLIN;
    submit(&r, 0);
    next(&r, IORING_OP_ASYNC_CANCEL, fds[0], NULL, 0, 0, 20)->cancel_flags = IORING_ASYNC_CANCEL_FD | IORING_ASYNC_CANCEL_ALL;
    submit(&r, 4);
    int cancelled = 0;
    for (int i = 0; i < 4; i++) {
        a = take(&r);
        if (a.user_data == 20) CHECK_EQ(a.res, 3);
        else cancelled += a.res == -ECANCELED;
    }
    CHECK_EQ(cancelled, 3);
    /* closing the ring ends what is left */
    next(&r, IORING_OP_READ, fds[0], bytes, 1, 0, 4);
    submit(&r, 0);
    close(r.fd);
}

TEST(socketsTalk) {
    struct ring r;
    open_ring(&r, 16, 0);
    struct sockaddr_un name = {AF_UNIX, "\0iouring-test"};
    snprintf(name.sun_path + 1, 40, "iouring-%d", getpid());
    next(&r, IORING_OP_SOCKET, AF_UNIX, NULL, 0, SOCK_STREAM, 1);
    submit(&r, 1);
    int listener = take(&r).res;
    REQUIRE(listener >= 0);
    REQUIRE_OK(bind(listener, (struct sockaddr *)&name, sizeof name));
    REQUIRE_OK(listen(listener, 4));
    next(&r, IORING_OP_ACCEPT, listener, NULL, 0, 0, 2);
    submit(&r, 0);
    CHECK(is_empty(&r));
    int client = REQUIRE_OK(socket(AF_UNIX, SOCK_STREAM, 0));
    next(&r, IORING_OP_CONNECT, client, &name, 0, sizeof name, 3);
    submit(&r, 2);
    struct event a = take(&r), b = take(&r);
    int server = a.user_data == 2 ? a.res : b.res;
    CHECK_EQ(a.user_data == 3 ? a.res : b.res, 0);
    REQUIRE(server >= 0);
    char text[16] = "";
    next(&r, IORING_OP_RECV, server, text, sizeof text, 0, 4);
    submit(&r, 0);
    CHECK(is_empty(&r));
    next(&r, IORING_OP_SEND, client, "hello", 5, 0, 5);
    submit(&r, 2);
    a = take(&r), b = take(&r);
    CHECK_EQ(a.res, 5);
    CHECK_EQ(b.res, 5);
    CHECK_STR(text, "hello");
    struct iovec part = {"message", 7}, into = {text, sizeof text};
    struct msghdr out = {.msg_iov = &part, .msg_iovlen = 1}, in = {.msg_iov = &into, .msg_iovlen = 1};
    next(&r, IORING_OP_SENDMSG, server, &out, 1, 0, 6)->flags = IOSQE_IO_LINK;
    next(&r, IORING_OP_RECVMSG, client, &in, 1, 0, 7);
    submit(&r, 2);
    CHECK_CQE(&r, 6, 7);
    CHECK_CQE(&r, 7, 7);
    next(&r, IORING_OP_SHUTDOWN, server, NULL, SHUT_WR, 0, 8)->flags = IOSQE_IO_LINK;
    next(&r, IORING_OP_RECV, client, text, 4, 0, 9);
    submit(&r, 2);
    CHECK_CQE(&r, 8, 0);
    CHECK_CQE(&r, 9, 0);
    close(client);
    next(&r, IORING_OP_SEND, server, "x", 1, 0, 10);
    submit(&r, 1);
    CHECK_CQE(&r, 10, -EPIPE);
}

TEST(multishotAccept_andReceive) {
    struct ring r;
    open_ring(&r, 16, 0);
    struct sockaddr_un name = {AF_UNIX, ""};
    snprintf(name.sun_path + 1, 40, "iouring-many-%d", getpid());
    int listener = REQUIRE_OK(socket(AF_UNIX, SOCK_STREAM, 0));
    REQUIRE_OK(bind(listener, (struct sockaddr *)&name, sizeof name));
    REQUIRE_OK(listen(listener, 4));
    next(&r, IORING_OP_ACCEPT, listener, NULL, 0, 0, 1)->ioprio = IORING_ACCEPT_MULTISHOT;
    submit(&r, 0);
    int server = -1, client = -1;
    for (int i = 0; i < 3; i++) {
        client = REQUIRE_OK(socket(AF_UNIX, SOCK_STREAM, 0));
        REQUIRE_OK(connect(client, (struct sockaddr *)&name, sizeof name));
        struct event cqe = take(&r);
        CHECK_EQ(cqe.user_data, 1);
        CHECK(cqe.flags & IORING_CQE_F_MORE);
        server = cqe.res;
        REQUIRE(server >= 0);
    }
    static char buffers[4][64];
    next(&r, IORING_OP_PROVIDE_BUFFERS, 4, buffers, 64, 10, 2)->buf_group = 5;
    submit(&r, 1);
    CHECK_CQE(&r, 2, 0);
    struct io_uring_sqe *sqe = next(&r, IORING_OP_RECV, server, NULL, 0, 0, 3);
    sqe->ioprio = IORING_RECV_MULTISHOT;
    sqe->flags = IOSQE_BUFFER_SELECT;
    sqe->buf_group = 5;
    submit(&r, 0);
    for (int i = 0; i < 4; i++) {
        char word[8];
        snprintf(word, sizeof word, "word%d", i);
        CHECK_EQ(send(client, word, 5, 0), 5);
        struct event cqe = CHECK_CQE(&r, 3, 5);
        CHECK(cqe.flags & IORING_CQE_F_MORE);
        CHECK(cqe.flags & IORING_CQE_F_BUFFER);
        unsigned id = cqe.flags >> IORING_CQE_BUFFER_SHIFT;
        CHECK(id >= 10 && id < 14);
        if (id >= 10 && id < 14) CHECK(memcmp(buffers[id - 10], word, 5) == 0);
    }
    CHECK_EQ(send(client, "more", 4, 0), 4);
    struct event cqe = CHECK_CQE(&r, 3, -ENOBUFS);
    CHECK(!(cqe.flags & IORING_CQE_F_MORE));
    sqe = next(&r, IORING_OP_REMOVE_BUFFERS, 4, NULL, 0, 0, 4);
    sqe->buf_group = 77;
    submit(&r, 1);
    CHECK_CQE(&r, 4, -ENOENT);
}

TEST(bufferRing_isChosenFrom) {
    struct ring r;
    open_ring(&r, 8, 0);
    struct io_uring_buf_ring *ring = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    static char data[2][32];
    struct io_uring_buf_reg request = {.ring_addr = (uintptr_t)ring, .ring_entries = 4, .bgid = 3};
    REQUIRE_OK(reg(&r, IORING_REGISTER_PBUF_RING, &request, 1));
    CHECK_ERR(reg(&r, IORING_REGISTER_PBUF_RING, &request, 1), EEXIST);
    struct io_uring_buf *entries = (struct io_uring_buf *)ring;
    for (int i = 0; i < 2; i++) entries[i].addr = (uintptr_t)data[i], entries[i].len = 32, entries[i].bid = 40 + i;
    __atomic_store_n(&ring->tail, 2, __ATOMIC_RELEASE);
    int fds[2];
    REQUIRE_OK(pipe(fds));
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(write(fds[1], "abcd", 4), 4);
        struct io_uring_sqe *sqe = next(&r, IORING_OP_READ, fds[0], NULL, 32, 0, 1);
        sqe->flags = IOSQE_BUFFER_SELECT;
        sqe->buf_group = 3;
        submit(&r, 1);
        struct event cqe = take(&r);
        if (i == 2) {
            CHECK_EQ(cqe.res, -ENOBUFS);
            break;
        }
        CHECK_EQ(cqe.res, 4);
        CHECK_EQ(cqe.flags >> IORING_CQE_BUFFER_SHIFT, 40 + i);
        CHECK(memcmp(data[i], "abcd", 4) == 0);
    }
    struct io_uring_buf_reg gone = {.bgid = 3};
    CHECK_OK(reg(&r, IORING_UNREGISTER_PBUF_RING, &gone, 1));
    CHECK_ERR(reg(&r, IORING_UNREGISTER_PBUF_RING, &gone, 1), ENOENT);
}

TEST(registeredFiles_andBuffers) {
    struct ring r;
    open_ring(&r, 8, 0);
    int fd = REQUIRE_OK(open("fixed", O_RDWR | O_CREAT, 0600));
    int files[3] = {fd, -1, -1};
    CHECK_ERR(reg(&r, IORING_UNREGISTER_FILES, NULL, 0), ENXIO);
    CHECK_ERR(reg(&r, IORING_REGISTER_FILES, files, 0), EINVAL);
    int bad[1] = {1000};
    CHECK_ERR(reg(&r, IORING_REGISTER_FILES, bad, 1), EBADF);
    CHECK_OK(reg(&r, IORING_REGISTER_FILES, files, 3));
    CHECK_ERR(reg(&r, IORING_REGISTER_FILES, files, 3), EBUSY);
    close(fd);
    char *memory = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct iovec buffer = {memory, 8192};
    CHECK_OK(reg(&r, IORING_REGISTER_BUFFERS, &buffer, 1));
    CHECK_ERR(reg(&r, IORING_REGISTER_BUFFERS, &buffer, 1), EBUSY);
    strcpy(memory + 100, "registered");
    next(&r, IORING_OP_WRITE_FIXED, 0, memory + 100, 10, 0, 1)->flags = IOSQE_FIXED_FILE;
    submit(&r, 1);
    CHECK_CQE(&r, 1, 10);
    next(&r, IORING_OP_READ_FIXED, 0, memory, 10, 0, 2)->flags = IOSQE_FIXED_FILE;
    submit(&r, 1);
    CHECK_CQE(&r, 2, 10);
    CHECK_STR(memory, "registered");
    next(&r, IORING_OP_READ_FIXED, 0, memory + 8190, 10, 0, 3)->flags = IOSQE_FIXED_FILE;
    struct io_uring_sqe *sqe = next(&r, IORING_OP_READ_FIXED, 0, memory, 10, 0, 4);
    sqe->flags = IOSQE_FIXED_FILE;
    sqe->buf_index = 1;
    next(&r, IORING_OP_READ, 1, memory, 10, 0, 5)->flags = IOSQE_FIXED_FILE;
    next(&r, IORING_OP_READ, 9, memory, 10, 0, 6)->flags = IOSQE_FIXED_FILE;
    submit(&r, 4);
    for (int i = 3; i <= 6; i++) CHECK_CQE(&r, i, i < 5 ? -EFAULT : -EBADF);
    /* a file that goes to a slot */
    sqe = next(&r, IORING_OP_OPENAT, AT_FDCWD, "fixed", 0, 0, 7);
    sqe->open_flags = O_RDONLY;
    sqe->file_index = 2;
    submit(&r, 1);
    CHECK_CQE(&r, 7, 0);
    memset(memory, 0, 100);
    next(&r, IORING_OP_READ, 1, memory, 10, 0, 8)->flags = IOSQE_FIXED_FILE;
    submit(&r, 1);
    CHECK_CQE(&r, 8, 10);
    CHECK_STR(memory, "registered");
    next(&r, IORING_OP_CLOSE, 0, NULL, 0, 0, 9)->file_index = 2;
    next(&r, IORING_OP_READ, 1, memory, 10, 0, 10)->flags = IOSQE_FIXED_FILE;
    submit(&r, 2);
    CHECK_CQE(&r, 9, 0);
    CHECK_CQE(&r, 10, -EBADF);
    int update[2] = {0, -1};
    struct io_uring_files_update change = {.offset = 1, .fds = (uintptr_t)update};
    CHECK_EQ(reg(&r, IORING_REGISTER_FILES_UPDATE, &change, 2), 2);
    CHECK_OK(reg(&r, IORING_UNREGISTER_FILES, NULL, 0));
    CHECK_OK(reg(&r, IORING_UNREGISTER_BUFFERS, NULL, 0));
    CHECK_ERR(reg(&r, IORING_UNREGISTER_BUFFERS, NULL, 0), ENXIO);
    CHECK_ERR(reg(&r, 250, NULL, 0), EINVAL);
}

TEST(completions_wakeEventfd_pollAndEpoll) {
    struct ring r;
    open_ring(&r, 8, 0);
    int event = REQUIRE_OK(eventfd(0, EFD_NONBLOCK)), fds[2];
    REQUIRE_OK(pipe(fds));
    CHECK_OK(reg(&r, IORING_REGISTER_EVENTFD, &event, 1));
    CHECK_ERR(reg(&r, IORING_REGISTER_EVENTFD, &event, 1), EBUSY);
    int epoll = REQUIRE_OK(epoll_create1(0));
    struct epoll_event want = {.events = EPOLLIN, .data.u32 = 9}, got;
    REQUIRE_OK(epoll_ctl(epoll, EPOLL_CTL_ADD, r.fd, &want));
    CHECK_EQ(epoll_wait(epoll, &got, 1, 0), 0);
    char byte;
    next(&r, IORING_OP_READ, fds[0], &byte, 1, 0, 1);
    submit(&r, 0);
    eventfd_t count;
    CHECK_ERR(eventfd_read(event, &count), EAGAIN);
    pid_t child = START_CHILD({
        usleep(20000);
        CHECK_EQ(write(fds[1], "x", 1), 1);
    });
    int ready;
    while ((ready = epoll_wait(epoll, &got, 1, 5000)) < 0 && errno == EINTR) continue;
    CHECK_EQ(ready, 1);
    CHECK_EQ(got.data.u32, 9);
    /* whoever waits for the ring is woken first */
    struct pollfd told = {event, POLLIN, 0};
    CHECK_EQ(poll(&told, 1, 5000), 1);
    CHECK_OK(eventfd_read(event, &count));
    CHECK_EQ(count, 1);
    CHECK_CQE(&r, 1, 1);
    CHECK_EQ(wait_for(child), 0);
    CHECK_OK(reg(&r, IORING_UNREGISTER_EVENTFD, NULL, 0));
    CHECK_ERR(reg(&r, IORING_UNREGISTER_EVENTFD, NULL, 0), ENXIO);
}

TEST(probe_tellsOperations) {
    struct ring r;
    open_ring(&r, 8, 0);
    size_t size = sizeof(struct io_uring_probe) + 64 * sizeof(struct io_uring_probe_op);
    struct io_uring_probe *probe = calloc(1, size);
    CHECK_OK(reg(&r, IORING_REGISTER_PROBE, probe, 64));
    CHECK(probe->last_op >= IORING_OP_SOCKET);
    static const int wanted[] = {IORING_OP_NOP, IORING_OP_READV, IORING_OP_ACCEPT, IORING_OP_TIMEOUT, IORING_OP_PROVIDE_BUFFERS, IORING_OP_SOCKET};
    for (int i = 0; i < 6; i++) CHECK(probe->ops[wanted[i]].flags & IO_URING_OP_SUPPORTED);
}

TEST(msgRing_andDisabledRing) {
    struct ring a, b;
    open_ring(&a, 8, 0);
    open_ring(&b, 8, IORING_SETUP_R_DISABLED);
    CHECK_ERR(enter(b.fd, 0, 0, 0), EBADFD);
    next(&a, IORING_OP_MSG_RING, b.fd, NULL, 0x55, 0xabcdef, 1);
    submit(&a, 1);
    CHECK_CQE(&a, 1, -EBADFD);
    CHECK_OK(reg(&b, IORING_REGISTER_ENABLE_RINGS, NULL, 0));
    CHECK_ERR(reg(&b, IORING_REGISTER_ENABLE_RINGS, NULL, 0), EBADFD);
    next(&a, IORING_OP_MSG_RING, b.fd, NULL, 0x55, 0xabcdef, 2);
    submit(&a, 1);
    CHECK_CQE(&a, 2, 0);
    CHECK_CQE(&b, 0xabcdef, 0x55);
    next(&a, IORING_OP_MSG_RING, 0, NULL, 0x55, 0xabcdef, 3);
    submit(&a, 1);
    CHECK_CQE(&a, 3, -EBADFD);
}

TEST(overflow_losesNothing) {
    struct ring r;
    open_ring(&r, 4, 0);
    for (int i = 0; i < 20; i += 4) {
        for (int j = 0; j < 4; j++) next(&r, IORING_OP_NOP, -1, NULL, 0, 0, i + j);
        if (submit(&r, 0) < 0) {
            /* some kernels want completions to be taken first */
            CHECK_EQ(errno, EBUSY);
            break;
        }
    }
    int last = -1;
    for (int i = 0; i < 12; i++) {
        struct event cqe = take(&r);
        CHECK_EQ(cqe.user_data, last + 1);
        last = cqe.user_data;
    }
}

static void nothing(int signal) {
    (void)signal;
}

TEST(waiting_hasTimeout_andIsInterrupted) {
    struct ring r;
    open_ring(&r, 4, 0);
    struct __kernel_timespec soon = {.tv_nsec = 20000000};
    struct io_uring_getevents_arg arg = {.ts = (uintptr_t)&soon};
    CHECK_ERR(syscall(SYS_io_uring_enter, r.fd, 0, 1, IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG, &arg, sizeof arg), ETIME);
    CHECK_ERR(syscall(SYS_io_uring_enter, r.fd, 0, 1, IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG, &arg, 8), EINVAL);
    struct sigaction action = {.sa_handler = nothing};
    sigaction(SIGALRM, &action, NULL);
    struct itimerval timer = {{0, 20000}, {0, 20000}};
    setitimer(ITIMER_REAL, &timer, NULL);
    CHECK_ERR(enter(r.fd, 0, 1, IORING_ENTER_GETEVENTS), EINTR);
    CHECK_EQ(enter(r.fd, 0, 0, IORING_ENTER_GETEVENTS), 0);
}

TEST(skippedSuccess_isNotTold) {
    struct ring r;
    open_ring(&r, 8, 0);
    next(&r, IORING_OP_NOP, -1, NULL, 0, 0, 1)->flags = IOSQE_CQE_SKIP_SUCCESS;
    next(&r, IORING_OP_READ, 1000, NULL, 0, 0, 2)->flags = IOSQE_CQE_SKIP_SUCCESS;
    next(&r, IORING_OP_NOP, -1, NULL, 0, 0, 3);
    submit(&r, 2);
    CHECK_CQE(&r, 2, -EBADF);
    CHECK_CQE(&r, 3, 0);
    CHECK(is_empty(&r));
}

TEST(hostileRings_harmNobody) {
    struct ring r;
    open_ring(&r, 8, 0);
    r.sq_array[0] = 4711;
    *r.sq_tail = 1;
    CHECK_EQ(enter(r.fd, 1, 0, 0), 0);
    memset(r.sqes, 0xff, 8 * sizeof *r.sqes);
    for (int i = 0; i < 8; i++) r.sq_array[i] = i;
    *r.sq_tail = *r.sq_head + 8;
    for (int i = 0; i < 8; i++) enter(r.fd, 1, 0, 0);
    *r.cq_head = 0x80000000;
    *r.cq_mask = 77;
    *r.sq_mask = 99;
    *r.sq_tail = *r.sq_head + 1000000;
    enter(r.fd, 1000000, 0, 0);
    enter(r.fd, 1000000, 0, IORING_ENTER_GETEVENTS);
    struct ring other;
    open_ring(&other, 4, 0);
    next(&other, IORING_OP_NOP, -1, NULL, 0, 0, 5);
    CHECK_EQ(submit(&other, 1), 1);
    CHECK_CQE(&other, 5, 0);
}

TEST(polledSubmissions_needNoCall) {
    struct ring r;
    memset(&r, 0, sizeof r);
    open_ring(&r, 8, IORING_SETUP_SQPOLL);
    next(&r, IORING_OP_NOP, -1, NULL, 0, 0, 1);
    __atomic_store_n(r.sq_tail, r.tail, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(r.sq_flags, __ATOMIC_SEQ_CST) & IORING_SQ_NEED_WAKEUP) enter(r.fd, 0, 0, IORING_ENTER_SQ_WAKEUP);
    CHECK_CQE(&r, 1, 0);
    EVENTUALLY(__atomic_load_n(r.sq_flags, __ATOMIC_SEQ_CST) & IORING_SQ_NEED_WAKEUP);
    next(&r, IORING_OP_NOP, -1, NULL, 0, 0, 2);
    __atomic_store_n(r.sq_tail, r.tail, __ATOMIC_SEQ_CST);
    CHECK(is_empty(&r));
    CHECK_EQ(enter(r.fd, 1, 1, IORING_ENTER_SQ_WAKEUP | IORING_ENTER_GETEVENTS), 1);
    CHECK_CQE(&r, 2, 0);
}
