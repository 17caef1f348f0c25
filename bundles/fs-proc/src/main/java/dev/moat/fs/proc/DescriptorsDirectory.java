package dev.moat.fs.proc;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.OpenFlags;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FdTable;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.VfsPath;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code /proc/pid/fd} and {@code /proc/pid/fdinfo}. */
@Stateful
final class DescriptorsDirectory extends ProcDirectory {
    private final int tid;
    private final long parentNumber;
    private final boolean info;

    DescriptorsDirectory(
            ProcFilesystem proc, int tid, long parentNumber, Owner owner, boolean info) {
        super(proc, Numbers.ofTask(tid, info ? "fdinfo" : "fd"), info ? 0555 : 0500, owner);
        this.tid = tid;
        this.parentNumber = parentNumber;
        this.info = info;
    }

    @Override
    public @Nullable ProcInode lookup(String name) {
        int fd = Pids.parse(name);
        if (fd < 0) {
            return null;
        }
        FileDescription file = tableOf(proc(), tid).tryAcquire(fd);
        if (file == null) {
            return null;
        }
        // The link tells how the file is open: proc_pid(5).
        int access = (file.isReadable() ? 0500 : 0) | (file.isWritable() ? 0300 : 0);
        file.release();
        long number = Numbers.ofTask(tid, (info ? "fdinfo/" : "fd/") + fd);
        return info
                ? new ProcFile(proc(), number, 0444, owner(), new InfoOf(tid, fd))
                : new ProcLink(proc(), number, access, owner(), new FileOf(tid, fd));
    }

    @Override
    public Decision decide(Credentials who, int mask) {
        return Inspection.decide(proc(), tid);
    }

    /** How many descriptors are open, none of who has ended: proc_fd_getattr(). */
    @Override
    long sizeBytes() {
        if (info) {
            return 0;
        }
        try {
            return tableOf(proc(), tid).openCount();
        } catch (ErrnoException ended) {
            return 0;
        }
    }

    @Override
    List<Entry> collectEntries(Task reader) {
        Inspection.check(reader, Pids.task(proc(), tid));
        String prefix = info ? "fdinfo/" : "fd/";
        return tableOf(proc(), tid).collectFds().stream()
                .map(fd ->
                        new Entry(
                                fd.toString(),
                                Numbers.ofTask(tid, prefix + fd),
                                info ? Entry.REGULAR : Entry.LINK))
                .toList();
    }

    @Override
    long parentNumber() {
        return parentNumber;
    }

    private static FdTable tableOf(ProcFilesystem proc, int tid) {
        Task task = Pids.task(proc, tid);
        if (task.state() == Task.TaskState.ZOMBIE || task.state() == Task.TaskState.DEAD) {
            throw Errno.ENOENT.exception();
        }
        return task.files();
    }

    private static FileDescription acquire(ProcFilesystem proc, int tid, int fd) {
        try {
            return tableOf(proc, tid).acquire(fd);
        } catch (ErrnoException gone) {
            throw Errno.ENOENT.exception();
        }
    }

    private record FileOf(int tid, int fd) implements ProcLink.Target {
        /** The same for all: fs/proc/fd.c, proc_fd_instantiate(). */
        @Override
        public long sizeBytes() {
            return 64;
        }

        @Override
        public boolean isFleeting() {
            return true;
        }

        @Override
        public String text(ProcFilesystem proc, Task reader) {
            Inspection.check(reader, Pids.task(proc, tid));
            FileDescription file = acquire(proc, tid, fd);
            try {
                VfsPath path = file.path();
                return path == null
                        ? file.anonymousName()
                        : proc.sandbox().vfs().pathOf(path, reader.fs().root());
            } finally {
                file.release();
            }
        }

        @Override
        public @Nullable VfsPath place(ProcFilesystem proc, Task reader) {
            Inspection.check(reader, Pids.task(proc, tid));
            FileDescription file = acquire(proc, tid, fd);
            try {
                VfsPath path = file.path();
                return path == null ? proc.sandbox().vfs().anonymousPath(file) : path;
            } finally {
                file.release();
            }
        }
    }

    private record InfoOf(int tid, int fd) implements Content {
        @Override
        public boolean isFleeting() {
            return true;
        }

        @Override
        public String render(ProcFilesystem proc, Task reader) {
            Inspection.check(reader, Pids.task(proc, tid));
            FileDescription file = acquire(proc, tid, fd);
            try {
                VfsPath path = file.path();
                boolean closeOnExec = tableOf(proc, tid).isCloseOnExec(fd);
                int flags = file.flags() | (closeOnExec ? OpenFlags.O_CLOEXEC : 0);
                return "pos:\t"
                        + file.position()
                        + "\nflags:\t0"
                        + Integer.toOctalString(flags)
                        + "\nmnt_id:\t"
                        + (path == null ? 0 : path.mount().id())
                        + "\nino:\t"
                        + file.inode().number()
                        + "\n"
                        + proc.sandbox().vfs().describeLocks(reader, tableOf(proc, tid), file)
                        + file.describeExtra();
            } finally {
                file.release();
            }
        }
    }
}
