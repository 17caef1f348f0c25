/** pipe(7) and fifo(7): one {@link dev.moat.vfs.pipe.Pipe}, any number of open ends. */
@NullMarked
package dev.moat.vfs.pipe;

import org.jspecify.annotations.NullMarked;
