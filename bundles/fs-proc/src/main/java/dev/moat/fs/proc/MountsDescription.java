package dev.moat.fs.proc;

import dev.moat.abi.Errno;
import dev.moat.abi.PollFlags;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.vfs.GeneratedFile;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.MountWatch;
import dev.moat.api.vfs.VfsPath;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * An open list of mounts. poll(2) finds it readable always, and, but for statistics, with POLLERR
 * and POLLPRI once after each change: mounts_poll(), fs/proc_namespace.c.
 */
@Stateful
final class MountsDescription extends GeneratedFile {
    private final MountsInode inode;
    private final MountWatch watch;

    /** Null for what was opened before roots were noted: then it is that of who reads. */
    private final @Nullable VfsPath root;

    /** The version that was told of last. */
    private volatile long told;

    MountsDescription(MountsInode inode, MountWatch watch, VfsPath root, int flags) {
        super(flags);
        this.inode = inode;
        this.watch = watch;
        this.root = root;
        this.told = watch.version();
    }

    @Override
    protected void closed() {
        // Nothing is held.
    }

    @Override
    public Inode inode() {
        return inode;
    }

    @Override
    protected byte[] text(Task reader) {
        VfsPath from = root == null ? reader.fs().root() : root;
        String text = inode.format().text(watch.mounts(), from);
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Tells of a change once, whether it is waited for or not. */
    @Override
    public int readiness() {
        if (!inode.format().tellsChanges()) {
            return super.readiness();
        }
        int ready = PollFlags.POLLIN | PollFlags.POLLRDNORM;
        long now = watch.version();
        if (told != now) {
            told = now;
            ready |= PollFlags.POLLERR | PollFlags.POLLPRI;
        }
        return ready;
    }

    @Override
    public @Nullable WaitQueue waitQueue() {
        return inode.format().tellsChanges() ? watch.changes() : null;
    }

    /** seq_lseek() knows no end. */
    @Override
    protected long endBytes() {
        throw Errno.EINVAL.exception();
    }
}
