/**
 * Semaphores of System V: semget(2), semop(2), semctl(2). Source: ipc/sem.c.
 *
 * <p>Key types: {@link dev.moat.ipc.sem.SemaphoreSet}; {@link dev.moat.ipc.sem.PendingOperation},
 * one that waits and is done by whoever makes it possible, first come first served; {@link
 * dev.moat.ipc.sem.UndoList}, what is undone when tasks end. Locks: the set's guards its values,
 * its queue and what is to be undone in it.
 */
@NullMarked
package dev.moat.ipc.sem;

import org.jspecify.annotations.NullMarked;
