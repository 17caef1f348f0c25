/* Netlink sockets in a network namespace that has nothing but a loopback device, and what else tells of that device. */
#include "check.h"
#include <ifaddrs.h>
#include <linux/filter.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <net/if.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>

#define SOL_UDP_LEVEL 17
#define LOWER_UP 0x10000
#define ETHTOOL 0x8946
#define LISTENING 10
#define ESTABLISHED 1

/* Of its own, so that nothing outside matters. */
static bool alone(void) { return unshare(CLONE_NEWNET) == 0; }
#define ALONE() if (!alone()) SKIP("a new network namespace is needed")

static int opened(int protocol) { return CHECK_OK(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol)); }

static int set(int fd, int option, int value) { return setsockopt(fd, SOL_NETLINK, option, &value, sizeof value); }

static struct sockaddr_nl name_of(int fd) {
    struct sockaddr_nl name = {0};
    socklen_t length = sizeof name;
    CHECK_EQ(getsockname(fd, (void *)&name, &length), 0);
    CHECK_EQ(length, sizeof name);
    return name;
}

static ssize_t ask(int fd, int type, int flags, const void *body, int bytes) {
    char message[512] = "";
    struct nlmsghdr *header = (void *)message;
    *header = (struct nlmsghdr){.nlmsg_len = NLMSG_LENGTH(bytes), .nlmsg_type = type, .nlmsg_flags = flags, .nlmsg_seq = 77};
    memcpy(NLMSG_DATA(header), body, bytes);
    return send(fd, message, header->nlmsg_len, 0);
}

/* The error of an NLMSG_ERROR that waits; 1000 if something else does, 1001 if nothing. */
static int answer(int fd) {
    char got[4096];
    ssize_t bytes = recv(fd, got, sizeof got, MSG_DONTWAIT);
    if (bytes < 0) return errno == EAGAIN ? 1001 : 2000 + errno;
    struct nlmsghdr *header = (void *)got;
    if (!CHECK(bytes >= 16) || header->nlmsg_type != NLMSG_ERROR) return 1000;
    CHECK_EQ(header->nlmsg_seq, 77);
    CHECK_EQ(header->nlmsg_pid, name_of(fd).nl_pid);
    return -((struct nlmsgerr *)NLMSG_DATA(header))->error;
}

static const struct ifinfomsg any_link;

TEST(families_areRouteUsersockAndDiag) {
    CHECK_ERR(socket(AF_NETLINK, SOCK_STREAM, NETLINK_ROUTE), ESOCKTNOSUPPORT);
    CHECK_ERR(socket(AF_NETLINK, SOCK_SEQPACKET, NETLINK_ROUTE), ESOCKTNOSUPPORT);
    CHECK_ERR(socket(AF_NETLINK, SOCK_RAW, 31), EPROTONOSUPPORT);
    CHECK_ERR(socket(AF_NETLINK, SOCK_RAW, 4711), EPROTONOSUPPORT);
    CHECK_ERR(socket(AF_NETLINK, SOCK_RAW, -1), EPROTONOSUPPORT);
    int pair[2];
    CHECK_ERR(socketpair(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, pair), EOPNOTSUPP);
    static const int families[] = {NETLINK_ROUTE, NETLINK_USERSOCK, NETLINK_SOCK_DIAG};
    for (int i = 0; i < 3; i++) {
        int fd = CHECK_OK(socket(AF_NETLINK, i == 1 ? SOCK_DGRAM : SOCK_RAW, families[i])), value = -1;
        socklen_t length = sizeof value;
        CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &value, &length), 0);
        CHECK_EQ(value, families[i]);
        CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &value, &length), 0);
        CHECK_EQ(value, AF_NETLINK);
        CHECK_ERR(listen(fd, 1), EOPNOTSUPP);
        CHECK_ERR(accept(fd, NULL, NULL), EOPNOTSUPP);
        CHECK_ERR(shutdown(fd, SHUT_RDWR), EOPNOTSUPP);
        CHECK_ERR(send(fd, "", 0, 0), ENODATA);
        CHECK_ERR(send(fd, "x", 1, MSG_OOB), EOPNOTSUPP);
        CHECK_ERR(recv(fd, &value, 1, MSG_OOB), EOPNOTSUPP);
        CHECK_ERR(recv(fd, &value, 1, MSG_DONTWAIT), EAGAIN);
        close(fd);
    }
}

TEST(ports_areThoseOfTheProcessOrOthers) {
    ALONE();
    int first = opened(NETLINK_ROUTE), second = opened(NETLINK_ROUTE), third = opened(NETLINK_ROUTE);
    struct sockaddr_nl any = {.nl_family = AF_NETLINK}, wrong = {.nl_family = AF_UNIX}, fixed = {.nl_family = AF_NETLINK, .nl_pid = 4711};
    CHECK_EQ(name_of(first).nl_pid, 0);
    CHECK_ERR(bind(first, (void *)&any, sizeof any - 1), EINVAL);
    CHECK_ERR(bind(first, (void *)&wrong, sizeof wrong), EINVAL);
    CHECK_EQ(bind(first, (void *)&any, sizeof any), 0);
    CHECK_EQ(name_of(first).nl_pid, getpid());
    CHECK_EQ(name_of(first).nl_groups, 0);
    CHECK_EQ(bind(second, (void *)&any, sizeof any), 0);
    CHECK((int)name_of(second).nl_pid < 0);
    CHECK_ERR(bind(first, (void *)&fixed, sizeof fixed), EINVAL);
    CHECK_EQ(bind(third, (void *)&fixed, sizeof fixed), 0);
    CHECK_EQ(name_of(third).nl_pid, 4711);
    int fourth = opened(NETLINK_ROUTE), other = opened(NETLINK_USERSOCK);
    CHECK_ERR(bind(fourth, (void *)&fixed, sizeof fixed), EADDRINUSE);
    CHECK_EQ(bind(other, (void *)&fixed, sizeof fixed), 0);
    close(third);
    CHECK_EQ(bind(fourth, (void *)&fixed, sizeof fixed), 0);
    struct sockaddr_nl peer = {0};
    socklen_t length = sizeof peer;
    CHECK_EQ(getpeername(fourth, (void *)&peer, &length), 0);
    CHECK_EQ(peer.nl_family, AF_NETLINK);
    CHECK_EQ(peer.nl_pid, 0);
}

static const struct rtattr *found(const struct nlmsghdr *header, int fixed, int type) {
    const struct rtattr *at = (void *)((char *)NLMSG_DATA(header) + NLMSG_ALIGN(fixed));
    int left = header->nlmsg_len - NLMSG_LENGTH(fixed);
    for (; RTA_OK(at, left); at = RTA_NEXT(at, left))
        if (at->rta_type == type) return at;
    return NULL;
}

static void check_loopback(const struct nlmsghdr *header, unsigned flags) {
    const struct ifinfomsg *link = NLMSG_DATA(header);
    CHECK_EQ(header->nlmsg_type, RTM_NEWLINK);
    CHECK_EQ(link->ifi_type, 772);
    CHECK_EQ(link->ifi_index, 1);
    CHECK_EQ(link->ifi_flags, flags);
    const struct rtattr *name = found(header, sizeof *link, IFLA_IFNAME), *mtu = found(header, sizeof *link, IFLA_MTU);
    if (CHECK(name && mtu)) {
        CHECK_STR(RTA_DATA(name), "lo");
        CHECK_EQ(*(int *)RTA_DATA(mtu), 65536);
    }
    const struct rtattr *discipline = found(header, sizeof *link, IFLA_QDISC), *address = found(header, sizeof *link, IFLA_ADDRESS);
    if (CHECK(discipline && address)) {
        CHECK_STR(RTA_DATA(discipline), flags & IFF_UP ? "noqueue" : "noop");
        CHECK_EQ(RTA_PAYLOAD(address), 6);
    }
    const struct rtattr *statistics = found(header, sizeof *link, IFLA_STATS64);
    if (CHECK(statistics)) CHECK(RTA_PAYLOAD(statistics) >= 184);
}

TEST(dumpOfLinks_hasTheLoopbackDevice) {
    ALONE();
    int fd = opened(NETLINK_ROUTE);
    CHECK_EQ(ask(fd, RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, &any_link, sizeof any_link), 32);
    char got[8192];
    struct sockaddr_nl from;
    socklen_t length = sizeof from;
    ssize_t bytes = CHECK_OK(recvfrom(fd, got, sizeof got, MSG_DONTWAIT, (void *)&from, &length));
    struct nlmsghdr *header = (void *)got;
    CHECK_EQ(from.nl_pid, 0);
    CHECK_EQ(header->nlmsg_len, bytes);
    CHECK_EQ(header->nlmsg_flags, NLM_F_MULTI);
    CHECK_EQ(header->nlmsg_seq, 77);
    CHECK_EQ(header->nlmsg_pid, getpid());
    check_loopback(header, IFF_LOOPBACK);
    CHECK_EQ(recv(fd, got, sizeof got, MSG_DONTWAIT), 20);
    CHECK_EQ(header->nlmsg_type, NLMSG_DONE);
    CHECK_EQ(header->nlmsg_flags, NLM_F_MULTI);
    CHECK_EQ(*(int *)NLMSG_DATA(header), 0);
    CHECK_ERR(recv(fd, got, sizeof got, MSG_DONTWAIT), EAGAIN);
    static const int types[] = {RTM_GETADDR, RTM_GETROUTE, RTM_GETNEIGH, RTM_GETQDISC};
    for (int i = 0; i < 4; i++) {
        CHECK_EQ(ask(fd, types[i], NLM_F_REQUEST | NLM_F_DUMP, (char[20]){0}, 20), 36);
        CHECK_EQ(recv(fd, got, sizeof got, MSG_DONTWAIT), 20);
        CHECK_EQ(header->nlmsg_type, NLMSG_DONE);
    }
}

static int get_link(int fd, int index, const char *name) {
    struct {
        struct ifinfomsg link;
        struct rtattr head;
        char name[16];
    } body = {.link.ifi_index = index, .head = {4 + (name ? strlen(name) + 1 : 0), IFLA_IFNAME}};
    if (name) strcpy(body.name, name);
    ask(fd, RTM_GETLINK, NLM_F_REQUEST, &body, name ? 16 + RTA_ALIGN(body.head.rta_len) : 16);
    char got[4096];
    CHECK(recv(fd, got, sizeof got, MSG_DONTWAIT | MSG_PEEK) > 0);
    if (((struct nlmsghdr *)got)->nlmsg_type != RTM_NEWLINK) return answer(fd);
    check_loopback((void *)got, IFF_LOOPBACK);
    recv(fd, got, sizeof got, MSG_DONTWAIT);
    return 0;
}

TEST(oneLink_isFoundByIndexOrName) {
    ALONE();
    int fd = opened(NETLINK_ROUTE);
    CHECK_EQ(get_link(fd, 1, NULL), 0);
    CHECK_EQ(get_link(fd, 0, "lo"), 0);
    CHECK_EQ(get_link(fd, 2, NULL), ENODEV);
    CHECK_EQ(get_link(fd, 0, "eth9"), ENODEV);
    CHECK_EQ(get_link(fd, 0, NULL), EINVAL);
    CHECK_EQ(get_link(fd, -1, NULL), EINVAL);
    CHECK_EQ(ask(fd, RTM_GETLINK, NLM_F_REQUEST, &any_link, 4), 20);
    CHECK_EQ(answer(fd), EINVAL);
}

TEST(unknownRequests_areAnsweredWithErrors) {
    ALONE();
    int fd = opened(NETLINK_ROUTE);
    char body[24] = "", got[4096];
    struct nlmsghdr *header = (void *)got;
    CHECK_EQ(ask(fd, 200, NLM_F_REQUEST, body, 20), 36);
    CHECK_EQ(recv(fd, got, sizeof got, MSG_DONTWAIT | MSG_PEEK), 56); /* with the whole request */
    CHECK_EQ(header->nlmsg_flags, 0);
    CHECK_EQ(((struct nlmsgerr *)NLMSG_DATA(header))->msg.nlmsg_type, 200);
    CHECK_EQ(answer(fd), EOPNOTSUPP);
    CHECK_EQ(set(fd, NETLINK_CAP_ACK, 1), 0);
    CHECK_EQ(ask(fd, 200, NLM_F_REQUEST, body, 20), 36);
    CHECK_EQ(recv(fd, got, sizeof got, MSG_DONTWAIT | MSG_PEEK), 36);
    CHECK_EQ(header->nlmsg_flags, NLM_F_CAPPED);
    CHECK_EQ(answer(fd), EOPNOTSUPP);
    ask(fd, RTM_GETLINK + 80, NLM_F_REQUEST | NLM_F_DUMP, body, 20);
    CHECK_EQ(answer(fd), EOPNOTSUPP);
}

TEST(acknowledgements_comeWhenAskedFor) {
    ALONE();
    int fd = opened(NETLINK_ROUTE);
    char got[4096];
    struct nlmsghdr *header = (void *)got;
    ask(fd, NLMSG_NOOP, NLM_F_REQUEST | NLM_F_ACK, "", 0);
    CHECK_EQ(recv(fd, got, sizeof got, MSG_DONTWAIT | MSG_PEEK), 36);
    CHECK_EQ(header->nlmsg_flags, NLM_F_CAPPED);
    CHECK_EQ(answer(fd), 0);
    ask(fd, 200, NLM_F_ACK, "", 0); /* no request: nobody looks at it */
    CHECK_EQ(answer(fd), 0);
    ask(fd, RTM_GETLINK, NLM_F_REQUEST | NLM_F_ACK, "", 0); /* without a family */
    CHECK_EQ(answer(fd), 0);
    ask(fd, 200, 0, "", 0);
    ask(fd, NLMSG_NOOP, NLM_F_REQUEST, "", 0);
    ask(fd, RTM_GETLINK, NLM_F_REQUEST, "", 0);
    CHECK_EQ(answer(fd), 1001);
}

TEST(brokenLengths_endADatagram) {
    ALONE();
    int fd = opened(NETLINK_ROUTE);
    struct {
        struct nlmsghdr first, second;
        char rest[8];
    } both = {.first = {16, NLMSG_NOOP, NLM_F_ACK, 77, 0}, .second = {16, NLMSG_NOOP, NLM_F_ACK, 77, 0}};
    CHECK_EQ(send(fd, &both, sizeof both, 0), sizeof both);
    CHECK_EQ(answer(fd), 0);
    CHECK_EQ(answer(fd), 0);
    CHECK_EQ(answer(fd), 1001);
    static const unsigned lengths[] = {0, 15, 41, 0x7fffffff, 0x80000000, 0xffffffff};
    for (int i = 0; i < 6; i++) {
        both.first.nlmsg_len = lengths[i];
        CHECK_EQ(send(fd, &both, sizeof both, 0), sizeof both);
        CHECK_EQ(answer(fd), 1001);
    }
    both.first.nlmsg_len = 13; /* less than a header */
    CHECK_EQ(send(fd, &both, 15, 0), 15);
    CHECK_EQ(answer(fd), 1001);
    /* Attributes that end nowhere. */
    struct {
        struct ifinfomsg link;
        struct rtattr head;
    } body = {.head = {0xffff, IFLA_IFNAME}};
    ask(fd, RTM_GETLINK, NLM_F_REQUEST, &body, sizeof body);
    CHECK_EQ(answer(fd), EINVAL);
    body.head.rta_len = 3;
    ask(fd, RTM_GETLINK, NLM_F_REQUEST, &body, sizeof body);
    CHECK_EQ(answer(fd), EINVAL);
}

TEST(truncation_isTold) {
    ALONE();
    int fd = opened(NETLINK_ROUTE);
    char got[64];
    ask(fd, NLMSG_NOOP, NLM_F_ACK, "", 0);
    CHECK_EQ(recv(fd, got, 8, MSG_PEEK), 8);
    CHECK_EQ(recv(fd, got, 8, MSG_PEEK | MSG_TRUNC), 36);
    CHECK_EQ(recv(fd, NULL, 0, MSG_PEEK | MSG_TRUNC), 36);
    struct iovec part = {got, 8};
    struct sockaddr_nl from = {.nl_pid = 5};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_name = &from, .msg_namelen = sizeof from};
    CHECK_EQ(recvmsg(fd, &message, 0), 8);
    CHECK_EQ(message.msg_flags, MSG_TRUNC);
    CHECK_EQ(message.msg_namelen, sizeof from);
    CHECK_EQ(from.nl_family, AF_NETLINK);
    CHECK_EQ(from.nl_pid, 0);
    CHECK_ERR(recv(fd, got, 8, MSG_DONTWAIT), EAGAIN);
}

TEST(options_areKept) {
    ALONE();
    int fd = opened(NETLINK_ROUTE), value;
    socklen_t length = sizeof value;
    static const int options[] = {NETLINK_PKTINFO, NETLINK_BROADCAST_ERROR, NETLINK_NO_ENOBUFS, NETLINK_LISTEN_ALL_NSID,
                                  NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK};
    for (int i = 0; i < 7; i++) {
        for (int on = 0; on < 2; on++) {
            CHECK_EQ(set(fd, options[i], on), 0);
            CHECK_EQ(getsockopt(fd, SOL_NETLINK, options[i], &value, &length), 0);
            CHECK_EQ(value, on);
            CHECK_EQ(length, 4);
        }
        length = 3;
        CHECK_ERR(getsockopt(fd, SOL_NETLINK, options[i], &value, &length), EINVAL);
        length = 4;
    }
    static const int of_local_sockets[] = {42, 76, 83}; /* SO_PEEK_OFF, SO_PASSPIDFD, SO_PASSRIGHTS */
    for (int i = 0; i < 3; i++) {
        int error = getsockopt(fd, SOL_SOCKET, of_local_sockets[i], &value, &length) ? errno : 0;
        if (error == ENOPROTOOPT) continue; /* an older kernel */
        CHECK_EQ(error, EOPNOTSUPP);
        CHECK_ERR(setsockopt(fd, SOL_SOCKET, of_local_sockets[i], &value, sizeof value), EOPNOTSUPP);
    }
    CHECK_ERR(set(fd, 99, 1), ENOPROTOOPT);
    CHECK_ERR(getsockopt(fd, SOL_NETLINK, 99, &value, &length), ENOPROTOOPT);
    CHECK_ERR(setsockopt(fd, SOL_UDP_LEVEL, 1, &value, sizeof value), ENOPROTOOPT);
    CHECK_ERR(getsockopt(fd, SOL_UDP_LEVEL, 1, &value, &length), ENOPROTOOPT);
    CHECK_ERR(setsockopt(fd, SOL_NETLINK, NETLINK_PKTINFO, (void *)8, 4), EFAULT);
    CHECK_ERR(set(fd, NETLINK_ADD_MEMBERSHIP, 0), EINVAL);
    CHECK_ERR(set(fd, NETLINK_ADD_MEMBERSHIP, 4711), EINVAL);
    CHECK_EQ(set(fd, NETLINK_ADD_MEMBERSHIP, RTNLGRP_NEIGH), 0);
    CHECK_EQ(set(fd, NETLINK_ADD_MEMBERSHIP, 33), 0);
    unsigned members[4] = {0};
    length = sizeof members;
    CHECK_EQ(getsockopt(fd, SOL_NETLINK, NETLINK_LIST_MEMBERSHIPS, members, &length), 0);
    CHECK_EQ(length, 8);
    CHECK_EQ(members[0], 1 << (RTNLGRP_NEIGH - 1));
    CHECK_EQ(members[1], 1);
    CHECK_EQ(name_of(fd).nl_groups, 1 << (RTNLGRP_NEIGH - 1));
    CHECK_EQ(set(fd, NETLINK_DROP_MEMBERSHIP, RTNLGRP_NEIGH), 0);
    CHECK_EQ(name_of(fd).nl_groups, 0);
}

TEST(processes_sendToEachOther) {
    ALONE();
    int one = opened(NETLINK_USERSOCK), two = opened(NETLINK_USERSOCK), on = 1;
    struct sockaddr_nl here = {.nl_family = AF_NETLINK, .nl_pid = 11}, there = {.nl_family = AF_NETLINK, .nl_pid = 22, .nl_groups = 1 << 4};
    CHECK_EQ(bind(one, (void *)&here, sizeof here), 0);
    CHECK_EQ(bind(two, (void *)&there, sizeof there), 0);
    CHECK_EQ(setsockopt(two, SOL_SOCKET, SO_PASSCRED, &on, sizeof on), 0);
    CHECK_EQ(set(two, NETLINK_PKTINFO, 1), 0);
    there.nl_groups = 0;
    CHECK_EQ(sendto(one, "hello", 5, 0, (void *)&there, sizeof there), 5);
    char got[16], control[128];
    struct iovec part = {got, sizeof got};
    struct sockaddr_nl from;
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_name = &from, .msg_namelen = sizeof from,
                             .msg_control = control, .msg_controllen = sizeof control};
    CHECK_EQ(recvmsg(two, &message, MSG_DONTWAIT), 5);
    CHECK_EQ(from.nl_pid, 11);
    CHECK_EQ(from.nl_groups, 0);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (CHECK(header != NULL)) {
        CHECK_EQ(header->cmsg_level, SOL_NETLINK);
        CHECK_EQ(header->cmsg_type, NETLINK_PKTINFO);
        CHECK_EQ(*(int *)CMSG_DATA(header), 0);
        header = CMSG_NXTHDR(&message, header);
        if (CHECK(header != NULL)) {
            CHECK_EQ(header->cmsg_type, SCM_CREDENTIALS);
            CHECK_EQ(((struct ucred *)CMSG_DATA(header))->pid, getpid());
        }
    }
    struct sockaddr_nl group = {.nl_family = AF_NETLINK, .nl_groups = 1 << 4}, nobody = {.nl_family = AF_NETLINK, .nl_pid = 33};
    sendto(one, "all", 3, 0, (void *)&group, sizeof group);
    message.msg_controllen = sizeof control;
    CHECK_EQ(recvmsg(two, &message, MSG_DONTWAIT), 3);
    CHECK_EQ(from.nl_groups, 1 << 4);
    CHECK_EQ(*(int *)CMSG_DATA(CMSG_FIRSTHDR(&message)), 5);
    CHECK_ERR(sendto(one, "x", 1, 0, (void *)&nobody, sizeof nobody), ECONNREFUSED);
    CHECK_ERR(send(one, "x", 1, 0), ECONNREFUSED); /* the kernel, which does not listen */
    CHECK_EQ(connect(two, (void *)&nobody, sizeof nobody), 0);
    CHECK_ERR(sendto(one, "x", 1, 0, (void *)&there, sizeof there), ECONNREFUSED);
    CHECK_EQ(connect(two, (void *)&(struct sockaddr){.sa_family = AF_UNSPEC}, sizeof(struct sockaddr)), 0);
    CHECK_EQ(connect(one, (void *)&there, sizeof there), 0);
    CHECK_EQ(send(one, "connected", 9, 0), 9);
    struct sock_filter cut[] = {BPF_STMT(BPF_RET | BPF_K, 4)};
    struct sock_fprog filter = {1, cut};
    CHECK_EQ(setsockopt(two, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter), 0);
    CHECK_EQ(send(one, "filtered", 8, 0), 4); /* what is left of it */
    CHECK_EQ(recv(two, got, sizeof got, 0), 9);
    CHECK_EQ(recv(two, got, sizeof got, 0), 4);
    CHECK_ERR(sendto(one, "x", 1, 0, (void *)&there, 5), EINVAL);
}

TEST(fullQueue_letsSendersWait) {
    ALONE();
    int one = opened(NETLINK_USERSOCK), two = opened(NETLINK_USERSOCK), small = 1, sent = 0;
    struct sockaddr_nl there = {.nl_family = AF_NETLINK, .nl_pid = 22};
    CHECK_EQ(bind(two, (void *)&there, sizeof there), 0);
    CHECK_EQ(setsockopt(two, SOL_SOCKET, SO_RCVBUF, &small, sizeof small), 0);
    CHECK_EQ(connect(one, (void *)&there, sizeof there), 0);
    while (sent < 1000 && send(one, "x", 1, MSG_DONTWAIT) == 1) sent++;
    CHECK_EQ(errno, EAGAIN);
    CHECK(sent > 0);
    pid_t child = CHECK_OK(fork());
    if (child == 0) _exit(send(one, "waited", 6, 0) == 6 ? 0 : 1);
    char got[16];
    for (int i = 0; i < sent; i++) CHECK_EQ(recv(two, got, sizeof got, 0), 1);
    CHECK_EQ(recv(two, got, sizeof got, 0), 6);
    int status = 1;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
}

TEST(answersThatFindNoRoom_areMissed) {
    ALONE();
    int fd = opened(NETLINK_ROUTE), small = 1;
    char got[64];
    CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small), 0);
    for (int i = 0; i < 50; i++) CHECK_EQ(ask(fd, NLMSG_NOOP, NLM_F_ACK, "", 0), 16);
    struct pollfd one = {fd, POLLIN, 0};
    CHECK_EQ(poll(&one, 1, 0), 1);
    CHECK_EQ(one.revents, POLLIN | POLLERR);
    CHECK_ERR(recv(fd, got, sizeof got, MSG_DONTWAIT), ENOBUFS);
    int kept = 0;
    while (recv(fd, got, sizeof got, MSG_DONTWAIT) == 36) kept++;
    CHECK_EQ(errno, EAGAIN);
    CHECK(kept > 0 && kept < 50);
}

static int change(int fd, int type, int more, unsigned flags, unsigned mask) {
    struct ifinfomsg link = {.ifi_index = 1, .ifi_flags = flags, .ifi_change = mask};
    ask(fd, type, NLM_F_REQUEST | NLM_F_ACK | more, &link, sizeof link);
    return answer(fd);
}

TEST(loopback_isSetUpAndDown) {
    ALONE();
    int fd = opened(NETLINK_ROUTE), listener = opened(NETLINK_ROUTE);
    struct sockaddr_nl group = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};
    CHECK_EQ(bind(listener, (void *)&group, sizeof group), 0);
    CHECK_EQ(change(fd, RTM_NEWLINK, 0, IFF_UP, IFF_UP), 0);
    struct ifreq request = {.ifr_name = "lo"};
    CHECK_EQ(ioctl(fd, SIOCGIFFLAGS, &request), 0);
    CHECK_EQ(request.ifr_flags, IFF_UP | IFF_LOOPBACK | IFF_RUNNING);
    char got[4096];
    CHECK(recv(listener, got, sizeof got, MSG_DONTWAIT) > 0);
    check_loopback((void *)got, IFF_UP | IFF_LOOPBACK | IFF_RUNNING | LOWER_UP);
    request.ifr_flags = IFF_LOOPBACK;
    CHECK_EQ(ioctl(fd, SIOCSIFFLAGS, &request), 0);
    CHECK_EQ(ioctl(fd, SIOCGIFFLAGS, &request), 0);
    CHECK_EQ(request.ifr_flags, IFF_LOOPBACK);
    CHECK_EQ(change(fd, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, IFF_UP, IFF_UP), EEXIST);
    CHECK_EQ(change(fd, RTM_SETLINK, 0, IFF_UP, IFF_UP), 0);
    CHECK_EQ(change(fd, RTM_DELLINK, 0, 0, 0), EOPNOTSUPP);
}

TEST(changes_needAPrivilege) {
    ALONE();
    if (geteuid() != 0) SKIP("needs user 0");
    CHECK_EQ(setresuid(1000, 1000, 1000), 0);
    int fd = opened(NETLINK_ROUTE);
    CHECK_EQ(change(fd, RTM_NEWLINK, 0, IFF_UP, IFF_UP), EPERM);
    CHECK_EQ(change(fd, RTM_DELLINK, 0, 0, 0), EPERM);
    struct ifreq request = {.ifr_name = "lo"};
    CHECK_ERR(ioctl(fd, SIOCSIFFLAGS, &request), EPERM);
    CHECK_EQ(get_link(fd, 1, NULL), 0);
    CHECK_ERR(set(fd, NETLINK_LISTEN_ALL_NSID, 1), EPERM);
    CHECK_EQ(set(fd, NETLINK_ADD_MEMBERSHIP, 1), 0);
    struct sockaddr_nl other = {.nl_family = AF_NETLINK, .nl_pid = 5};
    CHECK_ERR(sendto(fd, "x", 1, 0, (void *)&other, sizeof other), EPERM);
    CHECK_ERR(connect(fd, (void *)&other, sizeof other), EPERM);
    int user = opened(NETLINK_USERSOCK);
    CHECK_ERR(set(user, NETLINK_ADD_MEMBERSHIP, 1), EPERM);
}

TEST(requestsOfDevices_areAnsweredByAllSockets) {
    ALONE();
    for (int i = 0; i < 2; i++) {
        int fd = i ? opened(NETLINK_ROUTE) : CHECK_OK(socket(AF_UNIX, SOCK_DGRAM, 0));
        struct ifreq request = {.ifr_name = "lo"};
        CHECK_EQ(ioctl(fd, SIOCGIFINDEX, &request), 0);
        CHECK_EQ(request.ifr_ifindex, 1);
        CHECK_EQ(ioctl(fd, SIOCGIFFLAGS, &request), 0);
        CHECK_EQ(request.ifr_flags, IFF_LOOPBACK);
        CHECK_EQ(ioctl(fd, SIOCGIFMTU, &request), 0);
        CHECK_EQ(request.ifr_mtu, 65536);
        CHECK_EQ(ioctl(fd, SIOCGIFTXQLEN, &request), 0);
        CHECK_EQ(request.ifr_qlen, 1000);
        CHECK_EQ(ioctl(fd, SIOCGIFMETRIC, &request), 0);
        CHECK_EQ(request.ifr_metric, 0);
        CHECK_EQ(ioctl(fd, SIOCGIFHWADDR, &request), 0);
        CHECK_EQ(request.ifr_hwaddr.sa_family, 772);
        CHECK_ERR(ioctl(fd, SIOCGIFADDR, &request), ENOTTY);
        CHECK_ERR(ioctl(fd, ETHTOOL, &(struct ifreq){.ifr_name = "lo"}), EFAULT);
        strcpy(request.ifr_name, "lo:7");
        CHECK_EQ(ioctl(fd, SIOCGIFINDEX, &request), 0);
        strcpy(request.ifr_name, "eth9");
        CHECK_ERR(ioctl(fd, SIOCGIFINDEX, &request), ENODEV);
        CHECK_ERR(ioctl(fd, SIOCGIFFLAGS, &request), ENODEV);
        CHECK_ERR(ioctl(fd, SIOCGIFFLAGS, 8), EFAULT);
        memset(&request, 0, sizeof request);
        request.ifr_ifindex = 1;
        CHECK_EQ(ioctl(fd, SIOCGIFNAME, &request), 0);
        CHECK_STR(request.ifr_name, "lo");
        request.ifr_ifindex = 2;
        CHECK_ERR(ioctl(fd, SIOCGIFNAME, &request), ENODEV);
        struct ifconf list = {.ifc_len = sizeof request, .ifc_req = &request};
        CHECK_EQ(ioctl(fd, SIOCGIFCONF, &list), 0);
        CHECK_EQ(list.ifc_len, 0);
        close(fd);
    }
}

TEST(libraryFunctions_findTheDevice) {
    ALONE();
    struct ifaddrs *first = NULL;
    int count = 0;
    CHECK_EQ(getifaddrs(&first), 0);
    for (struct ifaddrs *each = first; each; each = each->ifa_next, count++) {
        CHECK_STR(each->ifa_name, "lo");
        CHECK_EQ(each->ifa_flags, IFF_LOOPBACK);
        CHECK_EQ(each->ifa_addr->sa_family, 17);
    }
    CHECK_EQ(count, 1);
    freeifaddrs(first);
    char name[IF_NAMESIZE];
    CHECK_EQ(if_nametoindex("lo"), 1);
    CHECK(if_indextoname(1, name) && strcmp(name, "lo") == 0);
    CHECK_EQ(if_nametoindex("eth9"), 0);
    struct if_nameindex *all = if_nameindex();
    if (CHECK(all != NULL)) {
        CHECK_STR(all[0].if_name, "lo");
        CHECK_EQ(all[1].if_index, 0);
    }
}

static ino_t number(int fd) {
    struct stat status;
    CHECK_EQ(fstat(fd, &status), 0);
    return status.st_ino;
}

static void ask_for_sockets(int fd, int flags, ino_t one, unsigned states) {
    struct unix_diag_req request = {.sdiag_family = AF_UNIX, .udiag_states = states, .udiag_ino = one, .udiag_show = 0x7f,
                                    .udiag_cookie = {-1, -1}};
    ask(fd, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | flags, &request, sizeof request);
}

TEST(oneSocket_isDescribed) {
    ALONE();
    int fd = opened(NETLINK_SOCK_DIAG), pair[2], listener = CHECK_OK(socket(AF_UNIX, SOCK_SEQPACKET, 0));
    CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    CHECK_EQ(write(pair[1], "waits", 5), 5);
    ask_for_sockets(fd, 0, number(pair[0]), -1);
    char got[4096];
    struct nlmsghdr *header = (void *)got;
    CHECK(recv(fd, got, sizeof got, MSG_DONTWAIT) > 0);
    struct unix_diag_msg *told = NLMSG_DATA(header);
    CHECK_EQ(header->nlmsg_type, SOCK_DIAG_BY_FAMILY);
    CHECK_EQ(told->udiag_type, SOCK_STREAM);
    CHECK_EQ(told->udiag_state, ESTABLISHED);
    CHECK_EQ(told->udiag_ino, number(pair[0]));
    const struct rtattr *peer = found(header, sizeof *told, UNIX_DIAG_PEER), *lengths = found(header, sizeof *told, UNIX_DIAG_RQLEN);
    if (CHECK(peer && lengths)) {
        CHECK_EQ(*(unsigned *)RTA_DATA(peer), number(pair[1]));
        CHECK_EQ(*(unsigned *)RTA_DATA(lengths), 5);
    }
    CHECK(found(header, sizeof *told, UNIX_DIAG_SHUTDOWN) && found(header, sizeof *told, UNIX_DIAG_UID));
    CHECK(!found(header, sizeof *told, UNIX_DIAG_VFS));
    struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "listener"};
    CHECK_EQ(bind(listener, (void *)&name, sizeof name), 0);
    CHECK_EQ(listen(listener, 7), 0);
    ask_for_sockets(fd, 0, number(listener), -1);
    CHECK(recv(fd, got, sizeof got, MSG_DONTWAIT) > 0);
    CHECK_EQ(told->udiag_state, LISTENING);
    const struct rtattr *path = found(header, sizeof *told, UNIX_DIAG_NAME), *file = found(header, sizeof *told, UNIX_DIAG_VFS);
    lengths = found(header, sizeof *told, UNIX_DIAG_RQLEN);
    struct stat status;
    CHECK_EQ(stat("listener", &status), 0);
    if (CHECK(path && file && lengths)) {
        CHECK_STR(RTA_DATA(path), "listener");
        CHECK_EQ(*(unsigned *)RTA_DATA(file), (unsigned)status.st_ino);
        CHECK_EQ(((unsigned *)RTA_DATA(lengths))[1], 7);
    }
    /* Who waits to be accepted is told by the number of the other end, and has none. */
    int client = CHECK_OK(socket(AF_UNIX, SOCK_SEQPACKET, 0));
    CHECK_EQ(connect(client, (void *)&name, sizeof name), 0);
    ask_for_sockets(fd, 0, number(listener), -1);
    CHECK(recv(fd, got, sizeof got, MSG_DONTWAIT) > 0);
    const struct rtattr *waiting = found(header, sizeof *told, UNIX_DIAG_ICONS);
    if (CHECK(waiting != NULL) && CHECK_EQ(RTA_PAYLOAD(waiting), 4)) CHECK_EQ(*(unsigned *)RTA_DATA(waiting), number(client));
    ask_for_sockets(fd, 0, number(client), -1);
    CHECK(recv(fd, got, sizeof got, MSG_DONTWAIT) > 0);
    peer = found(header, sizeof *told, UNIX_DIAG_PEER);
    if (peer) CHECK_EQ(*(unsigned *)RTA_DATA(peer), 0);
    ask_for_sockets(fd, 0, 0xfffffff0, -1);
    CHECK_EQ(answer(fd), ENOENT);
    ask_for_sockets(fd, 0, 0, -1);
    CHECK_EQ(answer(fd), EINVAL);
    ask(fd, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, (char[2]){AF_UNIX}, 2);
    CHECK_EQ(answer(fd), EINVAL);
    ask(fd, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, (char[24]){100}, 24);
    CHECK_EQ(answer(fd), EINVAL);
    ask(fd, 99, NLM_F_REQUEST, (char[24]){1}, 24);
    CHECK_EQ(answer(fd), EINVAL);
}

TEST(allSockets_areToldInPieces) {
    ALONE();
    int fd = opened(NETLINK_SOCK_DIAG);
    for (int i = 0; i < 400; i++) CHECK_OK(socket(AF_UNIX, SOCK_DGRAM, 0));
    ask_for_sockets(fd, NLM_F_DUMP, 0, -1);
    int pieces = 0, seen = 0, last_type = 0, matched = 0;
    static char got[65536];
    while (last_type != NLMSG_DONE) {
        ssize_t bytes = recv(fd, got, sizeof got, MSG_DONTWAIT);
        if (!CHECK(bytes > 0)) return;
        if (pieces++ == 0) {
            ask_for_sockets(fd, NLM_F_DUMP, 0, -1); /* one at a time */
        }
        int left = bytes;
        for (struct nlmsghdr *header = (void *)got; NLMSG_OK(header, left); header = NLMSG_NEXT(header, left)) {
            last_type = header->nlmsg_type;
            if (last_type == NLMSG_ERROR) {
                CHECK_EQ(-((struct nlmsgerr *)NLMSG_DATA(header))->error, EBUSY);
                matched++;
            }
            if (last_type == SOCK_DIAG_BY_FAMILY) seen++;
        }
    }
    CHECK_EQ(matched, 1);
    CHECK_EQ(seen, 400);
    CHECK(pieces > 3);
    ask_for_sockets(fd, NLM_F_DUMP, 0, 1 << LISTENING);
    CHECK_EQ(recv(fd, got, sizeof got, MSG_DONTWAIT), 20);
    CHECK_EQ(((struct nlmsghdr *)got)->nlmsg_type, NLMSG_DONE);
}

static int lines(const char *path, const char *with) {
    FILE *file = fopen(path, "r");
    char line[512];
    int count = 0;
    if (!CHECK(file != NULL)) return -1;
    while (fgets(line, sizeof line, file)) count += strstr(line, with) != NULL;
    fclose(file);
    return count;
}

TEST(tablesInProc_areOfTheNamespace) {
    ALONE();
    CHECK_EQ(lines("/proc/net/unix", "proc-table"), 0);
    int listener = CHECK_OK(socket(AF_UNIX, SOCK_STREAM, 0));
    struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "proc-table"};
    CHECK_EQ(bind(listener, (void *)&name, sizeof name), 0);
    CHECK_EQ(listen(listener, 1), 0);
    int hidden = CHECK_OK(socket(AF_UNIX, SOCK_DGRAM, 0));
    struct sockaddr_un other = {.sun_family = AF_UNIX, .sun_path = "\0proc\0table"};
    CHECK_EQ(bind(hidden, (void *)&other, 13), 0);
    char expected[64];
    snprintf(expected, sizeof expected, " 00000000 00010000 0001 01 %5lu proc-table\n", (unsigned long)number(listener));
    CHECK_EQ(lines("/proc/net/unix", expected), 1);
    CHECK_EQ(lines("/proc/net/unix", " @proc@table\n"), 1);
    close(hidden);
    CHECK_EQ(lines("/proc/net/unix", "@proc@table"), 0);
    CHECK_EQ(lines("/proc/net/dev", "    lo:       0 "), 1);
    CHECK_EQ(lines("/proc/net/dev", ":"), 1);
    CHECK_EQ(lines("/proc/net/protocols", "UNIX "), 1);
    CHECK_EQ(lines("/proc/net/protocols", "NETLINK "), 1);
    int route = opened(NETLINK_ROUTE);
    struct sockaddr_nl fixed = {.nl_family = AF_NETLINK, .nl_pid = 4711, .nl_groups = 5};
    CHECK_EQ(bind(route, (void *)&fixed, sizeof fixed), 0);
    CHECK_EQ(lines("/proc/net/netlink", " 0   4711       00000005 0        0        0     2        0        "), 1);
}

static void check_file(const char *path, const char *expected) {
    char text[128] = "";
    int fd = CHECK_OK(open(path, O_RDONLY));
    ssize_t bytes = read(fd, text, sizeof text - 1);
    if (expected == NULL) CHECK_EQ(bytes < 0 ? errno : 0, EINVAL);
    else CHECK_STR(text, expected);
    close(fd);
}

TEST(filesInSys_areOfTheDevice) {
    ALONE();
    if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) || mount("none", "/sys", "sysfs", 0, NULL))
        SKIP("sysfs must be mounted");
    check_file("/sys/class/net/lo/ifindex", "1\n");
    check_file("/sys/class/net/lo/mtu", "65536\n");
    check_file("/sys/class/net/lo/type", "772\n");
    check_file("/sys/class/net/lo/flags", "0x8\n");
    check_file("/sys/class/net/lo/operstate", "down\n");
    check_file("/sys/class/net/lo/carrier", NULL);
    check_file("/sys/class/net/lo/address", "00:00:00:00:00:00\n");
    check_file("/sys/class/net/lo/uevent", "INTERFACE=lo\nIFINDEX=1\n");
    check_file("/sys/class/net/lo/statistics/rx_bytes", "0\n");
}
