package dev.moat.vfs;

import dev.moat.abi.Errno;
import dev.moat.abi.MountFlags;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.MountInfo;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The mounts of one sandbox. */
@Stateful
final class MountTable {
    private final RankedLock lock = new RankedLock(LockRank.MOUNTS);

    /** In order of creation, guarded by the lock. */
    private final List<Mount> mounts = new ArrayList<>();

    /** Set once, at the first mount. */
    private volatile @Nullable Mount first;

    private int nextId = 1;

    Mount first() {
        Mount mount = first;
        if (mount == null) {
            throw new IllegalStateException("no root is mounted");
        }
        return mount;
    }

    /** Makes a mount that is nowhere in the tree of mounts. */
    Mount create(Tree tree, Dentry root, String source, long flags) {
        lock.lock();
        try {
            tree.retain();
            return new Mount(nextId++, tree, root, source, withRelatime(flags));
        } finally {
            lock.unlock();
        }
    }

    /** Linux mounts with relatime unless told otherwise. */
    private static long withRelatime(long flags) {
        int others = MountFlags.MS_NOATIME | MountFlags.MS_STRICTATIME;
        return (flags & others) != 0 ? flags : flags | MountFlags.MS_RELATIME;
    }

    void setFirst(Mount mount) {
        lock.lock();
        try {
            if (first != null) {
                throw new IllegalStateException("the root is mounted already");
            }
            mounts.add(mount);
            first = mount;
        } finally {
            lock.unlock();
        }
    }

    /** Puts {@code mount} over {@code at}, over what may be mounted there already. */
    void attach(Mount mount, Place at) {
        lock.lock();
        try {
            attachLocked(mount, topmost(at));
            mounts.add(mount);
        } finally {
            lock.unlock();
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
     * Takes a mount out of the tree: umount2(2).
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
            if (!detach && (mount.hasChildren() || mount.isBusy())) {
                throw Errno.EBUSY.exception();
            }
            List<Mount> gone = new ArrayList<>();
            detachLocked(mount, gone);
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
        mounts.remove(mount);
        gone.add(mount);
    }

    private static void unhook(Mount mount) {
        Place on = mount.on();
        if (on != null) {
            on.mount().removeChild(on.dentry());
            on.dentry().mountRemoved();
            mount.setOn(null);
        }
    }

    /** Moves a mount with everything below it: MS_MOVE. */
    void move(Mount mount, Place to) {
        lock.lock();
        try {
            if (mount.on() == null) {
                throw Errno.EINVAL.exception();
            }
            Place target = topmost(to);
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
        } finally {
            lock.unlock();
        }
    }

    /** Swaps the first mount: pivot_root(2). */
    void pivot(Mount newRoot, Place putOld) {
        lock.lock();
        try {
            Mount old = first();
            unhook(newRoot);
            // What lies over putOld belongs to the new tree already: it is at or below the new
            // root.
            attachLocked(old, putOld);
            first = newRoot;
        } finally {
            lock.unlock();
        }
    }

    /** Mounts below {@code mount}, parents first. */
    List<Mount> below(Mount mount) {
        lock.lock();
        try {
            List<Mount> found = new ArrayList<>();
            collect(mount, found);
            return found;
        } finally {
            lock.unlock();
        }
    }

    private static void collect(Mount mount, List<Mount> found) {
        for (Mount child : mount.children().values()) {
            found.add(child);
            collect(child, found);
        }
    }

    List<MountInfo> list() {
        lock.lock();
        try {
            return List.copyOf(mounts);
        } finally {
            lock.unlock();
        }
    }

    List<Mount> all() {
        lock.lock();
        try {
            return List.copyOf(mounts);
        } finally {
            lock.unlock();
        }
    }

    /** Forgets everything; gives what was mounted, last first. */
    List<Mount> clear() {
        lock.lock();
        try {
            List<Mount> gone = new ArrayList<>(mounts).reversed();
            mounts.clear();
            first = null;
            return List.copyOf(gone);
        } finally {
            lock.unlock();
        }
    }
}
