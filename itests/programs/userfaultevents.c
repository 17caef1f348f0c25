/* userfaultfd(2): what a process that answers faults is told of: fork, mremap, madvise and munmap. */
#include "uffd.h"

static int open_events(uint64_t features) {
    if (geteuid() != 0) SKIP("needs root");
    return open_uffd(features);
}

/* Runs on a thread of its own, which waits until the event is read. */
struct change {
    pthread_t thread;
    void (*run)(struct change *);
    char *at, *to;
    size_t length;
    long result;
    volatile int done;
};

static void *run_change(void *argument) {
    struct change *change = argument;
    change->run(change);
    change->done = 1;
    return NULL;
}

static void start(struct change *change, void (*run)(struct change *)) {
    change->run = run;
    change->done = 0;
    REQUIRE(pthread_create(&change->thread, NULL, run_change, change) == 0);
}

static long end(struct change *change) {
    REQUIRE(pthread_join(change->thread, NULL) == 0);
    return change->result;
}

static void do_munmap(struct change *change) {
    change->result = munmap(change->at, change->length);
}

static void do_dontneed(struct change *change) {
    change->result = madvise(change->at, change->length, MADV_DONTNEED);
}

static void do_remove(struct change *change) {
    change->result = madvise(change->at, change->length, MADV_REMOVE);
}

static void do_mremap(struct change *change) {
    change->result = (long)mremap(change->at, change->length, change->length, MREMAP_MAYMOVE | MREMAP_FIXED, change->to);
}

static void do_mmap(struct change *change) {
    change->result = (long)mmap(change->at, change->length, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

static void do_fork(struct change *change) {
    pid_t child = fork();
    if (child == 0) _exit(((volatile char *)change->at)[0]);
    change->result = child;
}

TEST(unmapping_isTold) {
    int fd = open_events(UFFD_FEATURE_EVENT_UNMAP);
    char *at = map_private(8);
    REQUIRE_OK(uffd_register(fd, at + 2 * PAGE, 4 * PAGE, MISSING));
    /* nothing of it: nobody is told */
    CHECK_OK(munmap(at + 7 * PAGE, PAGE));
    CHECK(!has_message(fd));
    struct change change = {.at = at, .length = 3 * PAGE};
    start(&change, do_munmap);
    struct pollfd wait = {fd, POLLIN, 0};
    CHECK_EQ(poll(&wait, 1, 20000), 1);
    usleep(20000);
    CHECK_EQ(change.done, 0);
    /* nothing may be given meanwhile */
    CHECK_ERR(uffd_zero(fd, at + 4 * PAGE, PAGE), EAGAIN);
    CHECK_EQ(uffd_result, -EAGAIN);
    char source[PAGE] = "";
    CHECK_ERR(uffd_copy(fd, at + 4 * PAGE, source, PAGE, 0), EAGAIN);
    struct uffd_msg message = next_message(fd);
    CHECK_EQ(message.event, UFFD_EVENT_UNMAP);
    CHECK_EQ(message.arg.remove.start, (uintptr_t)at);
    CHECK_EQ(message.arg.remove.end, (uintptr_t)at + 3 * PAGE);
    CHECK_EQ(end(&change), 0);
    CHECK_OK(uffd_zero(fd, at + 4 * PAGE, PAGE));
    change = (struct change){.at = at + 4 * PAGE, .length = PAGE};
    start(&change, do_mmap);
    message = next_message(fd);
    CHECK_EQ(message.event, UFFD_EVENT_UNMAP);
    CHECK_EQ(message.arg.remove.start, (uintptr_t)at + 4 * PAGE);
    CHECK_EQ(end(&change), (long)(at + 4 * PAGE));
    /* the new memory there is not registered */
    CHECK_EQ(((volatile char *)at)[4 * PAGE], 0);
}

TEST(removal_isTold_beforePagesGo) {
    int fd = open_events(UFFD_FEATURE_EVENT_REMOVE);
    char *at = map_private(4), *shared = map_shared(4), source[PAGE];
    memset(source, 's', PAGE);
    REQUIRE_OK(uffd_register(fd, at, 4 * PAGE, MISSING));
    REQUIRE_OK(uffd_register(fd, shared, 4 * PAGE, MISSING));
    CHECK_OK(uffd_copy(fd, at, source, PAGE, 0));
    CHECK_OK(uffd_copy(fd, shared + PAGE, source, PAGE, 0));
    struct change change = {.at = at, .length = 2 * PAGE};
    start(&change, do_dontneed);
    struct pollfd wait = {fd, POLLIN, 0};
    CHECK_EQ(poll(&wait, 1, 20000), 1);
    CHECK_EQ(at[0], 's');
    struct uffd_msg message = next_message(fd);
    CHECK_EQ(message.event, UFFD_EVENT_REMOVE);
    CHECK_EQ(message.arg.remove.start, (uintptr_t)at);
    CHECK_EQ(message.arg.remove.end, (uintptr_t)at + 2 * PAGE);
    CHECK_EQ(end(&change), 0);
    CHECK_OK(uffd_zero(fd, at, PAGE));
    change = (struct change){.at = shared, .length = 4 * PAGE};
    start(&change, do_remove);
    message = next_message(fd);
    CHECK_EQ(message.event, UFFD_EVENT_REMOVE);
    CHECK_EQ(message.arg.remove.start, (uintptr_t)shared);
    CHECK_EQ(end(&change), 0);
    CHECK_OK(uffd_zero(fd, shared + PAGE, PAGE));
}

TEST(move_isTold_andFollowed) {
    int fd = open_events(UFFD_FEATURE_EVENT_REMAP);
    char *at = map_private(4), *to = map_private(4), source[PAGE] = {'m'};
    REQUIRE_OK(uffd_register(fd, at, 4 * PAGE, MISSING | WP));
    CHECK_OK(uffd_copy(fd, at, source, PAGE, UFFDIO_COPY_MODE_WP));
    struct change change = {.at = at, .to = to, .length = 4 * PAGE};
    start(&change, do_mremap);
    struct uffd_msg message = next_message(fd);
    CHECK_EQ(message.event, UFFD_EVENT_REMAP);
    CHECK_EQ(message.arg.remap.from, (uintptr_t)at);
    CHECK_EQ(message.arg.remap.to, (uintptr_t)to);
    CHECK_EQ(message.arg.remap.len, 4 * PAGE);
    CHECK_EQ(end(&change), (long)to);
    CHECK_EQ(to[0], 'm');
    struct toucher toucher;
    start_read(&toucher, to + PAGE);
    CHECK_EQ(next_message(fd).arg.pagefault.address, (uintptr_t)to + PAGE);
    CHECK_OK(uffd_zero(fd, to + PAGE, PAGE));
    CHECK_EQ(finish(&toucher), 0);
    start_write(&toucher, to, 'w');
    message = next_message(fd);
    CHECK_EQ(message.arg.pagefault.flags, UFFD_PAGEFAULT_FLAG_WP | UFFD_PAGEFAULT_FLAG_WRITE);
    CHECK_OK(uffd_protect(fd, to, PAGE, 0));
    finish(&toucher);
    CHECK_EQ(to[0], 'w');
}

TEST(moveWithoutTheEvent_leavesAllBehind) {
    int fd = open_events(0);
    char *at = map_private(4), *to = map_private(4);
    at[0] = 'a';
    REQUIRE_OK(uffd_register(fd, at, 4 * PAGE, MISSING | WP));
    CHECK_OK(uffd_protect(fd, at, 4 * PAGE, UFFDIO_WRITEPROTECT_MODE_WP));
    CHECK_EQ((long)mremap(at, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to), (long)to);
    to[0] = 'b';
    to[PAGE] = 'c';
    CHECK_EQ(to[0], 'b');
    CHECK(!has_message(fd));
}

TEST(fork_givesAFileForTheChild) {
    int fd = open_events(UFFD_FEATURE_EVENT_FORK);
    char *at = map_private(4), source[PAGE] = {'c'};
    REQUIRE_OK(uffd_register(fd, at, 4 * PAGE, MISSING));
    CHECK_OK(uffd_copy(fd, at + PAGE, source, PAGE, 0));
    struct change change = {.at = at};
    start(&change, do_fork);
    struct uffd_msg message = next_message(fd);
    CHECK_EQ(message.event, UFFD_EVENT_FORK);
    int child = message.arg.fork.ufd;
    CHECK(child > fd);
    CHECK_EQ(fcntl(child, F_GETFD), FD_CLOEXEC);
    CHECK_EQ(fcntl(child, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
    pid_t pid = end(&change);
    CHECK(pid > 0);
    message = next_message(child);
    CHECK_EQ(message.event, UFFD_EVENT_PAGEFAULT);
    CHECK_EQ(message.arg.pagefault.address, (uintptr_t)at);
    source[0] = 42;
    CHECK_ERR(uffd_copy(child, at + PAGE, source, PAGE, 0), EEXIST);
    CHECK_OK(uffd_copy(child, at, source, PAGE, 0));
    int status = 0;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, EXITED(42));
    /* the parent's own page is missing still; the child's memory is no more */
    CHECK(!has_message(fd));
    CHECK_OK(uffd_zero(fd, at, PAGE));
    CHECK_ERR(uffd_copy(child, at + 2 * PAGE, source, PAGE, 0), ESRCH);
    CHECK_ERR(uffd_register(child, at, PAGE, MISSING), ENOMEM);
}

TEST(closing_letsChangesGoOn) {
    int fd = open_events(UFFD_FEATURE_EVENT_UNMAP);
    char *at = map_private(2);
    REQUIRE_OK(uffd_register(fd, at, 2 * PAGE, MISSING));
    struct change change = {.at = at, .length = PAGE};
    start(&change, do_munmap);
    struct pollfd wait = {fd, POLLIN, 0};
    CHECK_EQ(poll(&wait, 1, 20000), 1);
    close(fd);
    CHECK_EQ(end(&change), 0);
    CHECK_EQ(((volatile char *)at)[PAGE], 0);
}

TEST(threadId_andExactAddress_areTold) {
    int fd = open_events(UFFD_FEATURE_THREAD_ID | UFFD_FEATURE_EXACT_ADDRESS);
    char *at = map_private(2);
    REQUIRE_OK(uffd_register(fd, at, 2 * PAGE, MISSING));
    struct toucher reader;
    start_read(&reader, at + PAGE + 77);
    struct uffd_msg message = next_message(fd);
    CHECK_EQ(message.arg.pagefault.address, (uintptr_t)at + PAGE + 77);
    CHECK(message.arg.pagefault.feat.ptid > (uint32_t)getpid());
    CHECK_OK(uffd_zero(fd, at + PAGE, PAGE));
    finish(&reader);
}

TEST(manyMessages_areReadAtOnce) {
    int fd = open_events(0);
    char *at = map_private(3);
    REQUIRE_OK(uffd_register(fd, at, 3 * PAGE, MISSING));
    struct toucher readers[3];
    for (int i = 0; i < 3; i++) start_read(&readers[i], at + i * PAGE);
    int seen = 0;
    while (seen < 3) {
        struct uffd_msg messages[4];
        struct pollfd wait = {fd, POLLIN, 0};
        CHECK_EQ(poll(&wait, 1, 20000), 1);
        ssize_t n = CHECK_OK(read(fd, messages, sizeof messages));
        if (n <= 0) break;
        CHECK_EQ(n % sizeof messages[0], 0);
        for (size_t i = 0; i < n / sizeof messages[0]; i++, seen++)
            CHECK_OK(uffd_zero(fd, (void *)(uintptr_t)messages[i].arg.pagefault.address, PAGE));
    }
    for (int i = 0; i < 3; i++) CHECK_EQ(finish(&readers[i]), 0);
    char small[8];
    CHECK_ERR(read(fd, small, sizeof small), EINVAL);
}
