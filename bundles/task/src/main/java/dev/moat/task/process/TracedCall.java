package dev.moat.task.process;

import dev.moat.abi.Errno;
import dev.moat.abi.PtraceConstants;
import dev.moat.abi.PtraceSyscallInfo;
import dev.moat.abi.Seccomp;
import dev.moat.abi.UserRegs;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * The system call in which a tracee stops, as its tracer sees and changes it. Source:
 * kernel/ptrace.c.
 */
public final class TracedCall {
    // How much of struct ptrace_syscall_info each kind fills.
    private static final int NONE_BYTES = 24;
    private static final int ENTRY_BYTES = 80;
    private static final int EXIT_BYTES = 33;
    private static final int SECCOMP_BYTES = 84;

    // What must be zero in a change.
    private static final long RESERVED = 1;
    private static final long FLAGS = 2;

    private static final long MAX_ERRNO = 4095;

    private final GuestTask tracee;

    public TracedCall(GuestTask tracee) {
        this.tracee = tracee;
    }

    private TracedRegisters registers() {
        return tracee.tracing().registers();
    }

    /** PTRACE_GET_SYSCALL_INFO, as many bytes as there are to tell. */
    public byte[] info() {
        TracedRegisters r = registers();
        TraceStop stop = tracee.tracing().stop();
        MemorySegment struct = MemorySegment.ofArray(new byte[(int) PtraceSyscallInfo.SIZE]);
        int bytes = NONE_BYTES;
        if (stop != null && stop.kind() == TraceStop.Kind.SECCOMP) {
            bytes = SECCOMP_BYTES;
            call(r, PtraceConstants.PTRACE_SYSCALL_INFO_SECCOMP, (int) stop.message())
                    .writeTo(struct, 0);
        } else if (stop != null && stop.isMarkedCall() && stop.kind() == TraceStop.Kind.ENTRY) {
            bytes = ENTRY_BYTES;
            call(r, PtraceConstants.PTRACE_SYSCALL_INFO_ENTRY, 0).writeTo(struct, 0);
        } else {
            boolean exit = stop != null && stop.isMarkedCall();
            bytes = exit ? EXIT_BYTES : NONE_BYTES;
            int kind =
                    exit
                            ? PtraceConstants.PTRACE_SYSCALL_INFO_EXIT
                            : PtraceConstants.PTRACE_SYSCALL_INFO_NONE;
            long result = exit ? r.get(UserRegs.RAX) : 0;
            boolean error = result < 0 && result >= -MAX_ERRNO;
            new PtraceSyscallInfo(
                            kind,
                            Seccomp.AUDIT_ARCH_X86_64,
                            r.get(UserRegs.RIP),
                            r.get(UserRegs.RSP),
                            result,
                            error ? 1 : 0,
                            0,
                            0,
                            0,
                            0,
                            0,
                            0)
                    .writeTo(struct, 0);
        }
        return Arrays.copyOf(struct.toArray(ValueLayout.JAVA_BYTE), bytes);
    }

    private static PtraceSyscallInfo call(TracedRegisters r, int kind, int data) {
        return new PtraceSyscallInfo(
                kind,
                Seccomp.AUDIT_ARCH_X86_64,
                r.get(UserRegs.RIP),
                r.get(UserRegs.RSP),
                r.get(UserRegs.ORIG_RAX),
                r.get(UserRegs.RDI),
                r.get(UserRegs.RSI),
                r.get(UserRegs.RDX),
                r.get(UserRegs.R10),
                r.get(UserRegs.R8),
                r.get(UserRegs.R9),
                data);
    }

    /**
     * PTRACE_SET_SYSCALL_INFO: exchanges number and arguments, or the result. The kind of the stop
     * cannot be changed.
     *
     * @param struct PtraceSyscallInfo.SIZE bytes
     * @throws dev.moat.abi.ErrnoException EINVAL: another kind, or one without a call; ERANGE: no
     *     number of a call
     */
    public void change(byte[] struct) {
        MemorySegment segment = MemorySegment.ofArray(struct);
        boolean reserved =
                segment.get(ValueLayout.JAVA_BYTE, RESERVED) != 0
                        || segment.get(ValueLayout.JAVA_SHORT_UNALIGNED, FLAGS) != 0;
        PtraceSyscallInfo wanted = PtraceSyscallInfo.readFrom(segment, 0);
        if (reserved || info()[0] != wanted.op()) {
            throw Errno.EINVAL.exception();
        }
        switch (wanted.op()) {
            case PtraceConstants.PTRACE_SYSCALL_INFO_ENTRY,
                    PtraceConstants.PTRACE_SYSCALL_INFO_SECCOMP ->
                    changeEntry(wanted);
            case PtraceConstants.PTRACE_SYSCALL_INFO_EXIT -> changeResult(wanted);
            default -> throw Errno.EINVAL.exception();
        }
    }

    private void changeEntry(PtraceSyscallInfo wanted) {
        if (wanted.nr() != (int) wanted.nr()) {
            throw Errno.ERANGE.exception();
        }
        TracedRegisters r = registers();
        r.set(UserRegs.ORIG_RAX, wanted.nr());
        if (wanted.nr() != -1) {
            r.set(UserRegs.RDI, wanted.word1());
            r.set(UserRegs.RSI, wanted.word2());
            r.set(UserRegs.RDX, wanted.word3());
            r.set(UserRegs.R10, wanted.word4());
            r.set(UserRegs.R8, wanted.word5());
            r.set(UserRegs.R9, wanted.word6());
        }
    }

    /** An error of 0 leaves 0, as syscall_set_return_value does. */
    private void changeResult(PtraceSyscallInfo wanted) {
        boolean error = (byte) wanted.word1() != 0;
        long result = error ? (int) wanted.result() : wanted.result();
        registers().set(UserRegs.RAX, result);
    }
}
