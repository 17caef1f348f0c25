package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct mount_attr}: the argument of mount_setattr(2).
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/mount_setattr.2.html">mount_setattr(2)</a>
 */
public record MountAttr(long set, long clear, long propagation, long userNamespaceFd) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_LONG.withName("attr_set"),
                            JAVA_LONG.withName("attr_clr"),
                            JAVA_LONG.withName("propagation"),
                            JAVA_LONG.withName("userns_fd"))
                    .withName("struct mount_attr");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long ATTR_SET = offset("attr_set");
    private static final long ATTR_CLR = offset("attr_clr");
    private static final long PROPAGATION = offset("propagation");
    private static final long USERNS_FD = offset("userns_fd");

    /** Reads the struct that lies at {@code at}. */
    public static MountAttr readFrom(MemorySegment segment, long at) {
        return new MountAttr(
                segment.get(JAVA_LONG_UNALIGNED, at + ATTR_SET),
                segment.get(JAVA_LONG_UNALIGNED, at + ATTR_CLR),
                segment.get(JAVA_LONG_UNALIGNED, at + PROPAGATION),
                segment.get(JAVA_LONG_UNALIGNED, at + USERNS_FD));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_LONG_UNALIGNED, at + ATTR_SET, set);
        segment.set(JAVA_LONG_UNALIGNED, at + ATTR_CLR, clear);
        segment.set(JAVA_LONG_UNALIGNED, at + PROPAGATION, propagation);
        segment.set(JAVA_LONG_UNALIGNED, at + USERNS_FD, userNamespaceFd);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
