package dev.moat.vfs;

import dev.moat.abi.MountFlags;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What happens to one mount happens to its peers and slaves: fs/pnode.c. All with the lock of the
 * mount table.
 */
final class Propagation {
    private final MountTable table;

    Propagation(MountTable table) {
        this.table = table;
    }

    /** mount(2) with MS_SHARED, MS_SLAVE, MS_PRIVATE or MS_UNBINDABLE. */
    void changeLocked(Mount mount, int type) {
        if (type == MountFlags.MS_SHARED) {
            mount.setUnbindable(false);
            makeSharedLocked(mount);
            return;
        }
        PeerGroup group = mount.group();
        if (group != null) {
            leaveGroupLocked(mount, group);
            // With peers left, they are who it takes from from here on.
            if (type == MountFlags.MS_SLAVE && !group.members().isEmpty()) {
                leaveMasterLocked(mount);
                joinMasterLocked(mount, group);
            }
        }
        if (type != MountFlags.MS_SLAVE) {
            leaveMasterLocked(mount);
        }
        mount.setUnbindable(type == MountFlags.MS_UNBINDABLE);
    }

    void makeSharedLocked(Mount mount) {
        if (mount.group() == null) {
            PeerGroup group = table.newGroupLocked();
            mount.setGroup(group);
            group.members().add(mount);
        }
    }

    private void leaveGroupLocked(Mount mount, PeerGroup group) {
        group.members().remove(mount);
        mount.setGroup(null);
        if (group.members().isEmpty()) {
            // Its slaves take from whoever it took from.
            PeerGroup above = mount.master();
            for (Mount slave : List.copyOf(group.slaves())) {
                leaveMasterLocked(slave);
                if (above != null) {
                    joinMasterLocked(slave, above);
                }
            }
        }
    }

    private static void leaveMasterLocked(Mount mount) {
        PeerGroup master = mount.master();
        if (master != null) {
            master.slaves().remove(mount);
            mount.setMaster(null);
        }
    }

    static void joinMasterLocked(Mount mount, PeerGroup master) {
        master.slaves().add(mount);
        mount.setMaster(master);
    }

    /** A mount is gone for good. */
    void forgetLocked(Mount mount) {
        PeerGroup group = mount.group();
        if (group != null) {
            leaveGroupLocked(mount, group);
        }
        leaveMasterLocked(mount);
    }

    /** A copy of a mount gives and takes as the original does: clone_mnt(). */
    void copyLocked(Mount original, Mount copy) {
        PeerGroup group = original.group();
        if (group != null) {
            copy.setGroup(group);
            group.members().add(copy);
        }
        PeerGroup master = original.master();
        if (master != null) {
            joinMasterLocked(copy, master);
        }
    }

    /**
     * The nearest group from which mounts come to {@code mount}, with a member that is seen below
     * {@code root}; 0 if there is none: get_dominating_id().
     */
    int dominatingLocked(Mount mount, Place root) {
        for (@Nullable PeerGroup above = mount.master(); above != null; ) {
            PeerGroup next = null;
            for (Mount member : above.members()) {
                boolean seen = member.space() != null && member.space() == mount.space();
                if (seen && Paths.isReachable(new Place(member, member.root()), root)) {
                    return above.id();
                }
                next = member.master();
            }
            above = next;
        }
        return 0;
    }

    /**
     * Whether a mount at {@code at} would come to {@code mount} at its own root: a copy that hides
     * there (propagation_would_overmount).
     */
    boolean wouldCoverLocked(Place at, Mount mount) {
        PeerGroup group = at.mount().group();
        if (group == null || mount.root() != at.dentry()) {
            return false;
        }
        return takersLocked(group).contains(mount);
    }

    /** Mounts at the same place of those who take from {@code parent}, it itself left out. */
    List<Mount> counterpartsLocked(Mount parent, Dentry on) {
        List<Mount> found = new ArrayList<>();
        PeerGroup group = parent.group();
        if (group != null) {
            Set<Mount> takers = takersLocked(group);
            takers.remove(parent);
            for (Mount taker : takers) {
                Mount child = taker.childAt(on);
                if (child != null) {
                    found.add(child);
                }
            }
        }
        return found;
    }

    /** Members of a group, and all who take from them, over however many steps. */
    private static Set<Mount> takersLocked(PeerGroup first) {
        Set<Mount> takers = new LinkedHashSet<>();
        Set<PeerGroup> known = new HashSet<>(Set.of(first));
        Deque<PeerGroup> left = new ArrayDeque<>(known);
        while (!left.isEmpty()) {
            PeerGroup group = left.removeFirst();
            takers.addAll(group.members());
            takers.addAll(group.slaves());
            for (Mount slave : group.slaves()) {
                PeerGroup own = slave.group();
                if (own != null && known.add(own)) {
                    left.addLast(own);
                }
            }
        }
        return takers;
    }
}
