package dev.moat.fs.host;

import dev.moat.api.cgroup.PayingThread;
import dev.moat.api.task.Task;

/**
 * Counts what goes to files of the host and comes from them, for the task on whose thread it does:
 * task_io_account_read(). What threads of the kernel host move belongs to no task.
 */
final class Storage {
    private Storage() {}

    static void fetched(long bytes) {
        Task task = PayingThread.current();
        if (task != null) {
            task.io().countFetched(bytes);
        }
    }

    static void stored(long bytes) {
        Task task = PayingThread.current();
        if (task != null) {
            task.io().countStored(bytes);
        }
    }
}
