package dev.moat.net;

import dev.moat.abi.FsMagic;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.UnmountableFilesystem;

/** sockfs: where open sockets have their inodes. */
@Stateful
final class SocketFilesystem implements UnmountableFilesystem {
    private static final long DEVICE = 8;

    @Override
    public String name() {
        return "sockfs";
    }

    @Override
    public long magic() {
        return FsMagic.SOCKFS_MAGIC;
    }

    @Override
    public long deviceId() {
        return DEVICE;
    }
}
