package dev.moat.vfs;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.abi.FsMagic;
import dev.moat.abi.InotifyFlags;
import dev.moat.abi.OpenFlags;
import dev.moat.abi.Statfs;
import dev.moat.api.namespace.Namespace;
import dev.moat.api.namespace.NamespaceKind;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FdTable;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.FsContext;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.Inode.Owner;
import dev.moat.api.vfs.MountInfo;
import dev.moat.api.vfs.MountWatch;
import dev.moat.api.vfs.Vfs;
import dev.moat.api.vfs.VfsPath;
import dev.moat.api.vfs.VfsSettings;
import dev.moat.vfs.anon.AnonymousInode;
import dev.moat.vfs.anon.KernelFilesystem;
import dev.moat.vfs.async.AsyncNotices;
import dev.moat.vfs.epoll.EpollFile;
import dev.moat.vfs.inotify.Notifier;
import dev.moat.vfs.lease.Leases;
import dev.moat.vfs.lock.FileLocks;
import dev.moat.vfs.lock.LockWaits;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;

/** The files of one sandbox: where mounts, open file systems and what watches them are found. */
@Stateful
public final class SandboxVfs implements Vfs, FileDescription.ReleaseObserver {
    private static final String SPACE = "vfs.mounts";

    private static final AtomicReferenceFieldUpdater<SandboxVfs, @Nullable MemoryFiles>
            HUGE_MEMORY_FILES =
                    AtomicReferenceFieldUpdater.newUpdater(
                            SandboxVfs.class, MemoryFiles.class, "hugeMemoryFiles");

    private final Sandbox sandbox;
    private final Trees trees;
    private final MountTable mounts = new MountTable();
    private final VfsSettings settings = new VfsSettings();
    private final Notifier notifier = new Notifier(settings);
    private final MountSpace firstSpace = new MountSpace(this);
    private final LockWaits lockWaits = new LockWaits();
    private final KernelFilesystem pipes;
    private final KernelFilesystem anonymous;
    private final Mount nameless;
    private final Names names;
    private final Opener opener;
    private final MemoryFiles memoryFiles;

    /** Those of huge pages; null in what an earlier revision made, until somebody asks. */
    private volatile @Nullable MemoryFiles hugeMemoryFiles;

    private final Mounter mounter;

    public SandboxVfs(Sandbox sandbox, FilesystemTypes types, CharacterDevices devices) {
        this.sandbox = sandbox;
        this.trees = new Trees(sandbox, types);
        this.pipes =
                new KernelFilesystem(
                        "pipefs", FsMagic.PIPEFS_MAGIC, trees.newDeviceId(), sandbox.clock());
        this.anonymous =
                new KernelFilesystem(
                        "anon_inodefs",
                        FsMagic.ANON_INODE_FS_MAGIC,
                        trees.newDeviceId(),
                        sandbox.clock());
        Tree tree = new Tree(anonymous, trees.cache());
        this.nameless = mounts.create(tree, tree.root(), "none", 0);
        this.names = new Names(notifier);
        this.opener = new Opener(this, devices);
        this.memoryFiles = new MemoryFiles(this, "tmpfs");
        this.hugeMemoryFiles = new MemoryFiles(this, "hugetlbfs");
        this.mounter = new Mounter(this);
    }

    /** The VFS of the sandbox that {@code task} lives in. */
    public static SandboxVfs of(Task task) {
        return (SandboxVfs) task.sandbox().vfs();
    }

    public Sandbox sandbox() {
        return sandbox;
    }

    public Notifier notifier() {
        return notifier;
    }

    public LockWaits lockWaits() {
        return lockWaits;
    }

    public Names names() {
        return names;
    }

    public Opener opener() {
        return opener;
    }

    public MemoryFiles memoryFiles() {
        return memoryFiles;
    }

    /** MFD_HUGETLB. */
    public MemoryFiles hugeMemoryFiles() {
        MemoryFiles known = hugeMemoryFiles;
        if (known == null) {
            MemoryFiles made = new MemoryFiles(this, "hugetlbfs");
            known = HUGE_MEMORY_FILES.compareAndSet(this, null, made) ? made : hugeMemoryFiles;
        }
        return Objects.requireNonNull(known);
    }

    public Mounter mounter() {
        return mounter;
    }

    MountTable mountTable() {
        return mounts;
    }

    Trees trees() {
        return trees;
    }

    /** The mount of what has no name. */
    Mount nameless() {
        return nameless;
    }

    /** Whether a place is in no directory that anybody could walk to: a pipe, a memfd. */
    public boolean isNameless(Place place) {
        MemoryFiles huge = hugeMemoryFiles;
        return place.mount() == nameless
                || memoryFiles.holds(place)
                || huge != null && huge.holds(place);
    }

    /** An inode for a pipe(2). */
    public Inode newPipeInode(Task task) {
        Credentials who = task.credentials();
        return new AnonymousInode(
                pipes,
                FileMode.S_IFIFO | FileMode.S_IRUSR | FileMode.S_IWUSR,
                who.fsUid(),
                who.fsGid());
    }

    /** An inode for an eventfd and the like: no type, as Linux has it. */
    public Inode newAnonymousInode(Task task) {
        Credentials who = task.credentials();
        return new AnonymousInode(
                anonymous, FileMode.S_IRUSR | FileMode.S_IWUSR, who.fsUid(), who.fsGid());
    }

    /** A walk of {@code task} from {@code start}. */
    public Walker walker(Task task, Place start, int resolve) {
        return new Walker(task, task.credentials(), Place.of(task.fs().root()), start, resolve);
    }

    @Override
    public Place resolve(Task task, String path, Follow follow) {
        Place start = Place.of(task.fs().workingDirectory());
        return walker(task, start, 0).resolve(path, follow == Follow.YES);
    }

    @Override
    public VfsPath resolve(
            VfsPath root, VfsPath start, String path, Credentials credentials, Follow follow) {
        return new Walker(null, credentials, Place.of(root), Place.of(start), 0)
                .resolve(path, follow == Follow.YES);
    }

    @Override
    public FileDescription open(Task task, String path, int flags, int mode) {
        Place start = Place.of(task.fs().workingDirectory());
        try {
            FileDescription file = opener.open(task, start, path, flags, mode, 0);
            if (file == null) {
                throw Errno.ENOENT.exception();
            }
            return file;
        } catch (OpenInterrupted e) {
            throw Errno.EINTR.exception();
        }
    }

    @Override
    public FileDescription openProgram(Task task, VfsPath path) {
        try {
            return opener.openProgram(task, Place.of(path));
        } catch (OpenInterrupted e) {
            throw Errno.EINTR.exception();
        }
    }

    @Override
    public void contentChanged(Inode directory, String name, Inode file) {
        if (notifier.isActive()) {
            notifier.happened(directory, name, file, InotifyFlags.IN_MODIFY, false);
        }
    }

    /** Where an open file is: its path, or a nameless place. */
    public Place placeOf(FileDescription file) {
        VfsPath known = file.path();
        return Place.of(known != null ? known : anonymousPath(file));
    }

    /** A task as the files know it where {@code file} was opened, see {@link Place#viewer}. */
    public static Credentials viewer(Task task, FileDescription file) {
        VfsPath known = file.path();
        return known == null
                ? task.credentials()
                : task.credentials().through(known.mount().idMap());
    }

    @Override
    public VfsPath makeNode(Task task, String path, int mode, long rdev) {
        Place start = Place.of(task.fs().workingDirectory());
        Walker walker = walker(task, start, 0);
        Place parent = walker.resolveParent(path);
        if (walker.last() != Walker.Last.NAME) {
            throw Errno.EEXIST.exception();
        }
        Dentry made =
                names.create(
                        task.credentials(),
                        parent,
                        walker.lastName(),
                        mode & ~task.fs().umask(),
                        0,
                        rdev);
        return new Place(parent.mount(), made);
    }

    @Override
    public void unlink(Task task, String path) {
        Walker walker = walker(task, Place.of(task.fs().workingDirectory()), 0);
        Place parent = walker.resolveParent(path);
        if (walker.last() != Walker.Last.NAME) {
            throw Errno.EISDIR.exception();
        }
        names.unlink(task.credentials(), parent, walker.lastName(), walker.hasTrailingSlash());
    }

    @Override
    public void withdrawNode(VfsPath node) {
        names.withdraw(Place.of(node));
    }

    @Override
    public VfsPath anonymousPath(FileDescription file) {
        Dentry dentry = new Dentry(nameless.tree(), null, file.anonymousName(), file.inode());
        return new Place(nameless, dentry);
    }

    @Override
    public VfsPath anonymousPath(String name, Inode inode) {
        return new Place(nameless, new Dentry(nameless.tree(), null, name, inode));
    }

    @Override
    public void checkPermission(Credentials credentials, VfsPath path, int mayMask) {
        if ((mayMask & Permissions.MAY_WRITE) != 0) {
            Names.checkWritable(Place.of(path));
        }
        Permissions.check(credentials.through(path.mount().idMap()), path.inode(), mayMask);
    }

    /** Whether a walk up from {@code place} meets {@code root}. */
    public static boolean isReachable(Place place, Place root) {
        return Paths.isReachable(place, root);
    }

    @Override
    public String pathOf(VfsPath path, VfsPath root) {
        Place place = Place.of(path);
        return place.mount() == nameless ? place.name() : Paths.shown(place, Place.of(root));
    }

    @Override
    public Filesystem openFilesystem(
            String type,
            String source,
            Map<String, String> options,
            boolean readOnly,
            List<Inode> layers) {
        return trees.open(Optional.empty(), type, source, options, readOnly, layers).filesystem();
    }

    @Override
    public void mountRoot(Filesystem filesystem, String source, long flags) {
        Tree tree = trees.of(filesystem);
        mounts.setFirst(firstSpace, mounts.create(tree, tree.root(), source, flags));
    }

    @Override
    public void mount(Filesystem filesystem, String source, String target, long flags) {
        Place at = resolveFromTop(target);
        mountAt(trees.of(filesystem), source, at, flags);
    }

    @Override
    public void mount(
            String type, String source, String target, Map<String, String> options, long flags) {
        Place at = resolveFromTop(target);
        Tree tree =
                trees.open(
                        Optional.empty(),
                        type,
                        source,
                        options,
                        (flags & dev.moat.abi.MountFlags.MS_RDONLY) != 0,
                        List.of());
        mountAt(tree, source, at, flags);
    }

    void mountAt(Tree tree, String source, Place at, long flags) {
        if (tree.root().isDirectory() != at.dentry().isDirectory()) {
            trees.closeIfUnused(tree);
            throw Errno.ENOTDIR.exception();
        }
        mounter.attachOrDrop(mounts.create(tree, tree.root(), source, flags), at);
    }

    /** What is seen at a place: the mount on top there. */
    public static Place topmost(Place place) {
        return MountTable.topmost(place);
    }

    private Place resolveFromTop(String path) {
        Place top = root();
        return new Walker(null, Credentials.KERNEL, top, top, 0).resolve(path, true);
    }

    @Override
    public void makeDirectories(String path) {
        StringBuilder done = new StringBuilder();
        for (String part : path.split("/")) {
            if (part.isEmpty()) {
                continue;
            }
            done.append('/').append(part);
            Place top = root();
            Walker walker = new Walker(null, Credentials.KERNEL, top, top, 0);
            if (walker.find(done.toString(), true) == null) {
                Walker again = new Walker(null, Credentials.KERNEL, top, top, 0);
                Place parent = again.resolveParent(done.toString());
                names.makeDirectory(
                        Credentials.KERNEL, parent, again.lastName(), FileMode.S_IFDIR | 0755, 0);
            }
        }
    }

    @Override
    public void makeFile(String path) {
        int slash = path.lastIndexOf('/');
        if (slash > 0) {
            makeDirectories(path.substring(0, slash));
        }
        Place top = root();
        Walker walker = new Walker(null, Credentials.KERNEL, top, top, 0);
        if (walker.find(path, true) == null) {
            Walker again = new Walker(null, Credentials.KERNEL, top, top, 0);
            Place parent = again.resolveParent(path);
            names.create(
                    Credentials.KERNEL, parent, again.lastName(), FileMode.S_IFREG | 0644, 0, 0);
        }
    }

    @Override
    public Place root() {
        return firstSpace.root();
    }

    @Override
    public FdTable newFdTable() {
        return new Descriptors(settings);
    }

    @Override
    public FsContext newFsContext(VfsPath root, VfsPath workingDirectory, int umask) {
        return new TaskFs(Place.of(root), Place.of(workingDirectory), umask);
    }

    @Override
    public String describeLocks(Task reader, FdTable table, FileDescription file) {
        return new LockListing(reader).of(table, file);
    }

    @Override
    public void forgetNames() {
        trees.cache().clear();
    }

    @Override
    public VfsSettings settings() {
        return settings;
    }

    @Override
    public List<MountInfo> mounts() {
        return mounts.list(firstSpace);
    }

    @Override
    public MountWatch watchMounts(Task task) {
        return spaceOf(task);
    }

    @Override
    public void copyMounts(Namespace from, Namespace to, FsContext fs) {
        MountSpace fresh = new MountSpace(this);
        fresh.setOwner(to.owner());
        Map<Mount, Mount> copies = mounts.copySpace(spaceOf(from), fresh);
        to.part(SPACE, () -> fresh);
        if (from.owner() != to.owner()) {
            mounts.lockSpace(fresh);
        }
        Place root = Place.of(fs.root());
        Place directory = Place.of(fs.workingDirectory());
        Mount rootCopy = copies.get(root.mount());
        Mount directoryCopy = copies.get(directory.mount());
        if (rootCopy != null) {
            fs.setRoot(new Place(rootCopy, root.dentry()));
        }
        if (directoryCopy != null) {
            fs.setWorkingDirectory(new Place(directoryCopy, directory.dentry()));
        }
    }

    @Override
    public VfsPath root(Namespace namespace) {
        return spaceOf(namespace).root();
    }

    /** The mounts that {@code task} has. */
    public MountSpace spaceOf(Task task) {
        return spaceOf(task.namespaces().get(NamespaceKind.MNT));
    }

    /** What the file system with that number tells, if it is mounted for {@code task}. */
    public @Nullable Statfs statfsOf(Task task, long deviceId) {
        for (MountInfo mount : mounts.list(spaceOf(task))) {
            Filesystem of = mount.filesystem();
            if (of.deviceId() == deviceId) {
                return of.statfs();
            }
        }
        return null;
    }

    MountSpace spaceOf(Namespace namespace) {
        return (MountSpace) namespace.part(SPACE, () -> firstSpace);
    }

    @Override
    public List<String> filesystemTypes() {
        return trees.types().names();
    }

    /** Writes every file system back: sync(2). */
    public void syncAll() {
        for (Filesystem filesystem : trees.filesystems()) {
            filesystem.sync();
        }
    }

    /** Readies a description that was opened at a place: counts it and watches its end. EROFS. */
    void opened(FileDescription file, Place place) {
        if (file.path() == null) {
            if (isWriter(file)) {
                place.mount().addWriter();
            }
            file.setPath(place);
            place.mount().retain();
            place.mount().tree().retain();
            file.setObserver(this);
        }
    }

    private static boolean isWriter(FileDescription file) {
        return file.isWritable() && FileMode.S_ISREG(file.inode().mode());
    }

    /** A file closed for good: its locks go, watchers are told, the mount is one user less busy. */
    @Override
    public void released(FileDescription file) {
        EpollFile.closed(file);
        AsyncNotices.closed(file);
        Leases.closed(file);
        FileLocks locks = FileLocks.ofExisting(file.inode());
        if (locks != null) {
            locks.closed(file);
        }
        VfsPath path = file.path();
        if (path == null) {
            return;
        }
        Place place = Place.of(path);
        if (notifier.isActive() && (file.flags() & OpenFlags.O_PATH) == 0) {
            tell(
                    place,
                    file.isWritable()
                            ? InotifyFlags.IN_CLOSE_WRITE
                            : InotifyFlags.IN_CLOSE_NOWRITE);
        }
        if (isWriter(file)) {
            place.mount().removeWriter();
        }
        place.mount().release();
        trees.release(place.mount().tree());
    }

    /**
     * Tells watchers of the file at {@code place} and of its directory. Cheap only after {@link
     * Notifier#isActive}.
     */
    public void tell(Place place, int event) {
        Dentry.Link link = place.dentry().link();
        Dentry parent = link.parent();
        @Nullable Inode directory = parent == null ? null : parent.inodeOrNull();
        notifier.happened(directory, link.name(), place.inode(), event, place.dentry().isDead());
    }

    /** As {@link #tell}, for an open file: nothing for one without a path. */
    public void tell(FileDescription file, int event) {
        VfsPath path = file.path();
        if (path != null) {
            tell(Place.of(path), event);
        } else {
            notifier.self(file.inode(), event);
        }
    }

    /**
     * Who owns a file made by {@code who} in {@code directory}: set-group-ID directories pass their
     * group on.
     */
    static Owner ownerIn(Credentials who, Inode directory) {
        boolean inherit = (directory.mode() & FileMode.S_ISGID) != 0;
        return new Owner(who.fsUid(), inherit ? directory.gid() : who.fsGid());
    }

    @Override
    public void close() {
        mounts.clear(firstSpace);
        memoryFiles.close();
        MemoryFiles huge = hugeMemoryFiles;
        if (huge != null) {
            huge.close();
        }
        trees.closeAll();
    }
}
