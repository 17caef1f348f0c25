package dev.moat.vfs;

import dev.moat.abi.FileMode;
import dev.moat.abi.OpenFlags;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.Inode.Owner;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * memfd_create(2): nameless files of a file system of the kernel's own, a tmpfs or a hugetlbfs,
 * opened on first use.
 */
@Stateful
public final class MemoryFiles {
    private final SandboxVfs vfs;

    /** Of the file system; null in what an earlier revision made: tmpfs. */
    private final @Nullable String type;

    private final RankedLock lock = new RankedLock(LockRank.SANDBOX);

    /** Guarded by the lock. */
    private @Nullable Mount mount;

    MemoryFiles(SandboxVfs vfs, String type) {
        this.vfs = vfs;
        this.type = type;
    }

    /**
     * A new empty file, open for reading and writing; the caller owns the reference.
     *
     * @throws dev.moat.abi.ErrnoException ENODEV: the kernel does not have the file system type
     */
    public FileDescription create(Task task, String name, int permissions, int seals) {
        Mount internal = mount();
        Credentials who = task.credentials();
        Inode inode =
                internal.root()
                        .inode()
                        .createUnnamed(
                                FileMode.S_IFREG | permissions,
                                new Owner(who.fsUid(), who.fsGid()));
        inode.allowSeals(seals);
        FileDescription file = inode.open(task, OpenFlags.O_RDWR | OpenFlags.O_LARGEFILE);
        Dentry dentry = new Dentry(internal.tree(), null, "memfd:" + name, inode);
        dentry.kill();
        file.refuseDirect();
        vfs.opened(file, new Place(internal, dentry));
        return file;
    }

    /** Whether a place is one of these files. */
    boolean holds(Place place) {
        lock.lock();
        try {
            return place.mount() == mount;
        } finally {
            lock.unlock();
        }
    }

    private Mount mount() {
        lock.lock();
        try {
            Mount known = mount;
            if (known == null) {
                String name = Objects.requireNonNullElse(type, "tmpfs");
                Tree tree =
                        vfs.trees().open(Optional.empty(), name, name, Map.of(), false, List.of());
                known = vfs.mountTable().create(tree, tree.root(), name, 0);
                mount = known;
            }
            return known;
        } finally {
            lock.unlock();
        }
    }

    void close() {
        lock.lock();
        try {
            mount = null;
        } finally {
            lock.unlock();
        }
    }
}
