package dev.moat.task.futex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.moat.api.swap.IncompatibleStateException;
import dev.moat.api.swap.StateRecord;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class PiFutexesUpgradeTest {
    @Test
    void withoutWaiters_queuesStartEmpty() {
        assertEquals(
                Map.of("lock", "l", "queues", Map.of(), "owned", Map.of()),
                upgraded(Map.of("lock", "l", "states", new HashMap<>())));
    }

    @Test
    void waitersOfVersionOne_areRefused() {
        Map<String, Object> fields = Map.of("states", Map.of("key", "waiter"));
        IncompatibleStateException refusal =
                assertThrows(IncompatibleStateException.class, () -> upgraded(fields));
        assertEquals(
                "tasks wait for priority-inheritance futexes, in the queues of version 1",
                refusal.getMessage());
    }

    private static Map<String, @Nullable Object> upgraded(Map<String, Object> fields) {
        StateRecord old = new StateRecord(PiFutexes.class.getName(), 1, new HashMap<>(fields));
        return new PiFutexesUpgrade().upgrade(old).fields();
    }
}
