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
import java.util.List;
import org.junit.jupiter.api.Test;

class KernelTableTest {
    private final KernelTable table = new KernelTable();
    private final FakeTask task = new FakeTask();

    @Test
    void call_isBoundWithNarrowedArguments() {
        table.add(new Provider("a", new ReadCalls()));
        SandboxDispatcher dispatcher = new SandboxDispatcher("box", table);
        assertEquals(-1 + 7, dispatcher.dispatch(task.task(), 0, 0xffff_ffffL, 7, 0, 0, 0, 0));
        assertEquals(-1 + 8, dispatcher.dispatch(task.task(), 0, 0xffff_ffffL, 8, 0, 0, 0, 0));
    }

    @Test
    void sixArgumentsArriveInOrder() {
        table.add(new Provider("a", new MmapCalls()));
        SandboxDispatcher dispatcher = new SandboxDispatcher("box", table);
        assertEquals(654321, dispatcher.dispatch(task.task(), 9, 1, 2, 3, 4, 5, 6));
    }

    @Test
    void errnoException_becomesNegatedErrno() {
        table.add(new Provider("a", new FailingCalls()));
        SandboxDispatcher dispatcher = new SandboxDispatcher("box", table);
        assertEquals(-Errno.EBADF.number(), dispatcher.dispatch(task.task(), 3, 0, 0, 0, 0, 0, 0));
    }

    @Test
    void otherFailure_endsTheTaskAndIsLogged() {
        table.add(new Provider("a", new FailingCalls()));
        SandboxDispatcher dispatcher = new SandboxDispatcher("box", table);
        IllegalStateException bug =
                assertThrows(
                        IllegalStateException.class,
                        () -> dispatcher.dispatch(task.task(), 4, 0x10, 0, 0, 0, 0, 0));
        assertTrue(bug.getMessage().contains("stat(0x10"), bug.getMessage());
        assertTrue(task.log().getFirst().contains("kernel bug"), task.log().toString());
    }

    @Test
    void unknownNumber_givesEnosysAndIsLoggedOnce() {
        SandboxDispatcher dispatcher = new SandboxDispatcher("box", table);
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
    void duplicate_failsNamingBothAndChangesNothing() {
        table.add(new Provider("one", new ReadCalls()));
        Provider second = new Provider("two", new ReadCalls());
        IllegalStateException e =
                assertThrows(IllegalStateException.class, () -> table.add(second));
        assertTrue(e.getMessage().contains("of one"), e.getMessage());
        assertTrue(e.getMessage().contains("of two"), e.getMessage());
        assertEquals("one", table.snapshot().entries().getFirst().subsystem());
    }

    @Test
    void component_servesTheRefusedProviderWhenTheOtherOneLeaves() {
        SyscallTableComponent component = new SyscallTableComponent();
        Provider first = new Provider("one", new ReadCalls());
        component.addProvider(first);
        component.addProvider(new Provider("two", new ReadCalls()));
        assertEquals("one", component.entries().getFirst().subsystem());
        component.removeProvider(first);
        assertEquals("two", component.entries().getFirst().subsystem());
    }

    @Test
    void removedProvider_isMissing() {
        Provider provider = new Provider("one", new ReadCalls());
        table.add(provider);
        assertFalse(table.snapshot().missing().contains(0));
        table.remove(provider);
        assertTrue(table.snapshot().missing().contains(0));
        assertEquals(
                -38,
                new SandboxDispatcher("box", table).dispatch(task.task(), 0, 0, 0, 0, 0, 0, 0));
    }

    @Test
    void wrongSignatureNumberOrMissingNote_isRefusedByName() {
        for (Object bad : List.of(new WrongReturn(), new WrongNumber(), new NoNote())) {
            IllegalStateException e =
                    assertThrows(
                            IllegalStateException.class, () -> table.add(new Provider("x", bad)));
            assertTrue(e.getMessage().contains(bad.getClass().getSimpleName()), e.getMessage());
        }
    }

    @Test
    void counts_areExactAndSorted() {
        table.add(new Provider("a", new ReadCalls()));
        SandboxDispatcher dispatcher = new SandboxDispatcher("box", table);
        dispatcher.dispatch(task.task(), 1, 0, 0, 0, 0, 0, 0);
        dispatcher.dispatch(task.task(), 0, 0, 0, 0, 0, 0, 0);
        dispatcher.dispatch(task.task(), 0, 0, 0, 0, 0, 0, 0);
        assertEquals(
                "[Count[number=0, calls=2], Count[number=1, calls=1]]",
                dispatcher.collectCounts().toString());
    }

    @Test
    void entry_tellsWhatTheAnnotationSays() {
        table.add(new Provider("vfs", new PartialCalls()));
        assertEquals(
                new SyscallTable.Entry(16, "ioctl", Support.PARTIAL, "no FIBMAP", "vfs"),
                table.snapshot().entries().getFirst());
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

    record Provider(String subsystem, List<Object> handlers) implements SyscallProvider {
        Provider(String subsystem, Object handler) {
            this(subsystem, List.of(handler));
        }

        @Override
        public MethodHandles.Lookup lookup() {
            return MethodHandles.lookup();
        }
    }
}
