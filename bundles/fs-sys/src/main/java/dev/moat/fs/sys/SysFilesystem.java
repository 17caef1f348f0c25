package dev.moat.fs.sys;

import dev.moat.abi.FsMagic;
import dev.moat.abi.Statfs;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.FilesystemType;
import java.util.concurrent.atomic.AtomicLong;

/** One mounted {@code sysfs}. */
@Stateful
final class SysFilesystem implements Filesystem {
    private static final int BLOCK_BYTES = 4096;

    private final SysfsType type;
    private final long deviceId;
    private final long createdNs;
    private final AtomicLong inodeNumbers = new AtomicLong();
    private final SysDirectory root;

    SysFilesystem(SysfsType type, Sandbox sandbox, long deviceId) {
        this.type = type;
        this.deviceId = deviceId;
        this.createdNs = sandbox.clock().realtimeNs();
        this.root = new SysDirectory(this);
    }

    @Override
    public FilesystemType type() {
        return type;
    }

    @Override
    public SysDirectory root() {
        return root;
    }

    @Override
    public long deviceId() {
        return deviceId;
    }

    @Override
    public Statfs statfs() {
        return new Statfs(
                FsMagic.SYSFS_MAGIC, BLOCK_BYTES, 0, 0, 0, 0, 0, deviceId, 255, BLOCK_BYTES, 0);
    }

    @Override
    public void sync() {}

    long createdNs() {
        return createdNs;
    }

    long nextInodeNumber() {
        return inodeNumbers.incrementAndGet();
    }

    @Override
    public boolean opensDirect() {
        return false;
    }
}
