/* credentials(7): the setuid family, groups, capabilities(7), prctl(2) as far as it concerns them. */
#include "check.h"
#include <grp.h>
#include <linux/capability.h>
#include <sys/fsuid.h>

static void ids(uid_t *r, uid_t *e, uid_t *s) {
    CHECK_OK(getresuid(r, e, s));
}

static uint64_t effective(void) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2] = {0};
    CHECK_OK(syscall(SYS_capget, &header, data));
    return data[0].effective | (uint64_t)data[1].effective << 32;
}

TEST(setuid_asRoot_setsAllThree) {
    need_root();
    uid_t r, e, s;
    CHECK_OK(setuid(1000));
    ids(&r, &e, &s);
    CHECK(r == 1000 && e == 1000 && s == 1000);
    CHECK_ERR(setuid(0), EPERM);
    CHECK_ERR(setuid(1001), EPERM);
    CHECK_OK(setuid(1000));
    CHECK_EQ(setfsuid(-1), 1000);
}

TEST(seteuid_canReturnBySavedId) {
    need_root();
    uid_t r, e, s;
    CHECK_OK(seteuid(1000));
    ids(&r, &e, &s);
    CHECK(r == 0 && e == 1000 && s == 0);
    CHECK_EQ(effective(), 0);
    CHECK_OK(seteuid(0));
    CHECK(effective() != 0);
}

TEST(setreuid_movesSavedId) {
    need_root();
    uid_t r, e, s;
    CHECK_OK(setreuid(1000, 2000));
    ids(&r, &e, &s);
    CHECK(r == 1000 && e == 2000 && s == 2000);
    CHECK_OK(setreuid(-1, 1000));
    ids(&r, &e, &s);
    CHECK(r == 1000 && e == 1000 && s == 2000);
    CHECK_ERR(setreuid(3000, -1), EPERM);
    CHECK_OK(setreuid(1000, 2000));
    CHECK_ERR(setresuid(0, -1, -1), EPERM);
    CHECK_OK(setresuid(2000, 2000, 2000));
    CHECK_ERR(setresuid(1000, -1, -1), EPERM);
}

TEST(groupIds_workLikeUserIds) {
    need_root();
    gid_t r, e, s;
    CHECK_OK(setresgid(1, 2, 3));
    CHECK_OK(getresgid(&r, &e, &s));
    CHECK(r == 1 && e == 2 && s == 3);
    CHECK_EQ(getgid(), 1);
    CHECK_EQ(getegid(), 2);
    CHECK_OK(setuid(1000));
    CHECK_OK(setegid(3));
    CHECK_OK(setregid(-1, 1));
    CHECK_ERR(setgid(5), EPERM);
    CHECK_OK(setgid(3) == -1 ? setgid(1) : 0);
}

TEST(groups_canBeSetAndRead) {
    need_root();
    gid_t list[] = {30, 10, 20}, back[8];
    CHECK_OK(setgroups(3, list));
    CHECK_EQ(getgroups(0, NULL), 3);
    CHECK_EQ(getgroups(8, back), 3);
    /* The kernel keeps them sorted. */
    CHECK(back[0] == 10 && back[1] == 20 && back[2] == 30);
    CHECK_ERR(getgroups(2, back), EINVAL);
    CHECK_ERR(syscall(SYS_setgroups, 65537, list), EINVAL);
    CHECK_OK(setuid(1000));
    CHECK_EQ(getgroups(8, back), 3);
    CHECK_ERR(setgroups(0, NULL), EPERM);
    CHECK_ERR(syscall(SYS_setgroups, 1, (void *)8), EPERM);
}

TEST(fsuid_followsAndCanDiffer) {
    need_root();
    CHECK_EQ(setfsuid(1000), 0);
    CHECK_EQ(setfsuid(-1), 1000);
    CHECK_OK(seteuid(0));
    CHECK_EQ(setfsuid(-1), 0);
    CHECK_EQ(setfsgid(5), 0);
    CHECK_EQ(setfsgid(-1), 5);
}

TEST(capabilities_canBeDropped) {
    need_root();
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2] = {0};
    CHECK_OK(syscall(SYS_capget, &header, data));
    uint32_t chown_bit = 1 << CAP_CHOWN;
    CHECK(data[0].effective & chown_bit);
    data[0].effective &= ~chown_bit;
    CHECK_OK(syscall(SYS_capset, &header, data));
    close(make_file("file", ""));
    CHECK_ERR(chown("file", 1000, 1000), EPERM);
    data[0].effective |= chown_bit;
    CHECK_OK(syscall(SYS_capset, &header, data));
    CHECK_OK(chown("file", 1000, 1000));
    data[0].effective &= ~chown_bit;
    data[0].permitted &= ~chown_bit;
    CHECK_OK(syscall(SYS_capset, &header, data));
    data[0].permitted |= chown_bit;
    CHECK_ERR(syscall(SYS_capset, &header, data), EPERM);
}

TEST(capget_checksVersion) {
    struct __user_cap_header_struct header = {0x1234, 0};
    CHECK_ERR(syscall(SYS_capget, &header, (void *)1), EINVAL);
    CHECK_EQ(header.version, _LINUX_CAPABILITY_VERSION_3);
    CHECK_EQ(syscall(SYS_capget, &header, NULL), 0);
    header.pid = 999999;
    struct __user_cap_data_struct data[2];
    CHECK_ERR(syscall(SYS_capget, &header, data), ESRCH);
}

TEST(keepcaps_keepsPermittedOverSetuid) {
    need_root();
    CHECK_OK(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
    CHECK_EQ(prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0), 1);
    CHECK_OK(setresuid(1000, 1000, 1000));
    CHECK_EQ(effective(), 0);
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2] = {0};
    CHECK_OK(syscall(SYS_capget, &header, data));
    CHECK(data[0].permitted != 0);
    CHECK_ERR(prctl(PR_SET_KEEPCAPS, 2, 0, 0, 0), EINVAL);
}

TEST(boundingSet_canBeDropped) {
    need_root();
    CHECK_EQ(prctl(PR_CAPBSET_READ, CAP_CHOWN, 0, 0, 0), 1);
    CHECK_OK(prctl(PR_CAPBSET_DROP, CAP_CHOWN, 0, 0, 0));
    CHECK_EQ(prctl(PR_CAPBSET_READ, CAP_CHOWN, 0, 0, 0), 0);
    CHECK_ERR(prctl(PR_CAPBSET_READ, 1000, 0, 0, 0), EINVAL);
    CHECK_OK(setresuid(1000, 1000, 1000));
    CHECK_ERR(prctl(PR_CAPBSET_DROP, CAP_KILL, 0, 0, 0), EPERM);
}

TEST(prctlNames_areKeptPerThread) {
    char name[16] = "";
    CHECK_OK(prctl(PR_SET_NAME, "a-name-that-is-too-long"));
    CHECK_OK(prctl(PR_GET_NAME, name));
    CHECK_STR(name, "a-name-that-is-");
    CHECK_STR(text_of("/proc/self/comm"), "a-name-that-is-\n");
    CHECK_ERR(prctl(PR_SET_NAME, (void *)8), EFAULT);
}

TEST(prctl_switches) {
    CHECK_EQ(prctl(PR_GET_DUMPABLE), 1);
    CHECK_OK(prctl(PR_SET_DUMPABLE, 0));
    CHECK_EQ(prctl(PR_GET_DUMPABLE), 0);
    CHECK_ERR(prctl(PR_SET_DUMPABLE, 9), EINVAL);
    CHECK_EQ(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0);
    CHECK_OK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    CHECK_EQ(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
    CHECK_ERR(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0), EINVAL);
    CHECK_EQ(IN_CHILD(CHECK_EQ(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1)), 0);
    int death = 99;
    CHECK_OK(prctl(PR_SET_PDEATHSIG, SIGUSR1));
    CHECK_OK(prctl(PR_GET_PDEATHSIG, &death));
    CHECK_EQ(death, SIGUSR1);
    CHECK_EQ(IN_CHILD(CHECK_OK(prctl(PR_GET_PDEATHSIG, &death)); CHECK_EQ(death, 0)), 0);
    CHECK_ERR(prctl(PR_SET_PDEATHSIG, 1000), EINVAL);
    CHECK_OK(prctl(PR_SET_TIMERSLACK, 12345));
    CHECK_EQ(prctl(PR_GET_TIMERSLACK), 12345);
    CHECK_ERR(prctl(123456), EINVAL);
}
