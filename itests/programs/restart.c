/* signal(7): which interrupted calls are restarted with SA_RESTART, and which give EINTR. */
#include "check.h"
#include <linux/futex.h>
#include <sys/file.h>

static volatile sig_atomic_t count;

/* As count, for the children. */
static volatile int *ticked;

static void note(int signal) {
    (void)signal;
    count++;
    if (ticked != NULL) (*ticked)++;
}

/* For a child: until a tick has come to its parent, and some more, so that the call has begun anew. */
static void after_tick(void) {
    while (*ticked == 0) sleep_ms(1);
    sleep_ms(100);
}

/* A signal after 40 ms and again every 40 ms. */
static void ticks(int flags) {
    struct sigaction action = {.sa_handler = note, .sa_flags = flags};
    REQUIRE_OK(sigaction(SIGALRM, &action, NULL));
    struct itimerval timer = {{0, 40000}, {0, 40000}};
    REQUIRE_OK(setitimer(ITIMER_REAL, &timer, NULL));
}

/* A process that writes a byte when several ticks have come. */
static int late_pipe(void) {
    int fds[2];
    ticked = shared_memory(4096);
    REQUIRE_OK(pipe(fds));
    START_CHILD(after_tick(); write(fds[1], "x", 1));
    return fds[0];
}

TEST(read_isRestarted) {
    char byte = 0;
    int fd = late_pipe();
    ticks(SA_RESTART);
    CHECK_EQ(read(fd, &byte, 1), 1);
    CHECK_EQ(byte, 'x');
    CHECK(count >= 1);
}

TEST(read_withoutFlag_failsEintr) {
    char byte;
    int fd = late_pipe();
    ticks(0);
    CHECK_ERR(read(fd, &byte, 1), EINTR);
    CHECK(count >= 1);
}

TEST(wait_isRestarted) {
    ticked = shared_memory(4096);
    pid_t child = START_CHILD(after_tick(); _exit(3));
    int status = 0;
    ticks(SA_RESTART);
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, EXITED(3));
    CHECK(count >= 1);
}

TEST(wait_withoutFlag_failsEintr) {
    ticked = shared_memory(4096);
    pid_t child = START_CHILD(after_tick());
    ticks(0);
    CHECK_ERR(waitpid(child, NULL, 0), EINTR);
}

TEST(futexWait_isRestarted) {
    int *word = shared_memory(4096);
    /* The word stays as it is: a call that begins anew after a tick must find it so. A wake-up may come between two
       waits, so the child goes on until one was taken. */
    ticked = shared_memory(4096);
    START_CHILD(after_tick(); while (syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0) < 1) sleep_ms(1));
    ticks(SA_RESTART);
    CHECK_EQ(syscall(SYS_futex, word, FUTEX_WAIT, 0, NULL, NULL, 0), 0);
    CHECK(count >= 1);
}

TEST(futexWaitWithTimeout_failsEintrWhateverTheFlag) {
    int word = 0;
    struct timespec timeout = {20, 0};
    ticks(0);
    CHECK_ERR(syscall(SYS_futex, &word, FUTEX_WAIT, 0, &timeout, NULL, 0), EINTR);
    /* A restart block is only used when no handler ran (futex(2): a relative timeout is not begun anew). */
    ticks(SA_RESTART);
    CHECK_ERR(syscall(SYS_futex, &word, FUTEX_WAIT, 0, &timeout, NULL, 0), EINTR);
}

TEST(nanosleep_givesRest) {
    // so long that the tick comes first on a machine that stalls, too
    struct timespec time = {20, 0}, rest = {0, 0};
    ticks(SA_RESTART);
    CHECK_ERR(nanosleep(&time, &rest), EINTR);
    CHECK(rest.tv_sec < 20 && (rest.tv_sec > 0 || rest.tv_nsec > 0));
    CHECK(count >= 1);
    CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, 0, &time, &rest), EINTR);
}

TEST(nanosleep_withoutHandler_goesOn) {
    struct timespec time = {0, 200000000};
    signal(SIGALRM, SIG_IGN);
    signal(SIGCHLD, SIG_DFL);
    struct itimerval timer = {{0, 30000}, {0, 30000}};
    CHECK_OK(setitimer(ITIMER_REAL, &timer, NULL));
    START_CHILD(sleep_ms(50));
    int64_t start = now_ns();
    CHECK_OK(nanosleep(&time, NULL));
    CHECK(now_ns() - start >= 200000000);
}

TEST(openOfFifo_isRestarted) {
    CHECK_OK(mkfifo("fifo", 0600));
    ticked = shared_memory(4096);
    START_CHILD(after_tick(); int fd = open("fifo", O_WRONLY); sleep_ms(100); close(fd));
    ticks(SA_RESTART);
    CHECK_OK(open("fifo", O_RDONLY));
    CHECK(count >= 1);
}

TEST(flock_isRestarted) {
    int fd = make_file("file", "");
    ticked = shared_memory(4096);
    START_CHILD(int own = open("file", O_RDONLY); flock(own, LOCK_EX); write(fd, "x", 1); after_tick());
    struct stat about;
    EVENTUALLY(fstat(fd, &about) == 0 && about.st_size == 1);
    ticks(SA_RESTART);
    CHECK_OK(flock(fd, LOCK_EX));
    CHECK(count >= 1);
}

TEST(blockedWrite_isRestartedOrShort) {
    static char data[200000];
    int fds[2];
    CHECK_OK(pipe(fds));
    ticked = shared_memory(4096);
    START_CHILD(
        char part[4096];
        close(fds[1]);
        after_tick();
        while (read(fds[0], part, sizeof part) > 0));
    ticks(SA_RESTART);
    ssize_t n = write(fds[1], data, sizeof data);
    /* What was written before the signal counts (write(2)): a short count, then the rest. */
    CHECK_EQ(n, 65536);
    CHECK(count >= 1);
}

TEST(sigtimedwaitAndSigsuspend_neverRestart) {
    sigset_t set, none;
    sigemptyset(&set);
    sigemptyset(&none);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    ticks(SA_RESTART);
    CHECK_ERR(sigwaitinfo(&set, NULL), EINTR);
    CHECK_ERR(sigsuspend(&set), EINTR);
    CHECK_ERR(pause(), EINTR);
}

TEST(restartedCall_keepsArguments) {
    char text[8] = "";
    int fd = late_pipe();
    ticks(SA_RESTART);
    long result;
    register long r10 __asm__("r10") = 42;
    __asm__ volatile("syscall" : "=a"(result), "+r"(r10) : "0"(SYS_read), "D"(fd), "S"(text), "d"(1) : "rcx", "r11", "memory");
    CHECK_EQ(result, 1);
    CHECK_EQ(r10, 42);
    CHECK_STR(text, "x");
}
