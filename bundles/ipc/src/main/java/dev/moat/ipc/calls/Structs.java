package dev.moat.ipc.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.Timespec;
import dev.moat.api.task.Task;
import java.lang.foreign.MemorySegment;

/** Structs between guest and kernel. */
final class Structs {
    private Structs() {}

    static MemorySegment allocate(long sizeBytes) {
        return MemorySegment.ofArray(new byte[(int) sizeBytes]);
    }

    static MemorySegment copyIn(Task task, long userAddr, long sizeBytes) {
        return MemorySegment.ofArray(task.user().copyIn(userAddr, (int) sizeBytes));
    }

    static void copyOut(Task task, long userAddr, MemorySegment struct) {
        task.user().copyOut(userAddr, struct, 0, struct.byteSize());
    }

    /** EFAULT; EINVAL for what is no time. */
    static Timespec rawTime(Task task, long userAddr) {
        return Timespec.readFrom(copyIn(task, userAddr, Timespec.SIZE), 0);
    }

    static Timespec time(Task task, long userAddr) {
        Timespec time = rawTime(task, userAddr);
        if (!time.isValid()) {
            throw Errno.EINVAL.exception();
        }
        return time;
    }
}
