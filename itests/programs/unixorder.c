/* Local sockets where two things are wrong at once, and how much of each thing may be on its way. */
#include "check.h"
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

static struct sockaddr_un address(const char *path) {
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    strcpy(name.sun_path, path);
    return name;
}

static int named(int type, const char *path) {
    struct sockaddr_un name = address(path);
    int fd = CHECK_OK(socket(AF_UNIX, type, 0));
    CHECK_EQ(bind(fd, (void *)&name, sizeof name), 0);
    return fd;
}

TEST(secondName_isRefusedAfterTheFile) {
    int fd = named(SOCK_DGRAM, "first");
    struct sockaddr_un other = address("second"), missing = address("missing/second"), taken = address("first"), file = address("first/second"),
                       hidden = {.sun_family = AF_UNIX, .sun_path = "\0moat-second"};
    CHECK_ERR(bind(fd, (void *)&other, sizeof other), EINVAL);
    CHECK_ERR(access("second", F_OK), ENOENT);
    CHECK_ERR(bind(fd, (void *)&missing, sizeof missing), ENOENT);
    CHECK_ERR(bind(fd, (void *)&taken, sizeof taken), EADDRINUSE);
    CHECK_ERR(bind(fd, (void *)&file, sizeof file), ENOTDIR);
    CHECK_ERR(bind(fd, (void *)&hidden, 14), EINVAL);
    CHECK_EQ(bind(fd, (void *)&other, 2), 0);
    socklen_t length = sizeof other;
    CHECK_EQ(getsockname(fd, (void *)&other, &length), 0);
    CHECK_STR(other.sun_path, "first");
}

TEST(datagram_isCopiedBeforeItsPeerIsLookedFor) {
    int fd = CHECK_OK(socket(AF_UNIX, SOCK_DGRAM, 0));
    struct sockaddr_un missing = address("missing"), wrong = {.sun_family = AF_UNIX + 1};
    void *bad = (void *)64;
    CHECK_ERR(sendto(fd, bad, 8, 0, (void *)&missing, sizeof missing), EFAULT);
    CHECK_ERR(sendto(fd, bad, 8, 0, (void *)&wrong, sizeof wrong), EINVAL);
    CHECK_ERR(send(fd, bad, 8, 0), EFAULT);
    CHECK_ERR(send(fd, "x", 1, 0), ENOTCONN);
    CHECK_ERR(send(fd, bad, 8, MSG_OOB), EOPNOTSUPP);
    CHECK_ERR(send(fd, bad, 1 << 24, 0), EMSGSIZE);
    CHECK_EQ(shutdown(fd, SHUT_WR), 0);
    CHECK_ERR(send(fd, bad, 8, 0), EPIPE);
    close(fd);
    static const int types[] = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM};
    for (int i = 0; i < 3; i++) {
        fd = CHECK_OK(socket(AF_UNIX, types[i], 0));
        CHECK_ERR(write(fd, bad, 8), i < 2 ? ENOTCONN : EFAULT);
        close(fd);
    }
}

TEST(datagramThatWaited_isWhole) {
    int receiver = named(SOCK_DGRAM, "receiver"), sender = CHECK_OK(socket(AF_UNIX, SOCK_DGRAM, 0));
    struct sockaddr_un name = address("receiver");
    int held = 0;
    while (sendto(sender, "early", 5, MSG_DONTWAIT, (void *)&name, sizeof name) == 5) held++;
    CHECK_EQ(errno, EAGAIN);
    CHECK(held > 0);
    pid_t child = CHECK_OK(fork());
    if (child == 0) _exit(sendto(sender, "the late one", 12, 0, (void *)&name, sizeof name) == 12 ? 0 : 1);
    char got[32];
    for (int i = 0; i < held; i++) CHECK_EQ(recv(receiver, got, sizeof got, 0), 5);
    CHECK_EQ(recv(receiver, got, sizeof got, 0), 12);
    CHECK(memcmp(got, "the late one", 12) == 0);
    int status;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
}

TEST(waiting_endsWithWhatIsWaitedFor) {
    int receiver = named(SOCK_DGRAM, "receiver"), listener = named(SOCK_STREAM, "listener");
    CHECK_EQ(listen(listener, 0), 0);
    struct sockaddr_un first = address("receiver"), second = address("listener");
    int sender = CHECK_OK(socket(AF_UNIX, SOCK_DGRAM, 0)), client = CHECK_OK(socket(AF_UNIX, SOCK_STREAM, 0));
    while (sendto(sender, "x", 1, MSG_DONTWAIT, (void *)&first, sizeof first) == 1) {
    }
    CHECK_EQ(connect(client, (void *)&second, sizeof second), 0);
    pid_t children[2];
    for (int i = 0; i < 2; i++) {
        children[i] = CHECK_OK(fork());
        if (children[i] == 0) {
            close(receiver);
            close(listener);
            int fd = CHECK_OK(socket(AF_UNIX, i ? SOCK_STREAM : SOCK_DGRAM, 0));
            if (i) CHECK_ERR(connect(fd, (void *)&second, sizeof second), ECONNREFUSED);
            else CHECK_ERR(sendto(fd, "x", 1, 0, (void *)&first, sizeof first), ECONNREFUSED);
            _exit(0);
        }
    }
    usleep(100000); /* so that they most likely wait */
    close(receiver);
    close(listener);
    for (int i = 0; i < 2; i++) CHECK_EQ(waitpid(children[i], NULL, 0), children[i]);
}

TEST(flagOfTheKernel_isRefusedFirst) {
    int kernels = 1 << 31; /* MSG_CMSG_COMPAT */
    CHECK_ERR(sendmsg(-1, NULL, kernels), EINVAL);
    CHECK_ERR(recvmsg(-1, NULL, kernels), EINVAL);
    CHECK_ERR(sendmmsg(-1, NULL, 1, kernels), EINVAL);
    CHECK_ERR(recvmmsg(-1, NULL, 1, kernels, NULL), EINVAL);
    CHECK_ERR(sendmsg(-1, NULL, 0), EBADF);
}

TEST(connectedSockets_tellWhoSent) {
    static const int types[] = {SOCK_STREAM, SOCK_SEQPACKET};
    for (int i = 0; i < 2; i++) {
        int pair[2];
        CHECK_EQ(socketpair(AF_UNIX, types[i], 0, pair), 0);
        struct sockaddr_un name = address(i ? "packets" : "stream"), from;
        char got[8];
        socklen_t length = sizeof from;
        CHECK_EQ(send(pair[0], "abc", 3, 0), 3);
        CHECK_EQ(recvfrom(pair[1], got, sizeof got, 0, (void *)&from, &length), 3);
        CHECK_EQ(length, 0);
        CHECK_EQ(bind(pair[0], (void *)&name, sizeof name), 0);
        CHECK_EQ(send(pair[0], "abc", 3, 0), 3);
        length = sizeof from;
        CHECK_EQ(recvfrom(pair[1], got, sizeof got, 0, (void *)&from, &length), 3);
        CHECK_EQ(length, 2 + strlen(name.sun_path) + 1);
        CHECK_STR(from.sun_path, name.sun_path);
    }
}

TEST(descriptorOfAPath_isNone) {
    close(named(SOCK_STREAM, "place"));
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    static const char *const places[] = {"place", "/", "/dev/null"};
    for (int i = 0; i < 3; i++) {
        int fd = CHECK_OK(open(places[i], O_PATH));
        socklen_t length = sizeof name;
        CHECK_ERR(accept(fd, NULL, NULL), EBADF);
        CHECK_ERR(listen(fd, 1), EBADF);
        CHECK_ERR(getsockname(fd, (void *)&name, &length), EBADF);
        CHECK_ERR(send(fd, "x", 1, 0), EBADF);
        close(fd);
    }
}

TEST(pairOfDatagrams_isBoundBySpaceOnly) {
    int pair[2];
    CHECK_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
    struct pollfd writing = {pair[0], POLLOUT, 0};
    for (int i = 0; i < 60; i++) {
        CHECK_EQ(poll(&writing, 1, 0), 1);
        if (!CHECK_EQ(send(pair[0], "x", 1, MSG_DONTWAIT), 1)) break;
    }
    int more = 0;
    while (send(pair[0], "x", 1, MSG_DONTWAIT) == 1) more++;
    CHECK_EQ(errno, EAGAIN);
    CHECK(more > 100 && more < 400);
    CHECK_EQ(poll(&writing, 1, 0), 0);
    pid_t child = CHECK_OK(fork());
    if (child == 0) _exit(send(pair[0], "last", 4, 0) == 4 ? 0 : 1);
    char got[8];
    ssize_t bytes;
    do bytes = recv(pair[1], got, sizeof got, 0);
    while (bytes == 1);
    CHECK_EQ(bytes, 4);
    CHECK_EQ(waitpid(child, NULL, 0), child);
}

TEST(largestMessage_isThatOfTheKernelsMemory) {
    if (geteuid() != 0) SKIP("larger buffers are needed");
    int pair[2], size = 1 << 28;
    CHECK_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    CHECK_EQ(setsockopt(pair[0], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size), 0);
    char *data = mmap(NULL, 1 << 26, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK_ERR(send(pair[0], data, 1 << 26, MSG_DONTWAIT), ENOBUFS);
    CHECK_EQ(send(pair[0], data, 4 << 20, MSG_DONTWAIT), 4 << 20);
    CHECK_EQ(recv(pair[1], data, 1 << 26, 0), 4 << 20);
}

TEST(whoWantsCredentials_getsAName) {
    static const int types[] = {SOCK_DGRAM, SOCK_STREAM};
    for (int i = 0; i < 2; i++) {
        int target = named(types[i], i ? "stream" : "datagram"), on = 1;
        if (i) CHECK_EQ(listen(target, 2), 0);
        struct sockaddr_un name = address(i ? "stream" : "datagram"), own;
        int fd = CHECK_OK(socket(AF_UNIX, types[i], 0));
        CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on), 0);
        socklen_t length = sizeof own;
        CHECK_EQ(getsockname(fd, (void *)&own, &length), 0);
        CHECK_EQ(length, 2);
        CHECK_EQ(connect(fd, (void *)&name, sizeof name), 0);
        length = sizeof own;
        CHECK_EQ(getsockname(fd, (void *)&own, &length), 0);
        CHECK_EQ(length, 8);
        CHECK_EQ(own.sun_path[0], 0);
        close(fd);
    }
}

static int pass(int over, int file, int count) {
    char control[CMSG_SPACE(16 * sizeof(int))] = "";
    struct iovec part = {"x", 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = CMSG_SPACE(count * sizeof(int))};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    *header = (struct cmsghdr){.cmsg_len = CMSG_LEN(count * sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    for (int i = 0; i < count; i++) memcpy(CMSG_DATA(header) + i * sizeof(int), &file, sizeof(int));
    return sendmsg(over, &message, MSG_DONTWAIT);
}

/* As a user that nothing else uses: what is on its way is counted by user. */
static int sent_as(int type, uid_t user) {
    int pair[2], sent = 0;
    CHECK_EQ(socketpair(AF_UNIX, type, 0, pair), 0);
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &(struct rlimit){20, 20}), 0);
    CHECK_EQ(setresuid(user, user, user), 0);
    while (sent < 100 && pass(pair[0], 0, 10) == 1) sent += 10;
    CHECK_EQ(errno, ETOOMANYREFS);
    /* What is received makes room. */
    char control[CMSG_SPACE(16 * sizeof(int))], byte;
    struct iovec part = {&byte, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    CHECK_EQ(recvmsg(pair[1], &message, 0), 1);
    CHECK_EQ(pass(pair[0], 0, 10), 1);
    CHECK_ERR(pass(pair[0], 0, 10), ETOOMANYREFS);
    return sent;
}

TEST(filesOnTheirWay_areCountedByUser) {
    if (geteuid() != 0) SKIP("another user is needed");
    static const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET};
    for (int i = 0; i < 3; i++) {
        pid_t child = CHECK_OK(fork());
        if (child == 0) {
            CHECK_EQ(sent_as(types[i], 54321 + i), 30);
            _exit(0);
        }
        CHECK_EQ(waitpid(child, NULL, 0), child);
    }
}

TEST(filesOnTheirWay_doNotBoundAPrivilegedUser) {
    if (geteuid() != 0) SKIP("privileges are needed");
    int pair[2];
    CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &(struct rlimit){20, 20}), 0);
    for (int i = 0; i < 5; i++) CHECK_EQ(pass(pair[0], 0, 10), 1);
}
