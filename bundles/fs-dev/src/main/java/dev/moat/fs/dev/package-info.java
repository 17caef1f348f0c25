/**
 * The {@code devtmpfs} file system type and the memory devices: null, zero, full, random, urandom,
 * kmsg.
 *
 * <p>A {@link dev.moat.fs.dev.DevFilesystem} is a writable tree in memory that starts with the
 * nodes every program expects. What happens behind a node is decided by its device number: the
 * {@link dev.moat.api.vfs.CharacterDevice} drivers, of this bundle and of others. Terminals are in
 * the package {@code terminal}.
 *
 * <p>Locks: each {@link dev.moat.fs.dev.DevDirectory} has one of rank {@code VFS_DIRECTORY} for its
 * entries; a rename takes that of the directory with the lower inode number first.
 */
@NullMarked
package dev.moat.fs.dev;

import org.jspecify.annotations.NullMarked;
