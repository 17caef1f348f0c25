/**
 * The {@code trap} platform: guest code in stub processes whose system calls arrive as seccomp(2)
 * user notifications. No ptrace.
 *
 * <p>Each guest address space is one stub process ({@link dev.moat.platform.trap.TrapSpace}) with
 * these threads: a <em>factory</em> that clones threads and processes and never runs guest code; a
 * <em>mapper</em> that changes the mappings; and one thread for each guest thread ({@link
 * dev.moat.platform.trap.GuestThread}). Mapper and guest threads have a seccomp filter with a
 * listener of their own, whose notifications wake the other side on the same CPU.
 *
 * <p>A guest thread comes to us in two ways. <em>Notified</em>: it waits in a system call; number
 * and arguments are known, the result goes back with the answer. <em>Handed over</em>: the host
 * delivered a signal, so that all registers are in a frame on the alternate stack, which we share.
 * Whatever needs more than a system call's result turns the first into the second by a signal.
 *
 * <p>What a stub writes is not believed: results travel in system call arguments, which only the
 * host writes, or as descriptors at places known beforehand.
 *
 * <p>Lock order: {@link dev.moat.api.lock.LockRank#PLATFORM}, one lock per space; inside it the
 * locks of the slot and control files.
 */
@NullMarked
package dev.moat.platform.trap;

import org.jspecify.annotations.NullMarked;
