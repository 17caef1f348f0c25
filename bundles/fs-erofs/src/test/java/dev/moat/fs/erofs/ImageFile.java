package dev.moat.fs.erofs;

import dev.moat.abi.FileMode;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.AttributeChange;
import dev.moat.api.vfs.Attributes;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.Inode;
import java.lang.foreign.MemorySegment;

/** A regular file that has an image, for tests. */
final class ImageFile extends Inode {
    private final byte[] bytes;

    ImageFile(byte[] bytes) {
        this.bytes = bytes;
    }

    FileDescription open() {
        return new FileDescription(0) {
            @Override
            protected void closed() {}

            @Override
            public Inode inode() {
                return ImageFile.this;
            }
        };
    }

    @Override
    public FileDescription open(Task task, int flags) {
        return open();
    }

    @Override
    public Filesystem filesystem() {
        throw new UnsupportedOperationException();
    }

    @Override
    public long number() {
        return 1;
    }

    @Override
    public int mode() {
        return FileMode.S_IFREG;
    }

    @Override
    public int uid() {
        return 0;
    }

    @Override
    public int gid() {
        return 0;
    }

    @Override
    public Attributes attributes() {
        return new Attributes(
                1, 1, mode(), 1, 0, 0, 0, bytes.length, 4096, 0, 0, 0, 0, Long.MIN_VALUE);
    }

    @Override
    public void setAttributes(AttributeChange change) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long readContent(long offset, IoBuffer target) {
        return offset >= bytes.length
                ? 0
                : target.put(MemorySegment.ofArray(bytes), offset, bytes.length - offset);
    }
}
