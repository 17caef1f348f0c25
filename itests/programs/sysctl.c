/* Limits in /proc/sys that root can change, and what they then do: proc_sys_fs(5), proc_sys_kernel(5), proc_sys_vm(5). */
#include "check.h"
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

enum { USER = 54321, OTHER = 54322, PAGE = 4096 };

static int open_setting(const char *name, int flags) {
    char path[128];
    snprintf(path, sizeof path, "/proc/sys/%s", name);
    return open(path, flags | O_CLOEXEC);
}

static long get(const char *name) {
    char text[32] = "";
    int fd = open_setting(name, O_RDONLY);
    if (fd < 0) return -1000;
    read(fd, text, sizeof text - 1);
    close(fd);
    return atol(text);
}

/* 0 or -1 with errno, as a system call. */
static int put(const char *name, const char *value) {
    int fd = open_setting(name, O_WRONLY);
    if (fd < 0) return -1;
    ssize_t written = write(fd, value, strlen(value));
    int error = errno;
    close(fd);
    errno = error;
    return written == (ssize_t)strlen(value) ? 0 : -1;
}

static int put_number(const char *name, long value) {
    char text[32];
    snprintf(text, sizeof text, "%ld\n", value);
    return put(name, text);
}

/* CAP_SYS_RESOURCE, which root of a container often does not have. */
static bool may_exceed_limits(void) { return prctl(PR_CAPBSET_READ, 24) == 1; }

static void become(uid_t user) {
    CHECK_OK(setresgid(user, user, user));
    CHECK_OK(setresuid(user, user, user));
}

TEST(numbers_areDecimalOctalOrHexadecimal) {
    long old = get("fs/protected_fifos");
    CHECK_OK(put("fs/protected_fifos", "0x2"));
    CHECK_EQ(get("fs/protected_fifos"), 2);
    CHECK_OK(put("fs/protected_fifos", " 01 \n"));
    CHECK_EQ(get("fs/protected_fifos"), 1);
    CHECK_ERR(put("fs/protected_fifos", "3"), EINVAL);
    CHECK_ERR(put("fs/protected_fifos", "-1"), EINVAL);
    CHECK_ERR(put("fs/protected_fifos", "1x"), EINVAL);
    CHECK_ERR(put("fs/protected_fifos", "08"), EINVAL);
    CHECK_ERR(put("fs/protected_fifos", "99999999999999999999"), EINVAL);
    CHECK_EQ(get("fs/protected_fifos"), 1);
    CHECK_OK(put_number("fs/protected_fifos", old));
    IN_CHILD({
        become(USER);
        CHECK_ERR(put("fs/protected_fifos", "1"), EACCES);
    });
}

TEST(seeking_fromTheEndOfASetting_countsFromZero) {
    int fd = open_setting("fs/pipe-max-size", O_RDONLY);
    char byte;
    CHECK_EQ(lseek(fd, 0, SEEK_END), 0);
    CHECK_EQ(lseek(fd, 2, SEEK_END), 2);
    CHECK_ERR(lseek(fd, -1, SEEK_END), EINVAL);
    CHECK_OK(lseek(fd, 0, SEEK_SET));
    CHECK_EQ(read(fd, &byte, 1), 1);
    close(fd);
    fd = open("/proc/uptime", O_RDONLY);
    CHECK_ERR(lseek(fd, 0, SEEK_END), EINVAL);
}

TEST(pipeMaxSize_boundsPipesOfUsers) {
    long old = get("fs/pipe-max-size");
    CHECK_OK(put("fs/pipe-max-size", "70000"));
    CHECK_EQ(get("fs/pipe-max-size"), 131072);
    CHECK_OK(put("fs/pipe-max-size", "0"));
    CHECK_EQ(get("fs/pipe-max-size"), PAGE);
    CHECK_ERR(put("fs/pipe-max-size", "2147483649"), EINVAL);
    CHECK_ERR(put("fs/pipe-max-size", "x"), EINVAL);
    CHECK_OK(put("fs/pipe-max-size", "131072"));
    int fds[2];
    CHECK_OK(pipe(fds));
    if (may_exceed_limits()) CHECK_EQ(fcntl(fds[0], F_SETPIPE_SZ, 131073), 262144);
    IN_CHILD({
        int own[2];
        become(USER);
        CHECK_OK(pipe(own));
        CHECK_ERR(fcntl(own[0], F_SETPIPE_SZ, 131073), EPERM);
        CHECK_EQ(fcntl(own[0], F_SETPIPE_SZ, 131072), 131072);
    });
    CHECK_OK(put_number("fs/pipe-max-size", old));
    CHECK_EQ(get("fs/pipe-max-size"), old);
}

/* A table that is too large for a limit that was lowered has no copy. */
TEST(nrOpen_boundsDescriptors) {
    long old = get("fs/nr_open");
    struct rlimit limit = {old, old + 1};
    CHECK_ERR(put("fs/nr_open", "63"), EINVAL);
    CHECK_ERR(setrlimit(RLIMIT_NOFILE, &limit), EPERM);
    if (!may_exceed_limits()) SKIP("needs CAP_SYS_RESOURCE");
    CHECK_OK(put_number("fs/nr_open", old + 1024));
    CHECK_EQ(get("fs/nr_open"), old + 1024);
    limit.rlim_cur = limit.rlim_max = old + 1024;
    CHECK_OK(setrlimit(RLIMIT_NOFILE, &limit));
    CHECK_EQ(dup2(0, old + 64), old + 64);
    CHECK_EQ(fcntl(old + 64, F_GETFD), 0);
    CHECK_OK(put_number("fs/nr_open", old));
    CHECK_ERR(fork(), EMFILE);
    pid_t sharer = syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
    if (sharer == 0) {
        CHECK_ERR(unshare(CLONE_FILES), EMFILE);
        _exit(0);
    }
    CHECK(sharer > 0);
    CHECK_EQ(waitpid(sharer, NULL, 0), sharer);
    CHECK_OK(close(old + 64));
    IN_CHILD({ CHECK_EQ(get("fs/nr_open"), old); });
}

TEST(maxMapCount_boundsAreas) {
    enum { AREAS = 20000 };
    long old = get("vm/max_map_count");
    char *pages = mmap(NULL, 2 * (AREAS + 8) * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    REQUIRE(pages != MAP_FAILED);
    CHECK_ERR(put("vm/max_map_count", "-1"), EINVAL);
    CHECK_OK(put_number("vm/max_map_count", AREAS));
    CHECK_EQ(get("vm/max_map_count"), AREAS);
    int done = 0;
    while (done < AREAS && mprotect(pages + 2 * done * PAGE, PAGE, PROT_NONE) == 0) done++;
    CHECK_EQ(errno, ENOMEM);
    CHECK(done > AREAS / 2 - 100 && done <= AREAS / 2);
    CHECK_ERR(munmap(pages + 2 * (AREAS + 4) * PAGE, PAGE), ENOMEM);
    CHECK_OK(put_number("vm/max_map_count", old));
    CHECK_OK(mprotect(pages + 2 * done * PAGE, PAGE, PROT_NONE));
    CHECK_OK(munmap(pages + 2 * (AREAS + 4) * PAGE, PAGE));
}

/* In a directory of root that all may write to, with what a user has put there. */
static void make_common_directory(void) {
    umask(0);
    CHECK_OK(chmod(".", 0755));
    CHECK_OK(mkdir("common", 01777));
    CHECK_OK(close(open("target", O_CREAT | O_WRONLY, 0666)));
    CHECK_OK(chdir("common"));
    IN_CHILD({
        become(USER);
        CHECK_OK(symlink("../target", "link"));
        CHECK_OK(symlink("..", "up"));
        CHECK_OK(close(open("file", O_CREAT | O_WRONLY, 0666)));
        CHECK_OK(close(open("secret", O_CREAT | O_WRONLY, 0644)));
        CHECK_OK(close(open("setuid", O_CREAT | O_WRONLY, 04777)));
        CHECK_OK(chmod("setuid", 04777));
        CHECK_OK(mkfifo("fifo", 0666));
    });
}

TEST(protectedSymlinks_inStickyDirectories_areNotFollowed) {
    long old = get("fs/protected_symlinks");
    make_common_directory();
    CHECK_OK(put("fs/protected_symlinks", "0"));
    CHECK_OK(close(open("link", O_RDONLY)));
    CHECK_OK(put("fs/protected_symlinks", "1"));
    CHECK_ERR(open("link", O_RDONLY), EACCES);
    CHECK_ERR(open("link", O_RDWR | O_CREAT, 0600), EACCES);
    struct stat status;
    CHECK_ERR(stat("link", &status), EACCES);
    CHECK_OK(lstat("link", &status));
    /* only the end of a path counts */
    CHECK_OK(stat("up/target", &status));
    CHECK_ERR(stat("up", &status), EACCES);
    CHECK_ERR(stat("up/", &status), EACCES);
    IN_CHILD({
        become(USER);
        CHECK_OK(close(open("link", O_RDONLY)));
    });
    IN_CHILD({
        become(OTHER);
        CHECK_ERR(open("link", O_RDONLY), EACCES);
    });
    CHECK_OK(chmod(".", 0777));
    CHECK_OK(close(open("link", O_RDONLY)));
    CHECK_OK(chmod(".", 01777));
    CHECK_OK(chown(".", USER, USER));
    CHECK_OK(close(open("link", O_RDONLY)));
    CHECK_OK(put_number("fs/protected_symlinks", old));
}

TEST(protectedHardlinks_needAccessToTheFile) {
    long old = get("fs/protected_hardlinks");
    make_common_directory();
    CHECK_OK(put("fs/protected_hardlinks", "0"));
    IN_CHILD({
        become(OTHER);
        CHECK_OK(link("secret", "other"));
    });
    CHECK_OK(put("fs/protected_hardlinks", "1"));
    IN_CHILD({
        become(OTHER);
        CHECK_ERR(link("secret", "second"), EPERM);
        CHECK_ERR(link("setuid", "second"), EPERM);
        CHECK_ERR(link("fifo", "second"), EPERM);
        CHECK_ERR(link("link", "second"), EPERM);
        CHECK_ERR(link("secret", "file"), EEXIST);
        CHECK_OK(link("file", "second"));
    });
    IN_CHILD({
        become(USER);
        CHECK_OK(link("secret", "third"));
        CHECK_OK(link("setuid", "fourth"));
    });
    CHECK_OK(link("secret", "fifth"));
    CHECK_OK(put_number("fs/protected_hardlinks", old));
}

TEST(protectedFiles_inStickyDirectories_areNotOpenedWithCreat) {
    long old_regular = get("fs/protected_regular"), old_fifos = get("fs/protected_fifos");
    make_common_directory();
    CHECK_OK(put("fs/protected_regular", "0"));
    CHECK_OK(put("fs/protected_fifos", "0"));
    CHECK_OK(close(open("file", O_RDWR | O_CREAT, 0600)));
    CHECK_OK(close(open("fifo", O_RDWR | O_CREAT, 0600)));
    CHECK_OK(put("fs/protected_regular", "1"));
    CHECK_ERR(open("file", O_RDWR | O_CREAT, 0600), EACCES);
    CHECK_OK(close(open("file", O_RDWR)));
    CHECK_OK(close(open("fifo", O_RDWR | O_CREAT, 0600)));
    CHECK_OK(put("fs/protected_fifos", "1"));
    CHECK_ERR(open("fifo", O_RDWR | O_CREAT, 0600), EACCES);
    CHECK_ERR(open("file", O_RDWR | O_CREAT | O_EXCL, 0600), EEXIST);
    /* for the group only: level 2 */
    CHECK_OK(chmod(".", 01775));
    CHECK_OK(close(open("file", O_RDWR | O_CREAT, 0600)));
    CHECK_OK(put("fs/protected_regular", "2"));
    CHECK_ERR(open("file", O_RDWR | O_CREAT, 0600), EACCES);
    CHECK_OK(close(open("fifo", O_RDWR | O_CREAT, 0600)));
    CHECK_OK(chmod(".", 01755));
    CHECK_OK(close(open("file", O_RDWR | O_CREAT, 0600)));
    CHECK_OK(put_number("fs/protected_regular", old_regular));
    CHECK_OK(put_number("fs/protected_fifos", old_fifos));
}

/* The next object of a namespace gets a certain id, once. */
TEST(nextIds_ofIpcObjects_areTaken) {
    REQUIRE_OK(unshare(CLONE_NEWIPC));
    CHECK_EQ(get("kernel/msg_next_id"), -1);
    int wanted = 7 * 32768 + 5;
    CHECK_OK(put_number("kernel/msg_next_id", wanted));
    CHECK_EQ(get("kernel/msg_next_id"), wanted);
    CHECK_EQ(msgget(IPC_PRIVATE, 0600), wanted);
    CHECK_EQ(get("kernel/msg_next_id"), -1);
    CHECK_EQ(msgget(IPC_PRIVATE, 0600) % 32768, 0);
    /* taken: the next free index */
    CHECK_OK(put_number("kernel/msg_next_id", wanted));
    CHECK_EQ(msgget(IPC_PRIVATE, 0600), wanted + 1);
    CHECK_OK(put_number("kernel/shm_next_id", wanted));
    CHECK_EQ(shmget(IPC_PRIVATE, PAGE, 0600), wanted);
    CHECK_OK(put_number("kernel/sem_next_id", 3));
    CHECK_EQ(semget(IPC_PRIVATE, 1, 0600), 3);
    CHECK_ERR(put("kernel/sem_next_id", "-1"), EINVAL);
    CHECK_OK(msgctl(wanted, IPC_RMID, NULL));
    CHECK_OK(put_number("kernel/msg_next_id", wanted));
    CHECK_EQ(msgget(IPC_PRIVATE, 0600), wanted);
}

TEST(lastPid_ofANamespace_canBeSet) {
    REQUIRE_OK(unshare(CLONE_NEWPID));
    IN_CHILD({
        CHECK_EQ(get("kernel/ns_last_pid"), 1);
        CHECK_OK(put_number("kernel/ns_last_pid", 4000));
        CHECK_EQ(get("kernel/ns_last_pid"), 4000);
        pid_t child = fork();
        if (child == 0) {
            become(USER);
            CHECK_ERR(put_number("kernel/ns_last_pid", 5000), EPERM);
            _exit(0);
        }
        CHECK_EQ(child, 4001);
        CHECK_EQ(waitpid(child, NULL, 0), child);
        CHECK_EQ(get("kernel/ns_last_pid"), 4001);
        CHECK_ERR(put_number("kernel/ns_last_pid", -1), EINVAL);
    });
}

TEST(pidMax_raised_givesLargerIds) {
    REQUIRE_OK(unshare(CLONE_NEWPID));
    IN_CHILD({
        long old = get("kernel/pid_max");
        CHECK_ERR(put("kernel/pid_max", "300"), EINVAL);
        CHECK_ERR(put("kernel/pid_max", "4194305"), EINVAL);
        CHECK_OK(put("kernel/pid_max", "100000"));
        CHECK_OK(put("kernel/ns_last_pid", "99998"));
        pid_t last = fork();
        if (last == 0) _exit(0);
        CHECK_EQ(last, 99999);
        pid_t wrapped = fork();
        if (wrapped == 0) _exit(0);
        CHECK_EQ(wrapped, 300);
        while (waitpid(-1, NULL, 0) > 0) {}
        CHECK_OK(put_number("kernel/pid_max", old));
    });
}

TEST(timeSlice_ofRoundRobin_isTold) {
    long old = get("kernel/sched_rr_timeslice_ms");
    struct timespec interval;
    struct sched_param param = {.sched_priority = 1};
    CHECK_OK(put("kernel/sched_rr_timeslice_ms", "40"));
    CHECK_EQ(get("kernel/sched_rr_timeslice_ms"), 40);
    if (sched_setscheduler(0, SCHED_RR, &param) == 0) {
        CHECK_OK(sched_rr_get_interval(0, &interval));
        CHECK_EQ(interval.tv_nsec, 40000000);
    }
    CHECK_OK(put("kernel/sched_rr_timeslice_ms", "-1"));
    CHECK_EQ(get("kernel/sched_rr_timeslice_ms"), 100);
    CHECK_OK(put_number("kernel/sched_rr_timeslice_ms", old));
}

/* What somebody uses stays. */
TEST(dropCaches_keepsWhatIsUsed) {
    struct stat status;
    char event[256];
    CHECK_OK(stat("/proc/sys/vm/drop_caches", &status));
    CHECK_EQ(status.st_mode & 07777, 0200);
    CHECK_ERR(put("vm/drop_caches", "0"), EINVAL);
    CHECK_OK(mkdir("directory", 0700));
    CHECK_OK(close(open("directory/file", O_CREAT | O_WRONLY, 0600)));
    int fd = inotify_init1(IN_NONBLOCK);
    CHECK_OK(inotify_add_watch(fd, "directory/file", IN_ALL_EVENTS));
    CHECK_OK(chdir("directory"));
    CHECK_OK(put("vm/drop_caches", "2"));
    CHECK_OK(close(open("file", O_RDONLY)));
    CHECK(read(fd, event, sizeof event) > 0);
    CHECK_OK(unlink("file"));
    CHECK(read(fd, event, sizeof event) > 0);
    CHECK_ERR(open("file", O_RDONLY), ENOENT);
    CHECK_OK(stat("../directory", &status));
}
