package dev.moat.fs.host;

import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostResult;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.KernelBuffer;
import java.lang.foreign.MemorySegment;

/**
 * Moves bytes between a host file and guest memory; a file that is mapped is read from its pages
 * and written to both.
 */
final class HostTransfers {
    private HostTransfers() {}

    static long read(HostRegular inode, int fd, long offset, IoBuffer target) {
        MappedContent content = inode.content();
        if (content != null) {
            return content.pages().read(offset, target);
        }
        BounceBuffers buffers = inode.host().bounceBuffers();
        MemorySegment bounce = buffers.acquire();
        try {
            return readThrough(inode.files(), fd, bounce, offset, target);
        } finally {
            buffers.release(bounce);
        }
    }

    static long write(HostRegular inode, int fd, long offset, IoBuffer source) {
        BounceBuffers buffers = inode.host().bounceBuffers();
        MemorySegment bounce = buffers.acquire();
        try {
            return writeThrough(inode, fd, bounce, offset, source);
        } finally {
            buffers.release(bounce);
        }
    }

    private static long readThrough(
            HostFiles files, int fd, MemorySegment bounce, long offset, IoBuffer target) {
        long total = 0;
        while (target.remaining() > 0) {
            long wanted = Math.min(target.remaining(), BounceBuffers.BYTES);
            long count = files.pread(fd, bounce.asSlice(0, wanted), offset + total);
            if (HostResult.failed(count)) {
                return total > 0 ? total : HostResult.orThrow(count);
            }
            Storage.fetched(count);
            long moved = target.put(bounce, 0, count);
            total += moved;
            if (count < wanted || moved < count) {
                break;
            }
        }
        return total;
    }

    private static long writeThrough(
            HostRegular inode, int fd, MemorySegment bounce, long offset, IoBuffer source) {
        long total = 0;
        while (source.remaining() > 0) {
            long before = source.transferred();
            long taken = source.get(bounce, 0, BounceBuffers.BYTES);
            if (taken == 0) {
                break;
            }
            MemorySegment chunk = bounce.asSlice(0, taken);
            long count = inode.files().pwrite(fd, chunk, offset + total);
            if (HostResult.failed(count)) {
                source.rewind(before);
                return total > 0 ? total : HostResult.orThrow(count);
            }
            Storage.stored(count);
            MappedContent content = inode.content();
            if (content != null) {
                content.pages().write(offset + total, new KernelBuffer(chunk.asSlice(0, count)));
                content.noteWritten();
            }
            total += count;
            if (count < taken) {
                source.rewind(before + count);
                break;
            }
        }
        return total;
    }
}
