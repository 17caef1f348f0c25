/* shmget(2), shmop(2), shmctl(2), sysvipc(7): shared memory of System V. Removes what it makes: segments outlive processes. */
#include "check.h"

#include <grp.h>
#include <sys/ipc.h>
#include <sys/shm.h>

static int make(size_t size) {
    return REQUIRE_OK(shmget(IPC_PRIVATE, size, IPC_CREAT | 0600));
}

static struct shmid_ds status_of(int id) {
    struct shmid_ds status;
    memset(&status, 0xaa, sizeof status);
    CHECK_OK(shmctl(id, IPC_STAT, &status));
    return status;
}

static void drop(int id) {
    CHECK_OK(shmctl(id, IPC_RMID, NULL));
}

/* A key that is free now and that no other run of this program takes. */
static key_t free_key(void) {
    for (int i = 0;; i++) {
        key_t key = 0x4d000000 + (getpid() << 8) + i;
        if (shmget(key, 0, 0) < 0 && errno == ENOENT) return key;
    }
}

TEST(shmget_privateKey_givesNewSegments) {
    int one = make(100), two = make(100);
    CHECK(one >= 0 && two >= 0 && one != two);
    drop(one);
    drop(two);
}

TEST(shmget_existingKey_givesTheSame) {
    key_t key = free_key();
    CHECK_ERR(shmget(key, 4096, 0600), ENOENT);
    int id = REQUIRE_OK(shmget(key, 4096, IPC_CREAT | IPC_EXCL | 0600));
    CHECK_EQ(shmget(key, 0, 0), id);
    CHECK_EQ(shmget(key, 4096, IPC_CREAT | 0600), id);
    CHECK_ERR(shmget(key, 4097, 0), EINVAL);
    CHECK_ERR(shmget(key, 4096, IPC_CREAT | IPC_EXCL | 0600), EEXIST);
    drop(id);
    CHECK_ERR(shmget(key, 0, 0), ENOENT);
}

TEST(shmget_badSizes_failEinval) {
    CHECK_ERR(shmget(IPC_PRIVATE, 0, IPC_CREAT | 0600), EINVAL);
    CHECK_ERR(shmget(IPC_PRIVATE, -1UL, IPC_CREAT | 0600), EINVAL);
}

TEST(shmat_newSegment_isZeroAndShared) {
    int id = make(10000);
    char *one = shmat(id, NULL, 0), *two = shmat(id, NULL, 0);
    REQUIRE(one != (void *)-1 && two != (void *)-1 && one != two);
    for (int i = 0; i < 10000; i++) REQUIRE(one[i] == 0);
    strcpy(one + 9000, "shared");
    CHECK_STR(two + 9000, "shared");
    /* the last page is there as a whole */
    one[12287] = 7;
    CHECK_EQ(two[12287], 7);
    CHECK_EQ(status_of(id).shm_nattch, 2);
    CHECK_OK(shmdt(one));
    CHECK_EQ(status_of(id).shm_nattch, 1);
    CHECK_STR(two + 9000, "shared");
    CHECK_OK(shmdt(two));
    CHECK_EQ(status_of(id).shm_nattch, 0);
    one = shmat(id, NULL, 0);
    CHECK_STR(one + 9000, "shared");
    drop(id);
}

TEST(shmctl_stat_tellsAll) {
    time_t before = time(NULL);
    key_t key = free_key();
    int id = REQUIRE_OK(shmget(key, 5000, IPC_CREAT | 0640));
    struct shmid_ds status = status_of(id);
    CHECK_EQ(status.shm_perm.__key, key);
    CHECK_EQ(status.shm_perm.uid, geteuid());
    CHECK_EQ(status.shm_perm.gid, getegid());
    CHECK_EQ(status.shm_perm.cuid, geteuid());
    CHECK_EQ(status.shm_perm.cgid, getegid());
    CHECK_EQ(status.shm_perm.mode, 0640);
    CHECK_EQ(status.shm_segsz, 5000);
    CHECK_EQ(status.shm_cpid, getpid());
    CHECK_EQ(status.shm_lpid, 0);
    CHECK_EQ(status.shm_nattch, 0);
    CHECK_EQ(status.shm_atime, 0);
    CHECK_EQ(status.shm_dtime, 0);
    CHECK(status.shm_ctime >= before && status.shm_ctime <= time(NULL));
    void *at = shmat(id, NULL, 0);
    status = status_of(id);
    CHECK(status.shm_atime >= before && status.shm_atime <= time(NULL));
    CHECK_EQ(status.shm_lpid, getpid());
    CHECK_EQ(status.shm_dtime, 0);
    shmdt(at);
    status = status_of(id);
    CHECK(status.shm_dtime >= before && status.shm_dtime <= time(NULL));
    drop(id);
}

TEST(shmat_fork_childInherits) {
    int id = make(4096);
    int *shared = shmat(id, NULL, 0);
    pid_t child = START_CHILD({
        CHECK_EQ(status_of(id).shm_nattch, 2);
        shared[0] = 42;
        pause();
    });
    EVENTUALLY(shared[0] == 42);
    CHECK_EQ(status_of(id).shm_nattch, 2);
    kill(child, SIGKILL);
    wait_for(child);
    CHECK_EQ(status_of(id).shm_nattch, 1);
    CHECK_EQ(status_of(id).shm_lpid, child);
    drop(id);
}

TEST(shmat_exec_detaches) {
    int id = make(4096);
    char *argv[] = {"/bin/true", NULL};
    if (access("/bin/true", X_OK) < 0) argv[0] = "/bin/busybox";
    int *at = shmat(id, NULL, 0);
    CHECK(at != (void *)-1);
    int gate[2];
    REQUIRE_OK(pipe(gate));
    pid_t child = START_CHILD({
        char *sleeper[] = {"/bin/sh", "-c", "read line", NULL};
        dup2(gate[0], 0);
        close(gate[1]);
        execv(sleeper[0], sleeper);
        _exit(9);
    });
    EVENTUALLY(status_of(id).shm_nattch == 1);
    close(gate[1]);
    wait_for(child);
    (void)argv;
    drop(id);
}

TEST(shmctl_rmid_lastsUntilDetached) {
    key_t key = free_key();
    int id = REQUIRE_OK(shmget(key, 4096, IPC_CREAT | 0600));
    char *at = shmat(id, NULL, 0);
    strcpy(at, "still here");
    drop(id);
    CHECK_ERR(shmget(key, 0, 0), ENOENT);
    struct shmid_ds status = status_of(id);
    CHECK_EQ(status.shm_perm.mode & 01000, 01000); /* SHM_DEST */
    CHECK_EQ(status.shm_perm.__key, 0);
    /* Linux: a marked segment can still be attached */
    char *again = shmat(id, NULL, 0);
    CHECK_STR(again, "still here");
    CHECK_OK(shmdt(at));
    CHECK_STR(again, "still here");
    CHECK_OK(shmdt(again));
    CHECK_ERR(shmctl(id, IPC_STAT, &status), EINVAL);
    CHECK_ERR(shmat(id, NULL, 0), EINVAL);
}

TEST(shmctl_rmid_unattached_goesAtOnce) {
    int id = make(1);
    drop(id);
    CHECK_ERR(shmctl(id, IPC_RMID, NULL), EINVAL);
    int next = make(1);
    CHECK(next != id); /* the sequence number */
    drop(next);
}

TEST(shmat_readOnly_cannotBeWritten) {
    int id = make(4096);
    char *writable = shmat(id, NULL, 0);
    writable[0] = 'x';
    char *at = shmat(id, NULL, SHM_RDONLY);
    REQUIRE(at != (void *)-1);
    CHECK_EQ(at[0], 'x');
    CHECK_EQ(IN_CHILD(at[0] = 'y') & 0x7f, SIGSEGV);
    CHECK_ERR(mprotect(at, 4096, PROT_READ | PROT_WRITE), EACCES);
    CHECK_OK(mprotect(writable, 4096, PROT_READ));
    CHECK_OK(mprotect(writable, 4096, PROT_READ | PROT_WRITE));
    drop(id);
}

TEST(shmat_exec_flagRuns) {
    int id = make(4096);
    unsigned char *at = shmat(id, NULL, SHM_EXEC);
    REQUIRE(at != (void *)-1);
    static const unsigned char code[] = {0xb8, 42, 0, 0, 0, 0xc3}; /* mov $42, %eax; ret */
    memcpy(at, code, sizeof code);
    CHECK_EQ(((int (*)(void))at)(), 42);
    drop(id);
}

TEST(shmat_atAddress_isThere) {
    int id = make(8192);
    char *room = mmap(NULL, 16384, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK_ERR(shmat(id, room, 0), EINVAL); /* taken */
    CHECK_EQ(shmat(id, room, SHM_REMAP), room);
    room[8191] = 1;
    CHECK_OK(shmdt(room));
    munmap(room, 16384);
    CHECK_EQ(shmat(id, room, 0), room);
    CHECK_OK(shmdt(room));
    CHECK_ERR(shmat(id, room + 1, 0), EINVAL);
    CHECK_EQ(shmat(id, room + 4095, SHM_RND), room);
    CHECK_OK(shmdt(room));
    CHECK_ERR(shmat(id, NULL, SHM_REMAP), EINVAL);
    CHECK_ERR(shmat(id, (void *)1, SHM_REMAP | SHM_RND), EINVAL);
    drop(id);
}

TEST(shmdt_nothingThere_failsEinval) {
    char *other = mmap(NULL, 8192, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK_ERR(shmdt(other), EINVAL);
    CHECK_ERR(shmdt((char *)0x10), EINVAL);
    int id = make(8192);
    char *at = shmat(id, NULL, 0);
    CHECK_ERR(shmdt(at + 4096), EINVAL);
    CHECK_ERR(shmdt(at + 1), EINVAL);
    CHECK_OK(shmdt(at));
    CHECK_ERR(shmdt(at), EINVAL);
    drop(id);
}

TEST(shmdt_partsUnmapped_takesTheRest) {
    int id = make(5 * 4096);
    char *at = shmat(id, NULL, 0);
    munmap(at + 4096, 4096);
    CHECK_EQ(status_of(id).shm_nattch, 2);
    munmap(at, 4096);
    CHECK_EQ(status_of(id).shm_nattch, 1);
    mprotect(at + 3 * 4096, 4096, PROT_READ);
    CHECK_EQ(status_of(id).shm_nattch, 3);
    CHECK_OK(shmdt(at));
    CHECK_EQ(status_of(id).shm_nattch, 0);
    unsigned char resident;
    CHECK_ERR(mincore(at + 3 * 4096, 4096, &resident), ENOMEM);
    drop(id);
}

TEST(munmap_detaches) {
    int id = make(4096);
    void *at = shmat(id, NULL, 0);
    munmap(at, 4096);
    CHECK_EQ(status_of(id).shm_nattch, 0);
    drop(id);
}

TEST(shmctl_set_changesOwnerAndMode) {
    int id = make(4096);
    struct shmid_ds status = status_of(id);
    status.shm_perm.mode = 0123;
    status.shm_perm.uid = geteuid();
    CHECK_OK(shmctl(id, IPC_SET, &status));
    CHECK_EQ(status_of(id).shm_perm.mode, 0123);
    status.shm_perm.uid = -1;
    CHECK_ERR(shmctl(id, IPC_SET, &status), EINVAL);
    drop(id);
}

TEST(permissions_otherUser_isRefused) {
    need_root();
    key_t key = free_key();
    int id = REQUIRE_OK(shmget(key, 4096, IPC_CREAT | 0640));
    CHECK_EQ(IN_CHILD({
                 REQUIRE_OK(setgid(12345));
                 REQUIRE_OK(setgroups(0, NULL));
                 REQUIRE_OK(setuid(12345));
                 struct shmid_ds status;
                 CHECK_ERR(shmctl(id, IPC_STAT, &status), EACCES);
                 CHECK_ERR(shmat(id, NULL, SHM_RDONLY), EACCES);
                 CHECK_ERR(shmget(key, 0, 0400), EACCES);
                 CHECK_EQ(shmget(key, 0, 0), id);
                 CHECK_ERR(shmctl(id, IPC_RMID, NULL), EPERM);
                 CHECK_ERR(shmctl(id, IPC_SET, &status), EPERM);
             }),
            0);
    struct shmid_ds status = status_of(id);
    status.shm_perm.gid = 12345;
    CHECK_OK(shmctl(id, IPC_SET, &status));
    CHECK_EQ(IN_CHILD({
                 REQUIRE_OK(setgroups(0, NULL));
                 REQUIRE_OK(setgid(12345));
                 REQUIRE_OK(setuid(12345));
                 CHECK(shmat(id, NULL, SHM_RDONLY) != (void *)-1);
                 CHECK_ERR(shmat(id, NULL, 0), EACCES);
                 CHECK_EQ(shmget(key, 0, 0040), id);
             }),
            0);
    status.shm_perm.uid = 12345;
    CHECK_OK(shmctl(id, IPC_SET, &status));
    CHECK_EQ(IN_CHILD({
                 REQUIRE_OK(setuid(12345));
                 CHECK_OK(shmctl(id, IPC_RMID, NULL));
             }),
            0);
}

TEST(shmctl_lock_isTold) {
    int id = make(4096);
    if (CHECK_OK(shmctl(id, SHM_LOCK, NULL)) == 0) CHECK_EQ(status_of(id).shm_perm.mode & 02000, 02000);
    CHECK_OK(shmctl(id, SHM_UNLOCK, NULL));
    CHECK_EQ(status_of(id).shm_perm.mode & 02000, 0);
    drop(id);
}

TEST(shmctl_info_tellsLimits) {
    struct shminfo limits;
    int highest = CHECK_OK(shmctl(0, IPC_INFO, (struct shmid_ds *)&limits));
    CHECK(highest >= 0);
    CHECK_EQ(limits.shmmin, 1);
    CHECK(limits.shmmni >= 4096 && limits.shmmax > 1UL << 40 && limits.shmall > 1UL << 30);
    int id = make(3 * 4096);
    char *at = shmat(id, NULL, 0);
    memset(at, 1, 2 * 4096);
    struct shm_info usage;
    highest = CHECK_OK(shmctl(0, SHM_INFO, (struct shmid_ds *)&usage));
    CHECK(usage.used_ids >= 1 && usage.shm_tot >= 3 && usage.shm_rss >= 2);
    int found = 0;
    for (int i = 0; i <= highest; i++) {
        struct shmid_ds status;
        int other = shmctl(i, SHM_STAT, &status);
        found |= other == id && status.shm_cpid == getpid();
    }
    CHECK(found);
    CHECK_ERR(shmctl(highest + 1, SHM_STAT, (struct shmid_ds *)&usage), EINVAL);
    drop(id);
}

TEST(shmctl_badArguments_fail) {
    struct shmid_ds status;
    int id = make(1);
    CHECK_ERR(shmctl(-1, IPC_STAT, &status), EINVAL);
    CHECK_ERR(shmctl(id, 12345, &status), EINVAL);
    CHECK_ERR(syscall(SYS_shmctl, id, IPC_STAT, 8), EFAULT);
    CHECK_ERR(syscall(SYS_shmctl, id, IPC_SET, 8), EFAULT);
    CHECK_ERR(shmat(-1, NULL, 0), EINVAL);
    drop(id);
    CHECK_ERR(shmctl(id, IPC_STAT, &status), EINVAL);
}

TEST(proc_sysvipc_listsSegments) {
    int id = make(12345);
    char *at = shmat(id, NULL, 0);
    at[0] = 1;
    char line[512] = "";
    FILE *file = fopen("/proc/sysvipc/shm", "r");
    REQUIRE(file);
    CHECK(fgets(line, sizeof line, file));
    CHECK_STR(line,
            "       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid"
            "      atime      dtime      ctime                   rss                  swap\n");
    int key, found = 0, shown, mode, attached, creator;
    long size;
    while (fgets(line, sizeof line, file)) {
        if (sscanf(line, "%d %d %o %ld %d %*d %d", &key, &shown, &mode, &size, &creator, &attached) == 6 && shown == id) {
            found++;
            CHECK_EQ(key, 0);
            CHECK_EQ(mode, 0600);
            CHECK_EQ(size, 12345);
            CHECK_EQ(creator, getpid());
            CHECK_EQ(attached, 1);
        }
    }
    fclose(file);
    CHECK_EQ(found, 1);
    drop(id);
}

TEST(proc_maps_namesSegment) {
    key_t key = free_key();
    int id = REQUIRE_OK(shmget(key, 4096, IPC_CREAT | 0600));
    void *at = shmat(id, NULL, 0);
    char start[64], name[64];
    snprintf(start, sizeof start, "%lx-%lx rw-s 00000000 ", (long)at, (long)at + 4096);
    snprintf(name, sizeof name, " %d                          /SYSV%08x (deleted)\n", id, key);
    char *line = strstr(text_of("/proc/self/maps"), start);
    REQUIRE(line);
    char *end = strchr(line, '\n');
    end[1] = 0;
    CHECK(strstr(line, "/SYSV"));
    snprintf(name, sizeof name, "/SYSV%08x (deleted)\n", key);
    CHECK(strstr(line, name));
    CHECK_EQ(strtol(strrchr(strtok(line, "/"), ':') + 3, NULL, 10), id);
    drop(id);
}

TEST(proc_sys_limitsAreThere) {
    CHECK(strtoul(text_of("/proc/sys/kernel/shmmax"), NULL, 10) > 1UL << 40);
    CHECK(strtoul(text_of("/proc/sys/kernel/shmall"), NULL, 10) > 1UL << 30);
    CHECK_EQ(atoi(text_of("/proc/sys/kernel/shmmni")), 4096);
}

TEST(shared_futex_worksAcrossAttaches) {
    int id = make(4096);
    int *one = shmat(id, NULL, 0), *two = shmat(id, NULL, 0);
    pid_t child = START_CHILD({
        while (__atomic_load_n(one, __ATOMIC_SEQ_CST) == 0) syscall(SYS_futex, one, 0 /* FUTEX_WAIT */, 0, NULL);
        _exit(*one);
    });
    sleep_ms(20);
    __atomic_store_n(two, 5, __ATOMIC_SEQ_CST);
    syscall(SYS_futex, two, 1 /* FUTEX_WAKE */, INT_MAX);
    CHECK_EQ(wait_for(child), EXITED(5));
    drop(id);
}
