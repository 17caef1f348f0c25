package dev.moat.mm.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.Iovec;
import dev.moat.abi.Limits;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.UserMemory;
import dev.moat.api.mm.UserMemory.BufferUse;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.PtraceAccess;
import dev.moat.api.task.PtraceAccess.Identity;
import dev.moat.api.task.Task;
import java.lang.foreign.MemorySegment;

/** {@code process_vm_readv(2)}: mm/process_vm_access.c. */
final class ProcessVmCalls {
    private static final int BOUNCE_BYTES = 1 << 16;

    @Syscall(nr = 310, name = "process_vm_readv")
    long processVmReadv(
            Task task,
            int pid,
            long local,
            long localCount,
            long remote,
            long remoteCount,
            long flags) {
        return transfer(task, pid, local, localCount, remote, remoteCount, flags, BufferUse.READ);
    }

    @Syscall(nr = 311, name = "process_vm_writev")
    long processVmWritev(
            Task task,
            int pid,
            long local,
            long localCount,
            long remote,
            long remoteCount,
            long flags) {
        return transfer(task, pid, local, localCount, remote, remoteCount, flags, BufferUse.WRITE);
    }

    private static long transfer(
            Task task,
            int pid,
            long local,
            long localCount,
            long remote,
            long remoteCount,
            long flags,
            BufferUse use) {
        if (flags != 0) {
            throw Errno.EINVAL.exception();
        }
        IoBuffer buffer = task.user().buffer(local, (int) localCount, use);
        if (buffer.remaining() == 0) {
            return 0;
        }
        Iovec[] parts = remoteParts(task, remote, count(remoteCount));
        if (parts.length == 0) {
            return 0;
        }
        Task target =
                task.sandbox()
                        .tasks()
                        .task(task.pids().meant(pid))
                        .orElseThrow(Errno.ESRCH::exception);
        if (!PtraceAccess.allows(task, target, Identity.REAL)) {
            throw Errno.EPERM.exception();
        }
        long done = 0;
        byte[] bounce = new byte[(int) Math.min(BOUNCE_BYTES, buffer.remaining())];
        for (Iovec part : parts) {
            long wanted = Math.min(part.lengthBytes(), buffer.remaining());
            long moved = transferPart(target.user(), part, buffer, bounce, use);
            done += moved;
            if (moved < part.lengthBytes()) {
                if (done == 0 && moved < wanted) {
                    throw Errno.EFAULT.exception();
                }
                break;
            }
        }
        return done;
    }

    private static int count(long count) {
        if (count < 0 || count > Limits.UIO_MAXIOV) {
            throw Errno.EINVAL.exception();
        }
        return (int) count;
    }

    private static Iovec[] remoteParts(Task task, long addr, int count) {
        MemorySegment array =
                MemorySegment.ofArray(task.user().copyIn(addr, count * (int) Iovec.SIZE));
        Iovec[] parts = new Iovec[count];
        for (int i = 0; i < count; i++) {
            parts[i] = Iovec.readFrom(array, i * Iovec.SIZE);
            if (parts[i].lengthBytes() < 0) {
                throw Errno.EINVAL.exception();
            }
        }
        return parts;
    }

    private static long transferPart(
            UserMemory target, Iovec part, IoBuffer buffer, byte[] bounce, BufferUse use) {
        MemorySegment memory = MemorySegment.ofArray(bounce);
        long wanted = Math.min(part.lengthBytes(), buffer.remaining());
        long done = 0;
        while (done < wanted) {
            long step = Math.min(bounce.length, wanted - done);
            long moved;
            if (use == BufferUse.READ) {
                long got = target.copyInPinned(part.base() + done, memory, 0, step);
                moved = buffer.put(memory, 0, got);
            } else {
                long got = buffer.get(memory, 0, step);
                moved = target.copyOutPinned(part.base() + done, memory, 0, got);
            }
            done += moved;
            if (moved < step) {
                break;
            }
        }
        return done;
    }
}
