package dev.moat.fs.overlay;

import dev.moat.abi.FsMagic;
import dev.moat.abi.Statfs;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.FilesystemType;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.MountRequest;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** One overlay: its layers and the inodes in use. */
@Stateful
final class OverlayFilesystem implements Filesystem {
    private final OverlayFilesystemType type;
    private final long deviceId;
    private final @Nullable Inode upperRoot;
    private final List<Inode> lowerRoots;
    private final Map<String, String> options;
    private final InodeMap inodes = new InodeMap();
    private final OverlayDirectory root;
    private final boolean changesOutside;
    private final AtomicLong orphans = new AtomicLong();

    OverlayFilesystem(OverlayFilesystemType type, MountRequest request) {
        this.type = type;
        this.deviceId = request.deviceId();
        this.options = Map.copyOf(request.options());
        boolean named = options.containsKey("lowerdir") || options.containsKey("lowerdir+");
        boolean withoutUpper = named && !options.containsKey("upperdir");
        List<Inode> layers = request.layers();
        this.upperRoot = withoutUpper ? null : layers.getFirst();
        this.lowerRoots = withoutUpper ? layers : layers.subList(1, layers.size());
        this.changesOutside = layers.stream().anyMatch(layer -> layer.filesystem().isVolatile());
        this.root = new OverlayDirectory(this, null, "", upperRoot, lowerRoots, "");
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
        Statfs real = topLayer().filesystem().statfs();
        return new Statfs(
                FsMagic.OVERLAYFS_SUPER_MAGIC,
                real.blockSizeBytes(),
                real.blocks(),
                real.freeBlocks(),
                real.availableBlocks(),
                real.files(),
                real.freeFiles(),
                real.fsid(),
                real.maxNameBytes(),
                real.fragmentSizeBytes(),
                real.flags());
    }

    @Override
    public void sync() {
        if (upperRoot != null) {
            upperRoot.filesystem().sync();
        }
    }

    @Override
    public boolean hasAcls() {
        return topLayer().filesystem().hasAcls();
    }

    @Override
    public String shownOptions() {
        StringJoiner shown = new StringJoiner(",");
        options.forEach((key, value) -> {
            // an option that was given several times has its values between zeros
            for (String each : value.split("\0", -1)) {
                shown.add(each.isEmpty() ? key : key + "=" + each);
            }
        });
        return shown.toString();
    }

    @Override
    public boolean isVolatile() {
        return changesOutside;
    }

    /** The writable layer's root; null if the overlay is read-only. */
    @Nullable Inode upperRoot() {
        return upperRoot;
    }

    List<Inode> lowerRoots() {
        return lowerRoots;
    }

    InodeMap inodes() {
        return inodes;
    }

    /** A name for a copy of a file that has no name any more. */
    String orphanName() {
        return ".moat-orphan-" + orphans.incrementAndGet();
    }

    private Inode topLayer() {
        return upperRoot != null ? upperRoot : lowerRoots.getFirst();
    }
}
