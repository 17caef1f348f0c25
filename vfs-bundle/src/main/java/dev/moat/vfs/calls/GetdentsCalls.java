package dev.moat.vfs.calls;

import dev.moat.abi.Dirent64;
import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.InotifyFlags;
import dev.moat.abi.LinuxDirent;
import dev.moat.abi.SeekWhence;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.VfsPath;
import dev.moat.vfs.Place;
import dev.moat.vfs.SandboxVfs;
import java.lang.foreign.MemorySegment;

/** {@code getdents(2)}, {@code getdents64(2)}. */
public final class GetdentsCalls {
    /** Room for one batch: larger buffers are filled by several calls. */
    private static final int MAX_BYTES = 1 << 16;

    @Syscall(nr = 78, name = "getdents")
    public long getdents(Task task, int fd, long userAddr, int count) {
        return list(task, fd, userAddr, count, true);
    }

    @Syscall(nr = 217, name = "getdents64")
    public long getdents64(Task task, int fd, long userAddr, int count) {
        return list(task, fd, userAddr, count, false);
    }

    private static long list(Task task, int fd, long userAddr, int count, boolean old) {
        FileDescription file = Args.file(task, fd);
        try {
            if (!dev.moat.abi.FileMode.S_ISDIR(file.inode().mode())) {
                throw Errno.ENOTDIR.exception();
            }
            VfsPath path = file.path();
            if (path != null && Place.of(path).dentry().isDead()) {
                throw Errno.ENOENT.exception();
            }
            // More than INT_MAX is less than nothing: filldir64().
            int room = Math.clamp(count, 0, MAX_BYTES);
            Entries entries = new Entries(room, old);
            long before = file.position();
            file.readDirectory(task, entries);
            if (entries.used == 0 && entries.full) {
                throw Errno.EINVAL.exception();
            }
            copyOut(task, file, before, userAddr, entries);
            SandboxVfs vfs = SandboxVfs.of(task);
            if (vfs.notifier().isActive()) {
                vfs.tell(file, InotifyFlags.IN_ACCESS);
            }
            return entries.used;
        } finally {
            file.release();
        }
    }

    /** Gives the entries out; a fault loses none of them. */
    private static void copyOut(
            Task task, FileDescription file, long before, long userAddr, Entries entries) {
        try {
            task.user().copyOut(userAddr, entries.segment, 0, entries.used);
        } catch (ErrnoException e) {
            file.seek(task, before, SeekWhence.SEEK_SET);
            throw e;
        }
    }

    /** Entries as the guest gets them. */
    private static final class Entries implements FileDescription.DirectorySink {
        private final MemorySegment segment;
        private final int room;
        private final boolean old;
        private int used;
        private boolean full;

        Entries(int room, boolean old) {
            this.segment = MemorySegment.ofArray(new byte[room]);
            this.room = room;
            this.old = old;
        }

        @Override
        public boolean entry(String name, long inode, int type, long nextOffset) {
            int length = old ? LinuxDirent.lengthBytes(name) : Dirent64.lengthBytes(name);
            if (length > room - used) {
                full = true;
                return false;
            }
            if (old) {
                new LinuxDirent(inode, nextOffset, type, name).writeTo(segment, used);
            } else {
                new Dirent64(inode, nextOffset, type, name).writeTo(segment, used);
            }
            used += length;
            return true;
        }
    }
}
