package dev.moat.vfs;

import dev.moat.abi.MountFlags;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

    private void makeSharedLocked(Mount mount) {
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

    private static void joinMasterLocked(Mount mount, PeerGroup master) {
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

    /** How a copy that propagation makes relates to its original. */
    private enum Relation {
        PEER,
        SLAVE,
        SHARED_SLAVE
    }

    /** {@code tree} was mounted on {@code at}: everybody who takes from there gets a copy. */
    void mountedLocked(Mount tree, Place at) {
        PeerGroup group = at.mount().group();
        if (group == null) {
            return;
        }
        makeSharedLocked(tree);
        Set<Mount> fresh = new HashSet<>(table.belowLocked(tree));
        fresh.forEach(this::makeSharedLocked);
        // A mount of what is around it is a peer of that, but new: IS_MNT_NEW().
        fresh.add(tree);
        spreadLocked(group, at, at.mount(), tree, fresh);
    }

    private void spreadLocked(
            PeerGroup group, Place at, @Nullable Mount except, Mount tree, Set<Mount> fresh) {
        for (Mount member : List.copyOf(group.members())) {
            if (member != except && !fresh.contains(member)) {
                attachCopyLocked(tree, member, at, Relation.PEER);
            }
        }
        Set<PeerGroup> done = new HashSet<>();
        for (Mount slave : List.copyOf(group.slaves())) {
            PeerGroup own = slave.group();
            if (fresh.contains(slave)) {
                continue;
            }
            if (own == null) {
                attachCopyLocked(tree, slave, at, Relation.SLAVE);
            } else if (done.add(own)) {
                Mount copy = attachCopyLocked(tree, slave, at, Relation.SHARED_SLAVE);
                spreadLocked(own, at, slave, copy == null ? tree : copy, fresh);
            }
        }
    }

    /** Null where the place is not shown. */
    private @Nullable Mount attachCopyLocked(
            Mount tree, Mount target, Place at, Relation relation) {
        if (!target.root().isAncestorOf(at.dentry())) {
            return null;
        }
        Map<Mount, Mount> copies = table.copyTreeLocked(tree, Place::new, Set.of());
        copies.forEach((original, copy) -> relateLocked(original, copy, relation));
        Mount top = copies.values().iterator().next();
        table.attachTreeBelowLocked(top, new Place(target, at.dentry()));
        return top;
    }

    private void relateLocked(Mount original, Mount copy, Relation relation) {
        PeerGroup group = original.group();
        if (group == null) {
            return;
        }
        if (relation == Relation.PEER) {
            copy.setGroup(group);
            group.members().add(copy);
            PeerGroup master = original.master();
            if (master != null) {
                joinMasterLocked(copy, master);
            }
            return;
        }
        joinMasterLocked(copy, group);
        if (relation == Relation.SHARED_SLAVE) {
            makeSharedLocked(copy);
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
        Map<Mount, Boolean> takers = new LinkedHashMap<>();
        collectTakersLocked(group, takers);
        return takers.containsKey(mount);
    }

    /** Mounts at the same place of those who take from {@code parent}, it itself left out. */
    List<Mount> counterpartsLocked(Mount parent, Dentry on) {
        List<Mount> found = new ArrayList<>();
        PeerGroup group = parent.group();
        if (group != null) {
            Map<Mount, Boolean> takers = new LinkedHashMap<>();
            collectTakersLocked(group, takers);
            takers.remove(parent);
            for (Mount taker : takers.keySet()) {
                Mount child = taker.childAt(on);
                if (child != null) {
                    found.add(child);
                }
            }
        }
        return found;
    }

    private static void collectTakersLocked(PeerGroup group, Map<Mount, Boolean> takers) {
        for (Mount member : group.members()) {
            takers.put(member, true);
        }
        for (Mount slave : group.slaves()) {
            if (takers.put(slave, true) == null && slave.group() != null) {
                collectTakersLocked(slave.group(), takers);
            }
        }
    }
}
