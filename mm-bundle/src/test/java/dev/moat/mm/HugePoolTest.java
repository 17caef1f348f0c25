package dev.moat.mm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.api.mm.HugeFilePages;
import dev.moat.api.mm.HugePagePool;
import dev.moat.api.mm.HugePagePool.Counts;
import dev.moat.api.mm.HugePageShare;
import dev.moat.api.mm.MapRequest;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HugePoolTest {
    private static final long HUGE = HugePages.BYTES;
    private static final int PRIVATE = 0x02;
    private static final long MEGABYTE = 1 << 20;

    private final FakeHostMemory host = new FakeHostMemory();
    private final FakeTrimSchedule trims = new FakeTrimSchedule();
    private final KernelMemory sandbox =
            new KernelMemory(host, host, trims, "test", 256 * MEGABYTE);
    private final HugePagePool pool = sandbox.hugePages();

    @AfterEach
    void close() {
        sandbox.close();
        host.close();
    }

    private static void assertErrno(Errno errno, org.junit.jupiter.api.function.Executable action) {
        assertEquals(errno, assertThrows(ErrnoException.class, action).errno());
    }

    @Test
    void pool_isNotLargerThanTheLimit() {
        pool.setPersistent(1_000_000);
        assertEquals(120, pool.counts().total());
        assertEquals(120 * HUGE, sandbox.usedBytes());
        pool.setOvercommit(1_000_000);
        HugePageShare whole = pool.wholePool();
        HugeFilePages file = pool.newFile(whole);
        file.reserve(0, 120 * HUGE);
        assertErrno(Errno.ENOSPC, () -> file.reserve(120 * HUGE, HUGE));
        file.close();
        pool.setPersistent(0);
        assertEquals(new Counts(0, 0, 0, 0), pool.counts());
        assertEquals(0, sandbox.usedBytes());
    }

    /** What a file loses of a share that keeps pages is promised, so it is charged still. */
    @Test
    void surplusPageThatIsPromised_stays() {
        pool.setOvercommit(1000);
        HugePageShare share = pool.newShare(HugePagePool.UNLIMITED, 80);
        HugeFilePages file = pool.newFile(share);
        file.reserve(0, 80 * HUGE);
        file.truncate(80 * HUGE);
        file.truncate(0);
        assertEquals(new Counts(80, 80, 80, 80), pool.counts());
        file.reserve(0, 80 * HUGE);
        HugeFilePages other = pool.newFile(pool.wholePool());
        assertErrno(Errno.ENOSPC, () -> other.reserve(0, 80 * HUGE));
        assertEquals(new Counts(120, 0, 0, 120), pool.counts());
        assertEquals(120 * HUGE, sandbox.usedBytes());
        other.close();
        file.close();
        assertEquals(new Counts(80, 80, 80, 80), pool.counts());
        share.close();
        assertEquals(new Counts(0, 0, 0, 0), pool.counts());
        assertEquals(0, sandbox.usedBytes());
    }

    @Test
    void file_doesNotShrinkByGrowing() {
        HugeFilePages file = pool.newFile(pool.wholePool());
        file.growTo(2 * HUGE);
        file.growTo(HUGE);
        assertEquals(2 * HUGE, file.sizeBytes());
        file.close();
    }

    @Test
    void hole_atTheEndOfNumbersIsPunched() {
        pool.setPersistent(1);
        HugeFilePages file = pool.newFile(pool.wholePool());
        long last = Long.MAX_VALUE - HUGE + 1;
        file.reserve(last + 4096, 4096);
        file.punch(last + 4096, 4096);
        file.punch(last, HUGE - 1);
        assertEquals(HUGE, file.allocatedBytes());
        file.close();
        assertEquals(new Counts(1, 1, 0, 0), pool.counts());
    }

    @Test
    void mappingBeforeTheFile_isRefused() {
        pool.setPersistent(2);
        Guest guest = Guest.start(sandbox);
        try (HugeFilePages file = pool.newFile(pool.wholePool())) {
            assertErrno(
                    Errno.EINVAL, () -> guest.mmapFile(HUGE, 3, Guest.SHARED & 0xf, file, -HUGE));
        }
        assertEquals(new Counts(2, 2, 0, 0), pool.counts());
    }

    /** Each cut within a huge page would make two mappings of one promise. */
    @Test
    void movedAreas_keepTheirPromise() {
        pool.setPersistent(2);
        Guest guest = Guest.start(sandbox);
        long huge = guest.mmap(0, 12 * HUGE, 0, Guest.PRIVATE) + 2 * HUGE & -HUGE;
        int fixed = 0x10;
        try (HugeFilePages file = pool.newFile(pool.wholePool())) {
            guest.memory.map(
                    new MapRequest(
                            huge,
                            HUGE,
                            3,
                            7,
                            PRIVATE | fixed,
                            Optional.of(file),
                            0,
                            "huge",
                            MapRequest.FileIdentity.NONE));
        }
        guest.mmap(huge - 4096, 4096, 3, Guest.PRIVATE | fixed);
        long target = huge + 4 * HUGE;
        assertErrno(
                Errno.EINVAL,
                () -> guest.memory.control().remap(huge - 4096, 8192, 8192, 3, target, true));
        assertEquals(new Counts(2, 2, 1, 0), pool.counts());
        guest.memory.unmap(huge, HUGE);
        guest.memory.unmap(target, 2 * HUGE);
        assertEquals(new Counts(2, 2, 0, 0), pool.counts());
    }
}
