package dev.moat.vfs;

import dev.moat.abi.FileMode;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Derived;
import dev.moat.api.swap.Restorable;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.Inode;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A name in a directory and what it leads to; without inode it remembers that there is nothing
 * (negative). A dentry stays findable as long as the cache or anybody else refers to it:
 * directories hold their children weakly, children hold their directory. Its inode never changes;
 * its name and parent change with rename(2).
 */
@Stateful
public final class Dentry {
    private final Tree tree;
    private final @Nullable Inode inode;
    private final @Nullable Directory directory;

    /** Name and parent change together; readers take both from one read. */
    private volatile Link link;

    /**
     * Removed, renamed over, or replaced behind the kernel's back. Set once; read without a lock.
     */
    private volatile boolean dead;

    /** Mounts over this dentry; changed under the mount lock, read without it by every walk. */
    private volatile int mounts;

    /** Hint for the cache's clock; races are harmless. */
    private boolean used = true;

    Dentry(Tree tree, @Nullable Dentry parent, String name, @Nullable Inode inode) {
        this.tree = tree;
        this.link = new Link(parent, name);
        this.inode = inode;
        this.directory = inode != null && FileMode.S_ISDIR(inode.mode()) ? new Directory() : null;
    }

    Tree tree() {
        return tree;
    }

    /** What it leads to; null for a negative dentry. */
    public @Nullable Inode inodeOrNull() {
        return inode;
    }

    /** What it leads to. Precondition: not negative. */
    public Inode inode() {
        Inode present = inode;
        if (present == null) {
            throw new IllegalStateException("negative dentry " + link.name());
        }
        return present;
    }

    public boolean isNegative() {
        return inode == null;
    }

    public boolean isDirectory() {
        return directory != null;
    }

    public String name() {
        return link.name();
    }

    /** The directory it is in; null for the root of a file system and for files without a name. */
    public @Nullable Dentry parent() {
        return link.parent();
    }

    /** Name and parent of one moment. */
    Link link() {
        return link;
    }

    public boolean isDead() {
        return dead;
    }

    boolean isMountPoint() {
        return mounts != 0;
    }

    void mountAdded() {
        mounts = mounts + 1;
    }

    void mountRemoved() {
        mounts = mounts - 1;
    }

    /** The lock of this directory: its names change under it only. */
    RankedLock lock() {
        return requireDirectory().lock;
    }

    /** Whether the cache's clock has to pass once more; clears the hint. */
    boolean testAndClearUsed() {
        boolean was = used;
        used = false;
        return was;
    }

    /** Finds a child, from the cache or the file system; a negative one if there is none. */
    Dentry child(String name) {
        Directory own = requireDirectory();
        Dentry hit = own.cached(name);
        if (hit == null) {
            return lookup(own, name);
        }
        if (tree.isVolatile() && !inode().revalidate(name, hit.inode)) {
            return replaceStale(own, name, hit);
        }
        if (!hit.used) {
            hit.used = true;
        }
        return hit;
    }

    private Dentry lookup(Directory own, String name) {
        own.lock.lock();
        try {
            Dentry hit = own.cached(name);
            return hit != null ? hit : addLocked(name, inode().lookup(name));
        } finally {
            own.lock.unlock();
        }
    }

    private Dentry replaceStale(Directory own, String name, Dentry stale) {
        own.lock.lock();
        try {
            Dentry now = own.cached(name);
            if (now != null && now != stale) {
                return now;
            }
            if (stale.isMountPoint()) {
                return stale;
            }
            Inode found = inode().lookup(name);
            if (found == stale.inode && found != null) {
                return stale;
            }
            stale.dead = true;
            return addLocked(name, found);
        } finally {
            own.lock.unlock();
        }
    }

    /** Child as known under this directory's lock: names do not change while it is held. */
    Dentry childLocked(String name) {
        Dentry hit = requireDirectory().cached(name);
        return hit != null ? hit : addLocked(name, inode().lookup(name));
    }

    /** Puts a fresh child under {@code name}, in place of what was cached. */
    Dentry addLocked(String name, @Nullable Inode found) {
        Dentry child = new Dentry(tree, this, name, found);
        requireDirectory().put(name, child, tree.cache());
        return child;
    }

    /** Forgets what is cached under {@code name}. */
    void forgetLocked(String name) {
        requireDirectory().children.remove(name);
    }

    /** Marks {@code child} as removed and leaves a negative dentry in its place. */
    void removeLocked(Dentry child) {
        child.dead = true;
        addLocked(child.name(), null);
    }

    /** Gives this dentry another name and directory; both directories are locked. */
    void moveLocked(Dentry newParent, String newName) {
        Link old = link;
        Dentry oldParent = old.parent();
        if (oldParent != null) {
            oldParent.forgetLocked(old.name());
        }
        link = new Link(newParent, newName);
        newParent.requireDirectory().put(newName, this, tree.cache());
    }

    /** Caches {@code child} under {@code name} again, after an exchange. */
    void putLocked(String name, Dentry child) {
        requireDirectory().put(name, child, tree.cache());
    }

    /** Marks as removed without touching the directory. */
    void kill() {
        dead = true;
    }

    /** Whether {@code other} is this dentry or below it. */
    boolean isAncestorOf(Dentry other) {
        for (@Nullable Dentry at = other; at != null; at = at.parent()) {
            if (at == this) {
                return true;
            }
        }
        return false;
    }

    private Directory requireDirectory() {
        Directory own = directory;
        if (own == null) {
            throw dev.moat.abi.Errno.ENOTDIR.exception();
        }
        return own;
    }

    /** Name and directory of one moment. */
    record Link(@Nullable Dentry parent, String name) {}

    /** The names below a directory. */
    @Stateful
    private static final class Directory implements Restorable {
        final RankedLock lock = new RankedLock(LockRank.VFS_DIRECTORY);

        @Derived("from what is kept")
        private ConcurrentHashMap<String, Ref> children = new ConcurrentHashMap<>(4);

        /** The living children that lead to something, while they are carried over. */
        private Map<String, Dentry> kept = Map.of();

        @Nullable Dentry cached(String name) {
            Ref ref = children.get(name);
            return ref == null ? null : ref.get();
        }

        void put(String name, Dentry child, DentryCache cache) {
            children.put(name, new Ref(child, cache.collected(), this, name));
            if (child.tree.keepsNames()) {
                cache.admit(child);
            } else {
                cache.purge();
            }
        }

        @Override
        public void saving() {
            Map<String, Dentry> living = new HashMap<>();
            children.forEach((name, ref) -> {
                Dentry child = ref.get();
                if (child != null && !child.isNegative()) {
                    living.put(name, child);
                }
            });
            kept = living;
        }

        @Override
        public void restored() {
            children = new ConcurrentHashMap<>(4);
            kept.forEach((name, child) ->
                    children.put(name, new Ref(child, child.tree.cache().collected(), this, name)));
            kept = Map.of();
        }
    }

    /** How a directory refers to a child. */
    static final class Ref extends WeakReference<Dentry> {
        private final Directory directory;
        private final String name;

        private Ref(Dentry child, ReferenceQueue<Dentry> queue, Directory directory, String name) {
            super(child, queue);
            this.directory = directory;
            this.name = name;
        }

        /** The child is gone: its name need not be kept. */
        void purge() {
            directory.children.remove(name, this);
        }
    }
}
