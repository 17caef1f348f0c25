package dev.moat.ipc.mqueue;

import dev.moat.abi.FileMode;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.DirectoryStream;
import dev.moat.api.vfs.Inode;
import java.util.List;

/**
 * The open directory. A position beyond the two entries that every directory has is the inode
 * number of the queue before it: numbers rise, and are never used again.
 */
@Stateful
final class QueueListing extends DirectoryStream {
    private final QueueDirectory directory;

    QueueListing(QueueDirectory directory, int flags) {
        super(flags);
        this.directory = directory;
    }

    @Override
    protected void closed() {
        // Nothing is held.
    }

    @Override
    public Inode inode() {
        return directory;
    }

    @Override
    protected long list(Task task, long from, DirectorySink sink) {
        long at = from;
        if (at == 0) {
            if (!sink.entry(".", directory.number(), FileMode.DT_DIR, 1)) {
                return at;
            }
            at = 1;
        }
        if (at == 1) {
            if (!sink.entry("..", directory.number(), FileMode.DT_DIR, 2)) {
                return at;
            }
            at = 2;
        }
        List<QueueDirectory.Entry> entries =
                directory.collectEntries().stream()
                        .sorted((a, b) -> Long.compare(a.number(), b.number()))
                        .toList();
        for (QueueDirectory.Entry entry : entries) {
            long next = entry.number() + 2;
            if (next > at) {
                if (!sink.entry(entry.name(), entry.number(), FileMode.DT_REG, next)) {
                    return at;
                }
                at = next;
            }
        }
        return at;
    }
}
