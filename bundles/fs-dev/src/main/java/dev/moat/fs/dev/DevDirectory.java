package dev.moat.fs.dev;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.abi.RenameFlags;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.ListedDirectory;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A directory. Entries keep the order of their making, so that a position in a listing stays valid.
 */
@Stateful
final class DevDirectory extends DevInode implements ListedDirectory {
    private final RankedLock lock = new RankedLock(LockRank.VFS_DIRECTORY);

    // Guarded by lock.
    private final Map<String, Entry> entries = new HashMap<>();
    private final TreeMap<Long, Entry> order = new TreeMap<>();
    private long nextPosition = BEHIND_DOTS;
    private boolean removed;

    private volatile DevDirectory parent;

    /**
     * @param parent null for the root, which is its own
     */
    DevDirectory(DevFilesystem filesystem, int mode, Owner owner, @Nullable DevDirectory parent) {
        super(filesystem, mode, owner);
        this.parent = parent == null ? this : parent;
        addLinks(1);
    }

    DevDirectory parent() {
        return parent;
    }

    @Override
    public @Nullable Inode lookup(String name) {
        lock.lock();
        try {
            Entry entry = entries.get(name);
            return entry == null ? null : entry.inode();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Inode create(String name, int mode, long rdev, Owner owner) {
        DevInode made =
                FileMode.S_ISREG(mode)
                        ? new DevRegular(filesystem(), mode, owner)
                        : new DevNode(filesystem(), mode, rdev, owner);
        return add(name, made);
    }

    @Override
    public Inode makeDirectory(String name, int mode, Owner owner) {
        int typed = FileMode.S_IFDIR | mode & FileMode.S_IALLUGO;
        Inode made = add(name, new DevDirectory(filesystem(), typed, owner, this));
        addLinks(1);
        return made;
    }

    @Override
    public Inode makeSymlink(String name, String target, Owner owner) {
        return add(name, new DevSymlink(filesystem(), target, owner));
    }

    @Override
    public void link(String name, Inode target) {
        if (!(target instanceof DevInode inode) || inode.filesystem() != filesystem()) {
            throw Errno.EXDEV.exception();
        }
        add(name, inode);
        inode.addLinks(1);
    }

    @Override
    public void unlink(String name) {
        DevInode gone;
        lock.lock();
        try {
            Entry entry = requireLocked(name);
            if (entry.inode() instanceof DevDirectory) {
                throw Errno.EISDIR.exception();
            }
            removeLocked(entry);
            gone = entry.inode();
        } finally {
            lock.unlock();
        }
        modified();
        dropName(gone);
    }

    @Override
    public void removeDirectory(String name) {
        lock.lock();
        try {
            Entry entry = requireLocked(name);
            if (!(entry.inode() instanceof DevDirectory directory)) {
                throw Errno.ENOTDIR.exception();
            }
            directory.markRemoved();
            removeLocked(entry);
        } finally {
            lock.unlock();
        }
        modified();
        addLinks(-1);
    }

    @Override
    public void rename(String name, Inode newParent, String newName, int flags) {
        if (!(newParent instanceof DevDirectory target) || target.filesystem() != filesystem()) {
            throw Errno.EXDEV.exception();
        }
        if ((flags & RenameFlags.RENAME_WHITEOUT) != 0) {
            throw Errno.EINVAL.exception();
        }
        DevDirectory first = number() <= target.number() ? this : target;
        DevDirectory second = first == this ? target : this;
        @Nullable DevInode replaced;
        first.lock.lock();
        second.lock.lock();
        try {
            replaced = renameLocked(name, target, newName, flags);
        } finally {
            second.lock.unlock();
            first.lock.unlock();
        }
        modified();
        target.modified();
        if (replaced != null) {
            dropName(replaced);
        }
    }

    @Override
    public FileDescription open(Task task, int flags) {
        return new DevDirectoryStream(this, flags);
    }

    @Override
    public long list(long from, FileDescription.DirectorySink sink) {
        long at = ListedDirectory.listDots(from, number(), parent.number(), sink);
        if (at < BEHIND_DOTS) {
            return at;
        }
        for (@Nullable Entry entry = entryFrom(at); entry != null; entry = entryFrom(at)) {
            int type = FileMode.directoryEntryType(entry.inode().mode());
            if (!sink.entry(entry.name(), entry.inode().number(), type, entry.position() + 1)) {
                return at;
            }
            at = entry.position() + 1;
        }
        return at;
    }

    private @Nullable Entry entryFrom(long position) {
        lock.lock();
        try {
            Map.Entry<Long, Entry> found = order.ceilingEntry(position);
            return found == null ? null : found.getValue();
        } finally {
            lock.unlock();
        }
    }

    private Inode add(String name, DevInode inode) {
        lock.lock();
        try {
            if (removed) {
                throw Errno.ENOENT.exception();
            }
            if (entries.containsKey(name)) {
                throw Errno.EEXIST.exception();
            }
            putLocked(name, inode);
        } finally {
            lock.unlock();
        }
        modified();
        return inode;
    }

    /** Moves under the locks of both directories; gives what lost its name. */
    private @Nullable DevInode renameLocked(
            String name, DevDirectory target, String newName, int flags) {
        Entry from = requireLocked(name);
        Entry to = target.entries.get(newName);
        if ((flags & RenameFlags.RENAME_EXCHANGE) != 0) {
            exchangeLocked(from, target, target.requireLocked(newName));
            return null;
        }
        if (to != null) {
            if ((flags & RenameFlags.RENAME_NOREPLACE) != 0) {
                throw Errno.EEXIST.exception();
            }
            if (to.inode() == from.inode()) {
                return null;
            }
            checkReplaceable(from.inode(), to.inode());
            target.removeLocked(to);
        }
        removeLocked(from);
        target.putLocked(newName, from.inode());
        moved(from.inode(), this, target);
        if (to == null) {
            return null;
        }
        if (to.inode() instanceof DevDirectory) {
            target.addLinks(-1);
            return null;
        }
        return to.inode();
    }

    private void exchangeLocked(Entry from, DevDirectory target, Entry to) {
        removeLocked(from);
        target.removeLocked(to);
        putLocked(from.name(), to.inode());
        target.putLocked(to.name(), from.inode());
        moved(from.inode(), this, target);
        moved(to.inode(), target, this);
    }

    private static void checkReplaceable(DevInode from, DevInode to) {
        if (to instanceof DevDirectory directory) {
            if (!(from instanceof DevDirectory)) {
                throw Errno.EISDIR.exception();
            }
            directory.markRemoved();
        } else if (from instanceof DevDirectory) {
            throw Errno.ENOTDIR.exception();
        }
    }

    private static void moved(DevInode inode, DevDirectory from, DevDirectory to) {
        if (inode instanceof DevDirectory directory && from != to) {
            directory.parent = to;
            from.addLinks(-1);
            to.addLinks(1);
        }
    }

    /** A name of {@code inode} is gone: the last one frees what is not open. */
    private static void dropName(DevInode inode) {
        inode.addLinks(-1);
        if (inode instanceof DevRegular regular) {
            regular.nameDropped();
        }
    }

    /** Child after parent: ENOTEMPTY, or nothing can be added any more. */
    private void markRemoved() {
        lock.lock();
        try {
            if (!entries.isEmpty()) {
                throw Errno.ENOTEMPTY.exception();
            }
            removed = true;
        } finally {
            lock.unlock();
        }
        addLinks(-2);
    }

    private Entry requireLocked(String name) {
        Entry entry = entries.get(name);
        if (entry == null) {
            throw Errno.ENOENT.exception();
        }
        return entry;
    }

    private void putLocked(String name, DevInode inode) {
        Entry entry = new Entry(name, inode, nextPosition++);
        entries.put(name, entry);
        order.put(entry.position(), entry);
    }

    private void removeLocked(Entry entry) {
        entries.remove(entry.name());
        order.remove(entry.position());
    }

    private record Entry(String name, DevInode inode, long position) {}
}
