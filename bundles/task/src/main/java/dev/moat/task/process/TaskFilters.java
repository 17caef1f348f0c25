package dev.moat.task.process;

import dev.moat.abi.Errno;
import dev.moat.abi.Seccomp;
import dev.moat.api.swap.Stateful;
import dev.moat.task.seccomp.Filter;
import dev.moat.task.seccomp.Listener;
import dev.moat.task.seccomp.ListenerDescription;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The seccomp(2) mode and filters of one task. Changed under the signal lock, by the task itself or
 * by another one of its process (SECCOMP_FILTER_FLAG_TSYNC).
 */
@Stateful
public final class TaskFilters {
    private final GuestTask task;

    /** SECCOMP_MODE_*. Volatile: read by each call. Written behind {@link #filter}. */
    private volatile int mode;

    /** The newest one. Volatile: as {@link #mode}. */
    private volatile @Nullable Filter filter;

    /** Which calls go to the task itself; own thread, and that of its tracer while it stops. */
    private @Nullable UserDispatch dispatch;

    TaskFilters(GuestTask task) {
        this.task = task;
    }

    public int mode() {
        return mode;
    }

    public @Nullable Filter filter() {
        return filter;
    }

    /** Which calls are handed to the task itself; null if none are. On the own thread. */
    public @Nullable UserDispatch dispatch() {
        return dispatch;
    }

    /** Changes {@link #dispatch}. On the own thread, or its tracer's while it stops. */
    public void setDispatch(@Nullable UserDispatch to) {
        dispatch = to;
    }

    /** Whether it looks at calls at all. */
    boolean isActive() {
        return mode != Seccomp.SECCOMP_MODE_DISABLED || dispatch != null;
    }

    /** Whether a call with this number is allowed whatever its arguments are. Cheap. */
    boolean allow(int number) {
        if (dispatch != null) {
            return false;
        }
        Filter newest = filter;
        return mode == Seccomp.SECCOMP_MODE_DISABLED || newest != null && newest.allows(number);
    }

    public int count() {
        Filter newest = filter;
        return newest == null ? 0 : newest.count();
    }

    /** SECCOMP_SET_MODE_STRICT; EINVAL with filters. On the own thread. */
    public void setStrict() {
        SignalSender sender = task.services().sender();
        sender.lock.lock();
        try {
            checkMode(Seccomp.SECCOMP_MODE_STRICT);
            mode = Seccomp.SECCOMP_MODE_STRICT;
        } finally {
            sender.lock.unlock();
        }
    }

    /**
     * Adds a filter, on the own thread.
     *
     * @param instructions checked already
     * @throws dev.moat.abi.ErrnoException EINVAL in strict mode; EBUSY: there is a listener
     *     already; ENOMEM: too many instructions; EMFILE: no descriptor for the listener
     */
    public Added add(long[] instructions, Request request) {
        SignalSender sender = task.services().sender();
        List<GuestTask> changed = new ArrayList<>();
        List<Filter> dropped = new ArrayList<>();
        int descriptor = 0;
        sender.lock.lock();
        try {
            checkMode(Seccomp.SECCOMP_MODE_FILTER);
            Filter below = filter;
            if (request.listens() && below != null && below.hasListener()) {
                throw Errno.EBUSY.exception();
            }
            Filter added = Filter.of(instructions, below, request.logged());
            if (added.isTooLong()) {
                throw Errno.ENOMEM.exception();
            }
            if (request.allThreads()) {
                GuestTask other = strangerLocked();
                if (other != null) {
                    return new Added(0, other.tid());
                }
            }
            if (request.listens()) {
                descriptor = listen(added, request.killableOnly());
            }
            replaceLocked(added, dropped);
            if (request.allThreads()) {
                for (GuestTask other : task.group().live) {
                    if (other != task) {
                        other.filters().replaceLocked(added, dropped);
                        if (task.credentials().noNewPrivileges()) {
                            other.forbidNewPrivilegesLocked();
                        }
                        changed.add(other);
                    }
                }
            }
        } finally {
            sender.lock.unlock();
        }
        changed.forEach(GuestTask::revisit);
        dropped.forEach(Filter::release);
        return new Added(descriptor, 0);
    }

    private int listen(Filter added, boolean killableOnly) {
        Listener listener = new Listener(added, killableOnly);
        added.setListener(listener);
        return task.files().install(task, new ListenerDescription(listener), true);
    }

    /** What a new task begins with: that of its parent. Before it runs. */
    void copyLocked(TaskFilters parent) {
        Filter inherited = parent.filter;
        if (inherited != null) {
            inherited.retain();
        }
        filter = inherited;
        mode = parent.mode;
    }

    /** The task has ended. */
    void release() {
        Filter last;
        SignalSender sender = task.services().sender();
        sender.lock.lock();
        try {
            last = filter;
            filter = null;
            mode = Seccomp.SECCOMP_MODE_DISABLED;
        } finally {
            sender.lock.unlock();
        }
        if (last != null) {
            last.release();
        }
    }

    private void checkMode(int wanted) {
        if (mode != Seccomp.SECCOMP_MODE_DISABLED && mode != wanted) {
            throw Errno.EINVAL.exception();
        }
    }

    /** A thread that has filters which this one has not: seccomp_can_sync_threads. */
    private @Nullable GuestTask strangerLocked() {
        for (GuestTask other : task.group().live) {
            TaskFilters its = other.filters();
            Filter own = filter;
            boolean follows =
                    its.mode == Seccomp.SECCOMP_MODE_DISABLED
                            || its.mode == Seccomp.SECCOMP_MODE_FILTER
                                    && (own == null
                                            ? its.filter == null
                                            : own.contains(its.filter));
            if (other != task && !follows) {
                return other;
            }
        }
        return null;
    }

    private void replaceLocked(Filter added, List<Filter> dropped) {
        Filter old = filter;
        added.retain();
        filter = added;
        mode = Seccomp.SECCOMP_MODE_FILTER;
        if (old != null) {
            dropped.add(old);
        }
    }

    /** What is asked of {@link #add}. */
    public record Request(
            boolean allThreads, boolean logged, boolean listens, boolean killableOnly) {}

    /**
     * What became of {@link #add}.
     *
     * @param descriptor of the listener, if one was asked for
     * @param stranger a thread that has other filters, so that none was added; 0: added
     */
    public record Added(int descriptor, int stranger) {}
}
