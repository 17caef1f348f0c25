/**
 * futex(2): waiting on words of guest memory. Plain waiters hang in hashed buckets, each with a
 * lock of rank FUTEX under which no guest memory is touched; priority-inheritance futexes have one
 * table whose lock ranks below the memory locks, because the kernel writes the word while it holds
 * it.
 */
@NullMarked
package dev.moat.task.futex;

import org.jspecify.annotations.NullMarked;
