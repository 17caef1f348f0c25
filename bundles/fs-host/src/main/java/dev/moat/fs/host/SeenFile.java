package dev.moat.fs.host;

import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostResult;
import dev.moat.api.host.HostStat;
import dev.moat.api.swap.SwapException;

/** What tells whether a host file is the same as when a checkpoint was written. */
record SeenFile(long sizeBytes, long modifiedNs) {
    private static final long NS = 1_000_000_000L;

    static final SeenFile NEVER = new SeenFile(-1, -1);

    /**
     * @throws SwapException another kernel host would not find it by its name
     */
    static SeenFile requireNamed(HostInode inode, int fd) {
        HostFiles files = inode.files();
        HostStat stat = new HostStat();
        HostResult.orThrow(files.stat(fd, stat));
        if (stat.linkCount == 0) {
            throw new SwapException(
                    "host file "
                            + inode.hostPath()
                            + " was deleted while it is in use: it cannot be opened again");
        }
        return of(stat);
    }

    /**
     * @throws SwapException the file behind {@code fd} is another one
     */
    void requireUnchanged(HostInode inode, int fd) {
        if (!isUnchanged(inode, fd)) {
            throw new SwapException(
                    "host file " + inode.hostPath() + " has changed since the checkpoint");
        }
    }

    boolean isUnchanged(HostInode inode, int fd) {
        HostStat stat = new HostStat();
        HostResult.orThrow(inode.files().stat(fd, stat));
        return equals(of(stat));
    }

    private static SeenFile of(HostStat stat) {
        return new SeenFile(stat.sizeBytes, stat.modifyTimeSeconds * NS + stat.modifyTimeNanos);
    }
}
