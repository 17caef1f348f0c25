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
 * {@code struct if_dqinfo}: times of grace in seconds, and flags, of all users or groups.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/quotactl.2.html">quotactl(2)</a>
 */
public record IfDqinfo(long spaceGraceSeconds, long inodeGraceSeconds, int flags, int valid) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_LONG.withName("dqi_bgrace"),
                            JAVA_LONG.withName("dqi_igrace"),
                            JAVA_INT.withName("dqi_flags"),
                            JAVA_INT.withName("dqi_valid"))
                    .withName("struct if_dqinfo");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long DQI_BGRACE = offset("dqi_bgrace");
    private static final long DQI_IGRACE = offset("dqi_igrace");
    private static final long DQI_FLAGS = offset("dqi_flags");
    private static final long DQI_VALID = offset("dqi_valid");

    /** Reads the struct that lies at {@code at}. */
    public static IfDqinfo readFrom(MemorySegment segment, long at) {
        return new IfDqinfo(
                segment.get(JAVA_LONG_UNALIGNED, at + DQI_BGRACE),
                segment.get(JAVA_LONG_UNALIGNED, at + DQI_IGRACE),
                segment.get(JAVA_INT_UNALIGNED, at + DQI_FLAGS),
                segment.get(JAVA_INT_UNALIGNED, at + DQI_VALID));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_LONG_UNALIGNED, at + DQI_BGRACE, spaceGraceSeconds);
        segment.set(JAVA_LONG_UNALIGNED, at + DQI_IGRACE, inodeGraceSeconds);
        segment.set(JAVA_INT_UNALIGNED, at + DQI_FLAGS, flags);
        segment.set(JAVA_INT_UNALIGNED, at + DQI_VALID, valid);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
