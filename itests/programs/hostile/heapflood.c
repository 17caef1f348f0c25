/*
 * Has the kernel keep as much as it will: bytes in pipes and sockets, open files on their way, messages, attributes, names,
 * events, keys, watches. Right: each flood ends with an error that says there is no memory (or space, buffers, quota), guest
 * memory is still to be had then, and when the flooder has ended all of it is back. Run in a sandbox with little memory.
 * Expected exit code: 0.
 */
#include "hostile.h"
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <poll.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/xattr.h>

#define FLOODED 0
#define SMALLEST_KIB (16 << 10) /* what a flood that counts takes at least */

static char block[1 << 20];
static char dir[] = "/tmp/flood";

/* What the kernel holds for the sandbox, in KiB. */
static long held(void) {
    static char text[8192];
    int fd = open("/proc/meminfo", O_RDONLY);
    if (fd < 0) return -1;
    ssize_t got = read(fd, text, sizeof text - 1);
    close(fd);
    if (got <= 0) return -1;
    text[got] = 0;
    char *line = strstr(text, "\nSlab:");
    return line ? atol(line + 6) : -1;
}

static int is_refusal(int error) {
    return error == ENOMEM || error == ENOBUFS || error == ENOSPC || error == EDQUOT || error == ENFILE || error == ENOLCK;
}

/* What a flood gives: 0 if the last error was one of memory. */
static int refused(void) {
    return is_refusal(errno) ? FLOODED : 100 + errno;
}

static int pipes(void) {
    for (;;) {
        int ends[2];
        if (pipe2(ends, O_NONBLOCK) < 0) return refused();
        if (fcntl(ends[1], F_SETPIPE_SZ, sizeof block) < 0) return 1;
        for (;;)
            if (write(ends[1], block, sizeof block) < 0) {
                if (errno == EAGAIN) break;
                return refused();
            }
    }
}

static int sockets(void) {
    for (int type = SOCK_STREAM;; type = type == SOCK_STREAM ? SOCK_DGRAM : SOCK_STREAM) {
        int ends[2];
        if (socketpair(AF_UNIX, type | SOCK_NONBLOCK, 0, ends) < 0) return refused();
        for (;;)
            if (send(ends[0], block, 32 << 10, 0) < 0) {
                if (errno == EAGAIN) break;
                return refused();
            }
    }
}

/* Open files that are nowhere but in messages. */
static int in_flight(void) {
    enum { FILES = 250 };
    for (;;) {
        int ends[2], files[FILES];
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends) < 0) return refused();
        for (int full = 0; !full;) {
            union { struct cmsghdr header; char space[CMSG_SPACE(sizeof files)]; } control = {0};
            struct iovec one = {block, 1};
            struct msghdr message = {.msg_iov = &one, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
            for (int i = 0; i < FILES; i++)
                if ((files[i] = eventfd(0, 0)) < 0) return refused();
            control.header.cmsg_level = SOL_SOCKET;
            control.header.cmsg_type = SCM_RIGHTS;
            control.header.cmsg_len = CMSG_LEN(sizeof files);
            memcpy(CMSG_DATA(&control.header), files, sizeof files);
            if (sendmsg(ends[0], &message, 0) < 0) {
                /* so many may be on their way at all: the files stay open then */
                if (errno == ETOOMANYREFS) {
                    while (eventfd(0, 0) >= 0);
                    return refused();
                }
                if (errno != EAGAIN) return refused();
                full = 1;
            }
            for (int i = 0; i < FILES; i++) close(files[i]);
        }
    }
}

static int messages(void) {
    struct { long type; char text[8000]; } letter = {.type = 1};
    if (unshare(CLONE_NEWIPC) < 0) return 1;
    for (;;) {
        int id = msgget(IPC_PRIVATE, 0600);
        if (id < 0) return refused();
        while (msgsnd(id, &letter, sizeof letter.text, IPC_NOWAIT) == 0);
        if (errno != EAGAIN) return refused();
    }
}

/* A tmpfs of its own, which ends with the process. */
static int enter_tmpfs(void) {
    if (unshare(CLONE_NEWNS) < 0) return -1;
    mkdir(dir, 0700);
    return mount("none", dir, "tmpfs", 0, "nr_inodes=0,size=1g") < 0 || chdir(dir) < 0 ? -1 : 0;
}

static int attributes(void) {
    if (enter_tmpfs() < 0) return 1;
    for (int file = 0;; file++) {
        char name[32];
        sprintf(name, "f%d", file);
        if (mknod(name, S_IFREG | 0600, 0) < 0) return refused();
        for (int i = 0; i < 64; i++) {
            char key[32];
            sprintf(key, "trusted.k%d", i);
            if (setxattr(name, key, block, 65536, 0) < 0) return refused();
        }
    }
}

static int names(void) {
    char name[256], target[2048];
    if (enter_tmpfs() < 0) return 1;
    memset(name, 'n', 250);
    memset(target, 't', sizeof target);
    target[sizeof target - 1] = 0;
    if (mknod("first", S_IFREG | 0600, 0) < 0) return 2;
    for (int i = 0;; i++) {
        sprintf(name + 240, "%d", i);
        int result = i % 3 == 0 ? symlink(target, name) : i % 3 == 1 ? link("first", name) : mkdir(name, 0700);
        if (result < 0) return refused();
    }
}

/* Events that nobody reads; the last one of an instance says that some are lost. */
static int events(void) {
    enum { INSTANCES = 100, CHANGES = 6000 };
    int instances[INSTANCES];
    char name[2][256];
    if (enter_tmpfs() < 0) return 1;
    for (int i = 0; i < INSTANCES; i++) {
        if ((instances[i] = inotify_init1(IN_NONBLOCK)) < 0) return refused();
        if (inotify_add_watch(instances[i], dir, IN_ATTRIB) < 0) return refused();
    }
    for (int i = 0; i < 2; i++) {
        memset(name[i], 'a' + i, 250);
        name[i][250] = 0;
        if (mknod(name[i], S_IFREG | 0600, 0) < 0) return 2;
    }
    /* two in turn: an event that is like the one before it is merged with that */
    for (int i = 0; i < CHANGES; i++)
        if (chmod(name[i % 2], 0600) < 0) return 3;
    for (;;) {
        ssize_t got = read(instances[0], block, sizeof block);
        if (got <= 0) return 4;
        for (char *at = block; at < block + got;) {
            struct inotify_event *event = (struct inotify_event *)at;
            if (event->mask & IN_Q_OVERFLOW) return FLOODED;
            at += sizeof *event + event->len;
        }
    }
}

static int keys(void) {
    int limit = open("/proc/sys/kernel/keys/root_maxbytes", O_WRONLY);
    if (limit >= 0) write(limit, "2000000000", 10), close(limit);
    if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0) return 1;
    for (int i = 0;; i++) {
        char name[32];
        sprintf(name, "flood%d", i);
        if (syscall(SYS_add_key, "user", name, block, 32000, KEY_SPEC_SESSION_KEYRING) < 0) return refused();
    }
}

static int watches(void) {
    enum { FILES = 2000 };
    int files[FILES];
    for (int i = 0; i < FILES; i++)
        if ((files[i] = eventfd(0, 0)) < 0) return refused();
    for (;;) {
        int set = epoll_create1(0);
        if (set < 0) return refused();
        for (int i = 0; i < FILES; i++) {
            struct epoll_event event = {.events = EPOLLIN};
            if (epoll_ctl(set, EPOLL_CTL_ADD, files[i], &event) < 0) return refused();
        }
    }
}

static int descriptions(void) {
    for (;;)
        if (eventfd(0, 0) < 0) return refused();
}

/* Areas of address spaces: every second page has other rights; processes that have as many. */
static int areas(void) {
    enum { PAGES = 40000, PROCESSES = 64 };
    char *at = mmap(NULL, PAGES * 4096L, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED) return 1;
    for (int i = 0; i < PAGES; i += 2)
        if (mprotect(at + i * 4096L, 4096, PROT_READ) < 0) return refused();
    for (int i = 0; i < PROCESSES; i++) {
        pid_t child = fork();
        if (child < 0) return refused();
        if (child == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            for (;;) pause();
        }
    }
    return 2;
}

/* Operations of rings that wait for ever. */
static int rings(void) {
    enum { ENTRIES = 256, ROUNDS = 16 };
    for (;;) {
        struct io_uring_params p = {.flags = 0};
        int event = eventfd(0, 0), ring = syscall(SYS_io_uring_setup, ENTRIES, &p);
        if (ring < 0 || event < 0) return refused();
        char *at = mmap(NULL, p.sq_off.array + ENTRIES * 4, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
        struct io_uring_sqe *sqes = mmap(NULL, ENTRIES * sizeof *sqes, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);
        if (at == MAP_FAILED || (void *)sqes == MAP_FAILED) return refused();
        unsigned *tail = (unsigned *)(at + p.sq_off.tail), *array = (unsigned *)(at + p.sq_off.array);
        for (int i = 0; i < ENTRIES; i++) {
            sqes[i] = (struct io_uring_sqe){.opcode = IORING_OP_POLL_ADD, .fd = event, .poll32_events = POLLIN};
            array[i] = i;
        }
        for (int i = 0; i < ROUNDS; i++) {
            *tail += ENTRIES;
            int taken = syscall(SYS_io_uring_enter, ring, ENTRIES, 0, 0, NULL, 0);
            if (taken < 0) return errno == EAGAIN ? FLOODED : refused();
            if (taken < ENTRIES) return FLOODED;
        }
    }
}

/* Copies of trees of mounts that descriptors hold and no namespace counts. */
static int mounts(void) {
    enum { MOUNTS = 1000 };
    if (enter_tmpfs() < 0) return 1;
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) return 2;
    for (int i = 0; i < MOUNTS; i++) {
        char name[32];
        sprintf(name, "%s/m%d", dir, i);
        if (mkdir(name, 0700) < 0) return 3;
        if (mount(name, name, NULL, MS_BIND, NULL) < 0) return refused();
    }
    for (;;)
        if (syscall(SYS_open_tree, AT_FDCWD, dir, OPEN_TREE_CLONE | AT_RECURSIVE) < 0) return refused();
}

static const struct { const char *name; int (*run)(void); } floods[] = {
    {"pipes", pipes}, {"sockets", sockets}, {"in flight", in_flight}, {"messages", messages}, {"attributes", attributes},
    {"names", names}, {"events", events}, {"keys", keys}, {"watches", watches}, {"descriptions", descriptions}, {"areas", areas}, {"rings", rings},
    {"mounts", mounts}};

/* In the flooder: everything is full, and the guest goes on. */
static int flood(int (*run)(void)) {
    struct rlimit many = {1 << 20, 1 << 20};
    if (setrlimit(RLIMIT_NOFILE, &many) < 0) return 90;
    /* Before: a new area may be what is refused afterwards. */
    char *own = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (own == MAP_FAILED) return 92;
    int result = run();
    if (result != FLOODED) return result;
    long now = held();
    if (now >= 0 && now < SMALLEST_KIB) return 91;
    memset(own, 1, 1 << 20);
    return FLOODED;
}

int main(void) {
    for (unsigned i = 0; i < sizeof floods / sizeof *floods; i++) {
        long before = held();
        printf("%s, %ld KiB held before\n", floods[i].name, before);
        fflush(stdout);
        pid_t child = fork();
        if (child == 0) _exit(flood(floods[i].run));
        int status;
        if (child < 0 || waitpid(child, &status, 0) != child) return 1;
        if (status != 0) {
            printf("%s: status 0x%x\n", floods[i].name, status);
            return 2;
        }
        /* mounts and namespaces may end a little after their last process */
        for (int tries = 0; held() > before + (2 << 10); tries++) {
            if (tries == 200) {
                printf("%s: %ld KiB before, %ld KiB after\n", floods[i].name, before, held());
                return 3;
            }
            usleep(50000);
        }
    }
    OUTCOME("all floods ended with errors, and nothing was left of them");
}
