package dev.moat.platform.trap;

/**
 * The floating-point state of this machine's user mode.
 *
 * @param bytes size of the XSAVE image
 * @param features XCR0 bits that a process may use
 */
record FpLayout(int bytes, long features) {}
