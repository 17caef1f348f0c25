package dev.moat.fs.proc;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.moat.abi.Errno;
import dev.moat.abi.MemoryFlags;
import dev.moat.abi.SeekWhence;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.MemoryManager;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import java.lang.foreign.MemorySegment;

/**
 * An open {@code /proc/pid/pagemap}: eight bytes for each page of the address space that the
 * process had when it was opened. PAGEMAP_SCAN is not served: ENOTTY, as before Linux 6.7.
 */
@Stateful
final class PagemapDescription extends FileDescription {
    /** Pages whose entries are collected at once. */
    private static final int CHUNK_PAGES = 4096;

    private static final long PAGES = MemoryFlags.TASK_SIZE_MAX / MemoryFlags.PAGE_SIZE;

    private final PagemapInode inode;
    private final MemoryManager memory;

    /** Concurrent readers of one description race, as on Linux. */
    private volatile long position;

    PagemapDescription(PagemapInode inode, MemoryManager memory, int flags) {
        super(flags);
        this.inode = inode;
        this.memory = memory;
    }

    @Override
    public boolean givesSplices() {
        return false;
    }

    @Override
    protected void closed() {
        // The address space is not kept alive: once its last task is gone, reads give 0.
    }

    @Override
    public Inode inode() {
        return inode;
    }

    @Override
    public long read(Task task, IoBuffer target) {
        long count = readAt(task, target, position);
        position += count;
        return count;
    }

    @Override
    public long readAt(Task task, IoBuffer target, long offset) {
        if (offset % Long.BYTES != 0 || target.remaining() % Long.BYTES != 0) {
            throw Errno.EINVAL.exception();
        }
        if (memory.users() == 0) {
            return 0;
        }
        long page = Long.divideUnsigned(offset, Long.BYTES);
        long total = 0;
        while (target.remaining() > 0 && page < PAGES) {
            long wanted = Math.min(target.remaining() / Long.BYTES, PAGES - page);
            long[] entries = new long[(int) Math.min(wanted, CHUNK_PAGES)];
            memory.control().describePages(page * MemoryFlags.PAGE_SIZE, entries);
            MemorySegment bytes = MemorySegment.ofArray(new byte[entries.length * Long.BYTES]);
            for (int i = 0; i < entries.length; i++) {
                bytes.set(JAVA_LONG_UNALIGNED, (long) i * Long.BYTES, entries[i]);
            }
            total += target.put(bytes, 0, bytes.byteSize());
            if (target.faulted()) {
                throw Errno.EFAULT.exception();
            }
            page += entries.length;
            if (task.signals().isKilled()) {
                break;
            }
        }
        return total;
    }

    @Override
    public long seek(Task task, long offset, int whence) {
        switch (whence) {
            case SeekWhence.SEEK_SET -> position = offset;
            case SeekWhence.SEEK_CUR -> position += offset;
            default -> throw Errno.EINVAL.exception();
        }
        return position;
    }

    @Override
    public long position() {
        return position;
    }
}
