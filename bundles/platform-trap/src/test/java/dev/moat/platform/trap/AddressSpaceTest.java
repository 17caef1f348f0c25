package dev.moat.platform.trap;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.api.platform.AddressSpace;
import dev.moat.api.platform.ExecutionContext;
import dev.moat.api.platform.RunMode;
import dev.moat.platform.kit.AddressSpaceContract;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Several guest threads and address spaces. */
class AddressSpaceTest extends AddressSpaceContract {
    AddressSpaceTest() {
        super(new TrapInsides());
    }

    @Test
    void descriptors_areGivenBack() throws Exception {
        AddressSpace parent = sandbox().load("0f05ebfc");
        // the spaces that are made beforehand are there
        sandbox().session().newAddressSpace().close();
        long before = awaitDescriptors(Long.MAX_VALUE);
        for (int i = 0; i < 20; i++) {
            AddressSpace child = parent.fork();
            AddressSpace fresh = sandbox().session().newAddressSpace();
            onNewThread(() -> {
                try (ExecutionContext context = sandbox().context()) {
                    context.run(child, RunMode.CONTINUE);
                    context.run(parent, RunMode.CONTINUE);
                    context.run(fresh, RunMode.CONTINUE);
                }
            });
            assertTrue(descriptorsOf(((TrapSpace) child).processId()) <= 6);
            child.close();
            fresh.close();
        }
        assertTrue(awaitDescriptors(before + 6) <= before + 6);
    }

    private static long descriptorsOf(long pid) throws Exception {
        try (var list = Files.list(Path.of("/proc/" + pid + "/fd"))) {
            return list.count();
        }
    }

    /** Dead stubs are collected in the background. */
    private static long awaitDescriptors(long wanted) throws Exception {
        long own = ProcessHandle.current().pid();
        long count = descriptorsOf(own);
        long end = System.nanoTime() + 10_000_000_000L;
        while ((count > wanted || wanted == Long.MAX_VALUE) && System.nanoTime() < end) {
            java.util.concurrent.locks.LockSupport.parkNanos(50_000_000);
            long now = descriptorsOf(own);
            if (wanted == Long.MAX_VALUE && now == count) {
                return now;
            }
            count = now;
        }
        return count;
    }
}
