package dev.moat.vfs;

import dev.moat.abi.PollFlags;
import dev.moat.api.mm.HeapCharge;
import dev.moat.api.mm.HeapUse;
import dev.moat.api.namespace.NamespacePart;
import dev.moat.api.namespace.UserView;
import dev.moat.api.swap.Restorable;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.vfs.MountInfo;
import dev.moat.api.vfs.MountWatch;
import dev.moat.api.vfs.VfsSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The mounts of one namespace: mount_namespaces(7). Guarded by the lock of the mount table. */
@Stateful
final class MountSpace implements NamespacePart, MountWatch, Restorable {
    /** A mount and its places in tables. */
    static final int MOUNT_BYTES = 640;

    private final SandboxVfs vfs;

    /** Null while nothing was ever mounted. */
    private @Nullable HeapCharge heap;

    /** In order of creation. */
    private final List<Mount> mounts = new ArrayList<>();

    /** Exchanged by pivot_root(2); volatile: read by walks. */
    private volatile @Nullable Mount first;

    /** Null stands for the first one. */
    private volatile @Nullable UserView owner;

    private volatile long version;

    private WaitQueue changes = new WaitQueue();

    MountSpace(SandboxVfs vfs) {
        this.vfs = vfs;
    }

    @Override
    public void saving() {}

    /** What was written before anybody could wait has no waiters. */
    @Override
    public void restored() {
        changes = changes == null ? new WaitQueue() : changes;
    }

    @Override
    public List<MountInfo> mounts() {
        return vfs.mountTable().list(this);
    }

    @Override
    public long version() {
        return version;
    }

    @Override
    public WaitQueue changes() {
        return changes;
    }

    /** Something changed; who waits is told when the table's lock is free: {@link #tell}. */
    void touchLocked() {
        version++;
        vfs.mountTable().noteChangedLocked(this);
    }

    /** Wakes who waits. */
    void tell() {
        changes.wakeAll(PollFlags.POLLERR | PollFlags.POLLPRI);
    }

    /** The user namespace of who made it. */
    UserView owner() {
        UserView known = owner;
        return known == null ? UserView.First.INSTANCE : known;
    }

    void setOwner(UserView space) {
        owner = space;
    }

    Mount first() {
        Mount mount = first;
        if (mount == null) {
            throw new IllegalStateException("no root is mounted");
        }
        return mount;
    }

    boolean isEmpty() {
        return first == null;
    }

    void setFirst(@Nullable Mount mount) {
        first = mount;
    }

    /** A mount comes into the namespace; whoever mounts was asked whether there is memory. */
    void addLocked(Mount mount) {
        mounts.add(mount);
        settleLocked();
    }

    void removeLocked(Set<Mount> gone) {
        if (mounts.removeIf(gone::contains)) {
            settleLocked();
        }
    }

    /**
     * How many more there may be: count_mounts(), fs/namespace.c. Negative after the limit was
     * lowered.
     */
    int roomLocked() {
        return vfs.settings().get(VfsSettings.Setting.MOUNT_MAX) - mounts.size();
    }

    private void settleLocked() {
        touchLocked();
        HeapCharge paying = heap;
        if (paying == null) {
            paying = HeapCharge.of(vfs.sandbox().memory().heap(), HeapUse.TASKS);
            heap = paying;
        }
        paying.grow(mounts.size() * (long) MOUNT_BYTES - paying.bytes());
    }

    List<Mount> mountsLocked() {
        return mounts;
    }

    /** Where everything begins. */
    Place root() {
        Mount top = first();
        return MountTable.topmost(new Place(top, top.root()));
    }

    /** Nobody is in it any more: its mounts go. */
    @Override
    public void namespaceEnded() {
        for (Mount gone : vfs.mountTable().clear(this)) {
            gone.end();
            vfs.trees().release(gone.tree());
        }
    }
}
