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
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.FilesystemType;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.MountRequest;

/** One host directory tree (or one file) shown to a sandbox. */
@Stateful
final class HostFilesystem implements Filesystem {
    private final HostFilesystemType type;
    private final SandboxMemory memory;
    private final boolean loose;
    private final boolean readOnly;
    private final long deviceId;
    private final HostFiles files;
    private final DirectoryHandles handles;
    private final InodeTable inodes;
    private final ContentCache contents = new ContentCache();
    private final BounceBuffers bounceBuffers = new BounceBuffers();
    private final int rootFd;
    private final long rootDevice;
    private final HostInode root;

    private HostFilesystem(
            HostFilesystemType type,
            HostFiles files,
            MountRequest request,
            boolean loose,
            int rootFd,
            HostStat stat) {
        this.type = type;
        this.files = files;
        this.memory = request.sandbox().memory();
        this.loose = loose;
        this.readOnly = request.readOnly();
        this.deviceId = request.deviceId();
        this.rootFd = rootFd;
        this.rootDevice = stat.device;
        this.handles = new DirectoryHandles(files);
        this.inodes = new InodeTable(this);
        this.root = inodes.inode(null, "", stat);
    }

    static HostFilesystem open(
            HostFilesystemType type, HostFiles files, MountRequest request, boolean loose) {
        int fd =
                HostResult.orThrow(
                        files.openAt(HostFiles.AT_FDCWD, request.source(), OpenFlags.O_PATH, 0));
        try {
            HostStat stat = new HostStat();
            HostResult.orThrow(files.stat(fd, stat));
            if (!FileMode.S_ISDIR(stat.mode) && !FileMode.S_ISREG(stat.mode)) {
                throw Errno.ENOTDIR.exception();
            }
            return new HostFilesystem(type, files, request, loose, fd, stat);
        } catch (ErrnoException e) {
            files.close(fd);
            throw e;
        }
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
