/* unix(7), socketpair(2), sendmsg(2): streams, datagrams, passed descriptors and credentials. */
#include "check.h"
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

static struct sockaddr_un at(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    return address;
}

static int listener(const char *path, int kind) {
    struct sockaddr_un address = at(path);
    int fd = REQUIRE_OK(socket(AF_UNIX, kind, 0));
    REQUIRE_OK(bind(fd, (void *)&address, sizeof address));
    if (kind != SOCK_DGRAM) REQUIRE_OK(listen(fd, 5));
    return fd;
}

static int client(const char *path, int kind) {
    struct sockaddr_un address = at(path);
    int fd = REQUIRE_OK(socket(AF_UNIX, kind, 0));
    REQUIRE_OK(connect(fd, (void *)&address, sizeof address));
    return fd;
}

TEST(socketpair_carriesBothWays) {
    char text[16] = "";
    int fds[2];
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds));
    CHECK_EQ(fcntl(fds[0], F_GETFD), FD_CLOEXEC);
    CHECK_ERR(read(fds[0], text, 1), EAGAIN);
    CHECK_EQ(write(fds[0], "ping", 4), 4);
    CHECK_EQ(write(fds[0], "pong", 4), 4);
    CHECK_EQ(read(fds[1], text, 16), 8);
    CHECK_STR(text, "pingpong");
    CHECK_EQ(send(fds[1], "back", 4, 0), 4);
    CHECK_EQ(recv(fds[0], text, 16, MSG_PEEK), 4);
    CHECK_EQ(recv(fds[0], text, 16, 0), 4);
    CHECK_OK(close(fds[1]));
    CHECK_EQ(read(fds[0], text, 1), 0);
    signal(SIGPIPE, SIG_IGN);
    CHECK_ERR(write(fds[0], "x", 1), EPIPE);
    CHECK_ERR(send(fds[0], "x", 1, MSG_NOSIGNAL), EPIPE);
}

TEST(write_afterPeerClosed_raisesSigpipe) {
    int fds[2];
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
    CHECK_OK(close(fds[1]));
    CHECK_EQ(WTERMSIG(IN_CHILD(write(fds[0], "x", 1))), SIGPIPE);
    CHECK_EQ(IN_CHILD(send(fds[0], "x", 1, MSG_NOSIGNAL)), 0);
}

TEST(datagrams_keepBorders) {
    char text[16] = "";
    int fds[2];
    CHECK_OK(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds));
    CHECK_EQ(write(fds[0], "one", 3), 3);
    CHECK_EQ(write(fds[0], "three", 5), 5);
    CHECK_EQ(read(fds[1], text, 16), 3);
    CHECK_EQ(recv(fds[1], text, 2, MSG_TRUNC), 5);
    CHECK_OK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds));
    CHECK_EQ(write(fds[0], "one", 3), 3);
    CHECK_EQ(write(fds[0], "two", 3), 3);
    CHECK_EQ(read(fds[1], text, 16), 3);
    CHECK_OK(close(fds[0]));
    CHECK_EQ(read(fds[1], text, 16), 3);
    CHECK_EQ(read(fds[1], text, 16), 0);
}

TEST(stream_connectsThroughPath) {
    char text[16] = "";
    int server = listener("socket", SOCK_STREAM);
    struct stat about;
    CHECK_OK(stat("socket", &about));
    CHECK(S_ISSOCK(about.st_mode));
    pid_t child = START_CHILD(
        int fd = client("socket", SOCK_STREAM);
        CHECK_EQ(write(fd, "hello", 5), 5);
        CHECK_EQ(read(fd, text, 16), 2));
    struct sockaddr_un peer;
    socklen_t size = sizeof peer;
    int fd = REQUIRE_OK(accept4(server, (void *)&peer, &size, SOCK_CLOEXEC));
    CHECK_EQ(size, 2);
    CHECK_EQ(peer.sun_family, AF_UNIX);
    CHECK_EQ(read(fd, text, 16), 5);
    CHECK_STR(text, "hello");
    CHECK_EQ(write(fd, "ok", 2), 2);
    CHECK_EQ(wait_for(child), 0);
    CHECK_EQ(read(fd, text, 16), 0);
    size = sizeof peer;
    CHECK_OK(getsockname(fd, (void *)&peer, &size));
    CHECK_STR(peer.sun_path, "socket");
}

TEST(socket_withBadArguments_fails) {
    struct sockaddr_un address = at("nobody");
    int fd = REQUIRE_OK(socket(AF_UNIX, SOCK_STREAM, 0)), file = make_file("file", "");
    CHECK_ERR(connect(fd, (void *)&address, sizeof address), ENOENT);
    address = at("file");
    CHECK_ERR(connect(fd, (void *)&address, sizeof address), ECONNREFUSED);
    CHECK_ERR(bind(fd, (void *)&address, sizeof address), EADDRINUSE);
    CHECK_ERR(bind(file, (void *)&address, sizeof address), ENOTSOCK);
    CHECK_ERR(accept(fd, NULL, NULL), EINVAL);
    CHECK_ERR(socket(AF_UNIX, 77, 0), EINVAL);
    CHECK_ERR(socket(12345, SOCK_STREAM, 0), EAFNOSUPPORT);
    CHECK_ERR(write(fd, "x", 1) == -1 && (errno == ENOTCONN || errno == EPIPE) ? (errno = ENOTCONN, -1) : 0, ENOTCONN);
    CHECK_ERR(socketpair(AF_UNIX, SOCK_STREAM, 0, (void *)8), EFAULT);
    CHECK_ERR(lseek(fd, 0, SEEK_SET), ESPIPE);
}

TEST(closedListener_refuses) {
    int server = listener("socket", SOCK_STREAM);
    CHECK_OK(close(server));
    struct sockaddr_un address = at("socket");
    int fd = REQUIRE_OK(socket(AF_UNIX, SOCK_STREAM, 0));
    CHECK_ERR(connect(fd, (void *)&address, sizeof address), ECONNREFUSED);
}

TEST(abstractName_needsNoFile) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path + 1, 60, "moat-check-%d", getpid());
    socklen_t size = offsetof(struct sockaddr_un, sun_path) + 1 + strlen(address.sun_path + 1);
    int server = REQUIRE_OK(socket(AF_UNIX, SOCK_STREAM, 0)), fd = REQUIRE_OK(socket(AF_UNIX, SOCK_STREAM, 0));
    CHECK_OK(bind(server, (void *)&address, size));
    CHECK_OK(listen(server, 1));
    CHECK_OK(connect(fd, (void *)&address, size));
    CHECK_OK(accept(server, NULL, NULL));
}

TEST(boundDatagrams_tellSender) {
    char text[16] = "";
    struct sockaddr_un to = at("receiver"), from;
    socklen_t size = sizeof from;
    int receiver = listener("receiver", SOCK_DGRAM), sender = listener("sender", SOCK_DGRAM);
    CHECK_EQ(sendto(sender, "hi", 2, 0, (void *)&to, sizeof to), 2);
    CHECK_EQ(recvfrom(receiver, text, 16, 0, (void *)&from, &size), 2);
    CHECK_STR(from.sun_path, "sender");
}

TEST(streamReader_ofNoBytes_learnsTheSender) {
    char text[16] = "";
    int fds[2];
    struct sockaddr_un name = at("sender"), from;
    socklen_t size = sizeof from;
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
    CHECK_OK(bind(fds[0], (void *)&name, sizeof name));
    CHECK_EQ(send(fds[0], "hi", 2, 0), 2);
    CHECK_EQ(recvfrom(fds[1], text, 0, 0, (void *)&from, &size), 0);
    CHECK_STR(from.sun_path, "sender");
    CHECK_EQ(recv(fds[1], text, 16, 0), 2);
}

TEST(descriptors_passThrough) {
    int fds[2];
    char byte, space[CMSG_SPACE(2 * sizeof(int))];
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
    pid_t child = START_CHILD(
        int files[2] = {make_file("passed", "content"), 0};
        files[1] = open("/dev/zero", O_RDONLY);
        struct iovec part = {"x", 1};
        struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
        struct cmsghdr *control = CMSG_FIRSTHDR(&message);
        *control = (struct cmsghdr){CMSG_LEN(sizeof files), SOL_SOCKET, SCM_RIGHTS};
        memcpy(CMSG_DATA(control), files, sizeof files);
        CHECK_EQ(sendmsg(fds[1], &message, 0), 1));
    struct iovec part = {&byte, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
    CHECK_EQ(recvmsg(fds[0], &message, MSG_CMSG_CLOEXEC), 1);
    CHECK_EQ(wait_for(child), 0);
    struct cmsghdr *control = CMSG_FIRSTHDR(&message);
    REQUIRE(control != NULL);
    CHECK_EQ(control->cmsg_type, SCM_RIGHTS);
    CHECK_EQ(control->cmsg_len, CMSG_LEN(2 * sizeof(int)));
    int got[2];
    memcpy(got, CMSG_DATA(control), sizeof got);
    char text[16] = "";
    CHECK_EQ(read(got[0], text, 16), 7);
    CHECK_STR(text, "content");
    CHECK_EQ(read(got[1], text, 1), 1);
    CHECK_EQ(fcntl(got[0], F_GETFD), FD_CLOEXEC);
}

TEST(credentials_areTold) {
    int fds[2], on = 1;
    char byte, space[CMSG_SPACE(sizeof(struct ucred))];
    struct ucred credentials;
    socklen_t size = sizeof credentials;
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
    CHECK_OK(getsockopt(fds[0], SOL_SOCKET, SO_PEERCRED, &credentials, &size));
    CHECK_EQ(credentials.pid, getpid());
    CHECK_EQ(credentials.uid, geteuid());
    CHECK_OK(setsockopt(fds[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on));
    pid_t child = START_CHILD(write(fds[1], "x", 1));
    struct iovec part = {&byte, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
    CHECK_EQ(recvmsg(fds[0], &message, 0), 1);
    struct cmsghdr *control = CMSG_FIRSTHDR(&message);
    REQUIRE(control != NULL);
    CHECK_EQ(control->cmsg_type, SCM_CREDENTIALS);
    memcpy(&credentials, CMSG_DATA(control), sizeof credentials);
    CHECK_EQ(credentials.pid, child);
}

TEST(shutdown_closesOneDirection) {
    char byte;
    int fds[2];
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
    CHECK_OK(shutdown(fds[0], SHUT_WR));
    CHECK_EQ(read(fds[1], &byte, 1), 0);
    CHECK_EQ(write(fds[1], "x", 1), 1);
    CHECK_EQ(read(fds[0], &byte, 1), 1);
    signal(SIGPIPE, SIG_IGN);
    CHECK_ERR(write(fds[0], "x", 1), EPIPE);
    CHECK_ERR(shutdown(fds[0], 9), EINVAL);
}

TEST(poll_seesStates) {
    int fds[2];
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
    struct pollfd p = {fds[0], POLLIN | POLLOUT | POLLRDHUP, 0};
    CHECK_EQ(poll(&p, 1, 0), 1);
    CHECK_EQ(p.revents, POLLOUT);
    CHECK_EQ(write(fds[1], "x", 1), 1);
    CHECK_EQ(poll(&p, 1, 0), 1);
    CHECK_EQ(p.revents, POLLIN | POLLOUT);
    CHECK_OK(close(fds[1]));
    CHECK_EQ(poll(&p, 1, 0), 1);
    CHECK_EQ(p.revents, POLLIN | POLLOUT | POLLHUP | POLLRDHUP);
    int server = listener("socket", SOCK_STREAM);
    struct pollfd s = {server, POLLIN, 0};
    CHECK_EQ(poll(&s, 1, 0), 0);
    client("socket", SOCK_STREAM);
    CHECK_EQ(poll(&s, 1, 0), 1);
}

TEST(fullStream_blocksAndGoesOn) {
    enum { SIZE = 2 << 20 };
    int fds[2];
    static char block[65536];
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
    pid_t child = START_CHILD(
        close(fds[0]);
        for (int sent = 0; sent < SIZE;) sent += CHECK_OK(write(fds[1], block, sizeof block)));
    CHECK_OK(close(fds[1]));
    long total = 0;
    for (ssize_t n; (n = read(fds[0], block, 10000)) > 0;) total += n;
    CHECK_EQ(total, SIZE);
    CHECK_EQ(wait_for(child), 0);
}

TEST(options_canBeRead) {
    int fds[2], value = 0;
    socklen_t size = sizeof value;
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
    CHECK_OK(getsockopt(fds[0], SOL_SOCKET, SO_TYPE, &value, &size));
    CHECK_EQ(value, SOCK_STREAM);
    CHECK_OK(getsockopt(fds[0], SOL_SOCKET, SO_DOMAIN, &value, &size));
    CHECK_EQ(value, AF_UNIX);
    CHECK_OK(getsockopt(fds[0], SOL_SOCKET, SO_ERROR, &value, &size));
    CHECK_EQ(value, 0);
    struct timeval timeout = {0, 50000};
    CHECK_OK(setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout));
    char byte;
    CHECK_ERR(read(fds[0], &byte, 1), EAGAIN);
    CHECK_ERR(getsockopt(fds[0], SOL_SOCKET, 9999, &value, &size), ENOPROTOOPT);
}

TEST(pathDescriptors_areNoSockets) {
    int path = REQUIRE_OK(open("/", O_PATH));
    CHECK_ERR(accept(path, NULL, NULL), EBADF);
    CHECK_ERR(listen(path, 1), EBADF);
    CHECK_ERR(send(path, "x", 1, 0), EBADF);
    CHECK_ERR(listen(open("/", O_RDONLY), 1), ENOTSOCK);
}
