/* userfaultfd(2), ioctl_userfaultfd(2): write protection of pages by a process. */
#include "faults.h"
#include "uffd.h"

static uint64_t flags_of(struct uffd_msg message) {
    CHECK_EQ(message.event, UFFD_EVENT_PAGEFAULT);
    return message.arg.pagefault.flags;
}

TEST(protectedPage_isWritten_whenAllowed) {
    int fd = open_uffd(UFFD_FEATURE_PAGEFAULT_FLAG_WP);
    char *at = map_private(4);
    at[0] = 'a';
    at[PAGE] = 'b';
    REQUIRE_OK(uffd_register(fd, at, 4 * PAGE, WP));
    CHECK(registered_ioctls & (1 << _UFFDIO_WRITEPROTECT));
    CHECK_OK(uffd_protect(fd, at, 4 * PAGE, UFFDIO_WRITEPROTECT_MODE_WP));
    CHECK_EQ(((volatile char *)at)[0], 'a');
    /* what was not there is not protected */
    ((volatile char *)at)[3 * PAGE] = 'd';
    CHECK(!has_message(fd));
    struct toucher writer;
    start_write(&writer, at + PAGE + 5, 'x');
    struct uffd_msg message = next_message(fd);
    CHECK_EQ(flags_of(message), UFFD_PAGEFAULT_FLAG_WP | UFFD_PAGEFAULT_FLAG_WRITE);
    CHECK_EQ(message.arg.pagefault.address, (uintptr_t)at + PAGE);
    CHECK_EQ(at[PAGE + 5], 0);
    CHECK_OK(uffd_protect(fd, at + PAGE, PAGE, 0));
    finish(&writer);
    CHECK_EQ(at[PAGE + 5], 'x');
    CHECK_EQ(at[PAGE], 'b');
    /* the neighbour still is */
    start_write(&writer, at, 'y');
    message = next_message(fd);
    CHECK_EQ(message.arg.pagefault.address, (uintptr_t)at);
    /* without waking it waits on */
    CHECK_OK(uffd_protect(fd, at, PAGE, UFFDIO_WRITEPROTECT_MODE_DONTWAKE));
    struct uffdio_range range = {(uintptr_t)at, PAGE};
    CHECK_OK(ioctl(fd, UFFDIO_WAKE, &range));
    finish(&writer);
    CHECK_EQ(at[0], 'y');
}

TEST(unregisteringAndClosing_allowWrites) {
    for (int way = 0; way < 2; way++) {
        int fd = open_uffd(0);
        char *at = map_private(2);
        at[0] = 'a';
        REQUIRE_OK(uffd_register(fd, at, 2 * PAGE, WP));
        CHECK_OK(uffd_protect(fd, at, 2 * PAGE, UFFDIO_WRITEPROTECT_MODE_WP));
        struct toucher writer;
        start_write(&writer, at, 'z');
        next_message(fd);
        if (way == 0) {
            CHECK_OK(uffd_unregister(fd, at, 2 * PAGE));
            struct uffdio_range range = {(uintptr_t)at, PAGE};
            CHECK_OK(ioctl(fd, UFFDIO_WAKE, &range));
        } else {
            close(fd);
        }
        finish(&writer);
        CHECK_EQ(at[0], 'z');
        at[1] = 'q';
    }
}

TEST(pageComesProtected_withCopy) {
    int fd = open_uffd(0);
    char *at = map_private(3), source[PAGE];
    memset(source, 's', PAGE);
    REQUIRE_OK(uffd_register(fd, at, 2 * PAGE, MISSING | WP));
    REQUIRE_OK(uffd_register(fd, at + 2 * PAGE, PAGE, MISSING));
    struct toucher writer;
    start_write(&writer, at + 1, 'w');
    CHECK_EQ(flags_of(next_message(fd)), UFFD_PAGEFAULT_FLAG_WRITE);
    CHECK_OK(uffd_copy(fd, at, source, PAGE, UFFDIO_COPY_MODE_WP));
    CHECK_EQ(flags_of(next_message(fd)), UFFD_PAGEFAULT_FLAG_WP | UFFD_PAGEFAULT_FLAG_WRITE);
    CHECK_EQ(at[1], 's');
    CHECK_OK(uffd_protect(fd, at, PAGE, 0));
    finish(&writer);
    CHECK_EQ(at[1], 'w');
    CHECK_EQ(at[2], 's');
    CHECK_OK(uffd_copy(fd, at + PAGE, source, PAGE, 0));
    at[PAGE] = 1;
    CHECK(!has_message(fd));
    CHECK_ERR(uffd_copy(fd, at + 2 * PAGE, source, PAGE, UFFDIO_COPY_MODE_WP), EINVAL);
    CHECK_EQ(uffd_result, -EINVAL);
}

TEST(absentPages_areProtected_ifAskedFor) {
    int fd = open_uffd(FEATURE_WP_UNPOPULATED | UFFD_FEATURE_PAGEFAULT_FLAG_WP);
    char *at = map_private(64);
    REQUIRE_OK(uffd_register(fd, at, 64 * PAGE, WP));
    CHECK_OK(uffd_protect(fd, at, 64 * PAGE, UFFDIO_WRITEPROTECT_MODE_WP));
    CHECK_EQ(((volatile char *)at)[0], 0);
    for (int i = 0; i < 64; i += 21) {
        struct toucher writer;
        start_write(&writer, at + i * PAGE, 'm');
        struct uffd_msg message = next_message(fd);
        CHECK_EQ(flags_of(message), UFFD_PAGEFAULT_FLAG_WP | UFFD_PAGEFAULT_FLAG_WRITE);
        CHECK_EQ(message.arg.pagefault.address, (uintptr_t)at + i * PAGE);
        CHECK_OK(uffd_protect(fd, at + i * PAGE, PAGE, 0));
        finish(&writer);
        CHECK_EQ(at[i * PAGE], 'm');
    }
    /* thrown away, the page is neither there nor protected */
    CHECK_OK(madvise(at + 2 * PAGE, 4 * PAGE, MADV_DONTNEED));
    at[4 * PAGE] = 1;
    CHECK(!has_message(fd));
}

TEST(asynchronousProtection_isTakenAway_byWrites) {
    int fd = open_uffd(FEATURE_WP_ASYNC);
    char *at = map_private(4);
    at[0] = 'a';
    REQUIRE_OK(uffd_register(fd, at, 4 * PAGE, WP));
    CHECK_OK(uffd_protect(fd, at, 4 * PAGE, UFFDIO_WRITEPROTECT_MODE_WP));
    at[0] = 'b';
    at[2 * PAGE] = 'c';
    CHECK_EQ(at[0], 'b');
    CHECK_EQ(at[2 * PAGE], 'c');
    CHECK(!has_message(fd));
    /* files, too, but in no other mode */
    int own = REQUIRE_OK(open("/proc/self/exe", O_RDONLY));
    char *file = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, own, 0);
    CHECK_ERR(uffd_register(fd, file, PAGE, MISSING), EINVAL);
    CHECK_ERR(uffd_register(fd, file, PAGE, MISSING | WP), EINVAL);
    CHECK_OK(uffd_register(fd, file, PAGE, WP));
    CHECK_OK(uffd_protect(fd, file, PAGE, UFFDIO_WRITEPROTECT_MODE_WP));
    CHECK_EQ(file[1], 'E');
    file[1] = 'F';
    CHECK_EQ(file[1], 'F');
    close(fd);
    fd = open_uffd(0);
    CHECK_ERR(uffd_register(fd, file, PAGE, WP), EINVAL);
}

TEST(rights_followMprotect) {
    int fd = open_uffd(0);
    char *at = map_private(1);
    at[0] = 'a';
    REQUIRE_OK(uffd_register(fd, at, PAGE, WP));
    CHECK_OK(uffd_protect(fd, at, PAGE, UFFDIO_WRITEPROTECT_MODE_WP));
    CHECK_OK(mprotect(at, PAGE, PROT_READ));
    CHECK_EQ(fault_of_write(at), SIGSEGV);
    CHECK_OK(uffd_protect(fd, at, PAGE, 0));
    CHECK_EQ(fault_of_write(at), SIGSEGV);
    CHECK_OK(uffd_protect(fd, at, PAGE, UFFDIO_WRITEPROTECT_MODE_WP));
    CHECK_OK(mprotect(at, PAGE, PROT_READ | PROT_WRITE));
    struct toucher writer;
    start_write(&writer, at, 'b');
    next_message(fd);
    CHECK_OK(uffd_protect(fd, at, PAGE, 0));
    finish(&writer);
    CHECK_EQ(at[0], 'b');
}

TEST(child_writesAsItLikes) {
    int fd = open_uffd(0);
    char *at = map_private(2), *shared = map_shared(2);
    at[0] = shared[0] = 'p';
    REQUIRE_OK(uffd_register(fd, at, 2 * PAGE, WP));
    REQUIRE_OK(uffd_register(fd, shared, 2 * PAGE, WP));
    CHECK_OK(uffd_protect(fd, at, 2 * PAGE, UFFDIO_WRITEPROTECT_MODE_WP));
    CHECK_OK(uffd_protect(fd, shared, 2 * PAGE, UFFDIO_WRITEPROTECT_MODE_WP));
    CHECK_EQ(IN_CHILD({
                 at[0] = 'c';
                 shared[1] = 'c';
                 shared[PAGE] = 'd';
                 CHECK_EQ(at[0], 'c');
             }),
             0);
    CHECK_EQ(at[0], 'p');
    CHECK_EQ(shared[1], 'c');
    struct toucher writer;
    start_write(&writer, at, 'q');
    CHECK_EQ(flags_of(next_message(fd)) & UFFD_PAGEFAULT_FLAG_WP, UFFD_PAGEFAULT_FLAG_WP);
    CHECK_OK(uffd_protect(fd, at, PAGE, 0));
    finish(&writer);
    CHECK_EQ(at[0], 'q');
}

TEST(sigbusFeature_raisesSignal) {
    int fd = open_uffd(UFFD_FEATURE_SIGBUS);
    char *at = map_private(1);
    at[0] = 'a';
    REQUIRE_OK(uffd_register(fd, at, PAGE, WP));
    CHECK_OK(uffd_protect(fd, at, PAGE, UFFDIO_WRITEPROTECT_MODE_WP));
    CHECK_EQ(fault_of_write(at), SIGBUS);
    CHECK_EQ(at[0], 'a');
    CHECK_OK(uffd_protect(fd, at, PAGE, 0));
    CHECK_EQ(fault_of_write(at), 0);
}

TEST(badArguments_fail) {
    int fd = open_uffd(0);
    char *at = map_private(4);
    REQUIRE_OK(uffd_register(fd, at, PAGE, WP));
    REQUIRE_OK(uffd_register(fd, at + 2 * PAGE, PAGE, MISSING));
    CHECK(!(registered_ioctls & (1 << _UFFDIO_WRITEPROTECT)));
    CHECK_ERR(uffd_protect(fd, at, 0, UFFDIO_WRITEPROTECT_MODE_WP), EINVAL);
    CHECK_ERR(uffd_protect(fd, at + 1, PAGE, UFFDIO_WRITEPROTECT_MODE_WP), EINVAL);
    CHECK_ERR(uffd_protect(fd, at, PAGE + 1, UFFDIO_WRITEPROTECT_MODE_WP), EINVAL);
    CHECK_ERR(uffd_protect(fd, at, PAGE, 4), EINVAL);
    CHECK_ERR(uffd_protect(fd, at, PAGE, UFFDIO_WRITEPROTECT_MODE_WP | UFFDIO_WRITEPROTECT_MODE_DONTWAKE), EINVAL);
    CHECK_ERR(uffd_protect(fd, at + PAGE, PAGE, UFFDIO_WRITEPROTECT_MODE_WP), ENOENT);
    CHECK_ERR(uffd_protect(fd, at + 2 * PAGE, PAGE, UFFDIO_WRITEPROTECT_MODE_WP), ENOENT);
    CHECK_ERR(uffd_protect(fd, at, 2 * PAGE, UFFDIO_WRITEPROTECT_MODE_WP), ENOENT);
    CHECK_ERR(ioctl(fd, UFFDIO_WRITEPROTECT, 8), EFAULT);
    CHECK_ERR(uffd_register(fd, at, PAGE, 8), EINVAL);
    CHECK_ERR(uffd_register(fd, at, PAGE, MINOR), EINVAL);
    CHECK_ERR(uffd_register(fd, at, PAGE, MINOR | MISSING), EINVAL);
    munmap(at + 3 * PAGE, PAGE);
    CHECK_ERR(uffd_protect(fd, at + 3 * PAGE, PAGE, UFFDIO_WRITEPROTECT_MODE_WP), ENOENT);
}

TEST(pagesTouchedSinceThen_areKnown) {
    int fd = open_uffd(0);
    char *at = map_private(4);
    /* touched, though with zeros: there; the one beside it is not */
    ((volatile char *)at)[0] = 0;
    (void)((volatile char *)at)[2 * PAGE];
    REQUIRE_OK(uffd_register(fd, at, 4 * PAGE, MISSING));
    CHECK_ERR(uffd_zero(fd, at, PAGE), EEXIST);
    CHECK_OK(uffd_zero(fd, at + PAGE, PAGE));
    CHECK_ERR(uffd_zero(fd, at + 2 * PAGE, PAGE), EEXIST);
    CHECK_OK(uffd_zero(fd, at + 3 * PAGE, PAGE));
}
