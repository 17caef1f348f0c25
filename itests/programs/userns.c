/* user_namespaces(7): ids as seen, capabilities that count inside, maps and who may write them. */
#include "check.h"

#include <grp.h>
#include <linux/capability.h>
#include <linux/nsfs.h>
#include <linux/sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/utsname.h>

#define NOBODY 65534
#define PLAIN 4711

static int put(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    int done = write(fd, text, strlen(text)), error = errno;
    close(fd);
    errno = error;
    return done < 0 ? -1 : 0;
}

static void become_plain(void) {
    if (geteuid() == 0) {
        chmod(".", 0777);
        REQUIRE_OK(setgroups(0, NULL));
        REQUIRE_OK(setresgid(PLAIN, PLAIN, PLAIN));
        REQUIRE_OK(setresuid(PLAIN, PLAIN, PLAIN));
        prctl(PR_SET_DUMPABLE, 1);
    }
}

static void begin(void) {
    if (IN_CHILD(become_plain(); _exit(unshare(CLONE_NEWUSER) < 0)) != 0) SKIP("users may not make namespaces");
    become_plain();
}

static uint64_t effective(void) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2];
    CHECK_OK(syscall(SYS_capget, &header, data));
    return data[0].effective | (uint64_t)data[1].effective << 32;
}

static void map_root(void) {
    char line[64];
    snprintf(line, sizeof line, "0 %d 1", getuid() == NOBODY ? PLAIN : (int)getuid());
    REQUIRE_OK(put("/proc/self/setgroups", "deny"));
    REQUIRE_OK(put("/proc/self/uid_map", line));
    REQUIRE_OK(put("/proc/self/gid_map", line));
}

TEST(unshare_unmapped_isNobodyWithAllCapabilities) {
    begin();
    CHECK_OK(unshare(CLONE_NEWUSER));
    CHECK_EQ(getuid(), NOBODY);
    CHECK_EQ(geteuid(), NOBODY);
    CHECK_EQ(getgid(), NOBODY);
    CHECK_EQ(syscall(SYS_getegid), NOBODY);
    CHECK(effective() != 0);
    CHECK_STR(text_of("/proc/self/uid_map"), "");
    CHECK_STR(text_of("/proc/self/setgroups"), "allow\n");
    CHECK_ERR(setuid(0), EINVAL);
    CHECK_ERR(setuid(PLAIN), EINVAL);
    CHECK_ERR(setgroups(0, NULL), EPERM);
}

TEST(map_single_makesRoot) {
    begin();
    int fd = make_file("mine", "x");
    close(fd);
    CHECK_OK(unshare(CLONE_NEWUSER));
    char line[64];
    snprintf(line, sizeof line, "0 %d 1\n", PLAIN);
    CHECK_ERR(put("/proc/self/gid_map", line), EPERM);
    CHECK_OK(put("/proc/self/setgroups", "deny"));
    CHECK_STR(text_of("/proc/self/setgroups"), "deny\n");
    CHECK_ERR(put("/proc/self/setgroups", "allow"), EPERM);
    CHECK_OK(put("/proc/self/uid_map", line));
    CHECK_OK(put("/proc/self/gid_map", line));
    CHECK_ERR(put("/proc/self/uid_map", line), EPERM);
    CHECK_EQ(getuid(), 0);
    CHECK_EQ(getegid(), 0);
    char shown[64];
    snprintf(shown, sizeof shown, "%10d %10d %10d\n", 0, PLAIN, 1);
    CHECK_STR(text_of("/proc/self/uid_map"), shown);
    struct stat about;
    CHECK_OK(stat("mine", &about));
    CHECK_EQ(about.st_uid, 0);
    CHECK_EQ(about.st_gid, 0);
    CHECK_OK(stat("/", &about));
    CHECK_EQ(about.st_uid, NOBODY);
    CHECK_ERR(chown("mine", 1, -1), EINVAL);
    CHECK_OK(chown("mine", 0, 0));
    CHECK_ERR(chown("/", 0, 0), EPERM);
    CHECK_ERR(setuid(5), EINVAL);
    CHECK_OK(setuid(0));
    CHECK_ERR(setgroups(0, NULL), EPERM);
    /* of others it sees the overflow id, and may not do what needs the first namespace */
    CHECK_ERR(mknod("device", S_IFCHR | 0600, 0x103), EPERM);
    CHECK_ERR(sethostname("x", 1), EPERM);
    CHECK_ERR(chroot("/nowhere"), ENOENT);
    CHECK_OK(chroot("/"));
}

TEST(map_badText_fails) {
    begin();
    CHECK_OK(unshare(CLONE_NEWUSER));
    CHECK_ERR(put("/proc/self/uid_map", "0 0 1"), EPERM);
    CHECK_ERR(put("/proc/self/uid_map", "x"), EINVAL);
    CHECK_ERR(put("/proc/self/uid_map", "0 4711 0"), EINVAL);
    CHECK_ERR(put("/proc/self/uid_map", "0 4711 2"), EPERM);
    CHECK_ERR(put("/proc/self/uid_map", "0 4711 10\n5 9000 10"), EINVAL);
    CHECK_ERR(put("/proc/self/setgroups", "maybe"), EINVAL);
    CHECK_OK(put("/proc/self/uid_map", "7 4711 1"));
    CHECK_EQ(getuid(), 7);
}

TEST(map_byPrivilegedParent) {
    need_root();
    int gate[2], back[2];
    REQUIRE_OK(pipe(gate));
    REQUIRE_OK(pipe(back));
    pid_t child = START_CHILD({
        char byte;
        REQUIRE_OK(unshare(CLONE_NEWUSER));
        CHECK(write(back[1], "x", 1) == 1);
        CHECK_EQ(read(gate[0], &byte, 1), 1);
        CHECK_EQ(getuid(), 0);
        CHECK_OK(setgroups(1, (gid_t[]){5}));
        CHECK_OK(setresgid(3, 3, 3));
        CHECK_OK(setresuid(2, 2, 2));
        CHECK_EQ(getuid(), 2);
        CHECK_EQ(effective(), 0);
        CHECK_ERR(setuid(0), EPERM);
        CHECK(write(back[1], "y", 1) == 1);
        read(gate[0], &byte, 1);
    });
    char byte, path[64];
    CHECK_EQ(read(back[0], &byte, 1), 1);
    snprintf(path, sizeof path, "/proc/%d/uid_map", child);
    CHECK_OK(put(path, "0 0 1\n1 100000 1000"));
    snprintf(path, sizeof path, "/proc/%d/gid_map", child);
    CHECK_OK(put(path, "0 0 1\n1 100000 1000"));
    CHECK_EQ(write(gate[1], "x", 1), 1);
    CHECK_EQ(read(back[0], &byte, 1), 1);
    snprintf(path, sizeof path, "/proc/%d/status", child);
    CHECK(strstr(text_of(path), "Uid:\t100001\t100001\t100001\t100001\n") != NULL);
    CHECK(strstr(text_of(path), "Groups:\t100004 \n") != NULL);
    CHECK_EQ(write(gate[1], "x", 1), 1);
    CHECK_EQ(wait_for(child), 0);
}

TEST(otherNamespaces_belongToIt) {
    begin();
    CHECK_ERR(unshare(CLONE_NEWUTS), EPERM);
    CHECK_OK(unshare(CLONE_NEWUSER | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNS));
    map_root();
    CHECK_OK(sethostname("inside", 6));
    struct utsname names;
    uname(&names);
    CHECK_STR(names.nodename, "inside");
    REQUIRE_OK(mkdir("m", 0755));
    CHECK_OK(mount("none", "m", "tmpfs", 0, "mode=755"));
    int fd = CHECK_OK(open("m/file", O_CREAT | O_RDWR, 0600));
    struct stat about;
    CHECK_OK(fstat(fd, &about));
    CHECK_EQ(about.st_uid, 0);
    close(fd);
    CHECK_OK(mount("m", "m", NULL, MS_BIND, NULL));
    CHECK_OK(umount("m"));
    CHECK_OK(umount("m"));
    CHECK_OK(unshare(CLONE_NEWPID));
    CHECK_EQ(IN_CHILD(CHECK_EQ(getpid(), 1)), 0);
}

TEST(clone_makesBoth) {
    begin();
    struct clone_args args = {.flags = CLONE_NEWUSER | CLONE_NEWPID, .exit_signal = SIGCHLD};
    pid_t child = syscall(SYS_clone3, &args, sizeof args);
    if (child == 0) {
        CHECK_EQ(getpid(), 1);
        CHECK_EQ(getuid(), NOBODY);
        CHECK(effective() != 0);
        _exit(0);
    }
    REQUIRE_OK(child);
    CHECK_EQ(wait_for(child), 0);
    args.flags = CLONE_NEWUSER | CLONE_FS;
    CHECK_ERR(syscall(SYS_clone3, &args, sizeof args), EINVAL);
}

TEST(ioctl_ownersAndParents) {
    begin();
    int home = REQUIRE_OK(open("/proc/self/ns/user", O_RDONLY));
    CHECK_EQ(IN_CHILD({
                 REQUIRE_OK(unshare(CLONE_NEWUSER | CLONE_NEWUTS));
                 map_root();
                 int own = REQUIRE_OK(open("/proc/self/ns/user", O_RDONLY));
                 int names = REQUIRE_OK(open("/proc/self/ns/uts", O_RDONLY));
                 struct stat one;
                 struct stat other;
                 int owner = CHECK_OK(ioctl(names, NS_GET_USERNS));
                 CHECK_OK(fstat(owner, &one));
                 CHECK_OK(fstat(own, &other));
                 CHECK_EQ(one.st_ino, other.st_ino);
                 uid_t uid = 99;
                 CHECK_OK(ioctl(own, NS_GET_OWNER_UID, &uid));
                 CHECK_EQ(uid, 0);
                 CHECK_ERR(ioctl(own, NS_GET_PARENT), EPERM);
                 CHECK_ERR(ioctl(home, NS_GET_PARENT), EPERM);
                 CHECK_ERR(ioctl(names, NS_GET_OWNER_UID, &uid), EINVAL);
                 CHECK_EQ(IN_CHILD({
                              REQUIRE_OK(unshare(CLONE_NEWUSER));
                              int below = REQUIRE_OK(open("/proc/self/ns/user", O_RDONLY));
                              CHECK_ERR(ioctl(below, NS_GET_PARENT), EPERM);
                              CHECK_ERR(setns(below, 0), EINVAL);
                              CHECK_ERR(setns(own, 0), EPERM);
                          }),
                          0);
             }),
            0);
}

TEST(setns_ofItsOwner) {
    begin();
    int gate[2];
    REQUIRE_OK(pipe(gate));
    pid_t child = START_CHILD({
        REQUIRE_OK(unshare(CLONE_NEWUSER | CLONE_NEWUTS));
        map_root();
        sethostname("there", 5);
        CHECK(write(gate[1], "x", 1) == 1);
        pause();
    });
    char byte, path[64];
    CHECK_EQ(read(gate[0], &byte, 1), 1);
    snprintf(path, sizeof path, "/proc/%d/ns/user", child);
    int there = REQUIRE_OK(open(path, O_RDONLY));
    snprintf(path, sizeof path, "/proc/%d/ns/uts", child);
    int names = REQUIRE_OK(open(path, O_RDONLY));
    CHECK_EQ(IN_CHILD({
                 CHECK_ERR(setns(names, 0), EPERM);
                 CHECK_OK(setns(there, CLONE_NEWUSER));
                 CHECK_EQ(getuid(), 0);
                 CHECK(effective() != 0);
                 CHECK_OK(setns(names, CLONE_NEWUTS));
                 CHECK_OK(sethostname("again", 5));
                 CHECK_ERR(setns(there, CLONE_NEWUSER), EINVAL);
             }),
            0);
    kill(child, SIGKILL);
    wait_for(child);
}

TEST(capabilities_relative) {
    begin();
    pid_t sleeper = START_CHILD(pause());
    CHECK_OK(unshare(CLONE_NEWUSER));
    map_root();
    CHECK_OK(kill(sleeper, 0));
    CHECK_ERR(kill(getppid(), 0), EPERM);
    CHECK_ERR(setpriority(PRIO_PROCESS, 0, -5), EACCES);
    CHECK_OK(prctl(PR_CAPBSET_DROP, CAP_SYS_TIME));
    CHECK_EQ(prctl(PR_CAPBSET_READ, CAP_SYS_TIME), 0);
    struct rlimit limit;
    CHECK_OK(getrlimit(RLIMIT_NOFILE, &limit));
    limit.rlim_max++;
    CHECK_ERR(setrlimit(RLIMIT_NOFILE, &limit), EPERM);
    kill(sleeper, SIGKILL);
    wait_for(sleeper);
}

TEST(exec_keepsRootsCapabilities) {
    begin();
    CHECK_OK(unshare(CLONE_NEWUSER));
    map_root();
    pid_t child = START_CHILD({
        execl("/bin/sh", "sh", "-c", "grep -q '^CapEff:.0*$' /proc/self/status && exit 1; exit 0", NULL);
        _exit(9);
    });
    CHECK_EQ(wait_for(child), 0);
}

TEST(securebits_insideOnly) {
    begin();
    CHECK_ERR(prctl(PR_SET_SECUREBITS, 1), EPERM);
    CHECK_OK(unshare(CLONE_NEWUSER));
    map_root();
    CHECK_EQ(prctl(PR_GET_SECUREBITS), 0);
    CHECK_OK(prctl(PR_SET_SECUREBITS, 1 << 2));
    CHECK_EQ(prctl(PR_GET_SECUREBITS), 1 << 2);
}

TEST(credentials_overSockets_asSeen) {
    begin();
    int pair[2];
    REQUIRE_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    CHECK_EQ(IN_CHILD({
                 REQUIRE_OK(unshare(CLONE_NEWUSER));
                 map_root();
                 struct ucred peer;
                 socklen_t size = sizeof peer;
                 CHECK_OK(getsockopt(pair[0], SOL_SOCKET, SO_PEERCRED, &peer, &size));
                 CHECK_EQ(peer.uid, 0);
             }),
            0);
}

TEST(mounts_areLocked) {
    begin();
    if (access("/proc/self/mounts", F_OK) < 0) SKIP("no proc");
    CHECK_OK(unshare(CLONE_NEWUSER | CLONE_NEWNS));
    map_root();
    CHECK_ERR(umount("/proc"), EINVAL);
    REQUIRE_OK(mkdir("m", 0755));
    CHECK_ERR(mount("/", "m", NULL, MS_BIND, NULL), EINVAL);
    CHECK_OK(mount("/", "m", NULL, MS_BIND | MS_REC, NULL));
    CHECK_OK(umount2("m", MNT_DETACH));
    CHECK_ERR(mount("none", "m", "devtmpfs", 0, NULL), EPERM);
}

TEST(network_hidesAbstractNames) {
    begin();
    struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "\0userns-test"};
    socklen_t size = offsetof(struct sockaddr_un, sun_path) + 12;
    int home = REQUIRE_OK(socket(AF_UNIX, SOCK_STREAM, 0));
    REQUIRE_OK(bind(home, (struct sockaddr *)&name, size));
    REQUIRE_OK(listen(home, 1));
    CHECK_EQ(IN_CHILD({
                 REQUIRE_OK(unshare(CLONE_NEWUSER | CLONE_NEWNET));
                 int other = REQUIRE_OK(socket(AF_UNIX, SOCK_STREAM, 0));
                 CHECK_ERR(connect(other, (struct sockaddr *)&name, size), ECONNREFUSED);
                 CHECK_OK(bind(other, (struct sockaddr *)&name, size));
             }),
            0);
    int near = REQUIRE_OK(socket(AF_UNIX, SOCK_STREAM, 0));
    CHECK_OK(connect(near, (struct sockaddr *)&name, size));
}

/* cap_ptrace_access_check: the same user, but root of another namespace. */
TEST(tracing_acrossNamespaces) {
    begin();
    static volatile int word = 4711;
    int ready[2], end[2];
    REQUIRE_OK(pipe(ready));
    REQUIRE_OK(pipe(end));
    pid_t plain = fork();
    if (plain == 0) {
        close(end[1]);
        char byte;
        _exit(read(end[0], &byte, 1) != 0);
    }
    pid_t inside = fork();
    if (inside == 0) {
        close(end[1]);
        if (unshare(CLONE_NEWUSER) < 0) _exit(100);
        int value = 0;
        struct iovec here = {&value, sizeof value}, there = {(void *)&word, sizeof word};
        int wrong = 0;
        if (ptrace(PTRACE_ATTACH, plain, 0, 0) == 0 || errno != EPERM) wrong |= 1;
        if (process_vm_readv(plain, &here, 1, &there, 1, 0) != -1 || errno != EPERM) wrong |= 2;
        char name[64];
        snprintf(name, sizeof name, "/proc/%d/mem", plain);
        if (open(name, O_RDONLY) >= 0) wrong |= 4;
        if (write(ready[1], "x", 1) != 1) wrong |= 8;
        char byte;
        read(end[0], &byte, 1);
        _exit(wrong);
    }
    char byte;
    CHECK_EQ(read(ready[0], &byte, 1), 1);
    /* whoever owns the namespace may do anything inside */
    int value = 0, status;
    struct iovec here = {&value, sizeof value}, there = {(void *)&word, sizeof word};
    CHECK_EQ(process_vm_readv(inside, &here, 1, &there, 1, 0), (long)sizeof value);
    CHECK_EQ(value, 4711);
    CHECK_EQ(process_vm_readv(plain, &here, 1, &there, 1, 0), (long)sizeof value);
    close(end[1]);
    CHECK_EQ(waitpid(inside, &status, 0), inside);
    CHECK_EQ(status, 0);
    CHECK_EQ(waitpid(plain, &status, 0), plain);
    CHECK_EQ(status, 0);
}

TEST(setTid_needsTheOwnerOfThePidNamespace) {
    IN_CHILD(
        REQUIRE_OK(unshare(CLONE_NEWUSER));
        pid_t wanted[1] = {getpid()};
        struct {
            uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size;
        } args = {.exit_signal = SIGCHLD, .set_tid = (uintptr_t)wanted, .set_tid_size = 1};
        CHECK_ERR(syscall(SYS_clone3, &args, sizeof args), EPERM););
}
