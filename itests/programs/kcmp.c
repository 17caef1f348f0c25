/* kcmp(2): what two tasks share; KCMP_IO with ioprio_set(2) and CLONE_IO. */
#include "check.h"
#include <linux/ioprio.h>
#include <linux/kcmp.h>
#include <sched.h>

static long compare(pid_t first, pid_t second, int type) {
    return syscall(SYS_kcmp, first, second, type, 0, 0);
}

static bool differ(pid_t first, pid_t second, int type) {
    long there = compare(first, second, type), back = compare(second, first, type);
    return there == 3 ? back == 3 : (there == 1 || there == 2) && back == 3 - there;
}

static pid_t start(unsigned long flags) {
    pid_t child = REQUIRE_OK(syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, NULL));
    if (child == 0) {
        pause();
        _exit(0);
    }
    return child;
}

static void set_priority(pid_t pid, int value) {
    CHECK_OK(syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, pid, value));
}

static long priority(pid_t pid) {
    return syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, pid);
}

static const int HIGH = IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 1), LOW = IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 6);

TEST(tasksWithoutIoContext_areEqual) {
    pid_t child = start(0), other = start(CLONE_IO);
    CHECK_EQ(compare(getpid(), getpid(), KCMP_IO), 0);
    CHECK_EQ(compare(getpid(), child, KCMP_IO), 0);
    CHECK_EQ(compare(child, other, KCMP_IO), 0);
}

TEST(ioContext_isMadeByIoprioSet) {
    pid_t child = start(0);
    set_priority(child, HIGH);
    CHECK(differ(getpid(), child, KCMP_IO));
    CHECK_EQ(compare(child, child, KCMP_IO), 0);
    set_priority(0, HIGH);
    CHECK(differ(getpid(), child, KCMP_IO));
}

TEST(ioContext_isCopiedByFork) {
    set_priority(0, HIGH);
    pid_t child = start(0);
    CHECK(differ(getpid(), child, KCMP_IO));
    CHECK_EQ(priority(child), HIGH);
    set_priority(child, LOW);
    CHECK_EQ(priority(0), HIGH);
}

TEST(ioContext_isSharedByCloneIo) {
    set_priority(0, HIGH);
    pid_t child = start(CLONE_IO);
    CHECK_EQ(compare(getpid(), child, KCMP_IO), 0);
    CHECK_EQ(priority(child), HIGH);
    set_priority(child, LOW);
    CHECK_EQ(priority(0), LOW);
}

TEST(ioContextWithoutClass_isNotInherited) {
    set_priority(0, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_NONE, 0));
    pid_t child = start(0), other = start(0), sharing = start(CLONE_IO);
    CHECK(differ(getpid(), child, KCMP_IO));
    CHECK_EQ(compare(child, other, KCMP_IO), 0);
    CHECK_EQ(compare(getpid(), sharing, KCMP_IO), 0);
}

TEST(memoryFilesAndDirectory_areComparedByWhatIsShared) {
    pid_t child = start(0), files = start(CLONE_FILES), directory = start(CLONE_FS);
    CHECK(differ(getpid(), child, KCMP_VM));
    CHECK(differ(getpid(), child, KCMP_FILES));
    CHECK(differ(getpid(), child, KCMP_FS));
    CHECK_EQ(compare(getpid(), files, KCMP_FILES), 0);
    CHECK_EQ(compare(getpid(), directory, KCMP_FS), 0);
    CHECK_EQ(compare(getpid(), child, KCMP_FILE), 0);
}

TEST(kcmp_withBadArguments_fails) {
    CHECK_ERR(compare(getpid(), getpid(), 99), EINVAL);
    CHECK_ERR(compare(getpid(), 999999999, KCMP_IO), ESRCH);
    CHECK_ERR(syscall(SYS_kcmp, getpid(), getpid(), KCMP_FILE, 0, 9999), EBADF);
}
