package dev.moat.fs.sys;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.abi.OpenFlags;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import java.nio.charset.StandardCharsets;

/** A file with one value in it. */
@Stateful
final class SysFile extends SysInode {
    /** What stat(2) says of every attribute file: a page. */
    private static final long SIZE_BYTES = 4096;

    private final SysValue value;

    SysFile(SysFilesystem filesystem, SysValue value) {
        super(filesystem, FileMode.S_IFREG | (value.isWritable() ? 0644 : 0444));
        this.value = value;
    }

    @Override
    long sizeBytes() {
        return SIZE_BYTES;
    }

    byte[] content() {
        return value.text().getBytes(StandardCharsets.ISO_8859_1);
    }

    void accept(String text) {
        value.accept(text);
    }

    /** What cannot be written not even root writes: EACCES. */
    @Override
    public FileDescription open(Task task, int flags) {
        boolean writes = (flags & OpenFlags.O_ACCMODE) != OpenFlags.O_RDONLY;
        if (writes && !value.isWritable()) {
            throw Errno.EACCES.exception();
        }
        return new SysFileDescription(this, flags);
    }
}
