/*
 * Makes every system call there could be (the served ones among them, whatever they are) with a bad pointer in each place
 * in turn, beside arguments that look good: small numbers, descriptors of many kinds, memory, a path. Each call number gets a
 * child of its own. Right: the call fails or the child dies; afterwards the kernel is well. Must be the first process of
 * its sandbox, which no stray kill ends. Expected exit code: 0.
 */
#include "hostile.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#define LAST_CALL 480
#define FIRST_UNUSED 340
#define AFTER_UNUSED 424

static const unsigned long bad[] = {8, 0x7ffffffff000, 0x800000000000, 0xffff800000000000, -1UL, 0x7fffffffffffffff, 0};

/* The end of memory that is there: what begins in it and is longer ends in nothing. */
static char *edge;

/* Inline, so that a call that returns twice, or on another stack, does not come back through a frame of this one. */
#define RAW(result, number, a)                                                                                      \
    do {                                                                                                            \
        register long r10 __asm__("r10") = (a)[3], r8 __asm__("r8") = (a)[4], r9 __asm__("r9") = (a)[5];            \
        __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"((a)[0]), "S"((a)[1]), "d"((a)[2]), "r"(r10),   \
                         "r"(r8), "r"(r9) : "rcx", "r11", "memory");                                                \
    } while (0)

static void tick(int signal) {
    (void)signal;
}

static void open_files(void) {
    int fds[2];
    int victim = open("/tmp/victim", O_RDWR | O_CREAT, 0600);
    for (int fd = 0; fd < 3; fd++) dup2(victim, fd);
    pipe(fds);                                  /* 4, 5 */
    socketpair(AF_UNIX, SOCK_STREAM, 0, fds);   /* 6, 7 */
    epoll_create1(0);                           /* 8 */
    eventfd(0, EFD_NONBLOCK);                   /* 9 */
    inotify_init1(IN_NONBLOCK);                 /* 10 */
    timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    open("/tmp", O_RDONLY | O_DIRECTORY);
    open("/proc/self/status", O_RDONLY);
    open("/dev/zero", O_RDWR);
    open("/dev/ptmx", O_RDWR | O_NOCTTY);
    socket(AF_UNIX, SOCK_DGRAM, 0);             /* 16 */
}

/* Makes one call of this number in all the ways; in the child. */
static void try_all(long number) {
    static char good[65536];
    static long a[6], me, result, nothing[6];
    static unsigned place, which, filler;
    open_files();
    /* Waits end soon, and again and again. */
    struct sigaction action = {.sa_handler = tick};
    sigaction(SIGALRM, &action, NULL);
    struct itimerval timer = {{0, 1000}, {0, 1000}};
    setitimer(ITIMER_REAL, &timer, NULL);
    RAW(me, SYS_getpid, nothing);
    for (filler = 0; filler < 22; filler++) {
        if (filler > 1 && filler < 17 && filler % 2 == 1) continue;
        for (place = 0; place < 6; place++) {
            for (which = 0; which <= sizeof bad / sizeof *bad; which++) {
                for (int i = 0; i < 6; i++) a[i] = filler < 17 ? (long)filler : filler == 17 ? (long)good : filler == 18 ? -100 : 64;
                if (filler > 17) {
                    strcpy(good, "/tmp/victim");
                    a[1] = a[0] = (long)good;
                    if (filler == 19) a[2] = a[3] = a[4] = (long)good;
                    if (filler == 20) a[0] = 4, a[2] = 1;
                    if (filler == 21) memset(good, 0x55, sizeof good);
                }
                a[place] = which < sizeof bad / sizeof *bad ? (long)bad[which] : (long)edge - 1;
                RAW(result, number, a);
                /* Only what this call does to its own descriptors and timers may stop it. */
                RAW(result, SYS_gettid, nothing);
                if (result != me) {
                    RAW(result, SYS_getpid, nothing);
                    if (result != me) RAW(result, SYS_exit_group, nothing);
                    RAW(result, SYS_exit, nothing);
                }
            }
        }
    }
}

static int wait_at_most(pid_t child, double seconds) {
    int status;
    for (double waited = 0; waited < seconds; waited += 0.002) {
        if (waitpid(child, &status, WNOHANG) == child) return status;
        usleep(2000);
    }
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    return status;
}

int main(void) {
    if (getpid() != 1) return 1;
    edge = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(edge + 4096, 4096);
    edge += 4096;
    int whole = 0, dead = 0;
    for (long number = 0; number < LAST_CALL; number++) {
        /* No number between is anybody's. */
        if (number == FIRST_UNUSED) number = AFTER_UNUSED;
        pid_t child = fork();
        if (child == 0) {
            try_all(number);
            _exit(0);
        }
        if (child < 0) return 2;
        int status = wait_at_most(child, 6);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0) whole++;
        else dead++;
        /* What the call left behind: children of children. */
        kill(-1, SIGKILL);
        while (waitpid(-1, NULL, 0) > 0) {}
    }
    /* The world still works. */
    if (access("/bin/sh", X_OK) != 0) return 3;
    pid_t child = fork();
    if (child == 0) {
        execl("/bin/sh", "sh", "-c", "exit 5", NULL);
        _exit(1);
    }
    int status;
    waitpid(child, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 5) return 4;
    int fds[2];
    char byte = 0;
    if (pipe(fds) < 0 || write(fds[1], "x", 1) != 1 || read(fds[0], &byte, 1) != 1 || byte != 'x') return 5;
    if (whole < LAST_CALL / 2) return 6;
    OUTCOME("%d calls were survived, %d ended their caller", whole, dead);
}
