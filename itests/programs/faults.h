/* Touching memory that may fault, and telling how it faulted. */
#ifndef FAULTS_H
#define FAULTS_H

#include "check.h"
#include <setjmp.h>
#include <ucontext.h>

static siginfo_t fault;
static ucontext_t fault_context;
static sigjmp_buf fault_return;

static void on_fault(int signal, siginfo_t *info, void *context) {
    fault = *info;
    memcpy(&fault_context.uc_mcontext, &((ucontext_t *)context)->uc_mcontext, sizeof fault_context.uc_mcontext);
    siglongjmp(fault_return, signal);
}

static void catch_faults(void) {
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    static const int kinds[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};
    for (int i = 0; i < 5; i++) sigaction(kinds[i], &action, NULL);
}

/* Runs the statements; 0 or the signal that they raised, described in `fault` and `fault_context`. */
#define FAULT_OF(...)                                   \
    ({                                                  \
        catch_faults();                                 \
        memset(&fault, 0, sizeof fault);                \
        int s_ = sigsetjmp(fault_return, 1);            \
        if (s_ == 0) {                                  \
            __VA_ARGS__;                                \
        }                                               \
        s_;                                             \
    })

static int __attribute__((unused, noinline)) fault_of_read(volatile char *at) {
    return FAULT_OF((void)*at);
}

static int __attribute__((unused, noinline)) fault_of_write(volatile char *at) {
    return FAULT_OF(*at = 1);
}

static int __attribute__((unused, noinline)) fault_of_call(void *at) {
    return FAULT_OF(((void (*)(void))at)());
}

#endif
