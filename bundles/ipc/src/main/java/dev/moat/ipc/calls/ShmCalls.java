package dev.moat.ipc.calls;

import static dev.moat.abi.IpcConstants.*;

import dev.moat.abi.Errno;
import dev.moat.abi.IpcPerm;
import dev.moat.abi.MemoryFlags;
import dev.moat.abi.ShmidDs;
import dev.moat.api.mm.MapRequest;
import dev.moat.api.mm.MapRequest.FileIdentity;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.ipc.IpcNamespace;
import dev.moat.ipc.object.IpcObject;
import dev.moat.ipc.shm.Segment;
import dev.moat.ipc.shm.Segments;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/** {@code shmget(2)}, {@code shmop(2)}, {@code shmctl(2)}: ipc/shm.c. */
final class ShmCalls {
    /** SHMLBA of x86. */
    private static final long ATTACH_ALIGNMENT = MemoryFlags.PAGE_SIZE;

    /** struct shminfo64 and struct shm_info: include/uapi/asm-generic/shmbuf.h, linux/shm.h. */
    private static final long LIMITS_BYTES = 9 * 8;

    private static final long INFO_BYTES = 6 * 8;

    private static final int READ_WRITE = IpcObject.READ | IpcObject.WRITE;

    @Syscall(
            nr = 29,
            name = "shmget",
            support = Support.PARTIAL,
            note = "huge pages of 2 MiB only: SHM_HUGE_1GB gives EINVAL, as on a CPU without them")
    long shmget(Task task, int key, long sizeBytes, int flags) {
        return segments(task).get(task, key, sizeBytes, flags);
    }

    @Syscall(nr = 30, name = "shmat")
    long shmat(Task task, int id, long addr, int flags) {
        if (id < 0) {
            throw Errno.EINVAL.exception();
        }
        long place = place(addr, flags);
        int prot = MemoryFlags.PROT_READ;
        int wanted = IpcObject.READ;
        if ((flags & SHM_RDONLY) == 0) {
            prot |= MemoryFlags.PROT_WRITE;
            wanted |= IpcObject.WRITE;
        }
        if ((flags & SHM_EXEC) != 0) {
            prot |= MemoryFlags.PROT_EXEC;
            wanted |= IpcObject.EXECUTE;
        }
        Segment segment = segments(task).table().find(id);
        segment.hold(task, wanted);
        try {
            if (place != 0 && (flags & SHM_REMAP) == 0) {
                checkFree(task, place, segment.sizeBytes());
            }
            return map(task, segment, place, prot, flags);
        } finally {
            segment.letGo();
        }
    }

    private static long place(long addr, int flags) {
        if (addr == 0) {
            if ((flags & SHM_REMAP) != 0) {
                throw Errno.EINVAL.exception();
            }
            return 0;
        }
        if ((addr & ATTACH_ALIGNMENT - 1) == 0) {
            return addr;
        }
        long rounded = addr & -ATTACH_ALIGNMENT;
        if ((flags & SHM_RND) == 0 || rounded == 0 && (flags & SHM_REMAP) != 0) {
            throw Errno.EINVAL.exception();
        }
        return rounded;
    }

    private static void checkFree(Task task, long place, long sizeBytes) {
        if (place + sizeBytes < place) {
            throw Errno.EINVAL.exception();
        }
        boolean beyond = place < 0 || place > MemoryFlags.TASK_SIZE_MAX - sizeBytes;
        if (!beyond && !task.memory().control().isFree(place, sizeBytes)) {
            throw Errno.EINVAL.exception();
        }
    }

    private static long map(Task task, Segment segment, long place, int prot, int flags) {
        int maxProt = MemoryFlags.PROT_READ | MemoryFlags.PROT_EXEC;
        if ((flags & SHM_RDONLY) == 0) {
            maxProt |= MemoryFlags.PROT_WRITE;
        }
        int fixed = place == 0 ? 0 : MemoryFlags.MAP_FIXED;
        return task.memory()
                .map(
                        new MapRequest(
                                place,
                                segment.sizeBytes(),
                                prot,
                                maxProt,
                                MemoryFlags.MAP_SHARED | fixed,
                                Optional.of(segment),
                                0,
                                segment.mapsName(),
                                new FileIdentity(1, segment.id())));
    }

    @Syscall(nr = 67, name = "shmdt")
    long shmdt(Task task, long addr) {
        task.memory().control().detach(addr);
        return 0;
    }

    @Syscall(nr = 31, name = "shmctl")
    long shmctl(Task task, int id, int command, long userAddr) {
        if (command < 0 || id < 0) {
            throw Errno.EINVAL.exception();
        }
        Segments all = segments(task);
        switch (command) {
            case IPC_INFO -> {
                return limits(task, all, userAddr);
            }
            case SHM_INFO -> {
                return usage(task, all, userAddr);
            }
            case SHM_STAT, SHM_STAT_ANY -> {
                Segment segment = all.table().at(id);
                if (command == SHM_STAT) {
                    segment.checkAccess(task, IpcObject.READ);
                }
                tell(task, segment.status(), userAddr);
                return segment.id();
            }
            case IPC_STAT -> {
                Segment segment = all.table().find(id);
                segment.checkAccess(task, IpcObject.READ);
                tell(task, segment.status(), userAddr);
            }
            case IPC_SET -> {
                ShmidDs wanted = ShmidDs.readFrom(Structs.copyIn(task, userAddr, ShmidDs.SIZE), 0);
                IpcPerm permissions = wanted.permissions();
                Segment segment = all.table().find(id);
                segment.checkOwner(task);
                segment.set(task, permissions);
            }
            case IPC_RMID -> {
                Segment segment = all.table().find(id);
                segment.checkOwner(task);
                segment.markForDestruction();
            }
            case SHM_LOCK, SHM_UNLOCK ->
                    all.table().find(id).setLockedInMemory(task, command == SHM_LOCK);
            default -> throw Errno.EINVAL.exception();
        }
        return 0;
    }

    private static void tell(Task task, ShmidDs status, long userAddr) {
        MemorySegment struct = Structs.allocate(ShmidDs.SIZE);
        status.writeTo(struct, 0);
        Structs.copyOut(task, userAddr, struct);
    }

    private static long limits(Task task, Segments all, long userAddr) {
        MemorySegment struct = Structs.allocate(LIMITS_BYTES);
        putLongs(struct, all.maxBytes(), SHMMIN, all.maxSegments(), all.maxSegments());
        struct.set(ValueLayout.JAVA_LONG_UNALIGNED, 4 * 8, all.maxTotalPages());
        Structs.copyOut(task, userAddr, struct);
        return all.table().highestIndex();
    }

    private static long usage(Task task, Segments all, long userAddr) {
        MemorySegment struct = Structs.allocate(INFO_BYTES);
        long resident = all.table().collectAll().stream().mapToLong(Segment::residentBytes).sum();
        putLongs(struct, all.table().size(), all.totalPages(), resident / MemoryFlags.PAGE_SIZE, 0);
        Structs.copyOut(task, userAddr, struct);
        return all.table().highestIndex();
    }

    private static void putLongs(MemorySegment struct, long... values) {
        for (int i = 0; i < values.length; i++) {
            struct.set(ValueLayout.JAVA_LONG_UNALIGNED, 8L * i, values[i]);
        }
    }

    private static Segments segments(Task task) {
        return IpcNamespace.of(task).segments();
    }
}
