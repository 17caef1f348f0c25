/* poll(2), ppoll(2), select(2), pselect(2). */
#include "check.h"
#include <sys/personality.h>
#include <poll.h>
#include <sys/select.h>

static volatile sig_atomic_t caught;

static void note(int signal) {
    caught = signal;
}

TEST(poll_tellsReadiness) {
    int fds[2];
    CHECK_OK(pipe(fds));
    struct pollfd polls[] = {{fds[0], POLLIN, 0}, {fds[1], POLLOUT, 0}, {-1, POLLIN, 99}};
    CHECK_EQ(poll(polls, 3, 0), 1);
    CHECK_EQ(polls[0].revents, 0);
    CHECK_EQ(polls[1].revents, POLLOUT);
    CHECK_EQ(polls[2].revents, 0);
    CHECK_EQ(write(fds[1], "x", 1), 1);
    CHECK_EQ(poll(polls, 2, -1), 2);
    CHECK_EQ(polls[0].revents, POLLIN);
}

TEST(poll_onClosedEnds_tellsHupErrAndNval) {
    int fds[2];
    CHECK_OK(pipe(fds));
    CHECK_OK(close(fds[1]));
    struct pollfd reader = {fds[0], POLLIN, 0};
    CHECK_EQ(poll(&reader, 1, -1), 1);
    CHECK_EQ(reader.revents, POLLHUP);
    CHECK_OK(pipe(fds));
    CHECK_OK(close(fds[0]));
    struct pollfd writer = {fds[1], POLLOUT, 0};
    CHECK_EQ(poll(&writer, 1, -1), 1);
    CHECK_EQ(writer.revents, POLLOUT | POLLERR);
    struct pollfd closed = {999, POLLIN, 0};
    CHECK_EQ(poll(&closed, 1, -1), 1);
    CHECK_EQ(closed.revents, POLLNVAL);
}

TEST(poll_onRegularFile_isAlwaysReady) {
    struct pollfd file = {make_file("file", ""), POLLIN | POLLOUT, 0};
    CHECK_EQ(poll(&file, 1, -1), 1);
    CHECK_EQ(file.revents, POLLIN | POLLOUT);
}

TEST(poll_withTimeout_waitsThatLong) {
    int fds[2];
    CHECK_OK(pipe(fds));
    struct pollfd reader = {fds[0], POLLIN, 0};
    int64_t start = now_ns();
    CHECK_EQ(poll(&reader, 1, 60), 0);
    CHECK(now_ns() - start >= 60000000);
    start = now_ns();
    CHECK_EQ(poll(NULL, 0, 30), 0);
    CHECK(now_ns() - start >= 30000000);
}

TEST(blockedPoll_isWokenByWriter) {
    int fds[2];
    CHECK_OK(pipe(fds));
    START_CHILD(sleep_ms(50); write(fds[1], "x", 1));
    struct pollfd reader = {fds[0], POLLIN, 0};
    CHECK_EQ(poll(&reader, 1, 10000), 1);
    CHECK_EQ(reader.revents, POLLIN);
}

TEST(poll_withBadArguments_fails) {
    struct rlimit limit;
    CHECK_ERR(syscall(SYS_poll, (void *)8, 1, 0), EFAULT);
    CHECK_OK(getrlimit(RLIMIT_NOFILE, &limit));
    limit.rlim_cur = 64;
    CHECK_OK(setrlimit(RLIMIT_NOFILE, &limit));
    static struct pollfd many[100];
    CHECK_ERR(poll(many, 100, 0), EINVAL);
}

TEST(poll_interruptedBySignal_failsEintrWithoutRestart) {
    struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
    CHECK_OK(sigaction(SIGUSR1, &action, NULL));
    pid_t self = getpid();
    START_CHILD(sleep_ms(50); kill(self, SIGUSR1));
    /* poll(2) is never restarted, whatever SA_RESTART says (signal(7)). */
    CHECK_ERR(poll(NULL, 0, 20000), EINTR);
    CHECK_EQ(caught, SIGUSR1);
}

TEST(ppoll_swapsMaskAtomically) {
    struct sigaction action = {.sa_handler = note};
    sigset_t block, old, none;
    CHECK_OK(sigaction(SIGUSR1, &action, NULL));
    sigemptyset(&block);
    sigemptyset(&none);
    sigaddset(&block, SIGUSR1);
    CHECK_OK(sigprocmask(SIG_BLOCK, &block, &old));
    CHECK_OK(raise(SIGUSR1));
    CHECK_EQ(caught, 0);
    struct timespec timeout = {10, 0};
    CHECK_ERR(ppoll(NULL, 0, &timeout, &none), EINTR);
    CHECK_EQ(caught, SIGUSR1);
    CHECK_OK(sigprocmask(SIG_BLOCK, NULL, &old));
    CHECK_EQ(sigismember(&old, SIGUSR1), 1);
    struct timespec bad = {0, 1000000000};
    CHECK_ERR(ppoll(NULL, 0, &bad, NULL), EINVAL);
}

TEST(select_tellsReadiness) {
    int fds[2];
    fd_set reads, writes;
    CHECK_OK(pipe(fds));
    FD_ZERO(&reads);
    FD_ZERO(&writes);
    FD_SET(fds[0], &reads);
    FD_SET(fds[1], &writes);
    struct timeval zero = {0, 0};
    CHECK_EQ(select(fds[1] + 1, &reads, &writes, NULL, &zero), 1);
    CHECK(!FD_ISSET(fds[0], &reads));
    CHECK(FD_ISSET(fds[1], &writes));
    CHECK_EQ(write(fds[1], "x", 1), 1);
    FD_SET(fds[0], &reads);
    CHECK_EQ(select(fds[1] + 1, &reads, &writes, NULL, NULL), 2);
    CHECK_OK(close(fds[1]));
    CHECK_ERR(select(fds[1] + 1, NULL, &writes, NULL, NULL), EBADF);
    CHECK_ERR(select(-1, NULL, NULL, NULL, NULL), EINVAL);
}

TEST(select_onHungUpPipe_isReadable) {
    int fds[2];
    fd_set reads;
    CHECK_OK(pipe(fds));
    CHECK_OK(close(fds[1]));
    FD_ZERO(&reads);
    FD_SET(fds[0], &reads);
    CHECK_EQ(select(fds[0] + 1, &reads, NULL, NULL, NULL), 1);
    CHECK(FD_ISSET(fds[0], &reads));
}

TEST(select_withTimeout_writesRestOfTime) {
    struct timeval timeout = {0, 50000};
    int64_t start = now_ns();
    CHECK_EQ(select(0, NULL, NULL, NULL, &timeout), 0);
    CHECK(now_ns() - start >= 50000000);
    CHECK_EQ(timeout.tv_sec * 1000000 + timeout.tv_usec, 0);
    int fds[2];
    CHECK_OK(pipe(fds));
    CHECK_EQ(write(fds[1], "x", 1), 1);
    fd_set reads;
    FD_ZERO(&reads);
    FD_SET(fds[0], &reads);
    timeout.tv_sec = 100;
    CHECK_EQ(select(fds[0] + 1, &reads, NULL, NULL, &timeout), 1);
    CHECK(timeout.tv_sec >= 90 && timeout.tv_sec <= 99);
}

TEST(stickyTimeouts_areNotWritten) {
    struct timeval timeout = {0, 10000};
    struct timespec span = {0, 10000000};
    REQUIRE_OK(personality(STICKY_TIMEOUTS));
    CHECK_EQ(select(0, NULL, NULL, NULL, &timeout), 0);
    CHECK_EQ(timeout.tv_usec, 10000);
    CHECK_EQ(syscall(SYS_ppoll, NULL, 0, &span, NULL, 8), 0);
    CHECK_EQ(span.tv_nsec, 10000000);
}

TEST(pselect_swapsMask) {
    struct sigaction action = {.sa_handler = note};
    sigset_t block, none;
    CHECK_OK(sigaction(SIGUSR1, &action, NULL));
    sigemptyset(&block);
    sigemptyset(&none);
    sigaddset(&block, SIGUSR1);
    CHECK_OK(sigprocmask(SIG_BLOCK, &block, NULL));
    CHECK_OK(kill(getpid(), SIGUSR1));
    struct timespec timeout = {10, 0};
    CHECK_ERR(pselect(0, NULL, NULL, NULL, &timeout, &none), EINTR);
    CHECK_EQ(caught, SIGUSR1);
    CHECK_EQ(timeout.tv_sec, 10);
}
