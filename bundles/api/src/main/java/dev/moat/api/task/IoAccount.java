package dev.moat.api.task;

import dev.moat.api.swap.Stateful;

/**
 * Counts what one task reads and writes: include/linux/task_io_accounting.h. Written on the task's
 * own thread, read by anybody.
 */
@Stateful
public final class IoAccount {
    // Volatile for those who read them; one writer, so that no sum is lost.
    private volatile long readBytes;
    private volatile long writtenBytes;
    private volatile long readCalls;
    private volatile long writeCalls;
    private volatile long fetchedBytes;
    private volatile long storedBytes;

    /**
     * A call has read.
     *
     * @param result bytes, or a negated errno, which counts as a call only
     */
    public void countRead(long result) {
        readCalls = readCalls + 1;
        if (result > 0) {
            readBytes = readBytes + result;
        }
    }

    /** As {@link #countRead}, for calls that write. */
    public void countWrite(long result) {
        writeCalls = writeCalls + 1;
        if (result > 0) {
            writtenBytes = writtenBytes + result;
        }
    }

    /** Bytes came from a file of the host. */
    public void countFetched(long bytes) {
        fetchedBytes = fetchedBytes + bytes;
    }

    /** Bytes went to a file of the host. */
    public void countStored(long bytes) {
        storedBytes = storedBytes + bytes;
    }

    /** What was counted until now. */
    public IoCounts collect() {
        return new IoCounts(
                readBytes, writtenBytes, readCalls, writeCalls, fetchedBytes, storedBytes);
    }
}
