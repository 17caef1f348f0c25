package dev.moat.vfs;

import dev.moat.abi.Errno;
import dev.moat.abi.MountFlags;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.task.ThreadGroup;
import dev.moat.api.vfs.FsContext;
import dev.moat.api.vfs.Inode;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What mount(2), umount(2) and pivot_root(2) do to the tree of mounts. Rights were checked. */
@Stateful
public final class Mounter {
    /** Flags that a mount keeps. */
    private static final long KEPT =
            MountFlags.MS_RDONLY
                    | MountFlags.MS_NOSUID
                    | MountFlags.MS_NODEV
                    | MountFlags.MS_NOEXEC
                    | MountFlags.MS_SYNCHRONOUS
                    | MountFlags.MS_NOSYMFOLLOW
                    | MountFlags.MS_NOATIME
                    | MountFlags.MS_NODIRATIME
                    | MountFlags.MS_RELATIME
                    | MountFlags.MS_STRICTATIME;

    private final SandboxVfs vfs;

    Mounter(SandboxVfs vfs) {
        this.vfs = vfs;
    }

    /** EINVAL if no mount begins at {@code place}. */
    public void checkMountRoot(Place place) {
        if (!place.isMountRoot()) {
            throw Errno.EINVAL.exception();
        }
    }

    /** Mounts a fresh instance: ENODEV for an unknown type. */
    public void mount(Task task, String type, String source, String data, Place at, long flags) {
        if (!at.dentry().isDirectory()) {
            throw Errno.ENOTDIR.exception();
        }
        Map<String, String> options = parse(data);
        List<Inode> layers = type.equals("overlay") ? layers(task, options) : List.of();
        if (type.equals("host")) {
            // Host directories are the operator's to give.
            throw Errno.EPERM.exception();
        }
        Tree tree =
                vfs.trees()
                        .open(
                                Optional.of(task),
                                type,
                                source.isEmpty() ? "none" : source,
                                options,
                                (flags & MountFlags.MS_RDONLY) != 0,
                                layers);
        vfs.mountAt(tree, source.isEmpty() ? "none" : source, at, flags & KEPT);
    }

    /** Splits mount data at commas; a flag has an empty value. */
    static Map<String, String> parse(String data) {
        Map<String, String> options = new LinkedHashMap<>();
        for (String part : data.split(",")) {
            if (part.isEmpty()) {
                continue;
            }
            int equals = part.indexOf('=');
            if (equals < 0) {
                options.put(part, "");
            } else {
                options.put(part.substring(0, equals), part.substring(equals + 1));
            }
        }
        return options;
    }

    /** The directories that an overlay names: the upper one first, then the lowers. */
    private List<Inode> layers(Task task, Map<String, String> options) {
        List<Inode> layers = new ArrayList<>();
        String upper = options.get("upperdir");
        if (upper != null) {
            layers.add(directory(task, upper));
        }
        String lowers = options.getOrDefault("lowerdir", "");
        for (String lower : lowers.split(":")) {
            if (!lower.isEmpty()) {
                layers.add(directory(task, lower));
            }
        }
        if (lowers.isEmpty()) {
            throw Errno.EINVAL.exception();
        }
        return layers;
    }

    private Inode directory(Task task, String path) {
        Place start = Place.of(task.fs().workingDirectory());
        Place place = vfs.walker(task, start, 0).resolve(path, true);
        if (!place.dentry().isDirectory()) {
            throw Errno.ENOTDIR.exception();
        }
        return place.inode();
    }

    /** Changes the flags of the mount that begins at {@code at}. */
    public void remount(Place at, long flags) {
        checkMountRoot(at);
        at.mount().setFlags(flags & KEPT);
    }

    /** MS_BIND: shows what is at {@code from} at {@code to}, too. */
    public void bind(Place from, Place to, boolean recursive) {
        if (from.dentry().isDirectory() != to.dentry().isDirectory()) {
            throw Errno.ENOTDIR.exception();
        }
        MountTable table = vfs.mountTable();
        Mount old = from.mount();
        // Copies are made before the first is attached: a tree bound below itself ends.
        List<Mount> below = recursive ? table.below(old) : List.of();
        Map<Mount, Mount> copies = new IdentityHashMap<>();
        Mount copy = table.create(old.tree(), from.dentry(), old.source(), old.flags());
        copies.put(old, copy);
        table.attach(copy, to);
        for (Mount child : below) {
            Place on = child.on();
            Mount parent = on == null ? null : copies.get(on.mount());
            if (on == null || parent == null) {
                continue;
            }
            boolean inside = on.mount() != old || from.dentry().isAncestorOf(on.dentry());
            if (inside) {
                Mount inner =
                        table.create(child.tree(), child.root(), child.source(), child.flags());
                copies.put(child, inner);
                table.attach(inner, new Place(parent, on.dentry()));
            }
        }
    }

    /** MS_MOVE. */
    public void move(Place from, Place to) {
        checkMountRoot(from);
        if (from.dentry().isDirectory() != to.dentry().isDirectory()) {
            throw Errno.ENOTDIR.exception();
        }
        vfs.mountTable().move(from.mount(), to);
    }

    /** Takes the mount that begins at {@code at} away: EBUSY, EINVAL. */
    public void unmount(Place at, boolean detach) {
        for (Mount gone : vfs.mountTable().detach(at.mount(), detach)) {
            vfs.trees().release(gone.tree());
        }
    }

    /** Makes the mount at {@code fresh} the root of everybody whose root was the old one. */
    public void pivot(Task task, Place fresh, Place putOld) {
        Place root = Place.of(task.fs().root());
        MountTable table = vfs.mountTable();
        if (!fresh.dentry().isDirectory() || !putOld.dentry().isDirectory()) {
            throw Errno.ENOTDIR.exception();
        }
        if (fresh.mount() == root.mount() || putOld.mount() == root.mount()) {
            throw Errno.EBUSY.exception();
        }
        boolean possible =
                fresh.isMountRoot()
                        && root.isMountRoot()
                        && root.mount() == table.first()
                        && Paths.isReachable(putOld, fresh);
        if (!possible) {
            throw Errno.EINVAL.exception();
        }
        table.pivot(fresh.mount(), putOld);
        for (ThreadGroup group : task.sandbox().tasks().groups()) {
            for (Task each : group.tasks()) {
                FsContext fs = each.fs();
                if (fs.root().equals(root)) {
                    fs.setRoot(fresh);
                }
                if (fs.workingDirectory().equals(root)) {
                    fs.setWorkingDirectory(fresh);
                }
            }
        }
    }
}
