package dev.moat.task.calls;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.abi.Limits;
import dev.moat.abi.OpenFlags;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.task.process.Accounting;
import dev.moat.task.process.GuestTask;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code acct(2)}: process accounting. Source: kernel/acct.c. */
final class AcctCalls {
    /** Whose files tell of the kernel itself: SB_I_USERNS_VISIBLE. */
    private static final List<String> OF_THE_KERNEL = List.of("proc", "sysfs");

    /**
     * @param pathAddr the file to which records are added; 0: no more records
     * @return 0
     * @throws dev.moat.abi.ErrnoException EPERM: no CAP_SYS_PACCT; those of opening the file;
     *     EACCES: it is no regular one; EINVAL: it is one of proc or sysfs, or has no name
     */
    @Syscall(
            nr = 163,
            name = "acct",
            support = Support.PARTIAL,
            note =
                    "The flag ASU is never set; the file system of the file cannot be unmounted (EBUSY).")
    long acct(Task task, long pathAddr) {
        if (!task.credentials().can(Capabilities.CAP_SYS_PACCT)) {
            throw Errno.EPERM.exception();
        }
        GuestTask own = GuestTask.of(task);
        Accounting accounting = own.services().tree().accounting(own.pids());
        if (pathAddr == 0) {
            accounting.use(own, null);
            return 0;
        }
        String path = task.user().readString(pathAddr, Limits.PATH_MAX);
        FileDescription file =
                task.sandbox().vfs().open(task, path, OpenFlags.O_WRONLY | OpenFlags.O_APPEND, 0);
        Errno refused = refused(file);
        if (refused != null) {
            file.release();
            throw refused.exception();
        }
        accounting.use(own, file);
        return 0;
    }

    private static @Nullable Errno refused(FileDescription file) {
        if ((file.inode().mode() & FileMode.S_IFMT) != FileMode.S_IFREG) {
            return Errno.EACCES;
        }
        boolean ofKernel =
                file.path() == null
                        || OF_THE_KERNEL.contains(file.inode().filesystem().type().name());
        if (ofKernel) {
            return Errno.EINVAL;
        }
        return file.hasWrite() ? null : Errno.EIO;
    }
}
