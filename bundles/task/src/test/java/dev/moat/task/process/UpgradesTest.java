package dev.moat.task.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.moat.api.swap.StateRecord;
import dev.moat.api.swap.StateUpgrade;
import dev.moat.api.swap.Stateful;
import java.lang.reflect.Field;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What version 1 of the classes of processes and tasks wrote is read by what they are now. */
final class UpgradesTest {
    @Test
    void runLoop_losesItsLogger() throws Exception {
        assertEquals(
                Map.of("task", "t"), upgraded(RunLoop.class, Map.of("logger", "l", "task", "t")));
    }

    @Test
    void group_forgetsHugePages_whichTheAddressSpaceKnows() throws Exception {
        assertEquals(
                Map.of("tgid", 7),
                upgraded(GuestGroup.class, Map.of("hugePagesDisabled", true, "tgid", 7)));
    }

    @Test
    void scheduling_startsWithoutInputOutputContext() throws Exception {
        assertEquals(
                Map.of("nice", 5),
                upgraded(Scheduling.class, Map.of("ioPriority", 0x4003, "nice", 5)));
    }

    @Test
    void schedulingOfVersionOne_isWholeAfterItsRestore() throws Exception {
        Scheduling scheduling = new Scheduling();
        // Objects are restored without a constructor: a field that was not written is null.
        Field io = Scheduling.class.getDeclaredField("io");
        io.setAccessible(true);
        io.set(scheduling, null);
        scheduling.restored();
        scheduling.setIoPriority(0x4003);
        assertEquals(0x4003, scheduling.ioPriority());
    }

    /** The upgrade that the class itself names, to the version that it has. */
    private static Map<String, @Nullable Object> upgraded(Class<?> type, Map<String, Object> fields)
            throws Exception {
        Stateful stateful = type.getAnnotation(Stateful.class);
        assertNotNull(stateful);
        StateUpgrade upgrade = stateful.upgrade().getDeclaredConstructor().newInstance();
        StateRecord record =
                upgrade.upgrade(new StateRecord(type.getName(), 1, new HashMap<>(fields)));
        assertEquals(type.getName(), record.type());
        assertEquals(stateful.version(), record.version());
        return record.fields();
    }
}
