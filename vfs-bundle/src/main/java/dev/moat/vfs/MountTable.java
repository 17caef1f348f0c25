package dev.moat.vfs;

import dev.moat.abi.Errno;
import dev.moat.abi.MountFlags;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.HeapAccount;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.MountInfo;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What is done to mounts, of all namespaces of a sandbox: one lock for all of them. */
@Stateful
final class MountTable {
    private final RankedLock lock = new RankedLock(LockRank.MOUNTS);

    private int nextId = 1;

    /** Ids of peer groups. */
    private int nextGroup = 1;

    /** Makes a mount that is nowhere in a tree of mounts. */
    Mount create(Tree tree, Dentry root, String source, long flags) {
        lock.lock();
        try {
            return createLocked(tree, root, source, withRelatime(flags));
        } finally {
            lock.unlock();
        }
    }

    private Mount createLocked(Tree tree, Dentry root, String source, long flags) {
        tree.retain();
        Mount made = new Mount(nextId++, tree, root, source, flags);
        made.begin();
        return made;
    }

    /** Linux mounts with relatime unless told otherwise. */
    private static long withRelatime(long flags) {
        int others = MountFlags.MS_NOATIME | MountFlags.MS_STRICTATIME;
        return (flags & others) != 0 ? flags : flags | MountFlags.MS_RELATIME;
    }

    PeerGroup newGroupLocked() {
        return new PeerGroup(nextGroup++);
    }

    private Propagation propagation() {
        return new Propagation(this);
    }

    /** The first mount of a namespace. */
    void setFirst(MountSpace space, Mount mount) {
        lock.lock();
        try {
            if (!space.isEmpty()) {
                throw new IllegalStateException("the root is mounted already");
            }
            enterLocked(mount, space);
            space.setFirst(mount);
        } finally {
            lock.unlock();
        }
    }

    private static void enterLocked(Mount mount, MountSpace space) {
        mount.setSpace(space);
        space.addLocked(mount);
    }

    /**
     * Puts {@code tree}, a mount with what is below it, over {@code at}, over what may be mounted
     * there already, and over the same place of all who take from it.
     *
     * @throws dev.moat.abi.ErrnoException ENOMEM, ENOENT
     */
    void attach(Mount tree, Place at) {
        HeapAccount.checkRoom();
        lock.lock();
        try {
            Place target = topmost(at);
            attachTreeLocked(tree, target);
            propagation().mountedLocked(tree, target);
        } finally {
            lock.unlock();
        }
    }

    /** Puts a tree of mounts over a place, for whose namespace it is from here on. */
    void attachTreeLocked(Mount tree, Place at) {
        attachLocked(tree, at);
        MountSpace space = at.mount().space();
        if (space != null) {
            enterLocked(tree, space);
            belowLocked(tree).forEach(mount -> enterLocked(mount, space));
        }
    }

    private static void attachLocked(Mount mount, Place at) {
        if (at.dentry().isDead()) {
            throw Errno.ENOENT.exception();
        }
        mount.setOn(at);
        at.dentry().mountAdded();
        at.mount().addChild(at.dentry(), mount);
    }

    /**
     * Puts a tree of mounts over a place, below what is mounted there already: that lies over the
     * new one from here on.
     */
    void attachTreeBelowLocked(Mount tree, Place at) {
        Mount above = at.mount().childAt(at.dentry());
        if (above == null) {
            attachTreeLocked(tree, at);
            return;
        }
        unhook(above);
        attachTreeLocked(tree, at);
        attachLocked(above, topmost(new Place(tree, tree.root())));
    }

    /** What lies over all of {@code mount} takes its place. */
    private static void uncoverLocked(Mount mount) {
        Mount above = mount.childAt(mount.root());
        Place on = mount.on();
        if (above != null && on != null) {
            unhook(above);
            unhook(mount);
            attachLocked(above, on);
        }
    }

    /** Where a walk that meets {@code place} ends up. */
    static Place topmost(Place place) {
        Mount mount = place.mount();
        Dentry dentry = place.dentry();
        for (Mount over = mount.childAt(dentry); over != null; over = mount.childAt(dentry)) {
            mount = over;
            dentry = over.root();
        }
        return new Place(mount, dentry);
    }

    /**
     * Takes a mount out of the tree, and its counterparts with all who take from its parent:
     * umount2(2).
     *
     * @param detach lazily, with all mounts below
     * @return the mounts taken out
     */
    List<Mount> detach(Mount mount, boolean detach) {
        lock.lock();
        try {
            Place on = mount.on();
            if (on == null) {
                throw Errno.EINVAL.exception();
            }
            List<Mount> others = new ArrayList<>();
            for (Mount other : propagation().counterpartsLocked(on.mount(), on.dentry())) {
                // What others have mounted below theirs keeps it; what they have mounted over it
                // stays without it.
                if (other.children().keySet().stream().allMatch(at -> at == other.root())
                        || detach) {
                    others.add(other);
                }
            }
            boolean busy = others.stream().anyMatch(Mount::isBusy);
            if (!detach && (busy || mount.hasChildren() || mount.isBusy())) {
                throw Errno.EBUSY.exception();
            }
            List<Mount> gone = new ArrayList<>();
            detachLocked(mount, gone);
            for (Mount other : others) {
                uncoverLocked(other);
                detachLocked(other, gone);
            }
            return gone;
        } finally {
            lock.unlock();
        }
    }

    private void detachLocked(Mount mount, List<Mount> gone) {
        for (Mount child : List.copyOf(mount.children().values())) {
            detachLocked(child, gone);
        }
        unhook(mount);
        leaveLocked(mount);
        propagation().forgetLocked(mount);
        gone.add(mount);
    }

    private static void leaveLocked(Mount mount) {
        MountSpace space = mount.space();
        if (space != null) {
            space.removeLocked(mount);
            mount.setSpace(null);
        }
    }

    private static void unhook(Mount mount) {
        Place on = mount.on();
        if (on != null) {
            on.mount().removeChild(on.dentry());
            on.dentry().mountRemoved();
            mount.setOn(null);
        }
    }

    /** Moves a mount with everything below it: MS_MOVE, move_mount(2). */
    void move(Mount mount, Place to) {
        lock.lock();
        try {
            Place from = mount.on();
            Place target = topmost(to);
            boolean shared = from != null && from.mount().group() != null;
            boolean unbindable = target.mount().group() != null && hasUnbindableLocked(mount);
            if (from == null || shared || unbindable) {
                throw Errno.EINVAL.exception();
            }
            for (Mount at = target.mount(); ; ) {
                if (at == mount) {
                    throw Errno.ELOOP.exception();
                }
                Place on = at.on();
                if (on == null) {
                    break;
                }
                at = on.mount();
            }
            unhook(mount);
            attachLocked(mount, target);
            propagation().mountedLocked(mount, target);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Puts a mount right below {@code top}, which lies over it from here on: MOVE_MOUNT_BENEATH.
     *
     * @param own the namespace of who asks
     * @throws dev.moat.abi.ErrnoException EINVAL
     */
    void attachBeneath(Mount mount, Mount top, MountSpace own) {
        lock.lock();
        try {
            Place at = top.on();
            if (at == null || at.mount() == own.first() || !canLieBelowLocked(mount, top, at)) {
                throw Errno.EINVAL.exception();
            }
            checkMovableLocked(mount, at.mount());
            unhook(mount);
            unhook(top);
            if (mount.space() == null) {
                attachTreeLocked(mount, at);
            } else {
                attachLocked(mount, at);
            }
            attachLocked(top, new Place(mount, mount.root()));
            propagation().mountedLocked(mount, at);
        } finally {
            lock.unlock();
        }
    }

    /** can_move_mount_beneath(), fs/namespace.c. */
    private boolean canLieBelowLocked(Mount mount, Mount top, Place at) {
        return !top.isLocked()
                && mount.childAt(mount.root()) == null
                && !isAboveLocked(top, mount)
                && !isAboveLocked(mount, at.mount())
                && !propagation().wouldCoverLocked(at, top)
                && !propagation().wouldCoverLocked(at, mount);
    }

    /** EINVAL for what others would have to follow, or must not be seen twice. */
    private void checkMovableLocked(Mount mount, Mount to) {
        Place from = mount.on();
        boolean shared = from != null && from.mount().group() != null;
        if (shared || to.group() != null && hasUnbindableLocked(mount)) {
            throw Errno.EINVAL.exception();
        }
    }

    /** Whether {@code mount} is {@code other} or what that is mounted on. */
    private static boolean isAboveLocked(Mount mount, Mount other) {
        for (@Nullable Mount at = other; at != null; ) {
            if (at == mount) {
                return true;
            }
            Place on = at.on();
            at = on == null ? null : on.mount();
        }
        return false;
    }

    /**
     * Makes {@code to} give and take as {@code from} does: MOVE_MOUNT_SET_GROUP.
     *
     * @throws dev.moat.abi.ErrnoException EINVAL: not of one file system, or not the wider part of
     *     it; private, or not private
     */
    void setGroup(Mount from, Mount to) {
        lock.lock();
        try {
            boolean hides =
                    from.children().values().stream()
                            .anyMatch(child -> child.isLocked() && isWithin(child, to.root()));
            boolean possible =
                    from.tree() == to.tree()
                            && from.root().isAncestorOf(to.root())
                            && !hides
                            && to.group() == null
                            && to.master() == null
                            && (from.group() != null || from.master() != null);
            if (!possible) {
                throw Errno.EINVAL.exception();
            }
            propagation().copyLocked(from, to);
        } finally {
            lock.unlock();
        }
    }

    private static boolean isWithin(Mount child, Dentry root) {
        Place on = child.on();
        return on != null && root.isAncestorOf(on.dentry());
    }

    private boolean hasUnbindableLocked(Mount mount) {
        return mount.isUnbindable() || belowLocked(mount).stream().anyMatch(Mount::isUnbindable);
    }

    /** Swaps the first mount of a namespace: pivot_root(2). */
    void pivot(MountSpace space, Mount newRoot, Place putOld) {
        lock.lock();
        try {
            Mount old = space.first();
            Place on = newRoot.on();
            boolean shared =
                    newRoot.group() != null && on != null && on.mount().group() != null
                            || on != null && on.mount().group() != null
                            || putOld.mount().group() != null;
            if (shared) {
                throw Errno.EINVAL.exception();
            }
            unhook(newRoot);
            // What lies over putOld belongs to the new tree already: it is at or below the new
            // root.
            attachLocked(old, putOld);
            space.setFirst(newRoot);
        } finally {
            lock.unlock();
        }
    }

    /** Sets flags of a mount, and with {@code recursive} of all below it. */
    void changePropagation(Mount mount, int type, boolean recursive) {
        lock.lock();
        try {
            List<Mount> all = new ArrayList<>();
            all.add(mount);
            if (recursive) {
                all.addAll(belowLocked(mount));
            }
            all.forEach(each -> propagation().changeLocked(each, type));
        } finally {
            lock.unlock();
        }
    }

    /**
     * A copy of what is seen at a place, not attached anywhere: MS_BIND, open_tree(2).
     *
     * @param recursive with what is mounted below
     * @throws dev.moat.abi.ErrnoException EINVAL: unbindable
     */
    Mount copy(Place from, boolean recursive) {
        lock.lock();
        try {
            Mount old = from.mount();
            if (old.isUnbindable()) {
                throw Errno.EINVAL.exception();
            }
            Mount top = createLocked(old.tree(), from.dentry(), old.source(), old.flags());
            propagation().copyLocked(old, top);
            if (recursive) {
                copyBelowLocked(old, top, from.dentry());
            }
            return top;
        } finally {
            lock.unlock();
        }
    }

    private void copyBelowLocked(Mount old, Mount top, Dentry root) {
        Map<Mount, Mount> copies = new LinkedHashMap<>();
        copies.put(old, top);
        for (Mount child : belowLocked(old)) {
            Place on = child.on();
            Mount parent = on == null ? null : copies.get(on.mount());
            if (on == null || parent == null || child.isUnbindable()) {
                continue;
            }
            if (on.mount() == old && !root.isAncestorOf(on.dentry())) {
                continue;
            }
            Mount inner = createLocked(child.tree(), child.root(), child.source(), child.flags());
            propagation().copyLocked(child, inner);
            copies.put(child, inner);
            attachLocked(inner, new Place(parent, on.dentry()));
        }
    }

    /** Makes places of the copies. */
    interface PlaceMaker {
        Place at(Mount mount, Dentry dentry);
    }

    /**
     * Copies a tree of mounts, without its relations to others; the first of the result is the
     * top's.
     */
    Map<Mount, Mount> copyTreeLocked(Mount top, PlaceMaker places, Set<Mount> except) {
        Map<Mount, Mount> copies = new LinkedHashMap<>();
        copies.put(top, createLocked(top.tree(), top.root(), top.source(), top.flags()));
        for (Mount child : belowLocked(top)) {
            Place on = child.on();
            Mount parent = on == null ? null : copies.get(on.mount());
            if (on != null && parent != null && !except.contains(child)) {
                Mount copy =
                        createLocked(child.tree(), child.root(), child.source(), child.flags());
                copies.put(child, copy);
                attachLocked(copy, places.at(parent, on.dentry()));
            }
        }
        return copies;
    }

    /**
     * Fills a namespace with copies of another one's mounts: copy_mnt_ns().
     *
     * @return the copies by original
     */
    Map<Mount, Mount> copySpace(MountSpace from, MountSpace to) {
        lock.lock();
        try {
            Map<Mount, Mount> copies = copyTreeLocked(from.first(), Place::new, Set.of());
            copies.forEach((original, copy) -> {
                propagation().copyLocked(original, copy);
                copy.setUnbindable(original.isUnbindable());
                enterLocked(copy, to);
            });
            to.setFirst(copies.get(from.first()));
            return copies;
        } finally {
            lock.unlock();
        }
    }

    /** A namespace of less privileged users takes news only, and keeps what it got. */
    void lockSpace(MountSpace space) {
        changePropagation(space.first(), MountFlags.MS_SLAVE, true);
        for (Mount mount : collect(space.first(), true)) {
            mount.lock(mount == space.first());
        }
    }

    /** Mounts below {@code mount}, parents first. */
    List<Mount> belowLocked(Mount mount) {
        List<Mount> found = new ArrayList<>();
        collect(mount, found);
        return found;
    }

    private static void collect(Mount mount, List<Mount> found) {
        for (Mount child : mount.children().values()) {
            found.add(child);
            collect(child, found);
        }
    }

    /** See {@link Propagation#dominatingLocked}. */
    int dominating(Mount mount, Place root) {
        lock.lock();
        try {
            return propagation().dominatingLocked(mount, root);
        } finally {
            lock.unlock();
        }
    }

    List<MountInfo> list(MountSpace space) {
        lock.lock();
        try {
            return List.copyOf(space.mountsLocked());
        } finally {
            lock.unlock();
        }
    }

    /** A mount, and with {@code recursive} those below it. */
    List<Mount> collect(Mount mount, boolean recursive) {
        lock.lock();
        try {
            List<Mount> all = new ArrayList<>();
            all.add(mount);
            if (recursive) {
                all.addAll(belowLocked(mount));
            }
            return all;
        } finally {
            lock.unlock();
        }
    }

    /** Forgets all of a namespace; gives what was mounted, last first. */
    List<Mount> clear(MountSpace space) {
        lock.lock();
        try {
            List<Mount> gone = new ArrayList<>(space.mountsLocked()).reversed();
            for (Mount mount : gone) {
                unhook(mount);
                leaveLocked(mount);
                propagation().forgetLocked(mount);
            }
            space.setFirst(null);
            return gone;
        } finally {
            lock.unlock();
        }
    }

    /** Drops a tree that was never attached, or is no more; gives its mounts. */
    List<Mount> dissolve(Mount tree) {
        lock.lock();
        try {
            List<Mount> gone = new ArrayList<>();
            detachLocked(tree, gone);
            return gone;
        } finally {
            lock.unlock();
        }
    }

    /** As {@link #dissolve}, if the mount is in no tree. */
    List<Mount> dissolveUnattached(Mount tree) {
        lock.lock();
        try {
            if (tree.on() != null || tree.space() != null) {
                return List.of();
            }
            List<Mount> gone = new ArrayList<>();
            detachLocked(tree, gone);
            return gone;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Attaches a mount that is in no tree; false if it is in one already.
     *
     * @throws dev.moat.abi.ErrnoException EINVAL, ENOENT
     */
    boolean attachUnattached(Mount tree, Place at) {
        lock.lock();
        try {
            if (tree.on() != null || tree.space() != null) {
                return false;
            }
            Place target = topmost(at);
            if (target.mount().group() != null && hasUnbindableLocked(tree)) {
                throw Errno.EINVAL.exception();
            }
            attachTreeLocked(tree, target);
            propagation().mountedLocked(tree, target);
            return true;
        } finally {
            lock.unlock();
        }
    }
}
