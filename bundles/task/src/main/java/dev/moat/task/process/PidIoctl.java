package dev.moat.task.process;

import dev.moat.abi.Errno;
import dev.moat.api.namespace.Namespace;
import dev.moat.api.namespace.NamespaceKind;
import dev.moat.api.namespace.Namespaces;
import dev.moat.api.sandbox.ExitStatus;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.PtraceAccess;
import dev.moat.api.task.PtraceAccess.Identity;
import dev.moat.api.task.Task;
import dev.moat.api.task.Task.TaskState;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** What ioctl(2) tells of a process: include/uapi/linux/pidfd.h, PIDFS_IOCTL_MAGIC 0xff. */
final class PidIoctl {
    private static final int FIRST_NAMESPACE = 0xff01;

    /** By number, from 1 on; two of them are those of children, which are the same. */
    private static final List<NamespaceKind> NAMESPACES =
            List.of(
                    NamespaceKind.CGROUP,
                    NamespaceKind.IPC,
                    NamespaceKind.MNT,
                    NamespaceKind.NET,
                    NamespaceKind.PID,
                    NamespaceKind.PID,
                    NamespaceKind.TIME,
                    NamespaceKind.TIME,
                    NamespaceKind.USER,
                    NamespaceKind.UTS);

    /** The place in {@link #NAMESPACES} of PIDFD_GET_TIME_FOR_CHILDREN_NAMESPACE. */
    private static final int TIME_FOR_CHILDREN = 7;

    /** PIDFD_GET_INFO without the size of its struct, and the first published size. */
    private static final int INFO = 0xc000ff0b;

    private static final int INFO_BYTES = 64;
    private static final int SIZE_SHIFT = 16;
    private static final int SIZE_MASK = 0x3fff;

    private static final int INFO_PID = 1;
    private static final int INFO_CREDENTIALS = 2;
    private static final int INFO_EXIT = 8;

    // Offsets of struct pidfd_info.
    private static final int PID = 16;
    private static final int EXIT_CODE = 60;

    private final PidDescription file;
    private final GuestGroup group;

    PidIoctl(PidDescription file) {
        this.file = file;
        this.group = file.group();
    }

    long run(Task task, int command, long argument) {
        int size = command >>> SIZE_SHIFT & SIZE_MASK;
        if ((command & ~(SIZE_MASK << SIZE_SHIFT)) == INFO) {
            return info(task, size, argument);
        }
        int kind = command - FIRST_NAMESPACE;
        if (kind < 0 || kind >= NAMESPACES.size()) {
            throw Errno.ENOTTY.exception();
        }
        GuestTask target = file.task();
        if (target == null) {
            throw Errno.ESRCH.exception();
        }
        if (argument != 0) {
            throw Errno.EINVAL.exception();
        }
        if (group.isZombie() || target.state() == TaskState.ZOMBIE) {
            throw Errno.ESRCH.exception();
        }
        if (!PtraceAccess.allows(task, target, Identity.FILES)) {
            throw Errno.EACCES.exception();
        }
        Namespaces theirs = target.namespaces();
        Namespace wanted =
                kind == TIME_FOR_CHILDREN
                        ? theirs.timeForChildren()
                        : theirs.get(NAMESPACES.get(kind));
        return NamespaceFile.open(task, wanted);
    }

    private long info(Task task, int sizeBytes, long userAddr) {
        if (sizeBytes < INFO_BYTES) {
            throw Errno.ENOTTY.exception();
        }
        if (userAddr == 0) {
            throw Errno.EINVAL.exception();
        }
        long wanted = task.user().readLong(userAddr);
        if (!group.pids().isWithin(task.pids())) {
            throw Errno.EREMOTE.exception();
        }
        GuestTask target = file.task();
        if (target == null && (wanted & INFO_EXIT) == 0) {
            throw Errno.ESRCH.exception();
        }
        MemorySegment struct = MemorySegment.ofArray(new byte[INFO_BYTES]);
        long told = 0;
        if (target != null) {
            told |= INFO_PID | INFO_CREDENTIALS;
            Credentials who = target.credentials();
            int[] fields = {
                task.pids().seen(target.tid()),
                task.pids().seen(group.tgid()),
                task.pids().seen(group.parentTgid()),
                who.uid(),
                who.gid(),
                who.effectiveUid(),
                who.effectiveGid(),
                who.savedUid(),
                who.savedGid(),
                who.fsUid(),
                who.fsGid()
            };
            for (int i = 0; i < fields.length; i++) {
                struct.set(ValueLayout.JAVA_INT_UNALIGNED, PID + 4L * i, fields[i]);
            }
        }
        if (target == null) {
            told |= INFO_EXIT;
            ExitStatus status = file.exitStatus();
            struct.set(ValueLayout.JAVA_INT_UNALIGNED, EXIT_CODE, status.waitStatus());
        }
        struct.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, told);
        task.user().copyOut(userAddr, struct, 0, INFO_BYTES);
        return 0;
    }
}
