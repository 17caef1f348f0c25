/**
 * Leases of files: F_SETLEASE of fcntl(2). Who holds one is told before somebody else opens the
 * file in a way that collides with it, and the other one waits.
 *
 * <p>Key types: {@link dev.moat.vfs.lease.Leases}, those of one inode. Neighbours: {@code
 * dev.moat.vfs.async} sends the signals; {@code Opener}, truncate(2) and the end of a description
 * ask here. Locks: {@code Leases} has one of rank VFS_INODE, nothing is called with it held.
 */
@NullMarked
package dev.moat.vfs.lease;

import org.jspecify.annotations.NullMarked;
