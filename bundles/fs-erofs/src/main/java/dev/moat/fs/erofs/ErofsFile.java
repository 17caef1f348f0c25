package dev.moat.fs.erofs;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.FilePager;
import dev.moat.api.mm.FilePages;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.KernelBuffer;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** What is no directory: a regular file, a link, a node. */
@Stateful
final class ErofsFile extends ErofsInode implements FilePager {
    /** A target is shorter than a page: erofs_get_link(). */
    private static final int MOST_TARGET_BYTES = 4095;

    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);

    /** For who maps the file; made once, under the lock. */
    private volatile @Nullable FilePages pages;

    ErofsFile(ErofsFilesystem filesystem, Node node) {
        super(filesystem, node);
    }

    @Override
    public FileDescription open(Task task, int flags) {
        return switch (mode() & FileMode.S_IFMT) {
            case FileMode.S_IFREG -> new ErofsFileDescription(this, flags);
            case FileMode.S_IFLNK -> throw Errno.ELOOP.exception();
            default -> throw Errno.ENXIO.exception();
        };
    }

    @Override
    public String readSymlink(Task task) {
        return readSymlinkContent();
    }

    @Override
    public String readSymlinkContent() {
        if (!FileMode.S_ISLNK(mode())) {
            throw Errno.EINVAL.exception();
        }
        long size = node().sizeBytes();
        if (size <= 0 || size > MOST_TARGET_BYTES) {
            throw Errno.EUCLEAN.exception();
        }
        byte[] bytes = Content.readAll(this, 0, (int) size).array();
        String target = new String(bytes, StandardCharsets.ISO_8859_1);
        if (target.indexOf('\0') >= 0) {
            throw Errno.EUCLEAN.exception();
        }
        return target;
    }

    @Override
    public long readContent(long offset, IoBuffer target) {
        return Content.read(this, offset, target);
    }

    FilePages pages() {
        FilePages known = pages;
        if (known != null) {
            return known;
        }
        lock.lock();
        try {
            known = pages;
            if (known == null) {
                known = mounted().sandbox().memory().newFilePages(this, node().sizeBytes());
                pages = known;
            }
            return known;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void fill(long fileOffset, MemorySegment target) {
        long filled =
                fileOffset >= node().sizeBytes()
                        ? 0
                        : Content.read(this, fileOffset, new KernelBuffer(target));
        target.asSlice(filled).fill((byte) 0);
    }

    @Override
    public void clean(long fileOffset, MemorySegment source) {
        // Nothing is ever dirty.
    }
}
