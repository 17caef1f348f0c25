package dev.moat.vfs;

import dev.moat.abi.Errno;
import dev.moat.abi.MountFlags;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.HeapAccount;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.MountInfo;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
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

    /** Namespaces that changed since the lock was taken; null for none. Guarded by it. */
    private @Nullable Set<MountSpace> changed;

    /** Gives the lock back, then tells who waits for changes: wake-ups hold no locks. */
    private void unlock() {
        Set<MountSpace> told = changed;
        changed = null;
        lock.unlock();
        if (told != null) {
            told.forEach(MountSpace::tell);
        }
    }

    void noteChangedLocked(MountSpace space) {
        Set<MountSpace> known = changed;
        if (known == null) {
            known = new HashSet<>();
            changed = known;
        }
        known.add(space);
    }

    /** Flags of mounts changed: who waits for changes of their namespaces is told. */
    void noteChanged(Collection<Mount> mounts) {
        lock.lock();
        try {
            mounts.forEach(MountTable::touchLocked);
        } finally {
            unlock();
        }
    }

    private static void touchLocked(Mount mount) {
        MountSpace space = mount.space();
        if (space != null) {
            space.touchLocked();
        }
    }

    /** Makes a mount that is nowhere in a tree of mounts. */
    Mount create(Tree tree, Dentry root, String source, long flags) {
        lock.lock();
        try {
            return createLocked(tree, root, source, withRelatime(flags));
        } finally {
            unlock();
        }
    }

    Mount createLocked(Tree tree, Dentry root, String source, long flags) {
        tree.retain();
        Mount made = new Mount(nextId++, tree, root, source, flags);
        made.begin();
        return made;
    }

    /** Linux mounts with relatime unless told otherwise. */
    static long withRelatime(long flags) {
        int others = MountFlags.MS_NOATIME | MountFlags.MS_STRICTATIME;
        return (flags & others) != 0 ? flags : flags | MountFlags.MS_RELATIME;
    }

    PeerGroup newGroupLocked() {
        return new PeerGroup(nextGroup++);
    }

    Propagation propagation() {
        return new Propagation(this);
    }

    /** The first mount of a namespace. */
    void setFirst(MountSpace space, Mount mount) {
        lock.lock();
        try {
            if (!space.isEmpty()) {
                throw new IllegalStateException("the root is mounted already");
            }
            mount.enter(space);
            space.setFirst(mount);
        } finally {
            unlock();
        }
    }

    /**
     * Puts {@code tree}, a mount with what is below it, over {@code at}, over what may be mounted
     * there already, and over the same place of all who take from it.
     *
     * @throws dev.moat.abi.ErrnoException ENOMEM, ENOENT; ENOSPC: too many mounts
     */
    void attach(Mount tree, Place at) {
        HeapAccount.checkRoom();
        lock.lock();
        try {
            attachLocked(tree, topmost(at));
        } finally {
            unlock();
        }
    }

    private void attachLocked(Mount tree, Place target) {
        Spread spread = new Spread(this, tree, target);
        spread.prepare(false);
        new Branch(tree).attach(target);
        spread.attach();
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
            if (mount.on() == null) {
                throw Errno.EINVAL.exception();
            }
            Removal removal = new Removal(propagation());
            if (!detach && removal.wouldDisturb(mount)) {
                throw Errno.EBUSY.exception();
            }
            return removal.takeWithOthers(mount);
        } finally {
            unlock();
        }
    }

    /** Moves a mount with everything below it: MS_MOVE, move_mount(2). */
    void move(Mount mount, Place to) {
        lock.lock();
        try {
            Place from = mount.on();
            Place target = topmost(to);
            boolean shared = from != null && from.mount().group() != null;
            boolean unbindable =
                    target.mount().group() != null && new Branch(mount).hasUnbindable();
            if (from == null || shared || unbindable) {
                throw Errno.EINVAL.exception();
            }
            if (isAboveLocked(mount, target.mount())) {
                throw Errno.ELOOP.exception();
            }
            Spread spread = new Spread(this, mount, target);
            spread.prepare(true);
            mount.unhook();
            mount.hook(target);
            touchLocked(mount);
            spread.attach();
        } finally {
            unlock();
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
            boolean moved = mount.space() != null;
            Spread spread = new Spread(this, mount, at);
            spread.prepare(moved);
            mount.unhook();
            top.unhook();
            if (moved) {
                mount.hook(at);
                touchLocked(mount);
            } else {
                new Branch(mount).attach(at);
            }
            top.hook(new Place(mount, mount.root()));
            spread.attach();
        } finally {
            unlock();
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
        if (shared || to.group() != null && new Branch(mount).hasUnbindable()) {
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
            unlock();
        }
    }

    private static boolean isWithin(Mount child, Dentry root) {
        Place on = child.on();
        return on != null && root.isAncestorOf(on.dentry());
    }

    /**
     * Puts {@code newRoot} where {@code oldRoot} is, and that over {@code putOld}: pivot_root(2).
     *
     * @throws dev.moat.abi.ErrnoException EINVAL: others would have to follow, or {@code newRoot}
     *     covers something for good; ENOENT
     */
    void pivot(MountSpace space, Mount oldRoot, Mount newRoot, Place putOld) {
        lock.lock();
        try {
            Place rootOn = oldRoot.on();
            Place on = newRoot.on();
            boolean first = oldRoot == space.first();
            boolean possible =
                    on != null
                            && on.mount().group() == null
                            && putOld.mount().group() == null
                            && (rootOn == null ? first : rootOn.mount().group() == null)
                            && !newRoot.isLocked();
            if (!possible) {
                throw Errno.EINVAL.exception();
            }
            if (putOld.dentry().isDead() || newRoot.root().isDead()) {
                throw Errno.ENOENT.exception();
            }
            newRoot.unhook();
            if (rootOn == null) {
                space.setFirst(newRoot);
            } else {
                oldRoot.unhook();
                newRoot.hook(rootOn);
            }
            newRoot.takeLock(oldRoot);
            oldRoot.hook(topmost(putOld));
            space.touchLocked();
        } finally {
            unlock();
        }
    }

    /** Sets flags of a mount, and with {@code recursive} of all below it. */
    void changePropagation(Mount mount, int type, boolean recursive) {
        lock.lock();
        try {
            List<Mount> all = recursive ? new Branch(mount).all() : List.of(mount);
            all.forEach(each -> propagation().changeLocked(each, type));
        } finally {
            unlock();
        }
    }

    /** See {@link MountCopies#bind}. */
    Mount copy(Place from, boolean recursive) {
        lock.lock();
        try {
            return new MountCopies(this).bind(from, recursive);
        } finally {
            unlock();
        }
    }

    /** See {@link MountCopies#fill}. */
    Map<Mount, Mount> copySpace(MountSpace from, MountSpace to) {
        lock.lock();
        try {
            return new MountCopies(this).fill(from, to);
        } finally {
            unlock();
        }
    }

    /** A namespace of less privileged users takes news only, and keeps what it got. */
    void lockSpace(MountSpace space) {
        changePropagation(space.first(), MountFlags.MS_SLAVE, true);
        for (Mount mount : collect(space.first(), true)) {
            mount.lock(mount == space.first());
        }
    }

    /** See {@link Propagation#dominatingLocked}. */
    int dominating(Mount mount, Place root) {
        lock.lock();
        try {
            return propagation().dominatingLocked(mount, root);
        } finally {
            unlock();
        }
    }

    List<MountInfo> list(MountSpace space) {
        lock.lock();
        try {
            return List.copyOf(space.mountsLocked());
        } finally {
            unlock();
        }
    }

    /** A mount, and with {@code recursive} those below it. */
    List<Mount> collect(Mount mount, boolean recursive) {
        lock.lock();
        try {
            return recursive ? new Branch(mount).all() : List.of(mount);
        } finally {
            unlock();
        }
    }

    /** Forgets all of a namespace; gives what was mounted, last first. */
    List<Mount> clear(MountSpace space) {
        lock.lock();
        try {
            List<Mount> gone = new ArrayList<>(space.mountsLocked()).reversed();
            new Removal(propagation()).take(gone);
            space.setFirst(null);
            return gone;
        } finally {
            unlock();
        }
    }

    /** Drops a tree that was never attached, or is no more; gives its mounts. */
    List<Mount> dissolve(Mount tree) {
        lock.lock();
        try {
            return new Removal(propagation()).take(new Branch(tree).all());
        } finally {
            unlock();
        }
    }

    /** As {@link #dissolve}, if the mount is in no tree. */
    List<Mount> dissolveUnattached(Mount tree) {
        lock.lock();
        try {
            if (tree.on() != null || tree.space() != null) {
                return List.of();
            }
            return new Removal(propagation()).take(new Branch(tree).all());
        } finally {
            unlock();
        }
    }

    /**
     * Attaches a mount that is in no tree; false if it is in one already.
     *
     * @throws dev.moat.abi.ErrnoException EINVAL, ENOENT; ENOSPC: too many mounts
     */
    boolean attachUnattached(Mount tree, Place at) {
        lock.lock();
        try {
            if (tree.on() != null || tree.space() != null) {
                return false;
            }
            Place target = topmost(at);
            if (target.mount().group() != null && new Branch(tree).hasUnbindable()) {
                throw Errno.EINVAL.exception();
            }
            attachLocked(tree, target);
            return true;
        } finally {
            unlock();
        }
    }
}
