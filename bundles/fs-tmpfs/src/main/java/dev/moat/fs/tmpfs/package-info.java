/**
 * tmpfs(5): files in the memory of the sandbox. Names are in hash maps, contents in {@link
 * dev.moat.api.mm.FilePages}, so that a file is read, mapped and shared from the same pages.
 *
 * <p>Locks: a directory guards its names (VFS_DIRECTORY); a rename over two directories takes both,
 * ordered by the rename lock of the VFS. An inode's lock (VFS_INODE) guards content changes that
 * must be one step (append, truncate, seals).
 */
@NullMarked
package dev.moat.fs.tmpfs;

import org.jspecify.annotations.NullMarked;
