/* pty(7), termios(3), and the line discipline: canonical and raw, echo, signals, window size, job control. */
#include "check.h"
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>

static int master, slave;

static void open_pair(void) {
    struct winsize size = {24, 80, 0, 0};
    REQUIRE_OK(openpty(&master, &slave, NULL, NULL, &size));
}

static const char *take(int fd) {
    static char text[8192];
    ssize_t n = CHECK_OK(read(fd, text, sizeof text - 1));
    text[n > 0 ? n : 0] = 0;
    return text;
}

/* Exactly so much: an echo may come in pieces. */
static const char *take_bytes(int fd, size_t count) {
    static char text[8192];
    size_t done = 0;
    while (done < count) {
        ssize_t n = CHECK_OK(read(fd, text + done, count - done));
        if (n <= 0) break;
        done += n;
    }
    text[done] = 0;
    return text;
}

static void type(const char *text) {
    CHECK_EQ(write(master, text, strlen(text)), strlen(text));
}

static bool readable(int fd) {
    struct pollfd p = {fd, POLLIN, 0};
    return poll(&p, 1, 0) == 1 && p.revents & POLLIN;
}

static void change(tcflag_t off, tcflag_t on) {
    struct termios now;
    REQUIRE_OK(tcgetattr(slave, &now));
    now.c_lflag = (now.c_lflag & ~off) | on;
    REQUIRE_OK(tcsetattr(slave, TCSANOW, &now));
}

TEST(defaults_areThoseOfLinux) {
    struct termios now;
    open_pair();
    CHECK_OK(tcgetattr(slave, &now));
    CHECK_EQ(now.c_iflag, ICRNL | IXON);
    CHECK_EQ(now.c_oflag, OPOST | ONLCR);
    CHECK_EQ(now.c_lflag, ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN);
    CHECK_EQ(now.c_cc[VINTR], 3);
    CHECK_EQ(now.c_cc[VEOF], 4);
    CHECK_EQ(now.c_cc[VERASE], 127);
    CHECK(isatty(slave) && isatty(master));
    int fds[2];
    CHECK_OK(pipe(fds));
    CHECK(!isatty(fds[0]));
    CHECK_EQ(errno, ENOTTY);
}

TEST(canonical_givesWholeLines) {
    open_pair();
    type("abc");
    CHECK(!readable(slave));
    type("def\nsecond\n");
    CHECK(readable(slave));
    CHECK_STR(take(slave), "abcdef\n");
    CHECK_STR(take(slave), "second\n");
    CHECK(!readable(slave));
    type("long line\n");
    char part[5] = "";
    CHECK_EQ(read(slave, part, 4), 4);
    CHECK_STR(part, "long");
    CHECK_STR(take(slave), " line\n");
}

TEST(echo_showsInputOnMaster) {
    open_pair();
    type("abc\r");
    CHECK_STR(take(master), "abc\r\n");
    CHECK_STR(take(slave), "abc\n");
    type("\x01\t\n");
    CHECK_STR(take(master), "^A\t\r\n");
    change(ECHO, 0);
    type("hidden\n");
    CHECK_STR(take(slave), "\x01\t\n");
    CHECK_STR(take(slave), "hidden\n");
    CHECK(!readable(master));
}

TEST(output_translatesNewlines) {
    open_pair();
    CHECK_EQ(write(slave, "a\nb\n", 4), 4);
    CHECK_STR(take(master), "a\r\nb\r\n");
    struct termios now;
    CHECK_OK(tcgetattr(slave, &now));
    now.c_oflag &= ~OPOST;
    CHECK_OK(tcsetattr(slave, TCSANOW, &now));
    CHECK_EQ(write(slave, "a\nb\n", 4), 4);
    CHECK_STR(take(master), "a\nb\n");
}

TEST(editing_erasesKillsAndQuotes) {
    open_pair();
    change(ECHO, 0);
    type("abx\x7f" "c\n");
    CHECK_STR(take(slave), "abc\n");
    type("gone\x15" "kept\n");
    CHECK_STR(take(slave), "kept\n");
    type("one two\x17" "three\n");
    CHECK_STR(take(slave), "one three\n");
    type("\x16\x03\n");
    CHECK_STR(take(slave), "\x03\n");
    type("\x7f\x7f" "x\n");
    CHECK_STR(take(slave), "x\n");
}

TEST(eraseEcho_rubsOut) {
    open_pair();
    type("ab\x7f");
    CHECK_STR(take_bytes(master, 5), "ab\b \b");
    type("\x01\x7f");
    CHECK_STR(take_bytes(master, 8), "^A\b \b\b \b");
}

TEST(eof_endsReadWithoutNewline) {
    char byte;
    open_pair();
    change(ECHO, 0);
    type("abc\x04");
    CHECK_STR(take(slave), "abc");
    type("\x04");
    CHECK_EQ(read(slave, &byte, 1), 0);
    type("next\n");
    CHECK_STR(take(slave), "next\n");
}

TEST(raw_givesBytesAtOnce) {
    struct termios now;
    open_pair();
    CHECK_OK(tcgetattr(slave, &now));
    cfmakeraw(&now);
    CHECK_OK(tcsetattr(slave, TCSANOW, &now));
    type("a\r\x03\x7f");
    CHECK_STR(take(slave), "a\r\x03\x7f");
    CHECK(!readable(master));
    CHECK_EQ(write(slave, "\n", 1), 1);
    CHECK_STR(take(master), "\n");
}

TEST(vminVtime_areHonoured) {
    struct termios now;
    char text[8] = "";
    open_pair();
    CHECK_OK(tcgetattr(slave, &now));
    cfmakeraw(&now);
    now.c_cc[VMIN] = 0;
    now.c_cc[VTIME] = 0;
    CHECK_OK(tcsetattr(slave, TCSANOW, &now));
    CHECK_EQ(read(slave, text, 8), 0);
    now.c_cc[VTIME] = 1;
    CHECK_OK(tcsetattr(slave, TCSANOW, &now));
    int64_t start = now_ns();
    CHECK_EQ(read(slave, text, 8), 0);
    CHECK(now_ns() - start >= 80000000);
    now.c_cc[VMIN] = 3;
    now.c_cc[VTIME] = 0;
    CHECK_OK(tcsetattr(slave, TCSANOW, &now));
    START_CHILD(write(master, "a", 1); sleep_ms(40); write(master, "bc", 2));
    CHECK_EQ(read(slave, text, 8), 3);
    CHECK_STR(text, "abc");
}

TEST(nonblocking_failsEagain) {
    char byte;
    open_pair();
    CHECK_OK(fcntl(slave, F_SETFL, O_RDWR | O_NONBLOCK));
    CHECK_ERR(read(slave, &byte, 1), EAGAIN);
    CHECK_OK(fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK));
    CHECK_ERR(read(master, &byte, 1), EAGAIN);
}

TEST(closedSlave_givesEio_closedMasterHangsUp) {
    char byte;
    open_pair();
    CHECK_OK(close(slave));
    CHECK_ERR(read(master, &byte, 1), EIO);
    open_pair();
    CHECK_OK(close(master));
    CHECK_EQ(read(slave, &byte, 1), 0);
    CHECK_ERR(write(slave, "x", 1), EIO);
}

TEST(windowSize_isStored) {
    struct winsize size = {0};
    open_pair();
    CHECK_OK(ioctl(slave, TIOCGWINSZ, &size));
    CHECK_EQ(size.ws_row, 24);
    CHECK_EQ(size.ws_col, 80);
    size.ws_row = 50;
    CHECK_OK(ioctl(master, TIOCSWINSZ, &size));
    size.ws_row = 0;
    CHECK_OK(ioctl(slave, TIOCGWINSZ, &size));
    CHECK_EQ(size.ws_row, 50);
}

static volatile sig_atomic_t caught;

static void note(int signal) {
    caught = signal;
}

/* Starts a session on the pair, runs body in it; the terminal is descriptor 0. */
#define IN_SESSION(...)                                \
    START_CHILD(                                       \
        setsid();                                      \
        if (ioctl(slave, TIOCSCTTY, 0) < 0) _exit(90); \
        close(master);                                 \
        dup2(slave, 0);                                \
        __VA_ARGS__)

TEST(controlCharacters_raiseSignalsInForeground) {
    static const struct { char key; int signal; } keys[] = {{3, SIGINT}, {28, SIGQUIT}, {26, SIGTSTP}};
    for (int i = 0; i < 3; i++) {
        int fds[2];
        char byte;
        open_pair();
        CHECK_OK(pipe(fds));
        pid_t child = IN_SESSION(
            struct sigaction action = {.sa_handler = note};
            sigaction(keys[i].signal, &action, NULL);
            write(fds[1], "r", 1);
            CHECK_ERR(read(0, &byte, 1), EINTR);
            CHECK_EQ(caught, keys[i].signal));
        CHECK_EQ(read(fds[0], &byte, 1), 1);
        sleep_ms(30);
        CHECK_EQ(write(master, &keys[i].key, 1), 1);
        CHECK_EQ(wait_for(child), 0);
    }
}

TEST(windowChange_raisesSigwinch) {
    int fds[2];
    char byte;
    open_pair();
    CHECK_OK(pipe(fds));
    pid_t child = IN_SESSION(
        signal(SIGWINCH, note);
        write(fds[1], "r", 1);
        EVENTUALLY(caught == SIGWINCH));
    CHECK_EQ(read(fds[0], &byte, 1), 1);
    struct winsize size = {30, 100, 0, 0};
    CHECK_OK(ioctl(master, TIOCSWINSZ, &size));
    CHECK_EQ(wait_for(child), 0);
}

TEST(controllingTerminal_isDevTty) {
    open_pair();
    CHECK_EQ(wait_for(IN_SESSION(
        int tty = CHECK_OK(open("/dev/tty", O_RDWR));
        CHECK_EQ(write(tty, "hi", 2), 2);
        CHECK_EQ(tcgetpgrp(0), getpid());
        CHECK_EQ(tcgetsid(0), getpid()))), 0);
    CHECK_STR(take(master), "hi");
    CHECK_EQ(wait_for(START_CHILD(setsid(); CHECK_ERR(open("/dev/tty", O_RDWR), ENXIO))), 0);
}

TEST(backgroundRead_stopsWithSigttin) {
    open_pair();
    pid_t leader = IN_SESSION(
        int status;
        char byte;
        pid_t child = START_CHILD(setpgid(0, 0); read(0, &byte, 1); _exit(byte));
        setpgid(child, child);
        CHECK_EQ(waitpid(child, &status, WUNTRACED), child);
        CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTTIN);
        CHECK_OK(tcsetpgrp(0, child));
        CHECK_OK(kill(-child, SIGCONT));
        CHECK_EQ(waitpid(child, &status, 0), child);
        CHECK_EQ(status, EXITED('k')));
    type("k\n");
    CHECK_EQ(wait_for(leader), 0);
}

TEST(backgroundWrite_stopsWithTostopOnly) {
    open_pair();
    pid_t leader = IN_SESSION(
        int status;
        pid_t child = START_CHILD(setpgid(0, 0); write(0, "free", 4));
        CHECK_EQ(waitpid(child, &status, WUNTRACED), child);
        CHECK_EQ(status, 0);
        change(0, TOSTOP);
        child = START_CHILD(setpgid(0, 0); write(0, "stopped", 7));
        CHECK_EQ(waitpid(child, &status, WUNTRACED), child);
        CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTTOU);
        kill(child, SIGKILL));
    CHECK_EQ(wait_for(leader), 0);
    CHECK_STR(take(master), "free");
}

TEST(hangup_signalsSession) {
    int fds[2];
    char byte;
    open_pair();
    CHECK_OK(pipe(fds));
    pid_t leader = IN_SESSION(
        signal(SIGHUP, note);
        write(fds[1], "r", 1);
        EVENTUALLY(caught == SIGHUP));
    CHECK_EQ(read(fds[0], &byte, 1), 1);
    CHECK_OK(close(master));
    CHECK_EQ(wait_for(leader), 0);
}

TEST(vhangup_endsTheLine) {
    open_pair();
    pid_t leader = IN_SESSION(
        need_root();
        char byte;
        signal(SIGHUP, note);
        CHECK_EQ(write(0, "before", 6), 6);
        CHECK_OK(syscall(SYS_vhangup));
        EVENTUALLY(caught == SIGHUP);
        CHECK_EQ(read(0, &byte, 1), 0);
        CHECK_ERR(write(0, "x", 1), EIO);
        CHECK_OK(syscall(SYS_vhangup));
        CHECK_OK(setuid(12345));
        CHECK_ERR(syscall(SYS_vhangup), EPERM));
    CHECK_EQ(wait_for(leader), 0);
}

/* After a hangup the line is nobody's, and then another session's: the first one has nothing to do with it. */
TEST(vhangup_again_leavesOthersAlone) {
    need_root();
    open_pair();
    int steps[2], more[2], back[2];
    char byte;
    const char *name = ptsname(master);
    REQUIRE_OK(pipe(steps));
    REQUIRE_OK(pipe(more));
    REQUIRE_OK(pipe(back));
    pid_t first = IN_SESSION(
        signal(SIGHUP, note);
        CHECK_OK(syscall(SYS_vhangup));
        EVENTUALLY(caught == SIGHUP);
        write(back[1], "1", 1);
        CHECK_EQ(read(steps[0], &byte, 1), 1);
        CHECK_OK(syscall(SYS_vhangup));
        write(back[1], "3", 1));
    CHECK_EQ(read(back[0], &byte, 1), 1);
    pid_t second = START_CHILD(
        signal(SIGHUP, note);
        setsid();
        int line = REQUIRE_OK(open(name, O_RDWR));
        CHECK_EQ(tcgetsid(line), getpid());
        write(back[1], "2", 1);
        CHECK_EQ(read(more[0], &byte, 1), 1);
        CHECK_EQ(caught, 0);
        CHECK_EQ(write(line, "here", 4), 4));
    CHECK_EQ(read(back[0], &byte, 1), 1);
    write(steps[1], "x", 1);
    CHECK_EQ(read(back[0], &byte, 1), 1);
    write(more[1], "x", 1);
    CHECK_EQ(wait_for(first), 0);
    CHECK_EQ(wait_for(second), 0);
}

TEST(vhangup_withoutTerminal_isNothing) {
    need_root();
    CHECK_EQ(wait_for(START_CHILD(setsid(); CHECK_OK(syscall(SYS_vhangup)))), 0);
}

TEST(ptsname_isInDevPts) {
    char name[64];
    int fd = REQUIRE_OK(posix_openpt(O_RDWR | O_NOCTTY));
    CHECK_OK(grantpt(fd));
    int closed = 1;
    CHECK_OK(ioctl(fd, TIOCGPTLCK, &closed));
    CHECK_EQ(closed, 1);
    CHECK_EQ(ptsname_r(fd, name, sizeof name), 0);
    CHECK_ERR(open(name, O_RDWR | O_NOCTTY), EIO);
    CHECK_OK(unlockpt(fd));
    CHECK_EQ(strncmp(name, "/dev/pts/", 9), 0);
    int other = CHECK_OK(open(name, O_RDWR | O_NOCTTY));
    CHECK_EQ(write(other, "x", 1), 1);
    CHECK_STR(take(fd), "x");
    struct stat about;
    CHECK_OK(stat(name, &about));
    CHECK(S_ISCHR(about.st_mode));
}

TEST(flushAndQueue_work) {
    int count = -1;
    open_pair();
    change(ECHO, 0);
    type("abc\n");
    EVENTUALLY(readable(slave));
    CHECK_OK(ioctl(slave, FIONREAD, &count));
    CHECK_EQ(count, 4);
    CHECK_OK(tcflush(slave, TCIFLUSH));
    CHECK(!readable(slave));
    CHECK_OK(tcdrain(slave));
    CHECK_OK(tcsendbreak(slave, 0));
}
