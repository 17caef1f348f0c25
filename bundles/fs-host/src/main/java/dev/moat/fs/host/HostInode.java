package dev.moat.fs.host;

import dev.moat.abi.At;
import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.abi.OpenFlags;
import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostResult;
import dev.moat.api.host.HostStat;
import dev.moat.api.swap.Reopenable;
import dev.moat.api.swap.Restoration;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.AttributeChange;
import dev.moat.api.vfs.Attributes;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.Inode;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.IntToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * A host file by identity and by the name under which it was last seen. The identity is device,
 * inode number and, where the host's file system keeps it, the time of birth: the host gives the
 * number of a file that is gone to the next one.
 */
@Stateful
abstract class HostInode extends Inode implements Reopenable {
    private static final long NS = 1_000_000_000L;
    private static final long UTIME_NOW = 0x3fffffff;
    private static final long UTIME_OMIT = 0x3ffffffe;

    private final HostFilesystem filesystem;

    /** Host identity. Volatile: another one if the sandbox comes back on another host. */
    private volatile long device;

    private volatile long inode;

    /** Nanoseconds since the epoch; 0 if the host does not tell. */
    private volatile long birthNs;

    /** Where it was last seen; changed by rename. Null for the root only. */
    private volatile @Nullable HostDirectory parent;

    private volatile String name;

    /** From the last stat: what permission checks want without a host call. */
    private volatile int mode;

    private volatile int uid;
    private volatile int gid;

    /** Kept in loose mode, where nobody else changes the file. */
    private volatile @Nullable Attributes cached;

    HostInode(
            HostFilesystem filesystem, @Nullable HostDirectory parent, String name, HostStat stat) {
        this.filesystem = filesystem;
        this.parent = parent;
        this.name = name;
        this.device = stat.device;
        this.inode = stat.inode;
        this.birthNs = birthNs(stat);
        learn(stat);
    }

    private static long birthNs(HostStat stat) {
        return stat.birthTimeSeconds * NS + stat.birthTimeNanos;
    }

    @Override
    public final Filesystem filesystem() {
        return filesystem;
    }

    final HostFilesystem host() {
        return filesystem;
    }

    final HostFiles files() {
        return filesystem.files();
    }

    final @Nullable HostDirectory parent() {
        return parent;
    }

    final String name() {
        return name;
    }

    /** Whether {@code directory} and {@code ownName} are where it was last seen. */
    final boolean isAt(HostDirectory directory, String ownName) {
        return parent == directory && name.equals(ownName);
    }

    final void moved(@Nullable HostDirectory newParent, String newName) {
        parent = newParent;
        name = newName;
    }

    final long device() {
        return device;
    }

    /** The inode number on the host. */
    final long hostNumber() {
        return inode;
    }

    @Override
    public final Stage stage() {
        return Stage.NAMES;
    }

    /**
     * Looks what has the name now. If nothing of the kind has, this is a file that is gone: using
     * it fails as it does when somebody else removes it.
     */
    @Override
    public final void reopen(Restoration restoration) {
        HostStat stat = new HostStat();
        HostDirectory directory = parent;
        int result =
                directory == null
                        ? files().stat(filesystem.rootFd(), stat)
                        : files().stat(
                                        filesystem.rootFd(),
                                        pathBelowRoot(),
                                        At.AT_SYMLINK_NOFOLLOW | At.AT_NO_AUTOMOUNT,
                                        stat);
        if (!HostResult.failed(result) && isSameType(stat.mode)) {
            device = stat.device;
            inode = stat.inode;
            birthNs = birthNs(stat);
            learn(stat);
        }
    }

    /** Where it was last seen, for operators. */
    final String hostPath() {
        return filesystem.hostPath(pathBelowRoot());
    }

    private String pathBelowRoot() {
        HostDirectory directory = parent;
        if (directory == null) {
            return "";
        }
        String above = ((HostInode) directory).pathBelowRoot();
        return above.isEmpty() ? name : above + "/" + name;
    }

    final boolean isSame(HostStat stat) {
        long known = birthNs;
        long told = birthNs(stat);
        return stat.device == device
                && stat.inode == inode
                && (known == told || known == 0 || told == 0);
    }

    final boolean isSameType(int otherMode) {
        return (mode & FileMode.S_IFMT) == (otherMode & FileMode.S_IFMT);
    }

    @Override
    public final long number() {
        // Files of other host file systems below the root get numbers of their own.
        return device == filesystem.rootDevice() ? inode : inode ^ Long.rotateLeft(device, 40);
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

    @Override
    public Attributes attributes() {
        Attributes known = cached;
        if (known != null) {
            return known;
        }
        HostStat stat = new HostStat();
        statNow(stat);
        return learn(stat);
    }

    /** Takes over what a stat said. */
    final Attributes learn(HostStat stat) {
        mode = stat.mode;
        uid = stat.uid;
        gid = stat.gid;
        Attributes attributes =
                new Attributes(
                        filesystem.deviceId(),
                        number(),
                        stat.mode,
                        stat.linkCount,
                        stat.uid,
                        stat.gid,
                        stat.rawDevice,
                        stat.sizeBytes,
                        stat.blockSizeBytes,
                        stat.blocks,
                        stat.accessTimeSeconds * NS + stat.accessTimeNanos,
                        stat.modifyTimeSeconds * NS + stat.modifyTimeNanos,
                        stat.changeTimeSeconds * NS + stat.changeTimeNanos,
                        birthNs(stat) == 0 ? Long.MIN_VALUE : birthNs(stat));
        cached = filesystem.isLoose() ? attributes : null;
        return attributes;
    }

    /** Fills {@code stat} by a host call. */
    final void statNow(HostStat stat) {
        HostResult.orThrow((int) onDescriptor(fd -> files().stat(fd, stat)));
    }

    @Override
    public void setAttributes(AttributeChange change) {
        checkWritable();
        onDescriptor(fd -> {
            if (change.uid().isPresent() || change.gid().isPresent()) {
                HostResult.orThrow(
                        files().changeOwner(
                                        fd,
                                        "",
                                        change.uid().orElse(-1),
                                        change.gid().orElse(-1),
                                        At.AT_EMPTY_PATH));
            }
            if (change.permissions().isPresent() && !FileMode.S_ISLNK(mode)) {
                HostResult.orThrow(files().changeMode(fd, change.permissions().getAsInt()));
            }
            if (change.atimeNs().isPresent() || change.mtimeNs().isPresent()) {
                setTimes(fd, change.atimeNs(), change.mtimeNs());
            }
            return 0;
        });
        HostStat stat = new HostStat();
        statNow(stat);
        learn(stat);
    }

    private void setTimes(int fd, OptionalLong atime, OptionalLong mtime) {
        HostResult.orThrow(
                files().setTimes(
                                fd,
                                "",
                                seconds(atime),
                                nanos(atime),
                                seconds(mtime),
                                nanos(mtime),
                                At.AT_EMPTY_PATH));
    }

    private static long seconds(OptionalLong time) {
        return time.isPresent() && time.getAsLong() != AttributeChange.NOW
                ? Math.floorDiv(time.getAsLong(), NS)
                : 0;
    }

    private static long nanos(OptionalLong time) {
        if (time.isEmpty()) {
            return UTIME_OMIT;
        }
        return time.getAsLong() == AttributeChange.NOW
                ? UTIME_NOW
                : Math.floorMod(time.getAsLong(), NS);
    }

    @Override
    public byte[] getXattr(String attribute) {
        return HostXattrs.get(this, attribute);
    }

    @Override
    public void setXattr(String attribute, byte[] value, int flags) {
        checkWritable();
        HostXattrs.set(this, attribute, value, flags);
    }

    @Override
    public void removeXattr(String attribute) {
        checkWritable();
        HostXattrs.remove(this, attribute);
    }

    @Override
    public List<String> listXattrs() {
        return HostXattrs.list(this);
    }

    final void checkWritable() {
        if (filesystem.isReadOnly()) {
            throw Errno.EROFS.exception();
        }
    }

    /** Runs {@code use} with a descriptor of this file (O_PATH or better) and gives its result. */
    long onDescriptor(IntToLongFunction use) {
        if (parent == null) {
            return use.applyAsLong(filesystem.rootFd());
        }
        int fd = openSelf(OpenFlags.O_PATH);
        try {
            return use.applyAsLong(fd);
        } finally {
            files().close(fd);
        }
    }

    /**
     * Opens this very file under the name it was last seen.
     *
     * @return a descriptor owned by the caller
     * @throws dev.moat.abi.ErrnoException ESTALE if the name now leads to another file; what the
     *     host gives
     */
    final int openSelf(int flags) {
        HostDirectory directory = parent;
        if (directory == null) {
            return HostResult.orThrow(
                    files().openAt(
                                    HostFiles.AT_FDCWD,
                                    "/proc/self/fd/" + filesystem.rootFd(),
                                    flags,
                                    0));
        }
        int directoryFd = filesystem.handles().acquire(directory);
        int fd;
        try {
            fd =
                    HostResult.orThrow(
                            files().openAt2(
                                            directoryFd,
                                            name,
                                            flags | OpenFlags.O_NOFOLLOW,
                                            0,
                                            HostFiles.RESOLVE_BENEATH
                                                    | HostFiles.RESOLVE_NO_MAGICLINKS));
        } finally {
            filesystem.handles().release(directory);
        }
        HostStat stat = new HostStat();
        if (HostResult.failed(files().stat(fd, stat)) || !isSame(stat)) {
            files().close(fd);
            throw Errno.ESTALE.exception();
        }
        return fd;
    }
}
