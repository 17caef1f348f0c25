package dev.moat.task.seccomp;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.OpenFlags;
import dev.moat.abi.Restart;
import dev.moat.abi.Seccomp;
import dev.moat.abi.SeccompNotif;
import dev.moat.abi.SeccompNotifAddfd;
import dev.moat.abi.SeccompNotifResp;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.vfs.ControlFile;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.NamelessInode;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** The descriptor by which a process receives and answers calls of others: seccomp_unotify(2). */
@Stateful
public final class ListenerDescription extends ControlFile {
    /** Until Linux 5.17 the direction was the wrong one, and is still taken. */
    private static final int ID_VALID_WRONG_DIRECTION = 0x80082102;

    /**
     * SECCOMP_IOCTL_NOTIF_ADDFD takes structs of all sizes, in all directions: EA_IOCTL(),
     * kernel/seccomp.c.
     */
    private static final int ADDFD_TYPE_AND_NUMBER = 0x2103;

    private static final int TYPE_AND_NUMBER = 0xffff;

    private static final int SIZE_SHIFT = 16;
    private static final int SIZE_MASK = 0x3fff;
    private static final int PAGE_BYTES = 4096;

    private final Listener listener;
    private final Inode inode = NamelessInode.anonymous();

    public ListenerDescription(Listener listener) {
        super(OpenFlags.O_RDWR);
        this.listener = listener;
    }

    @Override
    protected void closed() {
        listener.close();
    }

    @Override
    public Inode inode() {
        return inode;
    }

    @Override
    public String anonymousName() {
        return "anon_inode:seccomp notify";
    }

    @Override
    public int readiness() {
        return listener.readiness();
    }

    @Override
    public @Nullable WaitQueue waitQueue() {
        return listener.bell();
    }

    @Override
    public long ioctl(Task task, int command, long argument) {
        return switch (command) {
            case Seccomp.SECCOMP_IOCTL_NOTIF_RECV -> receive(task, argument);
            case Seccomp.SECCOMP_IOCTL_NOTIF_SEND -> send(task, argument);
            case Seccomp.SECCOMP_IOCTL_NOTIF_ID_VALID, ID_VALID_WRONG_DIRECTION -> {
                if (!listener.isValid(task.user().readLong(argument))) {
                    throw Errno.ENOENT.exception();
                }
                yield 0;
            }
            case Seccomp.SECCOMP_IOCTL_NOTIF_SET_FLAGS -> {
                if ((argument & ~Seccomp.SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP) != 0) {
                    throw Errno.EINVAL.exception();
                }
                // A hint where to run the other side; the host decides that.
                yield 0;
            }
            default -> {
                int size = command >>> SIZE_SHIFT & SIZE_MASK;
                if ((command & TYPE_AND_NUMBER) != ADDFD_TYPE_AND_NUMBER) {
                    throw Errno.EINVAL.exception();
                }
                yield addFile(task, argument, size);
            }
        };
    }

    private long receive(Task task, long userAddr) {
        byte[] empty = task.user().copyIn(userAddr, (int) SeccompNotif.SIZE);
        for (byte each : empty) {
            if (each != 0) {
                throw Errno.EINVAL.exception();
            }
        }
        Notification told = listener.receive(task);
        if (told == null) {
            return -Restart.ERESTARTSYS;
        }
        MemorySegment struct = MemorySegment.ofArray(new byte[(int) SeccompNotif.SIZE]);
        new SeccompNotif(told.id, told.task.tid(), 0, told.data).writeTo(struct, 0);
        try {
            task.user().copyOut(userAddr, struct, 0, SeccompNotif.SIZE);
        } catch (ErrnoException e) {
            listener.unreceive(told);
            throw e;
        }
        return 0;
    }

    private long send(Task task, long userAddr) {
        byte[] bytes = task.user().copyIn(userAddr, (int) SeccompNotifResp.SIZE);
        SeccompNotifResp answer = SeccompNotifResp.readFrom(MemorySegment.ofArray(bytes), 0);
        boolean continued = (answer.flags() & Seccomp.SECCOMP_USER_NOTIF_FLAG_CONTINUE) != 0;
        if ((answer.flags() & ~Seccomp.SECCOMP_USER_NOTIF_FLAG_CONTINUE) != 0
                || continued && (answer.error() != 0 || answer.value() != 0)) {
            throw Errno.EINVAL.exception();
        }
        long result = answer.error() != 0 ? answer.error() : answer.value();
        listener.reply(answer.id(), result, continued);
        return 0;
    }

    private long addFile(Task task, long userAddr, int sizeBytes) {
        AddedFile pending = task.resumption().take(AddedFile.class);
        if (pending != null) {
            return listener.awaitAdded(task, pending);
        }
        int size = (int) SeccompNotifAddfd.SIZE;
        if (sizeBytes < size || sizeBytes >= PAGE_BYTES) {
            throw Errno.EINVAL.exception();
        }
        byte[] bytes = task.user().copyIn(userAddr, sizeBytes);
        for (int i = size; i < bytes.length; i++) {
            if (bytes[i] != 0) {
                throw Errno.E2BIG.exception();
            }
        }
        SeccompNotifAddfd wanted = SeccompNotifAddfd.readFrom(MemorySegment.ofArray(bytes), 0);
        boolean numbered = (wanted.flags() & Seccomp.SECCOMP_ADDFD_FLAG_SETFD) != 0;
        int known = Seccomp.SECCOMP_ADDFD_FLAG_SETFD | Seccomp.SECCOMP_ADDFD_FLAG_SEND;
        if ((wanted.newFdFlags() & ~OpenFlags.O_CLOEXEC) != 0
                || (wanted.flags() & ~known) != 0
                || wanted.newFd() != 0 && !numbered) {
            throw Errno.EINVAL.exception();
        }
        AddedFile added =
                listener.add(
                        wanted.id(),
                        task.files().acquire(wanted.sourceFd()),
                        numbered ? wanted.newFd() : AddedFile.ANY,
                        (wanted.newFdFlags() & OpenFlags.O_CLOEXEC) != 0,
                        (wanted.flags() & Seccomp.SECCOMP_ADDFD_FLAG_SEND) != 0);
        return listener.awaitAdded(task, added);
    }
}
