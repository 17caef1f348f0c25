package dev.moat.fs.tmpfs;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.abi.FsMagic;
import dev.moat.abi.Limits;
import dev.moat.abi.MemoryFlags;
import dev.moat.abi.Statfs;
import dev.moat.api.mm.FilePages;
import dev.moat.api.mm.PageQuota;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.FilesystemComplaint;
import dev.moat.api.vfs.FilesystemType;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.Inode.Owner;
import dev.moat.api.vfs.MountRequest;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** One tmpfs: its limits and its root. Counts pages for its files. */
@Stateful
final class TmpfsFilesystem implements Filesystem, PageQuota {
    private final TmpfsType type;
    private final Sandbox sandbox;
    private final long deviceId;

    /** Replaced as a whole under the lock of the root. */
    private volatile TmpfsOptions options;

    private final AtomicLong pagesUsed = new AtomicLong();
    private final AtomicLong inodesUsed = new AtomicLong();
    private final AtomicLong lastInode = new AtomicLong();
    private final TmpfsDirectory root;

    TmpfsFilesystem(TmpfsType type, MountRequest request, TmpfsOptions options) {
        this.type = type;
        this.sandbox = request.sandbox();
        this.deviceId = request.deviceId();
        this.options = options;
        this.root =
                new TmpfsDirectory(
                        this,
                        FileMode.S_IFDIR | options.mode(),
                        new Owner(options.uid(), options.gid()));
        root.linkAdded();
    }

    @Override
    public FilesystemType type() {
        return type;
    }

    @Override
    public Inode root() {
        return root;
    }

    @Override
    public long deviceId() {
        return deviceId;
    }

    @Override
    public Statfs statfs() {
        long pages = options.pages() == Long.MAX_VALUE ? 0 : options.pages();
        long free = Math.max(0, pages - pagesUsed.get());
        long inodes = options.inodes() == Long.MAX_VALUE ? 0 : options.inodes();
        return new Statfs(
                FsMagic.TMPFS_MAGIC,
                MemoryFlags.PAGE_SIZE,
                pages,
                free,
                free,
                inodes,
                Math.max(0, inodes - inodesUsed.get()),
                deviceId,
                Limits.NAME_MAX,
                MemoryFlags.PAGE_SIZE,
                0);
    }

    @Override
    public void sync() {
        // Memory is all there is.
    }

    @Override
    public boolean hasAcls() {
        return true;
    }

    @Override
    public String shownOptions() {
        return options.shown();
    }

    /** The limits can be changed, but not below what is used: shmem_reconfigure(), mm/shmem.c. */
    @Override
    public boolean reconfigure(Map<String, String> changed) {
        root.lock().lock();
        try {
            TmpfsOptions old = options;
            TmpfsOptions wanted = old.with(changed, sandbox.memory().limitBytes());
            if (wanted.pages() != old.pages()) {
                check(old.pages() != Long.MAX_VALUE, "Cannot retroactively limit size");
                check(pagesUsed.get() <= wanted.pages(), "Too small a size for current use");
            }
            if (wanted.inodes() != old.inodes()) {
                check(old.inodes() != Long.MAX_VALUE, "Cannot retroactively limit inodes");
                check(inodesUsed.get() <= wanted.inodes(), "Too few inodes for current use");
            }
            options = wanted;
        } finally {
            root.lock().unlock();
        }
        return true;
    }

    private static void check(boolean good, String complaint) {
        if (!good) {
            throw new FilesystemComplaint(complaint);
        }
    }

    /** Numbers are given once. */
    @Override
    public boolean hasHandles() {
        return true;
    }

    @Override
    public boolean charge(long pages) {
        long used;
        do {
            used = pagesUsed.get();
            if (used + pages > options.pages()) {
                return false;
            }
        } while (!pagesUsed.compareAndSet(used, used + pages));
        return true;
    }

    /** Pages that can still be charged. */
    long freePages() {
        return options.pages() - pagesUsed.get();
    }

    @Override
    public void uncharge(long pages) {
        pagesUsed.addAndGet(-pages);
    }

    /** Counts a new inode and gives its number; ENOSPC at the limit. */
    long newInode() {
        if (inodesUsed.incrementAndGet() > options.inodes()) {
            inodesUsed.decrementAndGet();
            throw Errno.ENOSPC.exception();
        }
        return lastInode.incrementAndGet();
    }

    void inodeGone() {
        inodesUsed.decrementAndGet();
    }

    FilePages newPages() {
        return sandbox.memory().newFilePages(this);
    }

    long nowNs() {
        return sandbox.clock().realtimeNs();
    }

    void close() {
        root.closeAll();
    }
}
