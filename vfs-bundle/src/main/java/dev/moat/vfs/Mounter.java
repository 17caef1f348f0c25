package dev.moat.vfs;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.FileMode;
import dev.moat.abi.MountFlags;
import dev.moat.abi.OpenFlags;
import dev.moat.api.mm.HeapAccount;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.task.ThreadGroup;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.FilesystemComplaint;
import dev.moat.api.vfs.FsContext;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.OptionKind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What mount(2), umount(2) and pivot_root(2) do to the tree of mounts. Rights were checked. */
@Stateful
public final class Mounter {
    /** FS_USERNS_MOUNT: types that whoever has a mount namespace may mount in it. */
    private static final Set<String> FOR_ALL_USERS =
            Set.of(
                    "proc", "sysfs", "tmpfs", "ramfs", "devpts", "mqueue", "cgroup2", "overlay",
                    "fuse");

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

    /** What a mount says of access times: MNT_ATIME_MASK. */
    private static final long ALL_TIMES =
            MountFlags.MS_NOATIME
                    | MountFlags.MS_NODIRATIME
                    | MountFlags.MS_RELATIME
                    | MountFlags.MS_STRICTATIME;

    /** Between the values of one option. */
    private static final String MORE = "\0";

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
        checkOwn(task, at);
        if (!at.dentry().isDirectory()) {
            throw Errno.ENOTDIR.exception();
        }
        boolean readOnly = (flags & MountFlags.MS_RDONLY) != 0;
        Tree tree = open(task, type, source, parse(data), readOnly);
        vfs.mountAt(tree, source.isEmpty() ? "none" : source, at, flags & KEPT);
    }

    /** Opens a fresh instance: ENODEV for an unknown type, and what the type has against it. */
    Tree open(
            Task task, String type, String source, Map<String, String> options, boolean readOnly) {
        // "fuse.sshfs" is "fuse" with a name for people: get_fs_type().
        String kind = type.startsWith("fuse.") ? "fuse" : type;
        List<Inode> layers =
                switch (type) {
                    case "overlay" -> layers(task, options);
                    case "erofs" -> List.of(image(task, source));
                    default -> List.of();
                };
        boolean first = task.credentials().space().level() == 0;
        // Host directories are the operator's to give.
        if (type.equals("host") || !first && !FOR_ALL_USERS.contains(kind)) {
            throw Errno.EPERM.exception();
        }
        return vfs.trees()
                .open(
                        Optional.of(task),
                        kind,
                        source.isEmpty() ? "none" : source,
                        options,
                        readOnly,
                        layers);
    }

    /** A file system to be made: ENODEV for an unknown type. */
    public FileDescription newContext(Task task, String type) {
        vfs.trees().types().require(vfs.sandbox(), type);
        return new MountContext(vfs, vfs.newAnonymousInode(task), type);
    }

    /** fspick(2): the file system seen at a place, to be changed. EINVAL within a mount. */
    public FileDescription pick(Task task, Place at) {
        checkMountRoot(at);
        return MountContext.ofExisting(vfs, vfs.newAnonymousInode(task), at.mount().tree());
    }

    /**
     * A file that holds a mount, which is in no tree yet.
     *
     * @throws ErrnoException ENOMEM: there is no memory for so many mounts, which are dropped
     */
    FileDescription hold(Mount mount) {
        List<Mount> all = vfs.mountTable().collect(mount, true);
        all.forEach(Mount::setDetached);
        DetachedMount tree = new DetachedMount(vfs, mount);
        if (!tree.pay(all.size())) {
            tree.fileClosed();
            throw Errno.ENOMEM.exception();
        }
        Place place = new Place(mount, mount.root());
        FileDescription file = new PathFile(place.inode(), OpenFlags.O_PATH, tree);
        vfs.opened(file, place);
        return file;
    }

    /** open_tree(2) with OPEN_TREE_CLONE: a copy of what is at a place. */
    public FileDescription openCopy(Task task, Place from, boolean recursive) {
        if (from.mount() != vfs.nameless() && !from.mount().isDetached()) {
            checkOwn(task, from);
        }
        HeapAccount.checkRoom();
        return hold(vfs.mountTable().copy(from, recursive));
    }

    /** move_mount(2): attaches what is in no tree, moves what is in one. */
    public void attachOrMove(Task task, Place from, Place to) {
        checkMountRoot(from);
        checkOwn(task, to);
        checkTypes(from, to, Errno.EINVAL);
        if (from.mount().space() == null) {
            if (from.mount().on() != null || !from.mount().isDetached()) {
                // a part of a tree that is itself in none, or taken out of one for good
                throw Errno.EINVAL.exception();
            }
            if (vfs.mountTable().attachUnattached(from.mount(), to)) {
                return;
            }
        }
        checkOwn(task, from);
        checkLoose(from);
        vfs.mountTable().move(from.mount(), to);
    }

    /** MOVE_MOUNT_BENEATH: puts a mount below the one that begins at {@code to}. */
    public void attachBeneath(Task task, Place from, Place to) {
        checkMountRoot(from);
        checkMountRoot(to);
        checkOwn(task, to);
        checkTypes(from, to, Errno.EINVAL);
        Mount mount = from.mount();
        boolean loose = mount.space() == null && mount.on() == null;
        if (!loose) {
            checkOwn(task, from);
            checkLoose(from);
        }
        if (to.mount() == Place.of(task.fs().root()).mount() || !loose && mount.on() == null) {
            throw Errno.EINVAL.exception();
        }
        vfs.mountTable().attachBeneath(mount, to.mount(), vfs.spaceOf(task));
    }

    /** MOVE_MOUNT_SET_GROUP. */
    public void setGroup(Task task, Place from, Place to) {
        checkMountRoot(from);
        checkMountRoot(to);
        checkMayShare(task, from);
        checkMayShare(task, to);
        vfs.mountTable().setGroup(from.mount(), to.mount());
    }

    /**
     * mount_setattr(2).
     *
     * @throws ErrnoException EINVAL: not where a mount begins, nor one of the task's or of nobody's
     *     namespace; EPERM, EBUSY
     */
    public void change(Task task, Place at, MountChange change, boolean recursive) {
        checkMountRoot(at);
        if (!at.mount().isDetached() || at.mount().on() != null) {
            checkOwn(task, at);
        }
        List<Mount> all = vfs.mountTable().collect(at.mount(), recursive);
        change.apply(task.credentials(), all);
        vfs.mountTable().noteChanged(all);
        if (change.propagation() != 0) {
            vfs.mountTable().changePropagation(at.mount(), change.propagation(), recursive);
        }
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
                put(options, part.substring(0, equals), part.substring(equals + 1));
            }
        }
        return options;
    }

    /** Values of an option whose name ends in + add up, with zeros between them. */
    static void put(Map<String, String> options, String key, String value) {
        if (key.endsWith("+")) {
            options.merge(key, value, (before, next) -> before + MORE + next);
        } else {
            options.put(key, value);
        }
    }

    /** The directories that an overlay names: the upper one first, then the lowers. */
    private List<Inode> layers(Task task, Map<String, String> options) {
        List<Inode> layers = new ArrayList<>();
        String upper = options.get("upperdir");
        if (upper != null) {
            layers.add(directory(task, upper));
        }
        List<String> lowers = lowers(options);
        if (lowers.isEmpty()) {
            throw Errno.EINVAL.exception();
        }
        for (String lower : lowers) {
            layers.add(directory(task, lower));
        }
        return layers;
    }

    /** One by one, or between colons, which are quoted in names: fs/overlayfs/params.c. */
    private static List<String> lowers(Map<String, String> options) {
        String between = options.get("lowerdir");
        if (between == null) {
            String single = options.getOrDefault("lowerdir+", "");
            return single.isEmpty() ? List.of() : List.of(single.split(MORE));
        }
        List<String> names = new ArrayList<>();
        StringBuilder name = new StringBuilder();
        for (int i = 0; i < between.length(); i++) {
            char c = between.charAt(i);
            if (c == ':') {
                names.add(name.toString());
                name.setLength(0);
            } else {
                boolean quotes = c == '\\' && i + 1 < between.length();
                name.append(quotes ? between.charAt(++i) : c);
            }
        }
        names.add(name.toString());
        return names.stream().filter(each -> !each.isEmpty()).toList();
    }

    /**
     * Checks the path of an overlay's layer as soon as it is given.
     *
     * @throws ErrnoException what the walk gives; ENOTDIR
     */
    void checkLayer(Task task, String path) {
        directory(task, path);
    }

    /** The file that an image is in: ENOTBLK for what is no regular file, as for any device. */
    private Inode image(Task task, String path) {
        Place start = Place.of(task.fs().workingDirectory());
        Place place = vfs.walker(task, start, 0).resolve(path, true);
        Inode file = place.inode();
        if (!FileMode.S_ISREG(file.mode())) {
            throw Errno.ENOTBLK.exception();
        }
        Permissions.check(place.viewer(task.credentials()), file, Permissions.MAY_READ);
        return file;
    }

    private Inode directory(Task task, String path) {
        Place start = Place.of(task.fs().workingDirectory());
        Place place = vfs.walker(task, start, 0).resolve(path, true);
        if (!place.dentry().isDirectory()) {
            throw Errno.ENOTDIR.exception();
        }
        // Layers are read without a mount, and so would show the stored owners.
        if (place.mount().idMap() != null) {
            throw Errno.EINVAL.exception();
        }
        return place.inode();
    }

    /**
     * MS_REMOUNT: changes the flags of the mount that begins at {@code at}, and without MS_BIND the
     * options of its file system and whether it may be written at all.
     */
    public void remount(Task task, Place at, String data, long flags) {
        checkMountRoot(at);
        Mount mount = at.mount();
        mount.checkFlags(flags);
        if ((flags & MountFlags.MS_BIND) == 0) {
            checkOwner(task, mount.tree());
            reconfigure(mount.tree().filesystem(), parse(data));
            mount.tree().setReadOnly((flags & MountFlags.MS_RDONLY) != 0);
        }
        mount.setFlags(withTimes(flags & KEPT, mount.flags()));
        vfs.mountTable().noteChanged(List.of(mount));
    }

    /** What is said of access times, or what was; relatime else: path_mount(), fs/namespace.c. */
    private static long withTimes(long flags, long former) {
        return (flags & ALL_TIMES) == 0
                ? flags | former & ALL_TIMES
                : MountTable.withRelatime(flags);
    }

    /** EINVAL for unknown options, and for those that do not fit. */
    private static void reconfigure(Filesystem filesystem, Map<String, String> options) {
        Map<String, OptionKind> known = filesystem.type().options();
        // An overlay passes over all of them, ovl_parse_monolithic(); the host's are no business of
        // the guest.
        if (known.isEmpty() || filesystem.type().name().equals("overlay")) {
            return;
        }
        options.forEach((key, value) -> {
            OptionKind kind = known.get(key);
            Optional<String> given = value.isEmpty() ? Optional.empty() : Optional.of(value);
            if (kind == null || kind.complaint(key, given).isPresent()) {
                throw Errno.EINVAL.exception();
            }
        });
        try {
            filesystem.reconfigure(options);
        } catch (FilesystemComplaint e) {
            throw Errno.EINVAL.exception();
        }
    }

    /** EPERM for who may not change the file system itself. */
    static void checkOwner(Task task, Tree tree) {
        if (!task.credentials().canIn(tree.owner(), Capabilities.CAP_SYS_ADMIN)) {
            throw Errno.EPERM.exception();
        }
    }

    /** MS_BIND: shows what is at {@code from} at {@code to}, too. */
    public void bind(Task task, Place from, Place to, boolean recursive) {
        checkOwn(task, to);
        if (from.mount() != vfs.nameless()) {
            checkOwn(task, from);
        }
        checkTypes(from, to, Errno.ENOTDIR);
        if (!recursive && hidesLocked(from)) {
            throw Errno.EINVAL.exception();
        }
        attachOrDrop(vfs.mountTable().copy(from, recursive), to);
    }

    /** has_locked_children: what is below must not be seen without it. */
    boolean hidesLocked(Place from) {
        return vfs.mountTable().collect(from.mount(), true).stream()
                .anyMatch(mount -> mount != from.mount() && mount.isLocked());
    }

    /** Attaches a tree that is nowhere yet; it is gone if that fails. */
    void attachOrDrop(Mount tree, Place to) {
        try {
            vfs.mountTable().attach(tree, to);
        } catch (ErrnoException e) {
            drop(vfs.mountTable().dissolve(tree));
            throw e;
        }
    }

    void drop(List<Mount> gone) {
        for (Mount mount : gone) {
            mount.end();
            vfs.trees().release(mount.tree());
        }
    }

    /** A directory goes over a directory only. */
    private static void checkTypes(Place from, Place to, Errno otherwise) {
        if (from.dentry().isDirectory() != to.dentry().isDirectory()) {
            throw otherwise.exception();
        }
    }

    /** EINVAL for a mount of another namespace. */
    void checkOwn(Task task, Place place) {
        if (place.mount().space() != vfs.spaceOf(task)) {
            throw Errno.EINVAL.exception();
        }
    }

    /** may_change_propagation: in any namespace that the task rules; EINVAL: in none; EPERM. */
    private static void checkMayShare(Task task, Place place) {
        MountSpace space = place.mount().space();
        if (space == null) {
            throw Errno.EINVAL.exception();
        }
        if (!task.credentials().canIn(space.owner(), Capabilities.CAP_SYS_ADMIN)) {
            throw Errno.EPERM.exception();
        }
    }

    /** EINVAL for a mount that covers something for good. */
    private static void checkLoose(Place at) {
        if (at.mount().isLocked()) {
            throw Errno.EINVAL.exception();
        }
    }

    /** MS_SHARED, MS_PRIVATE, MS_SLAVE, MS_UNBINDABLE. */
    public void changePropagation(Task task, Place at, int type, boolean recursive) {
        checkMountRoot(at);
        checkOwn(task, at);
        vfs.mountTable().changePropagation(at.mount(), type, recursive);
    }

    /** MS_MOVE. */
    public void move(Task task, Place from, Place to) {
        checkMountRoot(from);
        checkOwn(task, from);
        checkOwn(task, to);
        checkTypes(from, to, Errno.EINVAL);
        checkLoose(from);
        vfs.mountTable().move(from.mount(), to);
    }

    /**
     * MNT_EXPIRE: lets only a mount pass that was idle at an earlier call, too.
     *
     * @throws dev.moat.abi.ErrnoException EAGAIN: marked from now on; EBUSY: in use; EINVAL: the
     *     task's root
     */
    public void expire(Task task, Place at) {
        checkOwn(task, at);
        checkLoose(at);
        if (at.mount() == Place.of(task.fs().root()).mount()) {
            throw Errno.EINVAL.exception();
        }
        if (at.mount().hasChildren() || at.mount().isBusy()) {
            throw Errno.EBUSY.exception();
        }
        if (at.mount().markExpiring()) {
            throw Errno.EAGAIN.exception();
        }
    }

    /**
     * Takes the mount that begins at {@code at} away: EBUSY, EINVAL. The task's own root stays, and
     * its file system is read-only from here on: do_umount_root(), fs/namespace.c.
     */
    public void unmount(Task task, Place at, boolean detach) {
        checkOwn(task, at);
        checkLoose(at);
        if (!detach && at.mount() == Place.of(task.fs().root()).mount()) {
            checkOwner(task, at.mount().tree());
            at.mount().tree().setReadOnly(true);
            return;
        }
        drop(vfs.mountTable().detach(at.mount(), detach));
    }

    private static boolean isOnShared(Mount mount) {
        Place on = mount.on();
        return on != null && on.mount().group() != null;
    }

    /** Makes the mount at {@code fresh} the root of everybody whose root was the old one. */
    public void pivot(Task task, Place fresh, Place putOld) {
        Place root = Place.of(task.fs().root());
        MountSpace space = vfs.spaceOf(task);
        if (!fresh.dentry().isDirectory() || !putOld.dentry().isDirectory()) {
            throw Errno.ENOTDIR.exception();
        }
        boolean forbidden =
                putOld.mount().group() != null
                        || isOnShared(fresh.mount())
                        || isOnShared(root.mount())
                        || fresh.mount().space() != space
                        || root.mount().space() != space
                        || fresh.mount().isLocked();
        if (forbidden) {
            throw Errno.EINVAL.exception();
        }
        if (fresh.dentry().isDead()) {
            throw Errno.ENOENT.exception();
        }
        if (fresh.mount() == root.mount() || putOld.mount() == root.mount()) {
            throw Errno.EBUSY.exception();
        }
        boolean possible =
                fresh.isMountRoot()
                        && root.isMountRoot()
                        && Paths.isReachable(putOld, fresh)
                        && Paths.isReachable(fresh, root);
        if (!possible) {
            throw Errno.EINVAL.exception();
        }
        vfs.mountTable().pivot(space, root.mount(), fresh.mount(), putOld);
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
