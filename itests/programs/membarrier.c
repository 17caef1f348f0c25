/* membarrier(2). */
#include "check.h"

#include <linux/membarrier.h>
#include <pthread.h>
#include <stdatomic.h>

#ifndef MEMBARRIER_CMD_GET_REGISTRATIONS
#define MEMBARRIER_CMD_GET_REGISTRATIONS (1 << 9)
#endif

static long membarrier(int command, unsigned flags, int cpu) {
    return syscall(SYS_membarrier, command, flags, cpu);
}

static long query(void) {
    long all = membarrier(MEMBARRIER_CMD_QUERY, 0, 0);
    if (all < 0 && errno == ENOSYS) SKIP("no membarrier here");
    return REQUIRE_OK(all);
}

static void need(int commands) {
    if ((query() & commands) != commands) SKIP("no commands %x here", commands);
}

TEST(query_tellsCommandsThatWork) {
    long all = query();
    CHECK(all & MEMBARRIER_CMD_GLOBAL);
    CHECK(!(all & ~0x3ffl));
    /* a command comes with its registration */
    CHECK_EQ(!(all & MEMBARRIER_CMD_PRIVATE_EXPEDITED), !(all & MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED));
    CHECK_EQ(!(all & MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE),
             !(all & MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE));
    CHECK_EQ(!(all & MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ), !(all & MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ));
    static const int registrations[] = {MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED,
                                        MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE,
                                        MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ};
    for (int i = 0; i < 4; i++) {
        if (all & registrations[i]) CHECK_OK(membarrier(registrations[i], 0, 0));
        else CHECK_ERR(membarrier(registrations[i], 0, 0), EINVAL);
    }
    for (int bit = 0; bit < 9; bit++) {
        if (all & 1 << bit) CHECK_EQ(membarrier(1 << bit, 0, 0), 0);
        else CHECK_ERR(membarrier(1 << bit, 0, 0), EINVAL);
    }
}

TEST(privateCommands_needTheirRegistration) {
    need(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
    CHECK_ERR(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0), EPERM);
    CHECK_OK(membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0));
    CHECK_OK(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0));
    need(MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE);
    CHECK_ERR(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE, 0, 0), EPERM);
    CHECK_OK(membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE, 0, 0));
    CHECK_OK(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE, 0, 0));
    CHECK_OK(membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE, 0, 0));
}

TEST(registrations_areTold_andFollowFork) {
    need(MEMBARRIER_CMD_GET_REGISTRATIONS | MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE);
    CHECK_EQ(membarrier(MEMBARRIER_CMD_GET_REGISTRATIONS, 0, 0), 0);
    CHECK_OK(membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE, 0, 0));
    /* told with the plain one, though that is not to be had by it */
    long both = MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE | MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED;
    CHECK_EQ(membarrier(MEMBARRIER_CMD_GET_REGISTRATIONS, 0, 0), both);
    CHECK_ERR(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0), EPERM);
    CHECK_OK(membarrier(MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED, 0, 0));
    both |= MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED;
    CHECK_EQ(membarrier(MEMBARRIER_CMD_GET_REGISTRATIONS, 0, 0), both);
    CHECK_EQ(IN_CHILD({
                 CHECK_EQ(membarrier(MEMBARRIER_CMD_GET_REGISTRATIONS, 0, 0), both);
                 CHECK_OK(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE, 0, 0));
                 CHECK_ERR(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0), EPERM);
             }),
             0);
}

TEST(badArguments_fail) {
    long all = query();
    CHECK_ERR(membarrier(MEMBARRIER_CMD_QUERY, 1, 0), EINVAL);
    CHECK_ERR(membarrier(MEMBARRIER_CMD_GLOBAL, 1, 0), EINVAL);
    CHECK_ERR(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED, 1, 0), EINVAL);
    CHECK_ERR(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE, 1, 0), EINVAL);
    CHECK_ERR(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ, 2, 0), EINVAL);
    CHECK_ERR(membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE, 1, 0), EINVAL);
    CHECK_ERR(membarrier(3, 0, 0), EINVAL);
    CHECK_ERR(membarrier(1 << 10, 0, 0), EINVAL);
    CHECK_ERR(membarrier(-1, 0, 0), EINVAL);
    (void)all;
}

/* Dekker: each side writes its own word and reads the other's; the slow side fences for both. */
static atomic_int mine, yours, rounds, seen;

static void *fast_side(void *unused) {
    (void)unused;
    for (int round = 1; round <= 2000; round++) {
        while (atomic_load_explicit(&rounds, memory_order_acquire) < round) sched_yield();
        atomic_store_explicit(&yours, round, memory_order_relaxed);
        atomic_signal_fence(memory_order_seq_cst);
        int other = atomic_load_explicit(&mine, memory_order_relaxed);
        atomic_store_explicit(&seen, other == round ? round : -round, memory_order_release);
    }
    return NULL;
}

TEST(barrier_ordersThreadsThatHaveNone) {
    need(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
    REQUIRE_OK(membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0));
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, fast_side, NULL) == 0);
    for (int round = 1; round <= 2000; round++) {
        atomic_store_explicit(&rounds, round, memory_order_release);
        atomic_store_explicit(&mine, round, memory_order_relaxed);
        if (round % 20 == 0) REQUIRE_OK(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0));
        else atomic_thread_fence(memory_order_seq_cst);
        int other = atomic_load_explicit(&yours, memory_order_relaxed);
        int told;
        while ((told = atomic_load_explicit(&seen, memory_order_acquire)) != round && told != -round) sched_yield();
        /* not both may have missed the other, where the slow side's fence counts for both */
        if (round % 20 == 0) CHECK(other == round || told == round);
    }
    pthread_join(thread, NULL);
}

/* Code that one thread writes and another runs, told that it is new by a word only. */
static atomic_int version, result;
static unsigned char *code;

static void *run_code(void *unused) {
    (void)unused;
    for (int i = 1; i <= 50; i++) {
        while (atomic_load_explicit(&version, memory_order_acquire) < i) continue;
        atomic_store(&result, ((int (*)(void))code)());
    }
    return NULL;
}

TEST(newCode_isRun_byOtherThreads) {
    need(MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE);
    REQUIRE_OK(membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE, 0, 0));
    code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(code != MAP_FAILED);
    memcpy(code, "\xb8\0\0\0\0\xc3", 6); /* mov $0, %eax; ret */
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, run_code, NULL) == 0);
    for (int i = 1; i <= 50; i++) {
        memcpy(code + 1, &i, 4);
        REQUIRE_OK(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE, 0, 0));
        atomic_store_explicit(&version, i, memory_order_release);
        while (atomic_load(&result) != i) sched_yield();
    }
    pthread_join(thread, NULL);
    CHECK_EQ(atomic_load(&result), 50);
}
