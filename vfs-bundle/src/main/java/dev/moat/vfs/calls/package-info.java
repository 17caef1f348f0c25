/**
 * The system calls on files, one class per man page: validate flags, fetch objects, act, return.
 * Blocking is done here and only here: files answer -EAGAIN, {@link dev.moat.vfs.calls.Transfers}
 * waits.
 */
@NullMarked
package dev.moat.vfs.calls;

import org.jspecify.annotations.NullMarked;
