/*
 * Runs sequences of system calls from a file and tells what became of each call, for itests/run-differential. The same
 * binary runs on the host and in Moat; what it prints must be the same.
 *
 * usage: executor FILE DIRECTORY
 *
 * One instruction a line; LABEL is a number that later instructions name as rLABEL. Words of arguments: numbers, @OFF (the
 * arena at OFF), iOFF (the int in the arena at OFF), rLABEL (the result of a call), $pid, $ppid, $tid, $handler, $restorer.
 *   seq NAME / end            a sequence: runs in a process, a session and an empty directory of its own
 *   str OFF TEXT              puts a string with its terminator into the arena
 *   mem OFF HEX               puts bytes into the arena
 *   put OFF SIZE WORD         puts a number into the arena
 *   call LABEL MODE NAME WORD...  MODE: v tells the value, s only success, p whose pid it is; b also breaks the call off if it blocks
 *   out OFF SIZE              prints bytes of the arena
 *   peek WORD SIZE, poke WORD BYTE   reads and writes memory that may fault
 *   list OFF SIZE-LABEL       prints the sorted names of directory entries (struct linux_dirent64)
 *   fork LABEL / thread LABEL ... done    runs the block in a child, or in a thread, and goes on when that ended or stopped
 *   exit CODE                 ends the process of the block
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "calls.h"
#include "state.h"

#define MOST_LINES 100000
#define MOST_LABELS 512
#define SEQUENCE_LIMIT_S 4
#define BREAK_OFF_NS 120000000

static char *lines[MOST_LINES];
static int line_count;
static long results[MOST_LABELS];
static timer_t breaker;
static volatile sig_atomic_t breaking;
static sigjmp_buf fault_return;
static volatile sig_atomic_t fault_expected;

/* Signals that arrived since the last line, as text; written by the handler only. */
static char arrived[4096];
static volatile sig_atomic_t arrived_length;

static void on_signal(int signal, siginfo_t *info, void *context) {
    (void) context;
    if ((signal == SIGSEGV || signal == SIGBUS) && fault_expected) {
        fault_expected = 0;
        siglongjmp(fault_return, signal * 1000 + info->si_code);
    }
    int length = arrived_length;
    if (length < (int) sizeof arrived - 64) {
        arrived_length = length + sprintf(arrived + length, " !%d/%d", signal, info->si_code);
        if (info->si_code == SI_QUEUE || info->si_code == SI_TIMER || info->si_code == SI_MESGQ) {
            arrived_length += sprintf(arrived + arrived_length, "/%d", info->si_value.sival_int);
        }
    }
}

static void on_breaker(int signal) {
    (void) signal;
}

static long word(const char *text) {
    switch (text[0]) {
    case '@': return (long) (ARENA + strtol(text + 1, NULL, 0));
    case 'i': return *(int *) (ARENA + strtol(text + 1, NULL, 0));
    case 'r': return results[strtol(text + 1, NULL, 10) % MOST_LABELS];
    case '$':
        if (!strcmp(text, "$pid")) return getpid();
        if (!strcmp(text, "$ppid")) return getppid();
        if (!strcmp(text, "$tid")) return syscall(SYS_gettid);
        if (!strcmp(text, "$handler")) return (long) on_signal;
        if (!strcmp(text, "$restorer")) return restorer_address();
        fprintf(stderr, "executor: unknown word %s\n", text);
        exit(3);
    default: return (long) strtoull(text, NULL, 0);
    }
}

/* A signal every so often while a call may block: an early one that finds no blocked call does no harm. */
static void start_breaker(void) {
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMAX};
    event._sigev_un._tid = syscall(SYS_gettid);
    struct sigaction action = {.sa_handler = on_breaker};
    sigaction(SIGRTMAX, &action, NULL);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMAX);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    if (timer_create(CLOCK_MONOTONIC, &event, &breaker) == 0) {
        struct itimerspec every = {{0, BREAK_OFF_NS}, {0, BREAK_OFF_NS}};
        timer_settime(breaker, 0, &every, NULL);
        breaking = 1;
    }
}

static void stop_breaker(void) {
    if (breaking) {
        timer_delete(breaker);
        breaking = 0;
    }
}

static void say_arrived(void) {
    if (arrived_length) {
        say("%s", arrived);
        arrived_length = 0;
    }
}

static void run_call(char **words, int count) {
    int label = atoi(words[1]) % MOST_LABELS;
    const char *mode = words[2];
    int number = call_number(words[3]);
    if (number < 0) {
        fprintf(stderr, "executor: unknown call %s\n", words[3]);
        exit(3);
    }
    long arguments[6] = {0};
    for (int i = 4; i < count && i < 10; i++) {
        arguments[i - 4] = word(words[i]);
    }
    if (strchr(mode, 'b')) start_breaker();
    errno = 0;
    long result = syscall(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
    int error = errno;
    if (strchr(mode, 'b')) stop_breaker();
    results[label] = result;
    say("%s %s = ", words[1], words[3]);
    if (result == -1 && error) {
        const char *name = strerrorname_np(error);
        say("-%s", name ? name : "?");
    } else if (strchr(mode, 's')) {
        say("ok");
    } else if (strchr(mode, 'p')) {
        say("%s", result == 0 ? "0" : result == getpid() ? "self" : result == getppid() ? "parent" : "other");
    } else {
        say("%ld", result);
    }
    say_arrived();
    say("\n");
}

static void run_peek(char *address, long size) {
    volatile unsigned char *at = (volatile unsigned char *) word(address);
    long sum = 0;
    int fault = sigsetjmp(fault_return, 1);
    if (fault) {
        say("peek %s fault %d\n", address, fault);
        return;
    }
    fault_expected = 1;
    for (long i = 0; i < size; i++) sum = sum * 31 + at[i];
    fault_expected = 0;
    say("peek %s %ld\n", address, sum);
}

static void run_poke(char *address, int byte) {
    volatile unsigned char *at = (volatile unsigned char *) word(address);
    int fault = sigsetjmp(fault_return, 1);
    if (fault) {
        say("poke %s fault %d\n", address, fault);
        return;
    }
    fault_expected = 1;
    *at = (unsigned char) byte;
    fault_expected = 0;
    say("poke %s\n", address);
}

static int run_block(int at);

static int block_end(int at) {
    int depth = 0;
    for (; at < line_count; at++) {
        if (!strncmp(lines[at], "fork", 4) || !strncmp(lines[at], "thread", 6)) depth++;
        if (!strcmp(lines[at], "done") && --depth == 0) return at;
        if (!strcmp(lines[at], "end")) return at - 1;
    }
    return at;
}

static sigset_t mask_of_thread;

static void *thread_main(void *argument) {
    pthread_sigmask(SIG_SETMASK, &mask_of_thread, NULL);
    run_block((int) (long) argument);
    return NULL;
}

static void run_fork(int at, int label) {
    say("%d fork\n", label);
    long child = fork();
    if (child == 0) {
        run_block(at + 1);
        _exit(0);
    }
    results[label % MOST_LABELS] = child;
    if (child < 0) say("%d fork failed\n", label);
    if (child > 0) {
        siginfo_t info = {0};
        while (waitid(P_PID, (id_t) child, &info, WEXITED | WSTOPPED | WNOWAIT) != 0 && errno == EINTR) {
        }
        say("%d child %d %d", label, info.si_code, info.si_status);
        say_arrived();
        say("\n");
    }
}

static void run_thread(int at) {
    pthread_t thread;
    sigset_t all;
    /* Whoever waits for the thread takes no signals: they go to the thread, or wait. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &mask_of_thread);
    if (pthread_create(&thread, NULL, thread_main, (void *) (long) (at + 1)) != 0) {
        say("thread failed\n");
    } else {
        pthread_join(thread, NULL);
        say("thread ended\n");
    }
    pthread_sigmask(SIG_SETMASK, &mask_of_thread, NULL);
}

static void put_hex(unsigned char *to, const char *hex) {
    unsigned byte;
    while (sscanf(hex, "%2x", &byte) == 1) {
        *to++ = (unsigned char) byte;
        hex += 2;
    }
}

/* Runs lines from one on until its block ends; gives the line of the end. */
static int run_block(int at) {
    for (; at < line_count; at++) {
        char copy[8192], *words[16], *rest = copy;
        int count = 0;
        strncpy(copy, lines[at], sizeof copy - 1);
        copy[sizeof copy - 1] = 0;
        for (char *next; count < 16 && (next = strsep(&rest, " ")) != NULL;) {
            if (*next) words[count++] = next;
        }
        if (count == 0) continue;
        const char *what = words[0];
        if (!strcmp(what, "end") || !strcmp(what, "done")) {
            return at;
        } else if (!strcmp(what, "call") && count >= 4) {
            run_call(words, count);
        } else if (!strcmp(what, "str") && count >= 2) {
            const char *text = strstr(lines[at] + 4, " ");
            strcpy((char *) ARENA + strtol(words[1], NULL, 0), text ? text + 1 : "");
        } else if (!strcmp(what, "mem") && count >= 3) {
            put_hex((unsigned char *) ARENA + strtol(words[1], NULL, 0), words[2]);
        } else if (!strcmp(what, "put") && count >= 4) {
            long value = word(words[3]);
            memcpy((char *) ARENA + strtol(words[1], NULL, 0), &value, (size_t) atoi(words[2]));
        } else if (!strcmp(what, "out") && count >= 3) {
            say_bytes((unsigned char *) ARENA + strtol(words[1], NULL, 0), atoi(words[2]));
        } else if (!strcmp(what, "list") && count >= 3) {
            say_names((char *) ARENA + strtol(words[1], NULL, 0), results[atoi(words[2]) % MOST_LABELS]);
        } else if (!strcmp(what, "peek") && count >= 3) {
            run_peek(words[1], atol(words[2]));
        } else if (!strcmp(what, "poke") && count >= 3) {
            run_poke(words[1], atoi(words[2]));
        } else if (!strcmp(what, "fork") && count >= 2) {
            run_fork(at, atoi(words[1]));
            at = block_end(at);
        } else if (!strcmp(what, "thread")) {
            run_thread(at);
            at = block_end(at);
        } else if (!strcmp(what, "exit") && count >= 2) {
            _exit(atoi(words[1]));
        } else {
            fprintf(stderr, "executor: cannot read line: %s\n", lines[at]);
            exit(3);
        }
    }
    return at;
}

static void limit(int resource, rlim_t value) {
    struct rlimit both = {value, value};
    setrlimit(resource, &both);
}

static void prepare(void) {
    setsid();
    umask(022);
    dup2(1, 1000);
    close_range(3, 999, 0);
    for (int fd = 0; fd < 3; fd++) {
        close(fd);
        open("/dev/null", O_RDWR);
    }
    limit(RLIMIT_NOFILE, 32);
    limit(RLIMIT_FSIZE, 1 << 20);
    limit(RLIMIT_SIGPENDING, 16);
    limit(RLIMIT_MEMLOCK, 65536);
    limit(RLIMIT_NPROC, 1000);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_MSGQUEUE, 819200);
    limit(RLIMIT_NICE, 0);
    limit(RLIMIT_RTPRIO, 0);
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_NODEFER};
    for (int signal = 1; signal < 32; signal++) {
        if (signal != SIGKILL && signal != SIGSTOP && signal != SIGCHLD && signal != SIGTSTP && signal != SIGTTIN && signal != SIGTTOU
            && signal != SIGABRT && signal != SIGPIPE) {
            sigaction(signal, &action, NULL);
        }
    }
    for (int signal = 34; signal <= 40; signal++) sigaction(signal, &action, NULL);
    /* Flags of a signal stack pass through execve(2): whoever started this may have set them. */
    stack_t none = {.ss_flags = SS_DISABLE};
    sigaltstack(&none, NULL);
    map_arena();
}

/* Runs the sequence at a line in a process of its own; everything that it started ends with it. */
static void run_sequence(int at, const char *directory) {
    char place[512];
    snprintf(place, sizeof place, "%s/s", directory);
    mkdir(place, 0755);
    printf("%s\n", lines[at]);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        if (chdir(place) != 0) _exit(4);
        prepare();
        run_block(at + 1);
        say_state(place);
        _exit(0);
    }
    struct timespec slice = {0, 2000000}, start, now;
    sigset_t children;
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    clock_gettime(CLOCK_MONOTONIC, &start);
    int status, over = 0;
    for (;;) {
        pid_t ended = waitpid(-1, &status, WNOHANG);
        if (ended == child) break;
        if (ended > 0) continue;
        clock_gettime(CLOCK_MONOTONIC, &now);
        if (!over && now.tv_sec - start.tv_sec > SEQUENCE_LIMIT_S) {
            over = 1;
            kill(child, SIGKILL);
        }
        sigtimedwait(&children, NULL, &slice);
    }
    kill_children();
    if (over) {
        printf("hung\n");
    } else if (WIFSIGNALED(status)) {
        printf("killed by %d\n", WTERMSIG(status));
    } else {
        printf("exit %d\n", WEXITSTATUS(status));
    }
    fflush(stdout);
    remove_tree(place);
    remove_ipc();
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: executor FILE DIRECTORY\n");
        return 2;
    }
    FILE *file = fopen(argv[1], "r");
    if (file == NULL) {
        perror(argv[1]);
        return 2;
    }
    char line[8192];
    while (fgets(line, sizeof line, file) && line_count < MOST_LINES) {
        line[strcspn(line, "\n")] = 0;
        if (line[0] && line[0] != '#') lines[line_count++] = strdup(line);
    }
    fclose(file);
    umask(022);
    mkdir(argv[2], 0755);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    sigset_t children;
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    sigprocmask(SIG_BLOCK, &children, NULL);
    for (int i = 0; i < line_count; i++) {
        if (!strncmp(lines[i], "seq ", 4)) run_sequence(i, argv[2]);
    }
    return 0;
}
