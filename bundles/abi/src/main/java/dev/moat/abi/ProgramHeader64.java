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
 * {@code Elf64_Phdr}: one segment of a 64-bit ELF file.
 *
 * @see <a href="https://man7.org/linux/man-pages/man5/elf.5.html">elf(5)</a>
 */
public record ProgramHeader64(
        int type,
        int flags,
        long fileOffset,
        long virtualAddress,
        long physicalAddress,
        long fileSizeBytes,
        long memorySizeBytes,
        long align) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_INT.withName("p_type"),
                            JAVA_INT.withName("p_flags"),
                            JAVA_LONG.withName("p_offset"),
                            JAVA_LONG.withName("p_vaddr"),
                            JAVA_LONG.withName("p_paddr"),
                            JAVA_LONG.withName("p_filesz"),
                            JAVA_LONG.withName("p_memsz"),
                            JAVA_LONG.withName("p_align"))
                    .withName("Elf64_Phdr");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long P_TYPE = offset("p_type");
    private static final long P_FLAGS = offset("p_flags");
    private static final long P_OFFSET = offset("p_offset");
    private static final long P_VADDR = offset("p_vaddr");
    private static final long P_PADDR = offset("p_paddr");
    private static final long P_FILESZ = offset("p_filesz");
    private static final long P_MEMSZ = offset("p_memsz");
    private static final long P_ALIGN = offset("p_align");

    /** Reads the struct that lies at {@code at}. */
    public static ProgramHeader64 readFrom(MemorySegment segment, long at) {
        return new ProgramHeader64(
                segment.get(JAVA_INT_UNALIGNED, at + P_TYPE),
                segment.get(JAVA_INT_UNALIGNED, at + P_FLAGS),
                segment.get(JAVA_LONG_UNALIGNED, at + P_OFFSET),
                segment.get(JAVA_LONG_UNALIGNED, at + P_VADDR),
                segment.get(JAVA_LONG_UNALIGNED, at + P_PADDR),
                segment.get(JAVA_LONG_UNALIGNED, at + P_FILESZ),
                segment.get(JAVA_LONG_UNALIGNED, at + P_MEMSZ),
                segment.get(JAVA_LONG_UNALIGNED, at + P_ALIGN));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_INT_UNALIGNED, at + P_TYPE, type);
        segment.set(JAVA_INT_UNALIGNED, at + P_FLAGS, flags);
        segment.set(JAVA_LONG_UNALIGNED, at + P_OFFSET, fileOffset);
        segment.set(JAVA_LONG_UNALIGNED, at + P_VADDR, virtualAddress);
        segment.set(JAVA_LONG_UNALIGNED, at + P_PADDR, physicalAddress);
        segment.set(JAVA_LONG_UNALIGNED, at + P_FILESZ, fileSizeBytes);
        segment.set(JAVA_LONG_UNALIGNED, at + P_MEMSZ, memorySizeBytes);
        segment.set(JAVA_LONG_UNALIGNED, at + P_ALIGN, align);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
