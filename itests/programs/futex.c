/* futex(2): wait, wake, requeue, bitset, wake_op, PI, timeouts; get_robust_list(2). */
#include "check.h"
#include <linux/futex.h>
#include <pthread.h>

static int *words;

static long futex(int *word, int operation, int value, void *timeout, int *other, int last) {
    return syscall(SYS_futex, word, operation, value, timeout, other, last);
}

static void setup(void) {
    words = shared_memory(4096);
}

/* Waits until so many tasks sleep in the kernel: a wake of the requeue kind tells their number without waking. */
static void until_waiting(int *word, int number) {
    EVENTUALLY(futex(word, FUTEX_CMP_REQUEUE, 0, (void *)1000L, word, *word) >= number);
}

TEST(wait_whenValueDiffers_failsEagain) {
    setup();
    CHECK_ERR(futex(words, FUTEX_WAIT, 1, NULL, NULL, 0), EAGAIN);
    CHECK_ERR(futex(words, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 1, NULL, NULL, 0), EAGAIN);
}

TEST(wait_withTimeout_failsEtimedout) {
    setup();
    struct timespec timeout = {0, 30000000};
    int64_t start = now_ns();
    CHECK_ERR(futex(words, FUTEX_WAIT, 0, &timeout, NULL, 0), ETIMEDOUT);
    CHECK(now_ns() - start >= 30000000);
    timeout.tv_nsec = -1;
    CHECK_ERR(futex(words, FUTEX_WAIT, 0, &timeout, NULL, 0), EINVAL);
}

TEST(futex_withBadArguments_fails) {
    setup();
    CHECK_ERR(futex((int *)((char *)words + 1), FUTEX_WAIT, 0, NULL, NULL, 0), EINVAL);
    CHECK_ERR(futex((int *)8, FUTEX_WAIT, 0, NULL, NULL, 0), EFAULT);
    CHECK_ERR(futex(words, 99, 0, NULL, NULL, 0), ENOSYS);
    CHECK_ERR(futex(words, FUTEX_WAIT | FUTEX_CLOCK_REALTIME, 1, NULL, NULL, 0), ENOSYS);
    CHECK_ERR(futex(words, FUTEX_WAIT_BITSET, 0, NULL, NULL, 0), EINVAL);
    CHECK_EQ(futex(words, FUTEX_WAKE, 1, NULL, NULL, 0), 0);
}

TEST(wake_acrossProcesses_wakesThatMany) {
    setup();
    for (int i = 0; i < 5; i++) START_CHILD(futex(words, FUTEX_WAIT, 0, NULL, NULL, 0); __atomic_fetch_add(words + 1, 1, __ATOMIC_SEQ_CST); pause());
    until_waiting(words, 5);
    CHECK_EQ(futex(words, FUTEX_WAKE, 2, NULL, NULL, 0), 2);
    EVENTUALLY(__atomic_load_n(words + 1, __ATOMIC_SEQ_CST) == 2);
    CHECK_EQ(futex(words, FUTEX_WAKE, INT_MAX, NULL, NULL, 0), 3);
    EVENTUALLY(__atomic_load_n(words + 1, __ATOMIC_SEQ_CST) == 5);
}

TEST(privateWake_doesNotReachOtherProcess) {
    int *word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int *ready = shared_memory(4096);
    *word = 0;
    pid_t child = START_CHILD(
        struct timespec timeout = {0, 200000000};
        *(volatile int *)ready = 1;
        CHECK_ERR(futex(word, FUTEX_WAIT, 0, &timeout, NULL, 0), ETIMEDOUT));
    EVENTUALLY(*(volatile int *)ready == 1);
    sleep_ms(50);
    CHECK_EQ(futex(word, FUTEX_WAKE, 10, NULL, NULL, 0), 0);
    CHECK_EQ(wait_for(child), 0);
}

TEST(bitset_choosesWaiters) {
    setup();
    for (int i = 0; i < 2; i++) {
        START_CHILD(
            futex(words, FUTEX_WAIT_BITSET, 0, NULL, NULL, 1 << i);
            words[1 + i] = 1;
            pause());
    }
    until_waiting(words, 2);
    CHECK_EQ(futex(words, FUTEX_WAKE_BITSET, 10, NULL, NULL, 4), 0);
    CHECK_EQ(futex(words, FUTEX_WAKE_BITSET, 10, NULL, NULL, 2), 1);
    EVENTUALLY(((volatile int *)words)[2] == 1);
    CHECK_EQ(((volatile int *)words)[1], 0);
    CHECK_EQ(futex(words, FUTEX_WAKE_BITSET, 10, NULL, NULL, -1), 1);
}

TEST(bitsetWait_hasAbsoluteTimeout) {
    setup();
    struct timespec when;
    clock_gettime(CLOCK_MONOTONIC, &when);
    when.tv_nsec += 30000000;
    if (when.tv_nsec >= 1000000000) when.tv_nsec -= 1000000000, when.tv_sec++;
    CHECK_ERR(futex(words, FUTEX_WAIT_BITSET, 0, &when, NULL, -1), ETIMEDOUT);
    struct timespec past = {1, 0};
    CHECK_ERR(futex(words, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &past, NULL, -1), ETIMEDOUT);
}

TEST(requeue_movesWaiters) {
    setup();
    for (int i = 0; i < 4; i++) START_CHILD(futex(words, FUTEX_WAIT, 0, NULL, NULL, 0); __atomic_fetch_add(words + 2, 1, __ATOMIC_SEQ_CST); pause());
    until_waiting(words, 4);
    CHECK_ERR(futex(words, FUTEX_CMP_REQUEUE, 1, (void *)2L, words + 1, 99), EAGAIN);
    CHECK_EQ(futex(words, FUTEX_CMP_REQUEUE, 1, (void *)2L, words + 1, 0), 3);
    EVENTUALLY(__atomic_load_n(words + 2, __ATOMIC_SEQ_CST) == 1);
    CHECK_EQ(futex(words + 1, FUTEX_WAKE, 10, NULL, NULL, 0), 2);
    CHECK_EQ(futex(words, FUTEX_WAKE, 10, NULL, NULL, 0), 1);
}

TEST(wakeOp_changesAndWakesBoth) {
    setup();
    for (int i = 0; i < 2; i++) START_CHILD(futex(words + i, FUTEX_WAIT, i * 5, NULL, NULL, 0); pause());
    words[1] = 5;
    sleep_ms(1);
    START_CHILD(futex(words + 1, FUTEX_WAIT, 5, NULL, NULL, 0); pause());
    until_waiting(words, 1);
    until_waiting(words + 1, 1);
    /* words[1] += 3; wakes words[1] too when its old value was 5. */
    int woken = futex(words, FUTEX_WAKE_OP, 10, (void *)10L, words + 1, FUTEX_OP(FUTEX_OP_ADD, 3, FUTEX_OP_CMP_EQ, 5));
    CHECK(woken >= 2 && woken <= 3);
    CHECK_EQ(words[1], 8);
    CHECK_EQ(futex(words, FUTEX_WAKE_OP, 1, (void *)1L, words + 1, FUTEX_OP(FUTEX_OP_SET, 7, FUTEX_OP_CMP_EQ, 1)), 0);
    CHECK_EQ(words[1], 7);
}

TEST(piLock_isOwnedAndHandedOver) {
    setup();
    CHECK_EQ(futex(words, FUTEX_LOCK_PI, 0, NULL, NULL, 0), 0);
    CHECK_EQ(words[0] & FUTEX_TID_MASK, syscall(SYS_gettid));
    CHECK_ERR(futex(words, FUTEX_LOCK_PI, 0, NULL, NULL, 0), EDEADLK);
    pid_t child = START_CHILD(
        CHECK_ERR(futex(words, FUTEX_TRYLOCK_PI, 0, NULL, NULL, 0), EAGAIN);
        CHECK_EQ(futex(words, FUTEX_LOCK_PI, 0, NULL, NULL, 0), 0);
        CHECK_EQ(words[0] & FUTEX_TID_MASK, getpid());
        CHECK_EQ(futex(words, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0), 0));
    EVENTUALLY(((volatile int *)words)[0] & FUTEX_WAITERS);
    CHECK_EQ(futex(words, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0), 0);
    CHECK_EQ(wait_for(child), 0);
    CHECK_EQ(words[0], 0);
    CHECK_ERR(futex(words, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0), EPERM);
}

TEST(piMutex_ofPthread_works) {
    pthread_mutexattr_t attributes;
    pthread_mutex_t *mutex = shared_memory(4096);
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    CHECK_EQ(pthread_mutex_init(mutex, &attributes), 0);
    CHECK_EQ(pthread_mutex_lock(mutex), 0);
    pid_t child = START_CHILD(CHECK_EQ(pthread_mutex_lock(mutex), 0); CHECK_EQ(pthread_mutex_unlock(mutex), 0));
    sleep_ms(30);
    CHECK_EQ(pthread_mutex_unlock(mutex), 0);
    CHECK_EQ(wait_for(child), 0);
}

TEST(robustMutex_tellsOwnerDied) {
    pthread_mutexattr_t attributes;
    pthread_mutex_t *mutex = shared_memory(4096);
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    CHECK_EQ(pthread_mutex_init(mutex, &attributes), 0);
    CHECK_EQ(IN_CHILD(pthread_mutex_lock(mutex)), 0);
    CHECK_EQ(pthread_mutex_lock(mutex), EOWNERDEAD);
    CHECK_EQ(pthread_mutex_consistent(mutex), 0);
    CHECK_EQ(pthread_mutex_unlock(mutex), 0);
    /* A waiter is woken by the death. */
    pid_t child = START_CHILD(pthread_mutex_lock(mutex); sleep_ms(80); kill(getpid(), SIGKILL));
    sleep_ms(30);
    CHECK_EQ(pthread_mutex_lock(mutex), EOWNERDEAD);
    CHECK_EQ(WTERMSIG(wait_for(child)), SIGKILL);
}

TEST(robustList_canBeRead) {
    void *head = NULL;
    size_t size = 0;
    CHECK_OK(syscall(SYS_get_robust_list, 0, &head, &size));
    CHECK(head != NULL);
    CHECK_EQ(size, 24);
    CHECK_ERR(syscall(SYS_set_robust_list, head, 8), EINVAL);
    CHECK_ERR(syscall(SYS_get_robust_list, 999999, &head, &size), ESRCH);
}

TEST(clearChildTid_wakesJoiner) {
    static int tid_word;
    int *word = shared_memory(4096);
    pid_t child = START_CHILD(syscall(SYS_set_tid_address, word); *word = 77; sleep_ms(50));
    /* With memory shared with nobody by CLONE_VM the word is not cleared: mm_users is 1 (set_tid_address(2)). */
    CHECK_EQ(wait_for(child), 0);
    CHECK_EQ(syscall(SYS_set_tid_address, &tid_word), getpid());
}

TEST(wait_onSharedFileMapping_isFoundFromOtherAddress) {
    int fd = make_file("file", "0123456789abcdef");
    int *a = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    int *b = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    int value = *a;
    START_CHILD(futex(a, FUTEX_WAIT, value, NULL, NULL, 0); pause());
    EVENTUALLY(futex(b, FUTEX_WAKE, 1, NULL, NULL, 0) == 1);
}
