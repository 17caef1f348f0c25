package dev.moat.fs.dev;

import dev.moat.abi.Errno;
import dev.moat.abi.OpenFlags;
import dev.moat.abi.Userfaultfd;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;

/** {@code /dev/userfaultfd}: who may open it may answer faults of the kernel, too. */
@Stateful
final class UserfaultDeviceFile extends MemoryDeviceFile {
    UserfaultDeviceFile(Inode node, int flags) {
        super(node, flags);
    }

    @Override
    public long ioctl(Task task, int command, long argument) {
        int flags = (int) argument;
        int known = OpenFlags.O_CLOEXEC | OpenFlags.O_NONBLOCK | Userfaultfd.UFFD_USER_MODE_ONLY;
        if (command != Userfaultfd.USERFAULTFD_IOC_NEW || (flags & ~known) != 0) {
            throw Errno.EINVAL.exception();
        }
        FileDescription file = task.memory().control().newUserfault(flags);
        return task.files().install(task, file, (flags & OpenFlags.O_CLOEXEC) != 0);
    }
}
