/** Decoded traces of system calls, one line per call, as strace(1) writes them. */
@NullMarked
package dev.moat.syscall.strace;

import org.jspecify.annotations.NullMarked;
