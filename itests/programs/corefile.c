/* core(5): what is left of a process that a signal has killed. */
#include "seccompfilter.h"
#include <elf.h>
#include <pthread.h>
#include <sys/procfs.h>
#include <sys/ptrace.h>
#include <sys/user.h>

static void need_plain_pattern(void) {
    const char *pattern = text_of("/proc/sys/kernel/core_pattern");
    if (strcmp(pattern, "core\n") != 0) SKIP("core files go elsewhere here: %s", pattern);
    if (strcmp(text_of("/proc/sys/kernel/core_uses_pid"), "0\n") != 0) SKIP("core files have other names here");
}

static void set_limit(rlim_t bytes) {
    struct rlimit limit = {bytes, RLIM_INFINITY};
    if (setrlimit(RLIMIT_CORE, &limit) != 0) SKIP("no core files here: the limit cannot be raised");
}

/* A child with an unlimited core file; gives the wait status. */
#define DIES(...)                                                              \
    ({                                                                         \
        set_limit(RLIM_INFINITY);                                              \
        IN_CHILD(__VA_ARGS__);                                                 \
    })

static unsigned char *core;
static size_t core_size;

static bool load_core(const char *path) {
    struct stat about;
    int fd = open(path, O_RDONLY);
    if (fd < 0 || fstat(fd, &about) < 0) return check_fail("no core file: %s", check_errno(errno));
    CHECK_EQ(about.st_mode & 07777, 0600);
    core_size = about.st_size;
    core = mmap(NULL, core_size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    Elf64_Ehdr *header = (void *)core;
    return CHECK(core != MAP_FAILED && core_size > sizeof *header) && CHECK(memcmp(core, ELFMAG, SELFMAG) == 0) &&
           CHECK_EQ(header->e_type, ET_CORE) && CHECK_EQ(header->e_machine, EM_X86_64);
}

/* The nth note of a type, its size in *size. */
static void *note(unsigned type, int nth, unsigned *size) {
    Elf64_Ehdr *header = (void *)core;
    Elf64_Phdr *segments = (void *)(core + header->e_phoff);
    for (int i = 0; i < header->e_phnum; i++) {
        if (segments[i].p_type != PT_NOTE) continue;
        unsigned char *at = core + segments[i].p_offset, *end = at + segments[i].p_filesz;
        while (at + sizeof(Elf64_Nhdr) <= end) {
            Elf64_Nhdr *head = (void *)at;
            unsigned char *content = at + sizeof *head + ((head->n_namesz + 3) & ~3u);
            if (head->n_type == type && nth-- == 0) {
                *size = head->n_descsz;
                return content;
            }
            at = content + ((head->n_descsz + 3) & ~3u);
        }
    }
    return NULL;
}

/* Memory of the dead process; NULL if the file has it not. */
static void *memory_of(const volatile void *address) {
    Elf64_Ehdr *header = (void *)core;
    Elf64_Phdr *segments = (void *)(core + header->e_phoff);
    for (int i = 0; i < header->e_phnum; i++) {
        uintptr_t offset = (uintptr_t)address - segments[i].p_vaddr;
        if (segments[i].p_type == PT_LOAD && (uintptr_t)address >= segments[i].p_vaddr && offset < segments[i].p_filesz)
            return core + segments[i].p_offset + offset;
    }
    return NULL;
}

static volatile long marked = 1;

TEST(coreFile_hasRegistersAndMemory) {
    need_plain_pattern();
    int status = DIES(
        marked = 0x1234567890;
        __asm__ volatile("mov $0x777, %%r15\n mov $0, %%eax\n movl $1, (%%rax)" : : : "r15", "rax", "memory"));
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV && WCOREDUMP(status));
    if (!load_core("core")) return;
    unsigned size = 0;
    struct elf_prstatus *process = note(NT_PRSTATUS, 0, &size);
    if (CHECK(process != NULL) && CHECK_EQ(size, sizeof *process)) {
        struct user_regs_struct *regs = (void *)process->pr_reg;
        CHECK_EQ(process->pr_cursig, SIGSEGV);
        CHECK_EQ(process->pr_ppid, getpid());
        CHECK_EQ(regs->r15, 0x777);
        CHECK_EQ(regs->rax, 0);
    }
    CHECK(note(NT_PRSTATUS, 1, &size) == NULL);
    struct elf_prpsinfo *facts = note(NT_PRPSINFO, 0, &size);
    if (CHECK(facts != NULL) && CHECK_EQ(size, sizeof *facts)) {
        CHECK(strncmp(facts->pr_fname, "corefile", 8) == 0);
        CHECK(strstr(facts->pr_psargs, "corefile") != NULL);
    }
    siginfo_t *info = note(NT_SIGINFO, 0, &size);
    if (CHECK(info != NULL)) {
        CHECK_EQ(info->si_signo, SIGSEGV);
        CHECK_EQ(info->si_code, SEGV_MAPERR);
        CHECK(info->si_addr == NULL);
    }
    CHECK(note(NT_AUXV, 0, &size) != NULL);
    CHECK(note(NT_FILE, 0, &size) != NULL);
    CHECK(note(NT_PRFPREG, 0, &size) != NULL && size == 512);
    long *value = memory_of(&marked);
    CHECK(value != NULL && *value == 0x1234567890);
    CHECK(memory_of(__builtin_frame_address(0)) != NULL);
}

static volatile int threads_up;

static void *sleeper(void *unused) {
    (void)unused;
    __atomic_fetch_add(&threads_up, 1, __ATOMIC_SEQ_CST);
    for (;;) pause();
    return NULL;
}

TEST(coreFile_hasAllThreads) {
    need_plain_pattern();
    int status = DIES(
        pthread_t thread;
        for (int i = 0; i < 3; i++) pthread_create(&thread, NULL, sleeper, NULL);
        while (threads_up < 3) sleep_ms(1);
        abort());
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT && WCOREDUMP(status));
    if (!load_core("core")) return;
    unsigned size;
    pid_t tids[4];
    for (int i = 0; i < 4; i++) {
        struct elf_prstatus *thread = note(NT_PRSTATUS, i, &size);
        if (!CHECK(thread != NULL)) return;
        tids[i] = thread->pr_pid;
        for (int k = 0; k < i; k++) CHECK(tids[i] != tids[k]);
    }
    CHECK(note(NT_PRSTATUS, 4, &size) == NULL);
}

TEST(noCoreFile_withoutLimitOrPermission) {
    need_plain_pattern();
    set_limit(0);
    int status = IN_CHILD(abort());
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT && !WCOREDUMP(status));
    CHECK_ERR(access("core", F_OK), ENOENT);
    status = DIES(prctl(PR_SET_DUMPABLE, 0); abort());
    CHECK(WIFSIGNALED(status) && !WCOREDUMP(status));
    CHECK_ERR(access("core", F_OK), ENOENT);
    status = DIES(raise(SIGTERM));
    CHECK(WIFSIGNALED(status) && !WCOREDUMP(status));
    CHECK_ERR(access("core", F_OK), ENOENT);
    CHECK_OK(mkdir("core", 0755));
    status = DIES(abort());
    CHECK(WIFSIGNALED(status) && !WCOREDUMP(status));
}

TEST(formerFile_isReplaced) {
    need_plain_pattern();
    close(make_file("core", "former"));
    CHECK_OK(link("core", "kept"));
    int status = DIES(abort());
    CHECK(WIFSIGNALED(status) && WCOREDUMP(status));
    CHECK_STR(text_of("kept"), "former");
    load_core("core");
}

TEST(limit_cutsTheFile) {
    need_plain_pattern();
    set_limit(40960);
    int status = IN_CHILD(abort());
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    struct stat about;
    if (CHECK_OK(stat("core", &about)) == 0) CHECK(about.st_size > 0 && about.st_size <= 40960);
}

TEST(untouchedMemory_isAHole) {
    need_plain_pattern();
    int status = DIES(
        char *memory = mmap(NULL, 1 << 28, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        memory[1 << 27] = 42;
        marked = (long)memory;
        abort());
    CHECK(WIFSIGNALED(status) && WCOREDUMP(status));
    struct stat about;
    CHECK_OK(stat("core", &about));
    CHECK(about.st_size > 1 << 28);
    CHECK(about.st_blocks * 512 < 1 << 25);
    if (!load_core("core")) return;
    long *memory = memory_of(&marked);
    if (CHECK(memory != NULL)) {
        char *byte = memory_of((char *)*memory + (1 << 27));
        CHECK(byte != NULL && *byte == 42);
        CHECK(memory_of((char *)*memory + (1 << 28) - 1) != NULL);
    }
}

TEST(filter_choosesMemory) {
    need_plain_pattern();
    /* it is inherited, and a JVM sets more */
    int own = open("/proc/self/coredump_filter", O_WRONLY | O_CLOEXEC);
    CHECK_EQ(write(own, "0x33", 4), 4);
    close(own);
    CHECK_STR(text_of("/proc/self/coredump_filter"), "00000033\n");
    volatile long *pages = shared_memory(4096);
    int status = DIES(
        int fd = open("/proc/self/coredump_filter", O_WRONLY);
        if (write(fd, "0x1", 3) != 3) _exit(1);
        *pages = 7;
        abort());
    CHECK(WIFSIGNALED(status) && WCOREDUMP(status));
    if (!load_core("core")) return;
    CHECK(memory_of(&marked) != NULL);
    CHECK(memory_of(pages) == NULL);
    unlink("core");
    status = DIES(
        char *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        memory[0] = 1;
        madvise(memory, 4096, MADV_DONTDUMP);
        marked = (long)memory;
        *pages = 8;
        abort());
    if (!load_core("core")) return;
    long *shared = memory_of(pages);
    long *dropped = memory_of(&marked);
    CHECK(shared != NULL && *shared == 8);
    CHECK(dropped != NULL && memory_of((void *)*dropped) == NULL);
}

TEST(seccompKill_dumpsCore) {
    need_plain_pattern();
    int status = DIES(
        no_new_privileges();
        REQUIRE_OK(ANSWER_CALL(0, SYS_getppid, SECCOMP_RET_KILL_PROCESS));
        syscall(SYS_getppid));
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS && WCOREDUMP(status));
    if (!load_core("core")) return;
    unsigned size;
    siginfo_t *info = note(NT_SIGINFO, 0, &size);
    CHECK(info != NULL && info->si_signo == SIGSYS && info->si_syscall == SYS_getppid);
}

TEST(waitid_tellsOfIt) {
    need_plain_pattern();
    set_limit(RLIM_INFINITY);
    pid_t child = START_CHILD(abort());
    siginfo_t info;
    CHECK_OK(waitid(P_PID, child, &info, WEXITED));
    CHECK_EQ(info.si_code, CLD_DUMPED);
    CHECK_EQ(info.si_status, SIGABRT);
}
