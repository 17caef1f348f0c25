package dev.moat.vfs.anon;

import dev.moat.abi.FileMode;
import dev.moat.api.swap.Stateful;
import dev.moat.api.time.Clock;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.UnmountableFilesystem;
import java.util.concurrent.atomic.AtomicLong;

/** One of pipefs, anon_inodefs...: no names, mounted nowhere, inodes only. */
@Stateful
public final class KernelFilesystem implements UnmountableFilesystem {
    private final String name;
    private final long magic;
    private final long deviceId;
    private final Clock clock;
    private final AtomicLong inodes = new AtomicLong();
    private final AnonymousInode root;

    public KernelFilesystem(String name, long magic, long deviceId, Clock clock) {
        this.name = name;
        this.magic = magic;
        this.deviceId = deviceId;
        this.clock = clock;
        this.root = new AnonymousInode(this, FileMode.S_IFDIR | 0555, 0, 0);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long magic() {
        return magic;
    }

    @Override
    public Inode root() {
        return root;
    }

    @Override
    public long deviceId() {
        return deviceId;
    }

    long nextInode() {
        return inodes.incrementAndGet();
    }

    long nowNs() {
        return clock.realtimeNs();
    }
}
