/*
 * acct(2): a record for each process that ends. Every test is alone in a pid namespace, whose accounting is its own.
 * Source: acct(5), kernel/acct.c.
 */
#include "check.h"
#include <linux/acct.h>
#include <pthread.h>
#include <sys/mount.h>

#define RECORDS 64

static struct acct_v3 records[RECORDS];
static int written;

static void read_records(void) {
    int fd = REQUIRE_OK(open("log", O_RDONLY));
    ssize_t got = read(fd, records, sizeof records);
    CHECK(got >= 0 && got % (ssize_t)sizeof *records == 0);
    written = got / (ssize_t)sizeof *records;
    close(fd);
}

/* The record of a process; it must be there when its parent knows of its end. */
static struct acct_v3 *record_of(pid_t pid) {
    read_records();
    for (int i = 0; i < written; i++)
        if (records[i].ac_pid == (unsigned)pid) return &records[i];
    (void)check_fail("no record of %d in %d", pid, written);
    _exit(1);
}

static void begin(void) {
    close(make_file("log", ""));
    REQUIRE_OK(acct("log"));
}

/* Runs BODY as process 1 of a pid namespace. */
#define IN_NAMESPACE(...) \
    do {                                            \
        REQUIRE_OK(unshare(CLONE_NEWPID));          \
        CHECK_EQ(wait_for(START_CHILD(__VA_ARGS__)), 0); \
    } while (0)

static unsigned long unpacked(comp_t value) {
    return (unsigned long)(value & 0x1fff) << 3 * (value >> 13);
}

TEST(records_tellOfTheProcess) {
    IN_NAMESPACE(
        begin();
        time_t before = time(NULL);
        pid_t child = START_CHILD(
            CHECK_OK(setgid(54321));
            CHECK_OK(setuid(12345));
            prctl(PR_SET_NAME, "a name of sixteen");
            _exit(7));
        CHECK_EQ(wait_for(child), EXITED(7));
        struct acct_v3 *record = record_of(child);
        CHECK_EQ(record->ac_version, 3);
        CHECK_EQ(record->ac_flag & ~ASU, AFORK);
        CHECK_EQ(record->ac_tty, 0);
        CHECK_EQ(record->ac_exitcode, 7 << 8);
        CHECK_EQ(record->ac_uid, 12345);
        CHECK_EQ(record->ac_gid, 54321);
        CHECK_EQ(record->ac_ppid, 1);
        CHECK(record->ac_btime + 1 >= before && record->ac_btime <= time(NULL));
        CHECK(record->ac_etime >= 0 && record->ac_etime < 1000);
        CHECK(unpacked(record->ac_mem) > 100);
        CHECK(unpacked(record->ac_minflt) > 0);
        CHECK_EQ(record->ac_rw + record->ac_swaps, 0);
        CHECK_STR(record->ac_comm, "a name of sixte"));
}

TEST(endBySignal_isTold) {
    IN_NAMESPACE(
        begin();
        pid_t child = START_CHILD(pause());
        kill(child, SIGKILL);
        CHECK_EQ(wait_for(child), SIGKILL);
        struct acct_v3 *record = record_of(child);
        CHECK_EQ(record->ac_flag & ~ASU, AFORK | AXSIG);
        CHECK_EQ(record->ac_exitcode, SIGKILL));
}

TEST(exec_clearsFork) {
    IN_NAMESPACE(
        begin();
        pid_t child = START_CHILD(
            close(1);
            execl("/proc/self/exe", "again", "--list", NULL));
        CHECK_EQ(wait_for(child), 0);
        struct acct_v3 *record = record_of(child);
        CHECK_EQ(record->ac_flag & ~ASU, 0);
        CHECK_STR(record->ac_comm, "exe"));
}

TEST(times_areHundredths) {
    IN_NAMESPACE(
        begin();
        pid_t child = START_CHILD(
            sleep_ms(300);
            struct timespec used;
            do clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
            while (used.tv_sec == 0 && used.tv_nsec < 200000000));
        CHECK_EQ(wait_for(child), 0);
        struct acct_v3 *record = record_of(child);
        unsigned long ticks = unpacked(record->ac_utime) + unpacked(record->ac_stime);
        /* Linux counts whole ticks of its clock */
        CHECK(ticks >= 5 && ticks < 60);
        CHECK(record->ac_etime >= 45 && record->ac_etime < 9000));
}

static void *idle(void *nothing) {
    return nothing;
}

TEST(threads_haveNoRecordOfTheirOwn) {
    IN_NAMESPACE(
        begin();
        pid_t child = START_CHILD(
            for (int i = 0; i < 5; i++) {
                pthread_t thread;
                REQUIRE(pthread_create(&thread, NULL, idle, NULL) == 0);
                pthread_join(thread, NULL);
            });
        CHECK_EQ(wait_for(child), 0);
        record_of(child);
        CHECK_EQ(written, 1));
}

TEST(records_comeInTheOrderOfEnds_andStop) {
    IN_NAMESPACE(
        begin();
        for (int i = 0; i < 5; i++) CHECK_EQ(wait_for(START_CHILD(_exit(i))), EXITED(i));
        CHECK_OK(acct(NULL));
        CHECK_EQ(wait_for(START_CHILD(_exit(9))), EXITED(9));
        CHECK_OK(acct(NULL));
        read_records();
        CHECK_EQ(written, 6);
        for (int i = 0; i < 5; i++) CHECK_EQ(records[i].ac_exitcode, i << 8);
        /* who changes the file is the last one in it */
        CHECK_EQ(records[5].ac_pid, 1);
        CHECK_EQ(records[5].ac_flag, 0);
        CHECK_EQ(records[5].ac_utime + records[5].ac_stime + records[5].ac_mem, 0));
}

TEST(fileSizeLimit_doesNotCount) {
    IN_NAMESPACE(
        begin();
        pid_t child = START_CHILD(
            struct rlimit none = {0, 0};
            CHECK_OK(setrlimit(RLIMIT_FSIZE, &none)));
        CHECK_EQ(wait_for(child), 0);
        record_of(child));
}

TEST(inner_namespaces_areToldOutside) {
    IN_NAMESPACE(
        begin();
        pid_t maker = START_CHILD(
            REQUIRE_OK(unshare(CLONE_NEWPID));
            CHECK_EQ(wait_for(START_CHILD(
                CHECK_EQ(wait_for(START_CHILD(_exit(3))), EXITED(3));
                _exit(4))), EXITED(4)));
        CHECK_EQ(wait_for(maker), 0);
        read_records();
        CHECK_EQ(written, 3);
        CHECK_EQ(records[0].ac_exitcode, 3 << 8);
        CHECK_EQ(records[0].ac_ppid, records[1].ac_pid);
        CHECK_EQ(records[1].ac_exitcode, 4 << 8);
        CHECK_EQ(records[1].ac_ppid, (unsigned)maker);
        CHECK_EQ(records[2].ac_pid, (unsigned)maker));
}

TEST(namespace_endsItsAccounting) {
    IN_NAMESPACE(begin());
    read_records();
    /* of process 1 itself: its end, and that of the accounting */
    CHECK_EQ(written, 2);
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(records[i].ac_pid, 1);
        CHECK_EQ(records[i].ac_ppid, 0);
        CHECK(unpacked(records[i].ac_mem) > 100);
    }
}

TEST(wrongFiles_areRefused) {
    IN_NAMESPACE(
        CHECK_ERR(acct("missing"), ENOENT);
        CHECK_ERR(acct("."), EISDIR);
        CHECK_ERR(acct("/dev/null"), EACCES);
        CHECK_ERR(acct("/proc/version"), EINVAL);
        CHECK_ERR(acct("/sys/kernel/uevent_helper/x"), ENOENT);
        close(make_file("file", ""));
        CHECK_ERR(acct("file/x"), ENOTDIR);
        CHECK_OK(symlink("loop", "loop"));
        CHECK_ERR(acct("loop"), ELOOP);
        CHECK_ERR(acct((char *)8), EFAULT);
        char *path = malloc(5000);
        memset(path, 'a', 4999);
        path[4999] = 0;
        CHECK_ERR(acct(path), ENAMETOOLONG));
}

/* Fills the file system of the working directory. */
static void fill(void) {
    static char block[4096];
    int fd = make_file("filler", "");
    while (write(fd, block, sizeof block) > 0);
    close(fd);
}

/* A record that does not fit is lost; the accounting itself can be changed, and others are told. */
TEST(fullFileSystem_losesRecords) {
    IN_NAMESPACE(
        begin();
        REQUIRE_OK(unshare(CLONE_NEWNS));
        REQUIRE_OK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
        pid_t inner = START_CHILD(
            REQUIRE_OK(unshare(CLONE_NEWPID));
            CHECK_EQ(wait_for(START_CHILD(
                REQUIRE_OK(mkdir("small", 0700));
                REQUIRE_OK(mount("none", "small", "tmpfs", 0, "size=64k"));
                REQUIRE_OK(chdir("small"));
                static char page[4096 - sizeof(struct acct_v3)];
                int fd = make_file("log", "");
                CHECK_EQ(write(fd, page, sizeof page), sizeof page);
                CHECK_OK(acct("log"));
                CHECK_EQ(wait_for(START_CHILD(_exit(1))), EXITED(1));
                CHECK_EQ(lseek(fd, 0, SEEK_END), 4096);
                fill();
                for (int i = 0; i < 3; i++) CHECK_EQ(wait_for(START_CHILD(_exit(5))), EXITED(5));
                CHECK_EQ(lseek(fd, 0, SEEK_END), 4096);
                close(make_file("../log2", ""));
                CHECK_OK(acct("../log2"));
                CHECK_EQ(wait_for(START_CHILD(_exit(6))), EXITED(6));
                CHECK_OK(acct("log"));
                CHECK_OK(acct(NULL));
                CHECK_EQ(lseek(fd, 0, SEEK_END), 4096);
                int other = REQUIRE_OK(open("../log2", O_RDONLY));
                CHECK_EQ(lseek(other, 0, SEEK_END), 2 * sizeof(struct acct_v3)))), 0));
        CHECK_EQ(wait_for(inner), 0);
        read_records();
        /* seven of the inner namespace, and who has made it */
        CHECK_EQ(written, 7);
        for (int i = 1; i < 4; i++) CHECK_EQ(records[i].ac_exitcode, 5 << 8));
}

TEST(permission_isNeeded) {
    IN_NAMESPACE(
        CHECK_OK(setuid(12345));
        CHECK_ERR(acct("missing"), EPERM);
        CHECK_ERR(acct(NULL), EPERM));
}
