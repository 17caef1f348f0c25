package dev.moat.ipc.mqueue;

import dev.moat.abi.Errno;
import dev.moat.abi.MqAttr;
import dev.moat.abi.OpenFlags;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.SeekableFile;
import dev.moat.api.vfs.SeekableFileUpgrade;
import dev.moat.ipc.mqueue.PosixQueue.IfBlocked;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A message queue descriptor. */
@Stateful(version = 2, upgrade = SeekableFileUpgrade.class)
public final class QueueFile extends SeekableFile {
    private final QueueInode inode;

    QueueFile(QueueInode inode, int flags) {
        super(flags);
        this.inode = inode;
    }

    @Override
    public boolean givesSplices() {
        return false;
    }

    @Override
    protected void closed() {
        inode.leave();
    }

    @Override
    public void descriptorClosed(Task task) {
        inode.queue().removeNotice(task.group());
    }

    @Override
    public Inode inode() {
        return inode;
    }

    @Override
    public String anonymousName() {
        String name = inode.queues().directory().nameOf(inode);
        return name.isEmpty() ? "/ (deleted)" : "/" + name;
    }

    /** Largest message. */
    public long messageBytes() {
        return inode.queue().messageBytes();
    }

    /** mq_send(3): EAGAIN, ENOMEM. */
    public Transfer send(Task task, Letter letter) {
        Transfer transfer = inode.queue().send(task, letter, ifBlocked());
        inode.touch();
        return transfer;
    }

    /** mq_receive(3): EAGAIN. */
    public Transfer receive() {
        Transfer transfer = inode.queue().receive(ifBlocked());
        inode.touch();
        return transfer;
    }

    private IfBlocked ifBlocked() {
        return isNonBlocking() ? IfBlocked.FAIL : IfBlocked.WAIT;
    }

    /** Takes a transfer that waits out of the line. */
    public void leave(Transfer transfer) {
        inode.queue().leave(transfer);
    }

    /** mq_notify(3): EBUSY. */
    public void setNotice(Notice notice, @Nullable SocketNotice socket) {
        inode.queue().setNotice(notice, socket);
    }

    /** The process of {@code task} wants to be told no longer. */
    public void removeNotice(Task task) {
        inode.queue().removeNotice(task.group());
    }

    /** mq_getattr(3). */
    public MqAttr attributes() {
        PosixQueue queue = inode.queue();
        return new MqAttr(
                flags() & OpenFlags.O_NONBLOCK,
                queue.capacity(),
                queue.messageBytes(),
                queue.count());
    }

    @Override
    public int readiness() {
        return inode.queue().readiness();
    }

    @Override
    public WaitQueue waitQueue() {
        return inode.queue().readinessQueue();
    }

    @Override
    public long readAt(Task task, IoBuffer target, long offset) {
        byte[] text = inode.queue().describe().getBytes(StandardCharsets.ISO_8859_1);
        if (offset >= text.length) {
            return 0;
        }
        long count = target.put(MemorySegment.ofArray(text), offset, text.length - offset);
        return count == 0 && target.faulted() ? Errno.EFAULT.negated() : count;
    }
}
