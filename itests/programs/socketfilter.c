/* Filters of sockets, SO_ATTACH_FILTER: what classic BPF sees of messages of local sockets, and what its answer does. */
#include "check.h"
#include <linux/filter.h>
#include <sys/socket.h>
#include <sys/un.h>

#define DROPPED (-1000)

static const char text[] = "\x45hello world, this is a message";
#define TEXT_BYTES (sizeof text - 1)

static int attach(int fd, const struct sock_filter *program, int length) {
    struct sock_fprog filter = {length, (struct sock_filter *)program};
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter);
}

/* Bytes that come through, DROPPED if none do, -errno if the program is not taken. */
static int judged(int type, const void *data, int bytes, const struct sock_filter *program, int length) {
    int pair[2];
    char got[256];
    if (socketpair(AF_UNIX, type, 0, pair)) return -errno;
    int result = attach(pair[1], program, length) ? -errno : 0;
    if (result == 0) {
        CHECK_EQ(send(pair[0], data, bytes, 0), bytes);
        result = recv(pair[1], got, sizeof got, MSG_DONTWAIT);
        if (result < 0) result = errno == EAGAIN ? DROPPED : -errno;
        else CHECK(memcmp(got, data, result) == 0);
    }
    close(pair[0]);
    close(pair[1]);
    return result;
}

#define JUDGED(...)                                                                          \
    ({                                                                                       \
        struct sock_filter program_[] = {__VA_ARGS__};                                       \
        judged(SOCK_DGRAM, text, TEXT_BYTES, program_, sizeof program_ / sizeof *program_);  \
    })
#define RET(n) BPF_STMT(BPF_RET | BPF_K, n)
#define RET_A BPF_STMT(BPF_RET | BPF_A, 0)
#define LD(size, mode, n) BPF_STMT(BPF_LD | size | mode, n)
#define LDX_IMM(n) BPF_STMT(BPF_LDX | BPF_IMM, n)
#define LD_IMM(n) BPF_STMT(BPF_LD | BPF_IMM, n)
#define ALU(operation, n) BPF_STMT(BPF_ALU | operation, n)

TEST(answer_cutsTheMessage) {
    CHECK_EQ(JUDGED(RET(5)), 5);
    CHECK_EQ(JUDGED(RET(0)), DROPPED);
    CHECK_EQ(JUDGED(RET(0xffffffff)), TEXT_BYTES);
    CHECK_EQ(JUDGED(RET(TEXT_BYTES + 1)), TEXT_BYTES);
    CHECK_EQ(JUDGED(BPF_STMT(BPF_LD | BPF_LEN, 0), ALU(BPF_SUB, 1), RET_A), TEXT_BYTES - 1);
    struct sock_filter five[] = {RET(5)};
    CHECK_EQ(judged(SOCK_STREAM, text, TEXT_BYTES, five, 1), TEXT_BYTES);
    CHECK_EQ(judged(SOCK_SEQPACKET, text, TEXT_BYTES, five, 1), 5);
    CHECK_EQ(judged(SOCK_DGRAM, "", 0, five, 1), 0);
}

TEST(loads_areBigEndianAndWithinTheMessage) {
    CHECK_EQ(JUDGED(LD(BPF_B, BPF_ABS, 1), ALU(BPF_SUB, 'a'), RET_A), 'h' - 'a');
    CHECK_EQ(JUDGED(LD(BPF_H, BPF_ABS, 1), ALU(BPF_SUB, 'h' << 8 | 'a'), RET_A), 'e' - 'a');
    CHECK_EQ(JUDGED(LD(BPF_W, BPF_ABS, 1), ALU(BPF_SUB, 0x68656c60), RET_A), 'l' - 0x60);
    CHECK_EQ(JUDGED(LD(BPF_B, BPF_ABS, TEXT_BYTES), RET(9)), DROPPED);
    CHECK_EQ(JUDGED(LD(BPF_W, BPF_ABS, TEXT_BYTES - 3), RET(9)), DROPPED);
    CHECK_EQ(JUDGED(LD(BPF_W, BPF_ABS, TEXT_BYTES - 4), RET(9)), 9);
    CHECK_EQ(JUDGED(LD(BPF_W, BPF_ABS, 0x7fffffff), RET(9)), DROPPED);
    CHECK_EQ(JUDGED(LDX_IMM(3), LD(BPF_B, BPF_IND, -2), ALU(BPF_SUB, 'a'), RET_A), 'h' - 'a');
    CHECK_EQ(JUDGED(LDX_IMM(-9), LD(BPF_B, BPF_IND, 2), RET(9)), DROPPED);
    CHECK_EQ(JUDGED(BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0), BPF_STMT(BPF_MISC | BPF_TXA, 0), RET_A), 20);
}

TEST(headers_areTheMessageItself) {
    CHECK_EQ(JUDGED(LD(BPF_B, BPF_ABS, SKF_NET_OFF + 1), ALU(BPF_SUB, 'a'), RET_A), 'h' - 'a');
    CHECK_EQ(JUDGED(LDX_IMM(1), LD(BPF_B, BPF_IND, SKF_NET_OFF), ALU(BPF_SUB, 'a'), RET_A), 'h' - 'a');
    CHECK_EQ(JUDGED(LD(BPF_B, BPF_ABS, SKF_NET_OFF + (int)TEXT_BYTES), RET(9)), DROPPED);
    CHECK_EQ(JUDGED(LD(BPF_B, BPF_ABS, SKF_LL_OFF), RET(9)), DROPPED);
    CHECK_EQ(JUDGED(LDX_IMM(0), LD(BPF_B, BPF_IND, SKF_AD_OFF + SKF_AD_PKTTYPE), RET(9)), DROPPED);
}

TEST(whatComesWithAMessage_isThatOfNoDevice) {
    static const int zero[] = {SKF_AD_PROTOCOL, SKF_AD_PKTTYPE, SKF_AD_NLATTR, SKF_AD_NLATTR_NEST, SKF_AD_MARK, SKF_AD_QUEUE, SKF_AD_RXHASH,
                               SKF_AD_VLAN_TAG, SKF_AD_VLAN_TAG_PRESENT, SKF_AD_PAY_OFFSET, SKF_AD_VLAN_TPID};
    for (unsigned i = 0; i < sizeof zero / sizeof *zero; i++)
        if (!CHECK_EQ(JUDGED(LD_IMM(5), LDX_IMM(0), LD(BPF_W, BPF_ABS, SKF_AD_OFF + zero[i]), ALU(BPF_ADD, 3), RET_A), 3))
            printf("of %d\n", zero[i]);
    /* Without a device the program ends with what A holds. */
    CHECK_EQ(JUDGED(LD_IMM(5), LD(BPF_W, BPF_ABS, SKF_AD_OFF + SKF_AD_IFINDEX), RET(9)), 5);
    CHECK_EQ(JUDGED(LD_IMM(5), LD(BPF_W, BPF_ABS, SKF_AD_OFF + SKF_AD_HATYPE), RET(9)), 5);
    CHECK_EQ(JUDGED(LD_IMM(5), LDX_IMM(3), LD(BPF_W, BPF_ABS, SKF_AD_OFF + SKF_AD_ALU_XOR_X), RET_A), 6);
    CHECK_EQ(JUDGED(LD(BPF_W, BPF_ABS, SKF_AD_OFF + SKF_AD_CPU), BPF_JUMP(BPF_JMP | BPF_JGE, 4096, 0, 1), RET(0), RET(7)), 7);
    CHECK_EQ(JUDGED(LD(BPF_W, BPF_ABS, SKF_AD_OFF + SKF_AD_RANDOM), RET(7)), 7);
    CHECK_EQ(JUDGED(LD(BPF_W, BPF_ABS, SKF_AD_OFF + 1), RET(7)), -EINVAL);
    CHECK_EQ(JUDGED(LD(BPF_W, BPF_ABS, SKF_AD_OFF + SKF_AD_MAX), RET(7)), -EINVAL);
}

TEST(attributes_areFound) {
    struct sock_filter plain[] = {LDX_IMM(7), LD_IMM(4), LD(BPF_W, BPF_ABS, SKF_AD_OFF + SKF_AD_NLATTR), RET_A};
    const char flat[20] = {1, 2, 3, 4, 4, 0, 9, 0, 8, 0, 7, 0, 1, 1, 1, 1};
    CHECK_EQ(judged(SOCK_DGRAM, flat, sizeof flat, plain, 4), 8);
    struct sock_filter inside[] = {LDX_IMM(7), LD_IMM(0), LD(BPF_W, BPF_ABS, SKF_AD_OFF + SKF_AD_NLATTR_NEST), RET_A};
    const char nested[20] = {16, 0, 3, 0, 4, 0, 9, 0, 8, 0, 7, 0x40, 1, 1, 1, 1};
    CHECK_EQ(judged(SOCK_DGRAM, nested, sizeof nested, inside, 4), 8);
    const char broken[20] = {3, 0, 3, 0, 4, 0, 7, 0};
    CHECK_EQ(judged(SOCK_DGRAM, broken, sizeof broken, inside, 4), DROPPED);
}

TEST(arithmetic_isUnsigned) {
    CHECK_EQ(JUDGED(LD_IMM(8), ALU(BPF_MOD, 3), RET_A), 2);
    CHECK_EQ(JUDGED(LD_IMM(5), ALU(BPF_MOD | BPF_X, 0), RET(9)), DROPPED);
    CHECK_EQ(JUDGED(LD_IMM(5), ALU(BPF_DIV | BPF_X, 0), RET(9)), DROPPED);
    CHECK_EQ(JUDGED(LD_IMM(-1), ALU(BPF_DIV, 0x10000000), RET_A), 15);
    CHECK_EQ(JUDGED(LD_IMM(1), LDX_IMM(33), ALU(BPF_LSH | BPF_X, 0), RET_A), 2);
}

TEST(invalidPrograms_areRefused) {
    CHECK_EQ(JUDGED(LD_IMM(5), ALU(BPF_MOD, 0), RET_A), -EINVAL);
    CHECK_EQ(JUDGED(LD_IMM(5)), -EINVAL);
    CHECK_EQ(JUDGED(BPF_STMT(BPF_JMP | BPF_JA, 1), RET(1)), -EINVAL);
    CHECK_EQ(JUDGED(BPF_STMT(BPF_LD | BPF_MEM, 1), RET(1)), -EINVAL);
    CHECK_EQ(JUDGED(BPF_STMT(BPF_ST, 16), RET(1)), -EINVAL);
    int fd = CHECK_OK(socket(AF_UNIX, SOCK_DGRAM, 0));
    struct sock_filter one[] = {RET(5)};
    CHECK_ERR(attach(fd, one, 0), EINVAL);
    CHECK_ERR(attach(fd, one, 4097), EINVAL);
    CHECK_ERR(attach(fd, NULL, 1), EINVAL);
    CHECK_ERR(attach(fd, (void *)8, 1), EFAULT);
    struct sock_fprog filter = {1, one};
    CHECK_ERR(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter + 4), EINVAL);
    CHECK_ERR(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter - 8), EINVAL);
    CHECK_ERR(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, (void *)8, sizeof filter), EFAULT);
}

TEST(filter_isToldAndTakenAway) {
    int fd = CHECK_OK(socket(AF_UNIX, SOCK_DGRAM, 0)), any = 0;
    struct sock_filter program[] = {LD(BPF_B, BPF_ABS, 0), RET(5)}, told[4];
    socklen_t length = 4;
    CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, told, &length), 0);
    CHECK_EQ(length, 0);
    CHECK_ERR(setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &any, sizeof any), ENOENT);
    CHECK_EQ(attach(fd, program, 2), 0);
    CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, told, &length), 0);
    CHECK_EQ(length, 2);
    length = 4;
    CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, told, &length), 0);
    CHECK_EQ(length, 2);
    CHECK(memcmp(told, program, sizeof program) == 0);
    length = 1;
    CHECK_ERR(getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, told, &length), EINVAL);
    length = 2;
    CHECK_ERR(getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, (void *)8, &length), EFAULT);
    CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &any, sizeof any), 0);
    CHECK_ERR(setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &any, sizeof any), ENOENT);
}

TEST(lockedFilter_stays) {
    int fd = CHECK_OK(socket(AF_UNIX, SOCK_DGRAM, 0)), on = 1, off = 0, bad = 999;
    struct sock_filter program[] = {RET(5)};
    struct sock_fprog filter = {1, program};
    CHECK_EQ(attach(fd, program, 1), 0);
    CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &on, sizeof on), 0);
    CHECK_ERR(attach(fd, program, 1), EPERM);
    CHECK_ERR(setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &on, sizeof on), EPERM);
    CHECK_ERR(setsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &off, sizeof off), EPERM);
    CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &on, sizeof on), 0);
    CHECK_ERR(setsockopt(fd, SOL_SOCKET, SO_ATTACH_BPF, &bad, sizeof bad), EPERM);
    CHECK_ERR(setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &filter, sizeof filter), EPERM);
    CHECK_ERR(setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_EBPF, &bad, sizeof bad), EPERM);
}

TEST(otherKindsOfPrograms_areRefused) {
    int fd = CHECK_OK(socket(AF_UNIX, SOCK_DGRAM, 0)), bad = 999;
    int file = CHECK_OK(open("/dev/null", O_RDONLY));
    struct sock_filter program[] = {RET(5)};
    struct sock_fprog filter = {1, program};
    CHECK_ERR(setsockopt(fd, SOL_SOCKET, SO_ATTACH_BPF, &bad, sizeof bad), EBADF);
    CHECK_ERR(setsockopt(fd, SOL_SOCKET, SO_ATTACH_BPF, &file, sizeof file), EINVAL);
    CHECK_ERR(setsockopt(fd, SOL_SOCKET, SO_ATTACH_BPF, &filter, 8), EINVAL);
    CHECK_ERR(setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &filter, sizeof filter), EINVAL);
    CHECK_ERR(setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &filter, 4), EINVAL);
    CHECK_ERR(setsockopt(fd, SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, &bad, sizeof bad), EINVAL);
    CHECK_ERR(setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_EBPF, &bad, sizeof bad), EBADF);
}

TEST(droppedMessage_takesItsFilesAlong) {
    int pair[2], hose[2];
    CHECK_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
    CHECK_EQ(pipe(hose), 0);
    struct sock_filter program[] = {RET(0)};
    CHECK_EQ(attach(pair[1], program, 1), 0);
    char control[CMSG_SPACE(sizeof(int))] = "", byte;
    struct iovec part = {"x", 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    *header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(header), &hose[1], sizeof(int));
    CHECK_EQ(sendmsg(pair[0], &message, 0), 1);
    close(hose[1]);
    CHECK_EQ(read(hose[0], &byte, 1), 0);
}

TEST(acceptedConnection_hasNoFilter) {
    int listener = CHECK_OK(socket(AF_UNIX, SOCK_SEQPACKET, 0)), client = CHECK_OK(socket(AF_UNIX, SOCK_SEQPACKET, 0));
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    CHECK_EQ(bind(listener, (void *)&name, 2), 0);
    socklen_t length = sizeof name;
    CHECK_EQ(getsockname(listener, (void *)&name, &length), 0);
    struct sock_filter program[] = {RET(0)};
    CHECK_EQ(attach(listener, program, 1), 0);
    CHECK_EQ(listen(listener, 1), 0);
    CHECK_EQ(connect(client, (void *)&name, length), 0);
    int server = CHECK_OK(accept(listener, NULL, NULL));
    char got[8];
    CHECK_EQ(send(client, "abc", 3, 0), 3);
    CHECK_EQ(recv(server, got, sizeof got, MSG_DONTWAIT), 3);
}
