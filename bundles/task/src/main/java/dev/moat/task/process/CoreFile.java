package dev.moat.task.process;

import dev.moat.abi.ElfConstants;
import dev.moat.abi.MemoryFlags;
import dev.moat.abi.SeekWhence;
import dev.moat.abi.VmFlags;
import dev.moat.api.mm.KernelBuffer;
import dev.moat.api.mm.VmaInfo;
import dev.moat.api.vfs.FileDescription;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes the memory of a process as an ELF file, with its notes. Source: fs/binfmt_elf.c
 * elf_core_dump, fs/coredump.c vma_dump_size.
 */
final class CoreFile {
    // Bits of coredump_filter.
    private static final int ANONYMOUS_PRIVATE = 1;
    private static final int ANONYMOUS_SHARED = 2;
    private static final int FILE_PRIVATE = 4;
    private static final int FILE_SHARED = 8;
    private static final int ELF_HEADERS = 16;
    private static final int HUGE_PRIVATE = 32;
    private static final int HUGE_SHARED = 64;

    private static final int PAGE_BYTES = 4096;
    private static final int CHUNK_BYTES = 1 << 16;
    private static final int HEADER_BYTES = 64;
    private static final int SEGMENT_BYTES = 56;

    /** More segments than the header can count: PN_XNUM. */
    private static final int MOST_SEGMENTS = 0xffff - 1;

    private final GuestTask task;
    private final FileDescription file;
    private final long limitBytes;
    private final byte[] chunk = new byte[CHUNK_BYTES];
    private long position;

    CoreFile(GuestTask task, FileDescription file, long limitBytes) {
        this.task = task;
        this.file = file;
        this.limitBytes = limitBytes;
    }

    /** One area and how many of its bytes are in the file. */
    private record Segment(VmaInfo area, long fileBytes) {}

    void write(List<VmaInfo> areas, byte[] notes) {
        List<Segment> segments = new ArrayList<>();
        for (VmaInfo area : areas) {
            if (segments.size() < MOST_SEGMENTS) {
                segments.add(new Segment(area, dumpedBytes(area)));
            }
        }
        long notesAt = HEADER_BYTES + (segments.size() + 1L) * SEGMENT_BYTES;
        long dataAt = notesAt + notes.length + PAGE_BYTES - 1 & -PAGE_BYTES;
        ByteBuffer head = ByteBuffer.allocate((int) dataAt).order(ByteOrder.LITTLE_ENDIAN);
        header(head, segments.size() + 1);
        segment(head, ElfConstants.PT_NOTE, 0, notesAt, 0, notes.length, 0, 4);
        long at = dataAt;
        for (Segment each : segments) {
            VmaInfo area = each.area;
            segment(
                    head,
                    ElfConstants.PT_LOAD,
                    flags(area.prot()),
                    at,
                    area.start(),
                    each.fileBytes,
                    area.end() - area.start(),
                    PAGE_BYTES);
            at += each.fileBytes;
        }
        head.put(notes);
        boolean room = put(MemorySegment.ofArray(head.array()), head.capacity());
        for (Segment each : segments) {
            room = room && data(each);
        }
        if (room) {
            // Holes at the end count, too.
            file.truncate(task, position);
        }
    }

    private static void header(ByteBuffer head, int count) {
        head.putInt(0x464c457f).put((byte) 2).put((byte) 1).put((byte) 1);
        head.position(16);
        head.putShort((short) ElfConstants.ET_CORE).putShort((short) 62).putInt(1);
        head.putLong(0).putLong(HEADER_BYTES).putLong(0).putInt(0);
        head.putShort((short) HEADER_BYTES).putShort((short) SEGMENT_BYTES);
        head.putShort((short) count).putShort((short) 0).putShort((short) 0).putShort((short) 0);
    }

    private static void segment(
            ByteBuffer head,
            int type,
            int flags,
            long offset,
            long address,
            long fileBytes,
            long memoryBytes,
            long align) {
        head.putInt(type).putInt(flags).putLong(offset).putLong(address).putLong(0);
        head.putLong(fileBytes).putLong(memoryBytes).putLong(align);
    }

    /** PROT_* to PF_*: read is 4 there, and execute 1. */
    private static int flags(int prot) {
        return ((prot & MemoryFlags.PROT_READ) != 0 ? 4 : 0)
                | ((prot & MemoryFlags.PROT_WRITE) != 0 ? 2 : 0)
                | ((prot & MemoryFlags.PROT_EXEC) != 0 ? 1 : 0);
    }

    private long dumpedBytes(VmaInfo area) {
        int filter = task.group().coreFilter();
        long all = area.end() - area.start();
        boolean ofFile = area.inode().inode() != 0;
        if (area.name().equals("[vdso]")) {
            return all;
        }
        if (!area.dumped() || area.name().equals("[vvar]")) {
            return 0;
        }
        if ((area.kernelFlags() & VmFlags.VM_HUGETLB) != 0) {
            boolean shared = (area.flags() & MemoryFlags.MAP_SHARED) != 0;
            return (filter & (shared ? HUGE_SHARED : HUGE_PRIVATE)) != 0 ? all : 0;
        }
        if ((area.flags() & MemoryFlags.MAP_SHARED) != 0) {
            boolean nameless = !ofFile || area.name().endsWith(" (deleted)");
            return (filter & (nameless ? ANONYMOUS_SHARED : FILE_SHARED)) != 0 ? all : 0;
        }
        boolean written = !ofFile || area.pages().anonymousBytes() > 0;
        if (written && (filter & ANONYMOUS_PRIVATE) != 0
                || ofFile && (filter & FILE_PRIVATE) != 0) {
            return all;
        }
        boolean head = ofFile && area.offset() == 0 && (area.prot() & MemoryFlags.PROT_READ) != 0;
        return head && (filter & ELF_HEADERS) != 0 && isElf(area.start()) ? PAGE_BYTES : 0;
    }

    private boolean isElf(long address) {
        byte[] magic = new byte[4];
        long got = task.user().peek(address, MemorySegment.ofArray(magic), 0, magic.length);
        return got == magic.length
                && magic[0] == 0x7f
                && magic[1] == 'E'
                && magic[2] == 'L'
                && magic[3] == 'F';
    }

    /** Writes an area; pages that nobody has touched are holes. */
    private boolean data(Segment segment) {
        VmaInfo area = segment.area;
        boolean ofFile = area.inode().inode() != 0;
        long end = area.start() + segment.fileBytes;
        long base = position - area.start();
        long at = area.start();
        MemorySegment memory = MemorySegment.ofArray(chunk);
        while (at < end && !task.signals().isKilled()) {
            long next = ofFile ? at : task.user().nextResident(at, end);
            if (next >= end) {
                break;
            }
            long step = Math.min(end, (next & -CHUNK_BYTES) + CHUNK_BYTES) - next;
            if (!ofFile) {
                // As far as it goes without taking memory.
                step = Math.min(step, PAGE_BYTES - (next & PAGE_BYTES - 1));
            }
            long got = task.user().peek(next, memory, 0, step);
            position = base + next;
            if (got > 0 && !put(memory, got)) {
                return false;
            }
            at = next + Math.max(got, Math.min(step, PAGE_BYTES - (next & PAGE_BYTES - 1)));
        }
        position = base + end;
        return !task.signals().isKilled();
    }

    /** Writes at the position; false if the limit or the file system says no. */
    private boolean put(MemorySegment memory, long bytes) {
        if (position + bytes > limitBytes) {
            return false;
        }
        file.seek(task, position, SeekWhence.SEEK_SET);
        long done = 0;
        while (done < bytes) {
            KernelBuffer buffer = new KernelBuffer(memory.asSlice(done, bytes - done));
            long written = file.write(task, buffer);
            if (written <= 0) {
                return false;
            }
            done += written;
        }
        position += bytes;
        return true;
    }
}
