package dev.moat.ipc.shm;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.IpcPerm;
import dev.moat.abi.Rlimits;
import dev.moat.abi.ShmidDs;
import dev.moat.api.mm.AttachedMemory;
import dev.moat.api.mm.FilePages;
import dev.moat.api.mm.Mappable;
import dev.moat.api.platform.Access;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.time.Clock;
import dev.moat.ipc.object.IpcObject;

/**
 * A shared memory segment. It lives until it is marked for destruction (IPC_RMID) and nobody is
 * attached any more.
 */
@Stateful
public final class Segment extends IpcObject implements AttachedMemory {
    /** Bits of the mode beyond permissions, include/linux/shm.h. */
    private static final int SHM_DEST = 01000;

    private static final int SHM_LOCKED = 02000;
    private static final long SECOND_NS = 1_000_000_000L;

    private final Segments all;
    private final Clock clock;
    private final FilePages pages;
    private final long sizeBytes;
    private final int creatorTgid;
    private final String mapsName;

    /** Guarded by the object's lock, as all below. */
    private int lastTgid;

    private long attachTime;
    private long detachTime;

    /** Areas that map it, and calls that are about to. */
    private long attached;

    Segment(Segments all, Task creator, int key, int flags, long sizeBytes, FilePages pages) {
        super(creator, key, flags);
        this.all = all;
        this.clock = creator.sandbox().clock();
        this.pages = pages;
        this.sizeBytes = sizeBytes;
        this.creatorTgid = creator.tgid();
        this.mapsName = "/SYSV%08x (deleted)".formatted(key);
    }

    @Override
    public long sizeBytes() {
        return sizeBytes;
    }

    /** What /proc/pid/maps calls it. */
    public String mapsName() {
        return mapsName;
    }

    /**
     * Keeps it from being destroyed while it is being mapped; {@link #letGo} must follow.
     *
     * @param wanted permissions
     * @throws dev.moat.abi.ErrnoException EACCES, EIDRM
     */
    public void hold(Task task, int wanted) {
        lock.lock();
        try {
            checkAccessLocked(task, wanted);
            checkAliveLocked();
            attached++;
        } finally {
            lock.unlock();
        }
    }

    /** Ends {@link #hold}. */
    public void letGo() {
        boolean last;
        lock.lock();
        try {
            last = leaveLocked();
        } finally {
            lock.unlock();
        }
        if (last) {
            all.destroy(this);
        }
    }

    @Override
    public void addMapper(Mapper mapper, long offset, long lengthBytes, boolean writableShared) {
        lock.lock();
        try {
            checkAliveLocked();
            attached++;
            attachTime = nowSeconds();
            lastTgid = mapper.ownerTgid();
        } finally {
            lock.unlock();
        }
        pages.addMapper(mapper, offset, lengthBytes, writableShared);
    }

    @Override
    public void removeMapper(Mapper mapper, long offset, long lengthBytes, boolean writableShared) {
        pages.removeMapper(mapper, offset, lengthBytes, writableShared);
        boolean last;
        lock.lock();
        try {
            detachTime = nowSeconds();
            lastTgid = mapper.ownerTgid();
            last = leaveLocked();
        } finally {
            lock.unlock();
        }
        if (last) {
            all.destroy(this);
        }
    }

    /** One less; whether that was the last use of a segment to be destroyed. */
    private boolean leaveLocked() {
        attached--;
        boolean last = attached == 0 && (modeLocked() & SHM_DEST) != 0;
        if (last) {
            setRemovedLocked();
        }
        return last;
    }

    private long nowSeconds() {
        return clock.realtimeNs() / SECOND_NS;
    }

    /** IPC_RMID: destroyed now, or when the last one detaches it. */
    public void markForDestruction() {
        all.table().forgetKey(this);
        boolean unused;
        lock.lock();
        try {
            checkAliveLocked();
            setModeLocked(modeLocked() | SHM_DEST);
            unused = attached == 0;
            if (unused) {
                setRemovedLocked();
            }
        } finally {
            lock.unlock();
        }
        if (unused) {
            all.destroy(this);
        }
    }

    /** IPC_SET. */
    public void set(Task task, IpcPerm wanted) {
        lock.lock();
        try {
            checkAliveLocked();
            setLocked(task, wanted);
        } finally {
            lock.unlock();
        }
    }

    /**
     * SHM_LOCK and SHM_UNLOCK. No memory of a sandbox is ever written out by its kernel, so that
     * telling is all there is to do.
     *
     * @throws dev.moat.abi.ErrnoException EPERM
     */
    public void setLockedInMemory(Task task, boolean locked) {
        lock.lock();
        try {
            checkAliveLocked();
            if (!task.credentials().can(Capabilities.CAP_IPC_LOCK)) {
                boolean none = task.group().limits().soft(Rlimits.RLIMIT_MEMLOCK) == 0;
                if (!isOwnerLocked(task) || locked && none) {
                    throw Errno.EPERM.exception();
                }
            }
            setModeLocked(locked ? modeLocked() | SHM_LOCKED : modeLocked() & ~SHM_LOCKED);
        } finally {
            lock.unlock();
        }
    }

    /** IPC_STAT. */
    public ShmidDs status() {
        lock.lock();
        try {
            checkAliveLocked();
            return new ShmidDs(
                    permissionsLocked(),
                    sizeBytes,
                    attachTime,
                    detachTime,
                    changeTimeLocked(),
                    creatorTgid,
                    lastTgid,
                    attached);
        } finally {
            lock.unlock();
        }
    }

    /** Bytes that it takes now. */
    public long residentBytes() {
        return pages.allocatedBytes();
    }

    /** Gives the pages back; mappings that still exist keep theirs. */
    void free() {
        pages.close();
    }

    @Override
    public long mappableId() {
        return pages.mappableId();
    }

    @Override
    public Mappable backing() {
        return pages;
    }

    @Override
    public Translation translate(long offset, long maxBytes, Access access) {
        return pages.translate(offset, maxBytes, access);
    }

    @Override
    public void punch(long fileOffset, long lengthBytes) {
        pages.punch(fileOffset, lengthBytes);
    }

    @Override
    public void writeBack(long offset, long lengthBytes) {
        // There is nothing behind it.
    }
}
