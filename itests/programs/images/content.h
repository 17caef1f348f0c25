/* The files of the images: what they have is computed, so that a test can compare it. */
#ifndef CONTENT_H
#define CONTENT_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define MOST 200001

static uint32_t seed;

static uint32_t next(uint32_t bound) {
    seed = seed * 1664525 + 1013904223;
    return (uint64_t)seed * bound >> 32;
}

/* Words of a small language. */
static size_t text(uint8_t *at, size_t size) {
    for (size_t done = 0; done < size;) {
        uint32_t word = next(200) * 2654435761u;
        for (int i = 0; i < 3 + (int)(word % 5) && done < size; i++, word >>= 3) at[done++] = "etaoinsh"[word & 7];
        if (done < size) at[done++] = ' ';
    }
    return size;
}

static size_t noise(uint8_t *at, size_t size) {
    for (size_t i = 0; i < size; i++) at[i] = next(256);
    return size;
}

static const char *const names[] = {"text", "noise", "mixed", "zeros", "again", "small", "tiny", "empty",
        "sub/f0", "sub/f1", "sub/f2", "sub/f3", "sub/f4", "sub/f5", "sub/f6", "sub/f7"};
#define FILES ((int)(sizeof names / sizeof *names))

/* What a file has; gives its size. */
static size_t content(int file, uint8_t *at) {
    size_t size = 0;
    memset(at, 0, MOST);
    seed = file + 1;
    switch (file) {
    case 0: return text(at, 30000);
    case 1: return noise(at, 5001);
    case 2:
        size = text(at, 9000);
        size += noise(at + size, 5003);
        size += text(at + size, 7001) + 20000;
        return size + text(at + size, 13);
    case 3: return MOST;
    case 4:
        content(0, at);
        memmove(at, at + 10000, 17000);
        memset(at + 17000, 'e', 3);
        return 17003;
    case 5: return sprintf((char *)at, "small and smaller, smaller and small");
    case 6: return text(at, 1);
    case 7: return 0;
    default: return text(at, file * 211);
    }
}

#endif
