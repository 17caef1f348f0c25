package dev.moat.benchmarks;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.api.syscall.SyscallDispatcher;
import dev.moat.api.syscall.SyscallHandler;
import dev.moat.api.task.Task;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;

/**
 * What a kernel without revisions, leases and swaps would call its handlers through: an array that
 * never changes. The handlers are those of a sandbox.
 */
final class BareTable {
    private static final int CALLS = 512;

    private final @Nullable SyscallHandler[] handlers = new @Nullable SyscallHandler[CALLS];

    /** Takes the handlers that serve {@code dispatcher}, which nobody but a benchmark may see. */
    static BareTable of(SyscallDispatcher dispatcher) {
        try {
            Field served = dispatcher.getClass().getDeclaredField("served");
            served.setAccessible(true);
            Object snapshot = served.get(dispatcher);
            Method handler = snapshot.getClass().getDeclaredMethod("handler", int.class);
            handler.setAccessible(true);
            BareTable table = new BareTable();
            for (int number = 0; number < CALLS; number++) {
                table.handlers[number] = (SyscallHandler) handler.invoke(snapshot, number);
            }
            return table;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the dispatcher looks different", e);
        }
    }

    long dispatch(Task task, int number, long a0, long a1, long a2, long a3, long a4, long a5) {
        SyscallHandler handler = handlers[number];
        if (handler == null) {
            return Errno.ENOSYS.negated();
        }
        try {
            return handler.invoke(task, a0, a1, a2, a3, a4, a5);
        } catch (ErrnoException e) {
            return e.errno().negated();
        }
    }
}
