/* mmap(2), munmap(2), msync(2), mincore(2), mlock(2). */
#include "check.h"
#include "faults.h"

#define PAGE 4096L
#define RW (PROT_READ | PROT_WRITE)

static char *map(size_t size, int prot, int flags, int fd, off_t offset) {
    void *at = mmap(NULL, size, prot, flags, fd, offset);
    REQUIRE(at != MAP_FAILED);
    return at;
}

TEST(anonymousMap_isZeroAndWritable) {
    char *at = map(1 << 20, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK_EQ((uintptr_t)at % PAGE, 0);
    for (int i = 0; i < 1 << 20; i += 1000) REQUIRE(at[i] == 0);
    memset(at, 1, 1 << 20);
    CHECK_EQ(at[(1 << 20) - 1], 1);
    CHECK_OK(munmap(at, 1 << 20));
    CHECK_EQ(fault_of_read(at), SIGSEGV);
}

TEST(mmap_withBadArguments_fails) {
    int fd = make_file("file", "abc"), reader = REQUIRE_OK(open("file", O_RDONLY)), writer = REQUIRE_OK(open("file", O_WRONLY)), fds[2];
    CHECK_OK(pipe(fds));
    CHECK_ERR(mmap(NULL, 0, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), EINVAL);
    CHECK_ERR(mmap(NULL, PAGE, RW, MAP_ANONYMOUS, -1, 0), EINVAL);
    CHECK_ERR(mmap(NULL, PAGE, RW, MAP_PRIVATE, -1, 0), EBADF);
    CHECK_ERR(mmap(NULL, PAGE, RW, MAP_PRIVATE, fd, 100), EINVAL);
    CHECK_ERR(mmap(NULL, PAGE, RW, MAP_SHARED, reader, 0), EACCES);
    CHECK_ERR(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, writer, 0), EACCES);
    CHECK_ERR(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fds[0], 0), ENODEV);
    CHECK_ERR(mmap((void *)1, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), EINVAL);
    CHECK_ERR(mmap(NULL, SIZE_MAX - PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), ENOMEM);
    CHECK_OK(mmap(NULL, PAGE, RW, MAP_PRIVATE, reader, 0));
    CHECK_ERR(munmap((void *)1, PAGE), EINVAL);
    CHECK_ERR(munmap((void *)PAGE, 0), EINVAL);
    CHECK_OK(munmap((void *)(PAGE << 20), PAGE));
}

TEST(privateFileMap_showsFileAndKeepsWrites) {
    int fd = make_file("file", "hello");
    char *at = map(PAGE, RW, MAP_PRIVATE, fd, 0);
    CHECK_STR(at, "hello");
    CHECK_EQ(pwrite(fd, "J", 1, 0), 1);
    CHECK_EQ(at[0], 'J');
    at[1] = 'E';
    CHECK_STR(text_of("file"), "Jello");
    CHECK_EQ(pwrite(fd, "xx", 2, 0), 2);
    CHECK_EQ(at[1], 'E');
}

TEST(sharedFileMap_writesThrough) {
    int fd = make_file("file", "hello");
    char *a = map(PAGE, RW, MAP_SHARED, fd, 0), *b = map(PAGE, PROT_READ, MAP_SHARED, fd, 0);
    a[0] = 'J';
    CHECK_EQ(b[0], 'J');
    CHECK_STR(text_of("file"), "Jello");
    CHECK_EQ(pwrite(fd, "o", 1, 1), 1);
    CHECK_EQ(a[1], 'o');
    CHECK_OK(close(fd));
    a[4] = '!';
    CHECK_OK(msync(a, PAGE, MS_SYNC));
    CHECK_OK(munmap(a, PAGE));
    CHECK_STR(text_of("file"), "Joll!");
}

TEST(fileMapAtOffset_showsThatPart) {
    int fd = make_file("file", "");
    for (int i = 0; i < 8; i++) {
        char page[PAGE];
        memset(page, 'a' + i, sizeof page);
        CHECK_EQ(write(fd, page, PAGE), PAGE);
    }
    char *at = map(3 * PAGE, PROT_READ, MAP_PRIVATE, fd, 4 * PAGE);
    CHECK_EQ(at[0], 'e');
    CHECK_EQ(at[PAGE], 'f');
    CHECK_EQ(at[3 * PAGE - 1], 'g');
    CHECK_OK(munmap(at + PAGE, PAGE));
    CHECK_EQ(at[2 * PAGE], 'g');
    CHECK_EQ(fault_of_read(at + PAGE), SIGSEGV);
}

TEST(accessPastEndOfFile_raisesSigbus) {
    int fd = make_file("file", "abc");
    char *at = map(3 * PAGE, RW, MAP_SHARED, fd, 0);
    CHECK_EQ(at[3], 0);
    CHECK_EQ(at[PAGE - 1], 0);
    CHECK_EQ(fault_of_read(at + PAGE), SIGBUS);
    CHECK_EQ(fault.si_code, BUS_ADRERR);
    CHECK_EQ(fault.si_addr, at + PAGE);
    CHECK_OK(ftruncate(fd, 2 * PAGE));
    CHECK_EQ(fault_of_read(at + PAGE), 0);
    CHECK_OK(ftruncate(fd, 1));
    CHECK_EQ(fault_of_read(at + PAGE), SIGBUS);
}

TEST(truncation_takesWrittenPrivatePages) {
    int fd = make_file("file", "");
    CHECK_OK(ftruncate(fd, 3 * PAGE));
    char *at = map(3 * PAGE, RW, MAP_PRIVATE, fd, 0);
    memset(at, 7, 3 * PAGE);
    CHECK_OK(ftruncate(fd, PAGE + 1));
    CHECK_EQ(at[0], 7);
    CHECK_EQ(at[2 * PAGE - 1], 7);
    CHECK_EQ(fault_of_read(at + 2 * PAGE), SIGBUS);
    CHECK_OK(ftruncate(fd, 3 * PAGE));
    CHECK_EQ(at[PAGE], 7);
    CHECK_EQ(at[2 * PAGE], 0);
}

TEST(punchedHole_leavesWrittenPrivatePages) {
    int fd = make_file("file", "");
    CHECK_OK(ftruncate(fd, 2 * PAGE));
    char *at = map(2 * PAGE, RW, MAP_PRIVATE, fd, 0);
    memset(at, 7, PAGE);
    CHECK_OK(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 2 * PAGE));
    CHECK_EQ(at[0], 7);
    CHECK_EQ(at[PAGE], 0);
}

TEST(sharedAnonymous_isSharedWithChild) {
    int *at = (int *)map(PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK_EQ(IN_CHILD(at[0] = 42), 0);
    CHECK_EQ(at[0], 42);
}

TEST(mapFixed_replacesSilently) {
    char *at = map(4 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(at, 1, 4 * PAGE);
    CHECK_EQ(mmap(at + PAGE, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), at + PAGE);
    CHECK_EQ(at[PAGE - 1], 1);
    CHECK_EQ(at[PAGE], 0);
    CHECK_EQ(at[2 * PAGE], 1);
}

TEST(mapFixedNoreplace_refusesOccupied) {
    char *at = map(2 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK_ERR(mmap(at, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0), EEXIST);
    CHECK_OK(munmap(at + PAGE, PAGE));
    CHECK_EQ(mmap(at + PAGE, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0), at + PAGE);
    /* A hint that is taken is only a hint. */
    char *other = mmap(at, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(other != MAP_FAILED && other != at);
}

TEST(map32Bit_isLow) {
    char *at = map(PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    CHECK((uintptr_t)at < 1UL << 31);
}

TEST(hugeSparseMap_costsNothing) {
    char *at = map(1L << 40, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK_OK(mprotect(at + (1L << 39), PAGE, RW));
    at[1L << 39] = 1;
    CHECK_EQ(at[1L << 39], 1);
    CHECK_OK(munmap(at, 1L << 40));
}

TEST(munmapOfMiddle_splits) {
    char *at = map(5 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    at[0] = at[4 * PAGE] = 7;
    CHECK_OK(munmap(at + PAGE, 3 * PAGE));
    CHECK_EQ(at[0], 7);
    CHECK_EQ(at[4 * PAGE], 7);
    CHECK_EQ(fault_of_read(at + 2 * PAGE), SIGSEGV);
    CHECK_EQ(fault.si_code, SEGV_MAPERR);
}

TEST(mapPopulate_andStackAndNorteserve_work) {
    char *at = map(64 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE | MAP_STACK | MAP_NORESERVE, -1, 0);
    unsigned char resident[64];
    CHECK_OK(mincore(at, 64 * PAGE, resident));
    for (int i = 0; i < 64; i++) CHECK_EQ(resident[i] & 1, 1);
}

TEST(mincore_withBadArguments_fails) {
    unsigned char resident[4];
    char *at = map(2 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK_ERR(mincore(at + 1, PAGE, resident), EINVAL);
    CHECK_ERR(mincore(at, PAGE, (void *)1), EFAULT);
    CHECK_OK(munmap(at + PAGE, PAGE));
    CHECK_ERR(mincore(at, 2 * PAGE, resident), ENOMEM);
}

TEST(msync_withBadArguments_fails) {
    char *at = map(2 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK_OK(msync(at, PAGE, MS_SYNC));
    CHECK_OK(msync(at, PAGE, MS_ASYNC));
    CHECK_ERR(msync(at, PAGE, MS_ASYNC | MS_SYNC), EINVAL);
    CHECK_ERR(msync(at + 1, PAGE, MS_SYNC), EINVAL);
    CHECK_OK(munmap(at + PAGE, PAGE));
    CHECK_ERR(msync(at, 2 * PAGE, MS_SYNC), ENOMEM);
}

TEST(mlock_andMunlock_work) {
    char *at = map(4 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK_OK(mlock(at, 2 * PAGE));
    CHECK_OK(munlock(at, 2 * PAGE));
    CHECK_ERR(mlock((void *)(PAGE << 20), PAGE), ENOMEM);
    CHECK_OK(syscall(SYS_mlock2, at, PAGE, 1 /* MLOCK_ONFAULT */));
    CHECK_ERR(syscall(SYS_mlock2, at, PAGE, 77), EINVAL);
    CHECK_OK(mlockall(MCL_CURRENT));
    CHECK_OK(munlockall());
    CHECK_ERR(mlockall(0), EINVAL);
}

TEST(kernelWritesIntoFreshMapping_arrive) {
    char *at = map(3 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int fd = make_file("file", "0123456789");
    /* The kernel, not the program, touches the pages first, and the read crosses a page border. */
    CHECK_EQ(pread(fd, at + PAGE - 5, 10, 0), 10);
    CHECK_EQ(memcmp(at + PAGE - 5, "0123456789", 10), 0);
    char *readonly = map(PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK_ERR(pread(fd, readonly, 10, 0), EFAULT);
    CHECK_EQ(write(fd, readonly, 10), 10);
}

TEST(manyMappings_work) {
    enum { COUNT = 2000 };
    static char *maps[COUNT];
    for (int i = 0; i < COUNT; i++) {
        maps[i] = map(PAGE * (1 + i % 3), i % 2 ? RW : PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (i % 2) maps[i][0] = i;
    }
    for (int i = 0; i < COUNT; i++) {
        REQUIRE(maps[i][0] == (char)(i % 2 ? i : 0));
        CHECK_OK(munmap(maps[i], PAGE * (1 + i % 3)));
    }
}

TEST(devZeroMap_isAnonymous) {
    int zero = REQUIRE_OK(open("/dev/zero", O_RDWR));
    char *at = map(PAGE, RW, MAP_PRIVATE, zero, 0);
    CHECK_EQ(at[100], 0);
    at[100] = 1;
    char *shared = map(PAGE, RW, MAP_SHARED, zero, 0);
    CHECK_EQ(IN_CHILD(shared[0] = 9), 0);
    CHECK_EQ(shared[0], 9);
}

TEST(mmap_whereSomethingIs_failsEexistBeforeAllElse) {
    void *taken = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int flags = MAP_FIXED_NOREPLACE;
    close(make_file("file", "text"));
    int readable = open("file", O_RDONLY);
    CHECK(mmap(taken, 4096, PROT_READ, flags | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == EEXIST);
    CHECK(mmap(taken, 4096, PROT_READ, flags | MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == EEXIST);
    CHECK(mmap(taken, 4096, PROT_READ | PROT_WRITE, flags | MAP_SHARED, readable, 0) == MAP_FAILED && errno == EEXIST);
    CHECK(mmap(taken, 4096, PROT_READ | PROT_WRITE, flags | MAP_SHARED, 1000, 0) == MAP_FAILED && errno == EBADF);
    CHECK(mmap((char *)taken + 1, 4096, PROT_READ, flags | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == EINVAL);
}

TEST(mmap_offsetBehindTheLargest_failsEoverflow) {
    int file = make_file("file", "text");
    CHECK(mmap(NULL, 8192, PROT_READ, MAP_PRIVATE, file, -4096) == MAP_FAILED && errno == EOVERFLOW);
    CHECK(mmap(NULL, 8192, PROT_READ, 0, file, -4096) == MAP_FAILED && errno == EOVERFLOW);
    CHECK(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, file, LONG_MAX & -4096L) == MAP_FAILED && errno == EOVERFLOW);
    CHECK(mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, -4096) != MAP_FAILED);
}

TEST(mincore_ofMuchMemory_endsWithItsProcess) {
    /* What it tells of 4 TiB goes to one piece of memory again and again. */
    enum { PIECES = 16 };
    size_t all = 1UL << 42, piece = 64 << 20;
    char *memory = mmap(NULL, all, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    char *vector = mmap(NULL, PIECES * piece, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED || vector == MAP_FAILED) SKIP("no room for 4 TiB");
    int fd = REQUIRE_OK(memfd_create("told", 0));
    REQUIRE_OK(ftruncate(fd, piece));
    for (int i = 0; i < PIECES; i++) {
        REQUIRE(mmap(vector + i * piece, piece, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) != MAP_FAILED);
    }
    pid_t child = START_CHILD(mincore(memory, all, (unsigned char *)vector));
    sleep_ms(20);
    kill(child, SIGKILL);
    int status = wait_for(child);
    CHECK(status == SIGKILL || status == 0);
}
