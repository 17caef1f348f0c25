package dev.moat.vfs;

import static dev.moat.vfs.Guest.error;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.moat.abi.Errno;
import dev.moat.abi.OpenFlags;
import dev.moat.abi.Restart;
import dev.moat.abi.Signals;
import dev.moat.vfs.calls.PipeCalls;
import dev.moat.vfs.fake.World;
import org.junit.jupiter.api.Test;

final class PipeTest {
    private final World world = new World();
    private final Guest guest = new Guest(world);

    private void pipe(int flags) {
        PipeCalls calls = new PipeCalls();
        assertEquals(0, Guest.call(() -> calls.pipe2(world.task, world.user.room(8), flags)));
    }

    @Test
    void bytes_comeInOrder() {
        pipe(0);
        guest.write(1, "hello ");
        guest.write(1, "world");
        assertEquals("hello", guest.read(0, 5));
        assertEquals(" world", guest.read(0, 100));
    }

    @Test
    void emptyPipe_waitsForAWriter() {
        pipe(0);
        world.meanwhile.add(() -> guest.write(1, "late"));
        assertEquals("late", guest.read(0, 100));
    }

    @Test
    void emptyPipe_isInterruptedByASignal() {
        pipe(0);
        assertEquals(String.valueOf(-Restart.ERESTARTSYS), guest.read(0, 1));
    }

    @Test
    void lastWriterGone_givesTheEnd() {
        pipe(0);
        world.meanwhile.add(() -> guest.close(1));
        assertEquals("", guest.read(0, 1));
    }

    @Test
    void noReader_givesEpipeAndItsSignal() {
        pipe(0);
        guest.close(0);
        assertEquals(error(Errno.EPIPE), guest.write(1, "x"));
        assertEquals(Signals.SIGPIPE, world.sent.getFirst().signal());
    }

    @Test
    void smallWrites_areAtomic() {
        pipe(OpenFlags.O_NONBLOCK);
        assertEquals(65536, guest.write(1, "x".repeat(65536)));
        guest.read(0, 100);
        assertEquals(error(Errno.EAGAIN), guest.write(1, "y".repeat(101)));
        assertEquals(100, guest.write(1, "y".repeat(100)));
        guest.read(0, 100);
        assertEquals(100, guest.write(1, "z".repeat(5000)));
    }

    @Test
    void largeWrite_goesOnAsRoomComes() {
        pipe(0);
        world.meanwhile.add(() -> guest.read(0, 60000));
        world.meanwhile.add(() -> guest.read(0, 60000));
        assertEquals(100000, guest.write(1, "x".repeat(100000)));
    }

    @Test
    void packets_keepTheirBorders() {
        pipe(OpenFlags.O_DIRECT);
        guest.write(1, "one");
        guest.write(1, "second");
        assertEquals("one", guest.read(0, 100));
        assertEquals("sec", guest.read(0, 3));
        guest.write(1, "x");
        assertEquals("x", guest.read(0, 100));
    }

    @Test
    void pipeOpenedAgain_waitsForNobody() {
        pipe(0);
        guest.write(1, "left over");
        var file = world.task.files().acquire(0);
        Place place = Place.of(world.vfs.anonymousPath(file));
        guest.close(1);
        var again = world.vfs.opener().openPlace(world.task, place, OpenFlags.O_RDONLY);
        assertEquals(false, ((dev.moat.vfs.pipe.PipeFile) again).awaitsPeer());
        assertEquals(
                dev.moat.abi.PollFlags.POLLHUP, again.readiness() & dev.moat.abi.PollFlags.POLLHUP);
    }

    @Test
    void fifo_waitsForItsPeer() {
        guest.mkfifo("/fifo");
        assertEquals(
                error(Errno.ENXIO),
                guest.open("/fifo", OpenFlags.O_WRONLY | OpenFlags.O_NONBLOCK, 0));
        assertEquals(-Restart.ERESTARTSYS, guest.open("/fifo", OpenFlags.O_RDONLY, 0));
        assertEquals(0, guest.open("/fifo", OpenFlags.O_RDONLY | OpenFlags.O_NONBLOCK, 0));
        assertEquals(1, guest.open("/fifo", OpenFlags.O_WRONLY, 0));
        guest.write(1, "through");
        assertEquals("through", guest.read(0, 100));
    }
}
