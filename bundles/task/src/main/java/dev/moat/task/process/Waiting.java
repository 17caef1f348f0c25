package dev.moat.task.process;

import dev.moat.abi.Errno;
import dev.moat.abi.Restart;
import dev.moat.abi.SignalCodes;
import dev.moat.abi.Signals;
import dev.moat.abi.WaitFlags;
import dev.moat.api.sandbox.ExitStatus;
import dev.moat.api.task.Blocker;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Waits for children: the work of wait4(2) and waitid(2), on the parent's thread. Source:
 * kernel/exit.c do_wait.
 */
public final class Waiting implements BooleanSupplier {
    private final GuestTask parent;
    private final Blocker blocker;
    private final Request request;
    private final ProcessTree tree;

    /** Processes whose tracer has seen their end: their parents are next. */
    private final List<GuestGroup> released = new ArrayList<>();

    private @Nullable News found;
    private boolean eligible;

    /** Whom to wait for. */
    public sealed interface Whom {
        /** Any child. */
        record Any() implements Whom {}

        /** One child. */
        record Process(int tgid) implements Whom {}

        /** Any child of a process group. */
        record Group(int processGroupId) implements Whom {}
    }

    /**
     * What to wait for.
     *
     * @param options W* bits; WEXITED must be given explicitly
     */
    public record Request(Whom whom, int options) {
        boolean has(int option) {
            return (options & option) != 0;
        }
    }

    /**
     * What a child did.
     *
     * @param status as wait4(2) encodes it
     * @param code CLD_*
     * @param value exit code or signal
     */
    public record News(int tgid, int uid, int status, int code, int value, Usage usage) {}

    /**
     * @param blocker on which the caller waits
     */
    public Waiting(GuestTask parent, Blocker blocker, Request request) {
        this.parent = parent;
        this.blocker = blocker;
        this.request = request;
        this.tree = parent.services().tree();
    }

    /**
     * Waits.
     *
     * @return 1 if there is {@link #news}, 0 if there is none and WNOHANG was given, -ECHILD
     *     without such a child, -ERESTARTSYS if a signal came first
     */
    public long run() {
        scan();
        if (found == null && eligible && !request.has(WaitFlags.WNOHANG)) {
            Blocker.Outcome outcome =
                    blocker.block(parent.group().childEvents(), this, Blocker.FOREVER);
            if (outcome == Blocker.Outcome.INTERRUPTED && found == null) {
                return -Restart.ERESTARTSYS;
            }
        }
        if (found != null) {
            TaskExit.finishInits(parent.services());
            return 1;
        }
        return eligible ? 0 : Errno.ECHILD.negated();
    }

    /** What was found. */
    public News news() {
        News news = found;
        if (news == null) {
            throw new IllegalStateException("no child has news");
        }
        return news;
    }

    @Override
    public boolean getAsBoolean() {
        scan();
        return found != null || !eligible;
    }

    private void scan() {
        eligible = false;
        tree.lock.lock();
        parent.services().sender().lock.lock();
        try {
            scanLocked();
        } finally {
            parent.services().sender().lock.unlock();
            tree.lock.unlock();
        }
        for (GuestGroup child : released) {
            TaskExit.tracerHasSeen(tree, child);
        }
        released.clear();
    }

    private void scanLocked() {
        for (GuestGroup child : List.copyOf(parent.group().children)) {
            if (found == null && isWanted(child)) {
                // A zombie has one piece of news left: wait_task_zombie().
                eligible |= !child.zombie || request.has(WaitFlags.WEXITED);
                found = newsOf(child);
            }
        }
        for (GuestTask tracer : tracers()) {
            for (GuestTask tracee : List.copyOf(tracer.tracing().traceesLocked())) {
                if (found == null && isWanted(tracee)) {
                    eligible = true;
                    found = newsOf(tracee);
                }
            }
        }
    }

    /** Whose tracees are waited for: those of all threads, if not only its own are wanted. */
    private List<GuestTask> tracers() {
        return request.has(WaitFlags.__WNOTHREAD) ? List.of(parent) : parent.group().liveTasks();
    }

    private boolean isWanted(GuestTask tracee) {
        return switch (request.whom()) {
            case Whom.Any _ -> true;
            case Whom.Process(int tid) -> tracee.tid() == tid;
            case Whom.Group(int id) -> tracee.group().processGroupId() == id;
        };
    }

    /** What a tracee did: kernel/exit.c wait_consider_task with ptrace set. */
    private @Nullable News newsOf(GuestTask tracee) {
        boolean take = !request.has(WaitFlags.WNOWAIT);
        Tracing tracing = tracee.tracing();
        GuestGroup group = tracee.group();
        if (group.zombie && group.leader() == tracee) {
            return request.has(WaitFlags.WEXITED) ? endOf(tracee, take) : null;
        }
        ExitStatus ended = tracing.ended();
        if (ended != null) {
            if (group.leader() == tracee || !request.has(WaitFlags.WEXITED)) {
                return null;
            }
            News news = news(tracee, ended, Usage.NONE);
            if (take) {
                tracing.unlinkLocked(0);
                tree.forgetTaskLocked(tracee);
            }
            return news;
        }
        TraceStop stop = tracing.newsLocked(take);
        if (stop == null) {
            return null;
        }
        return new News(
                parent.pids().seen(tracee.tid()),
                tracee.credentials().uid(),
                WaitFlags.stopped(stop.code()),
                SignalCodes.CLD_TRAPPED,
                stop.code(),
                Usage.NONE);
    }

    /** A process has ended that is traced; if it is another one's child, that one is told next. */
    private @Nullable News endOf(GuestTask tracee, boolean take) {
        GuestGroup group = tracee.group();
        if (!tracee.tracing().isForeign()) {
            return reap(group, take);
        }
        News news = news(tracee, TaskExit.statusOf(group), group.usage());
        if (take) {
            tracee.tracing().unlinkLocked(0);
            released.add(group);
        }
        return news;
    }

    private News news(GuestTask tracee, ExitStatus status, Usage usage) {
        boolean exited = status.signal() == 0;
        return new News(
                parent.pids().seen(tracee.tid()),
                tracee.credentials().uid(),
                status.waitStatus(),
                ChildNews.endCode(status),
                exited ? status.code() : status.signal(),
                usage);
    }

    private boolean isWanted(GuestGroup child) {
        boolean matches =
                switch (request.whom()) {
                    case Whom.Any _ -> true;
                    case Whom.Process(int tgid) -> child.tgid() == tgid;
                    case Whom.Group(int id) -> child.processGroupId() == id;
                };
        if (!matches || request.has(WaitFlags.__WNOTHREAD) && child.parentThread != parent) {
            return false;
        }
        boolean cloned = child.exitSignal != Signals.SIGCHLD;
        return request.has(WaitFlags.__WALL) || cloned == request.has(WaitFlags.__WCLONE);
    }

    private @Nullable News newsOf(GuestGroup child) {
        if (child.leader().tracing().isTraced()) {
            // Its tracer sees it first; if that is this process, it is among the tracees.
            return null;
        }
        GroupSignals signals = child.signals;
        boolean take = !request.has(WaitFlags.WNOWAIT);
        if (child.zombie) {
            return request.has(WaitFlags.WEXITED) ? reap(child, take) : null;
        }
        if (signals.unreportedStop != 0 && request.has(WaitFlags.WUNTRACED)) {
            int signal = signals.unreportedStop;
            if (take) {
                signals.unreportedStop = 0;
            }
            return news(child, WaitFlags.stopped(signal), SignalCodes.CLD_STOPPED, signal);
        }
        if (signals.unreportedContinue && request.has(WaitFlags.WCONTINUED)) {
            if (take) {
                signals.unreportedContinue = false;
            }
            return news(
                    child, WaitFlags.WSTATUS_CONTINUED, SignalCodes.CLD_CONTINUED, Signals.SIGCONT);
        }
        return null;
    }

    private News reap(GuestGroup child, boolean take) {
        ExitStatus status = TaskExit.statusOf(child);
        int code = ChildNews.endCode(status);
        int value = status.signal() == 0 ? status.code() : status.signal();
        News news = news(child, status.waitStatus(), code, value);
        if (take) {
            child.leader().tracing().unlinkLocked(0);
            parent.group().addReaped(child.usage().plus(child.childrenUsage()));
            tree.reapLocked(child);
        }
        return news;
    }

    private News news(GuestGroup child, int status, int code, int value) {
        return new News(
                parent.pids().seen(child.tgid()),
                child.leader().credentials().uid(),
                status,
                code,
                value,
                child.usage().plus(child.childrenUsage()));
    }
}
