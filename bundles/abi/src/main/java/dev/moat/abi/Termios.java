package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.sequenceLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct termios}: the kernel's form, 36 bytes: for TCGETS and TCSETS.
 *
 * @param controlChars 19 chars, one for each byte
 * @see <a href="https://man7.org/linux/man-pages/man2/ioctl_tty.2.html">ioctl_tty(2)</a>
 * @see <a href="https://man7.org/linux/man-pages/man3/termios.3.html">termios(3)</a>
 */
public record Termios(
        int inputFlags,
        int outputFlags,
        int controlFlags,
        int localFlags,
        int lineDiscipline,
        String controlChars) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_INT.withName("c_iflag"),
                            JAVA_INT.withName("c_oflag"),
                            JAVA_INT.withName("c_cflag"),
                            JAVA_INT.withName("c_lflag"),
                            JAVA_BYTE.withName("c_line"),
                            sequenceLayout(19, JAVA_BYTE).withName("c_cc"))
                    .withName("struct termios");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    /** Length of {@code controlChars}: NCCS. */
    public static final int CONTROL_CHARS = 19;

    private static final long C_IFLAG = offset("c_iflag");
    private static final long C_OFLAG = offset("c_oflag");
    private static final long C_CFLAG = offset("c_cflag");
    private static final long C_LFLAG = offset("c_lflag");
    private static final long C_LINE = offset("c_line");
    private static final long C_CC = offset("c_cc");

    /** Reads the struct that lies at {@code at}. */
    public static Termios readFrom(MemorySegment segment, long at) {
        return new Termios(
                segment.get(JAVA_INT_UNALIGNED, at + C_IFLAG),
                segment.get(JAVA_INT_UNALIGNED, at + C_OFLAG),
                segment.get(JAVA_INT_UNALIGNED, at + C_CFLAG),
                segment.get(JAVA_INT_UNALIGNED, at + C_LFLAG),
                Byte.toUnsignedInt(segment.get(JAVA_BYTE, at + C_LINE)),
                Latin1.readBytes(segment, at + C_CC, 19));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_INT_UNALIGNED, at + C_IFLAG, inputFlags);
        segment.set(JAVA_INT_UNALIGNED, at + C_OFLAG, outputFlags);
        segment.set(JAVA_INT_UNALIGNED, at + C_CFLAG, controlFlags);
        segment.set(JAVA_INT_UNALIGNED, at + C_LFLAG, localFlags);
        segment.set(JAVA_BYTE, at + C_LINE, (byte) lineDiscipline);
        Latin1.writeBytes(segment, at + C_CC, 19, controlChars);
    }

    /** Returns the control character with an index such as {@link TermiosConstants#VINTR}. */
    public int controlChar(int index) {
        return controlChars.charAt(index);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
