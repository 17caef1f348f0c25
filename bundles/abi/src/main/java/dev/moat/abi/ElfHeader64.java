package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.sequenceLayout;
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
 * {@code Elf64_Ehdr}: the header of a 64-bit ELF file.
 *
 * @param ident 16 chars, one for each byte
 * @see <a href="https://man7.org/linux/man-pages/man5/elf.5.html">elf(5)</a>
 */
public record ElfHeader64(
        String ident,
        int type,
        int machine,
        int version,
        long entry,
        long programHeaderOffset,
        long sectionHeaderOffset,
        int flags,
        int headerSizeBytes,
        int programHeaderSizeBytes,
        int programHeaders,
        int sectionHeaderSizeBytes,
        int sectionHeaders,
        int sectionNames) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            sequenceLayout(16, JAVA_BYTE).withName("e_ident"),
                            JAVA_SHORT.withName("e_type"),
                            JAVA_SHORT.withName("e_machine"),
                            JAVA_INT.withName("e_version"),
                            JAVA_LONG.withName("e_entry"),
                            JAVA_LONG.withName("e_phoff"),
                            JAVA_LONG.withName("e_shoff"),
                            JAVA_INT.withName("e_flags"),
                            JAVA_SHORT.withName("e_ehsize"),
                            JAVA_SHORT.withName("e_phentsize"),
                            JAVA_SHORT.withName("e_phnum"),
                            JAVA_SHORT.withName("e_shentsize"),
                            JAVA_SHORT.withName("e_shnum"),
                            JAVA_SHORT.withName("e_shstrndx"))
                    .withName("Elf64_Ehdr");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long E_IDENT = offset("e_ident");
    private static final long E_TYPE = offset("e_type");
    private static final long E_MACHINE = offset("e_machine");
    private static final long E_VERSION = offset("e_version");
    private static final long E_ENTRY = offset("e_entry");
    private static final long E_PHOFF = offset("e_phoff");
    private static final long E_SHOFF = offset("e_shoff");
    private static final long E_FLAGS = offset("e_flags");
    private static final long E_EHSIZE = offset("e_ehsize");
    private static final long E_PHENTSIZE = offset("e_phentsize");
    private static final long E_PHNUM = offset("e_phnum");
    private static final long E_SHENTSIZE = offset("e_shentsize");
    private static final long E_SHNUM = offset("e_shnum");
    private static final long E_SHSTRNDX = offset("e_shstrndx");

    /** Reads the struct that lies at {@code at}. */
    public static ElfHeader64 readFrom(MemorySegment segment, long at) {
        return new ElfHeader64(
                Latin1.readBytes(segment, at + E_IDENT, 16),
                Short.toUnsignedInt(segment.get(JAVA_SHORT_UNALIGNED, at + E_TYPE)),
                Short.toUnsignedInt(segment.get(JAVA_SHORT_UNALIGNED, at + E_MACHINE)),
                segment.get(JAVA_INT_UNALIGNED, at + E_VERSION),
                segment.get(JAVA_LONG_UNALIGNED, at + E_ENTRY),
                segment.get(JAVA_LONG_UNALIGNED, at + E_PHOFF),
                segment.get(JAVA_LONG_UNALIGNED, at + E_SHOFF),
                segment.get(JAVA_INT_UNALIGNED, at + E_FLAGS),
                Short.toUnsignedInt(segment.get(JAVA_SHORT_UNALIGNED, at + E_EHSIZE)),
                Short.toUnsignedInt(segment.get(JAVA_SHORT_UNALIGNED, at + E_PHENTSIZE)),
                Short.toUnsignedInt(segment.get(JAVA_SHORT_UNALIGNED, at + E_PHNUM)),
                Short.toUnsignedInt(segment.get(JAVA_SHORT_UNALIGNED, at + E_SHENTSIZE)),
                Short.toUnsignedInt(segment.get(JAVA_SHORT_UNALIGNED, at + E_SHNUM)),
                Short.toUnsignedInt(segment.get(JAVA_SHORT_UNALIGNED, at + E_SHSTRNDX)));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        Latin1.writeBytes(segment, at + E_IDENT, 16, ident);
        segment.set(JAVA_SHORT_UNALIGNED, at + E_TYPE, (short) type);
        segment.set(JAVA_SHORT_UNALIGNED, at + E_MACHINE, (short) machine);
        segment.set(JAVA_INT_UNALIGNED, at + E_VERSION, version);
        segment.set(JAVA_LONG_UNALIGNED, at + E_ENTRY, entry);
        segment.set(JAVA_LONG_UNALIGNED, at + E_PHOFF, programHeaderOffset);
        segment.set(JAVA_LONG_UNALIGNED, at + E_SHOFF, sectionHeaderOffset);
        segment.set(JAVA_INT_UNALIGNED, at + E_FLAGS, flags);
        segment.set(JAVA_SHORT_UNALIGNED, at + E_EHSIZE, (short) headerSizeBytes);
        segment.set(JAVA_SHORT_UNALIGNED, at + E_PHENTSIZE, (short) programHeaderSizeBytes);
        segment.set(JAVA_SHORT_UNALIGNED, at + E_PHNUM, (short) programHeaders);
        segment.set(JAVA_SHORT_UNALIGNED, at + E_SHENTSIZE, (short) sectionHeaderSizeBytes);
        segment.set(JAVA_SHORT_UNALIGNED, at + E_SHNUM, (short) sectionHeaders);
        segment.set(JAVA_SHORT_UNALIGNED, at + E_SHSTRNDX, (short) sectionNames);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
