package dev.moat.vfs;

import dev.moat.api.mm.HeapCharge;
import dev.moat.api.mm.HeapUse;
import dev.moat.api.swap.Stateful;
import org.jspecify.annotations.Nullable;

/**
 * A mount, with what is below it, that a file holds until it is attached: fsmount(2), open_tree(2).
 * No namespace counts its mounts; who made the file pays for them until it is closed.
 */
@Stateful
final class DetachedMount {
    private final SandboxVfs vfs;
    private final Mount mount;
    private final @Nullable HeapCharge heap = HeapCharge.ofCaller(HeapUse.TASKS);

    DetachedMount(SandboxVfs vfs, Mount mount) {
        this.vfs = vfs;
        this.mount = mount;
    }

    /** Pays for the mounts of the tree; false: there is no more memory for them. */
    boolean pay(int mounts) {
        return HeapCharge.tryGrow(heap, mounts * (long) MountSpace.MOUNT_BYTES);
    }

    /** The file is gone, and with it the mount unless it was attached. */
    void fileClosed() {
        vfs.mounter().drop(vfs.mountTable().dissolveUnattached(mount));
        if (heap != null) {
            heap.clear();
        }
    }
}
