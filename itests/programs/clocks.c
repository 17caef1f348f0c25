/* clock_gettime(2), clock_getres(2), nanosleep(2), gettimeofday(2), time(2), getcpu(2): vDSO against system call. */
#include "check.h"
#include "seccompfilter.h"
#include <sys/timex.h>
#include <sys/times.h>

static int64_t by_call(int clock) {
    struct timespec t = {0};
    CHECK_OK(syscall(SYS_clock_gettime, clock, &t));
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int64_t by_library(int clock) {
    struct timespec t = {0};
    CHECK_OK(clock_gettime(clock, &t));
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

TEST(vdso_agreesWithSystemCall) {
    static const int clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_TAI, CLOCK_MONOTONIC_RAW};
    for (int i = 0; i < 5; i++) {
        for (int round = 0; round < 50; round++) {
            int64_t a = by_call(clocks[i]), b = by_library(clocks[i]), c = by_call(clocks[i]);
            if (!(a <= b && b <= c)) {
                (void)check_fail("clock %d: %lld, vDSO %lld, %lld", clocks[i], (long long)a, (long long)b, (long long)c);
                break;
            }
        }
    }
}

TEST(monotonic_neverGoesBack) {
    int64_t last = 0;
    for (int i = 0; i < 100000; i++) {
        int64_t now = by_library(CLOCK_MONOTONIC);
        REQUIRE(now >= last);
        last = now;
    }
}

TEST(monotonic_agreesBetweenProcesses) {
    int64_t *seen = shared_memory(4096), before = by_library(CLOCK_MONOTONIC);
    CHECK_EQ(IN_CHILD(*seen = by_library(CLOCK_MONOTONIC)), 0);
    CHECK(before <= *seen && *seen <= by_library(CLOCK_MONOTONIC));
}

TEST(coarseClocks_followFineOnes) {
    int64_t coarse = by_library(CLOCK_MONOTONIC_COARSE), fine = by_library(CLOCK_MONOTONIC);
    CHECK(coarse <= fine && fine - coarse < 1000000000);
    coarse = by_library(CLOCK_REALTIME_COARSE), fine = by_library(CLOCK_REALTIME);
    CHECK(coarse <= fine && fine - coarse < 1000000000);
}

TEST(timeOfDay_agrees) {
    struct timeval t, u;
    struct timezone zone = {1, 1};
    CHECK_OK(gettimeofday(&t, NULL));
    CHECK_OK(syscall(SYS_gettimeofday, &u, &zone));
    CHECK(u.tv_sec - t.tv_sec <= 1);
    time_t now = time(NULL), called = syscall(SYS_time, NULL), real = by_library(CLOCK_REALTIME) / 1000000000;
    CHECK(called - now <= 1 && real - now <= 1);
    CHECK(now > 1600000000);
}

TEST(cpuClocks_countWork) {
    int64_t process = by_library(CLOCK_PROCESS_CPUTIME_ID), thread = by_library(CLOCK_THREAD_CPUTIME_ID);
    int64_t end = now_ns() + 5000000000LL;
    while (by_library(CLOCK_PROCESS_CPUTIME_ID) - process < 20000000 && now_ns() < end);
    CHECK(by_library(CLOCK_PROCESS_CPUTIME_ID) - process >= 20000000);
    CHECK(by_library(CLOCK_THREAD_CPUTIME_ID) - thread >= 10000000);
    int64_t before = by_library(CLOCK_PROCESS_CPUTIME_ID);
    sleep_ms(500);
    CHECK(by_library(CLOCK_PROCESS_CPUTIME_ID) - before < 400000000);
    clockid_t id;
    CHECK_EQ(clock_getcpuclockid(getpid(), &id), 0);
    CHECK(by_library(id) > 0);
}

TEST(clock_withBadArguments_fails) {
    struct timespec t;
    CHECK_ERR(syscall(SYS_clock_gettime, 99, &t), EINVAL);
    CHECK_ERR(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, (void *)8), EFAULT);
    CHECK_ERR(clock_gettime(77, &t), EINVAL);
    CHECK_ERR(clock_settime(CLOCK_MONOTONIC, &t), EINVAL);
    CHECK_ERR(syscall(SYS_clock_getres, 99, &t), EINVAL);
}

TEST(clock_getres_isOneNanosecond) {
    struct timespec t;
    CHECK_OK(clock_getres(CLOCK_MONOTONIC, &t));
    CHECK_EQ(t.tv_sec, 0);
    CHECK_EQ(t.tv_nsec, 1);
    CHECK_OK(syscall(SYS_clock_getres, CLOCK_REALTIME, &t));
    CHECK_EQ(t.tv_nsec, 1);
    CHECK_OK(clock_getres(CLOCK_REALTIME, NULL));
}

TEST(settingTime_asUser_failsEperm) {
    need_root();
    CHECK_OK(setresuid(1000, 1000, 1000));
    struct timespec t = {1, 0};
    CHECK_ERR(clock_settime(CLOCK_REALTIME, &t), EPERM);
}

TEST(nanosleep_sleepsAtLeast) {
    static const long rests[] = {0, 1, 1000, 1000000, 30000000};
    for (int i = 0; i < 5; i++) {
        struct timespec rest = {0, rests[i]};
        int64_t start = now_ns();
        CHECK_OK(nanosleep(&rest, NULL));
        CHECK(now_ns() - start >= rests[i]);
    }
    struct timespec bad = {0, 1000000000}, negative = {-1, 0};
    CHECK_ERR(nanosleep(&bad, NULL), EINVAL);
    CHECK_ERR(nanosleep(&negative, NULL), EINVAL);
    CHECK_ERR(syscall(SYS_nanosleep, (void *)8, NULL), EFAULT);
}

TEST(clockNanosleep_absolute) {
    struct timespec when;
    CHECK_OK(clock_gettime(CLOCK_MONOTONIC, &when));
    int64_t target = when.tv_sec * 1000000000LL + when.tv_nsec + 40000000;
    when.tv_sec = target / 1000000000, when.tv_nsec = target % 1000000000;
    CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL), 0);
    CHECK(now_ns() >= target);
    when.tv_sec = 1;
    CHECK_EQ(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &when, NULL), 0);
    CHECK_EQ(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &when, NULL), EINVAL);
    CHECK_EQ(clock_nanosleep(99, 0, &when, NULL), EINVAL);
}

TEST(times_countsTicks) {
    struct tms t;
    clock_t a = times(&t);
    CHECK(a != (clock_t)-1);
    sleep_ms(30);
    CHECK(times(NULL) - a >= 2);
    CHECK(t.tms_utime >= 0 && t.tms_cutime >= 0);
}

TEST(getcpu_givesExistingCpu) {
    unsigned cpu = 9999, node = 9999;
    CHECK_OK(syscall(SYS_getcpu, &cpu, &node, NULL));
    CHECK(cpu < 4096 && node < 64);
    CHECK(sched_getcpu() >= 0);
    cpu_set_t set;
    CHECK_OK(sched_getaffinity(0, sizeof set, &set));
    CHECK(CPU_ISSET(sched_getcpu(), &set));
}

/* Where the vDSO reads clocks without a call it knows the CPU, too. */
TEST(getcpu_ofVdsoMakesNoCall) {
    no_new_privileges();
    REQUIRE_OK(ANSWER_CALL(0, __NR_clock_gettime, SECCOMP_RET_ERRNO | EDOM));
    REQUIRE_OK(ANSWER_CALL(0, __NR_getcpu, SECCOMP_RET_ERRNO | EDOM));
    unsigned cpu = 9999, node = 9999;
    CHECK_ERR(syscall(SYS_getcpu, &cpu, &node, NULL), EDOM);
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        SKIP("this machine's clocks are read by system calls");
    CHECK_OK(getcpu(&cpu, &node));
    cpu_set_t set;
    CHECK_OK(sched_getaffinity(0, sizeof set, &set));
    CHECK(CPU_ISSET(cpu, &set));
    CHECK(node < 64);
    CHECK_OK(getcpu(NULL, &node));
    CHECK_OK(getcpu(&cpu, NULL));
    CHECK_OK(getcpu(NULL, NULL));
}

TEST(adjtimex_canBeRead) {
    struct timex t = {0};
    CHECK(adjtimex(&t) >= 0);
}
