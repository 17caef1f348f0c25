/* futex(2): FUTEX_WAIT_REQUEUE_PI and FUTEX_CMP_REQUEUE_PI, and what must not be mixed with FUTEX_LOCK_PI. */
#include "check.h"
#include <linux/futex.h>
#include <pthread.h>

/* A condition and the lock that comes with it, as pthread_cond_wait(3) had them. */
static int *condition, *lock, *other, *count;

static long futex(int *word, int operation, int value, const void *timeout, int *second, int last) {
    return syscall(SYS_futex, word, operation, value, timeout, second, last);
}

static long wait_requeue(int *word, int value, const struct timespec *timeout, int *target) {
    return futex(word, FUTEX_WAIT_REQUEUE_PI, value, timeout, target, 0);
}

static long cmp_requeue(int *word, int wake, long move, int *target, int expected) {
    return futex(word, FUTEX_CMP_REQUEUE_PI, wake, (void *)move, target, expected);
}

static void setup(void) {
    condition = shared_memory(4096);
    lock = condition + 16;
    other = condition + 32;
    count = condition + 48;
}

static int load(int *word) {
    return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

static struct timespec in_ms(clockid_t clock, int ms) {
    struct timespec when;
    clock_gettime(clock, &when);
    when.tv_nsec += ms % 1000 * 1000000L;
    when.tv_sec += ms / 1000 + when.tv_nsec / 1000000000;
    when.tv_nsec %= 1000000000;
    return when;
}

/* A plain requeue meets a waiter that only a PI requeue may move. */
static void until_waiting(int *word) {
    EVENTUALLY(futex(word, FUTEX_REQUEUE, 0, (void *)1L, other, 0) == -1 && errno == EINVAL);
}

static bool sleeps(pid_t pid) {
    char path[64], state = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "r");
    if (file == NULL) return false;
    int n = fscanf(file, "%*d %*[^)]) %c", &state);
    fclose(file);
    return n == 1 && state == 'S';
}

/* Waits, owns the lock, counts, gives it back. */
static pid_t start_waiter(void) {
    pid_t child = START_CHILD(
        CHECK_EQ(wait_requeue(condition, 0, NULL, lock), 0);
        CHECK_EQ(load(lock) & FUTEX_TID_MASK, getpid());
        ++*count;
        CHECK_EQ(futex(lock, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0), 0));
    until_waiting(condition);
    EVENTUALLY(sleeps(child));
    return child;
}

TEST(waitRequeue_withBadArguments_fails) {
    setup();
    CHECK_ERR(wait_requeue(condition, 0, NULL, condition), EINVAL);
    CHECK_ERR(wait_requeue(condition, 1, NULL, lock), EAGAIN);
    CHECK_ERR(wait_requeue(condition, 0, NULL, (int *)((char *)lock + 1)), EINVAL);
    CHECK_ERR(wait_requeue((int *)((char *)condition + 1), 0, NULL, lock), EINVAL);
    CHECK_ERR(wait_requeue(condition, 0, NULL, (int *)8), EFAULT);
    CHECK_ERR(wait_requeue((int *)8, 0, NULL, lock), EFAULT);
    struct timespec bad = {0, 1000000000};
    CHECK_ERR(wait_requeue(condition, 0, &bad, lock), EINVAL);
    CHECK_ERR(wait_requeue(condition, 0, (void *)8, lock), EFAULT);
}

TEST(cmpRequeue_withBadArguments_fails) {
    setup();
    CHECK_ERR(cmp_requeue(condition, 1, 1, condition, 0), EINVAL);
    CHECK_ERR(cmp_requeue(condition, 0, 1, lock, 0), EINVAL);
    CHECK_ERR(cmp_requeue(condition, 2, 1, lock, 0), EINVAL);
    CHECK_ERR(cmp_requeue(condition, 1, -1, lock, 0), EINVAL);
    CHECK_ERR(cmp_requeue(condition, 1, 1, lock, 7), EAGAIN);
    CHECK_ERR(cmp_requeue(condition, 1, 1, (int *)((char *)lock + 2), 0), EINVAL);
    CHECK_ERR(cmp_requeue(condition, 1, 1, (int *)8, 0), EFAULT);
    CHECK_ERR(futex(condition, FUTEX_CMP_REQUEUE_PI | FUTEX_CLOCK_REALTIME, 1, (void *)1L, lock, 0), ENOSYS);
    CHECK_EQ(cmp_requeue(condition, 1, 1, lock, 0), 0);
    CHECK_EQ(*lock, 0);
}

TEST(twoNamesOfOneWord_areRefused) {
    int fd = make_file("word", "0123456789abcdef");
    int *a = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    int *b = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK_ERR(cmp_requeue(a, 1, 1, b, *a), EINVAL);
    CHECK_ERR(wait_requeue(a, *a, NULL, b), EINVAL);
}

TEST(waitRequeue_withTimeout_failsEtimedout) {
    setup();
    int64_t start = now_ns();
    struct timespec when = in_ms(CLOCK_MONOTONIC, 30);
    CHECK_ERR(wait_requeue(condition, 0, &when, lock), ETIMEDOUT);
    CHECK(now_ns() - start >= 29000000);
    when = in_ms(CLOCK_REALTIME, 30);
    CHECK_ERR(futex(condition, FUTEX_WAIT_REQUEUE_PI | FUTEX_CLOCK_REALTIME, 0, &when, lock, 0), ETIMEDOUT);
    struct timespec past = {1, 0};
    CHECK_ERR(wait_requeue(condition, 0, &past, lock), ETIMEDOUT);
    CHECK_EQ(*lock, 0);
    /* It has left: nobody to requeue, and plain operations are welcome again. */
    CHECK_EQ(cmp_requeue(condition, 1, 1, lock, 0), 0);
    CHECK_EQ(futex(condition, FUTEX_WAKE, 1, NULL, NULL, 0), 0);
}

TEST(signal_givesTheLockWhenItIsFree) {
    setup();
    pid_t child = START_CHILD(
        CHECK_EQ(wait_requeue(condition, 0, NULL, lock), 0);
        CHECK_EQ(load(lock), getpid());
        CHECK_EQ(futex(lock, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0), 0);
        CHECK_EQ(load(lock), 0));
    until_waiting(condition);
    CHECK_EQ(cmp_requeue(condition, 1, 0, lock, 0), 1);
    CHECK_EQ(wait_for(child), 0);
}

TEST(signal_queuesTheWaiterWhenTheLockIsHeld) {
    setup();
    CHECK_EQ(futex(lock, FUTEX_LOCK_PI, 0, NULL, NULL, 0), 0);
    pid_t child = start_waiter();
    CHECK_EQ(cmp_requeue(condition, 1, 0, lock, 0), 1);
    CHECK_EQ(*lock, (int)(getpid() | FUTEX_WAITERS));
    sleep_ms(30);
    CHECK_EQ(load(count), 0);
    CHECK_EQ(cmp_requeue(condition, 1, 1, lock, 0), 0);
    CHECK_EQ(futex(lock, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0), 0);
    CHECK_EQ(wait_for(child), 0);
    CHECK_EQ(load(count), 1);
    CHECK_EQ(load(lock), 0);
}

TEST(broadcast_movesAllAndEachOwnsTheLockOnce) {
    setup();
    pid_t children[5];
    for (int i = 0; i < 5; i++) children[i] = start_waiter();
    /* Free: the first owns it, the others queue. */
    CHECK_EQ(cmp_requeue(condition, 1, INT_MAX, lock, 0), 5);
    for (int i = 0; i < 5; i++) CHECK_EQ(wait_for(children[i]), 0);
    CHECK_EQ(load(count), 5);
    CHECK_EQ(load(lock) & FUTEX_TID_MASK, 0);
}

TEST(broadcast_movesAsManyAsAskedFor) {
    setup();
    CHECK_EQ(futex(lock, FUTEX_LOCK_PI, 0, NULL, NULL, 0), 0);
    pid_t children[4];
    for (int i = 0; i < 4; i++) children[i] = start_waiter();
    CHECK_EQ(cmp_requeue(condition, 1, 2, lock, 0), 3);
    until_waiting(condition);
    CHECK_EQ(cmp_requeue(condition, 1, 2, lock, 0), 1);
    CHECK_EQ(futex(lock, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0), 0);
    for (int i = 0; i < 4; i++) CHECK_EQ(wait_for(children[i]), 0);
    CHECK_EQ(load(count), 4);
}

TEST(requeueToAnotherTarget_isRefused) {
    setup();
    pid_t child = start_waiter();
    CHECK_ERR(cmp_requeue(condition, 1, 1, other, 0), EINVAL);
    CHECK_EQ(*other, 0);
    CHECK_EQ(cmp_requeue(condition, 1, 1, lock, 0), 1);
    CHECK_EQ(wait_for(child), 0);
}

TEST(plainOperations_onARequeueWaiter_areRefused) {
    setup();
    pid_t child = start_waiter();
    CHECK_ERR(futex(condition, FUTEX_WAKE, 1, NULL, NULL, 0), EINVAL);
    CHECK_ERR(futex(condition, FUTEX_WAKE_BITSET, 1, NULL, NULL, 2), EINVAL);
    CHECK_ERR(futex(condition, FUTEX_REQUEUE, 1, (void *)1L, lock, 0), EINVAL);
    CHECK_ERR(futex(condition, FUTEX_CMP_REQUEUE, 0, (void *)1L, lock, 0), EINVAL);
    CHECK_ERR(futex(condition, FUTEX_WAKE_OP, 1, (void *)1L, other, FUTEX_OP(FUTEX_OP_SET, 0, FUTEX_OP_CMP_EQ, 0)), EINVAL);
    CHECK_EQ(cmp_requeue(condition, 1, 1, lock, 0), 1);
    CHECK_EQ(wait_for(child), 0);
}

TEST(piRequeue_ofAPlainWaiter_isRefused) {
    setup();
    pid_t child = START_CHILD(CHECK_EQ(futex(condition, FUTEX_WAIT, 0, NULL, NULL, 0), 0));
    EVENTUALLY(futex(condition, FUTEX_CMP_REQUEUE, 0, (void *)1L, condition, 0) == 1);
    CHECK_ERR(cmp_requeue(condition, 1, 1, lock, 0), EINVAL);
    CHECK_EQ(futex(condition, FUTEX_WAKE, 1, NULL, NULL, 0), 1);
    CHECK_EQ(wait_for(child), 0);
}

TEST(plainOperations_onALockWithWaiters_areRefused) {
    setup();
    CHECK_EQ(futex(lock, FUTEX_LOCK_PI, 0, NULL, NULL, 0), 0);
    pid_t child = START_CHILD(
        CHECK_EQ(futex(lock, FUTEX_LOCK_PI, 0, NULL, NULL, 0), 0);
        CHECK_EQ(futex(lock, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0), 0));
    EVENTUALLY(load(lock) & FUTEX_WAITERS);
    EVENTUALLY(sleeps(child));
    CHECK_ERR(futex(lock, FUTEX_WAKE, 1, NULL, NULL, 0), EINVAL);
    CHECK_ERR(futex(lock, FUTEX_REQUEUE, 1, (void *)1L, other, 0), EINVAL);
    CHECK_EQ(futex(lock, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0), 0);
    CHECK_EQ(wait_for(child), 0);
}

TEST(lockPi_onAWordWithPlainWaiters_isRefused) {
    setup();
    pid_t child = START_CHILD(CHECK_EQ(futex(lock, FUTEX_WAIT, 0, NULL, NULL, 0), 0));
    EVENTUALLY(futex(lock, FUTEX_CMP_REQUEUE, 0, (void *)1L, lock, 0) == 1);
    CHECK_ERR(futex(lock, FUTEX_LOCK_PI, 0, NULL, NULL, 0), EINVAL);
    CHECK_EQ(futex(lock, FUTEX_WAKE, 1, NULL, NULL, 0), 1);
    CHECK_EQ(wait_for(child), 0);
}

TEST(timeout_afterTheRequeue_failsEtimedout) {
    setup();
    CHECK_EQ(futex(lock, FUTEX_LOCK_PI, 0, NULL, NULL, 0), 0);
    pid_t child = START_CHILD(
        struct timespec when = in_ms(CLOCK_MONOTONIC, 300);
        CHECK_ERR(wait_requeue(condition, 0, &when, lock), ETIMEDOUT));
    until_waiting(condition);
    CHECK_EQ(cmp_requeue(condition, 1, 1, lock, 0), 1);
    CHECK_EQ(wait_for(child), 0);
    /* It has left the queue of the lock. */
    CHECK_EQ(futex(lock, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0), 0);
    CHECK_EQ(load(lock), 0);
}

static void nothing(int signal) {
    (void)signal;
}

static void handle(int flags) {
    struct sigaction action = {.sa_handler = nothing, .sa_flags = flags};
    CHECK_OK(sigaction(SIGUSR1, &action, NULL));
}

TEST(signalHandler_beforeTheRequeue_goesOnWaiting) {
    setup();
    pid_t child = START_CHILD(
        handle(0);
        CHECK_EQ(wait_requeue(condition, 0, NULL, lock), 0);
        CHECK_EQ(futex(lock, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0), 0));
    until_waiting(condition);
    for (int i = 0; i < 5; i++) {
        CHECK_OK(kill(child, SIGUSR1));
        sleep_ms(10);
    }
    until_waiting(condition);
    CHECK_EQ(cmp_requeue(condition, 1, 0, lock, 0), 1);
    CHECK_EQ(wait_for(child), 0);
}

TEST(signalHandler_afterTheRequeue_failsEagain) {
    setup();
    CHECK_EQ(futex(lock, FUTEX_LOCK_PI, 0, NULL, NULL, 0), 0);
    pid_t child = START_CHILD(
        handle(SA_RESTART);
        CHECK_ERR(wait_requeue(condition, 0, NULL, lock), EAGAIN));
    until_waiting(condition);
    CHECK_EQ(cmp_requeue(condition, 1, 1, lock, 0), 1);
    EVENTUALLY(sleeps(child));
    CHECK_OK(kill(child, SIGUSR1));
    CHECK_EQ(wait_for(child), 0);
    CHECK_EQ(futex(lock, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0), 0);
    CHECK_EQ(load(lock), 0);
}

TEST(deathOfTheOwner_givesTheLockMarked) {
    setup();
    pid_t owner = START_CHILD(CHECK_EQ(futex(lock, FUTEX_LOCK_PI, 0, NULL, NULL, 0), 0); pause());
    EVENTUALLY(load(lock) == owner);
    pid_t child = START_CHILD(
        CHECK_EQ(wait_requeue(condition, 0, NULL, lock), 0);
        CHECK_EQ(load(lock), (int)(getpid() | FUTEX_OWNER_DIED | FUTEX_WAITERS)));
    until_waiting(condition);
    CHECK_EQ(cmp_requeue(condition, 1, 0, lock, 0), 1);
    CHECK_OK(kill(owner, SIGKILL));
    CHECK_EQ(WTERMSIG(wait_for(owner)), SIGKILL);
    CHECK_EQ(wait_for(child), 0);
}

TEST(deathOfAWaiter_takesItOut) {
    setup();
    pid_t first = start_waiter();
    CHECK_OK(kill(first, SIGKILL));
    CHECK_EQ(WTERMSIG(wait_for(first)), SIGKILL);
    CHECK_EQ(cmp_requeue(condition, 1, 1, lock, 0), 0);
    CHECK_EQ(futex(lock, FUTEX_LOCK_PI, 0, NULL, NULL, 0), 0);
    pid_t second = start_waiter();
    CHECK_EQ(cmp_requeue(condition, 1, 1, lock, 0), 1);
    CHECK_OK(kill(second, SIGKILL));
    CHECK_EQ(WTERMSIG(wait_for(second)), SIGKILL);
    CHECK_EQ(futex(lock, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0), 0);
    CHECK_EQ(load(lock), 0);
}

TEST(requeue_toALockWithoutOwner_failsEsrch) {
    setup();
    pid_t gone = START_CHILD();
    CHECK_EQ(wait_for(gone), 0);
    pid_t child = start_waiter();
    *lock = gone;
    CHECK_ERR(cmp_requeue(condition, 1, 1, lock, 0), ESRCH);
    *lock = 0;
    CHECK_EQ(cmp_requeue(condition, 1, 1, lock, 0), 1);
    CHECK_EQ(wait_for(child), 0);
}

TEST(requeue_ofTheOwnerItself_failsEdeadlk) {
    setup();
    pid_t child = START_CHILD(
        CHECK_EQ(futex(lock, FUTEX_LOCK_PI, 0, NULL, NULL, 0), 0);
        struct timespec when = in_ms(CLOCK_MONOTONIC, 500);
        CHECK(wait_requeue(condition, 0, &when, lock) == -1 && (errno == ETIMEDOUT || errno == EDEADLK)));
    until_waiting(condition);
    CHECK_ERR(cmp_requeue(condition, 1, 1, lock, 0), EDEADLK);
    CHECK_EQ(wait_for(child), 0);
}

TEST(lockPi_inACircle_failsEdeadlk) {
    setup();
    CHECK_EQ(futex(other, FUTEX_LOCK_PI, 0, NULL, NULL, 0), 0);
    pid_t child = START_CHILD(
        CHECK_EQ(futex(lock, FUTEX_LOCK_PI, 0, NULL, NULL, 0), 0);
        CHECK_EQ(futex(other, FUTEX_LOCK_PI, 0, NULL, NULL, 0), 0);
        CHECK_EQ(futex(other, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0), 0);
        CHECK_EQ(futex(lock, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0), 0));
    EVENTUALLY(load(other) & FUTEX_WAITERS);
    EVENTUALLY(sleeps(child));
    CHECK_ERR(futex(lock, FUTEX_LOCK_PI, 0, NULL, NULL, 0), EDEADLK);
    CHECK_EQ(futex(other, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0), 0);
    CHECK_EQ(wait_for(child), 0);
}

/* A condition variable made of both, much used: nothing is lost, nobody is inside twice. */
static pthread_barrier_t ready;
static int words[64], inside, taken;
#define ROUNDS 200
#define THREADS 4

static void lock_pi(int *word) {
    int free = 0;
    if (!__atomic_compare_exchange_n(word, &free, gettid(), false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        CHECK_EQ(futex(word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0), 0);
}

static void unlock_pi(int *word) {
    int mine = gettid();
    if (!__atomic_compare_exchange_n(word, &mine, 0, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        CHECK_EQ(futex(word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0), 0);
}

static void *consume(void *unused) {
    pthread_barrier_wait(&ready);
    lock_pi(words + 16);
    while (taken < ROUNDS) {
        while (words[32] == 0 && taken < ROUNDS) {
            int seen = load(words);
            unlock_pi(words + 16);
            if (futex(words, FUTEX_WAIT_REQUEUE_PI_PRIVATE, seen, NULL, words + 16, 0) != 0) {
                CHECK_EQ(errno, EAGAIN);
                lock_pi(words + 16);
            }
            CHECK_EQ(load(words + 16) & FUTEX_TID_MASK, gettid());
        }
        CHECK_EQ(__atomic_fetch_add(&inside, 1, __ATOMIC_SEQ_CST), 0);
        if (words[32] > 0) words[32]--, taken++;
        CHECK_EQ(__atomic_fetch_sub(&inside, 1, __ATOMIC_SEQ_CST), 1);
    }
    unlock_pi(words + 16);
    return unused;
}

TEST(conditionVariable_losesNothing) {
    pthread_t threads[THREADS];
    pthread_barrier_init(&ready, NULL, THREADS + 1);
    for (int i = 0; i < THREADS; i++) REQUIRE(pthread_create(threads + i, NULL, consume, NULL) == 0);
    pthread_barrier_wait(&ready);
    for (int i = 0; i < ROUNDS; i++) {
        lock_pi(words + 16);
        words[32]++;
        int value = __atomic_add_fetch(words, 1, __ATOMIC_SEQ_CST);
        long moved = futex(words, FUTEX_CMP_REQUEUE_PI_PRIVATE, 1, (void *)(i % 2 ? 0L : (long)INT_MAX), words + 16, value);
        CHECK(moved >= 0);
        unlock_pi(words + 16);
    }
    while (load(&taken) < ROUNDS) sleep_ms(1);
    lock_pi(words + 16);
    int value = __atomic_add_fetch(words, 1, __ATOMIC_SEQ_CST);
    CHECK(futex(words, FUTEX_CMP_REQUEUE_PI_PRIVATE, 1, (void *)(long)INT_MAX, words + 16, value) >= 0);
    unlock_pi(words + 16);
    for (int i = 0; i < THREADS; i++) CHECK_EQ(pthread_join(threads[i], NULL), 0);
    CHECK_EQ(taken, ROUNDS);
    CHECK_EQ(words[16] & FUTEX_TID_MASK, 0);
}
