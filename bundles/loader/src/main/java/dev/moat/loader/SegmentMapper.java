package dev.moat.loader;

import static dev.moat.abi.ElfConstants.PF_R;
import static dev.moat.abi.ElfConstants.PF_W;
import static dev.moat.abi.ElfConstants.PF_X;
import static dev.moat.abi.MemoryFlags.MAP_ANONYMOUS;
import static dev.moat.abi.MemoryFlags.MAP_FIXED;
import static dev.moat.abi.MemoryFlags.MAP_FIXED_NOREPLACE;
import static dev.moat.abi.MemoryFlags.MAP_PRIVATE;
import static dev.moat.abi.MemoryFlags.PAGE_SIZE;
import static dev.moat.abi.MemoryFlags.PROT_EXEC;
import static dev.moat.abi.MemoryFlags.PROT_NONE;
import static dev.moat.abi.MemoryFlags.PROT_READ;
import static dev.moat.abi.MemoryFlags.PROT_WRITE;

import dev.moat.abi.Errno;
import dev.moat.abi.ProgramHeader64;
import dev.moat.api.mm.MapRequest;
import dev.moat.api.mm.Mappable;
import dev.moat.api.mm.MemoryManager;
import java.util.List;
import java.util.Optional;

/**
 * Maps the PT_LOAD segments of one ELF file: private file mappings, zeroed tails, anonymous memory
 * for what the file does not cover. Source: load_elf_binary(), elf_load(), elf_map() of
 * fs/binfmt_elf.c.
 */
final class SegmentMapper {
    private static final int ALL_RIGHTS = PROT_READ | PROT_WRITE | PROT_EXEC;

    private final MemoryManager target;
    private final Mappable file;
    private final String name;
    private final MapRequest.FileIdentity inode;

    /** First address behind what guests may map. */
    private final long limit;

    /**
     * @param name for /proc/pid/maps, of a file without a place
     */
    SegmentMapper(
            MemoryManager target,
            Mappable file,
            String name,
            MapRequest.FileIdentity inode,
            long limit) {
        this.target = target;
        this.file = file;
        this.name = name;
        this.inode = inode;
        this.limit = limit;
    }

    /**
     * Maps a file at {@code base}.
     *
     * @param base where the lowest page of a position independent file goes; ignored for others
     * @throws dev.moat.abi.ErrnoException EINVAL for impossible segments, ENOMEM, EEXIST (a fixed
     *     address is taken)
     */
    MappedElf mapAt(ElfFile elf, long base) {
        List<ProgramHeader64> segments = checked(elf);
        if (!elf.isPositionIndependent()) {
            return map(elf, segments, 0);
        }
        long lowest = Pages.down(segments.getFirst().virtualAddress());
        return map(elf, segments, alignDown(base, maxAlign(segments)) - lowest);
    }

    /** Maps a file where the address space has room; a file with fixed addresses at these. */
    MappedElf mapAnywhere(ElfFile elf) {
        List<ProgramHeader64> segments = checked(elf);
        if (!elf.isPositionIndependent()) {
            return map(elf, segments, 0);
        }
        long lowest = Pages.down(segments.getFirst().virtualAddress());
        long align = maxAlign(segments);
        long room = Pages.up(end(segments)) - lowest + align - PAGE_SIZE;
        // Nobody else maps in this space yet: a place that is free now is free when it is mapped.
        long found =
                target.map(
                        MapRequest.anonymous(0, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, ""));
        target.unmap(found, room);
        return map(elf, segments, alignDown(found + align - 1, align) - lowest);
    }

    /**
     * Segments that {@link #map} can compute with: nothing overflows, everything lies below the
     * limit.
     */
    private List<ProgramHeader64> checked(ElfFile elf) {
        List<ProgramHeader64> segments = elf.loadSegments();
        if (segments.isEmpty()) {
            // Linux maps nothing and lets a fixed-address program die at its first instruction.
            throw Errno.EINVAL.exception();
        }
        for (ProgramHeader64 segment : segments) {
            long size = segment.memorySizeBytes();
            boolean ok =
                    segment.fileSizeBytes() >= 0
                            && segment.fileSizeBytes() <= size
                            && size <= limit
                            && segment.virtualAddress() >= 0
                            && segment.virtualAddress() <= limit - size
                            && segment.fileOffset() >= 0;
            if (!ok) {
                throw Errno.EINVAL.exception();
            }
        }
        return segments;
    }

    private MappedElf map(ElfFile elf, List<ProgramHeader64> segments, long bias) {
        long codeStart = Long.MAX_VALUE;
        long codeEnd = 0;
        long dataStart = 0;
        long dataEnd = 0;
        boolean first = true;
        for (ProgramHeader64 segment : segments) {
            long address = segment.virtualAddress() + bias;
            if (address < 0 || address > limit - segment.memorySizeBytes()) {
                throw Errno.EINVAL.exception();
            }
            mapSegment(segment, address, first ? MAP_FIXED_NOREPLACE : MAP_FIXED);
            first = false;
            long fileEnd = address + segment.fileSizeBytes();
            if ((segment.flags() & PF_X) != 0) {
                codeStart = Math.min(codeStart, address);
                codeEnd = Math.max(codeEnd, fileEnd);
            }
            dataStart = Math.max(dataStart, address);
            dataEnd = Math.max(dataEnd, fileEnd);
        }
        long entry = elf.header().entry() + bias;
        if (entry < 0 || entry >= limit) {
            throw Errno.EINVAL.exception();
        }
        return new MappedElf(
                bias,
                Pages.down(segments.getFirst().virtualAddress()) + bias,
                entry,
                elf.programHeaderAddress() + bias,
                codeStart == Long.MAX_VALUE ? 0 : codeStart,
                codeEnd,
                dataStart,
                dataEnd,
                end(segments) + bias);
    }

    private void mapSegment(ProgramHeader64 segment, long address, int fixed) {
        int prot = protection(segment.flags());
        long start = Pages.down(address);
        long zeroStart = address + segment.fileSizeBytes();
        long zeroEnd = address + segment.memorySizeBytes();
        long anonymousStart = start;
        if (segment.fileSizeBytes() > 0) {
            mapFile(segment, address, prot, fixed);
            anonymousStart = Pages.up(zeroStart);
            if (zeroEnd > zeroStart && (prot & PROT_WRITE) != 0) {
                target.user().clear(zeroStart, anonymousStart - zeroStart);
            }
        }
        long anonymousEnd = Pages.up(zeroEnd);
        if (anonymousEnd > anonymousStart) {
            target.map(
                    MapRequest.anonymous(
                            anonymousStart,
                            anonymousEnd - anonymousStart,
                            prot,
                            MAP_PRIVATE | MAP_ANONYMOUS | fixed,
                            ""));
        }
    }

    private void mapFile(ProgramHeader64 segment, long address, int prot, int fixed) {
        long offset = segment.fileOffset() - Pages.offset(address);
        if (offset < 0 || Pages.offset(offset) != 0) {
            throw Errno.EINVAL.exception();
        }
        target.map(
                new MapRequest(
                        Pages.down(address),
                        segment.fileSizeBytes() + Pages.offset(address),
                        prot,
                        ALL_RIGHTS,
                        MAP_PRIVATE | fixed,
                        Optional.of(file),
                        offset,
                        name,
                        inode));
    }

    private static long end(List<ProgramHeader64> segments) {
        long end = 0;
        for (ProgramHeader64 segment : segments) {
            end = Math.max(end, segment.virtualAddress() + segment.memorySizeBytes());
        }
        return end;
    }

    /** The largest alignment that is a power of two, at least a page: maximum_alignment(). */
    private long maxAlign(List<ProgramHeader64> segments) {
        long align = PAGE_SIZE;
        for (ProgramHeader64 segment : segments) {
            if (Long.bitCount(segment.align()) == 1
                    && segment.align() > align
                    && segment.align() < limit) {
                align = segment.align();
            }
        }
        return align;
    }

    private static long alignDown(long address, long align) {
        return address & -align;
    }

    private static int protection(int flags) {
        return ((flags & PF_R) != 0 ? PROT_READ : 0)
                | ((flags & PF_W) != 0 ? PROT_WRITE : 0)
                | ((flags & PF_X) != 0 ? PROT_EXEC : 0);
    }
}
