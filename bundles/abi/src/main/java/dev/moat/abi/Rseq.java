package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct rseq}: the area that a thread shares with the scheduler: its first published 32
 * bytes.
 *
 * @param criticalSection guest address of a {@link RseqCs}, or 0
 * @see <a href="https://www.kernel.org/doc/html/latest/userspace-api/rseq.html">Restartable
 *     Sequences</a>
 */
public record Rseq(
        int cpuIdStart, int cpuId, long criticalSection, int flags, int nodeId, int memoryCid) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_INT.withName("cpu_id_start"),
                            JAVA_INT.withName("cpu_id"),
                            JAVA_LONG.withName("rseq_cs"),
                            JAVA_INT.withName("flags"),
                            JAVA_INT.withName("node_id"),
                            JAVA_INT.withName("mm_cid"),
                            paddingLayout(4))
                    .withName("struct rseq");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long CPU_ID_START = offset("cpu_id_start");
    private static final long CPU_ID = offset("cpu_id");
    private static final long RSEQ_CS = offset("rseq_cs");
    private static final long FLAGS = offset("flags");
    private static final long NODE_ID = offset("node_id");
    private static final long MM_CID = offset("mm_cid");

    /** Reads the struct that lies at {@code at}. */
    public static Rseq readFrom(MemorySegment segment, long at) {
        return new Rseq(
                segment.get(JAVA_INT_UNALIGNED, at + CPU_ID_START),
                segment.get(JAVA_INT_UNALIGNED, at + CPU_ID),
                segment.get(JAVA_LONG_UNALIGNED, at + RSEQ_CS),
                segment.get(JAVA_INT_UNALIGNED, at + FLAGS),
                segment.get(JAVA_INT_UNALIGNED, at + NODE_ID),
                segment.get(JAVA_INT_UNALIGNED, at + MM_CID));
    }

    /** Writes the struct to {@code at}, its padding as zeros. */
    public void writeTo(MemorySegment segment, long at) {
        segment.asSlice(at, SIZE).fill((byte) 0);
        segment.set(JAVA_INT_UNALIGNED, at + CPU_ID_START, cpuIdStart);
        segment.set(JAVA_INT_UNALIGNED, at + CPU_ID, cpuId);
        segment.set(JAVA_LONG_UNALIGNED, at + RSEQ_CS, criticalSection);
        segment.set(JAVA_INT_UNALIGNED, at + FLAGS, flags);
        segment.set(JAVA_INT_UNALIGNED, at + NODE_ID, nodeId);
        segment.set(JAVA_INT_UNALIGNED, at + MM_CID, memoryCid);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
