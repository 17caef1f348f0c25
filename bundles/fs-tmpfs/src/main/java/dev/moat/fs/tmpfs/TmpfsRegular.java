package dev.moat.fs.tmpfs;

import dev.moat.abi.Errno;
import dev.moat.abi.Fcntl;
import dev.moat.abi.MemoryFlags;
import dev.moat.api.mm.FilePages;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.PageQuota;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import org.jspecify.annotations.Nullable;

/**
 * A regular file. Its pages come with the first use of its content and go with the last name and
 * user.
 */
@Stateful
class TmpfsRegular extends TmpfsInode implements PageQuota {
    /**
     * Set once under the lock; null while nothing was ever written, and again when the content was
     * freed.
     */
    private volatile @Nullable FilePages pages;

    /** Open descriptions and mappings through them; guarded by the lock. */
    private int users;

    private boolean freed;

    /** Whether link(2) may give a file without names its first: O_TMPFILE without O_EXCL. */
    private final boolean linkable;

    /** F_SEAL_*; ordinary files are sealed against sealing. Changed under the lock. */
    private volatile int seals = Fcntl.F_SEAL_SEAL;

    /** What its owner has paid for its pages; guarded by the lock of the quotas. */
    long chargedBytes;

    TmpfsRegular(TmpfsFilesystem filesystem, int mode, Owner owner, boolean linkable) {
        super(filesystem, mode, owner);
        this.linkable = linkable;
    }

    boolean isLinkable() {
        return linkable;
    }

    @Override
    long sizeBytes() {
        FilePages content = pages;
        return content == null ? 0 : content.sizeBytes();
    }

    @Override
    long allocatedBytes() {
        FilePages content = pages;
        return content == null ? 0 : content.allocatedBytes();
    }

    /** The content; null if there never was any. */
    @Nullable FilePages pagesOrNull() {
        return pages;
    }

    FilePages pages() {
        FilePages known = pages;
        if (known != null) {
            return known;
        }
        lock().lock();
        try {
            known = pages;
            if (known == null) {
                known = tmpfs().newPages(this);
                pages = known;
            }
            return known;
        } finally {
            lock().unlock();
        }
    }

    /** Only where there are quotas: the file system's limit and those of the owner. */
    @Override
    public boolean charge(long count) {
        TmpfsQuotas quotas = tmpfs().quotasOrNull();
        if (!tmpfs().charge(count)) {
            return false;
        }
        if (quotas != null && !quotas.charge(this, count)) {
            tmpfs().uncharge(count);
            return false;
        }
        return true;
    }

    @Override
    public void uncharge(long count) {
        TmpfsQuotas quotas = tmpfs().quotasOrNull();
        if (quotas != null) {
            quotas.uncharge(this, count);
        }
        tmpfs().uncharge(count);
    }

    @Override
    public Errno refusal() {
        TmpfsQuotas quotas = tmpfs().quotasOrNull();
        return quotas != null && quotas.isExhausted(this) ? Errno.EDQUOT : Errno.ENOSPC;
    }

    @Override
    public FileDescription open(Task task, int flags) {
        lock().lock();
        try {
            if (freed) {
                // The last name went between the walk and here.
                throw Errno.ENOENT.exception();
            }
            users++;
        } finally {
            lock().unlock();
        }
        noteOpened();
        return newDescription(flags);
    }

    FileDescription newDescription(int flags) {
        return new TmpfsFile(this, flags);
    }

    /** Whoever has it open keeps it without a name, too. */
    @Override
    public boolean isAlive() {
        lock().lock();
        try {
            return !freed && (users > 0 || links() > 0);
        } finally {
            lock().unlock();
        }
    }

    @Override
    public void hold() {
        lock().lock();
        try {
            users++;
        } finally {
            lock().unlock();
        }
    }

    @Override
    public void letGo() {
        closed();
    }

    void closed() {
        FilePages gone = null;
        lock().lock();
        try {
            users--;
            if (users == 0 && links() == 0) {
                gone = freeLocked();
            }
        } finally {
            lock().unlock();
        }
        if (gone != null) {
            gone.close();
        }
    }

    @Override
    void lastLinkGone() {
        super.lastLinkGone();
        FilePages gone = null;
        lock().lock();
        try {
            if (users == 0) {
                gone = freeLocked();
            }
        } finally {
            lock().unlock();
        }
        if (gone != null) {
            gone.close();
        }
        touchChange();
    }

    private @Nullable FilePages freeLocked() {
        freed = true;
        FilePages gone = pages;
        pages = null;
        return gone;
    }

    /** The file system goes away. */
    void closeContent() {
        FilePages gone;
        lock().lock();
        try {
            gone = freeLocked();
        } finally {
            lock().unlock();
        }
        if (gone != null) {
            gone.close();
        }
    }

    @Override
    public long readContent(long offset, IoBuffer target) {
        FilePages content = pages;
        if (content == null) {
            return 0;
        }
        long moved = content.read(offset, target);
        return moved == 0 && target.faulted() ? Errno.EFAULT.negated() : moved;
    }

    @Override
    public long writeContent(long offset, IoBuffer source) {
        lock().lock();
        try {
            return writeLocked(offset, source);
        } finally {
            lock().unlock();
        }
    }

    /** Writes at the end: O_APPEND. Gives bytes; the new end is the size. */
    long append(IoBuffer source) {
        lock().lock();
        try {
            return writeLocked(sizeBytes(), source);
        } finally {
            lock().unlock();
        }
    }

    private long writeLocked(long offset, IoBuffer source) {
        long wanted = source.remaining();
        if (wanted == 0) {
            return 0;
        }
        if (offset < 0) {
            throw Errno.EINVAL.exception();
        }
        if (offset > Long.MAX_VALUE - wanted) {
            throw Errno.EFBIG.exception();
        }
        if ((seals & (Fcntl.F_SEAL_WRITE | Fcntl.F_SEAL_FUTURE_WRITE)) != 0
                || (seals & Fcntl.F_SEAL_GROW) != 0 && offset + wanted > sizeBytes()) {
            throw Errno.EPERM.exception();
        }
        long moved = pages().write(offset, source);
        if (moved == 0 && source.faulted()) {
            return Errno.EFAULT.negated();
        }
        touchContent();
        return moved;
    }

    @Override
    public void truncate(long sizeBytes) {
        if (sizeBytes < 0) {
            throw Errno.EINVAL.exception();
        }
        lock().lock();
        try {
            long old = sizeBytes();
            if (sizeBytes < old && (seals & Fcntl.F_SEAL_SHRINK) != 0
                    || sizeBytes > old && (seals & Fcntl.F_SEAL_GROW) != 0) {
                throw Errno.EPERM.exception();
            }
            pages().truncate(sizeBytes);
            touchContent();
        } finally {
            lock().unlock();
        }
    }

    /** Allocates pages: fallocate(2). A wish that can never be met takes nothing: ENOSPC. */
    void reserve(long offset, long lengthBytes) {
        long wanted = lengthBytes - Math.min(lengthBytes, allocatedBytes());
        if (wanted / MemoryFlags.PAGE_SIZE > tmpfs().freePages()) {
            throw Errno.ENOSPC.exception();
        }
        pages().reserve(offset, lengthBytes);
    }

    @Override
    public int seals() {
        return seals;
    }

    @Override
    public void allowSeals(int initialSeals) {
        lock().lock();
        try {
            seals = initialSeals;
        } finally {
            lock().unlock();
        }
    }

    @Override
    public void addSeals(int added) {
        lock().lock();
        try {
            if ((seals & Fcntl.F_SEAL_SEAL) != 0) {
                throw Errno.EPERM.exception();
            }
            FilePages content = pages;
            if ((added & Fcntl.F_SEAL_WRITE) != 0
                    && (seals & Fcntl.F_SEAL_WRITE) == 0
                    && content != null
                    && content.hasWritableMappings()) {
                throw Errno.EBUSY.exception();
            }
            // Sealing what may be executed also fixes its permissions, and its content:
            // memfd_create(2).
            boolean executable = (added & Fcntl.F_SEAL_EXEC) != 0 && (mode() & 0111) != 0;
            seals |=
                    executable
                            ? added
                                    | Fcntl.F_SEAL_SHRINK
                                    | Fcntl.F_SEAL_GROW
                                    | Fcntl.F_SEAL_WRITE
                                    | Fcntl.F_SEAL_FUTURE_WRITE
                            : added;
        } finally {
            lock().unlock();
        }
    }

    @Override
    public void setAttributes(dev.moat.api.vfs.AttributeChange change) {
        if ((seals & Fcntl.F_SEAL_EXEC) != 0
                && change.permissions().isPresent()
                && ((change.permissions().getAsInt() ^ mode()) & 0111) != 0) {
            throw Errno.EPERM.exception();
        }
        super.setAttributes(change);
    }

    @Override
    public boolean isSealedForWriting() {
        return (seals & (Fcntl.F_SEAL_WRITE | Fcntl.F_SEAL_FUTURE_WRITE)) != 0;
    }
}
