/* What the executor prints and tidies up: output, the arena, the state of a process at its end, remains of sequences. */
#ifndef STATE_H
#define STATE_H
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* The arena: 64 KiB to write, one page to read only, nothing behind. */
#define ARENA ((unsigned long) 0x20000000)
#define ARENA_SIZE 0x10000
/* Where sequences map memory: nothing is mapped there at their start. */
#define REGION ((unsigned long) 0x30000000)
#define REGION_PAGES 32

/* Straight to the description of standard output, at once: a process may end at any call. */
static char said[8192];
static int said_length;

static void say_flush(void) {
    int at = 0;
    while (at < said_length) {
        /* a descriptor that no sequence closes: beyond its limit */
        long done = write(1000, said + at, (size_t) (said_length - at));
        if (done < 0 && errno != EINTR) break;
        if (done > 0) at += (int) done;
    }
    said_length = 0;
}

static void say(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int room = (int) sizeof said - said_length;
    int length = vsnprintf(said + said_length, (size_t) room, format, arguments);
    va_end(arguments);
    said_length += length < room ? length : room - 1;
    if (said_length > 0 && said[said_length - 1] == '\n') say_flush();
}

static void say_bytes(const unsigned char *bytes, int count) {
    while (count > 0 && bytes[count - 1] == 0) count--;
    say("  ");
    for (int i = 0; i < count; i++) {
        if (i % 1024 == 1023) say("..\n");
        say("%02x", bytes[i]);
    }
    say("\n");
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *) a, *(char *const *) b);
}

static void say_names(char *entries, long size) {
    char *names[256];
    int count = 0;
    for (long at = 0; at >= 0 && at < size && count < 256;) {
        struct dirent64 *entry = (struct dirent64 *) (entries + at);
        if (entry->d_reclen == 0) break;
        static char kept[256][270];
        snprintf(kept[count], sizeof kept[count], "%s:%d", entry->d_name, entry->d_type);
        names[count] = kept[count];
        count++;
        at += entry->d_reclen;
    }
    qsort(names, (size_t) count, sizeof names[0], by_name);
    say("  names");
    for (int i = 0; i < count; i++) say(" %s", names[i]);
    say("\n");
}

static unsigned long content_hash(int fd) {
    unsigned long hash = 5381;
    unsigned char buffer[4096];
    long at = 0, count;
    while ((count = pread(fd, buffer, sizeof buffer, at)) > 0) {
        for (long i = 0; i < count; i++) hash = hash * 33 + buffer[i];
        at += count;
    }
    return hash;
}

static void say_tree(const char *path, int depth) {
    struct dirent **entries;
    int count = depth < 6 ? scandir(path, &entries, NULL, alphasort) : -1;
    for (int i = 0; i < count; i++) {
        char below[1024], target[256] = "";
        struct stat st;
        const char *name = entries[i]->d_name;
        if (!strcmp(name, ".") || !strcmp(name, "..")) continue;
        snprintf(below, sizeof below, "%s/%s", path, name);
        if (lstat(below, &st) != 0) {
            say("tree %s %s\n", below, strerrorname_np(errno));
            continue;
        }
        say("tree %s %o links %lu", below, st.st_mode, (unsigned long) st.st_nlink);
        if (S_ISREG(st.st_mode)) {
            int fd = open(below, O_RDONLY | O_NONBLOCK);
            say(" size %ld content %lx", (long) st.st_size, fd >= 0 ? content_hash(fd) : 0);
            if (fd >= 0) close(fd);
        }
        if (S_ISLNK(st.st_mode) && readlink(below, target, sizeof target - 1) >= 0) say(" to %s", target);
        say("\n");
        if (S_ISDIR(st.st_mode)) say_tree(below, depth + 1);
    }
}

static void say_descriptors(void) {
    for (int fd = 0; fd < 40; fd++) {
        struct stat st;
        int flags = fcntl(fd, F_GETFL);
        if (flags < 0 || fstat(fd, &st) != 0) continue;
        say("fd %d flags %x/%d mode %o", fd, flags, fcntl(fd, F_GETFD), st.st_mode);
        if (S_ISREG(st.st_mode)) say(" size %ld links %lu", (long) st.st_size, (unsigned long) st.st_nlink);
        if (S_ISREG(st.st_mode) && !(flags & O_PATH)) say(" at %ld", (long) lseek(fd, 0, SEEK_CUR));
        say("\n");
    }
}

static void say_memory(void) {
    int ends[2];
    if (pipe(ends) != 0) return;
    say("memory ");
    for (int page = 0; page < REGION_PAGES; page++) {
        char byte, *at = (char *) (REGION + (unsigned long) page * 4096);
        int readable = write(ends[1], at, 1) == 1 && read(ends[0], &byte, 1) == 1;
        int writable = readable && write(ends[1], at, 1) == 1 && read(ends[0], at, 1) == 1;
        say("%c", writable ? 'w' : readable ? 'r' : '-');
    }
    say("\n");
}

static void say_state(const char *place) {
    sigset_t pending, blocked;
    sigpending(&pending);
    sigprocmask(SIG_BLOCK, NULL, &blocked);
    say("signals pending %lx blocked %lx\n", *(unsigned long *) &pending, *(unsigned long *) &blocked);
    say_descriptors();
    struct rlimit more = {40, 40};
    setrlimit(RLIMIT_NOFILE, &more);
    for (int fd = 3; fd < 40; fd++) close(fd);
    say_memory();
    if (chdir(place) == 0) say_tree(".", 0);
}

static void map_arena(void) {
    mmap((void *) ARENA, ARENA_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    mmap((void *) (ARENA + ARENA_SIZE), 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

static long restorer_address(void) {
    /* the C library's own, as rt_sigaction tells it */
    struct {
        void *handler;
        unsigned long flags;
        void *restorer;
        unsigned long mask;
    } action;
    syscall(SYS_rt_sigaction, SIGRTMAX - 1, NULL, &action, 8);
    return (long) action.restorer;
}

/* Ends every child that is left; the executor reaps what sequences leave behind. */
static void kill_children(void) {
    for (int round = 0; round < 50; round++) {
        DIR *processes = opendir("/proc");
        struct dirent *entry;
        int found = 0;
        while (processes && (entry = readdir(processes))) {
            int pid = atoi(entry->d_name), parent = 0;
            char path[300], line[600];
            if (pid <= 1 || pid == getpid()) continue;
            snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
            FILE *stat = fopen(path, "r");
            if (stat && fgets(line, sizeof line, stat)) {
                char *end = strrchr(line, ')');
                if (end) sscanf(end + 1, " %*c %d", &parent);
            }
            if (stat) fclose(stat);
            if (parent == getpid()) {
                found = 1;
                kill(pid, SIGKILL);
                waitpid(pid, NULL, 0);
            }
        }
        if (processes) closedir(processes);
        while (waitpid(-1, NULL, WNOHANG) > 0) {
        }
        if (!found) return;
    }
}

static void remove_tree(const char *path) {
    chmod(path, 0700);
    DIR *directory = opendir(path);
    struct dirent *entry;
    while (directory && (entry = readdir(directory))) {
        char below[1024];
        struct stat st;
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
        if (lstat(below, &st) == 0 && S_ISDIR(st.st_mode)) {
            remove_tree(below);
        } else {
            unlink(below);
        }
    }
    if (directory) closedir(directory);
    rmdir(path);
}

/* The few keys and names that sequences use. */
static void remove_ipc(void) {
    for (int key = 1; key <= 3; key++) {
        int id;
        if ((id = shmget(key, 0, 0)) >= 0) shmctl(id, IPC_RMID, NULL);
        if ((id = semget(key, 0, 0)) >= 0) semctl(id, 0, IPC_RMID);
        if ((id = msgget(key, 0)) >= 0) msgctl(id, IPC_RMID, NULL);
    }
    mq_unlink("/q1");
    mq_unlink("/q2");
}
#endif
