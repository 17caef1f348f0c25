package dev.moat.vfs;

import java.util.ArrayList;
import java.util.List;

/** A mount with all that is mounted below it. All with the lock of the mount table. */
record Branch(Mount top) {
    /** All its mounts, parents first. Without recursion: guests build them as deep as they like. */
    List<Mount> all() {
        List<Mount> found = new ArrayList<>();
        found.add(top);
        for (int i = 0; i < found.size(); i++) {
            found.addAll(found.get(i).children().values());
        }
        return found;
    }

    /** Those below the first one, parents first. */
    List<Mount> below() {
        List<Mount> found = all();
        return found.subList(1, found.size());
    }

    boolean hasUnbindable() {
        return all().stream().anyMatch(Mount::isUnbindable);
    }

    /**
     * Puts it over a place, for whose namespace it is from here on.
     *
     * @throws dev.moat.abi.ErrnoException ENOENT: the place was removed
     */
    void attach(Place at) {
        top.hook(at);
        MountSpace space = at.mount().space();
        if (space != null) {
            all().forEach(mount -> mount.enter(space));
        }
    }

    /**
     * Puts it over a place, below what is mounted there already: that lies over the new one from
     * here on.
     */
    void attachBelow(Place at) {
        Mount above = at.mount().childAt(at.dentry());
        if (above == null) {
            attach(at);
            return;
        }
        above.unhook();
        attach(at);
        above.hook(MountTable.topmost(new Place(top, top.root())));
    }

    /** What less privileged users got stays as it is: lock_mnt_tree(), fs/namespace.c. */
    void lock() {
        all().forEach(mount -> mount.lock(mount == top));
    }
}
