package dev.moat.vfs.pipe;

import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How many pages the pipes of each user may take, by their capacity: what {@code
 * /proc/sys/fs/pipe-user-pages-soft} and {@code -hard} bound, fs/pipe.c. One for a sandbox. Thread
 * safe.
 */
@Stateful
final class PipeUsage implements AutoCloseable {
    private static final String PART = "vfs.pipes";

    /** By user id; users with none are not in. */
    private final Map<Integer, Long> pages = new ConcurrentHashMap<>();

    /** That of the sandbox that {@code task} lives in. */
    static PipeUsage of(Task task) {
        return (PipeUsage) task.sandbox().part(PART, PipeUsage::new);
    }

    /** Counts pages, or, if negative, takes them back; gives what the user has then. */
    long add(int uid, long count) {
        Long now = pages.merge(uid, count, (had, more) -> had + more == 0 ? null : had + more);
        return now == null ? 0 : now;
    }

    /** Counts are of pipes, which end by themselves. */
    @Override
    public void close() {
        pages.clear();
    }
}
