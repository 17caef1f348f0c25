/* Operations of io_uring that are less common, and how others are refused: io_uring_enter(2). */
#include "uring.h"

#include <linux/fs.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* What older headers lack. */
enum { URING_CMD = 46, SEND_ZC = 47, SENDMSG_ZC = 48, WAITID = 50, FUTEX_WAIT = 51, FUTEX_WAKE = 52, FUTEX_WAITV = 53 };
enum { SIZE_U32 = 2, PRIVATE = 128, NOTIF = 8 };
enum { CMD_SIOCINQ, CMD_SIOCOUTQ, CMD_GETSOCKOPT, CMD_SETSOCKOPT };

struct waitv { uint64_t value, address; uint32_t flags, reserved; };

static void set_addr3(struct io_uring_sqe *sqe, uint64_t value) {
    memcpy((char *)sqe + 48, &value, sizeof value);
}

TEST(personality_isThatOfItsTime) {
    need_root();
    struct ring r;
    open_ring(&r, 8, 0);
    close(make_file("mine", "x"));
    REQUIRE_OK(chmod("mine", 0600));
    REQUIRE_OK(chmod(".", 0755));
    int root = REQUIRE_OK(reg(&r, IORING_REGISTER_PERSONALITY, NULL, 0));
    CHECK(root > 0);
    REQUIRE_OK(setresgid(65534, 65534, 65534));
    REQUIRE_OK(setresuid(65534, 65534, 65534));
    int other = CHECK_OK(reg(&r, IORING_REGISTER_PERSONALITY, NULL, 0));
    CHECK(other > 0 && other != root);
    next(&r, IORING_OP_OPENAT, AT_FDCWD, "mine", 0, 0, 1);
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_CQE(&r, 1, -EACCES);
    next(&r, IORING_OP_OPENAT, AT_FDCWD, "mine", 0, 0, 2)->personality = root;
    CHECK_EQ(submit(&r, 1), 1);
    CHECK(take(&r).res >= 0);
    next(&r, IORING_OP_OPENAT, AT_FDCWD, "mine", 0, 0, 3)->personality = other;
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_CQE(&r, 3, -EACCES);
    next(&r, IORING_OP_OPENAT, AT_FDCWD, "mine", 0, 0, 4)->personality = other + 1;
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_CQE(&r, 4, -EINVAL);
    CHECK_OK(reg(&r, IORING_UNREGISTER_PERSONALITY, NULL, root));
    CHECK_ERR(reg(&r, IORING_UNREGISTER_PERSONALITY, NULL, root), EINVAL);
    CHECK_ERR(reg(&r, IORING_UNREGISTER_PERSONALITY, &r, other), EINVAL);
    CHECK_ERR(reg(&r, IORING_REGISTER_PERSONALITY, NULL, 1), EINVAL);
    next(&r, IORING_OP_OPENAT, AT_FDCWD, "mine", 0, 0, 5)->personality = root;
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_CQE(&r, 5, -EINVAL);
}

/* Submits what was queued alone, and checks how it ends. */
#define ENDS(r, data, result)              \
    ({                                     \
        CHECK_EQ(submit(r, 1), 1);         \
        CHECK_CQE(r, data, result);        \
    })

TEST(flagsOfReading_andWriting) {
    struct ring r;
    open_ring(&r, 8, 0);
    int ends[2], fd = make_file("file", "0123456789");
    char room[16] = "";
    REQUIRE_OK(pipe(ends));
    next(&r, IORING_OP_READ, ends[0], room, 1, -1, 1)->rw_flags = RWF_NOWAIT;
    ENDS(&r, 1, -EAGAIN);
    next(&r, IORING_OP_WRITE, fd, "ab", 2, 0, 2)->rw_flags = RWF_APPEND;
    ENDS(&r, 2, 2);
    next(&r, IORING_OP_WRITE, fd, "cd", 2, 4, 3)->rw_flags = RWF_DSYNC;
    ENDS(&r, 3, 2);
    next(&r, IORING_OP_READ, fd, room, 12, 0, 4)->rw_flags = RWF_HIPRI;
    ENDS(&r, 4, -EINVAL);
    next(&r, IORING_OP_READ, fd, room, 12, 0, 5);
    ENDS(&r, 5, 12);
    next(&r, IORING_OP_WRITE, fd, "ef", 2, 0, 6)->rw_flags = RWF_SYNC | RWF_APPEND;
    ENDS(&r, 6, 2);
    next(&r, IORING_OP_READ, fd, room, 1, 0, 7)->rw_flags = 1 << 20;
    ENDS(&r, 7, -EOPNOTSUPP);
    next(&r, IORING_OP_READ, fd, room + 12, 4, -1, 8)->rw_flags = RWF_SYNC;
    ENDS(&r, 8, 4);
    CHECK(memcmp(room, "0123cd6789ab0123", 16) == 0);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 4);
    CHECK_EQ(lseek(fd, 0, SEEK_END), 14);
    struct iovec data = {room, 16};
    next(&r, IORING_OP_READV, fd, &data, 1, 0, 9)->rw_flags = RWF_HIPRI;
    ENDS(&r, 9, -EINVAL);
}

static struct io_uring_sqe *splice_entry(struct ring *r, int in, int64_t from, int out, int64_t to, unsigned length, int data) {
    struct io_uring_sqe *sqe = next(r, IORING_OP_SPLICE, out, NULL, length, to, data);
    sqe->splice_off_in = from;
    sqe->splice_fd_in = in;
    return sqe;
}

TEST(splice_hasOffsets) {
    struct ring r;
    open_ring(&r, 8, 0);
    int ends[2], fd = make_file("file", "0123456789"), out = make_file("out", "..........");
    char room[16] = "";
    REQUIRE_OK(pipe(ends));
    splice_entry(&r, fd, 3, ends[1], -1, 4, 1);
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_CQE(&r, 1, 4);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 0);
    splice_entry(&r, ends[0], -1, out, 2, 4, 2);
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_CQE(&r, 2, 4);
    CHECK_EQ(lseek(out, 0, SEEK_CUR), 0);
    CHECK_EQ(pread(out, room, 10, 0), 10);
    CHECK_STR(room, "..3456....");
    splice_entry(&r, fd, 0, ends[1], 5, 4, 3);
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_CQE(&r, 3, -ESPIPE);
    splice_entry(&r, ends[0], 0, out, -1, 4, 4);
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_CQE(&r, 4, -ESPIPE);
    splice_entry(&r, fd, -1, ends[1], -1, 4, 5);
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_CQE(&r, 5, 4);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 4);
    splice_entry(&r, fd, -2, ends[1], -1, 4, 6);
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_CQE(&r, 6, -EINVAL);
    /* tee(2) takes none */
    int others[2];
    REQUIRE_OK(pipe(others));
    static const struct {
        int64_t from, to;
        int result;
    } tees[] = {{-1, 0, -EINVAL}, {0, -1, -EINVAL}, {0, 0, 4}};
    for (int i = 0; i < 3; i++) {
        splice_entry(&r, ends[0], tees[i].from, others[1], tees[i].to, 4, 7 + i)->opcode = IORING_OP_TEE;
        CHECK_EQ(submit(&r, 1), 1);
        CHECK_CQE(&r, 7 + i, tees[i].result);
    }
}

TEST(commands_areForFilesThatHaveThem) {
    struct ring r;
    open_ring(&r, 8, 0);
    int ends[2], pair[2], fd = make_file("file", "");
    REQUIRE_OK(pipe(ends));
    REQUIRE_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    next(&r, URING_CMD, fd, NULL, 0, 0, 1);
    next(&r, URING_CMD, ends[0], NULL, 0, 0, 2);
    next(&r, URING_CMD, -1, NULL, 0, 0, 3);
    CHECK_EQ(submit(&r, 3), 3);
    CHECK_CQE(&r, 1, -EOPNOTSUPP);
    CHECK_CQE(&r, 2, -EOPNOTSUPP);
    CHECK_CQE(&r, 3, -EBADF);
    next(&r, URING_CMD, pair[0], NULL, 0, CMD_SIOCINQ, 4);
    next(&r, URING_CMD, pair[0], NULL, 0, CMD_SIOCOUTQ, 5);
    next(&r, URING_CMD, pair[0], NULL, 0, 99, 6);
    CHECK_EQ(submit(&r, 3), 3);
    CHECK_CQE(&r, 4, -EOPNOTSUPP);
    CHECK_CQE(&r, 5, -EOPNOTSUPP);
    CHECK_CQE(&r, 6, -EOPNOTSUPP);
}

TEST(sendingWithoutCopies_isNotForLocalSockets) {
    struct ring r;
    open_ring(&r, 8, 0);
    int ends[2], pair[2];
    struct iovec data = {"x", 1};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
    REQUIRE_OK(pipe(ends));
    REQUIRE_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    int fds[] = {pair[0], ends[1]}, results[] = {-EOPNOTSUPP, -ENOTSOCK};
    for (int i = 0; i < 2; i++) {
        for (int op = SEND_ZC; op <= SENDMSG_ZC; op++) {
            next(&r, op, fds[i], op == SEND_ZC ? (void *)"x" : &message, 1, 0, 1);
            CHECK_EQ(submit(&r, 1), 1);
            struct event told = CHECK_CQE(&r, 1, results[i]);
            CHECK_EQ(told.flags, IORING_CQE_F_MORE);
            told = CHECK_CQE(&r, 1, 0);
            CHECK_EQ(told.flags, NOTIF);
            CHECK(is_empty(&r));
        }
    }
    next(&r, SEND_ZC, pair[0], "x", 1, 0, 2)->ioprio = 1 << 9;
    CHECK_EQ(ENDS(&r, 2, -EINVAL).flags, IORING_CQE_F_MORE);
    CHECK_EQ(CHECK_CQE(&r, 2, 0).flags, NOTIF);
    next(&r, SEND_ZC, pair[0], "x", 1, 0, 3)->flags = IOSQE_CQE_SKIP_SUCCESS;
    CHECK_EQ(ENDS(&r, 3, -EINVAL).flags, 0);
    next(&r, SEND_ZC, -1, "x", 1, 0, 4);
    CHECK_EQ(ENDS(&r, 4, -EBADF).flags, IORING_CQE_F_MORE);
    CHECK_EQ(CHECK_CQE(&r, 4, 0).flags, NOTIF);
    CHECK(is_empty(&r));
}

TEST(pollingForCompletions_isForDevices) {
    struct ring r;
    open_ring(&r, 8, IORING_SETUP_IOPOLL);
    int fd = make_file("file", "0123456789");
    char room[16];
    next(&r, IORING_OP_READ, fd, room, 4, 0, 1);
    next(&r, IORING_OP_NOP, -1, NULL, 0, 0, 2);
    CHECK_EQ(submit(&r, 2), 2);
    CHECK_CQE(&r, 1, -EOPNOTSUPP);
    CHECK_CQE(&r, 2, 0);
    next(&r, IORING_OP_FSYNC, fd, NULL, 0, 0, 3);
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_CQE(&r, 3, -EINVAL);
    next(&r, IORING_OP_POLL_ADD, fd, NULL, 0, 0, 4);
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_CQE(&r, 4, -EINVAL);
    /* nothing is on its way that could be waited for */
    CHECK_EQ(enter(r.fd, 0, 1, IORING_ENTER_GETEVENTS), 0);
    struct io_uring_params p = {.flags = IORING_SETUP_IOPOLL | IORING_SETUP_DEFER_TASKRUN};
    CHECK_ERR(setup(4, &p), EINVAL);
}

TEST(splice_takesRegisteredFiles) {
    struct ring r;
    open_ring(&r, 8, 0);
    int ends[2], fd = make_file("file", "0123456789");
    char room[16] = "";
    REQUIRE_OK(pipe(ends));
    int files[] = {ends[1], fd};
    REQUIRE_OK(reg(&r, IORING_REGISTER_FILES, files, 2));
    struct io_uring_sqe *sqe = splice_entry(&r, 1, 2, 0, -1, 4, 1);
    sqe->splice_flags = 1u << 31;
    sqe->flags = IOSQE_FIXED_FILE;
    ENDS(&r, 1, 4);
    CHECK_EQ(read(ends[0], room, 16), 4);
    CHECK_STR(room, "2345");
    splice_entry(&r, 2, 2, ends[1], -1, 4, 2)->splice_flags = 1u << 31;
    ENDS(&r, 2, -EBADF);
    splice_entry(&r, -1, 2, ends[1], -1, 4, 3)->splice_flags = 1u << 31;
    ENDS(&r, 3, -EBADF);
}

struct sync_cancel {
    uint64_t addr;
    int32_t fd;
    uint32_t flags;
    struct __kernel_timespec limit;
    uint8_t opcode, zero[7];
    uint64_t zeros[3];
};

TEST(cancelByCall_endsWhatWaits) {
    struct ring r;
    open_ring(&r, 8, 0);
    int ends[2];
    char byte;
    REQUIRE_OK(pipe(ends));
    struct sync_cancel cancel = {.addr = 1, .fd = -1, .limit = {-1, -1}};
    CHECK_ERR(reg(&r, IORING_REGISTER_SYNC_CANCEL, &cancel, 1), ENOENT);
    next(&r, IORING_OP_READ, ends[0], &byte, 1, 0, 1);
    next(&r, IORING_OP_READ, ends[0], &byte, 1, 0, 1);
    CHECK_EQ(submit(&r, 0), 2);
    CHECK_ERR(reg(&r, IORING_REGISTER_SYNC_CANCEL, &cancel, 2), EINVAL);
    CHECK_ERR(reg(&r, IORING_REGISTER_SYNC_CANCEL, NULL, 1), EINVAL);
    cancel.zero[3] = 1;
    CHECK_ERR(reg(&r, IORING_REGISTER_SYNC_CANCEL, &cancel, 1), EINVAL);
    cancel.zero[3] = 0;
    cancel.flags = 1u << 30;
    CHECK_ERR(reg(&r, IORING_REGISTER_SYNC_CANCEL, &cancel, 1), EINVAL);
    cancel.flags = 0;
    CHECK_OK(reg(&r, IORING_REGISTER_SYNC_CANCEL, &cancel, 1));
    CHECK_CQE(&r, 1, -ECANCELED);
    CHECK(is_empty(&r));
    cancel.flags = IORING_ASYNC_CANCEL_FD | IORING_ASYNC_CANCEL_ALL, cancel.fd = ends[0];
    CHECK_EQ(reg(&r, IORING_REGISTER_SYNC_CANCEL, &cancel, 1), 1);
    CHECK_CQE(&r, 1, -ECANCELED);
    cancel.fd = 1000;
    CHECK_ERR(reg(&r, IORING_REGISTER_SYNC_CANCEL, &cancel, 1), EBADF);
}

TEST(linkedTimeout_thatFires_isSilentIfWanted) {
    struct ring r;
    open_ring(&r, 8, 0);
    int ends[2];
    char byte;
    struct __kernel_timespec soon = {0, 1000000};
    REQUIRE_OK(pipe(ends));
    next(&r, IORING_OP_READ, ends[0], &byte, 1, 0, 1)->flags = IOSQE_IO_LINK;
    next(&r, IORING_OP_LINK_TIMEOUT, -1, &soon, 1, 0, 2)->flags = IOSQE_CQE_SKIP_SUCCESS;
    CHECK_EQ(submit(&r, 1), 2);
    CHECK_CQE(&r, 1, -ECANCELED);
    next(&r, IORING_OP_NOP, -1, NULL, 0, 0, 3);
    ENDS(&r, 3, 0);
}

TEST(disabledRing_isOfWhoEnablesIt) {
    struct ring r;
    open_ring(&r, 8, IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_R_DISABLED);
    REQUIRE_OK(reg(&r, IORING_REGISTER_ENABLE_RINGS, NULL, 0));
    int status = IN_CHILD({
        next(&r, IORING_OP_NOP, -1, NULL, 0, 0, 1);
        CHECK_ERR(submit(&r, 0), EEXIST);
    });
    CHECK_EQ(status, 0);
}

static unsigned word;

static struct io_uring_sqe *futex_wait(struct ring *r, unsigned *at, uint64_t value, uint64_t mask, int flags, int data) {
    struct io_uring_sqe *sqe = next(r, FUTEX_WAIT, flags, at, 0, value, data);
    set_addr3(sqe, mask);
    return sqe;
}

static struct io_uring_sqe *futex_wake(struct ring *r, unsigned *at, uint64_t count, uint64_t mask, int flags, int data) {
    struct io_uring_sqe *sqe = next(r, FUTEX_WAKE, flags, at, 0, count, data);
    set_addr3(sqe, mask);
    return sqe;
}

TEST(futexes_waitAndWake) {
    struct ring r;
    open_ring(&r, 8, 0);
    futex_wait(&r, &word, 1, UINT32_MAX, SIZE_U32 | PRIVATE, 1);
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_CQE(&r, 1, -EAGAIN);
    futex_wait(&r, &word, 0, UINT32_MAX, SIZE_U32 | PRIVATE, 2);
    futex_wait(&r, &word, 0, 2, SIZE_U32 | PRIVATE, 3);
    CHECK_EQ(submit(&r, 0), 2);
    CHECK(is_empty(&r));
    CHECK_EQ(syscall(SYS_futex, &word, 10 | 128, 5, NULL, NULL, 2), 2);
    uint64_t seen = take(&r).user_data | take(&r).user_data;
    CHECK_EQ(seen, 3);
    futex_wait(&r, &word, 0, 1, SIZE_U32 | PRIVATE, 4);
    CHECK_EQ(submit(&r, 0), 1);
    futex_wake(&r, &word, 1, 2, SIZE_U32 | PRIVATE, 5);
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_CQE(&r, 5, 0);
    futex_wake(&r, &word, 1, 1, SIZE_U32 | PRIVATE, 6);
    CHECK_EQ(submit(&r, 2), 1);
    int woken = 0;
    for (int i = 0; i < 2; i++) {
        struct event told = take(&r);
        CHECK_EQ(told.res, told.user_data == 6);
        woken += told.user_data;
    }
    CHECK_EQ(woken, 10);
}

TEST(futexes_withWrongArguments_fail) {
    struct ring r;
    open_ring(&r, 8, 0);
    unsigned *odd = (unsigned *)((char *)&word + 1);
    futex_wait(&r, &word, 0, 0, SIZE_U32, 1);
    ENDS(&r, 1, -EINVAL);
    futex_wait(&r, &word, 1ull << 32, 1, SIZE_U32, 2);
    ENDS(&r, 2, -EINVAL);
    futex_wait(&r, &word, 0, 1, 0, 3);
    ENDS(&r, 3, -EINVAL);
    futex_wait(&r, &word, 0, 1, 1 << 20, 4);
    ENDS(&r, 4, -EINVAL);
    futex_wait(&r, &word, 0, 1, SIZE_U32, 5)->len = 1;
    ENDS(&r, 5, -EINVAL);
    futex_wait(&r, odd, 0, 1, SIZE_U32, 6);
    ENDS(&r, 6, -EINVAL);
    futex_wait(&r, &word, 0, 1, SIZE_U32, 7)->rw_flags = 1;
    ENDS(&r, 7, -EINVAL);
    futex_wake(&r, &word, 1, 0, SIZE_U32, 8);
    ENDS(&r, 8, -EINVAL);
    futex_wake(&r, &word, 1, 1, SIZE_U32, 9)->buf_index = 1;
    ENDS(&r, 9, -EINVAL);
    futex_wait(&r, NULL, 0, 1, SIZE_U32, 10);
    ENDS(&r, 10, -EFAULT);
}

/* What was cancelled is counted here, where others give 0: io_cancel_remove_matches(). */
TEST(futexWait_isCancelled) {
    struct ring r;
    open_ring(&r, 8, 0);
    futex_wait(&r, &word, 0, UINT32_MAX, SIZE_U32 | PRIVATE, 1);
    CHECK_EQ(submit(&r, 0), 1);
    next(&r, IORING_OP_ASYNC_CANCEL, -1, (void *)1, 0, 0, 2);
    CHECK_EQ(submit(&r, 2), 1);
    for (int i = 0; i < 2; i++) {
        struct event told = take(&r);
        CHECK_EQ(told.res, told.user_data == 1 ? -ECANCELED : 1);
    }
    CHECK_EQ(syscall(SYS_futex, &word, 1 | 128, 1, NULL, NULL, 0), 0);
    struct __kernel_timespec soon = {0, 1000000};
    futex_wait(&r, &word, 0, UINT32_MAX, SIZE_U32 | PRIVATE, 3)->flags = IOSQE_IO_LINK;
    next(&r, IORING_OP_LINK_TIMEOUT, -1, &soon, 1, 0, 4);
    CHECK_EQ(submit(&r, 2), 2);
    for (int i = 0; i < 2; i++) {
        struct event told = take(&r);
        CHECK_EQ(told.res, told.user_data == 3 ? -ECANCELED : 1);
    }
    CHECK_EQ(syscall(SYS_futex, &word, 1 | 128, 1, NULL, NULL, 0), 0);
}

static void *wake_second(void *words) {
    unsigned *second = (unsigned *)words + 1;
    EVENTUALLY(syscall(SYS_futex, second, 1, 1, NULL, NULL, 0) == 1);
    return NULL;
}

TEST(futexWaitv_tellsWhichOne) {
    struct ring r;
    open_ring(&r, 8, 0);
    static unsigned words[2];
    pthread_t thread;
    struct waitv set[2] = {{0, (uintptr_t)&words[0], SIZE_U32, 0}, {0, (uintptr_t)&words[1], SIZE_U32, 0}};
    next(&r, FUTEX_WAITV, 0, set, 2, 0, 1);
    CHECK_EQ(submit(&r, 0), 1);
    pthread_create(&thread, NULL, wake_second, words);
    CHECK_CQE(&r, 1, 1);
    pthread_join(thread, NULL);
    set[1].value = 1;
    next(&r, FUTEX_WAITV, 0, set, 2, 0, 2);
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_CQE(&r, 2, -EAGAIN);
    next(&r, FUTEX_WAITV, 0, set, 0, 0, 3);
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_CQE(&r, 3, -EINVAL);
    next(&r, FUTEX_WAITV, 0, set, 129, 0, 4);
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_CQE(&r, 4, -EINVAL);
    set[1].value = 0;
    next(&r, FUTEX_WAITV, 0, set, 2, 0, 5);
    CHECK_EQ(submit(&r, 0), 1);
    next(&r, IORING_OP_ASYNC_CANCEL, -1, (void *)5, 0, 0, 6);
    CHECK_EQ(submit(&r, 2), 1);
    for (int i = 0; i < 2; i++) {
        struct event told = take(&r);
        CHECK_EQ(told.res, told.user_data == 5 ? -ECANCELED : 1);
    }
    CHECK_EQ(syscall(SYS_futex, &words[0], 1, 1, NULL, NULL, 0), 0);
}

TEST(waitid_waitsForChildren) {
    struct ring r;
    open_ring(&r, 8, 0);
    siginfo_t info = {0};
    int gate[2];
    next(&r, WAITID, 0, NULL, P_ALL, (uintptr_t)&info, 1)->file_index = WEXITED;
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_CQE(&r, 1, -ECHILD);
    REQUIRE_OK(pipe(gate));
    pid_t child = START_CHILD({
        char byte;
        close(gate[1]);
        if (read(gate[0], &byte, 1) != 0) _exit(1);
        _exit(7);
    });
    close(gate[0]);
    next(&r, WAITID, child, NULL, P_PID, (uintptr_t)&info, 2)->file_index = WEXITED | WNOHANG;
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_CQE(&r, 2, 0);
    CHECK_EQ(info.si_pid, 0);
    next(&r, WAITID, child, NULL, P_PID, (uintptr_t)&info, 3)->file_index = WEXITED;
    CHECK_EQ(submit(&r, 0), 1);
    CHECK(is_empty(&r));
    next(&r, WAITID, child, NULL, P_PID, (uintptr_t)&info, 4)->file_index = WEXITED;
    next(&r, IORING_OP_ASYNC_CANCEL, -1, (void *)4, 0, 0, 5);
    CHECK_EQ(submit(&r, 2), 2);
    for (int i = 0; i < 2; i++) {
        struct event told = take(&r);
        CHECK_EQ(told.res, told.user_data == 4 ? -ECANCELED : 1);
    }
    close(gate[1]);
    CHECK_CQE(&r, 3, 0);
    CHECK_EQ(info.si_pid, child);
    CHECK_EQ(info.si_status, 7);
    CHECK_EQ(info.si_code, CLD_EXITED);
    CHECK_ERR(waitpid(child, NULL, 0), ECHILD);
    next(&r, WAITID, child, NULL, P_PID, (uintptr_t)&info, 6);
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_CQE(&r, 6, -EINVAL);
    next(&r, WAITID, child, &info, P_PID, (uintptr_t)&info, 7)->file_index = WEXITED;
    CHECK_EQ(submit(&r, 1), 1);
    CHECK_CQE(&r, 7, -EINVAL);
}
