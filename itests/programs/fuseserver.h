/* fuse(4): a file system that a child process serves by the protocol itself, well and badly. */
#ifndef FUSESERVER_H
#define FUSESERVER_H

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
#define ARENA (64 << 20)

#pragma GCC diagnostic ignored "-Wunused-function"

/* What the test tells the server, and hears of it. */
static struct control {
    int count[OPERATIONS];       /* requests by operation */
    int missing[OPERATIONS];     /* answered ENOSYS */
    int wrong[OPERATIONS];       /* answered in a wrong way, which one depends on the operation */
    int hold;                    /* an operation that is not answered until it is interrupted */
    int held;                    /* how many are */
    int seconds;                 /* how long names and attributes hold */
    int direct;                  /* FOPEN_DIRECT_IO */
    int open_flags;              /* other FOPEN_* */
    int links_apart;             /* a link is a node of its own, as libfuse has it */
    int fails[OPERATIONS];       /* answered with this error */
    uint32_t features2;          /* as features, of the second word */
    uint32_t largest_read;
    int cached_writes;           /* FUSE_WRITE with FUSE_WRITE_CACHE */
    uint64_t last_offset;        /* of the last read or write */
    char retrieved[16];          /* what FUSE_NOTIFY_REPLY brought */
    int retrieved_size;
    int resent;                  /* requests that came once more */
    struct fuse_lk_in lock;      /* the last one */
    struct fuse_file_lock granted; /* what FUSE_GETLK answers */
    struct fuse_release_in release;
    struct fuse_ioctl_in command;
    int given;                   /* what came with it */
    struct notice {
        int code;
        size_t size;
        char body[8192];
    } raw;                       /* a notice to send as it is */
    int raw_result;
    size_t used;                 /* of the arena */
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

/* Content of files: the test may look at it and change it. */
static char *arena;

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
        size_t room = 2 * size + 65536;
        char *data = arena + control->used;
        REQUIRE(control->used + room <= ARENA);
        control->used += room;
        if (node->size) memcpy(data, node->data, node->size);
        node->data = data;
        node->room = room;
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
    size_t size = 0, before = in->opcode == FUSE_READDIRPLUS ? sizeof(struct fuse_entry_out) : 0;
    for (uint64_t i = want->offset; i < NODES; i++) {
        /* Position i stands before node i; 0 and 1 are the two that each directory has. */
        const char *name = i == 0 ? "." : i == 1 ? ".." : nodes[i].name;
        if (i > 1 && (!nodes[i].used || nodes[i].parent != in->nodeid)) continue;
        if (i > 1 && control->wrong[FUSE_READDIR] == 1) name = "a/b";
        struct fuse_dirent about = {i > 1 ? i : 1, i + 1, strlen(name), i > 1 ? real_node(i)->mode >> 12 : DT_DIR};
        size_t length = FUSE_DIRENT_ALIGN(before + FUSE_NAME_OFFSET + about.namelen);
        if (size + length > want->size || size + length > sizeof out) break;
        if (i > 1 && control->wrong[FUSE_READDIR] == 2) about.namelen = 0;
        if (i > 1 && control->wrong[FUSE_READDIR] == 3) about.namelen = 5000;
        struct fuse_entry_out found = {0};
        if (i > 1) found = entry(i);
        memcpy(out + size, &found, before);
        memcpy(out + size + before, &about, FUSE_NAME_OFFSET);
        memcpy(out + size + before + FUSE_NAME_OFFSET, name, strlen(name));
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
    if (in->unique >> 63) control->resent++;
    if (control->fails[operation]) return reply(in->unique, -control->fails[operation], NULL, 0);
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
                .flags = init->flags & (FUSE_ASYNC_READ | FUSE_BIG_WRITES | FUSE_INIT_EXT | control->features),
                .flags2 = init->flags & FUSE_INIT_EXT ? init->flags2 & control->features2 : 0};
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
        if (control->links_apart) {
            struct node *old = &nodes[want->oldnodeid];
            nodes[id].mode = old->mode;
            resize(&nodes[id], old->size);
            memcpy(nodes[id].data, old->data, old->size);
            return entry_reply(in, id);
        }
        nodes[id].linked = want->oldnodeid;
        nodes[want->oldnodeid].links++;
        return entry_reply(in, id);
    }
    case FUSE_OPEN: case FUSE_OPENDIR: {
        struct fuse_open_out out = {.fh = in->nodeid, .open_flags = control->open_flags | (control->direct ? FOPEN_DIRECT_IO : 0)};
        control->flags = ((struct fuse_open_in *)body)->flags;
        return reply(in->unique, 0, &out, sizeof out);
    }
    case FUSE_READ: {
        struct fuse_read_in *want = body;
        size_t size = want->offset >= node->size ? 0 : node->size - want->offset;
        if (size > want->size) size = want->size;
        if (want->size > control->largest_read) control->largest_read = want->size;
        control->last_offset = want->offset;
        if (control->wrong[FUSE_READ]) return reply(in->unique, 0, buffer, want->size + 1);
        return reply(in->unique, 0, size ? node->data + want->offset : "", size);
    }
    case FUSE_WRITE: {
        struct fuse_write_in *want = body;
        if (want->size > control->largest) control->largest = want->size;
        control->last_offset = want->offset;
        control->cached_writes += want->write_flags & FUSE_WRITE_CACHE ? 1 : 0;
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
    case FUSE_GETLK: {
        struct fuse_lk_out out = {.lk = control->granted};
        control->lock = *(struct fuse_lk_in *)body;
        return reply(in->unique, 0, &out, sizeof out);
    }
    case FUSE_SETLK: case FUSE_SETLKW:
        control->lock = *(struct fuse_lk_in *)body;
        return reply(in->unique, 0, NULL, 0);
    case FUSE_RELEASE:
        control->release = *(struct fuse_release_in *)body;
        return reply(in->unique, 0, NULL, 0);
    case FUSE_IOCTL: {
        struct {
            struct fuse_ioctl_out about;
            char data[64];
        } out = {.about = {.result = 5}};
        control->command = *(struct fuse_ioctl_in *)body;
        if (control->command.in_size) memcpy(&control->given, (struct fuse_ioctl_in *)body + 1, sizeof control->given);
        memset(out.data, 0x2a, sizeof out.data);
        return reply(in->unique, 0, &out, sizeof out.about + control->command.out_size);
    }
    case FUSE_READDIR: case FUSE_READDIRPLUS: return list(in, body);
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
    case FUSE_NOTIFY_REPLY: {
        struct fuse_notify_retrieve_in *got = body;
        memcpy(control->retrieved, got + 1, got->size < sizeof control->retrieved ? got->size : sizeof control->retrieved);
        control->retrieved_size = got->size;
        return;
    }
    case FUSE_ACCESS: return reply(in->unique, ((struct fuse_access_in *)body)->mask & 2 ? -EACCES : 0, NULL, 0);
    default: return reply(in->unique, operation >= 40 ? -ENOSYS : 0, NULL, 0);
    }
}

static void send_raw(void) {
    struct fuse_out_header header = {.error = control->raw.code, .len = sizeof header + control->raw.size};
    struct iovec parts[] = {{&header, sizeof header}, {control->raw.body, control->raw.size}};
    control->raw_result = writev(device, parts, 2) < 0 ? errno : 0;
    control->raw.code = 0;
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
        if (control->raw.code) send_raw();
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
static uint32_t features, features2;

static void own_mounts(void) {
    need_root();
    if (access("/dev/fuse", F_OK) < 0) SKIP("no /dev/fuse");
    REQUIRE_OK(unshare(CLONE_NEWNS));
    REQUIRE_OK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
}

static void make_control(void) {
    control = shared_memory(sizeof *control);
    nodes = shared_memory(NODES * sizeof *nodes);
    arena = shared_memory(ARENA);
    control->seconds = 0;
    control->most_write = 65536;
    control->features = features;
    control->features2 = features2;
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

#endif
