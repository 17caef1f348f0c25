package dev.moat.fs.tmpfs;

import dev.moat.abi.FsMagic;
import dev.moat.abi.Limits;
import dev.moat.abi.MemoryFlags;
import dev.moat.abi.Statfs;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.FilesystemType;
import dev.moat.api.vfs.MountRequest;
import java.util.Map;

/** One ramfs: a tmpfs without limits, attributes, lists and handles. Source: fs/ramfs/inode.c. */
@Stateful
final class RamfsFilesystem extends TmpfsFilesystem {
    RamfsFilesystem(FilesystemType type, MountRequest request, TmpfsOptions options) {
        super(type, request, options);
    }

    /** simple_statfs() knows of no sizes. */
    @Override
    public Statfs statfs() {
        return new Statfs(
                Integer.toUnsignedLong(FsMagic.RAMFS_MAGIC),
                MemoryFlags.PAGE_SIZE,
                0,
                0,
                0,
                0,
                0,
                deviceId(),
                Limits.NAME_MAX,
                MemoryFlags.PAGE_SIZE,
                0);
    }

    @Override
    public boolean hasAcls() {
        return false;
    }

    @Override
    boolean hasXattrs() {
        return false;
    }

    @Override
    public boolean hasHandles() {
        return false;
    }

    /** Options of a remount are not looked at. */
    @Override
    public boolean reconfigure(Map<String, String> changed) {
        return true;
    }

    @Override
    public boolean allowsIdMaps() {
        return false;
    }
}
