package dev.moat.fs.proc;

import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.DirectoryStream;
import dev.moat.api.vfs.Inode;
import java.util.List;

/**
 * An open directory of proc: lists its entries when reading starts, so that none is missed or
 * doubled.
 */
@Stateful
final class ProcDirectoryStream extends DirectoryStream {
    private static final int DOTS = 2;

    private final ProcDirectory directory;

    /** Replaced as a whole by a reader that starts; a racing reader goes on with either. */
    private volatile List<ProcDirectory.Entry> entries = List.of();

    ProcDirectoryStream(ProcDirectory directory, int flags) {
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
    public void readDirectory(Task task, DirectorySink sink) {
        // Not under the stream's lock: tasks and tables have locks of lower rank.
        if (position() == 0) {
            entries = directory.collectEntries(task);
        }
        super.readDirectory(task, sink);
    }

    @Override
    protected long list(Task task, long from, DirectorySink sink) {
        List<ProcDirectory.Entry> listed = entries;
        long at = from;
        while (at < listed.size() + DOTS && offer(listed, (int) at, sink)) {
            at++;
        }
        return at;
    }

    private boolean offer(List<ProcDirectory.Entry> listed, int at, DirectorySink sink) {
        return switch (at) {
            case 0 -> sink.entry(".", directory.number(), ProcDirectory.Entry.DIRECTORY, 1);
            case 1 -> sink.entry("..", directory.parentNumber(), ProcDirectory.Entry.DIRECTORY, 2);
            default -> {
                ProcDirectory.Entry entry = listed.get(at - DOTS);
                yield sink.entry(entry.name(), entry.inode(), entry.type(), at + 1L);
            }
        };
    }
}
