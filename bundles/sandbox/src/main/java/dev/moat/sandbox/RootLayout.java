package dev.moat.sandbox;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.FileMode;
import dev.moat.abi.MountFlags;
import dev.moat.abi.OpenFlags;
import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostResult;
import dev.moat.api.host.HostStat;
import dev.moat.api.sandbox.SandboxException;
import dev.moat.api.sandbox.SandboxSpec;
import dev.moat.api.sandbox.Volume;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.Vfs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a sandbox sees as its files: a host directory read-only under an in-memory overlay, Moat's
 * own {@code /proc}, {@code /sys}, {@code /dev}, {@code /tmp}, and the operator's volumes.
 *
 * <p>A kernel may have been assembled without some of it. Without the overlay the root is
 * read-only; where a file system of the kernel's own is missing, an empty directory hides what the
 * host has there.
 */
final class RootLayout {
    private static final long PSEUDO =
            MountFlags.MS_NOSUID | MountFlags.MS_NODEV | MountFlags.MS_NOEXEC;
    private static final long MEMORY = MountFlags.MS_NOSUID | MountFlags.MS_NODEV;

    /** Mounts over the root, in order: type, target, flags, options. */
    private static final List<FixedMount> FIXED =
            List.of(
                    new FixedMount("proc", "/proc", PSEUDO, Map.of()),
                    new FixedMount("sysfs", "/sys", PSEUDO | MountFlags.MS_RDONLY, Map.of()),
                    new FixedMount("cgroup2", "/sys/fs/cgroup", PSEUDO, Map.of()),
                    new FixedMount("devtmpfs", "/dev", MountFlags.MS_NOSUID, Map.of("mode", "755")),
                    new FixedMount(
                            "devpts",
                            "/dev/pts",
                            MountFlags.MS_NOSUID | MountFlags.MS_NOEXEC,
                            Map.of("gid", "5", "mode", "620", "ptmxmode", "666")),
                    new FixedMount("tmpfs", "/dev/shm", MEMORY, Map.of("mode", "1777")),
                    new FixedMount("mqueue", "/dev/mqueue", PSEUDO, Map.of()),
                    // Programs test set-id files there, as on a host whose /tmp is part of the
                    // root.
                    new FixedMount("tmpfs", "/tmp", MountFlags.MS_NODEV, Map.of("mode", "1777")));

    /** What the mounts cover of the host's root; a guest's root may unmount them. */
    private static final String HIDDEN = "proc:sys:dev:tmp";

    private final HostFiles host;
    private final SandboxSpec spec;

    RootLayout(HostFiles host, SandboxSpec spec) {
        this.host = host;
        this.spec = spec;
    }

    /**
     * Looks at what the operator named before anything is built.
     *
     * @throws SandboxException 125 with what is wrong
     */
    void check() {
        spec.rootfs().ifPresent(RootLayout::checkRoot);
        for (Volume volume : spec.volumes()) {
            checkVolume(volume);
        }
    }

    void mountAll(Vfs vfs) {
        Set<String> types = Set.copyOf(vfs.filesystemTypes());
        mountRoot(vfs, types.contains("overlay"));
        for (FixedMount mount : FIXED) {
            mount.among(types).ifPresent(available -> mountFixed(vfs, available));
        }
        for (Volume volume : spec.volumes()) {
            mountVolume(vfs, volume);
        }
    }

    private void mountRoot(Vfs vfs, boolean writable) {
        Path root = spec.rootfs().orElse(Path.of("/"));
        String source = HostPaths.bytesOf(root);
        Map<String, String> options =
                isHostRoot(root)
                        ? Map.of("cache", "loose", "hide", HIDDEN)
                        : Map.of("cache", "loose");
        Filesystem lower = vfs.openFilesystem("host", source, options, true, List.of());
        if (!writable) {
            vfs.mountRoot(lower, source, MountFlags.MS_RDONLY);
            return;
        }
        Filesystem upper =
                vfs.openFilesystem("tmpfs", "upper", Map.of("mode", "755"), false, List.of());
        Filesystem merged =
                vfs.openFilesystem(
                        "overlay", "overlay", Map.of(), false, List.of(upper.root(), lower.root()));
        vfs.mountRoot(merged, "overlay", 0);
    }

    /** A root of the operator's own making has below the mounts what it is to have there. */
    private static boolean isHostRoot(Path root) {
        try {
            return Files.isSameFile(root, Path.of("/"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void mountFixed(Vfs vfs, FixedMount mount) {
        try {
            vfs.makeDirectories(mount.target());
        } catch (ErrnoException e) {
            if (e.errno() == Errno.EROFS) {
                // the root has no such directory: nothing to hide and nowhere to mount
                return;
            }
            throw e;
        }
        vfs.mount(mount.type(), mount.type(), mount.target(), mount.options(), mount.flags());
    }

    private void mountVolume(Vfs vfs, Volume volume) {
        String source = HostPaths.bytesOf(volume.hostPath());
        long flags = MEMORY | (volume.readOnly() ? MountFlags.MS_RDONLY : 0);
        try {
            Filesystem filesystem =
                    vfs.openFilesystem("host", source, Map.of(), volume.readOnly(), List.of());
            if (FileMode.S_ISDIR(filesystem.root().mode())) {
                vfs.makeDirectories(volume.guestPath());
            } else {
                vfs.makeFile(volume.guestPath());
            }
            vfs.mount(filesystem, source, volume.guestPath(), flags);
        } catch (ErrnoException e) {
            throw new SandboxException(
                    125,
                    "cannot mount volume "
                            + volume.hostPath()
                            + " at "
                            + volume.guestPath()
                            + ": "
                            + (e.errno() == Errno.EROFS
                                    ? "the root has no such place and is read-only (a kernel without overlay)"
                                    : e.errno().message()),
                    e);
        }
    }

    private static void checkRoot(Path root) {
        if (!Files.exists(root)) {
            throw new SandboxException(
                    125, "no such root: " + root + "; --rootfs wants an existing directory");
        }
        if (!Files.isDirectory(root)) {
            throw new SandboxException(
                    125, "the root " + root + " is not a directory; --rootfs wants a directory");
        }
        if (!Files.isReadable(root) || !Files.isExecutable(root)) {
            throw new SandboxException(
                    125,
                    "the root " + root + " cannot be read by this user; check its permissions");
        }
    }

    private void checkVolume(Volume volume) {
        if (!volume.guestPath().startsWith("/")) {
            throw new SandboxException(
                    125,
                    "volume target '"
                            + volume.guestPath()
                            + "' is not absolute; write -v HOSTDIR:/GUESTDIR");
        }
        if (!Files.exists(volume.hostPath())) {
            throw new SandboxException(125, "no such volume: " + volume.hostPath());
        }
        String path = HostPaths.bytesOf(volume.hostPath());
        int fd =
                host.openAt(HostFiles.AT_FDCWD, path, OpenFlags.O_RDONLY | OpenFlags.O_NONBLOCK, 0);
        if (HostResult.failed(fd)) {
            throw new SandboxException(
                    125,
                    "volume "
                            + volume.hostPath()
                            + " cannot be read by this user; check its permissions");
        }
        try {
            HostStat stat = new HostStat();
            HostResult.orThrow(host.stat(fd, stat));
            if (!FileMode.S_ISDIR(stat.mode) && !FileMode.S_ISREG(stat.mode)) {
                throw new SandboxException(
                        125,
                        "volume "
                                + volume.hostPath()
                                + " is neither a directory nor a regular file");
            }
        } finally {
            host.close(fd);
        }
    }

    private record FixedMount(String type, String target, long flags, Map<String, String> options) {
        /** What to mount there in a kernel with these file system types. */
        Optional<FixedMount> among(Set<String> types) {
            if (types.contains(type)) {
                return Optional.of(this);
            }
            return switch (type) {
                case "proc", "sysfs" ->
                        Optional.of(
                                new FixedMount(
                                        "tmpfs",
                                        target,
                                        PSEUDO | MountFlags.MS_RDONLY,
                                        Map.of("mode", "555")));
                // as in a container: a directory that only root fills
                case "devtmpfs" ->
                        Optional.of(new FixedMount("tmpfs", target, PSEUDO, Map.of("mode", "755")));
                default -> Optional.empty();
            };
        }
    }
}
