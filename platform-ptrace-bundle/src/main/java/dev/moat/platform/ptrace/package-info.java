/**
 * The ptrace platform: guest code runs in stub processes of the host, traced by the kernel host.
 *
 * <p>Model. One <em>stub process</em> holds one guest address space ({@link
 * dev.moat.platform.ptrace.StubSpace}), one of its threads runs one guest thread ({@link
 * dev.moat.platform.ptrace.StubContext}). The Java platform thread of a task is the tracer of that
 * stub thread. Guest code only ever runs under PTRACE_SYSEMU, so none of its system calls reaches
 * the host. Two pages on top of the user range belong to the stub: code, and a control page that is
 * read-only there and carries lists of system calls ({@link dev.moat.platform.ptrace.ControlPage}).
 * Mapping changes are queued and done by that code, many in one stop.
 *
 * <p>New stub processes and threads are clones of existing ones. They come up <em>untraced and
 * parked</em>: in stub code, with registers that the guest never saw, waiting in pause(2). Whoever
 * needs one seizes it. Each space keeps one parked thread, its <em>keeper</em>, so that any thread
 * of the kernel host can change the space at any time.
 *
 * <p>Nothing is left behind: traced threads have PTRACE_O_EXITKILL, every stub process is a child
 * of one thread of the kernel host (CLONE_PARENT) and asks for SIGKILL when that thread ends
 * (PR_SET_PDEATHSIG).
 *
 * <p>Lock order: {@code PLATFORM} (one space) only; two spaces are never locked together. Host
 * calls are made with it held: it serialises exactly those.
 */
@NullMarked
package dev.moat.platform.ptrace;

import org.jspecify.annotations.NullMarked;
