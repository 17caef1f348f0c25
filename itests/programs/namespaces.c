/* namespaces(7), unshare(2), setns(2), clone(2), ioctl_nsfs(2): UTS and IPC namespaces. */
#include "check.h"

#include <grp.h>
#include <linux/nsfs.h>
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/utsname.h>
#include <sys/vfs.h>

static const char *node(void) {
    static struct utsname names;
    uname(&names);
    return names.nodename;
}

static const char *link_of(const char *path) {
    static char text[4][64];
    static int turn;
    char *into = text[turn++ % 4];
    ssize_t size = readlink(path, into, 63);
    into[size < 0 ? 0 : size] = 0;
    return into;
}

static void need_administrator(void) {
    need_root();
    if (IN_CHILD(_exit(unshare(CLONE_NEWUTS) < 0)) != 0) SKIP("user 0 may not make namespaces");
}

TEST(links_nameNamespaces) {
    static const char *const kinds[] = {"cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        char path[64], expected[64];
        snprintf(path, sizeof path, "/proc/self/ns/%s", kinds[i]);
        struct stat about, through;
        CHECK_OK(lstat(path, &about));
        CHECK(S_ISLNK(about.st_mode));
        CHECK_OK(stat(path, &through));
        CHECK_EQ(through.st_mode, S_IFREG | 0444);
        snprintf(expected, sizeof expected, "%s:[%ld]", kinds[i], (long)through.st_ino);
        CHECK_STR(link_of(path), expected);
        int fd = CHECK_OK(open(path, O_RDONLY));
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        CHECK_STR(link_of(path), expected);
        struct statfs system;
        CHECK_OK(fstatfs(fd, &system));
        CHECK_EQ(system.f_type, 0x6e736673);
        char byte;
        CHECK_ERR(read(fd, &byte, 1), EINVAL);
        CHECK_OK(ioctl(fd, NS_GET_NSTYPE));
        close(fd);
    }
    CHECK_STR(link_of("/proc/self/ns/pid_for_children"), link_of("/proc/self/ns/pid"));
    CHECK_ERR(open("/proc/self/ns/uts_for_children", O_RDONLY), ENOENT);
}

TEST(unshare_uts_ownNames) {
    need_administrator();
    char before[65], first[64];
    strcpy(before, node());
    strcpy(first, link_of("/proc/self/ns/uts"));
    CHECK_EQ(IN_CHILD({
                 CHECK_OK(unshare(CLONE_NEWUTS));
                 CHECK(strcmp(link_of("/proc/self/ns/uts"), first) != 0);
                 CHECK_STR(node(), before);
                 CHECK_OK(sethostname("inside", 6));
                 CHECK_STR(node(), "inside");
                 CHECK_STR(text_of("/proc/sys/kernel/hostname"), "inside\n");
                 CHECK_EQ(IN_CHILD(CHECK_STR(node(), "inside")), 0);
             }),
            0);
    CHECK_STR(node(), before);
    CHECK_STR(link_of("/proc/self/ns/uts"), first);
}

TEST(setns_uts_joins) {
    need_administrator();
    char before[65];
    strcpy(before, node());
    int home = REQUIRE_OK(open("/proc/self/ns/uts", O_RDONLY));
    int gate[2];
    REQUIRE_OK(pipe(gate));
    pid_t child = START_CHILD({
        unshare(CLONE_NEWUTS);
        sethostname("elsewhere", 9);
        CHECK(write(gate[1], "x", 1) == 1);
        pause();
    });
    char byte, path[64];
    CHECK_EQ(read(gate[0], &byte, 1), 1);
    snprintf(path, sizeof path, "/proc/%d/ns/uts", child);
    int there = REQUIRE_OK(open(path, O_RDONLY));
    CHECK_EQ(ioctl(there, NS_GET_NSTYPE), CLONE_NEWUTS);
    CHECK_ERR(ioctl(there, NS_GET_PARENT), EINVAL);
    int owner = CHECK_OK(ioctl(there, NS_GET_USERNS));
    CHECK_EQ(ioctl(owner, NS_GET_NSTYPE), CLONE_NEWUSER);
    CHECK_ERR(setns(there, CLONE_NEWIPC), EINVAL);
    CHECK_OK(setns(there, CLONE_NEWUTS));
    CHECK_STR(node(), "elsewhere");
    CHECK_OK(setns(home, 0));
    CHECK_STR(node(), before);
    /* by the process */
    int process = REQUIRE_OK(syscall(SYS_pidfd_open, child, 0));
    CHECK_ERR(setns(process, 0), EINVAL);
    CHECK_OK(setns(process, CLONE_NEWUTS | CLONE_NEWIPC));
    CHECK_STR(node(), "elsewhere");
    /* an open namespace outlives its processes */
    CHECK_OK(setns(home, 0));
    kill(child, SIGKILL);
    wait_for(child);
    CHECK_ERR(setns(process, CLONE_NEWUTS), ESRCH);
    CHECK_OK(setns(there, CLONE_NEWUTS));
    CHECK_STR(node(), "elsewhere");
}

TEST(setns_badArguments_fail) {
    need_administrator();
    CHECK_ERR(setns(1000, 0), EBADF);
    int fd = REQUIRE_OK(open("/dev/null", O_RDONLY));
    CHECK_ERR(setns(fd, 0), EINVAL);
    fd = REQUIRE_OK(open("/proc/self/ns/user", O_RDONLY));
    CHECK_ERR(setns(fd, 0), EINVAL);
    fd = REQUIRE_OK(open("/proc/self/ns/uts", O_RDONLY));
    CHECK_OK(setns(fd, 0));
    CHECK_EQ(IN_CHILD({
                 REQUIRE_OK(setgroups(0, NULL));
                 REQUIRE_OK(setuid(12345));
                 CHECK_ERR(setns(fd, 0), EPERM);
                 CHECK_ERR(unshare(CLONE_NEWUTS), EPERM);
                 CHECK_ERR(unshare(CLONE_NEWIPC), EPERM);
             }),
            0);
}

TEST(clone_uts_andIpc) {
    need_administrator();
    char uts[64], ipc[64];
    strcpy(uts, link_of("/proc/self/ns/uts"));
    strcpy(ipc, link_of("/proc/self/ns/ipc"));
    pid_t child = syscall(SYS_clone, CLONE_NEWUTS | CLONE_NEWIPC | SIGCHLD, NULL, NULL, NULL, 0);
    REQUIRE(child >= 0);
    if (child == 0) {
        CHECK(strcmp(link_of("/proc/self/ns/uts"), uts) != 0);
        CHECK(strcmp(link_of("/proc/self/ns/ipc"), ipc) != 0);
        CHECK_OK(sethostname("cloned", 6));
        _exit(0);
    }
    CHECK_EQ(wait_for(child), 0);
    CHECK(strcmp(node(), "cloned") != 0);
    CHECK_ERR(syscall(SYS_clone, CLONE_NEWIPC | CLONE_SYSVSEM | SIGCHLD, NULL, NULL, NULL, 0), EINVAL);
}

TEST(unshare_ipc_ownObjects) {
    need_administrator();
    int segment = REQUIRE_OK(shmget(IPC_PRIVATE, 4096, 0600));
    int set = REQUIRE_OK(semget(IPC_PRIVATE, 1, 0600));
    int queue = REQUIRE_OK(msgget(IPC_PRIVATE, 0600));
    mqd_t posix = REQUIRE_OK(mq_open("/moat-outside", O_CREAT | O_RDWR, 0600, NULL));
    char *at = shmat(segment, NULL, 0);
    strcpy(at, "outside");
    CHECK_EQ(IN_CHILD({
                 struct shmid_ds status;
                 CHECK_OK(unshare(CLONE_NEWIPC));
                 CHECK_ERR(shmctl(segment, IPC_STAT, &status), EINVAL);
                 CHECK_ERR(semctl(set, 0, GETVAL), EINVAL);
                 CHECK_ERR(msgget(4711, 0), ENOENT);
                 CHECK_ERR(mq_open("/moat-outside", O_RDWR), ENOENT);
                 CHECK_STR(at, "outside"); /* what is attached stays */
                 CHECK_OK(mq_send(posix, "open ones, too", 3, 0));
                 int first = CHECK_OK(shmget(IPC_PRIVATE, 4096, 0600));
                 CHECK_EQ(first, 0);
                 CHECK_OK(semget(IPC_PRIVATE, 1, 0600));
                 mqd_t own = CHECK_OK(mq_open("/moat-inside", O_CREAT | O_RDWR, 0600, NULL));
                 CHECK(own >= 0);
                 char *inner = shmat(first, NULL, 0);
                 inner[0] = 'i';
                 CHECK(strstr(text_of("/proc/sysvipc/shm"), "         0          0   600"));
                 /* the namespace ends with the process, and all in it */
             }),
            0);
    CHECK_ERR(mq_open("/moat-inside", O_RDWR), ENOENT);
    struct shmid_ds status;
    CHECK_OK(shmctl(segment, IPC_STAT, &status));
    CHECK_EQ(status.shm_nattch, 1);
    shmctl(segment, IPC_RMID, NULL);
    semctl(set, 0, IPC_RMID);
    msgctl(queue, IPC_RMID, NULL);
    mq_unlink("/moat-outside");
}

TEST(unshare_ipc_undoes) {
    need_administrator();
    int set = REQUIRE_OK(semget(IPC_PRIVATE, 1, 0600));
    CHECK_EQ(IN_CHILD({
                 struct sembuf up = {0, 1, SEM_UNDO};
                 CHECK_OK(semop(set, &up, 1));
                 int home = open("/proc/self/ns/ipc", O_RDONLY);
                 CHECK_OK(unshare(CLONE_NEWIPC));
                 CHECK_OK(setns(home, CLONE_NEWIPC));
                 CHECK_EQ(semctl(set, 0, GETVAL), 0);
             }),
            0);
    semctl(set, 0, IPC_RMID);
}

TEST(mqueue_mount_showsOwnNamespace) {
    need_administrator();
    REQUIRE_OK(mkdir("queues", 0755));
    CHECK_EQ(IN_CHILD({
                 CHECK_OK(unshare(CLONE_NEWIPC));
                 if (mount("none", "queues", "mqueue", 0, NULL) < 0) SKIP("may not mount");
                 mqd_t queue = CHECK_OK(mq_open("/moat-mounted", O_CREAT | O_RDWR, 0600, NULL));
                 CHECK(queue >= 0);
                 CHECK_OK(access("queues/moat-mounted", F_OK));
                 umount("queues");
             }),
            0);
}

struct process_info {
    uint64_t mask, cgroup;
    uint32_t pid, tgid, ppid, ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
    int32_t exit_code;
};

TEST(pidfd_ioctl_opensNamespaces) {
    need_administrator();
    int gate[2];
    REQUIRE_OK(pipe(gate));
    pid_t child = START_CHILD({
        unshare(CLONE_NEWUTS);
        sethostname("of the process", 14);
        CHECK(write(gate[1], "x", 1) == 1);
        pause();
    });
    char byte;
    CHECK_EQ(read(gate[0], &byte, 1), 1);
    int process = REQUIRE_OK(syscall(SYS_pidfd_open, child, 0));
    int uts = ioctl(process, 0xff0a, 0);
    if (uts < 0 && errno == ENOTTY) SKIP("a kernel before 6.11");
    CHECK_EQ(ioctl(uts, NS_GET_NSTYPE), CLONE_NEWUTS);
    CHECK_OK(setns(uts, 0));
    CHECK_STR(node(), "of the process");
    CHECK_EQ(ioctl(CHECK_OK(ioctl(process, 0xff03, 0)), NS_GET_NSTYPE), CLONE_NEWNS);
    CHECK_EQ(ioctl(CHECK_OK(ioctl(process, 0xff02, 0)), NS_GET_NSTYPE), CLONE_NEWIPC);
    CHECK_ERR(ioctl(process, 0xff0a, 1), EINVAL);
    CHECK_ERR(ioctl(process, 0xff7f, 0), ENOTTY);
    struct process_info info = {.mask = 3};
    if (ioctl(process, 0xc040ff0b, &info) == 0) {
        CHECK_EQ(info.mask & 3, 3);
        CHECK_EQ(info.pid, child);
        CHECK_EQ(info.ppid, getpid());
        CHECK_EQ(info.euid, geteuid());
        CHECK(ioctl(process, 0xc010ff0b, &info) < 0 && (errno == ENOTTY || errno == EINVAL));
        CHECK_ERR(ioctl(process, 0xc040ff0b, 8), EFAULT);
    }
    kill(child, SIGKILL);
    wait_for(child);
    CHECK_ERR(ioctl(process, 0xff0a, 0), ESRCH);
}
