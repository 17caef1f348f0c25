package dev.moat.fs.proc;

import dev.moat.api.vfs.MountInfo;
import dev.moat.api.vfs.VfsPath;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The files of a process that tell of its mounts: proc_pid_mounts(5) and its neighbours. */
enum MountsFormat {
    MOUNTS("mounts", 0444),
    MOUNTINFO("mountinfo", 0444),
    MOUNTSTATS("mountstats", 0400);

    private final String fileName;
    private final int permissions;

    MountsFormat(String fileName, int permissions) {
        this.fileName = fileName;
        this.permissions = permissions;
    }

    /** The one with this file name; null if it is none of them. */
    static @Nullable MountsFormat of(String fileName) {
        for (MountsFormat each : values()) {
            if (each.fileName.equals(fileName)) {
                return each;
            }
        }
        return null;
    }

    String fileName() {
        return fileName;
    }

    /** Mode bits. */
    int permissions() {
        return permissions;
    }

    /** Whether who has it open can wait for changes. */
    boolean tellsChanges() {
        return this != MOUNTSTATS;
    }

    String text(List<MountInfo> mounts, VfsPath root) {
        return switch (this) {
            case MOUNTS -> MountsText.mounts(mounts, root);
            case MOUNTINFO -> MountsText.mountInfo(mounts, root);
            case MOUNTSTATS -> MountsText.mountStatistics(mounts, root);
        };
    }
}
