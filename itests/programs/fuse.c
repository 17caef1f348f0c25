/* fuse(4): files and directories, names, permissions, waits; see fuseserver.h. */
#include "fuseserver.h"

TEST(mount_withBadOptions_fails) {
    own_mounts();
    char byte, options[128];
    device = REQUIRE_OK(open("/dev/fuse", O_RDWR));
    CHECK_OK(mkdir("m", 0755));
    CHECK_ERR(mount("s", "m", "fuse", 0, "rootmode=40000,user_id=0,group_id=0"), EINVAL);
    CHECK_ERR(mount("s", "m", "fuse", 0, "fd=999,rootmode=40000,user_id=0,group_id=0"), EINVAL);
    CHECK_ERR(mount("s", "m", "fuse", 0, "fd=0,rootmode=40000,user_id=0,group_id=0"), EINVAL);
    const char *bad[] = {"fd=%d,user_id=0,group_id=0", "fd=%d,rootmode=40000,group_id=0", "fd=%d,rootmode=40000,user_id=0",
            "fd=%d,rootmode=40000,user_id=0,group_id=0,colour=3", "fd=%d,rootmode=49000,user_id=0,group_id=0",
            "fd=%d,rootmode=40000,user_id=x,group_id=0"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(options, sizeof options, bad[i], device);
        CHECK_ERR(mount("s", "m", "fuse", 0, options), EINVAL);
    }
    CHECK_ERR(read(device, &byte, 1), EPERM);
    CHECK_ERR(write(device, &byte, 1), EPERM);
    CHECK_OK(mount_at("m", ""));
    CHECK_ERR(read(device, &byte, 1), EINVAL);
    CHECK_ERR(write(device, &byte, 1), EINVAL);
    struct pollfd wait = {device, POLLIN | POLLOUT, 0};
    CHECK_EQ(poll(&wait, 1, 0), 1);
    CHECK_EQ(wait.revents, POLLIN | POLLOUT);
    char buffer[70000];
    ssize_t size = CHECK_OK(read(device, buffer, sizeof buffer));
    struct fuse_in_header *in = (void *)buffer;
    struct fuse_init_in *init = (void *)(in + 1);
    CHECK_EQ(in->len, size);
    CHECK_EQ(in->opcode, FUSE_INIT);
    CHECK_EQ(init->major, 7);
    CHECK(init->minor >= 31);
    struct fuse_out_header out = {sizeof out, 0, 999};
    CHECK_ERR(write(device, &out, sizeof out), ENOENT);
    out.error = 5;
    CHECK_ERR(write(device, &out, sizeof out), EINVAL);
    out.len = 20;
    CHECK_ERR(write(device, &out, sizeof out), EINVAL);
    CHECK_OK(umount("m"));
    CHECK_ERR(read(device, buffer, sizeof buffer), ENODEV);
    CHECK_EQ(poll(&wait, 1, 0), 1);
    CHECK(wait.revents & POLLERR);
}

TEST(mount_showsInMounts) {
    start(",allow_other,default_permissions,max_read=8192");
    CHECK(strstr(text_of("/proc/self/mounts"),
            "fuse rw,nosuid,nodev,relatime,user_id=0,group_id=0,default_permissions,allow_other,max_read=8192 0 0\n"));
    struct statfs about;
    CHECK_OK(statfs(".", &about));
    CHECK_EQ(about.f_type, 0x65735546);
    CHECK_EQ(about.f_blocks, 1000);
    CHECK_EQ(about.f_bavail, 400);
    CHECK_EQ(about.f_bsize, 512);
    CHECK_EQ(about.f_frsize, 1024);
    CHECK_EQ(about.f_namelen, 63);
    CHECK_OK(chdir("/"));
}

TEST(file_isMadeWrittenAndRead) {
    start("");
    struct stat about;
    char text[32] = "";
    umask(027);
    int fd = CHECK_OK(open("f", O_RDWR | O_CREAT | O_EXCL, 0666));
    CHECK_EQ(COUNT(FUSE_CREATE), 1);
    CHECK_EQ(COUNT(FUSE_OPEN), 0);
    CHECK_EQ(control->umask, 027);
    CHECK_EQ(control->flags & (O_ACCMODE | O_CREAT | O_EXCL), O_RDWR | O_CREAT | O_EXCL);
    CHECK_EQ(control->pid, getpid());
    CHECK_EQ(write(fd, "some text", 9), 9);
    CHECK_EQ(pwrite(fd, "TEXT", 4, 5), 4);
    CHECK_OK(fstat(fd, &about));
    CHECK_EQ(about.st_size, 9);
    CHECK_EQ(about.st_mode, S_IFREG | 0640);
    CHECK_EQ(about.st_nlink, 1);
    CHECK_EQ(lseek(fd, 0, SEEK_END), 9);
    CHECK_EQ(lseek(fd, -4, SEEK_END), 5);
    CHECK_EQ(read(fd, text, sizeof text), 4);
    CHECK_STR(text, "TEXT");
    CHECK_EQ(read(fd, text, sizeof text), 0);
    CHECK_OK(fsync(fd));
    CHECK_OK(close(fd));
    CHECK(EVENTUALLY(COUNT(FUSE_RELEASE) == 1));
    CHECK_EQ(COUNT(FUSE_FLUSH), 1);
    CHECK_ERR(open("f", O_RDWR | O_CREAT | O_EXCL, 0666), EEXIST);
    CHECK_ERR(open("g", O_RDWR), ENOENT);
    fd = CHECK_OK(open("f", O_WRONLY | O_APPEND));
    CHECK_EQ(write(fd, "!", 1), 1);
    CHECK_OK(ftruncate(fd, 20));
    CHECK_OK(close(fd));
    CHECK_OK(stat("f", &about));
    CHECK_EQ(about.st_size, 20);
    CHECK_OK(close(CHECK_OK(open("f", O_WRONLY | O_TRUNC))));
    CHECK_OK(stat("f", &about));
    CHECK_EQ(about.st_size, 0);
    CHECK_ERR(fallocate(open("f", O_RDWR), 0, 0, 10), EOPNOTSUPP);
}

TEST(write_ofMuch_comesInParts) {
    start("");
    size_t size = 300000;
    char *data = malloc(size), *back = calloc(1, size);
    for (size_t i = 0; i < size; i++) data[i] = i * 7 + i / 1000;
    int fd = CHECK_OK(open("f", O_RDWR | O_CREAT, 0666));
    CHECK_EQ(write(fd, data, size), size);
    CHECK(control->largest <= 65536);
    CHECK_EQ(pread(fd, back, size, 0), size);
    CHECK(memcmp(data, back, size) == 0);
    CHECK_EQ(pread(fd, back, size, size - 100), 100);
    CHECK(memcmp(data + size - 100, back, 100) == 0);
    char *mapped = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    REQUIRE(mapped != MAP_FAILED);
    CHECK(memcmp(data, mapped, size) == 0);
}

static int names_of(const char *path, char *last) {
    DIR *directory = opendir(path);
    int count = 0;
    REQUIRE(directory != NULL);
    errno = 0;
    for (struct dirent *each; (each = readdir(directory)); count++)
        if (last) strcpy(last, each->d_name);
    int error = errno;
    closedir(directory);
    return error ? -error : count;
}

TEST(directory_isChangedAndListed) {
    start("");
    char name[32], target[32] = "";
    struct stat about;
    CHECK_OK(mkdir("d", 0750));
    CHECK_OK(stat("d", &about));
    CHECK_EQ(about.st_mode, S_IFDIR | 0750);
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof name, "d/a-rather-long-name-%d", i);
        CHECK_OK(mknod(name, S_IFREG | 0600, 0));
    }
    CHECK_EQ(names_of("d", NULL), 202);
    CHECK_EQ(names_of(".", target), 3);
    CHECK_STR(target, "d");
    CHECK_ERR(rmdir("d"), ENOTEMPTY);
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof name, "d/a-rather-long-name-%d", i);
        CHECK_OK(unlink(name));
    }
    CHECK_ERR(unlink("d"), EISDIR);
    CHECK_OK(rmdir("d"));
    CHECK_ERR(stat("d", &about), ENOENT);
    CHECK_ERR(rmdir("d"), ENOENT);
    CHECK_OK(symlink("nowhere/at/all", "l"));
    CHECK_EQ(readlink("l", target, sizeof target), 14);
    CHECK_STR(target, "nowhere/at/all");
    CHECK_ERR(open("l", O_RDONLY), ENOENT);
    CHECK_OK(mkfifo("p", 0600));
    CHECK_OK(lstat("p", &about));
    CHECK(S_ISFIFO(about.st_mode));
}

TEST(names_areLinkedAndMoved) {
    start("");
    struct stat about, other;
    close(CHECK_OK(open("a", O_CREAT | O_WRONLY, 0600)));
    CHECK_OK(link("a", "b"));
    CHECK_OK(stat("a", &about));
    CHECK_OK(stat("b", &other));
    CHECK_EQ(about.st_ino, other.st_ino);
    CHECK_EQ(about.st_nlink, 2);
    close(CHECK_OK(open("c", O_CREAT | O_WRONLY, 0600)));
    CHECK_ERR(renameat2(AT_FDCWD, "a", AT_FDCWD, "c", RENAME_NOREPLACE), EEXIST);
    CHECK_OK(renameat2(AT_FDCWD, "a", AT_FDCWD, "c", RENAME_EXCHANGE));
    CHECK_OK(stat("c", &other));
    CHECK_EQ(about.st_ino, other.st_ino);
    CHECK_OK(mkdir("d", 0700));
    CHECK_OK(rename("c", "d/e"));
    CHECK_OK(stat("d/e", &other));
    CHECK_EQ(about.st_ino, other.st_ino);
    CHECK_ERR(stat("c", &other), ENOENT);
    CHECK_OK(rename("a", "d/e"));
    CHECK_OK(stat("b", &other));
    CHECK_EQ(other.st_nlink, 1);
    CHECK_ERR(rename("d", "../outside"), EXDEV);
    control->missing[FUSE_RENAME2] = 1;
    CHECK_ERR(renameat2(AT_FDCWD, "b", AT_FDCWD, "c", RENAME_NOREPLACE), EINVAL);
}

TEST(linkThatIsANodeOfItsOwn_outlivesTheOther) {
    start("");
    struct stat about, other;
    char text[8] = "";
    control->seconds = 1000;
    control->links_apart = 1;
    int fd = CHECK_OK(open("f", O_CREAT | O_RDWR, 0644));
    CHECK_EQ(write(fd, "abc", 3), 3);
    CHECK_OK(close(fd));
    CHECK_OK(stat("f", &about));
    CHECK_OK(link("f", "g"));
    CHECK_OK(unlink("f"));
    CHECK_OK(stat("g", &other));
    CHECK(about.st_ino != other.st_ino);
    fd = CHECK_OK(open("g", O_RDONLY));
    CHECK_EQ(read(fd, text, sizeof text), 3);
    CHECK_STR(text, "abc");
}

TEST(attributes_areSet) {
    start("");
    struct stat about;
    close(CHECK_OK(open("f", O_CREAT | O_WRONLY, 0600)));
    CHECK_OK(chmod("f", 0751));
    CHECK_EQ(control->flags & (FATTR_MODE | FATTR_UID | FATTR_SIZE), FATTR_MODE);
    CHECK_OK(chown("f", 5, 6));
    struct timespec times[] = {{1, 2}, {123, 4}};
    CHECK_OK(utimensat(AT_FDCWD, "f", times, 0));
    CHECK_OK(truncate("f", 12345));
    CHECK_OK(stat("f", &about));
    CHECK_EQ(about.st_mode, S_IFREG | 0751);
    CHECK_EQ(about.st_uid, 5);
    CHECK_EQ(about.st_gid, 6);
    CHECK_EQ(about.st_mtim.tv_sec, 123);
    CHECK_EQ(about.st_mtim.tv_nsec, 5);
    CHECK_EQ(about.st_size, 12345);
    CHECK_OK(utimensat(AT_FDCWD, "f", NULL, 0));
    CHECK(control->flags & FATTR_MTIME_NOW);
    CHECK_OK(stat("f", &about));
    CHECK_EQ(about.st_mtim.tv_sec, 77);
}

TEST(xattrs_areTheServers) {
    start("");
    char value[64] = "";
    close(CHECK_OK(open("f", O_CREAT | O_WRONLY, 0600)));
    CHECK_ERR(getxattr("f", "user.a", value, sizeof value), ENODATA);
    CHECK_EQ(listxattr("f", value, sizeof value), 0);
    CHECK_OK(setxattr("f", "user.a", "hello", 5, 0));
    CHECK_ERR(setxattr("f", "user.a", "hello", 5, XATTR_CREATE), EEXIST);
    CHECK_ERR(setxattr("f", "user.b", "hello", 5, 0), EOPNOTSUPP);
    CHECK_EQ(getxattr("f", "user.a", NULL, 0), 5);
    CHECK_EQ(getxattr("f", "user.a", value, sizeof value), 5);
    CHECK(memcmp(value, "hello", 5) == 0);
    CHECK_ERR(getxattr("f", "user.a", value, 3), ERANGE);
    CHECK_EQ(listxattr("f", value, sizeof value), 7);
    CHECK_STR(value, "user.a");
    CHECK_OK(removexattr("f", "user.a"));
    control->missing[FUSE_GETXATTR] = 1;
    CHECK_ERR(getxattr("f", "user.a", value, sizeof value), EOPNOTSUPP);
    int asked = COUNT(FUSE_GETXATTR);
    CHECK_ERR(getxattr("f", "user.a", value, sizeof value), EOPNOTSUPP);
    CHECK_EQ(COUNT(FUSE_GETXATTR), asked);
}

TEST(others_areKeptOut) {
    start("");
    struct stat about;
    close(CHECK_OK(open("f", O_CREAT | O_WRONLY, 0666)));
    int before = COUNT(FUSE_LOOKUP), here = CHECK_OK(open(".", O_RDONLY));
    CHECK_EQ(IN_CHILD({
        REQUIRE_OK(setresgid(7, 7, 7));
        REQUIRE_OK(setresuid(7, 7, 7));
        CHECK_ERR(stat("f", &about), EACCES);
        CHECK_ERR(open("f", O_RDONLY), EACCES);
        CHECK_ERR(mkdir("d", 0700), EACCES);
        struct statfs space;
        CHECK_ERR(statfs(".", &space), EACCES);
        CHECK_OK(fstatfs(here, &space));
        CHECK_EQ(space.f_blocks, 0);
    }), 0);
    CHECK_EQ(COUNT(FUSE_LOOKUP), before);
}

TEST(allowOther_leavesPermissionsToTheServer) {
    start(",allow_other");
    close(CHECK_OK(open("f", O_CREAT | O_WRONLY, 0600)));
    int before = COUNT(FUSE_ACCESS);
    CHECK_EQ(IN_CHILD({
        REQUIRE_OK(setresgid(7, 7, 7));
        REQUIRE_OK(setresuid(8, 8, 8));
        CHECK_OK(open("f", O_RDWR));
        CHECK_EQ(control->uid, 8);
        CHECK_EQ(control->gid, 7);
        CHECK_OK(access("f", R_OK));
        CHECK_ERR(access("f", W_OK), EACCES);
        CHECK_EQ(COUNT(FUSE_ACCESS), before + 2);
    }), 0);
    control->missing[FUSE_ACCESS] = 1;
    CHECK_OK(access("f", W_OK));
    CHECK_OK(access("f", W_OK));
    CHECK_EQ(COUNT(FUSE_ACCESS), before + 3);
}

TEST(defaultPermissions_checksModes) {
    start(",allow_other,default_permissions");
    close(CHECK_OK(open("f", O_CREAT | O_WRONLY, 0640)));
    CHECK_OK(chmod("f", 0644));
    CHECK_EQ(IN_CHILD({
        REQUIRE_OK(setresgid(7, 7, 7));
        REQUIRE_OK(setresuid(8, 8, 8));
        CHECK_OK(open("f", O_RDONLY));
        CHECK_ERR(open("f", O_RDWR), EACCES);
        CHECK_ERR(mkdir("d", 0700), EACCES);
        CHECK_ERR(access("f", W_OK), EACCES);
        CHECK_EQ(COUNT(FUSE_ACCESS), 0);
    }), 0);
}

TEST(server_thatIsGone_leavesNotConnected) {
    start("");
    struct stat about;
    int fd = CHECK_OK(open("f", O_CREAT | O_RDWR, 0666));
    control->hold = FUSE_WRITE;
    pid_t writer = START_CHILD(CHECK_ERR(write(fd, "x", 1), ECONNABORTED));
    CHECK(EVENTUALLY(control->held == 1));
    CHECK_OK(kill(server, SIGKILL));
    CHECK_EQ(wait_for(writer), 0);
    wait_for(server);
    CHECK_ERR(stat("f", &about), ENOTCONN);
    CHECK_ERR(open("g", O_CREAT | O_RDWR, 0666), ENOTCONN);
    CHECK_ERR(fsync(fd), ENOTCONN);
    CHECK_ERR(close(fd), ENOTCONN);
    CHECK_ERR(close(fd), EBADF);
    CHECK_OK(chdir("/"));
}

static void on_signal(int signal) {
    (void)signal;
}

TEST(wait_isInterrupted) {
    start("");
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGUSR1, &action, NULL);
    int fd = CHECK_OK(open("f", O_CREAT | O_RDWR, 0666));
    /* The server has the request: it is told, and decides. */
    control->hold = FUSE_WRITE;
    pid_t writer = START_CHILD(CHECK_ERR(write(fd, "x", 1), EINTR));
    CHECK(EVENTUALLY(control->held == 1));
    CHECK_OK(kill(writer, SIGUSR1));
    CHECK_EQ(wait_for(writer), 0);
    CHECK_EQ(COUNT(FUSE_INTERRUPT), 1);
    /* It has not read it when the writer is killed: nobody ever sees it. */
    control->hold = 0;
    control->stopped = 1;
    int before = COUNT(FUSE_WRITE);
    sleep_ms(20);
    writer = START_CHILD(write(fd, "x", 1));
    CHECK(EVENTUALLY(state_of(writer) == 'S'));
    CHECK_OK(kill(writer, SIGKILL));
    sleep_ms(20);
    control->stopped = 0; /* Linux waits for the answer to FUSE_FLUSH */
    CHECK_EQ(wait_for(writer), SIGKILL);
    struct stat about;
    CHECK_OK(stat("f", &about));
    CHECK_EQ(COUNT(FUSE_WRITE), before);
}

TEST(hostileServer_isNotBelieved) {
    start("");
    struct stat about;
    char byte[4];
    int fd = CHECK_OK(open("f", O_CREAT | O_RDWR, 0666));
    CHECK_OK(mkdir("d", 0700));
    CHECK_EQ(write(fd, "abcd", 4), 4);
    for (int i = 1; i <= 5; i++) {
        if (i == 2 || i == 4) continue; /* what Linux would take the root for */
        control->wrong[FUSE_LOOKUP] = i;
        CHECK_ERR(stat("f", &about), EIO);
    }
    control->wrong[FUSE_LOOKUP] = 0;
    CHECK_OK(stat("f", &about));
    control->wrong[FUSE_MKDIR] = 4;
    CHECK_ERR(mkdir("e", 0700), EIO);
    for (int i = 1; i <= 3; i++) {
        control->wrong[FUSE_READDIR] = i;
        CHECK_EQ(names_of(".", NULL), -EIO);
    }
    control->wrong[FUSE_READDIR] = 0;
    control->direct = 1;
    fd = CHECK_OK(open("f", O_RDWR));
    control->wrong[FUSE_READ] = control->wrong[FUSE_WRITE] = 1;
    CHECK_ERR(pread(fd, byte, 4, 0), EIO);
    CHECK_ERR(pwrite(fd, "x", 1, 0), EIO);
    control->wrong[FUSE_READ] = control->wrong[FUSE_WRITE] = 0;
    CHECK_EQ(pread(fd, byte, 4, 0), 4);
    /* A file does not become a directory. */
    control->wrong[FUSE_GETATTR] = 1;
    CHECK_ERR(fstat(fd, &about), EIO);
}

TEST(server_ofAnotherProtocol_isRefused) {
    own_mounts();
    make_control();
    control->wrong[FUSE_INIT] = 1;
    device = REQUIRE_OK(open("/dev/fuse", O_RDWR | O_CLOEXEC));
    REQUIRE_OK(mkdir("m", 0755));
    server = START_CHILD(prctl(PR_SET_PDEATHSIG, SIGKILL); serve());
    REQUIRE_OK(mount_at("m", ""));
    struct stat about;
    CHECK_ERR(stat("m/f", &about), ECONNREFUSED);
}

TEST(names_holdAsLongAsTheServerSays) {
    start("");
    struct stat about;
    close(CHECK_OK(open("f", O_CREAT | O_WRONLY, 0666)));
    CHECK_OK(stat("f", &about));
    int before = COUNT(FUSE_LOOKUP);
    CHECK_OK(stat("f", &about));
    CHECK(COUNT(FUSE_LOOKUP) > before);
    control->seconds = 1000;
    CHECK_OK(stat("f", &about));
    before = COUNT(FUSE_LOOKUP) + COUNT(FUSE_GETATTR);
    for (int i = 0; i < 10; i++) CHECK_OK(stat("f", &about));
    CHECK_EQ(COUNT(FUSE_LOOKUP) + COUNT(FUSE_GETATTR), before);
    control->notice = about.st_ino;
    CHECK(EVENTUALLY(control->notice == 0));
    int asked = COUNT(FUSE_GETATTR);
    CHECK_OK(stat("f", &about));
    CHECK_EQ(COUNT(FUSE_GETATTR), asked + 1);
    strcpy(control->notice_name, "f");
    CHECK(EVENTUALLY(control->notice_name[0] == 0));
    before = COUNT(FUSE_LOOKUP);
    CHECK_OK(stat("f", &about));
    CHECK_EQ(COUNT(FUSE_LOOKUP), before + 1);
}

TEST(nothing_holdsAsLongAsTheServerSays) {
    start("");
    struct stat about;
    control->seconds = 1000;
    CHECK_ERR(stat("g", &about), ENOENT);
    int before = COUNT(FUSE_LOOKUP);
    CHECK_ERR(stat("g", &about), ENOENT);
    CHECK_EQ(COUNT(FUSE_LOOKUP), before + 1);
    control->tells_nothing = 1;
    CHECK_ERR(stat("g", &about), ENOENT);
    before = COUNT(FUSE_LOOKUP);
    for (int i = 0; i < 10; i++) CHECK_ERR(stat("g", &about), ENOENT);
    CHECK_EQ(COUNT(FUSE_LOOKUP), before);
    close(CHECK_OK(open("g", O_CREAT | O_WRONLY, 0666)));
    CHECK_OK(stat("g", &about));
    CHECK_OK(unlink("g"));
    CHECK_ERR(stat("g", &about), ENOENT);
    before = COUNT(FUSE_LOOKUP);
    strcpy(control->notice_name, "g");
    CHECK(EVENTUALLY(control->notice_name[0] == 0));
    CHECK_ERR(stat("g", &about), ENOENT);
    CHECK_EQ(COUNT(FUSE_LOOKUP), before + 1);
    control->seconds = 0;
    CHECK_ERR(stat("h", &about), ENOENT);
    before = COUNT(FUSE_LOOKUP);
    CHECK_ERR(stat("h", &about), ENOENT);
    CHECK_EQ(COUNT(FUSE_LOOKUP), before + 1);
}

static void make_three(int expected, int mask) {
    struct stat about;
    umask(mask);
    close(CHECK_OK(open("f", O_CREAT | O_WRONLY, 0666)));
    CHECK_EQ(control->umask, mask);
    CHECK_OK(stat("f", &about));
    CHECK_EQ(about.st_mode, S_IFREG | (0666 & expected));
    control->umask = 0;
    CHECK_OK(mkdir("d", 0777));
    CHECK_EQ(control->umask, mask);
    CHECK_OK(stat("d", &about));
    CHECK_EQ(about.st_mode, S_IFDIR | (0777 & expected));
    control->umask = 0;
    CHECK_OK(mkfifo("p", 0666));
    CHECK_EQ(control->umask, mask);
    CHECK_OK(stat("p", &about));
    CHECK_EQ(about.st_mode, S_IFIFO | (0666 & expected));
    umask(022);
}

TEST(umask_isAppliedByTheKernel) {
    start("");
    make_three(~027, 027);
}

TEST(umask_isLeftToAServerThatWantsIt) {
    features = FUSE_DONT_MASK;
    start("");
    make_three(~0, 027);
}

TEST(server_thatSplices_isServed) {
    start("");
    char text[8] = "";
    control->splices = 1;
    int fd = CHECK_OK(open("f", O_CREAT | O_RDWR, 0666));
    static char much[65536];
    CHECK_EQ(write(fd, much, sizeof much), sizeof much);
    CHECK_EQ(pwrite(fd, "abc", 3, 0), 3);
    CHECK_EQ(pread(fd, text, 3, 0), 3);
    CHECK_STR(text, "abc");
    CHECK_OK(close(fd));
}

TEST(server_withoutOpen_isRead) {
    start("");
    char text[8] = "";
    int fd = CHECK_OK(open("f", O_CREAT | O_RDWR, 0666));
    CHECK_EQ(write(fd, "abc", 3), 3);
    CHECK_OK(close(fd));
    control->missing[FUSE_OPEN] = control->missing[FUSE_OPENDIR] = control->missing[FUSE_FLUSH] = 1;
    control->missing[FUSE_CREATE] = control->missing[FUSE_FSYNC] = 1;
    fd = CHECK_OK(open("f", O_RDONLY));
    CHECK_EQ(read(fd, text, sizeof text), 3);
    CHECK_OK(close(fd));
    CHECK_OK(close(CHECK_OK(open("f", O_RDONLY))));
    CHECK_EQ(COUNT(FUSE_OPEN), 1);
    fd = CHECK_OK(open("g", O_CREAT | O_RDWR, 0666));
    CHECK_EQ(COUNT(FUSE_MKNOD), 1);
    CHECK_OK(fsync(fd));
    CHECK_OK(fsync(fd));
    CHECK_EQ(COUNT(FUSE_FSYNC), 1);
    CHECK_EQ(names_of(".", NULL), 4);
}

TEST(program_isRunFromIt) {
    start("");
    char part[8192];
    int from = CHECK_OK(open("/proc/self/exe", O_RDONLY)), to = CHECK_OK(open("run", O_CREAT | O_WRONLY, 0700));
    for (ssize_t size; (size = read(from, part, sizeof part)) > 0;) CHECK_EQ(write(to, part, size), size);
    CHECK_OK(close(to));
    CHECK_EQ(IN_CHILD({
        int null = open("/dev/null", O_WRONLY);
        dup2(null, 1);
        execl("./run", "run", "--list", NULL);
        _exit(77);
    }), 0);
    close(CHECK_OK(open("data", O_CREAT | O_WRONLY, 0600)));
    CHECK_ERR(execl("./data", "data", NULL), EACCES);
}

TEST(users_mountInTheirNamespace) {
    own_mounts();
    make_control();
    REQUIRE_OK(chmod(".", 0755));
    REQUIRE_OK(mkdir("t", 0755));
    REQUIRE_OK(mount("t", "t", "tmpfs", 0, "mode=777"));
    REQUIRE_OK(chdir("t"));
    REQUIRE_OK(mkdir("m", 0777));
    REQUIRE_OK(chmod("m", 0777));
    /* On some machines the one in /dev is not for everybody. */
    REQUIRE_OK(mknod("fuse", S_IFCHR | 0666, makedev(10, 229)));
    REQUIRE_OK(chmod("fuse", 0666));
    int opened = REQUIRE_OK(open("/dev/fuse", O_RDWR));
    REQUIRE_OK(setgroups(0, NULL));
    REQUIRE_OK(setresgid(4711, 4711, 4711));
    REQUIRE_OK(setresuid(4711, 4711, 4711));
    CHECK_ERR(mount("s", "m", "fuse", 0, "fd=0,rootmode=40000,user_id=0,group_id=0"), EPERM);
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0) SKIP("users may not make namespaces");
    prctl(PR_SET_DUMPABLE, 1);
    const char *maps[][2] = {{"setgroups", "deny"}, {"uid_map", "0 4711 1"}, {"gid_map", "0 4711 1"}};
    for (int i = 0; i < 3; i++) {
        char path[64];
        snprintf(path, sizeof path, "/proc/self/%s", maps[i][0]);
        int fd = REQUIRE_OK(open(path, O_WRONLY));
        REQUIRE_OK(write(fd, maps[i][1], strlen(maps[i][1])));
        close(fd);
    }
    /* One that was opened outside would be served as outside. */
    device = opened;
    CHECK_ERR(mount_at("m", ""), EINVAL);
    device = REQUIRE_OK(open("fuse", O_RDWR | O_CLOEXEC));
    server = START_CHILD(serve());
    REQUIRE_OK(mount_at("m", ""));
    close(device);
    REQUIRE_OK(chdir("m"));
    close(CHECK_OK(open("f", O_CREAT | O_WRONLY, 0600)));
    struct stat about;
    CHECK_OK(stat("f", &about));
    CHECK_EQ(about.st_uid, 0);
    CHECK_EQ(control->uid, 0);
    kill(server, SIGKILL);
}
