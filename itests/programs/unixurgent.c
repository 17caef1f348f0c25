/* Urgent data of local streams (MSG_OOB), marks, what is unsent and unread, and ends with unread data. */
#include "check.h"
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

static int pair[2];
static char text[64];

static void open_pair(int type) { CHECK_EQ(socketpair(AF_UNIX, type, 0, pair), 0); }

static int events(int fd) {
    struct pollfd one = {fd, POLLIN | POLLPRI | POLLOUT | POLLRDHUP, 0};
    poll(&one, 1, 0);
    return one.revents;
}

static int ask(int fd, int command) {
    int value = -1;
    return ioctl(fd, command, &value) ? -errno : value;
}

#define RECEIVES(expected, flags)                                            \
    do {                                                                     \
        memset(text, 0, sizeof text);                                        \
        CHECK_EQ(recv(pair[1], text, sizeof text - 1, flags), strlen(expected)); \
        CHECK(!strcmp(text, expected));                                      \
    } while (0)

#define URGENT(text) CHECK_EQ(send(pair[0], text, strlen(text), MSG_OOB), strlen(text))
#define SEND(text) CHECK_EQ(send(pair[0], text, strlen(text), 0), strlen(text))

TEST(urgent_lastByte_isTakenApart) {
    open_pair(SOCK_STREAM);
    SEND("ab");
    URGENT("xyz");
    CHECK_EQ(events(pair[1]), POLLIN | POLLPRI | POLLOUT);
    CHECK_EQ(ask(pair[1], SIOCATMARK), 0);
    CHECK_EQ(ask(pair[1], FIONREAD), 5);
    RECEIVES("abxy", MSG_PEEK);
    RECEIVES("abxy", 0);
    CHECK_EQ(ask(pair[1], SIOCATMARK), 1);
    CHECK_ERR(recv(pair[1], text, 9, MSG_PEEK | MSG_DONTWAIT), EAGAIN);
    RECEIVES("z", MSG_OOB | MSG_PEEK);
    RECEIVES("z", MSG_OOB);
    CHECK_EQ(events(pair[1]), POLLIN | POLLOUT);
    CHECK_EQ(ask(pair[1], SIOCATMARK), 1);
    CHECK_ERR(recv(pair[1], text, 9, MSG_OOB), EINVAL);
    SEND("q");
    RECEIVES("q", 0);
    CHECK_EQ(ask(pair[1], SIOCATMARK), 0);
}

TEST(urgent_twice_firstBecomesPlain) {
    open_pair(SOCK_STREAM);
    URGENT("1");
    SEND("mid");
    URGENT("2");
    SEND("end");
    CHECK_EQ(ask(pair[1], SIOCATMARK), 0);
    RECEIVES("1mid", MSG_DONTWAIT);
    CHECK_EQ(ask(pair[1], SIOCATMARK), 1);
    RECEIVES("end", MSG_DONTWAIT);
    CHECK_EQ(events(pair[1]), POLLOUT);
    CHECK_ERR(recv(pair[1], text, 1, MSG_OOB), EINVAL);
    CHECK_ERR(recv(pair[1], text, 9, MSG_DONTWAIT), EAGAIN);
}

TEST(urgent_taken_leavesAMarkThatReadsStopAt) {
    open_pair(SOCK_STREAM);
    SEND("aa");
    URGENT("O");
    SEND("bb");
    RECEIVES("O", MSG_OOB);
    CHECK_EQ(ask(pair[1], SIOCATMARK), 0);
    RECEIVES("aa", MSG_DONTWAIT);
    CHECK_EQ(ask(pair[1], SIOCATMARK), 1);
    RECEIVES("bb", MSG_DONTWAIT);
    SEND("aa");
    URGENT("O");
    SEND("bb");
    CHECK_EQ(recv(pair[1], text, 9, MSG_WAITALL), 2);
}

TEST(urgent_inline_isReadWithTheRest) {
    open_pair(SOCK_STREAM);
    int on = 1;
    CHECK_EQ(setsockopt(pair[1], SOL_SOCKET, SO_OOBINLINE, &on, sizeof on), 0);
    SEND("aa");
    URGENT("O");
    SEND("bb");
    CHECK_ERR(recv(pair[1], text, 1, MSG_OOB), EINVAL);
    CHECK_EQ(events(pair[1]), POLLIN | POLLPRI | POLLOUT);
    RECEIVES("aa", 0);
    CHECK_EQ(ask(pair[1], SIOCATMARK), 1);
    RECEIVES("Obb", MSG_DONTWAIT);
    CHECK_EQ(events(pair[1]), POLLOUT);
}

TEST(urgent_atTheHead_isDroppedByAPlainRead) {
    open_pair(SOCK_STREAM);
    URGENT("O");
    SEND("rest");
    CHECK_EQ(ask(pair[1], SIOCATMARK), 1);
    RECEIVES("rest", MSG_DONTWAIT);
    CHECK_ERR(recv(pair[1], text, 1, MSG_OOB), EINVAL);
    URGENT("O");
    close(pair[0]);
    CHECK_EQ(events(pair[1]), POLLIN | POLLPRI | POLLOUT | POLLHUP | POLLRDHUP);
    CHECK_EQ(recv(pair[1], text, 9, 0), 0);
    CHECK_ERR(recv(pair[1], text, 1, MSG_OOB), EINVAL);
}

static volatile sig_atomic_t urged;

static void note(int signal) { urged = signal; }

TEST(urgent_tellsTheOwnerOfTheSocket) {
    open_pair(SOCK_STREAM);
    signal(SIGURG, note);
    CHECK_EQ(fcntl(pair[1], F_SETOWN, getpid()), 0);
    SEND("plain");
    CHECK_EQ(urged, 0);
    URGENT("O");
    CHECK_EQ(urged, SIGURG);
}

TEST(urgent_errors) {
    open_pair(SOCK_STREAM);
    CHECK_ERR(recv(pair[1], text, 1, MSG_OOB), EINVAL);
    CHECK_ERR(send(pair[0], "", 0, MSG_OOB), EOPNOTSUPP);
    int alone = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK_ERR(send(alone, "a", 1, MSG_OOB | MSG_NOSIGNAL), ENOTCONN);
    CHECK_ERR(recv(alone, text, 1, MSG_OOB), EINVAL);
    int types[] = {SOCK_DGRAM, SOCK_SEQPACKET};
    for (int i = 0; i < 2; i++) {
        open_pair(types[i]);
        CHECK_ERR(send(pair[0], "a", 1, MSG_OOB), EOPNOTSUPP);
        CHECK_ERR(recv(pair[0], text, 1, MSG_OOB | MSG_DONTWAIT), EOPNOTSUPP);
        CHECK_EQ(ask(pair[0], SIOCATMARK), -EOPNOTSUPP);
    }
}

TEST(outq_countsWhatIsNotReceivedYet) {
    open_pair(SOCK_STREAM);
    CHECK_EQ(ask(pair[0], SIOCOUTQ), 0);
    SEND("hello");
    int one = ask(pair[0], SIOCOUTQ);
    CHECK(one >= 5);
    SEND("more");
    CHECK_EQ(ask(pair[0], SIOCOUTQ), 2 * one);
    CHECK_EQ(recv(pair[1], text, 3, 0), 3);
    CHECK_EQ(ask(pair[0], SIOCOUTQ), 2 * one);
    CHECK_EQ(recv(pair[1], text, 2, 0), 2);
    CHECK_EQ(ask(pair[0], SIOCOUTQ), one);
    CHECK_EQ(recv(pair[1], text, 9, 0), 4);
    CHECK_EQ(ask(pair[0], SIOCOUTQ), 0);
    /* what small packets take bounds how many there are */
    int sent = 0;
    while (send(pair[0], "x", 1, MSG_DONTWAIT) == 1) sent++;
    CHECK_EQ(errno, EAGAIN);
    int buffer = 0;
    socklen_t length = sizeof buffer;
    CHECK_EQ(getsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &buffer, &length), 0);
    CHECK_EQ(sent, (buffer + one - 1) / one);
    CHECK_EQ(events(pair[0]) & POLLOUT, 0);
    for (int i = 0; i < sent * 3 / 4 - 1; i++) CHECK_EQ(recv(pair[1], text, 1, 0), 1);
    CHECK_EQ(events(pair[0]) & POLLOUT, 0);
    for (int i = 0; i < 3; i++) CHECK_EQ(recv(pair[1], text, 1, 0), 1);
    CHECK_EQ(events(pair[0]) & POLLOUT, POLLOUT);
    open_pair(SOCK_DGRAM);
    SEND("hello");
    CHECK_EQ(ask(pair[0], SIOCOUTQ), one);
    CHECK_EQ(recv(pair[1], text, 9, 0), 5);
    CHECK_EQ(ask(pair[0], SIOCOUTQ), 0);
}

TEST(close_withUnreadData_resetsTheOther) {
    open_pair(SOCK_STREAM);
    CHECK_EQ(send(pair[1], "y", 1, 0), 1);
    SEND("x");
    close(pair[0]);
    CHECK_EQ(events(pair[1]), POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDHUP);
    RECEIVES("x", MSG_DONTWAIT);
    CHECK_ERR(recv(pair[1], text, 1, MSG_DONTWAIT), ECONNRESET);
    CHECK_EQ(recv(pair[1], text, 1, MSG_DONTWAIT), 0);
    open_pair(SOCK_SEQPACKET);
    CHECK_EQ(send(pair[1], "y", 1, 0), 1);
    SEND("x");
    close(pair[0]);
    CHECK_ERR(recv(pair[1], text, 1, MSG_DONTWAIT), ECONNRESET);
    CHECK_EQ(recv(pair[1], text, 1, MSG_DONTWAIT), 1);
    CHECK_EQ(recv(pair[1], text, 1, MSG_DONTWAIT), 0);
    open_pair(SOCK_SEQPACKET);
    CHECK_EQ(send(pair[1], "y", 1, 0), 1);
    close(pair[0]);
    CHECK_ERR(send(pair[1], "a", 1, MSG_NOSIGNAL), ECONNRESET);
    CHECK_ERR(send(pair[1], "a", 1, MSG_NOSIGNAL), EPIPE);
    open_pair(SOCK_DGRAM);
    close(pair[0]);
    CHECK_ERR(send(pair[1], "a", 1, 0), ECONNREFUSED);
    CHECK_ERR(send(pair[1], "a", 1, 0), ENOTCONN);
}

TEST(close_ofAListener_resetsWhoWasNotAccepted) {
    struct sockaddr_un name = {AF_UNIX, ""};
    snprintf(name.sun_path + 1, 20, "urgent%d", getpid());
    int listener = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK_EQ(bind(listener, (void *)&name, 20), 0);
    CHECK_EQ(listen(listener, 3), 0);
    CHECK_EQ(ask(listener, FIONREAD), -EINVAL);
    CHECK_EQ(ask(listener, SIOCOUTQ), 0);
    CHECK_EQ(connect(client, (void *)&name, 20), 0);
    close(listener);
    CHECK_ERR(recv(client, text, 1, 0), ECONNRESET);
    CHECK_EQ(recv(client, text, 1, 0), 0);
}
