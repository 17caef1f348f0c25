/* Options of local sockets: what getsockopt(2) tells after setsockopt(2), and what the options do. */
#include "check.h"
#include <grp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#define OPTION_PASSPIDFD 76
#define OPTION_PEERPIDFD 77
#define OPTION_INQ 84

static const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET};

static int set(int fd, int option, int value) { return setsockopt(fd, SOL_SOCKET, option, &value, sizeof value); }

static long get(int fd, int option) {
    long value = 0;
    socklen_t length = sizeof value;
    if (getsockopt(fd, SOL_SOCKET, option, &value, &length)) return -errno;
    return length == 4 ? (int)value : value;
}

static void pair_of(int type, int pair[2]) { CHECK_EQ(socketpair(AF_UNIX, type, 0, pair), 0); }

TEST(flags_areKeptAsZeroOrOne) {
    static const int options[] = {SO_REUSEADDR, SO_DONTROUTE, SO_BROADCAST, SO_KEEPALIVE, SO_OOBINLINE, SO_NO_CHECK, SO_PASSCRED, SO_PASSSEC,
                                  SO_RXQ_OVFL, 41, SO_NOFCS, SO_SELECT_ERR_QUEUE, 63, 75, OPTION_PASSPIDFD, 82};
    for (unsigned t = 0; t < 3; t++) {
        int pair[2];
        pair_of(types[t], pair);
        for (unsigned i = 0; i < sizeof options / sizeof *options; i++) {
            if (options[i] > 70 && get(pair[0], options[i]) == -ENOPROTOOPT) continue; /* an older kernel */
            CHECK_EQ(get(pair[0], options[i]), 0);
            CHECK_EQ(set(pair[0], options[i], 7), 0);
            CHECK_EQ(get(pair[0], options[i]), 1);
            CHECK_EQ(get(pair[1], options[i]), 0);
            CHECK_EQ(set(pair[0], options[i], 0), 0);
            CHECK_EQ(get(pair[0], options[i]), 0);
            CHECK_ERR(setsockopt(pair[0], SOL_SOCKET, options[i], &t, 3), EINVAL);
            CHECK_ERR(setsockopt(pair[0], SOL_SOCKET, options[i], (void *)8, 4), EFAULT);
        }
        close(pair[0]);
        close(pair[1]);
    }
}

TEST(numbers_areKeptWithinTheirBounds) {
    int pair[2];
    pair_of(SOCK_STREAM, pair);
    CHECK_EQ(get(pair[0], SO_INCOMING_CPU), -1);
    CHECK_EQ(set(pair[0], SO_INCOMING_CPU, 1), 0);
    CHECK_EQ(get(pair[0], SO_INCOMING_CPU), 1);
    CHECK_EQ(get(pair[0], SO_PEEK_OFF), -1);
    CHECK_EQ(set(pair[0], SO_BUSY_POLL, 1), 0);
    CHECK_EQ(get(pair[0], SO_BUSY_POLL), 1);
    CHECK_ERR(set(pair[0], SO_BUSY_POLL, -1), EINVAL);
    CHECK_EQ(set(pair[0], SO_RCVLOWAT, -1), 0);
    CHECK_EQ(get(pair[0], SO_RCVLOWAT), INT_MAX);
    CHECK_EQ(set(pair[0], SO_RCVLOWAT, 0), 0);
    CHECK_EQ(get(pair[0], SO_RCVLOWAT), 1);
    CHECK_EQ(get(pair[0], SO_MAX_PACING_RATE), -1);
    CHECK_EQ(set(pair[0], SO_MAX_PACING_RATE, 5), 0);
    CHECK_EQ(get(pair[0], SO_MAX_PACING_RATE), 5);
    CHECK_EQ(get(pair[0], SO_BPF_EXTENSIONS), 64);
    CHECK_EQ(get(pair[0], 72), 0); /* SO_BUF_LOCK */
    CHECK_EQ(set(pair[0], SO_SNDBUF, 1), 0);
    CHECK_EQ(get(pair[0], SO_SNDBUF), 4608);
    CHECK_EQ(get(pair[0], 72), 1);
    CHECK_EQ(set(pair[0], SO_RCVBUF, 1), 0);
    CHECK_EQ(get(pair[0], SO_RCVBUF), 2304);
    CHECK_EQ(get(pair[0], 72), 3);
    CHECK_ERR(set(pair[0], 72, 4), EINVAL);
    CHECK_EQ(set(pair[0], SO_PRIORITY, 6), 0);
    CHECK_EQ(get(pair[0], SO_PRIORITY), 6);
    unsigned memory[9] = {0};
    socklen_t length = sizeof memory;
    CHECK_EQ(getsockopt(pair[0], SOL_SOCKET, SO_MEMINFO, memory, &length), 0);
    CHECK_EQ(length, 36);
    CHECK_EQ(memory[1], 2304);
    CHECK_EQ(memory[3], 4608);
    CHECK(get(pair[0], SO_COOKIE) != get(pair[1], SO_COOKIE));
    CHECK_EQ(get(pair[0], SO_COOKIE), get(pair[0], SO_COOKIE));
}

TEST(optionsThatLocalSocketsRefuse_giveTheirErrors) {
    int pair[2];
    pair_of(SOCK_DGRAM, pair);
    CHECK_EQ(set(pair[0], SO_REUSEPORT, 0), 0);
    CHECK_ERR(set(pair[0], SO_REUSEPORT, 1), EOPNOTSUPP);
    CHECK_ERR(set(pair[0], SO_ZEROCOPY, 1), EOPNOTSUPP);
    CHECK_ERR(set(pair[0], SO_TXTIME, 1), EINVAL);
    CHECK_ERR(set(pair[0], SO_DETACH_FILTER, 0), ENOENT);
    CHECK_ERR(set(pair[0], SO_ATTACH_BPF, -1), EBADF);
    CHECK_ERR(set(pair[0], SO_ATTACH_BPF, pair[1]), EINVAL);
    CHECK_ERR(set(pair[0], SO_TYPE, 1), ENOPROTOOPT);
    CHECK_ERR(set(pair[0], SO_SNDLOWAT, 1), ENOPROTOOPT);
    CHECK_ERR(set(pair[0], 90, 1), ENOPROTOOPT);
    CHECK_EQ(get(pair[0], 90), -ENOPROTOOPT);
    CHECK_EQ(get(pair[0], SO_CNX_ADVICE), -ENOPROTOOPT);
    CHECK_ERR(setsockopt(pair[0], SOL_SOCKET, SO_BINDTODEVICE, "no-such-device", 14), ENODEV);
    CHECK_EQ(setsockopt(pair[0], SOL_SOCKET, SO_BINDTODEVICE, "", 1), 0);
    char name[110];
    socklen_t length = sizeof name;
    CHECK_ERR(getsockopt(pair[0], SOL_SOCKET, SO_PEERNAME, name, &length), EINVAL);
    length = 2;
    CHECK_EQ(getsockopt(pair[0], SOL_SOCKET, SO_PEERNAME, name, &length), 0);
    CHECK_EQ(*(short *)name, AF_UNIX);
}

TEST(privilegedOptions_ofAnybody_giveEperm) {
    int pair[2];
    pair_of(SOCK_STREAM, pair);
    if (getuid() == 0) CHECK_EQ(setresuid(65534, 65534, 65534), 0);
    CHECK_ERR(set(pair[0], SO_DEBUG, 1), EACCES);
    CHECK_ERR(set(pair[0], SO_MARK, 1), EPERM);
    CHECK_ERR(set(pair[0], SO_PRIORITY, 7), EPERM);
    CHECK_ERR(set(pair[0], SO_SNDBUFFORCE, 1), EPERM);
    CHECK_ERR(set(pair[0], SO_RCVBUFFORCE, 1), EPERM);
}

TEST(lowWater_makesABlockingReaderOfAStreamWait) {
    int pair[2];
    pair_of(SOCK_STREAM, pair);
    CHECK_EQ(set(pair[1], SO_RCVLOWAT, 4), 0);
    char text[16] = "";
    CHECK_EQ(send(pair[0], "ab", 2, 0), 2);
    CHECK_EQ(recv(pair[1], text, sizeof text, MSG_DONTWAIT), 2);
    CHECK_EQ(send(pair[0], "ab", 2, 0), 2);
    CHECK_EQ(recv(pair[1], text, 2, 0), 2);
    CHECK_EQ(send(pair[0], "ab", 2, 0), 2);
    CHECK_EQ(recv(pair[1], text, sizeof text, MSG_PEEK), 2);
    pid_t child = fork();
    if (child == 0) {
        usleep(50000);
        _exit(send(pair[0], "cd", 2, 0) != 2);
    }
    CHECK_EQ(recv(pair[1], text, sizeof text, 0), 4);
    CHECK(!memcmp(text, "abcd", 4));
    CHECK_EQ(waitpid(child, NULL, 0), child);
    struct timeval wait = {0, 50000};
    CHECK_EQ(setsockopt(pair[1], SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait), 0);
    CHECK_EQ(send(pair[0], "xy", 2, 0), 2);
    CHECK_EQ(recv(pair[1], text, sizeof text, 0), 2);
}

TEST(peekOffset_ofAStream_movesWithPeeksAndReads) {
    int pair[2];
    pair_of(SOCK_STREAM, pair);
    char text[16] = "";
    CHECK_EQ(set(pair[1], SO_PEEK_OFF, 1), 0);
    CHECK_EQ(send(pair[0], "abcdef", 6, 0), 6);
    CHECK_EQ(recv(pair[1], text, 2, MSG_PEEK), 2);
    CHECK(!memcmp(text, "bc", 2));
    CHECK_EQ(recv(pair[1], text, 2, MSG_PEEK), 2);
    CHECK(!memcmp(text, "de", 2));
    CHECK_EQ(get(pair[1], SO_PEEK_OFF), 5);
    CHECK_EQ(recv(pair[1], text, 2, 0), 2);
    CHECK(!memcmp(text, "ab", 2));
    CHECK_EQ(get(pair[1], SO_PEEK_OFF), 3);
    CHECK_EQ(recv(pair[1], text, 9, MSG_PEEK), 1);
    CHECK_ERR(recv(pair[1], text, 9, MSG_PEEK | MSG_DONTWAIT), EAGAIN);
    CHECK_EQ(recv(pair[1], text, 9, 0), 4);
    CHECK_EQ(get(pair[1], SO_PEEK_OFF), 0);
}

TEST(peekOffset_ofMessages_goesFromOneToTheNext) {
    for (unsigned t = 1; t < 3; t++) {
        int pair[2];
        pair_of(types[t], pair);
        char text[16] = "";
        CHECK_EQ(set(pair[1], SO_PEEK_OFF, 0), 0);
        CHECK_EQ(send(pair[0], "abc", 3, 0), 3);
        CHECK_EQ(send(pair[0], "defg", 4, 0), 4);
        CHECK_EQ(recv(pair[1], text, 2, MSG_PEEK), 2);
        CHECK_EQ(recv(pair[1], text, 9, MSG_PEEK), 1);
        CHECK_EQ(text[0], 'c');
        CHECK_EQ(recv(pair[1], text, 2, MSG_PEEK), 2);
        CHECK(!memcmp(text, "de", 2));
        CHECK_EQ(recv(pair[1], text, 2, 0), 2);
        CHECK(!memcmp(text, "ab", 2));
        CHECK_EQ(get(pair[1], SO_PEEK_OFF), 2);
        CHECK_EQ(recv(pair[1], text, 9, MSG_PEEK | MSG_TRUNC), 2);
        CHECK(!memcmp(text, "fg", 2));
        CHECK_ERR(recv(pair[1], text, 9, MSG_PEEK | MSG_DONTWAIT), EAGAIN);
    }
}

/* Receives one message; gives the length of the control message of a type, 0 if there is none, and its data. */
static int control_of(int fd, int type, void *data, int size) {
    char text[64], control[512];
    struct iovec part = {text, sizeof text};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    CHECK(recvmsg(fd, &message, 0) > 0);
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header))
        if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == type) {
            memcpy(data, CMSG_DATA(header), size);
            return header->cmsg_len - CMSG_LEN(0);
        }
    return 0;
}

TEST(timestamps_comeWithMessages_notWithStreams) {
    for (unsigned t = 0; t < 3; t++) {
        int pair[2];
        pair_of(types[t], pair);
        int wanted = t > 0;
        struct timespec now, stamp[3] = {{0, 0}};
        clock_gettime(CLOCK_REALTIME, &now);
        CHECK_EQ(set(pair[1], SO_TIMESTAMP, 1), 0);
        CHECK_EQ(send(pair[0], "a", 1, 0), 1);
        CHECK_EQ(control_of(pair[1], SO_TIMESTAMP, stamp, 16), wanted * 16);
        if (wanted) CHECK(stamp->tv_sec >= now.tv_sec && stamp->tv_sec <= now.tv_sec + 100 && stamp->tv_nsec < 1000000);
        CHECK_EQ(set(pair[1], SO_TIMESTAMPNS, 1), 0);
        CHECK_EQ(get(pair[1], SO_TIMESTAMP), 0);
        CHECK_EQ(get(pair[1], SO_TIMESTAMPNS), 1);
        CHECK_EQ(send(pair[0], "a", 1, 0), 1);
        CHECK_EQ(control_of(pair[1], SO_TIMESTAMPNS, stamp, 16), wanted * 16);
        CHECK_EQ(set(pair[1], SO_TIMESTAMPING, 0x18), 0);
        CHECK_EQ(send(pair[0], "a", 1, 0), 1);
        CHECK_EQ(control_of(pair[1], SO_TIMESTAMPING, stamp, 48), wanted * 48);
        if (wanted) CHECK(stamp->tv_sec >= now.tv_sec && stamp[1].tv_sec == 0 && stamp[2].tv_sec == 0);
        CHECK_EQ(set(pair[1], SO_TIMESTAMPNS, 0), 0);
        CHECK_EQ(send(pair[0], "a", 1, 0), 1);
        CHECK_EQ(control_of(pair[1], SO_TIMESTAMPING, stamp, 48), 0);
        CHECK_ERR(set(pair[1], SO_TIMESTAMPING, -1), EINVAL);
    }
}

TEST(passPidfd_givesTheSenderAsADescriptor) {
    for (unsigned t = 0; t < 3; t++) {
        int pair[2], fd = -1;
        pair_of(types[t], pair);
        if (set(pair[1], OPTION_PASSPIDFD, 1) && errno == ENOPROTOOPT) return;
        pid_t child = fork();
        if (child == 0) {
            send(pair[0], "x", 1, 0);
            pause();
        }
        CHECK_EQ(control_of(pair[1], 4, &fd, 4), 4);
        CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
        CHECK_EQ(syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0), 0);
        int status = 0;
        CHECK_EQ(waitpid(child, &status, 0), child);
        CHECK(WIFSIGNALED(status));
        close(fd);
    }
}

TEST(peerPidfd_andPeerGroups_tellWhoConnected) {
    int pair[2];
    pair_of(SOCK_STREAM, pair);
    int fd = get(pair[0], OPTION_PEERPIDFD);
    if (fd == -ENOPROTOOPT) return;
    CHECK(fd >= 0);
    CHECK_EQ(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0), 0);
    int alone = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK_EQ(get(alone, OPTION_PEERPIDFD), -ENODATA);
    CHECK_EQ(get(alone, SO_PEERGROUPS), -ENODATA);
    if (getuid() != 0) return;
    gid_t groups[] = {5, 7, 9}, told[4] = {0};
    CHECK_EQ(setgroups(3, groups), 0);
    pair_of(SOCK_STREAM, pair);
    socklen_t length = sizeof told;
    CHECK_EQ(getsockopt(pair[0], SOL_SOCKET, SO_PEERGROUPS, told, &length), 0);
    CHECK_EQ(length, 12);
    CHECK(!memcmp(told, groups, sizeof groups));
    length = 8;
    CHECK_ERR(getsockopt(pair[0], SOL_SOCKET, SO_PEERGROUPS, told, &length), ERANGE);
    CHECK_EQ(length, 12);
}

TEST(inq_tellsWhatAStreamHasLeft) {
    int pair[2], left = -1;
    pair_of(SOCK_STREAM, pair);
    if (set(pair[1], OPTION_INQ, 1)) return; /* before Linux 6.17 */
    CHECK_ERR(set(pair[1], OPTION_INQ, 2), EINVAL);
    char text[100];
    memset(text, 'a', sizeof text);
    CHECK_EQ(send(pair[0], text, sizeof text, 0), 100);
    CHECK_EQ(control_of(pair[1], OPTION_INQ, &left, 4), 4);
    CHECK_EQ(left, 36);
    pair_of(SOCK_DGRAM, pair);
    CHECK_ERR(set(pair[1], OPTION_INQ, 1), ENOPROTOOPT);
}

TEST(passRights_off_refusesOpenFiles) {
    for (unsigned t = 0; t < 3; t++) {
        int pair[2], fd = -1;
        pair_of(types[t], pair);
        if (get(pair[1], 83) == -ENOPROTOOPT) return; /* before Linux 6.16 */
        CHECK_EQ(get(pair[1], 83), 1);
        CHECK_EQ(set(pair[1], 83, 0), 0);
        char control[CMSG_SPACE(4)] = "";
        struct iovec part = {"a", 1};
        struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        *header = (struct cmsghdr){.cmsg_len = CMSG_LEN(4), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
        *(int *)CMSG_DATA(header) = 0;
        CHECK_ERR(sendmsg(pair[0], &message, 0), EPERM);
        CHECK_EQ(set(pair[1], 83, 1), 0);
        CHECK_EQ(sendmsg(pair[0], &message, 0), 1);
        CHECK_EQ(control_of(pair[1], SCM_RIGHTS, &fd, 4), 4);
        CHECK_EQ(close(fd), 0);
    }
}
