package dev.moat.vfs;

import dev.moat.api.swap.Stateful;

/** A mount that a file holds until it is attached: fsmount(2), open_tree(2). */
@Stateful
final class DetachedMount {
    private final SandboxVfs vfs;
    private final Mount mount;

    DetachedMount(SandboxVfs vfs, Mount mount) {
        this.vfs = vfs;
        this.mount = mount;
    }

    /** The file is gone, and with it the mount unless it was attached. */
    void fileClosed() {
        vfs.mounter().drop(vfs.mountTable().dissolveUnattached(mount));
    }
}
