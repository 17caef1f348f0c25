/* Opens files, pipes and epolls until it cannot. Right: EMFILE (or ENFILE); after closing, open works. Expected exit code: 0. */
#include "hostile.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>

int main(void) {
    int fd, last = 0, fds[2];
    for (int i = 0;; i++) {
        switch (i % 4) {
        case 0: fd = open("/dev/null", O_RDONLY); break;
        case 1: fd = pipe(fds) < 0 ? -1 : fds[1]; break;
        case 2: fd = epoll_create1(0); break;
        default: fd = eventfd(0, 0);
        }
        if (fd < 0) break;
        last = fd;
    }
    if (errno != EMFILE && errno != ENFILE) return 1;
    for (int i = 3; i <= last + 2; i++) close(i);
    if (open("/dev/null", O_RDONLY) < 0) return 2;
    OUTCOME("descriptors ran out and came back");
}
