/* fcntl(2): F_SETLEASE, F_GETLEASE, and how open(2) and truncate(2) break leases. */
#include "check.h"

#define SIGNAL (SIGRTMIN + 3)

static int open_file(int flags) {
    return REQUIRE_OK(open("file", flags));
}

static void setup(void) {
    close(make_file("file", "0123456789"));
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGIO);
    sigaddset(&set, SIGNAL);
    CHECK_OK(sigprocmask(SIG_BLOCK, &set, NULL));
}

static bool is_told(int signal, siginfo_t *info) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    struct timespec limit = {10, 0};
    return sigtimedwait(&set, info, &limit) == signal;
}

static bool is_silent(int signal) {
    sigset_t set;
    sigpending(&set);
    return !sigismember(&set, signal);
}

TEST(setlease_withBadArguments_fails) {
    setup();
    int fd = open_file(O_RDONLY);
    CHECK_EQ(fcntl(fd, F_GETLEASE), F_UNLCK);
    CHECK_ERR(fcntl(fd, F_SETLEASE, 17), EINVAL);
    CHECK_ERR(fcntl(fd, F_SETLEASE, F_UNLCK), EAGAIN);
    int directory = REQUIRE_OK(open(".", O_RDONLY));
    CHECK_ERR(fcntl(directory, F_SETLEASE, F_RDLCK), EINVAL);
    int ends[2];
    REQUIRE_OK(pipe(ends));
    CHECK_ERR(fcntl(ends[0], F_SETLEASE, F_RDLCK), EINVAL);
    CHECK_ERR(fcntl(open_file(O_PATH), F_SETLEASE, F_RDLCK), EBADF);
    CHECK_ERR(fcntl(99, F_SETLEASE, F_RDLCK), EBADF);
}

TEST(setlease_onAForeignFile_failsEacces) {
    if (geteuid() != 0) SKIP("needs root");
    setup();
    int fd = open_file(O_RDONLY);
    int status = IN_CHILD(
        CHECK_OK(setuid(65534));
        CHECK_ERR(fcntl(fd, F_SETLEASE, F_RDLCK), EACCES));
    CHECK_EQ(status, 0);
    CHECK_OK(fcntl(fd, F_SETLEASE, F_RDLCK));
}

TEST(readLease_needsThatNobodyWrites) {
    setup();
    int reader = open_file(O_RDONLY), writer = open_file(O_RDWR);
    CHECK_ERR(fcntl(writer, F_SETLEASE, F_RDLCK), EAGAIN);
    CHECK_ERR(fcntl(reader, F_SETLEASE, F_RDLCK), EAGAIN);
    close(writer);
    CHECK_OK(fcntl(reader, F_SETLEASE, F_RDLCK));
    CHECK_EQ(fcntl(reader, F_GETLEASE), F_RDLCK);
    int other = open_file(O_RDONLY);
    CHECK_OK(fcntl(other, F_SETLEASE, F_RDLCK));
    CHECK_EQ(fcntl(dup(other), F_GETLEASE), F_RDLCK);
    CHECK_OK(fcntl(reader, F_SETLEASE, F_UNLCK));
    CHECK_EQ(fcntl(reader, F_GETLEASE), F_UNLCK);
    CHECK_EQ(fcntl(other, F_GETLEASE), F_RDLCK);
}

TEST(writeLease_needsToBeAlone) {
    setup();
    int writer = open_file(O_RDWR), reader = open_file(O_RDONLY);
    CHECK_ERR(fcntl(writer, F_SETLEASE, F_WRLCK), EAGAIN);
    CHECK_ERR(fcntl(reader, F_SETLEASE, F_WRLCK), EAGAIN);
    close(reader);
    CHECK_OK(fcntl(writer, F_SETLEASE, F_WRLCK));
    CHECK_EQ(fcntl(writer, F_GETLEASE), F_WRLCK);
    CHECK_OK(fcntl(writer, F_SETLEASE, F_UNLCK));
    close(writer);
    reader = open_file(O_RDONLY);
    CHECK_OK(fcntl(reader, F_SETLEASE, F_WRLCK));
    CHECK_OK(fcntl(reader, F_SETLEASE, F_RDLCK));
    CHECK_EQ(fcntl(reader, F_GETLEASE), F_RDLCK);
}

TEST(openForReading_leavesAReadLease) {
    setup();
    int fd = open_file(O_RDONLY);
    CHECK_OK(fcntl(fd, F_SETLEASE, F_RDLCK));
    close(open_file(O_RDONLY));
    CHECK_EQ(fcntl(fd, F_GETLEASE), F_RDLCK);
    CHECK(is_silent(SIGIO));
}

TEST(openForWriting_waitsUntilTheReadLeaseIsGone) {
    setup();
    int *opened = shared_memory(4096);
    int fd = open_file(O_RDONLY);
    CHECK_OK(fcntl(fd, F_SETLEASE, F_RDLCK));
    CHECK_EQ(fcntl(fd, F_GETOWN), getpid());
    pid_t child = START_CHILD(int w = open_file(O_WRONLY | O_TRUNC); *(volatile int *)opened = 1; CHECK_EQ(write(w, "x", 1), 1));
    siginfo_t info;
    CHECK(is_told(SIGIO, &info));
    CHECK_EQ(fcntl(fd, F_GETLEASE), F_UNLCK);
    sleep_ms(30);
    CHECK_EQ(*(volatile int *)opened, 0);
    struct stat st;
    CHECK_OK(fstat(fd, &st));
    CHECK_EQ(st.st_size, 10);
    CHECK_OK(fcntl(fd, F_SETLEASE, F_UNLCK));
    CHECK_EQ(wait_for(child), 0);
    CHECK_OK(fstat(fd, &st));
    CHECK_EQ(st.st_size, 1);
    CHECK_EQ(fcntl(fd, F_GETOWN), 0);
}

TEST(openNonblocking_failsAndTellsOnce) {
    setup();
    int fd = open_file(O_RDONLY);
    CHECK_OK(fcntl(fd, F_SETSIG, SIGNAL));
    CHECK_OK(fcntl(fd, F_SETLEASE, F_RDLCK));
    CHECK_ERR(open("file", O_WRONLY | O_NONBLOCK), EWOULDBLOCK);
    siginfo_t info = {0};
    CHECK(is_told(SIGNAL, &info));
    CHECK_EQ(info.si_fd, fd);
    CHECK_EQ(info.si_code, POLL_MSG);
    CHECK_ERR(open("file", O_RDWR | O_NONBLOCK), EWOULDBLOCK);
    CHECK(is_silent(SIGNAL));
    close(open_file(O_RDONLY | O_NONBLOCK));
    /* A lease that is to go cannot be had anew by others. */
    int other = open_file(O_RDONLY);
    CHECK_ERR(fcntl(other, F_SETLEASE, F_RDLCK), EAGAIN);
    CHECK_OK(fcntl(fd, F_SETLEASE, F_UNLCK));
    CHECK_EQ(fcntl(fd, F_GETSIG), 0);
    close(REQUIRE_OK(open("file", O_WRONLY | O_NONBLOCK)));
}

TEST(openForReading_asksTheWriterToStepDown) {
    setup();
    int fd = open_file(O_RDONLY);
    CHECK_OK(fcntl(fd, F_SETLEASE, F_WRLCK));
    pid_t child = START_CHILD(open_file(O_RDONLY));
    siginfo_t info;
    CHECK(is_told(SIGIO, &info));
    CHECK_EQ(fcntl(fd, F_GETLEASE), F_RDLCK);
    CHECK_OK(fcntl(fd, F_SETLEASE, F_RDLCK));
    CHECK_EQ(wait_for(child), 0);
    CHECK_EQ(fcntl(fd, F_GETLEASE), F_RDLCK);
}

TEST(close_endsTheLease) {
    setup();
    int fd = open_file(O_RDONLY);
    int second = dup(fd);
    CHECK_OK(fcntl(fd, F_SETLEASE, F_RDLCK));
    pid_t child = START_CHILD(close(fd); close(second); open_file(O_RDWR));
    siginfo_t info;
    CHECK(is_told(SIGIO, &info));
    close(fd);
    sleep_ms(30);
    CHECK_EQ(waitpid(child, NULL, WNOHANG), 0);
    close(second);
    CHECK_EQ(wait_for(child), 0);
}

TEST(death_endsTheLease) {
    setup();
    int *taken = shared_memory(4096);
    pid_t holder = START_CHILD(CHECK_OK(fcntl(open_file(O_RDONLY), F_SETLEASE, F_RDLCK)); *(volatile int *)taken = 1; pause());
    EVENTUALLY(*(volatile int *)taken == 1);
    CHECK_ERR(open("file", O_WRONLY | O_NONBLOCK), EWOULDBLOCK);
    CHECK_OK(kill(holder, SIGKILL));
    CHECK_EQ(wait_for(holder), SIGKILL);
    open_file(O_WRONLY);
}

TEST(truncate_breaksALease) {
    setup();
    int fd = open_file(O_RDONLY);
    CHECK_OK(fcntl(fd, F_SETLEASE, F_RDLCK));
    pid_t child = START_CHILD(CHECK_OK(truncate("file", 3)));
    siginfo_t info;
    CHECK(is_told(SIGIO, &info));
    sleep_ms(30);
    struct stat st;
    CHECK_OK(fstat(fd, &st));
    CHECK_EQ(st.st_size, 10);
    CHECK_OK(fcntl(fd, F_SETLEASE, F_UNLCK));
    CHECK_EQ(wait_for(child), 0);
    CHECK_OK(fstat(fd, &st));
    CHECK_EQ(st.st_size, 3);
}

static void nothing(int signal) {
    (void)signal;
}

TEST(signal_interruptsTheWait) {
    setup();
    int fd = open_file(O_RDONLY);
    CHECK_OK(fcntl(fd, F_SETLEASE, F_RDLCK));
    pid_t child = START_CHILD(
        struct sigaction action = {.sa_handler = nothing};
        CHECK_OK(sigaction(SIGUSR1, &action, NULL));
        CHECK_ERR(open("file", O_WRONLY), EINTR));
    siginfo_t info;
    CHECK(is_told(SIGIO, &info));
    sleep_ms(50);
    CHECK_OK(kill(child, SIGUSR1));
    CHECK_EQ(wait_for(child), 0);
    /* It stays broken. */
    CHECK_EQ(fcntl(fd, F_GETLEASE), F_UNLCK);
}

TEST(signal_withRestart_goesOnWaiting) {
    setup();
    int fd = open_file(O_RDONLY);
    CHECK_OK(fcntl(fd, F_SETLEASE, F_RDLCK));
    pid_t child = START_CHILD(
        struct sigaction action = {.sa_handler = nothing, .sa_flags = SA_RESTART};
        CHECK_OK(sigaction(SIGUSR1, &action, NULL));
        open_file(O_WRONLY));
    siginfo_t info;
    CHECK(is_told(SIGIO, &info));
    sleep_ms(50);
    CHECK_OK(kill(child, SIGUSR1));
    sleep_ms(50);
    CHECK_EQ(waitpid(child, NULL, WNOHANG), 0);
    CHECK_OK(fcntl(fd, F_SETLEASE, F_UNLCK));
    CHECK_EQ(wait_for(child), 0);
}

TEST(exec_waitsForAWriteLease) {
    setup();
    int copy = REQUIRE_OK(open("program", O_RDWR | O_CREAT, 0755));
    CHECK(write(copy, "#!/bin/true\n", 12) == 12);
    close(copy);
    int fd = REQUIRE_OK(open("program", O_RDONLY));
    CHECK_OK(fcntl(fd, F_SETLEASE, F_WRLCK));
    pid_t child = START_CHILD(execl("program", "program", NULL); _exit(9));
    siginfo_t info;
    CHECK(is_told(SIGIO, &info));
    CHECK_EQ(fcntl(fd, F_GETLEASE), F_RDLCK);
    CHECK_OK(fcntl(fd, F_SETLEASE, F_UNLCK));
    CHECK_EQ(wait_for(child), 0);
}
