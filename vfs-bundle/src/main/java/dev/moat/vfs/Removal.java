package dev.moat.vfs;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one umount(2) takes away: a tree of mounts, and what lies at the same places of all who take
 * from there, as long as nothing else is mounted on it: propagate_umount(), fs/pnode.c. All with
 * the lock of the mount table.
 */
final class Removal {
    private final Propagation propagation;

    /** What goes. */
    private final Set<Mount> gone = new LinkedHashSet<>();

    Removal(Propagation propagation) {
        this.propagation = propagation;
    }

    /** propagate_mount_busy(): whether somebody uses it, or what would go with it. */
    boolean wouldDisturb(Mount mount) {
        return mount.hasChildren()
                || mount.isBusy()
                || counterparts(mount).stream()
                        .anyMatch(other -> isBareOrCovered(other) && other.isBusy());
    }

    private List<Mount> counterparts(Mount mount) {
        Place on = mount.on();
        return on == null ? List.of() : propagation.counterpartsLocked(on.mount(), on.dentry());
    }

    private static boolean isBareOrCovered(Mount mount) {
        return mount.children().keySet().stream().allMatch(at -> at == mount.root());
    }

    /** Takes a mount out with all below it and its counterparts; gives what went. */
    List<Mount> takeWithOthers(Mount mount) {
        List<Mount> tree = new Branch(mount).all();
        gone.addAll(tree);
        Set<Mount> others = new LinkedHashSet<>();
        tree.forEach(each -> others.addAll(counterparts(each)));
        others.removeAll(gone);
        gone.addAll(others);
        keepHeld(others);
        Map<Mount, Place> uncovered = uncovered(others);
        uncovered.keySet().forEach(Mount::unhook);
        List<Mount> all = take(List.copyOf(gone));
        uncovered.forEach(Mount::hook);
        return all;
    }

    /** Leaves those where they are that hold others, or that must not show what they cover. */
    private void keepHeld(Set<Mount> others) {
        boolean changed = true;
        while (changed) {
            // Children come behind their parents: mostly one pass finds all.
            changed = false;
            for (Mount mount : List.copyOf(others).reversed()) {
                if (holdsOthers(mount) || mount.isLocked() && !parentGoes(mount)) {
                    others.remove(mount);
                    gone.remove(mount);
                    changed = true;
                }
            }
        }
    }

    private boolean parentGoes(Mount mount) {
        Place on = mount.on();
        return on != null && gone.contains(on.mount());
    }

    /** Whether something stays that is mounted within it; what covers all of it does not count. */
    private boolean holdsOthers(Mount mount) {
        for (Mount child : mount.children().values()) {
            if (mount.childAt(mount.root()) != child && !goesWithCovers(child)) {
                return true;
            }
        }
        return false;
    }

    private boolean goesWithCovers(Mount mount) {
        for (@Nullable Mount at = mount; at != null; at = at.childAt(at.root())) {
            if (!gone.contains(at)) {
                return false;
            }
        }
        return true;
    }

    /** What lay over the whole of a mount that goes, and the place that it falls to. */
    private Map<Mount, Place> uncovered(Set<Mount> others) {
        Map<Mount, Place> falling = new LinkedHashMap<>();
        for (Mount mount : others) {
            Mount above = mount.childAt(mount.root());
            if (above == null || gone.contains(above)) {
                continue;
            }
            Place to = mount.on();
            while (to != null && gone.contains(to.mount())) {
                to = to.mount().on();
            }
            if (to != null) {
                falling.put(above, to);
            }
        }
        return falling;
    }

    /** Takes mounts out of trees, namespaces and groups; gives them. */
    List<Mount> take(Collection<Mount> mounts) {
        Map<MountSpace, Set<Mount>> bySpace = new HashMap<>();
        for (Mount mount : mounts) {
            mount.unhook();
            propagation.forgetLocked(mount);
            MountSpace space = mount.space();
            if (space != null) {
                bySpace.computeIfAbsent(space, each -> new LinkedHashSet<>()).add(mount);
                mount.leave();
            }
        }
        bySpace.forEach(MountSpace::removeLocked);
        return new ArrayList<>(mounts);
    }
}
