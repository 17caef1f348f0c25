package dev.moat.loader;

import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.Mappable;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.AttributeChange;
import dev.moat.api.vfs.Attributes;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.Inode;
import java.lang.foreign.MemorySegment;

/** An executable file made of bytes. */
final class FakeProgram extends FileDescription {
    private final byte[] content;
    private final int mode;
    boolean closed;

    FakeProgram(byte[] content) {
        this(content, 0100755);
    }

    FakeProgram(byte[] content, int mode) {
        super(0);
        this.content = content;
        this.mode = mode;
    }

    @Override
    protected void closed() {
        closed = true;
    }

    @Override
    public long readAt(Task task, IoBuffer target, long offset) {
        return offset < 0 || offset >= content.length
                ? 0
                : target.put(MemorySegment.ofArray(content), offset, content.length - offset);
    }

    @Override
    public Mappable mappable() {
        return Fakes.fake(
                Mappable.class,
                (method, arguments) -> {
                    throw Fakes.unexpected(method);
                });
    }

    @Override
    public Inode inode() {
        return new FakeInode(mode);
    }

    static final class FakeInode extends Inode {
        private final int mode;

        FakeInode(int mode) {
            this.mode = mode;
        }

        @Override
        public Filesystem filesystem() {
            throw Fakes.unexpected("filesystem");
        }

        @Override
        public long number() {
            return 5;
        }

        @Override
        public int mode() {
            return mode;
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
            return new Attributes(1, 5, mode, 1, 0, 0, 0, 0, 4096, 0, 0, 0, 0, 0);
        }

        @Override
        public void setAttributes(AttributeChange change) {
            throw Fakes.unexpected("setAttributes");
        }

        @Override
        public FileDescription open(Task task, int flags) {
            throw Fakes.unexpected("open");
        }
    }
}
