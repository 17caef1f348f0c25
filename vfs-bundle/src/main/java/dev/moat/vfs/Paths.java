package dev.moat.vfs;

import org.jspecify.annotations.Nullable;

/** Turns places back into path names: d_path(). */
final class Paths {
    private static final String DELETED = " (deleted)";

    private Paths() {}

    /** Path of {@code dentry} below {@code top} of the same tree, with a leading slash. */
    static String within(Dentry top, Dentry dentry) {
        StringBuilder path = new StringBuilder();
        for (@Nullable Dentry at = dentry; at != null && at != top; ) {
            Dentry.Link link = at.link();
            if (link.parent() == null) {
                break;
            }
            path.insert(0, link.name()).insert(0, '/');
            at = link.parent();
        }
        return path.isEmpty() ? "/" : path.toString();
    }

    /** Path as seen from the first mount. */
    static String fromTop(Place place) {
        return build(place, null).path();
    }

    /** Path as seen from {@code root}, or from the top if it is outside; as /proc shows it. */
    static String shown(Place place, Place root) {
        String path = build(place, root).path();
        return place.dentry().isDead() ? path + DELETED : path;
    }

    /** Whether walking up from {@code place} meets {@code root}. */
    static boolean isReachable(Place place, Place root) {
        return build(place, root).reached();
    }

    private static Built build(Place place, @Nullable Place root) {
        StringBuilder path = new StringBuilder();
        Mount mount = place.mount();
        Dentry dentry = place.dentry();
        while (true) {
            if (root != null && mount == root.mount() && dentry == root.dentry()) {
                return new Built(path.isEmpty() ? "/" : path.toString(), true);
            }
            if (dentry == mount.root()) {
                Place on = mount.on();
                if (on == null) {
                    return new Built(path.isEmpty() ? "/" : path.toString(), root == null);
                }
                mount = on.mount();
                dentry = on.dentry();
                continue;
            }
            Dentry.Link link = dentry.link();
            path.insert(0, link.name()).insert(0, '/');
            Dentry parent = link.parent();
            if (parent == null) {
                // A file that never had a name (memfd): it shows as one of the root.
                return new Built(path.toString(), true);
            }
            dentry = parent;
        }
    }

    private record Built(String path, boolean reached) {}
}
