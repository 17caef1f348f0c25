/* cgroups(7): version 2, as a file system. Checks of a controller that this kernel has elsewhere (version 1) are skipped. */
#include "check.h"

#include <linux/sched.h>
#include <poll.h>
#include <pthread.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/vfs.h>

/* The group of the test, in a mount of its own. */
static char group[128];

static const char *at(const char *file) {
    static char path[4][256];
    static int turn;
    char *into = path[turn++ % 4];
    snprintf(into, 256, "%s%s%s", group, *file ? "/" : "", file);
    return into;
}

static int put(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    int done = write(fd, text, strlen(text)), error = errno;
    close(fd);
    errno = error;
    return done < 0 ? -1 : 0;
}

static int put_number(const char *path, long number) {
    char text[32];
    snprintf(text, sizeof text, "%ld", number);
    return put(path, text);
}

/* The value behind "name " in a file of lines; -1 if there is none. */
static long long value_of(const char *path, const char *name) {
    const char *text = text_of(path);
    size_t size = strlen(name);
    for (const char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        if (strncmp(line, name, size) == 0 && line[size] == ' ') return atoll(line + size + 1);
    }
    return -1;
}

static long long number_in(const char *path) {
    return atoll(text_of(path));
}

static void begin(void) {
    need_root();
    REQUIRE_OK(unshare(CLONE_NEWNS));
    REQUIRE_OK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
    REQUIRE_OK(mkdir("m", 0755));
    if (mount("none", "m", "cgroup2", 0, NULL) < 0) SKIP("no cgroup2: %s", check_errno(errno));
    snprintf(group, sizeof group, "m/t%d", getpid());
    REQUIRE_OK(mkdir(group, 0755));
}

static bool has_word(const char *text, const char *word) {
    size_t size = strlen(word);
    for (const char *found = text; (found = strstr(found, word)); found += size) {
        if ((found == text || found[-1] == ' ') && (found[size] == ' ' || found[size] == '\n')) return true;
    }
    return false;
}

/* Makes a controller available in the group: its processes have to leave the root for that, where the root is a
 * container's. */
static void need_controller(const char *name) {
    char order[32];
    if (!has_word(text_of("m/cgroup.controllers"), name)) {
        rmdir(group);
        SKIP("no controller %s in version 2", name);
    }
    snprintf(order, sizeof order, "+%s", name);
    mkdir("m/init", 0755);
    for (int i = 0; i < 20 && put("m/cgroup.subtree_control", order) < 0; i++) {
        REQUIRE(errno == EBUSY);
        char all[4096];
        strcpy(all, text_of("m/cgroup.procs"));
        for (char *line = strtok(all, "\n"); line; line = strtok(NULL, "\n")) put("m/init/cgroup.procs", line);
    }
    REQUIRE(has_word(text_of("m/cgroup.subtree_control"), name));
}

/* Removes the group, whose processes have ended, perhaps just now. */
static void finish(void) {
    EVENTUALLY(rmdir(group) == 0);
}

TEST(newGroup_hasFiles) {
    begin();
    struct statfs system;
    CHECK_OK(statfs(group, &system));
    CHECK_EQ(system.f_type, 0x63677270);
    CHECK_STR(text_of(at("cgroup.procs")), "");
    CHECK_STR(text_of(at("cgroup.threads")), "");
    CHECK_STR(text_of(at("cgroup.type")), "domain\n");
    CHECK_STR(text_of(at("cgroup.subtree_control")), "");
    CHECK_STR(text_of(at("cgroup.events")), "populated 0\nfrozen 0\n");
    CHECK_STR(text_of(at("cgroup.max.depth")), "max\n");
    CHECK_STR(text_of(at("cgroup.max.descendants")), "max\n");
    CHECK_STR(text_of(at("cgroup.freeze")), "0\n");
    CHECK_EQ(value_of(at("cgroup.stat"), "nr_descendants"), 0);
    CHECK_EQ(value_of(at("cpu.stat"), "usage_usec"), 0);
    struct stat about;
    CHECK_OK(stat(group, &about));
    CHECK_EQ(about.st_mode, S_IFDIR | 0755);
    CHECK_EQ(about.st_nlink, 2);
    CHECK_OK(stat(at("cgroup.procs"), &about));
    CHECK_EQ(about.st_mode, S_IFREG | 0644);
    CHECK_EQ(about.st_size, 0);
    CHECK_OK(stat(at("cgroup.controllers"), &about));
    CHECK_EQ(about.st_mode, S_IFREG | 0444);
    CHECK_OK(stat(at("cgroup.kill"), &about));
    CHECK_EQ(about.st_mode, S_IFREG | 0200);
    char byte;
    int fd = CHECK_OK(open(at("cgroup.kill"), O_RDONLY));
    CHECK_ERR(read(fd, &byte, 1), EINVAL);
    close(fd);
    CHECK_ERR(put(at("cgroup.events"), "1"), EINVAL);
    finish();
}

TEST(directories_comeAndGo) {
    begin();
    CHECK_OK(mkdir(at("a"), 0755));
    CHECK_OK(mkdir(at("a/b"), 0755));
    CHECK_ERR(mkdir(at("a"), 0755), EEXIST);
    CHECK_ERR(mkdir(at("cgroup.procs"), 0755), EEXIST);
    CHECK_ERR(mkdir(at("c\nd"), 0755), EINVAL);
    CHECK_ERR(rmdir(at("a")), EBUSY);
    CHECK_ERR(unlink(at("cgroup.procs")), EPERM);
    CHECK_ERR(rmdir(at("cgroup.procs")), ENOTDIR);
    CHECK_EQ(value_of(at("cgroup.stat"), "nr_descendants"), 2);
    int fd = CHECK_OK(open(at("a/b/cgroup.procs"), O_RDWR));
    CHECK_OK(rmdir(at("a/b")));
    char byte;
    CHECK_ERR(read(fd, &byte, 1), ENODEV);
    CHECK_ERR(write(fd, "0", 1), ENODEV);
    CHECK_ERR(open(at("a/b/cgroup.procs"), O_RDONLY), ENOENT);
    CHECK_OK(rmdir(at("a")));
    finish();
}

TEST(limitsOfTree_refuseMkdir) {
    begin();
    CHECK_OK(put(at("cgroup.max.descendants"), "1"));
    CHECK_OK(mkdir(at("a"), 0755));
    CHECK_ERR(mkdir(at("b"), 0755), EAGAIN);
    CHECK_ERR(mkdir(at("a/b"), 0755), EAGAIN);
    CHECK_OK(put(at("cgroup.max.descendants"), "max"));
    CHECK_OK(put(at("cgroup.max.depth"), "1\n"));
    CHECK_OK(mkdir(at("b"), 0755));
    CHECK_ERR(mkdir(at("a/b"), 0755), EAGAIN);
    CHECK_ERR(put(at("cgroup.max.depth"), "-1"), ERANGE);
    CHECK_ERR(put(at("cgroup.max.depth"), "x"), EINVAL);
    CHECK_STR(text_of(at("cgroup.max.depth")), "1\n");
    CHECK_OK(rmdir(at("a")));
    CHECK_OK(rmdir(at("b")));
    finish();
}

TEST(procs_moveAndInherit) {
    begin();
    int gate[2];
    REQUIRE_OK(pipe(gate));
    pid_t child = START_CHILD({
        char byte;
        close(gate[1]);
        CHECK_EQ(IN_CHILD(read(gate[0], &byte, 1)), 0);
    });
    CHECK_OK(put_number(at("cgroup.procs"), child));
    char expected[64], path[64];
    snprintf(path, sizeof path, "/proc/%d/cgroup", child);
    snprintf(expected, sizeof expected, "0::/t%d\n", getpid());
    CHECK(strstr(text_of(path), expected) != NULL);
    CHECK(strstr(text_of(at("cgroup.procs")), "\n") != NULL);
    CHECK_STR(text_of(at("cgroup.events")), "populated 1\nfrozen 0\n");
    CHECK_ERR(rmdir(group), EBUSY);
    CHECK_EQ(IN_CHILD({
                 CHECK_OK(put(at("cgroup.procs"), "0"));
                 pid_t below = START_CHILD(pause());
                 snprintf(path, sizeof path, "/proc/%d/cgroup", below);
                 CHECK(strstr(text_of(path), expected) != NULL);
                 kill(below, SIGKILL);
                 wait_for(below);
             }),
            0);
    CHECK_ERR(put(at("cgroup.procs"), "2000000"), ESRCH);
    CHECK_ERR(put(at("cgroup.procs"), "-1"), EINVAL);
    CHECK_ERR(put(at("cgroup.procs"), "x"), EINVAL);
    close(gate[1]);
    CHECK_EQ(wait_for(child), 0);
    EVENTUALLY(value_of(at("cgroup.events"), "populated") == 0);
    finish();
}

TEST(events_pollAndInotify) {
    begin();
    int events = REQUIRE_OK(open(at("cgroup.events"), O_RDONLY));
    char text[64];
    CHECK(read(events, text, sizeof text) > 0);
    int watcher = REQUIRE_OK(inotify_init1(IN_NONBLOCK));
    CHECK_OK(inotify_add_watch(watcher, at("cgroup.events"), IN_MODIFY));
    struct pollfd asked = {.fd = events, .events = POLLPRI};
    CHECK_EQ(poll(&asked, 1, 0), 0);
    pid_t child = START_CHILD(pause());
    CHECK_OK(put_number(at("cgroup.procs"), child));
    CHECK_EQ(poll(&asked, 1, 5000), 1);
    CHECK_EQ(asked.revents, POLLPRI | POLLERR);
    CHECK_EQ(pread(events, text, sizeof text, 0), 21);
    CHECK(strncmp(text, "populated 1\n", 12) == 0);
    CHECK_EQ(poll(&asked, 1, 0), 0);
    kill(child, SIGKILL);
    wait_for(child);
    CHECK_EQ(poll(&asked, 1, 5000), 1);
    struct pollfd notified = {.fd = watcher, .events = POLLIN};
    CHECK_EQ(poll(&notified, 1, 5000), 1);
    struct inotify_event event;
    CHECK_EQ(read(watcher, &event, sizeof event), sizeof event);
    CHECK_EQ(event.mask, IN_MODIFY);
    close(events);
    finish();
}

TEST(freeze_holdsAndThaws) {
    begin();
    volatile long *count = shared_memory(4096);
    pid_t runner = START_CHILD(for (;;) count[0]++);
    int gate[2];
    REQUIRE_OK(pipe(gate));
    pid_t sleeper = START_CHILD({
        char byte;
        CHECK_EQ(read(gate[0], &byte, 1), 1);
        count[1] = 1;
        pause();
    });
    CHECK_OK(put_number(at("cgroup.procs"), runner));
    CHECK_OK(put_number(at("cgroup.procs"), sleeper));
    EVENTUALLY(count[0] > 1000);
    EVENTUALLY(state_of(sleeper) == 'S');
    CHECK_OK(put(at("cgroup.freeze"), "1"));
    EVENTUALLY(value_of(at("cgroup.events"), "frozen") == 1);
    long before = count[0];
    CHECK_EQ(write(gate[1], "x", 1), 1);
    sleep_ms(50);
    CHECK_EQ(count[0], before);
    CHECK_EQ(count[1], 0);
    /* who comes freezes, who leaves thaws */
    pid_t third = START_CHILD(for (;;) count[2]++);
    EVENTUALLY(count[2] > 0);
    CHECK_OK(put_number(at("cgroup.procs"), third));
    EVENTUALLY(value_of(at("cgroup.events"), "frozen") == 1);
    sleep_ms(20);
    before = count[2];
    sleep_ms(20);
    CHECK_EQ(count[2], before);
    CHECK_OK(put_number("m/cgroup.procs", third) == 0 ? 0 : put_number("m/init/cgroup.procs", third));
    EVENTUALLY(count[2] > before);
    kill(third, SIGKILL);
    wait_for(third);
    before = count[0];
    CHECK_OK(put(at("cgroup.freeze"), "0"));
    EVENTUALLY(count[0] > before);
    EVENTUALLY(count[1] == 1);
    CHECK_EQ(value_of(at("cgroup.events"), "frozen"), 0);
    CHECK_ERR(put(at("cgroup.freeze"), "2"), ERANGE);
    /* SIGKILL reaches the frozen */
    CHECK_OK(put(at("cgroup.freeze"), "1"));
    EVENTUALLY(value_of(at("cgroup.events"), "frozen") == 1);
    kill(runner, SIGKILL);
    CHECK_EQ(wait_for(runner), SIGKILL);
    CHECK_OK(put(at("cgroup.freeze"), "0"));
    kill(sleeper, SIGKILL);
    wait_for(sleeper);
    finish();
}

TEST(freeze_isInherited) {
    begin();
    volatile long *count = shared_memory(4096);
    CHECK_OK(mkdir(at("a"), 0755));
    pid_t child = START_CHILD(for (;;) count[0]++);
    CHECK_OK(put_number(at("a/cgroup.procs"), child));
    CHECK_OK(put(at("cgroup.freeze"), "1"));
    EVENTUALLY(value_of(at("cgroup.events"), "frozen") == 1);
    CHECK_EQ(value_of(at("a/cgroup.events"), "frozen"), 1);
    CHECK_STR(text_of(at("a/cgroup.freeze")), "0\n");
    CHECK_OK(put(at("a/cgroup.freeze"), "0"));
    long before = count[0];
    sleep_ms(20);
    CHECK_EQ(count[0], before);
    CHECK_OK(put(at("cgroup.freeze"), "0"));
    EVENTUALLY(count[0] > before);
    kill(child, SIGKILL);
    wait_for(child);
    CHECK_OK(rmdir(at("a")));
    finish();
}

TEST(kill_endsAllBelow) {
    begin();
    CHECK_OK(mkdir(at("a"), 0755));
    pid_t one = START_CHILD(pause());
    pid_t other = START_CHILD(for (;;));
    CHECK_OK(put_number(at("cgroup.procs"), one));
    CHECK_OK(put_number(at("a/cgroup.procs"), other));
    CHECK_ERR(put(at("cgroup.kill"), "0"), ERANGE);
    CHECK_ERR(put(at("cgroup.kill"), "x"), EINVAL);
    CHECK_OK(put(at("cgroup.kill"), "1"));
    CHECK_EQ(wait_for(one), SIGKILL);
    CHECK_EQ(wait_for(other), SIGKILL);
    EVENTUALLY(rmdir(at("a")) == 0);
    finish();
}

static long clone_into(int fd, size_t size) {
    struct clone_args args = {.flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = fd};
    return syscall(SYS_clone3, &args, size);
}

TEST(clone3_intoCgroup) {
    begin();
    int fd = REQUIRE_OK(open(group, O_RDONLY | O_DIRECTORY));
    pid_t child = clone_into(fd, sizeof(struct clone_args));
    if (child == 0) {
        char expected[160];
        snprintf(expected, sizeof expected, "0::%s\n", group + 1);
        CHECK(strstr(text_of("/proc/self/cgroup"), expected) != NULL);
        pause();
    }
    REQUIRE_OK(child);
    CHECK_EQ(number_in(at("cgroup.procs")), child);
    kill(child, SIGKILL);
    wait_for(child);
    CHECK_ERR(clone_into(fd, CLONE_ARGS_SIZE_VER1), EINVAL);
    CHECK_ERR(clone_into(1000, sizeof(struct clone_args)), EBADF);
    int other = REQUIRE_OK(open("/tmp", O_RDONLY));
    CHECK_ERR(clone_into(other, sizeof(struct clone_args)), EBADF);
    EVENTUALLY(rmdir(group) == 0);
    CHECK_ERR(clone_into(fd, sizeof(struct clone_args)), ENOENT);
}

static void *wait_here(void *tid) {
    __atomic_store_n((int *)tid, gettid(), __ATOMIC_SEQ_CST);
    while (pause());
    return NULL;
}

TEST(threaded_groups_takeThreads) {
    begin();
    CHECK_OK(mkdir(at("a"), 0755));
    CHECK_OK(mkdir(at("d"), 0755));
    CHECK_ERR(put(at("a/cgroup.type"), "domain"), EINVAL);
    CHECK_OK(put(at("a/cgroup.type"), "threaded"));
    CHECK_STR(text_of(at("a/cgroup.type")), "threaded\n");
    CHECK_STR(text_of(at("cgroup.type")), "domain threaded\n");
    CHECK_STR(text_of(at("d/cgroup.type")), "domain invalid\n");
    int *tids = shared_memory(4096);
    pid_t child = START_CHILD({
        pthread_t thread;
        pthread_create(&thread, NULL, wait_here, tids);
        pause();
    });
    EVENTUALLY(tids[0] != 0);
    CHECK_ERR(put_number(at("a/cgroup.threads"), tids[0]), EOPNOTSUPP);
    CHECK_ERR(put_number(at("d/cgroup.procs"), child), EOPNOTSUPP);
    CHECK_OK(put_number(at("cgroup.procs"), child));
    CHECK_OK(put_number(at("a/cgroup.threads"), tids[0]));
    CHECK_EQ(number_in(at("a/cgroup.threads")), tids[0]);
    CHECK_EQ(number_in(at("cgroup.threads")), child);
    CHECK_EQ(number_in(at("cgroup.procs")), child);
    int fd = CHECK_OK(open(at("a/cgroup.procs"), O_RDONLY));
    char byte;
    CHECK_ERR(read(fd, &byte, 1), EOPNOTSUPP);
    close(fd);
    CHECK_ERR(put(at("a/cgroup.kill"), "1"), EOPNOTSUPP);
    CHECK_OK(put(at("cgroup.kill"), "1"));
    CHECK_EQ(wait_for(child), SIGKILL);
    EVENTUALLY(rmdir(at("a")) == 0);
    CHECK_STR(text_of(at("cgroup.type")), "domain\n");
    CHECK_OK(rmdir(at("d")));
    finish();
}

TEST(namespace_hidesWhatIsAbove) {
    begin();
    CHECK_OK(mkdir(at("a"), 0755));
    CHECK_EQ(IN_CHILD({
                 CHECK_OK(put(at("a/cgroup.procs"), "0"));
                 CHECK_OK(unshare(CLONE_NEWCGROUP));
                 CHECK(strstr(text_of("/proc/self/cgroup"), "0::/\n") != NULL);
                 char path[64];
                 snprintf(path, sizeof path, "/proc/%d/cgroup", getppid());
                 CHECK(strstr(text_of(path), "0::/..") != NULL);
                 REQUIRE_OK(mkdir("n", 0755));
                 CHECK_OK(mount("none", "n", "cgroup2", 0, NULL));
                 CHECK_EQ(number_in("n/cgroup.procs"), getpid());
                 CHECK_OK(mkdir("n/below", 0755));
                 CHECK_OK(access(at("a/below"), F_OK));
                 CHECK_OK(put("n/below/cgroup.procs", "0"));
                 CHECK(strstr(text_of("/proc/self/cgroup"), "0::/below\n") != NULL);
                 CHECK_OK(umount("n"));
                 rmdir("n");
             }),
            0);
    EVENTUALLY(rmdir(at("a/below")) == 0);
    CHECK_OK(rmdir(at("a")));
    finish();
}

TEST(subtreeControl_rules) {
    begin();
    char first[32] = "";
    char order[40];
    if (has_word(text_of("m/cgroup.controllers"), "memory")) strcpy(first, "memory");
    else sscanf(text_of("m/cgroup.controllers"), "%31s", first);
    if (!*first) SKIP("no controller in version 2");
    snprintf(order, sizeof order, "-%s", first);
    put("m/cgroup.subtree_control", order);
    order[0] = '+';
    CHECK_ERR(put(at("cgroup.subtree_control"), order), ENOENT);
    CHECK_ERR(put(at("cgroup.subtree_control"), "+nothing"), EINVAL);
    CHECK_ERR(put(at("cgroup.subtree_control"), first), EINVAL);
    need_controller(first);
    CHECK(has_word(text_of(at("cgroup.controllers")), first));
    CHECK_OK(mkdir(at("a"), 0755));
    CHECK_STR(text_of(at("a/cgroup.controllers")), "");
    pid_t child = START_CHILD(pause());
    CHECK_OK(put_number(at("cgroup.procs"), child));
    CHECK_ERR(put(at("cgroup.subtree_control"), order), EBUSY);
    CHECK_OK(put_number(at("a/cgroup.procs"), child));
    CHECK_OK(put(at("cgroup.subtree_control"), order));
    CHECK(has_word(text_of(at("a/cgroup.controllers")), first));
    CHECK_ERR(put_number(at("cgroup.procs"), child), EBUSY);
    order[0] = '-';
    CHECK_ERR(put("m/cgroup.subtree_control", order), EBUSY);
    CHECK_OK(put(at("cgroup.subtree_control"), order));
    kill(child, SIGKILL);
    wait_for(child);
    EVENTUALLY(rmdir(at("a")) == 0);
    finish();
    CHECK_OK(put("m/cgroup.subtree_control", order));
    rmdir("m/init");
}

TEST(pids_max_refusesForks) {
    begin();
    need_controller("pids");
    CHECK_STR(text_of(at("pids.max")), "max\n");
    CHECK_EQ(number_in(at("pids.current")), 0);
    CHECK_ERR(put(at("pids.max"), "-1"), EINVAL);
    CHECK_OK(put(at("pids.max"), "3"));
    int events = REQUIRE_OK(open(at("pids.events"), O_RDONLY));
    char text[32];
    CHECK(read(events, text, sizeof text) > 0);
    CHECK_EQ(IN_CHILD({
                 CHECK_OK(put(at("cgroup.procs"), "0"));
                 CHECK_EQ(number_in(at("pids.current")), 1);
                 pid_t one = REQUIRE_OK(fork());
                 if (one == 0) _exit(0);
                 siginfo_t info;
                 waitid(P_PID, one, &info, WEXITED | WNOWAIT);
                 /* zombies count */
                 pid_t two = START_CHILD(pause());
                 CHECK_EQ(number_in(at("pids.current")), 3);
                 CHECK_ERR(fork(), EAGAIN);
                 wait_for(one);
                 pid_t three = START_CHILD(pause());
                 CHECK_EQ(number_in(at("pids.current")), 3);
                 kill(two, SIGKILL);
                 kill(three, SIGKILL);
                 wait_for(two);
                 wait_for(three);
                 CHECK_EQ(number_in(at("pids.current")), 1);
             }),
            0);
    CHECK_EQ(value_of(at("pids.events"), "max"), 1);
    CHECK_EQ(number_in(at("pids.peak")), 3);
    struct pollfd asked = {.fd = events, .events = POLLPRI};
    CHECK_EQ(poll(&asked, 1, 1000), 1);
    close(events);
    finish();
}

#define MEGA (1024 * 1024L)

static char *touch(size_t bytes) {
    char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (size_t i = 0; memory != MAP_FAILED && i < bytes; i += 4096) memory[i] = 1;
    return memory;
}

TEST(memory_current_followsUse) {
    begin();
    need_controller("memory");
    CHECK_STR(text_of(at("memory.max")), "max\n");
    CHECK_STR(text_of(at("memory.low")), "0\n");
    CHECK_STR(text_of(at("memory.high")), "max\n");
    CHECK_OK(put(at("memory.max"), "64M"));
    CHECK_EQ(number_in(at("memory.max")), 64 * MEGA);
    CHECK_ERR(put(at("memory.max"), "x"), EINVAL);
    REQUIRE_OK(mkdir("tmp", 0755));
    REQUIRE_OK(mount("none", "tmp", "tmpfs", 0, NULL));
    CHECK_EQ(IN_CHILD({
                 CHECK_OK(put(at("cgroup.procs"), "0"));
                 long before = number_in(at("memory.current"));
                 char *memory = touch(16 * MEGA);
                 long used = number_in(at("memory.current"));
                 CHECK(used - before >= 16 * MEGA && used - before < 18 * MEGA);
                 CHECK(value_of(at("memory.stat"), "anon") >= 16 * MEGA);
                 munmap(memory, 16 * MEGA);
                 CHECK(number_in(at("memory.current")) < before + 2 * MEGA);
                 int fd = REQUIRE_OK(open("tmp/file", O_RDWR | O_CREAT, 0600));
                 static char block[MEGA];
                 for (int i = 0; i < 8; i++) CHECK_EQ(write(fd, block, MEGA), MEGA);
                 CHECK(number_in(at("memory.current")) >= before + 8 * MEGA);
                 CHECK(value_of(at("memory.stat"), "file") >= 8 * MEGA);
                 unlink("tmp/file");
                 close(fd);
             }),
            0);
    EVENTUALLY(number_in(at("memory.current")) < 2 * MEGA);
    CHECK(number_in(at("memory.peak")) >= 16 * MEGA);
    umount("tmp");
    rmdir("tmp");
    finish();
}

TEST(memory_max_killsInsideOnly) {
    begin();
    need_controller("memory");
    CHECK_OK(put(at("memory.max"), "32M"));
    CHECK_OK(put(at("memory.swap.max"), "0"));
    int events = REQUIRE_OK(open(at("memory.events"), O_RDONLY));
    char text[256];
    CHECK(read(events, text, sizeof text) > 0);
    pid_t outside = START_CHILD({
        touch(48 * MEGA);
        pause();
    });
    pid_t small = START_CHILD({
        put(at("cgroup.procs"), "0");
        touch(2 * MEGA);
        pause();
    });
    EVENTUALLY(number_in(at("memory.current")) >= 2 * MEGA);
    pid_t large = START_CHILD({
        put(at("cgroup.procs"), "0");
        touch(64 * MEGA);
        pause();
    });
    CHECK_EQ(wait_for(large), SIGKILL);
    CHECK_EQ(waitpid(small, NULL, WNOHANG), 0);
    CHECK_EQ(waitpid(outside, NULL, WNOHANG), 0);
    CHECK_EQ(value_of(at("memory.events"), "oom_kill"), 1);
    CHECK(value_of(at("memory.events"), "oom") >= 1);
    CHECK(value_of(at("memory.events"), "max") >= 1);
    struct pollfd asked = {.fd = events, .events = POLLPRI};
    CHECK_EQ(poll(&asked, 1, 1000), 1);
    /* a limit below what is used ends those who use it */
    CHECK_OK(put(at("memory.max"), "1M"));
    CHECK_EQ(wait_for(small), SIGKILL);
    kill(outside, SIGKILL);
    wait_for(outside);
    close(events);
    finish();
}

TEST(droppableMemory_goesBeforeProcesses) {
    begin();
    need_controller("memory");
    CHECK_OK(put(at("memory.max"), "32M"));
    CHECK_OK(put(at("memory.swap.max"), "0"));
    CHECK_EQ(IN_CHILD({
                 CHECK_OK(put(at("cgroup.procs"), "0"));
                 char *cache = mmap(NULL, 16 * MEGA, PROT_READ | PROT_WRITE, 8 | MAP_ANONYMOUS, -1, 0);
                 if (cache == MAP_FAILED && errno == EINVAL) SKIP("no MAP_DROPPABLE");
                 memset(cache, 'c', 16 * MEGA);
                 touch(24 * MEGA);
                 int gone = 0;
                 for (int i = 0; i < 16 * MEGA; i += 4096) gone += cache[i] == 0;
                 CHECK(gone > 0);
             }),
             0);
    CHECK_EQ(value_of(at("memory.events"), "oom_kill"), 0);
}

TEST(memory_oomScoreAdj_choosesWhoEnds) {
    begin();
    need_controller("memory");
    CHECK_OK(put(at("memory.max"), "32M"));
    CHECK_OK(put(at("memory.swap.max"), "0"));
    pid_t offered = START_CHILD({
        put(at("cgroup.procs"), "0");
        put("/proc/self/oom_score_adj", "1000");
        touch(2 * MEGA);
        pause();
    });
    pid_t kept = START_CHILD({
        put(at("cgroup.procs"), "0");
        put("/proc/self/oom_score_adj", "-1000");
        touch(20 * MEGA);
        pause();
    });
    EVENTUALLY(number_in(at("memory.current")) >= 22 * MEGA);
    pid_t growing = START_CHILD({
        put(at("cgroup.procs"), "0");
        touch(64 * MEGA);
        pause();
    });
    CHECK_EQ(wait_for(offered), SIGKILL);
    CHECK_EQ(wait_for(growing), SIGKILL);
    CHECK_EQ(waitpid(kept, NULL, WNOHANG), 0);
    CHECK_EQ(value_of(at("memory.events"), "oom_kill"), 2);
    kill(kept, SIGKILL);
    wait_for(kept);
    finish();
}

TEST(memory_oomGroup_killsAll) {
    begin();
    need_controller("memory");
    CHECK_OK(put(at("memory.max"), "32M"));
    CHECK_OK(put(at("memory.swap.max"), "0"));
    CHECK_OK(put(at("memory.oom.group"), "1"));
    pid_t small = START_CHILD({
        put(at("cgroup.procs"), "0");
        touch(2 * MEGA);
        pause();
    });
    EVENTUALLY(number_in(at("memory.current")) >= 2 * MEGA);
    pid_t large = START_CHILD({
        put(at("cgroup.procs"), "0");
        touch(64 * MEGA);
        pause();
    });
    CHECK_EQ(wait_for(large), SIGKILL);
    CHECK_EQ(wait_for(small), SIGKILL);
    CHECK_EQ(value_of(at("memory.events"), "oom_group_kill"), 1);
    finish();
}

TEST(memory_reclaim_givesCacheBack) {
    begin();
    need_controller("memory");
    CHECK_ERR(put(at("memory.reclaim"), "x"), EINVAL);
    CHECK_ERR(put(at("memory.reclaim"), "4096 swappiness=201"), EINVAL);
    CHECK_OK(put(at("memory.swap.max"), "0"));
    CHECK_EQ(IN_CHILD({
                 CHECK_OK(put(at("cgroup.procs"), "0"));
                 touch(16 * MEGA);
                 /* without swap nothing of this can go */
                 CHECK_ERR(put(at("memory.reclaim"), "16M"), EAGAIN);
                 int fd = open("/bin/bash", O_RDONLY);
                 char *cache = mmap(NULL, MEGA, PROT_READ, MAP_SHARED, fd, 0);
                 volatile char sum = 0;
                 for (int i = 0; fd >= 0 && i < MEGA; i += 4096) sum += cache[i];
                 munmap(cache, MEGA);
                 close(fd);
                 long long file = value_of(at("memory.stat"), "file");
                 if (file >= MEGA / 2) {
                     CHECK_OK(put(at("memory.reclaim"), "64K"));
                     CHECK(value_of(at("memory.stat"), "file") <= file - 65536);
                 }
             }),
            0);
    finish();
}

TEST(memory_high_throttles) {
    begin();
    need_controller("memory");
    CHECK_OK(put(at("memory.high"), "8M"));
    CHECK_OK(put(at("memory.swap.max"), "0"));
    volatile long *touched = shared_memory(4096);
    pid_t child = START_CHILD({
        put(at("cgroup.procs"), "0");
        char *memory = mmap(NULL, 256 * MEGA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        for (long i = 0; i < 256 * MEGA; i += 4096) {
            memory[i] = 1;
            touched[0] = i;
        }
        pause();
    });
    EVENTUALLY(value_of(at("memory.events"), "high") > 0);
    sleep_ms(1000);
    CHECK(touched[0] < 128 * MEGA);
    CHECK_EQ(value_of(at("memory.events"), "oom_kill"), 0);
    /* SIGKILL does not wait */
    kill(child, SIGKILL);
    CHECK_EQ(wait_for(child), SIGKILL);
    finish();
}

TEST(cpu_stat_countsTime) {
    begin();
    pid_t child = START_CHILD({
        put(at("cgroup.procs"), "0");
        struct timespec used;
        do clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
        while (used.tv_sec == 0 && used.tv_nsec < 200000000);
    });
    CHECK_EQ(wait_for(child), 0);
    long long usage = value_of(at("cpu.stat"), "usage_usec");
    CHECK(usage >= 190000 && usage < 1000000);
    long long parts = value_of(at("cpu.stat"), "user_usec") + value_of(at("cpu.stat"), "system_usec");
    CHECK(parts >= usage - 2000 && parts <= usage + 2000);
    finish();
}

TEST(cpu_max_holds) {
    begin();
    need_controller("cpu");
    CHECK_STR(text_of(at("cpu.max")), "max 100000\n");
    CHECK_STR(text_of(at("cpu.weight")), "100\n");
    CHECK_ERR(put(at("cpu.max"), "10"), EINVAL);
    CHECK_ERR(put(at("cpu.max"), "10000 10"), EINVAL);
    CHECK_ERR(put(at("cpu.weight"), "0"), ERANGE);
    CHECK_OK(put(at("cpu.max"), "20000 100000"));
    CHECK_STR(text_of(at("cpu.max")), "20000 100000\n");
    pid_t child = START_CHILD({
        put(at("cgroup.procs"), "0");
        for (;;);
    });
    sleep_ms(2000);
    kill(child, SIGKILL);
    struct rusage used;
    int status;
    wait4(child, &status, 0, &used);
    double seconds = used.ru_utime.tv_sec + used.ru_stime.tv_sec + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
    CHECK(seconds < 0.6 && seconds > 0.1);
    CHECK(value_of(at("cpu.stat"), "nr_throttled") >= 5);
    CHECK(value_of(at("cpu.stat"), "nr_periods") >= value_of(at("cpu.stat"), "nr_throttled"));
    CHECK(value_of(at("cpu.stat"), "throttled_usec") > 10000);
    finish();
}

TEST(procCgroups_namesControllers) {
    CHECK(strncmp(text_of("/proc/cgroups"), "#subsys_name\thierarchy\tnum_cgroups\tenabled\n", 43) == 0);
    CHECK(strstr(text_of("/proc/cgroups"), "\nmemory\t") != NULL);
    CHECK(strstr(text_of("/proc/filesystems"), "cgroup2") != NULL);
}
