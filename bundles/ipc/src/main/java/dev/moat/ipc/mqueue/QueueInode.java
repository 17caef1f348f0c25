package dev.moat.ipc.mqueue;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.abi.MqAttr;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import java.util.concurrent.atomic.AtomicInteger;

/** A queue as a file. It ends when it has no name and nobody has it open. */
@Stateful
final class QueueInode extends QueueNode {
    /** FILENT_SIZE, ipc/mqueue.c. */
    private static final long SIZE_BYTES = 80;

    private final PosixQueue queue;
    private final MqAttr attributes;
    private final int creator;

    /** Its name, and open files. */
    private final AtomicInteger users = new AtomicInteger(1);

    private volatile boolean unlinked;

    QueueInode(QueueFilesystem filesystem, int mode, Owner owner, MqAttr attributes) {
        super(filesystem, filesystem.newInode(), FileMode.S_IFREG | mode & 07777, owner);
        this.attributes = attributes;
        this.creator = owner.uid();
        this.queue =
                new PosixQueue(
                        filesystem.limits(), attributes.maxMessages(), attributes.messageBytes());
    }

    PosixQueue queue() {
        return queue;
    }

    @Override
    long links() {
        return unlinked ? 0 : 1;
    }

    @Override
    long sizeBytes() {
        return SIZE_BYTES;
    }

    @Override
    public FileDescription open(Task task, int flags) {
        int before;
        do {
            before = users.get();
            if (before == 0) {
                throw Errno.ENOENT.exception();
            }
        } while (!users.compareAndSet(before, before + 1));
        return new QueueFile(this, flags);
    }

    /** Length zero is all that O_TRUNC may ask. */
    @Override
    public void truncate(long sizeBytes) {
        // Messages are not bytes of a file.
    }

    void unlinked() {
        unlinked = true;
        leave();
    }

    /** A name or an open file is gone. */
    void leave() {
        if (users.decrementAndGet() == 0) {
            queue.clear();
            queues().limits().release(creator, attributes);
        }
    }
}
