package dev.moat.vfs;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.MountFlags;
import dev.moat.api.namespace.IdMap;
import dev.moat.api.namespace.UserView;
import dev.moat.api.swap.Restorable;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Credentials;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.MountInfo;
import dev.moat.api.vfs.VfsPath;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A tree, or a part of one, seen at a place of another mount. Changed under the lock of the mount
 * table.
 */
@Stateful
public final class Mount implements MountInfo, Restorable {
    private static final long LOCKABLE =
            MountFlags.MS_RDONLY
                    | MountFlags.MS_NOSUID
                    | MountFlags.MS_NODEV
                    | MountFlags.MS_NOEXEC;

    private final int id;
    private final Tree tree;
    private final Dentry root;
    private final String source;

    /**
     * What it is mounted on: null for the first mount and for detached ones. Both change together.
     */
    private volatile @Nullable Place on;

    /** Replaced as a whole: walks read it without a lock. */
    private volatile Map<Dentry, Mount> children = Map.of();

    private volatile long flags;

    /** The namespace that it is in; null while it is in none. */
    private volatile @Nullable MountSpace space;

    /**
     * With whom it shares mounts; null if it is private. Volatile, as the next two: read by /proc.
     */
    private volatile @Nullable PeerGroup group;

    /** From whom it takes mounts. */
    private volatile @Nullable PeerGroup master;

    private volatile boolean unbindable;

    /**
     * Came from a namespace of a more privileged user namespace: what it covers and forbids stays
     * so.
     */
    private volatile boolean locked;

    /** Set before anybody can see it, and by copies; null: owners are shown as they are. */
    private volatile @Nullable IdMap idMap;

    /** See {@link #isDetached}. */
    private volatile boolean detached;

    /** Flags that stay set. */
    private volatile long lockedFlags;

    private Writers writers = new Writers();

    /** umount2(2) with MNT_EXPIRE found it idle; whoever uses it takes the mark away. */
    private volatile boolean expiring;

    /** What it shows stays when its last name goes. Written by who makes or ends it. */
    private boolean holdsRoot;

    /** Open and mapped files, working directories and roots: what makes umount(2) say EBUSY. */
    private final AtomicInteger users = new AtomicInteger();

    Mount(int id, Tree tree, Dentry root, String source, long flags) {
        this.id = id;
        this.tree = tree;
        this.root = root;
        this.source = source;
        this.flags = withReadOnly(flags);
    }

    /** What cannot be written is mounted read-only whatever is asked: SB_RDONLY. */
    private long withReadOnly(long wanted) {
        return tree.filesystem().isImmutable() ? wanted | MountFlags.MS_RDONLY : wanted;
    }

    /** Called once, when it is made. */
    void begin() {
        root.inode().hold();
        holdsRoot = true;
    }

    /** Called once, when it is seen nowhere any more. */
    void end() {
        detached = false;
        if (holdsRoot) {
            holdsRoot = false;
            root.inode().letGo();
        }
    }

    @Override
    public void saving() {}

    /** What was written before writers were counted has none. */
    @Override
    public void restored() {
        writers = writers == null ? new Writers() : writers;
    }

    @Override
    public int id() {
        return id;
    }

    /** An id that no other mount ever has or had: STATX_MNT_ID_UNIQUE. */
    public long uniqueId() {
        // Above all others, as in Linux: MNT_UNIQUE_ID_OFFSET, fs/namespace.c.
        return (1L << 31) + id;
    }

    @Override
    public int parentId() {
        Place place = on;
        return place == null ? 0 : place.mount().id();
    }

    @Override
    public Filesystem filesystem() {
        return tree.filesystem();
    }

    @Override
    public String rootPath() {
        return Paths.within(tree.root(), root);
    }

    @Override
    public String mountPoint() {
        Place place = on;
        return place == null ? "/" : Paths.fromTop(place);
    }

    @Override
    public @Nullable String mountPointFrom(VfsPath from) {
        Place place = new Place(this, root);
        Place top = Place.of(from);
        return Paths.isReachable(place, top) ? Paths.shown(place, top) : null;
    }

    @Override
    public String source() {
        return source;
    }

    @Override
    public boolean isFilesystemReadOnly() {
        return tree.isReadOnly();
    }

    @Override
    public long flags() {
        return flags;
    }

    /** Whether it may be taken away or moved: MNT_LOCKED. */
    boolean isLocked() {
        return locked;
    }

    /** lock_mnt_tree: keeps the flags, and the mount itself unless it is the first one. */
    void lock(boolean first) {
        locked = !first;
        lockedFlags = flags & LOCKABLE;
    }

    /** It is where {@code other} was: what stays there is it from here on, MNT_LOCKED. */
    void takeLock(Mount other) {
        if (other.locked) {
            other.locked = false;
            locked = true;
        }
    }

    @Override
    public @Nullable IdMap idMap() {
        return idMap;
    }

    @Override
    public UserView owner() {
        return tree.owner();
    }

    /** EBUSY: a file is open for writing. */
    void setIdMap(@Nullable IdMap map) {
        writers.checkNone();
        idMap = map;
    }

    /**
     * Whether its map may become another one: can_idmap_mount(), fs/namespace.c.
     *
     * @param replaces whether nobody has seen the copy that it is
     * @throws dev.moat.abi.ErrnoException EINVAL, EPERM
     */
    void checkIdMap(Credentials who, UserView space, boolean replaces) {
        if (space == tree.owner()) {
            throw Errno.EINVAL.exception();
        }
        if (!replaces && idMap != null) {
            throw Errno.EPERM.exception();
        }
        if (!tree.filesystem().allowsIdMaps()) {
            throw Errno.EINVAL.exception();
        }
        if (!who.canIn(tree.owner(), Capabilities.CAP_SYS_ADMIN)) {
            throw Errno.EPERM.exception();
        }
        if (!detached) {
            throw Errno.EINVAL.exception();
        }
    }

    /**
     * Whether it is in a tree that a file holds and nobody can walk to: the anonymous mount
     * namespace of fsmount(2) and open_tree(2).
     */
    boolean isDetached() {
        return detached;
    }

    void setDetached() {
        detached = true;
    }

    /** As a copy it shows and forbids what the original does: clone_mnt(). */
    void keepLocks(Mount original) {
        idMap = original.idMap;
        locked = original.locked;
        lockedFlags = original.lockedFlags;
    }

    /** It covers nothing that must stay covered. */
    void unlock() {
        locked = false;
    }

    /** EPERM for flags without one that stays. */
    void checkFlags(long wanted) {
        if ((lockedFlags & ~wanted) != 0) {
            throw Errno.EPERM.exception();
        }
    }

    /** A file is open for writing through it from here on: EROFS. */
    void addWriter() {
        writers.add();
        try {
            tree.writers().add();
        } catch (ErrnoException e) {
            writers.remove();
            throw e;
        }
    }

    void removeWriter() {
        tree.writers().remove();
        writers.remove();
    }

    /** EBUSY: it is to be read-only, but a file is open for writing. */
    void setFlags(long flags) {
        writers.refuse((flags & MountFlags.MS_RDONLY) != 0);
        this.flags = withReadOnly(flags);
    }

    @Override
    public List<String> propagation() {
        List<String> tags = new ArrayList<>(2);
        PeerGroup shared = group;
        if (shared != null) {
            tags.add("shared:" + shared.id());
        }
        PeerGroup above = master;
        if (above != null) {
            tags.add("master:" + above.id());
        }
        if (unbindable) {
            tags.add("unbindable");
        }
        return tags;
    }

    @Nullable MountSpace space() {
        return space;
    }

    /** Comes into a namespace. */
    void enter(MountSpace to) {
        space = to;
        detached = false;
        to.addLocked(this);
    }

    /** Is in no namespace any more; who asks takes it from the old one's list. */
    void leave() {
        space = null;
    }

    @Nullable PeerGroup group() {
        return group;
    }

    void setGroup(@Nullable PeerGroup to) {
        group = to;
    }

    @Nullable PeerGroup master() {
        return master;
    }

    void setMaster(@Nullable PeerGroup to) {
        master = to;
    }

    boolean isUnbindable() {
        return unbindable;
    }

    void setUnbindable(boolean to) {
        unbindable = to;
    }

    Tree tree() {
        return tree;
    }

    Dentry root() {
        return root;
    }

    /** Where it is mounted; null for the first mount. */
    @Nullable Place on() {
        return on;
    }

    /**
     * Hangs it over a place where nothing is mounted.
     *
     * @throws dev.moat.abi.ErrnoException ENOENT: the place was removed
     */
    void hook(Place at) {
        if (at.dentry().isDead()) {
            throw Errno.ENOENT.exception();
        }
        on = at;
        at.dentry().mountAdded();
        at.mount().addChild(at.dentry(), this);
    }

    /** Takes it from its place, if it has one. */
    void unhook() {
        Place at = on;
        if (at != null) {
            at.mount().removeChild(at.dentry());
            at.dentry().mountRemoved();
            on = null;
        }
    }

    /** The mount over {@code dentry} of this mount, if there is one. */
    @Nullable Mount childAt(Dentry dentry) {
        return children.get(dentry);
    }

    boolean hasChildren() {
        return !children.isEmpty();
    }

    Map<Dentry, Mount> children() {
        return children;
    }

    private void addChild(Dentry dentry, Mount child) {
        Map<Dentry, Mount> copy = new IdentityHashMap<>(children);
        copy.put(dentry, child);
        children = copy;
    }

    private void removeChild(Dentry dentry) {
        Map<Dentry, Mount> copy = new IdentityHashMap<>(children);
        copy.remove(dentry);
        children = copy;
    }

    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    boolean isNoSuid() {
        return has(MountFlags.MS_NOSUID);
    }

    boolean isNoDevices() {
        return has(MountFlags.MS_NODEV);
    }

    boolean isNoExec() {
        return has(MountFlags.MS_NOEXEC);
    }

    /** Notes that somebody looks at it. */
    void noteUse() {
        if (expiring) {
            expiring = false;
        }
    }

    /** Marks an idle mount; false if it was marked before and nobody has used it since. */
    boolean markExpiring() {
        boolean first = !expiring;
        expiring = true;
        return first;
    }

    void retain() {
        noteUse();
        users.incrementAndGet();
    }

    void release() {
        noteUse();
        users.decrementAndGet();
    }

    boolean isBusy() {
        return users.get() > 0;
    }
}
