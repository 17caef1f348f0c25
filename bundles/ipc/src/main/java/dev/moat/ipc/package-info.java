/**
 * System V IPC (shared memory, semaphores, message queues) and POSIX message queues. @see <a
 * href="https://man7.org/linux/man-pages/man7/sysvipc.7.html">sysvipc(7)</a> @see <a
 * href="https://man7.org/linux/man-pages/man7/mq_overview.7.html">mq_overview(7)</a>
 *
 * <p>Key types: {@link dev.moat.ipc.IpcNamespace}, all objects of one namespace. Neighbours: {@code
 * dev.moat.mm} maps segments, {@code dev.moat.task} undoes semaphore operations when tasks end,
 * {@code dev.moat.fs.proc} shows {@code /proc/sysvipc}. Locks: see {@code object}.
 */
@NullMarked
package dev.moat.ipc;

import org.jspecify.annotations.NullMarked;
