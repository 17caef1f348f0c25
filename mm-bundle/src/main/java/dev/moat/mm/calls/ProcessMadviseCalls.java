package dev.moat.mm.calls;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.Iovec;
import dev.moat.abi.Limits;
import dev.moat.abi.MemoryFlags;
import dev.moat.api.mm.MemoryManager;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.ProcessFile;
import dev.moat.api.task.PtraceAccess;
import dev.moat.api.task.PtraceAccess.Identity;
import dev.moat.api.task.Task;
import dev.moat.api.task.ThreadGroup;
import dev.moat.api.vfs.FileDescription;
import java.lang.foreign.MemorySegment;

/** {@code process_madvise(2)}: mm/madvise.c. */
final class ProcessMadviseCalls {
    @Syscall(nr = 440, name = "process_madvise")
    long processMadvise(Task task, int fd, long vectors, long count, int advice, int flags) {
        if (flags != 0 || count < 0 || count > Limits.UIO_MAXIOV) {
            throw Errno.EINVAL.exception();
        }
        Iovec[] ranges = read(task, vectors, (int) count);
        ThreadGroup target = process(task, fd);
        if (!mayBeGiven(advice)) {
            throw Errno.EINVAL.exception();
        }
        if (target.isZombie() || target.tasks().isEmpty()) {
            throw Errno.ESRCH.exception();
        }
        MemoryManager memory = target.tasks().getFirst().memory();
        if (memory != task.memory()) {
            checkMayLook(task, target);
            if (!task.credentials().can(Capabilities.CAP_SYS_NICE)) {
                throw Errno.EPERM.exception();
            }
        }
        long done = 0;
        for (Iovec range : ranges) {
            try {
                memory.control().advise(range.base(), range.lengthBytes(), advice);
            } catch (ErrnoException e) {
                if (done == 0) {
                    throw e;
                }
                break;
            }
            done += range.lengthBytes();
        }
        return done;
    }

    private static Iovec[] read(Task task, long userAddr, int count) {
        MemorySegment array =
                MemorySegment.ofArray(task.user().copyIn(userAddr, count * (int) Iovec.SIZE));
        Iovec[] ranges = new Iovec[count];
        for (int i = 0; i < count; i++) {
            ranges[i] = Iovec.readFrom(array, i * Iovec.SIZE);
            if (ranges[i].lengthBytes() < 0) {
                throw Errno.EINVAL.exception();
            }
        }
        return ranges;
    }

    private static ThreadGroup process(Task task, int fd) {
        FileDescription file = task.files().acquire(fd);
        try {
            if (file instanceof ProcessFile process) {
                return process.process();
            }
            throw Errno.EBADF.exception();
        } finally {
            file.release();
        }
    }

    /** process_madvise_behavior_valid(); there are no huge pages to collapse to. */
    private static boolean mayBeGiven(int advice) {
        return switch (advice) {
            case MemoryFlags.MADV_COLD, MemoryFlags.MADV_PAGEOUT, MemoryFlags.MADV_WILLNEED -> true;
            default -> false;
        };
    }

    /** mm_access() with PTRACE_MODE_READ_FSCREDS: EACCES. */
    private static void checkMayLook(Task task, ThreadGroup target) {
        if (!PtraceAccess.allows(task, target.leader(), Identity.FILES)) {
            throw Errno.EACCES.exception();
        }
    }
}
