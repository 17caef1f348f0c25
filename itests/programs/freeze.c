/*
 * What a program must not notice when the kernel under it takes all its threads out of their waits, many times a second:
 * no EINTR, no short counts, no longer or shorter times, nothing lost, nothing twice.
 */
#include "check.h"

#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#define MUCH (1 << 20)
#define SHORT_MS 150
/* A busy machine wakes late; a timeout that began anew each time would never end. */
#define LATE_NS 3000000000LL

static unsigned char pattern(size_t at) {
    return (unsigned char)(at * 7 + (at >> 8) * 13 + (at >> 16));
}

static unsigned char *much_of_pattern(void) {
    unsigned char *bytes = malloc(MUCH);
    REQUIRE(bytes != NULL);
    for (size_t i = 0; i < MUCH; i++) bytes[i] = pattern(i);
    return bytes;
}

/* Reads to the end in small pieces with rests; gives how much came, -1 when it was not the pattern. */
static long drain_slowly(int fd, int piece) {
    unsigned char buffer[65536];
    long total = 0;
    while (1) {
        ssize_t n = read(fd, buffer, piece);
        if (n < 0) return check_fail("read failed with %s", check_errno(errno)), -1;
        if (n == 0) return total;
        for (ssize_t i = 0; i < n; i++) {
            if (buffer[i] != pattern(total + i)) return check_fail("wrong byte at %ld", total + i), -1;
        }
        total += n;
        sleep_ms(1);
    }
}

static pid_t start_reader(int fd, int other, int piece) {
    return START_CHILD(close(other); _exit(drain_slowly(fd, piece) == MUCH ? 0 : 1));
}

static void check_time(int64_t began, int64_t wanted) {
    int64_t took = now_ns() - began;
    CHECK(took >= wanted);
    if (took >= wanted + LATE_NS) (void)check_fail("took %lld ns", (long long)took);
}

TEST(write_intoSlowlyReadPipe_isWhole) {
    unsigned char *bytes = much_of_pattern();
    int ends[2];
    REQUIRE_OK(pipe(ends));
    pid_t reader = start_reader(ends[0], ends[1], 16384);
    close(ends[0]);
    CHECK_EQ(write(ends[1], bytes, MUCH), MUCH);
    close(ends[1]);
    CHECK_EQ(wait_for(reader), EXITED(0));
}

TEST(writev_intoSlowlyReadPipe_isWhole) {
    unsigned char *bytes = much_of_pattern();
    int ends[2];
    REQUIRE_OK(pipe(ends));
    pid_t reader = start_reader(ends[0], ends[1], 16384);
    close(ends[0]);
    struct iovec parts[3] = {{bytes, 1000}, {bytes + 1000, 500000}, {bytes + 501000, MUCH - 501000}};
    CHECK_EQ(writev(ends[1], parts, 3), MUCH);
    close(ends[1]);
    CHECK_EQ(wait_for(reader), EXITED(0));
}

TEST(send_intoSlowlyReadSocket_isWhole) {
    unsigned char *bytes = much_of_pattern();
    int ends[2];
    REQUIRE_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    pid_t reader = start_reader(ends[0], ends[1], 16384);
    close(ends[0]);
    CHECK_EQ(send(ends[1], bytes, MUCH, 0), MUCH);
    close(ends[1]);
    CHECK_EQ(wait_for(reader), EXITED(0));
}

static void receive_with_files(int fd) {
    unsigned char *buffer = malloc(MUCH);
    long total = 0, files = 0;
    while (1) {
        char control[CMSG_SPACE(8 * sizeof(int))];
        struct iovec part = {buffer, 16384};
        struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
                                 .msg_controllen = sizeof control};
        ssize_t n = CHECK_OK(recvmsg(fd, &message, 0));
        if (n <= 0) break;
        for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
            files += (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        }
        total += n;
        sleep_ms(1);
    }
    CHECK_EQ(total, MUCH);
    CHECK_EQ(files, 1);
}

TEST(sendmsg_ofMuchWithAnOpenFile_passesItOnce) {
    unsigned char *bytes = much_of_pattern();
    int ends[2];
    REQUIRE_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    pid_t reader = START_CHILD(close(ends[1]); receive_with_files(ends[0]));
    close(ends[0]);
    char control[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec part = {bytes, MUCH};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
                             .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET, header->cmsg_type = SCM_RIGHTS, header->cmsg_len = CMSG_LEN(sizeof(int));
    int passed = REQUIRE_OK(open("/dev/null", O_RDONLY));
    memcpy(CMSG_DATA(header), &passed, sizeof(int));
    CHECK_EQ(sendmsg(ends[1], &message, 0), MUCH);
    close(ends[1]);
    CHECK_EQ(wait_for(reader), EXITED(0));
}

TEST(recv_withWaitall_isWhole) {
    enum { ALL = 200000 };
    int ends[2];
    REQUIRE_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    pid_t writer = START_CHILD(
        close(ends[0]); unsigned char *bytes = much_of_pattern();
        for (int at = 0; at < ALL; at += 2000) { CHECK_EQ(write(ends[1], bytes + at, 2000), 2000); sleep_ms(2); });
    close(ends[1]);
    unsigned char *got = malloc(ALL);
    CHECK_EQ(recv(ends[0], got, ALL, MSG_WAITALL), ALL);
    for (int i = 0; i < ALL; i++) {
        if (got[i] != pattern(i)) { (void)check_fail("wrong byte at %d", i); break; }
    }
    CHECK_EQ(wait_for(writer), EXITED(0));
}

TEST(sendmmsgAndRecvmmsg_countAll) {
    enum { COUNT = 60 };
    int ends[2];
    REQUIRE_OK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends));
    int room = 4608;
    CHECK_OK(setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof room));
    pid_t reader = START_CHILD(
        close(ends[1]); struct mmsghdr got[COUNT] = {0}; struct iovec parts[COUNT]; static char data[COUNT][1000];
        for (int i = 0; i < COUNT; i++) {
            parts[i] = (struct iovec){data[i], 1000};
            got[i].msg_hdr.msg_iov = &parts[i], got[i].msg_hdr.msg_iovlen = 1;
        } sleep_ms(50);
        CHECK_EQ(recvmmsg(ends[0], got, COUNT, 0, NULL), COUNT);
        for (int i = 0; i < COUNT; i++) CHECK_EQ(data[i][0], i););
    close(ends[0]);
    struct mmsghdr sent[COUNT] = {0};
    struct iovec parts[COUNT];
    static char data[COUNT][1000];
    for (int i = 0; i < COUNT; i++) {
        data[i][0] = i;
        parts[i] = (struct iovec){data[i], 1000};
        sent[i].msg_hdr.msg_iov = &parts[i], sent[i].msg_hdr.msg_iovlen = 1;
    }
    CHECK_EQ(sendmmsg(ends[1], sent, COUNT, 0), COUNT);
    CHECK_EQ(wait_for(reader), EXITED(0));
}

TEST(sendfile_intoSlowlyReadSocket_isWhole) {
    unsigned char *bytes = much_of_pattern();
    int file = REQUIRE_OK(open("much", O_RDWR | O_CREAT, 0600));
    REQUIRE(write(file, bytes, MUCH) == MUCH);
    int ends[2];
    REQUIRE_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    pid_t reader = start_reader(ends[0], ends[1], 16384);
    close(ends[0]);
    off_t at = 0;
    CHECK_EQ(sendfile(ends[1], file, &at, MUCH), MUCH);
    CHECK_EQ(at, MUCH);
    close(ends[1]);
    CHECK_EQ(wait_for(reader), EXITED(0));
}

TEST(splice_fromPipeToSlowlyReadSocket_losesNothing) {
    unsigned char *bytes = much_of_pattern();
    int from[2], to[2];
    REQUIRE_OK(pipe(from));
    REQUIRE_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, to));
    pid_t reader = START_CHILD(close(to[1]); close(from[1]); _exit(drain_slowly(to[0], 16384) == MUCH ? 0 : 1));
    pid_t writer = START_CHILD(close(from[0]); close(to[1]); CHECK_EQ(write(from[1], bytes, MUCH), MUCH));
    close(to[0]), close(from[1]);
    long total = 0;
    ssize_t n;
    while ((n = CHECK_OK(splice(from[0], NULL, to[1], NULL, MUCH, 0))) > 0) total += n;
    CHECK_EQ(total, MUCH);
    close(to[1]);
    CHECK_EQ(wait_for(writer), EXITED(0));
    CHECK_EQ(wait_for(reader), EXITED(0));
}

TEST(read_ofDevices_isWhole) {
    enum { SIZE = 16 << 20 };
    unsigned char *buffer = malloc(SIZE);
    memset(buffer, 1, SIZE);
    int zero = REQUIRE_OK(open("/dev/zero", O_RDONLY));
    CHECK_EQ(read(zero, buffer, SIZE), SIZE);
    for (int i = 0; i < SIZE; i++) {
        if (buffer[i]) { (void)check_fail("no zero at %d", i); break; }
    }
    int random = REQUIRE_OK(open("/dev/urandom", O_RDONLY));
    CHECK_EQ(read(random, buffer, SIZE), SIZE);
    for (int i = 0; i + 64 <= SIZE; i += 64) {
        int sum = 0;
        for (int j = 0; j < 64; j++) sum |= buffer[i + j];
        if (!sum) { (void)check_fail("not random at %d", i); break; }
    }
    CHECK_EQ(syscall(SYS_getrandom, buffer, 4 << 20, 0), 4 << 20);
}

TEST(nanosleep_lastsAsLongAsItSays) {
    for (int i = 0; i < 4; i++) {
        struct timespec time = {0, SHORT_MS * 1000000L}, rest = {77, 78};
        int64_t began = now_ns();
        CHECK_OK(nanosleep(&time, &rest));
        check_time(began, SHORT_MS * 1000000LL);
        CHECK_EQ(rest.tv_sec, 77);
        CHECK_EQ(rest.tv_nsec, 78);
    }
}

static volatile int stop_spinning;

static void *spin(void *unused) {
    while (!stop_spinning);
    return unused;
}

TEST(clockNanosleep_ofCpuTime_isNotLengthened) {
    /* The clock of this process stands still while all its threads sleep: another one lets it run. */
    pthread_t spinner;
    struct timespec time = {0, SHORT_MS * 1000000L}, before, after;
    CHECK_EQ(pthread_create(&spinner, NULL, spin, NULL), 0);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
    CHECK_EQ(clock_nanosleep(CLOCK_PROCESS_CPUTIME_ID, 0, &time, NULL), 0);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
    stop_spinning = 1;
    pthread_join(spinner, NULL);
    int64_t took = (after.tv_sec - before.tv_sec) * 1000000000LL + after.tv_nsec - before.tv_nsec;
    CHECK(took >= SHORT_MS * 1000000LL);
    CHECK(took < SHORT_MS * 1000000LL + LATE_NS);
}

TEST(poll_timesOutInTime) {
    int ends[2];
    REQUIRE_OK(pipe(ends));
    struct pollfd asked = {.fd = ends[0], .events = POLLIN};
    int64_t began = now_ns();
    CHECK_EQ(poll(&asked, 1, SHORT_MS), 0);
    check_time(began, SHORT_MS * 1000000LL);
    struct timespec time = {0, SHORT_MS * 1000000L};
    began = now_ns();
    CHECK_EQ(syscall(SYS_ppoll, &asked, 1, &time, NULL, 8), 0);
    check_time(began, SHORT_MS * 1000000LL);
    CHECK_EQ(time.tv_sec, 0);
    CHECK_EQ(time.tv_nsec, 0);
}

TEST(select_tellsTheTimeThatIsLeft) {
    int ends[2];
    REQUIRE_OK(pipe(ends));
    pid_t writer = START_CHILD(sleep_ms(SHORT_MS); CHECK_EQ(write(ends[1], "x", 1), 1));
    fd_set set;
    FD_ZERO(&set);
    FD_SET(ends[0], &set);
    struct timeval left = {20, 0};
    int64_t began = now_ns();
    CHECK_EQ(select(ends[0] + 1, &set, NULL, NULL, &left), 1);
    int64_t took = now_ns() - began;
    int64_t sum = left.tv_sec * 1000000000LL + left.tv_usec * 1000LL + took;
    CHECK(sum >= 20000000000LL && sum < 20000000000LL + LATE_NS);
    CHECK(left.tv_sec < 20);
    CHECK_EQ(wait_for(writer), EXITED(0));
}

TEST(epollWait_timesOutInTime_andReportsEdgesOnce) {
    int ends[2];
    REQUIRE_OK(pipe(ends));
    int epoll = REQUIRE_OK(epoll_create1(0));
    struct epoll_event event = {.events = EPOLLIN | EPOLLET};
    CHECK_OK(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event));
    int64_t began = now_ns();
    CHECK_EQ(epoll_wait(epoll, &event, 1, SHORT_MS), 0);
    check_time(began, SHORT_MS * 1000000LL);
    pid_t writer = START_CHILD(
        for (int i = 0; i < 50; i++) { CHECK_EQ(write(ends[1], "x", 1), 1); sleep_ms(4); });
    int seen = 0;
    char buffer[64];
    while (seen < 50) {
        if (!CHECK_EQ(epoll_wait(epoll, &event, 1, 10000), 1)) break;
        seen += CHECK_OK(read(ends[0], buffer, sizeof buffer));
    }
    CHECK_EQ(epoll_wait(epoll, &event, 1, 0), 0);
    CHECK_EQ(wait_for(writer), EXITED(0));
}

TEST(receiveTimeout_isEagainInTime) {
    int ends[2];
    REQUIRE_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    struct timeval time = {0, SHORT_MS * 1000};
    CHECK_OK(setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time));
    char byte;
    for (int i = 0; i < 2; i++) {
        int64_t began = now_ns();
        CHECK_ERR(i == 0 ? recv(ends[0], &byte, 1, 0) : read(ends[0], &byte, 1), EAGAIN);
        check_time(began, (SHORT_MS - 10) * 1000000LL);
    }
}

TEST(sigtimedwait_timesOutInTime_andTakesWhatComes) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    struct timespec time = {0, SHORT_MS * 1000000L};
    int64_t began = now_ns();
    CHECK_ERR(sigtimedwait(&set, NULL, &time), EAGAIN);
    check_time(began, SHORT_MS * 1000000LL);
    pid_t parent = getpid();
    int ends[2];
    REQUIRE_OK(pipe(ends));
    pid_t sender = START_CHILD(char byte; for (int i = 0; i < 50; i++) {
        kill(parent, SIGUSR1);
        CHECK_EQ(read(ends[0], &byte, 1), 1);
        sleep_ms(i % 5);
    });
    for (int i = 0; i < 50; i++) {
        CHECK_EQ(sigwaitinfo(&set, NULL), SIGUSR1);
        CHECK_EQ(write(ends[1], "x", 1), 1);
    }
    CHECK_EQ(wait_for(sender), EXITED(0));
}

static volatile int handled;

static void count(int signal) {
    (void)signal;
    handled++;
}

TEST(sigsuspend_returnsForEachSignal_andForNothingElse) {
    struct sigaction action = {.sa_handler = count, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &action, NULL);
    sigset_t set, none;
    sigemptyset(&none);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    pid_t parent = getpid();
    int ends[2];
    REQUIRE_OK(pipe(ends));
    pid_t sender = START_CHILD(char byte; for (int i = 0; i < 50; i++) {
        kill(parent, SIGUSR1);
        CHECK_EQ(read(ends[0], &byte, 1), 1);
        sleep_ms(i % 5);
    });
    for (int i = 1; i <= 50; i++) {
        CHECK_ERR(sigsuspend(&none), EINTR);
        CHECK_EQ(handled, i);
        sigset_t now;
        sigprocmask(SIG_BLOCK, NULL, &now);
        CHECK(sigismember(&now, SIGUSR1));
        CHECK_EQ(write(ends[1], "x", 1), 1);
    }
    CHECK_EQ(wait_for(sender), EXITED(0));
}

TEST(read_isInterruptedBySignalsOnly) {
    struct sigaction action = {.sa_handler = count};
    sigaction(SIGUSR1, &action, NULL);
    int ends[2];
    REQUIRE_OK(pipe(ends));
    volatile int *reads = shared_memory(sizeof(int));
    pid_t parent = getpid();
    pid_t sender = START_CHILD(for (int i = 1; i <= 8; i++) {
        EVENTUALLY(*reads == i && state_of(parent) == 'S');
        sleep_ms(30);
        kill(parent, SIGUSR1);
    });
    char byte;
    for (int i = 1; i <= 8; i++) {
        *reads = i;
        CHECK_ERR(read(ends[0], &byte, 1), EINTR);
        CHECK_EQ(handled, i);
    }
    CHECK_EQ(wait_for(sender), EXITED(0));
}

struct closed_read {
    int fd;
    ssize_t result;
    char byte;
};

static void *read_one(void *argument) {
    struct closed_read *call = argument;
    call->result = read(call->fd, &call->byte, 1);
    return NULL;
}

TEST(read_keepsItsFile_whenTheDescriptorGetsAnother) {
    int ends[2], others[2];
    REQUIRE_OK(pipe(ends));
    REQUIRE_OK(pipe(others));
    CHECK_EQ(write(others[1], "wrong", 5), 5);
    struct closed_read call = {.fd = ends[0]};
    pthread_t reader;
    CHECK_EQ(pthread_create(&reader, NULL, read_one, &call), 0);
    sleep_ms(100);
    CHECK_OK(dup2(others[0], ends[0]));
    sleep_ms(200);
    CHECK_EQ(write(ends[1], "r", 1), 1);
    pthread_join(reader, NULL);
    CHECK_EQ(call.result, 1);
    CHECK_EQ(call.byte, 'r');
}

static int word;

static void *wait_for_wakes(void *unused) {
    for (int i = 0; i < 200; i++) {
        CHECK_OK(syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0));
    }
    return unused;
}

TEST(futexWake_withoutAChange_isNeverLost) {
    pthread_t waiter;
    CHECK_EQ(pthread_create(&waiter, NULL, wait_for_wakes, NULL), 0);
    for (int i = 0; i < 200; i++) {
        while (syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0) != 1) sched_yield();
    }
    pthread_join(waiter, NULL);
}

TEST(futexWait_timesOutInTime) {
    struct timespec time = {0, SHORT_MS * 1000000L};
    int64_t began = now_ns();
    CHECK_ERR(syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, &time, NULL, 0), ETIMEDOUT);
    check_time(began, SHORT_MS * 1000000LL);
}

static pthread_mutex_t pi_lock;
static long counter;

static void *count_up(void *unused) {
    for (int i = 0; i < 300; i++) {
        pthread_mutex_lock(&pi_lock);
        long now = counter;
        if (i % 16 == 0) sleep_ms(1);
        counter = now + 1;
        pthread_mutex_unlock(&pi_lock);
    }
    return unused;
}

TEST(priorityInheritingMutex_isHandedOn) {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
    CHECK_EQ(pthread_mutex_init(&pi_lock, &attributes), 0);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) CHECK_EQ(pthread_create(&threads[i], NULL, count_up, NULL), 0);
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    CHECK_EQ(counter, 1200);
}

TEST(vfork_makesOneChildAndWaitsForIt) {
    int *shared = shared_memory(sizeof(int));
    struct sigaction action = {.sa_handler = count};
    sigaction(SIGUSR1, &action, NULL);
    pid_t parent = getpid();
    for (int i = 1; i <= 5; i++) {
        pid_t child = vfork();
        if (child == 0) {
            /* Signals of the parent wait as long as the parent does. */
            syscall(SYS_kill, parent, SIGUSR1);
            struct timespec rest = {0, 50000000};
            syscall(SYS_nanosleep, &rest, NULL);
            __atomic_fetch_add(shared, 1, __ATOMIC_SEQ_CST);
            _exit(7);
        }
        CHECK(child > 0);
        CHECK_EQ(*shared, i);
        CHECK_EQ(wait_for(child), EXITED(7));
        CHECK_EQ(handled, i);
    }
    CHECK_ERR(waitpid(-1, NULL, 0), ECHILD);
}

TEST(openOfAFifo_waitsForTheOtherSide) {
    REQUIRE_OK(mkfifo("fifo", 0600));
    for (int i = 0; i < 5; i++) {
        pid_t writer = START_CHILD(
            sleep_ms(30); int fd = CHECK_OK(open("fifo", O_WRONLY | O_NONBLOCK)); sleep_ms(10);
            CHECK_EQ(write(fd, "x", 1), 1));
        int fd = CHECK_OK(open("fifo", O_RDONLY));
        char byte = 0;
        CHECK_EQ(read(fd, &byte, 1), 1);
        CHECK_EQ(byte, 'x');
        close(fd);
        CHECK_EQ(wait_for(writer), EXITED(0));
    }
}

TEST(recordLock_isWaitedFor) {
    int fd = make_file("locked", "x");
    int *shared = shared_memory(sizeof(int));
    pid_t children[4];
    for (int i = 0; i < 4; i++) {
        children[i] = START_CHILD(for (int j = 0; j < 10; j++) {
            struct flock lock = {.l_type = F_WRLCK};
            CHECK_OK(fcntl(fd, F_SETLKW, &lock));
            int before = *shared;
            sleep_ms(2);
            *shared = before + 1;
            lock.l_type = F_UNLCK;
            CHECK_OK(fcntl(fd, F_SETLKW, &lock));
        });
    }
    for (int i = 0; i < 4; i++) CHECK_EQ(wait_for(children[i]), EXITED(0));
    CHECK_EQ(*shared, 40);
}

static void *sleep_for_ever(void *unused) {
    while (1) pause();
    return unused;
}

TEST(execve_byAThread_endsTheOthersAndGoesOn) {
    for (int i = 0; i < 5; i++) {
        CHECK_EQ(IN_CHILD(
            pthread_t other; for (int j = 0; j < 8; j++) pthread_create(&other, NULL, sleep_for_ever, NULL);
            execl("/bin/sh", "sh", "-c", "exit 6", NULL)), EXITED(6));
    }
}

TEST(stoppedChild_staysStopped_andGoesOnWhenTold) {
    int *shared = shared_memory(sizeof(int));
    pid_t child = START_CHILD(while (1) { __atomic_fetch_add(shared, 1, __ATOMIC_SEQ_CST); sleep_ms(1); });
    for (int i = 0; i < 5; i++) {
        int status;
        CHECK_OK(kill(child, SIGSTOP));
        CHECK_EQ(waitpid(child, &status, WUNTRACED), child);
        CHECK(WIFSTOPPED(status));
        int before = *shared;
        sleep_ms(50);
        CHECK_EQ(*shared, before);
        CHECK_OK(kill(child, SIGCONT));
        CHECK_EQ(waitpid(child, &status, WCONTINUED), child);
        EVENTUALLY(*shared > before);
    }
    kill(child, SIGKILL);
    CHECK_EQ(wait_for(child), SIGKILL);
}
