package dev.moat.fs.erofs;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.abi.Limits;
import dev.moat.abi.Statfs;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Derived;
import dev.moat.api.swap.Restorable;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.FilesystemType;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.MountRequest;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A mounted image, and its inodes that somebody refers to. Lock free. */
@Stateful
final class ErofsFilesystem implements Filesystem, Restorable {
    private static final int MAGIC = 0xe0f5e1e2;

    private final ErofsType type;
    private final Sandbox sandbox;
    private final long deviceId;
    private final Image image;
    private final Superblock superblock;

    @Derived("from what is kept")
    private ConcurrentHashMap<Long, Entry> inodes = new ConcurrentHashMap<>();

    @Derived("a new one")
    private ReferenceQueue<ErofsInode> collected = new ReferenceQueue<>();

    /** Those that live, while they are carried over. */
    private List<ErofsInode> kept = List.of();

    private final ErofsInode root;

    private final boolean withoutAcls;
    private final boolean withoutUserXattrs;

    /** None: that of the kernel's choice. */
    private final @Nullable String cacheStrategy;

    @Derived("read when it is asked for")
    private volatile @Nullable Packing packing;

    @Derived("read when they are asked for")
    private volatile @Nullable List<XattrPrefix> prefixes;

    @Derived("unpacked when they are asked for")
    private UnpackedClusters unpacked = new UnpackedClusters();

    ErofsFilesystem(ErofsType type, MountRequest request, Image image) {
        this.type = type;
        this.sandbox = request.sandbox();
        this.deviceId = request.deviceId();
        this.image = image;
        this.superblock = Superblock.read(image);
        this.withoutAcls = request.options().containsKey("noacl");
        this.withoutUserXattrs = request.options().containsKey("nouser_xattr");
        this.cacheStrategy = request.options().get("cache_strategy");
        packing();
        this.root = inode(superblock.rootNode());
        if (!FileMode.S_ISDIR(root.mode())) {
            throw Errno.EINVAL.exception();
        }
    }

    Image image() {
        return image;
    }

    Superblock superblock() {
        return superblock;
    }

    Packing packing() {
        Packing known = packing;
        if (known == null) {
            known = Packing.of(Superblock.bytes(image));
            packing = known;
        }
        return known;
    }

    /** Beginnings of names of extended attributes; EUCLEAN. */
    List<XattrPrefix> prefixes() {
        List<XattrPrefix> known = prefixes;
        if (known == null) {
            known = XattrPrefix.readAll(this);
            prefixes = known;
        }
        return known;
    }

    UnpackedClusters unpacked() {
        return unpacked;
    }

    /** The file that has the ends of others: EUCLEAN if there is none. */
    ErofsInode fragments() {
        long id = packing().packedNode();
        if (id == 0) {
            throw Errno.EUCLEAN.exception();
        }
        return inode(id);
    }

    boolean hasUserXattrs() {
        return !withoutUserXattrs;
    }

    @Override
    public boolean allowsIdMaps() {
        return true;
    }

    @Override
    public boolean hasAcls() {
        return !withoutAcls;
    }

    Sandbox sandbox() {
        return sandbox;
    }

    void close() {
        image.close();
    }

    /** The inode at that place: EUCLEAN, EOPNOTSUPP. */
    ErofsInode inode(long id) {
        for (Object gone = collected.poll(); gone != null; gone = collected.poll()) {
            Entry entry = (Entry) gone;
            inodes.remove(entry.id, entry);
        }
        ErofsInode known = living(inodes.get(id));
        if (known != null) {
            return known;
        }
        Node node = Node.read(image, superblock, id);
        ErofsInode fresh =
                FileMode.S_ISDIR(node.mode())
                        ? new ErofsDirectory(this, node)
                        : new ErofsFile(this, node);
        Entry entry = new Entry(fresh, collected);
        Entry there =
                inodes.compute(id, (key, old) -> old != null && old.get() != null ? old : entry);
        ErofsInode inode = living(there);
        return inode != null ? inode : fresh;
    }

    private static @Nullable ErofsInode living(@Nullable Entry entry) {
        return entry == null ? null : entry.get();
    }

    @Override
    public FilesystemType type() {
        return type;
    }

    @Override
    public Inode root() {
        return root;
    }

    @Override
    public long deviceId() {
        return deviceId;
    }

    @Override
    public Statfs statfs() {
        return new Statfs(
                Integer.toUnsignedLong(MAGIC),
                superblock.blockBytes(),
                superblock.blocks(),
                0,
                0,
                -1,
                -1 - superblock.inodes(),
                deviceId,
                Limits.NAME_MAX,
                superblock.blockBytes(),
                0);
    }

    @Override
    public void sync() {
        // Nothing is written.
    }

    @Override
    public boolean isImmutable() {
        return true;
    }

    @Override
    public String shownOptions() {
        return (withoutUserXattrs ? "nouser_xattr" : "user_xattr")
                + (withoutAcls ? ",noacl" : ",acl")
                + ",cache_strategy="
                + (cacheStrategy == null ? "readaround" : cacheStrategy);
    }

    @Override
    public void saving() {
        List<ErofsInode> living = new ArrayList<>();
        for (Entry entry : inodes.values()) {
            ErofsInode inode = entry.get();
            if (inode != null) {
                living.add(inode);
            }
        }
        kept = living;
    }

    @Override
    public void restored() {
        collected = new ReferenceQueue<>();
        inodes = new ConcurrentHashMap<>();
        unpacked = new UnpackedClusters();
        for (ErofsInode inode : kept) {
            inodes.put(inode.node().id(), new Entry(inode, collected));
        }
        kept = List.of();
    }

    private static final class Entry extends WeakReference<ErofsInode> {
        private final long id;

        Entry(ErofsInode inode, ReferenceQueue<ErofsInode> queue) {
            super(inode, queue);
            this.id = inode.node().id();
        }
    }
}
