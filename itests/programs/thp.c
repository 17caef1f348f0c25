/* prctl(2), PR_SET_THP_DISABLE: of an address space, passed on by fork and execve; smaps tells of huge pages. */
#include "check.h"
#include <sys/prctl.h>

/* include/uapi/linux/prctl.h; since Linux 6.18. */
#define EXCEPT_ADVISED 2
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif
#define AREA (8UL << 20)
#define HUGE (2UL << 20)

static int get(void) {
    return prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0);
}

static int set(unsigned long on, unsigned long flags) {
    return prctl(PR_SET_THP_DISABLE, on, flags, 0, 0);
}

static char *new_area(void) {
    char *area = mmap(NULL, AREA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(area != MAP_FAILED);
    return area;
}

/* A number of smaps for the area that has an address. */
static long smaps(const void *address, const char *field) {
    FILE *file = fopen("/proc/self/smaps", "r");
    REQUIRE(file != NULL);
    char line[512];
    bool inside = false;
    long value = -1;
    while (value < 0 && fgets(line, sizeof line, file)) {
        unsigned long start, end;
        if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
            inside = start <= (unsigned long)address && (unsigned long)address < end;
        else if (inside && strncmp(line, field, strlen(field)) == 0)
            value = atol(line + strlen(field) + 1);
    }
    fclose(file);
    return value;
}

/* Whether the area that has an address has a flag of two letters. */
static bool has_flag(const void *address, const char *flag) {
    FILE *file = fopen("/proc/self/smaps", "r");
    REQUIRE(file != NULL);
    char line[512];
    bool inside = false, found = false;
    while (fgets(line, sizeof line, file)) {
        unsigned long start, end;
        if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
            inside = start <= (unsigned long)address && (unsigned long)address < end;
        else if (inside && strncmp(line, "VmFlags:", 8) == 0)
            found = strstr(line + 8, flag) != NULL;
    }
    fclose(file);
    return found;
}

/* Whether this kernel has huge pages for those who ask. */
static bool are_there(void) {
    FILE *file = fopen("/sys/kernel/mm/transparent_hugepage/enabled", "r");
    char line[64] = "";
    if (file == NULL) return false;
    bool read = fgets(line, sizeof line, file) != NULL;
    fclose(file);
    return read && strstr(line, "[never]") == NULL;
}

TEST(set_isToldByGet) {
    CHECK_EQ(get(), 0);
    CHECK_OK(set(5, 0));
    CHECK_EQ(get(), 1);
    CHECK_OK(set(0, 0));
    CHECK_EQ(get(), 0);
}

TEST(set_exceptForAdvised_isToldByGet) {
    if (set(1, EXCEPT_ADVISED) < 0 && errno == EINVAL) SKIP("since Linux 6.18");
    CHECK_EQ(get(), 1 | EXCEPT_ADVISED);
    CHECK_OK(set(1, 0));
    CHECK_EQ(get(), 1);
    CHECK_OK(set(1, EXCEPT_ADVISED));
    CHECK_OK(set(0, 0));
    CHECK_EQ(get(), 0);
}

TEST(set_withBadArguments_failsEinval) {
    CHECK_ERR(set(1, 1), EINVAL);
    CHECK_ERR(set(1, EXCEPT_ADVISED | 1), EINVAL);
    CHECK_ERR(set(0, EXCEPT_ADVISED), EINVAL);
    CHECK_ERR(prctl(PR_SET_THP_DISABLE, 1, 0, 1, 0), EINVAL);
    CHECK_ERR(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 1), EINVAL);
    CHECK_ERR(prctl(PR_GET_THP_DISABLE, 1, 0, 0, 0), EINVAL);
    CHECK_ERR(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 1), EINVAL);
    CHECK_EQ(get(), 0);
}

TEST(fork_passesItOn) {
    CHECK_OK(set(1, 0));
    pid_t child = START_CHILD(CHECK_EQ(get(), 1); CHECK_OK(set(0, 0)));
    CHECK_EQ(wait_for(child), 0);
    CHECK_EQ(get(), 1);
}

TEST(childWithTheSameMemory_setsItForBoth) {
    pid_t child = vfork();
    if (child == 0) {
        prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
        _exit(0);
    }
    CHECK_EQ(wait_for(child), 0);
    CHECK_EQ(get(), 1);
}

TEST(execve_passesItOn) {
    if (getenv("THP_CHECK_EXEC") != NULL) {
        CHECK_EQ(get(), 1);
        return;
    }
    CHECK_OK(set(1, 0));
    pid_t child = START_CHILD(
        setenv("THP_CHECK_EXEC", "1", 1);
        execl("/proc/self/exe", "thp", "execve_passesItOn", NULL);
        _exit(3));
    CHECK_EQ(wait_for(child), 0);
}

TEST(smaps_tellsTheAdvice) {
    char *area = new_area();
    CHECK(!has_flag(area, " hg") && !has_flag(area, " nh"));
    CHECK_OK(madvise(area, AREA, MADV_HUGEPAGE));
    CHECK(has_flag(area, " hg") && !has_flag(area, " nh"));
    CHECK_OK(madvise(area, AREA / 2, MADV_NOHUGEPAGE));
    CHECK(has_flag(area, " nh") && !has_flag(area, " hg"));
    CHECK(has_flag(area + AREA / 2, " hg"));
}

TEST(smaps_tellsWhetherHugePagesMayCome) {
    if (!are_there()) SKIP("no huge pages here");
    char *area = new_area();
    CHECK_OK(madvise(area, AREA, MADV_HUGEPAGE));
    CHECK_EQ(smaps(area, "THPeligible:"), 1);
    CHECK_OK(set(1, 0));
    CHECK_EQ(smaps(area, "THPeligible:"), 0);
    CHECK_OK(set(0, 0));
    CHECK_OK(madvise(area, AREA, MADV_NOHUGEPAGE));
    CHECK_EQ(smaps(area, "THPeligible:"), 0);
    char *small = mmap(NULL, HUGE / 2, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK_OK(mprotect(small, 4096, PROT_READ));
    CHECK_OK(madvise(small + 4096, HUGE / 2 - 4096, MADV_HUGEPAGE));
    CHECK_EQ(smaps(small + 4096, "THPeligible:"), 0);
}

TEST(touchedArea_ofWhomHasNone_hasNoHugePages) {
    CHECK_OK(set(1, 0));
    char *area = new_area();
    CHECK_OK(madvise(area, AREA, MADV_HUGEPAGE));
    memset(area, 1, AREA);
    CHECK_EQ(smaps(area, "Rss:"), AREA / 1024);
    CHECK_EQ(smaps(area, "AnonHugePages:"), 0);
}

TEST(touchedArea_hasWholeHugePages) {
    char *area = new_area();
    CHECK_OK(madvise(area, AREA, MADV_HUGEPAGE));
    char *aligned = (char *)(((unsigned long)area + HUGE - 1) & -HUGE);
    aligned[0] = 1;
    long huge = smaps(aligned, "AnonHugePages:");
    CHECK(huge == 0 || huge == (long)HUGE / 1024);
    /* Memory may be short of huge pages, but what is there is told as such. */
    CHECK(huge == 0 || smaps(aligned, "Rss:") == huge);
    CHECK_OK(munmap(aligned + 4096, 4096));
    CHECK_EQ(smaps(aligned, "AnonHugePages:"), 0);
}

TEST(collapse_ofWhomHasNone_failsEinval) {
    char *area = new_area();
    CHECK_OK(set(1, 0));
    CHECK_ERR(madvise(area, AREA, MADV_COLLAPSE), EINVAL);
}
