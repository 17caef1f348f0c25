package dev.moat.vfs;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.MountFlags;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The copies of a tree of mounts for everybody who takes from the place where it comes to be:
 * propagate_mnt(), fs/pnode.c. They are made before the tree is there, so that nobody gets a copy
 * of a copy. All with the lock of the mount table.
 */
final class Spread {
    /** How a copy relates to what it is a copy of. */
    private enum Relation {
        PEER,
        SLAVE,
        SHARED_SLAVE
    }

    /** A group whose slaves are still to be served, and what they get copies of. */
    private record Step(PeerGroup group, Mount source) {}

    private final MountTable table;
    private final Mount tree;
    private final Place at;

    /** First mounts of copies, and where each goes. */
    private final Map<Mount, Place> copies = new LinkedHashMap<>();

    /** Mounts that are about to come into each namespace. */
    private final Map<MountSpace, Integer> coming = new HashMap<>();

    private final List<Mount> madeShared = new ArrayList<>();

    /**
     * @param at the very place, where nothing is mounted
     */
    Spread(MountTable table, Mount tree, Place at) {
        this.table = table;
        this.tree = tree;
        this.at = at;
    }

    /**
     * Makes the copies, and the tree shared if its new surroundings are.
     *
     * @param moved it is in the namespace already
     * @throws dev.moat.abi.ErrnoException ENOENT: the place was removed, or is nothing that may be
     *     mounted over; ENOSPC: a namespace would have too many mounts. Then nothing has changed
     */
    void prepare(boolean moved) {
        if (at.dentry().isDead() || !at.inode().acceptsMounts()) {
            throw Errno.ENOENT.exception();
        }
        List<Mount> all = new Branch(tree).all();
        MountSpace space = at.mount().space();
        if (space != null && !moved) {
            count(space, all.size());
        }
        PeerGroup group = at.mount().group();
        if (group == null) {
            return;
        }
        for (Mount mount : all) {
            if (mount.group() == null) {
                table.propagation().makeSharedLocked(mount);
                madeShared.add(mount);
            }
        }
        try {
            copyToAll(group, all.size());
        } catch (ErrnoException e) {
            new Removal(table.propagation())
                    .take(
                            copies.keySet().stream()
                                    .flatMap(copy -> new Branch(copy).all().stream())
                                    .toList());
            madeShared.forEach(
                    mount -> table.propagation().changeLocked(mount, MountFlags.MS_PRIVATE));
            throw e;
        }
    }

    private void count(MountSpace space, int more) {
        if (coming.merge(space, more, Integer::sum) > space.roomLocked()) {
            throw Errno.ENOSPC.exception();
        }
    }

    private void copyToAll(PeerGroup first, int size) {
        for (Mount member : List.copyOf(first.members())) {
            if (member != at.mount()) {
                copyTo(member, tree, size, Relation.PEER);
            }
        }
        Set<PeerGroup> known = new HashSet<>(Set.of(first));
        Deque<Step> left = new ArrayDeque<>(List.of(new Step(first, tree)));
        while (!left.isEmpty()) {
            Step step = left.removeFirst();
            for (Mount slave : List.copyOf(step.group().slaves())) {
                PeerGroup own = slave.group();
                if (own == null) {
                    copyTo(slave, step.source(), size, Relation.SLAVE);
                } else if (known.add(own)) {
                    left.addLast(new Step(own, copyToGroup(own, step.source(), size)));
                }
            }
        }
    }

    /**
     * Gives each member of a group of slaves a copy: those are peers of each other.
     *
     * @return one of them, or {@code source} if none of the group shows the place
     */
    private Mount copyToGroup(PeerGroup group, Mount source, int size) {
        Mount own = null;
        for (Mount member : List.copyOf(group.members())) {
            if (own == null) {
                own = copyTo(member, source, size, Relation.SHARED_SLAVE);
            } else {
                copyTo(member, own, size, Relation.PEER);
            }
        }
        return own == null ? source : own;
    }

    /** Null for a mount that is itself in no namespace yet, or does not show the place. */
    private @Nullable Mount copyTo(Mount target, Mount source, int size, Relation relation) {
        MountSpace space = target.space();
        if (space == null || !target.root().isAncestorOf(at.dentry())) {
            return null;
        }
        count(space, size);
        Map<Mount, Mount> made = new MountCopies(table).of(source);
        made.forEach((original, copy) -> relate(original, copy, relation));
        Mount top = made.values().iterator().next();
        top.unlock();
        copies.put(top, new Place(target, at.dentry()));
        return top;
    }

    private void relate(Mount original, Mount copy, Relation relation) {
        PeerGroup group = original.group();
        if (group == null) {
            return;
        }
        if (relation == Relation.PEER) {
            table.propagation().copyLocked(original, copy);
            return;
        }
        Propagation.joinMasterLocked(copy, group);
        if (relation == Relation.SHARED_SLAVE) {
            table.propagation().makeSharedLocked(copy);
        }
    }

    /** Puts the copies where they belong, below what is mounted there. */
    void attach() {
        MountSpace own = at.mount().space();
        copies.forEach((copy, place) -> {
            Branch branch = new Branch(copy);
            MountSpace space = place.mount().space();
            if (own != null && space != null && space.owner() != own.owner()) {
                branch.lock();
            }
            branch.attachBelow(place);
        });
    }
}
