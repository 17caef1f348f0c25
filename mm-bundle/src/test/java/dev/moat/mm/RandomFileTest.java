package dev.moat.mm;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.moat.api.mm.FilePager;
import dev.moat.api.mm.FilePages;
import dev.moat.api.mm.KernelBuffer;
import dev.moat.api.mm.MemoryManager.FaultResult;
import dev.moat.api.mm.PageQuota;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random reads, writes, mappings and truncations of one file against an array. */
class RandomFileTest {
    private static final int PAGE = 4096;
    private static final int MAX = 200 * PAGE;

    private final FakeHostMemory host = new FakeHostMemory();
    private final FakeTrimSchedule trims = new FakeTrimSchedule();
    private final KernelMemory sandbox =
            new KernelMemory(host, host, trims, "test", Long.MAX_VALUE);

    @AfterEach
    void close() {
        sandbox.close();
        host.close();
    }

    private static final class CountingQuota implements PageQuota {
        long pages;

        @Override
        public boolean charge(long more) {
            pages += more;
            return true;
        }

        @Override
        public void uncharge(long less) {
            pages -= less;
        }
    }

    /** What is behind the file: an array that somebody fills with a pattern. */
    private static final class ArrayPager implements FilePager {
        byte[] content = new byte[MAX + PAGE];

        @Override
        public void fill(long fileOffset, MemorySegment target) {
            MemorySegment.copy(
                    content, (int) fileOffset, target, JAVA_BYTE, 0, (int) target.byteSize());
        }

        @Override
        public void clean(long fileOffset, MemorySegment source) {
            MemorySegment.copy(
                    source, JAVA_BYTE, 0, content, (int) fileOffset, (int) source.byteSize());
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void memoryFile_matchesArray(long seed) {
        CountingQuota quota = new CountingQuota();
        FilePages file = sandbox.newFilePages(quota);
        new Run(file, new byte[MAX + PAGE], 0, new Random(seed)).go(1500);
        assertEquals(file.allocatedBytes(), quota.pages * PAGE);
        file.close();
        assertEquals(0, quota.pages);
        assertEquals(0, sandbox.usedBytes());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void fileWithPager_matchesArray(long seed) {
        Random random = new Random(seed);
        ArrayPager pager = new ArrayPager();
        int size = random.nextInt(MAX);
        for (int i = 0; i < size; i++) {
            pager.content[i] = (byte) random.nextInt();
        }
        byte[] model = pager.content.clone();
        FilePages file = sandbox.newFilePages(pager, size);
        Run run = new Run(file, model, size, random);
        run.behind = pager.content;
        run.go(1000);
        file.writeBack(0, MAX);
        assertArrayEquals(Arrays.copyOf(model, run.size), Arrays.copyOf(pager.content, run.size));
        file.drop(0, MAX);
        run.checkAll();
        file.close();
        assertEquals(0, sandbox.usedBytes());
    }

    private final class Run {
        private final FilePages file;
        private final byte[] model;
        private final Random random;
        private final Guest guest = Guest.start(sandbox);
        private final long mapped;
        private int size;

        /** What is behind the file changes with it, as its file system sees to. */
        private byte[] behind = new byte[MAX + PAGE];

        Run(FilePages file, byte[] model, int size, Random random) {
            this.file = file;
            this.model = model;
            this.size = size;
            this.random = random;
            this.mapped = guest.mmapFile(MAX, 3, 1, file, 0);
        }

        void go(int steps) {
            for (int step = 0; step < steps; step++) {
                int at = random.nextInt(MAX);
                int length =
                        Math.min(
                                MAX - at,
                                1 + random.nextInt(random.nextInt(5) == 0 ? 60_000 : 300));
                switch (random.nextInt(12)) {
                    case 0, 1, 2 -> write(at, length, false);
                    case 3 -> write(at, length, true);
                    case 4 -> truncate(random.nextInt(4) == 0 ? at : Math.min(MAX, size + length));
                    case 5 -> punch(at, length);
                    case 6, 7 -> storeThroughMapping(at);
                    case 8 -> loadThroughMapping(at);
                    default -> read(at, length);
                }
                assertEquals(size, file.sizeBytes());
            }
            checkAll();
            guest.memory.release();
        }

        private void write(int at, int length, boolean fromGuest) {
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            if (fromGuest) {
                long buffer = guest.mmap(0, length, 3, Guest.PRIVATE);
                guest.memory.user().copyOut(buffer, bytes);
                assertEquals(length, file.write(at, guest.memory.user().buffer(buffer, length)));
                guest.memory.unmap(buffer, length);
            } else {
                assertEquals(length, file.write(at, KernelBuffer.of(bytes)));
            }
            System.arraycopy(bytes, 0, model, at, length);
            size = Math.max(size, at + length);
        }

        private void truncate(int newSize) {
            if (newSize < size) {
                Arrays.fill(behind, newSize, behind.length, (byte) 0);
            }
            file.truncate(newSize);
            if (newSize < size) {
                Arrays.fill(model, newSize, model.length, (byte) 0);
            }
            size = newSize;
        }

        private void punch(int at, int length) {
            Arrays.fill(behind, at, at + length, (byte) 0);
            file.punch(at, length);
            Arrays.fill(model, at, at + length, (byte) 0);
        }

        private void storeThroughMapping(int at) {
            int aligned = Math.min(at & -8, MAX - 8);
            if ((aligned & -PAGE) < size && aligned + 8 <= size) {
                guest.store(mapped + aligned, 0x0102030405060708L);
                for (int i = 0; i < 8; i++) {
                    model[aligned + i] = (byte) (8 - i);
                }
            }
        }

        private void loadThroughMapping(int at) {
            int page = at & -PAGE;
            if (page >= size) {
                assertEquals(FaultResult.BUS_ERROR, guest.tryLoad(mapped + page));
            } else {
                assertEquals(FaultResult.RESOLVED, guest.tryLoad(mapped + page));
                assertEquals(model[page], guest.memory.user().readByte(mapped + page));
            }
        }

        private void read(int at, int length) {
            int expected = Math.clamp(size - at, 0, length);
            byte[] bytes = new byte[length];
            if (random.nextBoolean()) {
                long buffer = guest.mmap(0, length, 3, Guest.PRIVATE);
                assertEquals(expected, file.read(at, guest.memory.user().buffer(buffer, length)));
                bytes = guest.memory.user().copyIn(buffer, length);
                guest.memory.unmap(buffer, length);
            } else {
                assertEquals(expected, file.read(at, KernelBuffer.of(bytes)));
            }
            assertArrayEquals(
                    Arrays.copyOfRange(model, at, at + expected), Arrays.copyOf(bytes, expected));
        }

        private void checkAll() {
            byte[] bytes = new byte[size];
            assertEquals(size, file.read(0, KernelBuffer.of(bytes)));
            assertArrayEquals(Arrays.copyOf(model, size), bytes);
        }
    }
}
