package dev.moat.api.vfs;

import dev.moat.abi.Errno;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Keeps writers of a file and its execution apart: Linux {@code i_writecount}. Positive: open for
 * writing so many times; negative: being executed so many times. Thread safe.
 */
public final class WriteCount {
    private final AtomicInteger count = new AtomicInteger();

    /**
     * Adds a writer.
     *
     * @throws dev.moat.abi.ErrnoException ETXTBSY: the file is being executed
     */
    public void addWriter() {
        if (count.updateAndGet(old -> old < 0 ? old : old + 1) <= 0) {
            throw Errno.ETXTBSY.exception();
        }
    }

    public void removeWriter() {
        count.decrementAndGet();
    }

    /**
     * Keeps writers away while the file is executed.
     *
     * @throws dev.moat.abi.ErrnoException ETXTBSY: somebody has it open for writing
     */
    public void addExecution() {
        if (count.updateAndGet(old -> old > 0 ? old : old - 1) >= 0) {
            throw Errno.ETXTBSY.exception();
        }
    }

    public void removeExecution() {
        count.incrementAndGet();
    }
}
