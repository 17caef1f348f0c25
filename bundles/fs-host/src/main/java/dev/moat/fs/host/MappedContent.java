package dev.moat.fs.host;

import dev.moat.abi.ErrnoException;
import dev.moat.abi.OpenFlags;
import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostResult;
import dev.moat.api.host.HostStat;
import dev.moat.api.mm.FilePager;
import dev.moat.api.mm.FilePages;
import dev.moat.api.swap.HostBound;
import dev.moat.api.swap.Reopenable;
import dev.moat.api.swap.Restoration;
import dev.moat.api.swap.Stateful;
import java.lang.foreign.MemorySegment;

/**
 * The pages of a mapped host file in the memory file, and the descriptor that fills and cleans
 * them. The host file itself is never mapped: somebody else may truncate it, and the fault would
 * end the kernel host.
 */
@Stateful
final class MappedContent implements FilePager, Reopenable {
    private final HostRegular inode;
    private final HostFiles files;

    @HostBound("opened by its path")
    private int fd;

    /** When a checkpoint was written. */
    private SeenFile seen = SeenFile.NEVER;

    private final boolean writable;
    private final FilePages pages;

    /** What the host file looked like when its pages were last known to be right. */
    private volatile long knownMtimeNs;

    private MappedContent(HostRegular inode, int fd, boolean writable, HostStat stat) {
        this.inode = inode;
        this.files = inode.files();
        this.fd = fd;
        this.writable = writable;
        this.knownMtimeNs = mtimeNs(stat);
        this.pages = inode.host().memory().newFilePages(this, stat.sizeBytes);
    }

    static MappedContent open(HostRegular inode) {
        int fd = -1;
        boolean writable = !inode.host().isReadOnly();
        if (writable) {
            try {
                fd = inode.openSelf(OpenFlags.O_RDWR | OpenFlags.O_NONBLOCK);
            } catch (ErrnoException e) {
                // The host lets this user read only: shared writing was refused at open(2) already.
                writable = false;
            }
        }
        if (fd < 0) {
            fd =
                    (int)
                            inode.onDescriptor(open ->
                                    HostResult.orThrow(
                                            inode.files()
                                                    .openAt(
                                                            HostFiles.AT_FDCWD,
                                                            "/proc/self/fd/" + open,
                                                            OpenFlags.O_RDONLY
                                                                    | OpenFlags.O_NONBLOCK,
                                                            0)));
        }
        HostStat stat = new HostStat();
        HostResult.orThrow(inode.files().stat(fd, stat));
        return new MappedContent(inode, fd, writable, stat);
    }

    /** A file that nobody uses any more need not be there: its pages are only a cache. */
    @Override
    public void checkpointing() {
        if (isUsed()) {
            seen = SeenFile.requireNamed(inode, fd);
        }
    }

    @Override
    public Stage stage() {
        return Stage.FILES;
    }

    @Override
    public void reopen(Restoration restoration) {
        fd = inode.openAgain((writable ? OpenFlags.O_RDWR : 0) | OpenFlags.O_NONBLOCK);
        if (isUsed()) {
            seen.requireUnchanged(inode, fd);
        } else {
            refresh();
        }
    }

    private boolean isUsed() {
        return pages.isMapped() || inode.isOpen();
    }

    FilePages pages() {
        return pages;
    }

    /**
     * Close-to-open consistency: forgets the pages if the host file changed behind the sandbox'
     * back.
     */
    void refresh() {
        HostStat stat = new HostStat();
        if (HostResult.failed(files.stat(fd, stat))) {
            return;
        }
        long mtimeNs = mtimeNs(stat);
        if (mtimeNs != knownMtimeNs || stat.sizeBytes != pages.sizeBytes()) {
            knownMtimeNs = mtimeNs;
            if (stat.sizeBytes != pages.sizeBytes()) {
                pages.truncate(stat.sizeBytes);
            }
            pages.drop(0, stat.sizeBytes);
        }
    }

    /** The sandbox itself wrote: what the host file looks like now is what the pages say. */
    void noteWritten() {
        HostStat stat = new HostStat();
        if (!HostResult.failed(files.stat(fd, stat))) {
            knownMtimeNs = mtimeNs(stat);
        }
    }

    /** Whether no name leads to the file any more: nobody can open it anew. */
    boolean isUnlinked() {
        HostStat stat = new HostStat();
        return !HostResult.failed(files.stat(fd, stat)) && stat.linkCount == 0;
    }

    void writeBack() {
        if (writable) {
            pages.writeBack(0, pages.sizeBytes());
        }
    }

    void close() {
        pages.close();
        files.close(fd);
    }

    @Override
    public void fill(long fileOffset, MemorySegment target) {
        long filled = 0;
        while (filled < target.byteSize()) {
            long result =
                    HostResult.orThrow(
                            files.pread(fd, target.asSlice(filled), fileOffset + filled));
            if (result == 0) {
                target.asSlice(filled).fill((byte) 0);
                return;
            }
            Storage.fetched(result);
            filled += result;
        }
    }

    @Override
    public void clean(long fileOffset, MemorySegment source) {
        if (!writable) {
            return;
        }
        long end = Math.min(source.byteSize(), pages.sizeBytes() - fileOffset);
        long written = 0;
        while (written < end) {
            long count =
                    HostResult.orThrow(
                            files.pwrite(
                                    fd,
                                    source.asSlice(written, end - written),
                                    fileOffset + written));
            Storage.stored(count);
            written += count;
        }
        noteWritten();
    }

    private static long mtimeNs(HostStat stat) {
        return stat.modifyTimeSeconds * 1_000_000_000L + stat.modifyTimeNanos;
    }
}
