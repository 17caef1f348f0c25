package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code Elf64_Sym}: one symbol of a 64-bit ELF file.
 *
 * @param name offset in the string table
 * @see <a href="https://man7.org/linux/man-pages/man5/elf.5.html">elf(5)</a>
 */
public record ElfSymbol64(int name, int info, int other, int section, long value, long sizeBytes) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_INT.withName("st_name"),
                            JAVA_BYTE.withName("st_info"),
                            JAVA_BYTE.withName("st_other"),
                            JAVA_SHORT.withName("st_shndx"),
                            JAVA_LONG.withName("st_value"),
                            JAVA_LONG.withName("st_size"))
                    .withName("Elf64_Sym");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long ST_NAME = offset("st_name");
    private static final long ST_INFO = offset("st_info");
    private static final long ST_OTHER = offset("st_other");
    private static final long ST_SHNDX = offset("st_shndx");
    private static final long ST_VALUE = offset("st_value");
    private static final long ST_SIZE = offset("st_size");

    /** Reads the struct that lies at {@code at}. */
    public static ElfSymbol64 readFrom(MemorySegment segment, long at) {
        return new ElfSymbol64(
                segment.get(JAVA_INT_UNALIGNED, at + ST_NAME),
                Byte.toUnsignedInt(segment.get(JAVA_BYTE, at + ST_INFO)),
                Byte.toUnsignedInt(segment.get(JAVA_BYTE, at + ST_OTHER)),
                Short.toUnsignedInt(segment.get(JAVA_SHORT_UNALIGNED, at + ST_SHNDX)),
                segment.get(JAVA_LONG_UNALIGNED, at + ST_VALUE),
                segment.get(JAVA_LONG_UNALIGNED, at + ST_SIZE));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_INT_UNALIGNED, at + ST_NAME, name);
        segment.set(JAVA_BYTE, at + ST_INFO, (byte) info);
        segment.set(JAVA_BYTE, at + ST_OTHER, (byte) other);
        segment.set(JAVA_SHORT_UNALIGNED, at + ST_SHNDX, (short) section);
        segment.set(JAVA_LONG_UNALIGNED, at + ST_VALUE, value);
        segment.set(JAVA_LONG_UNALIGNED, at + ST_SIZE, sizeBytes);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
