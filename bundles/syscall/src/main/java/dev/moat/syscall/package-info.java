/**
 * The system call table: binds {@code @Syscall} methods of all providers, dispatches the calls of
 * each sandbox, counts and traces them.
 *
 * <p>Key types: {@link dev.moat.syscall.SyscallTableComponent} (the service), {@code KernelTable}
 * (composition), {@code CallBinder} and {@code HandlerFactory} (annotated method to plain interface
 * call), {@code SandboxDispatcher}. Neighbours: the providers in the other bundles; {@code
 * dev.moat.syscall.strace} decodes calls.
 *
 * <p>Locks: {@code KernelTable} has one leaf lock (rank TASK) around composition; dispatch takes
 * none.
 */
@NullMarked
package dev.moat.syscall;

import org.jspecify.annotations.NullMarked;
