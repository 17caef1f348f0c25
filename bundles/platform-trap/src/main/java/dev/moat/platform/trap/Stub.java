package dev.moat.platform.trap;

/**
 * A stub process.
 *
 * @param pidfd a descriptor of it that we own
 */
record Stub(int processId, int pidfd) {}
