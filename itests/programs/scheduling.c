/* setpriority(2), sched_setaffinity(2), sched_setscheduler(2): that they have an effect, whatever else the machine does. */
#include "check.h"

#include <pthread.h>

/* The n-th CPU that this process may use; the number of them is told, too. */
static int cpu_at(int n, int *count) {
    cpu_set_t set;
    REQUIRE_OK(sched_getaffinity(0, sizeof set, &set));
    *count = CPU_COUNT(&set);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET(cpu, &set) && n-- == 0) return cpu;
    }
    return -1;
}

static void stay_on(int cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    REQUIRE_OK(sched_setaffinity(0, sizeof set, &set));
}

static double seconds(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

struct race {
    volatile int ready;
    volatile double end; /* common to both: who starts late is not alone later */
};

/* Uses the CPU from the start until the time is over, and tells how much of it there was. */
static double busy(struct race *race) {
    __atomic_add_fetch(&race->ready, 1, __ATOMIC_SEQ_CST);
    while (race->end == 0) sched_yield();
    double begin = seconds(CLOCK_PROCESS_CPUTIME_ID);
    while (seconds(CLOCK_MONOTONIC) < race->end) {
        for (volatile int i = 0; i < 20000; i++);
    }
    return seconds(CLOCK_PROCESS_CPUTIME_ID) - begin;
}

/* What part of the CPU time of two the first one gets, on one CPU. The second one does not change itself. */
static double share(void (*change)(void)) {
    int count, cpu = cpu_at(0, &count);
    struct race *race = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    volatile double *used = (double *)(race + 1);
    for (int i = 0; i < 2; i++) {
        if (fork() == 0) {
            stay_on(cpu);
            if (i == 0) change();
            used[i] = busy(race);
            _exit(0);
        }
    }
    while (race->ready < 2) usleep(1000);
    race->end = seconds(CLOCK_MONOTONIC) + 2;
    int status;
    for (int i = 0; i < 2; i++) REQUIRE(wait(&status) > 0 && status == 0);
    return used[0] / (used[0] + used[1]);
}

static void nothing(void) {}

static void be_nice(void) {
    REQUIRE_OK(setpriority(PRIO_PROCESS, 0, 19));
}

static void be_idle(void) {
    struct sched_param param = {0};
    REQUIRE_OK(sched_setscheduler(0, SCHED_IDLE, &param));
}

static void be_nice_and_back(void) {
    REQUIRE_OK(setpriority(PRIO_PROCESS, 0, 19));
    for (volatile int i = 0; i < 1000000; i++);
    REQUIRE_OK(setpriority(PRIO_PROCESS, 0, 0));
}

/* Is niced by another thread while it runs, and does not notice. */
static void *nicer(void *tid) {
    usleep(20000);
    REQUIRE_OK(setpriority(PRIO_PROCESS, *(pid_t *)tid, 19));
    return NULL;
}

static void be_niced(void) {
    static pid_t tid;
    pthread_t thread;
    tid = getpid();
    REQUIRE(pthread_create(&thread, NULL, nicer, &tid) == 0);
    for (double end = seconds(CLOCK_MONOTONIC) + 0.1; seconds(CLOCK_MONOTONIC) < end;);
    pthread_join(thread, NULL);
}

static void fork_nicely(void) {
    be_nice();
    if (fork() == 0) return;
    int status;
    wait(&status);
    _exit(status != 0);
}

TEST(equals_shareEqually) {
    double part = share(nothing);
    CHECK(part > 0.25 && part < 0.75);
}

TEST(nice_getsLess) {
    CHECK(share(be_nice) < 0.25);
}

TEST(nice_byAnotherThread_getsLess) {
    CHECK(share(be_niced) < 0.25);
}

TEST(nice_isInherited) {
    CHECK(share(fork_nicely) < 0.25);
}

TEST(idle_getsLess) {
    CHECK(share(be_idle) < 0.25);
}

TEST(nice_takenBack_getsItsPart) {
    need_root();
    double part = share(be_nice_and_back);
    CHECK(part > 0.25 && part < 0.75);
}

TEST(affinity_isWhereATaskRuns) {
    int count;
    cpu_at(0, &count);
    for (int round = 0; round < 3; round++) {
        for (int n = 0; n < count && n < 4; n++) {
            cpu_set_t all;
            REQUIRE_OK(sched_getaffinity(0, sizeof all, &all));
            int cpu = cpu_at(n, &count);
            stay_on(cpu);
            for (int i = 0; i < 20; i++) {
                CHECK_EQ(sched_getcpu(), cpu);
                if (i % 4 == 0) usleep(2000);
            }
            REQUIRE_OK(sched_setaffinity(0, sizeof all, &all));
        }
    }
}

static volatile double end_ns;

static void *spin(void *cpu) {
    stay_on((int)(long)cpu);
    while (seconds(CLOCK_MONOTONIC) < end_ns) {
        for (volatile int i = 0; i < 20000; i++);
    }
    return NULL;
}

TEST(affinity_ofAllThreads_keepsThemOnOneCpu) {
    int count, cpu = cpu_at(1, &count);
    if (count < 2) SKIP("one CPU only");
    pthread_t threads[4];
    double begin = seconds(CLOCK_MONOTONIC), used = seconds(CLOCK_PROCESS_CPUTIME_ID);
    end_ns = begin + 1.5;
    for (int i = 0; i < 4; i++) REQUIRE(pthread_create(&threads[i], NULL, spin, (void *)(long)cpu) == 0);
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    double wall = seconds(CLOCK_MONOTONIC) - begin;
    CHECK(seconds(CLOCK_PROCESS_CPUTIME_ID) - used < wall * 1.3);
}
