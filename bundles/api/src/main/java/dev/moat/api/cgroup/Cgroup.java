package dev.moat.api.cgroup;

import dev.moat.api.mm.HeapCharge;
import dev.moat.api.mm.HeapUse;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.task.Task.CpuTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One control group. What is volatile is read by anybody; the rest is guarded by the lock of {@link
 * Cgroups}, which changes it.
 */
@Stateful
public final class Cgroup {
    /** Files of a group have inodes as long as somebody looks at them. */
    private static final int GROUP_BYTES = 8192;

    final Cgroups tree;
    final @Nullable Cgroup parent;
    private final String name;
    private final long number;
    private final CpuAccount cpu = new CpuAccount();
    private final PidAccount pids;

    /** In order of making. */
    final Map<String, Cgroup> children = new LinkedHashMap<>();

    /** Live tasks, with the CPU time that they had used when they came. */
    final Map<Task, CpuTime> members = new LinkedHashMap<>();

    /** What is enabled for the groups below. Replaced as a whole. */
    volatile List<Controller> enabledBelow = List.of();

    /** There is one while the controller is enabled above; never in the root. */
    volatile @Nullable MemoryAccount memory;

    /** What decides on devices; null: nothing. Replaced as a whole. */
    volatile @Nullable DevicePrograms devices;

    /** cgroup.type says "threaded". */
    boolean threaded;

    /** Number of groups directly below that are threaded. */
    int threadedChildren;

    /** What it takes, with its files; null: an earlier revision made it. */
    final @Nullable HeapCharge heap;

    boolean removed;
    int maxDepth = Integer.MAX_VALUE;
    int maxDescendants = Integer.MAX_VALUE;

    /** What cgroup.freeze says. */
    boolean freezeWanted;

    /** Its tasks shall stand still, by its own word or that of a group above. */
    volatile boolean freezing;

    /** Its tasks, or those of a group above, have used up their CPU time. */
    volatile boolean throttled;

    /** What cgroup.events said last. */
    boolean toldPopulated;

    boolean toldFrozen;

    /** Volatile: set once, by the file system that shows the group. */
    private volatile @Nullable CgroupListener listener;

    Cgroup(Cgroups tree, @Nullable Cgroup parent, String name, long number) {
        this.tree = tree;
        this.parent = parent;
        this.name = name;
        this.number = number;
        this.pids = new PidAccount(parent == null ? null : parent.pids);
        HeapCharge paying = HeapCharge.ofCaller(HeapUse.TASKS);
        paying.grow(GROUP_BYTES);
        this.heap = paying;
    }

    public Cgroups tree() {
        return tree;
    }

    public String name() {
        return name;
    }

    /** Unique in the sandbox. */
    public long number() {
        return number;
    }

    public @Nullable Cgroup parent() {
        return parent;
    }

    public CpuAccount cpu() {
        return cpu;
    }

    public PidAccount pids() {
        return pids;
    }

    /** Its own account of memory; null in the root and where the controller is not enabled. */
    public @Nullable MemoryAccount memory() {
        return memory;
    }

    /** The account that its tasks pay from; null: the root's. */
    public @Nullable MemoryAccount payer() {
        for (Cgroup at = this; at != null; at = at.parent) {
            MemoryAccount account = at.memory;
            if (account != null) {
                return account;
            }
        }
        return null;
    }

    /** Controllers that it has files of and may enable below. */
    public List<Controller> controllers() {
        Cgroup above = parent;
        return above == null ? Controller.all() : above.enabledBelow;
    }

    public List<Controller> enabledBelow() {
        return enabledBelow;
    }

    /** Whether its tasks shall stand still. */
    public boolean isFreezing() {
        return freezing;
    }

    /** Whether its tasks have to wait for their next CPU time. */
    public boolean isThrottled() {
        return throttled;
    }

    /** The file system's object for it. */
    public @Nullable CgroupListener listener() {
        return listener;
    }

    /** Set under the tree's lock. */
    public void setListener(CgroupListener newListener) {
        listener = newListener;
    }

    /** Its place below {@code root}, as /proc/pid/cgroup says it: "/", "/a", "/../b". */
    public String pathFrom(Cgroup root) {
        StringBuilder up = new StringBuilder();
        Cgroup common = root;
        while (!isWithin(common)) {
            up.append("/..");
            common = aboveOf(common);
        }
        StringBuilder down = new StringBuilder();
        for (Cgroup at = this; at != common; at = aboveOf(at)) {
            down.insert(0, "/" + at.name);
        }
        up.append(down);
        return up.isEmpty() ? "/" : up.toString();
    }

    private static Cgroup aboveOf(Cgroup group) {
        Cgroup above = group.parent;
        if (above == null) {
            throw new IllegalStateException("nothing is above the root");
        }
        return above;
    }

    /** Whether this is {@code other} or below it. */
    public boolean isWithin(Cgroup other) {
        for (Cgroup at = this; at != null; at = at.parent) {
            if (at == other) {
                return true;
            }
        }
        return false;
    }

    /** Whether it has been removed; it may still have zombies. */
    public boolean isRemoved() {
        tree.lock.lock();
        try {
            return removed;
        } finally {
            tree.lock.unlock();
        }
    }

    /** The groups directly below. */
    public List<Cgroup> collectChildren() {
        tree.lock.lock();
        try {
            return List.copyOf(children.values());
        } finally {
            tree.lock.unlock();
        }
    }

    /** The group of that name directly below; null if there is none. */
    public @Nullable Cgroup child(String childName) {
        tree.lock.lock();
        try {
            return children.get(childName);
        } finally {
            tree.lock.unlock();
        }
    }

    /** Live tasks in it. */
    public List<Task> collectTasks() {
        tree.lock.lock();
        try {
            return List.copyOf(members.keySet());
        } finally {
            tree.lock.unlock();
        }
    }

    boolean isPopulatedLocked() {
        return !members.isEmpty() || children.values().stream().anyMatch(Cgroup::isPopulatedLocked);
    }

    boolean isFrozenLocked() {
        return freezing
                && members.keySet().stream().allMatch(Task::isFrozen)
                && children.values().stream().allMatch(Cgroup::isFrozenLocked);
    }

    /** What its tasks and those below have used, those that are gone included. */
    CpuTime usedLocked() {
        CpuTime sum = cpu.former();
        for (Map.Entry<Task, CpuTime> member : members.entrySet()) {
            sum = plus(sum, minus(member.getKey().cpuTime(), member.getValue()));
        }
        for (Cgroup child : children.values()) {
            sum = plus(sum, child.usedLocked());
        }
        return sum;
    }

    static CpuTime plus(CpuTime one, CpuTime other) {
        return new CpuTime(one.userNs() + other.userNs(), one.systemNs() + other.systemNs());
    }

    static CpuTime minus(CpuTime one, CpuTime other) {
        return new CpuTime(
                Math.max(0, one.userNs() - other.userNs()),
                Math.max(0, one.systemNs() - other.systemNs()));
    }

    @Override
    public String toString() {
        return "cgroup " + pathFrom(tree.root());
    }
}
