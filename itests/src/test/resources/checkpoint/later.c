/*
 * What was running when the checkpoints of earlier versions beside this file were written: it holds some of
 * everything, sleeps, and looks whether all is there. It needs no file of the host, so that the
 * checkpoints can be restored anywhere:
 *
 *   gcc -O1 -static -nostdlib -ffreestanding -fno-stack-protector -o /tmp/later later.c
 *   ./moat run --name later -v /tmp/later:/later:ro -- /later      until it prints READY
 *   ./moat checkpoint later VERSION.ckpt
 */
#include <asm/unistd.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <sys/mman.h>
#include <time.h>

static long call(long number, long a, long b, long c, long d, long e, long f)
{
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

#define CALL(name, a, b, c, d, e, f) \
    call(__NR_##name, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

static int lost;

static long length(const char *text)
{
    long n = 0;
    while (text[n])
        n++;
    return n;
}

static void print(const char *text)
{
    CALL(write, 1, text, length(text), 0, 0, 0);
}

static void check(const char *what, int there)
{
    if (!there) {
        lost++;
        print("lost: ");
        print(what);
        print("\n");
    }
}

static int same(const char *a, const char *b, long n)
{
    for (long i = 0; i < n; i++)
        if (a[i] != b[i])
            return 0;
    return 1;
}

/* Runs from a file in memory from now on. */
static void leave_the_host(void)
{
    static char buffer[65536];
    char *arguments[] = {"later", "in memory", 0};
    char *environment[] = {0};
    int from = CALL(open, "/proc/self/exe", O_RDONLY, 0, 0, 0, 0);
    int to = CALL(open, "/tmp/later", O_WRONLY | O_CREAT, 0755, 0, 0, 0);
    long n;
    while ((n = CALL(read, from, buffer, sizeof buffer, 0, 0, 0)) > 0)
        CALL(write, to, buffer, n, 0, 0, 0);
    CALL(close, from, 0, 0, 0, 0, 0);
    CALL(close, to, 0, 0, 0, 0, 0);
    CALL(execve, "/tmp/later", arguments, environment, 0, 0, 0);
    print("cannot execute the copy\n");
    CALL(exit_group, 1, 0, 0, 0, 0, 0);
}

static void later(void)
{
    char text[64];
    int ends[2];
    int answers[2];
    int status = 0;
    unsigned long count = 0;
    struct timespec before;
    struct timespec after;
    struct timespec patience = {4, 0};
    long *shared = (long *)CALL(mmap, 0, 8192, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    long *own = (long *)CALL(mmap, 0, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int file = CALL(open, "/tmp/data", O_RDWR | O_CREAT, 0600, 0, 0, 0);
    int event = CALL(eventfd2, 5, 0, 0, 0, 0, 0);

    CALL(write, file, "some words in a file", 20, 0, 0, 0);
    CALL(lseek, file, 5, 0, 0, 0, 0);
    CALL(unlink, "/tmp/later", 0, 0, 0, 0, 0);
    CALL(pipe2, ends, 0, 0, 0, 0, 0);
    CALL(pipe2, answers, 0, 0, 0, 0, 0);
    CALL(write, ends[1], "in the pipe", 11, 0, 0, 0);
    for (int i = 0; i < 256; i++)
        own[i * 512] = i;

    long child = CALL(fork, 0, 0, 0, 0, 0, 0);
    if (child == 0) {
        while (*(volatile long *)shared == 0)
            CALL(futex, shared, FUTEX_WAIT, 0, 0, 0, 0);
        CALL(read, ends[0], text, sizeof text, 0, 0, 0);
        CALL(write, answers[1], text, 11, 0, 0, 0);
        CALL(exit_group, 7, 0, 0, 0, 0, 0);
    }
    CALL(clock_gettime, CLOCK_MONOTONIC, &before, 0, 0, 0, 0);
    print("READY\n");
    CALL(nanosleep, &patience, 0, 0, 0, 0, 0);
    CALL(clock_gettime, CLOCK_MONOTONIC, &after, 0, 0, 0, 0);

    check("time", after.tv_sec - before.tv_sec >= 3 && after.tv_sec - before.tv_sec < 60);
    for (int i = 0; i < 256; i++)
        if (own[i * 512] != i)
            check("memory", 0);
    check("offset", CALL(read, file, text, 5, 0, 0, 0) == 5 && same(text, "words", 5));
    check("event", CALL(read, event, &count, 8, 0, 0, 0) == 8 && count == 5);
    shared[0] = 1;
    CALL(futex, shared, FUTEX_WAKE, 1, 0, 0, 0);
    check("pipe and child", CALL(read, answers[0], text, sizeof text, 0, 0, 0) == 11 && same(text, "in the pipe", 11));
    check("exit", CALL(wait4, child, &status, 0, 0, 0, 0) == child && status == 7 << 8);
    check("files", CALL(open, "/tmp/data", O_RDONLY, 0, 0, 0, 0) >= 0);
    print(lost ? "some of it was lost\n" : "all is there\n");
    CALL(exit_group, lost != 0, 0, 0, 0, 0, 0);
}

void start(long *stack)
{
    if (stack[0] == 1)
        leave_the_host();
    later();
}

__asm__(".globl _start\n_start: mov %rsp, %rdi\n and $-16, %rsp\n call start\n");
