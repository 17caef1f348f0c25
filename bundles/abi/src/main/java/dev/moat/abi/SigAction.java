package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct sigaction}: the kernel's form, which differs from that of the C library.
 *
 * @param handler address, or {@code SIG_DFL}, {@code SIG_IGN}
 * @see <a href="https://man7.org/linux/man-pages/man2/sigaction.2.html">sigaction(2)</a>
 */
public record SigAction(long handler, long flags, long restorer, long mask) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_LONG.withName("sa_handler"),
                            JAVA_LONG.withName("sa_flags"),
                            JAVA_LONG.withName("sa_restorer"),
                            JAVA_LONG.withName("sa_mask"))
                    .withName("struct sigaction");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    /** What every signal has after execve(2). */
    public static final SigAction DEFAULT = new SigAction(Signals.SIG_DFL, 0, 0, 0);

    private static final long SA_HANDLER = offset("sa_handler");
    private static final long SA_FLAGS = offset("sa_flags");
    private static final long SA_RESTORER = offset("sa_restorer");
    private static final long SA_MASK = offset("sa_mask");

    /** Reads the struct that lies at {@code at}. */
    public static SigAction readFrom(MemorySegment segment, long at) {
        return new SigAction(
                segment.get(JAVA_LONG_UNALIGNED, at + SA_HANDLER),
                segment.get(JAVA_LONG_UNALIGNED, at + SA_FLAGS),
                segment.get(JAVA_LONG_UNALIGNED, at + SA_RESTORER),
                segment.get(JAVA_LONG_UNALIGNED, at + SA_MASK));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_LONG_UNALIGNED, at + SA_HANDLER, handler);
        segment.set(JAVA_LONG_UNALIGNED, at + SA_FLAGS, flags);
        segment.set(JAVA_LONG_UNALIGNED, at + SA_RESTORER, restorer);
        segment.set(JAVA_LONG_UNALIGNED, at + SA_MASK, mask);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
