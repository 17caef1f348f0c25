/**
 * Advisory locks: flock(2), and the record locks of fcntl(2) of processes and of open file
 * descriptions.
 */
@NullMarked
package dev.moat.vfs.lock;

import org.jspecify.annotations.NullMarked;
