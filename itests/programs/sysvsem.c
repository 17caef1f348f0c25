/* semget(2), semop(2), semctl(2), sysvipc(7): semaphores of System V. Removes what it makes: sets outlive processes. */
#include "check.h"

#include <grp.h>
#include <pthread.h>
#include <sys/ipc.h>
#include <sys/sem.h>

union argument {
    int val;
    struct semid_ds *buf;
    unsigned short *array;
    struct seminfo *info;
};

static int make(int count) {
    return REQUIRE_OK(semget(IPC_PRIVATE, count, IPC_CREAT | 0600));
}

static void drop(int id) {
    CHECK_OK(semctl(id, 0, IPC_RMID));
}

static int set(int id, int number, int value) {
    return semctl(id, number, SETVAL, (union argument){.val = value});
}

static int value(int id, int number) {
    return semctl(id, number, GETVAL);
}

static int operate(int id, int number, int by, int flags) {
    struct sembuf one = {number, by, flags};
    return semop(id, &one, 1);
}

static struct semid_ds status_of(int id) {
    struct semid_ds status;
    memset(&status, 0xaa, sizeof status);
    CHECK_OK(semctl(id, 0, IPC_STAT, (union argument){.buf = &status}));
    return status;
}

static key_t free_key(void) {
    for (int i = 0;; i++) {
        key_t key = 0x4d000000 + (getpid() << 8) + i;
        if (semget(key, 0, 0) < 0 && errno == ENOENT) return key;
    }
}

TEST(semget_keys) {
    key_t key = free_key();
    CHECK_ERR(semget(key, 3, 0600), ENOENT);
    int id = REQUIRE_OK(semget(key, 3, IPC_CREAT | IPC_EXCL | 0600));
    CHECK_EQ(semget(key, 0, 0), id);
    CHECK_EQ(semget(key, 3, 0), id);
    CHECK_ERR(semget(key, 4, 0), EINVAL);
    CHECK_ERR(semget(key, 3, IPC_CREAT | IPC_EXCL | 0600), EEXIST);
    drop(id);
    CHECK_ERR(semget(key, 0, 0), ENOENT);
    CHECK_ERR(semget(IPC_PRIVATE, 0, IPC_CREAT | 0600), EINVAL);
    CHECK_ERR(semget(IPC_PRIVATE, -1, IPC_CREAT | 0600), EINVAL);
    CHECK_ERR(semget(IPC_PRIVATE, 32001, IPC_CREAT | 0600), EINVAL);
}

TEST(semctl_newSet_isZero) {
    time_t before = time(NULL);
    int id = make(3);
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(value(id, i), 0);
        CHECK_EQ(semctl(id, i, GETPID), 0);
        CHECK_EQ(semctl(id, i, GETNCNT), 0);
        CHECK_EQ(semctl(id, i, GETZCNT), 0);
    }
    struct semid_ds status = status_of(id);
    CHECK_EQ(status.sem_nsems, 3);
    CHECK_EQ(status.sem_otime, 0);
    CHECK(status.sem_ctime >= before && status.sem_ctime <= time(NULL));
    CHECK_EQ(status.sem_perm.mode, 0600);
    CHECK_EQ(status.sem_perm.uid, geteuid());
    drop(id);
}

TEST(semctl_values) {
    int id = make(3);
    CHECK_OK(set(id, 1, 7));
    CHECK_EQ(value(id, 1), 7);
    CHECK_EQ(semctl(id, 1, GETPID), getpid());
    CHECK_EQ(semctl(id, 0, GETPID), 0);
    CHECK_ERR(set(id, 3, 1), EINVAL);
    CHECK_ERR(set(id, -1, 1), EINVAL);
    CHECK_ERR(set(id, 0, -1), ERANGE);
    CHECK_ERR(set(id, 0, 32768), ERANGE);
    CHECK_OK(set(id, 0, 32767));
    unsigned short all[] = {1, 2, 3};
    CHECK_OK(semctl(id, 0, SETALL, (union argument){.array = all}));
    memset(all, 0, sizeof all);
    CHECK_OK(semctl(id, 0, GETALL, (union argument){.array = all}));
    CHECK(all[0] == 1 && all[1] == 2 && all[2] == 3);
    all[1] = 40000;
    CHECK_ERR(semctl(id, 0, SETALL, (union argument){.array = all}), ERANGE);
    CHECK_EQ(value(id, 0), 1);
    CHECK_ERR(semctl(id, 3, GETVAL), EINVAL);
    CHECK_ERR(semctl(id, 0, 4711), EINVAL);
    CHECK_ERR(syscall(SYS_semctl, id, 0, GETALL, 8), EFAULT);
    CHECK_ERR(syscall(SYS_semctl, id, 0, SETALL, 8), EFAULT);
    CHECK_ERR(syscall(SYS_semctl, id, 0, IPC_STAT, 8), EFAULT);
    drop(id);
    CHECK_ERR(semctl(id, 0, GETVAL), EINVAL);
}

TEST(semop_atOnce) {
    time_t before = time(NULL);
    int id = make(2);
    CHECK_OK(operate(id, 0, 3, 0));
    CHECK_EQ(value(id, 0), 3);
    CHECK(status_of(id).sem_otime >= before);
    CHECK_OK(operate(id, 0, -2, 0));
    CHECK_EQ(value(id, 0), 1);
    CHECK_OK(operate(id, 1, 0, 0));
    CHECK_ERR(operate(id, 0, 0, IPC_NOWAIT), EAGAIN);
    CHECK_ERR(operate(id, 0, -2, IPC_NOWAIT), EAGAIN);
    CHECK_EQ(semctl(id, 0, GETPID), getpid());
    drop(id);
}

TEST(semop_several_areAllOrNone) {
    int id = make(3);
    struct sembuf steps[] = {{0, 2, 0}, {1, 1, 0}, {2, -1, IPC_NOWAIT}};
    CHECK_ERR(semop(id, steps, 3), EAGAIN);
    CHECK_EQ(value(id, 0), 0);
    CHECK_EQ(value(id, 1), 0);
    CHECK_EQ(semctl(id, 0, GETPID), 0);
    set(id, 2, 1);
    CHECK_OK(semop(id, steps, 3));
    CHECK_EQ(value(id, 0), 2);
    CHECK_EQ(value(id, 2), 0);
    /* one semaphore several times, in order */
    struct sembuf same[] = {{0, -2, IPC_NOWAIT}, {0, 0, IPC_NOWAIT}, {0, 5, 0}};
    CHECK_OK(semop(id, same, 3));
    CHECK_EQ(value(id, 0), 5);
    drop(id);
}

TEST(semop_badArguments_fail) {
    int id = make(1);
    struct sembuf steps[501];
    memset(steps, 0, sizeof steps);
    CHECK_ERR(semop(id, steps, 0), EINVAL);
    CHECK_ERR(semop(id, steps, 501), E2BIG);
    CHECK_OK(semop(id, steps, 500));
    CHECK_ERR(semop(-1, steps, 1), EINVAL);
    CHECK_ERR(syscall(SYS_semop, id, 8, 1), EFAULT);
    CHECK_ERR(operate(id, 1, 1, 0), EFBIG);
    CHECK_OK(operate(id, 0, 32767, 0));
    CHECK_ERR(operate(id, 0, 1, 0), ERANGE);
    struct timespec bad = {0, 1000000000};
    CHECK_ERR(semtimedop(id, steps, 1, &bad), EINVAL);
    bad = (struct timespec){-1, 0};
    CHECK_ERR(semtimedop(id, steps, 1, &bad), EINVAL);
    CHECK_ERR(syscall(SYS_semtimedop, id, steps, 1, 8), EFAULT);
    drop(id);
    CHECK_ERR(operate(id, 0, 1, 0), EINVAL);
}

TEST(semop_waits_untilItCan) {
    int id = make(1);
    pid_t child = START_CHILD(_exit(operate(id, 0, -3, 0) == 0 ? 7 : 1));
    EVENTUALLY(semctl(id, 0, GETNCNT) == 1);
    CHECK_EQ(semctl(id, 0, GETZCNT), 0);
    CHECK_OK(operate(id, 0, 2, 0));
    CHECK_EQ(semctl(id, 0, GETNCNT), 1);
    CHECK_EQ(value(id, 0), 2);
    CHECK_OK(operate(id, 0, 2, 0));
    CHECK_EQ(wait_for(child), EXITED(7));
    CHECK_EQ(value(id, 0), 1);
    CHECK_EQ(semctl(id, 0, GETPID), child);
    CHECK_EQ(semctl(id, 0, GETNCNT), 0);
    drop(id);
}

TEST(semop_waits_forZero) {
    int id = make(1);
    set(id, 0, 2);
    pid_t child = START_CHILD(_exit(operate(id, 0, 0, 0) == 0 ? 7 : 1));
    EVENTUALLY(semctl(id, 0, GETZCNT) == 1);
    CHECK_OK(operate(id, 0, -1, 0));
    CHECK_EQ(semctl(id, 0, GETZCNT), 1);
    CHECK_OK(operate(id, 0, -1, 0));
    CHECK_EQ(wait_for(child), EXITED(7));
    drop(id);
}

TEST(semop_setval_wakes) {
    int id = make(2);
    pid_t one = START_CHILD(_exit(operate(id, 0, -1, 0) == 0 ? 7 : 1));
    pid_t two = START_CHILD(_exit(operate(id, 1, -1, 0) == 0 ? 8 : 1));
    EVENTUALLY(semctl(id, 0, GETNCNT) == 1 && semctl(id, 1, GETNCNT) == 1);
    CHECK_OK(set(id, 0, 1));
    CHECK_EQ(wait_for(one), EXITED(7));
    unsigned short all[] = {0, 1};
    CHECK_OK(semctl(id, 0, SETALL, (union argument){.array = all}));
    CHECK_EQ(wait_for(two), EXITED(8));
    CHECK_EQ(value(id, 1), 0);
    drop(id);
}

TEST(semop_removedSet_failsEidrm) {
    int id = make(1);
    pid_t child = START_CHILD(_exit(operate(id, 0, -1, 0) < 0 && errno == EIDRM ? 7 : 1));
    EVENTUALLY(semctl(id, 0, GETNCNT) == 1);
    drop(id);
    CHECK_EQ(wait_for(child), EXITED(7));
}

static void ignore(int signal) {
    (void)signal;
}

TEST(semop_signal_failsEintr) {
    int id = make(1);
    pid_t child = START_CHILD({
        struct sigaction action = {.sa_handler = ignore, .sa_flags = SA_RESTART};
        sigaction(SIGUSR1, &action, NULL);
        _exit(operate(id, 0, -1, 0) < 0 && errno == EINTR ? 7 : 1);
    });
    EVENTUALLY(semctl(id, 0, GETNCNT) == 1);
    kill(child, SIGUSR1);
    CHECK_EQ(wait_for(child), EXITED(7));
    CHECK_EQ(semctl(id, 0, GETNCNT), 0);
    CHECK_OK(operate(id, 0, 1, 0));
    CHECK_EQ(value(id, 0), 1);
    drop(id);
}

TEST(semop_killedWaiter_takesNothing) {
    int id = make(1);
    pid_t child = START_CHILD(operate(id, 0, -1, 0));
    EVENTUALLY(semctl(id, 0, GETNCNT) == 1);
    kill(child, SIGKILL);
    wait_for(child);
    CHECK_EQ(semctl(id, 0, GETNCNT), 0);
    CHECK_OK(operate(id, 0, 1, 0));
    CHECK_EQ(value(id, 0), 1);
    drop(id);
}

TEST(semtimedop_timeout_failsEagain) {
    int id = make(1);
    struct sembuf step = {0, -1, 0};
    struct timespec time = {0, 50000000};
    int64_t start = now_ns();
    CHECK_ERR(semtimedop(id, &step, 1, &time), EAGAIN);
    int64_t waited = now_ns() - start;
    CHECK(waited >= 50000000 && waited < 5000000000);
    time = (struct timespec){0, 0};
    CHECK_ERR(semtimedop(id, &step, 1, &time), EAGAIN);
    set(id, 0, 1);
    CHECK_OK(semtimedop(id, &step, 1, &time));
    set(id, 0, 1);
    CHECK_OK(semtimedop(id, &step, 1, NULL));
    drop(id);
}

TEST(semop_pipeline_ofTurns) {
    int id = make(2);
    int *count = shared_memory(4096);
    pid_t child = START_CHILD({
        for (int i = 0; i < 500; i++) {
            operate(id, 0, -1, 0);
            ++*count;
            operate(id, 1, 1, 0);
        }
    });
    for (int i = 0; i < 500; i++) {
        operate(id, 0, 1, 0);
        operate(id, 1, -1, 0);
        CHECK_EQ(*count, i + 1);
    }
    CHECK_EQ(wait_for(child), 0);
    drop(id);
}

TEST(undo_exit_givesBack) {
    int id = make(2);
    set(id, 0, 5);
    CHECK_EQ(IN_CHILD({
                 CHECK_OK(operate(id, 0, -3, SEM_UNDO));
                 CHECK_OK(operate(id, 0, 1, SEM_UNDO));
                 CHECK_OK(operate(id, 1, 4, SEM_UNDO));
                 CHECK_OK(operate(id, 1, 1, 0));
                 CHECK_EQ(value(id, 0), 3);
             }),
            0);
    CHECK_EQ(value(id, 0), 5);
    CHECK_EQ(value(id, 1), 1);
    drop(id);
}

TEST(undo_kill_wakesWaiter) {
    int id = make(1);
    set(id, 0, 1);
    pid_t owner = START_CHILD({
        operate(id, 0, -1, SEM_UNDO);
        pause();
    });
    EVENTUALLY(value(id, 0) == 0);
    pid_t waiter = START_CHILD(_exit(operate(id, 0, -1, 0) == 0 ? 7 : 1));
    EVENTUALLY(semctl(id, 0, GETNCNT) == 1);
    kill(owner, SIGKILL);
    wait_for(owner);
    CHECK_EQ(wait_for(waiter), EXITED(7));
    drop(id);
}

TEST(undo_belowZero_stopsAtZero) {
    int id = make(1);
    CHECK_EQ(IN_CHILD({
                 CHECK_OK(operate(id, 0, 3, SEM_UNDO));
                 CHECK_OK(operate(id, 0, -2, 0));
             }),
            0);
    CHECK_EQ(value(id, 0), 0);
    drop(id);
}

TEST(undo_setval_forgets) {
    int id = make(2);
    CHECK_EQ(IN_CHILD({
                 CHECK_OK(operate(id, 0, 3, SEM_UNDO));
                 CHECK_OK(operate(id, 1, 3, SEM_UNDO));
                 CHECK_OK(set(id, 0, 9));
             }),
            0);
    CHECK_EQ(value(id, 0), 9);
    CHECK_EQ(value(id, 1), 0);
    drop(id);
}

TEST(undo_fork_isNotInherited) {
    int id = make(1);
    set(id, 0, 2);
    CHECK_OK(operate(id, 0, -1, SEM_UNDO));
    CHECK_EQ(IN_CHILD(_exit(0)), 0);
    CHECK_EQ(value(id, 0), 1);
    drop(id);
}

static void *take_with_undo(void *id) {
    return (void *)(long)operate(*(int *)id, 0, -1, SEM_UNDO);
}

TEST(undo_thread_belongsToTheProcess) {
    int id = make(1);
    set(id, 0, 2);
    CHECK_EQ(IN_CHILD({
                 pthread_t thread;
                 pthread_create(&thread, NULL, take_with_undo, &id);
                 void *result;
                 pthread_join(thread, &result);
                 CHECK(result == NULL);
                 sleep_ms(20);
                 CHECK_EQ(value(id, 0), 1); /* CLONE_SYSVSEM: the thread's end undoes nothing */
             }),
            0);
    CHECK_EQ(value(id, 0), 2);
    drop(id);
}

TEST(undo_exec_keeps) {
    int id = make(1);
    set(id, 0, 1);
    pid_t child = START_CHILD({
        operate(id, 0, -1, SEM_UNDO);
        char *argv[] = {"/bin/sh", "-c", "exit 3", NULL};
        execv(argv[0], argv);
    });
    CHECK_EQ(wait_for(child), EXITED(3));
    CHECK_EQ(value(id, 0), 1);
    drop(id);
}

TEST(undo_unshare_givesBack) {
    int id = make(1);
    set(id, 0, 1);
    CHECK_EQ(IN_CHILD({
                 CHECK_OK(operate(id, 0, -1, SEM_UNDO));
                 CHECK_OK(unshare(CLONE_SYSVSEM));
                 CHECK_EQ(value(id, 0), 1);
             }),
            0);
    CHECK_EQ(value(id, 0), 1);
    drop(id);
}

TEST(undo_tooMuch_failsErange) {
    int id = make(1);
    CHECK_EQ(IN_CHILD({
                 CHECK_OK(operate(id, 0, 32767, SEM_UNDO));
                 CHECK_OK(operate(id, 0, -32767, 0));
                 CHECK_ERR(operate(id, 0, 2, SEM_UNDO), ERANGE);
                 CHECK_EQ(value(id, 0), 0);
             }),
            0);
    drop(id);
}

TEST(permissions_otherUser_isRefused) {
    need_root();
    key_t key = free_key();
    int id = REQUIRE_OK(semget(key, 1, IPC_CREAT | 0604));
    CHECK_EQ(IN_CHILD({
                 REQUIRE_OK(setgid(12345));
                 REQUIRE_OK(setgroups(0, NULL));
                 REQUIRE_OK(setuid(12345));
                 CHECK_EQ(value(id, 0), 0);
                 CHECK_ERR(set(id, 0, 1), EACCES);
                 CHECK_ERR(operate(id, 0, 1, 0), EACCES);
                 CHECK_OK(operate(id, 0, 0, 0));
                 CHECK_ERR(semctl(id, 0, IPC_RMID), EPERM);
                 CHECK_ERR(semget(key, 1, 0600), EACCES);
                 CHECK_EQ(semget(key, 1, 0400), id);
             }),
            0);
    struct semid_ds status = status_of(id);
    status.sem_perm.uid = 12345;
    CHECK_OK(semctl(id, 0, IPC_SET, (union argument){.buf = &status}));
    CHECK_EQ(IN_CHILD({
                 REQUIRE_OK(setuid(12345));
                 CHECK_OK(operate(id, 0, 1, 0));
                 CHECK_OK(semctl(id, 0, IPC_RMID));
             }),
            0);
}

TEST(semctl_info_tells) {
    struct seminfo info;
    int id = make(5);
    int highest = CHECK_OK(semctl(0, 0, IPC_INFO, (union argument){.info = &info}));
    CHECK_EQ(info.semmsl, 32000);
    CHECK_EQ(info.semopm, 500);
    CHECK_EQ(info.semvmx, 32767);
    CHECK_EQ(info.semaem, 32767);
    CHECK_EQ(info.semusz, 20);
    CHECK_EQ(semctl(0, 0, SEM_INFO, (union argument){.info = &info}), highest);
    CHECK(info.semusz >= 1 && info.semaem >= 5);
    int found = 0;
    for (int i = 0; i <= highest; i++) {
        struct semid_ds status;
        found |= semctl(i, 0, SEM_STAT, (union argument){.buf = &status}) == id && status.sem_nsems == 5;
    }
    CHECK(found);
    char expected[64];
    snprintf(expected, sizeof expected, "%10d %10d  %4o %10d", 0, id, 0600, 5);
    CHECK(strstr(text_of("/proc/sysvipc/sem"), expected));
    int limit = 0;
    CHECK_EQ(sscanf(text_of("/proc/sys/kernel/sem"), "%d", &limit), 1);
    CHECK_EQ(limit, 32000);
    drop(id);
}
