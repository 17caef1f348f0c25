/* setitimer(2), alarm(2), timer_create(2). */
#include "check.h"

static volatile sig_atomic_t count;
static siginfo_t seen;

static void note(int signal, siginfo_t *info, void *context) {
    (void)signal, (void)context;
    seen = *info;
    count++;
}

static void catch(int signal) {
    struct sigaction action = {.sa_sigaction = note, .sa_flags = SA_SIGINFO | SA_RESTART};
    REQUIRE_OK(sigaction(signal, &action, NULL));
}

TEST(itimerReal_repeats) {
    struct itimerval timer = {{0, 10000}, {0, 10000}}, old;
    catch(SIGALRM);
    CHECK_OK(setitimer(ITIMER_REAL, &timer, NULL));
    EVENTUALLY(count >= 3);
    CHECK_OK(getitimer(ITIMER_REAL, &old));
    CHECK_EQ(old.it_interval.tv_usec, 10000);
    CHECK(old.it_value.tv_usec <= 10000);
    CHECK_OK(setitimer(ITIMER_REAL, &(struct itimerval){0}, &old));
    CHECK_EQ(old.it_interval.tv_usec, 10000);
    sleep_ms(20);
    int before = count;
    sleep_ms(50);
    CHECK_EQ(count, before);
    CHECK_EQ(seen.si_code, SI_KERNEL);
}

/* Set off at about the moment of its expiry, a timer has sent its signal by then or never does. */
TEST(disarmedTimer_isSilent) {
    catch(SIGALRM);
    catch(SIGRTMIN);
    timer_t posix;
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
    CHECK_OK(timer_create(CLOCK_MONOTONIC, &event, &posix));
    int late = 0;
    for (int i = 0; i < 1000; i++) {
        int us = 150 + i % 100;
        CHECK_OK(setitimer(ITIMER_REAL, &(struct itimerval){{0, 0}, {0, us}}, NULL));
        CHECK_OK(timer_settime(posix, 0, &(struct itimerspec){.it_value = {0, us * 1000}}, NULL));
        for (int64_t end = now_ns() + 200000; now_ns() < end;);
        CHECK_OK(setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL));
        CHECK_OK(timer_settime(posix, 0, &(struct itimerspec){0}, NULL));
        int told = count;
        for (int64_t end = now_ns() + 300000; now_ns() < end;);
        late += count - told;
    }
    CHECK_EQ(late, 0);
    CHECK_OK(timer_delete(posix));
}

TEST(itimer_withBadArguments_fails) {
    struct itimerval timer = {{0, 0}, {0, 1000000}};
    CHECK_ERR(setitimer(ITIMER_REAL, &timer, NULL), EINVAL);
    CHECK_ERR(setitimer(99, &(struct itimerval){0}, NULL), EINVAL);
    CHECK_ERR(getitimer(99, &timer), EINVAL);
    CHECK_ERR(syscall(SYS_setitimer, ITIMER_REAL, (void *)8, NULL), EFAULT);
}

TEST(itimerVirtual_andProf_countCpuTime) {
    struct itimerval timer = {{0, 0}, {0, 20000}};
    catch(SIGVTALRM);
    catch(SIGPROF);
    CHECK_OK(setitimer(ITIMER_VIRTUAL, &timer, NULL));
    sleep_ms(60);
    CHECK_EQ(count, 0);
    int64_t end = now_ns() + 10000000000LL;
    while (!count && now_ns() < end);
    CHECK_EQ(count, 1);
    CHECK_EQ(seen.si_signo, SIGVTALRM);
    CHECK_OK(setitimer(ITIMER_PROF, &timer, NULL));
    while (count < 2 && now_ns() < end);
    CHECK_EQ(seen.si_signo, SIGPROF);
}

TEST(alarm_givesRestAndCancels) {
    CHECK_EQ(alarm(100), 0);
    unsigned rest = alarm(50);
    CHECK(rest >= 99 && rest <= 100);
    rest = alarm(0);
    CHECK(rest >= 49 && rest <= 50);
    CHECK_EQ(alarm(0), 0);
    CHECK_EQ(WTERMSIG(IN_CHILD(signal(SIGALRM, SIG_DFL); alarm(1); for (;;) pause())), SIGALRM);
}

TEST(timers_areNotInheritedByForkButKeptByExec) {
    alarm(100);
    CHECK_EQ(IN_CHILD(CHECK_EQ(alarm(0), 0)), 0);
    CHECK(alarm(0) >= 99);
    int status = IN_CHILD(
        signal(SIGALRM, SIG_DFL);
        struct itimerval timer = {.it_value = {0, 200000}};
        setitimer(ITIMER_REAL, &timer, NULL);
        execl("/bin/sleep", "sleep", "20", NULL));
    CHECK_EQ(WTERMSIG(status), SIGALRM);
}

TEST(posixTimer_sendsSignalWithValue) {
    timer_t timer;
    catch(SIGRTMIN);
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN, .sigev_value.sival_int = 99};
    CHECK_OK(timer_create(CLOCK_MONOTONIC, &event, &timer));
    struct itimerspec spec = {.it_value = {0, 20000000}}, now;
    CHECK_OK(timer_settime(timer, 0, &spec, NULL));
    CHECK_OK(timer_gettime(timer, &now));
    CHECK(now.it_value.tv_nsec > 0 && now.it_value.tv_nsec <= 20000000);
    EVENTUALLY(count == 1);
    CHECK_EQ(seen.si_code, SI_TIMER);
    CHECK_EQ(seen.si_value.sival_int, 99);
    CHECK_EQ(seen.si_overrun, 0);
    CHECK_OK(timer_delete(timer));
    CHECK_ERR(timer_delete(timer), EINVAL);
}

TEST(posixTimer_overrun_isCounted) {
    timer_t timer;
    sigset_t set;
    siginfo_t info;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    CHECK_OK(sigprocmask(SIG_BLOCK, &set, NULL));
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
    CHECK_OK(timer_create(CLOCK_MONOTONIC, &event, &timer));
    struct itimerspec spec = {{0, 5000000}, {0, 5000000}};
    CHECK_OK(timer_settime(timer, 0, &spec, NULL));
    sleep_ms(60);
    CHECK_EQ(sigwaitinfo(&set, &info), SIGRTMIN);
    CHECK(info.si_overrun >= 5);
    CHECK(timer_getoverrun(timer) >= 5);
    CHECK_OK(timer_delete(timer));
}

TEST(timerCreate_tellsTheId_beforeItAsksTheClock) {
    int id = -1;
    /* the CPU clock of a process that is not there */
    int gone = (int)((unsigned)~0x3fffff << 3) | 2;
    CHECK_ERR(syscall(SYS_timer_create, 99, NULL, (void *)8), EINVAL);
    CHECK_ERR(syscall(SYS_timer_create, CLOCK_MONOTONIC_RAW, NULL, (void *)8), EOPNOTSUPP);
    /* the clock of a descriptor */
    CHECK_ERR(syscall(SYS_timer_create, -5, NULL, (void *)8), EOPNOTSUPP);
    CHECK_EQ(id, -1);
    CHECK_ERR(syscall(SYS_timer_create, gone, NULL, (void *)8), EFAULT);
    CHECK_ERR(syscall(SYS_timer_create, gone, NULL, &id), EINVAL);
    CHECK(id >= 0);
    CHECK_ERR(syscall(SYS_timer_create, CLOCK_BOOTTIME_ALARM, NULL, (void *)8), EFAULT);
    CHECK_ERR(timer_delete((timer_t)(long)id), EINVAL);
    /* One that asks for no signal that there is takes an id, too. */
    int first = -1, next = -1;
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = 99};
    CHECK_OK(syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &first));
    CHECK_ERR(syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &next), EINVAL);
    CHECK_OK(syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &next));
    CHECK_EQ(next, first + 2);
}

TEST(posixTimer_absoluteAndNone) {
    timer_t timer;
    struct sigevent none = {.sigev_notify = SIGEV_NONE};
    CHECK_OK(timer_create(CLOCK_REALTIME, &none, &timer));
    struct itimerspec spec = {.it_value = {1, 0}}, now;
    CHECK_OK(timer_settime(timer, TIMER_ABSTIME, &spec, NULL));
    CHECK_OK(timer_gettime(timer, &now));
    CHECK_EQ(now.it_value.tv_sec, 0);
    CHECK_ERR(timer_create(99, &none, &timer), EINVAL);
    none.sigev_notify = 77;
    CHECK_ERR(timer_create(CLOCK_REALTIME, &none, &timer), EINVAL);
    spec.it_value.tv_nsec = -1;
    CHECK_ERR(timer_settime(timer, 0, &spec, NULL), EINVAL);
    CHECK_ERR(syscall(SYS_timer_settime, 4711, 0, &spec, NULL), EINVAL);
}

TEST(posixTimer_ofThread_reachesIt) {
    timer_t timer;
    catch(SIGUSR1);
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR1, ._sigev_un._tid = syscall(SYS_gettid)};
    CHECK_OK(timer_create(CLOCK_MONOTONIC, &event, &timer));
    struct itimerspec spec = {.it_value = {0, 10000000}};
    CHECK_OK(timer_settime(timer, 0, &spec, NULL));
    EVENTUALLY(count == 1);
}

TEST(cpuTimeLimit_sendsSigxcpu) {
    int status = IN_CHILD(
        struct rlimit limit = {1, 2};
        CHECK_OK(setrlimit(RLIMIT_CPU, &limit));
        for (;;) __asm__ volatile(""));
    CHECK_EQ(WTERMSIG(status), SIGXCPU);
}
