package dev.moat.task.calls;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.FileMode;
import dev.moat.abi.MemoryFlags;
import dev.moat.abi.OpenFlags;
import dev.moat.abi.Prctl;
import dev.moat.abi.PrctlMmMap;
import dev.moat.abi.Rlimits;
import dev.moat.api.mm.MapRequest.FileIdentity;
import dev.moat.api.mm.MemoryManager;
import dev.moat.api.mm.MemoryManager.HeapBounds;
import dev.moat.api.mm.MemoryManager.Layout;
import dev.moat.api.mm.VmaInfo;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.VfsPath;
import dev.moat.task.process.GuestTask;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;

/**
 * PR_SET_MM of prctl(2): where /proc and brk(2) find the parts of a program. Source: kernel/sys.c
 * prctl_set_mm().
 */
final class LayoutPrctl {
    /** AT_VECTOR_SIZE words, the last pair of which is AT_NULL. */
    private static final int VECTOR_BYTES = 56 * Long.BYTES;

    private static final int LAST_PAIR = VECTOR_BYTES - 2 * Long.BYTES;

    /** No descriptor: the executable stays. */
    private static final int SAME_EXECUTABLE = -1;

    long set(GuestTask task, long what, long addr, long length, long unused) {
        // The kernel passes the operation on as an int.
        int option = (int) what;
        boolean sized =
                option == Prctl.PR_SET_MM_AUXV
                        || option == Prctl.PR_SET_MM_MAP
                        || option == Prctl.PR_SET_MM_MAP_SIZE;
        if (unused != 0 || length != 0 && !sized) {
            throw Errno.EINVAL.exception();
        }
        switch (option) {
            case Prctl.PR_SET_MM_MAP_SIZE -> task.user().writeInt(addr, (int) PrctlMmMap.SIZE);
            case Prctl.PR_SET_MM_MAP -> setAll(task, addr, length);
            default -> {
                if (!task.credentials().can(Capabilities.CAP_SYS_RESOURCE)) {
                    throw Errno.EPERM.exception();
                }
                setOne(task, option, addr, length);
            }
        }
        return 0;
    }

    private static void setOne(GuestTask task, int option, long addr, long length) {
        switch (option) {
            case Prctl.PR_SET_MM_EXE_FILE -> setExecutable(task, (int) addr);
            case Prctl.PR_SET_MM_AUXV -> setVector(task, addr, length);
            default -> setAddress(task, option, addr);
        }
    }

    /** PR_SET_MM_MAP: everybody may, but for another executable. */
    private static void setAll(GuestTask task, long addr, long length) {
        if (length != PrctlMmMap.SIZE) {
            throw Errno.EINVAL.exception();
        }
        byte[] bytes = task.user().copyIn(addr, (int) length);
        PrctlMmMap map = PrctlMmMap.readFrom(MemorySegment.ofArray(bytes), 0);
        check(task, map);
        byte[] vector = task.memory().layout().auxiliaryVector();
        if (map.vectorBytes() != 0) {
            if (map.vectorUserAddr() == 0
                    || Integer.compareUnsigned(map.vectorBytes(), VECTOR_BYTES) > 0) {
                throw Errno.EINVAL.exception();
            }
            byte[] given = task.user().copyIn(map.vectorUserAddr(), map.vectorBytes());
            vector = ended(Arrays.copyOf(given, VECTOR_BYTES));
        }
        if (map.executable() != SAME_EXECUTABLE) {
            boolean may =
                    task.credentials().has(Capabilities.CAP_SYS_ADMIN)
                            || task.credentials().has(Capabilities.CAP_CHECKPOINT_RESTORE);
            if (!may) {
                throw Errno.EPERM.exception();
            }
            setExecutable(task, map.executable());
        }
        apply(task, map, vector);
    }

    private static void setAddress(GuestTask task, int option, long addr) {
        if (!isUser(addr)) {
            throw Errno.EINVAL.exception();
        }
        PrctlMmMap map = changed(current(task), option, addr);
        check(task, map);
        switch (option) {
            case Prctl.PR_SET_MM_START_STACK,
                    Prctl.PR_SET_MM_ARG_START,
                    Prctl.PR_SET_MM_ARG_END,
                    Prctl.PR_SET_MM_ENV_START,
                    Prctl.PR_SET_MM_ENV_END -> {
                // find_vma() is content with an area above the address.
                if (task.memory().collectVmas().stream().noneMatch(area -> area.end() > addr)) {
                    throw Errno.EFAULT.exception();
                }
            }
            default -> {}
        }
        apply(task, map, task.memory().layout().auxiliaryVector());
    }

    private static PrctlMmMap current(Task task) {
        Layout layout = task.memory().layout();
        HeapBounds heap = task.memory().heapBounds();
        return new PrctlMmMap(
                layout.codeStart(),
                layout.codeEnd(),
                layout.dataStart(),
                layout.dataEnd(),
                heap.start(),
                heap.end(),
                layout.stackStart(),
                layout.argumentsStart(),
                layout.argumentsEnd(),
                layout.environmentStart(),
                layout.environmentEnd(),
                0,
                0,
                SAME_EXECUTABLE);
    }

    /** With one address replaced; EINVAL if there is no such option. */
    private static PrctlMmMap changed(PrctlMmMap old, int option, long addr) {
        if (option < Prctl.PR_SET_MM_START_CODE || option > Prctl.PR_SET_MM_ENV_END) {
            throw Errno.EINVAL.exception();
        }
        return new PrctlMmMap(
                option == Prctl.PR_SET_MM_START_CODE ? addr : old.codeStart(),
                option == Prctl.PR_SET_MM_END_CODE ? addr : old.codeEnd(),
                option == Prctl.PR_SET_MM_START_DATA ? addr : old.dataStart(),
                option == Prctl.PR_SET_MM_END_DATA ? addr : old.dataEnd(),
                option == Prctl.PR_SET_MM_START_BRK ? addr : old.breakStart(),
                option == Prctl.PR_SET_MM_BRK ? addr : old.breakEnd(),
                option == Prctl.PR_SET_MM_START_STACK ? addr : old.stackStart(),
                option == Prctl.PR_SET_MM_ARG_START ? addr : old.argumentsStart(),
                option == Prctl.PR_SET_MM_ARG_END ? addr : old.argumentsEnd(),
                option == Prctl.PR_SET_MM_ENV_START ? addr : old.environmentStart(),
                option == Prctl.PR_SET_MM_ENV_END ? addr : old.environmentEnd(),
                0,
                0,
                SAME_EXECUTABLE);
    }

    /** EINVAL for addresses out of range or order, and for more than RLIMIT_DATA allows. */
    private static void check(Task task, PrctlMmMap map) {
        boolean good =
                areOrdered(map.codeStart(), map.codeEnd())
                        && map.codeStart() != map.codeEnd()
                        && areOrdered(map.dataStart(), map.dataEnd())
                        && areOrdered(map.breakStart(), map.breakEnd())
                        && isUser(map.stackStart())
                        && areOrdered(map.argumentsStart(), map.argumentsEnd())
                        && areOrdered(map.environmentStart(), map.environmentEnd());
        if (!good) {
            throw Errno.EINVAL.exception();
        }
        long data = map.breakEnd() - map.breakStart() + (map.dataEnd() - map.dataStart());
        if (data > task.group().limits().soft(Rlimits.RLIMIT_DATA)) {
            throw Errno.EINVAL.exception();
        }
    }

    private static boolean areOrdered(long start, long end) {
        return isUser(start) && isUser(end) && start <= end;
    }

    private static boolean isUser(long addr) {
        return addr >= MemoryFlags.MMAP_MIN_ADDR && addr < MemoryFlags.TASK_SIZE_MAX;
    }

    private static void apply(Task task, PrctlMmMap map, byte[] vector) {
        MemoryManager memory = task.memory();
        memory.setLayout(
                new Layout(
                        map.codeStart(),
                        map.codeEnd(),
                        map.dataStart(),
                        map.dataEnd(),
                        map.stackStart(),
                        map.argumentsStart(),
                        map.argumentsEnd(),
                        map.environmentStart(),
                        map.environmentEnd(),
                        vector));
        memory.setHeapBounds(new HeapBounds(map.breakStart(), map.breakEnd()));
    }

    /** PR_SET_MM_AUXV: what is behind a shorter vector stays. */
    private static void setVector(Task task, long addr, long length) {
        if (Long.compareUnsigned(length, VECTOR_BYTES) > 0) {
            throw Errno.EINVAL.exception();
        }
        byte[] given = task.user().copyIn(addr, (int) length);
        Layout old = task.memory().layout();
        byte[] vector = Arrays.copyOf(old.auxiliaryVector(), VECTOR_BYTES);
        System.arraycopy(given, 0, vector, 0, given.length);
        task.memory()
                .setLayout(
                        new Layout(
                                old.codeStart(),
                                old.codeEnd(),
                                old.dataStart(),
                                old.dataEnd(),
                                old.stackStart(),
                                old.argumentsStart(),
                                old.argumentsEnd(),
                                old.environmentStart(),
                                old.environmentEnd(),
                                ended(vector)));
    }

    private static byte[] ended(byte[] vector) {
        Arrays.fill(vector, LAST_PAIR, VECTOR_BYTES, (byte) 0);
        return vector;
    }

    /**
     * Has /proc/PID/exe lead elsewhere.
     *
     * @throws ErrnoException EBADF; EACCES: it cannot be executed, or is open for writing; EBUSY: a
     *     part of the former one is still mapped
     */
    private static void setExecutable(GuestTask task, int fd) {
        FileDescription file = task.files().acquire(fd);
        try {
            if ((file.flags() & OpenFlags.O_PATH) != 0) {
                throw Errno.EBADF.exception();
            }
            VfsPath path = file.path();
            if (path == null || !FileMode.S_ISREG(file.inode().mode())) {
                throw Errno.EACCES.exception();
            }
            FileDescription program = open(task, path);
            if (isMapped(task)) {
                program.release();
                throw Errno.EBUSY.exception();
            }
            task.group().setExecutable(program);
        } finally {
            file.release();
        }
    }

    private static FileDescription open(Task task, VfsPath path) {
        try {
            return task.sandbox().vfs().openProgram(task, path);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ETXTBSY) {
                throw e;
            }
            throw (isMapped(task) ? Errno.EBUSY : Errno.EACCES).exception();
        }
    }

    /** Whether a part of the executable is mapped: replace_mm_exe_file(), kernel/fork.c. */
    private static boolean isMapped(Task task) {
        Optional<VfsPath> executable = task.group().executable();
        if (executable.isEmpty()) {
            return false;
        }
        Inode inode = executable.get().inode();
        FileIdentity mapped = new FileIdentity(inode.filesystem().deviceId(), inode.number());
        FileIdentity loaded =
                new FileIdentity(inode.attributes().device(), inode.attributes().inode());
        return task.memory().collectVmas().stream()
                .map(VmaInfo::inode)
                .anyMatch(each -> each.isSameFile(mapped) || each.isSameFile(loaded));
    }
}
