package dev.moat.loader.vdso;

import static dev.moat.abi.ElfConstants.*;

import dev.moat.abi.ElfHeader64;
import dev.moat.abi.ProgramHeader64;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The vDSO as a file: one read-only, executable segment at address 0 that holds everything, so that
 * file offsets are addresses.
 */
final class VdsoImage {
    private static final int PAGE_BYTES = 4096;
    private static final int SECTION_HEADER_BYTES = 64;
    private static final int SECTION_ALIGN = 16;
    private static final int NOTE_ALIGN = 4;

    // Places in the list of sections.
    private static final int HASH = 1;
    private static final int GNU_HASH = 2;
    private static final int SYMBOLS = 3;
    private static final int STRINGS = 4;
    private static final int VERSIONS = 5;
    private static final int VERSION_DEFINITIONS = 6;
    private static final int NOTE = 7;
    private static final int DYNAMIC = 8;
    private static final int UNWIND_HEADER = 9;
    private static final int UNWIND = 10;
    private static final int TEXT = 11;
    private static final int SECTION_NAMES = 12;

    private static final int SHT_GNU_HASH = 0x6ffffff6;
    private static final int SHT_GNU_VERDEF = 0x6ffffffd;
    private static final int SHT_GNU_VERSYM = 0x6fffffff;

    /** A section header without place and size. */
    private record Section(String name, int type, int flags, int link, int info, int entryBytes) {}

    private static final List<Section> SECTIONS =
            List.of(
                    new Section("", SHT_NULL, 0, 0, 0, 0),
                    new Section(".hash", SHT_HASH, SHF_ALLOC, SYMBOLS, 0, 4),
                    new Section(".gnu.hash", SHT_GNU_HASH, SHF_ALLOC, SYMBOLS, 0, 0),
                    new Section(".dynsym", SHT_DYNSYM, SHF_ALLOC, STRINGS, 1, 24),
                    new Section(".dynstr", SHT_STRTAB, SHF_ALLOC, 0, 0, 0),
                    new Section(".gnu.version", SHT_GNU_VERSYM, SHF_ALLOC, SYMBOLS, 0, 2),
                    new Section(".gnu.version_d", SHT_GNU_VERDEF, SHF_ALLOC, STRINGS, 2, 0),
                    new Section(".note", SHT_NOTE, SHF_ALLOC, 0, 0, 0),
                    new Section(".dynamic", SHT_DYNAMIC, SHF_ALLOC, STRINGS, 0, 16),
                    new Section(".eh_frame_hdr", SHT_PROGBITS, SHF_ALLOC, 0, 0, 0),
                    new Section(".eh_frame", SHT_PROGBITS, SHF_ALLOC, 0, 0, 0),
                    new Section(".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, 0, 0, 0),
                    new Section(".shstrtab", SHT_STRTAB, 0, 0, 0, 0));

    /**
     * LINUX_VERSION_CODE of the note that the kernel's own vDSO has, for programs that ask it:
     * 6.12.
     */
    private static final int LINUX_VERSION_CODE = 6 << 16 | 12 << 8;

    private final VdsoCode code;
    private final SymbolTable symbols;

    private VdsoImage(VdsoCode code) {
        this.code = code;
        this.symbols = new SymbolTable(code.functions());
    }

    /** Writes the file; its length is a whole number of pages. */
    static byte[] of(VdsoCode code) {
        return new VdsoImage(code).build();
    }

    /**
     * Address of the first function in an image of {@code code}: what position dependent distances
     * are made from.
     */
    static int textAddress(VdsoCode code) {
        return new VdsoImage(code).places()[TEXT];
    }

    private byte[] build() {
        int[] places = places();
        byte[][] contents = contents(places);
        int headers = (places[SECTION_NAMES] + contents[SECTION_NAMES].length + 7) & -8;
        int length = headers + SECTIONS.size() * SECTION_HEADER_BYTES;
        byte[] file = new byte[(length + PAGE_BYTES - 1) & -PAGE_BYTES];
        writeHeader(file, headers, places, contents);
        for (int i = 1; i < SECTIONS.size(); i++) {
            System.arraycopy(contents[i], 0, file, places[i], contents[i].length);
        }
        byte[] table = sectionTable(places, contents);
        System.arraycopy(table, 0, file, headers, table.length);
        return file;
    }

    /** Where each section goes: sizes do not depend on places, so that any places give them. */
    private int[] places() {
        int[] places = new int[SECTIONS.size()];
        byte[][] contents = contents(places);
        int at = (int) (ElfHeader64.SIZE + 4 * ProgramHeader64.SIZE);
        for (int i = 1; i < places.length; i++) {
            at = (at + SECTION_ALIGN - 1) & -SECTION_ALIGN;
            places[i] = at;
            at += contents[i].length;
        }
        return places;
    }

    private byte[][] contents(int[] places) {
        byte[][] contents = new byte[SECTIONS.size()][];
        contents[HASH] = symbols.systemVHash();
        contents[GNU_HASH] = symbols.gnuHash();
        contents[SYMBOLS] = symbols.symbols(places[TEXT], TEXT);
        contents[STRINGS] = symbols.strings();
        contents[VERSIONS] = symbols.versions();
        contents[VERSION_DEFINITIONS] = symbols.versionDefinitions();
        contents[NOTE] =
                new Bytes()
                        .u32(6)
                        .u32(4)
                        .u32(0)
                        .text("Linux")
                        .align(4, 0)
                        .u32(LINUX_VERSION_CODE)
                        .toArray();
        contents[DYNAMIC] = dynamic(places);
        contents[UNWIND_HEADER] =
                UnwindTable.header(
                        code.functions(), places[UNWIND_HEADER], places[UNWIND], places[TEXT]);
        contents[UNWIND] = UnwindTable.frame(code.functions(), places[UNWIND], places[TEXT]);
        contents[TEXT] = code.bytes();
        contents[SECTION_NAMES] = sectionNames();
        return contents;
    }

    private byte[] dynamic(int[] places) {
        Bytes bytes = new Bytes();
        bytes.u64(DT_SONAME).u64(symbols.sonameOffset());
        bytes.u64(DT_HASH).u64(places[HASH]);
        bytes.u64(DT_GNU_HASH).u64(places[GNU_HASH]);
        bytes.u64(DT_STRTAB).u64(places[STRINGS]);
        bytes.u64(DT_SYMTAB).u64(places[SYMBOLS]);
        bytes.u64(DT_STRSZ).u64(symbols.strings().length);
        bytes.u64(DT_SYMENT).u64(24);
        bytes.u64(DT_VERSYM).u64(places[VERSIONS]);
        bytes.u64(DT_VERDEF).u64(places[VERSION_DEFINITIONS]);
        bytes.u64(DT_VERDEFNUM).u64(symbols.versionCount());
        bytes.u64(DT_NULL).u64(0);
        return bytes.toArray();
    }

    private static byte[] sectionNames() {
        Bytes bytes = new Bytes();
        for (Section section : SECTIONS) {
            bytes.text(section.name());
        }
        return bytes.toArray();
    }

    private static byte[] sectionTable(int[] places, byte[][] contents) {
        Bytes bytes = new Bytes();
        int name = 0;
        for (int i = 0; i < SECTIONS.size(); i++) {
            Section section = SECTIONS.get(i);
            boolean loaded = (section.flags() & SHF_ALLOC) != 0;
            bytes.u32(name).u32(section.type()).u64(section.flags());
            bytes.u64(loaded ? places[i] : 0).u64(places[i]);
            bytes.u64(i == 0 ? 0 : contents[i].length).u32(section.link()).u32(section.info());
            bytes.u64(section.type() == SHT_NOTE ? NOTE_ALIGN : SECTION_ALIGN);
            bytes.u64(section.entryBytes());
            name += section.name().length() + 1;
        }
        return bytes.toArray();
    }

    private static void writeHeader(
            byte[] file, int sectionHeaders, int[] places, byte[][] contents) {
        MemorySegment memory = MemorySegment.ofArray(file);
        List<ProgramHeader64> segments =
                List.of(
                        segment(PT_LOAD, PF_R | PF_X, 0, file.length, PAGE_BYTES),
                        segment(PT_DYNAMIC, PF_R, places[DYNAMIC], contents[DYNAMIC].length, 8),
                        segment(PT_NOTE, PF_R, places[NOTE], contents[NOTE].length, 4),
                        segment(
                                PT_GNU_EH_FRAME,
                                PF_R,
                                places[UNWIND_HEADER],
                                contents[UNWIND_HEADER].length,
                                4));
        new ElfHeader64(
                        "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0",
                        ET_DYN,
                        EM_X86_64,
                        EV_CURRENT,
                        places[TEXT],
                        ElfHeader64.SIZE,
                        sectionHeaders,
                        0,
                        (int) ElfHeader64.SIZE,
                        (int) ProgramHeader64.SIZE,
                        segments.size(),
                        SECTION_HEADER_BYTES,
                        SECTIONS.size(),
                        SECTION_NAMES)
                .writeTo(memory, 0);
        long at = ElfHeader64.SIZE;
        for (ProgramHeader64 segment : segments) {
            segment.writeTo(memory, at);
            at += ProgramHeader64.SIZE;
        }
    }

    private static ProgramHeader64 segment(int type, int flags, int place, int size, int align) {
        return new ProgramHeader64(type, flags, place, place, place, size, size, align);
    }
}
