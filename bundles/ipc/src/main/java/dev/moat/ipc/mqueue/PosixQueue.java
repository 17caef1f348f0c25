package dev.moat.ipc.mqueue;

import dev.moat.abi.Errno;
import dev.moat.abi.PollFlags;
import dev.moat.abi.SigInfo;
import dev.moat.abi.SignalCodes;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.HeapCharge;
import dev.moat.api.mm.HeapUse;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.task.ThreadGroup;
import dev.moat.api.task.WaitQueue;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The messages of a queue by priority, and those who wait in order of their coming. */
@Stateful
final class PosixQueue {
    private static final int READABLE = PollFlags.POLLIN | PollFlags.POLLRDNORM;
    private static final int WRITABLE = PollFlags.POLLOUT | PollFlags.POLLWRNORM;

    /** A letter, and at worst a priority of its own. */
    private static final long LETTER_BYTES = 160;

    private final QueueLimits limits;
    private final long capacity;
    private final long messageBytes;

    /** For poll(2) and the like. */
    private final WaitQueue readiness = new WaitQueue();

    private final RankedLock lock = new RankedLock(LockRank.IPC_OBJECT);

    /** Guarded by the lock, as all below. */
    private final TreeMap<Integer, ArrayDeque<Letter>> letters = new TreeMap<>();

    private final ArrayDeque<Transfer> receivers = new ArrayDeque<>();
    private final ArrayDeque<Transfer> senders = new ArrayDeque<>();
    private @Nullable Notice notice;

    /** With a notice of SIGEV_THREAD; null with others. */
    private @Nullable SocketNotice socketNotice;

    private long bytes;

    /** Null: an earlier revision made the queue. */
    private final @Nullable HeapCharge heap = HeapCharge.ofCaller(HeapUse.MESSAGES);

    /** Written under the lock; read without it for readiness. */
    private volatile int count;

    PosixQueue(QueueLimits limits, long capacity, long messageBytes) {
        this.limits = limits;
        this.capacity = capacity;
        this.messageBytes = messageBytes;
    }

    long capacity() {
        return capacity;
    }

    long messageBytes() {
        return messageBytes;
    }

    int count() {
        return count;
    }

    WaitQueue readinessQueue() {
        return readiness;
    }

    int readiness() {
        int waiting = count;
        return (waiting > 0 ? READABLE : 0) | (waiting < capacity ? WRITABLE : 0);
    }

    /** What happens when a transfer cannot be done at once. */
    enum IfBlocked {
        FAIL,
        WAIT
    }

    /**
     * Sends, or waits in line; {@link #leave} takes that back.
     *
     * @throws dev.moat.abi.ErrnoException EAGAIN, ENOMEM
     */
    Transfer send(Task task, Letter letter, IfBlocked ifBlocked) {
        Transfer transfer = Transfer.sending(letter);
        Transfer receiver;
        Notice told = null;
        SocketNotice toldSocket = null;
        lock.lock();
        try {
            if (count >= capacity) {
                if (ifBlocked == IfBlocked.FAIL) {
                    throw Errno.EAGAIN.exception();
                }
                senders.addLast(transfer);
                return transfer;
            }
            receiver = receivers.pollFirst();
            if (receiver != null) {
                receiver.finish(letter);
            } else {
                chargeLocked(letter);
                addLocked(letter);
                if (count == 1) {
                    told = notice;
                    toldSocket = socketNotice;
                    notice = null;
                    socketNotice = null;
                }
            }
            transfer.finish();
        } finally {
            lock.unlock();
        }
        if (receiver != null) {
            receiver.queue().wakeAll(WaitQueue.ANY);
        } else {
            readiness.wakeAll(READABLE);
        }
        tell(told, task);
        if (toldSocket != null) {
            toldSocket.tellArrival();
        }
        return transfer;
    }

    private void chargeLocked(Letter letter) {
        limits.charge(letter.text().length);
        if (!HeapCharge.tryGrow(heap, heldBytes(letter))) {
            limits.uncharge(letter.text().length);
            throw Errno.ENOMEM.exception();
        }
    }

    private static long heldBytes(Letter letter) {
        return LETTER_BYTES + letter.text().length;
    }

    private static void tell(@Nullable Notice notice, Task sender) {
        if (notice != null && notice.signal() != 0 && !notice.owner().isZombie()) {
            notice.owner()
                    .signal(
                            SigInfo.queue(
                                    notice.signal(),
                                    SignalCodes.SI_MESGQ,
                                    sender.tgid(),
                                    sender.credentials().uid(),
                                    notice.value()));
        }
    }

    private void addLocked(Letter letter) {
        letters.computeIfAbsent(letter.priority(), priority -> new ArrayDeque<>()).addLast(letter);
        bytes += letter.text().length;
        count = count + 1;
    }

    private Letter takeLocked() {
        Map.Entry<Integer, ArrayDeque<Letter>> first = letters.lastEntry();
        Letter letter = first.getValue().removeFirst();
        if (first.getValue().isEmpty()) {
            letters.remove(first.getKey());
        }
        bytes -= letter.text().length;
        limits.uncharge(letter.text().length);
        HeapCharge.shrink(heap, heldBytes(letter));
        count = count - 1;
        return letter;
    }

    /**
     * Receives, or waits in line; {@link #leave} takes that back.
     *
     * @throws dev.moat.abi.ErrnoException EAGAIN
     */
    Transfer receive(IfBlocked ifBlocked) {
        Transfer transfer = Transfer.receiving();
        Transfer sender;
        lock.lock();
        try {
            if (count == 0) {
                if (ifBlocked == IfBlocked.FAIL) {
                    throw Errno.EAGAIN.exception();
                }
                receivers.addLast(transfer);
                return transfer;
            }
            transfer.finish(takeLocked());
            sender = senders.pollFirst();
            if (sender != null) {
                limits.chargeAnyway(sender.letter().text().length);
                if (heap != null) {
                    heap.grow(heldBytes(sender.letter()));
                }
                addLocked(sender.letter());
                sender.finish();
            }
        } finally {
            lock.unlock();
        }
        if (sender != null) {
            sender.queue().wakeAll(WaitQueue.ANY);
        } else {
            readiness.wakeAll(WRITABLE);
        }
        return transfer;
    }

    /** Takes a transfer out of the line, unless it is done. */
    void leave(Transfer transfer) {
        lock.lock();
        try {
            receivers.remove(transfer);
            senders.remove(transfer);
        } finally {
            lock.unlock();
        }
    }

    /**
     * mq_notify(3).
     *
     * @throws dev.moat.abi.ErrnoException EBUSY: somebody else is told
     */
    void setNotice(Notice wanted, @Nullable SocketNotice socket) {
        lock.lock();
        try {
            if (notice != null) {
                throw Errno.EBUSY.exception();
            }
            notice = wanted;
            socketNotice = socket;
        } finally {
            lock.unlock();
        }
    }

    /** {@code owner} wants to be told no longer. */
    void removeNotice(ThreadGroup owner) {
        SocketNotice removed = null;
        lock.lock();
        try {
            if (notice != null && notice.owner() == owner) {
                removed = socketNotice;
                notice = null;
                socketNotice = null;
            }
        } finally {
            lock.unlock();
        }
        if (removed != null) {
            removed.tellRemoval();
        }
    }

    /** What reading the file gives: mqueue_read_file(). */
    String describe() {
        lock.lock();
        try {
            Notice known = notice;
            return String.format(
                    "QSIZE:%-10d NOTIFY:%-5d SIGNO:%-5d NOTIFY_PID:%-6d\n",
                    bytes,
                    known == null ? 0 : known.kind(),
                    known == null ? 0 : known.signal(),
                    known == null ? 0 : known.owner().tgid());
        } finally {
            lock.unlock();
        }
    }

    /** Nobody can reach it any more. */
    void clear() {
        lock.lock();
        try {
            while (count > 0) {
                takeLocked();
            }
        } finally {
            lock.unlock();
        }
    }
}
