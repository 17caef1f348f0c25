/** System calls of System V IPC, one class a man page, and its files in {@code /proc}. */
@NullMarked
package dev.moat.ipc.calls;

import org.jspecify.annotations.NullMarked;
