/* futex(2): waiters are woken in the order of their real-time priorities, then in order of arrival. */
#include "check.h"
#include <linux/futex.h>
#include <sched.h>

/* A word to wait on, two locks, who waits and who was woken in which order. */
static int *word, *lock, *other, *arrived, *woken, *order;

static long futex(int *at, int operation, int value, const void *timeout, int *second, int last) {
    return syscall(SYS_futex, at, operation, value, timeout, second, last);
}

static void setup(void) {
    if (geteuid() != 0) SKIP("needs user 0");
    word = shared_memory(4096);
    lock = word + 16;
    other = word + 32;
    arrived = word + 48;
    woken = word + 64;
    order = word + 80;
}

static int load(int *at) {
    return __atomic_load_n(at, __ATOMIC_SEQ_CST);
}

static void set_priority(pid_t pid, int policy, int priority) {
    struct sched_param param = {.sched_priority = priority};
    CHECK_OK(sched_setscheduler(pid, policy, &param));
}

static void record(int number) {
    order[__atomic_fetch_add(woken, 1, __ATOMIC_SEQ_CST)] = number;
}

static void lock_pi(int *at) {
    int unlocked = 0;
    if (!__atomic_compare_exchange_n(at, &unlocked, gettid(), false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        CHECK_EQ(futex(at, FUTEX_LOCK_PI, 0, NULL, NULL, 0), 0);
}

static void unlock_pi(int *at) {
    int mine = gettid();
    if (!__atomic_compare_exchange_n(at, &mine, 0, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        CHECK_EQ(futex(at, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0), 0);
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

/* Until the child that was started last waits in the kernel. */
static pid_t waiting(pid_t child) {
    EVENTUALLY(load(arrived) == 1);
    EVENTUALLY(sleeps(child));
    __atomic_store_n(arrived, 0, __ATOMIC_SEQ_CST);
    return child;
}

static void arrive(void) {
    __atomic_store_n(arrived, 1, __ATOMIC_SEQ_CST);
}

static pid_t plain_waiter(int number, int policy, int priority) {
    return waiting(START_CHILD(
        set_priority(0, policy, priority);
        arrive();
        CHECK_EQ(futex(word, FUTEX_WAIT, 0, NULL, NULL, 0), 0);
        record(number)));
}

static pid_t lock_waiter(int number, int policy, int priority) {
    return waiting(START_CHILD(
        set_priority(0, policy, priority);
        arrive();
        lock_pi(lock);
        record(number);
        unlock_pi(lock)));
}

static pid_t condition_waiter(int number, int policy, int priority) {
    return waiting(START_CHILD(
        set_priority(0, policy, priority);
        arrive();
        CHECK_EQ(futex(word, FUTEX_WAIT_REQUEUE_PI, 0, NULL, lock, 0), 0);
        record(number);
        unlock_pi(lock)));
}

/* Wakes one after the other. */
static void wake_each(int *at, int number) {
    for (int i = 0; i < number; i++) {
        CHECK_EQ(futex(at, FUTEX_WAKE, 1, NULL, NULL, 0), 1);
        EVENTUALLY(load(woken) == i + 1);
    }
}

TEST(wake_takesTheHighestPriorityFirst) {
    setup();
    plain_waiter(1, SCHED_OTHER, 0);
    plain_waiter(2, SCHED_FIFO, 5);
    plain_waiter(3, SCHED_RR, 20);
    plain_waiter(4, SCHED_BATCH, 0);
    plain_waiter(5, SCHED_FIFO, 20);
    wake_each(word, 5);
    int expected[] = {3, 5, 2, 1, 4};
    for (int i = 0; i < 5; i++) CHECK_EQ(order[i], expected[i]);
}

TEST(wake_countsThePriorityFromWhenTheWaitBegan) {
    setup();
    plain_waiter(1, SCHED_FIFO, 5);
    pid_t second = plain_waiter(2, SCHED_OTHER, 0);
    set_priority(second, SCHED_FIFO, 50);
    wake_each(word, 2);
    CHECK_EQ(order[0], 1);
    CHECK_EQ(order[1], 2);
}

TEST(wake_doesNotCountNiceValues) {
    setup();
    plain_waiter(1, SCHED_OTHER, 0);
    waiting(START_CHILD(
        CHECK_OK(setpriority(PRIO_PROCESS, 0, -10));
        arrive();
        CHECK_EQ(futex(word, FUTEX_WAIT, 0, NULL, NULL, 0), 0);
        record(2)));
    wake_each(word, 2);
    CHECK_EQ(order[0], 1);
}

TEST(requeue_movesTheHighestPriorityFirst_andKeepsTheOrder) {
    setup();
    plain_waiter(1, SCHED_OTHER, 0);
    plain_waiter(2, SCHED_FIFO, 1);
    plain_waiter(3, SCHED_FIFO, 2);
    CHECK_EQ(futex(word, FUTEX_REQUEUE, 0, (void *)2L, other, 0), 2);
    CHECK_EQ(futex(other, FUTEX_REQUEUE, 0, (void *)0L, word, 0), 0);
    wake_each(other, 2);
    CHECK_EQ(order[0], 3);
    CHECK_EQ(order[1], 2);
    CHECK_EQ(futex(other, FUTEX_WAKE, 1, NULL, NULL, 0), 0);
    CHECK_EQ(futex(word, FUTEX_WAKE, 1, NULL, NULL, 0), 1);
}

TEST(unlockPi_handsOverToTheHighestPriority) {
    setup();
    lock_pi(lock);
    lock_waiter(1, SCHED_OTHER, 0);
    lock_waiter(2, SCHED_FIFO, 5);
    lock_waiter(3, SCHED_FIFO, 10);
    lock_waiter(4, SCHED_OTHER, 0);
    lock_waiter(5, SCHED_RR, 10);
    unlock_pi(lock);
    for (int i = 0; i < 5; i++) CHECK_EQ(wait_for(-1), 0);
    int expected[] = {3, 5, 2, 1, 4};
    for (int i = 0; i < 5; i++) CHECK_EQ(order[i], expected[i]);
    CHECK_EQ(load(lock) & FUTEX_TID_MASK, 0);
}

TEST(setscheduler_ofAWaiterForALock_movesIt) {
    setup();
    lock_pi(lock);
    lock_waiter(1, SCHED_FIFO, 5);
    pid_t second = lock_waiter(2, SCHED_OTHER, 0);
    pid_t third = lock_waiter(3, SCHED_FIFO, 20);
    set_priority(second, SCHED_FIFO, 50);
    set_priority(third, SCHED_OTHER, 0);
    unlock_pi(lock);
    for (int i = 0; i < 3; i++) CHECK_EQ(wait_for(-1), 0);
    int expected[] = {2, 1, 3};
    for (int i = 0; i < 3; i++) CHECK_EQ(order[i], expected[i]);
}

/* Owns the other lock while it waits for the first. */
static pid_t owner_who_waits(int number) {
    return waiting(START_CHILD(
        lock_pi(other);
        arrive();
        lock_pi(lock);
        record(number);
        unlock_pi(lock);
        unlock_pi(other)));
}

static pid_t waiter_for_other(int number, int priority) {
    return waiting(START_CHILD(
        set_priority(0, SCHED_FIFO, priority);
        arrive();
        lock_pi(other);
        record(number);
        unlock_pi(other)));
}

TEST(ownerWhoWaits_inheritsThePriority) {
    setup();
    lock_pi(lock);
    owner_who_waits(1);
    lock_waiter(2, SCHED_FIFO, 30);
    waiter_for_other(3, 40);
    unlock_pi(lock);
    for (int i = 0; i < 3; i++) CHECK_EQ(wait_for(-1), 0);
    CHECK_EQ(order[0], 1);
}

TEST(ownerWhoWaits_losesThePriorityWithTheWaiter) {
    setup();
    lock_pi(lock);
    owner_who_waits(1);
    lock_waiter(2, SCHED_FIFO, 30);
    pid_t third = waiter_for_other(3, 40);
    CHECK_OK(kill(third, SIGKILL));
    CHECK_EQ(WTERMSIG(wait_for(third)), SIGKILL);
    unlock_pi(lock);
    for (int i = 0; i < 2; i++) CHECK_EQ(wait_for(-1), 0);
    CHECK_EQ(order[0], 2);
    CHECK_EQ(order[1], 1);
}

TEST(deathOfAnOwner_givesToTheHighestPriority) {
    setup();
    pid_t owner = START_CHILD(lock_pi(lock); arrive(); pause());
    waiting(owner);
    waiting(START_CHILD(arrive(); CHECK_EQ(futex(lock, FUTEX_LOCK_PI, 0, NULL, NULL, 0), 0); record(1); pause()));
    waiting(START_CHILD(
        set_priority(0, SCHED_FIFO, 3);
        arrive();
        CHECK_EQ(futex(lock, FUTEX_LOCK_PI, 0, NULL, NULL, 0), 0);
        record(2);
        CHECK(load(lock) & FUTEX_OWNER_DIED);
        CHECK_EQ(futex(lock, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0), 0);
        pause()));
    CHECK_OK(kill(owner, SIGKILL));
    EVENTUALLY(load(woken) == 2);
    CHECK_EQ(order[0], 2);
    CHECK_EQ(order[1], 1);
}

TEST(requeueToALock_movesTheHighestPriorityFirst) {
    setup();
    condition_waiter(1, SCHED_OTHER, 0);
    condition_waiter(2, SCHED_FIFO, 7);
    condition_waiter(3, SCHED_FIFO, 9);
    CHECK_EQ(futex(word, FUTEX_CMP_REQUEUE_PI, 1, (void *)0L, lock, 0), 1);
    EVENTUALLY(load(woken) == 1);
    lock_pi(lock);
    CHECK_EQ(futex(word, FUTEX_CMP_REQUEUE_PI, 1, (void *)10L, lock, 0), 2);
    unlock_pi(lock);
    for (int i = 0; i < 3; i++) CHECK_EQ(wait_for(-1), 0);
    int expected[] = {3, 2, 1};
    for (int i = 0; i < 3; i++) CHECK_EQ(order[i], expected[i]);
}
