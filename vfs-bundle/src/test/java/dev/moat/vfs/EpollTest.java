package dev.moat.vfs;

import static dev.moat.vfs.Guest.error;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.moat.abi.Errno;
import dev.moat.abi.PollFlags;
import dev.moat.api.task.WaitSuspended;
import dev.moat.vfs.calls.EpollCalls;
import dev.moat.vfs.calls.EventfdCalls;
import dev.moat.vfs.calls.PipeCalls;
import dev.moat.vfs.fake.World;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class EpollTest {
    private static final int IN = PollFlags.EPOLLIN;

    private final World world = new World();
    private final Guest guest = new Guest(world);
    private final EpollCalls epoll = new EpollCalls();
    private int epollFd;

    @BeforeEach
    void pipeAndInstance() {
        new PipeCalls().pipe2(world.task, world.user.room(8), 0);
        epollFd = (int) epoll.epollCreate1(world.task, 0);
    }

    private long control(int instance, int operation, int fd, int events) {
        long event = world.user.room(12);
        world.user.writeInt(event, events);
        world.user.writeLong(event + 4, fd);
        return Guest.call(() -> epoll.epollCtl(world.task, instance, operation, fd, event));
    }

    private long add(int fd, int events) {
        return control(epollFd, PollFlags.EPOLL_CTL_ADD, fd, events);
    }

    /** Events now: their bits, or the error. */
    private long poll(int timeoutMs) {
        long events = world.user.room(120);
        long count = Guest.call(() -> epoll.epollWait(world.task, epollFd, events, 10, timeoutMs));
        return count == 1 ? world.user.readInt(events) : count;
    }

    @Test
    void level_tellsAsLongAsItHolds() {
        add(0, IN);
        assertEquals(0, poll(0));
        guest.write(1, "ab");
        assertEquals(IN, poll(0));
        assertEquals(IN, poll(0));
        guest.read(0, 10);
        assertEquals(0, poll(0));
    }

    @Test
    void edge_tellsOncePerChange() {
        add(0, IN | PollFlags.EPOLLET);
        guest.write(1, "a");
        assertEquals(IN, poll(0));
        assertEquals(0, poll(0));
        guest.write(1, "b");
        assertEquals(IN, poll(0));
    }

    @Test
    void oneShot_waitsToBeArmedAgain() {
        add(0, IN | PollFlags.EPOLLONESHOT);
        guest.write(1, "a");
        assertEquals(IN, poll(0));
        assertEquals(0, poll(0));
        control(epollFd, PollFlags.EPOLL_CTL_MOD, 0, IN | PollFlags.EPOLLONESHOT);
        assertEquals(IN, poll(0));
    }

    @Test
    void wait_isWokenByAWrite() {
        add(0, IN);
        world.meanwhile.add(() -> guest.write(1, "x"));
        assertEquals(IN, poll(-1));
    }

    @Test
    void wait_isInterruptedWithEintr() {
        add(0, IN);
        assertEquals(error(Errno.EINTR), poll(-1));
        assertEquals(0, poll(10));
    }

    /** Suspends a wait of the first of two instances that wait exclusively; gives the second. */
    private int suspendedBesideAnother() {
        int other = (int) epoll.epollCreate1(world.task, 0);
        add(0, IN | PollFlags.EPOLLET | PollFlags.EPOLLEXCLUSIVE);
        control(
                other,
                PollFlags.EPOLL_CTL_ADD,
                0,
                IN | PollFlags.EPOLLET | PollFlags.EPOLLEXCLUSIVE);
        world.meanwhile.add(() -> {
            throw WaitSuspended.INSTANCE;
        });
        assertThrows(WaitSuspended.class, () -> poll(-1));
        return other;
    }

    @Test
    void suspendedWait_takesTheExclusiveEvent() {
        int other = suspendedBesideAnother();
        guest.write(1, "x");
        assertEquals(0, epoll.epollWait(world.task, other, world.user.room(12), 1, 0));
        assertEquals(IN, poll(-1));
        world.task.resumption().clear();
    }

    @Test
    void suspendedWait_thatIsGivenUp_takesNoEvent() {
        int other = suspendedBesideAnother();
        world.task.resumption().clear();
        guest.write(1, "x");
        assertEquals(1, epoll.epollWait(world.task, other, world.user.room(12), 1, 0));
    }

    @Test
    void closedFile_isForgotten() {
        add(0, IN);
        guest.write(1, "x");
        guest.close(0);
        assertEquals(0, poll(0));
        assertEquals(error(Errno.EBADF), control(epollFd, PollFlags.EPOLL_CTL_DEL, 0, 0));
    }

    @Test
    void hangUp_comesUnasked() {
        add(0, 0);
        guest.close(1);
        assertEquals(PollFlags.EPOLLHUP, poll(0));
    }

    @Test
    void badUses_areRefused() {
        long file = guest.make("/file", "");
        assertEquals(error(Errno.EPERM), add((int) file, IN));
        assertEquals(0, add(0, IN));
        assertEquals(error(Errno.EEXIST), add(0, IN));
        assertEquals(error(Errno.ENOENT), control(epollFd, PollFlags.EPOLL_CTL_MOD, 1, IN));
        assertEquals(error(Errno.EINVAL), add(epollFd, IN));
    }

    @Test
    void nestedInstances_tellAndMustNotLoop() {
        int outer = (int) epoll.epollCreate1(world.task, 0);
        add(0, IN);
        assertEquals(0, control(outer, PollFlags.EPOLL_CTL_ADD, epollFd, IN));
        assertEquals(error(Errno.ELOOP), control(epollFd, PollFlags.EPOLL_CTL_ADD, outer, IN));
        guest.write(1, "x");
        long events = world.user.room(120);
        assertEquals(1, epoll.epollWait(world.task, outer, events, 10, 0));
    }

    @Test
    void eventfd_countsAndWaits() {
        EventfdCalls calls = new EventfdCalls();
        long fd = calls.eventfd2(world.task, 0, 0);
        add((int) fd, IN);
        assertEquals(0, poll(0));
        guest.write(fd, "\3\0\0\0\0\0\0\0");
        assertEquals(IN, poll(0));
        assertEquals("\3\0\0\0\0\0\0\0", guest.read(fd, 8));
        assertEquals(0, poll(0));
    }
}
