package dev.moat.vfs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.abi.Errno;
import dev.moat.abi.Fcntl;
import dev.moat.abi.OpenFlags;
import dev.moat.api.vfs.VfsSettings;
import dev.moat.vfs.calls.FcntlCalls;
import dev.moat.vfs.fake.World;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class LeasesTest {
    private static final int WRITE_AT_ONCE = OpenFlags.O_WRONLY | OpenFlags.O_NONBLOCK;

    private final World world = new World();
    private final Guest guest = new Guest(world);
    private final FcntlCalls calls = new FcntlCalls();
    private int fd;

    @BeforeEach
    void file() {
        guest.close(guest.make("/file", "x"));
        fd = (int) guest.open("/file", OpenFlags.O_RDONLY, 0);
    }

    private long lease(int command, long argument) {
        return Guest.call(() -> calls.fcntl(world.task, fd, command, argument));
    }

    @Test
    void brokenLease_goesAfterTheBreakTime() {
        assertEquals(0, lease(Fcntl.F_SETLEASE, Fcntl.F_RDLCK));
        assertEquals(Guest.error(Errno.EAGAIN), guest.open("/file", WRITE_AT_ONCE, 0));
        world.clock.advance(44_000_000_000L);
        assertEquals(Guest.error(Errno.EAGAIN), guest.open("/file", WRITE_AT_ONCE, 0));
        world.clock.advance(2_000_000_000L);
        assertTrue(guest.open("/file", WRITE_AT_ONCE, 0) >= 0);
        assertEquals(Guest.error(Errno.EAGAIN), lease(Fcntl.F_SETLEASE, Fcntl.F_UNLCK));
    }

    @Test
    void writeLease_stepsDownAfterTheBreakTime() {
        world.vfs.settings().set(VfsSettings.Setting.LEASE_BREAK_TIME, 3);
        assertEquals(0, lease(Fcntl.F_SETLEASE, Fcntl.F_WRLCK));
        int readAtOnce = OpenFlags.O_RDONLY | OpenFlags.O_NONBLOCK;
        assertEquals(Guest.error(Errno.EAGAIN), guest.open("/file", readAtOnce, 0));
        world.clock.advance(4_000_000_000L);
        assertTrue(guest.open("/file", readAtOnce, 0) >= 0);
        assertEquals(Fcntl.F_RDLCK, lease(Fcntl.F_GETLEASE, 0));
    }

    @Test
    void leases_canBeForbidden() {
        world.vfs.settings().set(VfsSettings.Setting.LEASES_ENABLE, 0);
        assertEquals(Guest.error(Errno.EINVAL), lease(Fcntl.F_SETLEASE, Fcntl.F_RDLCK));
    }
}
