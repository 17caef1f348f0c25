package dev.moat.syscall;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.SigInfo;
import dev.moat.abi.SyscallNumbers;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.sandbox.ExitStatus;
import dev.moat.api.swap.Derived;
import dev.moat.api.swap.Leases;
import dev.moat.api.swap.Restorable;
import dev.moat.api.swap.Stateful;
import dev.moat.api.syscall.SyscallDispatcher;
import dev.moat.api.syscall.SyscallHandler;
import dev.moat.api.syscall.SyscallTap;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitSuspended;
import dev.moat.syscall.strace.Strace;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The system calls of one sandbox. The only place where {@link ErrnoException} becomes a number.
 */
@Stateful
final class SandboxDispatcher implements SyscallDispatcher, Restorable {
    private static final SyscallTap[] NO_TAPS = {};

    private final Logger logger = LoggerFactory.getLogger(SandboxDispatcher.class);
    private final String sandboxName;
    private final Leases leases;
    private final KernelTable table;
    private final CallCounters counters = new CallCounters();
    private final UnservedCalls unserved = new UnservedCalls();

    /** Volatile: replaced as a whole by the table, read by every call, which ends on it. */
    @Derived("composed from the providers of what serves the sandbox")
    private volatile TableSnapshot served = TableSnapshot.EMPTY;

    private final RankedLock lock = new RankedLock(LockRank.TASK);

    /** Volatile: written under {@link #lock}, read by every call. Never changed in place. */
    private volatile SyscallTap[] taps = NO_TAPS;

    /** Guarded by {@link #lock}. */
    private @Nullable Strace strace;

    /** Volatile: written once. */
    private volatile @Nullable Watcher watcher;

    private SandboxDispatcher(String sandboxName, Leases leases, KernelTable table) {
        this.sandboxName = sandboxName;
        this.leases = leases;
        this.table = table;
    }

    /** A dispatcher that is known to {@code table} until it is closed. */
    static SandboxDispatcher open(String sandboxName, Leases leases, KernelTable table) {
        var dispatcher = new SandboxDispatcher(sandboxName, leases, table);
        table.follow(dispatcher);
        return dispatcher;
    }

    boolean isServedBy(long revision) {
        return leases.holds(revision);
    }

    /** Exchanges the table: calls that begin from now on are served by {@code snapshot}. */
    void serve(TableSnapshot snapshot) {
        served = snapshot;
        tellWatcher();
    }

    @Override
    public boolean isAnswerable(int number) {
        return taps.length == 0 && served.handler(number) != null;
    }

    @Override
    public void countAnswered(int number, long calls) {
        counters.add(number, calls);
    }

    @Override
    public void watch(Watcher newWatcher) {
        watcher = newWatcher;
    }

    private void tellWatcher() {
        Watcher told = watcher;
        if (told != null) {
            told.answersChanged();
        }
    }

    @Override
    public void refresh() {
        table.refresh(this);
    }

    @Override
    public void saving() {
        table.forget(this);
    }

    @Override
    public void restored() {
        table.follow(this);
    }

    @Override
    public void close() {
        stopStrace();
        table.forget(this);
    }

    @Override
    public long dispatch(
            Task task, int number, long a0, long a1, long a2, long a3, long a4, long a5) {
        counters.count(number);
        SyscallHandler handler = served.handler(number);
        SyscallTap[] active = taps;
        if (active.length != 0) {
            return runTapped(active, handler, task, number, new long[] {a0, a1, a2, a3, a4, a5});
        }
        return run(handler, task, number, a0, a1, a2, a3, a4, a5);
    }

    @Override
    public void signalDelivered(Task task, SigInfo info) {
        for (SyscallTap tap : taps) {
            tap.signalDelivered(task, info);
        }
    }

    @Override
    public void taskEnded(Task task, ExitStatus status) {
        for (SyscallTap tap : taps) {
            tap.taskEnded(task, status);
        }
    }

    @Override
    public void addTap(SyscallTap tap) {
        lock.lock();
        try {
            addLocked(tap);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void removeTap(SyscallTap tap) {
        lock.lock();
        try {
            removeLocked(tap);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void startStrace(StraceSink sink) {
        trace(new Strace(sink));
    }

    @Override
    public void stopStrace() {
        trace(null);
    }

    private void trace(@Nullable Strace next) {
        Strace former;
        lock.lock();
        try {
            former = strace;
            strace = next;
            if (former != null) {
                removeLocked(former);
            }
            if (next != null) {
                addLocked(next);
            }
        } finally {
            lock.unlock();
        }
        if (former != null) {
            // Takes the trace's lock, which is not a leaf as this one is.
            former.close();
        }
    }

    @Override
    public List<Count> collectCounts() {
        return counters.collect();
    }

    private long runTapped(
            SyscallTap[] active,
            @Nullable SyscallHandler handler,
            Task task,
            int number,
            long[] arguments) {
        long result = SyscallTap.ALLOW;
        int told = 0;
        while (told < active.length && result == SyscallTap.ALLOW) {
            result = active[told].entered(task, number, arguments.clone());
            told++;
        }
        if (result == SyscallTap.ALLOW) {
            result =
                    run(
                            handler,
                            task,
                            number,
                            arguments[0],
                            arguments[1],
                            arguments[2],
                            arguments[3],
                            arguments[4],
                            arguments[5]);
        }
        for (int i = told - 1; i >= 0; i--) {
            active[i].left(task, number, arguments.clone(), result);
        }
        return result;
    }

    private long run(
            @Nullable SyscallHandler handler,
            Task task,
            int number,
            long a0,
            long a1,
            long a2,
            long a3,
            long a4,
            long a5) {
        if (handler == null) {
            unserved.report(task, number);
            return Errno.ENOSYS.negated();
        }
        try {
            return handler.invoke(task, a0, a1, a2, a3, a4, a5);
        } catch (ErrnoException e) {
            return e.errno().negated();
        } catch (WaitSuspended | OutOfMemoryError e) {
            // The same call comes again; or no memory is left for any, which is no bug of this one.
            throw e;
        } catch (RuntimeException | Error e) {
            if (task.sandbox().bugs().isUndone(e)) {
                // A new revision is at fault and on its way out: the old one gets the same call.
                throw WaitSuspended.INSTANCE;
            }
            throw kernelBug(task, number, e, a0, a1, a2, a3, a4, a5);
        }
    }

    /**
     * A failure that is no errno is a bug of the kernel: it costs the task its life, never the
     * kernel host.
     */
    private IllegalStateException kernelBug(
            Task task, int number, Throwable cause, long... arguments) {
        List<String> hex = new ArrayList<>();
        for (long argument : arguments) {
            hex.add("0x" + Long.toHexString(argument));
        }
        String call = SyscallNumbers.name(number) + "(" + String.join(", ", hex) + ")";
        String line =
                "kernel bug in "
                        + call
                        + " of "
                        + task.name()
                        + " (task "
                        + task.tid()
                        + "), which ends: "
                        + cause;
        logger.error("sandbox {}: {}", sandboxName, line, cause);
        task.sandbox().log(line);
        return new IllegalStateException(line, cause);
    }

    private void addLocked(SyscallTap tap) {
        List<SyscallTap> list = new ArrayList<>(List.of(taps));
        list.add(tap);
        taps = list.toArray(NO_TAPS);
        tellWatcher();
    }

    private void removeLocked(SyscallTap tap) {
        List<SyscallTap> list = new ArrayList<>(List.of(taps));
        list.remove(tap);
        taps = list.toArray(NO_TAPS);
        tellWatcher();
    }
}
