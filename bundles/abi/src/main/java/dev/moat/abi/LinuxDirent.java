package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.sequenceLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct linux_dirent}: one directory entry as the old getdents(2) gives it: the type is the
 * last byte.
 *
 * @param nextOffset d_off: the position that lseek(2) needs to go on after this entry
 * @param type a {@code DT_} constant of {@link FileMode}
 * @see <a href="https://man7.org/linux/man-pages/man2/getdents.2.html">getdents(2)</a>
 */
public record LinuxDirent(long inode, long nextOffset, int type, String name) {
    /** The layout of the fixed part; the name with its zero follows. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_LONG.withName("d_ino"),
                            JAVA_LONG.withName("d_off"),
                            JAVA_SHORT.withName("d_reclen"),
                            sequenceLayout(0, JAVA_BYTE).withName("d_name"))
                    .withName("struct linux_dirent");

    private static final long INO = offset("d_ino");
    private static final long OFF = offset("d_off");
    private static final long RECLEN = offset("d_reclen");
    private static final long NAME = offset("d_name");

    /** Returns the length of the entry of a name, with the type: rounded up to eight bytes. */
    public static int lengthBytes(String name) {
        return ((int) NAME + name.length() + 2 + 7) & -8;
    }

    /** Returns the length of this entry: d_reclen. */
    public int lengthBytes() {
        return lengthBytes(name);
    }

    /** Writes {@link #lengthBytes()} bytes to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        int length = lengthBytes();
        segment.set(JAVA_LONG_UNALIGNED, at + INO, inode);
        segment.set(JAVA_LONG_UNALIGNED, at + OFF, nextOffset);
        segment.set(JAVA_SHORT_UNALIGNED, at + RECLEN, (short) length);
        Latin1.writeText(segment, at + NAME, length - (int) NAME - 1, name);
        segment.set(JAVA_BYTE, at + length - 1, (byte) type);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
