package dev.moat.fs.dev;

import dev.moat.abi.Errno;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.Inode;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * {@code /dev/kmsg} for writers: each write is a line of the sandbox's log,
 * Documentation/ABI/testing/dev-kmsg.
 */
@Stateful
final class KernelLogFile extends MemoryDeviceFile {
    /** PRINTKRB_RECORD_MAX, kernel/printk/printk.c: a longer write is EINVAL. */
    private static final int LINE_BYTES = 1024;

    /** Ten lines in five seconds, devkmsg_write: others are dropped silently. */
    private static final int BURST = 10;

    private static final long INTERVAL_NS = 5_000_000_000L;

    private final Sandbox sandbox;
    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);

    // Guarded by lock.
    private long intervalStartNs = Long.MIN_VALUE;
    private int lines;

    KernelLogFile(Sandbox sandbox, Inode node, int flags) {
        super(node, flags);
        this.sandbox = sandbox;
    }

    @Override
    public long write(Task task, IoBuffer source) {
        long count = source.remaining();
        if (count > LINE_BYTES) {
            throw Errno.EINVAL.exception();
        }
        byte[] bytes = new byte[(int) count];
        long moved = source.get(MemorySegment.ofArray(bytes), 0, count);
        if (moved < count) {
            throw Errno.EFAULT.exception();
        }
        if (takeTurn(sandbox.clock().monotonicNs())) {
            sandbox.log(printable(withoutPriority(new String(bytes, StandardCharsets.ISO_8859_1))));
        }
        return count;
    }

    private boolean takeTurn(long nowNs) {
        lock.lock();
        try {
            if (intervalStartNs == Long.MIN_VALUE || nowNs - intervalStartNs >= INTERVAL_NS) {
                intervalStartNs = nowNs;
                lines = 0;
            }
            lines++;
            return lines <= BURST;
        } finally {
            lock.unlock();
        }
    }

    /** Drops a leading {@code <N>}. */
    private static String withoutPriority(String line) {
        int end = line.startsWith("<") ? line.indexOf('>') : -1;
        return end > 1 && line.substring(1, end).chars().allMatch(Character::isDigit)
                ? line.substring(end + 1)
                : line;
    }

    /** One line without control characters: it ends on the operator's terminal. */
    private static String printable(String line) {
        return line.strip().replaceAll("[^ -~]", "?");
    }
}
