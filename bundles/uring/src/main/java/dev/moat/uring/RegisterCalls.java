package dev.moat.uring;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.moat.abi.Errno;
import dev.moat.abi.IoUring;
import dev.moat.abi.Iovec;
import dev.moat.abi.Limits;
import dev.moat.abi.Rlimits;
import dev.moat.abi.Timespec;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code io_uring_register(2)}. */
final class RegisterCalls {
    private static final int MOST_BUFFERS = 1 << 14;
    private static final long LARGEST_BUFFER_BYTES = 1L << 30;

    /** {@code struct io_uring_buf_reg}. */
    private static final int BUFFER_RING_BYTES = 40;

    /** {@code struct io_uring_sync_cancel_reg}. */
    private static final int SYNC_CANCEL_BYTES = 64;

    private static final int BUFFER_ENTRY_BYTES = 16;

    /** {@code struct io_uring_probe} and one of its entries. */
    private static final int PROBE_BYTES = 16;

    private static final int PROBE_ENTRY_BYTES = 8;

    /** {@code struct io_uring_rsrc_register}. */
    private static final int RESOURCES_BYTES = 32;

    @Syscall(
            nr = 427,
            name = "io_uring_register",
            support = Support.PARTIAL,
            note =
                    "buffers, files (also sparse), eventfd, probe, personalities, cancelling, buffer rings in memory of the guest, enabling; others EINVAL")
    long ioUringRegister(Task task, int fd, int command, long arg, int count) {
        FileDescription file = task.files().acquire(fd);
        try {
            if (!(file instanceof Ring ring)) {
                throw Errno.EOPNOTSUPP.exception();
            }
            ring.checkIssuer(task);
            return run(task, ring, command, arg, count);
        } finally {
            file.release();
        }
    }

    private static long run(Task task, Ring ring, int command, long arg, int count) {
        switch (command) {
            case IoUring.IORING_REGISTER_BUFFERS -> registerBuffers(task, ring, arg, count);
            case IoUring.IORING_UNREGISTER_BUFFERS -> {
                checkNone(arg, count);
                ring.fixedBuffers().unregister();
            }
            case IoUring.IORING_REGISTER_FILES -> registerFiles(task, ring, arg, count);
            case IoUring.IORING_UNREGISTER_FILES -> {
                checkNone(arg, count);
                ring.files().unregister();
            }
            case IoUring.IORING_REGISTER_FILES_UPDATE -> {
                return updateFiles(task, ring, arg, count);
            }
            case IoUring.IORING_REGISTER_FILES2 -> registerResources(task, ring, arg, count);
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
                ring.enable(task);
            }
            case IoUring.IORING_REGISTER_SYNC_CANCEL -> {
                return cancel(task, ring, arg, count);
            }
            case IoUring.IORING_REGISTER_PBUF_RING -> {
                MemorySegment given = bufferRing(task, arg, count);
                checkBufferRing(task, given);
                ring.providedBuffers()
                        .registerRing(
                                given.get(JAVA_SHORT_UNALIGNED, 12) & 0xffff,
                                given.get(JAVA_LONG_UNALIGNED, 0),
                                given.get(JAVA_INT_UNALIGNED, 8));
            }
            case IoUring.IORING_UNREGISTER_PBUF_RING -> {
                MemorySegment given = bufferRing(task, arg, count);
                ring.providedBuffers().unregisterRing(given.get(JAVA_SHORT_UNALIGNED, 12) & 0xffff);
            }
            default -> throw Errno.EINVAL.exception();
        }
        return 0;
    }

    private static void checkNone(long arg, int count) {
        if (arg != 0 || count != 0) {
            throw Errno.EINVAL.exception();
        }
    }

    private static void registerBuffers(Task task, Ring ring, long arg, int count) {
        if (count <= 0 || count > MOST_BUFFERS) {
            throw Errno.EINVAL.exception();
        }
        MemorySegment array =
                MemorySegment.ofArray(task.user().copyIn(arg, count * (int) Iovec.SIZE));
        List<Iovec> buffers = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            Iovec buffer = Iovec.readFrom(array, i * Iovec.SIZE);
            check(task, buffer);
            buffers.add(buffer);
        }
        ring.fixedBuffers().register(buffers);
    }

    /** io_buffer_validate: EFAULT for what is not there; none at all is an empty slot. */
    private static void check(Task task, Iovec buffer) {
        if (buffer.base() == 0) {
            if (buffer.lengthBytes() != 0) {
                throw Errno.EFAULT.exception();
            }
            return;
        }
        long start = buffer.base() & -4096L;
        long length = buffer.base() - start + buffer.lengthBytes();
        if (buffer.lengthBytes() <= 0
                || buffer.lengthBytes() > LARGEST_BUFFER_BYTES
                || !task.memory().control().isMapped(start, length)) {
            throw Errno.EFAULT.exception();
        }
    }

    private static void registerFiles(Task task, Ring ring, long arg, int count) {
        checkCount(task, count);
        MemorySegment numbers =
                MemorySegment.ofArray(task.user().copyIn(arg, Math.multiplyExact(count, 4)));
        List<@Nullable FileDescription> files = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int fd = numbers.get(JAVA_INT_UNALIGNED, 4L * i);
            FileDescription file = fd == -1 ? null : FileUpdate.acquire(task, fd);
            if (fd != -1 && file == null) {
                files.forEach(RegisterCalls::release);
                throw Errno.EBADF.exception();
            }
            files.add(file);
        }
        ring.files().register(files);
    }

    private static void release(@Nullable FileDescription file) {
        if (file != null) {
            file.release();
        }
    }

    private static void checkCount(Task task, int count) {
        if (count <= 0) {
            throw Errno.EINVAL.exception();
        }
        if (count > Attempt.MOST_FILES
                || count > task.group().limits().soft(Rlimits.RLIMIT_NOFILE)) {
            throw Errno.EMFILE.exception();
        }
    }

    private static void registerResources(Task task, Ring ring, long arg, int size) {
        if (size != RESOURCES_BYTES) {
            throw Errno.EINVAL.exception();
        }
        MemorySegment given = MemorySegment.ofArray(task.user().copyIn(arg, size));
        int count = given.get(JAVA_INT_UNALIGNED, 0);
        int flags = given.get(JAVA_INT_UNALIGNED, 4);
        boolean reserved = given.get(JAVA_LONG_UNALIGNED, 8) != 0;
        boolean tagged = given.get(JAVA_LONG_UNALIGNED, 24) != 0;
        if (reserved || tagged || (flags & ~IoUring.IORING_RSRC_REGISTER_SPARSE) != 0) {
            throw Errno.EINVAL.exception();
        }
        long data = given.get(JAVA_LONG_UNALIGNED, 16);
        if (flags == 0) {
            registerFiles(task, ring, data, count);
        } else if (data != 0) {
            throw Errno.EINVAL.exception();
        } else {
            checkCount(task, count);
            ring.files().register(RingFiles.empty(count));
        }
    }

    private static long updateFiles(Task task, Ring ring, long arg, int count) {
        MemorySegment given = MemorySegment.ofArray(task.user().copyIn(arg, 16));
        if (count <= 0 || count > Attempt.MOST_FILES || given.get(JAVA_INT_UNALIGNED, 4) != 0) {
            throw Errno.EINVAL.exception();
        }
        return new FileUpdate(ring, task)
                .run(
                        given.get(JAVA_LONG_UNALIGNED, 8),
                        count,
                        false,
                        given.get(JAVA_INT_UNALIGNED, 0));
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
        boolean reserved = given.get(JAVA_SHORT_UNALIGNED, 14) != 0;
        for (long at = 16; at < BUFFER_RING_BYTES; at += 8) {
            reserved |= given.get(JAVA_LONG_UNALIGNED, at) != 0;
        }
        if (reserved) {
            throw Errno.EINVAL.exception();
        }
        return given;
    }

    /** EFAULT: the ring of buffers is not there. */
    private static void checkBufferRing(Task task, MemorySegment given) {
        long addr = given.get(JAVA_LONG_UNALIGNED, 0);
        long entries = Integer.toUnsignedLong(given.get(JAVA_INT_UNALIGNED, 8));
        if (addr == 0
                || !task.memory().control().isMapped(addr & -4096L, entries * BUFFER_ENTRY_BYTES)) {
            throw Errno.EFAULT.exception();
        }
    }

    /** Which operations there are. */
    private static void probe(Task task, long arg, int count) {
        if (count < 0 || count > Limits.UIO_MAXIOV) {
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
