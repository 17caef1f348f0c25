/* fcntl(2): signals about readiness (O_ASYNC, F_SETOWN, F_SETSIG) and about directories (F_NOTIFY). */
#include "check.h"
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static volatile sig_atomic_t count, code, band, told_fd;

static void handler(int signal, siginfo_t *info, void *context) {
    (void)signal, (void)context;
    count++;
    code = info->si_code;
    band = info->si_band;
    told_fd = info->si_fd;
}

static void listen_to(int signal) {
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigaction(signal, &action, NULL);
    count = code = band = 0;
    told_fd = -1;
}

static bool told(int wanted) {
    for (int i = 0; i < 300 && count < wanted; i++) usleep(10000);
    return count >= wanted;
}

TEST(pipe_thatGetsData_signalsItsOwner) {
    int fds[2];
    pipe(fds);
    listen_to(SIGIO);
    CHECK_OK(fcntl(fds[0], F_SETOWN, getpid()));
    CHECK_OK(fcntl(fds[0], F_SETFL, O_ASYNC));
    CHECK_EQ(fcntl(fds[0], F_GETFL) & O_ASYNC, O_ASYNC);
    write(fds[1], "x", 1);
    CHECK_EQ(count, 1); /* at once: the writer is the owner */
    CHECK_EQ(code, SI_KERNEL);
    write(fds[1], "x", 1);
    CHECK_EQ(count, 2);
    CHECK_OK(fcntl(fds[0], F_SETFL, 0));
    CHECK_EQ(fcntl(fds[0], F_GETFL) & O_ASYNC, 0);
    write(fds[1], "x", 1);
    CHECK_EQ(count, 2);
}

TEST(chosenSignal_tellsDescriptorAndBand) {
    int fds[2];
    pipe(fds);
    int signal = SIGRTMIN + 3;
    listen_to(signal);
    CHECK_OK(fcntl(fds[0], F_SETOWN, getpid()));
    CHECK_OK(fcntl(fds[0], F_SETSIG, signal));
    CHECK_EQ(fcntl(fds[0], F_GETSIG), signal);
    CHECK_OK(fcntl(fds[0], F_SETFL, O_ASYNC));
    write(fds[1], "x", 1);
    CHECK_EQ(count, 1);
    CHECK_EQ(code, POLL_IN);
    CHECK_EQ(told_fd, fds[0]);
    CHECK_EQ(band, POLLIN | POLLRDNORM);
    close(fds[1]);
    CHECK_EQ(count, 2);
    CHECK_EQ(code, POLL_IN);
    CHECK_ERR(fcntl(fds[0], F_SETSIG, 65), EINVAL);
    CHECK_ERR(fcntl(fds[0], F_SETSIG, -1), EINVAL);
}

TEST(room_inAPipe_signalsTheWriter) {
    int fds[2];
    char block[65536];
    pipe(fds);
    listen_to(SIGRTMIN);
    fcntl(fds[1], F_SETOWN, getpid());
    fcntl(fds[1], F_SETSIG, SIGRTMIN);
    CHECK_EQ(write(fds[1], block, sizeof block), (long)sizeof block);
    CHECK_OK(fcntl(fds[1], F_SETFL, O_ASYNC));
    read(fds[0], block, sizeof block);
    CHECK(count >= 1);
    CHECK_EQ(code, POLL_OUT);
    CHECK_EQ(told_fd, fds[1]);
}

TEST(socket_signalsDataAndHangUp) {
    int fds[2];
    socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
    listen_to(SIGRTMIN);
    int on = 1;
    CHECK_OK(fcntl(fds[0], F_SETOWN, getpid()));
    CHECK_OK(fcntl(fds[0], F_SETSIG, SIGRTMIN));
    CHECK_OK(ioctl(fds[0], FIOASYNC, &on));
    CHECK_EQ(fcntl(fds[0], F_GETFL) & O_ASYNC, O_ASYNC);
    write(fds[1], "x", 1);
    CHECK_EQ(count, 1);
    CHECK_EQ(code, POLL_IN);
    close(fds[1]);
    CHECK(count >= 2);
    CHECK_EQ(code, POLL_HUP);
    CHECK_EQ(band, POLLHUP | POLLERR);
}

TEST(terminal_signalsInput) {
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    CHECK_OK(grantpt(master)), CHECK_OK(unlockpt(master));
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    listen_to(SIGIO);
    CHECK_OK(fcntl(slave, F_SETFL, O_ASYNC)); /* tells the caller where nobody was named */
    CHECK(fcntl(slave, F_GETOWN) != 0);
    write(master, "line\n", 5);
    CHECK(told(1));
}

TEST(owner_canBeAThreadOrAGroup) {
    int fds[2];
    pipe(fds);
    listen_to(SIGIO);
    struct f_owner_ex owner = {F_OWNER_TID, getpid()}, got;
    CHECK_OK(fcntl(fds[0], F_SETOWN_EX, &owner));
    CHECK_OK(fcntl(fds[0], F_GETOWN_EX, &got));
    CHECK_EQ(got.type, F_OWNER_TID);
    CHECK_EQ(got.pid, getpid());
    CHECK_OK(fcntl(fds[0], F_SETFL, O_ASYNC));
    write(fds[1], "x", 1);
    CHECK_EQ(count, 1);
    setpgid(0, 0);
    CHECK_OK(fcntl(fds[0], F_SETOWN, -getpgrp()));
    CHECK_EQ(fcntl(fds[0], F_GETOWN), -getpgrp());
    int news[2];
    pipe(news);
    pid_t child = fork();
    if (child == 0) {
        count = 0;
        write(news[1], "r", 1);
        CHECK(told(1));
        _exit(0);
    }
    char byte;
    read(news[0], &byte, 1);
    write(fds[1], "x", 1);
    CHECK_EQ(count, 2);
    waitpid(child, NULL, 0);
}

TEST(owner_mustExist) {
    int fds[2];
    pipe(fds);
    pid_t child = fork();
    if (child == 0) _exit(0);
    waitpid(child, NULL, 0);
    CHECK_ERR(fcntl(fds[0], F_SETOWN, child), ESRCH);
    struct f_owner_ex owner = {F_OWNER_PID, child};
    CHECK_ERR(fcntl(fds[0], F_SETOWN_EX, &owner), ESRCH);
    owner.type = 3;
    CHECK_ERR(fcntl(fds[0], F_SETOWN_EX, &owner), EINVAL);
    CHECK_OK(fcntl(fds[0], F_SETOWN, 0));
    CHECK_EQ(fcntl(fds[0], F_GETOWN), 0);
    CHECK_OK(fcntl(fds[0], F_SETFL, O_ASYNC));
    CHECK_EQ(write(fds[1], "x", 1), 1); /* nobody is told */
}

TEST(closedReader_isNotTold) {
    int fds[2];
    pipe(fds);
    listen_to(SIGIO);
    int kept = open("/dev/null", O_RDONLY);
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fds[0]);
    int second = open(path, O_RDONLY);
    CHECK(second >= 0);
    fcntl(fds[0], F_SETOWN, getpid());
    fcntl(fds[0], F_SETFL, O_ASYNC);
    close(fds[0]);
    count = 0;
    write(fds[1], "x", 1);
    CHECK_EQ(count, 0);
    close(kept);
}

TEST(regularFile_neverTells) {
    int fd = make_file("file", "text");
    CHECK_OK(fcntl(fd, F_SETFL, O_ASYNC));
    CHECK_EQ(fcntl(fd, F_GETFL) & O_ASYNC, 0);
}

TEST(directory_tellsOfEntries) {
    int fd = open(".", O_RDONLY | O_DIRECTORY);
    listen_to(SIGIO);
    CHECK_OK(fcntl(fd, F_NOTIFY, DN_CREATE | DN_DELETE | DN_MULTISHOT));
    CHECK_EQ(fcntl(fd, F_GETOWN), getpid());
    int file = make_file("one", "x");
    CHECK_EQ(count, 1);
    write(file, "y", 1);
    CHECK_EQ(count, 1);
    unlink("one");
    CHECK_EQ(count, 2);
    CHECK_OK(fcntl(fd, F_NOTIFY, DN_MODIFY | DN_MULTISHOT)); /* adds */
    file = make_file("two", "x");
    CHECK(count >= 3);
    int before = count;
    write(file, "y", 1);
    CHECK_EQ(count, before + 1);
    CHECK_OK(fcntl(fd, F_NOTIFY, 0)); /* ends it */
    before = count;
    unlink("two");
    CHECK_EQ(count, before);
}

TEST(directory_withoutMultishot_tellsOnce) {
    int fd = open(".", O_RDONLY | O_DIRECTORY);
    listen_to(SIGRTMIN);
    fcntl(fd, F_SETSIG, SIGRTMIN);
    CHECK_OK(fcntl(fd, F_NOTIFY, DN_CREATE | DN_RENAME));
    close(make_file("one", ""));
    CHECK_EQ(count, 1);
    CHECK_EQ(code, POLL_MSG);
    CHECK_EQ(told_fd, fd);
    close(make_file("two", ""));
    CHECK_EQ(count, 1);
    rename("two", "three");
    CHECK_EQ(count, 1); /* the other kind is forgotten, too */
    CHECK_OK(fcntl(fd, F_NOTIFY, DN_RENAME));
    rename("three", "four");
    CHECK_EQ(count, 2);
    rename("four", "five");
    CHECK_EQ(count, 2);
}

TEST(directory_closed_tellsNoMore) {
    int fd = open(".", O_RDONLY | O_DIRECTORY);
    listen_to(SIGIO);
    CHECK_OK(fcntl(fd, F_NOTIFY, DN_CREATE | DN_MULTISHOT));
    int copy = dup(fd);
    close(copy); /* ends it, as the last word of fcntl(2)'s notes says of leases and locks alike */
    close(make_file("one", ""));
    CHECK_EQ(count, 0);
    int file = make_file("two", "x");
    CHECK_ERR(fcntl(file, F_NOTIFY, DN_MODIFY), ENOTDIR);
    CHECK_OK(fcntl(file, F_NOTIFY, DN_MULTISHOT));
}

TEST(rename_isToldWithinADirectoryOnly) {
    CHECK_OK(mkdir("sub", 0755));
    close(make_file("one", ""));
    int here = open(".", O_RDONLY | O_DIRECTORY), sub = open("sub", O_RDONLY | O_DIRECTORY);
    listen_to(SIGRTMIN);
    fcntl(here, F_SETSIG, SIGRTMIN);
    fcntl(sub, F_SETSIG, SIGRTMIN);
    CHECK_OK(fcntl(here, F_NOTIFY, DN_RENAME | DN_MULTISHOT));
    CHECK_OK(fcntl(sub, F_NOTIFY, DN_RENAME | DN_MULTISHOT));
    CHECK_OK(rename("one", "sub/one"));
    CHECK_EQ(count, 0);
    CHECK_OK(rename("sub", "other"));
    CHECK_EQ(count, 1);
    CHECK_EQ(told_fd, here);
    CHECK_OK(rename("other/one", "other/two"));
    CHECK_EQ(count, 2);
    CHECK_EQ(told_fd, sub);
}
