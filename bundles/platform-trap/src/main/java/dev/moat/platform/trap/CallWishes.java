package dev.moat.platform.trap;

/** How system calls may come to the kernel host, besides notifications. */
record CallWishes(Patching patching, Spinning spinning) {}
