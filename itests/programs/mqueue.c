/* mq_open(3), mq_send(3), mq_receive(3), mq_notify(3), mq_getattr(3), mq_unlink(3), mq_overview(7): POSIX message queues and their
 * file system. Each test takes names of its own and removes them: queues outlive processes. */
#include "check.h"

#include <grp.h>
#include <linux/netlink.h>
#include <mqueue.h>
#include <poll.h>
#include <sys/epoll.h>
#include <semaphore.h>
#include <sys/mount.h>
#include <sys/socket.h>

static char name[64];

static mqd_t make(int flags, long messages, long size) {
    static int count;
    struct mq_attr wanted = {.mq_maxmsg = messages, .mq_msgsize = size};
    snprintf(name, sizeof name, "/moat-%d-%d", getpid(), ++count);
    mq_unlink(name);
    return REQUIRE_OK(mq_open(name, O_CREAT | O_EXCL | O_RDWR | flags, 0600, messages ? &wanted : NULL));
}

static void drop(mqd_t queue) {
    CHECK_OK(mq_close(queue));
    CHECK_OK(mq_unlink(name));
}

static int put(mqd_t queue, const char *text, unsigned priority) {
    return mq_send(queue, text, strlen(text), priority);
}

static char text[8193];
static unsigned priority;

static const char *take(mqd_t queue) {
    ssize_t size = mq_receive(queue, text, sizeof text - 1, &priority);
    if (size < 0) return NULL;
    text[size] = 0;
    return text;
}

static struct timespec in_ms(int ms) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    int64_t at = time.tv_sec * 1000000000LL + time.tv_nsec + ms * 1000000LL;
    return (struct timespec){at / 1000000000, at % 1000000000};
}

TEST(mq_open_names) {
    mqd_t queue = make(0, 0, 0);
    CHECK_ERR(mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, NULL), EEXIST);
    mqd_t again = CHECK_OK(mq_open(name, O_RDONLY));
    CHECK(again != queue);
    CHECK_EQ(fcntl(queue, F_GETFD), FD_CLOEXEC);
    mq_close(again);
    drop(queue);
    CHECK_ERR(mq_open(name, O_RDWR), ENOENT);
    CHECK_ERR(mq_unlink(name), ENOENT);
    /* the calls themselves take names without the slash */
    CHECK_ERR(syscall(SYS_mq_open, "", O_RDWR, 0, NULL), ENOENT);
    CHECK_ERR(syscall(SYS_mq_open, "a/b", O_RDWR, 0, NULL), EACCES);
    CHECK_ERR(syscall(SYS_mq_open, ".", O_RDWR, 0, NULL), EACCES);
    CHECK_ERR(syscall(SYS_mq_open, "..", O_RDWR, 0, NULL), EACCES);
    CHECK_ERR(syscall(SYS_mq_open, (char *)8, O_RDWR, 0, NULL), EFAULT);
    char lengthy[300];
    memset(lengthy, 'x', sizeof lengthy);
    lengthy[256] = 0;
    CHECK_ERR(syscall(SYS_mq_open, lengthy, O_RDWR, 0, NULL), ENAMETOOLONG);
    CHECK_ERR(syscall(SYS_mq_unlink, "a/b"), EACCES);
}

TEST(mq_open_attributes_checked) {
    struct mq_attr wanted = {.mq_maxmsg = 0, .mq_msgsize = 10};
    CHECK_ERR(mq_open("/moat-bad", O_CREAT | O_RDWR, 0600, &wanted), EINVAL);
    wanted = (struct mq_attr){.mq_maxmsg = 10, .mq_msgsize = 0};
    CHECK_ERR(mq_open("/moat-bad", O_CREAT | O_RDWR, 0600, &wanted), EINVAL);
    wanted = (struct mq_attr){.mq_maxmsg = 65537, .mq_msgsize = 10};
    CHECK_ERR(mq_open("/moat-bad", O_CREAT | O_RDWR, 0600, &wanted), EINVAL);
    wanted = (struct mq_attr){.mq_maxmsg = 10, .mq_msgsize = (16 << 20) + 1};
    CHECK_ERR(mq_open("/moat-bad", O_CREAT | O_RDWR, 0600, &wanted), EINVAL);
    CHECK_ERR(syscall(SYS_mq_open, "moat-bad", O_CREAT | O_RDWR, 0600, 8), EFAULT);
    CHECK_ERR(mq_unlink("/moat-bad"), ENOENT);
}

TEST(mq_getattr_tells) {
    mqd_t queue = make(0, 3, 100);
    struct mq_attr told;
    memset(&told, 0xaa, sizeof told);
    CHECK_OK(mq_getattr(queue, &told));
    CHECK_EQ(told.mq_flags, 0);
    CHECK_EQ(told.mq_maxmsg, 3);
    CHECK_EQ(told.mq_msgsize, 100);
    CHECK_EQ(told.mq_curmsgs, 0);
    put(queue, "one", 0);
    CHECK_OK(mq_getattr(queue, &told));
    CHECK_EQ(told.mq_curmsgs, 1);
    struct mq_attr wanted = {.mq_flags = O_NONBLOCK, .mq_maxmsg = 99}, old;
    CHECK_OK(mq_setattr(queue, &wanted, &old));
    CHECK_EQ(old.mq_flags, 0);
    CHECK_OK(mq_getattr(queue, &told));
    CHECK_EQ(told.mq_flags, O_NONBLOCK);
    CHECK_EQ(told.mq_maxmsg, 3);
    CHECK_EQ(fcntl(queue, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
    wanted.mq_flags = O_APPEND;
    CHECK_ERR(mq_setattr(queue, &wanted, NULL), EINVAL);
    wanted.mq_flags = 0;
    CHECK_OK(mq_setattr(queue, &wanted, NULL));
    CHECK_EQ(fcntl(queue, F_GETFL) & O_NONBLOCK, 0);
    CHECK_ERR(mq_getattr(0, &told), EBADF);
    CHECK_ERR(syscall(SYS_mq_getsetattr, queue, NULL, 8), EFAULT);
    drop(queue);
    queue = make(O_NONBLOCK, 0, 0);
    CHECK_OK(mq_getattr(queue, &told));
    CHECK_EQ(told.mq_flags, O_NONBLOCK);
    CHECK_EQ(told.mq_maxmsg, 10);
    CHECK_EQ(told.mq_msgsize, 8192);
    drop(queue);
}

TEST(mq_receive_highestPriorityFirst) {
    mqd_t queue = make(O_NONBLOCK, 0, 0);
    CHECK_ERR(take(queue) ? 0 : -1, EAGAIN);
    put(queue, "low", 1);
    put(queue, "high", 32767);
    put(queue, "middle", 7);
    put(queue, "middle again", 7);
    put(queue, "none", 0);
    CHECK_STR(take(queue), "high");
    CHECK_EQ(priority, 32767);
    CHECK_STR(take(queue), "middle");
    put(queue, "late", 7);
    CHECK_STR(take(queue), "middle again");
    CHECK_STR(take(queue), "late");
    CHECK_EQ(priority, 7);
    CHECK_STR(take(queue), "low");
    CHECK_STR(take(queue), "none");
    CHECK_OK(mq_send(queue, NULL, 0, 0));
    CHECK_EQ(mq_receive(queue, text, sizeof text, NULL), 0);
    drop(queue);
}

TEST(mq_badArguments_fail) {
    mqd_t queue = make(0, 2, 16);
    CHECK_ERR(mq_send(queue, "12345678901234567", 17, 0), EMSGSIZE);
    CHECK_ERR(mq_receive(queue, text, 15, NULL), EMSGSIZE);
    CHECK_ERR(mq_send(queue, "x", 1, 32768), EINVAL);
    CHECK_ERR(syscall(SYS_mq_timedsend, queue, 8, 1, 0, NULL), EFAULT);
    struct timespec bad = {0, 1000000000};
    CHECK_ERR(mq_timedsend(queue, "x", 1, 0, &bad), EINVAL);
    CHECK_ERR(syscall(SYS_mq_timedreceive, queue, text, 16, NULL, 8), EFAULT);
    CHECK_ERR(mq_send(1000, "x", 1, 0), EBADF);
    CHECK_ERR(mq_send(0, "x", 1, 0), EBADF);
    mqd_t reader = CHECK_OK(mq_open(name, O_RDONLY));
    mqd_t writer = CHECK_OK(mq_open(name, O_WRONLY));
    CHECK_ERR(mq_send(reader, "x", 1, 0), EBADF);
    CHECK_ERR(mq_receive(writer, text, 16, NULL), EBADF);
    CHECK_ERR(write(queue, "x", 1), EINVAL);
    put(writer, "x", 0);
    CHECK_ERR(syscall(SYS_mq_timedreceive, queue, 8, 16, NULL, NULL), EFAULT);
    mq_close(reader);
    mq_close(writer);
    drop(queue);
}

TEST(mq_send_fullQueue_waits) {
    mqd_t queue = make(0, 2, 16);
    put(queue, "1", 0);
    put(queue, "2", 0);
    struct timespec time = in_ms(50);
    int64_t start = now_ns();
    CHECK_ERR(mq_timedsend(queue, "3", 1, 0, &time), ETIMEDOUT);
    CHECK(now_ns() - start >= 40000000);
    time = (struct timespec){0, 0};
    CHECK_ERR(mq_timedsend(queue, "3", 1, 0, &time), ETIMEDOUT);
    mqd_t impatient = CHECK_OK(mq_open(name, O_WRONLY | O_NONBLOCK));
    CHECK_ERR(put(impatient, "3", 0), EAGAIN);
    pid_t child = START_CHILD(_exit(put(queue, "urgent", 9) == 0 ? 7 : 1));
    EVENTUALLY(state_of(child) == 'S');
    sleep_ms(20);
    CHECK_STR(take(queue), "1");
    CHECK_EQ(wait_for(child), EXITED(7));
    CHECK_STR(take(queue), "urgent");
    CHECK_STR(take(queue), "2");
    mq_close(impatient);
    drop(queue);
}

TEST(mq_receive_emptyQueue_waits) {
    mqd_t queue = make(0, 2, 16);
    struct timespec time = in_ms(50);
    CHECK_ERR(mq_timedreceive(queue, text, 16, NULL, &time), ETIMEDOUT);
    pid_t children[2];
    for (int i = 0; i < 2; i++) {
        children[i] = START_CHILD(_exit(take(queue) && priority == 3 ? text[0] : 1));
        EVENTUALLY(state_of(children[i]) == 'S');
        sleep_ms(30);
    }
    put(queue, "a", 3);
    put(queue, "b", 3);
    CHECK_EQ(wait_for(children[0]), EXITED('a'));
    CHECK_EQ(wait_for(children[1]), EXITED('b'));
    drop(queue);
}

static volatile sig_atomic_t signals;
static siginfo_t last;

static void count(int signal, siginfo_t *info, void *context) {
    (void)signal, (void)context;
    signals++;
    last = *info;
}

static void handle(int signal, int flags) {
    struct sigaction action = {.sa_sigaction = count, .sa_flags = SA_SIGINFO | flags};
    sigaction(signal, &action, NULL);
}

TEST(mq_receive_signal) {
    mqd_t queue = make(0, 2, 16);
    pid_t child = START_CHILD({
        handle(SIGUSR1, 0);
        _exit(take(queue) == NULL && errno == EINTR ? 7 : 1);
    });
    EVENTUALLY(state_of(child) == 'S');
    sleep_ms(20);
    kill(child, SIGUSR1);
    CHECK_EQ(wait_for(child), EXITED(7));
    child = START_CHILD({
        handle(SIGUSR1, SA_RESTART);
        _exit(take(queue) ? 7 : 1);
    });
    EVENTUALLY(state_of(child) == 'S');
    sleep_ms(20);
    kill(child, SIGUSR1);
    sleep_ms(20);
    put(queue, "x", 0);
    CHECK_EQ(wait_for(child), EXITED(7));
    drop(queue);
}

TEST(mq_receive_killed_takesNothing) {
    mqd_t queue = make(O_NONBLOCK, 2, 16);
    pid_t child = START_CHILD({
        mqd_t own = mq_open(name, O_RDONLY);
        take(own);
    });
    EVENTUALLY(state_of(child) == 'S');
    sleep_ms(20);
    kill(child, SIGKILL);
    wait_for(child);
    put(queue, "kept", 0);
    CHECK_STR(take(queue), "kept");
    drop(queue);
}

TEST(mq_notify_signalsOnce) {
    mqd_t queue = make(O_NONBLOCK, 4, 16);
    handle(SIGUSR1, 0);
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 4711};
    CHECK_OK(mq_notify(queue, &event));
    CHECK_ERR(mq_notify(queue, &event), EBUSY);
    CHECK_EQ(IN_CHILD(CHECK_ERR(mq_notify(queue, &event), EBUSY)), 0);
    pid_t child = START_CHILD(put(queue, "first", 0));
    wait_for(child);
    EVENTUALLY(signals == 1);
    CHECK_EQ(last.si_code, SI_MESGQ);
    CHECK_EQ(last.si_value.sival_int, 4711);
    CHECK_EQ(last.si_pid, child);
    CHECK_EQ(last.si_uid, getuid());
    put(queue, "second", 0);
    CHECK_EQ(signals, 1);
    /* only a message for an empty queue is told */
    CHECK_OK(mq_notify(queue, &event));
    put(queue, "third", 0);
    CHECK_EQ(signals, 1);
    take(queue);
    take(queue);
    take(queue);
    put(queue, "fourth", 0);
    EVENTUALLY(signals == 2);
    drop(queue);
}

TEST(mq_notify_receiverGoesFirst) {
    mqd_t queue = make(0, 4, 16);
    handle(SIGUSR1, 0);
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    CHECK_OK(mq_notify(queue, &event));
    pid_t child = START_CHILD(_exit(take(queue) ? 7 : 1));
    EVENTUALLY(state_of(child) == 'S');
    sleep_ms(20);
    put(queue, "for the child", 0);
    CHECK_EQ(wait_for(child), EXITED(7));
    CHECK_EQ(signals, 0);
    put(queue, "for nobody", 0);
    EVENTUALLY(signals == 1);
    drop(queue);
}

static sem_t told;
static union sigval told_value;

static void tell(union sigval value) {
    told_value = value;
    sem_post(&told);
}

TEST(mq_notify_startsAThread) {
    mqd_t queue = make(O_NONBLOCK, 2, 16);
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_value.sival_int = 4711, .sigev_notify_function = tell};
    sem_init(&told, 0, 0);
    for (int i = 0; i < 3; i++) {
        CHECK_OK(mq_notify(queue, &event));
        CHECK_ERR(mq_notify(queue, &event), EBUSY);
        put(queue, "x", 0);
        CHECK_EQ(sem_wait(&told), 0);
        CHECK_EQ(told_value.sival_int, 4711);
        CHECK_STR(take(queue), "x");
    }
    CHECK_OK(mq_notify(queue, &event));
    CHECK_OK(mq_notify(queue, NULL));
    put(queue, "x", 0);
    struct timespec soon;
    clock_gettime(CLOCK_REALTIME, &soon);
    soon.tv_nsec += 100000000;
    if (soon.tv_nsec >= 1000000000) soon.tv_sec++, soon.tv_nsec -= 1000000000;
    CHECK_ERR(sem_timedwait(&told, &soon), ETIMEDOUT);
    drop(queue);
}

TEST(mq_notify_putsItsCookieInASocket) {
    mqd_t queue = make(O_NONBLOCK, 4, 16);
    int netlink = CHECK_OK(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE)), other = CHECK_OK(socket(AF_UNIX, SOCK_DGRAM, 0));
    char cookie[32] = "a cookie of thirty-one bytes...", got[64];
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_signo = netlink, .sigev_value.sival_ptr = cookie};
    CHECK_OK(syscall(SYS_mq_notify, queue, &event));
    CHECK_ERR(recv(netlink, got, sizeof got, MSG_DONTWAIT), EAGAIN);
    put(queue, "x", 0);
    CHECK_STR(take(queue), "x");
    CHECK_EQ(recv(netlink, got, sizeof got, MSG_DONTWAIT), 32);
    CHECK(memcmp(got, cookie, 31) == 0);
    CHECK_EQ(got[31], 1);
    CHECK_OK(syscall(SYS_mq_notify, queue, &event));
    CHECK_OK(syscall(SYS_mq_notify, queue, NULL));
    struct sockaddr_nl from = {0};
    socklen_t length = sizeof from;
    CHECK_EQ(recvfrom(netlink, got, sizeof got, MSG_DONTWAIT, (void *)&from, &length), 32);
    CHECK_EQ(got[31], 2);
    CHECK_EQ(from.nl_family, AF_NETLINK);
    CHECK_EQ(from.nl_pid, 0);
    mqd_t again = mq_open(name, O_RDWR);
    CHECK_OK(syscall(SYS_mq_notify, again, &event));
    CHECK_OK(mq_close(again)); /* takes it back, too */
    CHECK_EQ(recv(netlink, got, sizeof got, MSG_DONTWAIT), 32);
    CHECK_EQ(got[31], 2);
    event.sigev_signo = 999;
    CHECK_ERR(syscall(SYS_mq_notify, queue, &event), EBADF);
    event.sigev_signo = queue;
    CHECK_ERR(syscall(SYS_mq_notify, queue, &event), ENOTSOCK);
    event.sigev_signo = other;
    CHECK_ERR(syscall(SYS_mq_notify, queue, &event), EINVAL);
    event.sigev_signo = netlink;
    CHECK_ERR(syscall(SYS_mq_notify, 0, &event), EBADF);
    event.sigev_value.sival_ptr = (void *)8;
    CHECK_ERR(syscall(SYS_mq_notify, queue, &event), EFAULT);
    event.sigev_value.sival_ptr = cookie;
    CHECK_OK(syscall(SYS_mq_notify, queue, &event));
    close(netlink);
    put(queue, "x", 0); /* to nobody */
    drop(queue);
}

TEST(mq_notify_takenBack) {
    mqd_t queue = make(O_NONBLOCK, 4, 16);
    handle(SIGUSR1, 0);
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    CHECK_OK(mq_notify(queue, &event));
    CHECK_OK(mq_notify(queue, NULL));
    put(queue, "x", 0);
    take(queue);
    CHECK_EQ(signals, 0);
    /* closing any descriptor of the queue takes it back */
    mqd_t other = CHECK_OK(mq_open(name, O_RDONLY));
    CHECK_OK(mq_notify(queue, &event));
    mq_close(other);
    put(queue, "x", 0);
    take(queue);
    CHECK_EQ(signals, 0);
    /* so does the end of the process */
    CHECK_EQ(IN_CHILD(CHECK_OK(mq_notify(queue, &event))), 0);
    CHECK_OK(mq_notify(queue, &event));
    event.sigev_notify = 77;
    CHECK_ERR(mq_notify(queue, &event), EINVAL);
    event = (struct sigevent){.sigev_notify = SIGEV_SIGNAL, .sigev_signo = 65};
    CHECK_ERR(mq_notify(queue, &event), EINVAL);
    CHECK_ERR(mq_notify(0, NULL), EBADF);
    CHECK_ERR(syscall(SYS_mq_notify, queue, 8), EFAULT);
    CHECK_OK(mq_notify(queue, NULL));
    event = (struct sigevent){.sigev_notify = SIGEV_NONE};
    CHECK_OK(mq_notify(queue, &event));
    drop(queue);
}

TEST(mq_poll) {
    mqd_t queue = make(O_NONBLOCK, 1, 16);
    struct pollfd poller = {.fd = queue, .events = POLLIN | POLLOUT};
    CHECK_EQ(poll(&poller, 1, 0), 1);
    CHECK_EQ(poller.revents, POLLOUT);
    int epoll = REQUIRE_OK(epoll_create1(0));
    struct epoll_event event = {.events = EPOLLIN};
    CHECK_OK(epoll_ctl(epoll, EPOLL_CTL_ADD, queue, &event));
    CHECK_EQ(epoll_wait(epoll, &event, 1, 0), 0);
    pid_t child = START_CHILD({
        sleep_ms(50);
        put(queue, "x", 0);
    });
    CHECK_EQ(epoll_wait(epoll, &event, 1, 5000), 1);
    wait_for(child);
    CHECK_EQ(poll(&poller, 1, 0), 1);
    CHECK_EQ(poller.revents, POLLIN);
    child = START_CHILD({
        sleep_ms(50);
        take(queue);
    });
    poller.events = POLLOUT;
    CHECK_EQ(poll(&poller, 1, 5000), 1);
    wait_for(child);
    drop(queue);
}

TEST(mq_unlinked_worksOn) {
    mqd_t queue = make(O_NONBLOCK, 0, 0);
    put(queue, "x", 0);
    CHECK_OK(mq_unlink(name));
    CHECK_ERR(mq_open(name, O_RDWR), ENOENT);
    mqd_t fresh = CHECK_OK(mq_open(name, O_CREAT | O_RDWR | O_NONBLOCK, 0600, NULL));
    CHECK_ERR(take(fresh) ? 0 : -1, EAGAIN);
    CHECK_STR(take(queue), "x");
    struct stat about;
    CHECK_OK(fstat(queue, &about));
    CHECK_EQ(about.st_nlink, 0);
    mq_close(fresh);
    drop(queue);
}

TEST(mq_fork_sharesQueue) {
    mqd_t queue = make(0, 2, 64);
    pid_t child = START_CHILD(for (int i = 0; i < 300; i++) put(queue, "ping", i % 3));
    for (int i = 0; i < 300; i++) CHECK_STR(take(queue), "ping");
    CHECK_EQ(wait_for(child), 0);
    drop(queue);
}

TEST(mq_permissions) {
    need_root();
    mqd_t queue = make(0, 2, 16);
    CHECK_OK(fchmod(queue, 0604));
    umask(022);
    CHECK_EQ(IN_CHILD({
                 REQUIRE_OK(setgroups(0, NULL));
                 REQUIRE_OK(setgid(12345));
                 REQUIRE_OK(setuid(12345));
                 CHECK(mq_open(name, O_RDONLY) >= 0);
                 CHECK_ERR(mq_open(name, O_WRONLY), EACCES);
                 CHECK_ERR(mq_open(name, O_RDWR), EACCES);
                 /* the library makes EACCES of it */
                 CHECK_ERR(syscall(SYS_mq_unlink, name + 1), EPERM);
                 mqd_t own = CHECK_OK(mq_open("/moat-of-another", O_CREAT | O_RDWR, 0666, NULL));
                 struct stat about;
                 CHECK_OK(fstat(own, &about));
                 CHECK_EQ(about.st_mode, S_IFREG | 0644);
                 CHECK_EQ(about.st_uid, 12345);
                 CHECK_EQ(about.st_gid, 12345);
                 CHECK_EQ(about.st_size, 80);
                 CHECK_OK(mq_unlink("/moat-of-another"));
             }),
            0);
    drop(queue);
}

TEST(mq_limit_ofBytes) {
    need_root();
    CHECK_EQ(IN_CHILD({
                 REQUIRE_OK(setgroups(0, NULL));
                 REQUIRE_OK(setuid(23456));
                 struct rlimit limit = {20000, 20000};
                 REQUIRE_OK(setrlimit(RLIMIT_MSGQUEUE, &limit));
                 struct mq_attr wanted = {.mq_maxmsg = 2, .mq_msgsize = 4096};
                 mqd_t one = CHECK_OK(mq_open("/moat-one", O_CREAT | O_RDWR, 0600, &wanted));
                 mqd_t two = CHECK_OK(mq_open("/moat-two", O_CREAT | O_RDWR, 0600, &wanted));
                 CHECK_ERR(mq_open("/moat-three", O_CREAT | O_RDWR, 0600, &wanted), EMFILE);
                 mq_unlink("/moat-one");
                 CHECK_ERR(mq_open("/moat-three", O_CREAT | O_RDWR, 0600, &wanted), EMFILE);
                 mq_close(one);
                 /* Linux gives the bytes back a moment later */
                 mqd_t three = -1;
                 EVENTUALLY((three = mq_open("/moat-three", O_CREAT | O_RDWR, 0600, &wanted)) >= 0);
                 mq_close(two);
                 mq_close(three);
                 CHECK_OK(mq_unlink("/moat-two"));
                 CHECK_OK(mq_unlink("/moat-three"));
                 wanted.mq_maxmsg = 11;
                 CHECK_ERR(mq_open("/moat-three", O_CREAT | O_RDWR, 0600, &wanted), EINVAL);
             }),
            0);
}

TEST(mqueue_fileSystem) {
    need_root();
    REQUIRE_OK(mkdir("queues", 0755));
    if (mount("none", "queues", "mqueue", 0, NULL) < 0) {
        CHECK_EQ(errno, EPERM);
        SKIP("may not mount");
    }
    mqd_t queue = make(O_NONBLOCK, 4, 64);
    char path[128];
    snprintf(path, sizeof path, "queues%s", name);
    struct stat about, file;
    CHECK_OK(stat(path, &about));
    CHECK_OK(fstat(queue, &file));
    CHECK_EQ(about.st_ino, file.st_ino);
    CHECK_EQ(about.st_mode, S_IFREG | 0600);
    CHECK_OK(stat("queues", &about));
    CHECK_EQ(about.st_mode, S_IFDIR | 01777);
    CHECK_STR(text_of(path), "QSIZE:0          NOTIFY:0     SIGNO:0     NOTIFY_PID:0     \n");
    put(queue, "12345", 0);
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    mq_notify(queue, &event);
    char expected[128];
    snprintf(expected, sizeof expected, "QSIZE:5          NOTIFY:0     SIGNO:10    NOTIFY_PID:%-6d\n", getpid());
    CHECK_EQ(IN_CHILD(CHECK_STR(text_of(path), expected)), 0);
    /* opened by name it is a queue like any other */
    mqd_t opened = REQUIRE_OK(open(path, O_RDWR | O_NONBLOCK));
    CHECK_STR(take(opened), "12345");
    close(opened);
    CHECK_OK(unlink(path));
    CHECK_ERR(mq_open(name, O_RDWR), ENOENT);
    CHECK_ERR(stat(path, &about), ENOENT);
    mq_close(queue);
    int made = CHECK_OK(open("queues/moat-made", O_CREAT | O_RDWR, 0600));
    queue = CHECK_OK(mq_open("/moat-made", O_RDWR));
    CHECK_OK(put(queue, "through the file", 1));
    CHECK_STR(take(made), "through the file");
    CHECK_ERR(mkdir("queues/directory", 0755), EPERM);
    CHECK_ERR(symlink("x", "queues/link"), EPERM);
    CHECK_ERR(link("queues/moat-made", "queues/other"), EPERM);
    CHECK_ERR(rename("queues/moat-made", "queues/other"), EPERM);
    close(made);
    mq_close(queue);
    CHECK_OK(mq_unlink("/moat-made"));
    CHECK_ERR(access("queues/moat-made", F_OK), ENOENT);
    CHECK_OK(umount("queues"));
}

TEST(proc_sys_limitsAreThere) {
    CHECK_EQ(atoi(text_of("/proc/sys/fs/mqueue/queues_max")), 256);
    CHECK_EQ(atoi(text_of("/proc/sys/fs/mqueue/msg_max")), 10);
    CHECK_EQ(atoi(text_of("/proc/sys/fs/mqueue/msgsize_max")), 8192);
    CHECK_EQ(atoi(text_of("/proc/sys/fs/mqueue/msg_default")), 10);
    CHECK_EQ(atoi(text_of("/proc/sys/fs/mqueue/msgsize_default")), 8192);
}
