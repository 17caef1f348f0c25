package dev.moat.swap.checkpoint;

import dev.moat.api.host.HostFiles;
import dev.moat.api.mm.MemoryFile;
import dev.moat.api.swap.CheckpointService.Progress;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * The pages of a memory file as runs: those that are referred to, were touched and hold something.
 */
final class MemoryPages {
    static final int PAGE_BYTES = 4096;

    /** Pages that are written or read at once. */
    private static final int STEP_BYTES = 1 << 18;

    /** How often progress is told. */
    private static final long TELL_BYTES = 1 << 25;

    private static final long END = -1;

    /** lseek(2): {@code SEEK_DATA} and {@code SEEK_HOLE}, which never fault a page in. */
    private static final int SEEK_DATA = 3;

    private static final int SEEK_HOLE = 4;

    private static final MemorySegment ZEROS = MemorySegment.ofArray(new byte[PAGE_BYTES]);

    private final HostFiles host;
    private final MemoryFile memory;
    private final Progress progress;
    private final byte[] buffer = new byte[STEP_BYTES];
    private long done;
    private long told;

    MemoryPages(HostFiles host, MemoryFile memory, Progress progress) {
        this.host = host;
        this.memory = memory;
        this.progress = progress;
    }

    /** Writes all runs; gives how many bytes of pages they hold. */
    long write(OutputStream out) throws IOException {
        long total = memory.usedBytes();
        for (long[] range : usedRanges()) {
            long at = range[0];
            while (at < range[1]) {
                long start = Math.max(at, seek(at, SEEK_DATA, range[1]));
                if (start >= range[1]) {
                    break;
                }
                long end = Math.min(range[1], seek(start, SEEK_HOLE, range[1]));
                writeData(out, start, end, total);
                at = end;
            }
        }
        writeHead(out, END, 0);
        return done;
    }

    /**
     * Reads runs into the memory file; gives how many bytes of pages there were.
     *
     * @throws CheckpointException there are pages that the memory file has no place for
     */
    long read(InputStream in) throws IOException {
        long total = memory.usedBytes();
        long last = 0;
        byte[] head = new byte[Long.BYTES];
        for (long offset = readLong(in, head); offset != END; offset = readLong(in, head)) {
            readFully(in, head, Integer.BYTES);
            long length =
                    Integer.toUnsignedLong(
                                    ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).getInt())
                            * PAGE_BYTES;
            if (offset < last || offset % PAGE_BYTES != 0 || length == 0) {
                throw new CheckpointException(
                        Section.MEMORY + " is damaged: pages are not in order");
            }
            last = offset + length;
            readData(in, offset, length, total);
        }
        return done;
    }

    private void writeData(OutputStream out, long start, long end, long total) throws IOException {
        long at = start;
        while (at < end) {
            while (at < end && isZero(at)) {
                at += PAGE_BYTES;
            }
            long runEnd = at;
            while (runEnd < end && !isZero(runEnd)) {
                runEnd += PAGE_BYTES;
            }
            if (runEnd > at) {
                writeRun(out, at, runEnd, total);
            }
            at = runEnd;
        }
    }

    private void writeRun(OutputStream out, long start, long end, long total) throws IOException {
        writeHead(out, start, (int) ((end - start) / PAGE_BYTES));
        for (long at = start; at < end; at += STEP_BYTES) {
            int length = (int) Math.min(STEP_BYTES, end - at);
            MemorySegment.copy(
                    memory.segment(at, length), ValueLayout.JAVA_BYTE, 0, buffer, 0, length);
            out.write(buffer, 0, length);
            tell("writing memory", length, total);
        }
    }

    private void readData(InputStream in, long offset, long length, long total) throws IOException {
        for (long at = 0; at < length; at += STEP_BYTES) {
            int step = (int) Math.min(STEP_BYTES, length - at);
            readFully(in, buffer, step);
            try {
                MemorySegment.copy(
                        buffer,
                        0,
                        memory.segment(offset + at, step),
                        ValueLayout.JAVA_BYTE,
                        0,
                        step);
            } catch (IndexOutOfBoundsException e) {
                throw new CheckpointException(
                        Section.MEMORY + " is damaged: a page lies outside the memory", e);
            }
            tell("reading memory", step, total);
        }
    }

    /** Start and end of what somebody refers to, ascending. */
    private List<long[]> usedRanges() {
        List<long[]> ranges = new ArrayList<>();
        memory.visitUsed((start, end) -> ranges.add(new long[] {start, end}));
        return ranges;
    }

    private boolean isZero(long offset) {
        return memory.segment(offset, PAGE_BYTES).mismatch(ZEROS) < 0;
    }

    /** Where data or a hole begins; {@code end} if there is none. */
    private long seek(long offset, int what, long end) {
        long found = host.lseek(memory.hostFd(), offset, what);
        return found < 0 ? end : found;
    }

    private void tell(String phase, long bytes, long total) {
        done += bytes;
        if (done - told >= TELL_BYTES) {
            told = done;
            progress.at(phase, done, Math.max(done, total));
        }
    }

    private static void writeHead(OutputStream out, long offset, int pages) throws IOException {
        ByteBuffer head =
                ByteBuffer.allocate(Long.BYTES + Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        head.putLong(offset);
        if (offset != END) {
            head.putInt(pages);
        }
        out.write(head.array(), 0, head.position());
    }

    private static long readLong(InputStream in, byte[] head) throws IOException {
        readFully(in, head, Long.BYTES);
        return ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }

    private static void readFully(InputStream in, byte[] target, int length) throws IOException {
        if (in.readNBytes(target, 0, length) < length) {
            throw new CheckpointException(Section.MEMORY + " is damaged: pages are missing");
        }
    }
}
