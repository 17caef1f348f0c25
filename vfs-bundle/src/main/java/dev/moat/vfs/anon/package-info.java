/**
 * File systems of the kernel itself, for what is open but has no name: pipes, event files, memfds.
 */
@NullMarked
package dev.moat.vfs.anon;

import org.jspecify.annotations.NullMarked;
