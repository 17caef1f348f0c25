/* inotify(7). */
#include "check.h"
#include <poll.h>
#include <sys/inotify.h>

static char buffer[65536] __attribute__((aligned(8)));

/* Expects the next event of the queue. */
static struct inotify_event *next(int fd, int wd, uint32_t mask, const char *name) {
    static char *at = buffer, *end = buffer;
    if (at >= end) {
        ssize_t n = read(fd, buffer, sizeof buffer);
        if (n <= 0) {
            (void)check_fail("no event, expected mask 0x%x", mask);
            _exit(1);
        }
        at = buffer;
        end = buffer + n;
    }
    struct inotify_event *event = (void *)at;
    at += sizeof *event + event->len;
    if (event->mask != mask || event->wd != wd || strcmp(event->len ? event->name : "", name) != 0) {
        (void)check_fail("event wd %d mask 0x%x name %s, expected wd %d mask 0x%x name %s", event->wd, event->mask,
                event->len ? event->name : "", wd, mask, name);
    }
    return event;
}

static int watch(int *wd, const char *path, uint32_t mask) {
    int fd = REQUIRE_OK(inotify_init1(IN_NONBLOCK));
    *wd = REQUIRE_OK(inotify_add_watch(fd, path, mask));
    return fd;
}

TEST(directoryWatch_tellsEntriesInOrder) {
    int wd, fd = watch(&wd, ".", IN_CREATE | IN_DELETE | IN_MODIFY | IN_CLOSE_WRITE | IN_OPEN);
    int file = REQUIRE_OK(open("file", O_WRONLY | O_CREAT, 0600));
    CHECK_EQ(write(file, "x", 1), 1);
    CHECK_OK(close(file));
    CHECK_OK(unlink("file"));
    CHECK_OK(mkdir("dir", 0700));
    CHECK_OK(rmdir("dir"));
    next(fd, wd, IN_CREATE, "file");
    next(fd, wd, IN_OPEN, "file");
    next(fd, wd, IN_MODIFY, "file");
    next(fd, wd, IN_CLOSE_WRITE, "file");
    next(fd, wd, IN_DELETE, "file");
    next(fd, wd, IN_CREATE | IN_ISDIR, "dir");
    next(fd, wd, IN_DELETE | IN_ISDIR, "dir");
    CHECK_ERR(read(fd, buffer, sizeof buffer), EAGAIN);
}

TEST(rename_tellsPairWithCookie) {
    close(make_file("a", ""));
    int wd, fd = watch(&wd, ".", IN_MOVE);
    CHECK_OK(rename("a", "b"));
    uint32_t cookie = next(fd, wd, IN_MOVED_FROM, "a")->cookie;
    CHECK(cookie != 0);
    CHECK_EQ(next(fd, wd, IN_MOVED_TO, "b")->cookie, cookie);
}

TEST(fileWatch_tellsAttribAndEnd) {
    close(make_file("file", ""));
    int wd, fd = watch(&wd, "file", IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF);
    CHECK_OK(chmod("file", 0600));
    next(fd, wd, IN_ATTRIB, "");
    CHECK_OK(rename("file", "other"));
    next(fd, wd, IN_MOVE_SELF, "");
    CHECK_OK(unlink("other"));
    next(fd, wd, IN_ATTRIB, "");
    next(fd, wd, IN_DELETE_SELF, "");
    next(fd, wd, IN_IGNORED, "");
}

TEST(equalEvents_mergeInQueue) {
    int file = make_file("file", ""), wd, fd = watch(&wd, "file", IN_MODIFY | IN_CLOSE_WRITE);
    for (int i = 0; i < 5; i++) CHECK_EQ(write(file, "x", 1), 1);
    CHECK_OK(close(file));
    next(fd, wd, IN_MODIFY, "");
    next(fd, wd, IN_CLOSE_WRITE, "");
    CHECK_ERR(read(fd, buffer, sizeof buffer), EAGAIN);
}

TEST(rmWatch_tellsIgnored) {
    int wd, fd = watch(&wd, ".", IN_ALL_EVENTS);
    CHECK_OK(inotify_rm_watch(fd, wd));
    next(fd, wd, IN_IGNORED, "");
    CHECK_ERR(inotify_rm_watch(fd, wd), EINVAL);
}

TEST(addWatch_again_replacesMask) {
    int wd, fd = watch(&wd, ".", IN_CREATE);
    CHECK_EQ(inotify_add_watch(fd, ".", IN_DELETE), wd);
    close(make_file("file", ""));
    CHECK_OK(unlink("file"));
    next(fd, wd, IN_DELETE, "file");
    CHECK_EQ(inotify_add_watch(fd, ".", IN_CREATE | IN_MASK_ADD), wd);
    close(make_file("file", ""));
    CHECK_OK(unlink("file"));
    next(fd, wd, IN_CREATE, "file");
    next(fd, wd, IN_DELETE, "file");
}

TEST(oneshotAndOnlydir_areHonoured) {
    int wd, fd = watch(&wd, ".", IN_CREATE | IN_ONESHOT);
    close(make_file("a", ""));
    close(make_file("b", ""));
    next(fd, wd, IN_CREATE, "a");
    next(fd, wd, IN_IGNORED, "");
    CHECK_ERR(inotify_add_watch(fd, "a", IN_CREATE | IN_ONLYDIR), ENOTDIR);
    CHECK_ERR(inotify_add_watch(fd, "missing", IN_CREATE), ENOENT);
    CHECK_ERR(inotify_add_watch(fd, "a", 0), EINVAL);
    CHECK_ERR(inotify_add_watch(1, "a", IN_CREATE), EINVAL);
    CHECK_ERR(inotify_init1(1), EINVAL);
}

TEST(queue_isPollableAndShortBufferFails) {
    int wd, fd = watch(&wd, ".", IN_CREATE), count = 0;
    struct pollfd p = {fd, POLLIN, 0};
    CHECK_EQ(poll(&p, 1, 0), 0);
    close(make_file("a-file-with-a-name", ""));
    CHECK_EQ(poll(&p, 1, 0), 1);
    CHECK_OK(syscall(SYS_ioctl, fd, 0x541b /* FIONREAD */, &count));
    CHECK_EQ(count, sizeof(struct inotify_event) + 32);
    CHECK_ERR(read(fd, buffer, 16), EINVAL);
    next(fd, wd, IN_CREATE, "a-file-with-a-name");
}

TEST(accessAndNowrite_areTold) {
    char byte;
    close(make_file("file", "x"));
    int wd, fd = watch(&wd, "file", IN_ACCESS | IN_CLOSE_NOWRITE);
    int file = REQUIRE_OK(open("file", O_RDONLY));
    CHECK_EQ(read(file, &byte, 1), 1);
    CHECK_OK(close(file));
    next(fd, wd, IN_ACCESS, "");
    next(fd, wd, IN_CLOSE_NOWRITE, "");
}

static long limit_of(const char *name) {
    char path[128];
    snprintf(path, sizeof path, "/proc/sys/fs/inotify/%s", name);
    return atol(text_of(path));
}

/* Descriptors enough to reach the limit of instances. */
static void raise_descriptors(void) {
    struct rlimit limit;
    CHECK_OK(getrlimit(RLIMIT_NOFILE, &limit));
    limit.rlim_cur = limit.rlim_max;
    CHECK_OK(setrlimit(RLIMIT_NOFILE, &limit));
}

TEST(instances_beyondTheUsersLimit_failEmfile) {
    long limit = limit_of("max_user_instances");
    if (limit > 4000) SKIP("%ld instances are too many to make", limit);
    raise_descriptors();
    long made = 0;
    int first = -1, fd;
    while ((fd = inotify_init()) >= 0 && made <= limit) {
        if (made++ == 0) first = fd;
    }
    CHECK_EQ(errno, EMFILE);
    /* Others of this user may have some. */
    CHECK(made > 0 && made <= limit);
    close(first);
    CHECK_OK(inotify_init());
    CHECK_ERR(inotify_init(), EMFILE);
    if (geteuid() == 0) {
        /* Another user has a count of its own. */
        CHECK_EQ(IN_CHILD(CHECK_OK(setuid(54321)); CHECK_OK(inotify_init())), 0);
    }
}

TEST(watches_beyondTheUsersLimit_failEnospc) {
    long limit = limit_of("max_user_watches");
    int files = limit / 100 + 100;
    if (limit > 250000) SKIP("%ld watches are too many to make", limit);
    for (int i = 0; i < files; i++) {
        char name[32];
        snprintf(name, sizeof name, "f%d", i);
        close(make_file(name, ""));
    }
    long made = 0;
    int fd = -1, error = 0;
    for (int instance = 0; instance < 100 && error == 0; instance++) {
        fd = CHECK_OK(inotify_init());
        for (int i = 0; i < files; i++) {
            char name[32];
            snprintf(name, sizeof name, "f%d", i);
            if (inotify_add_watch(fd, name, IN_ATTRIB) < 0) {
                error = errno;
                break;
            }
            made++;
        }
    }
    CHECK_EQ(error, ENOSPC);
    CHECK(made <= limit);
    CHECK_OK(inotify_rm_watch(fd, 1));
    CHECK_OK(inotify_add_watch(fd, "f0", IN_ATTRIB));
    CHECK_ERR(inotify_add_watch(fd, ".", IN_ATTRIB), ENOSPC);
}

TEST(events_beyondTheLimit_endInAnOverflow) {
    long limit = limit_of("max_queued_events");
    if (limit > 100000) SKIP("%ld events are too many to make", limit);
    int fd = REQUIRE_OK(inotify_init1(IN_NONBLOCK));
    REQUIRE_OK(inotify_add_watch(fd, ".", IN_CREATE | IN_DELETE));
    for (int i = 0; i < limit / 2 + 10; i++) {
        close(make_file(i % 2 ? "a" : "b", ""));
        CHECK_OK(unlink(i % 2 ? "a" : "b"));
    }
    long ordinary = 0, overflows = 0;
    char buffer[65536];
    ssize_t n;
    while ((n = read(fd, buffer, sizeof buffer)) > 0) {
        for (char *at = buffer; at < buffer + n;) {
            struct inotify_event *event = (void *)at;
            if (event->mask & IN_Q_OVERFLOW) {
                CHECK_EQ(event->wd, -1);
                overflows++;
            } else {
                CHECK_EQ(overflows, 0);
                ordinary++;
            }
            at += sizeof *event + event->len;
        }
    }
    CHECK_EQ(errno, EAGAIN);
    CHECK_EQ(ordinary, limit);
    CHECK_EQ(overflows, 1);
    /* It goes on. */
    close(make_file("c", ""));
    CHECK(read(fd, buffer, sizeof buffer) > 0);
}
