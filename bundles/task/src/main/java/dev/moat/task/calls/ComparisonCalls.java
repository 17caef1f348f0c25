package dev.moat.task.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.KcmpTypes;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.PtraceAccess;
import dev.moat.api.task.PtraceAccess.Identity;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.task.process.GuestTask;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/** {@code kcmp(2)}. */
final class ComparisonCalls {
    private static final ValueLayout.OfInt WORD = ValueLayout.JAVA_INT_UNALIGNED;

    /** struct kcmp_epoll_slot: efd, tfd, toff; include/uapi/linux/kcmp.h. */
    private static final long SLOT_BYTES = 12;

    @Syscall(nr = 312, name = "kcmp")
    long kcmp(Task task, int pid1, int pid2, int type, long index1, long index2) {
        GuestTask first = find(task, pid1);
        GuestTask second = find(task, pid2);
        checkAccess(task, first);
        checkAccess(task, second);
        return switch (type) {
            case KcmpTypes.KCMP_FILE -> compareFiles(first, (int) index1, second, (int) index2);
            case KcmpTypes.KCMP_VM -> compare(first.memory(), second.memory());
            case KcmpTypes.KCMP_FILES -> compare(first.files(), second.files());
            case KcmpTypes.KCMP_FS -> compare(first.fs(), second.fs());
            case KcmpTypes.KCMP_SIGHAND ->
                    compare(first.group().actions(), second.group().actions());
            case KcmpTypes.KCMP_IO ->
                    compare(
                            first.scheduling().ioContextOrNull(),
                            second.scheduling().ioContextOrNull());
            case KcmpTypes.KCMP_SYSVSEM ->
                    compare(first.undoGroupOrNull(), second.undoGroupOrNull());
            case KcmpTypes.KCMP_EPOLL_TFD ->
                    compareWatched(task, first, (int) index1, second, index2);
            default -> throw Errno.EINVAL.exception();
        };
    }

    private static GuestTask find(Task task, int pid) {
        GuestTask caller = GuestTask.of(task);
        GuestTask target = caller.services().tree().find(caller, pid);
        if (target == null) {
            throw Errno.ESRCH.exception();
        }
        return target;
    }

    private static void checkAccess(Task task, GuestTask target) {
        if (!PtraceAccess.allows(task, target, Identity.REAL)) {
            throw Errno.EPERM.exception();
        }
    }

    private static long compareFiles(GuestTask first, int fd1, GuestTask second, int fd2) {
        FileDescription a = first.files().acquire(fd1);
        try {
            FileDescription b = second.files().acquire(fd2);
            try {
                return compare(a, b);
            } finally {
                b.release();
            }
        } finally {
            a.release();
        }
    }

    /** kcmp_epoll_target(): the slot names an epoll instance of the second task. */
    private static long compareWatched(
            Task task, GuestTask first, int fd, GuestTask second, long slotAddr) {
        MemorySegment slot = Structs.copyIn(task.user(), slotAddr, SLOT_BYTES);
        FileDescription file = first.files().acquire(fd);
        try {
            FileDescription epoll = second.files().acquire(slot.get(WORD, 0));
            try {
                return compare(file, epoll.watched(slot.get(WORD, 4), slot.get(WORD, 8)));
            } finally {
                epoll.release();
            }
        } finally {
            file.release();
        }
    }

    /** 0 equal, 1 less, 2 greater, 3 different but unordered: hashes that collide have no order. */
    private static long compare(@Nullable Object a, @Nullable Object b) {
        if (a == b) {
            return 0;
        }
        int order = Integer.compare(System.identityHashCode(a), System.identityHashCode(b));
        return order == 0 ? 3 : order < 0 ? 1 : 2;
    }
}
