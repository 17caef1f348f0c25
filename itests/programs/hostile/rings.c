/* Operations that never end, in many rings, until the kernel refuses more; then all are dropped at once. */
#include "hostile.h"

#include <errno.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { RINGS = 64, ENTRIES = 4096, ROUNDS = 4 };

int main(void) {
    int fds[2], refused = 0;
    long taken = 0;
    if (pipe(fds)) return 2;
    for (int i = 0; i < RINGS && !refused; i++) {
        struct io_uring_params p = {0};
        int ring = syscall(SYS_io_uring_setup, ENTRIES, &p);
        if (ring < 0) return 3;
        char *at = mmap(NULL, p.sq_off.array + p.sq_entries * 4, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
        struct io_uring_sqe *sqes = mmap(NULL, p.sq_entries * sizeof *sqes, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);
        if (at == MAP_FAILED || sqes == MAP_FAILED) return 4;
        unsigned *tail = (unsigned *)(at + p.sq_off.tail), *array = (unsigned *)(at + p.sq_off.array);
        for (unsigned j = 0; j < ENTRIES; j++) {
            memset(&sqes[j], 0, sizeof sqes[j]);
            sqes[j].opcode = IORING_OP_POLL_ADD;
            sqes[j].fd = fds[0];
            sqes[j].poll32_events = POLLIN;
            array[j] = j;
        }
        for (int round = 0; round < ROUNDS && !refused; round++) {
            *tail += ENTRIES;
            long done = syscall(SYS_io_uring_enter, ring, ENTRIES, 0, 0, NULL, 0);
            if (done < 0 && errno == EBUSY) refused = 1;
            else if (done < 0) return 5;
            else taken += done;
        }
    }
    printf("%ld operations, then %s\n", taken, refused ? "refused" : "no more rings");
    return refused && taken > 1000 ? 0 : 1;
}
