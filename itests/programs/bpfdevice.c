/* bpf(2): programs of BPF_PROG_TYPE_CGROUP_DEVICE, what the verifier says of them, and the devices of control groups. */
#include "check.h"

#include <linux/bpf.h>
#include <linux/capability.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>

typedef struct bpf_insn insn;

#define MOV(to, value) {BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, value}
#define MOVX(to, from) {BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0}
#define AND(to, value) {BPF_ALU64 | BPF_AND | BPF_K, to, 0, 0, value}
#define LOAD(to, from, at) {BPF_LDX | BPF_MEM | BPF_W, to, from, at, 0}
#define LOADB(to, from, at) {BPF_LDX | BPF_MEM | BPF_B, to, from, at, 0}
#define LOADH(to, from, at) {BPF_LDX | BPF_MEM | BPF_H, to, from, at, 0}
#define LOADD(to, from, at) {BPF_LDX | BPF_MEM | BPF_DW, to, from, at, 0}
#define STORE(to, at, value) {BPF_ST | BPF_MEM | BPF_DW, to, 0, at, value}
#define STOREX(to, at, from) {BPF_STX | BPF_MEM | BPF_DW, to, from, at, 0}
#define JUMP(if, reg, value, by) {BPF_JMP | BPF_##if | BPF_K, reg, 0, by, value}
#define CALL(number) {BPF_JMP | BPF_CALL, 0, 0, 0, number}
#define EXIT {BPF_JMP | BPF_EXIT, 0, 0, 0, 0}

static char report[65536];

static long bpf(int command, union bpf_attr *attr, unsigned size) {
    return syscall(SYS_bpf, command, attr, size);
}

static union bpf_attr loading(const insn *code, int count) {
    union bpf_attr attr;
    memset(&attr, 0, sizeof attr);
    attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
    attr.insns = (uintptr_t)code;
    attr.insn_cnt = count;
    attr.license = (uintptr_t)"GPL";
    return attr;
}

static int load(const insn *code, int count) {
    union bpf_attr attr = loading(code, count);
    memset(report, 0, sizeof report);
    attr.log_level = 1;
    attr.log_buf = (uintptr_t)report;
    attr.log_size = sizeof report;
    return bpf(BPF_PROG_LOAD, &attr, sizeof attr);
}

#define CODE(...) ((insn[]){__VA_ARGS__})
#define LOAD_CODE(...) load(CODE(__VA_ARGS__), sizeof CODE(__VA_ARGS__) / sizeof(insn))
#define TAKEN(...) ({ int t_ = CHECK_OK(LOAD_CODE(__VA_ARGS__)); close(t_); })
/* Refused with an errno, and with these words in the log. */
#define REFUSED(error, text, ...)                                                                  \
    ({                                                                                             \
        CHECK_ERR(LOAD_CODE(__VA_ARGS__), error);                                                  \
        if (!strstr(report, text)) check_fail("%d: \"%s\" is not in: %s", __LINE__, text, report); \
    })

static int always(int answer) {
    return REQUIRE_OK(LOAD_CODE(MOV(0, answer), EXIT));
}

static char group[64], inner[80];

/* A mount namespace with a cgroup2, a group in it and one in that; and a place for devices. */
static void begin(void) {
    need_root();
    REQUIRE_OK(unshare(CLONE_NEWNS));
    REQUIRE_OK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
    REQUIRE_OK(mkdir("m", 0755));
    REQUIRE_OK(mkdir("d", 0755));
    REQUIRE_OK(mount("none", "d", "tmpfs", 0, NULL));
    if (mount("none", "m", "cgroup2", 0, NULL) < 0) SKIP("no cgroup2: %s", check_errno(errno));
    snprintf(group, sizeof group, "m/b%d", getpid());
    snprintf(inner, sizeof inner, "%s/inner", group);
    REQUIRE_OK(mkdir(group, 0755));
    REQUIRE_OK(mkdir(inner, 0755));
}

static void end(void) {
    rmdir(inner);
    rmdir(group);
}

static int directory(const char *path) {
    return REQUIRE_OK(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static int attach(int at, int program, int flags, int replaced) {
    union bpf_attr attr = {.target_fd = at, .attach_bpf_fd = program, .attach_type = BPF_CGROUP_DEVICE, .attach_flags = flags};
    attr.replace_bpf_fd = replaced;
    return bpf(BPF_PROG_ATTACH, &attr, sizeof attr);
}

static int detach(int at, int program) {
    union bpf_attr attr = {.target_fd = at, .attach_bpf_fd = program, .attach_type = BPF_CGROUP_DEVICE};
    return bpf(BPF_PROG_DETACH, &attr, sizeof attr);
}

static struct { int result, flags, count, ids[64]; } found;

static int query(int at, int flags, int room) {
    union bpf_attr attr = {.query = {.target_fd = at, .attach_type = BPF_CGROUP_DEVICE, .query_flags = flags}};
    memset(&found, 0, sizeof found);
    attr.query.prog_ids = (uintptr_t)found.ids;
    attr.query.prog_cnt = room;
    int result = bpf(BPF_PROG_QUERY, &attr, sizeof attr);
    found.flags = attr.query.attach_flags;
    found.count = attr.query.prog_cnt;
    return result;
}

static int info(int fd, struct bpf_prog_info *into) {
    union bpf_attr attr = {.info = {.bpf_fd = fd, .info_len = sizeof *into, .info = (uintptr_t)into}};
    return bpf(BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof attr);
}

static int id_of(int program) {
    struct bpf_prog_info told = {0};
    REQUIRE_OK(info(program, &told));
    return told.id;
}

static void enter(const char *path) {
    char file[128], number[16];
    snprintf(file, sizeof file, "%s/cgroup.procs", path);
    snprintf(number, sizeof number, "%d", getpid());
    int fd = REQUIRE_OK(open(file, O_WRONLY | O_CLOEXEC));
    REQUIRE_OK(write(fd, number, strlen(number)));
    close(fd);
}

static void set_capabilities(uint64_t effective) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct sets[2];
    REQUIRE_OK(syscall(SYS_capget, &header, sets));
    sets[0].effective = effective;
    sets[1].effective = effective >> 32;
    REQUIRE_OK(syscall(SYS_capset, &header, sets));
}

TEST(load_ofProgram_givesClosingDescriptor) {
    need_root();
    int fd = always(1);
    CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    CHECK_EQ(fcntl(fd, F_GETFL), O_RDWR);
    char link[64] = "", path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    CHECK_OK(readlink(path, link, sizeof link - 1));
    CHECK_STR(link, "anon_inode:bpf-prog");
    char byte;
    CHECK_ERR(read(fd, &byte, 1), EINVAL);
    CHECK(strncmp(report, "processed 2 insns (limit 1000000)", 33) == 0);
}

TEST(load_ofAttributes_isChecked) {
    need_root();
    insn code[] = {MOV(0, 1), EXIT};
    union bpf_attr attr;
#define WITH(error, ...)                                       \
    ({                                                         \
        attr = loading(code, 2);                               \
        __VA_ARGS__;                                           \
        CHECK_ERR(bpf(BPF_PROG_LOAD, &attr, sizeof attr), error); \
    })
    WITH(E2BIG, attr.insn_cnt = 0);
    WITH(E2BIG, attr.insn_cnt = 1000001);
    WITH(E2BIG, attr.insn_cnt = 0; attr.prog_type = 99);
    WITH(EINVAL, attr.prog_type = 99);
    WITH(EINVAL, attr.prog_type = 0);
    WITH(EINVAL, attr.prog_flags = 1 << 20);
    WITH(EINVAL, attr.prog_flags = BPF_F_SLEEPABLE);
    WITH(EINVAL, attr.prog_ifindex = 1);
    WITH(EINVAL, attr.attach_btf_id = 1);
    WITH(EINVAL, attr.attach_prog_fd = 1);
    WITH(EINVAL, attr.func_info_cnt = 1);
    WITH(EINVAL, attr.line_info_cnt = 1);
    WITH(EFAULT, attr.license = 0);
    WITH(EFAULT, attr.insns = 8);
    WITH(EFAULT, attr.license = 8; strcpy(attr.prog_name, "a b"));
    WITH(EINVAL, strcpy(attr.prog_name, "a b"));
    WITH(EINVAL, memset(attr.prog_name, 'a', sizeof attr.prog_name));
    attr = loading(code, 2);
    strcpy(attr.prog_name, "a_B.c9");
    attr.kern_version = 5;
    attr.expected_attach_type = 99;
    attr.prog_flags = BPF_F_STRICT_ALIGNMENT;
    int fd = CHECK_OK(bpf(BPF_PROG_LOAD, &attr, sizeof attr));
    close(fd);
    attr = loading(code, 2);
    CHECK_OK(bpf(BPF_PROG_LOAD, &attr, 24));
    CHECK_ERR(bpf(BPF_PROG_LOAD, &attr, 8), EFAULT);
    CHECK_ERR(bpf(BPF_PROG_LOAD, &attr, 4), E2BIG);
}

TEST(attributes_longerThanKnown_mustBeZero) {
    need_root();
    insn code[] = {MOV(0, 1), EXIT};
    char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *(union bpf_attr *)page = loading(code, 2);
    int fd = CHECK_OK(bpf(BPF_PROG_LOAD, (void *)page, 4096));
    close(fd);
    CHECK_ERR(bpf(BPF_PROG_LOAD, (void *)page, 4097), E2BIG);
    page[4000] = 1;
    CHECK_ERR(bpf(BPF_PROG_LOAD, (void *)page, 4001), E2BIG);
    CHECK_ERR(bpf(BPF_PROG_LOAD, (void *)page, 4000) < 0 ? -1 : (errno = 0, -1), 0);
    CHECK_ERR(bpf(BPF_PROG_LOAD, NULL, 8), EFAULT);
    CHECK_ERR(bpf(99, (void *)page, 8), EINVAL);
}

TEST(log_ofRefusal_fitsOrSaysNoSpace) {
    need_root();
    insn code[] = {MOV(0, 2), EXIT}, good[] = {MOV(0, 1), EXIT};
    union bpf_attr attr = loading(code, 2);
#define LOG(level, size)                 \
    ({                                   \
        memset(report, '#', 100);        \
        attr.log_level = level;          \
        attr.log_buf = (uintptr_t)report; \
        attr.log_size = size;            \
        bpf(BPF_PROG_LOAD, &attr, sizeof attr); \
    })
    CHECK_ERR(LOG(1, 20), ENOSPC);
    CHECK_STR(report, "ates 0 mark_read 0\n");
    CHECK_EQ(report[20], '#');
    CHECK_ERR(LOG(1 | 8, 20), ENOSPC);
    CHECK_EQ(report[19], 0);
    CHECK_ERR(LOG(1, 0), EINVAL);
    CHECK_ERR(LOG(0, 20), EINVAL);
    CHECK_ERR(LOG(16, 20), EINVAL);
    CHECK_ERR(LOG(1, 0x7fffffff), EINVAL);
    attr = loading(good, 2);
    CHECK_ERR(LOG(1, 4), ENOSPC);
    CHECK_STR(report, " 0\n");
    attr.log_level = 1;
    attr.log_buf = 8;
    CHECK_ERR(bpf(BPF_PROG_LOAD, &attr, sizeof attr), EFAULT);
    attr.log_buf = 0;
    attr.log_size = 0;
    CHECK_OK(bpf(BPF_PROG_LOAD, &attr, sizeof attr));
}

TEST(verifier_ofStructure_refuses) {
    need_root();
    REFUSED(EINVAL, "last insn is not an exit or jmp", MOV(0, 1));
    REFUSED(EINVAL, "unreachable insn 2", MOV(0, 1), EXIT, MOV(0, 1), EXIT);
    REFUSED(EINVAL, "jump out of range from insn 1 to 7", MOV(0, 1), {BPF_JMP | BPF_JA, 0, 0, 5, 0}, EXIT);
    REFUSED(EINVAL, "unreachable insn 2", MOV(0, 1), {BPF_JMP | BPF_JA, 0, 0, -1, 0}, EXIT);
    REFUSED(EINVAL, "unknown opcode ff", {0xff, 0, 0, 0, 0}, EXIT);
    REFUSED(EINVAL, "unknown opcode 8d", {0x8d, 0, 0, 0, 0}, EXIT);
    REFUSED(EINVAL, "BPF_LDX uses reserved fields", {BPF_LDX | BPF_MEM | BPF_W, 0, 1, 0, 5}, EXIT);
    REFUSED(EINVAL, "BPF_MOV uses reserved fields", {BPF_ALU64 | BPF_MOV, 0, 1, 0, 0}, EXIT);
    REFUSED(EINVAL, "BPF_ALU uses reserved fields", MOV(0, 0), {BPF_ALU64 | BPF_ADD, 0, 0, 1, 0}, EXIT);
    REFUSED(EINVAL, "BPF_EXIT uses reserved fields", MOV(0, 1), {BPF_JMP | BPF_EXIT, 1, 0, 0, 0});
    REFUSED(EINVAL, "BPF_STX uses reserved fields", MOV(2, 0), {BPF_STX | BPF_MEM | BPF_W, 10, 2, -8, 1}, MOV(0, 1), EXIT);
    REFUSED(EINVAL, "last insn is not an exit or jmp", MOV(0, 1), {BPF_LD | BPF_IMM | BPF_DW, 0, 0, 0, 1});
    REFUSED(EINVAL, "invalid bpf_ld_imm64 insn", {BPF_LD | BPF_IMM | BPF_DW, 0, 0, 0, 1}, {0, 1, 0, 0, 0}, EXIT);
    REFUSED(EINVAL, "unreachable insn 1", {BPF_JMP | BPF_JA, 0, 0, 1, 0}, {BPF_LD | BPF_IMM | BPF_DW, 0, 0, 0, 1},
            {0, 0, 0, 0, 0}, EXIT);
    REFUSED(EBADF, "fd 99 is not pointing to valid bpf_map", {BPF_LD | BPF_IMM | BPF_DW, 1, 1, 0, 99}, {0, 0, 0, 0, 0},
            MOV(0, 1), EXIT);
    REFUSED(EINVAL, "fd 0 is not pointing to valid bpf_map", {BPF_LD | BPF_IMM | BPF_DW, 1, 1, 0, 0}, {0, 0, 0, 0, 0},
            MOV(0, 1), EXIT);
    REFUSED(EINVAL, "not allowed for this program type", {BPF_LD | BPF_ABS | BPF_W, 0, 0, 0, 0}, EXIT);
    REFUSED(EINVAL, "div by zero", MOV(0, 1), {BPF_ALU64 | BPF_DIV, 0, 0, 0, 0}, EXIT);
    REFUSED(EINVAL, "invalid shift 64", MOV(0, 1), {BPF_ALU64 | BPF_LSH, 0, 0, 0, 64}, EXIT);
    REFUSED(EINVAL, "invalid shift 32", MOV(0, 1), {BPF_ALU | BPF_LSH, 0, 0, 0, 32}, EXIT);
    TAKEN({BPF_LD | BPF_IMM | BPF_DW, 0, 0, 0, 1}, {0, 0, 0, 0, 0}, EXIT);
    TAKEN(MOV(0, 1), {BPF_JMP32 | BPF_JA, 0, 0, 0, 0}, EXIT);
}

TEST(verifier_ofRegisters_refuses) {
    need_root();
    REFUSED(EACCES, "R0 !read_ok", EXIT);
    REFUSED(EACCES, "R2 !read_ok", MOVX(0, 2), EXIT);
    REFUSED(EACCES, "frame pointer is read only", MOV(10, 0), MOV(0, 1), EXIT);
    REFUSED(EINVAL, "R11 is invalid", MOV(11, 1), MOV(0, 1), EXIT);
    REFUSED(EACCES, "R2 invalid mem access 'scalar'", MOV(2, 0), LOAD(0, 2, 0), EXIT);
    REFUSED(EACCES, "R1 bitwise operator &= on pointer prohibited", AND(1, 1), MOV(0, 1), EXIT);
    REFUSED(EACCES, "R1 pointer arithmetic with *= operator prohibited", {BPF_ALU64 | BPF_MUL, 1, 0, 0, 1}, MOV(0, 1), EXIT);
    REFUSED(EACCES, "R1 32-bit pointer arithmetic prohibited", {BPF_ALU | BPF_ADD, 1, 0, 0, 1}, MOV(0, 1), EXIT);
    REFUSED(EACCES, "R1 pointer += pointer prohibited", {BPF_ALU64 | BPF_ADD | BPF_X, 1, 10, 0, 0}, MOV(0, 1), EXIT);
    REFUSED(EINVAL, "R0 is not a known value (ctx)", MOVX(0, 1), EXIT);
    TAKEN(MOVX(0, 10), {BPF_ALU64 | BPF_SUB | BPF_X, 0, 10, 0, 0}, AND(0, 1), EXIT);
    TAKEN({BPF_ALU64 | BPF_NEG, 1, 0, 0, 0}, MOV(0, 1), EXIT);
    TAKEN({BPF_ALU | BPF_MOV | BPF_X, 2, 1, 0, 0}, MOV(0, 1), EXIT);
    TAKEN(MOV(0, 1), {BPF_JMP | BPF_JEQ | BPF_X, 1, 10, 0, 0}, EXIT);
}

TEST(verifier_ofPaths_seesEach) {
    need_root();
    /* r0 is set on one way only */
    REFUSED(EACCES, "R0 !read_ok", LOAD(2, 1, 0), JUMP(JEQ, 2, 7, 1), MOV(0, 1), EXIT);
    /* never taken */
    TAKEN(MOV(2, 1), MOV(0, 0), JUMP(JEQ, 2, 1, 1), MOV(0, 7), EXIT);
    TAKEN(LOAD(0, 1, 0), JUMP(JGT, 0, 1, 1), EXIT, MOV(0, 0), EXIT);
    TAKEN(LOAD(0, 1, 0), JUMP(JLT, 0, 2, 1), MOV(0, 1), EXIT);
    REFUSED(EINVAL, "should have been in [0, 1]", LOAD(0, 1, 0), JUMP(JGT, 0, 2, 1), EXIT, MOV(0, 0), EXIT);
    /* a pointer on one way, a number on the other */
    REFUSED(EACCES, "invalid mem access 'scalar'", LOAD(2, 1, 0), MOVX(3, 10), JUMP(JEQ, 2, 7, 1), MOV(3, 0), LOAD(0, 3, -8),
            AND(0, 1), EXIT);
    /* a loop that ends, and two that do not */
    TAKEN(MOV(0, 0), {BPF_ALU64 | BPF_ADD, 0, 0, 0, 1}, JUMP(JLT, 0, 10, -2), MOV(0, 1), EXIT);
    REFUSED(EINVAL, "infinite loop detected", MOV(0, 0), JUMP(JLT, 0, 10, -1), EXIT);
    union bpf_attr attr =
        loading(CODE(MOV(0, 0), {BPF_ALU64 | BPF_ADD, 0, 0, 0, 1}, JUMP(JNE, 0, -1, -2), MOV(0, 1), EXIT), 5);
    CHECK_ERR(bpf(BPF_PROG_LOAD, &attr, sizeof attr), E2BIG);
}

TEST(verifier_ofContext_allowsWordsAndPartsOfTheFirst) {
    need_root();
    REFUSED(EACCES, "invalid bpf_context access off=12 size=4", LOAD(2, 1, 12), MOV(0, 1), EXIT);
    REFUSED(EACCES, "invalid bpf_context access off=-4 size=4", LOAD(2, 1, -4), MOV(0, 1), EXIT);
    REFUSED(EACCES, "invalid bpf_context access off=2 size=4", LOAD(2, 1, 2), MOV(0, 1), EXIT);
    REFUSED(EACCES, "invalid bpf_context access off=0 size=8", LOADD(2, 1, 0), MOV(0, 1), EXIT);
    REFUSED(EACCES, "invalid bpf_context access off=4 size=1", LOADB(2, 1, 4), MOV(0, 1), EXIT);
    REFUSED(EACCES, "invalid bpf_context access off=0 size=4", {BPF_ST | BPF_MEM | BPF_W, 1, 0, 0, 1}, MOV(0, 1), EXIT);
    REFUSED(EACCES, "dereference of modified ctx ptr R1 off=4 disallowed", {BPF_ALU64 | BPF_ADD, 1, 0, 0, 4}, LOAD(2, 1, 0),
            MOV(0, 1), EXIT);
    REFUSED(EACCES, "variable ctx access", LOAD(2, 1, 0), {BPF_ALU64 | BPF_ADD | BPF_X, 1, 2, 0, 0}, LOAD(3, 1, 0), MOV(0, 1),
            EXIT);
    TAKEN(LOADB(2, 1, 0), LOADB(2, 1, 3), LOADH(2, 1, 2), LOAD(2, 1, 4), LOAD(2, 1, 8), MOV(0, 1), EXIT);
}

TEST(verifier_ofStack_checksPlaces) {
    need_root();
    TAKEN(STORE(10, -8, 1), LOADD(0, 10, -8), EXIT);
    TAKEN(STORE(10, -512, 1), LOADD(0, 10, -512), EXIT);
    TAKEN(LOADD(0, 10, -8), AND(0, 1), EXIT);
    TAKEN(STOREX(10, -8, 1), LOADD(2, 10, -8), LOAD(0, 2, 0), AND(0, 1), EXIT);
    TAKEN(MOVX(2, 10), {BPF_ALU64 | BPF_ADD, 2, 0, 0, -16}, STORE(2, 8, 1), LOADD(0, 10, -8), EXIT);
    REFUSED(EACCES, "invalid write to stack R10 off=-520 size=8", STORE(10, -520, 1), MOV(0, 1), EXIT);
    REFUSED(EACCES, "invalid write to stack R10 off=0 size=8", STORE(10, 0, 1), MOV(0, 1), EXIT);
    REFUSED(EACCES, "invalid read from stack R10 off=0 size=8", LOADD(0, 10, 0), EXIT);
    REFUSED(EACCES, "misaligned stack access", STORE(10, -12, 1), MOV(0, 1), EXIT);
    REFUSED(EACCES, "invalid size of register fill", STOREX(10, -8, 1), LOAD(0, 10, -8), AND(0, 1), EXIT);
}

TEST(verifier_ofHelpers_knowsTheType) {
    need_root();
    TAKEN(CALL(BPF_FUNC_ktime_get_ns), AND(0, 1), EXIT);
    TAKEN(CALL(BPF_FUNC_get_prandom_u32), AND(0, 1), EXIT);
    TAKEN(CALL(BPF_FUNC_get_current_uid_gid), AND(0, 1), EXIT);
    TAKEN(CALL(BPF_FUNC_get_current_pid_tgid), AND(0, 1), EXIT);
    TAKEN(CALL(BPF_FUNC_get_current_cgroup_id), AND(0, 1), EXIT);
    REFUSED(EINVAL, "unknown scalar value", CALL(BPF_FUNC_ktime_get_ns), EXIT);
    REFUSED(EACCES, "R1 !read_ok", CALL(BPF_FUNC_ktime_get_ns), LOAD(0, 1, 0), EXIT);
    REFUSED(EINVAL, "invalid func unknown#9999", CALL(9999), EXIT);
    REFUSED(EINVAL, "program of this type cannot use helper", CALL(BPF_FUNC_probe_read), AND(0, 1), EXIT);
    REFUSED(EINVAL, "program of this type cannot use helper", CALL(BPF_FUNC_skb_store_bytes), AND(0, 1), EXIT);
}

TEST(load_withFewerCapabilities_isRefusedOrJudgedHarder) {
    need_root();
    set_capabilities(0);
    CHECK_ERR(LOAD_CODE(MOV(0, 1), EXIT), EPERM);
    set_capabilities(1ULL << CAP_BPF);
    CHECK_ERR(LOAD_CODE(MOV(0, 1), EXIT), EPERM);
    set_capabilities(1ULL << CAP_BPF | 1ULL << CAP_NET_ADMIN);
    TAKEN(MOV(0, 1), EXIT);
    REFUSED(EACCES, "invalid read from stack", LOADD(0, 10, -8), AND(0, 1), EXIT);
    REFUSED(EACCES, "R0 leaks addr as return value", MOVX(0, 1), EXIT);
    REFUSED(EACCES, "R10 pointer comparison prohibited", MOV(0, 1), {BPF_JMP | BPF_JEQ | BPF_X, 1, 10, 0, 0}, EXIT);
    REFUSED(EINVAL, "program of this type cannot use helper", CALL(BPF_FUNC_trace_printk), MOV(0, 1), EXIT);
}

TEST(attach_ofWrongThings_isRefused) {
    begin();
    int at = directory(group), program = always(1), other = directory("/");
    int file = REQUIRE_OK(openat(at, "cgroup.procs", O_RDONLY));
    CHECK_ERR(attach(-1, program, 0, 0), EBADF);
    CHECK_ERR(attach(other, program, 0, 0), EBADF);
    CHECK_ERR(attach(file, program, 0, 0), EBADF);
    CHECK_ERR(attach(at, -1, 0, 0), EBADF);
    CHECK_ERR(attach(at, at, 0, 0), EINVAL);
    CHECK_ERR(attach(at, program, 3, 0), EINVAL);
    CHECK_ERR(attach(at, program, 4, 0), EINVAL);
    CHECK_ERR(attach(-1, program, 4, 0), EBADF);
    CHECK_ERR(attach(-1, program, 1 << 20, 0), EINVAL);
    CHECK_ERR(attach(-1, program, 6, program), EBADF);
    CHECK_ERR(attach(at, program, 6, 99), EBADF);
    CHECK_ERR(attach(at, program, 6, program), ENOENT);
    union bpf_attr attr = {.target_fd = at, .attach_bpf_fd = program, .attach_type = 999};
    CHECK_ERR(bpf(BPF_PROG_ATTACH, &attr, sizeof attr), EINVAL);
    attr.attach_type = BPF_CGROUP_SYSCTL;
    CHECK_ERR(bpf(BPF_PROG_ATTACH, &attr, sizeof attr), EINVAL);
    int path = REQUIRE_OK(open(group, O_PATH));
    CHECK_OK(attach(path, program, 0, 0));
    CHECK_OK(detach(path, program));
    CHECK_OK(rmdir(inner));
    CHECK_OK(rmdir(group));
    CHECK_ERR(attach(at, program, 0, 0), ENOENT);
    CHECK_ERR(query(at, 0, 0), ENOENT);
}

TEST(attach_ofOne_replacesAndRulesBelow) {
    begin();
    int at = directory(group), in = directory(inner), one = always(1), two = always(1);
    CHECK_OK(attach(at, one, 0, 0));
    CHECK_OK(attach(at, one, 0, 0));
    CHECK_OK(attach(at, two, 0, 0));
    CHECK_OK(query(at, 0, 64));
    CHECK_EQ(found.flags, 0);
    CHECK_EQ(found.count, 1);
    CHECK_EQ(found.ids[0], id_of(two));
    CHECK_ERR(attach(at, two, BPF_F_ALLOW_OVERRIDE, 0), EPERM);
    CHECK_ERR(attach(at, two, BPF_F_ALLOW_MULTI, 0), EPERM);
    CHECK_ERR(attach(in, one, 0, 0), EPERM);
    CHECK_ERR(attach(in, one, BPF_F_ALLOW_MULTI, 0), EPERM);
    CHECK_OK(query(in, BPF_F_QUERY_EFFECTIVE, 64));
    CHECK_EQ(found.ids[0], id_of(two));
    CHECK_OK(detach(at, -1));
    CHECK_ERR(detach(at, -1), ENOENT);
    CHECK_OK(attach(at, one, BPF_F_ALLOW_OVERRIDE, 0));
    CHECK_OK(attach(in, two, 0, 0));
    CHECK_OK(query(in, BPF_F_QUERY_EFFECTIVE, 64));
    CHECK_EQ(found.count, 1);
    CHECK_EQ(found.ids[0], id_of(two));
    CHECK_ERR(attach(in, two, BPF_F_ALLOW_MULTI, 0), EPERM);
    CHECK_OK(detach(in, -1));
    CHECK_OK(attach(in, two, BPF_F_ALLOW_MULTI, 0));
    CHECK_OK(query(in, BPF_F_QUERY_EFFECTIVE, 64));
    CHECK_EQ(found.count, 1);
    end();
}

TEST(attach_ofSeveral_addsUp) {
    begin();
    int at = directory(group), in = directory(inner), one = always(1), two = always(1), three = always(1);
    CHECK_OK(attach(at, one, BPF_F_ALLOW_MULTI, 0));
    CHECK_ERR(attach(at, one, BPF_F_ALLOW_MULTI, 0), EINVAL);
    CHECK_OK(attach(at, two, BPF_F_ALLOW_MULTI, 0));
    CHECK_OK(query(at, 0, 64));
    CHECK_EQ(found.flags, BPF_F_ALLOW_MULTI);
    CHECK_EQ(found.count, 2);
    CHECK_EQ(found.ids[0], id_of(one));
    CHECK_EQ(found.ids[1], id_of(two));
    CHECK_ERR(query(at, 0, 1), ENOSPC);
    CHECK_EQ(found.count, 2);
    CHECK_EQ(found.ids[0], id_of(one));
    CHECK_EQ(found.ids[1], 0);
    CHECK_OK(query(at, 0, 0));
    CHECK_EQ(found.count, 2);
    CHECK_OK(attach(in, three, BPF_F_ALLOW_MULTI, 0));
    CHECK_OK(query(in, BPF_F_QUERY_EFFECTIVE, 64));
    CHECK_EQ(found.flags, 0);
    CHECK_EQ(found.count, 3);
    CHECK_EQ(found.ids[0], id_of(three));
    CHECK_EQ(found.ids[1], id_of(one));
    CHECK_ERR(query(in, BPF_F_QUERY_EFFECTIVE, 1), ENOSPC);
    CHECK_ERR(detach(at, -1), EINVAL);
    CHECK_ERR(detach(at, three), ENOENT);
    CHECK_OK(attach(at, three, BPF_F_ALLOW_MULTI | BPF_F_REPLACE, two));
    CHECK_ERR(attach(at, three, BPF_F_ALLOW_MULTI | BPF_F_REPLACE, two), EINVAL);
    CHECK_OK(attach(at, three, BPF_F_ALLOW_MULTI | BPF_F_REPLACE, three));
    CHECK_OK(query(at, 0, 64));
    CHECK_EQ(found.ids[1], id_of(three));
    CHECK_OK(detach(at, one));
    CHECK_OK(detach(at, three));
    CHECK_OK(query(at, 0, 64));
    CHECK_EQ(found.flags, 0);
    CHECK_EQ(found.count, 0);
    for (int i = 0; i < 64; i++) {
        int next = always(1);
        CHECK_OK(attach(at, next, BPF_F_ALLOW_MULTI, 0));
        close(next);
    }
    CHECK_ERR(attach(at, one, BPF_F_ALLOW_MULTI, 0), E2BIG);
    end();
}

TEST(query_ofWrongThings_isRefused) {
    begin();
    int at = directory(group);
    CHECK_ERR(query(directory("/"), 0, 0), EBADF);
    CHECK_ERR(query(at, 2, 0), EINVAL);
    union bpf_attr attr = {.query = {.target_fd = at, .attach_type = 999}};
    CHECK_ERR(bpf(BPF_PROG_QUERY, &attr, sizeof attr), EINVAL);
    int program = always(1);
    CHECK_OK(attach(at, program, 0, 0));
    attr.query.attach_type = BPF_CGROUP_DEVICE;
    attr.query.prog_cnt = 5;
    attr.query.prog_ids = 8;
    CHECK_ERR(bpf(BPF_PROG_QUERY, &attr, sizeof attr), EFAULT);
    CHECK_EQ(attr.query.prog_cnt, 1);
    set_capabilities(0);
    CHECK_ERR(query(at, 0, 0), EPERM);
    CHECK_OK(attach(at, program, 0, 0));
    CHECK_OK(detach(at, program));
    end();
}

TEST(numbers_findPrograms) {
    begin();
    int program = always(1), id = id_of(program);
    union bpf_attr attr = {.prog_id = id};
    int again = CHECK_OK(bpf(BPF_PROG_GET_FD_BY_ID, &attr, sizeof attr));
    CHECK_EQ(id_of(again), id);
    attr.start_id = id - 1;
    CHECK_OK(bpf(BPF_PROG_GET_NEXT_ID, &attr, sizeof attr));
    CHECK_EQ(attr.next_id, id);
    close(program);
    attr = (union bpf_attr){.prog_id = id};
    int third = CHECK_OK(bpf(BPF_PROG_GET_FD_BY_ID, &attr, sizeof attr));
    int at = directory(group);
    CHECK_OK(attach(at, again, 0, 0));
    close(again);
    close(third);
    attr = (union bpf_attr){.prog_id = id};
    third = CHECK_OK(bpf(BPF_PROG_GET_FD_BY_ID, &attr, sizeof attr));
    close(third);
    CHECK_OK(detach(at, -1));
    for (int i = 0; i < 500 && (third = bpf(BPF_PROG_GET_FD_BY_ID, &attr, sizeof attr)) >= 0; i++) {
        close(third);
        usleep(10000);
    }
    CHECK_ERR(bpf(BPF_PROG_GET_FD_BY_ID, &attr, sizeof attr), ENOENT);
    attr = (union bpf_attr){.prog_id = 0};
    CHECK_ERR(bpf(BPF_PROG_GET_FD_BY_ID, &attr, sizeof attr), ENOENT);
    attr.open_flags = 1;
    CHECK_ERR(bpf(BPF_PROG_GET_FD_BY_ID, &attr, sizeof attr), EINVAL);
    attr = (union bpf_attr){.start_id = INT_MAX};
    CHECK_ERR(bpf(BPF_PROG_GET_NEXT_ID, &attr, sizeof attr), EINVAL);
    attr.start_id = INT_MAX - 1;
    CHECK_ERR(bpf(BPF_PROG_GET_NEXT_ID, &attr, sizeof attr), ENOENT);
    set_capabilities(0);
    CHECK_ERR(bpf(BPF_PROG_GET_NEXT_ID, &attr, sizeof attr), EPERM);
    attr = (union bpf_attr){.prog_id = 1};
    CHECK_ERR(bpf(BPF_PROG_GET_FD_BY_ID, &attr, sizeof attr), EPERM);
    end();
}

TEST(info_tellsProgram) {
    need_root();
    insn code[] = {MOV(0, 1), EXIT}, back[4] = {{0}};
    union bpf_attr attr = loading(code, 2);
    strcpy(attr.prog_name, "devices");
    int fd = REQUIRE_OK(bpf(BPF_PROG_LOAD, &attr, sizeof attr));
    struct bpf_prog_info told = {.xlated_prog_insns = (uintptr_t)back, .xlated_prog_len = sizeof back};
    CHECK_OK(info(fd, &told));
    CHECK_EQ(told.type, BPF_PROG_TYPE_CGROUP_DEVICE);
    CHECK_STR(told.name, "devices");
    CHECK_EQ(told.xlated_prog_len, sizeof code);
    CHECK(memcmp(back, code, sizeof code) == 0);
    CHECK_EQ(told.created_by_uid, 0);
    CHECK_EQ(told.gpl_compatible, 1);
    CHECK_EQ(told.nr_map_ids, 0);
    CHECK_EQ(told.verified_insns, 2);
    CHECK_EQ(told.func_info_rec_size, 8);
    CHECK(told.load_time > 0);
    /* as long as the caller knows it */
    attr = (union bpf_attr){.info = {.bpf_fd = fd, .info_len = 8, .info = (uintptr_t)&told}};
    memset(&told, 0, sizeof told);
    CHECK_OK(bpf(BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof attr));
    CHECK_EQ(told.type, BPF_PROG_TYPE_CGROUP_DEVICE);
    CHECK_EQ(told.xlated_prog_len, 0);
    char wide[400] = {0};
    attr.info.info_len = sizeof wide;
    attr.info.info = (uintptr_t)wide;
    CHECK_OK(bpf(BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof attr));
    CHECK_EQ(attr.info.info_len, sizeof told);
    attr.info.info_len = sizeof wide;
    wide[399] = 1;
    CHECK_ERR(bpf(BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof attr), E2BIG);
    attr.info.info = 8;
    CHECK_ERR(bpf(BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof attr), EFAULT);
    attr.info.bpf_fd = 99;
    CHECK_ERR(bpf(BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof attr), EBADFD);
    attr.info.bpf_fd = 0;
    CHECK_ERR(bpf(BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof attr), EINVAL);
    char path[64], line[64];
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
    memset(&told, 0, sizeof told);
    CHECK_OK(info(fd, &told));
    snprintf(line, sizeof line, "prog_id:\t%u\n", told.id);
    CHECK(strstr(text_of(path), line));
    CHECK(strstr(text_of(path), "prog_type:\t15\n"));
    set_capabilities(0);
    memset(&told, 0, sizeof told);
    CHECK_OK(info(fd, &told));
    CHECK_EQ(told.xlated_prog_len, 0);
}

TEST(link_keepsProgramAttached) {
    begin();
    int at = directory(group), program = always(1), id = id_of(program);
    union bpf_attr attr = {.link_create = {.prog_fd = program, .target_fd = at, .attach_type = BPF_CGROUP_DEVICE}};
    int link = REQUIRE_OK(bpf(BPF_LINK_CREATE, &attr, sizeof attr));
    CHECK_OK(query(at, 0, 64));
    CHECK_EQ(found.flags, BPF_F_ALLOW_MULTI);
    CHECK_EQ(found.ids[0], id);
    CHECK_ERR(detach(at, program), ENOENT);
    attr.link_create.flags = 2;
    CHECK_ERR(bpf(BPF_LINK_CREATE, &attr, sizeof attr), EINVAL);
    attr.link_create.flags = 0;
    attr.link_create.target_fd = 99;
    CHECK_ERR(bpf(BPF_LINK_CREATE, &attr, sizeof attr), EBADF);
    attr.link_create.prog_fd = 98;
    CHECK_ERR(bpf(BPF_LINK_CREATE, &attr, sizeof attr), EBADF);
    struct bpf_link_info told = {0};
    attr = (union bpf_attr){.info = {.bpf_fd = link, .info_len = sizeof told, .info = (uintptr_t)&told}};
    CHECK_OK(bpf(BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof attr));
    CHECK_EQ(told.type, BPF_LINK_TYPE_CGROUP);
    CHECK_EQ(told.prog_id, id);
    CHECK_EQ(told.cgroup.attach_type, BPF_CGROUP_DEVICE);
    CHECK(told.cgroup.cgroup_id != 0);
    attr = (union bpf_attr){.link_id = told.id};
    int again = CHECK_OK(bpf(BPF_LINK_GET_FD_BY_ID, &attr, sizeof attr));
    close(link);
    CHECK_OK(query(at, 0, 64));
    CHECK_EQ(found.count, 1);
    attr = (union bpf_attr){.link_detach = {.link_fd = again}};
    CHECK_OK(bpf(BPF_LINK_DETACH, &attr, sizeof attr));
    CHECK_OK(bpf(BPF_LINK_DETACH, &attr, sizeof attr));
    CHECK_OK(query(at, 0, 64));
    CHECK_EQ(found.count, 0);
    attr.link_detach.link_fd = program;
    CHECK_ERR(bpf(BPF_LINK_DETACH, &attr, sizeof attr), EINVAL);
    attr = (union bpf_attr){.link_create = {.prog_fd = program, .target_fd = at, .attach_type = BPF_CGROUP_DEVICE}};
    link = REQUIRE_OK(bpf(BPF_LINK_CREATE, &attr, sizeof attr));
    close(link);
    for (int i = 0; i < 500 && query(at, 0, 64) == 0 && found.count; i++) usleep(10000);
    CHECK_EQ(found.count, 0);
    link = REQUIRE_OK(bpf(BPF_LINK_CREATE, &attr, sizeof attr));
    rmdir(inner);
    CHECK_OK(rmdir(group));
    attr = (union bpf_attr){.info = {.bpf_fd = link, .info_len = sizeof told, .info = (uintptr_t)&told}};
    for (int i = 0; i < 500; i++) {
        CHECK_OK(bpf(BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof attr));
        if (told.cgroup.cgroup_id == 0) break;
        usleep(10000);
    }
    CHECK_EQ(told.cgroup.cgroup_id, 0);
}

/* Allows reading of 1:5, everything of 1:3 but mknod; nothing else. */
static int rules(void) {
    return REQUIRE_OK(LOAD_CODE(
        LOADH(2, 1, 0), LOADH(3, 1, 2), LOAD(4, 1, 4), LOAD(5, 1, 8), /* type, access, major, minor */
        JUMP(JNE, 2, BPF_DEVCG_DEV_CHAR, 9), JUMP(JNE, 4, 1, 8),
        JUMP(JNE, 5, 3, 2), MOVX(6, 3), {BPF_JMP | BPF_JA, 0, 0, 1, 0},
        {BPF_JMP | BPF_JA, 0, 0, 3, 0},
        AND(6, BPF_DEVCG_ACC_MKNOD), JUMP(JNE, 6, 0, 2), {BPF_JMP | BPF_JA, 0, 0, 3, 0},
        JUMP(JEQ, 5, 5, 4), MOV(0, 0), EXIT,
        MOV(0, 1), EXIT, JUMP(JNE, 3, BPF_DEVCG_ACC_READ, -5), MOV(0, 1), EXIT));
}

static void check_devices(bool ruled) {
#define RULED(call) (ruled ? CHECK_ERR(call, EPERM) : CHECK_OK(call))
    CHECK_OK(open("d/null", O_RDWR | O_CLOEXEC));
    CHECK_OK(open("d/zero", O_RDONLY | O_CLOEXEC));
    RULED(open("d/zero", O_RDWR | O_CLOEXEC));
    RULED(open("d/zero", O_WRONLY | O_CLOEXEC));
    RULED(open("d/zero", O_RDONLY | O_TRUNC | O_CLOEXEC));
    RULED(open("d/full", O_RDONLY | O_CLOEXEC));
    CHECK_OK(open("d/full", O_PATH | O_CLOEXEC));
    RULED(access("d/full", F_OK));
    CHECK_OK(access("d/zero", R_OK));
    RULED(access("d/zero", W_OK));
    RULED(access("d/full", R_OK));
    RULED(mknod("d/new", S_IFCHR | 0600, makedev(1, 3)));
    RULED(mknod("d/disk", S_IFBLK | 0600, makedev(7, 1)));
    CHECK_ERR(mknod("d/null", S_IFCHR | 0600, makedev(1, 3)), EEXIST);
    unlink("d/new");
    unlink("d/disk");
    CHECK_OK(mknod("d/white", S_IFCHR | 0600, makedev(0, 0)));
    unlink("d/white");
    CHECK_OK(mknod("d/fifo", S_IFIFO | 0600, 0));
    unlink("d/fifo");
    int watches = REQUIRE_OK(inotify_init1(IN_CLOEXEC));
    RULED(inotify_add_watch(watches, "d/full", IN_OPEN));
    close(watches);
    if (ruled) CHECK_ERR(open("d/block", O_RDONLY | O_CLOEXEC), EPERM);
    CHECK_OK(chmod("d/full", 0600));
    CHECK_OK(utimensat(AT_FDCWD, "d/full", NULL, 0));
}

static void make_devices(void) {
    REQUIRE_OK(mknod("d/null", S_IFCHR | 0666, makedev(1, 3)));
    REQUIRE_OK(mknod("d/zero", S_IFCHR | 0666, makedev(1, 5)));
    REQUIRE_OK(mknod("d/full", S_IFCHR | 0666, makedev(1, 7)));
    REQUIRE_OK(mknod("d/block", S_IFBLK | 0666, makedev(7, 99)));
}

TEST(devices_ofRuledGroup_areRefused) {
    begin();
    make_devices();
    int at = directory(group), program = rules();
    check_devices(false);
    int open_before = REQUIRE_OK(open("d/full", O_RDWR | O_CLOEXEC));
    CHECK_OK(attach(at, program, BPF_F_ALLOW_MULTI, 0));
    close(program);
    check_devices(false);
    CHECK_EQ(IN_CHILD({
        enter(group);
        check_devices(true);
        char byte;
        CHECK_EQ(read(open_before, &byte, 1), 1);
    }), 0);
    CHECK_EQ(IN_CHILD({
        enter(inner);
        check_devices(true);
    }), 0);
    CHECK_OK(query(at, 0, 64));
    union bpf_attr attr = {.prog_id = found.ids[0]};
    program = REQUIRE_OK(bpf(BPF_PROG_GET_FD_BY_ID, &attr, sizeof attr));
    CHECK_OK(detach(at, program));
    CHECK_EQ(IN_CHILD({
        enter(inner);
        check_devices(false);
    }), 0);
    end();
}

TEST(devices_ofSeveralPrograms_needAllOfThem) {
    begin();
    make_devices();
    int at = directory(group), in = directory(inner), yes = always(1), no = always(0);
    CHECK_OK(attach(at, no, BPF_F_ALLOW_MULTI, 0));
    CHECK_OK(attach(in, yes, BPF_F_ALLOW_MULTI, 0));
    CHECK_EQ(IN_CHILD({
        enter(inner);
        CHECK_ERR(open("d/null", O_RDONLY), EPERM);
    }), 0);
    CHECK_OK(attach(at, yes, BPF_F_ALLOW_MULTI | BPF_F_REPLACE, no));
    CHECK_EQ(IN_CHILD({
        enter(inner);
        CHECK_OK(open("d/null", O_RDONLY));
    }), 0);
    CHECK_OK(detach(at, yes));
    CHECK_OK(detach(in, yes));
    CHECK_OK(attach(at, no, BPF_F_ALLOW_OVERRIDE, 0));
    CHECK_EQ(IN_CHILD({
        enter(inner);
        CHECK_ERR(open("d/null", O_RDONLY), EPERM);
    }), 0);
    CHECK_OK(attach(in, yes, BPF_F_ALLOW_OVERRIDE, 0));
    CHECK_EQ(IN_CHILD({
        enter(inner);
        CHECK_OK(open("d/null", O_RDONLY));
        /* what permissions say comes first */
        CHECK_OK(chmod("d/zero", 0));
    }), 0);
    CHECK_OK(attach(in, no, BPF_F_ALLOW_OVERRIDE, 0));
    CHECK_EQ(IN_CHILD({
        enter(inner);
        REQUIRE_OK(chdir("d"));
        REQUIRE_OK(setresuid(1000, 1000, 1000));
        CHECK_ERR(open("zero", O_RDONLY), EACCES);
        CHECK_ERR(open("null", O_RDONLY), EPERM);
    }), 0);
    end();
}

TEST(program_computesAsDescribed) {
    begin();
    make_devices();
    int at = directory(group);
#define ANSWER(expected, ...)                                              \
    ({                                                                     \
        int p_ = REQUIRE_OK(LOAD_CODE(__VA_ARGS__, AND(0, 1), EXIT));      \
        CHECK_OK(attach(at, p_, 0, 0));                                    \
        close(p_);                                                         \
        int s_ = IN_CHILD({                                                \
            enter(group);                                                  \
            _exit(open("d/null", O_RDONLY) >= 0);                          \
        });                                                                \
        if (WEXITSTATUS(s_) != (expected)) check_fail("%d: not %d", __LINE__, expected); \
    })
#define OP(code, to, from, off, value) {code, to, from, off, value}
    ANSWER(1, MOV(0, 1));
    ANSWER(0, MOV(0, 0));
    /* -1 as 32 bits shifted right by 31, as 64 bits by 32 */
    ANSWER(1, MOV(0, -1), OP(BPF_ALU | BPF_RSH, 0, 0, 0, 31));
    ANSWER(0, OP(BPF_ALU | BPF_MOV, 0, 0, 0, -1), OP(BPF_ALU64 | BPF_RSH, 0, 0, 0, 32));
    ANSWER(1, MOV(0, -1), OP(BPF_ALU64 | BPF_RSH, 0, 0, 0, 32));
    ANSWER(1, MOV(0, -8), OP(BPF_ALU64 | BPF_ARSH, 0, 0, 0, 3));
    ANSWER(1, MOV(0, 7), OP(BPF_ALU64 | BPF_DIV, 0, 0, 0, 2));
    ANSWER(0, MOV(0, 7), MOV(2, 0), LOAD(3, 1, 4), OP(BPF_ALU64 | BPF_SUB, 3, 0, 0, 1), OP(BPF_ALU64 | BPF_DIV | BPF_X, 0, 3, 0, 0));
    ANSWER(1, MOV(0, 7), LOAD(3, 1, 4), OP(BPF_ALU64 | BPF_SUB, 3, 0, 0, 1), OP(BPF_ALU64 | BPF_MOD | BPF_X, 0, 3, 0, 0));
    ANSWER(1, MOV(0, 0x100), OP(BPF_ALU | BPF_END | BPF_X, 0, 0, 0, 16));
    ANSWER(1, MOV(0, 5), OP(BPF_ALU64 | BPF_XOR, 0, 0, 0, 4));
    ANSWER(1, MOV(0, 1), OP(BPF_ALU64 | BPF_NEG, 0, 0, 0, 0));
    ANSWER(1, {BPF_LD | BPF_IMM | BPF_DW, 0, 0, 0, 0}, {0, 0, 0, 0, 1}, OP(BPF_ALU64 | BPF_RSH, 0, 0, 0, 32));
    /* what is asked: type and access, in parts */
    ANSWER(1, LOADB(2, 1, 2), MOV(0, 0), JUMP(JNE, 2, BPF_DEVCG_ACC_READ, 1), MOV(0, 1));
    ANSWER(1, LOAD(2, 1, 0), MOV(0, 0), JUMP(JNE, 2, BPF_DEVCG_ACC_READ << 16 | BPF_DEVCG_DEV_CHAR, 1), MOV(0, 1));
    ANSWER(1, LOAD(2, 1, 8), MOV(0, 0), JUMP(JNE, 2, 3, 1), MOV(0, 1));
    /* jumps: signed and not, 32 bits */
    ANSWER(1, MOV(0, 1), MOV(2, -1), JUMP(JSLT, 2, 0, 1), MOV(0, 0));
    ANSWER(1, MOV(0, 1), MOV(2, -1), JUMP(JGT, 2, 0, 1), MOV(0, 0));
    ANSWER(1, MOV(0, 1), LOAD(2, 1, 8), JUMP(JSET, 2, 2, 1), MOV(0, 0));
    ANSWER(1, MOV(0, 1), MOV(2, -1), OP(BPF_ALU64 | BPF_LSH, 2, 0, 0, 32), OP(BPF_JMP32 | BPF_JEQ, 2, 0, 1, 0), MOV(0, 0));
    /* memory */
    ANSWER(1, STORE(10, -8, -1), LOADB(0, 10, -3), OP(BPF_ALU64 | BPF_RSH, 0, 0, 0, 7));
    ANSWER(1, LOAD(2, 1, 4), STOREX(10, -16, 2), LOAD(0, 10, -16));
    ANSWER(1, STOREX(10, -8, 1), MOV(1, 0), LOADD(3, 10, -8), LOAD(0, 3, 4));
    /* a loop: 1 + 2 + ... + 10 is odd */
    ANSWER(1, MOV(0, 0), MOV(2, 0), OP(BPF_ALU64 | BPF_ADD, 2, 0, 0, 1), OP(BPF_ALU64 | BPF_ADD | BPF_X, 0, 2, 0, 0),
           JUMP(JLT, 2, 10, -3));
    /* helpers */
    ANSWER(1, CALL(BPF_FUNC_get_current_uid_gid), MOVX(2, 0), MOV(0, 0), JUMP(JNE, 2, 0, 1), MOV(0, 1));
    ANSWER(1, CALL(BPF_FUNC_ktime_get_ns), MOVX(6, 0), CALL(BPF_FUNC_ktime_get_ns), MOVX(2, 0), MOV(0, 0),
           OP(BPF_JMP | BPF_JLT | BPF_X, 2, 6, 1, 0), MOV(0, 1));
    end();
}

TEST(groupRemoved_freesPrograms) {
    begin();
    int at = directory(inner), program = always(1), id = id_of(program);
    CHECK_OK(attach(at, program, 0, 0));
    close(program);
    CHECK_OK(rmdir(inner));
    union bpf_attr attr = {.prog_id = id};
    int fd;
    for (int i = 0; i < 500 && (fd = bpf(BPF_PROG_GET_FD_BY_ID, &attr, sizeof attr)) >= 0; i++) {
        close(fd);
        usleep(10000);
    }
    CHECK_ERR(bpf(BPF_PROG_GET_FD_BY_ID, &attr, sizeof attr), ENOENT);
    rmdir(group);
}

TEST(unprivilegedDisabled_isReadable) {
    CHECK_EQ(atoi(text_of("/proc/sys/kernel/unprivileged_bpf_disabled")) >= 0, 1);
    union bpf_attr attr = {.test = {.prog_fd = 99}};
    CHECK_ERR(bpf(BPF_PROG_TEST_RUN, &attr, sizeof attr), EBADF);
    need_root();
    attr.test.prog_fd = always(1);
    CHECK_ERR(bpf(BPF_PROG_TEST_RUN, &attr, sizeof attr), 524);
}

