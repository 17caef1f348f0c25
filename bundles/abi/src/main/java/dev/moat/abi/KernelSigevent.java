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
 * {@code struct sigevent}: how a timer or queue notifies.
 *
 * @see <a href="https://man7.org/linux/man-pages/man3/sigevent.3type.html">sigevent(3type)</a>
 * @see <a href="https://man7.org/linux/man-pages/man2/timer_create.2.html">timer_create(2)</a>
 */
public record KernelSigevent(long value, int signal, int notification, int threadId) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_LONG.withName("sigev_value"),
                            JAVA_INT.withName("sigev_signo"),
                            JAVA_INT.withName("sigev_notify"),
                            JAVA_INT.withName("_sigev_un._tid"),
                            paddingLayout(44))
                    .withName("struct sigevent");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long SIGEV_VALUE = offset("sigev_value");
    private static final long SIGEV_SIGNO = offset("sigev_signo");
    private static final long SIGEV_NOTIFY = offset("sigev_notify");
    private static final long TID = offset("_sigev_un._tid");

    /** Reads the struct that lies at {@code at}. */
    public static KernelSigevent readFrom(MemorySegment segment, long at) {
        return new KernelSigevent(
                segment.get(JAVA_LONG_UNALIGNED, at + SIGEV_VALUE),
                segment.get(JAVA_INT_UNALIGNED, at + SIGEV_SIGNO),
                segment.get(JAVA_INT_UNALIGNED, at + SIGEV_NOTIFY),
                segment.get(JAVA_INT_UNALIGNED, at + TID));
    }

    /** Writes the struct to {@code at}, its padding as zeros. */
    public void writeTo(MemorySegment segment, long at) {
        segment.asSlice(at, SIZE).fill((byte) 0);
        segment.set(JAVA_LONG_UNALIGNED, at + SIGEV_VALUE, value);
        segment.set(JAVA_INT_UNALIGNED, at + SIGEV_SIGNO, signal);
        segment.set(JAVA_INT_UNALIGNED, at + SIGEV_NOTIFY, notification);
        segment.set(JAVA_INT_UNALIGNED, at + TID, threadId);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
