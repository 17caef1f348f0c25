/* PROCMAP_QUERY of /proc/PID/maps: Documentation/filesystems/proc.rst, include/uapi/linux/fs.h of Linux 6.11. */
#include "check.h"

#include <elf.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

/* headers of many a system do not have it yet */
struct query {
    uint64_t size;
    uint64_t query_flags;
    uint64_t query_addr;
    uint64_t vma_start;
    uint64_t vma_end;
    uint64_t vma_flags;
    uint64_t vma_page_size;
    uint64_t vma_offset;
    uint64_t inode;
    uint32_t dev_major;
    uint32_t dev_minor;
    uint32_t vma_name_size;
    uint32_t build_id_size;
    uint64_t vma_name_addr;
    uint64_t build_id_addr;
};

#define QUERY _IOWR('f', 17, struct query)
#define READABLE 1
#define WRITABLE 2
#define EXECUTABLE 4
#define SHARED 8
#define COVERING_OR_NEXT 16
#define FILE_BACKED 32
#define PAGE 4096L

static int open_maps(void) {
    int fd = REQUIRE_OK(open("/proc/self/maps", O_RDONLY));
    struct query query = {.size = sizeof query, .query_addr = (uintptr_t)&query};
    if (ioctl(fd, QUERY, &query) < 0 && errno == ENOTTY) SKIP("before Linux 6.11");
    return fd;
}

static struct query asking(const void *address, uint64_t flags) {
    return (struct query){.size = sizeof(struct query), .query_flags = flags, .query_addr = (uintptr_t)address};
}

/* Four pages between pages that nobody has any right on. */
static char *reserved(void) {
    char *all = mmap(NULL, 6 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(all != MAP_FAILED);
    return all + PAGE;
}

static char *mapped(int prot, int flags, int fd, long offset) {
    char *memory = mmap(reserved(), 4 * PAGE, prot, flags | MAP_FIXED, fd, offset);
    REQUIRE(memory != MAP_FAILED);
    return memory;
}

TEST(struct_hasItsSize) {
    CHECK_EQ(sizeof(struct query), 104);
    CHECK_EQ(QUERY, 0xc0686611);
}

TEST(query_ofAnonymousMemory_tellsIt) {
    int fd = open_maps();
    char *memory = mapped(PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char name[64] = "unchanged";
    struct query query = asking(memory + 5000, 0);
    query.vma_name_addr = (uintptr_t)name;
    query.vma_name_size = sizeof name;
    CHECK_OK(ioctl(fd, QUERY, &query));
    CHECK_EQ(query.vma_start, (uintptr_t)memory);
    CHECK_EQ(query.vma_end, (uintptr_t)memory + 4 * PAGE);
    CHECK_EQ(query.vma_flags, READABLE | WRITABLE);
    CHECK_EQ(query.vma_page_size, PAGE);
    CHECK_EQ(query.vma_offset, 0);
    CHECK_EQ(query.inode, 0);
    CHECK_EQ(query.dev_major, 0);
    CHECK_EQ(query.dev_minor, 0);
    CHECK_EQ(query.vma_name_size, 0);
    CHECK_STR(name, "unchanged");
    CHECK_EQ(query.query_addr, (uintptr_t)memory + 5000);
    CHECK_EQ(query.size, sizeof query);
}

TEST(query_ofAFile_tellsIt) {
    int fd = open_maps(), file = make_file("mapped", "content");
    REQUIRE_OK(ftruncate(file, 8 * PAGE));
    char *memory = mapped(PROT_READ | PROT_EXEC, MAP_SHARED, file, 2 * PAGE);
    char name[PATH_MAX], wanted[PATH_MAX];
    REQUIRE(realpath("mapped", wanted));
    struct stat about;
    REQUIRE_OK(fstat(file, &about));
    struct query query = asking(memory, 0);
    query.vma_name_addr = (uintptr_t)name;
    query.vma_name_size = sizeof name;
    CHECK_OK(ioctl(fd, QUERY, &query));
    CHECK_EQ(query.vma_flags, READABLE | EXECUTABLE | SHARED);
    CHECK_EQ(query.vma_offset, 2 * PAGE);
    CHECK_EQ(query.inode, about.st_ino);
    CHECK_EQ(query.dev_major, major(about.st_dev));
    CHECK_EQ(query.dev_minor, minor(about.st_dev));
    CHECK_EQ(query.vma_name_size, strlen(wanted) + 1);
    CHECK_STR(name, wanted);
}

TEST(query_agreesWithEachLineOfMaps) {
    int fd = open_maps(), file = make_file("mapped", "content");
    mapped(PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    mapped(PROT_READ, MAP_PRIVATE, file, 0);
    static char text[65536]; /* in one piece, before anything changes */
    ssize_t size = 0;
    for (ssize_t n; (n = read(fd, text + size, sizeof text - 1 - size)) > 0;) size += n;
    int lines = 0;
    uint64_t next = 0;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        unsigned long start, end, offset, inode;
        unsigned major_number, minor_number;
        char rights[5], name[PATH_MAX] = "", told[PATH_MAX] = "";
        if (strstr(line, "[vsyscall]")) continue; /* is no area */
        CHECK(sscanf(line, "%lx-%lx %4s %lx %x:%x %lu %[^\n]", &start, &end, rights, &offset, &major_number, &minor_number,
                     &inode, name) >= 7);
        struct query query = asking((void *)next, COVERING_OR_NEXT);
        query.vma_name_addr = (uintptr_t)told;
        query.vma_name_size = sizeof told;
        CHECK_OK(ioctl(fd, QUERY, &query));
        CHECK_EQ(query.vma_start, start);
        CHECK_EQ(query.vma_end, end);
        CHECK_EQ(query.vma_flags, (rights[0] == 'r' ? READABLE : 0) | (rights[1] == 'w' ? WRITABLE : 0) |
                                          (rights[2] == 'x' ? EXECUTABLE : 0) | (rights[3] == 's' ? SHARED : 0));
        CHECK_EQ(query.vma_offset, offset);
        CHECK_EQ(query.inode, inode);
        CHECK_EQ(query.dev_major, major_number);
        CHECK_EQ(query.dev_minor, minor_number);
        CHECK_STR(told, name);
        CHECK_EQ(query.vma_name_size, *name ? strlen(name) + 1 : 0);
        next = end;
        lines++;
    }
    CHECK(lines > 8);
    struct query query = asking((void *)next, COVERING_OR_NEXT);
    CHECK_ERR(ioctl(fd, QUERY, &query), ENOENT);
}

TEST(query_whereNothingIs_failsOrTakesTheNext) {
    int fd = open_maps();
    char *memory = mapped(PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(memory + PAGE, PAGE);
    struct query query = asking(memory + PAGE + 7, 0);
    CHECK_ERR(ioctl(fd, QUERY, &query), ENOENT);
    CHECK_EQ(query.vma_start, 0);
    query.query_flags = COVERING_OR_NEXT;
    CHECK_OK(ioctl(fd, QUERY, &query));
    CHECK_EQ(query.vma_start, (uintptr_t)memory + 2 * PAGE);
    query = asking(memory, COVERING_OR_NEXT);
    CHECK_OK(ioctl(fd, QUERY, &query));
    CHECK_EQ(query.vma_end, (uintptr_t)memory + PAGE);
    query = asking((void *)-1L, COVERING_OR_NEXT);
    CHECK_ERR(ioctl(fd, QUERY, &query), ENOENT);
    query = asking((void *)(1L << 63), 0);
    CHECK_ERR(ioctl(fd, QUERY, &query), ENOENT);
    query = asking(NULL, 0);
    CHECK_ERR(ioctl(fd, QUERY, &query), ENOENT);
}

TEST(query_byRights_passesOthers) {
    int fd = open_maps();
    char *memory = mapped(PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE_OK(mprotect(memory + PAGE, PAGE, PROT_READ | PROT_WRITE));
    REQUIRE_OK(mprotect(memory + 3 * PAGE, PAGE, PROT_READ | PROT_EXEC));
    struct query query = asking(memory, WRITABLE);
    CHECK_ERR(ioctl(fd, QUERY, &query), ENOENT);
    query = asking(memory, READABLE);
    CHECK_OK(ioctl(fd, QUERY, &query));
    CHECK_EQ(query.vma_start, (uintptr_t)memory);
    query = asking(memory, READABLE | WRITABLE | COVERING_OR_NEXT);
    CHECK_OK(ioctl(fd, QUERY, &query));
    CHECK_EQ(query.vma_start, (uintptr_t)memory + PAGE);
    query = asking(memory + PAGE, EXECUTABLE | COVERING_OR_NEXT);
    CHECK_OK(ioctl(fd, QUERY, &query));
    CHECK_EQ(query.vma_start, (uintptr_t)memory + 3 * PAGE);
    CHECK_EQ(query.vma_flags, READABLE | EXECUTABLE);
    query = asking(memory, SHARED);
    CHECK_ERR(ioctl(fd, QUERY, &query), ENOENT);
}

TEST(query_byFile_passesAnonymousMemory) {
    int fd = open_maps(), file = make_file("mapped", "content");
    char *memory = reserved();
    REQUIRE(mmap(memory, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == memory);
    REQUIRE(mmap(memory + 2 * PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, file, 0) == memory + 2 * PAGE);
    struct query query = asking(memory, FILE_BACKED);
    CHECK_ERR(ioctl(fd, QUERY, &query), ENOENT);
    query = asking(memory, FILE_BACKED | COVERING_OR_NEXT);
    CHECK_OK(ioctl(fd, QUERY, &query));
    CHECK_EQ(query.vma_start, (uintptr_t)memory + 2 * PAGE);
    /* shared anonymous memory has a file that nobody sees */
    REQUIRE(mmap(memory, PAGE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == memory);
    query = asking(memory, FILE_BACKED | SHARED);
    CHECK_OK(ioctl(fd, QUERY, &query));
    CHECK_EQ(query.vma_start, (uintptr_t)memory);
    CHECK(query.inode != 0);
}

TEST(query_checksItsArgument) {
    int fd = open_maps();
    struct query query = asking(&query, 0);
    CHECK_ERR(ioctl(fd, QUERY, NULL), EFAULT);
    CHECK_ERR(ioctl(fd, QUERY, (char *)reserved()), EFAULT);
    query.size = PAGE + 1;
    CHECK_ERR(ioctl(fd, QUERY, &query), E2BIG);
    query.size = 23;
    CHECK_ERR(ioctl(fd, QUERY, &query), EINVAL);
    query.size = 0;
    CHECK_ERR(ioctl(fd, QUERY, &query), EINVAL);
    query = asking(&query, 64);
    CHECK_ERR(ioctl(fd, QUERY, &query), EINVAL);
    query = asking(&query, 1L << 40);
    CHECK_ERR(ioctl(fd, QUERY, &query), EINVAL);
    query = asking(&query, 0);
    query.vma_name_size = 10;
    CHECK_ERR(ioctl(fd, QUERY, &query), EINVAL);
    query = asking(&query, 0);
    query.vma_name_addr = 10;
    CHECK_ERR(ioctl(fd, QUERY, &query), EINVAL);
    query = asking(&query, 0);
    query.build_id_size = 10;
    CHECK_ERR(ioctl(fd, QUERY, &query), EINVAL);
    query = asking(&query, 0);
    query.build_id_addr = 10;
    CHECK_ERR(ioctl(fd, QUERY, &query), EINVAL);
    /* the number has the size of the struct in it */
    CHECK_ERR(ioctl(fd, _IOWR('f', 17, char[112]), &query), ENOTTY);
    CHECK_ERR(ioctl(fd, _IOWR('f', 18, struct query), &query), ENOTTY);
}

TEST(query_ofOtherSizes_isExtensible) {
    int fd = open_maps();
    char *memory = mapped(PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct {
        struct query query;
        uint64_t more;
    } larger = {asking(memory, 0), 0};
    larger.query.size = sizeof larger;
    CHECK_OK(ioctl(fd, QUERY, &larger));
    CHECK_EQ(larger.query.vma_start, (uintptr_t)memory);
    larger.more = 1;
    CHECK_ERR(ioctl(fd, QUERY, &larger), E2BIG);
    struct query small = asking(memory, 0);
    small.size = offsetof(struct query, vma_end);
    small.vma_end = 4711;
    small.vma_name_size = 4712; /* behind what it looks at */
    CHECK_OK(ioctl(fd, QUERY, &small));
    CHECK_EQ(small.vma_start, (uintptr_t)memory);
    CHECK_EQ(small.vma_end, 4711);
    CHECK_EQ(small.vma_name_size, 4712);
    small.vma_start = 4713;
    small.size = 24;
    CHECK_OK(ioctl(fd, QUERY, &small));
    CHECK_EQ(small.vma_start, 4713);
}

TEST(name_withoutRoom_isRefused) {
    int fd = open_maps(), file = make_file("mapped", "content");
    char *memory = mapped(PROT_READ, MAP_PRIVATE, file, 0);
    char name[PATH_MAX], wanted[PATH_MAX];
    REQUIRE(realpath("mapped", wanted));
    struct query query = asking(memory, 0);
    query.vma_name_addr = (uintptr_t)name;
    query.vma_name_size = strlen(wanted);
    CHECK_ERR(ioctl(fd, QUERY, &query), ENAMETOOLONG);
    query.vma_name_size = strlen(wanted) + 1;
    CHECK_OK(ioctl(fd, QUERY, &query));
    CHECK_STR(name, wanted);
    query.vma_name_addr = (uintptr_t)reserved();
    CHECK_ERR(ioctl(fd, QUERY, &query), EFAULT);
    query.vma_name_size = UINT32_MAX;
    query.vma_name_addr = (uintptr_t)name;
    CHECK_OK(ioctl(fd, QUERY, &query));
    CHECK_EQ(query.vma_name_size, strlen(wanted) + 1);
    char *marked = mapped(PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, marked, PAGE, "label") != 0) return; /* a kernel without names */
    query = asking(marked, 0);
    query.vma_name_addr = (uintptr_t)name;
    query.vma_name_size = sizeof "[anon:label]" - 1;
    CHECK_ERR(ioctl(fd, QUERY, &query), ENAMETOOLONG);
    query.vma_name_size++;
    CHECK_OK(ioctl(fd, QUERY, &query));
    CHECK_STR(name, "[anon:label]");
}

/* A file with a header, one program header of notes, and the notes given. */
static char *elf_mapped(const void *notes, size_t size, int elf_class, int type) {
    int file = REQUIRE_OK(open("elf", O_RDWR | O_CREAT | O_TRUNC, 0644));
    Elf64_Ehdr large = {.e_type = type, .e_phoff = 64, .e_phnum = 2, .e_phentsize = sizeof(Elf64_Phdr)};
    Elf32_Ehdr small = {.e_type = type, .e_phoff = 64, .e_phnum = 2, .e_phentsize = sizeof(Elf32_Phdr)};
    memcpy(large.e_ident, ELFMAG, SELFMAG);
    memcpy(small.e_ident, ELFMAG, SELFMAG);
    large.e_ident[EI_CLASS] = small.e_ident[EI_CLASS] = elf_class;
    Elf64_Phdr large_headers[] = {{.p_type = PT_LOAD}, {.p_type = PT_NOTE, .p_offset = 5000, .p_filesz = size}};
    Elf32_Phdr small_headers[] = {{.p_type = PT_LOAD}, {.p_type = PT_NOTE, .p_offset = 5000, .p_filesz = size}};
    if (elf_class == ELFCLASS64) {
        CHECK_EQ(pwrite(file, &large, sizeof large, 0), sizeof large);
        CHECK_EQ(pwrite(file, large_headers, sizeof large_headers, 64), sizeof large_headers);
    } else {
        CHECK_EQ(pwrite(file, &small, sizeof small, 0), sizeof small);
        CHECK_EQ(pwrite(file, small_headers, sizeof small_headers, 64), sizeof small_headers);
    }
    CHECK_EQ(pwrite(file, notes, size, 5000), size);
    REQUIRE_OK(ftruncate(file, 8 * PAGE));
    char *memory = mapped(PROT_READ, MAP_PRIVATE, file, 4 * PAGE); /* not where the notes are */
    close(file);
    return memory;
}

struct note {
    Elf32_Nhdr head;
    char name[4];
    unsigned char content[20];
};

static struct note note_of(int size, int type) {
    struct note note = {{4, size, type}, "GNU", ""};
    for (int i = 0; i < size; i++) note.content[i] = i + 1;
    return note;
}

static unsigned char build_id[64];

static struct query asking_build_id(char *memory) {
    struct query query = asking(memory, 0);
    memset(build_id, 0xaa, sizeof build_id);
    query.build_id_addr = (uintptr_t)build_id;
    query.build_id_size = 20;
    return query;
}

TEST(buildId_isReadFromTheFile) {
    int fd = open_maps();
    struct note note = note_of(20, NT_GNU_BUILD_ID);
    struct query query = asking_build_id(elf_mapped(&note, sizeof note, ELFCLASS64, ET_DYN));
    CHECK_OK(ioctl(fd, QUERY, &query));
    CHECK_EQ(query.build_id_size, 20);
    CHECK(memcmp(build_id, note.content, 20) == 0 && build_id[20] == 0xaa);
    query = asking_build_id(elf_mapped(&note, sizeof note, ELFCLASS32, ET_EXEC));
    CHECK_OK(ioctl(fd, QUERY, &query));
    CHECK_EQ(query.build_id_size, 20);
    CHECK(memcmp(build_id, note.content, 20) == 0);
}

TEST(buildId_behindOtherNotes_isFound) {
    int fd = open_maps();
    struct note notes[] = {note_of(20, NT_GNU_ABI_TAG), note_of(16, NT_GNU_BUILD_ID)};
    struct query query = asking_build_id(elf_mapped(notes, sizeof notes - 4, ELFCLASS64, ET_EXEC));
    CHECK_OK(ioctl(fd, QUERY, &query));
    CHECK_EQ(query.build_id_size, 16);
    CHECK(memcmp(build_id, notes[1].content, 16) == 0 && build_id[16] == 0xaa);
    query.build_id_size = 15;
    CHECK_ERR(ioctl(fd, QUERY, &query), ENAMETOOLONG);
    query.build_id_size = 64;
    query.build_id_addr = (uintptr_t)reserved();
    CHECK_ERR(ioctl(fd, QUERY, &query), EFAULT);
}

static void check_no_build_id(int fd, char *memory) {
    struct query query = asking_build_id(memory);
    CHECK_OK(ioctl(fd, QUERY, &query));
    CHECK_EQ(query.build_id_size, 0);
    CHECK_EQ(build_id[0], 0xaa);
}

TEST(buildId_ofWhatHasNone_isEmpty) {
    int fd = open_maps();
    struct note note = note_of(20, NT_GNU_ABI_TAG);
    check_no_build_id(fd, elf_mapped(&note, sizeof note, ELFCLASS64, ET_DYN));
    note = note_of(20, NT_GNU_BUILD_ID);
    check_no_build_id(fd, elf_mapped(&note, sizeof note - 1, ELFCLASS64, ET_DYN)); /* reaches over the end */
    check_no_build_id(fd, elf_mapped(&note, sizeof note, ELFCLASS64, ET_REL));
    check_no_build_id(fd, elf_mapped(&note, sizeof note, 3, ET_DYN));
    note.name[0] = 'X';
    check_no_build_id(fd, elf_mapped(&note, sizeof note, ELFCLASS64, ET_DYN));
    note = note_of(20, NT_GNU_BUILD_ID);
    note.head.n_descsz = 0;
    check_no_build_id(fd, elf_mapped(&note, sizeof note, ELFCLASS64, ET_DYN));
    note.head.n_descsz = 21;
    check_no_build_id(fd, elf_mapped(&note, sizeof note + 1, ELFCLASS64, ET_DYN));
    note.head.n_descsz = UINT32_MAX;
    check_no_build_id(fd, elf_mapped(&note, sizeof note, ELFCLASS64, ET_DYN));
    note.head.n_namesz = UINT32_MAX;
    check_no_build_id(fd, elf_mapped(&note, sizeof note, ELFCLASS64, ET_DYN));
    check_no_build_id(fd, mapped(PROT_READ, MAP_PRIVATE, make_file("text", "no ELF file"), 0));
    check_no_build_id(fd, mapped(PROT_READ, MAP_PRIVATE, make_file("none", ""), 0));
    check_no_build_id(fd, mapped(PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    check_no_build_id(fd, mapped(PROT_READ, MAP_PRIVATE, REQUIRE_OK(open("/dev/zero", O_RDONLY)), 0));
}

TEST(query_isOfMapsOnly) {
    open_maps();
    struct query query = asking(&query, 0);
    static const char *const others[] = {"smaps", "numa_maps", "status"};
    for (int i = 0; i < 3; i++) {
        char path[64];
        snprintf(path, sizeof path, "/proc/self/%s", others[i]);
        CHECK_ERR(ioctl(REQUIRE_OK(open(path, O_RDONLY)), QUERY, &query), ENOTTY);
    }
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/maps", getpid());
    CHECK_OK(ioctl(REQUIRE_OK(open(path, O_RDONLY)), QUERY, &query));
    CHECK(query.vma_start <= (uintptr_t)&query && query.vma_end > (uintptr_t)&query);
}

TEST(query_ofAnotherProcess_isItsMemory) {
    open_maps();
    char *memory = mapped(PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int ends[2], news[2];
    REQUIRE_OK(pipe(ends));
    REQUIRE_OK(pipe(news));
    pid_t child = START_CHILD({
        char byte;
        close(ends[1]);
        munmap(memory, PAGE);
        write(news[1], "x", 1);
        read(ends[0], &byte, 1);
    });
    char path[64], byte;
    read(news[0], &byte, 1);
    snprintf(path, sizeof path, "/proc/%d/maps", child);
    int fd = REQUIRE_OK(open(path, O_RDONLY));
    struct query query = asking(memory, 0);
    CHECK_ERR(ioctl(fd, QUERY, &query), ENOENT);
    query = asking(memory + PAGE, 0);
    CHECK_OK(ioctl(fd, QUERY, &query));
    CHECK_EQ(query.vma_start, (uintptr_t)memory + PAGE);
    close(ends[1]);
    wait_for(child);
    CHECK_ERR(ioctl(fd, QUERY, &query), ESRCH);
    query.query_flags = 64;
    CHECK_ERR(ioctl(fd, QUERY, &query), EINVAL);
    char text[64];
    CHECK_ERR(read(fd, text, sizeof text), ESRCH);
}

TEST(query_ofAZombie_findsNoProcess) {
    close(open_maps());
    pid_t child = START_CHILD({});
    EVENTUALLY(state_of(child) == 'Z');
    char path[64], text[64];
    snprintf(path, sizeof path, "/proc/%d/maps", child);
    int fd = REQUIRE_OK(open(path, O_RDONLY));
    struct query query = asking(&query, 0);
    CHECK_ERR(ioctl(fd, QUERY, &query), ESRCH);
    CHECK_EQ(read(fd, text, sizeof text), 0);
    wait_for(child);
}

TEST(maps_stayThoseOfTheProgramThatWasThere) {
    int fd = open_maps(), news[2], ends[2];
    close(fd);
    REQUIRE_OK(pipe(news));
    REQUIRE_OK(pipe2(ends, O_CLOEXEC));
    fcntl(news[1], F_SETFD, FD_CLOEXEC);
    pid_t child = START_CHILD({
        char byte;
        close(ends[1]);
        read(ends[0], &byte, 1);
        execl("/bin/sleep", "sleep", "60", NULL);
    });
    char path[64], text[64];
    snprintf(path, sizeof path, "/proc/%d/maps", child);
    fd = REQUIRE_OK(open(path, O_RDONLY));
    struct query query = asking(&query, 0);
    CHECK_OK(ioctl(fd, QUERY, &query));
    close(news[1]);
    close(ends[1]);
    read(news[0], text, 1); /* ends with execve */
    CHECK_ERR(ioctl(fd, QUERY, &query), ESRCH);
    CHECK_EQ(read(fd, text, sizeof text), 0);
    kill(child, SIGKILL);
    wait_for(child);
}
