package dev.moat.syscall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.abi.Errno;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.syscall.SyscallProvider;
import dev.moat.api.syscall.SyscallTable;
import dev.moat.api.task.Task;
import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KernelTableTest {
    private final KernelTable table = new KernelTable();
    private final FakeTask task = new FakeTask();

    @Test
    void call_isBoundWithNarrowedArguments() {
        add(new Provider("a", new ReadCalls()));
        SandboxDispatcher dispatcher = dispatcher();
        assertEquals(-1 + 7, dispatcher.dispatch(task.task(), 0, 0xffff_ffffL, 7, 0, 0, 0, 0));
        assertEquals(-1 + 8, dispatcher.dispatch(task.task(), 0, 0xffff_ffffL, 8, 0, 0, 0, 0));
    }

    @Test
    void sixArgumentsArriveInOrder() {
        add(new Provider("a", new MmapCalls()));
        SandboxDispatcher dispatcher = dispatcher();
        assertEquals(654321, dispatcher.dispatch(task.task(), 9, 1, 2, 3, 4, 5, 6));
    }

    @Test
    void errnoException_becomesNegatedErrno() {
        add(new Provider("a", new FailingCalls()));
        SandboxDispatcher dispatcher = dispatcher();
        assertEquals(-Errno.EBADF.number(), dispatcher.dispatch(task.task(), 3, 0, 0, 0, 0, 0, 0));
    }

    @Test
    void otherFailure_endsTheTaskAndIsLogged() {
        add(new Provider("a", new FailingCalls()));
        SandboxDispatcher dispatcher = dispatcher();
        IllegalStateException bug =
                assertThrows(
                        IllegalStateException.class,
                        () -> dispatcher.dispatch(task.task(), 4, 0x10, 0, 0, 0, 0, 0));
        assertTrue(bug.getMessage().contains("stat(0x10"), bug.getMessage());
        assertTrue(task.log().getFirst().contains("kernel bug"), task.log().toString());
    }

    @Test
    void fullHeap_isNoBugOfTheCall() {
        add(new Provider("a", new FailingCalls()));
        SandboxDispatcher dispatcher = dispatcher();
        assertThrows(
                OutOfMemoryError.class,
                () -> dispatcher.dispatch(task.task(), 5, 0, 0, 0, 0, 0, 0));
        assertEquals(List.of(), task.log());
    }

    @Test
    void unknownNumber_givesEnosysAndIsLoggedOnce() {
        SandboxDispatcher dispatcher = dispatcher();
        for (int i = 0; i < 3; i++) {
            assertEquals(-38, dispatcher.dispatch(task.task(), 425, 0, 0, 0, 0, 0, 0));
            assertEquals(-38, dispatcher.dispatch(task.task(), -1 - i, 0, 0, 0, 0, 0, 0));
            assertEquals(-38, dispatcher.dispatch(task.task(), 1 << 30, 0, 0, 0, 0, 0, 0));
        }
        assertEquals(2, task.log().size(), task.log().toString());
        assertTrue(task.log().getFirst().contains("io_uring_setup"), task.log().toString());
        assertTrue(task.log().getFirst().contains("prog"), task.log().toString());
    }

    @Test
    void traceReplacedAndStopped_takesLocksInOrder() {
        SandboxDispatcher dispatcher = dispatcher();
        List<String> first = new ArrayList<>();
        List<String> second = new ArrayList<>();
        dispatcher.startStrace(first::add);
        dispatcher.dispatch(task.task(), 425, 0, 0, 0, 0, 0, 0);
        dispatcher.startStrace(second::add);
        dispatcher.dispatch(task.task(), 425, 0, 0, 0, 0, 0, 0);
        dispatcher.stopStrace();
        dispatcher.dispatch(task.task(), 425, 0, 0, 0, 0, 0, 0);
        assertEquals(1, first.size(), first.toString());
        assertEquals(1, second.size(), second.toString());
    }

    @Test
    void duplicateOfAnotherSubsystem_isRefusedNamingBoth() {
        add(new Provider("one", new ReadCalls()));
        String reason = table.add(new Provider("two", new ReadCalls()), 2, 2).orElseThrow();
        assertTrue(reason.contains("of one"), reason);
        assertTrue(reason.contains("of two"), reason);
        assertEquals("one", table.snapshot().entries().getFirst().subsystem());
    }

    @Test
    void newerRevision_servesNewSandboxesOnly_untilTheLeasesChange() {
        table.add(new Provider("a", new Answer(1)), 1, 1);
        var leases = new FakeLeases(1);
        SandboxDispatcher old = SandboxDispatcher.open("old", leases, table);
        table.add(new Provider("a", new Answer(2)), 2, 2);
        SandboxDispatcher fresh = SandboxDispatcher.open("fresh", new FakeLeases(2), table);
        assertEquals(1, pid(old));
        assertEquals(2, pid(fresh));
        leases.held = Set.of(2L);
        assertEquals(1, pid(old));
        old.refresh();
        assertEquals(2, pid(old));
    }

    @Test
    void departedProvider_servesItsSandboxesToTheEnd() {
        Provider provider = new Provider("a", new Answer(1));
        table.add(provider, 1, 1);
        SandboxDispatcher dispatcher = SandboxDispatcher.open("box", new FakeLeases(1), table);
        table.remove(provider);
        assertEquals(1, pid(dispatcher));
        dispatcher.close();
        SandboxDispatcher next = SandboxDispatcher.open("box", new FakeLeases(1), table);
        assertEquals(-38, pid(next));
    }

    @Test
    void overlay_takesSingleNumbersFromOthers() {
        table.add(new Provider("a", List.of(new Answer(1), new ReadCalls()), false), 1, 1);
        table.add(new Provider("family", List.of(new Answer(2)), true), 2, 2);
        SandboxDispatcher dispatcher = SandboxDispatcher.open("box", new FakeLeases(1, 2), table);
        assertEquals(2, pid(dispatcher));
        assertEquals(7, dispatcher.dispatch(task.task(), 0, 0, 7, 0, 0, 0, 0));
        assertEquals(1, pid(SandboxDispatcher.open("other", new FakeLeases(1), table)));
    }

    @Test
    void component_servesTheRefusedProviderWhenTheOtherOneLeaves() {
        SyscallTableComponent component = new SyscallTableComponent();
        Provider first = new Provider("one", new ReadCalls());
        component.addProvider(first, Map.of("service.id", 1L));
        component.addProvider(new Provider("two", new ReadCalls()), Map.of("service.id", 2L));
        assertEquals("one", component.entries().getFirst().subsystem());
        component.removeProvider(first);
        assertEquals("two", component.entries().getFirst().subsystem());
    }

    @Test
    void removedProvider_isMissing() {
        Provider provider = new Provider("one", new ReadCalls());
        add(provider);
        assertFalse(table.snapshot().missing().contains(0));
        table.remove(provider);
        assertTrue(table.snapshot().missing().contains(0));
        assertEquals(-38, dispatcher().dispatch(task.task(), 0, 0, 0, 0, 0, 0, 0));
    }

    @Test
    void wrongSignatureNumberOrMissingNote_isRefusedByName() {
        for (Object bad : List.of(new WrongReturn(), new WrongNumber(), new NoNote())) {
            IllegalStateException e =
                    assertThrows(IllegalStateException.class, () -> add(new Provider("x", bad)));
            assertTrue(e.getMessage().contains(bad.getClass().getSimpleName()), e.getMessage());
        }
    }

    @Test
    void counts_areExactAndSorted() {
        add(new Provider("a", new ReadCalls()));
        SandboxDispatcher dispatcher = dispatcher();
        dispatcher.dispatch(task.task(), 1, 0, 0, 0, 0, 0, 0);
        dispatcher.dispatch(task.task(), 0, 0, 0, 0, 0, 0, 0);
        dispatcher.dispatch(task.task(), 0, 0, 0, 0, 0, 0, 0);
        assertEquals(
                "[Count[number=0, calls=2], Count[number=1, calls=1]]",
                dispatcher.collectCounts().toString());
    }

    @Test
    void entry_tellsWhatTheAnnotationSays() {
        add(new Provider("vfs", new PartialCalls()));
        assertEquals(
                new SyscallTable.Entry(16, "ioctl", Support.PARTIAL, "no FIBMAP", "vfs"),
                table.snapshot().entries().getFirst());
    }

    private void add(Provider provider) {
        table.add(provider, Provided.EVERYWHERE, 1);
    }

    private SandboxDispatcher dispatcher() {
        return SandboxDispatcher.open("box", new FakeLeases(), table);
    }

    private long pid(SandboxDispatcher dispatcher) {
        return dispatcher.dispatch(task.task(), 39, 0, 0, 0, 0, 0, 0);
    }

    /** Serves getpid with a number of its own. */
    static final class Answer {
        private final int answer;

        Answer(int answer) {
            this.answer = answer;
        }

        @Syscall(nr = 39, name = "getpid")
        long getpid(Task task) {
            return answer;
        }
    }

    static final class ReadCalls {
        @Syscall(nr = 0, name = "read")
        private long read(Task task, int fd, long buffer) {
            return fd + buffer;
        }
    }

    static final class MmapCalls {
        @Syscall(nr = 9, name = "mmap")
        long mmap(Task task, long a, int b, int c, int d, int e, long f) {
            return a + 10L * b + 100L * c + 1000L * d + 10000L * e + 100000L * f;
        }
    }

    static final class FailingCalls {
        @Syscall(nr = 3, name = "close")
        long close(Task task) {
            throw Errno.EBADF.exception();
        }

        @Syscall(nr = 4, name = "stat")
        long stat(Task task) {
            throw new ArrayIndexOutOfBoundsException("7");
        }

        @Syscall(nr = 5, name = "fstat")
        long fstat(Task task) {
            throw new OutOfMemoryError("Java heap space");
        }
    }

    static final class PartialCalls {
        @Syscall(nr = 16, name = "ioctl", support = Support.PARTIAL, note = "no FIBMAP")
        long ioctl(Task task) {
            return 0;
        }
    }

    static final class WrongReturn {
        @Syscall(nr = 0, name = "read")
        int read(Task task) {
            return 0;
        }
    }

    static final class WrongNumber {
        @Syscall(nr = 1, name = "read")
        long read(Task task) {
            return 0;
        }
    }

    static final class NoNote {
        @Syscall(nr = 0, name = "read", support = Support.PARTIAL)
        long read(Task task) {
            return 0;
        }
    }

    record Provider(String subsystem, List<Object> handlers, boolean isOverlay)
            implements SyscallProvider {
        Provider(String subsystem, Object handler) {
            this(subsystem, List.of(handler), false);
        }

        @Override
        public MethodHandles.Lookup lookup() {
            return MethodHandles.lookup();
        }
    }
}
