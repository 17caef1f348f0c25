package dev.moat.fs.dev.inode;

import dev.moat.abi.FileMode;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Stateful;
import dev.moat.api.time.Clock;
import dev.moat.api.vfs.AttributeChange;
import dev.moat.api.vfs.Attributes;
import dev.moat.api.vfs.Inode;

/** Attributes of an inode that lives in memory only; file systems of this bundle build on it. */
@Stateful
public abstract class MemoryInode extends Inode {
    private static final int BLOCK_BYTES = 4096;

    private final Clock clock;
    private final long number;
    private final long birthNs;
    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);

    // Written under the lock, read without it: each is one value, and stat(2) may see a change half
    // way as on Linux.
    private volatile int mode;
    private volatile int uid;
    private volatile int gid;
    private volatile int links = 1;
    private volatile long atimeNs;
    private volatile long mtimeNs;
    private volatile long ctimeNs;

    /**
     * @param clock of the sandbox: its realtime stamps changes
     */
    protected MemoryInode(Clock clock, long number, int mode, Owner owner) {
        this.clock = clock;
        this.number = number;
        this.mode = mode;
        this.uid = owner.uid();
        this.gid = owner.gid();
        this.birthNs = clock.realtimeNs();
        this.atimeNs = birthNs;
        this.mtimeNs = birthNs;
        this.ctimeNs = birthNs;
    }

    @Override
    public final long number() {
        return number;
    }

    @Override
    public final int mode() {
        return mode;
    }

    @Override
    public final int uid() {
        return uid;
    }

    @Override
    public final int gid() {
        return gid;
    }

    @Override
    public final Attributes attributes() {
        return new Attributes(
                filesystem().deviceId(),
                number,
                mode,
                links,
                uid,
                gid,
                rdev(),
                sizeBytes(),
                BLOCK_BYTES,
                blocks(),
                atimeNs,
                mtimeNs,
                ctimeNs,
                birthNs);
    }

    @Override
    public final void setAttributes(AttributeChange change) {
        lock.lock();
        try {
            long now = clock.realtimeNs();
            change.permissions()
                    .ifPresent(value -> mode = mode & FileMode.S_IFMT | value & FileMode.S_IALLUGO);
            change.uid().ifPresent(value -> uid = value);
            change.gid().ifPresent(value -> gid = value);
            change.atimeNs()
                    .ifPresent(value -> atimeNs = value == AttributeChange.NOW ? now : value);
            change.mtimeNs()
                    .ifPresent(value -> mtimeNs = value == AttributeChange.NOW ? now : value);
            ctimeNs = now;
        } finally {
            lock.unlock();
        }
    }

    /** Device number of a node. */
    protected long rdev() {
        return 0;
    }

    protected long sizeBytes() {
        return 0;
    }

    /** Units of 512 bytes. */
    protected long blocks() {
        return 0;
    }

    /** Adds to the count of hard links. */
    public final void addLinks(int change) {
        lock.lock();
        try {
            links += change;
            ctimeNs = clock.realtimeNs();
        } finally {
            lock.unlock();
        }
    }

    /** Whether no name is left. */
    public final boolean isUnlinked() {
        return links == 0;
    }

    /** Notes a change of content. */
    public final void modified() {
        long now = clock.realtimeNs();
        mtimeNs = now;
        ctimeNs = now;
    }
}
