package dev.moat.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.api.cgroup.Cgroups;
import dev.moat.api.cgroup.DeviceRules;
import dev.moat.api.sandbox.Sandbox;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class LinkTest {
    private final Sandbox sandbox = FakeSandbox.make();
    private final Cgroups groups = Cgroups.of(sandbox);
    private final ProgramTable table = ProgramTable.of(sandbox);
    private final Program program =
            table.add(new Program.Facts(ProgramType.DEVICES, "", "", 0, 0, 0, true), new long[1]);

    @Test
    void linkThatIsNotAttachedYet_isNotFound() throws Exception {
        AtomicReference<Link> made = new AtomicReference<>();
        Thread maker = new Thread(() -> made.set(Link.create(table, program, groups.root())));
        groups.lock();
        try {
            maker.start();
            while (maker.getState() != Thread.State.WAITING) {
                assertTrue(maker.isAlive());
                Thread.onSpinWait();
            }
            assertEquals(0, table.nextLink(0));
        } finally {
            groups.unlock();
        }
        assertTrue(maker.join(Duration.ofSeconds(60)));
        assertEquals(1, table.nextLink(0));
        Link found = assertNotNullLink();
        assertEquals(made.get(), found);
        found.detach();
        assertEquals(0, DeviceRules.effective(groups.root()).size());
    }

    private Link assertNotNullLink() {
        Link found = table.acquireLink(1);
        assertNotNull(found);
        return found;
    }
}
