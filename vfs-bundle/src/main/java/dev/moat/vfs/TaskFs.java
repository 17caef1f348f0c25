package dev.moat.vfs;

import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.FsContext;
import dev.moat.api.vfs.VfsPath;
import java.util.concurrent.atomic.AtomicInteger;

/** Root, working directory and umask of tasks. */
@Stateful
final class TaskFs implements FsContext {
    private final RankedLock lock = new RankedLock(LockRank.FD_TABLE);
    private final AtomicInteger users = new AtomicInteger(1);

    /** Written under the lock; walks read without it. */
    private volatile Place root;

    private volatile Place workingDirectory;
    private final AtomicInteger umask;

    TaskFs(Place root, Place workingDirectory, int umask) {
        this.root = root;
        this.workingDirectory = workingDirectory;
        this.umask = new AtomicInteger(umask & 0777);
        root.mount().retain();
        workingDirectory.mount().retain();
    }

    @Override
    public Place root() {
        return root;
    }

    @Override
    public Place workingDirectory() {
        return workingDirectory;
    }

    @Override
    public void setRoot(VfsPath path) {
        Place place = Place.of(path);
        place.mount().retain();
        Place old;
        lock.lock();
        try {
            old = root;
            root = place;
        } finally {
            lock.unlock();
        }
        old.mount().release();
    }

    @Override
    public void setWorkingDirectory(VfsPath directory) {
        Place place = Place.of(directory);
        place.mount().retain();
        Place old;
        lock.lock();
        try {
            old = workingDirectory;
            workingDirectory = place;
        } finally {
            lock.unlock();
        }
        old.mount().release();
    }

    @Override
    public int umask() {
        return umask.get();
    }

    @Override
    public int setUmask(int mask) {
        return umask.getAndSet(mask & 0777);
    }

    @Override
    public FsContext fork() {
        lock.lock();
        try {
            return new TaskFs(root, workingDirectory, umask.get());
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void retain() {
        users.incrementAndGet();
    }

    @Override
    public void release() {
        if (users.decrementAndGet() == 0) {
            root.mount().release();
            workingDirectory.mount().release();
        }
    }

    @Override
    public int users() {
        return users.get();
    }
}
