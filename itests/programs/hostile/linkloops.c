/* Symlinks that lead in circles or in exponential trees, and paths of any length. Right: ELOOP, ENAMETOOLONG. Expected exit code: 0. */
#include "hostile.h"

int main(void) {
    char from[512], to[16];
    if (chdir("/tmp") < 0 || mkdir("loops", 0700) < 0 || chdir("loops") < 0) return 1;
    /* l1 -> l0/l0/.../l0, l2 -> l1/l1/... : resolving l9 would take 8^9 steps. */
    mkdir("d", 0700);
    symlink(".", "l0");
    for (int i = 1; i < 10; i++) {
        from[0] = 0;
        for (int k = 0; k < 8; k++) sprintf(from + strlen(from), "l%d/", i - 1);
        snprintf(to, sizeof to, "l%d", i);
        if (symlink(from, to) < 0) return 2;
    }
    struct stat about;
    if (stat("l9", &about) == 0 || errno != ELOOP) return 3;
    symlink("self", "self");
    if (stat("self/x", &about) == 0 || errno != ELOOP) return 4;
    symlink("b", "a");
    symlink("a", "b");
    if (open("a", O_CREAT | O_RDWR, 0600) >= 0 || errno != ELOOP) return 5;
    char *path = malloc(1 << 20);
    memset(path, '/', 1 << 20);
    path[(1 << 20) - 1] = 0;
    if (stat(path, &about) == 0 || errno != ENAMETOOLONG) return 6;
    memset(path, 'x', 5000);
    if (open(path, O_RDONLY) >= 0 || errno != ENAMETOOLONG) return 7;
    for (int i = 0; i + 3 < 4096; i += 3) memcpy(path + i, "../", 3);
    path[4095] = 0;
    if (stat(path, &about) < 0 && errno != ENOENT) return 8;
    OUTCOME("every loop ended");
}
