package dev.moat.fs.erofs;

import dev.moat.abi.Errno;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.KernelBuffer;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.FileDescription;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The bytes of an image; keeps its file open, so that they stay when the name goes. */
@Stateful
final class Image {
    private final FileDescription file;
    private final long sizeBytes;

    /**
     * @param file with one reference, which is this object's from here on
     */
    Image(FileDescription file) {
        this.file = file;
        this.sizeBytes = file.inode().attributes().sizeBytes();
    }

    long sizeBytes() {
        return sizeBytes;
    }

    void close() {
        file.release();
    }

    /** A structure: EUCLEAN if it is not within the image, EIO if it cannot be read. */
    ByteBuffer read(long at, int lengthBytes) {
        check(at, lengthBytes);
        byte[] bytes = new byte[lengthBytes];
        KernelBuffer target = KernelBuffer.of(bytes);
        if (transfer(at, target) < lengthBytes) {
            throw Errno.EIO.exception();
        }
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Content, as much as {@code target} takes of that length: bytes, or a negative errno. */
    long readContent(long at, long lengthBytes, IoBuffer target) {
        check(at, lengthBytes);
        byte[] bytes = new byte[(int) lengthBytes];
        if (transfer(at, KernelBuffer.of(bytes)) < lengthBytes) {
            throw Errno.EIO.exception();
        }
        return target.put(java.lang.foreign.MemorySegment.ofArray(bytes), 0, lengthBytes);
    }

    private void check(long at, long lengthBytes) {
        if (at < 0 || lengthBytes < 0 || at > sizeBytes - lengthBytes) {
            throw Errno.EUCLEAN.exception();
        }
    }

    private long transfer(long at, KernelBuffer target) {
        long begun = target.remaining();
        while (target.remaining() > 0) {
            long moved = file.inode().readContent(at + begun - target.remaining(), target);
            if (moved <= 0) {
                break;
            }
        }
        return begun - target.remaining();
    }
}
