package dev.moat.ipc.mqueue;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.IpcConstants;
import dev.moat.abi.MqAttr;
import dev.moat.abi.Rlimits;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** The limits of {@code /proc/sys/fs/mqueue}, and what counts against them. Thread safe. */
@Stateful
public final class QueueLimits {
    /** HARD_MSGMAX, HARD_MSGSIZEMAX and HARD_QUEUESMAX: include/linux/ipc_namespace.h. */
    public static final int HARD_MESSAGES = 65536;

    public static final int HARD_MESSAGE_BYTES = 16 << 20;
    public static final int HARD_QUEUES = 1024;

    /** struct msg_msg and struct posix_msg_tree_node of Linux, which RLIMIT_MSGQUEUE counts. */
    private static final long MESSAGE_OVERHEAD_BYTES = 48;

    private static final long PRIORITY_OVERHEAD_BYTES = 48;

    /** What all messages together may take of the kernel host's memory. */
    private static final long MOST_BYTES = 64L << 20;

    private final AtomicInteger queues = new AtomicInteger();
    private final AtomicLong waitingBytes = new AtomicLong();

    /** Bytes that queues may take, by user who made them. */
    private final ConcurrentHashMap<Integer, Long> reserved = new ConcurrentHashMap<>();

    // Volatile: written through /proc, read by any task.
    private volatile int maxQueues = IpcConstants.DFLT_QUEUESMAX;
    private volatile int maxMessages = IpcConstants.DFLT_MSGMAX;
    private volatile int maxMessageBytes = IpcConstants.DFLT_MSGSIZEMAX;
    private volatile int defaultMessages = IpcConstants.DFLT_MSGMAX;
    private volatile int defaultMessageBytes = IpcConstants.DFLT_MSGSIZEMAX;

    /** Names as in {@code /proc/sys/fs/mqueue}. */
    public enum Setting {
        QUEUES_MAX(0, HARD_QUEUES),
        MSG_MAX(1, HARD_MESSAGES),
        MSGSIZE_MAX(128, HARD_MESSAGE_BYTES),
        MSG_DEFAULT(1, HARD_MESSAGES),
        MSGSIZE_DEFAULT(128, HARD_MESSAGE_BYTES);

        private final int least;
        private final int most;

        Setting(int least, int most) {
            this.least = least;
            this.most = most;
        }

        public int least() {
            return least;
        }

        public int most() {
            return most;
        }
    }

    public int get(Setting setting) {
        return switch (setting) {
            case QUEUES_MAX -> maxQueues;
            case MSG_MAX -> maxMessages;
            case MSGSIZE_MAX -> maxMessageBytes;
            case MSG_DEFAULT -> defaultMessages;
            case MSGSIZE_DEFAULT -> defaultMessageBytes;
        };
    }

    public void set(Setting setting, int value) {
        switch (setting) {
            case QUEUES_MAX -> maxQueues = value;
            case MSG_MAX -> maxMessages = value;
            case MSGSIZE_MAX -> maxMessageBytes = value;
            case MSG_DEFAULT -> defaultMessages = value;
            case MSGSIZE_DEFAULT -> defaultMessageBytes = value;
        }
    }

    /** Attributes of a queue that is made without any. */
    MqAttr defaults() {
        return new MqAttr(
                0,
                Math.min(maxMessages, defaultMessages),
                Math.min(maxMessageBytes, defaultMessageBytes),
                0);
    }

    /** mq_attr_ok(): EINVAL, EOVERFLOW. */
    void check(Task task, MqAttr wanted) {
        boolean privileged = task.credentials().can(Capabilities.CAP_SYS_RESOURCE);
        int most = privileged ? HARD_MESSAGES : maxMessages;
        int mostBytes = privileged ? HARD_MESSAGE_BYTES : maxMessageBytes;
        if (wanted.maxMessages() <= 0
                || wanted.messageBytes() <= 0
                || wanted.maxMessages() > most
                || wanted.messageBytes() > mostBytes) {
            throw Errno.EINVAL.exception();
        }
    }

    /**
     * Counts a new queue of {@code uid}.
     *
     * @param limitBytes RLIMIT_MSGQUEUE
     * @param privileged whether there may be more queues than the limit (CAP_SYS_RESOURCE)
     * @throws dev.moat.abi.ErrnoException ENOSPC, EMFILE
     */
    void reserve(int uid, MqAttr attributes, long limitBytes, boolean privileged) {
        int most = privileged ? HARD_QUEUES : maxQueues;
        if (queues.incrementAndGet() > most) {
            queues.decrementAndGet();
            throw Errno.ENOSPC.exception();
        }
        long wanted = reservedBytes(attributes);
        long sum = reserved.merge(uid, wanted, Long::sum);
        if (sum > limitBytes) {
            release(uid, attributes);
            throw Errno.EMFILE.exception();
        }
    }

    /** RLIMIT_MSGQUEUE of the calling process. */
    static long limitOf(Task task) {
        return task.group().limits().soft(Rlimits.RLIMIT_MSGQUEUE);
    }

    /** A queue is gone. */
    void release(int uid, MqAttr attributes) {
        long bytes = reservedBytes(attributes);
        queues.decrementAndGet();
        reserved.computeIfPresent(uid, (user, sum) -> sum > bytes ? (Long) (sum - bytes) : null);
    }

    private static long reservedBytes(MqAttr attributes) {
        long messages = attributes.maxMessages();
        return messages * (MESSAGE_OVERHEAD_BYTES + attributes.messageBytes())
                + Math.min(messages, IpcConstants.MQ_PRIO_MAX) * PRIORITY_OVERHEAD_BYTES;
    }

    /** A message is to wait: ENOMEM. */
    void charge(int length) {
        if (waitingBytes.addAndGet(length + MESSAGE_OVERHEAD_BYTES) > MOST_BYTES) {
            uncharge(length);
            throw Errno.ENOMEM.exception();
        }
    }

    /** A message takes the place of one that was received. */
    void chargeAnyway(int length) {
        waitingBytes.addAndGet(length + MESSAGE_OVERHEAD_BYTES);
    }

    void uncharge(int length) {
        waitingBytes.addAndGet(-length - MESSAGE_OVERHEAD_BYTES);
    }
}
