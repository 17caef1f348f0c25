package dev.moat.ipc.calls;

import static dev.moat.abi.IpcConstants.*;

import dev.moat.abi.Errno;
import dev.moat.abi.MsqidDs;
import dev.moat.abi.Restart;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitSuspended;
import dev.moat.ipc.IpcNamespace;
import dev.moat.ipc.msg.Message;
import dev.moat.ipc.msg.MessageQueue;
import dev.moat.ipc.msg.MessageQueue.IfEmpty;
import dev.moat.ipc.msg.MessageQueues;
import dev.moat.ipc.msg.Receiver;
import dev.moat.ipc.msg.Wish;
import dev.moat.ipc.object.IpcObject;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** {@code msgget(2)}, {@code msgop(2)}, {@code msgctl(2)}: ipc/msg.c. */
final class MsgCalls {
    /** struct msginfo: include/uapi/linux/msg.h. */
    private static final long INFO_BYTES = 8 * 4;

    private static final int SEGMENT_BYTES = 16;
    private static final int MOST_SEGMENTS = 0xffff;
    private static final long TEXT = 8;

    @Syscall(nr = 68, name = "msgget")
    long msgget(Task task, int key, int flags) {
        return queues(task).get(task, key, flags);
    }

    @Syscall(nr = 69, name = "msgsnd")
    long msgsnd(Task task, int id, long messageAddr, long lengthBytes, int flags) {
        MessageQueues all = queues(task);
        long type = task.user().readLong(messageAddr);
        if (Long.compareUnsigned(lengthBytes, all.maxMessageBytes()) > 0 || id < 0 || type < 1) {
            throw Errno.EINVAL.exception();
        }
        byte[] text = task.user().copyIn(messageAddr + TEXT, (int) lengthBytes);
        var message = new Message(type, text);
        Sending resumed = task.resumption().take(Sending.class);
        MessageQueue queue = resumed == null ? all.table().find(id) : resumed.queue();
        long first = queue.send(task, message);
        if (first != Errno.EAGAIN.negated() || (flags & IPC_NOWAIT) != 0) {
            return first;
        }
        long[] result = {first};
        Blocker.Outcome outcome;
        try {
            outcome =
                    task.blocker()
                            .block(
                                    queue.senders(),
                                    () -> {
                                        result[0] = queue.send(task, message);
                                        return result[0] != Errno.EAGAIN.negated();
                                    },
                                    Blocker.FOREVER);
        } catch (WaitSuspended e) {
            task.resumption().keep(new Sending(queue));
            throw e;
        }
        return outcome == Blocker.Outcome.READY ? result[0] : -Restart.ERESTARTNOHAND;
    }

    /** The queue that a call waits for, whatever its id means by now. */
    private record Sending(MessageQueue queue) {}

    @Syscall(nr = 70, name = "msgrcv")
    long msgrcv(Task task, int id, long messageAddr, long maxBytes, long type, int flags) {
        MessageQueues all = queues(task);
        if (id < 0 || maxBytes < 0) {
            throw Errno.EINVAL.exception();
        }
        boolean copy = (flags & MSG_COPY) != 0;
        if (copy && ((flags & MSG_EXCEPT) != 0 || (flags & IPC_NOWAIT) == 0)) {
            throw Errno.EINVAL.exception();
        }
        if (copy) {
            // prepare_copy: what lies there is read first, though nobody wants it
            task.user().copyIn(messageAddr, (int) Math.min(maxBytes, all.maxMessageBytes()));
        }
        Waiting waiting = task.resumption().take(Waiting.class);
        if (waiting == null) {
            Wish wish = Wish.of(type, maxBytes, flags);
            IfEmpty ifEmpty = (flags & IPC_NOWAIT) != 0 ? IfEmpty.FAIL : IfEmpty.WAIT;
            MessageQueue queue = all.table().find(id);
            waiting = new Waiting(queue, queue.receive(task, wish, ifEmpty));
        }
        await(task, waiting);
        Receiver receiver = waiting.receiver();
        Message message = receiver.message();
        if (message == null) {
            if (!receiver.isDone()) {
                return -Restart.ERESTARTNOHAND;
            }
            // EAGAIN: the queue was changed; looks again from the start
            return receiver.error() == Errno.EAGAIN.number()
                    ? msgrcv(task, id, messageAddr, maxBytes, type, flags)
                    : -receiver.error();
        }
        int length = (int) Math.min(maxBytes, message.data().length);
        task.user().writeLong(messageAddr, message.type());
        task.user().copyOut(messageAddr + TEXT, MemorySegment.ofArray(message.data()), 0, length);
        return length;
    }

    /** A place in the line of a queue. */
    private record Waiting(MessageQueue queue, Receiver receiver) {}

    private static void await(Task task, Waiting waiting) {
        Receiver receiver = waiting.receiver();
        if (receiver.isDone()) {
            return;
        }
        Blocker.Outcome outcome;
        try {
            outcome = task.blocker().block(receiver.queue(), receiver::isDone, Blocker.FOREVER);
        } catch (WaitSuspended e) {
            task.resumption().keep(waiting);
            throw e;
        }
        if (outcome != Blocker.Outcome.READY) {
            waiting.queue().leave(receiver);
        }
    }

    @Syscall(nr = 71, name = "msgctl")
    long msgctl(Task task, int id, int command, long userAddr) {
        if (id < 0 || command < 0) {
            throw Errno.EINVAL.exception();
        }
        MessageQueues all = queues(task);
        switch (command) {
            case IPC_INFO, MSG_INFO -> {
                return info(task, all, command, userAddr);
            }
            case MSG_STAT, MSG_STAT_ANY -> {
                MessageQueue queue = all.table().at(id);
                if (command == MSG_STAT) {
                    queue.checkAccess(task, IpcObject.READ);
                }
                tell(task, queue.status(), userAddr);
                return queue.id();
            }
            case IPC_STAT -> {
                MessageQueue queue = all.table().find(id);
                queue.checkAccess(task, IpcObject.READ);
                tell(task, queue.status(), userAddr);
            }
            case IPC_SET -> {
                MsqidDs wanted = MsqidDs.readFrom(Structs.copyIn(task, userAddr, MsqidDs.SIZE), 0);
                MessageQueue queue = all.table().find(id);
                queue.checkOwner(task);
                queue.set(task, wanted);
            }
            case IPC_RMID -> {
                MessageQueue queue = all.table().find(id);
                queue.checkOwner(task);
                queue.remove();
            }
            default -> throw Errno.EINVAL.exception();
        }
        return 0;
    }

    private static void tell(Task task, MsqidDs status, long userAddr) {
        MemorySegment struct = Structs.allocate(MsqidDs.SIZE);
        status.writeTo(struct, 0);
        Structs.copyOut(task, userAddr, struct);
    }

    private static long info(Task task, MessageQueues all, int command, long userAddr) {
        boolean usage = command == MSG_INFO;
        int[] fields = {
            usage ? all.table().size() : MSGMNI * (MSGMNB / 1024),
            usage ? (int) all.messages() : MSGMNB,
            all.maxMessageBytes(),
            all.maxQueueBytes(),
            all.maxQueues(),
            SEGMENT_BYTES,
            usage ? (int) all.bytes() : MSGMNB,
            MOST_SEGMENTS
        };
        MemorySegment struct = Structs.allocate(INFO_BYTES);
        for (int i = 0; i < fields.length; i++) {
            struct.set(ValueLayout.JAVA_INT_UNALIGNED, 4L * i, fields[i]);
        }
        Structs.copyOut(task, userAddr, struct);
        return all.table().highestIndex();
    }

    private static MessageQueues queues(Task task) {
        return IpcNamespace.of(task).messages();
    }
}
