package dev.moat.fs.dev.terminal;

import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.DirectoryStream;
import dev.moat.api.vfs.Inode;

/** The open root of a devpts. */
@Stateful
final class DevptsRootStream extends DirectoryStream {
    private final DevptsRoot root;

    DevptsRootStream(DevptsRoot root, int flags) {
        super(flags);
        this.root = root;
    }

    @Override
    protected void closed() {}

    @Override
    public Inode inode() {
        return root;
    }

    @Override
    protected long list(Task task, long from, DirectorySink sink) {
        return root.list(from, sink);
    }
}
