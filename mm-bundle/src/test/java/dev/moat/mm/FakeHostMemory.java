package dev.moat.mm;

import dev.moat.abi.MemoryFlags;
import dev.moat.api.host.HostMemory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** One memory file in a sparse temporary file. */
final class FakeHostMemory implements HostMemory, HostPages, AutoCloseable {
    private static final MemorySegment ZEROS = MemorySegment.ofArray(new byte[4096]);

    private final Arena arena = Arena.ofShared();
    private final FileChannel channel;
    private MemorySegment first = MemorySegment.NULL;

    /** Number of {@link #punchHole} calls. */
    int punched;

    /** Whether files get huge pages. */
    boolean hugePages;

    /** Ranges that MADV_HUGEPAGE was given for. */
    final List<MemorySegment> hugeRanges = new ArrayList<>();

    /** Number of {@link #write} calls. */
    int writes;

    FakeHostMemory() {
        try {
            Path path = Files.createTempFile("moat-mm", ".mem");
            channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
            Files.delete(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public long pageSizeBytes() {
        return 4096;
    }

    @Override
    public int createMemoryFile(String name) {
        return 3;
    }

    @Override
    public int createHugeMemoryFile(String name) {
        return hugePages ? 3 : -95;
    }

    @Override
    public int addSeals(int fd, int seals) {
        return 0;
    }

    @Override
    public MemorySegment map(int fd, long offset, long lengthBytes, int prot) {
        try {
            MemorySegment view =
                    channel.map(FileChannel.MapMode.READ_WRITE, offset, lengthBytes, arena);
            if (offset == 0) {
                first = view;
            }
            return view;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public MemorySegment mapAnonymous(long lengthBytes) {
        return arena.allocate(lengthBytes);
    }

    @Override
    public int unmap(MemorySegment mapping) {
        return 0;
    }

    @Override
    public int protect(MemorySegment range, int prot) {
        return 0;
    }

    @Override
    public int advise(MemorySegment range, int advice) {
        if (advice == MemoryFlags.MADV_HUGEPAGE) {
            hugeRanges.add(range);
        }
        return 0;
    }

    @Override
    public int resize(int fd, long sizeBytes) {
        return 0;
    }

    @Override
    public int punchHole(int fd, long offset, long lengthBytes) {
        punched++;
        first.asSlice(offset, lengthBytes).fill((byte) 0);
        return 0;
    }

    @Override
    public long write(int fd, MemorySegment source, long offset) {
        writes++;
        MemorySegment.copy(source, 0, first, offset, source.byteSize());
        return source.byteSize();
    }

    @Override
    public void close(int fd) {}

    @Override
    public long allocatedBytes(int fd) {
        return 0;
    }

    @Override
    public int residency(MemorySegment range, byte[] vector) {
        // Touched means not all zero, for the tests' purposes.
        for (long page = 0; page < range.byteSize() / 4096; page++) {
            long mismatch = range.asSlice(page * 4096, 4096).mismatch(ZEROS);
            vector[(int) page] = (byte) (mismatch >= 0 ? 1 : 0);
        }
        return 0;
    }

    @Override
    public void close() {
        arena.close();
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
