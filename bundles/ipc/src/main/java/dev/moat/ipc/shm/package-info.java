/**
 * Shared memory of System V: shmget(2), shmop(2), shmctl(2). Source: ipc/shm.c.
 *
 * <p>Key types: {@link dev.moat.ipc.shm.Segment}, whose pages lie in the memory file as those of
 * any file; {@link dev.moat.ipc.shm.Segments}, all of a namespace. Locks: see {@code object}; an
 * object's lock is taken under the one of an address space that maps or unmaps the segment.
 */
@NullMarked
package dev.moat.ipc.shm;

import org.jspecify.annotations.NullMarked;
