/* What bounds pipes: pipe(7), /proc/sys/fs/pipe-user-pages-soft, packets, and the end of what is in a fifo. */
#include "check.h"

enum { USER = 54321, PAGE = 4096, DEFAULT_PAGES = 16 };

static long setting(const char *name) {
    char path[128], text[32] = "";
    snprintf(path, sizeof path, "/proc/sys/fs/%s", name);
    int fd = open(path, O_RDONLY);
    if (fd < 0) return -1;
    read(fd, text, sizeof text - 1);
    close(fd);
    return atol(text);
}

/* Enough descriptors for some thousand pipes. */
static void allow_many(void) {
    struct rlimit limit;
    CHECK_OK(getrlimit(RLIMIT_NOFILE, &limit));
    limit.rlim_cur = limit.rlim_max;
    if (limit.rlim_max < 8200) SKIP("not enough descriptors");
    CHECK_OK(setrlimit(RLIMIT_NOFILE, &limit));
}

/* From here on a user without pipes and without capabilities, who may have very many descriptors. */
static void become_user(void) {
    allow_many();
    CHECK_OK(setresuid(USER, USER, USER));
}

TEST(pipes_ofUserWithMany_areSmall_andCannotGrow) {
    if (geteuid() != 0) SKIP("needs root");
    long pages = setting("pipe-user-pages-soft");
    if (pages != 16384 || setting("pipe-user-pages-hard") != 0) SKIP("other limits than by default");
    become_user();
    int fds[2], count = 0;
    static int ends[4096][2];
    do {
        CHECK_OK(pipe2(ends[count], O_NONBLOCK));
        count++;
    } while (count < 4000 && fcntl(ends[count - 1][0], F_GETPIPE_SZ) == DEFAULT_PAGES * PAGE);
    CHECK_EQ(count, pages / DEFAULT_PAGES + 1);
    int *small = ends[count - 1];
    CHECK_EQ(fcntl(small[0], F_GETPIPE_SZ), 2 * PAGE);
    CHECK_ERR(fcntl(small[0], F_SETPIPE_SZ, 4 * PAGE), EPERM);
    CHECK_EQ(fcntl(small[0], F_GETPIPE_SZ), 2 * PAGE);
    CHECK_EQ(fcntl(ends[0][0], F_SETPIPE_SZ, PAGE), PAGE);
    CHECK_EQ(fcntl(ends[0][0], F_SETPIPE_SZ, 2 * PAGE), 2 * PAGE);
    static char block[4 * PAGE];
    CHECK_EQ(write(small[1], block, sizeof block), 2 * PAGE);
    for (int i = 0; i < count; i++) close(ends[i][0]), close(ends[i][1]);
    CHECK_OK(pipe(fds));
    CHECK_EQ(fcntl(fds[0], F_GETPIPE_SZ), DEFAULT_PAGES * PAGE);
}

TEST(pipes_ofPrivilegedUser_areNeverSmall) {
    if (geteuid() != 0) SKIP("needs root");
    allow_many();
    for (int i = 0; i < 1100; i++) {
        int fds[2];
        CHECK_OK(pipe(fds));
        if (i == 1099) CHECK_EQ(fcntl(fds[0], F_GETPIPE_SZ), DEFAULT_PAGES * PAGE);
    }
}

TEST(packets_takeAPageEach_andFillThePipe) {
    int fds[2], packets = 0;
    char byte;
    CHECK_OK(pipe2(fds, O_NONBLOCK | O_DIRECT));
    while (packets < 100 && write(fds[1], "x", 1) == 1) packets++;
    CHECK_EQ(packets, DEFAULT_PAGES);
    CHECK_ERR(write(fds[1], "x", 1), EAGAIN);
    CHECK_EQ(read(fds[0], &byte, 1), 1);
    CHECK_EQ(write(fds[1], "x", 1), 1);
    CHECK_ERR(write(fds[1], "x", 1), EAGAIN);
}

TEST(fifo_withoutUsers_losesWhatWasInIt) {
    char text[8];
    CHECK_OK(mkfifo("fifo", 0600));
    int fd = open("fifo", O_RDWR | O_NONBLOCK);
    CHECK(fd >= 0);
    CHECK_EQ(write(fd, "lost", 4), 4);
    CHECK_EQ(fcntl(fd, F_SETPIPE_SZ, 2 * PAGE), 2 * PAGE);
    CHECK_OK(close(fd));
    fd = open("fifo", O_RDWR | O_NONBLOCK);
    CHECK_ERR(read(fd, text, sizeof text), EAGAIN);
    CHECK_EQ(fcntl(fd, F_GETPIPE_SZ), DEFAULT_PAGES * PAGE);
}

/* However often it is filled and emptied, in whatever steps: every byte comes out as it went in. */
TEST(largePipe_filledAndDrained_keepsItsBytes) {
    int fds[2];
    enum { SIZE = 1 << 20 };
    static unsigned char out[SIZE], in[SIZE];
    CHECK_OK(pipe2(fds, O_NONBLOCK));
    CHECK_EQ(fcntl(fds[1], F_SETPIPE_SZ, SIZE), SIZE);
    unsigned written = 0, seen = 0;
    for (int round = 0; round < 12; round++) {
        int step = round % 4 == 0 ? SIZE : round % 4 == 1 ? 100 : round % 4 == 2 ? 70000 : 5000;
        for (int i = 0; i < step; i++) out[i] = (written + i) * 2654435761u >> 24;
        CHECK_EQ(write(fds[1], out, step), step);
        written += step;
        for (int left = step; left > 0;) {
            ssize_t got = read(fds[0], in, round % 2 ? 777 : SIZE);
            if (got <= 0) break;
            for (int i = 0; i < got; i++)
                if (in[i] != (unsigned char)((seen + i) * 2654435761u >> 24)) {
                    CHECK_EQ(round, -1);
                    return;
                }
            seen += got;
            left -= got;
        }
        CHECK_EQ(seen, written);
        CHECK_ERR(read(fds[0], in, 1), EAGAIN);
        CHECK_ERR(read(fds[0], in, 1), EAGAIN);
    }
}
