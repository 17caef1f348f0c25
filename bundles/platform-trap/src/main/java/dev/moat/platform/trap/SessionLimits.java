package dev.moat.platform.trap;

/**
 * What a session has to know of the kernel host.
 *
 * @param processId of the kernel host
 * @param maxMapCount {@code vm.max_map_count}
 */
record SessionLimits(int processId, long maxMapCount) {}
