/**
 * Signals about files: readiness (O_ASYNC) and changes of directories (F_NOTIFY), fcntl(2).
 *
 * <p>Key types: {@link dev.moat.vfs.async.AsyncNotices}, what is asked for one open file; {@link
 * dev.moat.api.vfs.OwnerSignals}, who gets the signal. Neighbours: wait queues tell of readiness,
 * {@code dev.moat.vfs.inotify} of changes. Locks: {@code AsyncNotices} has one of rank VFS_INODE,
 * nothing is called with it held. Signals are sent by whoever changes the file, with no lock held:
 * those who change pipes, sockets, terminals and directories tell after they have unlocked.
 */
@NullMarked
package dev.moat.vfs.async;

import org.jspecify.annotations.NullMarked;
