/*
 * Guests that misbehave. Each is run in a sandbox of its own and says in its first lines which outcome is right; the driver
 * looks at the exit code of the sandbox, and that host, kernel host and other sandboxes are well afterwards. All of them end
 * by themselves within a minute where the limits that they name hold. They are not run on the host.
 */
#ifndef HOSTILE_H
#define HOSTILE_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Ends the program with 0 and a word about what happened. */
#define OUTCOME(...) (printf(__VA_ARGS__), putchar('\n'), fflush(stdout), _exit(0))

#endif
