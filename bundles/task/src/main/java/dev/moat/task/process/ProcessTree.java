package dev.moat.task.process;

import dev.moat.abi.Errno;
import dev.moat.abi.SigInfo;
import dev.moat.api.cgroup.Cgroups;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.MemoryManager;
import dev.moat.api.namespace.Namespace;
import dev.moat.api.namespace.PidView;
import dev.moat.api.swap.Restorable;
import dev.moat.api.swap.Stateful;
import dev.moat.api.syscall.SyscallDispatcher;
import dev.moat.api.task.CoreSettings;
import dev.moat.api.task.Task;
import dev.moat.api.task.Tasks;
import dev.moat.api.task.ThreadGroup;
import dev.moat.api.time.Clock;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import org.jspecify.annotations.Nullable;

/** Who exists in a sandbox: tasks by id, process groups, sessions, parents and children. */
@Stateful
public final class ProcessTree implements Tasks, SyscallDispatcher.Watcher, Restorable {
    /** Tasks at most, if the operator does not ask for more: each costs host threads. */
    private static final int MAX_TASKS = 4096;

    /** What an operator can ask for: the ids that pid_max gives to begin with. */
    private static final int MOST_TASKS = 32768;

    /**
     * A task that does not end in this time hangs in a host call: a bug that must not keep others.
     */
    private static final long CLOSE_TIMEOUT_NS = 10_000_000_000L;

    final RankedLock lock = new RankedLock(LockRank.TASK_TREE);
    private final Condition emptied = lock.newCondition();

    /** Guarded by lock. */
    final PidAllocator pids = new PidAllocator();

    /** Live tasks, and leaders that are zombies. Written under lock, read by anybody. */
    private final Map<Integer, GuestTask> tasks = new ConcurrentHashMap<>();

    /** Processes, zombies included. Written under lock, read by anybody. */
    private final Map<Integer, GuestGroup> groups = new ConcurrentHashMap<>();

    /** Written under lock, read by anybody. */
    final Map<Integer, ProcessGroup> processGroups = new ConcurrentHashMap<>();

    /**
     * The first process: its end is the end of the sandbox. Written under lock, read by anybody.
     */
    private volatile @Nullable GuestGroup init;

    /** The first process has ended: no task is born any more. Guarded by lock. */
    private boolean closing;

    /** The innermost namespace of ids that have a number in one. Guarded by lock. */
    private Map<Integer, PidSpace> spaces = new HashMap<>();

    /**
     * Process 1 of namespaces in which nobody else is left: their end is to be told. Guarded by
     * lock.
     */
    private List<GuestGroup> endedInits = new ArrayList<>();

    private final NamespaceFilesystem nsfs = new NamespaceFilesystem();
    private final CoreSettings coreSettings = new CoreSettings();
    private final LoadAverage load;

    /** Of the first pid namespace. */
    private Accounting accounting = new Accounting();

    private final AtomicLong forks = new AtomicLong();

    /** What ended tasks have used. */
    private final UsageSum endedTasks = new UsageSum();

    /** Tasks whose Java thread has not ended. */
    private final AtomicInteger live = new AtomicInteger();

    /** Tasks at most; does not change. */
    private int maxTasks;

    /** What guests have written to threads-max; 0: nothing, {@link #maxTasks} holds. */
    private volatile int wantedMaxTasks;

    /**
     * @param taskLimit what the operator asked for, 0 for nothing: more than {@link #MAX_TASKS}
     *     raises the limit, less is for the control groups to keep
     */
    ProcessTree(Clock clock, long taskLimit) {
        this.load = new LoadAverage(clock);
        this.maxTasks = (int) Math.clamp(taskLimit, MAX_TASKS, MOST_TASKS);
    }

    /** What was written by earlier revisions knows of no pid namespaces and no other limit. */
    @Override
    public void restored() {
        maxTasks = Math.max(maxTasks, MAX_TASKS);
        spaces = Objects.requireNonNullElseGet(spaces, HashMap::new);
        endedInits = Objects.requireNonNullElseGet(endedInits, ArrayList::new);
        accounting = Objects.requireNonNullElseGet(accounting, Accounting::new);
    }

    /** Process accounting of a pid namespace. */
    public Accounting accounting(PidView pids) {
        return pids instanceof PidSpace space ? space.accounting() : accounting;
    }

    /** Process 1 of a namespace, in which nobody else is left, has ended. */
    void initEndedLocked(GuestGroup init) {
        endedInits.add(init);
    }

    /** Process 1 of a namespace whose end is to be told now; null if there is none. */
    @Nullable GuestGroup takeEndedInit() {
        lock.lock();
        try {
            return endedInits.isEmpty() ? null : endedInits.removeFirst();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public CoreSettings coreSettings() {
        return coreSettings;
    }

    @Override
    public FileDescription processFile(ThreadGroup process) {
        return new PidDescription((GuestGroup) process, 0);
    }

    @Override
    public Inode namespaceInode(Namespace namespace) {
        return nsfs.inodeOf(namespace);
    }

    @Override
    public Optional<Task> task(int tid) {
        return Optional.ofNullable(tasks.get(tid));
    }

    /** As {@link #task}, as the kernel's own type. */
    public @Nullable GuestTask find(int tid) {
        return tasks.get(tid);
    }

    /** The task that {@code by} means by a number; null if it sees none. */
    public @Nullable GuestTask find(GuestTask by, int number) {
        return tasks.get(by.pids().meant(number));
    }

    /** As {@link #find(GuestTask, int)}, for a process. */
    public @Nullable GuestGroup findGroup(GuestTask by, int number) {
        return groups.get(by.pids().meant(number));
    }

    @Override
    public Optional<ThreadGroup> group(int tgid) {
        return Optional.ofNullable(groups.get(tgid));
    }

    /** As {@link #group}, as the kernel's own type. */
    public @Nullable GuestGroup findGroup(int tgid) {
        return groups.get(tgid);
    }

    @Override
    public List<ThreadGroup> groups() {
        return List.copyOf(collectGroups());
    }

    /** All processes by pid. */
    public List<GuestGroup> collectGroups() {
        List<GuestGroup> all = new ArrayList<>(groups.values());
        all.sort(Comparator.comparingInt(GuestGroup::tgid));
        return all;
    }

    @Override
    public void answersChanged() {
        tasks.values().forEach(GuestTask::revisit);
    }

    /** Members of a process group, zombies included; empty if there is none. */
    public List<GuestGroup> membersOf(int processGroupId) {
        lock.lock();
        try {
            ProcessGroup group = processGroups.get(processGroupId);
            return group == null ? List.of() : List.copyOf(group.members);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int taskCount() {
        return live.get();
    }

    @Override
    public boolean signalProcessGroup(int processGroupId, SigInfo info) {
        List<GuestGroup> members = membersOf(processGroupId);
        for (GuestGroup member : members) {
            member.signal(info);
        }
        return !members.isEmpty();
    }

    @Override
    public boolean isOrphaned(int processGroupId) {
        lock.lock();
        try {
            ProcessGroup group = processGroups.get(processGroupId);
            return group == null || isOrphanedLocked(group, null);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean isProcessGroupIn(int processGroupId, int sessionId) {
        ProcessGroup group = processGroups.get(processGroupId);
        return group != null && group.session.id == sessionId;
    }

    @Override
    public double[] loadAverages() {
        load.sample(runnable());
        return load.averages();
    }

    @Override
    public int maxTasks() {
        return wantedMaxTasks == 0 ? maxTasks : wantedMaxTasks;
    }

    @Override
    public boolean trySetMaxTasks(int count) {
        wantedMaxTasks = count > maxTasks ? wantedMaxTasks : count;
        return count <= maxTasks;
    }

    @Override
    public int lastNumber(Task by) {
        lock.lock();
        try {
            return allocatorOf(by).last();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void setLastNumber(Task by, int number) {
        lock.lock();
        try {
            allocatorOf(by).setLast(number);
        } finally {
            lock.unlock();
        }
    }

    private PidAllocator allocatorOf(Task task) {
        return task.pids() instanceof PidSpace space ? space.numbers() : pids;
    }

    @Override
    public Totals totals() {
        Usage sum = endedTasks.total();
        Set<MemoryManager> spaces = Collections.newSetFromMap(new IdentityHashMap<>());
        for (GuestGroup group : collectGroups()) {
            for (GuestTask task : group.live) {
                sum = sum.plus(Usage.ofTask(task));
                spaces.add(task.memory());
            }
        }
        for (MemoryManager space : spaces) {
            sum = sum.plus(Usage.of(space.stats()));
        }
        return new Totals(
                sum.cpuTime(), sum.voluntarySwitches(), sum.minorFaults(), sum.majorFaults());
    }

    /** Counts what a task, or a program that execve(2) replaced, has used. */
    void addEnded(Usage usage) {
        endedTasks.add(usage);
    }

    @Override
    public long forks() {
        return forks.get();
    }

    /** The first process; null before it was started. */
    public @Nullable GuestGroup init() {
        return init;
    }

    void setInitLocked(GuestGroup group) {
        init = group;
    }

    boolean isClosingLocked() {
        assert lock.isHeldByCurrentThread();
        return closing;
    }

    void closeLocked() {
        assert lock.isHeldByCurrentThread();
        closing = true;
    }

    /**
     * An id for a new task.
     *
     * @param view of the namespace that it is for
     * @param wanted certain numbers, from that namespace on upwards; others are the next free ones
     * @param limit numbers are below it: pid_max
     * @throws dev.moat.abi.ErrnoException EAGAIN if there are too many tasks, EEXIST if a wanted
     *     number is in use, ENOMEM if the namespace is at its end
     */
    int allocateTid(PidView view, List<Integer> wanted, int limit) {
        lock.lock();
        try {
            if (live.get() >= maxTasks()) {
                throw Errno.EAGAIN.exception();
            }
            int depth = view.level();
            int id = allocateLocked(wanted.size() > depth ? wanted.get(depth) : 0, limit);
            try {
                takeNumbersLocked(view, id, wanted, limit);
            } catch (RuntimeException e) {
                releaseLocked(id);
                throw e;
            }
            return id;
        } finally {
            lock.unlock();
        }
    }

    private void takeNumbersLocked(PidView view, int id, List<Integer> wanted, int limit) {
        int depth = 0;
        if (view instanceof PidSpace innermost) {
            spaces.put(id, innermost);
        }
        for (PidView at = view; at instanceof PidSpace space; at = space.parent()) {
            space.takeLocked(id, depth < wanted.size() ? wanted.get(depth) : 0, limit);
            depth++;
        }
    }

    /** One use of an id less; with the last one its numbers are free. */
    void releaseLocked(int id) {
        if (pids.release(id)) {
            for (PidView at = spaces.remove(id);
                    at instanceof PidSpace space;
                    at = space.parent()) {
                space.forgetLocked(id);
            }
        }
    }

    private int allocateLocked(int wanted, int limit) {
        if (wanted != 0) {
            if (!pids.allocate(wanted, limit)) {
                throw Errno.EEXIST.exception();
            }
            return wanted;
        }
        int tid = pids.allocateNext(limit);
        if (tid < 0) {
            throw Errno.EAGAIN.exception();
        }
        return tid;
    }

    /** Gives back an id that no task has got. */
    void releaseTid(int tid) {
        lock.lock();
        try {
            releaseLocked(tid);
        } finally {
            lock.unlock();
        }
    }

    /** Adds a new process with its first task. */
    void addGroupLocked(GuestGroup group, GuestTask leader, ProcessGroup processGroup) {
        assert lock.isHeldByCurrentThread();
        groups.put(group.tgid(), group);
        group.setLeader(leader);
        joinLocked(group, processGroup);
        GuestGroup parent = group.parent;
        if (parent != null) {
            parent.children.add(group);
        }
        for (PidView at = group.pids(); at instanceof PidSpace space; at = space.parent()) {
            space.joinLocked(group);
        }
        addTaskLocked(group, leader);
    }

    /** Adds a task to its group. */
    void addTaskLocked(GuestGroup group, GuestTask task) {
        assert lock.isHeldByCurrentThread();
        tasks.put(task.tid(), task);
        List<GuestTask> grown = new ArrayList<>(group.live);
        grown.add(task);
        group.live = List.copyOf(grown);
        live.incrementAndGet();
        forks.incrementAndGet();
        load.sample(runnable());
    }

    /**
     * Takes an ended task out of its group; a leader stays findable until its process is reaped.
     */
    void removeTaskLocked(GuestTask task) {
        assert lock.isHeldByCurrentThread();
        GuestGroup group = task.group();
        List<GuestTask> shrunk = new ArrayList<>(group.live);
        shrunk.remove(task);
        group.live = List.copyOf(shrunk);
        if (group.leader() != task && !task.tracing().isTraced()) {
            forgetTaskLocked(task);
        }
    }

    /** Nobody waits for a thread that has ended. */
    void forgetTaskLocked(GuestTask task) {
        assert lock.isHeldByCurrentThread();
        tasks.remove(task.tid(), task);
        releaseLocked(task.tid());
        Cgroups.uncharge(task.cgroup());
    }

    /** The Java thread of a task is about to end; gives how many are left. */
    int threadEnded() {
        int left = live.decrementAndGet();
        if (left == 0) {
            lock.lock();
            try {
                emptied.signalAll();
            } finally {
                lock.unlock();
            }
        }
        return left;
    }

    /** Waits until no task is left; false if that takes too long. Not for task threads. */
    boolean awaitEmpty() {
        lock.lock();
        try {
            long leftNs = CLOSE_TIMEOUT_NS;
            while (live.get() > 0 && leftNs > 0) {
                leftNs = emptied.awaitNanos(leftNs);
            }
            return live.get() == 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    /**
     * A thread becomes the leader of its process: it takes the id of the old leader, which has
     * ended.
     */
    void becomeLeaderLocked(GuestTask task) {
        assert lock.isHeldByCurrentThread();
        GuestGroup group = task.group();
        tasks.remove(task.tid(), task);
        releaseLocked(task.tid());
        Cgroups.uncharge(group.leader().cgroup());
        task.setTid(group.tgid());
        tasks.put(task.tid(), task);
        group.setLeader(task);
    }

    /** Forgets a process that has ended: its ids are free again. */
    void reapLocked(GuestGroup group) {
        assert lock.isHeldByCurrentThread();
        group.zombie = false;
        group.reaped = true;
        group.leader().tracing().unlink();
        GuestGroup parent = group.parent;
        if (parent != null) {
            parent.children.remove(group);
        }
        leaveLocked(group);
        for (PidView at = group.pids(); at instanceof PidSpace space; at = space.parent()) {
            space.processes--;
            GuestGroup first = space.init();
            if (space.initWaits && space.processes == 1 && first != null) {
                space.initWaits = false;
                endedInits.add(first);
            }
        }
        groups.remove(group.tgid(), group);
        tasks.remove(group.tgid());
        releaseLocked(group.tgid());
        Cgroups.uncharge(group.leader().cgroup());
    }

    /** Puts a process into a process group, taking it out of its old one. */
    void joinLocked(GuestGroup group, ProcessGroup target) {
        assert lock.isHeldByCurrentThread();
        if (group.processGroup == target) {
            return;
        }
        target.members.add(group);
        leaveLocked(group);
        group.processGroup = target;
    }

    /** A new process group in {@code session} with id {@code id}. */
    ProcessGroup newProcessGroupLocked(int id, Session session) {
        assert lock.isHeldByCurrentThread();
        pids.retain(id);
        if (session.groupCount == 0) {
            pids.retain(session.id);
        }
        session.groupCount++;
        ProcessGroup group = new ProcessGroup(id, session);
        processGroups.put(id, group);
        return group;
    }

    /**
     * Whether no member has a parent in the same session but another process group. {@code ignored}
     * is a member that is about to end.
     */
    boolean isOrphanedLocked(ProcessGroup group, @Nullable GuestGroup ignored) {
        for (GuestGroup member : group.members) {
            GuestGroup parent = member.parent;
            if (member == ignored || member.zombie || parent == null) {
                continue;
            }
            ProcessGroup parentGroup = parent.processGroup;
            if (parentGroup != null
                    && parentGroup != group
                    && parentGroup.session == group.session) {
                return false;
            }
        }
        return true;
    }

    private void leaveLocked(GuestGroup group) {
        ProcessGroup old = group.processGroup;
        if (old == null) {
            return;
        }
        old.members.remove(group);
        if (old.members.isEmpty()) {
            processGroups.remove(old.id, old);
            releaseLocked(old.id);
            old.session.groupCount--;
            if (old.session.groupCount == 0) {
                releaseLocked(old.session.id);
            }
        }
    }

    private int runnable() {
        int count = 0;
        for (GuestTask task : tasks.values()) {
            if (task.state() == Task.TaskState.RUNNING
                    || task.state() == Task.TaskState.DISK_SLEEP) {
                count++;
            }
        }
        return count;
    }
}
