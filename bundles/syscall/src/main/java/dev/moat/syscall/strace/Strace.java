package dev.moat.syscall.strace;

import dev.moat.abi.SigInfo;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.sandbox.ExitStatus;
import dev.moat.api.swap.Derived;
import dev.moat.api.swap.Restorable;
import dev.moat.api.swap.Stateful;
import dev.moat.api.syscall.SyscallDispatcher.StraceSink;
import dev.moat.api.syscall.SyscallTap;
import dev.moat.api.task.Task;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Traces calls as strace(1) with {@code -f} does: one line per call when it has returned. A call
 * that is still under way when lines of other tasks come is shown as {@code <unfinished ...>}
 * first, and as {@code resumed} later, if it has been waiting for a while. Thread safe: decoding
 * runs on the task's thread, lines come out whole and in order.
 */
@Stateful
public final class Strace implements SyscallTap, Restorable, AutoCloseable {
    /** A call that takes longer than this is worth two lines. */
    private static final long UNFINISHED_NS = 5_000_000;

    private final StraceSink sink;
    private final NanoClock clock;

    @Derived("a new one: it holds nothing but signatures")
    private CallPrinter printer = new CallPrinter();

    private final RankedLock lock = new RankedLock(LockRank.TRACE);

    /** Calls under way by task id, in order of entry. Guarded by {@link #lock}. */
    private final Map<Integer, Pending> pending = new LinkedHashMap<>();

    @Stateful
    private static final class Pending {
        final String name;
        final String text;
        final long sinceNs;
        boolean shown;

        Pending(String text, long sinceNs) {
            this.name = text.substring(0, text.indexOf('('));
            this.text = text;
            this.sinceNs = sinceNs;
        }
    }

    /** Traces to {@code sink} until {@link #close}. */
    public Strace(StraceSink sink) {
        this(sink, NanoClock.Real.INSTANCE);
    }

    Strace(StraceSink sink, NanoClock clock) {
        this.sink = sink;
        this.clock = clock;
    }

    /** What time it is, for the age of calls. */
    interface NanoClock {
        long nanoTime();

        /** The host's. */
        enum Real implements NanoClock {
            INSTANCE;

            @Override
            public long nanoTime() {
                return System.nanoTime();
            }
        }
    }

    @Override
    public void restored() {
        printer = new CallPrinter();
    }

    @Override
    public long entered(Task task, int number, long[] arguments) {
        if (isUnderWay(task)) {
            // The safe point has interrupted it; arguments may have changed since.
            return ALLOW;
        }
        StringBuilder text = new StringBuilder();
        printer.printEntry(text, new Call(task, number, arguments, Call.Phase.ENTERED, 0));
        lock.lock();
        try {
            pending.put(task.tid(), new Pending(text.toString(), clock.nanoTime()));
        } finally {
            lock.unlock();
        }
        return ALLOW;
    }

    private boolean isUnderWay(Task task) {
        if (!task.resumption().isResumed()) {
            return false;
        }
        lock.lock();
        try {
            return pending.containsKey(task.tid());
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void left(Task task, int number, long[] arguments, long result) {
        StringBuilder end = new StringBuilder();
        printer.printExit(end, new Call(task, number, arguments, Call.Phase.LEFT, result));
        lock.lock();
        try {
            Pending call = pending.remove(task.tid());
            if (call == null) {
                return; // switched on while the call was under way
            }
            emitLocked(
                    task.tid(),
                    call.shown ? "<... " + call.name + " resumed>" + end : call.text + end);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void signalDelivered(Task task, SigInfo info) {
        StringBuilder text = new StringBuilder("--- ");
        SignalKinds.signal(text, info.signal());
        text.append(' ');
        SignalKinds.info(text, info);
        text.append(" ---");
        emit(task.tid(), text.toString());
    }

    @Override
    public void taskEnded(Task task, ExitStatus status) {
        StringBuilder text = new StringBuilder();
        if (status.signal() == 0) {
            text.append("+++ exited with ").append(status.code()).append(" +++");
        } else {
            text.append("+++ killed by ");
            SignalKinds.signal(text, status.signal());
            text.append(status.coreDumped() ? " (core dumped) +++" : " +++");
        }
        lock.lock();
        try {
            finishLocked(task.tid());
            emitLocked(task.tid(), text.toString());
        } finally {
            lock.unlock();
        }
    }

    /** Ends the trace: calls under way are shown as unfinished. */
    @Override
    public void close() {
        lock.lock();
        try {
            pending.forEach((tid, call) -> {
                if (!call.shown) {
                    sink.line(prefix(tid) + call.text + " <unfinished ...>");
                }
            });
            pending.clear();
        } finally {
            lock.unlock();
        }
    }

    /** A call that never returned, such as exit(2). */
    private void finishLocked(int tid) {
        Pending call = pending.remove(tid);
        if (call != null) {
            StringBuilder end = new StringBuilder();
            printer.printNoReturn(end);
            emitLocked(tid, call.shown ? "<... " + call.name + " resumed>" + end : call.text + end);
        }
    }

    private void emit(int tid, String text) {
        lock.lock();
        try {
            emitLocked(tid, text);
        } finally {
            lock.unlock();
        }
    }

    private void emitLocked(int tid, String text) {
        long now = clock.nanoTime();
        List<Map.Entry<Integer, Pending>> waiting = new ArrayList<>(pending.entrySet());
        for (Map.Entry<Integer, Pending> other : waiting) {
            Pending call = other.getValue();
            if (other.getKey() != tid && !call.shown && now - call.sinceNs > UNFINISHED_NS) {
                call.shown = true;
                sink.line(prefix(other.getKey()) + call.text + " <unfinished ...>");
            }
        }
        sink.line(prefix(tid) + text);
    }

    private static String prefix(int tid) {
        String number = Integer.toString(tid);
        return "[pid " + " ".repeat(Math.max(0, 5 - number.length())) + number + "] ";
    }
}
