package dev.moat.fs.overlay;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.abi.OpenFlags;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import org.jspecify.annotations.Nullable;

/** A file of an overlay that is no directory. */
@Stateful
final class OverlayNode extends OverlayInode {
    /** Holds of the time before it was copied up. Under the lock of the directory. */
    private int earlyHolds;

    OverlayNode(
            OverlayFilesystem overlay,
            OverlayDirectory parent,
            String name,
            @Nullable Inode upper,
            @Nullable Inode lower) {
        super(overlay, parent, name, upper, lower);
    }

    @Override
    public FileDescription open(Task task, int flags) {
        boolean writes = (flags & OpenFlags.O_ACCMODE) != OpenFlags.O_RDONLY;
        if (writes && upper() == null && FileMode.S_ISREG(mode())) {
            CopyUp.of(this, (flags & OpenFlags.O_TRUNC) != 0 ? 0 : Long.MAX_VALUE);
        }
        Inode real = real();
        return new OverlayFile(this, real, real.open(task, flags), flags);
    }

    @Override
    public void hold() {
        Inode top = count(1);
        if (top != null) {
            top.hold();
        }
    }

    @Override
    public void letGo() {
        Inode top = count(-1);
        if (top != null) {
            top.letGo();
        }
    }

    /**
     * Notes a hold, or its end, for the file that is copied up later; gives one that is already.
     */
    private @Nullable Inode count(int change) {
        OverlayDirectory directory = parent();
        Inode top = upper();
        if (top != null || directory == null) {
            return top;
        }
        directory.lock().lock();
        try {
            top = upper();
            earlyHolds += top == null ? change : 0;
            return top;
        } finally {
            directory.lock().unlock();
        }
    }

    @Override
    void copiedUp(Inode copy) {
        for (int i = 0; i < earlyHolds; i++) {
            copy.hold();
        }
        super.copiedUp(copy);
    }

    @Override
    public void truncate(long sizeBytes) {
        if (!FileMode.S_ISREG(mode())) {
            throw Errno.EINVAL.exception();
        }
        Inode top = upper();
        (top != null ? top : CopyUp.of(this, sizeBytes)).truncate(sizeBytes);
    }

    @Override
    public String readSymlink(Task task) {
        return real().readSymlink(task);
    }

    @Override
    public String readSymlinkContent() {
        return real().readSymlinkContent();
    }

    @Override
    public long readContent(long offset, IoBuffer target) {
        return real().readContent(offset, target);
    }

    @Override
    public long writeContent(long offset, IoBuffer source) {
        return writable().writeContent(offset, source);
    }
}
