/**
 * The virtual file system: mounts, dentries, path walk, permissions, descriptor tables.
 *
 * <p>Key types: {@link dev.moat.vfs.SandboxVfs} (one per sandbox), {@link dev.moat.vfs.Tree} (a
 * file system instance with its dentries), {@link dev.moat.vfs.Mount}, {@link dev.moat.vfs.Place}
 * (mount and dentry), {@link dev.moat.vfs.Walker}. System calls are in {@code calls}; pipes, event
 * files, epoll, inotify and locks have packages of their own.
 *
 * <p>Lock order: MOUNTS, then the rename lock of a tree (VFS_RENAME), then directories
 * (VFS_DIRECTORY: ancestor before descendant, the VFS' lock of a directory before the file system's
 * own), then inodes and descriptions (VFS_INODE), descriptor tables (FD_TABLE), wait queues.
 * Lookups that hit take no lock.
 */
@NullMarked
package dev.moat.vfs;

import org.jspecify.annotations.NullMarked;
