package dev.moat.vfs;

import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.namespace.UserView;
import dev.moat.api.swap.Restorable;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.Filesystem;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A file system instance with its dentries; all mounts of it share them. */
@Stateful
final class Tree implements Restorable {
    private final Filesystem filesystem;
    private final DentryCache cache;
    private final Dentry root;
    private final boolean isVolatile;
    private final RankedLock renameLock = new RankedLock(LockRank.VFS_RENAME);

    /**
     * Mounts, open files and layers built upon it; the instance is closed when the last one goes.
     */
    private final AtomicInteger users = new AtomicInteger();

    /** The user namespace of who mounted it; null stands for the first one. */
    private volatile @Nullable UserView owner;

    private Writers writers = new Writers();

    /** SB_RDONLY: forbids writing through every mount. */
    private volatile boolean readOnly;

    /** Made with the first handle. */
    private volatile @Nullable HandleTable handles;

    Tree(Filesystem filesystem, DentryCache cache) {
        this.filesystem = filesystem;
        this.cache = cache;
        this.root = new Dentry(this, null, "/", filesystem.root());
        this.isVolatile = filesystem.isVolatile();
    }

    @Override
    public void saving() {}

    /** What was written before writers were counted has none. */
    @Override
    public void restored() {
        writers = writers == null ? new Writers() : writers;
    }

    Filesystem filesystem() {
        return filesystem;
    }

    DentryCache cache() {
        return cache;
    }

    Dentry root() {
        return root;
    }

    boolean isVolatile() {
        return isVolatile;
    }

    /** The user namespace in which capabilities over it count: s_user_ns. */
    UserView owner() {
        UserView known = owner;
        return known == null ? UserView.First.INSTANCE : known;
    }

    void setOwner(UserView space) {
        owner = space;
    }

    boolean isReadOnly() {
        return readOnly;
    }

    Writers writers() {
        return writers;
    }

    /** EBUSY: a file is open for writing. */
    void setReadOnly(boolean to) {
        writers.refuse(to);
        readOnly = to;
    }

    boolean keepsNames() {
        return filesystem.keepsNames();
    }

    /** Held while names move between directories: then no directory becomes its own ancestor. */
    RankedLock renameLock() {
        return renameLock;
    }

    /** What handles lead to; null if nobody has any. */
    @Nullable HandleTable handles() {
        return handles;
    }

    /** Notes that somebody has a handle of what {@code dentry} leads to. */
    void noteHandle(Dentry dentry) {
        HandleTable known = handles;
        if (known == null) {
            renameLock.lock();
            try {
                known = handles;
                if (known == null) {
                    known = new HandleTable();
                    handles = known;
                }
            } finally {
                renameLock.unlock();
            }
        }
        known.add(dentry);
    }

    void retain() {
        users.incrementAndGet();
    }

    /** Drops a user; true if it was the last one. */
    boolean release() {
        return users.decrementAndGet() == 0;
    }

    boolean isUnused() {
        return users.get() == 0;
    }
}
