/* proc(5): tables of timers, children, processors and terminals, and which files splice(2) takes. */
#include "check.h"

#include <pthread.h>
#include <sys/sendfile.h>

TEST(timers_tellsThoseOfTheProcess) {
    if (access("/proc/self/timers", F_OK) < 0) SKIP("a kernel without CONFIG_POSIX_TIMERS");
    CHECK_STR(text_of("/proc/self/timers"), "");
    int ids[4]; /* the C library has names and events of its own */
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_ptr = (void *)0x1234abcd};
    REQUIRE_OK(syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &ids[0]));
    REQUIRE_OK(syscall(SYS_timer_create, CLOCK_REALTIME, NULL, &ids[1]));
    event.sigev_notify = SIGEV_NONE;
    REQUIRE_OK(syscall(SYS_timer_create, CLOCK_TAI, &event, &ids[2]));
    event.sigev_notify = SIGEV_THREAD_ID;
    event._sigev_un._tid = syscall(SYS_gettid);
    REQUIRE_OK(syscall(SYS_timer_create, CLOCK_THREAD_CPUTIME_ID, &event, &ids[3]));
    char wanted[1024];
    int pid = getpid();
    snprintf(wanted, sizeof wanted,
             "ID: 3\nsignal: 10/000000001234abcd\nnotify: signal/tid.%d\nClockID: -2\n"
             "ID: 2\nsignal: 10/000000001234abcd\nnotify: none/pid.%d\nClockID: 11\n"
             "ID: 1\nsignal: 14/0000000000000001\nnotify: signal/pid.%d\nClockID: 0\n"
             "ID: 0\nsignal: 10/000000001234abcd\nnotify: signal/pid.%d\nClockID: 1\n",
             pid, pid, pid, pid);
    CHECK_STR(text_of("/proc/self/timers"), wanted);
    syscall(SYS_timer_delete, ids[2]);
    syscall(SYS_timer_delete, ids[3]);
    syscall(SYS_timer_delete, ids[1]);
    CHECK_STR(text_of("/proc/self/timers"), strstr(wanted, "\nID: 0\n") + 1);
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/timers", pid);
    CHECK_ERR(access(path, F_OK), ENOENT);
}

static void *fork_in_thread(void *about) {
    pid_t *about_both = about;
    about_both[0] = syscall(SYS_gettid);
    about_both[1] = fork();
    if (about_both[1] == 0) pause(), _exit(0);
    sleep_ms(1 << 20);
    return NULL;
}

TEST(children_areThoseOfTheThread) {
    char path[64], wanted[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/children", getpid());
    if (access(path, F_OK) < 0) SKIP("a kernel without CONFIG_PROC_CHILDREN");
    CHECK_ERR(access("/proc/self/children", F_OK), ENOENT);
    CHECK_STR(text_of(path), "");
    pid_t first = START_CHILD(pause()), second = START_CHILD({});
    volatile pid_t about[2] = {0, 0};
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, fork_in_thread, (void *)about) == 0);
    EVENTUALLY(about[1] > 0);
    EVENTUALLY(state_of(second) == 'Z');
    snprintf(wanted, sizeof wanted, "%d %d ", first, second);
    CHECK_STR(text_of(path), wanted);
    char other[64];
    snprintf(other, sizeof other, "/proc/self/task/%d/children", about[0]);
    snprintf(wanted, sizeof wanted, "%d ", about[1]);
    CHECK_STR(text_of(other), wanted);
    wait_for(second);
    snprintf(wanted, sizeof wanted, "%d ", first);
    CHECK_STR(text_of(path), wanted);
    kill(first, SIGKILL);
    wait_for(first);
    CHECK_STR(text_of(path), "");
    kill(about[1], SIGKILL);
}

static long splice_of(const char *path) {
    int file = open(path, O_RDONLY), ends[2];
    REQUIRE_OK(pipe(ends));
    long result = splice(file, NULL, ends[1], NULL, 1000, 0);
    if (result < 0) result = -errno;
    close(file), close(ends[0]), close(ends[1]);
    return result;
}

TEST(splice_takesFromFilesOfTheSystemOnly) {
    static const char *const of_process[] = {"status", "stat", "statm", "maps", "smaps", "smaps_rollup", "cmdline", "comm", "environ",
            "auxv", "limits", "io", "oom_score", "oom_score_adj", "uid_map", "setgroups", "cgroup", "wchan", "personality", "syscall"};
    char path[64];
    for (size_t i = 0; i < sizeof of_process / sizeof *of_process; i++) {
        snprintf(path, sizeof path, "/proc/self/%s", of_process[i]);
        if (access(path, F_OK) == 0 && splice_of(path) != -EINVAL) check_fail("%s can be spliced", path);
    }
    static const char *const of_system[] = {"meminfo", "stat", "uptime", "loadavg", "cpuinfo", "version", "filesystems", "self/mounts",
            "self/mountinfo", "sys/kernel/ostype", "vmstat", "devices", "softirqs", "interrupts"};
    for (size_t i = 0; i < sizeof of_system / sizeof *of_system; i++) {
        snprintf(path, sizeof path, "/proc/%s", of_system[i]);
        if (splice_of(path) <= 0) check_fail("%s cannot be spliced", path);
    }
    int file = REQUIRE_OK(open("/proc/self/status", O_RDONLY)), null = REQUIRE_OK(open("/dev/null", O_WRONLY));
    CHECK_ERR(sendfile(null, file, NULL, 100), EINVAL);
}

/* Words of the first line that begin with "CPU". */
static int columns_of(const char *path) {
    char line[65536];
    snprintf(line, sizeof line, "%s", text_of(path));
    int count = 0;
    line[strcspn(line, "\n")] = 0;
    for (char *word = strtok(line, " "); word; word = strtok(NULL, " ")) count += strncmp(word, "CPU", 3) == 0;
    return count;
}

TEST(interrupts_haveAColumnForEachProcessor) {
    int cpus = sysconf(_SC_NPROCESSORS_ONLN);
    CHECK_EQ(columns_of("/proc/interrupts"), cpus);
    CHECK(columns_of("/proc/softirqs") >= cpus);
    CHECK(strstr(text_of("/proc/softirqs"), "\n       TIMER: "));
    CHECK(strstr(text_of("/proc/softirqs"), "\n         RCU: "));
}

TEST(terminals_haveNamesAndNumbers) {
    CHECK(strstr(text_of("/proc/tty/drivers"), "pty_slave            /dev/pts      136 0-1048575 pty:slave\n"));
    CHECK(strstr(text_of("/proc/tty/drivers"), "/dev/tty             /dev/tty        5       0 system:/dev/tty\n"));
    CHECK(strstr(text_of("/proc/tty/ldiscs"), "n_tty       0\n"));
    CHECK_STR(text_of("/proc/execdomains"), "0-0\tLinux           \t[kernel]\n");
}

static int set_threads(int count) {
    char text[16];
    int file = REQUIRE_OK(open("/proc/sys/kernel/threads-max", O_WRONLY)), size = snprintf(text, sizeof text, "%d\n", count);
    int failed = write(file, text, size) == size ? 0 : errno;
    close(file);
    return failed;
}

TEST(threadsMax_isALimitOfTasks) {
    need_root();
    int before = atoi(text_of("/proc/sys/kernel/threads-max")), tasks = 0;
    CHECK_EQ(set_threads(0), EINVAL);
    CHECK_EQ(set_threads(-1), EINVAL);
    CHECK_EQ(set_threads(0x40000000), EINVAL);
    CHECK_EQ(atoi(text_of("/proc/sys/kernel/threads-max")), before);
    CHECK_EQ(set_threads(before), 0);
    CHECK_EQ(atoi(text_of("/proc/sys/kernel/threads-max")), before);
    CHECK_EQ(sscanf(text_of("/proc/loadavg"), "%*f %*f %*f %*d/%d", &tasks), 1);
    if (tasks > 15) SKIP("others need their tasks");
    CHECK_EQ(set_threads(20), 0);
    CHECK_EQ(atoi(text_of("/proc/sys/kernel/threads-max")), 20);
    pid_t children[32];
    int count = 0;
    while (count < 32 && (children[count] = fork()) >= 0) {
        if (children[count++] == 0) pause(), _exit(0);
    }
    int failed = errno;
    for (int i = 0; i < count; i++) kill(children[i], SIGKILL), wait_for(children[i]);
    CHECK_EQ(set_threads(before), 0);
    CHECK_EQ(failed, EAGAIN);
    CHECK(count >= 2 && count <= 20);
}
