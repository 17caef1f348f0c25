package dev.moat.vfs;

import static dev.moat.vfs.Guest.error;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.abi.Errno;
import dev.moat.abi.OpenFlags;
import dev.moat.api.vfs.FdTable;
import dev.moat.vfs.calls.DupCalls;
import dev.moat.vfs.fake.World;
import java.util.List;
import org.junit.jupiter.api.Test;

final class DescriptorsTest {
    private final World world = new World();
    private final Guest guest = new Guest(world);
    private final DupCalls dup = new DupCalls();

    private long dup2(int from, int to) {
        return Guest.call(() -> dup.dup2(world.task, from, to));
    }

    @Test
    void lowestFreeNumber_isTaken() {
        assertEquals(0, guest.make("/0", ""));
        assertEquals(1, guest.make("/1", ""));
        assertEquals(2, guest.make("/2", ""));
        guest.close(1);
        assertEquals(1, guest.make("/3", ""));
        assertEquals(error(Errno.EBADF), guest.close(7));
    }

    @Test
    void dup2_replacesAndGrows() {
        guest.make("/0", "x");
        assertEquals(500, dup2(0, 500));
        assertEquals(List.of(0, 500), world.task.files().collectFds());
        assertEquals(0, dup2(0, 0));
        assertEquals(error(Errno.EBADF), dup2(3, 4));
        assertEquals(error(Errno.EBADF), dup2(0, 1024));
    }

    @Test
    void limit_givesEmfile() {
        world.descriptorLimit = 2;
        guest.make("/0", "");
        guest.make("/1", "");
        assertEquals(error(Errno.EMFILE), guest.make("/2", ""));
    }

    @Test
    void fork_copiesAndExecCloses() {
        guest.make("/0", "");
        guest.open("/0", OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC, 0);
        FdTable copy = world.task.files().fork();
        copy.closeOnExec(world.task);
        assertEquals(List.of(0), copy.collectFds());
        assertEquals(List.of(0, 1), world.task.files().collectFds());
        assertTrue(world.task.files().isCloseOnExec(1));
        copy.release(world.task);
        assertNull(copy.tryAcquire(0));
        assertEquals("", guest.read(0, 1));
    }
}
