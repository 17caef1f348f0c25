/* seccomp_unotify(2): calls that another process answers. */
#include "seccompfilter.h"
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#endif

/* Gives the descriptor of a filter that asks about one call; the child that has the filter runs the statements. */
#define CALL 9001

static void on_signal(int signal) { (void)signal; }

static int receive_fd(int socket) {
    char byte, control[CMSG_SPACE(sizeof(int))];
    struct iovec part = {&byte, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    REQUIRE(recvmsg(socket, &message, 0) == 1);
    int fd;
    memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
    return fd;
}

static void send_fd(int socket, int fd) {
    char byte = 0, control[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec part = {&byte, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
    REQUIRE(sendmsg(socket, &message, 0) == 1);
}

static int listen_to(unsigned flags, unsigned number) {
    no_new_privileges();
    return REQUIRE_OK(ANSWER_CALL(SECCOMP_FILTER_FLAG_NEW_LISTENER | flags, number, SECCOMP_RET_USER_NOTIF));
}

/* Starts a child with a filter on CALL; its listener is here. */
#define START_WATCHED(listener, flags, ...)                                    \
    ({                                                                         \
        int pair_[2];                                                          \
        REQUIRE_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair_));                \
        pid_t watched_ = START_CHILD(                                          \
            close(pair_[0]);                                                   \
            int own_ = listen_to(flags, CALL);                                 \
            send_fd(pair_[1], own_);                                           \
            close(own_), close(pair_[1]);                                      \
            __VA_ARGS__);                                                      \
        close(pair_[1]);                                                       \
        listener = receive_fd(pair_[0]);                                       \
        close(pair_[0]);                                                       \
        watched_;                                                              \
    })

static struct seccomp_notif receive(int listener) {
    struct seccomp_notif call;
    memset(&call, 0, sizeof call);
    REQUIRE_OK(ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call));
    return call;
}

static long answer(int listener, uint64_t id, long value, int error, unsigned flags) {
    struct seccomp_notif_resp response = {id, value, error, flags};
    return ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

TEST(call_isAnsweredByTheListener) {
    int listener;
    pid_t child = START_WATCHED(listener, 0,
        CHECK_EQ(syscall(CALL, 11, 12, 13, 14, 15, 0x123456789aL), 4711);
        CHECK_ERR(syscall(CALL, 2), EXDEV);
        CHECK_ERR(syscall(CALL, 3), ENOSYS);
        CHECK_EQ(getpid(), syscall(SYS_getpid)));
    struct seccomp_notif call = receive(listener);
    CHECK_EQ(call.pid, child);
    CHECK_EQ(call.flags, 0);
    CHECK_EQ(call.data.nr, CALL);
    CHECK_EQ(call.data.arch, AUDIT_ARCH_X86_64);
    CHECK(call.data.instruction_pointer != 0);
    CHECK_EQ(call.data.args[0], 11);
    CHECK_EQ(call.data.args[4], 15);
    CHECK_EQ(call.data.args[5], 0x123456789aL);
    CHECK_OK(ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &call.id));
    CHECK_OK(answer(listener, call.id, 4711, 0, 0));
    uint64_t first = call.id;
    call = receive(listener);
    CHECK(call.id != first);
    CHECK_ERR(ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &first), ENOENT);
    CHECK_ERR(answer(listener, first, 0, 0, 0), ENOENT);
    CHECK_OK(answer(listener, call.id, 5, -EXDEV, 0));
    call = receive(listener);
    CHECK_ERR(answer(listener, call.id, 1, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE), EINVAL);
    CHECK_ERR(answer(listener, call.id, 0, -1, SECCOMP_USER_NOTIF_FLAG_CONTINUE), EINVAL);
    CHECK_ERR(answer(listener, call.id, 0, 0, 2), EINVAL);
    CHECK_OK(answer(listener, call.id, 0, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE));
    CHECK_EQ(wait_for(child), 0);
}

TEST(poll_tellsOfCallsAndOfTheEnd) {
    int listener;
    int go[2];
    REQUIRE_OK(pipe(go));
    pid_t child = START_WATCHED(listener, 0, char byte; read(go[0], &byte, 1); syscall(CALL));
    struct pollfd look = {listener, POLLIN | POLLOUT, 0};
    CHECK_EQ(poll(&look, 1, 0), 0);
    write(go[1], "x", 1);
    CHECK_EQ(poll(&look, 1, 5000), 1);
    CHECK_EQ(look.revents, POLLIN);
    struct seccomp_notif call = receive(listener);
    CHECK_EQ(poll(&look, 1, 0), 1);
    CHECK_EQ(look.revents, POLLOUT);
    CHECK_OK(answer(listener, call.id, 0, 0, 0));
    CHECK_EQ(wait_for(child), 0);
    CHECK_EQ(poll(&look, 1, 5000), 1);
    CHECK(look.revents & POLLHUP);
    memset(&call, 0, sizeof call);
    CHECK_ERR(ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call), ENOENT);
}

TEST(requests_areChecked) {
    int listener = listen_to(0, CALL);
    CHECK((fcntl(listener, F_GETFD) & FD_CLOEXEC) != 0);
    struct seccomp_notif call;
    memset(&call, 0, sizeof call);
    call.pid = 1;
    CHECK_ERR(ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call), EINVAL);
    CHECK_ERR(ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, NULL), EFAULT);
    CHECK_ERR(ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, NULL), EFAULT);
    CHECK_ERR(answer(listener, 12345, 0, 0, 0), ENOENT);
    CHECK_ERR(ioctl(listener, 0x1234, NULL), EINVAL);
    CHECK_OK(ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, 1));
    CHECK_ERR(ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, 2), EINVAL);
    struct seccomp_notif_addfd file = {.id = 1, .srcfd = listener};
    CHECK_ERR(ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &file), ENOENT);
    file.srcfd = 999;
    CHECK_ERR(ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &file), EBADF);
    file.newfd = 5;
    CHECK_ERR(ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &file), EINVAL);
    CHECK_ERR(ANSWER_CALL(SECCOMP_FILTER_FLAG_NEW_LISTENER, CALL, SECCOMP_RET_USER_NOTIF), EBUSY);
    char name[64], link[64] = "";
    snprintf(name, sizeof name, "/proc/self/fd/%d", listener);
    CHECK(readlink(name, link, sizeof link - 1) > 0);
    CHECK_STR(link, "anon_inode:seccomp notify");
}

TEST(listenerGone_callsFailWithENOSYS) {
    int listener;
    pid_t child = START_WATCHED(listener, 0, CHECK_ERR(syscall(CALL), ENOSYS); CHECK_ERR(syscall(CALL), ENOSYS));
    receive(listener);
    close(listener);
    CHECK_EQ(wait_for(child), 0);
}

TEST(interruptedCall_isToldAnew) {
    int listener;
    pid_t child = START_WATCHED(listener, 0,
        struct sigaction action = {.sa_handler = on_signal};
        sigaction(SIGUSR1, &action, NULL);
        CHECK_ERR(syscall(CALL), EINTR);
        action.sa_flags = SA_RESTART;
        sigaction(SIGUSR1, &action, NULL);
        CHECK_EQ(syscall(CALL), 5));
    struct seccomp_notif call = receive(listener);
    CHECK_OK(kill(child, SIGUSR1));
    struct seccomp_notif next = receive(listener);
    CHECK(next.id != call.id);
    CHECK_ERR(answer(listener, call.id, 0, 0, 0), ENOENT);
    CHECK_OK(kill(child, SIGUSR1));
    call = next;
    next = receive(listener);
    CHECK(next.id != call.id);
    CHECK_ERR(ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &call.id), ENOENT);
    CHECK_OK(answer(listener, next.id, 5, 0, 0));
    CHECK_EQ(wait_for(child), 0);
}

TEST(killableWait_isNotInterruptedOnceReceived) {
    int listener;
    pid_t child = START_WATCHED(listener, SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
        struct sigaction action = {.sa_handler = on_signal};
        sigaction(SIGUSR1, &action, NULL);
        CHECK_EQ(syscall(CALL), 6);
        syscall(CALL));
    struct seccomp_notif call = receive(listener);
    CHECK_OK(kill(child, SIGUSR1));
    sleep_ms(50);
    CHECK_OK(ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &call.id));
    CHECK_OK(answer(listener, call.id, 6, 0, 0));
    call = receive(listener);
    CHECK_OK(kill(child, SIGKILL));
    CHECK_EQ(wait_for(child), SIGKILL);
    CHECK_ERR(ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &call.id), ENOENT);
    CHECK_ERR(answer(listener, call.id, 0, 0, 0), ENOENT);
}

TEST(addedDescriptor_isTheTasks) {
    int listener;
    pid_t child = START_WATCHED(listener, 0,
        long fd = syscall(CALL);
        char bytes[8] = "";
        CHECK(fd >= 0);
        CHECK_EQ(pread(fd, bytes, 5, 0), 5);
        CHECK_STR(bytes, "hello");
        CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
        CHECK_EQ(syscall(CALL), 77);
        CHECK_EQ(pread(100, bytes, 5, 0), 5);
        CHECK_EQ(fcntl(100, F_GETFD), 0));
    int source = make_file("data", "hello");
    struct seccomp_notif call = receive(listener);
    struct seccomp_notif_addfd file = {.id = call.id, .srcfd = source, .newfd_flags = O_CLOEXEC,
                                       .flags = SECCOMP_ADDFD_FLAG_SEND};
    int number = CHECK_OK(ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &file));
    CHECK(number >= 0);
    /* answered, though the task may not have noticed yet */
    CHECK(answer(listener, call.id, 0, 0, 0) == -1 && (errno == ENOENT || errno == EINPROGRESS));
    call = receive(listener);
    struct seccomp_notif_addfd placed = {.id = call.id, .srcfd = source, .newfd = 100, .flags = SECCOMP_ADDFD_FLAG_SETFD};
    CHECK_EQ(ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &placed), 100);
    CHECK_EQ(ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &placed), 100);
    /* A longer structure, of whatever direction, if the rest is zero. */
    struct { struct seccomp_notif_addfd known; uint64_t rest[2]; } longer = {.known = placed};
    CHECK_EQ(ioctl(listener, _IOWR('!', 3, typeof(longer)), &longer), 100);
    CHECK_EQ(ioctl(listener, _IOW('!', 3, typeof(longer)), &longer), 100);
    longer.rest[1] = 1;
    CHECK_ERR(ioctl(listener, _IOWR('!', 3, typeof(longer)), &longer), E2BIG);
    CHECK_ERR(ioctl(listener, _IOWR('!', 3, uint32_t), &longer), EINVAL);
    CHECK_OK(answer(listener, call.id, 77, 0, 0));
    CHECK_EQ(wait_for(child), 0);
}

static int thread_listener;

static void *supervise(void *unused) {
    (void)unused;
    for (;;) {
        struct seccomp_notif call;
        memset(&call, 0, sizeof call);
        if (ioctl(thread_listener, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0) {
            if (errno == ENOENT) break;
            continue;
        }
        answer(thread_listener, call.id, call.data.args[0] * 2, 0, 0);
    }
    return NULL;
}

static volatile int thread_errors;

static void *ask(void *unused) {
    (void)unused;
    for (int i = 0; i < 200; i++)
        if (syscall(CALL, i) != 2 * i) thread_errors++;
    return NULL;
}

TEST(manyCalls_ofManyThreads_getTheirOwnAnswers) {
    int listener;
    pid_t child = START_WATCHED(listener, 0,
        pthread_t threads[4];
        for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, ask, NULL);
        for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
        _exit(thread_errors));
    thread_listener = listener;
    pthread_t supervisors[2];
    for (int i = 0; i < 2; i++) pthread_create(&supervisors[i], NULL, supervise, NULL);
    CHECK_EQ(wait_for(child), 0);
    for (int i = 0; i < 2; i++) pthread_join(supervisors[i], NULL);
}

TEST(forkedChild_asksTheSameListener) {
    int listener;
    pid_t child = START_WATCHED(listener, 0, int status = IN_CHILD(_exit(syscall(CALL))); _exit(WEXITSTATUS(status)));
    struct seccomp_notif call = receive(listener);
    CHECK(call.pid != (unsigned)child && call.pid > 0);
    CHECK_OK(answer(listener, call.id, 33, 0, 0));
    CHECK_EQ(wait_for(child), EXITED(33));
}

TEST(restartCodes_areNumbersWithoutASignal) {
    int listener;
    pid_t child = START_WATCHED(listener, 0, CHECK_ERR(syscall(CALL), 512); CHECK_ERR(syscall(CALL), 516));
    struct seccomp_notif call = receive(listener);
    CHECK_OK(answer(listener, call.id, 0, -512, 0));
    call = receive(listener);
    CHECK_OK(answer(listener, call.id, 0, -516, 0));
    CHECK_EQ(wait_for(child), 0);
}
