/*
 * Options of proc and what they hide, at mount and at MS_REMOUNT; the lists of mounts of a process, and waiting for their
 * changes. In a mount namespace of the test's own.
 */
#include "check.h"

#include <dirent.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/mount.h>

#define NOBODY 65534

static void setup(void) {
    need_root();
    if (unshare(CLONE_NEWNS) < 0) SKIP("unshare gives %s", check_errno(errno));
    CHECK_OK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
    REQUIRE_OK(chmod(".", 0755));
    REQUIRE_OK(mkdir("p", 0755));
    REQUIRE_OK(mkdir("m", 0755));
}

/* The options that /proc/self/mounts shows of the last proc. */
static const char *shown(void) {
    static char last[1024];
    char line[8192];
    FILE *file = fopen("/proc/self/mounts", "r");
    while (fgets(line, sizeof line, file))
        if (!strncmp(line, "procmount ", 10)) sscanf(line, "%*s %*s %*s %1023s", last);
    fclose(file);
    return last;
}

static void remount(const char *options) {
    CHECK_OK(mount("procmount", "p", "proc", MS_REMOUNT, options));
}

/* What becomes of a path below the directory of the test's process, for who has the ids. */
struct sight {
    int stat, open, file, missing, own;
    bool listed, uptime;
};

static int error_of(int result) {
    return result < 0 ? errno : 0;
}

static struct sight look(int uid, int gid) {
    struct sight *seen = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int target = getpid();
    if (fork() == 0) {
        char path[64];
        struct stat st;
        if (uid) {
            REQUIRE_OK(setgid(gid));
            REQUIRE_OK(setuid(uid));
        }
        snprintf(path, sizeof path, "p/%d", target);
        seen->stat = error_of(stat(path, &st));
        seen->open = error_of(open(path, O_DIRECTORY));
        snprintf(path, sizeof path, "p/%d/status", target);
        seen->file = error_of(open(path, O_RDONLY));
        snprintf(path, sizeof path, "p/%d/missing", target);
        seen->missing = error_of(access(path, F_OK));
        snprintf(path, sizeof path, "p/%d/status", getpid());
        seen->own = error_of(open(path, O_RDONLY));
        seen->uptime = access("p/uptime", F_OK) == 0;
        DIR *dir = opendir("p");
        for (struct dirent *entry; (entry = readdir(dir));)
            if (atoi(entry->d_name) == target) seen->listed = true;
        _exit(0);
    }
    wait(NULL);
    return *seen;
}

/* Who may see it sees it all; who may not gets the errors. */
static void check_sight(int uid, int gid, int stat_error, int open_error, bool listed) {
    struct sight seen = look(uid, gid);
    CHECK_EQ(seen.stat, stat_error);
    CHECK_EQ(seen.open, open_error);
    CHECK_EQ(seen.file, open_error);
    CHECK_EQ(seen.missing, open_error ? open_error : ENOENT);
    CHECK_EQ(seen.own, 0);
    CHECK_EQ(seen.listed, listed);
}

TEST(hidepid_hidesProcessesOfOthers) {
    setup();
    REQUIRE_OK(mount("procmount", "p", "proc", 0, "hidepid=1"));
    CHECK_STR(shown(), "rw,relatime,hidepid=noaccess");
    check_sight(NOBODY, NOBODY, 0, EPERM, true);
    check_sight(0, 0, 0, 0, true);
    remount("hidepid=invisible");
    CHECK_STR(shown(), "rw,relatime,hidepid=invisible");
    check_sight(NOBODY, NOBODY, ENOENT, ENOENT, false);
    check_sight(0, 0, 0, 0, true);
    remount("hidepid=4");
    CHECK_STR(shown(), "rw,relatime,hidepid=ptraceable");
    check_sight(NOBODY, NOBODY, ENOENT, ENOENT, false);
    check_sight(0, 0, 0, 0, true);
    remount("hidepid=off");
    CHECK_STR(shown(), "rw,relatime");
    check_sight(NOBODY, NOBODY, 0, 0, true);
}

TEST(hidepid_exceptsAGroup_unlessItIsPtraceable) {
    setup();
    REQUIRE_OK(mount("procmount", "p", "proc", 0, "hidepid=2,gid=4711"));
    CHECK_STR(shown(), "rw,relatime,gid=4711,hidepid=invisible");
    check_sight(NOBODY, 4711, 0, 0, true);
    check_sight(NOBODY, NOBODY, ENOENT, ENOENT, false);
    remount("hidepid=ptraceable");
    check_sight(NOBODY, 4711, ENOENT, ENOENT, false);
    remount("hidepid=1,gid=0");
    CHECK_STR(shown(), "rw,relatime,hidepid=noaccess");
    check_sight(NOBODY, 4711, 0, EPERM, true);
}

TEST(hidepid_isOfOneInstanceOnly) {
    setup();
    REQUIRE_OK(mount("procmount", "m", "proc", 0, "hidepid=2"));
    REQUIRE_OK(mount("procmount", "p", "proc", 0, NULL));
    check_sight(NOBODY, NOBODY, 0, 0, true);
}

TEST(remount_withBadOptions_failsEinvalAndChangesNothing) {
    setup();
    REQUIRE_OK(mount("procmount", "p", "proc", 0, "hidepid=0x2"));
    const char *bad[] = {"hidepid=3", "hidepid=x",       "hidepid=", "hidepid",      "gid=-1",
                         "gid=x",     "subset=pid,pid", "subset=x", "hidepid=1,foo"};
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_ERR(mount("procmount", "p", "proc", MS_REMOUNT, bad[i]), EINVAL);
        CHECK_ERR(mount("procmount", "m", "proc", 0, bad[i]), EINVAL);
    }
    CHECK_STR(shown(), "rw,relatime,hidepid=invisible");
}

TEST(remount_toProcessesOnly_staysSo) {
    setup();
    REQUIRE_OK(mount("procmount", "p", "proc", 0, NULL));
    CHECK(look(0, 0).uptime);
    remount("subset=pid");
    CHECK_STR(shown(), "rw,relatime,subset=pid");
    CHECK(!look(0, 0).uptime);
    remount("hidepid=1");
    CHECK_STR(shown(), "rw,relatime,hidepid=noaccess,subset=pid");
    check_sight(0, 0, 0, 0, true);
    CHECK(access("p/self/status", F_OK) == 0);
    CHECK_ERR(access("p/mounts", F_OK), ENOENT);
}

TEST(fsconfig_reconfiguresProc) {
    setup();
    REQUIRE_OK(mount("procmount", "p", "proc", 0, NULL));
    int fd = syscall(SYS_fspick, AT_FDCWD, "p", 0);
    REQUIRE(fd >= 0);
    CHECK_OK(syscall(SYS_fsconfig, fd, 1, "hidepid", "noaccess", 0));
    CHECK_OK(syscall(SYS_fsconfig, fd, 7, NULL, NULL, 0));
    CHECK_STR(shown(), "rw,relatime,hidepid=noaccess");
    check_sight(NOBODY, NOBODY, 0, EPERM, true);
}

static int poll_now(int fd, short events) {
    struct pollfd set = {.fd = fd, .events = events};
    CHECK(poll(&set, 1, 0) >= 0);
    return set.revents;
}

static void poll_list(const char *path) {
    int fd = open(path, O_RDONLY);
    REQUIRE(fd >= 0);
    CHECK_EQ(poll_now(fd, POLLIN | POLLPRI), POLLIN);
    REQUIRE_OK(mount("t", "m", "tmpfs", 0, NULL));
    CHECK_EQ(poll_now(fd, POLLIN | POLLPRI), POLLIN | POLLPRI | POLLERR);
    CHECK_EQ(poll_now(fd, POLLIN | POLLPRI), POLLIN);
    CHECK_OK(mount(NULL, "m", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL));
    CHECK_EQ(poll_now(fd, POLLPRI), POLLPRI | POLLERR);
    CHECK_OK(mount(NULL, "m", NULL, MS_REMOUNT | MS_RDONLY, NULL));
    CHECK_EQ(poll_now(fd, 0), POLLERR);
    CHECK_OK(mount("m", "p", NULL, MS_MOVE, NULL));
    CHECK_EQ(poll_now(fd, POLLPRI), POLLPRI | POLLERR);
    CHECK_OK(mount(NULL, "p", NULL, MS_SHARED, NULL));
    poll_now(fd, POLLPRI);
    CHECK_ERR(mount("m", "nowhere", NULL, MS_BIND, NULL), ENOENT);
    CHECK_EQ(poll_now(fd, POLLPRI), 0);
    CHECK_OK(umount("p"));
    CHECK_EQ(poll_now(fd, POLLPRI), POLLPRI | POLLERR);
    close(fd);
}

TEST(poll_ofTheListsOfMounts_tellsOfEachChangeOnce) {
    setup();
    poll_list("/proc/self/mounts");
    poll_list("/proc/self/mountinfo");
}

TEST(poll_ofMountstats_neverTellsAnything) {
    setup();
    int fd = open("/proc/self/mountstats", O_RDONLY), set = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLPRI};
    CHECK_ERR(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event), EPERM);
    REQUIRE_OK(mount("t", "m", "tmpfs", 0, NULL));
    CHECK_EQ(poll_now(fd, POLLIN | POLLPRI), POLLIN);
}

TEST(poll_ofMountinfo_waitsForAnotherProcess) {
    setup();
    int fd = open("/proc/self/mountinfo", O_RDONLY);
    struct pollfd set = {.fd = fd, .events = POLLPRI};
    pid_t child = fork();
    if (child == 0) {
        struct timespec pause = {0, 100 * 1000 * 1000};
        nanosleep(&pause, NULL);
        CHECK_OK(mount("t", "m", "tmpfs", 0, NULL));
        _exit(0);
    }
    CHECK_EQ(poll(&set, 1, 20000), 1);
    CHECK_EQ(set.revents, POLLPRI | POLLERR);
    wait(NULL);
    CHECK_OK(umount("m"));
}

TEST(epoll_ofMountinfo_tellsOfChanges) {
    setup();
    int fd = open("/proc/self/mountinfo", O_RDONLY), set = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLPRI, .data.u64 = 7};
    CHECK_OK(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event));
    CHECK_EQ(epoll_wait(set, &event, 1, 0), 0);
    pid_t child = fork();
    if (child == 0) {
        struct timespec pause = {0, 100 * 1000 * 1000};
        nanosleep(&pause, NULL);
        CHECK_OK(mount("t", "m", "tmpfs", 0, NULL));
        _exit(0);
    }
    CHECK_EQ(epoll_wait(set, &event, 1, 20000), 1);
    CHECK_EQ(event.events, EPOLLPRI | EPOLLERR);
    CHECK_EQ(event.data.u64, 7);
    wait(NULL);
    CHECK_EQ(epoll_wait(set, &event, 1, 0), 0);
    CHECK_OK(umount("m"));
    CHECK_EQ(epoll_wait(set, &event, 1, 0), 1);
}

TEST(poll_ofMountinfo_isOfTheNamespaceAtOpen) {
    setup();
    int fd = open("/proc/self/mountinfo", O_RDONLY);
    pid_t child = fork();
    if (child == 0) {
        REQUIRE_OK(unshare(CLONE_NEWNS));
        CHECK_OK(mount("t", "m", "tmpfs", 0, NULL));
        CHECK_EQ(poll_now(fd, POLLPRI), 0);
        _exit(0);
    }
    wait(NULL);
    CHECK_EQ(poll_now(fd, POLLPRI), 0);
}

TEST(mountstats_namesDevicePlaceAndType) {
    setup();
    REQUIRE_OK(mount("a b", "m", "tmpfs", 0, NULL));
    char line[8192], wanted[PATH_MAX + 64], cwd[PATH_MAX];
    bool found = false;
    REQUIRE(getcwd(cwd, sizeof cwd));
    snprintf(wanted, sizeof wanted, "device a\\040b mounted on %s/m with fstype tmpfs\n", cwd);
    FILE *file = fopen("/proc/self/mountstats", "r");
    REQUIRE(file);
    while (fgets(line, sizeof line, file)) found |= !strcmp(line, wanted);
    fclose(file);
    CHECK(found);
    struct stat st;
    CHECK_OK(stat("/proc/self/mountstats", &st));
    CHECK_EQ(st.st_mode, S_IFREG | 0400);
    CHECK_ERR(access("/proc/thread-self/mountstats", F_OK), ENOENT);
    CHECK_OK(access("/proc/thread-self/mountinfo", F_OK));
}
