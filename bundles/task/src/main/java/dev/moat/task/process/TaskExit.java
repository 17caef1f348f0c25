package dev.moat.task.process;

import dev.moat.abi.PtraceConstants;
import dev.moat.abi.SigInfo;
import dev.moat.abi.SignalCodes;
import dev.moat.abi.Signals;
import dev.moat.api.mm.MemoryManager;
import dev.moat.api.mm.MemoryManager.MemoryStats;
import dev.moat.api.platform.ExecutionContext;
import dev.moat.api.sandbox.ExitStatus;
import dev.moat.api.task.Task.TaskState;
import dev.moat.api.task.ThreadGroup.ControllingTerminal;
import dev.moat.api.task.WaitQueue;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The end of a task, on its own thread. Source: kernel/exit.c. */
final class TaskExit {
    private TaskExit() {}

    /** Releases what the task holds and tells those who wait. */
    static void run(TaskServices services, GuestTask task, RunLoop loop) {
        GuestGroup group = task.group();
        guarded(() -> CoreDump.leaveRegisters(task, loop.contextOrNull()));
        loop.freezeCpuTime();
        guarded(() -> services.sandbox().syscalls().taskEnded(task, statusOf(task)));
        Usage memoryUsage = memoryUsage(task);
        guarded(() -> services.futexes().leaveQueues(task));
        guarded(task.resumption()::clear);
        guarded(() -> services.futexes().exitOwner(task, task.futexOwner(), task.memory()));
        // in this order: a space that ends takes its contexts along at no further cost
        releaseParts(task);
        guarded(() -> services.cgroups().leave(task));
        guarded(() -> closeContext(loop));
        task.endVfork();
        boolean last = leave(services, task, memoryUsage);
        // again: until here it could be found, and queued behind, as the owner of a futex
        guarded(() -> services.futexes().pi().ownerDied(task.tid()));
        GuestTask execing = group.signals.execing;
        if (execing != null) {
            execing.blocker().wake();
        }
        releaseTracees(services, task);
        if (last) {
            var end = new Accounting.End(task, statusOf(group));
            guarded(() -> Accounting.tell(services.tree(), end));
            endProcess(services, group);
        } else {
            parentThreadEnded(services, task);
        }
    }

    /** A tracer ends: its tracees go on, or end with it. Source: kernel/ptrace.c exit_ptrace. */
    private static void releaseTracees(TaskServices services, GuestTask tracer) {
        List<GuestGroup> seen = new ArrayList<>();
        ProcessTree tree = services.tree();
        tree.lock.lock();
        services.sender().lock.lock();
        try {
            for (GuestTask tracee : List.copyOf(tracer.tracing().traceesLocked())) {
                GuestGroup group = tracee.group();
                boolean ends = tracee.tracing().has(PtraceConstants.PTRACE_O_EXITKILL);
                boolean foreign = tracee.tracing().isForeign();
                tracee.tracing().unlinkLocked(0);
                if (group.zombie && group.leader() == tracee) {
                    if (foreign) {
                        seen.add(group);
                    }
                } else if (tracee.tracing().ended() != null && group.leader() != tracee) {
                    tree.forgetTaskLocked(tracee);
                } else if (ends) {
                    services.sender().killLocked(group, ExitStatus.killed(Signals.SIGKILL));
                }
            }
        } finally {
            services.sender().lock.unlock();
            tree.lock.unlock();
        }
        for (GuestGroup group : seen) {
            tracerHasSeen(tree, group);
        }
    }

    /** The tracer of a process that has ended knows it, or is gone: now the parent is told. */
    static void tracerHasSeen(ProcessTree tree, GuestGroup group) {
        List<WaitQueue> bells = new ArrayList<>();
        tree.lock.lock();
        try {
            if (group.zombie) {
                notifyParentLocked(tree, group, bells);
            }
        } finally {
            tree.lock.unlock();
        }
        for (WaitQueue bell : bells) {
            bell.wakeAll(WaitQueue.ANY);
        }
    }

    /** The very last act of a task's Java thread. */
    static void threadEnded(TaskServices services, GuestTask task) {
        GuestGroup group = task.group();
        ProcessTree tree = services.tree();
        boolean processEnded = group.live.isEmpty();
        int left = tree.threadEnded();
        if (processEnded && tree.init() != group) {
            group.exited().complete(statusOf(group));
        }
        GuestGroup init = tree.init();
        if (left == 0 && init != null && init.live.isEmpty()) {
            init.exited().complete(statusOf(init));
        }
    }

    /** Undoes the making of a task whose thread could not be started. */
    static void abandon(TaskServices services, GuestTask task) {
        releaseParts(task);
        services.cgroups().leave(task);
        task.endVfork();
        leave(services, task, Usage.NONE);
        GuestGroup group = task.group();
        ProcessTree tree = services.tree();
        tree.lock.lock();
        try {
            if (group.live.isEmpty()) {
                tree.reapLocked(group);
            }
        } finally {
            tree.lock.unlock();
        }
        finishInits(services);
        tree.threadEnded();
    }

    /** Gives back the counted parts of a task that runs no guest code any more. */
    static void releaseParts(GuestTask task) {
        guarded(() -> task.memory().release());
        guarded(task::leaveUndoGroup);
        guarded(task.keyrings()::release);
        guarded(task.registeredRings()::clear);
        guarded(task.filters()::release);
        guarded(() -> task.files().release(task));
        guarded(() -> task.fs().release());
        guarded(() -> task.namespaces().release());
    }

    /** How a process that has ended did so. */
    static ExitStatus statusOf(GuestGroup group) {
        ExitStatus status = group.signals.exit;
        return status == null ? ExitStatus.exited(0) : status;
    }

    /** How a task ends: as its process, if that was told to end as a whole. */
    static ExitStatus statusOf(GuestTask task) {
        ExitStatus status = task.group().signals.exit;
        return status == null ? task.exitStatus() : status;
    }

    private static Usage memoryUsage(GuestTask task) {
        MemoryManager memory = task.memory();
        if (memory.users() != 1) {
            return Usage.NONE;
        }
        MemoryStats stats = memory.stats();
        task.group().endMemoryBytes = stats.virtualBytes();
        return Usage.of(stats);
    }

    private static void closeContext(RunLoop loop) {
        ExecutionContext context = loop.contextOrNull();
        loop.setContext(null);
        if (context != null) {
            context.close();
        }
    }

    /** Takes the task out of its process; gives whether it was the last one. */
    private static boolean leave(TaskServices services, GuestTask task, Usage memoryUsage) {
        GuestGroup group = task.group();
        ProcessTree tree = services.tree();
        boolean last;
        boolean stopCompleted;
        int stopSignal;
        GuestTask tracer = task.tracing().tracer();
        Usage used = Usage.ofTask(task).plus(memoryUsage);
        group.addEnded(used);
        tree.addEnded(used);
        tree.lock.lock();
        services.sender().lock.lock();
        try {
            tree.removeTaskLocked(task);
            task.signals().discardLocked();
            last = group.live.isEmpty();
            if (last) {
                services.sender().release(group.signals.shared.flushAll());
            }
            task.setState(last || group.leader() == task ? TaskState.ZOMBIE : TaskState.DEAD);
            if (last && group.signals.exit == null) {
                group.signals.exit = group.leader().exitStatus();
            }
            stopCompleted = !last && group.signals.completeStopLocked(group.live);
            stopSignal = group.signals.unreportedStop;
            task.tracing().endLocked(statusOf(task));
        } finally {
            services.sender().lock.unlock();
            tree.lock.unlock();
        }
        if (stopCompleted) {
            ChildNews.stopped(group, stopSignal);
        }
        // whoever polls a pidfd of the thread: the others look, and sleep on
        group.exitEvents().wakeAll(WaitQueue.ANY);
        if (tracer != null && group.leader() != task) {
            ChildNews.traceeEnded(task, tracer, statusOf(task));
        }
        return last;
    }

    private static void endProcess(TaskServices services, GuestGroup group) {
        guarded(group.timers()::close);
        guarded(() -> group.setExecutable(null));
        guarded(() -> leaveTerminal(group));
        ProcessTree tree = services.tree();
        List<Orphan> orphans = new ArrayList<>();
        List<WaitQueue> bells = new ArrayList<>();
        tree.lock.lock();
        try {
            if (tree.init() == group) {
                tree.closeLocked();
            }
            hangUpOwnGroupLocked(tree, group);
            PidSpace led = ledBy(group);
            if (led != null) {
                led.ending = true;
            }
            Set<ProcessGroup> below = groupsBelowLocked(group);
            giveChildrenAwayLocked(tree, group, orphans, bells);
            for (ProcessGroup candidate : below) {
                hangUpIfOrphanedLocked(tree, candidate, group);
            }
            if (led != null && led.processes > 1) {
                // zap_pid_ns_processes: the others end first
                led.initWaits = true;
            } else if (led != null) {
                tree.initEndedLocked(group);
            } else {
                becomeZombieLocked(tree, group, bells);
            }
        } finally {
            tree.lock.unlock();
        }
        if (tree.init() == group) {
            killAll(services);
        } else if (ledBy(group) != null) {
            killBelow(services, group);
        }
        for (Orphan orphan : orphans) {
            orphan.task().signals().send(orphan.info());
        }
        for (WaitQueue bell : bells) {
            bell.wakeAll(WaitQueue.ANY);
        }
        if (group.zombie || group.reaped) {
            group.exitEvents().wakeAll(WaitQueue.ANY);
        }
        finishInits(services);
    }

    private static void becomeZombieLocked(
            ProcessTree tree, GuestGroup group, List<WaitQueue> bells) {
        group.zombie = true;
        group.leader().setState(TaskState.ZOMBIE);
        notifyParentLocked(tree, group, bells);
    }

    /** The pid namespace whose process 1 it is, below the first one; null if there is none. */
    private static @Nullable PidSpace ledBy(GuestGroup group) {
        return group.pids() instanceof PidSpace space && space.init() == group ? space : null;
    }

    /** Tells the end of processes 1 that were waiting for the others. Without locks. */
    static void finishInits(TaskServices services) {
        ProcessTree tree = services.tree();
        for (GuestGroup init = tree.takeEndedInit(); init != null; init = tree.takeEndedInit()) {
            List<WaitQueue> bells = new ArrayList<>();
            var end = new Accounting.End(init.leader(), statusOf(init));
            guarded(() -> tree.accounting(end.task().group().pids()).end(end));
            tree.lock.lock();
            try {
                becomeZombieLocked(tree, init, bells);
            } finally {
                tree.lock.unlock();
            }
            for (WaitQueue bell : bells) {
                bell.wakeAll(WaitQueue.ANY);
            }
            init.exitEvents().wakeAll(WaitQueue.ANY);
        }
    }

    /** Ends everybody in the namespace of a process 1 that has ended, and in those below. */
    private static void killBelow(TaskServices services, GuestGroup init) {
        for (GuestGroup other : services.tree().collectGroups()) {
            if (other != init && other.pids().isWithin(init.pids())) {
                services.sender().kill(other, ExitStatus.killed(Signals.SIGKILL));
            }
        }
    }

    /** A task that asked to be told of its parent's death. */
    private record Orphan(GuestTask task, SigInfo info) {}

    private static void killAll(TaskServices services) {
        for (GuestGroup other : services.tree().collectGroups()) {
            services.sender().kill(other, ExitStatus.killed(Signals.SIGKILL));
        }
    }

    /** The session leader gives its terminal up: the foreground is told, the terminal hangs up. */
    private static void leaveTerminal(GuestGroup group) {
        Optional<ControllingTerminal> terminal = group.terminal();
        if (terminal.isPresent() && group.sessionId() == group.tgid()) {
            group.setTerminal(Optional.empty());
            terminal.get().disassociate(group.sessionId());
        }
    }

    /**
     * Children get a new parent: the nearest subreaper among the ancestors, else the first process.
     */
    private static void giveChildrenAwayLocked(
            ProcessTree tree, GuestGroup group, List<Orphan> orphans, List<WaitQueue> bells) {
        GuestGroup heir = heirLocked(tree, group);
        for (GuestGroup child : List.copyOf(group.children)) {
            collectDeathSignals(group, child, orphans);
            group.children.remove(child);
            child.parent = heir;
            child.live.forEach(GuestTask::revisit);
            child.parentThread = heir == null || heir.live.isEmpty() ? null : heir.live.getFirst();
            child.exitSignal = Signals.SIGCHLD;
            if (heir != null) {
                heir.children.add(child);
            }
            if (child.zombie) {
                notifyParentLocked(tree, child, bells);
            }
        }
    }

    private static @Nullable GuestGroup heirLocked(ProcessTree tree, GuestGroup group) {
        if (ledBy(group) != null) {
            return null;
        }
        int level = group.pids().level();
        for (GuestGroup up = group.parent;
                up != null && up.pids().level() == level;
                up = up.parent) {
            if (up.subreaper && !up.live.isEmpty()) {
                return up;
            }
        }
        GuestGroup init = group.pids() instanceof PidSpace space ? space.init() : tree.init();
        return init == null || init == group || init.live.isEmpty() ? null : init;
    }

    private static void collectDeathSignals(
            GuestGroup parent, GuestGroup child, List<Orphan> orphans) {
        for (GuestTask task : child.live) {
            int signal = task.parentDeathSignal();
            if (signal != 0) {
                orphans.add(
                        new Orphan(
                                task,
                                SigInfo.kill(
                                        signal,
                                        SignalCodes.SI_USER,
                                        parent.tgid(),
                                        parent.leader().credentials().uid())));
            }
        }
    }

    /** A thread has ended and others of the process live: its children belong to one of them. */
    private static void parentThreadEnded(TaskServices services, GuestTask task) {
        GuestGroup group = task.group();
        List<Orphan> orphans = new ArrayList<>();
        ProcessTree tree = services.tree();
        tree.lock.lock();
        try {
            for (GuestGroup child : group.children) {
                if (child.parentThread == task) {
                    child.parentThread = group.live.isEmpty() ? null : group.live.getFirst();
                    collectDeathSignals(group, child, orphans);
                }
            }
        } finally {
            tree.lock.unlock();
        }
        for (Orphan orphan : orphans) {
            orphan.task().signals().send(orphan.info());
        }
    }

    /** The process may have been the one whose parent kept its group from being orphaned. */
    private static void hangUpOwnGroupLocked(ProcessTree tree, GuestGroup group) {
        ProcessGroup own = group.processGroup;
        GuestGroup parent = group.parent;
        if (own != null && parent != null) {
            ProcessGroup above = parent.processGroup;
            if (above != own && above != null && above.session == own.session) {
                hangUpIfOrphanedLocked(tree, own, group);
            }
        }
    }

    /**
     * Groups of children that this process may have kept from being orphaned: to look at once they
     * have new parents.
     */
    private static Set<ProcessGroup> groupsBelowLocked(GuestGroup group) {
        Set<ProcessGroup> below = new LinkedHashSet<>();
        ProcessGroup own = group.processGroup;
        for (GuestGroup child : group.children) {
            ProcessGroup other = child.processGroup;
            if (other != null && own != null && other != own && other.session == own.session) {
                below.add(other);
            }
        }
        return below;
    }

    /**
     * Process groups that this end orphans and that have stopped members get SIGHUP and SIGCONT.
     */
    private static void hangUpIfOrphanedLocked(
            ProcessTree tree, ProcessGroup candidate, GuestGroup ending) {
        if (!tree.isOrphanedLocked(candidate, ending)) {
            return;
        }
        boolean stoppedMember = false;
        for (GuestGroup member : candidate.members) {
            stoppedMember |= member.signals.stopComplete;
        }
        if (stoppedMember) {
            for (GuestGroup member : List.copyOf(candidate.members)) {
                member.signal(SigInfo.kernel(Signals.SIGHUP));
                member.signal(SigInfo.kernel(Signals.SIGCONT));
            }
        }
    }

    /** Sends the exit signal; reaps at once if nobody is going to wait. */
    private static void notifyParentLocked(
            ProcessTree tree, GuestGroup group, List<WaitQueue> bells) {
        GuestTask tracer = group.leader().tracing().tracer();
        if (tracer != null && group.leader().tracing().isForeign()) {
            ChildNews.traceeEnded(group.leader(), tracer, statusOf(group));
            return;
        }
        GuestGroup parent = group.parent;
        if (parent == null || parent.live.isEmpty()) {
            tree.reapLocked(group);
            return;
        }
        boolean vanishes = group.exitSignal == Signals.SIGCHLD && parent.ignoresChildren();
        boolean silent =
                // clone(2) takes numbers that are no signals, too
                !Signals.isValid(group.exitSignal)
                        || vanishes
                                && parent.signals.actions.get(Signals.SIGCHLD).handler()
                                        == Signals.SIG_IGN;
        if (!silent) {
            parent.signal(ChildNews.ended(group, statusOf(group)));
        }
        if (vanishes) {
            tree.reapLocked(group);
        }
        bells.add(parent.childEvents());
    }

    /** Runs one step of the end: a failure in it must not keep the others from happening. */
    private static void guarded(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException | Error e) {
            Logger logger = LoggerFactory.getLogger(TaskExit.class);
            logger.error("end of a task: a step failed", e);
        }
    }
}
