package dev.moat.ipc.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.IpcConstants;
import dev.moat.abi.KernelSigevent;
import dev.moat.abi.Limits;
import dev.moat.abi.MqAttr;
import dev.moat.abi.OpenFlags;
import dev.moat.abi.Restart;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitSuspended;
import dev.moat.api.vfs.FileDescription;
import dev.moat.ipc.IpcNamespace;
import dev.moat.ipc.mqueue.Letter;
import dev.moat.ipc.mqueue.QueueFile;
import dev.moat.ipc.mqueue.QueueFilesystem;
import dev.moat.ipc.mqueue.QueueNames;
import dev.moat.ipc.mqueue.Transfer;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * {@code mq_open(2)}, {@code mq_unlink(2)}, {@code mq_timedsend(2)}, {@code mq_timedreceive(2)},
 * {@code mq_notify(2)}, {@code mq_getsetattr(2)}: ipc/mqueue.c.
 */
final class MqueueCalls {
    @Syscall(nr = 240, name = "mq_open")
    long mqOpen(Task task, long nameAddr, int flags, int mode, long attributesAddr) {
        Optional<MqAttr> attributes =
                attributesAddr == 0
                        ? Optional.empty()
                        : Optional.of(readAttributes(task, attributesAddr));
        String name = task.user().readString(nameAddr, Limits.PATH_MAX);
        FileDescription file =
                QueueNames.open(task, queues(task), name, flags, mode & 07777, attributes);
        return task.files().install(task, file, true);
    }

    private static MqAttr readAttributes(Task task, long userAddr) {
        return MqAttr.readFrom(Structs.copyIn(task, userAddr, MqAttr.SIZE), 0);
    }

    @Syscall(nr = 241, name = "mq_unlink")
    long mqUnlink(Task task, long nameAddr) {
        String name = task.user().readString(nameAddr, Limits.PATH_MAX);
        QueueNames.unlink(task, queues(task), name);
        return 0;
    }

    @Syscall(nr = 242, name = "mq_timedsend")
    long mqTimedsend(
            Task task, int fd, long textAddr, long lengthBytes, int priority, long timeoutAddr) {
        long deadlineNs = deadline(task, timeoutAddr);
        if (Integer.compareUnsigned(priority, IpcConstants.MQ_PRIO_MAX) >= 0) {
            throw Errno.EINVAL.exception();
        }
        FileDescription file = task.resumption().acquire(task, fd);
        try {
            if (!(file instanceof QueueFile queue) || !file.isWritable()) {
                throw Errno.EBADF.exception();
            }
            if (Long.compareUnsigned(lengthBytes, queue.messageBytes()) > 0) {
                throw Errno.EMSGSIZE.exception();
            }
            Transfer transfer = task.resumption().take(Transfer.class);
            if (transfer == null) {
                byte[] text = task.user().copyIn(textAddr, (int) lengthBytes);
                transfer = queue.send(task, new Letter(priority, text));
            }
            return await(task, fd, queue, transfer, deadlineNs);
        } finally {
            file.release();
        }
    }

    @Syscall(nr = 243, name = "mq_timedreceive")
    long mqTimedreceive(
            Task task,
            int fd,
            long textAddr,
            long lengthBytes,
            long priorityAddr,
            long timeoutAddr) {
        long deadlineNs = deadline(task, timeoutAddr);
        FileDescription file = task.resumption().acquire(task, fd);
        try {
            if (!(file instanceof QueueFile queue) || !file.isReadable()) {
                throw Errno.EBADF.exception();
            }
            if (Long.compareUnsigned(lengthBytes, queue.messageBytes()) < 0) {
                throw Errno.EMSGSIZE.exception();
            }
            Transfer transfer = task.resumption().take(Transfer.class);
            if (transfer == null) {
                transfer = queue.receive();
            }
            long waited = await(task, fd, queue, transfer, deadlineNs);
            if (waited < 0) {
                return waited;
            }
            Letter letter = transfer.letter();
            if (priorityAddr != 0) {
                task.user().writeInt(priorityAddr, letter.priority());
            }
            task.user().copyOut(textAddr, letter.text());
            return letter.text().length;
        } finally {
            file.release();
        }
    }

    /** On the monotonic clock; the guest gives a time of day. EFAULT, EINVAL. */
    private static long deadline(Task task, long timeoutAddr) {
        if (timeoutAddr == 0) {
            return Blocker.FOREVER;
        }
        long untilNs = Structs.time(task, timeoutAddr).toNanos();
        long leftNs = untilNs - task.sandbox().clock().realtimeNs();
        long nowNs = task.sandbox().clock().monotonicNs();
        return leftNs > Blocker.FOREVER - nowNs ? Blocker.FOREVER : nowNs + leftNs;
    }

    private static long await(
            Task task, int fd, QueueFile queue, Transfer transfer, long deadlineNs) {
        if (transfer.isDone()) {
            return 0;
        }
        Blocker.Outcome outcome;
        try {
            outcome = task.blocker().block(transfer.queue(), transfer::isDone, deadlineNs);
        } catch (WaitSuspended e) {
            task.resumption().keep(transfer);
            task.resumption().pin(fd, queue);
            throw e;
        }
        queue.leave(transfer);
        if (transfer.isDone()) {
            return 0;
        }
        return outcome == Blocker.Outcome.TIMED_OUT
                ? Errno.ETIMEDOUT.negated()
                : -Restart.ERESTARTSYS;
    }

    @Syscall(nr = 244, name = "mq_notify")
    long mqNotify(Task task, int fd, long eventAddr) {
        if (eventAddr == 0) {
            return MqueueNotices.remove(task, fd);
        }
        return MqueueNotices.register(
                task,
                fd,
                KernelSigevent.readFrom(Structs.copyIn(task, eventAddr, KernelSigevent.SIZE), 0));
    }

    @Syscall(nr = 245, name = "mq_getsetattr")
    long mqGetsetattr(Task task, int fd, long newAddr, long oldAddr) {
        Optional<MqAttr> wanted =
                newAddr == 0 ? Optional.empty() : Optional.of(readAttributes(task, newAddr));
        if (wanted.isPresent() && (wanted.get().flags() & ~OpenFlags.O_NONBLOCK) != 0) {
            throw Errno.EINVAL.exception();
        }
        FileDescription file = task.files().acquire(fd);
        try {
            if (!(file instanceof QueueFile queue)) {
                throw Errno.EBADF.exception();
            }
            MqAttr old = queue.attributes();
            wanted.ifPresent(
                    attributes -> queue.setFlags(OpenFlags.O_NONBLOCK, (int) attributes.flags()));
            if (oldAddr != 0) {
                MemorySegment struct = Structs.allocate(MqAttr.SIZE);
                old.writeTo(struct, 0);
                Structs.copyOut(task, oldAddr, struct);
            }
            return 0;
        } finally {
            file.release();
        }
    }

    private static QueueFilesystem queues(Task task) {
        return IpcNamespace.of(task).queues();
    }
}
