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
 * {@code struct if_nextdqblk}: limits and use of one user or group; {@code struct if_dqblk} with an
 * id in its last four bytes, which are padding there. Limits of space are in units of 1 KiB.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/quotactl.2.html">quotactl(2)</a>
 */
public record IfNextdqblk(
        long spaceHardLimit,
        long spaceSoftLimit,
        long usedBytes,
        long inodeHardLimit,
        long inodeSoftLimit,
        long usedInodes,
        long spaceDeadline,
        long inodeDeadline,
        int valid,
        int id) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_LONG.withName("dqb_bhardlimit"),
                            JAVA_LONG.withName("dqb_bsoftlimit"),
                            JAVA_LONG.withName("dqb_curspace"),
                            JAVA_LONG.withName("dqb_ihardlimit"),
                            JAVA_LONG.withName("dqb_isoftlimit"),
                            JAVA_LONG.withName("dqb_curinodes"),
                            JAVA_LONG.withName("dqb_btime"),
                            JAVA_LONG.withName("dqb_itime"),
                            JAVA_INT.withName("dqb_valid"),
                            JAVA_INT.withName("dqb_id"))
                    .withName("struct if_nextdqblk");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long DQB_BHARDLIMIT = offset("dqb_bhardlimit");
    private static final long DQB_BSOFTLIMIT = offset("dqb_bsoftlimit");
    private static final long DQB_CURSPACE = offset("dqb_curspace");
    private static final long DQB_IHARDLIMIT = offset("dqb_ihardlimit");
    private static final long DQB_ISOFTLIMIT = offset("dqb_isoftlimit");
    private static final long DQB_CURINODES = offset("dqb_curinodes");
    private static final long DQB_BTIME = offset("dqb_btime");
    private static final long DQB_ITIME = offset("dqb_itime");
    private static final long DQB_VALID = offset("dqb_valid");
    private static final long DQB_ID = offset("dqb_id");

    /** Reads the struct that lies at {@code at}. */
    public static IfNextdqblk readFrom(MemorySegment segment, long at) {
        return new IfNextdqblk(
                segment.get(JAVA_LONG_UNALIGNED, at + DQB_BHARDLIMIT),
                segment.get(JAVA_LONG_UNALIGNED, at + DQB_BSOFTLIMIT),
                segment.get(JAVA_LONG_UNALIGNED, at + DQB_CURSPACE),
                segment.get(JAVA_LONG_UNALIGNED, at + DQB_IHARDLIMIT),
                segment.get(JAVA_LONG_UNALIGNED, at + DQB_ISOFTLIMIT),
                segment.get(JAVA_LONG_UNALIGNED, at + DQB_CURINODES),
                segment.get(JAVA_LONG_UNALIGNED, at + DQB_BTIME),
                segment.get(JAVA_LONG_UNALIGNED, at + DQB_ITIME),
                segment.get(JAVA_INT_UNALIGNED, at + DQB_VALID),
                segment.get(JAVA_INT_UNALIGNED, at + DQB_ID));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_LONG_UNALIGNED, at + DQB_BHARDLIMIT, spaceHardLimit);
        segment.set(JAVA_LONG_UNALIGNED, at + DQB_BSOFTLIMIT, spaceSoftLimit);
        segment.set(JAVA_LONG_UNALIGNED, at + DQB_CURSPACE, usedBytes);
        segment.set(JAVA_LONG_UNALIGNED, at + DQB_IHARDLIMIT, inodeHardLimit);
        segment.set(JAVA_LONG_UNALIGNED, at + DQB_ISOFTLIMIT, inodeSoftLimit);
        segment.set(JAVA_LONG_UNALIGNED, at + DQB_CURINODES, usedInodes);
        segment.set(JAVA_LONG_UNALIGNED, at + DQB_BTIME, spaceDeadline);
        segment.set(JAVA_LONG_UNALIGNED, at + DQB_ITIME, inodeDeadline);
        segment.set(JAVA_INT_UNALIGNED, at + DQB_VALID, valid);
        segment.set(JAVA_INT_UNALIGNED, at + DQB_ID, id);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
