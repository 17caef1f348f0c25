package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct rseq_cs}: a critical section that restarts when its thread is preempted, migrated
 * or signalled.
 *
 * @see <a href="https://www.kernel.org/doc/html/latest/userspace-api/rseq.html">Restartable
 *     Sequences</a>
 */
public record RseqCs(int version, int flags, long startIp, long lengthBytes, long abortIp) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_INT.withName("version"),
                            JAVA_INT.withName("flags"),
                            JAVA_LONG.withName("start_ip"),
                            JAVA_LONG.withName("post_commit_offset"),
                            JAVA_LONG.withName("abort_ip"))
                    .withName("struct rseq_cs");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long VERSION = offset("version");
    private static final long FLAGS = offset("flags");
    private static final long START_IP = offset("start_ip");
    private static final long POST_COMMIT_OFFSET = offset("post_commit_offset");
    private static final long ABORT_IP = offset("abort_ip");

    /** Reads the struct that lies at {@code at}. */
    public static RseqCs readFrom(MemorySegment segment, long at) {
        return new RseqCs(
                segment.get(JAVA_INT_UNALIGNED, at + VERSION),
                segment.get(JAVA_INT_UNALIGNED, at + FLAGS),
                segment.get(JAVA_LONG_UNALIGNED, at + START_IP),
                segment.get(JAVA_LONG_UNALIGNED, at + POST_COMMIT_OFFSET),
                segment.get(JAVA_LONG_UNALIGNED, at + ABORT_IP));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_INT_UNALIGNED, at + VERSION, version);
        segment.set(JAVA_INT_UNALIGNED, at + FLAGS, flags);
        segment.set(JAVA_LONG_UNALIGNED, at + START_IP, startIp);
        segment.set(JAVA_LONG_UNALIGNED, at + POST_COMMIT_OFFSET, lengthBytes);
        segment.set(JAVA_LONG_UNALIGNED, at + ABORT_IP, abortIp);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
