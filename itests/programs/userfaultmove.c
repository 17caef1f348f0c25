/* userfaultfd(2): UFFDIO_MOVE, UFFDIO_POISON, and how the kernel's own accesses wait. */
#include "faults.h"
#include "uffd.h"

TEST(pages_move) {
    int fd = open_uffd(FEATURE_MOVE);
    char *to = map_private(8), *from = map_private(8);
    for (int i = 0; i < 4; i++) memset(from + i * PAGE, 'a' + i, PAGE);
    REQUIRE_OK(uffd_register(fd, to, 8 * PAGE, MISSING));
    struct toucher reader;
    start_read(&reader, to + PAGE + 3);
    CHECK_EQ(next_message(fd).arg.pagefault.address, (uintptr_t)to + PAGE);
    CHECK_OK(uffd_move(fd, to + PAGE, from, 2 * PAGE, 0));
    CHECK_EQ(uffd_result, 2 * PAGE);
    CHECK_EQ(finish(&reader), 'a');
    CHECK_EQ(to[2 * PAGE], 'b');
    /* the source is empty now */
    CHECK_EQ(from[0], 0);
    from[0] = 'n';
    CHECK_EQ(to[PAGE], 'a');
    CHECK_ERR(uffd_move(fd, to + PAGE, from + 2 * PAGE, PAGE, 0), EEXIST);
    CHECK_EQ(uffd_result, -EEXIST);
    CHECK_ERR(uffd_move(fd, to + 4 * PAGE, from + 5 * PAGE, PAGE, 0), ENOENT);
    CHECK_OK(uffd_move(fd, to + 4 * PAGE, from + 5 * PAGE, PAGE, MOVE_ALLOW_SRC_HOLES));
    CHECK_EQ(uffd_result, PAGE);
    /* half of it: how far it went */
    CHECK_ERR(uffd_move(fd, to + 4 * PAGE, from + 3 * PAGE, 2 * PAGE, 0), EAGAIN);
    CHECK_EQ(uffd_result, PAGE);
    CHECK_EQ(to[4 * PAGE], 'd');
    CHECK_OK(uffd_move(fd, to + 5 * PAGE, to + 4 * PAGE, PAGE, 0));
    CHECK_EQ(to[5 * PAGE + 9], 'd');
}

TEST(moveOfOtherMemory_fails) {
    int fd = open_uffd(FEATURE_MOVE);
    char *to = map_private(4), *from = map_private(4), *shared = map_shared(2);
    memset(from, 'a', 3 * PAGE);
    shared[0] = 's';
    REQUIRE_OK(uffd_register(fd, to, 3 * PAGE, MISSING));
    CHECK_ERR(uffd_move(fd, to + 3 * PAGE, from, PAGE, 0), EINVAL);
    CHECK_ERR(uffd_move(fd, to, shared, PAGE, 0), EINVAL);
    CHECK_ERR(uffd_move(fd, to + 2 * PAGE, from, 2 * PAGE, 0), EINVAL);
    CHECK_ERR(uffd_move(fd, to, from, PAGE, 4), EINVAL);
    CHECK_ERR(uffd_move(fd, to, from + 1, PAGE, 0), EINVAL);
    CHECK_ERR(uffd_move(fd, to + 1, from, PAGE, 0), EINVAL);
    CHECK_ERR(uffd_move(fd, to, from, 0, 0), EINVAL);
    CHECK_OK(mprotect(from + PAGE, PAGE, PROT_READ));
    CHECK_ERR(uffd_move(fd, to, from + PAGE, PAGE, 0), EINVAL);
    munmap(from + 3 * PAGE, PAGE);
    CHECK_ERR(uffd_move(fd, to, from + 3 * PAGE, PAGE, 0), ENOENT);
    /* a page that a child has, too, stays */
    int hold[2];
    REQUIRE_OK(pipe(hold));
    pid_t child = REQUIRE_OK(fork());
    if (child == 0) {
        char byte;
        close(hold[1]);
        _exit(read(hold[0], &byte, 1));
    }
    CHECK_ERR(uffd_move(fd, to, from, PAGE, 0), EBUSY);
    close(hold[1]);
    waitpid(child, NULL, 0);
    from[0] = 'b';
    CHECK_OK(uffd_move(fd, to, from, PAGE, 0));
    CHECK_EQ(to[0], 'b');
    CHECK_EQ(to[1], 'a');
}

TEST(poisonedPage_raisesSigbus) {
    int fd = open_uffd(FEATURE_POISON);
    char *at = map_private(4), source[PAGE] = {'c'};
    REQUIRE_OK(uffd_register(fd, at, 4 * PAGE, MISSING));
    CHECK_OK(uffd_poison(fd, at + PAGE, PAGE));
    CHECK_EQ(uffd_result, PAGE);
    CHECK_EQ(fault_of_read(at + PAGE + 7), SIGBUS);
    /* BUS_MCEERR_AR where broken memory is handled, CONFIG_MEMORY_FAILURE */
    CHECK(fault.si_code == BUS_ADRERR || fault.si_code == BUS_MCEERR_AR);
    CHECK_EQ((uintptr_t)fault.si_addr & -PAGE, (uintptr_t)at + PAGE);
    CHECK_EQ(fault_of_write(at + PAGE), SIGBUS);
    int zeros = REQUIRE_OK(open("/dev/zero", O_RDONLY));
    CHECK_ERR(read(zeros, at + PAGE, 1), EFAULT);
    CHECK_ERR(uffd_poison(fd, at + PAGE, PAGE), EEXIST);
    CHECK_ERR(uffd_zero(fd, at + PAGE, PAGE), EEXIST);
    CHECK_OK(uffd_zero(fd, at, PAGE));
    CHECK_ERR(uffd_poison(fd, at, PAGE), EEXIST);
    /* a child inherits it */
    CHECK_EQ(IN_CHILD({
                 CHECK_EQ(fault_of_read(at + PAGE), SIGBUS);
                 CHECK_EQ(fault_of_read(at + 2 * PAGE), 0);
             }),
             0);
    /* a copy mends it */
    CHECK_OK(uffd_copy(fd, at + PAGE, source, PAGE, 0));
    CHECK_EQ(at[PAGE], 'c');
    /* and throwing it away, after which it is missing */
    CHECK_OK(uffd_poison(fd, at + 2 * PAGE, 2 * PAGE));
    CHECK_OK(madvise(at + 2 * PAGE, 2 * PAGE, MADV_DONTNEED));
    CHECK_OK(uffd_zero(fd, at + 2 * PAGE, PAGE));
    CHECK_EQ(at[2 * PAGE], 0);
    /* it stays when nobody answers any more */
    CHECK_OK(uffd_poison(fd, at + 3 * PAGE, PAGE));
    close(fd);
    CHECK_EQ(fault_of_read(at + 3 * PAGE), SIGBUS);
    CHECK_OK(munmap(at, 4 * PAGE));
    CHECK_EQ((uintptr_t)mmap(at, 4 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), (uintptr_t)at);
    CHECK_EQ(fault_of_read(at + 3 * PAGE), 0);
}

struct answerer {
    int fd, faults;
    pthread_t thread;
    char source[PAGE];
};

static void *answer(void *argument) {
    struct answerer *answerer = argument;
    while (true) {
        struct uffd_msg message;
        /* this one blocks in read */
        ssize_t n = read(answerer->fd, &message, sizeof message);
        if (n != sizeof message) break;
        answerer->faults++;
        memset(answerer->source, 'a' + answerer->faults - 1, PAGE);
        if (message.arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_WP)
            CHECK_OK(uffd_protect(answerer->fd, (void *)(uintptr_t)(message.arg.pagefault.address & -PAGE), PAGE, 0));
        else
            CHECK_OK(uffd_copy(answerer->fd, (void *)(uintptr_t)(message.arg.pagefault.address & -PAGE),
                               answerer->source, PAGE, 0));
    }
    return NULL;
}

TEST(kernelAccess_waits) {
    if (geteuid() != 0) SKIP("needs root");
    struct answerer answerer = {.fd = open_uffd_with(0, 0)};
    char *at = map_private(8);
    REQUIRE_OK(uffd_register(answerer.fd, at, 8 * PAGE, MISSING | WP));
    REQUIRE(pthread_create(&answerer.thread, NULL, answer, &answerer) == 0);
    int ends[2];
    REQUIRE_OK(pipe(ends));
    CHECK_EQ(write(ends[1], at + 10, 3), 3);
    char text[8] = "";
    CHECK_EQ(read(ends[0], text, 3), 3);
    CHECK_STR(text, "aaa");
    CHECK_EQ(answerer.faults, 1);
    CHECK_EQ(write(ends[1], "hello", 5), 5);
    CHECK_EQ(read(ends[0], at + PAGE, 5), 5);
    CHECK_EQ(memcmp(at + PAGE, "hellob", 6), 0);
    CHECK_EQ(answerer.faults, 2);
    /* over two pages */
    int file = REQUIRE_OK(open("f", O_CREAT | O_RDWR, 0600));
    CHECK_EQ(pwrite(file, "0123456789", 10, 0), 10);
    CHECK_EQ(pread(file, at + 3 * PAGE - 5, 10, 0), 10);
    CHECK_EQ(memcmp(at + 3 * PAGE - 5, "0123456789", 10), 0);
    CHECK_EQ(answerer.faults, 4);
    CHECK_EQ(pwrite(file, at + 4 * PAGE - 1, 2, 0), 2);
    CHECK_EQ(pread(file, text, 2, 0), 2);
    CHECK_EQ(text[0], 'd');
    CHECK_EQ(text[1], 'e');
    CHECK_EQ(answerer.faults, 5);
    /* protection counts, too */
    CHECK_OK(uffd_protect(answerer.fd, at, PAGE, UFFDIO_WRITEPROTECT_MODE_WP));
    CHECK_EQ(pread(file, at, 2, 0), 2);
    CHECK_EQ(answerer.faults, 6);
    CHECK_EQ(at[0], 'd');
    /* arguments of calls */
    strcpy(at + PAGE, "f");
    CHECK_OK(access(at + PAGE, R_OK));
    CHECK_OK(clock_gettime(CLOCK_MONOTONIC, (struct timespec *)(at + 5 * PAGE)));
    CHECK_EQ(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, at + 6 * PAGE), 0);
    CHECK(answerer.faults >= 7);
    CHECK_OK(madvise(at + 7 * PAGE, PAGE, MADV_POPULATE_WRITE));
    CHECK_EQ(at[7 * PAGE + 1], 'a' + answerer.faults - 1);
}

TEST(killedProcess_doesNotWait) {
    if (geteuid() != 0) SKIP("needs root");
    pid_t child = REQUIRE_OK(fork());
    if (child == 0) {
        int fd = open_uffd_with(0, 0);
        char *at = map_private(1);
        REQUIRE_OK(uffd_register(fd, at, PAGE, MISSING));
        int zeros = REQUIRE_OK(open("/dev/zero", O_RDONLY));
        read(zeros, at, 1);
        _exit(0);
    }
    usleep(100000);
    CHECK_OK(kill(child, SIGKILL));
    int status = 0;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK(WIFSIGNALED(status));
}

TEST(privilege_isNeededForTheKernel) {
    if (geteuid() != 0) SKIP("needs root");
    char setting[8] = "";
    int file = open("/proc/sys/vm/unprivileged_userfaultfd", O_RDONLY);
    REQUIRE(file >= 0 && read(file, setting, sizeof setting) > 0);
    if (setting[0] != '0') SKIP("everybody may");
    CHECK_EQ(IN_CHILD({
                 REQUIRE_OK(syscall(SYS_setresuid, 65534, 65534, 65534));
                 CHECK_ERR(syscall(SYS_userfaultfd, O_CLOEXEC), EPERM);
                 CHECK_ERR(syscall(SYS_userfaultfd, 4711), EINVAL);
                 int own = CHECK_OK(syscall(SYS_userfaultfd, UFFD_USER_MODE_ONLY));
                 struct uffdio_api fork_events = {.api = UFFD_API, .features = UFFD_FEATURE_EVENT_FORK};
                 CHECK_ERR(ioctl(own, UFFDIO_API, &fork_events), EPERM);
                 CHECK_EQ(fork_events.api, 0);
                 CHECK_ERR(open("/dev/userfaultfd", O_RDWR), EACCES);
             }),
             0);
    int device = CHECK_OK(open("/dev/userfaultfd", O_RDWR | O_CLOEXEC));
    int made = CHECK_OK(ioctl(device, _IO(0xaa, 0), O_CLOEXEC | O_NONBLOCK));
    struct uffdio_api api = {.api = UFFD_API};
    CHECK_OK(ioctl(made, UFFDIO_API, &api));
    CHECK_ERR(ioctl(made, UFFDIO_API, &api), EINVAL);
    CHECK_ERR(ioctl(device, _IO(0xaa, 0), 4711), EINVAL);
    CHECK_ERR(ioctl(device, _IO(0xaa, 1), 0), EINVAL);
}
