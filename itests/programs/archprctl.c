/* arch_prctl(2) beyond the segment bases, which clone.c has. */
#include "check.h"

enum {
    GET_CPUID = 0x1011,
    SET_CPUID = 0x1012,
    GET_XCOMP_SUPP = 0x1021,
    GET_XCOMP_PERM = 0x1022,
    REQ_XCOMP_PERM = 0x1023,
    GET_XCOMP_GUEST_PERM = 0x1024,
    MAP_VDSO_X32 = 0x2001,
    MAP_VDSO_64 = 0x2003,
};

static long arch(int operation, unsigned long argument) {
    return syscall(SYS_arch_prctl, operation, argument);
}

static bool has_flag(const char *name) {
    char line[8192];
    bool found = false;
    FILE *file = fopen("/proc/cpuinfo", "r");
    REQUIRE(file != NULL);
    while (!found && fgets(line, sizeof line, file))
        if (strncmp(line, "flags", 5) == 0) found = strstr(line, name) != NULL;
    fclose(file);
    return found;
}

static unsigned long enabled_features(void) {
    unsigned low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (unsigned long)high << 32 | low;
}

TEST(cpuid_isOn) {
    CHECK_EQ(arch(GET_CPUID, 0), 1);
    CHECK_EQ(arch(GET_CPUID, 12345), 1);
    if (has_flag(" cpuid_fault")) SKIP("the processor can refuse CPUID");
    CHECK_ERR(arch(SET_CPUID, 1), ENODEV);
    CHECK_ERR(arch(SET_CPUID, 0), ENODEV);
}

TEST(features_areTold) {
    if (!has_flag(" xsave")) SKIP("no XSAVE");
    unsigned long supported = 0, permitted = 0, guest = 0;
    CHECK_OK(arch(GET_XCOMP_SUPP, (unsigned long)&supported));
    CHECK_OK(arch(GET_XCOMP_PERM, (unsigned long)&permitted));
    CHECK_OK(arch(GET_XCOMP_GUEST_PERM, (unsigned long)&guest));
    CHECK_EQ(supported & 3, 3);
    CHECK_EQ(permitted & ~supported, 0);
    CHECK_EQ(permitted & ~enabled_features(), 0);
    if (!has_flag(" amx_tile")) CHECK_EQ(permitted, supported);
    CHECK_ERR(arch(GET_XCOMP_SUPP, 1), EFAULT);
    CHECK_ERR(arch(GET_XCOMP_PERM, 1), EFAULT);
    CHECK_ERR(arch(REQ_XCOMP_PERM, 1000), EINVAL);
    CHECK_ERR(arch(REQ_XCOMP_PERM, 0), EOPNOTSUPP);
    CHECK_ERR(arch(REQ_XCOMP_PERM, 2), EOPNOTSUPP);
}

TEST(vdso_isMappedOnce) {
    CHECK_ERR(arch(MAP_VDSO_64, 0), EEXIST);
    CHECK_ERR(arch(MAP_VDSO_X32, 0), EINVAL);
}
