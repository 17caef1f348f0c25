package dev.moat.task.process;

import dev.moat.abi.SigInfo;
import dev.moat.abi.Signals;
import dev.moat.api.namespace.PidView;
import dev.moat.api.sandbox.ExitStatus;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.IoCounts;
import dev.moat.api.task.Task;
import dev.moat.api.task.Task.CpuTime;
import dev.moat.api.task.ThreadGroup;
import dev.moat.api.task.TimerFacts;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.VfsPath;
import dev.moat.task.signal.SignalActions;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A guest process. */
@Stateful(version = 2, upgrade = GuestGroupUpgrade.class)
public final class GuestGroup implements ThreadGroup {
    private static final VarHandle EXECUTABLE = executableHandle();

    private final TaskServices services;
    private final int tgid;
    private final PidView pids;
    private final GroupLimits limits;
    private final WaitQueue childEvents = new WaitQueue();
    private final WaitQueue exitEvents = new WaitQueue();
    private final CompletableFuture<ExitStatus> exited = new CompletableFuture<>();
    private final UsageSum endedTasks = new UsageSum();
    private final UsageSum reapedChildren = new UsageSum();
    private final GroupTimers timers;

    final GroupSignals signals;

    /** Children in order of birth, zombies included. Guarded by the tree's lock. */
    final List<GuestGroup> children = new ArrayList<>();

    /**
     * Live tasks in order of creation: replaced as a whole under the tree's lock, read by anybody.
     */
    volatile List<GuestTask> live = List.of();

    /** The first task; execve by another thread replaces it. Set right after construction. */
    private volatile @Nullable GuestTask leader;

    /** Changed under the tree's lock, read by anybody; null: started from outside. */
    volatile @Nullable GuestGroup parent;

    /**
     * The thread that made this process, for __WNOTHREAD and PR_SET_PDEATHSIG. As {@link #parent}.
     */
    volatile @Nullable GuestTask parentThread;

    /** Changed under the tree's lock, read by anybody. */
    volatile @Nullable ProcessGroup processGroup;

    /** The signal for the parent at the end; 0 for none. Changed under the tree's lock. */
    volatile int exitSignal;

    /**
     * All tasks have ended and nobody has waited for the process yet. Changed under the tree's
     * lock.
     */
    volatile boolean zombie;

    /** Waited for, or never to be waited for. Changed under the tree's lock. */
    volatile boolean reaped;

    /** An execve(2) has happened: setpgid(2) by the parent is refused. */
    volatile boolean executed;

    /** The size of the address space that ended with the process; 0 before. */
    volatile long endMemoryBytes;

    /** PR_SET_CHILD_SUBREAPER. */
    volatile boolean subreaper;

    /** MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED. */
    private volatile boolean barrierRegistered;

    /** MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED. */
    private volatile boolean globalBarrierRegistered;

    /** The same for barriers that threads pass which run code that others wrote. */
    private volatile boolean codeBarrierRegistered;

    private volatile int dumpable = 1;
    private volatile int coreFilter = DEFAULT_CORE_FILTER;
    private volatile int oomScoreAdjustment;
    private volatile int oomScoreMinimum;
    private volatile @Nullable FileDescription executable;

    GuestGroup(
            TaskServices services,
            int tgid,
            PidView pids,
            GroupLimits limits,
            SignalActions actions) {
        this.services = services;
        this.tgid = tgid;
        this.pids = pids;
        this.limits = limits;
        this.signals = new GroupSignals(actions);
        this.timers = new GroupTimers(services, this);
    }

    @Override
    public int tgid() {
        return tgid;
    }

    /** How its pid namespace numbers. */
    public PidView pids() {
        // older files tell of none
        return Objects.requireNonNullElse(pids, PidView.First.INSTANCE);
    }

    /** Whether it is process 1 of a pid namespace, the sandbox' first one included. */
    public boolean isNamespaceInit() {
        return pids() instanceof PidSpace space
                ? space.init() == this
                : services.tree().init() == this;
    }

    @Override
    public int parentTgid() {
        GuestGroup current = parent;
        return current == null ? 0 : current.tgid;
    }

    @Override
    public int processGroupId() {
        ProcessGroup group = processGroup;
        return group == null ? 0 : group.id;
    }

    @Override
    public int sessionId() {
        ProcessGroup group = processGroup;
        return group == null ? 0 : group.session.id;
    }

    @Override
    public GuestTask leader() {
        GuestTask first = leader;
        if (first == null) {
            throw new IllegalStateException("process " + tgid + " has no task yet");
        }
        return first;
    }

    void setLeader(GuestTask task) {
        leader = task;
    }

    @Override
    public List<Task> tasks() {
        return List.copyOf(live);
    }

    /** Live tasks. */
    public List<GuestTask> liveTasks() {
        return live;
    }

    @Override
    public List<ThreadGroup> children() {
        services.tree().lock.lock();
        try {
            return List.copyOf(children);
        } finally {
            services.tree().lock.unlock();
        }
    }

    @Override
    public Optional<Task> parentTask() {
        return Optional.ofNullable(parentThread);
    }

    @Override
    public List<TimerFacts> collectTimers() {
        return timers.collectFacts();
    }

    @Override
    public void signal(SigInfo info) {
        if (leader == null) {
            // About to be born, and in its control group already: its end comes first.
            if (info.signal() == Signals.SIGKILL) {
                services.sender().kill(this, ExitStatus.killed(Signals.SIGKILL));
            }
            return;
        }
        services.sender().toGroup(this, info, SignalSender.Origin.KERNEL);
    }

    @Override
    public GroupLimits limits() {
        return limits;
    }

    public GroupTimers timers() {
        return timers;
    }

    private static VarHandle executableHandle() {
        try {
            return MethodHandles.lookup()
                    .findVarHandle(GuestGroup.class, "executable", FileDescription.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    @Override
    public Optional<VfsPath> executable() {
        FileDescription file = executable;
        return file == null ? Optional.empty() : Optional.ofNullable(file.path());
    }

    /** Takes over a reference on {@code file}; the old one is released. */
    public void setExecutable(@Nullable FileDescription file) {
        // Two threads may exchange it at once: PR_SET_MM of prctl(2).
        FileDescription old = (FileDescription) EXECUTABLE.getAndSet(this, file);
        if (old != null) {
            old.release();
        }
    }

    /** The executable with a new reference, for fork(2). */
    @Nullable FileDescription shareExecutable() {
        FileDescription file = executable;
        return file != null && file.tryRetain() ? file : null;
    }

    @Override
    public boolean isZombie() {
        return zombie;
    }

    /** Whether it was waited for: its pid means nothing any more. */
    public boolean isReaped() {
        return reaped;
    }

    @Override
    public Optional<ControllingTerminal> terminal() {
        ProcessGroup group = processGroup;
        return group == null ? Optional.empty() : group.session.terminal();
    }

    @Override
    public void setTerminal(Optional<ControllingTerminal> terminal) {
        ProcessGroup group = processGroup;
        if (group != null) {
            group.session.setTerminal(terminal);
        }
    }

    @Override
    public CpuTime cpuTime() {
        return ownUsage().cpuTime();
    }

    @Override
    public CpuTime childrenCpuTime() {
        return reapedChildren.total().cpuTime();
    }

    @Override
    public IoCounts collectIo() {
        return ownUsage().io().plus(reapedChildren.total().io());
    }

    /** What live and ended tasks have used. */
    public Usage usage() {
        List<GuestTask> tasks = live;
        Usage own = ownUsage();
        return tasks.isEmpty() ? own : own.plus(Usage.of(tasks.getFirst().memory().stats()));
    }

    /** {@link #usage} without what the address space of live tasks tells. */
    private Usage ownUsage() {
        Usage sum = endedTasks.total();
        for (GuestTask task : live) {
            sum = sum.plus(Usage.ofTask(task));
        }
        return sum;
    }

    public Usage childrenUsage() {
        return reapedChildren.total();
    }

    void addEnded(Usage usage) {
        endedTasks.add(usage);
    }

    void addReaped(Usage usage) {
        reapedChildren.add(usage);
    }

    @Override
    public int dumpable() {
        return dumpable;
    }

    public void setDumpable(int value) {
        dumpable = value;
    }

    @Override
    public int coreFilter() {
        return coreFilter;
    }

    @Override
    public void setCoreFilter(int bits) {
        coreFilter = bits;
    }

    @Override
    public int oomScoreAdjustment() {
        return oomScoreAdjustment;
    }

    @Override
    public int oomScoreMinimum() {
        return oomScoreMinimum;
    }

    @Override
    public void setOomScore(int adjustment, int minimum) {
        oomScoreAdjustment = adjustment;
        oomScoreMinimum = minimum;
    }

    public boolean isBarrierRegistered() {
        return barrierRegistered;
    }

    public void setBarrierRegistered() {
        barrierRegistered = true;
    }

    public boolean isGlobalBarrierRegistered() {
        return globalBarrierRegistered;
    }

    public void setGlobalBarrierRegistered() {
        globalBarrierRegistered = true;
    }

    public boolean isCodeBarrierRegistered() {
        return codeBarrierRegistered;
    }

    public void setCodeBarrierRegistered() {
        codeBarrierRegistered = true;
    }

    /** What the process registered for membarrier(2) is as in {@code other}: fork(2). */
    void copyBarriers(GuestGroup other) {
        barrierRegistered = other.barrierRegistered;
        globalBarrierRegistered = other.globalBarrierRegistered;
        codeBarrierRegistered = other.codeBarrierRegistered;
    }

    /** execve(2): membarrier_exec_mmap, kernel/sched/membarrier.c. */
    void forgetBarriers() {
        barrierRegistered = false;
        globalBarrierRegistered = false;
        codeBarrierRegistered = false;
    }

    public boolean isSubreaper() {
        return subreaper;
    }

    public void setSubreaper(boolean value) {
        subreaper = value;
    }

    /** Woken when a child has news for wait(2). */
    public WaitQueue childEvents() {
        return childEvents;
    }

    /** Woken when the process has become a zombie (pidfd). */
    public WaitQueue exitEvents() {
        return exitEvents;
    }

    /** How the process ends or ended; null while nobody has decided. */
    public @Nullable ExitStatus exitStatus() {
        return signals.exit;
    }

    /** Completes when the process has ended. */
    CompletableFuture<ExitStatus> exited() {
        return exited;
    }

    /** Whether the parent has set SIGCHLD so that children vanish without being waited for. */
    boolean ignoresChildren() {
        var action = signals.actions.get(Signals.SIGCHLD);
        return action.handler() == Signals.SIG_IGN || (action.flags() & Signals.SA_NOCLDWAIT) != 0;
    }

    public SignalActions actions() {
        return signals.actions;
    }

    /**
     * The real-time signals' and signalfd's bell: woken when a signal arrives for any task of the
     * group.
     */
    WaitQueue arrivals() {
        return signals.arrivals;
    }

    @Override
    public String toString() {
        return "process " + tgid;
    }
}
