package dev.moat.fs.dev;

import dev.moat.abi.FileMode;
import dev.moat.abi.FsMagic;
import dev.moat.abi.Statfs;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.FilesystemType;
import dev.moat.api.vfs.Inode.Owner;
import dev.moat.api.vfs.MountRequest;
import java.util.concurrent.atomic.AtomicLong;

/** One {@code devtmpfs}: a tree of directories, links and nodes in memory. */
@Stateful
final class DevFilesystem implements Filesystem {
    private static final int BLOCK_BYTES = 4096;

    private final DevtmpfsType type;
    private final Sandbox sandbox;
    private final long deviceId;
    private final int rootMode;
    private final AtomicLong inodeNumbers = new AtomicLong();
    private final DevDirectory root;

    DevFilesystem(DevtmpfsType type, MountRequest request, int rootMode) {
        this.type = type;
        this.sandbox = request.sandbox();
        this.deviceId = request.deviceId();
        this.rootMode = rootMode;
        this.root = new DevDirectory(this, FileMode.S_IFDIR | rootMode, new Owner(0, 0), null);
    }

    @Override
    public FilesystemType type() {
        return type;
    }

    @Override
    public DevDirectory root() {
        return root;
    }

    @Override
    public long deviceId() {
        return deviceId;
    }

    @Override
    public Statfs statfs() {
        return new Statfs(
                FsMagic.TMPFS_MAGIC, BLOCK_BYTES, 0, 0, 0, 0, 0, deviceId, 255, BLOCK_BYTES, 0);
    }

    @Override
    public void sync() {}

    @Override
    public String shownOptions() {
        return "mode=" + Integer.toOctalString(rootMode);
    }

    Sandbox sandbox() {
        return sandbox;
    }

    long nextInodeNumber() {
        return inodeNumbers.incrementAndGet();
    }
}
