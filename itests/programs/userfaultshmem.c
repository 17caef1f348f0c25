/* userfaultfd(2) on shared memory and memory files: missing pages, minor faults, write protection. */
#include "faults.h"
#include "uffd.h"

static int memory_file(int pages) {
    int fd = REQUIRE_OK(memfd_create("memory", MFD_CLOEXEC));
    REQUIRE_OK(ftruncate(fd, pages * (off_t)PAGE));
    return fd;
}

static char *map_file(int fd, int pages, int flags) {
    return mmap(NULL, pages * (size_t)PAGE, PROT_READ | PROT_WRITE, flags, fd, 0);
}

TEST(missingPages_areGiven_toAll) {
    int fd = open_uffd(UFFD_FEATURE_MISSING_SHMEM);
    int file = memory_file(8);
    char *at = map_file(file, 8, MAP_SHARED), *other = map_file(file, 8, MAP_SHARED), source[2 * PAGE];
    memset(source, 's', sizeof source);
    REQUIRE_OK(uffd_register(fd, at, 8 * PAGE, MISSING));
    CHECK_EQ(registered_ioctls & (1 << _UFFDIO_CONTINUE | 1 << _UFFDIO_COPY), 1 << _UFFDIO_COPY);
    struct toucher reader;
    start_read(&reader, at + PAGE + 3);
    struct uffd_msg message = next_message(fd);
    CHECK_EQ(message.event, UFFD_EVENT_PAGEFAULT);
    CHECK_EQ(message.arg.pagefault.flags, 0);
    CHECK_EQ(message.arg.pagefault.address, (uintptr_t)at + PAGE);
    CHECK_OK(uffd_copy(fd, at + PAGE, source, PAGE, 0));
    CHECK_EQ(finish(&reader), 's');
    CHECK_EQ(other[PAGE], 's');
    char byte = 0;
    CHECK_EQ(pread(file, &byte, 1, PAGE + 9), 1);
    CHECK_EQ(byte, 's');
    at[PAGE] = 't';
    CHECK_EQ(other[PAGE], 't');
    CHECK_ERR(uffd_copy(fd, at + PAGE, source, PAGE, 0), EEXIST);
    /* what the file has is not missing */
    CHECK_EQ(pwrite(file, "w", 1, 3 * PAGE), 1);
    CHECK_EQ(((volatile char *)at)[3 * PAGE], 'w');
    other[4 * PAGE] = 'o';
    CHECK_EQ(((volatile char *)at)[4 * PAGE], 'o');
    CHECK(!has_message(fd));
    CHECK_ERR(uffd_copy(fd, at + 4 * PAGE, source, PAGE, 0), EEXIST);
    CHECK_OK(uffd_zero(fd, at + 5 * PAGE, PAGE));
    CHECK_EQ(((volatile char *)at)[5 * PAGE], 0);
    /* half of it */
    CHECK_ERR(uffd_copy(fd, at + 2 * PAGE, source, 2 * PAGE, 0), EAGAIN);
    CHECK_EQ(uffd_result, PAGE);
    /* behind the end of the file */
    CHECK_OK(ftruncate(file, 6 * PAGE));
    CHECK_ERR(uffd_copy(fd, at + 6 * PAGE, source, PAGE, 0), EFAULT);
    CHECK_EQ(fault_of_read(at + 6 * PAGE), SIGBUS);
    /* a hole is missing again */
    CHECK_OK(fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 3 * PAGE, PAGE));
    start_write(&reader, at + 3 * PAGE, 'x');
    message = next_message(fd);
    CHECK_EQ(message.arg.pagefault.flags, UFFD_PAGEFAULT_FLAG_WRITE);
    CHECK_OK(uffd_zero(fd, at + 3 * PAGE, PAGE));
    finish(&reader);
    CHECK_EQ(other[3 * PAGE], 'x');
    /* thrown away here, it is in the file still */
    CHECK_OK(madvise(at + 3 * PAGE, PAGE, MADV_DONTNEED));
    CHECK_EQ(((volatile char *)at)[3 * PAGE], 'x');
}

TEST(sharedAnonymousMemory_andAChild) {
    int fd = open_uffd(0);
    char *at = map_shared(4), source[PAGE] = {'c'};
    REQUIRE_OK(uffd_register(fd, at, 4 * PAGE, MISSING));
    CHECK_OK(uffd_copy(fd, at, source, PAGE, 0));
    CHECK_EQ(at[0], 'c');
    CHECK_EQ(IN_CHILD({
                 CHECK_EQ(at[0], 'c');
                 at[PAGE] = 'd';
             }),
             0);
    CHECK_EQ(((volatile char *)at)[PAGE], 'd');
    CHECK(!has_message(fd));
}

TEST(privateMapping_getsItsOwnPage) {
    int fd = open_uffd(0);
    int file = memory_file(4);
    char *at = map_file(file, 4, MAP_PRIVATE), source[PAGE] = {'p'}, byte = 1;
    REQUIRE_OK(uffd_register(fd, at, 4 * PAGE, MISSING));
    CHECK_OK(uffd_copy(fd, at, source, PAGE, 0));
    CHECK_EQ(at[0], 'p');
    CHECK_EQ(pread(file, &byte, 1, 0), 1);
    CHECK_EQ(byte, 0);
    CHECK_EQ(pwrite(file, "f", 1, PAGE), 1);
    CHECK_EQ(((volatile char *)at)[PAGE], 'f');
    CHECK(!has_message(fd));
    struct toucher writer;
    start_write(&writer, at + 2 * PAGE, 'w');
    CHECK_EQ(next_message(fd).arg.pagefault.flags, UFFD_PAGEFAULT_FLAG_WRITE);
    CHECK_OK(uffd_zero(fd, at + 2 * PAGE, PAGE));
    finish(&writer);
    CHECK_EQ(at[2 * PAGE], 'w');
    CHECK_EQ(pread(file, &byte, 1, 2 * PAGE), 1);
    CHECK_EQ(byte, 0);
    CHECK_OK(ftruncate(file, 3 * PAGE));
    CHECK_ERR(uffd_copy(fd, at + 3 * PAGE, source, PAGE, 0), EFAULT);
    CHECK_ERR(uffd_zero(fd, at + 3 * PAGE, PAGE), EFAULT);
}

TEST(minorFault_isAnswered_byContinue) {
    int fd = open_uffd(UFFD_FEATURE_MINOR_SHMEM);
    int file = memory_file(8);
    char *at = map_file(file, 8, MAP_SHARED), *other = map_file(file, 8, MAP_SHARED);
    other[0] = 'a';
    other[PAGE] = 'b';
    REQUIRE_OK(uffd_register(fd, at, 8 * PAGE, MINOR));
    CHECK(registered_ioctls & (1 << _UFFDIO_CONTINUE));
    for (int i = 0; i < 2; i++) {
        struct toucher reader;
        start_read(&reader, at + i * PAGE);
        struct uffd_msg message = next_message(fd);
        CHECK_EQ(message.arg.pagefault.flags, UFFD_PAGEFAULT_FLAG_MINOR);
        CHECK_EQ(message.arg.pagefault.address, (uintptr_t)at + i * PAGE);
        other[i * PAGE] = 'm' + i;
        CHECK_OK(uffd_continue(fd, at + i * PAGE, PAGE, 0));
        CHECK_EQ(uffd_result, PAGE);
        CHECK_EQ(finish(&reader), 'm' + i);
    }
    at[0] = 'w';
    CHECK_EQ(other[0], 'w');
    CHECK_ERR(uffd_continue(fd, at, PAGE, 0), EEXIST);
    /* what the file does not have comes as ever, without anybody's help */
    CHECK_ERR(uffd_continue(fd, at + 2 * PAGE, PAGE, 0), EFAULT);
    CHECK_EQ(uffd_result, -EFAULT);
    CHECK_EQ(((volatile char *)at)[2 * PAGE], 0);
    CHECK(!has_message(fd));
    /* ahead of use, and a part of it */
    other[3 * PAGE] = 'd';
    CHECK_ERR(uffd_continue(fd, at + 3 * PAGE, 2 * PAGE, 0), EAGAIN);
    CHECK_EQ(uffd_result, PAGE);
    CHECK_EQ(at[3 * PAGE], 'd');
    /* thrown away here, it faults again */
    CHECK_OK(madvise(at, PAGE, MADV_DONTNEED));
    struct toucher writer;
    start_write(&writer, at + 1, 'z');
    CHECK_EQ(next_message(fd).arg.pagefault.flags, UFFD_PAGEFAULT_FLAG_MINOR | UFFD_PAGEFAULT_FLAG_WRITE);
    CHECK_OK(uffd_continue(fd, at, PAGE, 0));
    finish(&writer);
    CHECK_EQ(other[1], 'z');
    CHECK_ERR(uffd_continue(fd, at, PAGE, 4), EINVAL);
    CHECK_ERR(uffd_continue(fd, at + 5 * PAGE, PAGE, CONTINUE_MODE_WP), EINVAL);
    CHECK_ERR(uffd_continue(fd, at, 0, 0), EINVAL);
    char *anonymous = map_private(1);
    REQUIRE_OK(uffd_register(fd, anonymous, PAGE, MISSING));
    CHECK_ERR(uffd_continue(fd, anonymous, PAGE, 0), EINVAL);
}

TEST(missingAndMinor_areToldApart) {
    int fd = open_uffd(UFFD_FEATURE_MINOR_SHMEM | UFFD_FEATURE_MISSING_SHMEM);
    int file = memory_file(4);
    char *at = map_file(file, 4, MAP_SHARED), *other = map_file(file, 4, MAP_SHARED), source[PAGE] = {'c'};
    other[PAGE] = 'o';
    REQUIRE_OK(uffd_register(fd, at, 4 * PAGE, MISSING | MINOR));
    struct toucher reader;
    start_read(&reader, at);
    CHECK_EQ(next_message(fd).arg.pagefault.flags, 0);
    CHECK_OK(uffd_copy(fd, at, source, PAGE, 0));
    CHECK_EQ(finish(&reader), 'c');
    start_read(&reader, at + PAGE);
    CHECK_EQ(next_message(fd).arg.pagefault.flags, UFFD_PAGEFAULT_FLAG_MINOR);
    CHECK_ERR(uffd_copy(fd, at + PAGE, source, PAGE, 0), EEXIST);
    CHECK_OK(uffd_continue(fd, at + PAGE, PAGE, 0));
    CHECK_EQ(finish(&reader), 'o');
}

TEST(protectedSharedPages) {
    int fd = open_uffd(UFFD_FEATURE_WP_HUGETLBFS_SHMEM);
    int file = memory_file(8);
    char *at = map_file(file, 8, MAP_SHARED), *other = map_file(file, 8, MAP_SHARED);
    at[0] = 'a';
    other[PAGE] = 'b';
    REQUIRE_OK(uffd_register(fd, at, 8 * PAGE, WP));
    CHECK_OK(uffd_protect(fd, at, 8 * PAGE, UFFDIO_WRITEPROTECT_MODE_WP));
    CHECK_EQ(((volatile char *)at)[PAGE], 'b');
    other[0] = 'A';
    CHECK_EQ(at[0], 'A');
    /* there, in the file only, nowhere: all are protected */
    for (int i = 0; i < 3; i++) {
        struct toucher writer;
        start_write(&writer, at + i * PAGE + 1, 'w');
        struct uffd_msg message = next_message(fd);
        CHECK_EQ(message.arg.pagefault.flags, UFFD_PAGEFAULT_FLAG_WP | UFFD_PAGEFAULT_FLAG_WRITE);
        CHECK_EQ(message.arg.pagefault.address, (uintptr_t)at + i * PAGE);
        CHECK_EQ(other[i * PAGE + 1], 0);
        CHECK_OK(uffd_protect(fd, at + i * PAGE, PAGE, 0));
        finish(&writer);
        CHECK_EQ(other[i * PAGE + 1], 'w');
    }
    /* protection outlives that the page goes */
    CHECK_EQ(((volatile char *)at)[4 * PAGE], 0);
    CHECK_OK(madvise(at + 4 * PAGE, 2 * PAGE, MADV_DONTNEED));
    struct toucher writer;
    start_write(&writer, at + 4 * PAGE, 'x');
    CHECK_EQ(next_message(fd).arg.pagefault.flags, UFFD_PAGEFAULT_FLAG_WP | UFFD_PAGEFAULT_FLAG_WRITE);
    CHECK_OK(uffd_protect(fd, at + 4 * PAGE, PAGE, 0));
    finish(&writer);
    CHECK_EQ(other[4 * PAGE], 'x');
    CHECK_OK(uffd_unregister(fd, at, 8 * PAGE));
    at[5 * PAGE] = 1;
    at[6 * PAGE] = 1;
}

TEST(minorPage_comesProtected) {
    int fd = open_uffd(UFFD_FEATURE_MINOR_SHMEM);
    int file = memory_file(2);
    char *at = map_file(file, 2, MAP_SHARED), *other = map_file(file, 2, MAP_SHARED);
    other[0] = 'o';
    REQUIRE_OK(uffd_register(fd, at, 2 * PAGE, MINOR | WP));
    struct toucher writer;
    start_write(&writer, at + 1, 'w');
    CHECK_EQ(next_message(fd).arg.pagefault.flags, UFFD_PAGEFAULT_FLAG_MINOR | UFFD_PAGEFAULT_FLAG_WRITE);
    CHECK_OK(uffd_continue(fd, at, PAGE, CONTINUE_MODE_WP));
    CHECK_EQ(next_message(fd).arg.pagefault.flags, UFFD_PAGEFAULT_FLAG_WP | UFFD_PAGEFAULT_FLAG_WRITE);
    CHECK_EQ(other[1], 0);
    CHECK_OK(uffd_protect(fd, at, PAGE, 0));
    finish(&writer);
    CHECK_EQ(other[1], 'w');
}

TEST(otherFiles_areRefused) {
    int fd = open_uffd(0);
    int own = REQUIRE_OK(open("/proc/self/exe", O_RDONLY));
    char *at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, own, 0);
    for (int mode = 1; mode < 8; mode++) CHECK_ERR(uffd_register(fd, at, PAGE, mode), EINVAL);
    CHECK_ERR(uffd_unregister(fd, at, PAGE), EINVAL);
    /* a file that may not be written through it */
    int file = memory_file(1);
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    int reader = REQUIRE_OK(open(path, O_RDONLY));
    char *readonly = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, reader, 0);
    CHECK_ERR(uffd_register(fd, readonly, PAGE, MISSING), EPERM);
    int sealed = REQUIRE_OK(memfd_create("sealed", MFD_ALLOW_SEALING));
    CHECK_OK(ftruncate(sealed, PAGE));
    CHECK_OK(fcntl(sealed, F_ADD_SEALS, F_SEAL_WRITE));
    char *view = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, sealed, 0);
    CHECK_ERR(uffd_register(fd, view, PAGE, MISSING), EPERM);
}
