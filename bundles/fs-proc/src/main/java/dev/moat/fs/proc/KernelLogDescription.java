package dev.moat.fs.proc;

import dev.moat.abi.Errno;
import dev.moat.abi.PollFlags;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.sandbox.KernelMessages;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import java.lang.foreign.MemorySegment;

/** An open {@code /proc/kmsg}: reading takes messages, as SYSLOG_ACTION_READ of syslog(2). */
@Stateful
final class KernelLogDescription extends FileDescription {
    private final KernelLogInode inode;

    KernelLogDescription(KernelLogInode inode, int flags) {
        super(flags);
        this.inode = inode;
    }

    @Override
    protected void closed() {
        // Nothing is held.
    }

    @Override
    public Inode inode() {
        return inode;
    }

    /** Files of proc without read_iter have no splice_read. */
    @Override
    public boolean givesSplices() {
        return false;
    }

    @Override
    public long read(Task task, IoBuffer target) {
        if (target.remaining() == 0) {
            return 0;
        }
        int most = (int) Math.min(target.remaining(), KernelMessages.BUFFER_BYTES);
        byte[] text = messages().take(most);
        if (text.length == 0) {
            return Errno.EAGAIN.negated();
        }
        long moved = target.put(MemorySegment.ofArray(text), 0, text.length);
        if (moved == 0) {
            throw Errno.EFAULT.exception();
        }
        return moved;
    }

    @Override
    public long readAt(Task task, IoBuffer target, long offset) {
        return read(task, target);
    }

    @Override
    public int readiness() {
        return messages().unreadBytes() > 0 ? PollFlags.POLLIN | PollFlags.POLLRDNORM : 0;
    }

    @Override
    public WaitQueue waitQueue() {
        return messages().arrivals();
    }

    private KernelMessages messages() {
        return inode.proc().sandbox().messages();
    }
}
