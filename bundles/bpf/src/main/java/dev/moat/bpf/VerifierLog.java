package dev.moat.bpf;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.api.task.Task;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/** Where a caller wants to read what the verifier says: kernel/bpf/log.c. */
final class VerifierLog {
    private static final int STATISTICS = 4;

    /** The beginning is kept if there is not room for all, not the end. */
    private static final int FIXED = 8;

    private static final int LEVELS = 0xf;
    private static final int MOST_BYTES = -1 >>> 2;

    private final Task task;
    private final int level;
    private final long userAddr;
    private final int sizeBytes;
    private final StringBuilder text = new StringBuilder();

    /** EINVAL: the three do not fit together. */
    VerifierLog(Task task, int level, long userAddr, int sizeBytes) {
        if ((userAddr == 0) != (sizeBytes == 0)
                || userAddr != 0 && level == 0
                || (level & ~LEVELS) != 0
                || Integer.compareUnsigned(sizeBytes, MOST_BYTES) > 0) {
            throw Errno.EINVAL.exception();
        }
        this.task = task;
        this.level = level;
        this.userAddr = userAddr;
        this.sizeBytes = sizeBytes;
    }

    void line(String line) {
        text.append(line).append('\n');
    }

    /** What only those want who ask for statistics. */
    void statistics(String line) {
        if ((level & STATISTICS) != 0) {
            line(line);
        }
    }

    /**
     * Gives it to the caller.
     *
     * @return how many bytes all of it takes, with the zero at its end; 0: nobody wants it
     * @throws ErrnoException EFAULT
     */
    int finish() {
        if (level == 0) {
            return 0;
        }
        byte[] all = (text + "\0").getBytes(StandardCharsets.US_ASCII);
        if (userAddr != 0) {
            int shown = Math.min(all.length, sizeBytes);
            byte[] part = new byte[shown];
            int from = (level & FIXED) != 0 ? 0 : all.length - shown;
            System.arraycopy(all, from, part, 0, shown);
            part[shown - 1] = 0;
            task.user().copyOut(userAddr, MemorySegment.ofArray(part), 0, shown);
        }
        return all.length;
    }

    /** Whether there was not room for so much. */
    boolean isShort(int neededBytes) {
        return userAddr != 0 && neededBytes > sizeBytes;
    }
}
