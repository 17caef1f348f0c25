/*
 * memfd_secret(2): memory that only those who map it get at. What pins pages is refused (debuggers, process_vm_readv,
 * vmsplice, futexes between processes), what copies on behalf of the mapping process is not.
 */
#include "faults.h"

#include <grp.h>
#include <linux/futex.h>
#include <linux/io_uring.h>
#include <linux/magic.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/sendfile.h>
#include <sys/statfs.h>
#include <sys/xattr.h>

#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif
#ifndef SECRETMEM_MAGIC
#define SECRETMEM_MAGIC 0x5345434d
#endif
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif
#ifndef MADV_DONTNEED_LOCKED
#define MADV_DONTNEED_LOCKED 24
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

enum { PAGE = 4096 };

static int secret(int flags) {
    int fd = syscall(SYS_memfd_secret, flags);
    if (fd < 0 && errno == ENOSYS) SKIP("this kernel has no secret memory");
    return fd;
}

static int secret_of(off_t size) {
    int fd = REQUIRE_OK(secret(0));
    REQUIRE_OK(ftruncate(fd, size));
    return fd;
}

static char *map_shared(int fd, size_t size) {
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    REQUIRE(memory != MAP_FAILED);
    return memory;
}

/* Four pages, the first one with a text. */
static char *secret_memory(void) {
    int fd = secret_of(4 * PAGE);
    char *memory = map_shared(fd, 4 * PAGE);
    close(fd);
    strcpy(memory, "secret");
    return memory;
}

static long locked_kib(void) {
    const char *line = strstr(text_of("/proc/self/status"), "VmLck:");
    return line ? atol(line + 6) : -1;
}

/* A line of the area that begins at an address in /proc/self/smaps. */
static const char *smaps_line(void *start, const char *field) {
    static char found[256];
    char line[512], wanted[32];
    snprintf(wanted, sizeof wanted, "%08lx-", (unsigned long)start);
    FILE *file = fopen("/proc/self/smaps", "r");
    bool inside = false;
    found[0] = 0;
    while (file && fgets(line, sizeof line, file)) {
        if (strncmp(line, wanted, strlen(wanted)) == 0) inside = true;
        if (inside && strncmp(line, field, strlen(field)) == 0) {
            line[strcspn(line, "\n")] = 0;
            snprintf(found, sizeof found, "%s", line + strlen(field));
            break;
        }
    }
    if (file) fclose(file);
    return found;
}

TEST(flags_butCloseOnExec_areInvalid) {
    CHECK_ERR(secret(1), EINVAL);
    CHECK_ERR(secret(O_RDWR), EINVAL);
    CHECK_ERR(secret(O_CLOEXEC | O_NONBLOCK), EINVAL);
    CHECK_EQ(fcntl(secret(0), F_GETFD), 0);
    int fd = REQUIRE_OK(secret(O_CLOEXEC));
    CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    CHECK_EQ(fcntl(fd, F_GETFL), O_RDWR | 0100000);
}

TEST(attributes_areOfARegularFileWithoutBlocks) {
    int fd = secret_of(2 * PAGE + 1);
    map_shared(fd, PAGE)[0] = 1;
    struct stat about, other;
    CHECK_OK(fstat(fd, &about));
    CHECK_EQ(about.st_mode, S_IFREG | 0600);
    CHECK_EQ(about.st_size, 2 * PAGE + 1);
    CHECK_EQ(about.st_blocks, 0);
    CHECK_EQ(about.st_blksize, PAGE);
    CHECK_EQ(about.st_nlink, 1);
    CHECK_EQ(about.st_uid, geteuid());
    CHECK_OK(fstat(REQUIRE_OK(secret(0)), &other));
    CHECK_EQ(other.st_dev, about.st_dev);
    CHECK(other.st_ino != about.st_ino);
    struct statfs fs;
    CHECK_OK(fstatfs(fd, &fs));
    CHECK_EQ(fs.f_type, SECRETMEM_MAGIC);
    CHECK_EQ(fs.f_flags, 0x20);
    CHECK_OK(fchmod(fd, 0123));
    CHECK_OK(fstat(fd, &about));
    CHECK_EQ(about.st_mode, S_IFREG | 0123);
    CHECK_OK(futimens(fd, (struct timespec[]){{5, 6}, {7, 8}}));
    CHECK_OK(fstat(fd, &about));
    CHECK_EQ(about.st_atim.tv_sec, 5);
    CHECK_EQ(about.st_mtim.tv_nsec, 8);
}

TEST(size_isSetOnce) {
    int fd = REQUIRE_OK(secret(0));
    CHECK_OK(ftruncate(fd, 0));
    CHECK_OK(ftruncate(fd, 10000));
    CHECK_ERR(ftruncate(fd, 20000), EINVAL);
    CHECK_ERR(ftruncate(fd, 10000), EINVAL);
    CHECK_ERR(ftruncate(fd, 0), EINVAL);
    CHECK_ERR(ftruncate(secret(0), -1), EINVAL);
    CHECK_OK(ftruncate(secret(0), LONG_MAX));
}

TEST(transfers_areRefused) {
    int fd = secret_of(PAGE), pipes[2], file = REQUIRE_OK(memfd_create("m", 0));
    char byte = 0;
    struct iovec one = {&byte, 1};
    CHECK_ERR(read(fd, &byte, 1), EINVAL);
    CHECK_ERR(read(fd, &byte, 0), EINVAL);
    CHECK_ERR(write(fd, &byte, 1), EINVAL);
    CHECK_ERR(readv(fd, &one, 1), EINVAL);
    CHECK_ERR(pread(fd, &byte, 1, 0), ESPIPE);
    CHECK_ERR(pwrite(fd, &byte, 1, 0), ESPIPE);
    CHECK_ERR(preadv(fd, &one, 1, 0), ESPIPE);
    CHECK_ERR(lseek(fd, 0, SEEK_SET), ESPIPE);
    CHECK_ERR(lseek(fd, 0, SEEK_DATA), ESPIPE);
    REQUIRE_OK(pipe(pipes));
    CHECK_ERR(splice(fd, NULL, pipes[1], NULL, 1, 0), EINVAL);
    CHECK_EQ(write(pipes[1], "a", 1), 1);
    CHECK_ERR(splice(pipes[0], NULL, fd, NULL, 1, 0), EINVAL);
    CHECK_ERR(sendfile(pipes[1], fd, NULL, 1), EINVAL);
    CHECK_EQ(write(file, "hello", 5), 5);
    CHECK_ERR(sendfile(fd, file, (off_t[]){0}, 5), EINVAL);
    CHECK_ERR(copy_file_range(file, (loff_t[]){0}, fd, NULL, 5, 0), EXDEV);
    CHECK_ERR(copy_file_range(fd, NULL, file, NULL, 5, 0), EXDEV);
}

TEST(otherCalls_answerAsForAFileWithoutOperations) {
    int fd = secret_of(PAGE), number = 1;
    CHECK_ERR(fallocate(fd, 0, 0, PAGE), EOPNOTSUPP);
    CHECK_ERR(fsync(fd), EINVAL);
    CHECK_ERR(fdatasync(fd), EINVAL);
    CHECK_ERR(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL), EINVAL);
    CHECK_ERR(fcntl(fd, F_GET_SEALS), EINVAL);
    CHECK_ERR(ioctl(fd, FIONREAD, &number), ENOTTY);
    CHECK_ERR(ioctl(fd, FIOASYNC, &number), ENOTTY);
    CHECK_ERR(ioctl(fd, FIOQSIZE, (long[2]){0}), ENOTTY);
    CHECK_ERR(ioctl(fd, 0x801c581f, (long[8]){0}), ENOTTY);
    CHECK_OK(ioctl(fd, FIONBIO, &number));
    CHECK(fcntl(fd, F_GETFL) & O_NONBLOCK);
    CHECK_ERR(fsetxattr(fd, "user.a", "b", 1, 0), EOPNOTSUPP);
    CHECK_ERR(fgetxattr(fd, "user.a", &number, 4), EOPNOTSUPP);
    CHECK_EQ(flistxattr(fd, NULL, 0), 0);
    CHECK_OK(posix_fadvise(fd, 0, 0, POSIX_FADV_WILLNEED));
    CHECK_ERR(readahead(fd, 0, 1), EINVAL);
    CHECK_OK(flock(fd, LOCK_EX));
    CHECK_OK(fcntl(fd, F_SETLK, &(struct flock){.l_type = F_WRLCK, .l_whence = SEEK_END}));
    struct epoll_event event = {EPOLLIN, {0}};
    CHECK_ERR(epoll_ctl(epoll_create(1), EPOLL_CTL_ADD, fd, &event), EPERM);
    struct pollfd polled = {fd, POLLIN | POLLOUT, 0};
    CHECK_EQ(poll(&polled, 1, 0), 1);
    CHECK_EQ(polled.revents, POLLIN | POLLOUT);
    CHECK_ERR(fchdir(fd), ENOTDIR);
    char *none[] = {NULL};
    CHECK_ERR(syscall(SYS_execveat, fd, "", none, none, AT_EMPTY_PATH), EACCES);
}

TEST(link_inProc_isNamedAndCannotBeOpened) {
    int fd = secret_of(PAGE);
    char path[64], target[64] = "";
    struct stat about;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    CHECK_EQ(readlink(path, target, sizeof target - 1), 20);
    CHECK_STR(target, "/secretmem (deleted)");
    CHECK_ERR(open(path, O_RDWR), ENXIO);
    CHECK_ERR(truncate(path, 5), EINVAL);
    CHECK_OK(chmod(path, 0640));
    CHECK_OK(stat(path, &about));
    CHECK_EQ(about.st_mode, S_IFREG | 0640);
    CHECK_ERR(linkat(AT_FDCWD, path, AT_FDCWD, "linked", AT_SYMLINK_FOLLOW), EXDEV);
}

TEST(mapping_mustBeSharedAndWithoutCode) {
    int fd = secret_of(PAGE);
    CHECK_ERR(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0), EINVAL);
    CHECK_ERR(mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0), EPERM);
    CHECK_ERR(mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0), EPERM);
    CHECK_ERR(mmap(NULL, PAGE, PROT_READ, MAP_SHARED | MAP_GROWSDOWN, fd, 0), EINVAL);
    CHECK_ERR(mmap(NULL, PAGE, PROT_READ, MAP_SHARED_VALIDATE | MAP_SYNC, fd, 0), EOPNOTSUPP);
    CHECK(mmap(NULL, PAGE, PROT_READ, MAP_SHARED_VALIDATE, fd, 0) != MAP_FAILED);
    CHECK(mmap(NULL, PAGE, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0) != MAP_FAILED);
    CHECK(mmap(NULL, PAGE, PROT_READ, MAP_SHARED | MAP_LOCKED, fd, 0) != MAP_FAILED);
    char *memory = map_shared(fd, PAGE);
    CHECK_ERR(mprotect(memory, PAGE, PROT_READ | PROT_EXEC), EACCES);
    CHECK_OK(mprotect(memory, PAGE, PROT_READ));
    CHECK_EQ(fault_of_write(memory), SIGSEGV);
    CHECK_OK(mprotect(memory, PAGE, PROT_READ | PROT_WRITE));
    CHECK_EQ(fault_of_write(memory), 0);
}

TEST(pages_areZeroThenSharedAndEndWithTheFile) {
    int fd = secret_of(PAGE + 1);
    char *first = map_shared(fd, 4 * PAGE), *second = map_shared(fd, 4 * PAGE);
    close(fd);
    CHECK_EQ(first[PAGE], 0);
    strcpy(first + PAGE, "one");
    CHECK_STR(second + PAGE, "one");
    CHECK_EQ(fault_of_read(first + 2 * PAGE), SIGBUS);
    CHECK_EQ(IN_CHILD(CHECK_STR(first + PAGE, "one"); strcpy(first + PAGE, "two")), 0);
    CHECK_STR(second + PAGE, "two");
    unsigned char present[4];
    CHECK_OK(mincore(first, 2 * PAGE, present));
    CHECK_EQ(present[1] & 1, 1);
    char *moved = mremap(first, 4 * PAGE, 8 * PAGE, MREMAP_MAYMOVE);
    REQUIRE(moved != MAP_FAILED);
    CHECK_STR(moved + PAGE, "two");
}

TEST(copies_byThePprocessItself_work) {
    char *memory = secret_memory(), text[8] = "";
    int pipes[2];
    REQUIRE_OK(pipe(pipes));
    CHECK_EQ(write(pipes[1], memory, 7), 7);
    CHECK_EQ(read(pipes[0], memory + 2 * PAGE, 7), 7);
    CHECK_STR(memory + 2 * PAGE, "secret");
    struct iovec to_secret = {memory + PAGE, 8}, from = {"public!", 8};
    CHECK_EQ(write(pipes[1], "public!", 8), 8);
    CHECK_EQ(vmsplice(pipes[0], &to_secret, 1, 0), 8);
    CHECK_STR(memory + PAGE, "public!");
    /* The own side of a transfer is copied, only the other one is pinned. */
    CHECK_EQ(process_vm_readv(getpid(), &to_secret, 1, &from, 1, 0), 8);
    CHECK_EQ(process_vm_writev(getpid(), &to_secret, 1, &(struct iovec){text, 8}, 1, 0), 8);
    CHECK_STR(text, "public!");
}

TEST(pinning_isRefused) {
    char *memory = secret_memory(), text[3 * PAGE] = "123456";
    struct iovec local = {text, 6}, remote = {memory, 6};
    CHECK_ERR(process_vm_readv(getpid(), &local, 1, &remote, 1, 0), EFAULT);
    CHECK_ERR(process_vm_writev(getpid(), &local, 1, &remote, 1, 0), EFAULT);
    remote.iov_base = memory + PAGE; /* not there yet */
    CHECK_ERR(process_vm_readv(getpid(), &local, 1, &remote, 1, 0), EFAULT);
    CHECK_ERR(process_vm_writev(getpid(), &local, 1, &remote, 1, 0), EFAULT);
    int mem = REQUIRE_OK(open("/proc/self/mem", O_RDWR)), pipes[2];
    CHECK_ERR(pread(mem, text, 6, (off_t)memory), EIO);
    CHECK_ERR(pwrite(mem, text, 6, (off_t)memory), EIO);
    REQUIRE_OK(pipe(pipes));
    remote.iov_base = memory;
    CHECK_ERR(vmsplice(pipes[1], &remote, 1, 0), EFAULT);
    CHECK_ERR(syscall(SYS_futex, memory, FUTEX_WAIT, 99, NULL, NULL, 0), EFAULT);
    CHECK_ERR(syscall(SYS_futex, memory, FUTEX_WAKE, 1, NULL, NULL, 0), EFAULT);
    CHECK_ERR(syscall(SYS_futex, memory, FUTEX_WAIT_PRIVATE, 99, NULL, NULL, 0), EAGAIN);
    CHECK_OK(syscall(SYS_futex, memory, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0));
    CHECK_STR(memory, "secret");
}

TEST(debugger_isRefused) {
    char *memory = secret_memory(), text[8] = "";
    pid_t child = START_CHILD({
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        raise(SIGSTOP);
        CHECK_STR(memory, "secret");
    });
    int status;
    REQUIRE_OK(waitpid(child, &status, 0));
    CHECK_ERR(ptrace(PTRACE_PEEKDATA, child, memory, NULL), EIO);
    CHECK_ERR(ptrace(PTRACE_POKEDATA, child, memory, NULL), EIO);
    struct iovec local = {text, 6}, remote = {memory, 6};
    CHECK_ERR(process_vm_readv(child, &local, 1, &remote, 1, 0), EFAULT);
    CHECK_OK(ptrace(PTRACE_CONT, child, NULL, NULL));
    CHECK_EQ(wait_for(child), 0);
}

TEST(registeredBuffers_areRefused) {
    char *memory = secret_memory();
    struct io_uring_params parameters = {0};
    int ring = syscall(SYS_io_uring_setup, 4, &parameters);
    if (ring < 0) SKIP("no io_uring: %s", check_errno(errno));
    struct iovec buffer = {memory, PAGE};
    CHECK_ERR(syscall(SYS_io_uring_register, ring, IORING_REGISTER_BUFFERS, &buffer, 1), EFAULT);
}

TEST(memory_isLockedWhateverIsCalled) {
    long before = locked_kib();
    char *memory = secret_memory();
    CHECK_EQ(locked_kib() - before, 16);
    CHECK_STR(smaps_line(memory, "VmFlags:"), " rd wr sh mr mw ms lo dd ");
    CHECK_ERR(mlock(memory, PAGE), ENOMEM);
    CHECK_ERR(mlock2(memory, PAGE, MLOCK_ONFAULT), ENOMEM);
    CHECK_OK(munlock(memory, PAGE));
    CHECK_OK(mlockall(MCL_CURRENT));
    CHECK_OK(munlockall());
    CHECK_EQ(locked_kib(), 16);
    CHECK_STR(smaps_line(memory, "VmFlags:"), " rd wr sh mr mw ms lo dd ");
    /* A child's is not: fork(2) does not inherit locks. */
    CHECK_EQ(IN_CHILD({
                 CHECK_EQ(locked_kib(), 0);
                 CHECK_STR(smaps_line(memory, "VmFlags:"), " rd wr sh mr mw ms dd ");
                 CHECK_ERR(mlock(memory, PAGE), ENOMEM);
                 CHECK_EQ(locked_kib(), 0);
                 CHECK_OK(madvise(memory, PAGE, MADV_DONTNEED));
                 CHECK_STR(memory, "secret");
                 CHECK_ERR(madvise(memory, PAGE, MADV_REMOVE), EOPNOTSUPP);
             }),
            0);
    CHECK_OK(munmap(memory, PAGE));
    CHECK_EQ(locked_kib(), 12);
}

TEST(limit_ofLockedMemory_counts) {
    need_root();
    CHECK_EQ(IN_CHILD({
                 int fd = secret_of(1 << 20);
                 struct rlimit two = {2 * PAGE + 5, 2 * PAGE + 5};
                 CHECK_OK(setrlimit(RLIMIT_MEMLOCK, &two));
                 char *more = mmap(NULL, 3 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
                 CHECK(more != MAP_FAILED); /* CAP_IPC_LOCK */
                 CHECK(mremap(more, 3 * PAGE, 4 * PAGE, MREMAP_MAYMOVE) != MAP_FAILED);
                 REQUIRE_OK(setgroups(0, NULL));
                 REQUIRE_OK(setuid(12345));
                 CHECK_ERR(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0), EAGAIN);
             }),
            0);
    CHECK_EQ(IN_CHILD({
                 struct rlimit two = {2 * PAGE, 2 * PAGE};
                 CHECK_OK(setrlimit(RLIMIT_MEMLOCK, &two));
                 REQUIRE_OK(setgroups(0, NULL));
                 REQUIRE_OK(setuid(12345));
                 int fd = secret_of(1 << 20);
                 CHECK_ERR(mmap(NULL, 3 * PAGE, PROT_READ, MAP_SHARED, fd, 0), EAGAIN);
                 char *both = map_shared(fd, 2 * PAGE);
                 CHECK_ERR(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0), EAGAIN);
                 CHECK_ERR(mremap(both, 2 * PAGE, 3 * PAGE, MREMAP_MAYMOVE), EAGAIN);
                 CHECK_OK(munlock(both, PAGE));
                 CHECK_ERR(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0), EAGAIN);
                 CHECK_OK(munmap(both, PAGE));
                 CHECK(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0) != MAP_FAILED);
                 struct rlimit none = {0, 0};
                 CHECK_OK(setrlimit(RLIMIT_MEMLOCK, &none));
                 CHECK_ERR(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0), EAGAIN);
                 CHECK_ERR(mmap(NULL, PAGE, PROT_READ, MAP_SHARED | MAP_LOCKED, fd, 0), EPERM);
             }),
            0);
}

TEST(advice_isRefusedWhereItTakesPagesAway) {
    char *memory = secret_memory();
    static const int refused[] = {MADV_DONTNEED,      MADV_REMOVE,         MADV_COLD,     MADV_PAGEOUT,      MADV_FREE,
                                  MADV_POPULATE_READ, MADV_POPULATE_WRITE, MADV_COLLAPSE, MADV_GUARD_INSTALL, MADV_WIPEONFORK};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        if (!CHECK_ERR(madvise(memory, PAGE, refused[i]), EINVAL)) check_line("NOTE", "advice %d", refused[i]);
    }
    static const int taken[] = {MADV_DONTFORK, MADV_DOFORK,    MADV_DODUMP,        MADV_DONTDUMP,
                                MADV_WILLNEED, MADV_HUGEPAGE, MADV_NOHUGEPAGE, MADV_DONTNEED_LOCKED};
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        if (CHECK_OK(madvise(memory, PAGE, taken[i])) < 0) check_line("NOTE", "advice %d", taken[i]);
    }
    CHECK_STR(memory, "secret");
    CHECK_ERR(msync(memory, PAGE, MS_SYNC), EINVAL);
    CHECK_OK(msync(memory, PAGE, MS_ASYNC));
    CHECK_ERR(msync(memory, PAGE, MS_INVALIDATE), EBUSY);
}

TEST(userfaultfd_cannotServeIt) {
    char *memory = secret_memory();
    int fd = syscall(SYS_userfaultfd, UFFD_USER_MODE_ONLY);
    if (fd < 0) SKIP("no userfaultfd: %s", check_errno(errno));
    struct uffdio_api api = {.api = UFFD_API};
    REQUIRE_OK(ioctl(fd, UFFDIO_API, &api));
    struct uffdio_register all = {{(unsigned long)memory, PAGE}, UFFDIO_REGISTER_MODE_MISSING, 0};
    CHECK_ERR(ioctl(fd, UFFDIO_REGISTER, &all), EINVAL);
}

TEST(descriptor_passesTheMemoryOn) {
    int fd = secret_of(PAGE);
    char *memory = map_shared(fd, PAGE);
    strcpy(memory, "first");
    CHECK_EQ(IN_CHILD({
                 CHECK_OK(munmap(memory, PAGE));
                 char *again = map_shared(fd, PAGE);
                 CHECK_STR(again, "first");
                 strcpy(again, "second");
             }),
            0);
    CHECK_STR(memory, "second");
    CHECK_OK(munmap(memory, PAGE));
    CHECK_STR(map_shared(fd, PAGE), "second");
}
