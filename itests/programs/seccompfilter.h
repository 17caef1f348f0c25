/* Filters in classic BPF. */
#ifndef SECCOMPFILTER_H
#define SECCOMPFILTER_H

#include "check.h"
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#define STMT(code, k) ((struct sock_filter)BPF_STMT(code, k))
#define JUMP(code, k, jt, jf) ((struct sock_filter)BPF_JUMP(code, k, jt, jf))
#define LOAD_NR STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))
#define LOAD_ARG(n) STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[n]))
#define IF_EQUAL(k, jt, jf) JUMP(BPF_JMP | BPF_JEQ | BPF_K, k, jt, jf)
#define ANSWER(k) STMT(BPF_RET | BPF_K, k)

static long seccomp(unsigned operation, unsigned flags, void *argument) {
    return syscall(SYS_seccomp, operation, flags, argument);
}

static long install_program(struct sock_filter *filter, unsigned short length, unsigned flags) {
    struct sock_fprog program = {length, filter};
    return seccomp(SECCOMP_SET_MODE_FILTER, flags, &program);
}

#define INSTALL(flags, ...)                                                    \
    ({                                                                         \
        struct sock_filter f_[] = {__VA_ARGS__};                               \
        install_program(f_, sizeof f_ / sizeof *f_, flags);                    \
    })

/* One call gets an answer, all others go on. */
#define ANSWER_CALL(flags, number, action) \
    INSTALL(flags, LOAD_NR, IF_EQUAL(number, 0, 1), ANSWER(action), ANSWER(SECCOMP_RET_ALLOW))

static void no_new_privileges(void) { REQUIRE_OK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)); }

/* A field of /proc/self/status, or of a thread's. */
static long __attribute__((unused)) status_field(const char *path, const char *name) {
    const char *text = text_of(path);
    char key[64];
    snprintf(key, sizeof key, "\n%s:", name);
    const char *at = strstr(text, key);
    return at ? strtol(at + strlen(key), NULL, 10) : -1;
}

#endif
