/** Inodes without anything behind them: what the file systems of this bundle share. */
@NullMarked
package dev.moat.fs.dev.inode;

import org.jspecify.annotations.NullMarked;
