package dev.moat.fs.tmpfs;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.abi.Ioctls;
import dev.moat.abi.XattrFlags;
import dev.moat.api.cgroup.MemoryAccount;
import dev.moat.api.cgroup.PayingThread;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.AttributeChange;
import dev.moat.api.vfs.Attributes;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.PosixAcl;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** What all files of a tmpfs have: attributes, links, extended attributes. */
@Stateful
abstract class TmpfsInode extends Inode {
    private static final long DAY_NS = 86_400_000_000_000L;

    /** SHMEM_FL_USER_MODIFIABLE. */
    private static final int KEPT_FLAGS =
            Ioctls.FS_IMMUTABLE_FL
                    | Ioctls.FS_APPEND_FL
                    | Ioctls.FS_NODUMP_FL
                    | Ioctls.FS_NOATIME_FL;

    private static final int INHERITED_FLAGS = Ioctls.FS_NODUMP_FL | Ioctls.FS_NOATIME_FL;

    /** An inode with what the VFS keeps of it, without names and attributes. */
    private static final int INODE_BYTES = 768;

    /** An extended attribute: its place in a tree, the headers of name and value. */
    private static final int XATTR_BYTES = 128;

    private final TmpfsFilesystem filesystem;
    private final @Nullable MemoryAccount payer = PayingThread.payer();
    private final long number;
    private final long birthNs;
    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);
    private final AtomicInteger links = new AtomicInteger();

    // Single words that are read without the lock, by permission checks and stat(2).
    private volatile int mode;
    private volatile int uid;
    private volatile int gid;
    private volatile long atimeNs;
    private volatile long mtimeNs;
    private volatile long ctimeNs;

    /** FS_*_FL. */
    private volatile int fileFlags;

    /** Memory of the kernel that is counted for it; guarded by the lock. */
    private long heldBytes;

    /** Sorted by name; replaced as a whole under the lock. */
    private volatile Map<String, byte[]> xattrs = Map.of();

    /** Replaced under the lock, with the mode; null if there is none, as with most files. */
    private volatile @Nullable PosixAcl accessList;

    /** Of directories, see above. */
    private volatile @Nullable PosixAcl defaultList;

    TmpfsInode(TmpfsFilesystem filesystem, int mode, Owner owner) {
        this.filesystem = filesystem;
        this.number = filesystem.newInode(owner);
        this.birthNs = filesystem.nowNs();
        this.mode = mode;
        this.uid = owner.uid();
        this.gid = owner.gid();
        this.atimeNs = birthNs;
        this.mtimeNs = birthNs;
        this.ctimeNs = birthNs;
        boolean held = false;
        try {
            // shmem_get_inode(): no memory is no space.
            hold(INODE_BYTES, Errno.ENOSPC);
            held = true;
        } finally {
            if (!held) {
                filesystem.inodeGone(this);
            }
        }
    }

    /** Memory of the kernel for what the file has; nobody else sees it yet, or with the lock. */
    final void hold(long bytes, Errno refusal) {
        filesystem.hold(payer, bytes, refusal);
        heldBytes += bytes;
    }

    /** Gives memory back that {@link #hold} took. */
    private void drop(long bytes) {
        // What an earlier revision made has nothing.
        long less = Math.min(bytes, heldBytes);
        heldBytes -= less;
        filesystem.drop(payer, less);
    }

    /** It is gone: nothing is counted for it any more. */
    void dropAll() {
        lock.lock();
        try {
            drop(heldBytes);
        } finally {
            lock.unlock();
        }
    }

    final @Nullable MemoryAccount payer() {
        return payer;
    }

    TmpfsFilesystem tmpfs() {
        return filesystem;
    }

    RankedLock lock() {
        return lock;
    }

    @Override
    public final Filesystem filesystem() {
        return filesystem;
    }

    @Override
    public final long number() {
        return number;
    }

    @Override
    public final int mode() {
        return mode;
    }

    @Override
    public final int uid() {
        return uid;
    }

    @Override
    public final int gid() {
        return gid;
    }

    int links() {
        return links.get();
    }

    void linkAdded() {
        links.incrementAndGet();
    }

    /** A name of this inode is gone. */
    void linkRemoved() {
        if (links.decrementAndGet() == 0) {
            lastLinkGone();
        } else {
            touchChange();
        }
    }

    /** No name leads here any more: what nobody has open can be freed. */
    void lastLinkGone() {
        filesystem.inodeGone(this);
    }

    long sizeBytes() {
        return 0;
    }

    long allocatedBytes() {
        return 0;
    }

    long deviceNumber() {
        return 0;
    }

    int linkCount() {
        return links.get();
    }

    @Override
    public Attributes attributes() {
        return new Attributes(
                filesystem.deviceId(),
                number,
                mode,
                linkCount(),
                uid,
                gid,
                deviceNumber(),
                sizeBytes(),
                filesystem.blockBytes(),
                allocatedBytes() / 512,
                atimeNs,
                mtimeNs,
                ctimeNs,
                birthNs);
    }

    @Override
    public void setAttributes(AttributeChange change) {
        lock.lock();
        try {
            long now = filesystem.nowNs();
            changeOwner(change.uid().orElse(uid), change.gid().orElse(gid));
            if (change.permissions().isPresent()) {
                mode = mode & FileMode.S_IFMT | change.permissions().getAsInt() & 07777;
                PosixAcl list = accessList;
                accessList = list == null ? null : list.withMode(mode);
            }
            atimeNs = time(change.atimeNs(), atimeNs, now);
            mtimeNs = time(change.mtimeNs(), mtimeNs, now);
            ctimeNs = now;
        } finally {
            lock.unlock();
        }
    }

    /** EDQUOT if the new owner cannot have it. */
    private void changeOwner(int newUid, int newGid) {
        TmpfsQuotas quotas = filesystem.quotasOrNull();
        if (quotas == null) {
            setOwner(newUid, newGid);
        } else if (newUid != uid || newGid != gid) {
            quotas.transfer(this, newUid, newGid);
        }
    }

    /** With the lock; where there are quotas with theirs as well. */
    void setOwner(int newUid, int newGid) {
        uid = newUid;
        gid = newGid;
    }

    private static long time(OptionalLong wanted, long old, long now) {
        if (wanted.isEmpty()) {
            return old;
        }
        return wanted.getAsLong() == AttributeChange.NOW ? now : wanted.getAsLong();
    }

    /** Content or names changed. */
    void touchContent() {
        long now = filesystem.nowNs();
        mtimeNs = now;
        ctimeNs = now;
    }

    /** Attributes or links changed. */
    void touchChange() {
        ctimeNs = filesystem.nowNs();
    }

    /** Whether a read has to move atime by the rule of relatime; cheap, asked at every read. */
    boolean wantsAtime() {
        return (atimeNs <= mtimeNs || atimeNs <= ctimeNs) && keepsAtime();
    }

    /** Whether reads move atime at all: chattr(1) with A. */
    boolean keepsAtime() {
        return (fileFlags & Ioctls.FS_NOATIME_FL) == 0;
    }

    @Override
    public int fileFlags() {
        return fileFlags;
    }

    @Override
    public int keptFileFlags() {
        return filesystem.hasFileFlags() ? KEPT_FLAGS : 0;
    }

    @Override
    public void setFileFlags(int flags) {
        if ((flags & ~KEPT_FLAGS) != 0) {
            throw Errno.EOPNOTSUPP.exception();
        }
        lock.lock();
        try {
            fileFlags = flags;
            ctimeNs = filesystem.nowNs();
        } finally {
            lock.unlock();
        }
    }

    /** What a new file takes over from its directory: SHMEM_FL_INHERITED. */
    void inheritFlags(TmpfsInode directory) {
        fileFlags = directory.fileFlags & INHERITED_FLAGS;
    }

    void touchAccess() {
        long now = filesystem.nowNs();
        // Later than what it is compared to, however coarse the clock is.
        atimeNs = Math.max(now, Math.max(mtimeNs, ctimeNs) + 1);
    }

    /** At open: relatime also moves an atime that is a day old. */
    void noteOpened() {
        boolean old = filesystem.nowNs() - atimeNs > DAY_NS;
        if (old && keepsAtime()) {
            touchAccess();
        }
    }

    @Override
    public PosixAcl acl(PosixAcl.Kind kind) {
        PosixAcl list = kind == PosixAcl.Kind.ACCESS ? accessList : defaultList;
        return list == null ? PosixAcl.NONE : list;
    }

    @Override
    public void setAcl(PosixAcl.Kind kind, PosixAcl list) {
        lock.lock();
        try {
            setAclLocked(kind, list);
        } finally {
            lock.unlock();
        }
        touchChange();
    }

    private void setAclLocked(PosixAcl.Kind kind, PosixAcl list) {
        if (kind == PosixAcl.Kind.DEFAULT) {
            defaultList = list.isEmpty() ? null : list;
        } else {
            mode = list.modeOver(mode);
            accessList = list.isMode() ? null : list;
        }
    }

    /** Takes what the directory that this new file is made in has for it. */
    void inheritAcls(TmpfsDirectory directory) {
        PosixAcl given = directory.acl(PosixAcl.Kind.DEFAULT);
        if (given.isEmpty() || FileMode.S_ISLNK(mode)) {
            return;
        }
        lock.lock();
        try {
            setAclLocked(PosixAcl.Kind.ACCESS, given.inherited(mode));
            if (FileMode.S_ISDIR(mode)) {
                setAclLocked(PosixAcl.Kind.DEFAULT, given);
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public byte[] getXattr(String name) {
        checkNamespace(name);
        byte[] value = xattrs.get(name);
        if (value == null) {
            throw Errno.ENODATA.exception();
        }
        return value.clone();
    }

    @Override
    public void setXattr(String name, byte[] value, int flags) {
        checkNamespace(name);
        lock.lock();
        try {
            boolean exists = xattrs.containsKey(name);
            if (exists && (flags & XattrFlags.XATTR_CREATE) != 0) {
                throw Errno.EEXIST.exception();
            }
            if (!exists && (flags & XattrFlags.XATTR_REPLACE) != 0) {
                throw Errno.ENODATA.exception();
            }
            Map<String, byte[]> copy = new TreeMap<>(xattrs);
            hold(xattrBytes(name, value), Errno.ENOMEM);
            byte[] former = copy.put(name, value.clone());
            if (former != null) {
                drop(xattrBytes(name, former));
            }
            xattrs = copy;
        } finally {
            lock.unlock();
        }
        touchChange();
    }

    private static long xattrBytes(String name, byte[] value) {
        return XATTR_BYTES + name.length() + (long) value.length;
    }

    @Override
    public void removeXattr(String name) {
        checkNamespace(name);
        lock.lock();
        try {
            Map<String, byte[]> copy = new TreeMap<>(xattrs);
            byte[] former = copy.remove(name);
            if (former == null) {
                throw Errno.ENODATA.exception();
            }
            drop(xattrBytes(name, former));
            xattrs = copy;
        } finally {
            lock.unlock();
        }
        touchChange();
    }

    @Override
    public List<String> listXattrs() {
        List<String> names = new ArrayList<>();
        for (PosixAcl.Kind kind : PosixAcl.Kind.values()) {
            if (!acl(kind).isEmpty()) {
                names.add(kind.attribute());
            }
        }
        names.addAll(xattrs.keySet());
        return names;
    }

    private void checkNamespace(String name) {
        if (name.startsWith(XattrFlags.XATTR_SYSTEM_PREFIX) || !tmpfs().hasXattrs()) {
            throw Errno.EOPNOTSUPP.exception();
        }
    }
}
