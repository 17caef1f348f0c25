package dev.moat.vfs;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.abi.Limits;
import dev.moat.abi.MountFlags;
import dev.moat.abi.OpenFlags;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.VfsPath;
import org.jspecify.annotations.Nullable;

/**
 * One path walk, path_resolution(7). Used by one thread for one call. A missing name is a value:
 * the walks give false or null for ENOENT; the other errors are thrown: ENOTDIR, EACCES, ELOOP,
 * ENAMETOOLONG, and for openat2(2) EXDEV and EAGAIN.
 */
public final class Walker {
    /** What the last component of a parent walk is. */
    public enum Last {
        NAME,
        DOT,
        DOT_DOT,
        ROOT
    }

    private final @Nullable Task task;
    private final Credentials credentials;
    private Place root;
    private final Place start;
    private final int resolve;

    private Mount mount;
    private Dentry dentry;
    private int links;

    private String lastName = "";
    private Last last = Last.NAME;
    private boolean trailingSlash;

    /**
     * @param task whose walk it is; null at set-up, before tasks exist
     * @param start where relative paths begin
     * @param resolve RESOLVE_* of openat2(2)
     */
    public Walker(
            @Nullable Task task, Credentials credentials, Place root, Place start, int resolve) {
        this.task = task;
        this.credentials = credentials;
        this.start = start;
        this.resolve = resolve;
        this.root =
                (resolve & (OpenFlags.RESOLVE_BENEATH | OpenFlags.RESOLVE_IN_ROOT)) != 0
                        ? start
                        : root;
        this.mount = start.mount();
        this.dentry = start.dentry();
    }

    public Credentials credentials() {
        return credentials;
    }

    /** Walks all of {@code path}; null if a component is missing. */
    public @Nullable Place find(String path, boolean follow) {
        Place found = findAsNoUse(path, follow);
        if (found != null) {
            found.mount().noteUse();
        }
        return found;
    }

    /** As {@link #find}, but the mount stays as idle as it was: MNT_EXPIRE of umount2(2). */
    public @Nullable Place findAsNoUse(String path, boolean follow) {
        return run(path, follow, false) ? here() : null;
    }

    /** As {@link #find}, throws ENOENT. */
    public Place resolve(String path, boolean follow) {
        Place place = find(path, follow);
        if (place == null) {
            throw Errno.ENOENT.exception();
        }
        return place;
    }

    /** Walks to the directory of the last component, which is then in {@link #lastName}. */
    public boolean findParent(String path) {
        return run(path, false, true);
    }

    /** As {@link #findParent}, throws ENOENT. */
    public Place resolveParent(String path) {
        if (!findParent(path)) {
            throw Errno.ENOENT.exception();
        }
        return here();
    }

    /**
     * After a parent walk whose last name is the link {@code child}: walks to the parent of where
     * it leads.
     */
    boolean followLast(Dentry child) {
        String slash = trailingSlash ? "/" : "";
        String target = expandLast(child.inode());
        return target == null || continueWalk(target + slash, false, true);
    }

    /** After {@link #followLast} met a magic link: it led right here, there is no last name. */
    boolean isAtMagicTarget() {
        return last == Last.ROOT;
    }

    public Place here() {
        return new Place(mount, dentry);
    }

    public String lastName() {
        return lastName;
    }

    public Last last() {
        return last;
    }

    public boolean hasTrailingSlash() {
        return trailingSlash;
    }

    /** After a parent walk to a name: whether there is something under it. */
    public boolean lastExists() {
        return !lastPlace().dentry().isNegative();
    }

    /**
     * The child of the current directory named {@link #lastName}, mounts over it crossed; may be
     * negative.
     */
    Place lastPlace() {
        Mount in = mount;
        Dentry child = dentry.child(lastName);
        while (child.isMountPoint()) {
            Mount over = in.childAt(child);
            if (over == null) {
                break;
            }
            checkCrossing(in, over);
            in = over;
            child = over.root();
        }
        return new Place(in, child);
    }

    private boolean run(String path, boolean follow, boolean parentOnly) {
        if (path.isEmpty()) {
            return false;
        }
        if (path.length() >= Limits.PATH_MAX) {
            throw Errno.ENAMETOOLONG.exception();
        }
        if (path.charAt(0) == '/') {
            // RESOLVE_NO_XDEV allows the jump that a walk begins with.
            enterRoot();
        }
        return continueWalk(path, follow, parentOnly);
    }

    private boolean continueWalk(String path, boolean follow, boolean parentOnly) {
        String rest = path;
        if (rest.charAt(0) == '/') {
            jumpToRoot();
        }
        int at = 0;
        trailingSlash = false;
        while (true) {
            int length = rest.length();
            while (at < length && rest.charAt(at) == '/') {
                at++;
            }
            if (at == length) {
                last = Last.ROOT;
                return true;
            }
            int end = rest.indexOf('/', at);
            if (end < 0) {
                end = length;
            }
            int next = end;
            while (next < length && rest.charAt(next) == '/') {
                next++;
            }
            boolean isLast = next == length;
            boolean slash = isLast && end < length;
            checkSearchable();
            if (isLast && parentOnly) {
                noteLast(rest, at, end, slash);
                return true;
            }
            if (isDots(rest, at, end)) {
                if (end - at == 2) {
                    up();
                }
            } else {
                Dentry child = step(rest, at, end);
                if (child == null) {
                    return false;
                }
                Inode inode = child.inode();
                if (FileMode.S_ISLNK(inode.mode()) && (!isLast || follow || slash)) {
                    String target = isLast ? expandLast(inode) : expand(inode);
                    if (target != null) {
                        rest = end == length ? target : target + rest.substring(end);
                        at = 0;
                        if (rest.charAt(0) == '/') {
                            jumpToRoot();
                        }
                        continue;
                    }
                } else {
                    dentry = child;
                }
            }
            if (isLast) {
                if (slash && !dentry.isDirectory()) {
                    throw Errno.ENOTDIR.exception();
                }
                return true;
            }
            at = next;
        }
    }

    /**
     * Looks a name up and crosses mounts over it; null if there is nothing. Does not move to it.
     */
    private @Nullable Dentry step(String path, int from, int to) {
        if (to - from > Limits.NAME_MAX) {
            throw Errno.ENAMETOOLONG.exception();
        }
        Dentry child = dentry.child(path.substring(from, to));
        if (child.isMountPoint()) {
            child = crossMounts(child);
        }
        return child.isNegative() ? null : child;
    }

    private Dentry crossMounts(Dentry dentry) {
        Dentry at = dentry;
        while (at.isMountPoint()) {
            Mount over = mount.childAt(at);
            if (over == null) {
                break;
            }
            checkCrossing(mount, over);
            mount = over;
            at = over.root();
        }
        return at;
    }

    private void checkCrossing(Mount from, Mount to) {
        if ((resolve & OpenFlags.RESOLVE_NO_XDEV) != 0 && from != to) {
            throw Errno.EXDEV.exception();
        }
    }

    private void noteLast(String path, int from, int to, boolean slash) {
        trailingSlash = slash;
        if (isDots(path, from, to)) {
            last = to - from == 1 ? Last.DOT : Last.DOT_DOT;
            lastName = to - from == 1 ? "." : "..";
            return;
        }
        if (to - from > Limits.NAME_MAX) {
            throw Errno.ENAMETOOLONG.exception();
        }
        last = Last.NAME;
        lastName = path.substring(from, to);
    }

    private static boolean isDots(String path, int from, int to) {
        return path.charAt(from) == '.'
                && (to - from == 1 || to - from == 2 && path.charAt(from + 1) == '.');
    }

    private void checkSearchable() {
        Dentry directory = dentry;
        if (!directory.isDirectory()) {
            throw Errno.ENOTDIR.exception();
        }
        Inode inode = directory.inode();
        if ((inode.mode() & 0111) != 0111 || inode.limitsSearch()) {
            Permissions.check(credentials.through(mount.idMap()), inode, Permissions.MAY_EXEC);
        }
    }

    private void jumpToRoot() {
        checkCrossing(mount, root.mount());
        enterRoot();
    }

    private void enterRoot() {
        if ((resolve & OpenFlags.RESOLVE_BENEATH) != 0) {
            throw Errno.EXDEV.exception();
        }
        mount = root.mount();
        dentry = root.dentry();
    }

    private void up() {
        while (true) {
            if (mount == root.mount() && dentry == root.dentry()) {
                if ((resolve & OpenFlags.RESOLVE_BENEATH) != 0) {
                    throw Errno.EXDEV.exception();
                }
                break;
            }
            if (dentry != mount.root()) {
                Dentry parent = dentry.parent();
                if (parent != null) {
                    checkConnected(parent);
                    dentry = parent;
                }
                break;
            }
            Place on = mount.on();
            if (on == null) {
                break;
            }
            checkCrossing(mount, on.mount());
            mount = on.mount();
            dentry = on.dentry();
        }
        dentry = crossMounts(dentry);
    }

    /**
     * What was moved out of the part of the tree that a mount shows leads nowhere: path_connected.
     */
    private void checkConnected(Dentry parent) {
        Dentry shown = mount.root();
        if (shown.parent() != null && !shown.isAncestorOf(parent)) {
            throw Errno.ENOENT.exception();
        }
    }

    /** As {@link #expand}, for the end of a path. */
    private @Nullable String expandLast(Inode link) {
        Task walking = task;
        if (walking != null) {
            Credentials who = credentials.through(mount.idMap());
            new Protections(walking.sandbox().vfs().settings(), who)
                    .checkFollow(dentry.inode(), link);
        }
        return expand(link);
    }

    /**
     * The target of a link that is being followed; null if it was a magic link: then the walk is
     * where it leads.
     */
    private @Nullable String expand(Inode link) {
        if (++links > Limits.MAXSYMLINKS) {
            throw Errno.ELOOP.exception();
        }
        if ((resolve & OpenFlags.RESOLVE_NO_SYMLINKS) != 0
                || mount.has(MountFlags.MS_NOSYMFOLLOW)) {
            throw Errno.ELOOP.exception();
        }
        Task walking = task;
        if (walking == null) {
            return nonEmpty(link.readSymlinkContent());
        }
        VfsPath magic = link.followMagicLink(walking);
        if (magic == null) {
            return nonEmpty(link.readSymlink(walking));
        }
        if ((resolve & OpenFlags.RESOLVE_NO_MAGICLINKS) != 0) {
            throw Errno.ELOOP.exception();
        }
        if ((resolve & (OpenFlags.RESOLVE_BENEATH | OpenFlags.RESOLVE_IN_ROOT)) != 0) {
            throw Errno.EXDEV.exception();
        }
        Place target = Place.of(magic);
        checkCrossing(mount, target.mount());
        mount = target.mount();
        dentry = target.dentry();
        last = Last.ROOT;
        return null;
    }

    private static String nonEmpty(String target) {
        if (target.isEmpty()) {
            throw Errno.ENOENT.exception();
        }
        return target;
    }

    /** Where relative paths begin. */
    Place start() {
        return start;
    }
}
