package dev.moat.ipc.object;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.IpcConstants;
import dev.moat.abi.IpcPerm;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.HeapCharge;
import dev.moat.api.mm.HeapUse;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;
import org.jspecify.annotations.Nullable;

/**
 * A segment, semaphore set or message queue: its name, owner and permissions. Source: ipc/util.c.
 */
@Stateful
public abstract class IpcObject {
    /** S_IRUGO and S_IWUGO: the access that an operation asks for. */
    public static final int READ = 0444;

    public static final int WRITE = 0222;
    public static final int EXECUTE = 0111;

    private static final long SECOND_NS = 1_000_000_000L;

    /** Guards the fields of the object, those of subclasses, too. */
    protected final RankedLock lock = new RankedLock(LockRank.IPC_OBJECT);

    /** An object, its queues, and its places in tables. */
    private static final int OBJECT_BYTES = 768;

    /** Null: an earlier revision made the object. */
    private final @Nullable HeapCharge heap;

    private final int creatorUid;
    private final int creatorGid;

    /** Set once by the table, before others see the object. */
    private int id;

    private int key;
    private int uid;
    private int gid;
    private int mode;
    private long changeTime;
    private boolean removed;

    /**
     * An object of the calling task.
     *
     * @param flags those of the get call: permissions in the low bits
     */
    protected IpcObject(Task creator, int key, int flags) {
        HeapCharge paying = HeapCharge.ofCaller(HeapUse.MESSAGES);
        paying.grow(OBJECT_BYTES);
        this.heap = paying;
        this.key = key;
        this.creatorUid = creator.credentials().effectiveUid();
        this.creatorGid = creator.credentials().effectiveGid();
        this.uid = creatorUid;
        this.gid = creatorGid;
        this.mode = flags & 0777;
        this.changeTime = now(creator);
    }

    /** Seconds since the epoch, as the status structs have them. */
    protected static long now(Task task) {
        return task.sandbox().clock().realtimeNs() / SECOND_NS;
    }

    public final int id() {
        return id;
    }

    final void setId(int assigned) {
        id = assigned;
    }

    final int keyLocked() {
        return key;
    }

    /** The key leads here no longer. */
    final void forgetKey() {
        lock.lock();
        try {
            key = IpcConstants.IPC_PRIVATE;
        } finally {
            lock.unlock();
        }
    }

    /** Whether it is gone; those that wait give EIDRM. */
    protected final boolean isRemovedLocked() {
        return removed;
    }

    /** Memory for what is in it, which ends with the object; null if nobody counts it. */
    protected final @Nullable HeapCharge heap() {
        return heap;
    }

    /** Counts memory that the new object has, whose size limits of its kind bound. */
    protected final void growAnyway(long bytes) {
        if (heap != null) {
            heap.grow(bytes);
        }
    }

    /** It is gone from here on. */
    protected final void setRemovedLocked() {
        if (heap != null) {
            heap.clear();
        }
        removed = true;
    }

    protected final int modeLocked() {
        return mode;
    }

    protected final void setModeLocked(int newMode) {
        mode = newMode;
    }

    protected final long changeTimeLocked() {
        return changeTime;
    }

    protected final void touchLocked(Task task) {
        changeTime = now(task);
    }

    /**
     * Refuses what the permissions do not allow: ipcperms().
     *
     * @param wanted {@link #READ}, {@link #WRITE}, {@link #EXECUTE}, or the flags of a get call
     * @throws dev.moat.abi.ErrnoException EACCES
     */
    public final void checkAccess(Task task, int wanted) {
        lock.lock();
        try {
            checkAccessLocked(task, wanted);
        } finally {
            lock.unlock();
        }
    }

    /** As {@link #checkAccess}. */
    protected final void checkAccessLocked(Task task, int wanted) {
        Credentials credentials = task.credentials();
        int effective = credentials.effectiveUid();
        int granted = mode;
        if (effective == creatorUid || effective == uid) {
            granted >>= 6;
        } else if (credentials.isInGroup(creatorGid) || credentials.isInGroup(gid)) {
            granted >>= 3;
        }
        int requested = wanted >> 6 | wanted >> 3 | wanted;
        if ((requested & ~granted & 7) != 0 && !credentials.can(Capabilities.CAP_IPC_OWNER)) {
            throw Errno.EACCES.exception();
        }
    }

    /**
     * Refuses who may not change or remove it: ipcctl_obtain_check().
     *
     * @throws dev.moat.abi.ErrnoException EPERM
     */
    public final void checkOwner(Task task) {
        lock.lock();
        try {
            if (!isOwnerLocked(task) && !task.credentials().can(Capabilities.CAP_SYS_ADMIN)) {
                throw Errno.EPERM.exception();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Whether the task is its owner or creator. */
    protected final boolean isOwnerLocked(Task task) {
        int effective = task.credentials().effectiveUid();
        return effective == creatorUid || effective == uid;
    }

    /**
     * IPC_SET: takes owner and permissions.
     *
     * @throws dev.moat.abi.ErrnoException EINVAL for ids that nobody has
     */
    protected final void setLocked(Task task, IpcPerm wanted) {
        if (wanted.uid() == -1 || wanted.gid() == -1) {
            throw Errno.EINVAL.exception();
        }
        uid = wanted.uid();
        gid = wanted.gid();
        mode = mode & ~0777 | wanted.mode() & 0777;
        touchLocked(task);
    }

    /** EIDRM if it is gone. */
    protected final void checkAliveLocked() {
        if (removed) {
            throw Errno.EIDRM.exception();
        }
    }

    protected final IpcPerm permissionsLocked() {
        return new IpcPerm(key, uid, gid, creatorUid, creatorGid, mode, id / IpcTable.INDEXES);
    }
}
