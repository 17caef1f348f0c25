/**
 * Overlay file system: a writable directory over read-only ones, as Linux' overlayfs with {@code
 * redirect_dir=on} (see Documentation/filesystems/overlayfs.rst): whiteouts are character devices
 * 0/0, opaque and redirected directories carry {@code trusted.overlay.*} attributes, a file is
 * copied up as a whole before its first change.
 *
 * <p>Key types: {@link dev.moat.fs.overlay.OverlayDirectory} (merging and all changes of names),
 * {@link dev.moat.fs.overlay.OverlayNode} (everything else), {@link dev.moat.fs.overlay.CopyUp},
 * {@link dev.moat.fs.overlay.OverlayFile}.
 *
 * <p>Locks, all of rank {@code VFS_DIRECTORY}: one per directory, parent before child; copying a
 * file up holds the lock of its directory, so that nobody looks up the half-made copy.
 */
@NullMarked
package dev.moat.fs.overlay;

import org.jspecify.annotations.NullMarked;
