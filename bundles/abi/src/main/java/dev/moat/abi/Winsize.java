package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct winsize}: the size of a terminal.
 *
 * @see <a
 *     href="https://man7.org/linux/man-pages/man2/TIOCGWINSZ.2const.html">TIOCGWINSZ(2const)</a>
 */
public record Winsize(int rows, int columns, int widthPixels, int heightPixels) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_SHORT.withName("ws_row"),
                            JAVA_SHORT.withName("ws_col"),
                            JAVA_SHORT.withName("ws_xpixel"),
                            JAVA_SHORT.withName("ws_ypixel"))
                    .withName("struct winsize");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long WS_ROW = offset("ws_row");
    private static final long WS_COL = offset("ws_col");
    private static final long WS_XPIXEL = offset("ws_xpixel");
    private static final long WS_YPIXEL = offset("ws_ypixel");

    /** Reads the struct that lies at {@code at}. */
    public static Winsize readFrom(MemorySegment segment, long at) {
        return new Winsize(
                Short.toUnsignedInt(segment.get(JAVA_SHORT_UNALIGNED, at + WS_ROW)),
                Short.toUnsignedInt(segment.get(JAVA_SHORT_UNALIGNED, at + WS_COL)),
                Short.toUnsignedInt(segment.get(JAVA_SHORT_UNALIGNED, at + WS_XPIXEL)),
                Short.toUnsignedInt(segment.get(JAVA_SHORT_UNALIGNED, at + WS_YPIXEL)));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_SHORT_UNALIGNED, at + WS_ROW, (short) rows);
        segment.set(JAVA_SHORT_UNALIGNED, at + WS_COL, (short) columns);
        segment.set(JAVA_SHORT_UNALIGNED, at + WS_XPIXEL, (short) widthPixels);
        segment.set(JAVA_SHORT_UNALIGNED, at + WS_YPIXEL, (short) heightPixels);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
