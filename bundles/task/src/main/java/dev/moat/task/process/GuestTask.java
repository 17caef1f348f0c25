package dev.moat.task.process;

import dev.moat.api.cgroup.Cgroup;
import dev.moat.api.mm.MemoryManager;
import dev.moat.api.mm.UserMemory;
import dev.moat.api.namespace.Namespace;
import dev.moat.api.namespace.NamespaceKind;
import dev.moat.api.namespace.Namespaces;
import dev.moat.api.namespace.PidView;
import dev.moat.api.platform.ExecutionContext;
import dev.moat.api.platform.Registers;
import dev.moat.api.sandbox.ExitStatus;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.sandbox.UtsName;
import dev.moat.api.swap.Restorable;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.IoAccount;
import dev.moat.api.task.Keyrings;
import dev.moat.api.task.PagePlacement;
import dev.moat.api.task.RegisteredRings;
import dev.moat.api.task.Resumption;
import dev.moat.api.task.Task;
import dev.moat.api.task.UndoGroup;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.vfs.FdTable;
import dev.moat.api.vfs.FsContext;
import dev.moat.task.futex.FutexOwner;
import dev.moat.task.signal.AlternateStack;
import dev.moat.task.signal.FaultDetail;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A guest thread. */
@Stateful
public final class GuestTask implements Task, Restorable {
    /** Longest command name without its NUL: TASK_COMM_LEN - 1. */
    private static final int NAME_LIMIT = 15;

    private final TaskServices services;
    private final GuestGroup group;
    private final TaskSignals signals;
    private final TaskBlocker blocker;
    private final AlternateStack alternateStack = new AlternateStack();
    private final FutexOwner futexOwner = new FutexOwner();
    private final Scheduling scheduling;
    private IoAccount io = new IoAccount();
    private Keyrings keyrings = new Keyrings();
    private RegisteredRings registeredRings = new RegisteredRings();
    private TaskFilters filters = new TaskFilters(this);
    private Tracing tracing = new Tracing(this);
    private final WaitQueue vforkEvents = new WaitQueue();
    private final Resumption resumption = new Resumption();
    private final AtomicLong sleeps = new AtomicLong();
    private final long startTimeNs;
    private final RunLoop loop;

    /**
     * Changes once, when a thread that is not the leader executes a program and becomes the leader.
     */
    private volatile int tid;

    // Changed on the task's own thread (execve), read by anybody.
    private volatile MemoryManager memory;
    private volatile FdTable files;
    private volatile FsContext fs;
    private volatile Credentials credentials;
    private volatile Namespaces namespaces;

    /** Null until it is asked for. As {@link #memory}. */
    private volatile @Nullable UndoGroup undoGroup;

    /** Changed under the lock of the control groups, read by anybody. */
    private volatile Cgroup cgroup;

    private volatile boolean frozen;
    private volatile String name;
    private volatile TaskState state = TaskState.RUNNING;

    /** System call under way; read by /proc from other threads. */
    private volatile int currentSyscall = -1;

    /** Still uses the address space of its vfork parent. */
    private volatile boolean vforkPending;

    /** What exit(2) was given. */
    private volatile int exitCode;

    /** What ended this task alone, as a signal; 0: exit(2). */
    private volatile int endSignal;

    /** A thread of the same process has forbidden new privileges to all. Guarded by signal lock. */
    private boolean privilegesForbidden;

    private volatile int parentDeathSignal;
    private volatile long timerSlackNs = Scheduling.DEFAULT_SLACK_NS;
    private volatile int personality;

    // Own thread only.
    private @Nullable RestartBlock restartBlock;
    private FaultDetail lastFault = FaultDetail.NONE;

    GuestTask(TaskServices services, GuestGroup group, int tid, TaskParts parts) {
        this.services = services;
        this.group = group;
        this.tid = tid;
        this.memory = parts.memory();
        this.files = parts.files();
        this.fs = parts.fs();
        this.credentials = parts.credentials();
        this.namespaces = parts.namespaces();
        this.cgroup = parts.cgroup();
        this.name = parts.name();
        this.scheduling = parts.scheduling();
        this.startTimeNs = services.clock().boottimeNs();
        this.signals = new TaskSignals(services.sender(), this, group);
        this.blocker = new TaskBlocker(this, services.clock());
        this.loop = new RunLoop(services, this, parts.launch());
    }

    /** The kernel's own view of a task of this bundle. */
    public static GuestTask of(Task task) {
        return (GuestTask) task;
    }

    @Override
    public int tid() {
        return tid;
    }

    @Override
    public PidView pids() {
        return group.pids();
    }

    @Override
    public Namespace pidNamespace() {
        return group.pids() instanceof PidSpace space
                ? space.namespace()
                : Namespaces.firstOf(services.sandbox()).get(NamespaceKind.PID);
    }

    void setTid(int newTid) {
        tid = newTid;
    }

    @Override
    public GuestGroup group() {
        return group;
    }

    @Override
    public Sandbox sandbox() {
        return services.sandbox();
    }

    public TaskServices services() {
        return services;
    }

    @Override
    public MemoryManager memory() {
        return memory;
    }

    void setMemory(MemoryManager newMemory) {
        memory = newMemory;
    }

    @Override
    public UserMemory user() {
        return memory.user();
    }

    @Override
    public FdTable files() {
        return files;
    }

    @Override
    public void unshareFiles() {
        if (files.users() > 1) {
            files.checkCopy();
            exchangeFiles(files.fork()).release(this);
        }
    }

    /**
     * Takes over a use of {@code table}; the old one is the caller's to release (unshare, execve).
     */
    public FdTable exchangeFiles(FdTable table) {
        FdTable old = files;
        files = table;
        return old;
    }

    @Override
    public FsContext fs() {
        return fs;
    }

    public FsContext exchangeFs(FsContext context) {
        FsContext old = fs;
        fs = context;
        return old;
    }

    @Override
    public Namespaces namespaces() {
        return namespaces;
    }

    /** As {@link #exchangeFiles}. */
    public Namespaces exchangeNamespaces(Namespaces others) {
        Namespaces old = namespaces;
        namespaces = others;
        return old;
    }

    @Override
    public UtsName uts() {
        // names that were not made by unshare(2) are those of the sandbox
        return (UtsName)
                namespaces.get(NamespaceKind.UTS).part(NewNamespaces.UTS_PART, sandbox()::uts);
    }

    @Override
    public UndoGroup undoGroup() {
        UndoGroup known = Objects.requireNonNullElseGet(undoGroup, UndoGroup::new);
        undoGroup = known;
        return known;
    }

    /** The undo group for one more task, kcmp(2) compares it; null if there is none yet. */
    public @Nullable UndoGroup undoGroupOrNull() {
        return undoGroup;
    }

    /** Counts one more member of the undo group, which a new task gets. */
    UndoGroup shareUndoGroup() {
        UndoGroup shared = undoGroup();
        shared.retain();
        return shared;
    }

    /** Takes over a membership; a new task has none before. */
    void exchangeUndoGroup(UndoGroup group) {
        undoGroup = group;
    }

    /** Leaves the undo group, if it is in one: exit(2), unshare(2). */
    public void leaveUndoGroup() {
        if (undoGroup instanceof UndoGroup left) {
            undoGroup = null;
            left.release(tgid());
        }
    }

    @Override
    public Credentials credentials() {
        return credentials;
    }

    @Override
    public void setCredentials(Credentials newCredentials) {
        services.sender().lock.lock();
        try {
            credentials =
                    privilegesForbidden ? newCredentials.withoutNewPrivileges() : newCredentials;
        } finally {
            services.sender().lock.unlock();
        }
    }

    /** Another thread sets no_new_privs for this one. */
    void forbidNewPrivilegesLocked() {
        privilegesForbidden = true;
        credentials = credentials.withoutNewPrivileges();
    }

    /** What seccomp(2) has set. */
    public TaskFilters filters() {
        return filters;
    }

    @Override
    public int seccompMode() {
        return filters.mode();
    }

    @Override
    public int seccompFilters() {
        return filters.count();
    }

    /** Who traces it, and whom it traces: ptrace(2). */
    public Tracing tracing() {
        return tracing;
    }

    @Override
    public int tracerTid() {
        return tracing.tracerTid();
    }

    /** Whether something other than the kernel wants to see each of its calls. */
    boolean isWatched() {
        return filters.isActive() || tracing.isTraced();
    }

    /** What was written before there were some of these has none. */
    @Override
    public void restored() {
        services.cgroups().adopt(this);
        filters = Objects.requireNonNullElseGet(filters, () -> new TaskFilters(this));
        tracing = Objects.requireNonNullElseGet(tracing, () -> new Tracing(this));
        io = Objects.requireNonNullElseGet(io, IoAccount::new);
        keyrings = Objects.requireNonNullElseGet(keyrings, Keyrings::new);
        registeredRings = Objects.requireNonNullElseGet(registeredRings, RegisteredRings::new);
    }

    @Override
    public Cgroup cgroup() {
        return cgroup;
    }

    @Override
    public void enterCgroup(Cgroup entered) {
        cgroup = entered;
    }

    @Override
    public void attendCgroup() {
        signals.askToHold();
    }

    @Override
    public boolean isFrozen() {
        TaskState now = state;
        boolean stopped = now == TaskState.STOPPED || now == TaskState.TRACED;
        return frozen || stopped || now == TaskState.DISK_SLEEP;
    }

    void setFrozen(boolean value) {
        if (frozen != value) {
            frozen = value;
            services.cgroups().frozenChanged(cgroup);
        }
    }

    @Override
    public TaskSignals signals() {
        return signals;
    }

    @Override
    public TaskBlocker blocker() {
        return blocker;
    }

    /** The platform's side; on the task's own thread only. */
    public ExecutionContext context() {
        return loop.context();
    }

    @Override
    public Registers registers() {
        return loop.context().registers();
    }

    /**
     * Tells the run loop that the call under way has set all registers: its result is not stored.
     */
    public void registersReplaced() {
        loop.keepRegisters();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void setName(String newName) {
        name = newName.length() > NAME_LIMIT ? newName.substring(0, NAME_LIMIT) : newName;
    }

    @Override
    public TaskState state() {
        return state;
    }

    void setState(TaskState newState) {
        if (newState == TaskState.SLEEPING || newState == TaskState.DISK_SLEEP) {
            sleeps.lazySet(sleeps.get() + 1);
        }
        state = newState;
    }

    /**
     * After a sleep or a stop; own thread only.
     *
     * @param waker see {@link ExecutionContext#awoke}
     */
    void runAgain(Thread waker) {
        state = TaskState.RUNNING;
        ExecutionContext context = loop.contextOrNull();
        if (context != null) {
            context.awoke(waker);
        }
    }

    @Override
    public CpuTime cpuTime() {
        return loop.cpuTime();
    }

    @Override
    public IoAccount io() {
        return io;
    }

    @Override
    public Keyrings keyrings() {
        return keyrings;
    }

    @Override
    public RegisteredRings registeredRings() {
        return registeredRings;
    }

    @Override
    public long voluntarySwitches() {
        return sleeps.get();
    }

    @Override
    public SchedulingFacts schedulingFacts() {
        return new SchedulingFacts(
                scheduling.policy(), scheduling.priority(), scheduling.affinity());
    }

    @Override
    public Optional<BlockedCall> collectBlockedCall() {
        return blocker.collectBlockedCall();
    }

    @Override
    public int currentSyscall() {
        return currentSyscall;
    }

    void setCurrentSyscall(int number) {
        currentSyscall = number;
    }

    @Override
    public long startTimeNs() {
        return startTimeNs;
    }

    @Override
    public int nice() {
        return scheduling.nice();
    }

    @Override
    public PagePlacement placement() {
        return scheduling.placement();
    }

    public Scheduling scheduling() {
        return scheduling;
    }

    @Override
    public void setRestart(RestartBlock block) {
        restartBlock = block;
    }

    /** What restart_syscall(2) runs; null if nothing was interrupted. */
    public @Nullable RestartBlock takeRestart() {
        RestartBlock block = restartBlock;
        restartBlock = null;
        return block;
    }

    @Override
    public Resumption resumption() {
        return resumption;
    }

    public AlternateStack alternateStack() {
        return alternateStack;
    }

    /** Robust list and tid address. */
    public FutexOwner futexOwner() {
        return futexOwner;
    }

    FaultDetail lastFault() {
        return lastFault;
    }

    void setLastFault(FaultDetail fault) {
        lastFault = fault;
    }

    /** Woken when this vfork child uses the address space of its parent no longer. */
    WaitQueue vforkEvents() {
        return vforkEvents;
    }

    boolean isVforkPending() {
        return vforkPending;
    }

    void beginVfork() {
        vforkPending = true;
    }

    /** Lets the vfork parent go on, if one waits. */
    void endVfork() {
        if (vforkPending) {
            vforkPending = false;
            vforkEvents.wakeAll(WaitQueue.ANY);
        }
    }

    /** How it ends, if its process does not end as a whole. */
    ExitStatus exitStatus() {
        return endSignal == 0 ? ExitStatus.exited(exitCode) : ExitStatus.killed(endSignal);
    }

    /** Ends this task alone, as if by a signal. On its own thread. */
    void endBy(int signal) {
        endSignal = signal;
        signals.end();
    }

    /** exit(2): ends this task alone, when the call returns. */
    public void exit(int code) {
        exitCode = code;
        signals.end();
    }

    public int parentDeathSignal() {
        return parentDeathSignal;
    }

    public void setParentDeathSignal(int signal) {
        parentDeathSignal = signal;
    }

    @Override
    public long timerSlackNs() {
        return timerSlackNs;
    }

    @Override
    public void setTimerSlackNs(long slackNs) {
        timerSlackNs = scheduling.slackNs(slackNs);
    }

    @Override
    public int personality() {
        return personality;
    }

    public void setPersonality(int value) {
        personality = value;
    }

    /** Makes the task leave guest code or a wait and look at its signals. Any thread. */
    void kick() {
        blocker.wake();
        loop.interruptGuest();
    }

    /** Makes the task leave guest code, if it is there, and come back. Any thread. */
    void revisit() {
        loop.interruptGuest();
    }

    RunLoop loop() {
        return loop;
    }

    @Override
    public String toString() {
        return name + "[" + tid + "]";
    }
}
