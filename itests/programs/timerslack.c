/* PR_SET_TIMERSLACK and /proc/PID/timerslack_ns: what is kept of it, and who may change it. */
#include "check.h"

#include <grp.h>

static unsigned long slack(void) {
    return syscall(SYS_prctl, PR_GET_TIMERSLACK, 0, 0, 0, 0);
}

static const char *path_of(pid_t pid) {
    static char path[64];
    snprintf(path, sizeof path, "/proc/%d/timerslack_ns", pid);
    return path;
}

static int put(pid_t pid, const char *value) {
    int fd = REQUIRE_OK(open(path_of(pid), O_WRONLY));
    int written = write(fd, value, strlen(value)), error = errno;
    close(fd);
    errno = error;
    return written;
}

TEST(zero_standsForWhatTheParentHad) {
    unsigned long first = slack();
    CHECK_OK(prctl(PR_SET_TIMERSLACK, 12345UL));
    CHECK_EQ(slack(), 12345);
    CHECK_EQ(IN_CHILD({
                 CHECK_EQ(slack(), 12345);
                 CHECK_OK(prctl(PR_SET_TIMERSLACK, 777UL));
                 CHECK_EQ(slack(), 777);
                 CHECK_OK(prctl(PR_SET_TIMERSLACK, 0UL));
                 CHECK_EQ(slack(), 12345);
             }),
            0);
    CHECK_EQ(slack(), 12345);
    CHECK_OK(prctl(PR_SET_TIMERSLACK, 0UL));
    CHECK_EQ(slack(), first);
}

TEST(file_tellsAndSets) {
    unsigned long first = slack();
    char text[32];
    struct stat about;
    pid_t own = getpid();
    snprintf(text, sizeof text, "%lu\n", first);
    CHECK_STR(text_of(path_of(own)), text);
    CHECK_EQ(put(own, "5000\n"), 5);
    CHECK_EQ(slack(), 5000);
    CHECK_EQ(put(own, "0"), 1);
    CHECK_EQ(slack(), first);
    CHECK_EQ(put(own, "010"), 3);
    CHECK_EQ(slack(), 10);
    CHECK_EQ(put(own, "18446744073709551615"), 20);
    CHECK_STR(text_of(path_of(own)), "18446744073709551615\n");
    CHECK_ERR(put(own, "99999999999999999999"), ERANGE);
    static const char *bad[] = {"-1", "abc", " 7", "0x10", "5 6"};
    for (int i = 0; i < 5; i++) CHECK_ERR(put(own, bad[i]), EINVAL);
    CHECK_OK(stat(path_of(own), &about));
    CHECK_EQ(about.st_mode, S_IFREG | 0666);
    CHECK_ERR(stat("/proc/thread-self/timerslack_ns", &about), ENOENT);
}

TEST(realTime_hasNone) {
    unsigned long first = slack();
    struct sched_param one = {1}, none = {0};
    if (sched_setscheduler(0, SCHED_FIFO, &one) < 0) SKIP("may not have SCHED_FIFO");
    CHECK_EQ(slack(), 0);
    CHECK_OK(prctl(PR_SET_TIMERSLACK, 99UL));
    CHECK_EQ(slack(), 0);
    CHECK_EQ(put(getpid(), "5"), 1);
    CHECK_EQ(slack(), 0);
    CHECK_OK(sched_setscheduler(0, SCHED_OTHER, &none));
    CHECK_EQ(slack(), first);
    CHECK_OK(prctl(PR_SET_TIMERSLACK, 99UL));
    CHECK_OK(sched_setscheduler(0, SCHED_BATCH, &none));
    CHECK_EQ(slack(), 99);
}

TEST(others_needACapability) {
    pid_t child = START_CHILD(pause());
    CHECK_EQ(put(child, "4242"), 4);
    CHECK_STR(text_of(path_of(child)), "4242\n");
    CHECK_EQ(IN_CHILD({
                 char byte;
                 REQUIRE_OK(setgroups(0, NULL));
                 REQUIRE_OK(setuid(12345));
                 CHECK_ERR(put(child, "1"), EPERM);
                 CHECK_ERR(read(open(path_of(child), O_RDONLY), &byte, 1), EPERM);
                 CHECK_EQ(put(getpid(), "100"), 3);
                 CHECK_EQ(slack(), 100);
             }),
            0);
    kill(child, SIGKILL);
    CHECK_EQ(wait_for(child), SIGKILL);
}
