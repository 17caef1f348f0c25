package dev.moat.fs.overlay;

import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.DirectoryStream;
import dev.moat.api.vfs.Inode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An open directory of an overlay. The merged entries are listed when reading starts, and again
 * after rewinding; a position is an index into that list, behind the two entries that every
 * directory has.
 */
@Stateful
final class OverlayDirectoryStream extends DirectoryStream {
    private static final int DT_DIR = 4;
    private static final int DOTS = 2;

    private final OverlayDirectory directory;

    /** Null until a reader starts; guarded by the stream's lock. */
    private @Nullable List<MergedListing.Entry> entries;

    OverlayDirectoryStream(OverlayDirectory directory, int flags) {
        super(flags);
        this.directory = directory;
    }

    @Override
    protected void closed() {
        // Nothing is held but memory.
    }

    @Override
    public Inode inode() {
        return directory;
    }

    @Override
    protected void rewound() {
        entries = null;
    }

    @Override
    protected long list(Task task, long from, DirectorySink sink) {
        List<MergedListing.Entry> listed = entries;
        if (listed == null) {
            listed = MergedListing.of(directory);
            entries = listed;
        }
        long at = from;
        while (at < listed.size() + DOTS && offer(listed, (int) at, sink)) {
            at++;
        }
        return at;
    }

    private boolean offer(List<MergedListing.Entry> listed, int at, DirectorySink sink) {
        if (at < DOTS) {
            OverlayDirectory above = directory.parent();
            OverlayDirectory shown = at == 0 || above == null ? directory : above;
            return sink.entry(at == 0 ? "." : "..", shown.number(), DT_DIR, at + 1L);
        }
        MergedListing.Entry entry = listed.get(at - DOTS);
        return sink.entry(entry.name(), entry.inode(), entry.type(), at + 1L);
    }
}
