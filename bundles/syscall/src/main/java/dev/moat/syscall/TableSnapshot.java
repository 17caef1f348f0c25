package dev.moat.syscall;

import dev.moat.abi.SyscallNumbers;
import dev.moat.api.swap.Stateless;
import dev.moat.api.syscall.SyscallHandler;
import dev.moat.api.syscall.SyscallTable;
import dev.moat.api.task.Task;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was served at one moment: handlers by number. Its content never changes, except that a slot
 * is replaced by its linked form on the first call; handlers are immutable, so that a racing reader
 * sees either one.
 */
@Stateless("handlers of all bundles; composed anew when one of them changes")
final class TableSnapshot {
    static final TableSnapshot EMPTY = new TableSnapshot(List.of());

    private final @Nullable SyscallHandler[] handlers =
            new @Nullable SyscallHandler[SyscallNumbers.COUNT];
    private final @Nullable BoundCall[] calls = new @Nullable BoundCall[SyscallNumbers.COUNT];

    /**
     * @param bound no two with the same number
     */
    TableSnapshot(Collection<BoundCall> bound) {
        for (BoundCall call : bound) {
            int number = call.entry().number();
            calls[number] = call;
            SyscallHandler linked = call.linkedOrNull();
            handlers[number] = linked != null ? linked : new LinkOnFirstCall(call);
        }
    }

    /** The handler of {@code number}, null if nobody serves it. */
    @Nullable SyscallHandler handler(int number) {
        return number >= 0 && number < handlers.length ? handlers[number] : null;
    }

    List<SyscallTable.Entry> entries() {
        List<SyscallTable.Entry> entries = new ArrayList<>();
        for (BoundCall call : calls) {
            if (call != null) {
                entries.add(call.entry());
            }
        }
        return List.copyOf(entries);
    }

    List<Integer> missing() {
        List<Integer> missing = new ArrayList<>();
        for (int number = 0; number < calls.length; number++) {
            if (calls[number] == null && SyscallNumbers.isDefined(number)) {
                missing.add(number);
            }
        }
        return List.copyOf(missing);
    }

    /** Stands in a slot until its call is made for the first time. */
    private final class LinkOnFirstCall implements SyscallHandler {
        private final BoundCall call;

        LinkOnFirstCall(BoundCall call) {
            this.call = call;
        }

        @Override
        public long invoke(Task task, long a0, long a1, long a2, long a3, long a4, long a5) {
            SyscallHandler linked = call.link();
            handlers[call.entry().number()] = linked;
            return linked.invoke(task, a0, a1, a2, a3, a4, a5);
        }
    }
}
