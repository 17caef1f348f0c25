package dev.moat.fs.proc;

import dev.moat.abi.Errno;
import dev.moat.api.task.Task;

/**
 * What a file of proc says, and what writing to it does. Implementations hold no state of their
 * own.
 */
@FunctionalInterface
interface Content {
    /**
     * The whole text now, as a guest string.
     *
     * @param reader who reads
     * @throws dev.moat.abi.ErrnoException ESRCH if the process it speaks of is gone
     */
    String render(ProcFilesystem proc, Task reader);

    /** Called when it is opened; EACCES for those who may not. */
    default void checkOpen(ProcFilesystem proc, Task opener) {
        // Most files can be opened by all who have the permissions.
    }

    /** Whether it comes and goes with a descriptor: nothing is mounted over such a file. */
    default boolean isFleeting() {
        return false;
    }

    /** Whether root may write: mode 0644. */
    default boolean isWritable() {
        return false;
    }

    /** Mode bits. */
    default int permissions() {
        return isWritable() ? 0644 : 0444;
    }

    /**
     * Whether it lies in {@code /proc/sys}: there SEEK_END counts from 0, elsewhere it is EINVAL.
     */
    default boolean isSetting() {
        return false;
    }

    /** Whether splice(2) takes from it: files of processes have no read_iter, fs/proc/base.c. */
    default boolean givesSplices() {
        return true;
    }

    /** Takes a value that was written; default: EACCES, the file is not writable. */
    default void accept(ProcFilesystem proc, Task writer, String value) {
        throw Errno.EACCES.exception();
    }

    /** As {@link #accept}; gives how many bytes were taken: the others may be written again. */
    default long take(ProcFilesystem proc, Written written) {
        accept(proc, written.writer(), written.value());
        return written.value().length();
    }
}
