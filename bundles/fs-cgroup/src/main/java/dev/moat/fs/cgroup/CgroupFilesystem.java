package dev.moat.fs.cgroup;

import dev.moat.abi.FsMagic;
import dev.moat.abi.Statfs;
import dev.moat.api.cgroup.Cgroup;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.FilesystemType;

/** The hierarchy from one group downwards. All mounts of a sandbox show the same inodes. */
@Stateful
final class CgroupFilesystem implements Filesystem, AutoCloseable {
    private static final int BLOCK_BYTES = 4096;

    private final CgroupType type;
    private final Sandbox sandbox;
    private final Cgroup root;
    private final long deviceId;

    CgroupFilesystem(CgroupType type, Sandbox sandbox, Cgroup root, long deviceId) {
        this.type = type;
        this.sandbox = sandbox;
        this.root = root;
        this.deviceId = deviceId;
    }

    /** The same with another root. */
    CgroupFilesystem at(Cgroup other) {
        return new CgroupFilesystem(type, sandbox, other, deviceId);
    }

    Sandbox sandbox() {
        return sandbox;
    }

    @Override
    public FilesystemType type() {
        return type;
    }

    @Override
    public CgroupDirectory root() {
        return CgroupDirectory.of(this, root);
    }

    @Override
    public long deviceId() {
        return deviceId;
    }

    @Override
    public Statfs statfs() {
        return new Statfs(
                FsMagic.CGROUP2_SUPER_MAGIC,
                BLOCK_BYTES,
                0,
                0,
                0,
                0,
                0,
                deviceId,
                255,
                BLOCK_BYTES,
                0);
    }

    @Override
    public void sync() {}

    @Override
    public String shownOptions() {
        return "nsdelegate";
    }

    /** A number is that of one group, or of one of its files, for good. */
    @Override
    public boolean hasHandles() {
        return true;
    }

    @Override
    public boolean hasNumbersAsHandles() {
        return true;
    }

    /** Files come and go with controllers, and groups by mounts elsewhere. */
    @Override
    public boolean isVolatile() {
        return true;
    }

    @Override
    public void close() {}

    @Override
    public boolean opensDirect() {
        return false;
    }
}
