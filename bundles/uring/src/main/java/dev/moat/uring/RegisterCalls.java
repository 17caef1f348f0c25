package dev.moat.uring;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.IoUring;
import dev.moat.abi.Timespec;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import java.lang.foreign.MemorySegment;

/** {@code io_uring_register(2)}. */
final class RegisterCalls {
    private static final int NO_RING = -1;

    /** {@code struct io_uring_buf_reg}. */
    private static final int BUFFER_RING_BYTES = 40;

    /** {@code struct io_uring_sync_cancel_reg}. */
    private static final int SYNC_CANCEL_BYTES = 64;

    private static final long PAGE_BYTES = 4096;

    /** {@code struct io_uring_probe} and one of its entries. */
    private static final int PROBE_BYTES = 16;

    private static final int PROBE_ENTRY_BYTES = 8;

    /** {@code struct io_uring_rsrc_register} and {@code io_uring_rsrc_update2}. */
    private static final int RESOURCES_BYTES = 32;

    /** {@code struct io_uring_rsrc_update} and others of its size. */
    private static final int UPDATE_BYTES = 16;

    /** {@code struct io_uring_buf_status}. */
    private static final int BUFFER_STATUS_BYTES = 40;

    /** More are no probe: io_probe. */
    private static final int MOST_PROBED = 256;

    @Syscall(
            nr = 427,
            name = "io_uring_register",
            support = Support.PARTIAL,
            note = "no napi (EINVAL); affinity of workers is without effect")
    long ioUringRegister(Task task, int fd, int coded, long arg, int count) {
        int command = coded & ~IoUring.IORING_REGISTER_USE_REGISTERED_RING;
        if (command < 0 || command >= Restrictions.REGISTER_LIMIT) {
            throw Errno.EINVAL.exception();
        }
        if (fd == NO_RING) {
            return withoutRing(task, command, arg, count);
        }
        FileDescription file =
                coded != command ? RingNumbers.acquire(task, fd) : task.files().acquire(fd);
        try {
            if (!(file instanceof Ring ring)) {
                throw Errno.EOPNOTSUPP.exception();
            }
            ring.admission().checkIssuer(task);
            checkAllowed(ring, command);
            return run(task, ring, command, arg, count);
        } finally {
            file.release();
        }
    }

    /** io_uring_register_blind: a query, or a message that no ring submits. */
    private static long withoutRing(Task task, int command, long arg, int count) {
        if (command == IoUring.IORING_REGISTER_QUERY) {
            new RingQuery(task).run(arg, count);
            return 0;
        }
        if (command != IoUring.IORING_REGISTER_SEND_MSG_RING || arg == 0 || count != 1) {
            throw Errno.EINVAL.exception();
        }
        Sqe sqe = Sqe.of(task.user().copyIn(arg, Sqe.BYTES));
        if (sqe.flags() != 0
                || sqe.opcode() != IoUring.IORING_OP_MSG_RING
                || !RingMessage.isValid(sqe)
                || sqe.addr() != IoUring.IORING_MSG_DATA) {
            throw Errno.EINVAL.exception();
        }
        FileDescription file = task.files().acquire(sqe.guestDescriptor());
        try {
            return file instanceof Ring target
                    ? RingMessage.tell(target, sqe)
                    : Errno.EBADFD.negated();
        } finally {
            file.release();
        }
    }

    /** EACCES: not among what the ring is restricted to. */
    private static void checkAllowed(Ring ring, int command) {
        Restrictions restrictions = ring.admission().restrictions();
        if (restrictions != null && !restrictions.allowRegister(command)) {
            throw Errno.EACCES.exception();
        }
    }

    private static long run(Task task, Ring ring, int command, long arg, int count) {
        switch (command) {
            case IoUring.IORING_REGISTER_BUFFERS -> {
                checkPointer(arg);
                new BufferRegistration(ring, task).register(arg, count, 0);
            }
            case IoUring.IORING_UNREGISTER_BUFFERS -> {
                checkNone(arg, count);
                ring.fixedBuffers().unregister();
            }
            case IoUring.IORING_REGISTER_FILES -> {
                checkPointer(arg);
                new FileRegistration(ring, task).register(arg, count, 0);
            }
            case IoUring.IORING_UNREGISTER_FILES -> {
                checkNone(arg, count);
                ring.files().unregister();
            }
            case IoUring.IORING_REGISTER_FILES_UPDATE -> {
                return updateFiles(task, ring, arg, count);
            }
            case IoUring.IORING_REGISTER_FILES2, IoUring.IORING_REGISTER_BUFFERS2 ->
                    registerResources(task, ring, command, arg, count);
            case IoUring.IORING_REGISTER_FILES_UPDATE2, IoUring.IORING_REGISTER_BUFFERS_UPDATE -> {
                return updateResources(task, ring, command, arg, count);
            }
            case IoUring.IORING_REGISTER_FILE_ALLOC_RANGE -> setRange(task, ring, arg, count);
            case IoUring.IORING_REGISTER_CLONE_BUFFERS -> {
                checkOne(arg, count);
                new BufferCloning(ring, task).run(arg);
            }
            case IoUring.IORING_REGISTER_RING_FDS -> {
                return RingNumbers.register(task, arg, count);
            }
            case IoUring.IORING_UNREGISTER_RING_FDS -> {
                return RingNumbers.unregister(task, arg, count);
            }
            case IoUring.IORING_REGISTER_RESIZE_RINGS -> {
                checkOne(arg, count);
                resize(task, ring, arg);
            }
            case IoUring.IORING_REGISTER_MEM_REGION -> {
                checkOne(arg, count);
                ring.region().register(task, arg, ring.admission().isEnabled());
            }
            case IoUring.IORING_REGISTER_QUERY -> new RingQuery(task).run(arg, count);
            case IoUring.IORING_REGISTER_RESTRICTIONS -> restrict(task, ring, arg, count);
            case IoUring.IORING_REGISTER_CLOCK -> setClock(task, ring, arg, count);
            case IoUring.IORING_REGISTER_IOWQ_AFF -> readPlaces(task, arg, count);
            case IoUring.IORING_UNREGISTER_IOWQ_AFF -> checkNone(arg, count);
            case IoUring.IORING_REGISTER_IOWQ_MAX_WORKERS -> limitWorkers(task, ring, arg, count);
            case IoUring.IORING_REGISTER_PBUF_STATUS -> {
                checkOne(arg, count);
                tellStatus(task, ring, arg);
            }
            case IoUring.IORING_REGISTER_EVENTFD, IoUring.IORING_REGISTER_EVENTFD_ASYNC ->
                    registerEvent(task, ring, arg, count);
            case IoUring.IORING_UNREGISTER_EVENTFD -> {
                checkNone(arg, count);
                ring.events().unregister();
            }
            case IoUring.IORING_REGISTER_PROBE -> probe(task, arg, count);
            case IoUring.IORING_REGISTER_PERSONALITY -> {
                checkNone(arg, count);
                return ring.personalities().register(task.credentials());
            }
            case IoUring.IORING_UNREGISTER_PERSONALITY -> {
                checkNone(arg, 0);
                ring.personalities().unregister(count);
            }
            case IoUring.IORING_REGISTER_ENABLE_RINGS -> {
                checkNone(arg, count);
                ring.admission().enable(task);
                ring.startPolling();
            }
            case IoUring.IORING_REGISTER_SYNC_CANCEL -> {
                return cancel(task, ring, arg, count);
            }
            case IoUring.IORING_REGISTER_PBUF_RING -> {
                addBufferRing(task, ring, bufferRing(task, arg, count));
            }
            case IoUring.IORING_UNREGISTER_PBUF_RING -> {
                MemorySegment given = bufferRing(task, arg, count);
                if (given.get(JAVA_SHORT_UNALIGNED, 14) != 0) {
                    throw Errno.EINVAL.exception();
                }
                ring.providedBuffers().unregisterRing(given.get(JAVA_SHORT_UNALIGNED, 12) & 0xffff);
            }
            default -> throw Errno.EINVAL.exception();
        }
        return 0;
    }

    private static void checkPointer(long arg) {
        if (arg == 0) {
            throw Errno.EFAULT.exception();
        }
    }

    private static void checkOne(long arg, int count) {
        if (arg == 0 || count != 1) {
            throw Errno.EINVAL.exception();
        }
    }

    private static void checkNone(long arg, int count) {
        if (arg != 0 || count != 0) {
            throw Errno.EINVAL.exception();
        }
    }

    /** {@code struct io_uring_rsrc_register}. */
    private static void registerResources(
            Task task, Ring ring, int command, long arg, int sizeBytes) {
        MemorySegment given = struct(task, arg, sizeBytes, RESOURCES_BYTES);
        int count = given.get(JAVA_INT_UNALIGNED, 0);
        int flags = given.get(JAVA_INT_UNALIGNED, 4);
        long data = given.get(JAVA_LONG_UNALIGNED, 16);
        long tags = given.get(JAVA_LONG_UNALIGNED, 24);
        if (count == 0
                || given.get(JAVA_LONG_UNALIGNED, 8) != 0
                || (flags & ~IoUring.IORING_RSRC_REGISTER_SPARSE) != 0
                || flags != 0 && data != 0) {
            throw Errno.EINVAL.exception();
        }
        if (command == IoUring.IORING_REGISTER_FILES2) {
            new FileRegistration(ring, task).register(data, count, tags);
        } else {
            new BufferRegistration(ring, task).register(data, count, tags);
        }
    }

    /** {@code struct io_uring_rsrc_update2}. */
    private static long updateResources(
            Task task, Ring ring, int command, long arg, int sizeBytes) {
        MemorySegment given = struct(task, arg, sizeBytes, RESOURCES_BYTES);
        int start = given.get(JAVA_INT_UNALIGNED, 0);
        int count = given.get(JAVA_INT_UNALIGNED, 24);
        long data = given.get(JAVA_LONG_UNALIGNED, 8);
        long tags = given.get(JAVA_LONG_UNALIGNED, 16);
        if (count == 0
                || given.get(JAVA_INT_UNALIGNED, 4) != 0
                || given.get(JAVA_INT_UNALIGNED, 28) != 0) {
            throw Errno.EINVAL.exception();
        }
        checkSum(start, count);
        return command == IoUring.IORING_REGISTER_FILES_UPDATE2
                ? new FileRegistration(ring, task).update(start, count, data, tags)
                : new BufferRegistration(ring, task).update(start, count, data, tags);
    }

    /** EOVERFLOW: more than an unsigned int holds. */
    private static void checkSum(int start, int count) {
        if (Integer.compareUnsigned(start + count, start) < 0) {
            throw Errno.EOVERFLOW.exception();
        }
    }

    private static MemorySegment struct(Task task, long arg, int sizeBytes, int neededBytes) {
        if (sizeBytes != neededBytes) {
            throw Errno.EINVAL.exception();
        }
        return MemorySegment.ofArray(task.user().copyIn(arg, neededBytes));
    }

    /** {@code struct io_uring_rsrc_update}. */
    private static long updateFiles(Task task, Ring ring, long arg, int count) {
        if (count == 0) {
            throw Errno.EINVAL.exception();
        }
        MemorySegment given = MemorySegment.ofArray(task.user().copyIn(arg, UPDATE_BYTES));
        if (given.get(JAVA_INT_UNALIGNED, 4) != 0) {
            throw Errno.EINVAL.exception();
        }
        int start = given.get(JAVA_INT_UNALIGNED, 0);
        checkSum(start, count);
        return new FileRegistration(ring, task)
                .update(start, count, given.get(JAVA_LONG_UNALIGNED, 8), 0);
    }

    /** {@code struct io_uring_file_index_range}. */
    private static void setRange(Task task, Ring ring, long arg, int count) {
        if (arg == 0 || count != 0) {
            throw Errno.EINVAL.exception();
        }
        MemorySegment given = MemorySegment.ofArray(task.user().copyIn(arg, UPDATE_BYTES));
        int start = given.get(JAVA_INT_UNALIGNED, 0);
        int length = given.get(JAVA_INT_UNALIGNED, 4);
        checkSum(start, length);
        if (given.get(JAVA_LONG_UNALIGNED, 8) != 0) {
            throw Errno.EINVAL.exception();
        }
        ring.files()
                .setRange(Integer.toUnsignedLong(start), Integer.toUnsignedLong(start + length));
    }

    private static void restrict(Task task, Ring ring, long arg, int count) {
        ring.admission().checkRestrictable();
        if (arg == 0 || count < 0 || count > Restrictions.MOST) {
            throw Errno.EINVAL.exception();
        }
        byte[] array = task.user().copyIn(arg, count * Restrictions.BYTES);
        ring.admission().restrict(Restrictions.of(array));
    }

    /** io_register_resize_rings: EINVAL, EOVERFLOW, EFAULT. */
    private static void resize(Task task, Ring ring, long arg) {
        int changed = IoUring.IORING_SETUP_CQSIZE | IoUring.IORING_SETUP_CLAMP;
        if (!ring.settings().has(IoUring.IORING_SETUP_DEFER_TASKRUN)) {
            throw Errno.EINVAL.exception();
        }
        RingParams params = RingParams.read(task, arg);
        if ((params.flags() & ~changed) != 0) {
            throw Errno.EINVAL.exception();
        }
        int kept =
                IoUring.IORING_SETUP_NO_SQARRAY
                        | IoUring.IORING_SETUP_SQE128
                        | IoUring.IORING_SETUP_CQE32
                        | IoUring.IORING_SETUP_CQE_MIXED
                        | IoUring.IORING_SETUP_NO_MMAP;
        params.setFlags(params.flags() | ring.settings().flags() & kept);
        RingLayout layout = params.layout(params.submissions());
        params.describe(layout);
        if (layout.equals(ring.layout())) {
            params.write(task, arg);
            return;
        }
        RingMemory memory = params.makeMemory(task, layout);
        try {
            params.write(task, arg);
            ring.resize(memory);
        } catch (ErrnoException e) {
            memory.close();
            throw e;
        }
    }

    /** {@code struct io_uring_clock_register}. */
    private static void setClock(Task task, Ring ring, long arg, int count) {
        if (arg == 0 || count != 0) {
            throw Errno.EINVAL.exception();
        }
        MemorySegment given = MemorySegment.ofArray(task.user().copyIn(arg, UPDATE_BYTES));
        if (given.get(JAVA_INT_UNALIGNED, 4) != 0 || given.get(JAVA_LONG_UNALIGNED, 8) != 0) {
            throw Errno.EINVAL.exception();
        }
        ring.tuning().setClock(given.get(JAVA_INT_UNALIGNED, 0));
    }

    /**
     * io_register_iowq_aff: on which CPUs workers may be. The kernel host's own work for all
     * sandboxes, on CPUs that it chooses: CPUs that do not exist are not looked at, and any others
     * will do.
     */
    private static void readPlaces(Task task, long arg, int sizeBytes) {
        if (arg == 0 || sizeBytes == 0) {
            throw Errno.EINVAL.exception();
        }
        int read = Integer.compareUnsigned(sizeBytes, Long.BYTES) < 0 ? sizeBytes : Long.BYTES;
        task.user().copyIn(arg, read);
    }

    private static void limitWorkers(Task task, Ring ring, long arg, int count) {
        if (arg == 0 || count != 2) {
            throw Errno.EINVAL.exception();
        }
        MemorySegment given = MemorySegment.ofArray(task.user().copyIn(arg, 2 * Integer.BYTES));
        int[] counts = given.toArray(JAVA_INT_UNALIGNED);
        ring.tuning().exchangeWorkers(counts);
        task.user().writeInt(arg, counts[0]);
        task.user().writeInt(arg + Integer.BYTES, counts[1]);
    }

    /** {@code struct io_uring_buf_status}. */
    private static void tellStatus(Task task, Ring ring, long arg) {
        MemorySegment given = MemorySegment.ofArray(task.user().copyIn(arg, BUFFER_STATUS_BYTES));
        for (long at = 8; at < BUFFER_STATUS_BYTES; at += Integer.BYTES) {
            if (given.get(JAVA_INT_UNALIGNED, at) != 0) {
                throw Errno.EINVAL.exception();
            }
        }
        int head = ring.providedBuffers().headOf(given.get(JAVA_INT_UNALIGNED, 0));
        task.user().writeInt(arg + Integer.BYTES, head);
    }

    private static void registerEvent(Task task, Ring ring, long arg, int count) {
        if (count != 1) {
            throw Errno.EINVAL.exception();
        }
        FileDescription file = FileUpdate.acquire(task, task.user().readInt(arg));
        if (file == null) {
            throw Errno.EBADF.exception();
        }
        if (!file.anonymousName().equals("anon_inode:[eventfd]")) {
            file.release();
            throw Errno.EINVAL.exception();
        }
        ring.events().register(file);
    }

    /** io_sync_cancel: waits for what is being worked on, as long as the guest says. */
    private static long cancel(Task task, Ring ring, long arg, int count) {
        if (arg == 0 || count != 1) {
            throw Errno.EINVAL.exception();
        }
        MemorySegment given = MemorySegment.ofArray(task.user().copyIn(arg, SYNC_CANCEL_BYTES));
        boolean reserved = false;
        for (long at = 33; at < SYNC_CANCEL_BYTES; at++) {
            reserved |= given.get(JAVA_BYTE, at) != 0;
        }
        if (reserved) {
            throw Errno.EINVAL.exception();
        }
        Timespec limit =
                new Timespec(
                        given.get(JAVA_LONG_UNALIGNED, 16), given.get(JAVA_LONG_UNALIGNED, 24));
        boolean endless = limit.seconds() == -1 && limit.nanoseconds() == -1;
        long deadlineNs =
                endless ? Blocker.FOREVER : task.resumption().deadlineAfter(task, limit.toNanos());
        SyncCancellation cancellation =
                new SyncCancellation(
                        ring,
                        task,
                        given.get(JAVA_LONG_UNALIGNED, 0),
                        given.get(JAVA_INT_UNALIGNED, 8),
                        given.get(JAVA_INT_UNALIGNED, 12),
                        given.get(JAVA_BYTE, 32) & 0xff);
        return cancellation.run(deadlineNs);
    }

    private static MemorySegment bufferRing(Task task, long arg, int count) {
        if (count != 1) {
            throw Errno.EINVAL.exception();
        }
        MemorySegment given = MemorySegment.ofArray(task.user().copyIn(arg, BUFFER_RING_BYTES));
        boolean reserved = false;
        for (long at = 16; at < BUFFER_RING_BYTES; at += 8) {
            reserved |= given.get(JAVA_LONG_UNALIGNED, at) != 0;
        }
        if (reserved) {
            throw Errno.EINVAL.exception();
        }
        return given;
    }

    /** io_register_pbuf_ring: EINVAL, EEXIST, EFAULT, ENOMEM. */
    private static void addBufferRing(Task task, Ring ring, MemorySegment given) {
        int flags = given.get(JAVA_SHORT_UNALIGNED, 14) & 0xffff;
        int entries = given.get(JAVA_INT_UNALIGNED, 8);
        int group = given.get(JAVA_SHORT_UNALIGNED, 12) & 0xffff;
        if ((flags & ~(IoUring.IOU_PBUF_RING_MMAP | IoUring.IOU_PBUF_RING_INC)) != 0) {
            throw Errno.EINVAL.exception();
        }
        ring.providedBuffers().checkNew(group, entries);
        long bytes = -(-ProvidedBuffers.ringBytes(entries) & -PAGE_BYTES);
        SharedRegion region =
                (flags & IoUring.IOU_PBUF_RING_MMAP) != 0
                        ? SharedRegion.ofPages(task, bytes)
                        : SharedRegion.ofMemory(task, given.get(JAVA_LONG_UNALIGNED, 0), bytes);
        try {
            boolean piecewise = (flags & IoUring.IOU_PBUF_RING_INC) != 0;
            ring.providedBuffers().registerRing(group, region, entries, piecewise);
        } catch (ErrnoException e) {
            region.close();
            throw e;
        }
    }

    /** Which operations there are. */
    private static void probe(Task task, long arg, int count) {
        if (arg == 0 || count < 0 || count > MOST_PROBED) {
            throw Errno.EINVAL.exception();
        }
        int shown = Math.min(count, Operation.LIMIT);
        int size = PROBE_BYTES + shown * PROBE_ENTRY_BYTES;
        byte[] bytes = task.user().copyIn(arg, size);
        for (byte each : bytes) {
            if (each != 0) {
                throw Errno.EINVAL.exception();
            }
        }
        MemorySegment struct = MemorySegment.ofArray(bytes);
        bytes[0] = (byte) (Operation.LIMIT - 1);
        bytes[1] = (byte) shown;
        for (int i = 0; i < shown; i++) {
            int at = PROBE_BYTES + i * PROBE_ENTRY_BYTES;
            bytes[at] = (byte) i;
            short flags = (short) (Operation.of(i) == null ? 0 : IoUring.IO_URING_OP_SUPPORTED);
            struct.set(JAVA_SHORT_UNALIGNED, at + 2, flags);
        }
        task.user().copyOut(arg, bytes);
    }
}
