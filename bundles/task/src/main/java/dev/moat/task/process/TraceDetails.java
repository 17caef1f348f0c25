package dev.moat.task.process;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.Seccomp;
import dev.moat.task.seccomp.Filter;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** What a tracer may ask about a stopped tracee. */
public final class TraceDetails {
    private final GuestTask tracee;

    public TraceDetails(GuestTask tracee) {
        this.tracee = tracee;
    }

    /** PTRACE_GETEVENTMSG. */
    public long message() {
        TraceStop stop = tracee.tracing().stop();
        return stop == null ? 0 : stop.message();
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
