package dev.moat.fs.proc;

import dev.moat.abi.DeviceNumbers;
import dev.moat.abi.MountFlags;
import dev.moat.api.vfs.MountInfo;
import dev.moat.api.vfs.VfsPath;
import java.util.List;
import java.util.StringJoiner;

/**
 * {@code mounts}, {@code mountinfo} and {@code mountstats}: what is below a root, as seen from
 * there.
 */
final class MountsText {
    private MountsText() {}

    static String mounts(List<MountInfo> mounts, VfsPath root) {
        StringBuilder out = new StringBuilder();
        for (MountInfo mount : mounts) {
            String point = mount.mountPointFrom(root);
            if (point == null) {
                continue;
            }
            out.append(escaped(mount.source())).append(' ');
            out.append(escaped(point)).append(' ');
            out.append(mount.filesystem().type().name()).append(' ');
            boolean readOnly = mount.isReadOnly() || mount.isFilesystemReadOnly();
            out.append(mountOptions(mount, readOnly));
            out.append(filesystemOptions(mount)).append(" 0 0\n");
        }
        return out.toString();
    }

    /** proc_pid_mountinfo(5). */
    static String mountInfo(List<MountInfo> mounts, VfsPath root) {
        StringBuilder out = new StringBuilder();
        for (MountInfo mount : mounts) {
            String point = mount.mountPointFrom(root);
            if (point == null) {
                continue;
            }
            long device = mount.filesystem().deviceId();
            out.append(mount.id()).append(' ').append(mount.parentId()).append(' ');
            out.append(DeviceNumbers.major(device)).append(':').append(DeviceNumbers.minor(device));
            out.append(' ').append(escaped(mount.rootPath()));
            out.append(' ').append(escaped(point));
            out.append(' ').append(mountOptions(mount, mount.isReadOnly()));
            mount.propagation().forEach(tag -> out.append(' ').append(tag));
            out.append(" - ");
            out.append(mount.filesystem().type().name()).append(' ');
            out.append(escaped(mount.source())).append(' ');
            out.append(mount.isFilesystemReadOnly() ? "ro" : "rw").append(filesystemOptions(mount));
            out.append('\n');
        }
        return out.toString();
    }

    /** No file system tells statistics: show_vfsstat(), fs/proc_namespace.c. */
    static String mountStatistics(List<MountInfo> mounts, VfsPath root) {
        StringBuilder out = new StringBuilder();
        for (MountInfo mount : mounts) {
            String point = mount.mountPointFrom(root);
            if (point == null) {
                continue;
            }
            out.append("device ").append(escaped(mount.source()));
            out.append(" mounted on ").append(escaped(point));
            out.append(" with fstype ").append(mount.filesystem().type().name()).append('\n');
        }
        return out.toString();
    }

    private static String mountOptions(MountInfo mount, boolean readOnly) {
        StringJoiner options = new StringJoiner(",");
        options.add(readOnly ? "ro" : "rw");
        option(options, mount, MountFlags.MS_NOSUID, "nosuid");
        option(options, mount, MountFlags.MS_NODEV, "nodev");
        option(options, mount, MountFlags.MS_NOEXEC, "noexec");
        option(options, mount, MountFlags.MS_NOATIME, "noatime");
        option(options, mount, MountFlags.MS_NODIRATIME, "nodiratime");
        option(options, mount, MountFlags.MS_RELATIME, "relatime");
        option(options, mount, MountFlags.MS_NOSYMFOLLOW, "nosymfollow");
        if (mount.idMap() != null) {
            options.add("idmapped");
        }
        return options.toString();
    }

    private static void option(StringJoiner options, MountInfo mount, long flag, String name) {
        if ((mount.flags() & flag) != 0) {
            options.add(name);
        }
    }

    private static String filesystemOptions(MountInfo mount) {
        String shown = mount.filesystem().shownOptions();
        return shown.isEmpty() ? "" : "," + shown;
    }

    /** Space, tab, newline and backslash as octal, fs/proc_namespace.c. */
    private static String escaped(String text) {
        return text.replace("\\", "\\134")
                .replace(" ", "\\040")
                .replace("\t", "\\011")
                .replace("\n", "\\012");
    }
}
