/**
 * What Moat needs of the machine it runs on; implemented by the host bundle, the only one with
 * native code.
 *
 * <p>Every method names its host system call and follows the kernel's own return convention unless
 * it says otherwise: <b>a value {@code >= 0}, or a negated errno</b> ({@code -2} is ENOENT).
 * Nothing is thrown for a failed host call; {@link dev.moat.api.host.HostResult} turns a result
 * into an {@link dev.moat.abi.ErrnoException} where that reads better. EINTR is never retried
 * inside: the kernel host's threads receive signals rarely, but {@code -EINTR} is a possible answer
 * of every call that waits.
 *
 * <p>Strings are host byte strings decoded as ISO-8859-1 (one char per byte); a string with a NUL
 * char gives {@code -EINVAL}. Buffers are {@link java.lang.foreign.MemorySegment}s: native ones are
 * handed to the host as they are and must stay alive for the length of the call (the caller owns
 * them); heap ones go through a bounce buffer.
 *
 * <p>All services are thread safe and callable from any thread unless a method says otherwise. A
 * blocking host call pins the carrier of a virtual thread: call those from platform threads.
 *
 * <p>Descriptors are plain {@code int}s with one owner each, who closes them. All are opened
 * close-on-exec.
 */
@NullMarked
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package dev.moat.api.host;

import org.jspecify.annotations.NullMarked;
