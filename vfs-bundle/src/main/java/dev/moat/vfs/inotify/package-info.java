/** inotify(7): watches hang on inodes, events are queued in the open file that set the watch. */
@NullMarked
package dev.moat.vfs.inotify;

import org.jspecify.annotations.NullMarked;
