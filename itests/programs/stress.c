/* Many things at once: faults of threads, fork under writers, rings of pipes, storms of exec and signals. */
#define CHECK_TIMEOUT 300
#include "check.h"
#include <linux/futex.h>
#include <dirent.h>
#include "faults.h"
#include <pthread.h>

#define PAGE 4096L
#define RW (PROT_READ | PROT_WRITE)

static char *area;
static volatile int stop;

static void *touch_all(void *argument) {
    long me = (long)argument;
    for (long i = 0; i < 2000; i++) __atomic_fetch_add((int *)(area + i * PAGE), 1 << me * 4, __ATOMIC_SEQ_CST);
    return NULL;
}

TEST(threadsFaultingTogether_loseNothing) {
    pthread_t threads[4];
    area = mmap(NULL, 2000 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(area != MAP_FAILED);
    for (long i = 0; i < 4; i++) CHECK_EQ(pthread_create(&threads[i], NULL, touch_all, (void *)i), 0);
    for (int i = 0; i < 4; i++) CHECK_EQ(pthread_join(threads[i], NULL), 0);
    for (long i = 0; i < 2000; i++) REQUIRE(*(int *)(area + i * PAGE) == 0x1111);
}

static void *write_always(void *argument) {
    (void)argument;
    /* fork may catch the two pages at different moments; but what the child got must not change any more. */
    volatile long *a = (long *)area, *b = (long *)(area + PAGE);
    while (!stop) {
        (*a)++;
        (*b)++;
    }
    return NULL;
}

TEST(forkUnderWriter_givesChildItsOwn) {
    pthread_t thread;
    area = mmap(NULL, 2 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(area != MAP_FAILED);
    CHECK_EQ(pthread_create(&thread, NULL, write_always, NULL), 0);
    for (int i = 0; i < 30; i++) {
        CHECK_EQ(IN_CHILD(
            long a = *(volatile long *)area;
            long b = *(volatile long *)(area + PAGE);
            sleep_ms(1);
            CHECK_EQ(*(volatile long *)area, a);
            CHECK_EQ(*(volatile long *)(area + PAGE), b)), 0);
    }
    stop = 1;
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(*(long *)area, *(long *)(area + PAGE));
}

static void *flip(void *argument) {
    (void)argument;
    while (!stop) {
        mprotect(area, PAGE, PROT_READ);
        mprotect(area, PAGE, RW);
    }
    return NULL;
}

static volatile long faults_taken;

static void on_write_fault(int signal, siginfo_t *info, void *context) {
    (void)context;
    if (signal != SIGSEGV || (char *)info->si_addr < area || (char *)info->si_addr >= area + PAGE) _exit(9);
    faults_taken++;
}

TEST(protectionChangedByOtherThread_isSeenExactly) {
    pthread_t thread;
    area = mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct sigaction action = {.sa_sigaction = on_write_fault, .sa_flags = SA_SIGINFO};
    CHECK_OK(sigaction(SIGSEGV, &action, NULL));
    CHECK_EQ(pthread_create(&thread, NULL, flip, NULL), 0);
    for (int i = 0; i < 3000; i++) ((volatile int *)area)[0]++;
    stop = 1;
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(*(int *)area, 3000);
}

static void *map_and_unmap(void *argument) {
    for (int i = 0; i < 200; i++) {
        char *at = mmap(NULL, 16 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (at == MAP_FAILED) return (void *)1L;
        for (int k = 0; k < 16; k++) at[k * PAGE] = i + k + (int)(long)argument;
        for (int k = 0; k < 16; k++) {
            if (at[k * PAGE] != (char)(i + k + (int)(long)argument)) return (void *)2L;
        }
        munmap(at, 16 * PAGE);
    }
    return NULL;
}

TEST(threadsMappingTogether_doNotMix) {
    pthread_t threads[6];
    for (long i = 0; i < 6; i++) CHECK_EQ(pthread_create(&threads[i], NULL, map_and_unmap, (void *)(i * 7)), 0);
    for (int i = 0; i < 6; i++) {
        void *result = (void *)9L;
        CHECK_EQ(pthread_join(threads[i], &result), 0);
        CHECK_EQ((long)result, 0);
    }
}

TEST(ringOfProcesses_passesToken) {
    enum { SIZE = 12, ROUNDS = 30 };
    int fds[SIZE][2];
    for (int i = 0; i < SIZE; i++) REQUIRE_OK(pipe(fds[i]));
    for (int i = 1; i < SIZE; i++) {
        START_CHILD(
            int value;
            for (int k = 0; k < ROUNDS; k++) {
                REQUIRE(read(fds[i - 1][0], &value, sizeof value) == sizeof value);
                value++;
                REQUIRE(write(fds[i][1], &value, sizeof value) == sizeof value);
            });
    }
    int value = 0;
    for (int k = 0; k < ROUNDS; k++) {
        REQUIRE(write(fds[0][1], &value, sizeof value) == sizeof value);
        REQUIRE(read(fds[SIZE - 1][0], &value, sizeof value) == sizeof value);
    }
    CHECK_EQ(value, (SIZE - 1) * ROUNDS);
}

TEST(execsInParallel_allEnd) {
    for (int round = 0; round < 5; round++) {
        pid_t pids[10];
        for (int i = 0; i < 10; i++) {
            char code[32];
            snprintf(code, sizeof code, "exit %d", i);
            pids[i] = START_CHILD(execl("/bin/sh", "sh", "-c", code, NULL));
        }
        for (int i = 0; i < 10; i++) CHECK_EQ(wait_for(pids[i]), EXITED(i));
    }
}

static volatile sig_atomic_t signals;

static void note(int signal) {
    (void)signal;
    signals++;
}

TEST(forksUnderSignals_areWhole) {
    signal(SIGALRM, note);
    struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
    CHECK_OK(sigaction(SIGALRM, &action, NULL));
    struct itimerval timer = {{0, 3000}, {0, 3000}};
    CHECK_OK(setitimer(ITIMER_REAL, &timer, NULL));
    for (int i = 0; i < 60 || (signals == 0 && i < 10000); i++) CHECK_EQ(IN_CHILD(_exit(i & 63)), EXITED(i & 63));
    CHECK(signals > 0);
}

static void *yes(void *argument) {
    (void)argument;
    while (!stop) sched_yield();
    return NULL;
}

TEST(killDuringThreads_reapsAll) {
    for (int i = 0; i < 15; i++) {
        int *ready = shared_memory(PAGE);
        pid_t child = START_CHILD(
            pthread_t t;
            for (int k = 0; k < 4; k++) pthread_create(&t, NULL, yes, NULL);
            *(volatile int *)ready = 1;
            for (;;) pause());
        EVENTUALLY(*(volatile int *)ready == 1);
        CHECK_OK(kill(child, SIGKILL));
        CHECK_EQ(WTERMSIG(wait_for(child)), SIGKILL);
        munmap(ready, PAGE);
    }
}

TEST(sharedCounters_acrossProcessesAndThreads) {
    long *counter = shared_memory(PAGE);
    void *add(void *argument) {
        for (int i = 0; i < 5000; i++) __atomic_fetch_add((long *)argument, 1, __ATOMIC_SEQ_CST);
        return NULL;
    }
    for (int p = 0; p < 3; p++) {
        START_CHILD(
            pthread_t threads[3];
            for (int i = 0; i < 3; i++) pthread_create(&threads[i], NULL, add, counter);
            for (int i = 0; i < 3; i++) pthread_join(threads[i], NULL));
    }
    for (int p = 0; p < 3; p++) CHECK_OK(wait(NULL));
    CHECK_EQ(*counter, 45000);
}

TEST(filesInParallel_areAllThere) {
    for (int p = 0; p < 4; p++) {
        START_CHILD(
            char name[32];
            for (int i = 0; i < 100; i++) {
                snprintf(name, sizeof name, "f%d-%d", p, i);
                close(make_file(name, name));
                if (i % 3 == 0) CHECK_OK(unlink(name));
                else if (i % 3 == 1) CHECK_OK(rename(name, strcat(strcpy((char[40]){0}, name), "r")));
            });
    }
    for (int p = 0; p < 4; p++) CHECK_OK(wait(NULL));
    int count = 0;
    char name[48];
    for (int p = 0; p < 4; p++) {
        for (int i = 0; i < 100; i++) {
            snprintf(name, sizeof name, "f%d-%d%s", p, i, i % 3 == 1 ? "r" : "");
            count += access(name, F_OK) == 0;
        }
    }
    CHECK_EQ(count, 264);
}

#define MANY_THREADS 1000

static pthread_barrier_t everybody;
static int arrived, ring[MANY_THREADS + 1];

/* Is there with all others at once, then hands a token to its neighbour. */
static void *neighbour(void *place) {
    int own = (int)(intptr_t)place;
    char name[16];
    snprintf(name, sizeof name, "n%d", own);
    CHECK_EQ(prctl(PR_SET_NAME, name), 0);
    __atomic_fetch_add(&arrived, 1, __ATOMIC_SEQ_CST);
    pthread_barrier_wait(&everybody);
    while (__atomic_load_n(ring + own, __ATOMIC_SEQ_CST) == 0)
        syscall(SYS_futex, ring + own, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
    __atomic_store_n(ring + own + 1, 1, __ATOMIC_SEQ_CST);
    syscall(SYS_futex, ring + own + 1, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    return place;
}

TEST(aThousandThreads_liveAtOnceAndTalk) {
    pthread_t threads[MANY_THREADS];
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    CHECK_EQ(pthread_attr_setstacksize(&attributes, 65536), 0);
    pthread_barrier_init(&everybody, NULL, MANY_THREADS + 1);
    for (int i = 0; i < MANY_THREADS; i++)
        REQUIRE(pthread_create(threads + i, &attributes, neighbour, (void *)(intptr_t)i) == 0);
    pthread_barrier_wait(&everybody);
    CHECK_EQ(arrived, MANY_THREADS);
    char path[64];
    int listed = 0;
    snprintf(path, sizeof path, "/proc/%d/task", getpid());
    DIR *tasks = opendir(path);
    REQUIRE(tasks != NULL);
    for (struct dirent *entry; (entry = readdir(tasks));) listed += entry->d_name[0] != '.';
    closedir(tasks);
    CHECK_EQ(listed, MANY_THREADS + 1);
    __atomic_store_n(ring, 1, __ATOMIC_SEQ_CST);
    syscall(SYS_futex, ring, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    for (int i = 0; i < MANY_THREADS; i++) {
        void *result = NULL;
        CHECK_EQ(pthread_join(threads[i], &result), 0);
        CHECK_EQ((intptr_t)result, i);
    }
    CHECK_EQ(ring[MANY_THREADS], 1);
}
