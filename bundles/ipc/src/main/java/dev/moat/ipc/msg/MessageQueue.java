package dev.moat.ipc.msg;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.MsqidDs;
import dev.moat.api.mm.HeapCharge;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import dev.moat.ipc.object.IpcObject;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A message queue, and those who wait for messages, in order of their coming. */
@Stateful
public final class MessageQueue extends IpcObject {
    private final MessageQueues all;

    /** Woken when there is room, and when the queue changes or goes. */
    private final WaitQueue senders = new WaitQueue();

    /** Guarded by the object's lock, as all below. */
    private final ArrayDeque<Message> messages = new ArrayDeque<>();

    private final List<Receiver> receivers = new ArrayList<>();
    private long bytes;
    private long maxBytes;
    private long sendTime;
    private long receiveTime;
    private int lastSender;
    private int lastReceiver;

    MessageQueue(MessageQueues all, Task creator, int key, int flags) {
        super(creator, key, flags);
        this.all = all;
        this.maxBytes = all.maxQueueBytes();
    }

    /** Where to wait when {@link #send} gave -EAGAIN. */
    public WaitQueue senders() {
        return senders;
    }

    /**
     * Hands a message to who waits for it, or keeps it.
     *
     * @return 0; -EAGAIN without room; -EIDRM
     * @throws dev.moat.abi.ErrnoException EACCES, ENOMEM
     */
    public long send(Task task, Message message) {
        List<Receiver> woken = new ArrayList<>();
        lock.lock();
        try {
            checkAccessLocked(task, WRITE);
            if (isRemovedLocked()) {
                return Errno.EIDRM.negated();
            }
            boolean fits = message.length() + bytes <= maxBytes && 1L + messages.size() <= maxBytes;
            if (!fits) {
                return Errno.EAGAIN.negated();
            }
            if (!deliverLocked(task, message, woken)) {
                chargeLocked(message);
                messages.addLast(message);
                bytes += message.length();
            }
            lastSender = task.tgid();
            sendTime = now(task);
        } finally {
            lock.unlock();
        }
        woken.forEach(Receiver::wake);
        return 0;
    }

    private void chargeLocked(Message message) {
        all.charge(message.length());
        if (!HeapCharge.tryGrow(heap(), heldBytes(message))) {
            all.uncharge(message.length());
            throw Errno.ENOMEM.exception();
        }
    }

    private static long heldBytes(Message message) {
        return MessageQueues.OVERHEAD_BYTES + (long) message.length();
    }

    /** pipelined_send(). */
    private boolean deliverLocked(Task task, Message message, List<Receiver> woken) {
        Iterator<Receiver> waiting = receivers.iterator();
        while (waiting.hasNext()) {
            Receiver receiver = waiting.next();
            if (!receiver.wish().matches(message)) {
                continue;
            }
            waiting.remove();
            woken.add(receiver);
            if (!receiver.wish().isTooLong(message)) {
                lastReceiver = receiver.tgid();
                receiveTime = now(task);
                receiver.give(message);
                return true;
            }
            receiver.fail(Errno.E2BIG.number());
        }
        return false;
    }

    /** What happens when there is no message. */
    public enum IfEmpty {
        FAIL,
        WAIT
    }

    /**
     * Takes a message, or waits in line for one; {@link #leave} takes that back.
     *
     * @throws dev.moat.abi.ErrnoException EACCES, EIDRM, E2BIG, ENOMSG
     */
    public Receiver receive(Task task, Wish wish, IfEmpty ifEmpty) {
        var receiver = new Receiver(wish, task.tgid());
        lock.lock();
        try {
            checkAccessLocked(task, READ);
            checkAliveLocked();
            Message found = findLocked(wish);
            if (found == null) {
                if (ifEmpty == IfEmpty.FAIL) {
                    throw Errno.ENOMSG.exception();
                }
                receivers.add(receiver);
                return receiver;
            }
            if (wish.isTooLong(found)) {
                throw Errno.E2BIG.exception();
            }
            if (wish.search() == Wish.Search.PLACE && found.length() > wish.maxBytes()) {
                // copy_msg() does not cut
                throw Errno.EINVAL.exception();
            }
            if (wish.search() != Wish.Search.PLACE) {
                messages.remove(found);
                bytes -= found.length();
                all.uncharge(found.length());
                HeapCharge.shrink(heap(), heldBytes(found));
                receiveTime = now(task);
                lastReceiver = task.tgid();
            }
            receiver.give(found);
        } finally {
            lock.unlock();
        }
        senders.wakeAll(WaitQueue.ANY);
        return receiver;
    }

    private @Nullable Message findLocked(Wish wish) {
        if (wish.search() == Wish.Search.PLACE) {
            long place = wish.number();
            return place < 0 || place >= messages.size()
                    ? null
                    : messages.stream().skip(place).findFirst().orElse(null);
        }
        Message found = null;
        for (Message message : messages) {
            if (wish.matches(message) && (found == null || message.type() < found.type())) {
                found = message;
                if (wish.search() != Wish.Search.LOWEST) {
                    break;
                }
            }
        }
        return found;
    }

    /** Takes a receiver out of the line, unless it is done. */
    public void leave(Receiver receiver) {
        lock.lock();
        try {
            receivers.remove(receiver);
        } finally {
            lock.unlock();
        }
    }

    /** IPC_SET. Who waits looks again whether he may and can. */
    public void set(Task task, MsqidDs wanted) {
        List<Receiver> woken;
        lock.lock();
        try {
            checkAliveLocked();
            if (Long.compareUnsigned(wanted.maxBytes(), all.maxQueueBytes()) > 0
                    && !task.credentials().can(Capabilities.CAP_SYS_RESOURCE)) {
                throw Errno.EPERM.exception();
            }
            setLocked(task, wanted.permissions());
            maxBytes = wanted.maxBytes();
            woken = List.copyOf(receivers);
            receivers.clear();
            woken.forEach(receiver -> receiver.fail(Errno.EAGAIN.number()));
        } finally {
            lock.unlock();
        }
        woken.forEach(Receiver::wake);
        senders.wakeAll(WaitQueue.ANY);
    }

    /** IPC_RMID: who waits gets EIDRM. */
    public void remove() {
        List<Receiver> woken;
        lock.lock();
        try {
            checkAliveLocked();
            setRemovedLocked();
            woken = List.copyOf(receivers);
            receivers.clear();
            woken.forEach(receiver -> receiver.fail(Errno.EIDRM.number()));
            messages.forEach(message -> all.uncharge(message.length()));
            messages.clear();
        } finally {
            lock.unlock();
        }
        all.table().remove(this);
        woken.forEach(Receiver::wake);
        senders.wakeAll(WaitQueue.ANY);
    }

    /** IPC_STAT. */
    public MsqidDs status() {
        lock.lock();
        try {
            checkAliveLocked();
            return new MsqidDs(
                    permissionsLocked(),
                    sendTime,
                    receiveTime,
                    changeTimeLocked(),
                    bytes,
                    messages.size(),
                    maxBytes,
                    lastSender,
                    lastReceiver);
        } finally {
            lock.unlock();
        }
    }
}
