package dev.moat.mm.secret;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.abi.MemoryFlags;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.FilePages;
import dev.moat.api.mm.Mappable;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.time.Clock;
import dev.moat.api.vfs.AttributeChange;
import dev.moat.api.vfs.Attributes;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.NamelessFilesystem;
import java.util.OptionalLong;

/** A secret file: its attributes, and a size that is set once. */
@Stateful
final class SecretInode extends Inode {
    private static final int OWNER_READS_AND_WRITES = 0600;

    private final Clock clock;
    private final FilePages pages;
    private final SecretMemory memory;
    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);

    // Single words that are read without the lock, by permission checks.
    private volatile int mode = FileMode.S_IFREG | OWNER_READS_AND_WRITES;
    private volatile int uid;
    private volatile int gid;

    /** Guarded by the lock, as those below. */
    private long atimeNs;

    private long mtimeNs;
    private long ctimeNs;

    SecretInode(Clock clock, FilePages pages, int uid, int gid) {
        this.clock = clock;
        this.pages = pages;
        this.memory = new SecretMemory(pages);
        this.uid = uid;
        this.gid = gid;
        this.atimeNs = clock.realtimeNs();
        this.mtimeNs = atimeNs;
        this.ctimeNs = atimeNs;
    }

    Mappable memory() {
        return memory;
    }

    void close() {
        pages.close();
    }

    @Override
    public Filesystem filesystem() {
        return NamelessFilesystem.SECRETS;
    }

    /** Like that of the memory, it is unique within the sandbox. */
    @Override
    public long number() {
        return pages.mappableId();
    }

    @Override
    public int mode() {
        return mode;
    }

    @Override
    public int uid() {
        return uid;
    }

    @Override
    public int gid() {
        return gid;
    }

    /** Pages are not counted as blocks. */
    @Override
    public Attributes attributes() {
        lock.lock();
        try {
            return new Attributes(
                    filesystem().deviceId(),
                    number(),
                    mode,
                    1,
                    uid,
                    gid,
                    0,
                    pages.sizeBytes(),
                    MemoryFlags.PAGE_SIZE,
                    0,
                    atimeNs,
                    mtimeNs,
                    ctimeNs,
                    Long.MIN_VALUE);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void setAttributes(AttributeChange change) {
        lock.lock();
        try {
            long now = clock.realtimeNs();
            if (change.permissions().isPresent()) {
                mode = FileMode.S_IFREG | change.permissions().getAsInt() & 07777;
            }
            uid = change.uid().orElse(uid);
            gid = change.gid().orElse(gid);
            atimeNs = time(change.atimeNs(), atimeNs, now);
            mtimeNs = time(change.mtimeNs(), mtimeNs, now);
            ctimeNs = now;
        } finally {
            lock.unlock();
        }
    }

    private static long time(OptionalLong wanted, long old, long now) {
        if (wanted.isEmpty()) {
            return old;
        }
        return wanted.getAsLong() == AttributeChange.NOW ? now : wanted.getAsLong();
    }

    /** EINVAL if it has a size already: secretmem_setattr(). */
    @Override
    public void truncate(long sizeBytes) {
        lock.lock();
        try {
            if (pages.sizeBytes() != 0) {
                throw Errno.EINVAL.exception();
            }
            pages.truncate(sizeBytes);
            mtimeNs = clock.realtimeNs();
            ctimeNs = mtimeNs;
        } finally {
            lock.unlock();
        }
    }

    /** ENXIO: its link in /proc cannot be opened. */
    @Override
    public FileDescription open(Task task, int flags) {
        throw Errno.ENXIO.exception();
    }
}
