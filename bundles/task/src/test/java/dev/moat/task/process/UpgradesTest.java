package dev.moat.task.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.moat.abi.Restart;
import dev.moat.abi.UserRegs;
import dev.moat.api.host.HostProcesses;
import dev.moat.api.platform.Registers;
import dev.moat.api.swap.StateRecord;
import dev.moat.api.swap.StateUpgrade;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task.CpuTime;
import java.lang.reflect.Field;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What version 1 of the classes of processes and tasks wrote is read by what they are now. */
final class UpgradesTest {
    private static final HostProcesses HOST =
            Fakes.fake(
                    HostProcesses.class,
                    (method, arguments) -> {
                        if (method.equals("threadCpuTimeNs") && arguments[0].equals(77)) {
                            return 1000L;
                        }
                        throw Fakes.unexpected(method);
                    });

    @Test
    void runLoop_losesItsLogger() throws Exception {
        Map<String, @Nullable Object> fields =
                upgraded(RunLoop.class, Map.of("logger", "l", "task", "t"));
        assertEquals(Set.of("task", "clock", "interrupted"), fields.keySet());
        assertEquals("t", fields.get("task"));
    }

    @Test
    void runLoop_goesOnCountingTime() throws Exception {
        Map<String, Object> running =
                Map.of("replacedGuestNs", 5L, "hostTid", 77, "formerTasksNs", 300L);
        CpuClock clock = (CpuClock) upgraded(RunLoop.class, running).get("clock");
        assertNotNull(clock);
        assertEquals(new CpuTime(5, 700), clock.now(HOST, null));
        Map<String, Object> ended = Map.of("finalTime", new CpuTime(8, 9));
        CpuClock frozen = (CpuClock) upgraded(RunLoop.class, ended).get("clock");
        assertNotNull(frozen);
        assertEquals(new CpuTime(8, 9), frozen.now(HOST, null));
    }

    @Test
    void runLoop_remembersTheInterruptedCall() throws Exception {
        Map<String, Object> waiting =
                Map.of("restartCode", -Restart.ERESTARTNOHAND, "restartNumber", 35);
        InterruptedCall call =
                (InterruptedCall) upgraded(RunLoop.class, waiting).get("interrupted");
        assertNotNull(call);
        long[] registers = new long[UserRegs.COUNT];
        registers[UserRegs.RIP] = 0x1002;
        Registers view =
                Fakes.fake(
                        Registers.class,
                        (method, arguments) -> {
                            int index = (int) arguments[0];
                            if (method.equals("set")) {
                                registers[index] = (long) arguments[1];
                            }
                            return registers[index];
                        });
        call.restart(view);
        assertEquals(35, registers[UserRegs.RAX]);
        assertEquals(0x1000, registers[UserRegs.RIP]);
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
