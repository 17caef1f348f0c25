package dev.moat.fs.proc;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A directory of proc; kinds say what is in it. */
@Stateful
abstract class ProcDirectory extends ProcInode {
    static final Owner ROOT_OWNER = new Owner(0, 0);

    ProcDirectory(ProcFilesystem proc, long number, int permissions, Owner owner) {
        super(proc, number, FileMode.S_IFDIR | permissions, owner);
    }

    @Override
    public abstract @Nullable ProcInode lookup(String name);

    /** Names and types of the entries now, in order; "." and ".." left out. */
    abstract List<Entry> collectEntries(Task reader);

    /** Number of the directory above. */
    abstract long parentNumber();

    @Override
    long links() {
        return 2;
    }

    @Override
    public boolean revalidate(String name, @Nullable Inode child) {
        ProcInode now = lookup(name);
        return now == null
                ? child == null
                : child != null
                        && now.number() == child.number()
                        && now.uid() == child.uid()
                        && now.gid() == child.gid();
    }

    @Override
    public FileDescription open(Task task, int flags) {
        return new ProcDirectoryStream(this, flags);
    }

    @Override
    public Inode create(String name, int mode, long rdev, Owner owner) {
        throw Errno.ENOENT.exception();
    }

    @Override
    public Inode makeDirectory(String name, int mode, Owner owner) {
        throw Errno.ENOENT.exception();
    }

    @Override
    public Inode makeSymlink(String name, String target, Owner owner) {
        throw Errno.ENOENT.exception();
    }

    /** One entry; {@code type} is DT_*. */
    record Entry(String name, long inode, int type) {
        static final int DIRECTORY = 4;
        static final int REGULAR = 8;
        static final int LINK = 10;

        static Entry of(String name, ProcInode inode) {
            return new Entry(name, inode.number(), inode.mode() >>> 12);
        }
    }
}
