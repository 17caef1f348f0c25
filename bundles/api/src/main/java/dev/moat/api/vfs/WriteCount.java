package dev.moat.api.vfs;

import dev.moat.abi.Errno;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Keeps writers of a file and its execution apart, and counts both and those who only read: Linux
 * {@code i_writecount} and {@code i_readcount}. Thread safe.
 */
public final class WriteCount {
    /** Positive: open for writing so many times; negative: being executed so many times. */
    private final AtomicInteger count = new AtomicInteger();

    /** Open for reading only so many times. */
    private final AtomicInteger readers = new AtomicInteger();

    /** How many write; negative: how many execute. */
    public int count() {
        return count.get();
    }

    /** How many have it open for reading only. */
    public int readers() {
        return readers.get();
    }

    public void addReader() {
        readers.incrementAndGet();
    }

    public void removeReader() {
        readers.decrementAndGet();
    }

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
