/* What a kernel is made of: sysfs(2), lsm_list_modules(2), lsm_get_self_attr(2), lsm_set_self_attr(2). */
#include "check.h"

enum { GET_SELF_ATTR = 459, SET_SELF_ATTR = 460, LIST_MODULES = 461, CAPABILITY = 100, SINGLE = 1, ATTR_CURRENT = 100 };

struct context {
    uint64_t id, flags, length, context_length;
};

TEST(sysfs_numbersFileSystemTypes) {
    char name[64];
    long count = CHECK_OK(syscall(SYS_sysfs, 3));
    CHECK(count > 3);
    long index = CHECK_OK(syscall(SYS_sysfs, 1, "proc"));
    CHECK(index >= 0 && index < count);
    CHECK_OK(syscall(SYS_sysfs, 2, index, name));
    CHECK_STR(name, "proc");
    CHECK_ERR(syscall(SYS_sysfs, 1, "no such type"), EINVAL);
    CHECK_ERR(syscall(SYS_sysfs, 1, 1L), EFAULT);
    CHECK_ERR(syscall(SYS_sysfs, 2, count, name), EINVAL);
    CHECK_ERR(syscall(SYS_sysfs, 2, -1L, name), EINVAL);
    CHECK_ERR(syscall(SYS_sysfs, 2, index, 1L), EFAULT);
    CHECK_ERR(syscall(SYS_sysfs, 4), EINVAL);
}

TEST(lsmListModules_hasCapabilities) {
    uint64_t ids[32];
    uint32_t size = 0;
    CHECK_ERR(syscall(LIST_MODULES, ids, &size, 0), E2BIG);
    CHECK(size >= 8 && size <= sizeof ids && size % 8 == 0);
    CHECK_EQ(syscall(LIST_MODULES, ids, &size, 0), size / 8);
    bool found = false;
    for (unsigned i = 0; i < size / 8; i++) found |= ids[i] == CAPABILITY;
    CHECK(found);
    CHECK_ERR(syscall(LIST_MODULES, ids, &size, 1), EINVAL);
    CHECK_ERR(syscall(LIST_MODULES, ids, NULL, 0), EFAULT);
    CHECK_ERR(syscall(LIST_MODULES, NULL, &size, 0), EFAULT);
}

TEST(lsmAttributes_withBadArguments_fail) {
    struct context context = {.length = sizeof context};
    uint32_t size = sizeof context;
    CHECK_ERR(syscall(GET_SELF_ATTR, 0, &context, &size, 0), EINVAL);
    CHECK_ERR(syscall(GET_SELF_ATTR, ATTR_CURRENT, &context, NULL, 0), EINVAL);
    CHECK_ERR(syscall(GET_SELF_ATTR, ATTR_CURRENT, &context, 1L, 0), EFAULT);
    CHECK_ERR(syscall(GET_SELF_ATTR, ATTR_CURRENT, &context, &size, 2), EINVAL);
    CHECK_ERR(syscall(GET_SELF_ATTR, ATTR_CURRENT, NULL, &size, SINGLE), EINVAL);
    CHECK_ERR(syscall(GET_SELF_ATTR, ATTR_CURRENT, &context, &size, SINGLE), EINVAL);
    /* capabilities have no such thing */
    context.id = CAPABILITY;
    CHECK_ERR(syscall(GET_SELF_ATTR, ATTR_CURRENT, &context, &size, SINGLE), EOPNOTSUPP);
    CHECK_ERR(syscall(SET_SELF_ATTR, ATTR_CURRENT, &context, sizeof context, 1), EINVAL);
    CHECK_ERR(syscall(SET_SELF_ATTR, ATTR_CURRENT, &context, sizeof context - 1, 0), EINVAL);
    CHECK_ERR(syscall(SET_SELF_ATTR, ATTR_CURRENT, &context, 4097, 0), E2BIG);
    CHECK_ERR(syscall(SET_SELF_ATTR, ATTR_CURRENT, 1L, sizeof context, 0), EFAULT);
    context.context_length = 1;
    CHECK_ERR(syscall(SET_SELF_ATTR, ATTR_CURRENT, &context, sizeof context, 0), EINVAL);
    context.context_length = 0;
    CHECK_ERR(syscall(SET_SELF_ATTR, ATTR_CURRENT, &context, sizeof context, 0), EOPNOTSUPP);
}
