package dev.moat.fs.fuse;

import dev.moat.abi.Errno;
import dev.moat.abi.Fuse;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.DirectoryStream;
import dev.moat.api.vfs.Inode;

/** An open directory of a server, which gives the entries and their positions. */
@Stateful
final class FuseDirectoryStream extends DirectoryStream {
    /** A page, as Linux reads directories. */
    private static final int MOST_BYTES = 4096;

    private static final int ENTRY_BYTES = 24;

    private final FuseDirectory directory;
    private final long handle;
    private final boolean opened;

    FuseDirectoryStream(FuseDirectory directory, int flags, long handle, boolean opened) {
        super(flags);
        this.directory = directory;
        this.handle = handle;
        this.opened = opened;
    }

    @Override
    protected void closed() {
        if (opened) {
            Body body = new Body().u64(handle).u32(FuseFile.toldFlags(flags())).u32(0).u64(0);
            directory
                    .server()
                    .connection()
                    .post(FuseRequest.of(Fuse.FUSE_RELEASEDIR, directory.node(), body, 0));
        }
    }

    @Override
    public Inode inode() {
        return directory;
    }

    @Override
    protected long list(Task task, long from, DirectorySink sink) {
        Body body =
                new Body().u64(handle).u64(from).u32(MOST_BYTES).u32(0).u64(0).u32(flags()).u32(0);
        Answer answer =
                directory
                        .server()
                        .connection()
                        .call(
                                task,
                                FuseRequest.upTo(
                                        Fuse.FUSE_READDIR, directory.node(), body, MOST_BYTES));
        return give(answer, from, sink);
    }

    /** parse_dirfile(): EIO for a name that cannot be one; what is cut off at the end is left. */
    private static long give(Answer answer, long from, DirectorySink sink) {
        long position = from;
        int at = 0;
        while (answer.size() - at >= ENTRY_BYTES) {
            int length = answer.u32(at + 16);
            if (length <= 0 || length > dev.moat.abi.Limits.NAME_MAX) {
                throw Errno.EIO.exception();
            }
            int padded = ENTRY_BYTES + length + 7 & ~7;
            if (padded > answer.size() - at) {
                break;
            }
            String name = FuseNames.text(answer.slice(at + ENTRY_BYTES, length));
            long next = answer.u64(at + 8);
            if (!FuseNames.isValid(name) || next < 0) {
                throw Errno.EIO.exception();
            }
            if (!sink.entry(name, answer.u64(at), answer.u32(at + 20) & 15, next)) {
                break;
            }
            position = next;
            at += padded;
        }
        return position;
    }

    @Override
    public void sync(boolean dataOnly) {
        int how = dataOnly ? Fuse.FUSE_FSYNC_FDATASYNC : 0;
        Body body = new Body().u64(handle).u32(how).u32(0);
        directory.callIfThere(FuseRequest.of(Fuse.FUSE_FSYNCDIR, directory.node(), body, 0));
    }
}
