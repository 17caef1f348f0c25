package dev.moat.loader;

import static dev.moat.abi.ElfConstants.ET_DYN;
import static dev.moat.abi.ElfConstants.PF_X;
import static dev.moat.abi.ElfConstants.PT_GNU_STACK;
import static dev.moat.abi.ElfConstants.PT_INTERP;
import static dev.moat.abi.ElfConstants.PT_LOAD;

import dev.moat.abi.ElfHeader64;
import dev.moat.abi.ProgramHeader64;
import java.util.List;
import java.util.Optional;

/**
 * An ELF file whose header and program headers were read and checked. Addresses of segments are
 * still the file's own words: {@link SegmentMapper} checks them where it uses them, as Linux does.
 */
record ElfFile(ElfHeader64 header, List<ProgramHeader64> segments) {
    /** Whether it can be mapped at any address. */
    boolean isPositionIndependent() {
        return header.type() == ET_DYN;
    }

    List<ProgramHeader64> loadSegments() {
        return segments.stream().filter(segment -> segment.type() == PT_LOAD).toList();
    }

    /** The first PT_INTERP, as Linux takes it. */
    Optional<ProgramHeader64> interpreter() {
        return first(PT_INTERP);
    }

    /** The last PT_GNU_STACK decides; without one a 64-bit program's stack is not executable. */
    boolean wantsExecutableStack() {
        return segments.stream()
                .filter(segment -> segment.type() == PT_GNU_STACK)
                .reduce((earlier, later) -> later)
                .map(segment -> (segment.flags() & PF_X) != 0)
                .orElse(false);
    }

    /** Address of the program headers in the image, before the bias: AT_PHDR. */
    long programHeaderAddress() {
        long offset = header.programHeaderOffset();
        long address = 0;
        for (ProgramHeader64 segment : loadSegments()) {
            if (segment.fileOffset() <= offset
                    && offset < segment.fileOffset() + segment.fileSizeBytes()) {
                address = offset - segment.fileOffset() + segment.virtualAddress();
            }
        }
        return address;
    }

    private Optional<ProgramHeader64> first(int type) {
        return segments.stream().filter(segment -> segment.type() == type).findFirst();
    }
}
