/* Open files on their way through local sockets (SCM_RIGHTS): those that nobody can receive any more are closed. */
#include "check.h"
#include <poll.h>
#include <sys/socket.h>

static int pass(int over, const int *files, int count) {
    char control[CMSG_SPACE(10 * sizeof(int))] = "";
    struct iovec part = {"x", 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = CMSG_SPACE(count * sizeof(int))};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    *header = (struct cmsghdr){.cmsg_len = CMSG_LEN(count * sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(header), files, count * sizeof(int));
    return sendmsg(over, &message, 0);
}

/* Whether the writing end of a pipe is gone; each close of a socket has the kernel look for garbage, some time later. */
static bool ends(int reader, int tries) {
    for (int i = 0; i < tries; i++) {
        int pair[2];
        CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
        close(pair[0]);
        close(pair[1]);
        struct pollfd one = {reader, POLLIN, 0};
        if (poll(&one, 1, 20) > 0) return (one.revents & POLLHUP) != 0;
    }
    return false;
}

TEST(socketInItsOwnQueue_isClosedWithWhatItHolds) {
    int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET};
    for (int t = 0; t < 3; t++) {
        int pair[2], hose[2];
        CHECK_EQ(socketpair(AF_UNIX, types[t], 0, pair), 0);
        CHECK_EQ(pipe(hose), 0);
        int files[] = {pair[0], pair[1], hose[1]};
        CHECK_EQ(pass(pair[0], files, 3), 1);
        close(pair[0]);
        close(pair[1]);
        close(hose[1]);
        CHECK(ends(hose[0], 250));
        close(hose[0]);
    }
}

TEST(socketsInEachOthersQueues_areClosed) {
    int first[2], second[2], hose[2];
    CHECK_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, first), 0);
    CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, second), 0);
    CHECK_EQ(pipe(hose), 0);
    int ahead[] = {second[0], second[1]}, back[] = {first[0], first[1], hose[1]};
    CHECK_EQ(pass(first[0], ahead, 2), 1);
    CHECK_EQ(pass(second[0], back, 3), 1);
    close(first[0]);
    close(first[1]);
    close(second[0]);
    close(hose[1]);
    CHECK(!ends(hose[0], 5)); /* second[1] is open still: all can be received through it */
    close(second[1]);
    CHECK(ends(hose[0], 250));
}

TEST(socketInFlight_thatCanBeReceived_livesOn) {
    int outer[2], inner[2], hose[2];
    CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, outer), 0);
    CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, inner), 0);
    CHECK_EQ(pipe(hose), 0);
    CHECK_EQ(pass(inner[0], &hose[1], 1), 1);
    CHECK_EQ(pass(outer[0], &inner[1], 1), 1);
    close(inner[1]);
    close(hose[1]);
    CHECK(!ends(hose[0], 5));
    char text[8], control[CMSG_SPACE(sizeof(int))];
    int received[2] = {outer[1], -1};
    for (int i = 0; i < 2; i++) {
        struct iovec part = {text, sizeof text};
        struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
        CHECK_EQ(recvmsg(received[0], &message, 0), 1);
        CHECK(CMSG_FIRSTHDR(&message) != NULL);
        memcpy(received, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(int));
    }
    CHECK_EQ(write(received[0], "y", 1), 1);
    CHECK_EQ(read(hose[0], text, 1), 1);
}

TEST(longChainOfSocketsInFlight_isClosedAtOnce) {
    int hose[2], inner;
    CHECK_EQ(pipe(hose), 0);
    inner = hose[1];
    for (int i = 0; i < 3000; i++) {
        int pair[2];
        CHECK_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
        if (pass(pair[0], &inner, 1) != 1) {
            CHECK_EQ(errno, ETOOMANYREFS); /* RLIMIT_NOFILE bounds what is in flight */
            close(pair[0]);
            close(pair[1]);
            break;
        }
        close(inner);
        close(pair[0]);
        inner = pair[1];
    }
    CHECK(!ends(hose[0], 2));
    close(inner);
    CHECK(ends(hose[0], 250));
}
