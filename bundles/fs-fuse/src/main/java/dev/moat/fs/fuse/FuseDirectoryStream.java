package dev.moat.fs.fuse;

import dev.moat.abi.Errno;
import dev.moat.abi.Fuse;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.DirectoryStream;
import dev.moat.api.vfs.Inode;
import org.jspecify.annotations.Nullable;

/** An open directory of a server, which gives the entries and their positions. */
@Stateful
final class FuseDirectoryStream extends DirectoryStream {
    /** A page, as Linux reads directories. */
    private static final int MOST_BYTES = 4096;

    private static final int ENTRY_BYTES = 24;

    private final FuseDirectory directory;
    private final long handle;
    private final boolean opened;

    /** What was asked for last; guarded by the lock of the stream. */
    private boolean asksForEntries;

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
        FuseConnection connection = directory.server().connection();
        Body body =
                new Body().u64(handle).u64(from).u32(MOST_BYTES).u32(0).u64(0).u32(flags()).u32(0);
        boolean entries = suspendedWith(task, from);
        int operation = entries ? Fuse.FUSE_READDIRPLUS : Fuse.FUSE_READDIR;
        Answer answer =
                connection.call(
                        task, FuseRequest.upTo(operation, directory.node(), body, MOST_BYTES));
        return entries ? giveEntries(answer, from, sink) : give(answer, from, sink);
    }

    /** Which kind is asked for; a call that is made again asks for the same. */
    private boolean suspendedWith(Task task, long from) {
        if (!task.resumption().isResumed()) {
            asksForEntries = directory.wantsEntries(from);
        }
        return asksForEntries;
    }

    /** One name of an answer. */
    private record Name(String text, long number, int type, long next, int endOffset) {}

    /**
     * The name at an offset; null if it is cut off. EIO for one that cannot be.
     *
     * @param entryAt where its entry begins, which ends at a multiple of eight bytes from there
     */
    private static @Nullable Name name(Answer answer, int at, int entryAt) {
        if (answer.size() - at < ENTRY_BYTES) {
            return null;
        }
        int length = answer.u32(at + 16);
        if (length <= 0 || length > dev.moat.abi.Limits.NAME_MAX) {
            throw Errno.EIO.exception();
        }
        int end = entryAt + (at - entryAt + ENTRY_BYTES + length + 7 & ~7);
        if (end > answer.size()) {
            return null;
        }
        String text = FuseNames.text(answer.slice(at + ENTRY_BYTES, length));
        long next = answer.u64(at + 8);
        if (!FuseNames.isValid(text) || next < 0) {
            throw Errno.EIO.exception();
        }
        return new Name(text, answer.u64(at), answer.u32(at + 20) & 15, next, end);
    }

    /** parse_dirfile(): EIO for a name that cannot be one; what is cut off at the end is left. */
    private static long give(Answer answer, long from, DirectorySink sink) {
        long position = from;
        Name name = name(answer, 0, 0);
        while (name != null && sink.entry(name.text, name.number, name.type, name.next)) {
            position = name.next;
            name = name(answer, name.endOffset, name.endOffset);
        }
        return position;
    }

    /** parse_dirplusfile(): what there is no room for was looked up all the same. */
    private long giveEntries(Answer answer, long from, DirectorySink sink) {
        long position = from;
        boolean full = false;
        int at = 0;
        while (answer.size() - at >= FuseEntry.BYTES) {
            Name name = name(answer, at + FuseEntry.BYTES, at);
            if (name == null) {
                break;
            }
            if (!full) {
                full = !sink.entry(name.text, name.number, name.type, name.next);
                position = full ? position : name.next;
            }
            Answer entry = answer.from(at);
            boolean real = !name.text.equals(".") && !name.text.equals("..");
            if (real && entry.u64(0) != 0) {
                FuseEntry found = FuseEntry.read(entry, directory.server().monotonicNs());
                directory.listed(name.text, found, entry);
            }
            at = name.endOffset;
        }
        return position;
    }

    @Override
    public long ioctl(Task task, int command, long argument) {
        return FuseIoctl.run(task, directory, handle, Fuse.FUSE_IOCTL_DIR, command, argument);
    }

    @Override
    public void sync(boolean dataOnly) {
        int how = dataOnly ? Fuse.FUSE_FSYNC_FDATASYNC : 0;
        Body body = new Body().u64(handle).u32(how).u32(0);
        directory.callIfThere(FuseRequest.of(Fuse.FUSE_FSYNCDIR, directory.node(), body, 0));
    }
}
