/**
 * {@code tally}: a file system whose files add up the numbers that are written to them. The worked
 * example of docs/bundle-authors.md.
 *
 * <p>Key types: {@link dev.moat.example.tally.TallyType} (the service), {@link
 * dev.moat.example.tally.TallyFile} (the state). Neighbours: {@code api.vfs}. Locks: {@code
 * VFS_DIRECTORY} for the entries, {@code VFS_INODE} for each sum.
 */
@NullMarked
package dev.moat.example.tally;

import org.jspecify.annotations.NullMarked;
