package dev.moat.loader;

import static dev.moat.abi.ElfConstants.EI_CLASS;
import static dev.moat.abi.ElfConstants.EI_DATA;
import static dev.moat.abi.ElfConstants.ELFCLASS64;
import static dev.moat.abi.ElfConstants.ELFDATA2LSB;
import static dev.moat.abi.ElfConstants.ELF_MAGIC;
import static dev.moat.abi.ElfConstants.EM_X86_64;
import static dev.moat.abi.ElfConstants.ET_DYN;
import static dev.moat.abi.ElfConstants.ET_EXEC;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import dev.moat.abi.ElfHeader64;
import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.ProgramHeader64;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the headers of an ELF file. Total: any bytes give an {@link ElfFile} or the errno that
 * Linux gives. Source: load_elf_binary() and load_elf_phdrs(), fs/binfmt_elf.c.
 */
final class ElfParser {
    /** Program headers may fill 64 KiB: load_elf_phdrs(). */
    private static final int MAX_HEADERS_BYTES = 65536;

    private ElfParser() {}

    /** Whether {@code head} begins as an ELF file. */
    static boolean isElf(byte[] head) {
        return head.length >= 4
                && MemorySegment.ofArray(head).get(JAVA_INT_UNALIGNED, 0) == ELF_MAGIC;
    }

    /**
     * Parses a program or a program interpreter.
     *
     * @param head the first bytes of the file, at least the ELF header if the file is that long
     * @param refusal what a file that is no x86-64 program gives: ENOEXEC, for interpreters ELIBBAD
     * @throws ErrnoException {@code refusal}
     */
    static ElfFile parse(FileReader reader, byte[] head, Errno refusal) {
        if (!isElf(head) || head.length < ElfHeader64.SIZE) {
            throw refusal.exception();
        }
        ElfHeader64 header = ElfHeader64.readFrom(MemorySegment.ofArray(head), 0);
        // Linux looks at e_machine only; class and byte order are checked, too, because with others
        // nothing that follows
        // means what it says.
        boolean ok =
                header.machine() == EM_X86_64
                        && (header.type() == ET_EXEC || header.type() == ET_DYN)
                        && header.ident().charAt(EI_CLASS) == ELFCLASS64
                        && header.ident().charAt(EI_DATA) == ELFDATA2LSB
                        && header.programHeaderSizeBytes() == ProgramHeader64.SIZE
                        && header.programHeaders() > 0
                        && header.programHeaders() * ProgramHeader64.SIZE <= MAX_HEADERS_BYTES
                        && header.programHeaderOffset() >= 0;
        if (!ok) {
            throw refusal.exception();
        }
        return new ElfFile(header, readSegments(reader, header, refusal));
    }

    private static List<ProgramHeader64> readSegments(
            FileReader reader, ElfHeader64 header, Errno refusal) {
        int bytes = (int) (header.programHeaders() * ProgramHeader64.SIZE);
        byte[] table;
        try {
            table = reader.readFully(header.programHeaderOffset(), bytes);
        } catch (ErrnoException e) {
            throw refusal.exception();
        }
        MemorySegment memory = MemorySegment.ofArray(table);
        List<ProgramHeader64> segments = new ArrayList<>(header.programHeaders());
        for (long at = 0; at < bytes; at += ProgramHeader64.SIZE) {
            segments.add(ProgramHeader64.readFrom(memory, at));
        }
        return List.copyOf(segments);
    }
}
