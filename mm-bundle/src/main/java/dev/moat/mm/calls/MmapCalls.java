package dev.moat.mm.calls;

import static dev.moat.abi.MemoryFlags.*;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.abi.Ioctls;
import dev.moat.abi.MountFlags;
import dev.moat.api.mm.HugeFilePages;
import dev.moat.api.mm.HugePagePool;
import dev.moat.api.mm.MapRequest;
import dev.moat.api.mm.MapRequest.FileIdentity;
import dev.moat.api.mm.Mappable;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.VfsPath;
import java.util.Optional;

/** {@code mmap(2)}: mm/mmap.c do_mmap. */
final class MmapCalls {
    /** LEGACY_MAP_MASK of include/linux/mman.h: what MAP_SHARED_VALIDATE lets pass. */
    private static final int LEGACY_FLAGS =
            MAP_TYPE
                    | MAP_FIXED
                    | MAP_ANONYMOUS
                    | MAP_DENYWRITE
                    | MAP_EXECUTABLE
                    | MAP_UNINITIALIZED
                    | MAP_GROWSDOWN
                    | MAP_LOCKED
                    | MAP_NORESERVE
                    | MAP_POPULATE
                    | MAP_NONBLOCK
                    | MAP_STACK
                    | MAP_HUGETLB
                    | MAP_32BIT
                    | MAP_ABOVE4G
                    | MAP_HUGE_2MB
                    | MAP_HUGE_1GB;

    /** What /proc/pid/maps calls huge pages of no file: HUGETLB_ANON_FILE. */
    private static final String HUGE_NAME = "/anon_hugepage (deleted)";

    @Syscall(
            nr = 9,
            name = "mmap",
            support = Support.PARTIAL,
            note = "huge pages of 2 MiB only: MAP_HUGE_1GB gives EINVAL, as on a CPU without them")
    long mmap(Task task, long addr, long length, int prot, int flags, int fd, long offset) {
        if ((offset & (PAGE_SIZE - 1)) != 0) {
            throw Errno.EINVAL.exception();
        }
        if ((flags & MAP_ANONYMOUS) != 0) {
            return (flags & MAP_HUGETLB) != 0
                    ? mapHuge(task, addr, length, prot, flags, offset)
                    : mapAnonymous(task, addr, length, prot, flags);
        }
        FileDescription file = task.files().acquire(fd);
        try {
            return mapFile(task, file, addr, length, prot, flags, offset);
        } finally {
            file.release();
        }
    }

    private static long mapAnonymous(Task task, long addr, long length, int prot, int flags) {
        checkPlace(task, addr, length, flags);
        int type = flags & MAP_TYPE;
        boolean growsShared = type == MAP_SHARED && (flags & MAP_GROWSDOWN) != 0;
        boolean growsDroppable = type == MAP_DROPPABLE && (flags & MAP_GROWSDOWN) != 0;
        if (type != MAP_SHARED && type != MAP_PRIVATE && type != MAP_DROPPABLE
                || growsShared
                || growsDroppable) {
            throw Errno.EINVAL.exception();
        }
        return map(
                task,
                length,
                flags,
                MapRequest.anonymous(addr, length, prot, populated(flags), ""));
    }

    /** ksys_mmap_pgoff(): the pages lie in a file that nobody else sees, as any of hugetlbfs. */
    private static long mapHuge(
            Task task, long addr, long length, int prot, int flags, long offset) {
        if (!HugePagePool.hasSize(flags >>> MAP_HUGE_SHIFT & MAP_HUGE_MASK)) {
            throw Errno.EINVAL.exception();
        }
        long whole = HugePagePool.ceil(length);
        checkHugePlace(task, addr, whole, flags);
        switch (flags & MAP_TYPE) {
            case MAP_SHARED_VALIDATE -> {
                if ((flags & ~LEGACY_FLAGS) != 0) {
                    throw Errno.EOPNOTSUPP.exception();
                }
            }
            case MAP_SHARED, MAP_PRIVATE -> {}
            default -> throw Errno.EINVAL.exception();
        }
        if ((flags & MAP_GROWSDOWN) != 0) {
            throw Errno.EINVAL.exception();
        }
        checkOffset(Long.MAX_VALUE, whole, offset);
        HugePagePool pool = task.sandbox().memory().hugePages();
        try (HugeFilePages file = pool.newFile(pool.wholePool())) {
            // From here on its mappings keep it.
            return map(
                    task,
                    whole,
                    flags,
                    new MapRequest(
                            addr,
                            whole,
                            prot,
                            PROT_READ | PROT_WRITE | PROT_EXEC,
                            populated(flags),
                            Optional.of(file),
                            offset,
                            HUGE_NAME,
                            new FileIdentity(1, file.mappableId())));
        }
    }

    private static void checkHugePlace(Task task, long addr, long length, int flags) {
        boolean fixed = (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) != 0;
        if (length > 0 && fixed && (addr & HugePagePool.PAGE_BYTES - 1) != 0) {
            throw Errno.EINVAL.exception();
        }
        checkPlace(task, addr, length, flags);
    }

    private static long mapFile(
            Task task,
            FileDescription file,
            long addr,
            long length,
            int prot,
            int flags,
            long offset) {
        if ((file.flags() & 010000000) != 0) {
            // O_PATH
            throw Errno.EBADF.exception();
        }
        if (file.hasHugePages()) {
            checkHugePlace(task, addr, HugePagePool.ceil(length), flags);
        } else if ((flags & MAP_HUGETLB) != 0) {
            throw Errno.EINVAL.exception();
        } else {
            checkPlace(task, addr, length, flags);
        }
        long end = FileMode.S_ISREG(file.inode().mode()) ? Long.MAX_VALUE : -1;
        checkOffset(end, length, offset);
        int maxProt = maxProt(file, prot, flags);
        Mappable mappable = file.mappableAt(offset);
        VfsPath path = file.path();
        boolean secretButPrivate = mappable.isSecret() && (flags & MAP_SHARED) == 0;
        if ((flags & MAP_GROWSDOWN) != 0 || secretButPrivate) {
            throw Errno.EINVAL.exception();
        }
        return map(
                task,
                length,
                flags,
                new MapRequest(
                        addr,
                        length,
                        prot,
                        maxProt,
                        populated(flags),
                        Optional.of(mappable),
                        file.mappedOffset(offset),
                        path == null ? file.anonymousName() : "",
                        new FileIdentity(
                                file.inode().filesystem().deviceId(),
                                file.inode().number(),
                                path)));
    }

    /** What do_mmap and get_unmapped_area check before they look at the kind of mapping. */
    private static void checkPlace(Task task, long addr, long length, int flags) {
        if (length == 0) {
            throw Errno.EINVAL.exception();
        }
        long pages = (length + PAGE_SIZE - 1) & -PAGE_SIZE;
        if (length < 0 || pages <= 0 || pages > TASK_SIZE_MAX) {
            throw Errno.ENOMEM.exception();
        }
        if ((flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) != 0) {
            if (addr < 0 || addr > TASK_SIZE_MAX - pages) {
                throw Errno.ENOMEM.exception();
            }
            if ((addr & (PAGE_SIZE - 1)) != 0) {
                throw Errno.EINVAL.exception();
            }
            if (addr < task.memory().control().lowestUserAddr()) {
                throw Errno.EPERM.exception();
            }
        }
        // Checked again when the place is taken.
        if ((flags & MAP_FIXED_NOREPLACE) != 0 && !task.memory().control().isFree(addr, length)) {
            throw Errno.EEXIST.exception();
        }
    }

    /** file_mmap_ok(): regular files end at the largest signed offset, others at the largest. */
    private static void checkOffset(long end, long length, long offset) {
        long pages = (length + PAGE_SIZE - 1) & -PAGE_SIZE;
        long last = Long.divideUnsigned(end - pages, PAGE_SIZE);
        if (Long.divideUnsigned(offset, PAGE_SIZE) > last) {
            throw Errno.EOVERFLOW.exception();
        }
    }

    /** What the mapping may ever be allowed, or why not at all. */
    private static int maxProt(FileDescription file, int prot, int flags) {
        int maxProt = PROT_READ | PROT_WRITE | PROT_EXEC;
        switch (flags & MAP_TYPE) {
            case MAP_SHARED_VALIDATE -> {
                if ((flags & ~LEGACY_FLAGS) != 0) {
                    throw Errno.EOPNOTSUPP.exception();
                }
                maxProt = maxSharedProt(file, prot);
            }
            case MAP_SHARED -> maxProt = maxSharedProt(file, prot);
            case MAP_PRIVATE -> {}
            default -> throw Errno.EINVAL.exception();
        }
        if (!file.isReadable()) {
            throw Errno.EACCES.exception();
        }
        VfsPath path = file.path();
        // What has no path is on a mount of the kernel without programs: path_noexec().
        boolean noExec = path == null || (path.mount().flags() & MountFlags.MS_NOEXEC) != 0;
        if (noExec) {
            if ((prot & PROT_EXEC) != 0) {
                throw Errno.EPERM.exception();
            }
            maxProt &= ~PROT_EXEC;
        }
        return maxProt;
    }

    private static int maxSharedProt(FileDescription file, int prot) {
        if (file.isWritable()) {
            if ((file.inode().fileFlags() & Ioctls.FS_APPEND_FL) != 0) {
                throw Errno.EACCES.exception();
            }
            if (file.inode().isSealedForWriting()) {
                if ((prot & PROT_WRITE) != 0) {
                    throw Errno.EPERM.exception();
                }
                return PROT_READ | PROT_EXEC;
            }
            return PROT_READ | PROT_WRITE | PROT_EXEC;
        }
        if ((prot & PROT_WRITE) != 0) {
            throw Errno.EACCES.exception();
        }
        return PROT_READ | PROT_EXEC;
    }

    /** A locked mapping is populated, too. */
    private static int populated(int flags) {
        return (flags & MAP_LOCKED) == 0 ? flags : flags & ~MAP_LOCKED | MAP_POPULATE;
    }

    private static long map(Task task, long length, int flags, MapRequest request) {
        boolean locks = (flags & MAP_LOCKED) != 0;
        boolean secret = request.file().filter(Mappable::isSecret).isPresent();
        if (locks && !LockLimit.isAny(task)) {
            throw Errno.EPERM.exception();
        }
        boolean counts = locks || secret || task.memory().control().locksFuture();
        if (counts && !LockLimit.allows(task, length)) {
            throw Errno.EAGAIN.exception();
        }
        if (!locks || secret) {
            return task.memory().map(request);
        }
        // What cannot be populated does not keep the rest from being mapped and locked.
        long addr = task.memory().map(request);
        task.memory().control().lock(addr, length, MLOCK_ONFAULT, true);
        return addr;
    }

    @Syscall(nr = 11, name = "munmap")
    long munmap(Task task, long addr, long length) {
        task.memory().unmap(addr, length);
        return 0;
    }
}
