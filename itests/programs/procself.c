/* proc(5): what a process reads of itself and of others. */
#include "check.h"
#include <dirent.h>

static char *field_of(const char *path, const char *name) {
    static char value[256];
    const char *text = text_of(path);
    size_t size = strlen(name);
    value[0] = 0;
    for (const char *line = text; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        if (strncmp(line, name, size) == 0 && line[size] == ':') {
            sscanf(line + size + 1, " %255[^\n]", value);
            return value;
        }
    }
    (void)check_fail("no line %s in %s", name, path);
    return value;
}

TEST(status_tellsIdsAndMasks) {
    CHECK_EQ(atoi(field_of("/proc/self/status", "Pid")), getpid());
    CHECK_EQ(atoi(field_of("/proc/self/status", "PPid")), getppid());
    CHECK_EQ(atoi(field_of("/proc/self/status", "Tgid")), getpid());
    CHECK_EQ(atoi(field_of("/proc/self/status", "Uid")), getuid());
    CHECK_EQ(atoi(field_of("/proc/self/status", "Threads")), 1);
    CHECK(strncmp(field_of("/proc/self/status", "State"), "R", 1) == 0);
    CHECK(atoi(field_of("/proc/self/status", "VmSize")) > 0);
    CHECK_STR(field_of("/proc/self/status", "Umask"), "0022");
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGUSR2, SIG_IGN);
    raise(SIGUSR1);
    CHECK_EQ(strtoul(field_of("/proc/self/status", "SigBlk"), NULL, 16), 1 << (SIGUSR1 - 1));
    CHECK_EQ(strtoul(field_of("/proc/self/status", "SigIgn"), NULL, 16) & 1 << (SIGUSR2 - 1), 1 << (SIGUSR2 - 1));
    CHECK_EQ((strtoul(field_of("/proc/self/status", "SigPnd"), NULL, 16) | strtoul(field_of("/proc/self/status", "ShdPnd"), NULL, 16)) & 1 << (SIGUSR1 - 1), 1 << (SIGUSR1 - 1));
}

TEST(stat_hasItsFields) {
    int pid, ppid, group, session;
    char name[64], state;
    unsigned long vsize;
    prctl(PR_SET_NAME, "odd ) name");
    CHECK_EQ(sscanf(text_of("/proc/self/stat"), "%d (%63[^)]) name) %c %d %d %d", &pid, name, &state, &ppid, &group, &session), 6);
    CHECK_EQ(pid, getpid());
    CHECK_EQ(ppid, getppid());
    CHECK_EQ(group, getpgrp());
    CHECK_EQ(session, getsid(0));
    CHECK_EQ(state, 'R');
    const char *rest = strrchr(text_of("/proc/self/stat"), ')');
    int fields = 0;
    for (const char *c = rest; *c; c++) fields += *c == ' ';
    CHECK_EQ(fields, 50);
    CHECK_EQ(sscanf(text_of("/proc/self/statm"), "%lu", &vsize), 1);
    CHECK(vsize > 10);
}

TEST(maps_showsMappings) {
    char line[64];
    int fd = make_file("mapped-file", "x");
    char *at = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE, fd, 4096);
    CHECK(at != MAP_FAILED);
    const char *text = text_of("/proc/self/maps");
    snprintf(line, sizeof line, "%lx-%lx r--p 00001000", (long)at, (long)at + 8192);
    const char *found = strstr(text, line);
    CHECK(found != NULL);
    if (found) CHECK(strstr(found, "/mapped-file\n") != NULL);
    CHECK(strstr(text, "[stack]") != NULL);
    CHECK(strstr(text, "[heap]") != NULL || sbrk(0) != NULL);
    unsigned long from, to, last = 0;
    char modes[5];
    bool stack_seen = false;
    for (const char *c = text; c && *c; c = strchr(c, '\n') + 1) {
        REQUIRE(sscanf(c, "%lx-%lx %4s", &from, &to, modes) == 3);
        CHECK(from >= last && from < to);
        last = to > from ? to : last;
        if ((unsigned long)&line >= from && (unsigned long)&line < to) stack_seen = modes[1] == 'w';
        if (from > 0xf000000000000000) break;
    }
    CHECK(stack_seen);
}

TEST(smaps_andSmapsRollup_tellSizes) {
    char *at = mmap(NULL, 64 << 12, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(at, 1, 64 << 12);
    const char *text = text_of("/proc/self/smaps");
    CHECK(strstr(text, "Rss:") != NULL);
    CHECK(strstr(text, "Size:") != NULL);
}

TEST(fd_directory_listsOpenFiles) {
    char target[PATH_MAX] = "", path[64];
    int fd = make_file("file", ""), copy = dup2(fd, 55);
    CHECK_EQ(copy, 55);
    CHECK_OK(readlink("/proc/self/fd/55", target, sizeof target - 1));
    CHECK_STR(strrchr(target, '/'), "/file");
    CHECK_OK(unlink("file"));
    memset(target, 0, sizeof target);
    CHECK_OK(readlink("/proc/self/fd/55", target, sizeof target - 1));
    CHECK_STR(strrchr(target, '/'), "/file (deleted)");
    bool seen = false;
    DIR *dir = opendir("/proc/self/fd");
    REQUIRE(dir != NULL);
    for (struct dirent *entry; (entry = readdir(dir));) seen |= strcmp(entry->d_name, "55") == 0;
    CHECK(seen);
    CHECK_ERR(readlink("/proc/self/fd/56", target, sizeof target), ENOENT);
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
    CHECK_EQ(write(fd, "abc", 3), 3);
    CHECK_EQ(atoi(field_of(path, "pos")), 3);
    /* A removed file can still be opened through its link. */
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    CHECK_STR(text_of(path), "abc");
}

TEST(fdLinks_tellHowTheFileIsOpen) {
    struct stat status;
    CHECK_OK(close(make_file("file", "")));
    static const struct {
        int flags, mode;
    } cases[] = {{O_RDONLY, 0500}, {O_WRONLY, 0300}, {O_RDWR, 0700}, {O_PATH, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char path[64];
        snprintf(path, sizeof path, "/proc/self/fd/%d", open("file", cases[i].flags));
        CHECK_OK(lstat(path, &status));
        CHECK_EQ(status.st_mode, S_IFLNK | cases[i].mode);
        CHECK_EQ(status.st_size, 64);
    }
}

TEST(fdDirectory_tellsHowManyAreOpen) {
    struct stat before, status;
    char path[64];
    CHECK_OK(stat("/proc/self/fd", &before));
    int fd = dup(0);
    CHECK_OK(stat("/proc/self/fd", &status));
    /* since Linux 6.2 */
    if (before.st_size) CHECK_EQ(status.st_size, before.st_size + 1);
    CHECK_OK(close(fd));
    pid_t child = fork();
    if (child == 0) _exit(0);
    siginfo_t info;
    CHECK_OK(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT));
    snprintf(path, sizeof path, "/proc/%d/fd", child);
    CHECK_OK(stat(path, &status));
    CHECK_EQ(status.st_size, 0);
    CHECK_EQ(waitpid(child, NULL, 0), child);
}

TEST(ownDescriptors_areAlwaysToBeSeen) {
    CHECK_EQ(IN_CHILD({
                 char target[PATH_MAX];
                 CHECK_OK(setresgid(65534, 65534, 65534));
                 CHECK_OK(setresuid(65534, 65534, 65534));
                 struct stat status;
                 CHECK_OK(stat("/proc/self/fd", &status));
                 CHECK_EQ(status.st_uid, 0);
                 CHECK(opendir("/proc/self/fd") != NULL);
                 CHECK(opendir("/proc/self/fdinfo") != NULL);
                 CHECK_OK(readlink("/proc/self/fd/1", target, sizeof target));
                 CHECK_ERR(rmdir("/proc/self/fd/1"), ENOTDIR);
                 CHECK_ERR(unlink("/proc/self/fd/1"), EPERM);
                 snprintf(target, sizeof target, "/proc/%d/fd", getppid());
                 CHECK(opendir(target) == NULL);
             }),
             0);
}

TEST(exeCwdRoot_areLinks) {
    char target[PATH_MAX] = "", here[PATH_MAX];
    CHECK_OK(readlink("/proc/self/exe", target, sizeof target - 1));
    CHECK_EQ(target[0], '/');
    CHECK_OK(access(target, X_OK));
    memset(target, 0, sizeof target);
    CHECK_OK(readlink("/proc/self/cwd", target, sizeof target - 1));
    REQUIRE(getcwd(here, sizeof here) != NULL);
    CHECK_STR(target, here);
    memset(target, 0, sizeof target);
    CHECK_OK(readlink("/proc/self/root", target, sizeof target - 1));
    CHECK_STR(target, "/");
    close(make_file("file", "by cwd"));
    CHECK_STR(text_of("/proc/self/cwd/file"), "by cwd");
    memset(target, 0, sizeof target);
    CHECK_OK(readlink("/proc/self", target, sizeof target - 1));
    CHECK_EQ(atoi(target), getpid());
    memset(target, 0, sizeof target);
    CHECK_OK(readlink("/proc/thread-self", target, sizeof target - 1));
    char wanted[64];
    snprintf(wanted, sizeof wanted, "%d/task/%d", getpid(), getpid());
    CHECK_STR(target, wanted);
}

TEST(cmdlineAndEnviron_showStart) {
    pid_t child = START_CHILD(
        char *argv[] = {"sleep", "100", NULL};
        char *envp[] = {"COLOUR=green", NULL};
        execve("/bin/sleep", argv, envp));
    char path[64], text[64] = "";
    snprintf(path, sizeof path, "/proc/%d/cmdline", child);
    int64_t end = now_ns() + 10000000000LL;
    do {
        int fd = REQUIRE_OK(open(path, O_RDONLY));
        memset(text, 0, sizeof text);
        read(fd, text, sizeof text - 1);
        close(fd);
    } while (strcmp(text, "sleep") != 0 && now_ns() < end);
    CHECK_EQ(memcmp(text, "sleep\0" "100\0", 10), 0);
    snprintf(path, sizeof path, "/proc/%d/environ", child);
    CHECK_STR(text_of(path), "COLOUR=green");
    snprintf(path, sizeof path, "/proc/%d/comm", child);
    CHECK_STR(text_of(path), "sleep\n");
    EVENTUALLY(state_of(child) == 'S');
    kill(child, SIGKILL);
}

TEST(proc_listsProcesses) {
    char wanted[16];
    bool seen = false;
    snprintf(wanted, sizeof wanted, "%d", getpid());
    DIR *dir = opendir("/proc");
    REQUIRE(dir != NULL);
    for (struct dirent *entry; (entry = readdir(dir));) seen |= strcmp(entry->d_name, wanted) == 0;
    CHECK(seen);
    struct stat about;
    CHECK_ERR(stat("/proc/999999", &about), ENOENT);
    snprintf(wanted, sizeof wanted, "/proc/%d", START_CHILD(_exit(0)));
    wait(NULL);
    CHECK_ERR(stat(wanted, &about), ENOENT);
}

TEST(globalFiles_arePlausible) {
    CHECK(atol(field_of("/proc/meminfo", "MemTotal")) > 1000);
    CHECK(strstr(text_of("/proc/cpuinfo"), "processor") != NULL);
    CHECK(strncmp(text_of("/proc/version"), "Linux version ", 14) == 0);
    CHECK(atof(text_of("/proc/uptime")) >= 0);
    CHECK(strncmp(text_of("/proc/stat"), "cpu ", 4) == 0);
    CHECK(strstr(text_of("/proc/mounts"), "/proc") != NULL);
    CHECK(strstr(text_of("/proc/self/mounts"), " / ") != NULL);
    CHECK(strstr(text_of("/proc/self/mountinfo"), " / ") != NULL);
    CHECK(strstr(text_of("/proc/filesystems"), "proc") != NULL);
    double load;
    CHECK_EQ(sscanf(text_of("/proc/loadavg"), "%lf", &load), 1);
    CHECK(atoi(text_of("/proc/sys/kernel/pid_max")) > 100);
    CHECK_STR(text_of("/proc/sys/kernel/ostype"), "Linux\n");
    CHECK(strstr(text_of("/proc/self/limits"), "Max open files") != NULL);
}

TEST(proc_isReadOnlyInStructure) {
    CHECK_ERR(mkdir("/proc/new", 0700), ENOENT);
    CHECK_ERR(unlink("/proc/version"), EPERM);
    CHECK(open("/proc/self/new", O_RDWR | O_CREAT, 0600) < 0);
}

TEST(mem_readsOwnMemory) {
    char text[8] = "", value[] = "secret";
    int fd = open("/proc/self/mem", O_RDWR);
    if (fd < 0 && errno == ENOENT) SKIP("no /proc/self/mem");
    CHECK_EQ(pread(fd, text, 6, (off_t)(uintptr_t)value), 6);
    CHECK_STR(text, "secret");
    CHECK_EQ(pwrite(fd, "S", 1, (off_t)(uintptr_t)value), 1);
    CHECK_STR(value, "Secret");
    CHECK_ERR(pread(fd, text, 6, 8), EIO);
}

TEST(memoryOfOtherUsers_cannotBeOpened) {
    need_root();
    char path[64];
    static const char *const secret[] = {"environ", "auxv", "maps", "smaps", "numa_maps"};
    pid_t other = getpid();
    CHECK_EQ(IN_CHILD({
                 REQUIRE_OK(setresgid(65534, 65534, 65534));
                 REQUIRE_OK(setresuid(65534, 65534, 65534));
                 for (int i = 0; i < 5; i++) {
                     snprintf(path, sizeof path, "/proc/%d/%s", other, secret[i]);
                     if (i < 2 || access(path, F_OK) == 0) CHECK_ERR(open(path, O_RDONLY), EACCES);
                 }
             }),
            0);
}

static ssize_t put(const char *path, const char *text) {
    int fd = open(path, O_WRONLY);
    if (fd < 0) return -1;
    ssize_t result = write(fd, text, strlen(text));
    int error = errno;
    close(fd);
    errno = error;
    return result;
}

TEST(oomScoreAdj_isKept_andInherited) {
    CHECK_STR(text_of("/proc/self/oom_score_adj"), "0\n");
    CHECK_EQ(put("/proc/self/oom_score_adj", "500\n"), 4);
    CHECK_STR(text_of("/proc/self/oom_score_adj"), "500\n");
    CHECK_STR(text_of("/proc/self/oom_adj"), "8\n");
    int high = atoi(text_of("/proc/self/oom_score"));
    CHECK(high >= 1000);
    IN_CHILD(CHECK_STR(text_of("/proc/self/oom_score_adj"), "500\n"););
    CHECK_EQ(put("/proc/self/oom_score_adj", " 0x10 "), 6);
    CHECK_STR(text_of("/proc/self/oom_score_adj"), "16\n");
    CHECK(atoi(text_of("/proc/self/oom_score")) < high);
    CHECK_ERR(put("/proc/self/oom_score_adj", "1001"), EINVAL);
    CHECK_ERR(put("/proc/self/oom_score_adj", "-1001"), EINVAL);
    CHECK_ERR(put("/proc/self/oom_score_adj", "much"), EINVAL);
    CHECK_EQ(put("/proc/self/oom_adj", "15"), 2);
    CHECK_STR(text_of("/proc/self/oom_score_adj"), "1000\n");
    CHECK_ERR(put("/proc/self/oom_adj", "16"), EINVAL);
}

TEST(oomScoreAdj_ofTheUnprivileged_doesNotSink) {
    IN_CHILD(
        CHECK_EQ(put("/proc/self/oom_score_adj", "100"), 3);
        if (setuid(65534) != 0) _exit(0);
        if (prctl(PR_SET_DUMPABLE, 1) != 0) _exit(1);
        CHECK_EQ(put("/proc/self/oom_score_adj", "300"), 3);
        CHECK_ERR(put("/proc/self/oom_score_adj", "-1"), EACCES);
        CHECK_ERR(put("/proc/self/oom_adj", "0"), EACCES););
}
