package dev.moat.vfs;

import dev.moat.api.namespace.NamespacePart;
import dev.moat.api.swap.Stateful;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The mounts of one namespace: mount_namespaces(7). Guarded by the lock of the mount table. */
@Stateful
final class MountSpace implements NamespacePart {
    private final SandboxVfs vfs;

    /** In order of creation. */
    private final List<Mount> mounts = new ArrayList<>();

    /** Exchanged by pivot_root(2); volatile: read by walks. */
    private volatile @Nullable Mount first;

    MountSpace(SandboxVfs vfs) {
        this.vfs = vfs;
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
            vfs.trees().release(gone.tree());
        }
    }
}
