package dev.moat.fs.host;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.FileMode;
import dev.moat.abi.OpenFlags;
import dev.moat.abi.Statfs;
import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostResult;
import dev.moat.api.host.HostStat;
import dev.moat.api.host.HostStatfs;
import dev.moat.api.mm.MemoryService.SandboxMemory;
import dev.moat.api.swap.HostBound;
import dev.moat.api.swap.Reopenable;
import dev.moat.api.swap.Restoration;
import dev.moat.api.swap.Stateful;
import dev.moat.api.swap.SwapException;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.FilesystemType;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.MountRequest;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** One host directory tree (or one file) shown to a sandbox. */
@Stateful
final class HostFilesystem implements Filesystem, Reopenable {
    private final HostFilesystemType type;
    private final SandboxMemory memory;
    private final boolean loose;

    /** Directories in the root that show as empty ones. */
    private final Set<String> hidden;

    /** By number: as few as the host has mounts of kernel interfaces. */
    private final Map<Long, HiddenDirectory> hiddenDirectories = new ConcurrentHashMap<>();

    private final boolean readOnly;
    private final long deviceId;
    private final HostFiles files;
    private final DirectoryHandles handles;
    private final InodeTable inodes;
    private final ContentCache contents = new ContentCache();
    private final BounceBuffers bounceBuffers = new BounceBuffers();

    /** What the operator named, as a guest string. */
    private final String source;

    @HostBound("opened by its path")
    private int rootFd;

    private long rootDevice;
    private final HostInode root;

    private HostFilesystem(
            HostFilesystemType type,
            HostFiles files,
            MountRequest request,
            boolean loose,
            Set<String> hidden,
            int rootFd,
            HostStat stat) {
        this.type = type;
        this.files = files;
        this.memory = request.sandbox().memory();
        this.loose = loose;
        this.hidden = hidden;
        this.readOnly = request.readOnly();
        this.deviceId = request.deviceId();
        this.source = request.source();
        this.rootFd = rootFd;
        this.rootDevice = stat.device;
        this.handles = new DirectoryHandles(files);
        this.inodes = new InodeTable(this);
        this.root = inodes.inode(null, "", stat);
    }

    static HostFilesystem open(
            HostFilesystemType type,
            HostFiles files,
            MountRequest request,
            boolean loose,
            Set<String> hidden) {
        HostStat stat = new HostStat();
        int fd = openRoot(files, request.source(), stat);
        try {
            return new HostFilesystem(type, files, request, loose, hidden, fd, stat);
        } catch (ErrnoException e) {
            files.close(fd);
            throw e;
        }
    }

    private static int openRoot(HostFiles files, String source, HostStat stat) {
        int fd = HostResult.orThrow(files.openAt(HostFiles.AT_FDCWD, source, OpenFlags.O_PATH, 0));
        int result = files.stat(fd, stat);
        if (HostResult.failed(result)
                || !FileMode.S_ISDIR(stat.mode) && !FileMode.S_ISREG(stat.mode)) {
            files.close(fd);
            HostResult.orThrow(result);
            throw Errno.ENOTDIR.exception();
        }
        return fd;
    }

    @Override
    public void reopen(Restoration restoration) {
        HostStat stat = new HostStat();
        try {
            rootFd = openRoot(files, source, stat);
        } catch (ErrnoException e) {
            throw new SwapException(
                    "host directory " + source + " cannot be opened: " + e.errno().message(), e);
        }
        if (!root.isSameType(stat.mode)) {
            files.close(rootFd);
            throw new SwapException(source + " is of another kind than when it was written");
        }
        rootDevice = stat.device;
    }

    /** The host path of a name below the root, for operators. */
    String hostPath(String below) {
        return below.isEmpty() ? source : source.equals("/") ? "/" + below : source + "/" + below;
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
        HostStatfs host = files.statfs(rootFd).orElseThrow(() -> Errno.EIO.exception());
        return new Statfs(
                host.type(),
                host.blockSizeBytes(),
                host.blocks(),
                host.freeBlocks(),
                host.availableBlocks(),
                host.files(),
                host.freeFiles(),
                host.fsid(),
                host.nameLength(),
                host.fragmentSizeBytes(),
                readOnly ? host.flags() | 1 : host.flags());
    }

    @Override
    public void sync() {
        contents.writeBackAll();
    }

    @Override
    public boolean isVolatile() {
        return !loose;
    }

    HostFiles files() {
        return files;
    }

    SandboxMemory memory() {
        return memory;
    }

    DirectoryHandles handles() {
        return handles;
    }

    InodeTable inodes() {
        return inodes;
    }

    ContentCache contents() {
        return contents;
    }

    BounceBuffers bounceBuffers() {
        return bounceBuffers;
    }

    boolean isReadOnly() {
        return readOnly;
    }

    boolean isLoose() {
        return loose;
    }

    /** What shows in place of a directory: one object however often it is looked up. */
    HiddenDirectory hiddenDirectory(HostStat stat) {
        return hiddenDirectories.computeIfAbsent(
                HiddenDirectory.numberOf(stat), number -> new HiddenDirectory(this, stat));
    }

    /** Whether the operator does not want to show what is in a directory. */
    boolean hides(HostDirectory parent, String name) {
        return parent == root && hidden.contains(name);
    }

    /** O_PATH descriptor of what the operator gave; lives as long as the instance. */
    int rootFd() {
        return rootFd;
    }

    /** Host device of the root, to tell other host file systems below it. */
    long rootDevice() {
        return rootDevice;
    }

    void close() {
        contents.close();
        handles.close();
        files.close(rootFd);
    }
}
