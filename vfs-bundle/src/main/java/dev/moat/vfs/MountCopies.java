package dev.moat.vfs;

import dev.moat.abi.Errno;
import java.util.LinkedHashMap;
import java.util.Map;

/** Copies of trees of mounts: copy_tree(), fs/namespace.c. With the lock of the mount table. */
final class MountCopies {
    private final MountTable table;

    MountCopies(MountTable table) {
        this.table = table;
    }

    /**
     * A copy of what is seen at a place, not attached anywhere: MS_BIND, open_tree(2).
     *
     * @param recursive with what is mounted below
     * @throws dev.moat.abi.ErrnoException EINVAL: unbindable
     */
    Mount bind(Place from, boolean recursive) {
        Mount old = from.mount();
        if (old.isUnbindable()) {
            throw Errno.EINVAL.exception();
        }
        Mount top = copyOf(old, from.dentry());
        top.unlock();
        table.propagation().copyLocked(old, top);
        if (recursive) {
            bindBelow(old, top, from.dentry());
        }
        return top;
    }

    private void bindBelow(Mount old, Mount top, Dentry root) {
        Map<Mount, Mount> copies = new LinkedHashMap<>();
        copies.put(old, top);
        for (Mount child : new Branch(old).below()) {
            Place on = child.on();
            Mount parent = on == null ? null : copies.get(on.mount());
            if (on == null || parent == null || child.isUnbindable()) {
                continue;
            }
            if (on.mount() == old && !root.isAncestorOf(on.dentry())) {
                continue;
            }
            Mount inner = copyOf(child, child.root());
            table.propagation().copyLocked(child, inner);
            copies.put(child, inner);
            inner.hook(new Place(parent, on.dentry()));
        }
    }

    private Mount copyOf(Mount mount, Dentry root) {
        Mount copy = table.createLocked(mount.tree(), root, mount.source(), mount.flags());
        copy.keepLocks(mount);
        return copy;
    }

    /**
     * Copies a tree of mounts, without its relations to others.
     *
     * @return the copies by original, that of the top first
     */
    Map<Mount, Mount> of(Mount top) {
        Map<Mount, Mount> copies = new LinkedHashMap<>();
        copies.put(top, copyOf(top, top.root()));
        for (Mount child : new Branch(top).below()) {
            Place on = child.on();
            Mount parent = on == null ? null : copies.get(on.mount());
            if (on != null && parent != null) {
                Mount copy = copyOf(child, child.root());
                copies.put(child, copy);
                copy.hook(new Place(parent, on.dentry()));
            }
        }
        return copies;
    }

    /**
     * Fills a namespace with copies of another one's mounts: copy_mnt_ns().
     *
     * @return the copies by original
     */
    Map<Mount, Mount> fill(MountSpace from, MountSpace to) {
        Map<Mount, Mount> copies = of(from.first());
        copies.forEach((original, copy) -> {
            table.propagation().copyLocked(original, copy);
            copy.setUnbindable(original.isUnbindable());
            copy.enter(to);
        });
        to.setFirst(copies.get(from.first()));
        return copies;
    }
}
