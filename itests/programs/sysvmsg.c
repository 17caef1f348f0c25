/* msgget(2), msgop(2), msgctl(2), sysvipc(7): message queues of System V. Removes what it makes: queues outlive processes. */
#include "check.h"

#include <grp.h>
#include <sys/ipc.h>
#include <sys/msg.h>

#ifndef MSG_COPY
#define MSG_COPY 040000
#endif

struct message {
    long type;
    char text[8192];
};

static int make(void) {
    return REQUIRE_OK(msgget(IPC_PRIVATE, IPC_CREAT | 0600));
}

static void drop(int id) {
    CHECK_OK(msgctl(id, IPC_RMID, NULL));
}

static int put(int id, long type, const char *text) {
    struct message message = {.type = type};
    strcpy(message.text, text);
    return msgsnd(id, &message, strlen(text), IPC_NOWAIT);
}

/* The text of the message, NULL with errno. */
static const char *take(int id, long type, int flags) {
    static struct message message;
    ssize_t size = msgrcv(id, &message, sizeof message.text - 1, type, flags | IPC_NOWAIT);
    if (size < 0) return NULL;
    message.text[size] = 0;
    return message.text;
}

static struct msqid_ds status_of(int id) {
    struct msqid_ds status;
    memset(&status, 0xaa, sizeof status);
    CHECK_OK(msgctl(id, IPC_STAT, &status));
    return status;
}

static key_t free_key(void) {
    for (int i = 0;; i++) {
        key_t key = 0x4d000000 + (getpid() << 8) + i;
        if (msgget(key, 0) < 0 && errno == ENOENT) return key;
    }
}

TEST(msgget_keys) {
    key_t key = free_key();
    CHECK_ERR(msgget(key, 0600), ENOENT);
    int id = REQUIRE_OK(msgget(key, IPC_CREAT | IPC_EXCL | 0600));
    CHECK_EQ(msgget(key, 0), id);
    CHECK_ERR(msgget(key, IPC_CREAT | IPC_EXCL | 0600), EEXIST);
    drop(id);
    CHECK_ERR(msgget(key, 0), ENOENT);
}

TEST(msgrcv_order_isThatOfSending) {
    int id = make();
    CHECK_ERR(take(id, 0, 0) ? 0 : -1, ENOMSG);
    CHECK_OK(put(id, 3, "three"));
    CHECK_OK(put(id, 1, "one"));
    CHECK_OK(put(id, 2, "two"));
    CHECK_OK(put(id, 1, "another one"));
    CHECK_STR(take(id, 0, 0), "three");
    CHECK_STR(take(id, 2, 0), "two");
    CHECK_OK(put(id, 5, "five"));
    CHECK_STR(take(id, 1, MSG_EXCEPT), "five");
    CHECK_OK(put(id, 9, "nine"));
    CHECK_STR(take(id, -9, 0), "one");
    CHECK_STR(take(id, -1, 0), "another one");
    CHECK_ERR(take(id, -8, 0) ? 0 : -1, ENOMSG);
    CHECK_STR(take(id, LONG_MIN, 0), "nine");
    drop(id);
}

TEST(msgrcv_length_cutOrRefused) {
    int id = make();
    struct message message;
    CHECK_OK(put(id, 4, "a long text"));
    CHECK_ERR(msgrcv(id, &message, 5, 0, 0), E2BIG);
    CHECK_EQ(status_of(id).msg_qnum, 1);
    memset(&message, 0, sizeof message);
    CHECK_EQ(msgrcv(id, &message, 5, 0, MSG_NOERROR), 5);
    CHECK_EQ(message.type, 4);
    CHECK_STR(message.text, "a lon");
    CHECK_EQ(status_of(id).msg_qnum, 0);
    CHECK_OK(put(id, 4, ""));
    CHECK_EQ(msgrcv(id, &message, 0, 0, 0), 0);
    drop(id);
}

TEST(msgctl_stat_tellsAll) {
    time_t before = time(NULL);
    key_t key = free_key();
    int id = REQUIRE_OK(msgget(key, IPC_CREAT | 0620));
    struct msqid_ds status = status_of(id);
    CHECK_EQ(status.msg_perm.__key, key);
    CHECK_EQ(status.msg_perm.mode, 0620);
    CHECK_EQ(status.msg_perm.uid, geteuid());
    CHECK_EQ(status.msg_stime, 0);
    CHECK_EQ(status.msg_rtime, 0);
    CHECK(status.msg_ctime >= before);
    CHECK_EQ(status.__msg_cbytes, 0);
    CHECK_EQ(status.msg_qnum, 0);
    CHECK_EQ(status.msg_lspid, 0);
    CHECK_EQ(status.msg_lrpid, 0);
    long room = status.msg_qbytes;
    CHECK(room >= 16384);
    put(id, 1, "12345");
    put(id, 1, "123");
    status = status_of(id);
    CHECK_EQ(status.__msg_cbytes, 8);
    CHECK_EQ(status.msg_qnum, 2);
    CHECK_EQ(status.msg_lspid, getpid());
    CHECK(status.msg_stime >= before);
    CHECK_EQ(status.msg_rtime, 0);
    take(id, 0, 0);
    status = status_of(id);
    CHECK_EQ(status.__msg_cbytes, 3);
    CHECK_EQ(status.msg_lrpid, getpid());
    CHECK(status.msg_rtime >= before);
    drop(id);
}

TEST(msgsnd_badArguments_fail) {
    int id = make();
    struct message message = {.type = 0};
    CHECK_ERR(msgsnd(id, &message, 1, 0), EINVAL);
    message.type = -1;
    CHECK_ERR(msgsnd(id, &message, 1, 0), EINVAL);
    message.type = 1;
    CHECK_ERR(msgsnd(id, &message, 8193, 0), EINVAL);
    CHECK_ERR(msgsnd(id, &message, -1, 0), EINVAL);
    CHECK_ERR(msgsnd(-1, &message, 1, 0), EINVAL);
    CHECK_ERR(syscall(SYS_msgsnd, id, 8, 1, 0), EFAULT);
    CHECK_ERR(msgrcv(id, &message, -1, 0, 0), EINVAL);
    CHECK_ERR(msgrcv(-1, &message, 1, 0, 0), EINVAL);
    CHECK_ERR(msgctl(id, 4711, NULL), EINVAL);
    CHECK_ERR(syscall(SYS_msgctl, id, IPC_STAT, 8), EFAULT);
    drop(id);
    CHECK_ERR(msgsnd(id, &message, 1, 0), EINVAL);
    CHECK_ERR(msgrcv(id, &message, 1, 0, 0), EINVAL);
}

TEST(msgsnd_fullQueue_failsOrWaits) {
    int id = make();
    struct msqid_ds status = status_of(id);
    status.msg_qbytes = 10;
    CHECK_OK(msgctl(id, IPC_SET, &status));
    CHECK_EQ(status_of(id).msg_qbytes, 10);
    CHECK_OK(put(id, 1, "12345678"));
    CHECK_ERR(put(id, 1, "123"), EAGAIN);
    CHECK_OK(put(id, 1, "12"));
    CHECK_ERR(put(id, 1, "1"), EAGAIN);
    pid_t child = START_CHILD({
        struct message message = {.type = 2, .text = "waited"};
        _exit(msgsnd(id, &message, 6, 0) == 0 ? 7 : 1);
    });
    EVENTUALLY(state_of(child) == 'S');
    sleep_ms(20);
    CHECK_STR(take(id, 0, 0), "12345678");
    CHECK_EQ(wait_for(child), EXITED(7));
    CHECK_STR(take(id, 2, 0), "waited");
    /* empty messages count, too */
    take(id, 0, 0);
    for (int i = 0; i < 10; i++) CHECK_OK(put(id, 1, ""));
    CHECK_ERR(put(id, 1, ""), EAGAIN);
    drop(id);
}

TEST(msgrcv_waits_forItsType) {
    int id = make();
    pid_t child = START_CHILD({
        struct message message;
        ssize_t size = msgrcv(id, &message, sizeof message.text, 5, 0);
        _exit(size == 4 && message.type == 5 && memcmp(message.text, "mine", 4) == 0 ? 7 : 1);
    });
    EVENTUALLY(state_of(child) == 'S');
    CHECK_OK(put(id, 4, "not mine"));
    CHECK_OK(put(id, 5, "mine"));
    CHECK_EQ(wait_for(child), EXITED(7));
    CHECK_EQ(status_of(id).msg_qnum, 1);
    CHECK_EQ(status_of(id).msg_lrpid, child);
    drop(id);
}

TEST(msgrcv_firstCome_firstServed) {
    int id = make();
    pid_t children[3];
    for (int i = 0; i < 3; i++) {
        children[i] = START_CHILD({
            struct message message;
            msgrcv(id, &message, sizeof message.text, 0, 0);
            _exit(message.text[0]);
        });
        EVENTUALLY(state_of(children[i]) == 'S');
        sleep_ms(30);
    }
    for (int i = 0; i < 3; i++) CHECK_OK(put(id, 1, (char[]){'a' + i, 0}));
    for (int i = 0; i < 3; i++) CHECK_EQ(wait_for(children[i]), EXITED('a' + i));
    drop(id);
}

TEST(msgrcv_waiterTooSmall_failsE2big) {
    int id = make();
    pid_t small = START_CHILD({
        struct message message;
        _exit(msgrcv(id, &message, 2, 0, 0) < 0 && errno == E2BIG ? 7 : 1);
    });
    EVENTUALLY(state_of(small) == 'S');
    sleep_ms(20);
    CHECK_OK(put(id, 1, "too long"));
    CHECK_EQ(wait_for(small), EXITED(7));
    CHECK_STR(take(id, 0, 0), "too long");
    drop(id);
}

TEST(msg_removedQueue_failsEidrm) {
    int id = make();
    pid_t receiver = START_CHILD({
        struct message message;
        _exit(msgrcv(id, &message, 10, 0, 0) < 0 && errno == EIDRM ? 7 : 1);
    });
    EVENTUALLY(state_of(receiver) == 'S');
    sleep_ms(20);
    drop(id);
    CHECK_EQ(wait_for(receiver), EXITED(7));
    id = make();
    struct msqid_ds status = status_of(id);
    status.msg_qbytes = 1;
    msgctl(id, IPC_SET, &status);
    put(id, 1, "x");
    pid_t sender = START_CHILD({
        struct message message = {.type = 1};
        _exit(msgsnd(id, &message, 1, 0) < 0 && errno == EIDRM ? 7 : 1);
    });
    EVENTUALLY(state_of(sender) == 'S');
    sleep_ms(20);
    drop(id);
    CHECK_EQ(wait_for(sender), EXITED(7));
}

static void ignore(int signal) {
    (void)signal;
}

TEST(msgrcv_signal_failsEintr) {
    int id = make();
    pid_t child = START_CHILD({
        struct sigaction action = {.sa_handler = ignore, .sa_flags = SA_RESTART};
        sigaction(SIGUSR1, &action, NULL);
        struct message message;
        _exit(msgrcv(id, &message, 10, 0, 0) < 0 && errno == EINTR ? 7 : 1);
    });
    EVENTUALLY(state_of(child) == 'S');
    sleep_ms(20);
    kill(child, SIGUSR1);
    CHECK_EQ(wait_for(child), EXITED(7));
    CHECK_OK(put(id, 1, "kept"));
    CHECK_STR(take(id, 0, 0), "kept");
    drop(id);
}

TEST(msgrcv_stopAndContinue_waitsOn) {
    int id = make();
    pid_t child = START_CHILD({
        struct message message;
        _exit(msgrcv(id, &message, 10, 0, 0) == 1 ? 7 : 1);
    });
    EVENTUALLY(state_of(child) == 'S');
    kill(child, SIGSTOP);
    EVENTUALLY(state_of(child) == 'T');
    kill(child, SIGCONT);
    EVENTUALLY(state_of(child) == 'S');
    sleep_ms(20);
    CHECK_OK(put(id, 1, "x"));
    CHECK_EQ(wait_for(child), EXITED(7));
    drop(id);
}

TEST(msgrcv_copy_leavesMessages) {
    int id = make();
    put(id, 7, "first");
    put(id, 8, "second");
    struct message message;
    if (msgrcv(id, &message, 100, 0, MSG_COPY | IPC_NOWAIT) < 0 && errno == ENOSYS) {
        drop(id);
        SKIP("a kernel without checkpoints");
    }
    memset(&message, 0, sizeof message);
    CHECK_EQ(msgrcv(id, &message, 100, 1, MSG_COPY | IPC_NOWAIT), 6);
    CHECK_EQ(message.type, 8);
    CHECK_STR(message.text, "second");
    /* Linux does not cut copies */
    CHECK_ERR(msgrcv(id, &message, 3, 0, MSG_COPY | IPC_NOWAIT | MSG_NOERROR), EINVAL);
    CHECK_ERR(msgrcv(id, &message, 3, 0, MSG_COPY | IPC_NOWAIT), E2BIG);
    CHECK_ERR(msgrcv(id, &message, 100, 2, MSG_COPY | IPC_NOWAIT), ENOMSG);
    CHECK_ERR(msgrcv(id, &message, 100, -1, MSG_COPY | IPC_NOWAIT), ENOMSG);
    CHECK_ERR(msgrcv(id, &message, 100, 0, MSG_COPY), EINVAL);
    CHECK_ERR(msgrcv(id, &message, 100, 0, MSG_COPY | IPC_NOWAIT | MSG_EXCEPT), EINVAL);
    CHECK_EQ(status_of(id).msg_qnum, 2);
    CHECK_EQ(status_of(id).msg_rtime, 0);
    drop(id);
}

TEST(msgctl_set_limits) {
    need_root();
    int id = make();
    struct msqid_ds status = status_of(id);
    long room = status.msg_qbytes;
    status.msg_qbytes = room + 1;
    /* user 0 of the host may lack CAP_SYS_RESOURCE */
    if (msgctl(id, IPC_SET, &status) < 0) CHECK_EQ(errno, EPERM);
    else CHECK_EQ(status_of(id).msg_qbytes, room + 1);
    status.msg_qbytes = room;
    status.msg_perm.uid = 12345;
    status.msg_perm.mode = 0600;
    CHECK_OK(msgctl(id, IPC_SET, &status));
    CHECK_EQ(IN_CHILD({
                 REQUIRE_OK(setgroups(0, NULL));
                 REQUIRE_OK(setgid(12345));
                 REQUIRE_OK(setuid(12345));
                 CHECK_OK(put(id, 1, "x"));
                 struct msqid_ds mine = status_of(id);
                 mine.msg_qbytes = room + 2;
                 CHECK_ERR(msgctl(id, IPC_SET, &mine), EPERM);
                 mine.msg_qbytes = 100;
                 CHECK_OK(msgctl(id, IPC_SET, &mine));
             }),
            0);
    CHECK_EQ(IN_CHILD({
                 REQUIRE_OK(setgroups(0, NULL));
                 REQUIRE_OK(setgid(54321));
                 REQUIRE_OK(setuid(54321));
                 CHECK_ERR(put(id, 1, "x"), EACCES);
                 CHECK_ERR(take(id, 0, 0) ? 0 : -1, EACCES);
                 CHECK_ERR(msgctl(id, IPC_RMID, NULL), EPERM);
                 struct msqid_ds other;
                 CHECK_ERR(msgctl(id, IPC_STAT, &other), EACCES);
             }),
            0);
    drop(id);
}

TEST(msgctl_info_tells) {
    int id = make();
    put(id, 1, "12345");
    struct msginfo info;
    int highest = CHECK_OK(msgctl(0, IPC_INFO, (struct msqid_ds *)&info));
    CHECK(info.msgmax >= 8192 && info.msgmnb >= 16384 && info.msgmni >= 1);
    CHECK_EQ(info.msgssz, 16);
    CHECK_EQ(info.msgseg, 65535);
    CHECK_EQ(msgctl(0, MSG_INFO, (struct msqid_ds *)&info), highest);
    CHECK(info.msgpool >= 1 && info.msgmap >= 1 && info.msgtql >= 5);
    int found = 0;
    for (int i = 0; i <= highest; i++) {
        struct msqid_ds status;
        found |= msgctl(i, MSG_STAT, &status) == id && status.msg_qnum == 1;
    }
    CHECK(found);
    char expected[64];
    snprintf(expected, sizeof expected, "%10d %10d  %4o  %10d %10d %5d", 0, id, 0600, 5, 1, getpid());
    CHECK(strstr(text_of("/proc/sysvipc/msg"), expected));
    CHECK_EQ(atoi(text_of("/proc/sys/kernel/msgmnb")), info.msgmnb);
    CHECK_EQ(atoi(text_of("/proc/sys/kernel/msgmax")), info.msgmax);
    drop(id);
}
