/* mseal(2): memory that is neither taken away nor changed any more. */
#include "check.h"

#ifndef SYS_mseal
#define SYS_mseal 462
#endif

enum { PAGE = 4096 };

static char *map_pages(int pages, int prot) {
    return mmap(NULL, pages * (size_t)PAGE, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static long seal(void *at, size_t length) {
    return syscall(SYS_mseal, at, length, 0);
}

TEST(sealedMemory_staysMappedAndAsItIs) {
    char *at = map_pages(6, PROT_READ | PROT_WRITE);
    strcpy(at + 2 * PAGE, "kept");
    REQUIRE_OK(seal(at + 2 * PAGE, 2 * PAGE));
    CHECK_ERR(munmap(at + 2 * PAGE, PAGE), EPERM);
    CHECK_ERR(munmap(at, 6 * PAGE), EPERM);
    CHECK_ERR(mprotect(at + 3 * PAGE, PAGE, PROT_READ), EPERM);
    CHECK_ERR((long)mremap(at + 2 * PAGE, PAGE, 2 * PAGE, MREMAP_MAYMOVE), EPERM);
    CHECK_ERR((long)mremap(at + 2 * PAGE, 2 * PAGE, PAGE, 0), EPERM);
    CHECK_ERR((long)mremap(at, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, at + 3 * PAGE), EPERM);
    CHECK_ERR((long)mmap(at + PAGE, 2 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), EPERM);
    CHECK_STR(at + 2 * PAGE, "kept");
    at[2 * PAGE] = 'K';
    CHECK_STR(at + 2 * PAGE, "Kept");
    /* what lies around it is free */
    CHECK_OK(munmap(at, 2 * PAGE));
    CHECK_OK(mprotect(at + 4 * PAGE, PAGE, PROT_READ));
}

TEST(mprotect_overSealedPart_changesWhatComesBefore) {
    char *at = map_pages(3, PROT_READ | PROT_WRITE);
    REQUIRE_OK(seal(at + PAGE, PAGE));
    CHECK_ERR(mprotect(at, 3 * PAGE, PROT_READ), EPERM);
    int fd = REQUIRE_OK(open("/dev/zero", O_RDONLY));
    CHECK_ERR(read(fd, at, 1), EFAULT);
    CHECK_EQ(read(fd, at + PAGE, 1), 1);
    CHECK_EQ(read(fd, at + 2 * PAGE, 1), 1);
}

TEST(discarding_sealedReadOnlyMemory_fails) {
    char *fixed = map_pages(1, PROT_READ), *writable = map_pages(1, PROT_READ | PROT_WRITE);
    REQUIRE_OK(seal(fixed, PAGE));
    REQUIRE_OK(seal(writable, PAGE));
    CHECK_ERR(madvise(fixed, PAGE, MADV_DONTNEED), EPERM);
    CHECK_ERR(madvise(fixed, PAGE, MADV_FREE), EPERM);
    CHECK_ERR(madvise(fixed, PAGE, MADV_DONTFORK), EPERM);
    CHECK_ERR(madvise(fixed, PAGE, MADV_WIPEONFORK), EPERM);
    CHECK_OK(madvise(fixed, PAGE, MADV_WILLNEED));
    CHECK_OK(madvise(fixed, PAGE, MADV_DONTDUMP));
    strcpy(writable, "gone");
    CHECK_OK(madvise(writable, PAGE, MADV_DONTNEED));
    CHECK_EQ(writable[0], 0);
}

TEST(seal_isInherited) {
    char *at = map_pages(1, PROT_READ | PROT_WRITE);
    REQUIRE_OK(seal(at, PAGE));
    pid_t child = START_CHILD({
        CHECK_ERR(munmap(at, PAGE), EPERM);
        CHECK_ERR(mprotect(at, PAGE, PROT_NONE), EPERM);
    });
    CHECK_EQ(wait_for(child), 0);
}

TEST(sealedHeap_doesNotShrink) {
    char *start = sbrk(0);
    start = (char *)(((uintptr_t)start + PAGE - 1) & -(uintptr_t)PAGE);
    REQUIRE_OK(brk(start + 4 * PAGE));
    REQUIRE_OK(seal(start + 2 * PAGE, PAGE));
    CHECK_EQ(syscall(SYS_brk, start), (long)(start + 4 * PAGE));
    CHECK_EQ(syscall(SYS_brk, start + 3 * PAGE), (long)(start + 3 * PAGE));
}

TEST(badArguments_fail) {
    char *at = map_pages(4, PROT_READ);
    CHECK_ERR(syscall(SYS_mseal, at, PAGE, 1), EINVAL);
    CHECK_ERR(seal(at + 1, PAGE), EINVAL);
    CHECK_ERR(seal(at, -1UL), EINVAL);
    CHECK_ERR(seal(at, -(unsigned long)PAGE), EINVAL);
    CHECK_OK(seal(at, 0));
    CHECK_OK(munmap(at + PAGE, PAGE));
    CHECK_ERR(seal(at, 3 * PAGE), ENOMEM);
    CHECK_OK(munmap(at, 4 * PAGE));
    /* twice is as good as once; a length is rounded up */
    at = map_pages(2, PROT_READ);
    CHECK_OK(seal(at, 1));
    CHECK_OK(seal(at, PAGE));
    CHECK_ERR(munmap(at, 2 * PAGE), EPERM);
    CHECK_OK(munmap(at + PAGE, PAGE));
}
