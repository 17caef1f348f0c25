/* Makes mappings until it cannot, at most 20,000. Right: ENOMEM at max_map_count or all; then unmaps. Expected exit code: 0. */
#include "hostile.h"

int main(void) {
    int count = 0;
    int most = open("/proc/sys/vm/max_map_count", O_WRONLY);
    if (most >= 0) write(most, "15000", 5);
    while (count < 20000) {
        /* Alternating protections keep neighbours from merging. */
        if (mmap(NULL, 4096, count % 2 ? PROT_READ : PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED) break;
        count++;
    }
    if (count < 20000 && errno != ENOMEM) return 1;
    if (count < 1000) return 2;
    OUTCOME("mappings ended");
}
