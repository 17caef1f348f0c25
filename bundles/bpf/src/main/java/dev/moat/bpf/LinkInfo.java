package dev.moat.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * {@code struct bpf_link_info} of a link to a control group.
 *
 * @param group number of the control group; 0: none any more
 * @see <a href="https://man7.org/linux/man-pages/man2/bpf.2.html">bpf(2)</a>
 */
record LinkInfo(int type, int id, int program, long group, int attachType) {
    /** Size in bytes: what links of other types tell takes more than this. */
    static final long SIZE = 48;

    // include/uapi/linux/bpf.h; the union begins at 16
    private static final long TYPE = 0;
    private static final long ID = 4;
    private static final long PROG_ID = 8;
    private static final long CGROUP_ID = 16;
    private static final long ATTACH_TYPE = 24;

    /** Writes the struct to {@code at}; what it has no component for becomes 0. */
    void writeTo(MemorySegment segment, long at) {
        segment.asSlice(at, SIZE).fill((byte) 0);
        segment.set(JAVA_INT_UNALIGNED, at + TYPE, type);
        segment.set(JAVA_INT_UNALIGNED, at + ID, id);
        segment.set(JAVA_INT_UNALIGNED, at + PROG_ID, program);
        segment.set(JAVA_LONG_UNALIGNED, at + CGROUP_ID, group);
        segment.set(JAVA_INT_UNALIGNED, at + ATTACH_TYPE, attachType);
    }
}
