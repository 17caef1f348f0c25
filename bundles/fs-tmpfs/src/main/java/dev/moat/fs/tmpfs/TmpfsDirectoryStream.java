package dev.moat.fs.tmpfs;

import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.ListedStream;
import dev.moat.api.vfs.ListedStreamUpgrade;

/** An open directory. */
@Stateful(version = 2, upgrade = ListedStreamUpgrade.class)
final class TmpfsDirectoryStream extends ListedStream<TmpfsDirectory> {
    TmpfsDirectoryStream(TmpfsDirectory directory, int flags) {
        super(directory, flags);
    }

    @Override
    protected long list(Task task, long from, DirectorySink sink) {
        long at = super.list(task, from, sink);
        AccessTime.directoryRead((TmpfsDirectory) inode(), this);
        return at;
    }
}
