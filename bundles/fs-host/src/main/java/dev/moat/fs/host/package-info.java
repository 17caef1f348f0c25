/**
 * Host directories as a file system type, and host descriptors as guest files.
 *
 * <p>A directory is reached through a descriptor of its own and single path components, never
 * through a path of several components: nothing that a guest or another host process renames or
 * links can lead outside of what the operator gave. The descriptors of directories are a bounded
 * cache ({@link dev.moat.fs.host.DirectoryHandles}); they are opened again beneath their parents
 * when needed.
 *
 * <p>Regular files are read and written with pread(2) and pwrite(2). Only a file that is mapped (or
 * executed) has pages in the memory file ({@link dev.moat.fs.host.MappedContent}); writes go to
 * both, so that both views agree.
 *
 * <p>Locks: {@code VFS_INODE} in {@link dev.moat.fs.host.DirectoryHandles} and in each directory
 * stream; no host call that may block is made under the former.
 */
@NullMarked
package dev.moat.fs.host;

import org.jspecify.annotations.NullMarked;
