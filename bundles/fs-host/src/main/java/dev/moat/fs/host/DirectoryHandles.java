package dev.moat.fs.host;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.OpenFlags;
import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostResult;
import dev.moat.api.host.HostStat;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.HostBound;
import dev.moat.api.swap.Reopenable;
import dev.moat.api.swap.Restoration;
import dev.moat.api.swap.Stateful;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Open descriptors of directories, by least recent use: a walk over a large tree must not use up
 * the kernel host's descriptors. {@link #acquire} and {@link #release} bracket each use.
 */
@Stateful
final class DirectoryHandles implements Reopenable {
    private static final int CAPACITY = 512;

    /** Symbolic links and mounts' magic are resolved by the guest's VFS, never by the host. */
    private static final long RESOLVE =
            HostFiles.RESOLVE_BENEATH
                    | HostFiles.RESOLVE_NO_SYMLINKS
                    | HostFiles.RESOLVE_NO_MAGICLINKS;

    private final HostFiles files;
    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);

    @HostBound("opened when they are needed")
    private LinkedHashMap<HostDirectory, Handle> open = byUse();

    DirectoryHandles(HostFiles files) {
        this.files = files;
    }

    private static LinkedHashMap<HostDirectory, Handle> byUse() {
        return new LinkedHashMap<>(64, 0.75f, true);
    }

    @Override
    public void reopen(Restoration restoration) {
        open = byUse();
    }

    /**
     * An O_PATH descriptor of {@code directory}, valid until {@link #release}.
     *
     * @throws ErrnoException ENOENT if the directory is gone from where it was; what the host gives
     */
    int acquire(HostDirectory directory) {
        @Nullable HostDirectory parent = directory.parent();
        if (parent == null) {
            return directory.host().rootFd();
        }
        int known = acquireOpen(directory);
        if (known >= 0) {
            return known;
        }
        int parentFd = acquire(parent);
        int fd;
        try {
            fd = openChild(parentFd, directory);
        } finally {
            release(parent);
        }
        return adopt(directory, fd);
    }

    /** Ends one use. */
    void release(HostDirectory directory) {
        if (directory.parent() == null) {
            return;
        }
        lock.lock();
        try {
            Handle handle = open.get(directory);
            if (handle != null) {
                handle.uses--;
            }
        } finally {
            lock.unlock();
        }
    }

    void close() {
        List<Handle> all;
        lock.lock();
        try {
            all = new ArrayList<>(open.values());
            open.clear();
        } finally {
            lock.unlock();
        }
        for (Handle handle : all) {
            files.close(handle.fd);
        }
    }

    private int openChild(int parentFd, HostDirectory directory) {
        int fd =
                HostResult.orThrow(
                        files.openAt2(
                                parentFd,
                                directory.name(),
                                OpenFlags.O_PATH | OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW,
                                0,
                                RESOLVE));
        HostStat stat = new HostStat();
        int result = files.stat(fd, stat);
        if (HostResult.failed(result) || !directory.isSame(stat)) {
            files.close(fd);
            throw Errno.ENOENT.exception();
        }
        return fd;
    }

    private int acquireOpen(HostDirectory directory) {
        lock.lock();
        try {
            Handle handle = open.get(directory);
            if (handle == null) {
                return -1;
            }
            handle.uses++;
            return handle.fd;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Keeps {@code fd} unless another thread was faster; gives the one that is kept, in use once
     * more.
     */
    private int adopt(HostDirectory directory, int fd) {
        int surplus = -1;
        int kept;
        List<Handle> evicted = List.of();
        lock.lock();
        try {
            Handle handle = open.get(directory);
            if (handle == null) {
                handle = new Handle(fd);
                handle.uses++;
                open.put(directory, handle);
                evicted = evictLocked();
            } else {
                handle.uses++;
                surplus = fd;
            }
            kept = handle.fd;
        } finally {
            lock.unlock();
        }
        if (surplus >= 0) {
            files.close(surplus);
        }
        for (Handle handle : evicted) {
            files.close(handle.fd);
        }
        return kept;
    }

    private List<Handle> evictLocked() {
        List<Handle> evicted = new ArrayList<>(1);
        Iterator<Map.Entry<HostDirectory, Handle>> oldest = open.entrySet().iterator();
        while (open.size() > CAPACITY && oldest.hasNext()) {
            Handle handle = oldest.next().getValue();
            if (handle.uses == 0) {
                oldest.remove();
                evicted.add(handle);
            }
        }
        return evicted;
    }

    @Stateful
    private static final class Handle {
        @HostBound("with the map that it is in")
        private final int fd;

        /** Guarded by the lock. */
        private int uses;

        Handle(int fd) {
            this.fd = fd;
        }
    }
}
