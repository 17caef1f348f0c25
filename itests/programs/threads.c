/* Threads as the C library makes them, and exit_group(2), execve(2), signals and ids among them. */
#include "check.h"
#include <pthread.h>
#include <semaphore.h>

static int counter;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;

static void *count_up(void *argument) {
    for (int i = 0; i < (int)(long)argument; i++) {
        pthread_mutex_lock(&mutex);
        counter++;
        pthread_mutex_unlock(&mutex);
    }
    return (void *)7L;
}

TEST(threads_shareMemoryUnderMutex) {
    pthread_t threads[8];
    for (int i = 0; i < 8; i++) CHECK_EQ(pthread_create(&threads[i], NULL, count_up, (void *)2000L), 0);
    for (int i = 0; i < 8; i++) {
        void *result = NULL;
        CHECK_EQ(pthread_join(threads[i], &result), 0);
        CHECK_EQ((long)result, 7);
    }
    CHECK_EQ(counter, 16000);
}

static int turn;

static void *ping(void *argument) {
    int me = (int)(long)argument;
    for (int i = 0; i < 500; i++) {
        pthread_mutex_lock(&mutex);
        while (turn != me) pthread_cond_wait(&cond, &mutex);
        turn = !me;
        pthread_cond_broadcast(&cond);
        pthread_mutex_unlock(&mutex);
    }
    return NULL;
}

TEST(condition_handsOverInTurn) {
    pthread_t a, b;
    CHECK_EQ(pthread_create(&a, NULL, ping, (void *)0L), 0);
    CHECK_EQ(pthread_create(&b, NULL, ping, (void *)1L), 0);
    CHECK_EQ(pthread_join(a, NULL), 0);
    CHECK_EQ(pthread_join(b, NULL), 0);
    CHECK_EQ(turn, 0);
}

static void *tell_ids(void *argument) {
    pid_t *ids = argument;
    ids[0] = getpid();
    ids[1] = syscall(SYS_gettid);
    ids[2] = getppid();
    return NULL;
}

TEST(threads_haveOnePidAndOwnTids) {
    pid_t ids[3];
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, tell_ids, ids), 0);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(ids[0], getpid());
    CHECK(ids[1] != getpid());
    CHECK_EQ(ids[2], getppid());
}

static __thread int local = 5;

static void *own_local(void *argument) {
    (void)argument;
    local++;
    return (void *)(long)local;
}

TEST(threadLocals_areSeparate) {
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) CHECK_EQ(pthread_create(&threads[i], NULL, own_local, NULL), 0);
    for (int i = 0; i < 4; i++) {
        void *result;
        CHECK_EQ(pthread_join(threads[i], &result), 0);
        CHECK_EQ((long)result, 6);
    }
    CHECK_EQ(local, 5);
}

static void *wait_forever(void *argument) {
    (void)argument;
    for (;;) pause();
    return NULL;
}

static void *spin_forever(void *argument) {
    for (volatile long *count = argument;; (*count)++);
    return NULL;
}

static void *leave_group(void *argument) {
    (void)argument;
    sleep_ms(20);
    exit(13);
}

TEST(exitGroup_fromThread_endsAll) {
    int status = IN_CHILD(
        long count = 0;
        pthread_t t;
        pthread_create(&t, NULL, wait_forever, NULL);
        pthread_create(&t, NULL, spin_forever, &count);
        pthread_create(&t, NULL, leave_group, NULL);
        wait_forever(NULL));
    CHECK_EQ(status, EXITED(13));
}

static void *later(void *argument) {
    (void)argument;
    sleep_ms(50);
    _exit(14);
}

TEST(mainThreadExit_leavesOthersRunning) {
    int status = IN_CHILD(
        pthread_t t;
        pthread_create(&t, NULL, later, NULL);
        syscall(SYS_exit, 3));
    CHECK_EQ(status, EXITED(14));
}

static void *exec_here(void *argument) {
    (void)argument;
    execl("/bin/sh", "sh", "-c", "test $$ = $MY_PID && exit 15", NULL);
    return NULL;
}

TEST(exec_fromThread_takesPidAndEndsOthers) {
    int status = IN_CHILD(
        char pid[16];
        pthread_t t;
        snprintf(pid, sizeof pid, "%d", getpid());
        setenv("MY_PID", pid, 1);
        pthread_create(&t, NULL, wait_forever, NULL);
        pthread_create(&t, NULL, exec_here, NULL);
        wait_forever(NULL));
    CHECK_EQ(status, EXITED(15));
}

static volatile pid_t handled_by;

static void note_tid(int signal) {
    (void)signal;
    handled_by = syscall(SYS_gettid);
}

static void *report_tid(void *argument) {
    *(volatile pid_t *)argument = syscall(SYS_gettid);
    while (!handled_by) sleep_ms(1);
    return NULL;
}

TEST(tgkill_reachesThatThread) {
    pthread_t thread;
    volatile pid_t tid = 0;
    signal(SIGUSR1, note_tid);
    CHECK_EQ(pthread_create(&thread, NULL, report_tid, (void *)&tid), 0);
    EVENTUALLY(tid != 0);
    CHECK_OK(syscall(SYS_tgkill, getpid(), tid, SIGUSR1));
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(handled_by, tid);
    CHECK_ERR(syscall(SYS_tgkill, getpid(), 4000000, SIGUSR1), ESRCH);
    CHECK_ERR(syscall(SYS_tgkill, getpid(), -1, SIGUSR1), EINVAL);
    CHECK_ERR(syscall(SYS_tgkill, getppid(), getpid(), SIGUSR1), ESRCH);
}

TEST(processSignal_goesToThreadThatDoesNotBlock) {
    pthread_t thread;
    volatile pid_t tid = 0;
    sigset_t set;
    signal(SIGUSR1, note_tid);
    CHECK_EQ(pthread_create(&thread, NULL, report_tid, (void *)&tid), 0);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    CHECK_EQ(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
    EVENTUALLY(tid != 0);
    CHECK_OK(kill(getpid(), SIGUSR1));
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(handled_by, tid);
}

TEST(fork_inThreadedProcess_takesOnlyCaller) {
    pthread_t thread;
    long spun = 0;
    CHECK_EQ(pthread_create(&thread, NULL, spin_forever, &spun), 0);
    CHECK_EQ(IN_CHILD(
        volatile long before = spun;
        sleep_ms(20);
        CHECK_EQ(before, spun);
        CHECK_EQ(syscall(SYS_gettid), getpid())), 0);
}

static sem_t semaphore;

static void *post_later(void *argument) {
    (void)argument;
    sleep_ms(30);
    sem_post(&semaphore);
    return NULL;
}

TEST(semaphore_andBarrier_work) {
    pthread_t thread;
    CHECK_OK(sem_init(&semaphore, 0, 0));
    CHECK_ERR(sem_trywait(&semaphore), EAGAIN);
    CHECK_EQ(pthread_create(&thread, NULL, post_later, NULL), 0);
    CHECK_OK(sem_wait(&semaphore));
    CHECK_EQ(pthread_join(thread, NULL), 0);
    struct timespec past = {1, 0};
    CHECK_ERR(sem_timedwait(&semaphore, &past), ETIMEDOUT);
}

TEST(cancel_interruptsBlockedRead) {
    int fds[2];
    void *result = NULL;
    pthread_t thread;
    CHECK_OK(pipe(fds));
    void *reader(void *argument) {
        char byte;
        read(*(int *)argument, &byte, 1);
        return NULL;
    }
    CHECK_EQ(pthread_create(&thread, NULL, reader, fds), 0);
    sleep_ms(30);
    CHECK_EQ(pthread_cancel(thread), 0);
    CHECK_EQ(pthread_join(thread, &result), 0);
    CHECK_EQ((long)result, (long)PTHREAD_CANCELED);
}

static void *raise_stack(void *argument) {
    volatile char frame[32768];
    memset((void *)frame, 1, sizeof frame);
    return argument;
}

TEST(manyThreads_comeAndGo) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    CHECK_EQ(pthread_attr_setstacksize(&attributes, 128 << 10), 0);
    for (int round = 0; round < 5; round++) {
        pthread_t threads[60];
        for (int i = 0; i < 60; i++) CHECK_EQ(pthread_create(&threads[i], &attributes, raise_stack, NULL), 0);
        for (int i = 0; i < 60; i++) CHECK_EQ(pthread_join(threads[i], NULL), 0);
    }
}

TEST(sigprocmask_isPerThread) {
    pthread_t thread;
    sigset_t set;
    void *blocker(void *argument) {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_BLOCK, &all, NULL);
        return argument;
    }
    CHECK_EQ(pthread_create(&thread, NULL, blocker, NULL), 0);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(pthread_sigmask(SIG_BLOCK, NULL, &set), 0);
    CHECK_EQ(sigismember(&set, SIGUSR1), 0);
}

TEST(processExit_whileThreadsBlockedInKernel_isClean) {
    for (int i = 0; i < 20; i++) {
        CHECK_EQ(IN_CHILD(
            pthread_t t;
            for (int k = 0; k < 5; k++) pthread_create(&t, NULL, wait_forever, NULL);
            _exit(i)), EXITED(i));
    }
}
