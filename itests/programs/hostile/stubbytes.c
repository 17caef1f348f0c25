/*
 * Jumps to every byte of whatever lies above what a guest may map, with registers that suit a system call and a stack that
 * suits rt_sigreturn with all signals blocked; then scribbles over everything there that can be written, while it makes system
 * calls. A child each, so that nobody but the child gets hurt; one that loops is ended by its timer, or is killed.
 * Expected exit code: 0.
 */
#include "hostile.h"

#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>

#define PAGE 4096UL
#define TOP 0x7ffffffff000UL
#define LOW (0x800000000000UL - (1UL << 30))

static sigjmp_buf back;

static void fault(int signal) {
    siglongjmp(back, signal);
}

static int readable(unsigned long page) {
    if (sigsetjmp(back, 1)) return 0;
    (void)*(volatile char *)page;
    return 1;
}

static int writable(unsigned long page) {
    if (sigsetjmp(back, 1)) return 0;
    volatile char *first = (volatile char *)page;
    *first = *first;
    return 1;
}

static void endless(void) {
    for (;;) {
    }
}

/* What rt_sigreturn takes for a frame: everything blocked, an endless loop. */
struct frame {
    ucontext_t context;
    siginfo_t info;
};

static char stack[65536] __attribute__((aligned(64)));

static void jump(unsigned long target, int variant) {
    struct frame *frame = (struct frame *)(stack + 32768);
    memset(stack, 0, sizeof stack);
    memset(&frame->context.uc_sigmask, 0xff, sizeof frame->context.uc_sigmask);
    frame->context.uc_flags = 2 | 4;
    frame->context.uc_stack.ss_flags = 2;
    frame->context.uc_mcontext.gregs[REG_RIP] = (long)endless;
    frame->context.uc_mcontext.gregs[REG_RSP] = (long)(stack + 16384);
    frame->context.uc_mcontext.gregs[REG_EFL] = 0x202;
    frame->context.uc_mcontext.gregs[REG_CSGSFS] = 0x33 | (0x2bL << 48);
    /* mmap of whatever descriptor 0 is; munmap of everything; exit of the group: by the number in rax and rbp */
    static const long numbers[] = {9, 11, 231, 15, 1000, 202};
    register long r10 __asm__("r10") = 0x11;
    register long r8 __asm__("r8") = 0;
    register long r9 __asm__("r9") = 0;
    register unsigned long r12 __asm__("r12") = (unsigned long)stack;
    register unsigned long r13 __asm__("r13") = (unsigned long)stack;
    register unsigned long r14 __asm__("r14") = (unsigned long)stack;
    __asm__ volatile("mov %[stack], %%rsp\n\tjmp *%[target]"
                     :
                     : [stack] "r"(frame), [target] "r"(target), "a"(numbers[variant % 6]), "D"(0x10000UL), "S"(PAGE), "d"(3L),
                       "b"((unsigned long)stack), "r"(r10), "r"(r8), "r"(r9), "r"(r12), "r"(r13), "r"(r14)
                     : "memory");
    __builtin_unreachable();
}

/* A child that loops or waits is ended by a signal, soon. */
static void end_soon(void) {
    struct itimerval soon = {.it_value.tv_usec = 4000};
    setitimer(ITIMER_REAL, &soon, 0);
}

#define CHILDREN 16
static pid_t children[CHILDREN];
static int running, ended, killed;

/* Waits for all children. Some have returned through a frame that blocks their timer's signal: they are killed. */
static void reap(void) {
    for (int tries = 0; running > 0; tries++) {
        if (tries == 20)
            for (int i = 0; i < running; i++) {
                kill(children[i], SIGKILL);
                killed++;
            }
        for (int i = 0; i < running; i++) {
            pid_t child = waitpid(children[i], 0, tries < 20 ? WNOHANG : 0);
            if (child < 0) exit(3);
            if (child == 0) continue;
            ended++;
            children[i--] = children[--running];
        }
        if (running > 0) usleep(2000);
    }
}

/* A child, when there is room for one more. */
static pid_t next_child(void) {
    if (running == CHILDREN) reap();
    pid_t child = fork();
    if (child < 0) exit(4);
    if (child == 0)
        end_soon();
    else
        children[running++] = child;
    return child;
}

static unsigned long code[16], scratch[64];
static int codes, scratches;

/* Looks for pages of the stub. */
static void scan(void) {
    struct sigaction action = {.sa_handler = fault, .sa_flags = SA_NODEFER};
    sigaction(SIGSEGV, &action, 0);
    sigaction(SIGBUS, &action, 0);
    codes = scratches = 0;
    for (unsigned long page = LOW; page < TOP; page += PAGE) {
        if (!readable(page)) {
            /* the slots of guest threads begin at the bottom, the stub's pages are at the top: skip what is empty */
            if (page - LOW > (1UL << 21) && page < TOP - 64 * PAGE) page = TOP - 64 * PAGE - PAGE;
            continue;
        }
        if (writable(page)) {
            if (scratches < 64) scratch[scratches++] = page;
        } else if (codes < 16) {
            code[codes++] = page;
        }
    }
    signal(SIGSEGV, SIG_DFL);
    signal(SIGBUS, SIG_DFL);
}

static void *scribbler(void *argument) {
    long pattern = (long)argument;
    unsigned long seed = 88172645463325252UL + (unsigned long)pattern;
    for (;;)
        for (int i = 0; i < scratches; i++)
            for (volatile unsigned long *at = (unsigned long *)scratch[i]; at < (unsigned long *)(scratch[i] + PAGE); at++) {
                seed = seed * 6364136223846793005UL + 1;
                *at = (pattern & 3) == 0 ? 0 : (pattern & 3) == 1 ? ~0UL : seed;
            }
    return 0;
}

/* A thread that scribbles, and one that makes system calls, processes and threads meanwhile. */
static void scribble(int pattern) {
    scan();
    pthread_t thread;
    pthread_create(&thread, 0, scribbler, (void *)(long)pattern);
    for (;;) {
        syscall(SYS_getppid);
        if (pattern < 4) continue;
        pid_t grandchild = fork();
        if (grandchild == 0) _exit(0);
        if (grandchild > 0) waitpid(grandchild, 0, 0);
    }
}

int main(void) {
    scan();
    for (int i = 0; i < codes; i++) {
        for (unsigned long at = code[i]; at < code[i] + PAGE; at++) {
            /* what is not code is the same byte over and over */
            if (at > code[i] + 16 && at + 16 < code[i] + PAGE && !memcmp((void *)(at - 8), (void *)(at), 8) &&
                !memcmp((void *)(at + 8), (void *)at, 8))
                continue;
            if (next_child() == 0) jump(at, (int)(at - code[i]));
        }
    }
    for (int pattern = 0; pattern < 8; pattern++)
        if (next_child() == 0) scribble(pattern);
    reap();
    OUTCOME("%d code pages, %d others: %d children ended, %d of them had to be killed", codes, scratches, ended, killed);
}
