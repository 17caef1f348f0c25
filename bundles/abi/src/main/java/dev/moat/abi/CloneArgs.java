package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct clone_args}: the argument of clone3(2) in its newest size.
 *
 * @param pidfd guest address
 * @param childTid guest address
 * @param parentTid guest address
 * @param stack lowest address
 * @param setTid guest address of an array of pid_t
 * @param cgroup descriptor
 * @see <a href="https://man7.org/linux/man-pages/man2/clone.2.html">clone(2)</a>
 */
public record CloneArgs(
        long flags,
        long pidfd,
        long childTid,
        long parentTid,
        long exitSignal,
        long stack,
        long stackSizeBytes,
        long tls,
        long setTid,
        long setTidCount,
        long cgroup) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_LONG.withName("flags"),
                            JAVA_LONG.withName("pidfd"),
                            JAVA_LONG.withName("child_tid"),
                            JAVA_LONG.withName("parent_tid"),
                            JAVA_LONG.withName("exit_signal"),
                            JAVA_LONG.withName("stack"),
                            JAVA_LONG.withName("stack_size"),
                            JAVA_LONG.withName("tls"),
                            JAVA_LONG.withName("set_tid"),
                            JAVA_LONG.withName("set_tid_size"),
                            JAVA_LONG.withName("cgroup"))
                    .withName("struct clone_args");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long FLAGS = offset("flags");
    private static final long PIDFD = offset("pidfd");
    private static final long CHILD_TID = offset("child_tid");
    private static final long PARENT_TID = offset("parent_tid");
    private static final long EXIT_SIGNAL = offset("exit_signal");
    private static final long STACK = offset("stack");
    private static final long STACK_SIZE = offset("stack_size");
    private static final long TLS = offset("tls");
    private static final long SET_TID = offset("set_tid");
    private static final long SET_TID_SIZE = offset("set_tid_size");
    private static final long CGROUP = offset("cgroup");

    /** Reads the struct that lies at {@code at}. */
    public static CloneArgs readFrom(MemorySegment segment, long at) {
        return new CloneArgs(
                segment.get(JAVA_LONG_UNALIGNED, at + FLAGS),
                segment.get(JAVA_LONG_UNALIGNED, at + PIDFD),
                segment.get(JAVA_LONG_UNALIGNED, at + CHILD_TID),
                segment.get(JAVA_LONG_UNALIGNED, at + PARENT_TID),
                segment.get(JAVA_LONG_UNALIGNED, at + EXIT_SIGNAL),
                segment.get(JAVA_LONG_UNALIGNED, at + STACK),
                segment.get(JAVA_LONG_UNALIGNED, at + STACK_SIZE),
                segment.get(JAVA_LONG_UNALIGNED, at + TLS),
                segment.get(JAVA_LONG_UNALIGNED, at + SET_TID),
                segment.get(JAVA_LONG_UNALIGNED, at + SET_TID_SIZE),
                segment.get(JAVA_LONG_UNALIGNED, at + CGROUP));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_LONG_UNALIGNED, at + FLAGS, flags);
        segment.set(JAVA_LONG_UNALIGNED, at + PIDFD, pidfd);
        segment.set(JAVA_LONG_UNALIGNED, at + CHILD_TID, childTid);
        segment.set(JAVA_LONG_UNALIGNED, at + PARENT_TID, parentTid);
        segment.set(JAVA_LONG_UNALIGNED, at + EXIT_SIGNAL, exitSignal);
        segment.set(JAVA_LONG_UNALIGNED, at + STACK, stack);
        segment.set(JAVA_LONG_UNALIGNED, at + STACK_SIZE, stackSizeBytes);
        segment.set(JAVA_LONG_UNALIGNED, at + TLS, tls);
        segment.set(JAVA_LONG_UNALIGNED, at + SET_TID, setTid);
        segment.set(JAVA_LONG_UNALIGNED, at + SET_TID_SIZE, setTidCount);
        segment.set(JAVA_LONG_UNALIGNED, at + CGROUP, cgroup);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
