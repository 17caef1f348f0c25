package dev.moat.api.cgroup;

import dev.moat.abi.Bpf;
import dev.moat.abi.Errno;
import dev.moat.api.task.Task;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which programs decide on the devices of a group: its own, and those of groups above that allow
 * several. Source: kernel/bpf/cgroup.c. Thread safe.
 */
public final class DeviceRules {
    /** BPF_CGROUP_MAX_PROGS. */
    private static final int MAX_PROGRAMS = 64;

    /** What all programs together may do for one check: some that take what the verifier allows. */
    private static final int MOST_STEPS = 4 << 20;

    private DeviceRules() {}

    /**
     * Asks the programs that are in force for {@code task}, the calling one, without locks.
     *
     * @throws dev.moat.abi.ErrnoException EPERM: one of them forbids it
     */
    public static void check(Task task, DeviceUse use) {
        if (!permits(task, use)) {
            throw Errno.EPERM.exception();
        }
    }

    /**
     * As {@link #check}. Linux asks the others after one that forbids it, too: nobody sees that.
     */
    public static boolean permits(Task task, DeviceUse use) {
        StepBudget budget = new StepBudget(MOST_STEPS);
        boolean found = false;
        for (Cgroup at = task.cgroup(); at != null; at = at.parent) {
            DevicePrograms own = of(at);
            if (!isInForce(own, found)) {
                continue;
            }
            found = true;
            for (DeviceAttachment each : own.attachments()) {
                if (!budget.take()
                        || task.signals().isKilled()
                        || !each.program().permits(task, use, budget)) {
                    return false;
                }
            }
        }
        return true;
    }

    /**
     * Whether programs of a group count for those below.
     *
     * @param found whether nearer ones do
     */
    private static boolean isInForce(DevicePrograms own, boolean found) {
        return !own.attachments().isEmpty() && (!found || own.isMulti());
    }

    /** The programs of a group itself. */
    public static DevicePrograms of(Cgroup group) {
        DevicePrograms own = group.devices;
        return own == null ? DevicePrograms.NONE : own;
    }

    /** What is in force in a group, nearest first. */
    public static List<DeviceAttachment> effective(Cgroup group) {
        List<DeviceAttachment> all = new ArrayList<>();
        for (Cgroup at = group; at != null; at = at.parent) {
            DevicePrograms own = of(at);
            if (isInForce(own, !all.isEmpty())) {
                all.addAll(own.attachments());
            }
        }
        return all;
    }

    /**
     * Adds a program, or exchanges one.
     *
     * @param added whose use, if it has no link, passes to the group
     * @param replaced with BPF_F_REPLACE only
     * @param flags BPF_F_*
     * @param revision that the programs must have; 0: any
     * @throws dev.moat.abi.ErrnoException EINVAL; EPERM: groups above or programs here do not allow
     *     it; E2BIG; ENOENT: nothing to replace, or the group is removed; ESTALE
     */
    public static void attach(
            Cgroup group,
            DeviceAttachment added,
            @Nullable DeviceProgram replaced,
            int flags,
            long revision) {
        int mode = flags & (Bpf.BPF_F_ALLOW_OVERRIDE | Bpf.BPF_F_ALLOW_MULTI);
        boolean multi = (flags & Bpf.BPF_F_ALLOW_MULTI) != 0;
        boolean replaces = (flags & Bpf.BPF_F_REPLACE) != 0;
        if (mode == (Bpf.BPF_F_ALLOW_OVERRIDE | Bpf.BPF_F_ALLOW_MULTI)
                || replaces && !multi
                || replaces != (replaced != null)) {
            throw Errno.EINVAL.exception();
        }
        DeviceAttachment former = null;
        group.tree.lock();
        try {
            if (group.removed) {
                throw Errno.ENOENT.exception();
            }
            DevicePrograms now = of(group);
            if (revision != 0 && revision != now.revision()) {
                throw Errno.ESTALE.exception();
            }
            if (!isAllowedFromAbove(group) || !now.attachments().isEmpty() && now.flags() != mode) {
                throw Errno.EPERM.exception();
            }
            if (now.attachments().size() >= MAX_PROGRAMS) {
                throw Errno.E2BIG.exception();
            }
            List<DeviceAttachment> next = new ArrayList<>(now.attachments());
            int place = place(next, added, replaced, multi);
            if (place < next.size()) {
                former = next.set(place, added);
            } else {
                next.add(added);
            }
            group.devices = now.with(mode, next);
        } finally {
            group.tree.unlock();
        }
        if (former != null) {
            former.release();
        }
    }

    /** hierarchy_allows_attach(): the nearest group above with programs decides. */
    private static boolean isAllowedFromAbove(Cgroup group) {
        for (Cgroup at = group.parent; at != null; at = at.parent) {
            DevicePrograms above = of(at);
            if (!above.attachments().isEmpty()) {
                return above.flags() != 0;
            }
        }
        return true;
    }

    /** Where it goes: find_attach_entry(). The size of the list for a new place. */
    private static int place(
            List<DeviceAttachment> list,
            DeviceAttachment added,
            @Nullable DeviceProgram replaced,
            boolean multi) {
        if (!multi) {
            return 0;
        }
        for (DeviceAttachment each : list) {
            if (added.link() == null
                    && each.link() == null
                    && each.program() == added.program()
                    && added.program() != replaced) {
                throw Errno.EINVAL.exception();
            }
        }
        if (replaced == null) {
            return list.size();
        }
        for (int i = 0; i < list.size(); i++) {
            if (list.get(i).program() == replaced && list.get(i).link() == null) {
                return i;
            }
        }
        throw Errno.ENOENT.exception();
    }

    /**
     * Takes a program away.
     *
     * @param program null: whichever it is, where there can be one only
     * @param link that keeps it; null for none
     * @throws dev.moat.abi.ErrnoException ENOENT; EINVAL: none was named, but there may be several;
     *     ESTALE
     */
    public static void detach(
            Cgroup group, @Nullable DeviceProgram program, @Nullable Object link, long revision) {
        DeviceAttachment former;
        group.tree.lock();
        try {
            DevicePrograms now = of(group);
            if (revision != 0 && revision != now.revision()) {
                throw Errno.ESTALE.exception();
            }
            List<DeviceAttachment> next = new ArrayList<>(now.attachments());
            former = next.remove(find(now, program, link));
            group.devices = now.with(now.flags(), next);
        } finally {
            group.tree.unlock();
        }
        former.release();
    }

    private static int find(
            DevicePrograms now, @Nullable DeviceProgram program, @Nullable Object link) {
        if (!now.isMulti()) {
            if (now.attachments().isEmpty()) {
                throw Errno.ENOENT.exception();
            }
            return 0;
        }
        if (program == null && link == null) {
            throw Errno.EINVAL.exception();
        }
        for (int i = 0; i < now.attachments().size(); i++) {
            DeviceAttachment each = now.attachments().get(i);
            if (each.link() == link && (link != null || each.program() == program)) {
                return i;
            }
        }
        throw Errno.ENOENT.exception();
    }

    /** The group is removed: nobody asks its programs any more. */
    static void clearLocked(Cgroup group) {
        List<DeviceAttachment> former = of(group).attachments();
        group.devices = null;
        former.forEach(DeviceAttachment::release);
    }
}
