package dev.moat.fs.tmpfs;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.abi.FsMagic;
import dev.moat.abi.Limits;
import dev.moat.abi.MemoryFlags;
import dev.moat.abi.Statfs;
import dev.moat.api.cgroup.MemoryAccount;
import dev.moat.api.cgroup.PayingThread;
import dev.moat.api.mm.FilePages;
import dev.moat.api.mm.HeapUse;
import dev.moat.api.mm.PageQuota;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.DiskQuotas;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.FilesystemComplaint;
import dev.moat.api.vfs.FilesystemType;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.Inode.Owner;
import dev.moat.api.vfs.MountRequest;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** One tmpfs: its limits and its root. Counts pages for its files. */
@Stateful
class TmpfsFilesystem implements Filesystem, PageQuota {
    private final FilesystemType type;
    private final Sandbox sandbox;
    private final long deviceId;

    /** Replaced as a whole under the lock of the root. */
    private volatile TmpfsOptions options;

    private final AtomicLong pagesUsed = new AtomicLong();
    private final AtomicLong inodesUsed = new AtomicLong();
    private final AtomicLong lastInode = new AtomicLong();

    /** Null: none were asked for. */
    private final @Nullable TmpfsQuotas quotas;

    private final TmpfsDirectory root;

    TmpfsFilesystem(FilesystemType type, MountRequest request, TmpfsOptions options) {
        this.type = type;
        this.sandbox = request.sandbox();
        this.deviceId = request.deviceId();
        this.options = options;
        this.quotas = options.quotas().isOn() ? new TmpfsQuotas(this, options.quotas()) : null;
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
    public boolean allowsIdMaps() {
        return true;
    }

    @Override
    public boolean hasAcls() {
        return true;
    }

    /** Whether files have extended attributes. */
    boolean hasXattrs() {
        return true;
    }

    /** Whether files have the flags of chattr(1). */
    boolean hasFileFlags() {
        return true;
    }

    /** Whether the size of a directory tells of what is in it. */
    boolean hasDirectorySizes() {
        return true;
    }

    /** st_blksize. */
    int blockBytes() {
        return (int) MemoryFlags.PAGE_SIZE;
    }

    /** A regular file without a name; ENOSPC, EDQUOT. */
    TmpfsRegular newRegular(int mode, Owner owner) {
        return new TmpfsRegular(this, mode, owner, true);
    }

    /** A symbolic link without a name; ENOSPC, EDQUOT. */
    TmpfsInode newSymlink(String target, Owner owner) {
        return new TmpfsSymlink(this, target, owner);
    }

    @Override
    public Optional<DiskQuotas> quotas() {
        return Optional.ofNullable(quotas);
    }

    @Nullable TmpfsQuotas quotasOrNull() {
        return quotas;
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
            QuotaOptions asked = TmpfsOptions.quotas(changed);
            check(quotas != null || !asked.isOn(), "Cannot enable quota on remount");
            check(!asked.changes(old.quotas()), "Cannot change global quota limit on remount");
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

    long usedInodes() {
        return inodesUsed.get();
    }

    /** Pages that can still be charged. */
    long freePages() {
        return options.pages() - pagesUsed.get();
    }

    @Override
    public void uncharge(long pages) {
        pagesUsed.addAndGet(-pages);
    }

    /** Counts a new inode and gives its number; ENOSPC or EDQUOT at a limit. */
    long newInode(Owner owner) {
        if (inodesUsed.incrementAndGet() > options.inodes()) {
            inodesUsed.decrementAndGet();
            throw Errno.ENOSPC.exception();
        }
        boolean taken = quotas == null;
        try {
            if (quotas != null) {
                quotas.chargeInode(owner.uid(), owner.gid());
                taken = true;
            }
        } finally {
            if (!taken) {
                inodesUsed.decrementAndGet();
            }
        }
        return lastInode.incrementAndGet();
    }

    void inodeGone(TmpfsInode inode) {
        inode.dropAll();
        inodesUsed.decrementAndGet();
        if (quotas != null) {
            quotas.unchargeInode(inode);
        }
    }

    /**
     * Takes memory of the kernel for an inode and what is in it.
     *
     * @param payer the control group that pays
     * @throws dev.moat.abi.ErrnoException {@code refusal}
     */
    void hold(@Nullable MemoryAccount payer, long bytes, Errno refusal) {
        if (!sandbox.memory().heap().tryCharge(HeapUse.INODES, payer, bytes)) {
            PayingThread.noteShort();
            throw refusal.exception();
        }
    }

    /** The same, whatever there is. */
    void holdAnyway(@Nullable MemoryAccount payer, long bytes) {
        sandbox.memory().heap().charge(HeapUse.INODES, payer, bytes);
    }

    /** Gives it back. */
    void drop(@Nullable MemoryAccount payer, long bytes) {
        if (bytes > 0) {
            sandbox.memory().heap().uncharge(HeapUse.INODES, payer, bytes);
        }
    }

    /** The content of {@code file}, which pays for it where there are quotas. */
    FilePages newPages(TmpfsRegular file) {
        return sandbox.memory().newFilePages(quotas == null ? this : file);
    }

    long nowNs() {
        return sandbox.clock().realtimeNs();
    }

    void close() {
        root.closeAll();
        root.dropAll();
    }
}
