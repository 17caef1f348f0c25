package dev.moat.task.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.Timespec;
import dev.moat.abi.Timeval;
import dev.moat.api.mm.UserMemory;
import java.lang.foreign.MemorySegment;

/** Guest structs as segments of the kernel's own memory: copied in once, copied out whole. */
final class Structs {
    private Structs() {}

    /** Fresh memory for a struct. */
    static MemorySegment allocate(long bytes) {
        return MemorySegment.ofArray(new byte[(int) bytes]);
    }

    /** A copy of guest memory; EFAULT. */
    static MemorySegment copyIn(UserMemory user, long userAddr, long bytes) {
        return MemorySegment.ofArray(user.copyIn(userAddr, (int) bytes));
    }

    /** Writes a whole segment; EFAULT. */
    static void copyOut(UserMemory user, long userAddr, MemorySegment struct) {
        user.copyOut(userAddr, struct, 0, struct.byteSize());
    }

    /** A valid timespec: EFAULT, EINVAL. */
    static Timespec timespec(UserMemory user, long userAddr) {
        Timespec time = Timespec.readFrom(copyIn(user, userAddr, Timespec.SIZE), 0);
        if (!time.isValid()) {
            throw Errno.EINVAL.exception();
        }
        return time;
    }

    static void writeTimespec(UserMemory user, long userAddr, long nanos) {
        MemorySegment struct = allocate(Timespec.SIZE);
        Timespec.ofNanos(nanos).writeTo(struct, 0);
        copyOut(user, userAddr, struct);
    }

    static void writeTimeval(UserMemory user, long userAddr, long nanos) {
        MemorySegment struct = allocate(Timeval.SIZE);
        Timeval.ofNanos(nanos).writeTo(struct, 0);
        copyOut(user, userAddr, struct);
    }
}
