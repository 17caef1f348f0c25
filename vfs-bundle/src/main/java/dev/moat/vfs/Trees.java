package dev.moat.vfs;

import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.FilesystemType;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.MountRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** The open file system instances of one sandbox. */
@Stateful
final class Trees {
    private final Sandbox sandbox;
    private final FilesystemTypes types;
    private final DentryCache cache = new DentryCache();
    private final RankedLock lock = new RankedLock(LockRank.MOUNTS);

    /** In order of opening, with what each is built upon; guarded by the lock. */
    private final Map<Tree, List<Tree>> open = new LinkedHashMap<>();

    /** Minor numbers of anonymous devices (major 0). */
    private final AtomicLong devices = new AtomicLong(20);

    Trees(Sandbox sandbox, FilesystemTypes types) {
        this.sandbox = sandbox;
        this.types = types;
    }

    long newDeviceId() {
        return devices.incrementAndGet();
    }

    DentryCache cache() {
        return cache;
    }

    FilesystemTypes types() {
        return types;
    }

    /**
     * Opens an instance.
     *
     * @param mounter whose mount(2) it is; empty when the sandbox is built
     */
    Tree open(
            Optional<Task> mounter,
            String type,
            String source,
            Map<String, String> options,
            boolean readOnly,
            List<Inode> layers) {
        FilesystemType opener = types.require(sandbox, type);
        MountRequest request =
                new MountRequest(sandbox, source, options, readOnly, layers, newDeviceId());
        Filesystem filesystem =
                mounter.isPresent() ? opener.open(request, mounter.get()) : opener.open(request);
        Tree tree = new Tree(filesystem, cache);
        tree.setReadOnly(readOnly);
        mounter.ifPresent(task -> tree.setOwner(task.credentials().space()));
        lock.lock();
        try {
            List<Tree> below = new ArrayList<>();
            for (Inode layer : layers) {
                Tree known = findLocked(layer.filesystem());
                if (known != null) {
                    known.retain();
                    below.add(known);
                }
            }
            open.put(tree, below);
        } finally {
            lock.unlock();
        }
        return tree;
    }

    /** The tree of an open instance. */
    Tree of(Filesystem filesystem) {
        lock.lock();
        try {
            Tree known = findLocked(filesystem);
            if (known == null) {
                throw new IllegalStateException("not opened here: " + filesystem.type().name());
            }
            return known;
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Tree findLocked(Filesystem filesystem) {
        for (Tree tree : open.keySet()) {
            if (tree.filesystem() == filesystem) {
                return tree;
            }
        }
        return null;
    }

    /** Drops a user of {@code tree}; the last one closes it. */
    void release(Tree tree) {
        if (tree.release()) {
            close(tree);
        }
    }

    /** Closes an instance that never found a user. */
    void closeIfUnused(Tree tree) {
        if (tree.isUnused()) {
            close(tree);
        }
    }

    private void close(Tree tree) {
        List<Tree> below;
        lock.lock();
        try {
            below = open.remove(tree);
        } finally {
            lock.unlock();
        }
        if (below == null) {
            return;
        }
        tree.filesystem().type().close(tree.filesystem());
        for (Tree layer : below) {
            release(layer);
        }
    }

    List<Filesystem> filesystems() {
        lock.lock();
        try {
            return open.keySet().stream().map(Tree::filesystem).toList();
        } finally {
            lock.unlock();
        }
    }

    /** Closes everything, last opened first. */
    void closeAll() {
        List<Tree> all;
        lock.lock();
        try {
            all = List.copyOf(open.keySet()).reversed();
            open.clear();
        } finally {
            lock.unlock();
        }
        for (Tree tree : all) {
            tree.filesystem().type().close(tree.filesystem());
        }
        cache.clear();
    }
}
