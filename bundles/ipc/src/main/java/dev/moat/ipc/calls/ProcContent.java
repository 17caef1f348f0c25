package dev.moat.ipc.calls;

import dev.moat.abi.Errno;
import dev.moat.api.task.Task;
import dev.moat.ipc.IpcNamespace;

/** A file of this bundle in {@code /proc}. */
interface ProcContent {
    /** Path below {@code /proc}. */
    String path();

    /** Limits can be written by root. */
    default int permissions() {
        return path().startsWith("sys/") ? 0644 : 0444;
    }

    String render(IpcNamespace space);

    /**
     * Takes a value that a task has written.
     *
     * @throws dev.moat.abi.ErrnoException EINVAL; EPERM: not for this task
     */
    default void accept(Task writer, String value) {
        accept(IpcNamespace.of(writer), value);
    }

    /** The same, whoever has written it: EINVAL. */
    default void accept(IpcNamespace space, String value) {
        throw Errno.EACCES.exception();
    }

    /** A number in a range; EINVAL. */
    static int number(String value, int least, int most) {
        try {
            int number = Integer.parseInt(value.strip());
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw Errno.EINVAL.exception();
    }
}
