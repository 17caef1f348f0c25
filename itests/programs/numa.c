/*
 * set_mempolicy(2), mbind(2), move_pages(2) and relatives on one memory node: what is told, and what is refused. The
 * headers of libnuma are not needed; more nodes than one make the tests skip.
 */
#include "check.h"

#include <grp.h>
#include <linux/mempolicy.h>

#ifndef MPOL_WEIGHTED_INTERLEAVE
#define MPOL_WEIGHTED_INTERLEAVE 6
#endif
#ifndef SYS_set_mempolicy_home_node
#define SYS_set_mempolicy_home_node 450
#endif

enum { PAGE = 4096 };

static unsigned long node0 = 1, node1 = 2, both = 3, none = 0;

static long set_policy(int mode, unsigned long *nodes, unsigned long max) {
    return syscall(SYS_set_mempolicy, mode, nodes, max);
}

static long get_policy(int *mode, unsigned long *nodes, unsigned long max, void *addr, unsigned long flags) {
    return syscall(SYS_get_mempolicy, mode, nodes, max, addr, flags);
}

static long bind_to(void *addr, size_t length, int mode, unsigned long *nodes, unsigned long max, unsigned flags) {
    return syscall(SYS_mbind, addr, length, mode, nodes, max, flags);
}

static long move(pid_t pid, unsigned long count, void **pages, int *nodes, int *status, int flags) {
    return syscall(SYS_move_pages, pid, count, pages, nodes, status, flags);
}

static long home(void *addr, size_t length, unsigned long node, unsigned long flags) {
    return syscall(SYS_set_mempolicy_home_node, addr, length, node, flags);
}

static char *map_pages(int pages) {
    return mmap(NULL, pages * (size_t)PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void need_one_node(void) {
    char text[64] = "";
    int fd = open("/sys/devices/system/node/online", O_RDONLY);
    if (fd < 0 || read(fd, text, sizeof text - 1) < 0 || strcmp(text, "0\n") != 0) SKIP("not one memory node");
    close(fd);
}

/* The policy of the caller, and its nodes. */
static void expect_task(int mode, unsigned long nodes) {
    int told = -1;
    unsigned long mask = 99;
    CHECK_OK(get_policy(&told, &mask, 64, NULL, 0));
    CHECK_EQ(told, mode);
    CHECK_EQ(mask, nodes);
}

static void expect_at(void *addr, int mode, unsigned long nodes) {
    int told = -1;
    unsigned long mask = 99;
    CHECK_OK(get_policy(&told, &mask, 64, addr, MPOL_F_ADDR));
    CHECK_EQ(told, mode);
    CHECK_EQ(mask, nodes);
}

/* The line of an area in /proc/self/numa_maps; empty if none begins there. */
static const char *maps_line(const char *file, void *start) {
    static char line[512];
    char wanted[32];
    snprintf(wanted, sizeof wanted, "%08lx", (unsigned long)start);
    FILE *maps = fopen(file, "r");
    while (maps && fgets(line, sizeof line, maps)) {
        if (strncmp(line, wanted, strlen(wanted)) == 0) {
            fclose(maps);
            line[strcspn(line, "\n")] = 0;
            return line + strlen(wanted);
        }
    }
    if (maps) fclose(maps);
    return "";
}

/* Whether an area begins at an address and has this policy; what follows tells of pages. */
static bool tells(void *start, const char *policy) {
    const char *line = maps_line("/proc/self/numa_maps", start);
    size_t length = strlen(policy);
    return strncmp(line, policy, length) == 0 && (line[length] == 0 || line[length] == ' ');
}

TEST(policyOfTask_isTold) {
    need_one_node();
    expect_task(MPOL_DEFAULT, 0);
    int modes[] = {MPOL_PREFERRED, MPOL_BIND, MPOL_INTERLEAVE, MPOL_PREFERRED_MANY, MPOL_WEIGHTED_INTERLEAVE};
    for (int i = 0; i < 5; i++) {
        CHECK_OK(set_policy(modes[i], &node0, 64));
        expect_task(modes[i], 1);
        /* nodes that are not there are left away, unless none remains */
        CHECK_OK(set_policy(modes[i], &both, 64));
        expect_task(modes[i], 1);
        CHECK_ERR(set_policy(modes[i], &node1, 64), EINVAL);
        CHECK_OK(set_policy(modes[i] | MPOL_F_STATIC_NODES, &both, 64));
        expect_task(modes[i] | MPOL_F_STATIC_NODES, 3);
        CHECK_ERR(set_policy(modes[i] | MPOL_F_STATIC_NODES, &node1, 64), EINVAL);
        CHECK_OK(set_policy(modes[i] | MPOL_F_RELATIVE_NODES, &node1, 64));
        expect_task(modes[i] | MPOL_F_RELATIVE_NODES, 2);
    }
    CHECK_OK(set_policy(MPOL_LOCAL, NULL, 0));
    expect_task(MPOL_LOCAL, 0);
    CHECK_OK(set_policy(MPOL_PREFERRED, NULL, 0));
    expect_task(MPOL_LOCAL, 0);
    CHECK_OK(set_policy(MPOL_PREFERRED, &none, 64));
    expect_task(MPOL_LOCAL, 0);
    CHECK_OK(set_policy(MPOL_BIND | MPOL_F_NUMA_BALANCING, &node0, 64));
    expect_task(MPOL_BIND | MPOL_F_NUMA_BALANCING, 1);
    CHECK_OK(set_policy(MPOL_PREFERRED_MANY | MPOL_F_NUMA_BALANCING | MPOL_F_STATIC_NODES, &node0, 64));
    expect_task(MPOL_PREFERRED_MANY | MPOL_F_NUMA_BALANCING | MPOL_F_STATIC_NODES, 1);
    CHECK_OK(set_policy(MPOL_DEFAULT, NULL, 0));
    expect_task(MPOL_DEFAULT, 0);
}

TEST(badPolicies_areRefused) {
    need_one_node();
    CHECK_ERR(set_policy(7, &node0, 64), EINVAL);
    CHECK_ERR(set_policy(-1, &node0, 64), EINVAL);
    CHECK_ERR(set_policy(MPOL_BIND | 0x1000, &node0, 64), EINVAL);
    CHECK_ERR(set_policy(MPOL_BIND | MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES, &node0, 64), EINVAL);
    CHECK_ERR(set_policy(MPOL_INTERLEAVE | MPOL_F_NUMA_BALANCING, &node0, 64), EINVAL);
    CHECK_ERR(set_policy(MPOL_DEFAULT, &node0, 64), EINVAL);
    CHECK_OK(set_policy(MPOL_DEFAULT, &none, 64));
    CHECK_OK(set_policy(MPOL_DEFAULT | MPOL_F_STATIC_NODES, NULL, 0));
    CHECK_ERR(set_policy(MPOL_LOCAL, &node0, 64), EINVAL);
    CHECK_ERR(set_policy(MPOL_LOCAL | MPOL_F_STATIC_NODES, NULL, 0), EINVAL);
    CHECK_ERR(set_policy(MPOL_PREFERRED | MPOL_F_RELATIVE_NODES, NULL, 0), EINVAL);
    CHECK_ERR(set_policy(MPOL_BIND, NULL, 0), EINVAL);
    CHECK_ERR(set_policy(MPOL_BIND, NULL, 64), EINVAL);
    CHECK_ERR(set_policy(MPOL_INTERLEAVE, &none, 64), EINVAL);
    expect_task(MPOL_DEFAULT, 0);
}

TEST(masks_areReadAsLongAsTheyAre) {
    need_one_node();
    unsigned long *mask = (unsigned long *)map_pages(3);
    REQUIRE_OK(mprotect((char *)mask + 2 * PAGE, PAGE, PROT_NONE));
    mask[0] = 3;
    /* one bit less than was said */
    CHECK_OK(set_policy(MPOL_BIND | MPOL_F_STATIC_NODES, mask, 2));
    expect_task(MPOL_BIND | MPOL_F_STATIC_NODES, 1);
    CHECK_OK(set_policy(MPOL_BIND | MPOL_F_STATIC_NODES, mask, 3));
    expect_task(MPOL_BIND | MPOL_F_STATIC_NODES, 3);
    /* 0 and 1 are none; 0 is very many where there is a mask */
    CHECK_ERR(set_policy(MPOL_BIND, mask, 1), EINVAL);
    CHECK_ERR(set_policy(MPOL_BIND, mask, 0), EINVAL);
    CHECK_ERR(set_policy(MPOL_DEFAULT, &none, 0), EINVAL);
    CHECK_OK(set_policy(MPOL_BIND, mask, 1024));
    CHECK_OK(set_policy(MPOL_BIND, mask, 1025));
    CHECK_OK(set_policy(MPOL_BIND, mask, 1026));
    CHECK_OK(set_policy(MPOL_BIND, mask, PAGE * 8));
    CHECK_OK(set_policy(MPOL_BIND, mask, PAGE * 8 + 1));
    CHECK_ERR(set_policy(MPOL_BIND, mask, PAGE * 8 + 2), EINVAL);
    CHECK_ERR(set_policy(MPOL_DEFAULT, &none, -1UL), EINVAL);
    mask[16] = 1;
    CHECK_OK(set_policy(MPOL_BIND, mask, 1025));
    CHECK_ERR(set_policy(MPOL_BIND, mask, 1026), EINVAL);
    CHECK_ERR(set_policy(MPOL_BIND, mask, 4000), EINVAL);
    mask[16] = 0;
    CHECK_ERR(set_policy(MPOL_BIND, (void *)8, 64), EFAULT);
    unsigned long *last = (unsigned long *)((char *)mask + 2 * PAGE) - 1;
    *last = 1;
    CHECK_OK(set_policy(MPOL_BIND, last, 65));
    CHECK_ERR(set_policy(MPOL_BIND, last, 66), EFAULT);
    CHECK_ERR(set_policy(MPOL_BIND, last, 2000), EFAULT);
    /* bad flags come first */
    CHECK_ERR(set_policy(7, (void *)8, 64), EINVAL);
}

TEST(getMempolicy_checksWhatItIsAsked) {
    need_one_node();
    int mode = -1;
    unsigned long mask[4] = {99, 99, 99, 99};
    CHECK_OK(get_policy(NULL, NULL, 0, NULL, 0));
    CHECK_OK(get_policy(&mode, NULL, 0, NULL, MPOL_F_MEMS_ALLOWED));
    CHECK_EQ(mode, 0);
    CHECK_OK(get_policy(NULL, mask, 192, NULL, MPOL_F_MEMS_ALLOWED));
    CHECK_EQ(mask[0], 1);
    CHECK_EQ(mask[1], 0);
    CHECK_EQ(mask[2], 0);
    CHECK_EQ(mask[3], 99);
    mask[0] = 99;
    CHECK_OK(get_policy(NULL, mask, 1, NULL, MPOL_F_MEMS_ALLOWED));
    CHECK_EQ(mask[0], 99);
    CHECK_OK(get_policy(NULL, mask, 2, NULL, MPOL_F_MEMS_ALLOWED));
    CHECK_EQ(mask[0], 1);
    CHECK_ERR(get_policy(NULL, mask, 0, NULL, 0), EINVAL);
    CHECK_ERR(get_policy(NULL, mask, PAGE * 8 + 100, NULL, 0), EINVAL);
    CHECK_ERR(get_policy(NULL, NULL, 0, NULL, 8), EINVAL);
    CHECK_ERR(get_policy(NULL, NULL, 0, NULL, MPOL_F_MEMS_ALLOWED | MPOL_F_NODE), EINVAL);
    CHECK_ERR(get_policy(NULL, NULL, 0, NULL, MPOL_F_MEMS_ALLOWED | MPOL_F_ADDR), EINVAL);
    CHECK_ERR(get_policy(NULL, NULL, 0, mask, 0), EINVAL);
    CHECK_ERR(get_policy(NULL, NULL, 0, (void *)8, MPOL_F_ADDR), EFAULT);
    CHECK_ERR(get_policy((void *)8, NULL, 0, NULL, 0), EFAULT);
    CHECK_ERR(get_policy(NULL, (void *)8, 64, NULL, 0), EFAULT);
}

TEST(nodeOfNextPage_isToldWhenInterleaving) {
    need_one_node();
    int node = -1;
    CHECK_ERR(get_policy(&node, NULL, 0, NULL, MPOL_F_NODE), EINVAL);
    REQUIRE_OK(set_policy(MPOL_BIND, &node0, 64));
    CHECK_ERR(get_policy(&node, NULL, 0, NULL, MPOL_F_NODE), EINVAL);
    REQUIRE_OK(set_policy(MPOL_INTERLEAVE, &node0, 64));
    CHECK_OK(get_policy(&node, NULL, 0, NULL, MPOL_F_NODE));
    CHECK_EQ(node, 0);
    REQUIRE_OK(set_policy(MPOL_WEIGHTED_INTERLEAVE, &node0, 64));
    node = -1;
    CHECK_OK(get_policy(&node, NULL, 0, NULL, MPOL_F_NODE));
    CHECK_EQ(node, 0);
}

TEST(nodeOfPage_isTold) {
    need_one_node();
    char *at = map_pages(2);
    unsigned long mask = 99;
    int node = -1;
    at[5] = 1;
    CHECK_OK(get_policy(&node, &mask, 64, at + 5, MPOL_F_NODE | MPOL_F_ADDR));
    CHECK_EQ(node, 0);
    CHECK_EQ(mask, 0);
    node = -1;
    CHECK_OK(get_policy(&node, NULL, 0, at + PAGE, MPOL_F_NODE | MPOL_F_ADDR));
    CHECK_EQ(node, 0);
    REQUIRE_OK(mprotect(at, PAGE, PROT_NONE));
    CHECK_ERR(get_policy(&node, NULL, 0, at, MPOL_F_NODE | MPOL_F_ADDR), EFAULT);
}

TEST(policyOfTask_isInheritedAndSurvivesExec) {
    need_one_node();
    REQUIRE_OK(set_policy(MPOL_INTERLEAVE | MPOL_F_STATIC_NODES, &both, 64));
    CHECK_EQ(IN_CHILD({
                 expect_task(MPOL_INTERLEAVE | MPOL_F_STATIC_NODES, 3);
                 REQUIRE_OK(set_policy(MPOL_DEFAULT, NULL, 0));
             }),
            0);
    expect_task(MPOL_INTERLEAVE | MPOL_F_STATIC_NODES, 3);
    CHECK_EQ(IN_CHILD({ execl("/proc/self/exe", "numa", "afterExec_policyIsThere", NULL); }), 0);
}

TEST(afterExec_policyIsThere) {
    need_one_node();
    int mode = -1;
    REQUIRE_OK(get_policy(&mode, NULL, 0, NULL, 0));
    if (mode == MPOL_DEFAULT) SKIP("run by another test");
    expect_task(MPOL_INTERLEAVE | MPOL_F_STATIC_NODES, 3);
}

TEST(mbind_splitsAndJoinsAreas) {
    need_one_node();
    char *at = map_pages(8);
    REQUIRE_OK(mprotect(at, PAGE, PROT_READ));
    REQUIRE_OK(mprotect(at + 7 * PAGE, PAGE, PROT_READ));
    CHECK_OK(bind_to(at + 2 * PAGE, 2 * PAGE, MPOL_BIND, &node0, 64, 0));
    expect_at(at + PAGE, MPOL_DEFAULT, 0);
    expect_at(at + 2 * PAGE, MPOL_BIND, 1);
    expect_at(at + 3 * PAGE + 77, MPOL_BIND, 1);
    expect_at(at + 4 * PAGE, MPOL_DEFAULT, 0);
    CHECK(tells(at + 2 * PAGE, " bind:0"));
    CHECK(tells(at + 4 * PAGE, " default"));
    /* a length is rounded up; what is alike is joined */
    CHECK_OK(bind_to(at + 4 * PAGE, 1, MPOL_BIND, &node0, 64, 0));
    CHECK_STR(maps_line("/proc/self/numa_maps", at + 4 * PAGE), "");
    CHECK(tells(at + 5 * PAGE, " default"));
    CHECK_EQ(IN_CHILD(expect_at(at + 3 * PAGE, MPOL_BIND, 1)), 0);
    CHECK_OK(bind_to(at + PAGE, 6 * PAGE, MPOL_PREFERRED | MPOL_F_STATIC_NODES, &both, 64, 0));
    CHECK(tells(at + PAGE, " prefer=static:0"));
    CHECK_STR(maps_line("/proc/self/numa_maps", at + 2 * PAGE), "");
    CHECK_OK(bind_to(at + PAGE, 6 * PAGE, MPOL_DEFAULT, NULL, 0, MPOL_MF_STRICT));
    expect_at(at + 3 * PAGE, MPOL_DEFAULT, 0);
    /* an area that moves takes its policy with it */
    CHECK_OK(bind_to(at + PAGE, 2 * PAGE, MPOL_LOCAL, NULL, 0, 0));
    char *moved = mremap(at + PAGE, 2 * PAGE, 16 * PAGE, MREMAP_MAYMOVE);
    REQUIRE(moved != MAP_FAILED);
    expect_at(moved + 9 * PAGE, MPOL_LOCAL, 0);
}

TEST(numaMaps_tellsModes) {
    need_one_node();
    char *at = map_pages(4);
    REQUIRE_OK(bind_to(at, 4 * PAGE, MPOL_INTERLEAVE, &node0, 64, 0));
    CHECK(tells(at, " interleave:0"));
    REQUIRE_OK(bind_to(at, 4 * PAGE, MPOL_LOCAL, NULL, 0, 0));
    CHECK(tells(at, " local"));
    REQUIRE_OK(bind_to(at, 4 * PAGE, MPOL_PREFERRED_MANY | MPOL_F_RELATIVE_NODES, &node1, 64, 0));
    CHECK(tells(at, " prefer (many)=relative:0"));
    REQUIRE_OK(bind_to(at, 4 * PAGE, MPOL_WEIGHTED_INTERLEAVE, &node0, 64, 0));
    CHECK(tells(at, " weighted interleave:0"));
    REQUIRE_OK(bind_to(at, 4 * PAGE, MPOL_BIND | MPOL_F_NUMA_BALANCING | MPOL_F_STATIC_NODES, &node0, 64, 0));
    CHECK(tells(at, " bind=static|balancing:0"));
    REQUIRE_OK(bind_to(at, 4 * PAGE, MPOL_BIND | MPOL_F_NUMA_BALANCING, &node0, 64, 0));
    CHECK(tells(at, " bind=balancing:0"));
    REQUIRE_OK(bind_to(at, 4 * PAGE, MPOL_DEFAULT, NULL, 0, 0));
    memset(at, 1, 4 * PAGE);
    const char *line = maps_line("/proc/self/numa_maps", at);
    CHECK(strstr(line, " default anon=4 dirty=4 ") == line);
    CHECK(strstr(line, " N0=4 kernelpagesize_kB=4") != NULL);
    /* where an area has none, the policy of the task counts */
    REQUIRE_OK(set_policy(MPOL_BIND, &node0, 64));
    CHECK(strstr(maps_line("/proc/self/numa_maps", at), " bind:0 anon=4") != NULL);
    CHECK(strstr(maps_line("/proc/thread-self/numa_maps", at), " bind:0 anon=4") != NULL);
}

TEST(mbind_refusesBadRanges) {
    need_one_node();
    char *at = map_pages(4);
    CHECK_OK(bind_to(at, 0, MPOL_BIND, &node0, 64, 0));
    CHECK_OK(bind_to(at, 0, MPOL_LOCAL, &none, 64, 0));
    CHECK_ERR(bind_to(at + 1, PAGE, MPOL_BIND, &node0, 64, 0), EINVAL);
    CHECK_ERR(bind_to(at, PAGE, MPOL_BIND, &node0, 64, 8), EINVAL);
    CHECK_ERR(bind_to(at, PAGE, 7, &node0, 64, 0), EINVAL);
    CHECK_ERR(bind_to(at, PAGE, MPOL_BIND, &node1, 64, 0), EINVAL);
    CHECK_ERR(bind_to(at, -2 * PAGE, MPOL_BIND, &node0, 64, 0), EINVAL);
    CHECK_ERR(bind_to(at, PAGE, MPOL_BIND, (void *)8, 64, 0), EFAULT);
    REQUIRE_OK(munmap(at + 2 * PAGE, PAGE));
    CHECK_ERR(bind_to(at, 4 * PAGE, MPOL_BIND, &node0, 64, 0), EFAULT);
    CHECK_ERR(bind_to(at + 2 * PAGE, PAGE, MPOL_BIND, &node0, 64, 0), EFAULT);
    CHECK_ERR(bind_to(at + 2 * PAGE, 2 * PAGE, MPOL_BIND, &node0, 64, 0), EFAULT);
    expect_at(at, MPOL_DEFAULT, 0);
    CHECK_OK(bind_to(at, 2 * PAGE, MPOL_BIND, &node0, 64, 0));
}

TEST(strictBinding_failsForPagesElsewhere) {
    need_one_node();
    char *at = map_pages(64);
    CHECK_OK(bind_to(at, 64 * PAGE, MPOL_PREFERRED, NULL, 0, MPOL_MF_STRICT));
    at[0] = 1;
    CHECK_OK(bind_to(at, 64 * PAGE, MPOL_BIND, &node0, 64, MPOL_MF_STRICT));
    CHECK_OK(bind_to(at, 64 * PAGE, MPOL_BIND, &both, 64, MPOL_MF_STRICT | MPOL_MF_MOVE));
    CHECK_OK(bind_to(at, 64 * PAGE, MPOL_DEFAULT, NULL, 0, MPOL_MF_STRICT));
    REQUIRE_OK(bind_to(at, 64 * PAGE, MPOL_BIND, &node0, 64, 0));
    /* the caller's nodes do not contain the page's */
    CHECK_ERR(bind_to(at, 64 * PAGE, MPOL_LOCAL, NULL, 0, MPOL_MF_STRICT), EIO);
    CHECK_ERR(bind_to(at, 64 * PAGE, MPOL_BIND | MPOL_F_RELATIVE_NODES, &node1, 64, MPOL_MF_STRICT), EIO);
    expect_at(at, MPOL_BIND, 1);
    CHECK_OK(bind_to(at, 64 * PAGE, MPOL_LOCAL, NULL, 0, MPOL_MF_STRICT | MPOL_MF_MOVE));
    expect_at(at, MPOL_LOCAL, 0);
    CHECK_EQ(at[0], 1);
}

TEST(homeNode_needsBindingOrPreference) {
    need_one_node();
    char *at = map_pages(4);
    CHECK_ERR(home(at, PAGE, 0, 0), ENOENT);
    CHECK_OK(home(at, 0, 0, 0));
    CHECK_ERR(home(at + 1, PAGE, 0, 0), EINVAL);
    CHECK_ERR(home(at, PAGE, 0, 1), EINVAL);
    CHECK_ERR(home(at, PAGE, 1, 0), EINVAL);
    CHECK_ERR(home(at, PAGE, 5000, 0), EINVAL);
    CHECK_ERR(home(at, -2 * PAGE, 0, 0), EINVAL);
    REQUIRE_OK(bind_to(at, 4 * PAGE, MPOL_BIND, &node0, 64, 0));
    CHECK_OK(home(at, 2 * PAGE, 0, 0));
    CHECK_OK(home(at, 4 * PAGE, 0, 0));
    expect_at(at, MPOL_BIND, 1);
    REQUIRE_OK(bind_to(at + 2 * PAGE, PAGE, MPOL_INTERLEAVE, &node0, 64, 0));
    CHECK_ERR(home(at, 4 * PAGE, 0, 0), EOPNOTSUPP);
}

TEST(pages_areOnTheNode) {
    need_one_node();
    char *at = map_pages(512), *hole = map_pages(1);
    REQUIRE_OK(munmap(hole, PAGE));
    at[0] = 1;
    at[PAGE + 5] = 1;
    void *pages[] = {at, at + PAGE + 5, at + 400 * PAGE, hole, (void *)-PAGE};
    int status[5] = {9, 9, 9, 9, 9}, nodes[5] = {0, 0, 0, 0, 0};
    CHECK_OK(move(0, 5, pages, NULL, status, 0));
    CHECK_EQ(status[0], 0);
    CHECK_EQ(status[1], 0);
    CHECK_EQ(status[2], -ENOENT);
    CHECK_EQ(status[3], -EFAULT);
    CHECK_EQ(status[4], -EFAULT);
    memset(status, 9, sizeof status);
    CHECK_OK(move(getpid(), 5, pages, nodes, status, MPOL_MF_MOVE));
    CHECK_EQ(status[0], 0);
    CHECK_EQ(status[1], 0);
    CHECK_EQ(status[2], -ENOENT);
    CHECK_EQ(status[3], -EFAULT);
    CHECK_EQ(status[4], -EFAULT);
    CHECK_OK(move(0, 0, NULL, NULL, NULL, 0));
    nodes[1] = 1;
    CHECK_ERR(move(0, 2, pages, nodes, status, MPOL_MF_MOVE), ENODEV);
    nodes[1] = -1;
    CHECK_ERR(move(0, 2, pages, nodes, status, MPOL_MF_MOVE), ENODEV);
    CHECK_OK(move(0, 1, pages, nodes, status, MPOL_MF_MOVE));
    CHECK_ERR(move(0, 1, pages, nodes, status, MPOL_MF_STRICT), EINVAL);
    CHECK_ERR(move(0, 1, pages, nodes, (void *)8, MPOL_MF_MOVE), EFAULT);
    CHECK_ERR(move(0, 1, pages, (void *)8, status, MPOL_MF_MOVE), EFAULT);
    CHECK_ERR(move(0, 1, (void *)8, nodes, status, MPOL_MF_MOVE), EFAULT);
    CHECK_ERR(move(0, 1, (void *)8, NULL, status, 0), EFAULT);
    CHECK_ERR(move(0, 1, pages, NULL, (void *)8, 0), EFAULT);
    CHECK_ERR(move(0x3fffffff, 1, pages, NULL, status, 0), ESRCH);
}

TEST(pagesOfChild_areOnTheNode) {
    need_one_node();
    int gate[2];
    char byte;
    char *at = map_pages(1);
    *at = 1;
    REQUIRE_OK(pipe(gate));
    pid_t child = START_CHILD({
        close(gate[1]);
        CHECK_EQ(read(gate[0], &byte, 1), 0);
    });
    void *page = at;
    int status = 9;
    CHECK_OK(move(child, 1, &page, NULL, &status, 0));
    CHECK_EQ(status, 0);
    CHECK_OK(syscall(SYS_migrate_pages, child, 64, &node0, &node0));
    close(gate[1]);
    CHECK_EQ(wait_for(child), 0);
    CHECK_ERR(move(child, 1, &page, NULL, &status, 0), ESRCH);
}

TEST(migratePages_movesNothing) {
    need_one_node();
    CHECK_EQ(syscall(SYS_migrate_pages, 0, 64, &node0, &node0), 0);
    CHECK_EQ(syscall(SYS_migrate_pages, getpid(), 64, &both, &node0), 0);
    CHECK_EQ(syscall(SYS_migrate_pages, 0, 64, &none, &node0), 0);
    CHECK_ERR(syscall(SYS_migrate_pages, 0, 64, &node0, &none), EINVAL);
    CHECK_ERR(syscall(SYS_migrate_pages, 0, 64, (void *)8, &node0), EFAULT);
    CHECK_ERR(syscall(SYS_migrate_pages, 0, 64, &node0, (void *)8), EFAULT);
    CHECK_ERR(syscall(SYS_migrate_pages, 0x3fffffff, 64, &node0, &node0), ESRCH);
}

TEST(withoutPrivilege_othersAndSharedPagesAreRefused) {
    need_root();
    need_one_node();
    pid_t other = getppid();
    char *at = map_pages(1);
    void *page = at;
    int status = 9, node = 0;
    CHECK_OK(bind_to(at, PAGE, MPOL_BIND, &node0, 64, MPOL_MF_MOVE_ALL));
    CHECK_OK(move(0, 1, &page, &node, &status, MPOL_MF_MOVE_ALL));
    CHECK_ERR(syscall(SYS_migrate_pages, 0, 64, &node0, &node1), EINVAL);
    CHECK_EQ(IN_CHILD({
                 REQUIRE_OK(setgroups(0, NULL));
                 REQUIRE_OK(setuid(12345));
                 CHECK_ERR(bind_to(at, PAGE, MPOL_BIND, &node0, 64, MPOL_MF_MOVE_ALL), EPERM);
                 CHECK_ERR(move(0, 1, &page, &node, &status, MPOL_MF_MOVE_ALL), EPERM);
                 CHECK_ERR(move(other, 1, &page, NULL, &status, 0), EPERM);
                 CHECK_ERR(syscall(SYS_migrate_pages, other, 64, &node0, &node0), EPERM);
                 CHECK_ERR(syscall(SYS_migrate_pages, 0, 64, &node0, &node1), EPERM);
                 CHECK_OK(bind_to(at, PAGE, MPOL_BIND, &node0, 64, MPOL_MF_MOVE));
             }),
            0);
}

TEST(policyOfSharedMemory_belongsToTheMemory) {
    need_one_node();
    int fd = REQUIRE_OK(syscall(SYS_memfd_create, "shared", 0));
    REQUIRE_OK(ftruncate(fd, 8 * PAGE));
    char *one = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    char *two = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 2 * PAGE);
    REQUIRE_OK(bind_to(one + 3 * PAGE, 2 * PAGE, MPOL_INTERLEAVE, &node0, 64, 0));
    expect_at(two, MPOL_DEFAULT, 0);
    expect_at(two + PAGE, MPOL_INTERLEAVE, 1);
    expect_at(two + 2 * PAGE, MPOL_INTERLEAVE, 1);
    expect_at(two + 3 * PAGE, MPOL_DEFAULT, 0);
    CHECK_EQ(IN_CHILD(expect_at(two + PAGE, MPOL_INTERLEAVE, 1)), 0);
    /* an area that has no policy of its own has none to give back */
    CHECK_OK(bind_to(two + 2 * PAGE, PAGE, MPOL_DEFAULT, NULL, 0, 0));
    expect_at(one + 4 * PAGE, MPOL_INTERLEAVE, 1);
    CHECK_OK(bind_to(two, 2 * PAGE, MPOL_BIND, &node0, 64, 0));
    expect_at(one + 2 * PAGE, MPOL_BIND, 1);
    expect_at(one + 3 * PAGE, MPOL_BIND, 1);
    expect_at(one + 4 * PAGE, MPOL_INTERLEAVE, 1);
    CHECK_OK(bind_to(one, 8 * PAGE, MPOL_LOCAL, NULL, 0, 0));
    CHECK_OK(bind_to(one + 4 * PAGE, PAGE, MPOL_DEFAULT, NULL, 0, 0));
    expect_at(two + PAGE, MPOL_LOCAL, 0);
    expect_at(two + 2 * PAGE, MPOL_DEFAULT, 0);
    expect_at(two + 3 * PAGE, MPOL_LOCAL, 0);
    /* and it stays when nobody maps it */
    REQUIRE_OK(munmap(one, 8 * PAGE));
    REQUIRE_OK(munmap(two, 4 * PAGE));
    one = mmap(NULL, 8 * PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
    expect_at(one + 3 * PAGE, MPOL_LOCAL, 0);
    expect_at(one + 4 * PAGE, MPOL_DEFAULT, 0);
    CHECK(tells(one, " local"));
}

TEST(policyOfSharedAnonymousMemory_isThatOfTheChild) {
    need_one_node();
    char *at = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK_EQ(IN_CHILD(REQUIRE_OK(bind_to(at + PAGE, PAGE, MPOL_BIND | MPOL_F_STATIC_NODES, &both, 64, 0))), 0);
    expect_at(at, MPOL_DEFAULT, 0);
    expect_at(at + PAGE, MPOL_BIND | MPOL_F_STATIC_NODES, 3);
    expect_at(at + 2 * PAGE, MPOL_DEFAULT, 0);
}
