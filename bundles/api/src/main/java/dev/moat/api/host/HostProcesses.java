package dev.moat.api.host;

import java.lang.foreign.MemorySegment;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Processes and threads of the host, and ptrace(2). A ptrace request must come from the tracer's
 * own thread: every method named {@code trace...} is for the one Java platform thread that seized
 * {@code tid}, and wants it stopped unless said otherwise. Nothing is allocated. Results: see the
 * package description.
 */
@ProviderType
public interface HostProcesses extends HostCpus {
    /**
     * Starts the static ELF image in {@code imageFd} (a memory file) as a child of the kernel host,
     * by posix_spawn(3) of {@code /proc/self/fd/N}: no signal blocked or ignored, no descriptor
     * open but {@code childFds}, which become 0, 1, 2... in the child, no argument, no environment.
     * The child's parent is the calling thread for {@code PR_SET_PDEATHSIG}.
     *
     * @return the process id; the caller reaps it
     */
    int spawn(int imageFd, int[] childFds);

    /** wait4(2) with __WALL for one thread or process: waits until it changes state; may block. */
    int waitFor(int tid, MemorySegment status);

    /** {@link #waitFor} with WNOHANG: 0 if nothing changed. */
    int pollFor(int tid, MemorySegment status);

    /** tgkill(2). */
    int signalThread(int processId, int tid, int signal);

    /** kill(2). */
    int signalProcess(int processId, int signal);

    /** PTRACE_SEIZE; {@code tid} runs on. The calling thread becomes the tracer. */
    int traceSeize(int tid, long options);

    /** PTRACE_INTERRUPT; of a running tracee. */
    int traceInterrupt(int tid);

    /** PTRACE_DETACH, delivering {@code signal} unless 0. */
    int traceDetach(int tid, int signal);

    /**
     * PTRACE_CONT (7), PTRACE_SINGLESTEP (9), PTRACE_SYSEMU (31), PTRACE_SYSEMU_SINGLESTEP (32) or
     * PTRACE_LISTEN (0x4208): lets the tracee run.
     */
    int traceResume(int request, int tid, int signal);

    /** PTRACE_GETREGS into {@code user_regs_struct} (27 longs). */
    int traceGetRegisters(int tid, MemorySegment target);

    /** PTRACE_SETREGS. */
    int traceSetRegisters(int tid, MemorySegment source);

    /** PTRACE_POKEUSER: sets the word at {@code offset} of {@code struct user}. */
    int tracePokeUser(int tid, long offset, long value);

    /**
     * PTRACE_PEEKUSER: the word at {@code offset} of {@code struct user} is stored in {@code
     * target}.
     */
    int tracePeekUser(int tid, long offset, MemorySegment target);

    /** PTRACE_PEEKDATA: the word at {@code address} of the tracee is stored in {@code target}. */
    int tracePeekData(int tid, long address, MemorySegment target);

    /** PTRACE_GETSIGINFO: 128 bytes. */
    int traceGetSignalInfo(int tid, MemorySegment target);

    /**
     * PTRACE_GET_SYSCALL_INFO: {@code struct ptrace_syscall_info}; the result is its size in bytes.
     */
    int traceGetSyscallInfo(int tid, MemorySegment target);

    /**
     * PTRACE_GETREGSET of {@code noteType} (NT_X86_XSTATE is 0x202): the result is the size in
     * bytes.
     */
    int traceGetRegisterSet(int tid, int noteType, MemorySegment target);

    /** PTRACE_SETREGSET. */
    int traceSetRegisterSet(int tid, int noteType, MemorySegment source);

    /** PTRACE_SETOPTIONS. */
    int traceSetOptions(int tid, long options);

    /** PTRACE_GETEVENTMSG: a long. */
    int traceGetEventMessage(int tid, MemorySegment target);

    /** prctl(2) of the calling thread. */
    long control(int option, long arg2, long arg3, long arg4, long arg5);

    /**
     * CPU time that a thread has used in user and kernel mode, in nanoseconds ({@code
     * /proc/tid/schedstat}); any thread of the kernel host or its children.
     */
    long threadCpuTimeNs(int tid);

    /** CPU time of all threads a process has or had, in nanoseconds; far cheaper than the sum. */
    long processCpuTimeNs(int processId);

    /** Thread ids of a process, from {@code /proc/pid/task}; empty if it is gone. */
    int[] threadsOf(int processId);
}
