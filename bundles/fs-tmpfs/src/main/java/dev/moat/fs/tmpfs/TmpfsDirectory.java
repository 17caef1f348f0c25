package dev.moat.fs.tmpfs;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.abi.RenameFlags;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.FileDescription.DirectorySink;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.ListedDirectory;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A directory: names by hash, and in order of creation for getdents(2). An entry keeps its place
 * (cookie) as long as it exists, so a listing that others change meanwhile gives every entry that
 * stays exactly once.
 */
@Stateful
final class TmpfsDirectory extends TmpfsInode implements ListedDirectory {
    /** Cookies 1 and 2 stand behind "." and "..". */
    private static final long FIRST_COOKIE = 3;

    /** Linux counts 20 bytes for an entry: BOGO_DIRENT_SIZE, mm/shmem.c. */
    private static final int BYTES_OF_ENTRY = 20;

    /** A name: places in two tables, the headers of a string, a dentry of the VFS. */
    private static final int NAME_BYTES = 320;

    private final RankedLock names = new RankedLock(LockRank.VFS_DIRECTORY);

    // All guarded by the names lock.
    private final Map<String, Entry> byName = new HashMap<>();
    private final TreeMap<Long, Entry> byCookie = new TreeMap<>();
    private long lastCookie = FIRST_COOKIE;
    private boolean dead;

    /** Memory of the kernel that is counted for names. */
    private long nameBytes;

    /** Read without the lock by stat(2). */
    private volatile int subdirectories;

    private volatile int count;

    /** Where ".." leads; changes with rename. */
    private volatile @Nullable TmpfsDirectory parent;

    TmpfsDirectory(TmpfsFilesystem filesystem, int mode, Owner owner) {
        super(filesystem, mode, owner);
    }

    @Override
    long sizeBytes() {
        // "." and ".." count.
        return tmpfs().hasDirectorySizes() ? (count + 2L) * BYTES_OF_ENTRY : 0;
    }

    @Override
    int linkCount() {
        return links() == 0 ? 0 : 2 + subdirectories;
    }

    @Override
    public @Nullable Inode lookup(String name) {
        names.lock();
        try {
            Entry entry = byName.get(name);
            return entry == null ? null : entry.inode();
        } finally {
            names.unlock();
        }
    }

    @Override
    public Inode create(String name, int mode, long rdev, Owner owner) {
        return add(
                name,
                FileMode.S_ISREG(mode)
                        ? tmpfs().newRegular(mode, owner)
                        : new TmpfsSpecial(tmpfs(), mode, rdev, owner));
    }

    @Override
    public Inode createUnnamed(int mode, Owner owner) {
        TmpfsInode made = tmpfs().newRegular(mode, owner);
        made.inheritAcls(this);
        made.inheritFlags(this);
        return made;
    }

    @Override
    public Inode makeDirectory(String name, int mode, Owner owner) {
        return add(
                name,
                new TmpfsDirectory(tmpfs(), FileMode.S_IFDIR | mode & FileMode.S_IALLUGO, owner));
    }

    @Override
    public Inode makeSymlink(String name, String target, Owner owner) {
        return add(name, tmpfs().newSymlink(target, owner));
    }

    private Inode add(String name, TmpfsInode inode) {
        boolean added = false;
        inode.inheritAcls(this);
        inode.inheritFlags(this);
        names.lock();
        try {
            checkFreeLocked(name);
            holdLocked(name);
            putLocked(name, inode);
            inode.linkAdded();
            added = true;
        } finally {
            names.unlock();
            if (!added) {
                tmpfs().inodeGone(inode);
            }
        }
        touchContent();
        return inode;
    }

    private void checkFreeLocked(String name) {
        if (dead) {
            throw Errno.ENOENT.exception();
        }
        if (byName.containsKey(name)) {
            throw Errno.EEXIST.exception();
        }
    }

    @Override
    public void link(String name, Inode target) {
        if (!(target instanceof TmpfsInode inode) || inode.tmpfs() != tmpfs()) {
            throw Errno.EXDEV.exception();
        }
        names.lock();
        try {
            checkFreeLocked(name);
            if (inode.links() == 0
                    && !(inode instanceof TmpfsRegular regular && regular.isLinkable())) {
                throw Errno.ENOENT.exception();
            }
            holdLocked(name);
            putLocked(name, inode);
            inode.linkAdded();
        } finally {
            names.unlock();
        }
        inode.touchChange();
        touchContent();
    }

    @Override
    public void unlink(String name) {
        TmpfsInode gone;
        names.lock();
        try {
            Entry entry = byName.get(name);
            if (entry == null) {
                throw Errno.ENOENT.exception();
            }
            gone = entry.inode();
            takeLocked(entry);
        } finally {
            names.unlock();
        }
        touchContent();
        gone.linkRemoved();
    }

    @Override
    public void removeDirectory(String name) {
        TmpfsDirectory gone;
        names.lock();
        try {
            Entry entry = byName.get(name);
            if (entry == null) {
                throw Errno.ENOENT.exception();
            }
            if (!(entry.inode() instanceof TmpfsDirectory directory)) {
                throw Errno.ENOTDIR.exception();
            }
            gone = directory;
            gone.die();
            takeLocked(entry);
        } finally {
            names.unlock();
        }
        touchContent();
        gone.linkRemoved();
    }

    /** Ends an empty directory: nothing can be added any more. ENOTEMPTY. */
    private void die() {
        names.lock();
        try {
            if (!byName.isEmpty()) {
                throw Errno.ENOTEMPTY.exception();
            }
            dead = true;
        } finally {
            names.unlock();
        }
    }

    @Override
    public void rename(String name, Inode newParent, String newName, int flags) {
        if (!(newParent instanceof TmpfsDirectory target) || target.tmpfs() != tmpfs()) {
            throw Errno.EXDEV.exception();
        }
        TmpfsInode replaced = null;
        // The rename lock of the VFS is held if these are two: nobody else takes two then.
        names.lock();
        target.names.lock();
        try {
            Entry from = byName.get(name);
            if (from == null) {
                throw Errno.ENOENT.exception();
            }
            Entry to = target.byName.get(newName);
            if ((flags & RenameFlags.RENAME_EXCHANGE) != 0) {
                exchangeLocked(from, target, to);
            } else {
                replaced = moveLocked(from, target, newName, to, flags);
            }
        } finally {
            target.names.unlock();
            names.unlock();
        }
        touchContent();
        target.touchContent();
        if (replaced != null) {
            replaced.linkRemoved();
        }
    }

    private void exchangeLocked(Entry from, TmpfsDirectory target, @Nullable Entry to) {
        if (to == null) {
            throw Errno.ENOENT.exception();
        }
        unlistLocked(from);
        target.unlistLocked(to);
        putLocked(from.name(), to.inode());
        target.putLocked(to.name(), from.inode());
        from.inode().touchChange();
        to.inode().touchChange();
    }

    private @Nullable TmpfsInode moveLocked(
            Entry from, TmpfsDirectory target, String newName, @Nullable Entry to, int flags) {
        if (target.dead) {
            throw Errno.ENOENT.exception();
        }
        TmpfsInode moved = from.inode();
        TmpfsInode replaced = null;
        if (to != null) {
            if ((flags & RenameFlags.RENAME_NOREPLACE) != 0) {
                throw Errno.EEXIST.exception();
            }
            replaced = to.inode();
            checkReplaceable(moved, replaced);
        }
        if (to != null) {
            target.takeLocked(to);
        }
        takeLocked(from);
        target.countLocked(newName);
        target.putLocked(newName, moved);
        if ((flags & RenameFlags.RENAME_WHITEOUT) != 0) {
            TmpfsInode whiteout = new TmpfsSpecial(tmpfs(), FileMode.S_IFCHR, 0, new Owner(0, 0));
            countLocked(from.name());
            putLocked(from.name(), whiteout);
            whiteout.linkAdded();
        }
        moved.touchChange();
        return replaced;
    }

    private static void checkReplaceable(TmpfsInode moved, TmpfsInode replaced) {
        if (replaced instanceof TmpfsDirectory directory) {
            if (!(moved instanceof TmpfsDirectory)) {
                throw Errno.EISDIR.exception();
            }
            directory.die();
        } else if (moved instanceof TmpfsDirectory) {
            throw Errno.ENOTDIR.exception();
        }
    }

    private void putLocked(String name, TmpfsInode inode) {
        Entry entry = new Entry(name, inode, ++lastCookie);
        byName.put(name, entry);
        byCookie.put(entry.cookie(), entry);
        count = byName.size();
        if (inode instanceof TmpfsDirectory directory) {
            directory.parent = this;
            subdirectories = subdirectories + 1;
        }
    }

    /** Memory for a name that is to be put in: ENOSPC. */
    private void holdLocked(String name) {
        long bytes = NAME_BYTES + (long) name.length();
        tmpfs().hold(payer(), bytes, Errno.ENOSPC);
        nameBytes += bytes;
    }

    /** The same for one that takes the place of another, whatever there is. */
    private void countLocked(String name) {
        long bytes = NAME_BYTES + (long) name.length();
        tmpfs().holdAnyway(payer(), bytes);
        nameBytes += bytes;
    }

    private void takeLocked(Entry entry) {
        unlistLocked(entry);
        long less = Math.min(nameBytes, NAME_BYTES + (long) entry.name().length());
        nameBytes -= less;
        tmpfs().drop(payer(), less);
    }

    private void unlistLocked(Entry entry) {
        byName.remove(entry.name());
        byCookie.remove(entry.cookie());
        count = byName.size();
        if (entry.inode() instanceof TmpfsDirectory) {
            subdirectories = subdirectories - 1;
        }
    }

    @Override
    public FileDescription open(Task task, int flags) {
        return new TmpfsDirectoryStream(this, flags);
    }

    private long parentNumber() {
        TmpfsDirectory above = parent;
        return above == null ? number() : above.number();
    }

    /** Behind "." and "..", positions are the cookies of entries. */
    @Override
    public long list(long from, DirectorySink sink) {
        long at = ListedDirectory.listDots(from, number(), parentNumber(), sink);
        return at < BEHIND_DOTS ? at : listNames(at, sink);
    }

    /**
     * Gives entries behind {@code cookie} until the sink is full; gives the cookie of the last one
     * taken.
     */
    private long listNames(long cookie, DirectorySink sink) {
        long at = cookie;
        names.lock();
        try {
            for (Entry entry : byCookie.tailMap(cookie, false).values()) {
                TmpfsInode inode = entry.inode();
                if (!sink.entry(
                        entry.name(),
                        inode.number(),
                        FileMode.directoryEntryType(inode.mode()),
                        entry.cookie())) {
                    break;
                }
                at = entry.cookie();
            }
        } finally {
            names.unlock();
        }
        return at;
    }

    @Override
    public void listEntries(DirectorySink sink) {
        listNames(0, sink);
    }

    /** Frees the content of every file below. */
    void closeAll() {
        names.lock();
        try {
            tmpfs().drop(payer(), nameBytes);
            nameBytes = 0;
            for (Entry entry : byName.values()) {
                entry.inode().dropAll();
                switch (entry.inode()) {
                    case TmpfsDirectory directory -> directory.closeAll();
                    case TmpfsRegular regular -> regular.closeContent();
                    default -> {
                        // Nothing is held.
                    }
                }
            }
        } finally {
            names.unlock();
        }
    }

    /** A name, what it leads to, and its place in the order. */
    private record Entry(String name, TmpfsInode inode, long cookie) {}
}
