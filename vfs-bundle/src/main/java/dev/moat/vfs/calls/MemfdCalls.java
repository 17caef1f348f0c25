package dev.moat.vfs.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.Fcntl;
import dev.moat.abi.MemfdFlags;
import dev.moat.api.mm.HugePagePool;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.vfs.MemoryFiles;
import dev.moat.vfs.SandboxVfs;

/** {@code memfd_create(2)}. */
public final class MemfdCalls {
    /** MFD_NAME_MAX_LEN with the NUL: NAME_MAX without "memfd:". */
    private static final int NAME_BYTES = 255 - 6 + 1;

    /** MFD_HUGE_MASK at its place: the sizes that MFD_HUGETLB may ask for. */
    private static final int HUGE_SIZES = 0x3f << 26;

    @Syscall(
            nr = 319,
            name = "memfd_create",
            support = Support.PARTIAL,
            note = "huge pages of 2 MiB only: others give ENODEV, as on a CPU without them")
    public long memfdCreate(Task task, long nameAddr, int flags) {
        int known =
                MemfdFlags.MFD_CLOEXEC
                        | MemfdFlags.MFD_ALLOW_SEALING
                        | MemfdFlags.MFD_NOEXEC_SEAL
                        | MemfdFlags.MFD_EXEC;
        boolean huge = (flags & MemfdFlags.MFD_HUGETLB) != 0;
        Args.checkFlags(flags, huge ? known | MemfdFlags.MFD_HUGETLB | HUGE_SIZES : known);
        boolean noExec = (flags & MemfdFlags.MFD_NOEXEC_SEAL) != 0;
        if (noExec && (flags & MemfdFlags.MFD_EXEC) != 0) {
            throw Errno.EINVAL.exception();
        }
        String name = name(task, nameAddr);
        if (huge
                && !HugePagePool.hasSize(
                        flags >>> MemfdFlags.MFD_HUGE_SHIFT & MemfdFlags.MFD_HUGE_MASK)) {
            throw Errno.ENODEV.exception();
        }
        boolean sealable = noExec || (flags & MemfdFlags.MFD_ALLOW_SEALING) != 0;
        int seals = noExec ? Fcntl.F_SEAL_EXEC : sealable ? 0 : Fcntl.F_SEAL_SEAL;
        SandboxVfs vfs = SandboxVfs.of(task);
        MemoryFiles files = huge ? vfs.hugeMemoryFiles() : vfs.memoryFiles();
        FileDescription file = files.create(task, name, noExec ? 0666 : 0777, seals);
        return task.files().install(task, file, (flags & MemfdFlags.MFD_CLOEXEC) != 0);
    }

    private static String name(Task task, long userAddr) {
        try {
            return task.user().readString(userAddr, NAME_BYTES);
        } catch (ErrnoException e) {
            throw (e.errno() == Errno.ENAMETOOLONG ? Errno.EINVAL : e.errno()).exception();
        }
    }
}
