package dev.moat.api.vfs;

import dev.moat.api.task.Task;
import org.osgi.annotation.versioning.ConsumerType;

/** An open directory that keeps nothing but its position. */
@ConsumerType
public abstract class ListedStream<D extends Inode & ListedDirectory> extends DirectoryStream {
    private final D directory;

    /**
     * @param flags as in open(2)
     */
    protected ListedStream(D directory, int flags) {
        super(flags);
        this.directory = directory;
    }

    @Override
    protected void closed() {
        // Nothing is held.
    }

    @Override
    public final Inode inode() {
        return directory;
    }

    @Override
    protected long list(Task task, long from, DirectorySink sink) {
        return directory.list(from, sink);
    }
}
