package dev.moat.mm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.api.mm.FilePages;
import dev.moat.api.mm.MemoryManager.FaultResult;
import dev.moat.api.mm.MemoryService.PlatformMove;
import dev.moat.api.mm.PageQuota;
import dev.moat.api.platform.AddressSpace;
import dev.moat.api.platform.ExecutionContext;
import dev.moat.api.platform.PlatformSession;
import dev.moat.api.swap.SwapException;
import dev.moat.mm.FakePlatform.FakeAddressSpace;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SpacesMoveTest {
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

    @Test
    void memory_staysWhereItIs_andIsMappedAnewByFaults() {
        Guest guest = Guest.start(sandbox);
        long at = guest.mmap(0, 64 * PAGE, 3, Guest.PRIVATE);
        for (int i = 0; i < 64; i++) {
            guest.store(at + i * PAGE, i);
        }
        guest.memory.protect(at, PAGE, 1);
        long used = sandbox.usedBytes();
        FakeAddressSpace former = guest.platform();
        sandbox.prepareMove(new FakePlatform()).commit();
        assertTrue(former.closed);
        assertNotSame(former, guest.platform());
        assertTrue(guest.platform().pages.isEmpty());
        assertEquals(used, sandbox.usedBytes());
        assertEquals(FaultResult.NOT_PERMITTED, guest.tryStore(at));
        for (int i = 0; i < 64; i++) {
            assertEquals(i, guest.load(at + i * PAGE));
            assertEquals(i, guest.memory.user().readLong(at + i * PAGE));
        }
    }

    @Test
    void copyOnWrite_isKept() {
        Guest parent = Guest.start(sandbox);
        long at = parent.mmap(0, 4 * PAGE, 3, Guest.PRIVATE);
        parent.store(at, 1);
        Guest child = parent.fork();
        sandbox.prepareMove(new FakePlatform()).commit();
        child.store(at, 2);
        assertEquals(1, parent.load(at));
        parent.store(at, 3);
        assertEquals(2, child.load(at));
        Guest grandchild = child.fork();
        grandchild.store(at, 4);
        assertEquals(2, child.load(at));
    }

    @Test
    void sharedFile_isStillShared() {
        FilePages file = sandbox.newFilePages(PageQuota.Unlimited.INSTANCE);
        file.truncate(4 * PAGE);
        Guest one = Guest.start(sandbox);
        Guest two = Guest.start(sandbox);
        long inOne = one.mmapFile(4 * PAGE, 3, 1, file, 0);
        long inTwo = two.mmapFile(4 * PAGE, 3, 1, file, 0);
        one.store(inOne + 8, 5);
        assertEquals(5, two.load(inTwo + 8));
        for (int i = 0; i < 10; i++) {
            sandbox.prepareMove(new FakePlatform()).commit();
            two.store(inTwo + 8, i);
            assertEquals(i, one.load(inOne + 8));
        }
    }

    @Test
    void cancelledMove_changesNothing() {
        Guest guest = Guest.start(sandbox);
        long at = guest.mmap(0, PAGE, 3, Guest.PRIVATE);
        guest.store(at, 9);
        FakeAddressSpace before = guest.platform();
        PlatformMove move = sandbox.prepareMove(new FakePlatform());
        move.cancel();
        assertSame(before, guest.platform());
        assertEquals(9, guest.load(at));
    }

    @Test
    void platformWithTooLittleRoom_isRefused() {
        Guest small = Guest.start(sandbox);
        Guest guest = Guest.start(sandbox);
        guest.mmap(0, PAGE, 3, Guest.PRIVATE);
        List<FakeAddressSpace> made = new ArrayList<>();
        assertThrows(SwapException.class, () -> sandbox.prepareMove(new Narrow(made)));
        assertTrue(made.stream().allMatch(space -> space.closed));
        small.memory.release();
        guest.memory.release();
    }

    /** Offers guests less than the other platform. */
    private static final class Narrow implements PlatformSession {
        private final List<FakeAddressSpace> made;

        Narrow(List<FakeAddressSpace> made) {
            this.made = made;
        }

        @Override
        public long minUserAddress() {
            return 0x10000;
        }

        @Override
        public long maxUserAddress() {
            return 0x20000;
        }

        @Override
        public int fpStateBytes() {
            return 0;
        }

        @Override
        public AddressSpace newAddressSpace() {
            FakeAddressSpace space = new FakeAddressSpace();
            made.add(space);
            return space;
        }

        @Override
        public ExecutionContext newContext() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {}
    }
}
