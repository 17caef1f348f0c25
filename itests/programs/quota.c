/* quotactl(2) and quotas of tmpfs, which a kernel has from 6.6 on if it was built with them: else they are skipped. */
#include "check.h"

#include <grp.h>
#include <linux/quota.h>
#include <sys/mount.h>

#ifndef SYS_quotactl_fd
#define SYS_quotactl_fd 443
#endif
#ifndef QFMT_SHMEM
#define QFMT_SHMEM 5
#endif
#define KIB 1024L
#define MEGA (KIB * KIB)
#define SOMEBODY 12345
#define OTHER 23456

#undef QCMD
#define QCMD(command, kind) ((int)((unsigned)(command) << SUBCMDSHIFT | (kind)))

static int fd_of_mount;

static int on_fd(int command, int kind, int id, void *data) {
    return syscall(SYS_quotactl_fd, fd_of_mount, QCMD(command, kind), id, data);
}

static int on_path(int command, int kind, const char *path, int id, void *data) {
    return syscall(SYS_quotactl, QCMD(command, kind), path, id, data);
}

static void mount_tmpfs(const char *options) {
    need_root();
    REQUIRE_OK(unshare(CLONE_NEWNS));
    REQUIRE_OK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
    REQUIRE_OK(chmod(".", 0755));
    mkdir("m", 0755);
    if (mount("none", "m", "tmpfs", 0, options) < 0) {
        REQUIRE(errno == EINVAL);
        SKIP("no quotas of tmpfs");
    }
    chmod("m", 01777);
    fd_of_mount = REQUIRE_OK(open("m", O_RDONLY | O_DIRECTORY));
}

static struct if_dqblk quota_of(int kind, int id) {
    struct if_dqblk quota;
    memset(&quota, 0xff, sizeof quota);
    REQUIRE_OK(on_fd(Q_GETQUOTA, kind, id, &quota));
    CHECK_EQ(quota.dqb_valid, QIF_ALL);
    return quota;
}

/* Runs as somebody without privileges. */
#define AS(user, body)                                             \
    IN_CHILD({                                                     \
        REQUIRE_OK(setgroups(0, NULL));                            \
        REQUIRE_OK(setresgid(user, user, user));                   \
        REQUIRE_OK(setresuid(user, user, user));                   \
        body;                                                      \
    })

static long fill(const char *path, long bytes) {
    static char block[64 * 1024];
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (fd < 0) return -1;
    long done = 0, count = 0;
    while (done < bytes && (count = write(fd, block, bytes - done < (long)sizeof block ? bytes - done : (long)sizeof block)) > 0) {
        done += count;
    }
    int error = errno;
    close(fd);
    errno = error;
    return count < 0 && done == 0 ? -1 : done;
}

TEST(quotactl_withoutDevice) {
    char word[64];
    CHECK_OK(on_path(Q_SYNC, USRQUOTA, NULL, 0, NULL));
    CHECK_ERR(on_path(Q_GETFMT, USRQUOTA, NULL, 0, word), ENODEV);
    CHECK_ERR(on_path(Q_GETFMT, 3, NULL, 0, word), EINVAL);
    CHECK_ERR(on_path(Q_GETFMT, USRQUOTA, "missing", 0, word), ENOENT);
    CHECK_ERR(on_path(Q_GETFMT, USRQUOTA, "/dev/null", 0, word), ENOTBLK);
    CHECK_ERR(on_path(Q_GETFMT, USRQUOTA, (char *)8, 0, word), EFAULT);
}

TEST(quotactlFd_withoutQuotas) {
    char word[64];
    mount_tmpfs("size=1m");
    CHECK_ERR(on_fd(Q_GETFMT, USRQUOTA, 0, word), ENOSYS);
    CHECK_ERR(on_fd(Q_GETFMT, 3, 0, word), EINVAL);
    CHECK_ERR(on_fd(0x1234, USRQUOTA, 0, word), ENOSYS);
    fd_of_mount = 999;
    CHECK_ERR(on_fd(Q_GETFMT, USRQUOTA, 0, word), EBADF);
}

TEST(format_info_and_defaults) {
    mount_tmpfs("size=8m,usrquota,usrquota_block_hardlimit=1m,usrquota_inode_hardlimit=10");
    int format = 0;
    CHECK_OK(on_fd(Q_GETFMT, USRQUOTA, 0, &format));
    CHECK_EQ(format, QFMT_SHMEM);
    CHECK_ERR(on_fd(Q_GETFMT, GRPQUOTA, 0, &format), ESRCH);
    CHECK_ERR(on_fd(Q_GETFMT, 2, 0, &format), EINVAL);
    CHECK_ERR(on_fd(0x1234, USRQUOTA, 0, &format), EINVAL);
    CHECK_OK(on_fd(Q_SYNC, USRQUOTA, 0, NULL));
    struct if_dqinfo info;
    CHECK_OK(on_fd(Q_GETINFO, USRQUOTA, 0, &info));
    CHECK_EQ(info.dqi_bgrace, 7 * 24 * 3600);
    CHECK_EQ(info.dqi_igrace, 7 * 24 * 3600);
    CHECK_EQ(info.dqi_valid, IIF_ALL);
    CHECK_ERR(on_fd(Q_GETINFO, GRPQUOTA, 0, &info), ESRCH);
    info.dqi_bgrace = 60;
    info.dqi_igrace = 70;
    info.dqi_valid = IIF_BGRACE;
    CHECK_OK(on_fd(Q_SETINFO, USRQUOTA, 0, &info));
    CHECK_OK(on_fd(Q_GETINFO, USRQUOTA, 0, &info));
    CHECK_EQ(info.dqi_bgrace, 60);
    CHECK_EQ(info.dqi_igrace, 7 * 24 * 3600);
    info.dqi_valid = 0x80;
    CHECK_ERR(on_fd(Q_SETINFO, USRQUOTA, 0, &info), EINVAL);
    struct if_dqblk quota = quota_of(USRQUOTA, SOMEBODY);
    CHECK_EQ(quota.dqb_bhardlimit, 1024);
    CHECK_EQ(quota.dqb_ihardlimit, 10);
    CHECK_EQ(quota.dqb_curspace, 0);
    CHECK_EQ(quota.dqb_curinodes, 0);
    CHECK_ERR(on_fd(Q_GETQUOTA, USRQUOTA, -1, &quota), EINVAL);
    char *mounts = (char *)text_of("/proc/self/mounts");
    CHECK(strstr(mounts, ",usrquota,usrquota_block_hardlimit=1048576,usrquota_inode_hardlimit=10") != NULL);
}

TEST(use_isCounted_andFreed) {
    mount_tmpfs("size=8m,quota");
    CHECK_EQ(AS(SOMEBODY, CHECK_EQ(fill("m/a", 100 * KIB), 100 * KIB); CHECK_OK(mkdir("m/d", 0777));
                CHECK_OK(symlink("a", "m/l"))),
             0);
    struct if_dqblk quota = quota_of(USRQUOTA, SOMEBODY);
    CHECK_EQ(quota.dqb_curspace, 100 * KIB);
    CHECK_EQ(quota.dqb_curinodes, 3);
    CHECK_EQ(quota_of(GRPQUOTA, SOMEBODY).dqb_curinodes, 3);
    REQUIRE_OK(truncate("m/a", 4096));
    CHECK_EQ(quota_of(USRQUOTA, SOMEBODY).dqb_curspace, 4096);
    int fd = REQUIRE_OK(open("m/a", O_RDWR));
    REQUIRE_OK(fallocate(fd, 0, 0, 40960));
    CHECK_EQ(quota_of(GRPQUOTA, SOMEBODY).dqb_curspace, 40960);
    REQUIRE_OK(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 8192));
    CHECK_EQ(quota_of(USRQUOTA, SOMEBODY).dqb_curspace, 32768);
    close(fd);
    REQUIRE_OK(chown("m/a", OTHER, -1));
    CHECK_EQ(quota_of(USRQUOTA, SOMEBODY).dqb_curspace, 0);
    CHECK_EQ(quota_of(USRQUOTA, SOMEBODY).dqb_curinodes, 2);
    CHECK_EQ(quota_of(USRQUOTA, OTHER).dqb_curspace, 32768);
    CHECK_EQ(quota_of(GRPQUOTA, SOMEBODY).dqb_curspace, 32768);
    REQUIRE_OK(unlink("m/a"));
    REQUIRE_OK(rmdir("m/d"));
    REQUIRE_OK(unlink("m/l"));
    CHECK_EQ(quota_of(USRQUOTA, OTHER).dqb_curinodes, 0);
    CHECK_EQ(quota_of(GRPQUOTA, SOMEBODY).dqb_curspace, 0);
    CHECK_EQ(quota_of(GRPQUOTA, SOMEBODY).dqb_curinodes, 0);
}

TEST(hardLimit_ofSpace) {
    mount_tmpfs("size=8m,usrquota,usrquota_block_hardlimit=256k");
    CHECK_EQ(AS(SOMEBODY, CHECK_EQ(fill("m/a", MEGA), 256 * KIB); CHECK_ERR(fill("m/b", 1), EDQUOT);
                struct stat now; CHECK_OK(stat("m/b", &now)); CHECK_EQ(now.st_size, 0);
                int fd = open("m/b", O_RDWR); CHECK_ERR(fallocate(fd, 0, 0, 4096), EDQUOT);
                CHECK_OK(unlink("m/a")); CHECK_EQ(fill("m/b", 1), 1)),
             0);
    /* others have their own, and root none */
    CHECK_EQ(AS(OTHER, CHECK_EQ(fill("m/c", MEGA), 256 * KIB)), 0);
    CHECK_EQ(fill("m/r", MEGA), MEGA);
    CHECK_EQ(quota_of(USRQUOTA, 0).dqb_curspace, MEGA);
}

TEST(hardLimit_ofSpace_holdsForMappings) {
    mount_tmpfs("size=8m,usrquota,usrquota_block_hardlimit=16k");
    int child = AS(SOMEBODY, int fd = REQUIRE_OK(open("m/a", O_RDWR | O_CREAT, 0600)); REQUIRE_OK(ftruncate(fd, MEGA));
                   volatile char *memory = mmap(NULL, MEGA, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
                   for (int i = 0; i < MEGA; i += 4096) memory[i] = 1);
    CHECK_EQ(child, SIGBUS);
    CHECK(quota_of(USRQUOTA, SOMEBODY).dqb_curspace <= 16 * KIB);
}

TEST(hardLimit_ofInodes) {
    mount_tmpfs("size=8m,grpquota,grpquota_inode_hardlimit=3");
    CHECK_EQ(AS(SOMEBODY, for (int i = 0; i < 3; i++) {
                 char name[16];
                 snprintf(name, sizeof name, "m/%d", i);
                 CHECK_OK(mkdir(name, 0700));
             } CHECK_ERR(mkdir("m/3", 0700), EDQUOT);
                CHECK_ERR(open("m/4", O_CREAT | O_WRONLY, 0600), EDQUOT); CHECK_ERR(symlink("x", "m/5"), EDQUOT);
                CHECK_OK(rmdir("m/0")); CHECK_OK(mknod("m/3", S_IFIFO | 0600, 0))),
             0);
    CHECK_EQ(quota_of(GRPQUOTA, SOMEBODY).dqb_curinodes, 3);
}

TEST(setQuota_changesLimits) {
    mount_tmpfs("size=8m,quota");
    struct if_dqblk quota = {.dqb_bhardlimit = 64, .dqb_ihardlimit = 5, .dqb_valid = QIF_BLIMITS};
    CHECK_OK(on_fd(Q_SETQUOTA, USRQUOTA, SOMEBODY, &quota));
    quota = quota_of(USRQUOTA, SOMEBODY);
    CHECK_EQ(quota.dqb_bhardlimit, 64);
    CHECK_EQ(quota.dqb_ihardlimit, 0);
    CHECK_EQ(AS(SOMEBODY, CHECK_EQ(fill("m/a", MEGA), 64 * KIB);
                CHECK_ERR(on_fd(Q_SETQUOTA, USRQUOTA, SOMEBODY, &quota), EPERM);
                CHECK_ERR(on_fd(Q_GETNEXTQUOTA, USRQUOTA, 0, &quota), EPERM);
                CHECK_ERR(on_fd(Q_GETQUOTA, USRQUOTA, OTHER, &quota), EPERM);
                CHECK_ERR(on_fd(Q_GETQUOTA, GRPQUOTA, OTHER, &quota), EPERM);
                CHECK_OK(on_fd(Q_GETQUOTA, GRPQUOTA, SOMEBODY, &quota));
                CHECK_EQ(quota_of(USRQUOTA, SOMEBODY).dqb_curspace, 64 * KIB)),
             0);
    quota.dqb_valid = QIF_BLIMITS;
    quota.dqb_bhardlimit = 1ULL << 53;
    CHECK_ERR(on_fd(Q_SETQUOTA, USRQUOTA, SOMEBODY, &quota), ERANGE);
    CHECK_ERR(on_fd(Q_SETQUOTA, USRQUOTA, SOMEBODY, NULL), EFAULT);
    struct if_nextdqblk next;
    CHECK_OK(on_fd(Q_GETNEXTQUOTA, USRQUOTA, 0, &next));
    CHECK_EQ(next.dqb_id, 0);
    CHECK_OK(on_fd(Q_GETNEXTQUOTA, USRQUOTA, 1, &next));
    CHECK_EQ(next.dqb_id, SOMEBODY);
    CHECK_EQ(next.dqb_bhardlimit, 64);
    CHECK_ERR(on_fd(Q_GETNEXTQUOTA, USRQUOTA, SOMEBODY + 1, &next), ENOENT);
    /* a limit below the use keeps it from growing */
    quota.dqb_bhardlimit = 8;
    CHECK_OK(on_fd(Q_SETQUOTA, USRQUOTA, SOMEBODY, &quota));
    CHECK_EQ(AS(SOMEBODY, CHECK_ERR(fill("m/a", 1), EDQUOT)), 0);
    REQUIRE_OK(mount(NULL, "m", NULL, MS_REMOUNT | MS_RDONLY, NULL));
    CHECK_ERR(on_fd(Q_SETQUOTA, USRQUOTA, SOMEBODY, &quota), EROFS);
    CHECK_OK(on_fd(Q_GETQUOTA, USRQUOTA, SOMEBODY, &quota));
}

TEST(softLimit_becomesHardAfterItsGrace) {
    mount_tmpfs("size=8m,usrquota");
    struct if_dqblk quota = {.dqb_bsoftlimit = 16, .dqb_isoftlimit = 2, .dqb_valid = QIF_LIMITS};
    CHECK_OK(on_fd(Q_SETQUOTA, USRQUOTA, SOMEBODY, &quota));
    CHECK_EQ(AS(SOMEBODY, CHECK_EQ(fill("m/a", 32 * KIB), 32 * KIB)), 0);
    quota = quota_of(USRQUOTA, SOMEBODY);
    CHECK(quota.dqb_btime > 6 * 24 * 3600 + (unsigned long)time(NULL));
    CHECK_EQ(quota.dqb_itime, 0);
    /* its time is over */
    quota.dqb_btime = time(NULL) - 10;
    quota.dqb_valid = QIF_BTIME;
    CHECK_OK(on_fd(Q_SETQUOTA, USRQUOTA, SOMEBODY, &quota));
    CHECK_EQ(AS(SOMEBODY, CHECK_ERR(fill("m/a", 4096), EDQUOT); CHECK_OK(truncate("m/a", 8192));
                CHECK_EQ(fill("m/a", 4096), 4096)),
             0);
    CHECK_EQ(quota_of(USRQUOTA, SOMEBODY).dqb_btime, 0);
}

TEST(limits_canBeSwitchedOff) {
    mount_tmpfs("size=8m,usrquota,usrquota_block_hardlimit=16k");
    CHECK_ERR(on_fd(Q_QUOTAON, USRQUOTA, QFMT_SHMEM, NULL), EBUSY);
    CHECK_OK(on_fd(Q_QUOTAOFF, USRQUOTA, 0, NULL));
    CHECK_EQ(AS(SOMEBODY, CHECK_EQ(fill("m/a", 64 * KIB), 64 * KIB)), 0);
    CHECK_EQ(quota_of(USRQUOTA, SOMEBODY).dqb_curspace, 64 * KIB);
    CHECK_OK(on_fd(Q_QUOTAON, USRQUOTA, QFMT_SHMEM, NULL));
    CHECK_EQ(AS(SOMEBODY, CHECK_ERR(fill("m/a", 1), EDQUOT)), 0);
}

TEST(chown_toWhoHasNoRoom_needsPrivilege) {
    mount_tmpfs("size=8m,grpquota,grpquota_block_hardlimit=16k");
    CHECK_EQ(fill("m/a", 64 * KIB), 64 * KIB);
    REQUIRE_OK(chown("m/a", SOMEBODY, 0));
    CHECK_EQ(IN_CHILD({
                 gid_t groups[] = {OTHER};
                 REQUIRE_OK(setgroups(1, groups));
                 REQUIRE_OK(setresuid(SOMEBODY, SOMEBODY, SOMEBODY));
                 CHECK_ERR(chown("m/a", -1, OTHER), EDQUOT);
             }),
             0);
    CHECK_EQ(quota_of(GRPQUOTA, OTHER).dqb_curspace, 0);
    CHECK_OK(chown("m/a", -1, OTHER));
    CHECK_EQ(quota_of(GRPQUOTA, OTHER).dqb_curspace, 64 * KIB);
}

TEST(remount_doesNotChangeQuotas) {
    mount_tmpfs("size=8m,usrquota,usrquota_block_hardlimit=1m");
    CHECK_OK(mount(NULL, "m", NULL, MS_REMOUNT, "size=4m"));
    CHECK_OK(mount(NULL, "m", NULL, MS_REMOUNT, "usrquota_block_hardlimit=1m"));
    CHECK_ERR(mount(NULL, "m", NULL, MS_REMOUNT, "usrquota_block_hardlimit=2m"), EINVAL);
    mkdir("n", 0755);
    REQUIRE_OK(mount("none", "n", "tmpfs", 0, "size=1m"));
    CHECK_ERR(mount(NULL, "n", NULL, MS_REMOUNT, "usrquota"), EINVAL);
    CHECK_ERR(mount("none", "n", "tmpfs", 0, "usrquota_block_hardlimit=0"), EINVAL);
}
