package dev.moat.fs.fuse;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.Fuse;
import dev.moat.api.mm.FilePages;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitSuspended;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Reads and writes of an open file: fs/fuse/file.c. By way of the pages, or, if the server or who
 * opened it wants it so, past them.
 *
 * @param flags of the open file
 */
record FuseTransfers(FuseRegular inode, FuseHandle handle, int flags) {
    private FuseConnection connection() {
        return inode.server().connection();
    }

    /** Asks the server for each part. */
    long readPast(Task task, IoBuffer target, long offset) {
        int most =
                Math.min(FuseConnection.MOST_DATA_BYTES, inode.server().options().mostReadBytes());
        long at = offset;
        while (target.remaining() > 0) {
            int wanted = (int) Math.min(target.remaining(), most);
            Answer answer = connection().call(task, handle.reading(at, wanted, flags));
            long moved = target.put(answer.bytes(), 0, answer.size());
            at += moved;
            if (moved < answer.size()) {
                return at == offset ? Errno.EFAULT.negated() : at - offset;
            }
            if (answer.size() < wanted) {
                break;
            }
        }
        return at - offset;
    }

    /** fuse_cache_read_iter(). */
    long readCached(Task task, IoBuffer target, long offset) {
        boolean behind = target.remaining() > inode.lastAttributes().sizeBytes() - offset;
        if (behind || connection().has(Fuse.FUSE_AUTO_INVAL_DATA)) {
            inode.freshAttributes();
        }
        FilePages pages = inode.pages();
        long at = offset;
        while (target.remaining() > 0) {
            long moved = pages.read(at, target);
            at += moved;
            if (moved > 0) {
                continue;
            }
            if (target.faulted()) {
                return at == offset ? Errno.EFAULT.negated() : at - offset;
            }
            if (at >= pages.sizeBytes()) {
                break;
            }
            try {
                inode.cache().await(task, handle, at, at + target.remaining());
            } catch (ErrnoException e) {
                if (at > offset) {
                    break;
                }
                throw e;
            }
        }
        return at - offset;
    }

    /**
     * Writes as much as the server takes at once.
     *
     * @param past whether pages are not to know what is in the file
     */
    long writeThrough(Task task, IoBuffer source, long offset, boolean past) {
        byte[] data = take(source, connection().mostWriteBytes());
        if (data.length == 0) {
            return source.remaining() == 0 ? 0 : Errno.EFAULT.negated();
        }
        boolean inOrder = !task.resumption().isResumed();
        inode.turn().take(task);
        try {
            Answer answer = connection().call(task, handle.writing(offset, data, 0, flags));
            int written = FuseHandle.written(answer, data.length);
            source.rewind(source.transferred() - (data.length - written));
            if (!past) {
                inode.pages();
            }
            inode.noteWritten(offset + written);
            inode.cache().written(offset, data, written, inOrder && !past);
            return written;
        } finally {
            inode.turn().give();
        }
    }

    private static byte[] take(IoBuffer source, int most) {
        byte[] data = new byte[(int) Math.min(source.remaining(), most)];
        int size = (int) source.get(MemorySegment.ofArray(data), 0, data.length);
        return size == data.length ? data : Arrays.copyOf(data, size);
    }

    /** Writes to the pages: the server gets them later, see {@link FuseDirt}. */
    long writeBack(Task task, IoBuffer source, long offset) {
        byte[] data = take(source, FuseConnection.MOST_DATA_BYTES);
        if (data.length == 0) {
            return source.remaining() == 0 ? 0 : Errno.EFAULT.negated();
        }
        inode.turn().take(task);
        try {
            inode.freshAttributes();
            FilePages pages = inode.pages();
            MemorySegment content = MemorySegment.ofArray(data);
            long done = 0;
            while (done < data.length) {
                done += pages.served().write(offset + done, content.asSlice(done));
                inode.noteKept(offset + done);
                if (done < data.length) {
                    inode.cache().await(task, handle, offset + done, offset + done + 1);
                }
            }
            if (inode.cache().dirt().isMuch()) {
                inode.flush(task, handle, 0, Long.MAX_VALUE);
            }
            return data.length;
        } finally {
            inode.turn().give();
        }
    }

    /** Runs a transfer; the buffer is as before if the safe point has it made again. */
    static long rewinding(IoBuffer buffer, Transfer transfer) {
        long begun = buffer.transferred();
        try {
            return transfer.run();
        } catch (WaitSuspended e) {
            buffer.rewind(begun);
            throw e;
        }
    }

    /** A read or a write. */
    interface Transfer {
        long run();
    }
}
