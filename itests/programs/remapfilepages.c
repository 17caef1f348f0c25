/* remap_file_pages(2): parts of a shared mapping in another order. */
#include "check.h"

enum { PAGE = 4096, PAGES = 8 };

static int remap(void *at, size_t size, int prot, size_t page, int flags) {
    return syscall(SYS_remap_file_pages, at, size, prot, page, flags);
}

/* A file whose pages begin with their numbers, and all of it mapped. */
static char *numbered(int *fd) {
    *fd = REQUIRE_OK(memfd_create("numbered", 0));
    REQUIRE_OK(ftruncate(*fd, PAGES * PAGE));
    char *memory = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
    REQUIRE(memory != MAP_FAILED);
    for (int i = 0; i < PAGES; i++) memory[i * PAGE] = i;
    return memory;
}

TEST(parts_changePlaces) {
    int fd;
    char *memory = numbered(&fd);
    CHECK_OK(remap(memory, 2 * PAGE, 0, 4, 0));
    CHECK_EQ(memory[0], 4);
    CHECK_EQ(memory[PAGE], 5);
    CHECK_EQ(memory[2 * PAGE], 2);
    memory[1] = 'x';
    CHECK_EQ(memory[4 * PAGE + 1], 'x');
    /* Over parts that were changed before, which are areas of their own now. */
    CHECK_OK(remap(memory, 4 * PAGE, 0, 1, MAP_NONBLOCK));
    for (int i = 0; i < 4; i++) CHECK_EQ(memory[i * PAGE], i + 1);
    CHECK_OK(remap(memory, 4 * PAGE, 0, 0, 0));
    for (int i = 0; i < PAGES; i++) CHECK_EQ(memory[i * PAGE], i);
}

TEST(memoryWithoutAFile_changesPlacesToo) {
    char *memory = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    memory[0] = 'a';
    memory[3 * PAGE] = 'd';
    CHECK_OK(remap(memory, PAGE, 0, 3, 0));
    CHECK_EQ(memory[0], 'd');
    CHECK_OK(remap(memory, 4 * PAGE, 0, 0, 0));
    CHECK_EQ(memory[0], 'a');
    CHECK_EQ(memory[3 * PAGE], 'd');
}

/* The mapping is all that keeps this file. */
TEST(fileWithoutDescriptor_keepsItsPages) {
    int fd;
    char *memory = numbered(&fd);
    close(fd);
    CHECK_OK(remap(memory, PAGES * PAGE, 0, 0, 0));
    CHECK_EQ(memory[5 * PAGE], 5);
    CHECK_OK(remap(memory, PAGE, 0, 5, 0));
    CHECK_EQ(memory[0], 5);
}

TEST(addressesAndSizes_areCutToPages) {
    int fd;
    char *memory = numbered(&fd);
    CHECK_OK(remap(memory + 5, PAGE + 5, 0, 7, 0));
    CHECK_EQ(memory[0], 7);
    CHECK_EQ(memory[PAGE], 1);
    CHECK_ERR(remap(memory, PAGE - 1, 0, 7, 0), EINVAL);
    CHECK_ERR(remap(memory, 0, 0, 7, 0), EINVAL);
}

TEST(badArguments_fail) {
    int fd;
    char *memory = numbered(&fd);
    CHECK_ERR(remap(memory, PAGE, PROT_READ, 0, 0), EINVAL);
    CHECK_ERR(remap(memory, -PAGE, 0, 0, 0), EINVAL);
    CHECK_ERR(remap(memory, PAGE, 0, -1, 0), EINVAL);
    CHECK_ERR(remap(memory, (PAGES + 1) * PAGE, 0, 0, 0), EINVAL);
    char *private = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    CHECK_ERR(remap(private, PAGE, 0, 1, 0), EINVAL);
    char *own = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK_ERR(remap(own, PAGE, 0, 1, 0), EINVAL);
    munmap(memory + PAGE, PAGE);
    CHECK_ERR(remap(memory, 3 * PAGE, 0, 0, 0), EINVAL);
    CHECK_ERR(remap(memory + PAGE, PAGE, 0, 0, 0), EINVAL);
    mprotect(memory + 3 * PAGE, PAGE, PROT_READ);
    CHECK_ERR(remap(memory + 2 * PAGE, 2 * PAGE, 0, 0, 0), EINVAL);
    CHECK_OK(remap(memory + 3 * PAGE, PAGE, 0, 0, 0));
    CHECK_EQ(memory[3 * PAGE], 0);
}

TEST(lockedMemory_staysLocked) {
    int fd;
    char *memory = numbered(&fd);
    if (mlock(memory, PAGES * PAGE) < 0) SKIP("may not lock memory");
    CHECK_OK(remap(memory, PAGE, 0, 3, 0));
    const char *line = strstr(text_of("/proc/self/status"), "VmLck:");
    CHECK_EQ(line ? atol(line + 6) : -1, PAGES * 4);
}
