package dev.moat.syscall.strace;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.api.mm.UserMemory;
import dev.moat.api.task.Task;
import java.lang.foreign.MemorySegment;

/**
 * One call as decoders see it.
 *
 * @param result meaningful when {@code phase} is {@link Phase#LEFT}
 */
@SuppressWarnings("ArrayRecordComponent") // lives for one line
record Call(Task task, int number, long[] arguments, Phase phase, long result) {
    /** When it is decoded. */
    enum Phase {
        ENTERED,
        LEFT
    }

    long argument(int index) {
        return arguments[index];
    }

    UserMemory memory() {
        return task.user();
    }

    boolean failed() {
        return phase == Phase.LEFT && result < 0 && result >= -Errno.MAX_ERRNO;
    }

    /** A struct of guest memory; empty if it cannot be read. */
    MemorySegment read(long userAddr, long lengthBytes) {
        try {
            return MemorySegment.ofArray(memory().copyIn(userAddr, (int) lengthBytes));
        } catch (ErrnoException e) {
            return MemorySegment.NULL;
        }
    }
}
