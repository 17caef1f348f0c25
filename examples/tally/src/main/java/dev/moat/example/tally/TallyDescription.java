package dev.moat.example.tally;

import dev.moat.abi.Errno;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.GeneratedFile;
import dev.moat.api.vfs.Inode;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/** An open file. */
@Stateful
final class TallyDescription extends GeneratedFile {
    /** More than any number has digits: a longer write is refused with EINVAL. */
    private static final int LINE_BYTES = 32;

    private final TallyFile file;

    TallyDescription(TallyFile file, int flags) {
        super(flags);
        this.file = file;
    }

    @Override
    public Inode inode() {
        return file;
    }

    @Override
    protected void closed() {
        // Nothing is held.
    }

    /** Made when it is read from the start; the rest of reading and seeking is the base's. */
    @Override
    protected byte[] text(Task reader) {
        return file.text().getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Adds a decimal number; blanks around it are fine. EINVAL for anything else. */
    @Override
    public long write(Task task, IoBuffer source) {
        long length = source.remaining();
        if (length > LINE_BYTES) {
            throw Errno.EINVAL.exception();
        }
        byte[] line = new byte[(int) length];
        if (source.get(MemorySegment.ofArray(line), 0, length) < length) {
            throw Errno.EFAULT.exception();
        }
        try {
            file.add(Long.parseLong(new String(line, StandardCharsets.ISO_8859_1).strip()));
        } catch (NumberFormatException e) {
            throw Errno.EINVAL.exception();
        }
        return length;
    }
}
