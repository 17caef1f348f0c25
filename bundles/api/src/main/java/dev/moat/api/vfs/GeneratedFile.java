package dev.moat.api.vfs;

import dev.moat.abi.Errno;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.task.Task;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * An open file whose content the kernel makes when somebody asks. It is made when reading starts at
 * offset 0 and stays the same until then again, so that who reads it in pieces gets pieces of one
 * text (seq_file, Documentation/filesystems/seq_file.rst).
 */
@ConsumerType
public abstract class GeneratedFile extends SeekableFile {
    /** Null until something was read; replaced as a whole, a racing reader goes on with either. */
    private volatile byte @Nullable [] text;

    /**
     * @param flags as in open(2)
     */
    protected GeneratedFile(int flags) {
        super(flags);
    }

    /** Makes the content of now. Called without locks: what it asks may have locks of any rank. */
    protected abstract byte[] text(Task reader);

    @Override
    public long read(Task task, IoBuffer target) {
        byte[] shown = textAt(task, position);
        positionLock.lock();
        try {
            long at = position;
            long moved = copy(shown, at, target);
            if (moved > 0) {
                position = at + moved;
            }
            return moved;
        } finally {
            positionLock.unlock();
        }
    }

    @Override
    public long readAt(Task task, IoBuffer target, long offset) {
        return copy(textAt(task, offset), offset, target);
    }

    private byte[] textAt(Task task, long offset) {
        byte[] known = text;
        if (known == null || offset == 0) {
            known = text(task);
            text = known;
        }
        return known;
    }

    private static long copy(byte[] text, long offset, IoBuffer target) {
        if (offset >= text.length) {
            return 0;
        }
        long moved = target.put(MemorySegment.ofArray(text), offset, text.length - offset);
        return moved == 0 && target.faulted() ? Errno.EFAULT.negated() : moved;
    }
}
