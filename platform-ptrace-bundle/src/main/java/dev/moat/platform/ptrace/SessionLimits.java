package dev.moat.platform.ptrace;

/**
 * Facts about the host that a session needs.
 *
 * @param processId of the kernel host
 * @param maxMapCount mappings that one process may have
 */
record SessionLimits(int processId, long maxMapCount) {}
