/*
 * The frame of every behaviour program: a list of tests, each run in a child process of its own, in a fresh directory,
 * under a watchdog. A program is one file that includes this one; a test is
 *
 *     TEST(read_onEmptyNonblockingPipe_failsEagain) { ... CHECK_ERR(read(fd, &byte, 1), EAGAIN); }
 *
 * Prints one line per failed check and a summary "N passed, M failed"; exits 0 when nothing failed, else 1.
 * Arguments: --list prints the names; -v prints a line for every test; other arguments choose tests by name.
 * The directory for files is $MOAT_TEST_DIR, else /tmp.
 */
#ifndef CHECK_H
#define CHECK_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* One test of the program, linked in the order of the source by constructors. */
struct check_test {
    const char *name;
    void (*run)(void);
    struct check_test *next;
};

/* Shared by all processes of one test, so that a check in a grandchild counts. */
struct check_shared {
    int failed;
    int skipped;
};

static struct check_test *check_first, **check_last = &check_first;
static struct check_shared *check_shared;
static const char *check_name = "";
static volatile sig_atomic_t check_running;
static volatile sig_atomic_t check_timed_out;

/* Seconds a single test may take before it counts as hung; a program may define its own. */
#ifndef CHECK_TIMEOUT
#define CHECK_TIMEOUT 100
#endif

static void __attribute__((unused)) check_add(struct check_test *test) {
    *check_last = test;
    check_last = &test->next;
}

#define TEST(test)                                                                   \
    static void test(void);                                                          \
    static struct check_test check_##test = {#test, test, NULL};                     \
    static void __attribute__((constructor)) check_register_##test(void) {           \
        check_add(&check_##test);                                                    \
    }                                                                                \
    static void test(void)

/* Writes one line at once, so that lines of several processes do not mix. */
static void __attribute__((format(printf, 2, 3))) check_line(const char *kind, const char *format, ...) {
    char line[1024];
    int at = snprintf(line, sizeof line, "%s %s: ", kind, check_name);
    va_list arguments;
    va_start(arguments, format);
    at += vsnprintf(line + at, sizeof line - at - 1, format, arguments);
    va_end(arguments);
    if (at > (int)sizeof line - 2) at = sizeof line - 2;
    line[at++] = '\n';
    if (write(1, line, at) < 0) _exit(1);
}

#define check_fail(...) \
    (__atomic_fetch_add(&check_shared->failed, 1, __ATOMIC_SEQ_CST), check_line("FAIL", __VA_ARGS__), 0)

static const char *check_errno(int number) {
    const char *name = strerrorname_np(number);
    return number == 0 ? "no error" : name ? name : "unknown errno";
}

/* Each CHECK is true when it held, notes a failure and goes on otherwise. */
#define CHECK(condition) \
    ((condition) ? 1 : check_fail("%d: not so: %s", __LINE__, #condition))
#define CHECK_EQ(actual, expected)                                                              \
    ({                                                                                          \
        long long a_ = (long long)(actual), e_ = (long long)(expected);                         \
        a_ == e_ || check_fail("%d: %s is %lld (0x%llx), expected %s = %lld (0x%llx)", __LINE__, \
                #actual, a_, a_, #expected, e_, e_);                                            \
    })
#define CHECK_STR(actual, expected)                                                             \
    ({                                                                                          \
        const char *a_ = (actual), *e_ = (expected);                                            \
        strcmp(a_, e_) == 0 || check_fail("%d: %s is \"%s\", expected \"%s\"", __LINE__, #actual, a_, e_); \
    })
/* The call must not fail; gives its result. */
#define CHECK_OK(call)                                                                          \
    ({                                                                                          \
        errno = 0;                                                                              \
        long long r_ = (long long)(call);                                                       \
        if (r_ == -1) (void)check_fail("%d: %s failed with %s", __LINE__, #call, check_errno(errno)); \
        r_;                                                                                     \
    })
#define CHECK_ERR(call, expected)                                                               \
    ({                                                                                          \
        errno = 0;                                                                              \
        long long r_ = (long long)(call);                                                       \
        int e_ = errno;                                                                         \
        (r_ == -1 && e_ == (expected)) || check_fail("%d: %s gave %lld and %s, expected %s", __LINE__, \
                #call, r_, check_errno(e_), #expected);                                         \
    })
/* Without which the rest of the test makes no sense. */
#define REQUIRE(condition) ((void)(CHECK(condition) || (_exit(1), 0)))
#define REQUIRE_OK(call) ({ long long q_ = CHECK_OK(call); if (q_ == -1) _exit(1); q_; })
/* Leaves the test, counted as skipped, with a visible reason. */
#define SKIP(...) (check_shared->skipped = 1, check_line("SKIP", __VA_ARGS__), _exit(0))

/* Runs the statements in a child process and gives its wait status. Falls out of the body: exit code 0. */
#define IN_CHILD(...)                                    \
    ({                                                   \
        pid_t p_ = REQUIRE_OK(fork());                   \
        if (p_ == 0) {                                   \
            { __VA_ARGS__; }                             \
            _exit(0);                                    \
        }                                                \
        int s_ = -1;                                     \
        while (waitpid(p_, &s_, 0) < 0 && errno == EINTR); \
        s_;                                              \
    })
/* Starts a child process that runs the statements; gives its pid. */
#define START_CHILD(...)                 \
    ({                                   \
        pid_t p_ = REQUIRE_OK(fork());   \
        if (p_ == 0) {                   \
            { __VA_ARGS__; }             \
            _exit(0);                    \
        }                                \
        p_;                              \
    })
#define EXITED(code) W_EXITCODE(code, 0)

static int __attribute__((unused)) wait_for(pid_t pid) {
    int status = -1;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR);
    return status & ~0x80; /* without the core dump bit */
}

static int64_t __attribute__((unused)) now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void __attribute__((unused)) sleep_ms(int ms) {
    struct timespec rest = {ms / 1000, ms % 1000 * 1000000L};
    while (nanosleep(&rest, &rest) < 0 && errno == EINTR);
}

/* Waits up to forty seconds for a condition that another process or thread makes true. */
#define EVENTUALLY(condition)                                                            \
    ({                                                                                   \
        int64_t end_ = now_ns() + 40000000000LL;                                         \
        bool held_;                                                                      \
        while (!(held_ = (condition)) && now_ns() < end_) sleep_ms(2);                   \
        held_ ? 1 : check_fail("%d: never came true: %s", __LINE__, #condition);         \
    })

/* Memory that parent and children share. */
static void *__attribute__((unused)) shared_memory(size_t size) {
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    REQUIRE(memory != MAP_FAILED);
    return memory;
}

static int __attribute__((unused)) make_file(const char *path, const char *text) {
    int fd = REQUIRE_OK(open(path, O_RDWR | O_CREAT | O_TRUNC, 0644));
    CHECK_EQ(write(fd, text, strlen(text)), strlen(text));
    CHECK_OK(lseek(fd, 0, SEEK_SET));
    return fd;
}

/* The content of a file as a string; static buffer, cut at 64 KiB. Proc files need several reads. */
static const char *__attribute__((unused)) text_of(const char *path) {
    static char text[65536];
    size_t size = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        (void)check_fail("cannot open %s: %s", path, check_errno(errno));
        return "";
    }
    for (ssize_t n; size < sizeof text - 1 && (n = read(fd, text + size, sizeof text - 1 - size)) > 0;) size += n;
    close(fd);
    text[size] = 0;
    return text;
}

/* State letter of /proc/PID/stat. */
static char __attribute__((unused)) state_of(pid_t pid) {
    char path[64], line[512] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return '-';
    ssize_t n = read(fd, line, sizeof line - 1);
    close(fd);
    if (n <= 0) return '-';
    char *end = strrchr(line, ')');
    return end ? end[2] : '-';
}

static void __attribute__((unused)) need_root(void) {
    if (geteuid() != 0) SKIP("needs user 0");
}

static int check_remove(const char *path, const struct stat *about, int kind, struct FTW *where) {
    (void)about, (void)kind, (void)where;
    return remove(path) < 0 ? 0 : 0;
}

static void check_alarm(int signal) {
    (void)signal;
    check_timed_out = 1;
    if (check_running > 0) {
        kill(-check_running, SIGKILL);
        kill(check_running, SIGKILL);
    }
}

static int check_run(struct check_test *test, bool verbose) {
    check_name = test->name;
    check_shared->failed = check_shared->skipped = 0;
    const char *parent = getenv("MOAT_TEST_DIR");
    char directory[256];
    snprintf(directory, sizeof directory, "%s/check-XXXXXX", parent ? parent : "/tmp");
    if (!mkdtemp(directory)) return check_fail("no directory for the test: %s", check_errno(errno)), 1;
    check_timed_out = 0;
    pid_t pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        umask(022);
        signal(SIGALRM, SIG_DFL);
        if (chdir(directory) < 0) _exit(1);
        test->run();
        _exit(0);
    }
    check_running = pid;
    setpgid(pid, pid);
    alarm(CHECK_TIMEOUT);
    int status = -1;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR);
    alarm(0);
    check_running = 0;
    kill(-pid, SIGKILL);
    /* Grandchildren that were inherited end a moment later; what left the group on its own is not waited for. */
    for (int i = 0; i < 100 && kill(-pid, 0) == 0; i++) {
        while (waitpid(-1, NULL, WNOHANG) > 0);
        sleep_ms(1);
    }
    while (waitpid(-1, NULL, WNOHANG) > 0);
    nftw(directory, check_remove, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
    if (check_timed_out) {
        (void)check_fail("hung: no end after %d seconds", CHECK_TIMEOUT);
    } else if (WIFSIGNALED(status)) {
        (void)check_fail("killed by signal %d", WTERMSIG(status));
    } else if (WEXITSTATUS(status) != 0 && check_shared->failed == 0) {
        (void)check_fail("left with exit code %d", WEXITSTATUS(status));
    }
    if (verbose && check_shared->failed == 0 && !check_shared->skipped) check_line("ok", "%s", "passed");
    return check_shared->failed != 0;
}

int main(int argc, char **argv) {
    bool verbose = false;
    int chosen = 0, passed = 0, failed = 0, skipped = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--list") == 0) {
            for (struct check_test *test = check_first; test; test = test->next) puts(test->name);
            return 0;
        }
        if (strcmp(argv[i], "-v") == 0) verbose = true;
        else chosen++;
    }
    check_shared = mmap(NULL, sizeof *check_shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (check_shared == MAP_FAILED) return 2;
    /* In Moat this process is pid 1 and inherits orphans; on the host it asks for the same. */
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    struct sigaction action = {.sa_handler = check_alarm};
    sigaction(SIGALRM, &action, NULL);
    for (struct check_test *test = check_first; test; test = test->next) {
        bool wanted = chosen == 0;
        for (int i = 1; i < argc; i++) wanted |= strcmp(argv[i], test->name) == 0;
        if (!wanted) continue;
        if (check_run(test, verbose)) failed++;
        else if (check_shared->skipped) skipped++;
        else passed++;
    }
    char summary[128];
    int size = snprintf(summary, sizeof summary, "%d passed, %d failed", passed, failed);
    if (skipped) size += snprintf(summary + size, sizeof summary - size, ", %d skipped", skipped);
    summary[size++] = '\n';
    return write(1, summary, size) == size && failed == 0 ? 0 : 1;
}

#endif
