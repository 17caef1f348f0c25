package dev.moat.task.process;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.PtraceConstants;
import dev.moat.abi.PtraceSyscallInfo;
import dev.moat.abi.Seccomp;
import dev.moat.abi.UserRegs;
import dev.moat.task.seccomp.Filter;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** What a tracer may ask about a stopped tracee. */
public final class TraceDetails {
    // How much of struct ptrace_syscall_info each kind fills.
    private static final int NONE_BYTES = 24;
    private static final int ENTRY_BYTES = 80;
    private static final int EXIT_BYTES = 33;
    private static final int SECCOMP_BYTES = 84;

    private static final long MAX_ERRNO = 4095;

    private final GuestTask tracee;

    public TraceDetails(GuestTask tracee) {
        this.tracee = tracee;
    }

    /** PTRACE_GETEVENTMSG. */
    public long message() {
        TraceStop stop = tracee.tracing().stop();
        return stop == null ? 0 : stop.message();
    }

    /** PTRACE_GET_SYSCALL_INFO, as many bytes as there are to tell. */
    public byte[] syscallInfo() {
        TracedRegisters r = tracee.tracing().registers();
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

    /** PTRACE_SECCOMP_GET_FILTER: {@code struct sock_filter[]}; EACCES, EINVAL, ENOENT. */
    public byte[] filter(GuestTask tracer, long index) {
        long[] instructions = find(tracer, index).instructions();
        MemorySegment bytes = MemorySegment.ofArray(new byte[instructions.length * Long.BYTES]);
        for (int i = 0; i < instructions.length; i++) {
            bytes.setAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, i, instructions[i]);
        }
        return bytes.toArray(ValueLayout.JAVA_BYTE);
    }

    /** PTRACE_SECCOMP_GET_METADATA: SECCOMP_FILTER_FLAG_LOG or nothing. */
    public long filterFlags(GuestTask tracer, long index) {
        return find(tracer, index).isLogged() ? Seccomp.SECCOMP_FILTER_FLAG_LOG : 0;
    }

    /** The oldest one has index 0. */
    private Filter find(GuestTask tracer, long index) {
        if (!tracer.credentials().can(Capabilities.CAP_SYS_ADMIN)
                || tracer.filters().mode() != Seccomp.SECCOMP_MODE_DISABLED) {
            throw Errno.EACCES.exception();
        }
        Filter newest = tracee.filters().filter();
        if (newest == null) {
            throw Errno.EINVAL.exception();
        }
        long below = newest.count() - index - 1;
        if (index < 0 || below < 0) {
            throw Errno.ENOENT.exception();
        }
        Filter found = newest;
        for (long i = 0; i < below && found != null; i++) {
            found = found.previous();
        }
        if (found == null) {
            throw Errno.ENOENT.exception();
        }
        return found;
    }
}
