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
 * {@code Elf64_Shdr}: one section of a 64-bit ELF file.
 *
 * @param name offset in the section of names
 * @see <a href="https://man7.org/linux/man-pages/man5/elf.5.html">elf(5)</a>
 */
public record SectionHeader64(
        int name,
        int type,
        long flags,
        long address,
        long fileOffset,
        long sizeBytes,
        int link,
        int info,
        long align,
        long entrySizeBytes) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_INT.withName("sh_name"),
                            JAVA_INT.withName("sh_type"),
                            JAVA_LONG.withName("sh_flags"),
                            JAVA_LONG.withName("sh_addr"),
                            JAVA_LONG.withName("sh_offset"),
                            JAVA_LONG.withName("sh_size"),
                            JAVA_INT.withName("sh_link"),
                            JAVA_INT.withName("sh_info"),
                            JAVA_LONG.withName("sh_addralign"),
                            JAVA_LONG.withName("sh_entsize"))
                    .withName("Elf64_Shdr");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long SH_NAME = offset("sh_name");
    private static final long SH_TYPE = offset("sh_type");
    private static final long SH_FLAGS = offset("sh_flags");
    private static final long SH_ADDR = offset("sh_addr");
    private static final long SH_OFFSET = offset("sh_offset");
    private static final long SH_SIZE = offset("sh_size");
    private static final long SH_LINK = offset("sh_link");
    private static final long SH_INFO = offset("sh_info");
    private static final long SH_ADDRALIGN = offset("sh_addralign");
    private static final long SH_ENTSIZE = offset("sh_entsize");

    /** Reads the struct that lies at {@code at}. */
    public static SectionHeader64 readFrom(MemorySegment segment, long at) {
        return new SectionHeader64(
                segment.get(JAVA_INT_UNALIGNED, at + SH_NAME),
                segment.get(JAVA_INT_UNALIGNED, at + SH_TYPE),
                segment.get(JAVA_LONG_UNALIGNED, at + SH_FLAGS),
                segment.get(JAVA_LONG_UNALIGNED, at + SH_ADDR),
                segment.get(JAVA_LONG_UNALIGNED, at + SH_OFFSET),
                segment.get(JAVA_LONG_UNALIGNED, at + SH_SIZE),
                segment.get(JAVA_INT_UNALIGNED, at + SH_LINK),
                segment.get(JAVA_INT_UNALIGNED, at + SH_INFO),
                segment.get(JAVA_LONG_UNALIGNED, at + SH_ADDRALIGN),
                segment.get(JAVA_LONG_UNALIGNED, at + SH_ENTSIZE));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_INT_UNALIGNED, at + SH_NAME, name);
        segment.set(JAVA_INT_UNALIGNED, at + SH_TYPE, type);
        segment.set(JAVA_LONG_UNALIGNED, at + SH_FLAGS, flags);
        segment.set(JAVA_LONG_UNALIGNED, at + SH_ADDR, address);
        segment.set(JAVA_LONG_UNALIGNED, at + SH_OFFSET, fileOffset);
        segment.set(JAVA_LONG_UNALIGNED, at + SH_SIZE, sizeBytes);
        segment.set(JAVA_INT_UNALIGNED, at + SH_LINK, link);
        segment.set(JAVA_INT_UNALIGNED, at + SH_INFO, info);
        segment.set(JAVA_LONG_UNALIGNED, at + SH_ADDRALIGN, align);
        segment.set(JAVA_LONG_UNALIGNED, at + SH_ENTSIZE, entrySizeBytes);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
