/**
 * fuse(4): file systems that a program of the sandbox serves. {@link dev.moat.fs.fuse.FuseDevice}
 * opens {@code /dev/fuse}, {@link dev.moat.fs.fuse.FuseType} mounts; between the two stands a
 * connection: calls on files become requests that the server reads, and answers that it writes.
 *
 * <p>Nothing that a server says is believed: answers are as long as they must be, types and names
 * valid, counts within what was asked. A task waits for an answer where the VFS may hold locks of
 * the directory concerned; the server is another task and needs none of them. A wait that the safe
 * point ends keeps its request in the task's {@link dev.moat.api.task.Resumption}: the call that is
 * made again finds it there, so that no request is sent twice.
 *
 * <p>Locks: that of a connection is a leaf (TASK); nobody is woken under it.
 */
@NullMarked
package dev.moat.fs.fuse;

import org.jspecify.annotations.NullMarked;
