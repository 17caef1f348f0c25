package dev.moat.ipc.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.abi.KernelSigevent;
import dev.moat.abi.Restart;
import dev.moat.abi.SignalCodes;
import dev.moat.abi.Signals;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.NoticeSocket;
import dev.moat.ipc.mqueue.Notice;
import dev.moat.ipc.mqueue.QueueFile;
import dev.moat.ipc.mqueue.SocketNotice;
import org.jspecify.annotations.Nullable;

/** {@code mq_notify(2)}: do_mq_notify() in ipc/mqueue.c. */
final class MqueueNotices {
    private MqueueNotices() {}

    /** Nobody is to be told any more. */
    static long remove(Task task, int fd) {
        FileDescription file = task.files().acquire(fd);
        try {
            queue(file).removeNotice(task);
            return 0;
        } finally {
            file.release();
        }
    }

    /**
     * Tells the caller's process of the next message.
     *
     * @return 0, or a restart code if a signal came while the socket had no room
     * @throws dev.moat.abi.ErrnoException EINVAL, EBADF, EFAULT, EBUSY; ENOTSOCK: SIGEV_THREAD
     *     without a socket
     */
    static long register(Task task, int fd, KernelSigevent wanted) {
        SocketNotice notice = null;
        switch (wanted.notification()) {
            case SignalCodes.SIGEV_NONE -> {
                // Nobody is told, but nobody else can register.
            }
            case SignalCodes.SIGEV_SIGNAL -> {
                if (wanted.signal() < 0 || wanted.signal() > Signals._NSIG) {
                    throw Errno.EINVAL.exception();
                }
            }
            case SignalCodes.SIGEV_THREAD -> {
                notice = socketNotice(task, wanted);
                if (notice == null) {
                    return -Restart.ERESTARTSYS;
                }
            }
            default -> throw Errno.EINVAL.exception();
        }
        boolean registered = false;
        try {
            register(task, fd, wanted, notice);
            registered = true;
            return 0;
        } finally {
            if (!registered && notice != null) {
                notice.cancel();
            }
        }
    }

    private static void register(
            Task task, int fd, KernelSigevent wanted, @Nullable SocketNotice notice) {
        FileDescription file = task.files().acquire(fd);
        try {
            boolean signals = wanted.notification() == SignalCodes.SIGEV_SIGNAL;
            Notice told =
                    new Notice(
                            task.group(),
                            wanted.notification(),
                            signals ? wanted.signal() : 0,
                            wanted.value());
            queue(file).setNotice(told, notice);
        } finally {
            file.release();
        }
    }

    /** A cookie for which the socket keeps room; null if a signal came before it had any. */
    private static @Nullable SocketNotice socketNotice(Task task, KernelSigevent wanted) {
        byte[] cookie = task.user().copyIn(wanted.value(), SocketNotice.COOKIE_BYTES);
        FileDescription file = task.files().acquire(wanted.signal());
        try {
            if (!(file instanceof NoticeSocket socket)) {
                boolean isSocket = FileMode.S_ISSOCK(file.inode().mode());
                throw (isSocket ? Errno.EINVAL : Errno.ENOTSOCK).exception();
            }
            boolean[] reserved = {socket.reserveNotice(cookie.length)};
            if (!reserved[0]) {
                task.blocker()
                        .block(
                                socket.noticeQueue(),
                                () -> {
                                    reserved[0] = socket.reserveNotice(cookie.length);
                                    return reserved[0];
                                },
                                Blocker.FOREVER);
            }
            return reserved[0] ? new SocketNotice(socket, cookie) : null;
        } finally {
            file.release();
        }
    }

    private static QueueFile queue(FileDescription file) {
        if (!(file instanceof QueueFile queue)) {
            throw Errno.EBADF.exception();
        }
        return queue;
    }
}
