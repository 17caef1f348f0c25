package dev.moat.api.cgroup;

import dev.moat.abi.Errno;
import dev.moat.abi.SigInfo;
import dev.moat.abi.Signals;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.HeapAccount;
import dev.moat.api.namespace.Namespace;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.task.Task.CpuTime;
import dev.moat.api.task.ThreadGroup;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The control groups of a sandbox. Thread safe; follows kernel/cgroup/cgroup.c. */
@Stateful
public final class Cgroups implements AutoCloseable {
    private static final String PART = "cgroups.tree";
    private static final String NAMESPACE_PART = "cgroups.root";
    private static final String EVENTS = "cgroup.events";
    private static final int MAX_ACCOUNTS = 32767;

    final RankedLock lock = new RankedLock(LockRank.CGROUPS);
    private final Cgroup root;
    private final Bandwidth bandwidth;
    private long lastNumber;

    private final MemoryAccount rootMemory = new MemoryAccount(0, null);

    /** All accounts of memory by number less one; those of removed groups wait for their pages. */
    private final List<MemoryAccount> accounts = new ArrayList<>();

    /** Numbers of accounts whose group, or controller, is gone. */
    private final List<Integer> retired = new ArrayList<>();

    /** Tasks that look at what their group says when the lock is given back. */
    private final List<Task> attending = new ArrayList<>();

    /** Processes that are killed when the lock is given back. */
    private final List<ThreadGroup> killed = new ArrayList<>();

    /** To be told when the lock is given back. */
    private final List<Notice> notices = new ArrayList<>();

    private record Notice(CgroupListener listener, String file) {}

    private Cgroups(Sandbox sandbox) {
        this.bandwidth = new Bandwidth(sandbox, this);
        this.root = new Cgroup(this, null, "", ++lastNumber);
    }

    /** Those of a sandbox. */
    public static Cgroups of(Sandbox sandbox) {
        return (Cgroups) sandbox.part(PART, () -> new Cgroups(sandbox));
    }

    /** The group of the sandbox itself. */
    public Cgroup root() {
        return root;
    }

    /** What happened to memory anywhere: the root's account counts events, but no pages. */
    public MemoryAccount rootMemory() {
        return rootMemory;
    }

    /** The group that tasks of a cgroup namespace see as the root. */
    public Cgroup rootOf(Namespace namespace) {
        return (Cgroup) namespace.part(NAMESPACE_PART, () -> root);
    }

    /** Says what the root of a new namespace is: the group of who makes it. */
    public void setRoot(Namespace namespace, Cgroup group) {
        namespace.part(NAMESPACE_PART, () -> group);
    }

    /** Sets the limits that the operator gave; 0 for none. */
    public void limitRoot(double cpus, long tasks) {
        if (cpus > 0) {
            long periodNs = CpuAccount.DEFAULT_PERIOD_NS;
            limitCpu(root, (long) (cpus * periodNs), periodNs);
        }
        if (tasks > 0) {
            root.pids().setMax(tasks);
        }
    }

    /** Whom {@link #unlock} asks to look at their group. */
    List<Task> attendingLocked() {
        return attending;
    }

    /** For a step of several calls that end in Locked. */
    public void lock() {
        lock.lock();
    }

    /** Ends {@link #lock}, and tells those who want to know what has changed. */
    public void unlock() {
        List<Notice> told = taken(notices);
        List<Task> asked = taken(attending);
        List<ThreadGroup> ended = taken(killed);
        lock.unlock();
        asked.forEach(Task::attendCgroup);
        ended.forEach(process -> process.signal(SigInfo.kernel(Signals.SIGKILL)));
        told.forEach(notice -> notice.listener().changed(notice.file()));
    }

    private static <T> List<T> taken(List<T> list) {
        if (list.isEmpty()) {
            return List.of();
        }
        List<T> all = List.copyOf(list);
        list.clear();
        return all;
    }

    private void noticeLocked(Cgroup group, String file) {
        CgroupListener listener = group.listener();
        if (listener != null) {
            notices.add(new Notice(listener, file));
        }
    }

    /** Something was counted in a file of {@code group}, or of one above. */
    public void tell(Cgroup group, String file) {
        lock();
        try {
            for (Cgroup at = group; at != null; at = at.parent) {
                noticeLocked(at, file);
            }
        } finally {
            unlock();
        }
    }

    /** Whether groups or their tasks changed what cgroup.events says, from a group to the root. */
    private void eventsLocked(@Nullable Cgroup from) {
        for (Cgroup at = from; at != null; at = at.parent) {
            boolean populated = at.isPopulatedLocked();
            boolean frozen = at.isFrozenLocked();
            if (populated != at.toldPopulated || frozen != at.toldFrozen) {
                at.toldPopulated = populated;
                at.toldFrozen = frozen;
                noticeLocked(at, EVENTS);
            }
        }
    }

    /**
     * Charges a task that is about to be born, and puts it in; until its end, or {@link #leave} and
     * {@link #uncharge}.
     *
     * @param explicit named by CLONE_INTO_CGROUP
     * @throws dev.moat.abi.ErrnoException EAGAIN for pids.max; EBUSY, EOPNOTSUPP, ENOENT: the group
     *     cannot take tasks
     */
    public void join(Task task, Cgroup group, boolean explicit) {
        lock();
        try {
            chargeBirthLocked(group, explicit);
            group.members.put(task, task.cpuTime());
            task.enterCgroup(group);
            if (group.freezing || group.throttled) {
                attending.add(task);
            }
            eventsLocked(group);
        } finally {
            unlock();
        }
    }

    private void chargeBirthLocked(Cgroup group, boolean explicit) {
        if (explicit) {
            if (group.removed) {
                throw Errno.ENOENT.exception();
            }
            Threading.checkTarget(group);
        }
        PidAccount limiting = group.pids().tryCharge();
        if (limiting != null) {
            boolean counted = false;
            for (Cgroup at = group; at != null; at = at.parent) {
                counted |= at.pids() == limiting;
                if (counted) {
                    noticeLocked(at, "pids.events");
                }
            }
            throw Errno.EAGAIN.exception();
        }
    }

    /** Puts a task into the root that is in no group: it is older than control groups. */
    @SuppressWarnings("ConstantValue") // a field that an older kernel did not write is null
    public void adopt(Task task) {
        if (Objects.nonNull(task.cgroup())) {
            return;
        }
        lock();
        try {
            root.pids().charge(1);
            task.enterCgroup(root);
            if (task.state() != Task.TaskState.ZOMBIE && task.state() != Task.TaskState.DEAD) {
                root.members.put(task, new CpuTime(0, 0));
            }
            root.toldPopulated = true;
        } finally {
            unlock();
        }
    }

    /** A task has ended; it stays charged as a zombie until it is reaped. */
    public void leave(Task task) {
        lock();
        try {
            Cgroup group = task.cgroup();
            CpuTime came = group.members.remove(task);
            if (came != null) {
                group.cpu().addFormer(Cgroup.minus(task.cpuTime(), came));
            }
            eventsLocked(group);
        } finally {
            unlock();
        }
    }

    /** Gives the charge of a task back that was never born, or has been reaped. Any locks. */
    public static void uncharge(Cgroup group) {
        group.pids().uncharge();
    }

    /**
     * Moves tasks.
     *
     * @param whole whether they are a whole process: a write to cgroup.procs
     */
    public void migrate(Cgroup target, Collection<Task> tasks, boolean whole) {
        lock();
        try {
            if (target.removed) {
                throw Errno.ENODEV.exception();
            }
            Threading.checkTarget(target);
            for (Task task : tasks) {
                if (!whole && Threading.domainOf(task.cgroup()) != Threading.domainOf(target)) {
                    throw Errno.EOPNOTSUPP.exception();
                }
            }
            for (Task task : tasks) {
                moveLocked(task, target);
            }
        } finally {
            unlock();
        }
    }

    private void moveLocked(Task task, Cgroup target) {
        Cgroup former = task.cgroup();
        CpuTime came = former == target ? null : former.members.remove(task);
        if (came == null) {
            // there already, or it has ended
            return;
        }
        CpuTime now = task.cpuTime();
        former.cpu().addFormer(Cgroup.minus(now, came));
        former.pids().uncharge();
        target.pids().charge(1);
        target.members.put(task, now);
        task.enterCgroup(target);
        attending.add(task);
        eventsLocked(former);
        eventsLocked(target);
    }

    /**
     * mkdir(2).
     *
     * @throws dev.moat.abi.ErrnoException EEXIST; EAGAIN for cgroup.max.*; ENODEV: it is removed;
     *     ENOMEM
     */
    public Cgroup make(Cgroup parent, String name) {
        HeapAccount.checkRoom();
        lock();
        try {
            if (parent.removed) {
                throw Errno.ENODEV.exception();
            }
            if (parent.children.containsKey(name)) {
                throw Errno.EEXIST.exception();
            }
            int depth = 1;
            for (Cgroup at = parent; at != null; at = at.parent, depth++) {
                if (descendantsLocked(at) >= at.maxDescendants || depth > at.maxDepth) {
                    throw Errno.EAGAIN.exception();
                }
            }
            Cgroup made = new Cgroup(this, parent, name, ++lastNumber);
            made.freezing = parent.freezing;
            made.throttled = parent.throttled;
            made.toldFrozen = made.freezing;
            if (parent.enabledBelow.contains(Controller.MEMORY)) {
                made.memory = newAccountLocked(made);
            }
            parent.children.put(name, made);
            return made;
        } finally {
            unlock();
        }
    }

    /**
     * rmdir(2).
     *
     * @throws dev.moat.abi.ErrnoException EBUSY: it has tasks or groups; ENOENT
     */
    public void remove(Cgroup parent, String name) {
        lock();
        try {
            Cgroup group = parent.children.get(name);
            if (group == null) {
                throw Errno.ENOENT.exception();
            }
            if (!group.members.isEmpty() || !group.children.isEmpty()) {
                throw Errno.EBUSY.exception();
            }
            group.removed = true;
            DeviceRules.clearLocked(group);
            if (group.heap != null) {
                group.heap.clear();
            }
            parent.children.remove(name);
            parent.cpu().addFormer(group.cpu().former());
            if (group.threaded) {
                parent.threadedChildren--;
            }
            retireLocked(group);
            eventsLocked(parent);
        } finally {
            unlock();
        }
    }

    static int descendantsLocked(Cgroup group) {
        int count = group.children.size();
        for (Cgroup child : group.children.values()) {
            count += descendantsLocked(child);
        }
        return count;
    }

    private MemoryAccount newAccountLocked(Cgroup group) {
        Cgroup above = group.parent;
        MemoryAccount payer = above == null ? null : above.payer();
        MemoryAccount paysTo = payer == null ? rootMemory : payer;
        for (int i = 0; i < retired.size(); i++) {
            int number = retired.get(i);
            if (accounts.get(number - 1).pages() == 0) {
                retired.remove(i);
                MemoryAccount made = new MemoryAccount(number, paysTo);
                accounts.set(number - 1, made);
                return made;
            }
        }
        if (accounts.size() == MAX_ACCOUNTS) {
            throw Errno.ENOMEM.exception();
        }
        MemoryAccount made = new MemoryAccount(accounts.size() + 1, paysTo);
        accounts.add(made);
        return made;
    }

    private void retireLocked(Cgroup group) {
        MemoryAccount account = group.memory;
        if (account != null) {
            group.memory = null;
            retired.add(account.number());
        }
    }

    /**
     * A write to cgroup.subtree_control.
     *
     * @throws dev.moat.abi.ErrnoException ENOENT: not available; EBUSY; EOPNOTSUPP
     */
    public void control(Cgroup group, Set<Controller> enable, Set<Controller> disable) {
        lock();
        try {
            if (group.removed) {
                throw Errno.ENODEV.exception();
            }
            Set<Controller> added = EnumSet.noneOf(Controller.class);
            Set<Controller> wanted = EnumSet.noneOf(Controller.class);
            wanted.addAll(group.enabledBelow);
            for (Controller controller : enable) {
                if (!group.controllers().contains(controller)) {
                    throw Errno.ENOENT.exception();
                }
                if (wanted.add(controller)) {
                    added.add(controller);
                }
            }
            for (Controller controller : disable) {
                if (!wanted.contains(controller)) {
                    continue;
                }
                for (Cgroup child : group.children.values()) {
                    if (child.enabledBelow.contains(controller)) {
                        throw Errno.EBUSY.exception();
                    }
                }
                wanted.remove(controller);
            }
            Threading.checkEnabling(
                    group,
                    added.stream().findFirst().orElse(null),
                    Controller.hasDomainController(added));
            switchLocked(group, added, wanted);
        } finally {
            unlock();
        }
    }

    private void switchLocked(Cgroup group, Set<Controller> added, Set<Controller> wanted) {
        List<Controller> former = group.enabledBelow;
        group.enabledBelow = List.copyOf(wanted);
        for (Cgroup child : group.children.values()) {
            if (added.contains(Controller.MEMORY)) {
                child.memory = newAccountLocked(child);
                attendLocked(child);
            } else if (former.contains(Controller.MEMORY) && !wanted.contains(Controller.MEMORY)) {
                retireLocked(child);
                attendLocked(child);
            }
            if (former.contains(Controller.PIDS) && !wanted.contains(Controller.PIDS)) {
                child.pids().setMax(PidAccount.MAX);
            }
            if (former.contains(Controller.CPU) && !wanted.contains(Controller.CPU)) {
                child.cpu().limit(CpuAccount.MAX, CpuAccount.DEFAULT_PERIOD_NS);
                bandwidth.limitChangedLocked();
            }
        }
    }

    /** All tasks look anew at what their group says. */
    private void attendLocked(Cgroup group) {
        attending.addAll(group.members.keySet());
        group.children.values().forEach(this::attendLocked);
    }

    /** cpu.max. */
    public void limitCpu(Cgroup group, long quotaNs, long periodNs) {
        lock();
        try {
            group.cpu().limit(quotaNs, periodNs);
            bandwidth.limitChangedLocked();
        } finally {
            unlock();
        }
    }

    /** cgroup.freeze. */
    public void freeze(Cgroup group, boolean wanted) {
        lock();
        try {
            group.freezeWanted = wanted;
            Cgroup above = group.parent;
            spreadFreezeLocked(group, above != null && above.freezing);
            eventsBelowLocked(group);
            eventsLocked(group.parent);
        } finally {
            unlock();
        }
    }

    private void spreadFreezeLocked(Cgroup group, boolean above) {
        boolean now = above || group.freezeWanted;
        if (now != group.freezing) {
            group.freezing = now;
            attending.addAll(group.members.keySet());
        }
        group.children.values().forEach(child -> spreadFreezeLocked(child, now));
    }

    private void eventsBelowLocked(Cgroup group) {
        group.children.values().forEach(this::eventsBelowLocked);
        boolean populated = group.isPopulatedLocked();
        boolean frozen = group.isFrozenLocked();
        if (populated != group.toldPopulated || frozen != group.toldFrozen) {
            group.toldPopulated = populated;
            group.toldFrozen = frozen;
            noticeLocked(group, EVENTS);
        }
    }

    /** A task of the group stands still now, or does not any more. */
    public void frozenChanged(Cgroup group) {
        lock();
        try {
            eventsLocked(group);
        } finally {
            unlock();
        }
    }

    /** cgroup.kill. */
    public void kill(Cgroup group) {
        lock();
        try {
            if (group.threaded) {
                throw Errno.EOPNOTSUPP.exception();
            }
            killLocked(group);
        } finally {
            unlock();
        }
    }

    private void killLocked(Cgroup group) {
        group.members.keySet().forEach(task -> killed.add(task.group()));
        group.children.values().forEach(this::killLocked);
    }

    /** What files of a group say of the tree, at one moment. */
    public CgroupFacts facts(Cgroup group) {
        lock.lock();
        try {
            return new CgroupFacts(
                    Threading.type(group),
                    group.threaded,
                    group.isPopulatedLocked(),
                    group.isFrozenLocked(),
                    group.freezeWanted,
                    group.maxDepth,
                    group.maxDescendants,
                    descendantsLocked(group),
                    group.usedLocked());
        } finally {
            lock.unlock();
        }
    }

    /** cgroup.type: "threaded" is all that can be written. */
    public void makeThreaded(Cgroup group) {
        lock();
        try {
            Cgroup above = group.parent;
            if (above == null) {
                throw Errno.EOPNOTSUPP.exception();
            }
            Threading.makeThreaded(group, above);
        } finally {
            unlock();
        }
    }

    /** cgroup.max.depth and cgroup.max.descendants; null leaves one as it is. */
    public void limitTree(Cgroup group, @Nullable Integer depth, @Nullable Integer descendants) {
        lock();
        try {
            group.maxDepth = depth == null ? group.maxDepth : depth;
            group.maxDescendants = descendants == null ? group.maxDescendants : descendants;
        } finally {
            unlock();
        }
    }

    /** The sandbox ends. */
    @Override
    public void close() {
        lock();
        try {
            bandwidth.closeLocked();
        } finally {
            unlock();
        }
    }
}
