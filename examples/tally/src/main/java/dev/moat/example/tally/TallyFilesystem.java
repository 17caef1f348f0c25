package dev.moat.example.tally;

import dev.moat.abi.Statfs;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.FilesystemType;
import java.util.concurrent.atomic.AtomicLong;

/** One mounted instance. */
@Stateful
final class TallyFilesystem implements Filesystem {
    /** "tall", as statfs(2) shows it. */
    private static final long MAGIC = 0x7461_6c6c;

    private static final int BLOCK_BYTES = 4096;
    private static final int NAME_BYTES = 255;

    private final TallyType type;
    private final long createdNs;
    private final long deviceId;
    private final AtomicLong inodeNumbers = new AtomicLong();
    private final TallyDirectory root;

    TallyFilesystem(TallyType type, long createdNs, long deviceId) {
        this.type = type;
        this.createdNs = createdNs;
        this.deviceId = deviceId;
        this.root = new TallyDirectory(this);
    }

    @Override
    public FilesystemType type() {
        return type;
    }

    @Override
    public TallyDirectory root() {
        return root;
    }

    @Override
    public long deviceId() {
        return deviceId;
    }

    @Override
    public Statfs statfs() {
        return new Statfs(MAGIC, BLOCK_BYTES, 0, 0, 0, 0, 0, deviceId, NAME_BYTES, BLOCK_BYTES, 0);
    }

    @Override
    public void sync() {
        // There is nothing behind it.
    }

    long createdNs() {
        return createdNs;
    }

    long nextInodeNumber() {
        return inodeNumbers.incrementAndGet();
    }
}
