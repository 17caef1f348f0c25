/** Stand-ins for the neighbours of the VFS: memory, tasks, clock. */
@NullMarked
package dev.moat.vfs.fake;

import org.jspecify.annotations.NullMarked;
