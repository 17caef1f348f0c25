/* fuse(4): a file system that a child process serves by the protocol itself, well and badly. */
#include "check.h"

#include <dirent.h>
#include <grp.h>
#include <linux/fuse.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#define NODES 300
#define BUFFER (1 << 18)
#define OPERATIONS 64

/* What the test tells the server, and hears of it. */
static struct control {
    int count[OPERATIONS];       /* requests by operation */
    int missing[OPERATIONS];     /* answered ENOSYS */
    int wrong[OPERATIONS];       /* answered in a wrong way, which one depends on the operation */
    int hold;                    /* an operation that is not answered until it is interrupted */
    int held;                    /* how many are */
    int seconds;                 /* how long names and attributes hold */
    int direct;                  /* FOPEN_DIRECT_IO */
    int most_write;
    uint32_t features;           /* that it wants, of those that it is offered */
    int splices;                 /* reads requests by splice(2) */
    int tells_nothing;           /* answers a lookup of what is not there without an error */
    uint32_t largest;            /* size of the largest write */
    uint32_t uid, gid, pid, umask, flags; /* of the last request that had them */
    int notice;                  /* to send a notice about this node */
    char notice_name[32];        /* or this name of the root */
    int stopped;                 /* answers nothing at all */
} *control;

static struct node {
    int used;
    uint64_t parent;
    char name[64];
    uint32_t mode, uid, gid, links, device;
    uint64_t seconds;
    char *data, attribute[32];
    size_t size, room, attribute_size;
    uint64_t linked; /* another name of that node */
} *nodes;

static int device = -1;

static void reply(uint64_t unique, int error, const void *data, size_t size) {
    struct fuse_out_header header = {sizeof header + size, error, unique};
    struct iovec parts[] = {{&header, sizeof header}, {(void *)data, size}};
    writev(device, parts, size ? 2 : 1);
}

static struct node *real_node(uint64_t id) {
    return nodes[id].linked ? &nodes[nodes[id].linked] : &nodes[id];
}

static struct fuse_attr attributes(uint64_t id) {
    struct node *node = real_node(id);
    return (struct fuse_attr){.ino = node - nodes, .size = node->size, .blocks = (node->size + 511) / 512, .mode = node->mode,
            .nlink = node->links, .uid = node->uid, .gid = node->gid, .rdev = node->device, .blksize = 4096,
            .mtime = node->seconds, .mtimensec = 5};
}

static uint64_t find(uint64_t parent, const char *name) {
    for (uint64_t i = 2; i < NODES; i++)
        if (nodes[i].used && nodes[i].parent == parent && strcmp(nodes[i].name, name) == 0) return i;
    return 0;
}

static uint64_t add(uint64_t parent, const char *name, uint32_t mode) {
    for (uint64_t i = 2; i < NODES; i++) {
        if (nodes[i].used) continue;
        nodes[i] = (struct node){.used = 1, .parent = parent, .mode = mode, .links = 1, .uid = control->uid, .gid = control->gid};
        snprintf(nodes[i].name, sizeof nodes[i].name, "%s", name);
        return i;
    }
    return 0;
}

static struct fuse_entry_out entry(uint64_t id) {
    return (struct fuse_entry_out){.nodeid = id ? (uint64_t)(real_node(id) - nodes) : 0, .entry_valid = control->seconds,
            .attr_valid = control->seconds, .attr = attributes(id)};
}

static void resize(struct node *node, size_t size) {
    if (size > node->room) {
        node->data = realloc(node->data, size + 65536);
        memset(node->data + node->room, 0, size + 65536 - node->room);
        node->room = size + 65536;
    }
    if (size < node->size) memset(node->data + size, 0, node->size - size);
    node->size = size;
}

static void take_away(uint64_t id) {
    struct node *node = real_node(id);
    node->links--;
    if (node == &nodes[id]) nodes[id].parent = -1, nodes[id].name[0] = 0;
    else nodes[id].used = 0;
}

static void entry_reply(struct fuse_in_header *in, uint64_t id) {
    struct fuse_entry_out out = entry(id);
    int wrong = control->wrong[in->opcode];
    if (wrong == 1) out.attr.mode = 0170000;
    if (wrong == 2) out.nodeid = 1;
    if (wrong == 3) out.attr.size = -1;
    if (wrong == 4) out.attr.mode = out.attr.mode ^ (S_IFREG ^ S_IFDIR);
    bool tells = id || control->tells_nothing;
    reply(in->unique, tells ? 0 : -ENOENT, &out, tells ? sizeof out - (wrong == 5 ? 8 : 0) : 0);
}

static void list(struct fuse_in_header *in, struct fuse_read_in *want) {
    char out[8192] = "";
    size_t size = 0;
    for (uint64_t i = want->offset; i < NODES; i++) {
        /* Position i stands before node i; 0 and 1 are the two that each directory has. */
        const char *name = i == 0 ? "." : i == 1 ? ".." : nodes[i].name;
        if (i > 1 && (!nodes[i].used || nodes[i].parent != in->nodeid)) continue;
        if (i > 1 && control->wrong[FUSE_READDIR] == 1) name = "a/b";
        struct fuse_dirent about = {i > 1 ? i : 1, i + 1, strlen(name), i > 1 ? real_node(i)->mode >> 12 : DT_DIR};
        size_t length = FUSE_DIRENT_SIZE(&about);
        if (size + length > want->size || size + length > sizeof out) break;
        if (i > 1 && control->wrong[FUSE_READDIR] == 2) about.namelen = 0;
        if (i > 1 && control->wrong[FUSE_READDIR] == 3) about.namelen = 5000;
        memcpy(out + size, &about, FUSE_NAME_OFFSET);
        memcpy(out + size + FUSE_NAME_OFFSET, name, strlen(name));
        size += length;
    }
    reply(in->unique, 0, out, size);
}

static void set_attributes(struct fuse_in_header *in, struct fuse_setattr_in *want) {
    struct node *node = real_node(in->nodeid);
    control->flags = want->valid;
    if (want->valid & FATTR_MODE) node->mode = (node->mode & S_IFMT) | (want->mode & 07777);
    if (want->valid & FATTR_UID) node->uid = want->uid;
    if (want->valid & FATTR_GID) node->gid = want->gid;
    if (want->valid & FATTR_SIZE) resize(node, want->size);
    if (want->valid & FATTR_MTIME) node->seconds = want->valid & FATTR_MTIME_NOW ? 77 : want->mtime;
    struct fuse_attr_out out = {.attr_valid = control->seconds, .attr = attributes(in->nodeid)};
    reply(in->unique, 0, &out, sizeof out);
}

static void serve_one(char *buffer) {
    struct fuse_in_header *in = (void *)buffer;
    void *body = buffer + sizeof *in;
    struct node *node = in->nodeid < NODES ? real_node(in->nodeid) : NULL;
    int operation = in->opcode;
    char *second;
    uint64_t id;
    __atomic_fetch_add(&control->count[operation], 1, __ATOMIC_SEQ_CST);
    if (operation != FUSE_INIT && operation != FUSE_FORGET && operation != FUSE_RELEASE && operation != FUSE_RELEASEDIR
            && operation != FUSE_INTERRUPT) {
        control->uid = in->uid, control->gid = in->gid, control->pid = in->pid;
    }
    if (control->missing[operation]) return reply(in->unique, -ENOSYS, NULL, 0);
    if (control->hold == operation) {
        __atomic_fetch_add(&control->held, 1, __ATOMIC_SEQ_CST);
        return;
    }
    switch (operation) {
    case FUSE_INIT: {
        struct fuse_init_in *init = body;
        control->flags = init->flags;
        struct fuse_init_out out = {.major = control->wrong[FUSE_INIT] ? 6 : 7, .minor = 31,
                .max_readahead = init->max_readahead, .max_write = control->most_write, .max_background = 12,
                .flags = init->flags & (FUSE_ASYNC_READ | FUSE_BIG_WRITES | control->features)};
        return reply(in->unique, 0, &out, sizeof out);
    }
    case FUSE_LOOKUP: return entry_reply(in, find(in->nodeid, body));
    case FUSE_FORGET: case FUSE_BATCH_FORGET: return;
    case FUSE_INTERRUPT: {
        struct fuse_interrupt_in *which = body;
        if (control->held) {
            control->held = 0;
            reply(which->unique, -EINTR, NULL, 0);
        } else {
            reply(in->unique, -EAGAIN, NULL, 0);
        }
        return;
    }
    case FUSE_GETATTR: {
        struct fuse_attr_out out = {.attr_valid = control->seconds, .attr = attributes(in->nodeid)};
        if (control->wrong[FUSE_GETATTR]) out.attr.mode ^= S_IFREG ^ S_IFDIR;
        return reply(in->unique, 0, &out, sizeof out);
    }
    case FUSE_SETATTR: return set_attributes(in, body);
    case FUSE_READLINK: return reply(in->unique, 0, node->data, node->size);
    case FUSE_SYMLINK:
        second = (char *)body + strlen(body) + 1;
        id = add(in->nodeid, body, S_IFLNK | 0777);
        resize(&nodes[id], strlen(second));
        memcpy(nodes[id].data, second, strlen(second));
        return entry_reply(in, id);
    case FUSE_MKNOD: {
        struct fuse_mknod_in *make = body;
        control->umask = make->umask;
        id = add(in->nodeid, (char *)(make + 1), make->mode);
        nodes[id].device = make->rdev;
        return entry_reply(in, id);
    }
    case FUSE_MKDIR: {
        struct fuse_mkdir_in *make = body;
        control->umask = make->umask;
        return entry_reply(in, add(in->nodeid, (char *)(make + 1), S_IFDIR | make->mode));
    }
    case FUSE_CREATE: {
        struct fuse_create_in *make = body;
        control->umask = make->umask, control->flags = make->flags;
        struct { struct fuse_entry_out entry; struct fuse_open_out open; } out = {
                entry(add(in->nodeid, (char *)(make + 1), make->mode)), {.fh = 4711}};
        return reply(in->unique, 0, &out, sizeof out);
    }
    case FUSE_UNLINK: case FUSE_RMDIR:
        id = find(in->nodeid, body);
        if (operation == FUSE_RMDIR)
            for (int i = 2; i < NODES; i++)
                if (nodes[i].used && nodes[i].parent == id) return reply(in->unique, -ENOTEMPTY, NULL, 0);
        if (id) take_away(id);
        return reply(in->unique, id ? 0 : -ENOENT, NULL, 0);
    case FUSE_RENAME: case FUSE_RENAME2: {
        struct fuse_rename2_in *want = body;
        char *from = operation == FUSE_RENAME ? (char *)body + sizeof(struct fuse_rename_in) : (char *)(want + 1);
        uint32_t flags = operation == FUSE_RENAME ? 0 : want->flags;
        char *to = from + strlen(from) + 1;
        uint64_t old = find(in->nodeid, from), there = find(want->newdir, to);
        if (there && (flags & RENAME_NOREPLACE)) return reply(in->unique, -EEXIST, NULL, 0);
        if (there && (flags & RENAME_EXCHANGE)) {
            nodes[there].parent = in->nodeid;
            strcpy(nodes[there].name, from);
        } else if (there) {
            take_away(there);
        }
        nodes[old].parent = want->newdir;
        strcpy(nodes[old].name, to);
        return reply(in->unique, 0, NULL, 0);
    }
    case FUSE_LINK: {
        struct fuse_link_in *want = body;
        id = add(in->nodeid, (char *)(want + 1), 0);
        nodes[id].linked = want->oldnodeid;
        nodes[want->oldnodeid].links++;
        return entry_reply(in, id);
    }
    case FUSE_OPEN: case FUSE_OPENDIR: {
        struct fuse_open_out out = {.fh = in->nodeid, .open_flags = control->direct ? FOPEN_DIRECT_IO : 0};
        control->flags = ((struct fuse_open_in *)body)->flags;
        return reply(in->unique, 0, &out, sizeof out);
    }
    case FUSE_READ: {
        struct fuse_read_in *want = body;
        size_t size = want->offset >= node->size ? 0 : node->size - want->offset;
        if (size > want->size) size = want->size;
        if (control->wrong[FUSE_READ]) return reply(in->unique, 0, buffer, want->size + 1);
        return reply(in->unique, 0, size ? node->data + want->offset : "", size);
    }
    case FUSE_WRITE: {
        struct fuse_write_in *want = body;
        if (want->size > control->largest) control->largest = want->size;
        if (want->offset + want->size > node->size) resize(node, want->offset + want->size);
        memcpy(node->data + want->offset, want + 1, want->size);
        struct fuse_write_out out = {.size = want->size + (control->wrong[FUSE_WRITE] ? 1 : 0)};
        return reply(in->unique, 0, &out, sizeof out);
    }
    case FUSE_STATFS: {
        struct fuse_statfs_out out = {{.blocks = 1000, .bfree = 500, .bavail = 400, .files = 30, .ffree = 20, .bsize = 512,
                .namelen = 63, .frsize = 1024}};
        return reply(in->unique, 0, &out, sizeof out);
    }
    case FUSE_READDIR: return list(in, body);
    case FUSE_SETXATTR: {
        struct fuse_setxattr_in *want = body;
        char *name = (char *)body + FUSE_COMPAT_SETXATTR_IN_SIZE;
        if (strcmp(name, "user.a") != 0) return reply(in->unique, -EOPNOTSUPP, NULL, 0);
        if (node->attribute_size && (want->flags & XATTR_CREATE)) return reply(in->unique, -EEXIST, NULL, 0);
        memcpy(node->attribute, name + strlen(name) + 1, want->size);
        node->attribute_size = want->size;
        return reply(in->unique, 0, NULL, 0);
    }
    case FUSE_GETXATTR: case FUSE_LISTXATTR: {
        struct fuse_getxattr_in *want = body;
        const char *value = operation == FUSE_LISTXATTR ? "user.a" : node->attribute;
        size_t size = node->attribute_size ? operation == FUSE_LISTXATTR ? 7 : node->attribute_size : 0;
        if (!size && operation == FUSE_GETXATTR) return reply(in->unique, -ENODATA, NULL, 0);
        if (want->size == 0) {
            struct fuse_getxattr_out out = {.size = size};
            return reply(in->unique, 0, &out, sizeof out);
        }
        if (want->size < size) return reply(in->unique, -ERANGE, NULL, 0);
        return reply(in->unique, 0, value, size);
    }
    case FUSE_REMOVEXATTR:
        node->attribute_size = 0;
        return reply(in->unique, 0, NULL, 0);
    case FUSE_ACCESS: return reply(in->unique, ((struct fuse_access_in *)body)->mask & 2 ? -EACCES : 0, NULL, 0);
    default: return reply(in->unique, operation >= 40 ? -ENOSYS : 0, NULL, 0);
    }
}

static void send_notice(void) {
    struct fuse_notify_inval_inode_out about = {.ino = control->notice};
    struct fuse_out_header header = {.error = FUSE_NOTIFY_INVAL_INODE, .len = sizeof header + sizeof about};
    struct iovec parts[] = {{&header, sizeof header}, {&about, sizeof about}, {NULL, 0}};
    struct fuse_notify_inval_entry_out name = {.parent = 1, .namelen = strlen(control->notice_name)};
    if (control->notice_name[0]) {
        header.error = FUSE_NOTIFY_INVAL_ENTRY;
        parts[1] = (struct iovec){&name, sizeof name};
        parts[2] = (struct iovec){control->notice_name, name.namelen + 1};
        header.len = sizeof header + sizeof name + name.namelen + 1;
    }
    CHECK_EQ(writev(device, parts, control->notice_name[0] ? 3 : 2), header.len);
    control->notice_name[0] = 0;
    control->notice = 0;
}

static int pipes[2];

/* By way of a pipe: with less room than a request may need the device refuses. */
static ssize_t splice_request(char *buffer) {
    if (pipes[1] == 0) {
        REQUIRE_OK(pipe2(pipes, O_NONBLOCK)); /* which does not count for the device */
        CHECK_ERR(splice(device, NULL, pipes[1], NULL, BUFFER, 0), EINVAL);
        REQUIRE_OK(fcntl(pipes[1], F_SETPIPE_SZ, BUFFER));
    }
    ssize_t size = splice(device, NULL, pipes[1], NULL, BUFFER, 0);
    if (size > 0) CHECK_EQ(read(pipes[0], buffer, size), size);
    return size;
}

static void serve(void) {
    char *buffer = malloc(BUFFER);
    signal(SIGUSR1, SIG_DFL);
    for (;;) {
        struct pollfd wait = {device, POLLIN, 0};
        poll(&wait, 1, 5);
        if (control->notice || control->notice_name[0]) send_notice();
        if (control->stopped || !(wait.revents & (POLLIN | POLLERR))) continue;
        ssize_t size = control->splices ? splice_request(buffer) : read(device, buffer, BUFFER);
        if (size < 0 && (errno == EINTR || errno == EAGAIN || errno == ENOENT)) continue;
        if (size < 0 && errno == EPERM) { /* not mounted yet */
            sleep_ms(1);
            continue;
        }
        if (size < 0) _exit(errno == ENODEV ? 0 : 1);
        CHECK_EQ(((struct fuse_in_header *)buffer)->len, size);
        serve_one(buffer);
    }
}

static pid_t server;
static uint32_t features;

static void own_mounts(void) {
    need_root();
    if (access("/dev/fuse", F_OK) < 0) SKIP("no /dev/fuse");
    REQUIRE_OK(unshare(CLONE_NEWNS));
    REQUIRE_OK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
}

static void make_control(void) {
    control = shared_memory(sizeof *control);
    nodes = calloc(NODES, sizeof *nodes);
    control->seconds = 0;
    control->most_write = 65536;
    control->features = features;
    nodes[1] = (struct node){.used = 1, .parent = -1, .mode = S_IFDIR | 0755, .links = 2};
}

static int mount_at(const char *path, const char *more) {
    char options[256];
    snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0%s", device, more);
    return mount("source", path, "fuse", MS_NOSUID | MS_NODEV, options);
}

/* Mounts at m and enters it; only the server has the device open then. */
static void start(const char *more) {
    own_mounts();
    make_control();
    /* a request that poll(2) has told of may be taken back before it is read */
    device = REQUIRE_OK(open("/dev/fuse", O_RDWR | O_CLOEXEC | O_NONBLOCK));
    REQUIRE_OK(chmod(".", 0755));
    REQUIRE_OK(mkdir("m", 0755));
    server = START_CHILD(prctl(PR_SET_PDEATHSIG, SIGKILL); serve());
    REQUIRE_OK(mount_at("m", more));
    REQUIRE_OK(close(device));
    REQUIRE_OK(chdir("m"));
}

#define COUNT(operation) __atomic_load_n(&control->count[operation], __ATOMIC_SEQ_CST)

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
