package dev.moat.vfs;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.abi.Clocks;
import dev.moat.abi.EventFlags;
import dev.moat.abi.Itimerspec;
import dev.moat.abi.Timespec;
import dev.moat.api.namespace.Namespace;
import dev.moat.api.namespace.NamespaceKind;
import dev.moat.api.namespace.TimeSpace;
import dev.moat.api.namespace.UserView;
import dev.moat.vfs.event.TimerFile;
import dev.moat.vfs.fake.World;
import org.junit.jupiter.api.Test;

final class TimerFileTest {
    private static final long WAIT_NS = 1_000_000;

    private final World world = new World();
    private final TimeSpace space =
            TimeSpace.of(new Namespace(NamespaceKind.TIME, 1, UserView.First.INSTANCE));

    @Test
    void absoluteTime_onAMachineThatStallsMeanwhile_isNotTooEarly() {
        TimerFile file =
                new TimerFile(
                        world.task.sandbox(),
                        world.task.fs().root().inode(),
                        Clocks.CLOCK_REALTIME,
                        0);
        long untilNs = world.clock.realtimeNs() + WAIT_NS;
        world.clock.setReadingNs(WAIT_NS / 10);
        file.set(
                new Itimerspec(Timespec.ZERO, Timespec.ofNanos(untilNs)),
                EventFlags.TFD_TIMER_ABSTIME,
                space);
        world.clock.setReadingNs(0);
        while (file.readiness() == 0) {
            world.clock.advance(WAIT_NS / 100);
        }
        assertTrue(world.clock.realtimeNs() >= untilNs, "too early");
    }
}
