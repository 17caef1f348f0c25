/* fuse(4): the page cache of files that a process serves, and mappings of them; see fuseserver.h. */
#include "fuseserver.h"

#include <setjmp.h>
#include <sys/mman.h>

#define PAGE 4096

/* A file of the server, without a word to the kernel. */
static struct node *served_file(const char *name, size_t size) {
    uint64_t id = add(1, name, S_IFREG | 0644);
    resize(&nodes[id], size);
    for (size_t i = 0; i < size; i++) nodes[id].data[i] = 'a' + i / PAGE % 26;
    return &nodes[id];
}

static void start_lasting(const char *more) {
    start(more);
    control->seconds = 1000;
}

static void notify(int code, const void *body, size_t size) {
    memcpy(control->raw.body, body, size);
    control->raw.size = size;
    control->raw_result = -1;
    __atomic_store_n(&control->raw.code, code, __ATOMIC_SEQ_CST);
    CHECK(EVENTUALLY(__atomic_load_n(&control->raw.code, __ATOMIC_SEQ_CST) == 0));
}

static void invalidate(struct node *node, int64_t offset, int64_t length) {
    struct fuse_notify_inval_inode_out about = {.ino = node - nodes, .off = offset, .len = length};
    notify(FUSE_NOTIFY_INVAL_INODE, &about, sizeof about);
    CHECK_EQ(control->raw_result, 0);
}

static char byte_at(int fd, off_t offset) {
    char byte = 0;
    CHECK_EQ(pread(fd, &byte, 1, offset), 1);
    return byte;
}

static char *map(int fd, size_t size, int prot, int flags) {
    char *mapped = mmap(NULL, size, prot, flags, fd, 0);
    REQUIRE(mapped != MAP_FAILED);
    return mapped;
}

TEST(read_again_asksNobody) {
    start_lasting("");
    served_file("f", 3 * PAGE + 5);
    char buffer[4 * PAGE];
    int fd = CHECK_OK(open("f", O_RDONLY));
    CHECK_EQ(pread(fd, buffer, sizeof buffer, 0), 3 * PAGE + 5);
    CHECK_EQ(buffer[2 * PAGE], 'c');
    CHECK_EQ(buffer[3 * PAGE + 4], 'd');
    int asked = COUNT(FUSE_READ);
    CHECK(asked >= 1);
    CHECK_EQ(pread(fd, buffer, sizeof buffer, 0), 3 * PAGE + 5);
    CHECK_EQ(pread(fd, buffer, 10, 3 * PAGE + 5), 0);
    CHECK_EQ(COUNT(FUSE_READ), asked);
    /* Opened again, it is read again, unless the server keeps what is cached. */
    control->open_flags = FOPEN_KEEP_CACHE;
    int other = CHECK_OK(open("f", O_RDONLY));
    CHECK_EQ(byte_at(other, PAGE), 'b');
    CHECK_EQ(COUNT(FUSE_READ), asked);
    control->open_flags = 0;
    other = CHECK_OK(open("f", O_RDONLY));
    CHECK_EQ(byte_at(other, PAGE), 'b');
    CHECK_EQ(COUNT(FUSE_READ), asked + 1);
}

TEST(sequentialReads_areReadAhead) {
    start_lasting("");
    served_file("f", 64 * PAGE);
    char buffer[PAGE];
    int fd = CHECK_OK(open("f", O_RDONLY));
    for (int i = 0; i < 64; i++) {
        CHECK_EQ(read(fd, buffer, PAGE), PAGE);
        CHECK_EQ(buffer[0], 'a' + i % 26);
    }
    CHECK(COUNT(FUSE_READ) < 32);
    CHECK(control->largest_read > PAGE);
    CHECK(control->largest_read <= 131072);
}

TEST(reads_areNoLargerThanTheMountSays) {
    start_lasting(",max_read=8192");
    served_file("f", 16 * PAGE);
    char buffer[16 * PAGE];
    int fd = CHECK_OK(open("f", O_RDONLY));
    CHECK_EQ(read(fd, buffer, sizeof buffer), sizeof buffer);
    CHECK_EQ(control->largest_read, 8192);
    CHECK_EQ(buffer[15 * PAGE], 'p');
}

TEST(whatIsWritten_isCached) {
    start_lasting("");
    struct node *file = served_file("f", 4 * PAGE);
    static char page[PAGE];
    memset(page, 'X', PAGE);
    int fd = CHECK_OK(open("f", O_RDWR));
    CHECK_EQ(pwrite(fd, page, PAGE, PAGE), PAGE);
    CHECK_EQ(COUNT(FUSE_WRITE), 1);
    CHECK_EQ(file->data[PAGE], 'X');
    CHECK_EQ(byte_at(fd, PAGE + 7), 'X');
    CHECK_EQ(COUNT(FUSE_READ), 0);
    /* A part of a page that is not there is not. */
    CHECK_EQ(pwrite(fd, "yy", 2, 2 * PAGE + 5), 2);
    CHECK_EQ(byte_at(fd, 2 * PAGE + 6), 'y');
    CHECK_EQ(COUNT(FUSE_READ), 1);
    CHECK_EQ(byte_at(fd, 2 * PAGE + 7), 'c');
    CHECK_EQ(pwrite(fd, "zz", 2, 2 * PAGE), 2);
    CHECK_EQ(byte_at(fd, 2 * PAGE), 'z');
    /* Behind the end: the gap is zeros. */
    CHECK_EQ(pwrite(fd, "end", 3, 6 * PAGE), 3);
    CHECK_EQ(byte_at(fd, 5 * PAGE), 0);
    CHECK_EQ(byte_at(fd, 6 * PAGE + 2), 'd');
    struct stat about;
    CHECK_OK(fstat(fd, &about));
    CHECK_EQ(about.st_size, 6 * PAGE + 3);
}

TEST(truncation_cutsWhatIsCached) {
    start_lasting("");
    served_file("f", 2 * PAGE);
    int fd = CHECK_OK(open("f", O_RDWR));
    CHECK_EQ(byte_at(fd, PAGE + 100), 'b');
    CHECK_OK(ftruncate(fd, PAGE + 50));
    CHECK_OK(ftruncate(fd, 2 * PAGE));
    CHECK_EQ(byte_at(fd, PAGE + 49), 'b');
    CHECK_EQ(byte_at(fd, PAGE + 100), 0);
}

TEST(serversChange_isSeenWhenItSaysSo) {
    start_lasting("");
    struct node *file = served_file("f", 3 * PAGE);
    int fd = CHECK_OK(open("f", O_RDONLY));
    CHECK_EQ(byte_at(fd, 0), 'a');
    CHECK_EQ(byte_at(fd, PAGE), 'b');
    file->data[0] = 'A', file->data[PAGE] = 'B';
    CHECK_EQ(byte_at(fd, 0), 'a');
    invalidate(file, -1, 0);
    CHECK_EQ(byte_at(fd, 0), 'a');
    invalidate(file, PAGE, 1);
    CHECK_EQ(byte_at(fd, 0), 'a');
    CHECK_EQ(byte_at(fd, PAGE), 'B');
    invalidate(file, 0, 0);
    CHECK_EQ(byte_at(fd, 0), 'A');
    /* Another size makes all of it unknown. */
    file->data[0] = 'q';
    file->size = 2 * PAGE;
    invalidate(file, -1, 0);
    struct stat about;
    CHECK_OK(fstat(fd, &about));
    CHECK_EQ(about.st_size, 2 * PAGE);
    CHECK_EQ(byte_at(fd, 0), 'q');
}

static void change_time(char expected) {
    struct node *file = served_file("f", PAGE);
    int fd = CHECK_OK(open("f", O_RDONLY));
    CHECK_EQ(byte_at(fd, 0), 'a');
    file->data[0] = 'A';
    file->seconds = 99;
    invalidate(file, -1, 0);
    struct stat about;
    CHECK_OK(fstat(fd, &about));
    CHECK_EQ(about.st_mtim.tv_sec, 99);
    CHECK_EQ(byte_at(fd, 0), expected);
}

TEST(anotherTime_meansNothing) {
    start_lasting("");
    change_time('a');
}

TEST(anotherTime_meansOtherContent_ifTheServerWantsIt) {
    features = FUSE_AUTO_INVAL_DATA;
    start_lasting("");
    change_time('A');
}

TEST(serverStores_andRetrieves) {
    start_lasting("");
    struct node *file = served_file("f", 2 * PAGE);
    struct {
        struct fuse_notify_store_out about;
        char data[PAGE];
    } store = {.about = {.nodeid = file - nodes, .offset = PAGE, .size = PAGE}};
    memset(store.data, 'S', PAGE);
    int fd = CHECK_OK(open("f", O_RDONLY));
    notify(FUSE_NOTIFY_STORE, &store, sizeof store);
    CHECK_EQ(control->raw_result, 0);
    CHECK_EQ(byte_at(fd, PAGE + 9), 'S');
    CHECK_EQ(COUNT(FUSE_READ), 0);
    struct fuse_notify_retrieve_out want = {.notify_unique = 77, .nodeid = file - nodes, .offset = PAGE + 1, .size = 10};
    notify(FUSE_NOTIFY_RETRIEVE, &want, sizeof want);
    CHECK_EQ(control->raw_result, 0);
    CHECK(EVENTUALLY(COUNT(FUSE_NOTIFY_REPLY) == 1));
    CHECK(EVENTUALLY(control->retrieved_size == 10));
    CHECK(memcmp(control->retrieved, "SSSSSSSSSS", 10) == 0);
    /* What is wrong, or nobody knows. */
    notify(FUSE_NOTIFY_STORE, &store, sizeof store.about - 1);
    CHECK_EQ(control->raw_result, EINVAL);
    notify(FUSE_NOTIFY_STORE, &store, sizeof store.about + 10);
    CHECK_EQ(control->raw_result, EINVAL);
    store.about.nodeid = NODES;
    notify(FUSE_NOTIFY_STORE, &store, sizeof store);
    CHECK_EQ(control->raw_result, ENOENT);
    want.nodeid = NODES;
    notify(FUSE_NOTIFY_RETRIEVE, &want, sizeof want);
    CHECK_EQ(control->raw_result, ENOENT);
}

TEST(sharedMapping_writesToTheServer) {
    start_lasting("");
    struct node *file = served_file("f", 3 * PAGE);
    int fd = CHECK_OK(open("f", O_RDWR));
    char *mapped = map(fd, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED);
    CHECK_EQ(mapped[2 * PAGE], 'c');
    strcpy(mapped + PAGE, "mapped");
    CHECK_EQ(byte_at(fd, PAGE), 'm');
    CHECK_EQ(file->data[PAGE], 'b');
    CHECK_OK(msync(mapped, 3 * PAGE, MS_SYNC));
    CHECK(memcmp(file->data + PAGE, "mapped", 6) == 0);
    CHECK_EQ(COUNT(FUSE_WRITE), 1);
    CHECK_EQ(control->cached_writes, 1);
    /* Nothing was written since: nothing is sent. And what is written then is. */
    CHECK_OK(msync(mapped, 3 * PAGE, MS_SYNC));
    CHECK_EQ(COUNT(FUSE_WRITE), 1);
    mapped[0] = 'M';
    CHECK_OK(fsync(fd));
    CHECK_EQ(file->data[0], 'M');
    CHECK_EQ(COUNT(FUSE_WRITE), 2);
    /* What write(2) writes is in the mapping. */
    CHECK_EQ(pwrite(fd, "write", 5, 2 * PAGE), 5);
    CHECK(memcmp(mapped + 2 * PAGE, "write", 5) == 0);
    mapped[2 * PAGE + 1] = 'R';
    CHECK_OK(munmap(mapped, 3 * PAGE));
    CHECK(memcmp(file->data + 2 * PAGE, "wRite", 5) == 0);
}

TEST(mapping_keepsTheFileOpen) {
    start_lasting("");
    struct node *file = served_file("f", PAGE);
    int fd = CHECK_OK(open("f", O_RDWR));
    char *mapped = map(fd, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED);
    CHECK_OK(close(fd));
    mapped[7] = 'Q';
    CHECK_OK(stat("f", &(struct stat){}));
    CHECK_EQ(COUNT(FUSE_RELEASE), 0);
    CHECK_OK(munmap(mapped, PAGE));
    CHECK_EQ(file->data[7], 'Q');
    CHECK(EVENTUALLY(COUNT(FUSE_RELEASE) == 1));
}

TEST(close_writesWhatMappingsWrote) {
    start_lasting("");
    struct node *file = served_file("f", 2 * PAGE);
    int fd = CHECK_OK(open("f", O_RDWR));
    char *mapped = map(fd, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED);
    mapped[PAGE] = 'C';
    CHECK_OK(close(fd));
    CHECK_EQ(file->data[PAGE], 'C');
    /* A child writes to the same pages. */
    CHECK_EQ(IN_CHILD(mapped[0] = 'K'), 0);
    CHECK_EQ(mapped[0], 'K');
    CHECK_OK(msync(mapped, 2 * PAGE, MS_SYNC));
    CHECK_EQ(file->data[0], 'K');
}

TEST(privateMapping_showsTheCache) {
    start_lasting("");
    struct node *file = served_file("f", 64 * PAGE);
    int fd = CHECK_OK(open("f", O_RDWR));
    char *mapped = map(fd, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    char *shared = map(fd, 64 * PAGE, PROT_READ, MAP_SHARED);
    CHECK_EQ(mapped[0], 'a');
    CHECK_EQ(shared[0], 'a');
    CHECK_EQ(pwrite(fd, "12", 2, 0), 2);
    CHECK_EQ(mapped[0], '1');
    CHECK_EQ(shared[1], '2');
    mapped[40 * PAGE] = 'P';
    CHECK_EQ(byte_at(fd, 40 * PAGE), 'o');
    CHECK_EQ(shared[40 * PAGE], 'o');
    file->data[0] = 'N';
    invalidate(file, 0, 0);
    CHECK_EQ(shared[0], 'N');
    CHECK_EQ(mapped[0], 'N');
    CHECK_EQ(mapped[40 * PAGE], 'P');
}

static sigjmp_buf back;
static volatile int signal_code;

static void on_bus(int signal, siginfo_t *info, void *context) {
    (void)signal, (void)context;
    signal_code = info->si_code;
    siglongjmp(back, 1);
}

static int bus_error(volatile char *address) {
    struct sigaction action = {.sa_sigaction = on_bus, .sa_flags = SA_SIGINFO};
    sigaction(SIGBUS, &action, NULL);
    if (sigsetjmp(back, 1)) return 1;
    (void)*address;
    return 0;
}

TEST(mappingOfAServerThatFails_raisesSigbus) {
    start_lasting("");
    served_file("f", 4 * PAGE);
    int fd = CHECK_OK(open("f", O_RDWR)), null = CHECK_OK(open("/dev/zero", O_RDONLY));
    char *mapped = map(fd, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED), buffer[8];
    control->fails[FUSE_READ] = EIO;
    CHECK(bus_error(mapped));
    CHECK_EQ(signal_code, BUS_ADRERR);
    CHECK_ERR(pread(fd, buffer, 8, 0), EIO);
    CHECK_ERR(read(null, mapped, 8), EFAULT);
    control->fails[FUSE_READ] = 0;
    CHECK(!bus_error(mapped));
    CHECK_EQ(mapped[0], 'a');
    CHECK_EQ(read(null, mapped + 3 * PAGE, 8), 8);
    CHECK_EQ(mapped[3 * PAGE], 0);
    CHECK_EQ(mapped[3 * PAGE + 8], 'd');
    CHECK(bus_error(mapped + 5 * PAGE));
}

TEST(mappingOfAServerThatHangs_isLeftByDeathOnly) {
    start_lasting("");
    served_file("f", 4 * PAGE);
    int fd = CHECK_OK(open("f", O_RDONLY)), pipes[2];
    REQUIRE_OK(pipe(pipes));
    char *mapped = map(fd, 4 * PAGE, PROT_READ, MAP_SHARED);
    control->hold = FUSE_READ;
    pid_t guest = START_CHILD(_exit(mapped[PAGE])), kernel = START_CHILD(write(pipes[1], mapped, 1));
    CHECK(EVENTUALLY(control->held >= 1)); /* they may wait for one and the same read */
    CHECK(EVENTUALLY(strchr("SD", state_of(guest)) && strchr("SD", state_of(kernel))));
    CHECK_OK(kill(guest, SIGKILL));
    CHECK_EQ(wait_for(guest), SIGKILL);
    CHECK_OK(kill(kernel, SIGKILL));
    CHECK_EQ(wait_for(kernel), SIGKILL);
    control->hold = 0;
    kill(server, SIGKILL);
    wait_for(server);
    CHECK(bus_error(mapped));
}

static void map_direct(int shared_allowed) {
    struct node *file = served_file("f", 2 * PAGE);
    control->direct = 1;
    int fd = CHECK_OK(open("f", O_RDWR));
    if (!shared_allowed) {
        CHECK_ERR((long)mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), ENODEV);
    } else {
        char *shared = map(fd, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED);
        shared[PAGE] = 'D';
        CHECK_OK(munmap(shared, 2 * PAGE));
        CHECK_EQ(file->data[PAGE], 'D');
    }
    char *mapped = map(fd, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    CHECK_EQ(mapped[0], 'a');
    file->data[0] = 'F';
    CHECK_EQ(byte_at(fd, 0), 'F');
    file->data[0] = 'G';
    CHECK_EQ(byte_at(fd, 0), 'G');
    CHECK_EQ(pwrite(fd, "direct", 6, 0), 6);
    CHECK(memcmp(file->data, "direct", 6) == 0);
}

TEST(directFile_isMappedPrivately) {
    start_lasting("");
    map_direct(0);
}

TEST(directFile_isMappedShared_ifTheServerWantsIt) {
    features2 = 1 << 4; /* FUSE_DIRECT_IO_ALLOW_MMAP, bit 36 */
    start_lasting("");
    map_direct(1);
}

TEST(writeback_keepsWritesUntilTheyAreWanted) {
    features = FUSE_WRITEBACK_CACHE;
    start_lasting("");
    struct node *file = served_file("f", 2 * PAGE);
    struct stat about;
    int fd = CHECK_OK(open("f", O_RDWR));
    for (int i = 0; i < 100; i++) CHECK_EQ(pwrite(fd, "0123456789", 10, 4 * PAGE + 10 * i), 10);
    CHECK_EQ(COUNT(FUSE_WRITE), 0);
    CHECK_OK(fstat(fd, &about));
    CHECK_EQ(about.st_size, 4 * PAGE + 1000);
    CHECK_EQ(byte_at(fd, 4 * PAGE + 999), '9');
    CHECK_EQ(byte_at(fd, 3 * PAGE), 0);
    CHECK_OK(fsync(fd));
    CHECK(COUNT(FUSE_WRITE) >= 1);
    CHECK_EQ(control->cached_writes, COUNT(FUSE_WRITE));
    CHECK_EQ(file->size, 4 * PAGE + 1000);
    CHECK_EQ(file->data[4 * PAGE + 998], '8');
    CHECK_EQ(file->data[0], 'a');
    /* A part of a page: the rest is read first. */
    CHECK_EQ(pwrite(fd, "Z", 1, PAGE + 3), 1);
    CHECK_EQ(byte_at(fd, PAGE + 4), 'b');
    CHECK_EQ(file->data[PAGE + 3], 'b');
    CHECK_OK(close(fd));
    CHECK_EQ(file->data[PAGE + 3], 'Z');
    CHECK_EQ(file->data[PAGE + 4], 'b');
    /* What is appended, and cut off. */
    fd = CHECK_OK(open("f", O_RDWR | O_APPEND));
    CHECK_EQ(write(fd, "append", 6), 6);
    CHECK_OK(ftruncate(fd, 4 * PAGE + 1003));
    CHECK_OK(fstat(fd, &about));
    CHECK_EQ(about.st_size, 4 * PAGE + 1003);
    CHECK_OK(close(fd));
    CHECK_EQ(file->size, 4 * PAGE + 1003);
    CHECK(memcmp(file->data + 4 * PAGE + 1000, "app", 3) == 0);
}

TEST(writebackThatFails_isToldOnce) {
    features = FUSE_WRITEBACK_CACHE;
    start_lasting("");
    served_file("f", PAGE);
    int fd = CHECK_OK(open("f", O_RDWR));
    CHECK_EQ(pwrite(fd, "lost", 4, 0), 4);
    control->fails[FUSE_WRITE] = ENOSPC;
    CHECK_ERR(fsync(fd), ENOSPC);
    control->fails[FUSE_WRITE] = 0;
    CHECK_OK(fsync(fd));
}

TEST(muchIsWrittenBack) {
    features = FUSE_WRITEBACK_CACHE;
    start_lasting("");
    size_t size = 12 << 20;
    char *data = malloc(size);
    for (size_t i = 0; i < size; i++) data[i] = i * 3 + i / 5000;
    int fd = CHECK_OK(open("f", O_RDWR | O_CREAT, 0644));
    CHECK_EQ(write(fd, data, size), size);
    CHECK_OK(close(fd));
    struct node *file = &nodes[find(1, "f")];
    CHECK_EQ(file->size, size);
    CHECK(memcmp(file->data, data, size) == 0);
}

TEST(unansweredRequests_areSentOnceMore) {
    features2 = 1 << 7; /* FUSE_HAS_RESEND, bit 39 */
    start_lasting("");
    served_file("f", PAGE);
    int fd = CHECK_OK(open("f", O_RDONLY));
    control->hold = FUSE_READ;
    pid_t reader = START_CHILD(CHECK_EQ(byte_at(fd, 0), 'a'));
    CHECK(EVENTUALLY(control->held == 1));
    control->hold = 0;
    notify(7 /* FUSE_NOTIFY_RESEND */, "", 0);
    CHECK_EQ(control->raw_result, 0);
    CHECK_EQ(wait_for(reader), 0);
    CHECK_EQ(control->resent, 1);
}
