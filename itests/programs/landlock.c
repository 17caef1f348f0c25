/* landlock(7): what a process forbids itself, for good. */
#include "check.h"
#include <linux/landlock.h>
#include <mqueue.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

/* What older headers lack. */
#ifndef LANDLOCK_CREATE_RULESET_ERRATA
#define LANDLOCK_CREATE_RULESET_ERRATA 2
#endif
enum {
    EXECUTE = 1, WRITE_FILE = 1 << 1, READ_FILE = 1 << 2, READ_DIR = 1 << 3, REMOVE_DIR = 1 << 4, REMOVE_FILE = 1 << 5,
    MAKE_CHAR = 1 << 6, MAKE_DIR = 1 << 7, MAKE_REG = 1 << 8, MAKE_SOCK = 1 << 9, MAKE_FIFO = 1 << 10,
    MAKE_BLOCK = 1 << 11, MAKE_SYM = 1 << 12, REFER = 1 << 13, TRUNCATE = 1 << 14, IOCTL_DEV = 1 << 15,
    ALL_FILES = (1 << 16) - 1, READS = EXECUTE | READ_FILE | READ_DIR,
    BIND_TCP = 1, CONNECT_TCP = 2, ABSTRACT_SCOPE = 1, SIGNAL_SCOPE = 2, PATH_RULE = 1, PORT_RULE = 2,
};

struct ruleset { uint64_t files, network, scopes; };
struct path_rule { uint64_t rights; int32_t parent; } __attribute__((packed));
struct port_rule { uint64_t rights, port; };

static long create(const void *attr, size_t size, unsigned flags) {
    return syscall(SYS_landlock_create_ruleset, attr, size, flags);
}

static long add_rule(int ruleset, int type, const void *rule, unsigned flags) {
    return syscall(SYS_landlock_add_rule, ruleset, type, rule, flags);
}

static long restrict_self(int ruleset, unsigned flags) {
    return syscall(SYS_landlock_restrict_self, ruleset, flags);
}

static int make(uint64_t files, uint64_t network, uint64_t scopes) {
    struct ruleset wanted = {files, network, scopes};
    return REQUIRE_OK(create(&wanted, sizeof wanted, 0));
}

static long allow(int ruleset, const char *path, uint64_t rights) {
    int fd = REQUIRE_OK(open(path, O_PATH | O_CLOEXEC));
    struct path_rule rule = {rights, fd};
    long result = add_rule(ruleset, PATH_RULE, &rule, 0);
    int error = errno;
    close(fd);
    errno = error;
    return result;
}

static void enforce(int ruleset) {
    REQUIRE_OK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    REQUIRE_OK(restrict_self(ruleset, 0));
    close(ruleset);
}

/* Restricts to rights below one directory. */
static void confine(uint64_t handled, const char *path, uint64_t rights) {
    int ruleset = make(handled, 0, 0);
    if (path) REQUIRE_OK(allow(ruleset, path, rights));
    enforce(ruleset);
}

static int open_close(const char *path, int flags) {
    int fd = open(path, flags, 0644);
    if (fd >= 0) close(fd);
    return fd < 0 ? -1 : 0;
}

static void scene(void) {
    REQUIRE_OK(mkdir("in", 0755));
    REQUIRE_OK(mkdir("in/deep", 0755));
    REQUIRE_OK(mkdir("out", 0755));
    close(make_file("in/file", "inside"));
    close(make_file("in/deep/file", "deep"));
    close(make_file("out/file", "outside"));
}

TEST(version_isThatOfLinux615) {
    CHECK_EQ(create(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION), 7);
    CHECK_EQ(create(NULL, 0, LANDLOCK_CREATE_RULESET_ERRATA), 7);
    CHECK_ERR(create(NULL, 8, LANDLOCK_CREATE_RULESET_VERSION), EINVAL);
    CHECK_ERR(create(NULL, 0, 3), EINVAL);
    CHECK_ERR(create(NULL, 0, 4), EINVAL);
}

TEST(createRuleset_wrongArguments_fails) {
    struct ruleset none = {0, 0, 0}, unknown = {1ull << 16, 0, 0}, net = {0, 4, 0}, scope = {0, 0, 4}, one = {1, 0, 0};
    CHECK_ERR(create(NULL, sizeof none, 0), EFAULT);
    CHECK_ERR(create(NULL, 0, 0), EFAULT);
    CHECK_ERR(create(&one, 0, 0), EINVAL);
    CHECK_ERR(create(&one, 7, 0), EINVAL);
    CHECK_ERR(create((void *)1, 8, 0), EFAULT);
    CHECK_ERR(create(&one, 4097, 0), E2BIG);
    CHECK_ERR(create(&none, sizeof none, 0), ENOMSG);
    CHECK_ERR(create(&unknown, sizeof unknown, 0), EINVAL);
    CHECK_ERR(create(&net, sizeof net, 0), EINVAL);
    CHECK_ERR(create(&scope, sizeof scope, 0), EINVAL);
    uint64_t longer[4] = {1, 0, 0, 0};
    CHECK_OK(create(longer, sizeof longer, 0));
    longer[3] = 1;
    CHECK_ERR(create(longer, sizeof longer, 0), E2BIG);
    CHECK_OK(create(&one, 8, 0));
}

TEST(rulesetFile_isNameless) {
    int ruleset = make(READ_FILE, 0, 0);
    char target[64] = "", byte;
    CHECK(readlink("/proc/self/fd/3", target, sizeof target - 1) > 0 || ruleset != 3);
    if (ruleset == 3) CHECK_STR(target, "anon_inode:[landlock-ruleset]");
    CHECK_EQ(fcntl(ruleset, F_GETFD), FD_CLOEXEC);
    CHECK_EQ(fcntl(ruleset, F_GETFL) & O_ACCMODE, O_RDWR);
    CHECK_ERR(read(ruleset, &byte, 1), EINVAL);
    CHECK_ERR(write(ruleset, "x", 1), EINVAL);
}

TEST(addRule_wrongArguments_fails) {
    int ruleset = make(READ_FILE | MAKE_REG | EXECUTE, BIND_TCP, 0), other = make(EXECUTE, 0, 0);
    int dir = REQUIRE_OK(open(".", O_PATH)), file = make_file("file", "");
    struct path_rule rule = {READ_FILE, dir};
    CHECK_OK(add_rule(ruleset, PATH_RULE, &rule, 0));
    CHECK_ERR(add_rule(ruleset, PATH_RULE, &rule, 1), EINVAL);
    CHECK_ERR(add_rule(ruleset, 0, &rule, 0), EINVAL);
    CHECK_ERR(add_rule(ruleset, 3, &rule, 0), EINVAL);
    CHECK_ERR(add_rule(ruleset, PATH_RULE, NULL, 0), EFAULT);
    CHECK_ERR(add_rule(-1, PATH_RULE, &rule, 0), EBADF);
    CHECK_ERR(add_rule(file, PATH_RULE, &rule, 0), EBADFD);
    CHECK_ERR(add_rule(other, PATH_RULE, &rule, 0), EINVAL);
    rule.rights = 0;
    CHECK_ERR(add_rule(ruleset, PATH_RULE, &rule, 0), ENOMSG);
    rule.rights = REFER;
    CHECK_ERR(add_rule(ruleset, PATH_RULE, &rule, 0), EINVAL);
    rule.rights = READ_FILE | 1ull << 40;
    CHECK_ERR(add_rule(ruleset, PATH_RULE, &rule, 0), EINVAL);
    rule.rights = MAKE_REG, rule.parent = file;
    CHECK_ERR(add_rule(ruleset, PATH_RULE, &rule, 0), EINVAL);
    rule.rights = READ_FILE;
    CHECK_OK(add_rule(ruleset, PATH_RULE, &rule, 0));
    rule.parent = -1;
    CHECK_ERR(add_rule(ruleset, PATH_RULE, &rule, 0), EBADF);
    rule.parent = ruleset;
    CHECK_ERR(add_rule(ruleset, PATH_RULE, &rule, 0), EBADFD);
    rule.parent = memfd_create("nameless", 0);
    CHECK_ERR(add_rule(ruleset, PATH_RULE, &rule, 0), EBADFD);
    int ends[2];
    REQUIRE_OK(pipe(ends));
    rule.parent = ends[0];
    CHECK_ERR(add_rule(ruleset, PATH_RULE, &rule, 0), EBADFD);
    struct port_rule port = {BIND_TCP, 80};
    CHECK_OK(add_rule(ruleset, PORT_RULE, &port, 0));
    CHECK_ERR(add_rule(other, PORT_RULE, &port, 0), EINVAL);
    port.port = 65536;
    CHECK_ERR(add_rule(ruleset, PORT_RULE, &port, 0), EINVAL);
    port.rights = 0;
    CHECK_ERR(add_rule(ruleset, PORT_RULE, &port, 0), ENOMSG);
    port.rights = CONNECT_TCP, port.port = 1;
    CHECK_ERR(add_rule(ruleset, PORT_RULE, &port, 0), EINVAL);
}

TEST(restrictSelf_wrongArguments_fails) {
    int ruleset = make(READ_FILE, 0, 0);
    if (geteuid() == 0) REQUIRE_OK(setresuid(65534, 65534, 65534));
    CHECK_ERR(restrict_self(ruleset, 0), EPERM);
    CHECK_ERR(restrict_self(-1, -1), EPERM);
    REQUIRE_OK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    CHECK_ERR(restrict_self(ruleset, 8), EINVAL);
    CHECK_ERR(restrict_self(-1, 0), EBADF);
    CHECK_ERR(restrict_self(-1, 1), EBADF);
    CHECK_ERR(restrict_self(0, 0), EBADFD);
    CHECK_OK(restrict_self(-1, 4));
    CHECK_OK(restrict_self(ruleset, 7));
}

TEST(capable_restrictsItself_withoutNoNewPrivileges) {
    need_root();
    int ruleset = make(READ_FILE, 0, 0);
    CHECK_OK(restrict_self(ruleset, 0));
    CHECK_EQ(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0);
}

TEST(reading_isAllowedBelowRules) {
    scene();
    confine(READ_FILE | READ_DIR | WRITE_FILE, "in", READ_FILE | READ_DIR);
    CHECK_OK(open_close("in/file", O_RDONLY));
    CHECK_OK(open_close("in/deep/file", O_RDONLY));
    CHECK_OK(open_close("in/deep", O_RDONLY | O_DIRECTORY));
    CHECK_OK(open_close("in/deep/../../in/file", O_RDONLY));
    CHECK_ERR(open_close("in/file", O_WRONLY), EACCES);
    CHECK_ERR(open_close("in/file", O_RDWR), EACCES);
    CHECK_ERR(open_close("out/file", O_RDONLY), EACCES);
    CHECK_ERR(open_close("out", O_RDONLY | O_DIRECTORY), EACCES);
    CHECK_ERR(open_close("/", O_RDONLY | O_DIRECTORY), EACCES);
    CHECK_OK(open_close("out/file", O_PATH));
    struct stat about;
    CHECK_OK(stat("out/file", &about));
    CHECK_OK(access("out/file", R_OK | W_OK));
    CHECK_OK(chdir("out"));
    CHECK_OK(chmod("file", 0600));
    CHECK_OK(truncate("file", 1));
    CHECK_OK(unlink("file"));
}

TEST(rule_ofFile_holdsForThatFile) {
    scene();
    REQUIRE_OK(link("in/file", "out/other"));
    confine(READ_FILE, "in/file", READ_FILE);
    CHECK_OK(open_close("in/file", O_RDONLY));
    CHECK_OK(open_close("out/other", O_RDONLY));
    CHECK_ERR(open_close("in/deep/file", O_RDONLY), EACCES);
}

TEST(openFiles_stayUsable) {
    scene();
    int fd = REQUIRE_OK(open("out/file", O_RDWR)), memory = REQUIRE_OK(memfd_create("m", 0));
    confine(ALL_FILES, NULL, 0);
    char text[8] = "", path[64];
    CHECK_EQ(read(fd, text, 7), 7);
    CHECK_OK(ftruncate(fd, 3));
    CHECK_EQ(write(fd, "x", 1), 1);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    CHECK_ERR(open_close(path, O_RDONLY), EACCES);
    snprintf(path, sizeof path, "/proc/self/fd/%d", memory);
    CHECK_OK(open_close(path, O_RDWR | O_TRUNC));
    int ends[2];
    CHECK_OK(pipe(ends));
    snprintf(path, sizeof path, "/proc/self/fd/%d", ends[0]);
    CHECK_OK(open_close(path, O_RDONLY | O_NONBLOCK));
    CHECK_OK(open_close("/proc/self/ns/uts", O_RDONLY));
    CHECK_ERR(open_close("/proc/self/status", O_RDONLY), EACCES);
}

TEST(proc_ruleHoldsForAllOfIt) {
    confine(READ_FILE, "/proc", READ_FILE);
    CHECK_OK(open_close("/proc/self/status", O_RDONLY));
    CHECK_OK(open_close("/proc/meminfo", O_RDONLY));
    CHECK_ERR(open_close("/etc/passwd", O_RDONLY), EACCES);
}

TEST(proc_ruleOfDirectory_holdsWhenFoundAgain) {
    char own[32];
    snprintf(own, sizeof own, "/proc/%d", getpid());
    confine(READ_FILE, own, READ_FILE);
    CHECK_OK(open_close("/proc/self/status", O_RDONLY));
    CHECK_ERR(open_close("/proc/meminfo", O_RDONLY), EACCES);
}

TEST(making_needsTheRightOfTheType) {
    scene();
    confine(MAKE_REG | MAKE_DIR | MAKE_FIFO | MAKE_SOCK | MAKE_SYM | MAKE_CHAR | MAKE_BLOCK, "in", MAKE_REG | MAKE_SYM);
    CHECK_OK(open_close("in/new", O_CREAT | O_EXCL | O_WRONLY));
    CHECK_OK(mknod("in/node", S_IFREG | 0600, 0));
    CHECK_OK(symlink("x", "in/link"));
    CHECK_ERR(mkdir("in/d", 0755), EACCES);
    CHECK_ERR(mkfifo("in/f", 0644), EACCES);
    CHECK_ERR(mknod("in/s", S_IFSOCK | 0644, 0), EACCES);
    CHECK_ERR(open_close("out/new", O_CREAT | O_WRONLY), EACCES);
    CHECK_OK(open_close("out/file", O_CREAT | O_WRONLY));
    CHECK_ERR(mkdir("out", 0755), EEXIST);
    CHECK_ERR(symlink("x", "out/link"), EACCES);
    CHECK_OK(open_close("out", O_TMPFILE | O_RDWR));
    int fd = REQUIRE_OK(socket(AF_UNIX, SOCK_STREAM, 0));
    struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "in/sock"};
    CHECK_ERR(bind(fd, (void *)&name, sizeof name), EACCES);
    if (geteuid() == 0) CHECK_ERR(mknod("in/c", S_IFCHR | 0644, makedev(1, 3)), EACCES);
}

TEST(removing_needsItsRight) {
    scene();
    REQUIRE_OK(mkdir("in/empty", 0755));
    REQUIRE_OK(mkdir("out/empty", 0755));
    confine(REMOVE_FILE | REMOVE_DIR, "in", REMOVE_FILE);
    CHECK_OK(unlink("in/file"));
    CHECK_ERR(rmdir("in/empty"), EACCES);
    CHECK_ERR(unlink("out/file"), EACCES);
    CHECK_ERR(rmdir("out/empty"), EACCES);
    CHECK_ERR(unlink("out/none"), ENOENT);
    CHECK_ERR(rmdir("out/file"), EACCES);
}

TEST(truncating_isARightOfItsOwn) {
    scene();
    int before = REQUIRE_OK(open("out/file", O_RDWR));
    confine(TRUNCATE, "in", TRUNCATE);
    CHECK_OK(truncate("in/file", 1));
    CHECK_ERR(truncate("out/file", 1), EACCES);
    CHECK_OK(open_close("in/file", O_WRONLY | O_TRUNC));
    CHECK_ERR(open_close("out/file", O_WRONLY | O_TRUNC), EACCES);
    CHECK_ERR(open_close("out/file", O_RDONLY | O_TRUNC), EACCES);
    CHECK_OK(open_close("out/new", O_WRONLY | O_TRUNC | O_CREAT));
    int fd = REQUIRE_OK(open("out/file", O_RDWR));
    CHECK_ERR(ftruncate(fd, 2), EACCES);
    CHECK_OK(fallocate(fd, 0, 0, 100));
    CHECK_OK(ftruncate(before, 2));
    fd = REQUIRE_OK(open("in/file", O_RDWR));
    CHECK_OK(ftruncate(fd, 2));
}

TEST(deniedRight_goesWithTheFile) {
    scene();
    int pair[2];
    REQUIRE_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    pid_t child = START_CHILD({
        confine(TRUNCATE, NULL, 0);
        int fd = REQUIRE_OK(open("out/file", O_RDWR));
        char room[CMSG_SPACE(sizeof fd)] = "";
        struct iovec byte = {"x", 1};
        struct msghdr message = {.msg_iov = &byte, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
        struct cmsghdr *head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET, head->cmsg_type = SCM_RIGHTS, head->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(head), &fd, sizeof fd);
        CHECK_EQ(sendmsg(pair[1], &message, 0), 1);
    });
    char byte, room[CMSG_SPACE(sizeof(int))];
    struct iovec data = {&byte, 1};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
    REQUIRE(recvmsg(pair[0], &message, 0) == 1);
    int fd;
    memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
    CHECK_ERR(ftruncate(fd, 0), EACCES);
    CHECK_OK(truncate("out/file", 0));
    CHECK_EQ(wait_for(child), 0);
}

TEST(ioctl_ofDevice_isARightOfItsOwn) {
    scene();
    int before = REQUIRE_OK(open("/dev/null", O_RDWR));
    int value = 0, ends[2];
    REQUIRE_OK(pipe(ends));
    confine(IOCTL_DEV, NULL, 0);
    CHECK_ERR(ioctl(before, FIONREAD, &value), ENOTTY);
    int fd = REQUIRE_OK(open("/dev/null", O_RDWR));
    CHECK_ERR(ioctl(fd, FIONREAD, &value), EACCES);
    CHECK_ERR(ioctl(fd, TCGETS, &value), EACCES);
    CHECK_OK(ioctl(fd, FIOCLEX));
    CHECK_OK(ioctl(fd, FIONBIO, &value));
    CHECK_OK(ioctl(ends[0], FIONREAD, &value));
    int file = REQUIRE_OK(open("in/file", O_RDONLY));
    CHECK_OK(ioctl(file, FIONREAD, &value));
}

TEST(ioctl_ofDevice_isAllowedByRule) {
    confine(IOCTL_DEV, "/dev/null", IOCTL_DEV);
    int value = 0;
    int fd = REQUIRE_OK(open("/dev/null", O_RDWR));
    CHECK_ERR(ioctl(fd, FIONREAD, &value), ENOTTY);
    fd = REQUIRE_OK(open("/dev/zero", O_RDWR));
    CHECK_ERR(ioctl(fd, FIONREAD, &value), EACCES);
}

TEST(executing_needsToReadAndExecute) {
    char self[512] = "";
    REQUIRE(readlink("/proc/self/exe", self, sizeof self - 1) > 0);
    int status = IN_CHILD({
        confine(EXECUTE | READ_FILE, self, READ_FILE);
        CHECK_ERR(execl(self, self, "--list", NULL), EACCES);
    });
    CHECK_EQ(status, 0);
    status = IN_CHILD({
        confine(EXECUTE, self, EXECUTE);
        int quiet = open("/dev/null", O_WRONLY);
        dup2(quiet, 1);
        execl(self, self, "--list", NULL);
        _exit(3);
    });
    /* a program with an interpreter needs that one, too */
    CHECK(status == 0 || status == EXITED(3));
}

TEST(domain_isInheritedAndKept) {
    char self[512] = "";
    scene();
    REQUIRE(readlink("/proc/self/exe", self, sizeof self - 1) > 0);
    int status = IN_CHILD({
        confine(MAKE_DIR, NULL, 0);
        int inner = IN_CHILD({ CHECK_ERR(mkdir("child", 0755), EACCES); });
        CHECK_EQ(inner, 0);
        setenv("MOAT_TEST_DIR", ".", 1);
        int quiet = open("/dev/null", O_WRONLY);
        dup2(quiet, 1);
        /* the frame of the tests makes a directory */
        execl(self, self, "version_isThatOfLinux615", NULL);
        _exit(9);
    });
    CHECK_EQ(status, EXITED(1));
    CHECK_OK(mkdir("here", 0755));
}

static void *make_directory(void *name) {
    return (void *)(long)(mkdir(name, 0755) < 0 ? errno : 0);
}

static void *start_after(void *gate) {
    char byte;
    CHECK_EQ(read(*(int *)gate, &byte, 1), 1);
    return make_directory("other");
}

TEST(domain_isOfOneThread) {
    int ends[2];
    void *result;
    pthread_t older, younger;
    REQUIRE_OK(pipe(ends));
    pthread_create(&older, NULL, start_after, ends);
    confine(MAKE_DIR, NULL, 0);
    pthread_create(&younger, NULL, make_directory, "mine");
    pthread_join(younger, &result);
    CHECK_EQ((long)result, EACCES);
    CHECK_EQ(write(ends[1], "x", 1), 1);
    pthread_join(older, &result);
    CHECK_EQ((long)result, 0);
}

TEST(layers_mustAllAllow) {
    scene();
    confine(READ_FILE, ".", READ_FILE);
    CHECK_OK(open_close("out/file", O_RDONLY));
    confine(READ_FILE | WRITE_FILE, "in", READ_FILE | WRITE_FILE);
    CHECK_OK(open_close("in/file", O_RDWR));
    CHECK_ERR(open_close("out/file", O_RDONLY), EACCES);
    confine(WRITE_FILE, "in/deep", WRITE_FILE);
    CHECK_OK(open_close("in/deep/file", O_RDWR));
    CHECK_OK(open_close("in/file", O_RDONLY));
    CHECK_ERR(open_close("in/file", O_RDWR), EACCES);
}

TEST(layers_areLimited) {
    int ruleset = make(MAKE_BLOCK, 0, 0);
    REQUIRE_OK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    for (int i = 0; i < 16; i++) CHECK_OK(restrict_self(ruleset, 0));
    CHECK_ERR(restrict_self(ruleset, 0), E2BIG);
    CHECK_OK(open_close("new", O_CREAT | O_RDWR));
}

TEST(ruleset_mayGrowAfterwards_withoutEffect) {
    scene();
    int ruleset = make(READ_FILE, 0, 0);
    REQUIRE_OK(allow(ruleset, "in", READ_FILE));
    REQUIRE_OK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    REQUIRE_OK(restrict_self(ruleset, 0));
    CHECK_OK(allow(ruleset, "out", READ_FILE));
    CHECK_ERR(open_close("out/file", O_RDONLY), EACCES);
    CHECK_OK(open_close("in/file", O_RDONLY));
}

TEST(rename_withinDirectory_needsNoRefer) {
    scene();
    confine(MAKE_REG | REMOVE_FILE, "in", MAKE_REG | REMOVE_FILE);
    CHECK_OK(rename("in/file", "in/other"));
    CHECK_ERR(rename("out/file", "out/other"), EACCES);
    CHECK_ERR(rename("in/other", "in/deep/other"), EXDEV);
    CHECK_ERR(link("in/other", "in/deep/other"), EXDEV);
    CHECK_OK(link("in/other", "in/third"));
    CHECK_ERR(link("out/file", "out/third"), EACCES);
    CHECK_ERR(rename("in/other", "out/other"), EACCES);
}

TEST(unrelatedRestriction_deniesReparenting) {
    scene();
    confine(READ_FILE, ".", READ_FILE);
    CHECK_OK(rename("in/file", "in/other"));
    CHECK_ERR(rename("in/other", "out/other"), EXDEV);
    CHECK_ERR(link("in/other", "out/other"), EXDEV);
}

TEST(refer_allowsReparenting) {
    scene();
    confine(MAKE_REG | REMOVE_FILE | REFER, ".", MAKE_REG | REMOVE_FILE | REFER);
    CHECK_OK(rename("in/file", "out/moved"));
    CHECK_OK(link("out/moved", "in/linked"));
    CHECK_OK(syscall(SYS_renameat2, AT_FDCWD, "in/linked", AT_FDCWD, "out/file", 2));
    CHECK_OK(rename("in/deep", "out/deep"));
    CHECK_ERR(rename("out/none", "in/none"), ENOENT);
}

TEST(refer_mustNotGainRights) {
    scene();
    int ruleset = make(READ_FILE | MAKE_REG | REMOVE_FILE | REFER, 0, 0);
    REQUIRE_OK(allow(ruleset, ".", MAKE_REG | REMOVE_FILE | REFER));
    REQUIRE_OK(allow(ruleset, "in", READ_FILE));
    enforce(ruleset);
    /* there it could be read */
    CHECK_ERR(rename("out/file", "in/file"), EXDEV);
    CHECK_ERR(link("out/file", "in/linked"), EXDEV);
    CHECK_ERR(syscall(SYS_renameat2, AT_FDCWD, "in/file", AT_FDCWD, "out/file", 2), EXDEV);
    CHECK_OK(rename("in/file", "out/file"));
    CHECK_ERR(open_close("out/file", O_RDONLY), EACCES);
}

TEST(refer_isNeededOnBothSides) {
    scene();
    int ruleset = make(MAKE_REG | REMOVE_FILE | REFER, 0, 0);
    REQUIRE_OK(allow(ruleset, "in", MAKE_REG | REMOVE_FILE | REFER));
    REQUIRE_OK(allow(ruleset, "out", MAKE_REG | REMOVE_FILE));
    enforce(ruleset);
    CHECK_ERR(rename("in/file", "out/other"), EXDEV);
    CHECK_ERR(rename("out/file", "in/other"), EXDEV);
    CHECK_OK(rename("in/file", "in/deep/other"));
}

TEST(refer_checksEveryLayer) {
    scene();
    confine(MAKE_REG | REMOVE_FILE | REFER, ".", MAKE_REG | REMOVE_FILE | REFER);
    CHECK_OK(link("in/file", "out/one"));
    confine(READ_FILE, ".", READ_FILE);
    CHECK_ERR(link("in/file", "out/two"), EXDEV);
    CHECK_OK(link("in/file", "in/two"));
}

TEST(referOfDirectory_comparesRightsOfDirectories) {
    scene();
    int ruleset = make(MAKE_DIR | REMOVE_DIR | MAKE_SYM | MAKE_REG | REMOVE_FILE | REFER, 0, 0);
    REQUIRE_OK(allow(ruleset, ".", MAKE_DIR | REMOVE_DIR | REFER | MAKE_REG | REMOVE_FILE));
    REQUIRE_OK(allow(ruleset, "out", MAKE_SYM));
    enforce(ruleset);
    /* links could be made in it there, which means nothing for a file */
    CHECK_ERR(rename("in/deep", "out/deep"), EXDEV);
    CHECK_OK(rename("in/file", "out/moved"));
}

TEST(mounts_stayAsTheyAre) {
    need_root();
    scene();
    REQUIRE_OK(unshare(CLONE_NEWNS));
    REQUIRE_OK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
    REQUIRE_OK(mount("t", "in", "tmpfs", 0, NULL));
    int scoped = IN_CHILD({
        int ruleset = make(0, 0, SIGNAL_SCOPE);
        enforce(ruleset);
        CHECK_OK(mount("t", "out", "tmpfs", 0, NULL));
        CHECK_OK(umount("out"));
    });
    CHECK_EQ(scoped, 0);
    confine(MAKE_BLOCK, NULL, 0);
    CHECK_ERR(mount("t", "out", "tmpfs", 0, NULL), EPERM);
    CHECK_ERR(mount("in", "out", NULL, MS_BIND, NULL), EPERM);
    CHECK_ERR(mount(NULL, "in", NULL, MS_REMOUNT | MS_RDONLY, NULL), EPERM);
    CHECK_ERR(mount("in", "out", NULL, MS_MOVE, NULL), EPERM);
    CHECK_ERR(umount("in"), EPERM);
    CHECK_ERR(syscall(SYS_pivot_root, "in", "in"), EPERM);
    int tree = CHECK_OK(syscall(SYS_open_tree, AT_FDCWD, "in", 1));
    CHECK_ERR(syscall(SYS_move_mount, tree, "", AT_FDCWD, "out", 4), EPERM);
    CHECK_OK(chroot("in"));
}

TEST(rules_reachOverMounts) {
    need_root();
    scene();
    REQUIRE_OK(unshare(CLONE_NEWNS));
    REQUIRE_OK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
    REQUIRE_OK(mount("t", "in/deep", "tmpfs", 0, NULL));
    close(make_file("in/deep/fresh", "x"));
    REQUIRE_OK(mount("out", "in/deep", NULL, MS_BIND, NULL));
    confine(READ_FILE, "in", READ_FILE);
    CHECK_OK(open_close("in/deep/file", O_RDONLY));
    CHECK_ERR(open_close("out/file", O_RDONLY), EACCES);
}

TEST(ptrace_ofOthersDomain_fails) {
    int ends[2];
    REQUIRE_OK(pipe(ends));
    pid_t free_one = START_CHILD({ for (;;) pause(); });
    char path[64], room[64];
    snprintf(path, sizeof path, "/proc/%d/cwd", free_one);
    int status = IN_CHILD({
        confine(MAKE_BLOCK, NULL, 0);
        CHECK_ERR(ptrace(PTRACE_ATTACH, free_one, 0, 0), EPERM);
        CHECK_ERR(readlink(path, room, sizeof room), EACCES);
        struct iovec data = {path, 1};
        CHECK_ERR(process_vm_readv(free_one, &data, 1, &data, 1, 0), EPERM);
        pid_t inner = START_CHILD({ for (;;) pause(); });
        CHECK_OK(ptrace(PTRACE_ATTACH, inner, 0, 0));
        CHECK_EQ(waitpid(inner, NULL, 0), inner);
        kill(inner, SIGKILL);
        pid_t deeper = START_CHILD({
            confine(MAKE_BLOCK, NULL, 0);
            CHECK_EQ(write(ends[1], "x", 1), 1);
            CHECK_OK(ptrace(PTRACE_TRACEME, 0, 0, 0));
            for (;;) pause();
        });
        char byte;
        CHECK_EQ(read(ends[0], &byte, 1), 1);
        kill(deeper, SIGKILL);
    });
    CHECK_EQ(status, 0);
    kill(free_one, SIGKILL);
}

/* Without CAP_PERFMON, with which Linux 6.16 and later let root read all memory. */
TEST(memory_ofOthersDomain_cannotBeOpened) {
    need_root();
    REQUIRE_OK(setresgid(65534, 65534, 65534));
    REQUIRE_OK(setresuid(65534, 65534, 65534));
    REQUIRE_OK(prctl(PR_SET_DUMPABLE, 1));
    pid_t free_one = START_CHILD({ for (;;) pause(); });
    char path[64];
    CHECK_EQ(IN_CHILD({
        snprintf(path, sizeof path, "/proc/%d/environ", free_one);
        CHECK_OK(open_close(path, O_RDONLY));
        confine(MAKE_DIR, NULL, 0);
        CHECK_ERR(open_close(path, O_RDONLY), EACCES);
        snprintf(path, sizeof path, "/proc/%d/maps", free_one);
        CHECK_ERR(open_close(path, O_RDONLY), EACCES);
        snprintf(path, sizeof path, "/proc/%d/auxv", free_one);
        CHECK_ERR(open_close(path, O_RDONLY), EACCES);
        snprintf(path, sizeof path, "/proc/%d/status", free_one);
        CHECK_OK(open_close(path, O_RDONLY));
        CHECK_OK(open_close("/proc/self/environ", O_RDONLY));
    }), 0);
    CHECK_OK(kill(free_one, SIGKILL));
    CHECK_EQ(wait_for(free_one), SIGKILL);
}

TEST(pathDescriptor_isNoRuleset) {
    struct path_rule rule = {READ_FILE, REQUIRE_OK(open(".", O_PATH))};
    int path = REQUIRE_OK(open(".", O_PATH)), directory = REQUIRE_OK(open(".", O_RDONLY));
    CHECK_ERR(add_rule(path, PATH_RULE, &rule, 0), EBADF);
    CHECK_ERR(add_rule(directory, PATH_RULE, &rule, 0), EBADFD);
    REQUIRE_OK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    CHECK_ERR(restrict_self(path, 0), EBADF);
    CHECK_ERR(restrict_self(directory, 0), EBADFD);
}

TEST(traceMe_byOutsideParent_isAllowed_byInsideParent_isNot) {
    /* the parent has no domain */
    int status = IN_CHILD({
        confine(MAKE_BLOCK, NULL, 0);
        CHECK_OK(ptrace(PTRACE_TRACEME, 0, 0, 0));
    });
    CHECK_EQ(status, 0);
    /* the parent has one that its child, born before, has not */
    int ends[2];
    REQUIRE_OK(pipe(ends));
    status = IN_CHILD({
        pid_t older = START_CHILD({
            char byte;
            CHECK_EQ(read(ends[0], &byte, 1), 1);
            CHECK_ERR(ptrace(PTRACE_TRACEME, 0, 0, 0), EPERM);
        });
        confine(MAKE_BLOCK, NULL, 0);
        CHECK_EQ(write(ends[1], "x", 1), 1);
        CHECK_EQ(wait_for(older), 0);
    });
    CHECK_EQ(status, 0);
}

TEST(signals_stayInScope) {
    pid_t outside = START_CHILD({ for (;;) pause(); });
    int status = IN_CHILD({
        pid_t older = START_CHILD({ for (;;) pause(); });
        enforce(make(0, 0, SIGNAL_SCOPE));
        pid_t younger = START_CHILD({ for (;;) pause(); });
        CHECK_ERR(kill(outside, 0), EPERM);
        CHECK_ERR(kill(outside, SIGKILL), EPERM);
        CHECK_ERR(kill(older, SIGKILL), EPERM);
        CHECK_ERR(syscall(SYS_tgkill, outside, outside, SIGKILL), EPERM);
        CHECK_ERR(kill(getppid(), 0), EPERM);
        CHECK_OK(kill(getpid(), 0));
        CHECK_OK(kill(younger, SIGKILL));
        CHECK_EQ(wait_for(younger), SIGKILL);
        /* a domain below may be reached, the one above not */
        int ends[2];
        REQUIRE_OK(pipe(ends));
        pid_t deeper = START_CHILD({
            enforce(make(0, 0, SIGNAL_SCOPE));
            CHECK_ERR(kill(getppid(), 0), EPERM);
            CHECK_EQ(write(ends[1], "x", 1), 1);
            for (;;) pause();
        });
        char byte;
        CHECK_EQ(read(ends[0], &byte, 1), 1);
        CHECK_OK(kill(deeper, SIGKILL));
        CHECK_EQ(wait_for(deeper), SIGKILL);
    });
    CHECK_EQ(status, 0);
    status = IN_CHILD({
        confine(MAKE_BLOCK, NULL, 0);
        CHECK_OK(kill(outside, SIGKILL));
    });
    CHECK_EQ(status, 0);
}

static void *signal_leader(void *result) {
    enforce(make(0, 0, SIGNAL_SCOPE));
    *(long *)result = syscall(SYS_tgkill, getpid(), getpid(), 0) < 0 ? errno : 0;
    return NULL;
}

TEST(signals_betweenThreads_areFree) {
    long result = -1;
    pthread_t thread;
    pthread_create(&thread, NULL, signal_leader, &result);
    pthread_join(thread, NULL);
    CHECK_EQ(result, 0);
}

static volatile sig_atomic_t told;

static void note(int signal) {
    (void)signal;
    told++;
}

TEST(fileOwnerOutside_isNotTold) {
    int ends[2];
    REQUIRE_OK(pipe(ends));
    signal(SIGIO, note);
    for (int scoped = 1; scoped >= 0; scoped--) {
        int status = IN_CHILD({
            if (scoped) enforce(make(0, 0, SIGNAL_SCOPE));
            REQUIRE_OK(fcntl(ends[0], F_SETOWN, getppid()));
            REQUIRE_OK(fcntl(ends[0], F_SETFL, O_ASYNC | O_NONBLOCK));
            CHECK_EQ(write(ends[1], "x", 1), 1);
            char byte;
            CHECK_EQ(read(ends[0], &byte, 1), 1);
        });
        CHECK_EQ(status, 0);
        if (!scoped) EVENTUALLY(told > 0);
        else CHECK_EQ(told, 0);
    }
}

static socklen_t named(struct sockaddr_un *name, const char *what) {
    *name = (struct sockaddr_un){.sun_family = AF_UNIX};
    int length = snprintf(name->sun_path + 1, sizeof name->sun_path - 1, "landlock-%s-%d", what, getpid());
    return offsetof(struct sockaddr_un, sun_path) + 1 + length;
}

TEST(abstractSockets_stayInScope) {
    struct sockaddr_un stream, packet;
    socklen_t streamLength = named(&stream, "stream"), packetLength = named(&packet, "packet");
    int listener = REQUIRE_OK(socket(AF_UNIX, SOCK_STREAM, 0)), receiver = REQUIRE_OK(socket(AF_UNIX, SOCK_DGRAM, 0));
    REQUIRE_OK(bind(listener, (void *)&stream, streamLength));
    REQUIRE_OK(listen(listener, 5));
    REQUIRE_OK(bind(receiver, (void *)&packet, packetLength));
    struct sockaddr_un file = {.sun_family = AF_UNIX, .sun_path = "sock"};
    int filed = REQUIRE_OK(socket(AF_UNIX, SOCK_STREAM, 0));
    REQUIRE_OK(bind(filed, (void *)&file, sizeof file));
    REQUIRE_OK(listen(filed, 5));
    int status = IN_CHILD({
        int connected = REQUIRE_OK(socket(AF_UNIX, SOCK_DGRAM, 0));
        REQUIRE_OK(connect(connected, (void *)&packet, packetLength));
        enforce(make(0, 0, ABSTRACT_SCOPE));
        int client = REQUIRE_OK(socket(AF_UNIX, SOCK_STREAM, 0));
        CHECK_ERR(connect(client, (void *)&stream, streamLength), EPERM);
        CHECK_OK(connect(client, (void *)&file, sizeof file));
        int sender = REQUIRE_OK(socket(AF_UNIX, SOCK_DGRAM, 0));
        CHECK_ERR(sendto(sender, "x", 1, 0, (void *)&packet, packetLength), EPERM);
        CHECK_ERR(connect(sender, (void *)&packet, packetLength), EPERM);
        CHECK_EQ(send(connected, "x", 1, 0), 1);
        CHECK_EQ(sendto(connected, "x", 1, 0, (void *)&packet, packetLength), 1);
        /* what is made in here may be reached */
        struct sockaddr_un own;
        socklen_t ownLength = named(&own, "own");
        int server = REQUIRE_OK(socket(AF_UNIX, SOCK_STREAM, 0));
        REQUIRE_OK(bind(server, (void *)&own, ownLength));
        REQUIRE_OK(listen(server, 5));
        client = REQUIRE_OK(socket(AF_UNIX, SOCK_STREAM, 0));
        CHECK_OK(connect(client, (void *)&own, ownLength));
    });
    CHECK_EQ(status, 0);
    int client = REQUIRE_OK(socket(AF_UNIX, SOCK_STREAM, 0));
    CHECK_OK(connect(client, (void *)&stream, streamLength));
}

TEST(messageQueues_areFilesOfTheirOwnDirectory) {
    need_root();
    char name[64];
    snprintf(name, sizeof name, "/landlock-%d", getpid());
    mqd_t before = mq_open(name, O_CREAT | O_RDWR, 0600, NULL);
    REQUIRE(before >= 0);
    REQUIRE_OK(unshare(CLONE_NEWNS));
    REQUIRE_OK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
    REQUIRE_OK(mkdir("queues", 0755));
    REQUIRE_OK(mount("q", "queues", "mqueue", 0, NULL));
    int status = IN_CHILD({
        confine(READ_FILE, "/", READ_FILE);
        CHECK_ERR(mq_open(name, O_RDONLY), EACCES);
        CHECK_OK(mq_open(name, O_WRONLY));
    });
    CHECK_EQ(status, 0);
    status = IN_CHILD({
        confine(READ_FILE, "queues", READ_FILE);
        CHECK_OK(mq_open(name, O_RDONLY));
    });
    CHECK_OK(mq_unlink(name));
    CHECK_EQ(status, 0);
}

TEST(changedIds_keepTheDomain) {
    need_root();
    scene();
    REQUIRE_OK(chmod(".", 0777));
    confine(MAKE_DIR, "in", MAKE_DIR);
    REQUIRE_OK(chmod("in", 0777));
    REQUIRE_OK(setresgid(65534, 65534, 65534));
    REQUIRE_OK(setresuid(65534, 65534, 65534));
    CHECK_ERR(mkdir("d", 0755), EACCES);
    CHECK_OK(mkdir("in/d", 0755));
    REQUIRE_OK(unshare(CLONE_NEWUSER));
    CHECK_ERR(mkdir("e", 0755), EACCES);
}
