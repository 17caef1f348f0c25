package dev.moat.mm;

import static dev.moat.abi.MemoryFlags.MADV_HUGEPAGE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.api.mm.FilePages;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.KernelBuffer;
import dev.moat.api.mm.MemoryManager.FaultResult;
import dev.moat.api.mm.PageQuota;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GuestMemoryTest {
    private static final long PAGE = 4096;

    private final FakeHostMemory host = new FakeHostMemory();
    private final FakeTrimSchedule trims = new FakeTrimSchedule();
    private final KernelMemory sandbox =
            new KernelMemory(host, host, trims, "test", Long.MAX_VALUE);

    @AfterEach
    void close() {
        sandbox.close();
        host.close();
    }

    private static void assertErrno(Errno errno, org.junit.jupiter.api.function.Executable action) {
        assertEquals(errno, assertThrows(ErrnoException.class, action).errno());
    }

    @Test
    void anonymousMemory_isZeroThenKeepsWhatIsWritten() {
        Guest guest = Guest.start(sandbox);
        long at = guest.mmap(0, 64 * PAGE, 3, Guest.PRIVATE);
        assertEquals(0, guest.load(at + 5000));
        guest.store(at + 5000, 42);
        assertEquals(42, guest.load(at + 5000));
        assertEquals(42, guest.memory.user().readLong(at + 5000));
        guest.memory.unmap(at, 64 * PAGE);
        assertEquals(FaultResult.NOT_MAPPED, guest.tryLoad(at));
        assertEquals(0, sandbox.usedBytes());
    }

    @Test
    void hugeMapping_countsOnlyWhatIsTouched() {
        Guest guest = Guest.start(sandbox);
        long at = guest.mmap(0, 10L << 30, 3, Guest.PRIVATE);
        guest.store(at + (5L << 30), 1);
        assertTrue(sandbox.usedBytes() <= 20 * PAGE);
    }

    @Test
    void sequentialFaults_growTheWindow() {
        Guest guest = Guest.start(sandbox);
        long at = guest.mmap(0, 64L << 20, 3, Guest.PRIVATE);
        for (long i = 0; i < 64L << 20; i += PAGE) {
            guest.store(at + i, i);
        }
        assertTrue(
                guest.memory.stats().minorFaults() < 60,
                "faults " + guest.memory.stats().minorFaults());
        assertEquals(64L << 20, sandbox.usedBytes(), 300_000);
    }

    @Test
    void advisedMemory_isOwnedByHugePages() {
        host.hugePages = true;
        KernelMemory huge = new KernelMemory(host, host, trims, "huge", 8 << 20);
        Guest guest = Guest.start(huge);
        long area = guest.mmap(0, 16L << 20, 3, Guest.PRIVATE);
        long at = (area + (2 << 20) - 1) & -(2L << 20);
        guest.store(at + PAGE, 1);
        assertEquals(0, host.hugeRanges.size(), "not advised");
        guest.memory.control().advise(area, 16L << 20, MADV_HUGEPAGE);
        guest.store(at + 9 * PAGE, 2);
        guest.store(at + (4 << 20) - PAGE, 3);
        assertEquals(1, host.hugeRanges.size(), "one in which nothing was owned yet");
        assertEquals(2 << 20, host.hugeRanges.getFirst().byteSize());
        long first = guest.platform().pages.get(at + (2 << 20)).memoryOffset();
        assertEquals(0, first % (2 << 20), "aligned as the address is");
        assertEquals(
                first + (2 << 20) - PAGE,
                guest.platform().pages.get(at + (4 << 20) - PAGE).memoryOffset());
        // what is left of the limit is owned page by page
        long owned = 0;
        while (guest.tryStore(at + (4 << 20) + owned) == FaultResult.RESOLVED) {
            guest.store(at + (4 << 20) + owned, 1);
            owned += PAGE;
        }
        assertEquals(8 << 20, huge.usedBytes(), 16 * PAGE);
        guest.memory.unmap(area, 16L << 20);
        assertEquals(0, huge.usedBytes());
        huge.close();
    }

    @Test
    void sequentialFaultsOfAdvisedMemory_comeToHugePages() {
        host.hugePages = true;
        KernelMemory huge = new KernelMemory(host, host, trims, "huge", 1L << 30);
        Guest guest = Guest.start(huge);
        long area = guest.mmap(0, (16L << 20) + PAGE, 3, Guest.PRIVATE);
        guest.memory.control().advise(area, (16L << 20) + PAGE, MADV_HUGEPAGE);
        for (long i = 0; i < 16L << 20; i += PAGE) {
            guest.store(area + i, i);
        }
        int whole = area % (2 << 20) == 0 ? 8 : 7;
        assertEquals(whole, host.hugeRanges.size());
        guest.memory.release();
        huge.close();
    }

    @Test
    void limit_isEnforced() {
        KernelMemory small = new KernelMemory(host, host, trims, "small", 1 << 20);
        Guest guest = Guest.start(small);
        long at = guest.mmap(0, 10 << 20, 3, Guest.PRIVATE);
        long i = 0;
        while (guest.tryStore(at + i) == FaultResult.RESOLVED) {
            guest.store(at + i, 1);
            i += PAGE;
        }
        assertEquals(FaultResult.OUT_OF_MEMORY, guest.tryStore(at + i));
        assertEquals(1 << 20, i, 8 * PAGE);
        guest.memory.release();
        assertEquals(0, small.usedBytes());
    }

    @Test
    void sparseUse_countsOnlyTouchedPagesUnderPressure() {
        KernelMemory small = new KernelMemory(host, host, trims, "small", 1 << 20);
        Guest guest = Guest.start(small);
        long at = guest.mmap(0, 1L << 30, 3, Guest.PRIVATE);
        for (int i = 0; i < 200; i++) {
            guest.store(at + i * (1L << 20), i + 1);
        }
        assertTrue(small.usedBytes() <= 1 << 20);
        for (int i = 0; i < 200; i++) {
            assertEquals(i + 1, guest.load(at + i * (1L << 20)));
        }
        guest.memory.release();
        assertEquals(0, small.usedBytes());
    }

    @Test
    void outOfMemory_asksTheListenerAndGoesOn() {
        KernelMemory small = new KernelMemory(host, host, trims, "small", 1 << 20);
        Guest victim = Guest.start(small);
        long hers = victim.mmap(0, 512 << 10, 3, Guest.PRIVATE);
        for (long i = 0; i < 512 << 10; i += PAGE) {
            victim.store(hers + i, 1);
        }
        small.setOutOfMemoryListener((bytes, _) -> {
            victim.memory.release();
            return true;
        });
        Guest guest = Guest.start(small);
        long at = guest.mmap(0, 1 << 20, 3, Guest.PRIVATE);
        for (long i = 0; i < 900 << 10; i += PAGE) {
            guest.store(at + i, i + 1);
        }
        assertEquals(900 << 10, small.usedBytes(), 20 * PAGE);
    }

    @Test
    void fork_copiesOnWriteBothWays() {
        Guest parent = Guest.start(sandbox);
        long at = parent.mmap(0, 300 * PAGE, 3, Guest.PRIVATE);
        for (int i = 0; i < 300; i++) {
            parent.store(at + i * PAGE, 1);
        }
        long before = sandbox.usedBytes();
        Guest child = parent.fork();
        assertEquals(before, sandbox.usedBytes(), 5 * PAGE);
        child.store(at, 2);
        child.memory.user().writeLong(at + 20 * PAGE, 3);
        parent.store(at + 299 * PAGE, 4);
        assertEquals(1, parent.load(at));
        assertEquals(1, parent.load(at + 20 * PAGE));
        assertEquals(3, child.load(at + 20 * PAGE));
        assertEquals(1, child.load(at + 299 * PAGE));
        child.memory.release();
        for (int i = 0; i < 300; i++) {
            parent.store(at + i * PAGE, 5);
        }
        parent.memory.release();
        assertEquals(0, sandbox.usedBytes());
    }

    @Test
    void fork_copiesAheadWhatFormerForksWrote() {
        Guest parent = Guest.start(sandbox);
        long at = parent.mmap(0, 300 * PAGE, 3, Guest.PRIVATE);
        for (int i = 0; i < 300; i++) {
            parent.store(at + i * PAGE, i + 1);
        }
        Guest first = parent.fork();
        first.store(at + 5 * PAGE, 1000);
        parent.store(at + 200 * PAGE, 2000);
        first.memory.release();
        parent.store(at + 5 * PAGE, 3000);

        Guest second = parent.fork();
        long parentFaults = parent.memory.stats().minorFaults();
        assertEquals(FaultResult.RESOLVED, second.tryStore(at + 5 * PAGE));
        assertEquals(FaultResult.RESOLVED, second.tryStore(at + 200 * PAGE));
        assertEquals(0, second.memory.stats().minorFaults(), "copied ahead");
        second.store(at + 5 * PAGE, 4000);
        parent.store(at + 5 * PAGE, 5000);
        parent.store(at + 200 * PAGE, 6000);
        assertEquals(parentFaults, parent.memory.stats().minorFaults(), "kept");
        assertEquals(4000, second.load(at + 5 * PAGE));
        assertEquals(2000, second.load(at + 200 * PAGE));
        assertEquals(5000, parent.load(at + 5 * PAGE));
        second.store(at + 100 * PAGE, 7000);
        assertEquals(1, second.memory.stats().minorFaults(), "not written after a fork before");
        assertEquals(101, parent.load(at + 100 * PAGE));

        // what a third process still has is not the parent's alone
        Guest third = second.fork();
        third.store(at + 5 * PAGE, 8000);
        assertEquals(4000, second.load(at + 5 * PAGE));
        assertEquals(301 - 1, third.load(at + 299 * PAGE));
        second.memory.release();
        third.memory.release();
        parent.memory.release();
        assertEquals(0, sandbox.usedBytes());
    }

    @Test
    void fork_copiesNothingAheadIfMemoryIsScarce() {
        KernelMemory small = new KernelMemory(host, host, trims, "small", 1 << 20);
        Guest parent = Guest.start(small);
        long at = parent.mmap(0, 240 * PAGE, 3, Guest.PRIVATE);
        for (int i = 0; i < 200; i++) {
            parent.store(at + i * PAGE, i + 1);
        }
        Guest first = parent.fork();
        first.store(at, 1000);
        first.memory.release();
        for (int i = 0; i < 235; i++) {
            parent.store(at + i * PAGE, i + 1);
        }
        long before = small.usedBytes();
        Guest second = parent.fork();
        assertEquals(before, small.usedBytes(), 8 * PAGE);
        second.store(at, 2000);
        assertEquals(1, parent.load(at));
        second.memory.release();
        parent.memory.release();
        assertEquals(0, small.usedBytes());
    }

    @Test
    void sharedAnonymous_isOneMemory() {
        Guest parent = Guest.start(sandbox);
        long at = parent.mmap(0, 4 * PAGE, 3, Guest.SHARED);
        Guest child = parent.fork();
        child.store(at, 7);
        assertEquals(7, parent.load(at));
        assertEquals(parent.memory.user().keyOf(at), child.memory.user().keyOf(at));
        child.memory.release();
        assertEquals(7, parent.load(at));
        parent.memory.release();
        assertEquals(0, sandbox.usedBytes());
    }

    @Test
    void mprotect_refusesAndAllows() {
        Guest guest = Guest.start(sandbox);
        long at = guest.mmap(0, 3 * PAGE, 3, Guest.PRIVATE);
        guest.store(at + PAGE, 9);
        guest.memory.protect(at + PAGE, PAGE, 1);
        assertEquals(FaultResult.NOT_PERMITTED, guest.tryStore(at + PAGE));
        assertErrno(Errno.EFAULT, () -> guest.memory.user().writeInt(at + PAGE, 1));
        assertEquals(9, guest.load(at + PAGE));
        assertEquals(3, guest.memory.collectVmas().size());
        guest.memory.protect(at, 3 * PAGE, 3);
        assertEquals(1, guest.memory.collectVmas().size());
        guest.store(at + PAGE, 10);
        guest.memory.unmap(at + PAGE, PAGE);
        assertErrno(Errno.ENOMEM, () -> guest.memory.protect(at, 3 * PAGE, 1));
        guest.memory.protect(at, PAGE, 0);
        assertEquals(FaultResult.NOT_PERMITTED, guest.tryLoad(at));
    }

    @Test
    void mremap_movesWithoutCopying() {
        Guest guest = Guest.start(sandbox);
        long at = guest.mmap(0, 4 * PAGE, 3, Guest.PRIVATE);
        guest.store(at + PAGE, 11);
        long used = sandbox.usedBytes();
        long wall = guest.mmap(at + 4 * PAGE, PAGE, 0, Guest.PRIVATE | 0x10);
        assertEquals(at + 4 * PAGE, wall);
        assertErrno(
                Errno.ENOMEM,
                () -> guest.memory.control().remap(at, 4 * PAGE, 8 * PAGE, 0, 0, false));
        long moved = guest.memory.control().remap(at, 4 * PAGE, 100 * PAGE, 1, 0, false);
        assertEquals(11, guest.load(moved + PAGE));
        assertEquals(FaultResult.NOT_MAPPED, guest.tryLoad(at));
        assertEquals(used, sandbox.usedBytes(), 5 * PAGE);
    }

    @Test
    void break_growsAndShrinks() {
        Guest guest = Guest.start(sandbox);
        guest.memory.setBreakStart(0x555555554123L);
        long start = guest.memory.setBreak(0);
        assertEquals(0x555555555000L, start);
        assertEquals(start + 10_000, guest.memory.setBreak(start + 10_000));
        guest.store(start + 9_000, 3);
        assertEquals(start, guest.memory.setBreak(start));
        assertEquals(start + 10_000, guest.memory.setBreak(start + 10_000));
        assertEquals(0, guest.load(start + 9_000));
        assertEquals(start + 10_000, guest.memory.setBreak(1));
    }

    @Test
    void stack_growsWithinLimit() {
        Guest guest = Guest.start(sandbox);
        long top = 0x7fff00000000L;
        guest.mmap(top - PAGE, PAGE, 3, Guest.PRIVATE | 0x110);
        guest.store(top - 8, 1);
        guest.store(top - (1 << 20), 2);
        assertEquals(2, guest.load(top - (1 << 20)));
        assertEquals(FaultResult.NOT_MAPPED, guest.tryLoad(top - (9 << 20)));
    }

    @Test
    void file_isSharedPrivateAndTruncated() {
        FilePages file = sandbox.newFilePages(PageQuota.Unlimited.INSTANCE);
        byte[] text = "hello".getBytes(StandardCharsets.ISO_8859_1);
        assertEquals(5, file.write(0, KernelBuffer.of(text)));
        Guest guest = Guest.start(sandbox);
        long mine = guest.mmapFile(PAGE, 3, 2, file, 0);
        long shared = guest.mmapFile(3 * PAGE, 3, 1, file, 0);
        assertEquals("hello", guest.memory.user().readString(mine, 10));
        guest.memory.user().writeByte(shared, (byte) 'J');
        assertEquals("Jello", guest.memory.user().readString(mine, 10));
        guest.store(mine, 0);
        assertEquals("Jello", guest.memory.user().readString(shared, 10));
        assertEquals(FaultResult.BUS_ERROR, guest.tryLoad(shared + PAGE));
        file.truncate(2 * PAGE);
        guest.store(shared + PAGE, 77);
        file.truncate(0);
        assertEquals(FaultResult.BUS_ERROR, guest.tryLoad(shared));
        // written private pages go, too: unmap_mapping_range(), even_cows
        assertEquals(FaultResult.BUS_ERROR, guest.tryLoad(mine));
        guest.memory.release();
        file.close();
        assertEquals(0, sandbox.usedBytes());
    }

    @Test
    void closedFile_livesWhileMapped() {
        FilePages file = sandbox.newFilePages(PageQuota.Unlimited.INSTANCE);
        file.truncate(4 * PAGE);
        Guest guest = Guest.start(sandbox);
        long at = guest.mmapFile(4 * PAGE, 3, 1, file, 0);
        guest.store(at, 5);
        file.close();
        guest.store(at + 3 * PAGE, 6);
        assertEquals(5, guest.load(at));
        guest.memory.unmap(at, 4 * PAGE);
        assertEquals(0, sandbox.usedBytes());
    }

    @Test
    void copyIntoMappingOfTheSameFile_doesNotDeadlock() {
        FilePages file = sandbox.newFilePages(PageQuota.Unlimited.INSTANCE);
        byte[] content = new byte[(int) (8 * PAGE)];
        content[100] = 5;
        file.write(0, KernelBuffer.of(content));
        file.truncate(64 * PAGE);
        Guest guest = Guest.start(sandbox);
        long at = guest.mmapFile(64 * PAGE, 3, 1, file, 0);
        IoBuffer target = guest.memory.user().buffer(at + 20 * PAGE, 8 * PAGE);
        assertEquals(8 * PAGE, file.read(0, target));
        assertEquals(5, guest.memory.user().readByte(at + 20 * PAGE + 100));
        IoBuffer source = guest.memory.user().buffer(at, 8 * PAGE);
        assertEquals(8 * PAGE, file.write(40 * PAGE, source));
        assertEquals(5, guest.memory.user().readByte(at + 40 * PAGE + 100));
    }

    @Test
    void badPointers_giveEfault() {
        Guest guest = Guest.start(sandbox);
        for (long bad : new long[] {0, 1, -1, Long.MIN_VALUE, FakePlatform.HIGH, 0x7fffffffffffL}) {
            assertErrno(Errno.EFAULT, () -> guest.memory.user().readLong(bad));
            assertErrno(Errno.EFAULT, () -> guest.memory.user().writeInt(bad, 1));
            assertErrno(Errno.EFAULT, () -> guest.memory.user().copyIn(bad, 100));
            assertEquals(0, guest.memory.user().buffer(bad, 100).putZeros(100));
        }
    }

    @Test
    void seek_findsDataAndHoles() {
        FilePages file = sandbox.newFilePages(PageQuota.Unlimited.INSTANCE);
        file.truncate(100 * PAGE);
        file.write(10 * PAGE, KernelBuffer.of(new byte[4096]));
        assertEquals(10 * PAGE, file.seekData(0));
        assertEquals(0, file.seekHole(0));
        assertEquals(11 * PAGE, file.seekHole(10 * PAGE));
        assertEquals(-1, file.seekData(11 * PAGE));
        assertEquals(PAGE, file.allocatedBytes());
        file.punch(0, 100 * PAGE);
        assertEquals(0, file.allocatedBytes());
        assertEquals(0, sandbox.usedBytes());
    }
}
