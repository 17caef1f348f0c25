/**
 * Rings of asynchronous operations. @see <a
 * href="https://man7.org/linux/man-pages/man7/io_uring.7.html">io_uring(7)</a>
 *
 * <p>Key types: {@link dev.moat.uring.Ring} is an open ring, {@link dev.moat.uring.RingMemory} what
 * it shares with the guest, {@link dev.moat.uring.Request} one operation, {@link
 * dev.moat.uring.RingWorker} the thread of a sandbox on which operations go on.
 *
 * <p>An operation is a system call, made through the dispatcher for a task of its own ({@link
 * dev.moat.uring.RequestTask}) that has everything in common with the submitter but how it waits:
 * where a task would block, the request registers with the wait queue and leaves the call, as tasks
 * do for the safe point ({@code WaitSuspended}); when it is woken the same call is made again on
 * the worker. So every call that survives a hot swap is asynchronous here without knowing it.
 *
 * <p>Neighbours: all bundles with system calls, through {@code SyscallDispatcher}. Locks: one for a
 * ring, of rank {@code VFS_INODE}, never held while a call is made; one for the worker's lists, of
 * rank {@code TASK}.
 */
@NullMarked
package dev.moat.uring;

import org.jspecify.annotations.NullMarked;
