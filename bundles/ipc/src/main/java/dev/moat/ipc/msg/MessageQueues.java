package dev.moat.ipc.msg;

import dev.moat.abi.Errno;
import dev.moat.abi.IpcConstants;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.ipc.object.GetRequest;
import dev.moat.ipc.object.IpcTable;
import java.util.concurrent.atomic.AtomicLong;

/** The message queues of a namespace and their limits. Thread safe. */
@Stateful
public final class MessageQueues {
    /** What all messages together may take of the kernel host's memory. */
    private static final long MOST_BYTES = 64L << 20;

    /** A message takes more than its text. */
    static final int OVERHEAD_BYTES = 64;

    private final IpcTable<MessageQueue> table = new IpcTable<>();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong messages = new AtomicLong();

    /** kernel.msgmax. Limits are volatile: written through /proc, read by any task. */
    private volatile int maxMessageBytes = IpcConstants.MSGMAX;

    /** kernel.msgmnb. */
    private volatile int maxQueueBytes = IpcConstants.MSGMNB;

    /** kernel.msgmni. */
    private volatile int maxQueues = IpcConstants.MSGMNI;

    public IpcTable<MessageQueue> table() {
        return table;
    }

    public int maxMessageBytes() {
        return maxMessageBytes;
    }

    public void setMaxMessageBytes(int limit) {
        maxMessageBytes = limit;
    }

    public int maxQueueBytes() {
        return maxQueueBytes;
    }

    public void setMaxQueueBytes(int limit) {
        maxQueueBytes = limit;
    }

    public int maxQueues() {
        return maxQueues;
    }

    public void setMaxQueues(int limit) {
        maxQueues = limit;
    }

    /** Bytes of all messages that wait. */
    public long bytes() {
        return bytes.get();
    }

    /** How many messages wait. */
    public long messages() {
        return messages.get();
    }

    /** msgget(2): the id. */
    public int get(Task task, int key, int flags) {
        return table.get(task, key, flags, maxQueues, new Request(this, task, key, flags));
    }

    /** The namespace has ended. */
    public void close() {
        table.collectAll().forEach(MessageQueue::remove);
    }

    /** A message is to wait: ENOMEM. */
    void charge(int length) {
        long count = messages.incrementAndGet();
        if (bytes.addAndGet(length) + count * OVERHEAD_BYTES > MOST_BYTES) {
            uncharge(length);
            throw Errno.ENOMEM.exception();
        }
    }

    void uncharge(int length) {
        messages.decrementAndGet();
        bytes.addAndGet(-length);
    }

    private record Request(MessageQueues all, Task task, int key, int flags)
            implements GetRequest<MessageQueue> {
        @Override
        public void checkKnown(MessageQueue known) {
            // Queues have no size that could differ.
        }

        @Override
        public void checkNew() {
            // All are alike.
        }

        @Override
        public MessageQueue make() {
            return new MessageQueue(all, task, key, flags);
        }
    }
}
