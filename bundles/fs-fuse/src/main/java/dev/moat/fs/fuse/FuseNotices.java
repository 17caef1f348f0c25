package dev.moat.fs.fuse;

import dev.moat.abi.Errno;
import dev.moat.api.mm.FilePages;
import dev.moat.api.mm.KernelBuffer;
import java.util.Arrays;

/** What a server says of the pages of a file without being asked: EINVAL, ENOENT. */
final class FuseNotices {
    private static final int STORE_BYTES = 24;
    private static final int RETRIEVE_BYTES = 32;

    private FuseNotices() {}

    /** FUSE_NOTIFY_INVAL_INODE: attributes, and pages from an offset that is not negative. */
    static void invalidate(FuseFilesystem filesystem, Answer body) {
        FuseInode inode = filesystem.nodes().requireKnown(body.u64(0));
        long offset = body.u64(8);
        long length = body.u64(16);
        inode.forgetAttributes();
        if (offset >= 0 && inode instanceof FuseRegular file) {
            long end = length <= 0 || offset + length < 0 ? Long.MAX_VALUE : offset + length;
            file.cache().invalidate(offset, end);
        }
    }

    /** FUSE_NOTIFY_STORE: content of pages. */
    static void store(FuseFilesystem filesystem, Answer body) {
        if (body.size() < STORE_BYTES) {
            throw Errno.EINVAL.exception();
        }
        int size = body.u32(16);
        if (body.size() - STORE_BYTES != size) {
            throw Errno.EINVAL.exception();
        }
        long offset = body.u64(8);
        FuseRegular file = requireFile(filesystem, body.u64(0));
        if (offset < 0 || offset + size < 0) {
            throw Errno.EINVAL.exception();
        }
        if (offset + size > file.lastAttributes().sizeBytes()) {
            file.noteWritten(offset + size);
        }
        byte[] data = body.slice(STORE_BYTES, size);
        file.cache().store(offset, data, file.lastAttributes().sizeBytes());
    }

    /** FUSE_NOTIFY_RETRIEVE: content that is there goes back to the server. */
    static void retrieve(FuseFilesystem filesystem, Answer body) {
        if (body.size() != RETRIEVE_BYTES) {
            throw Errno.EINVAL.exception();
        }
        FuseRegular file = requireFile(filesystem, body.u64(8));
        long offset = body.u64(16);
        int size = body.u32(24);
        int most = filesystem.connection().mostWriteBytes();
        byte[] found = new byte[size < 0 || size > most ? most : size];
        FilePages pages = file.cache().pagesOrNull();
        long got = 0;
        if (pages != null && offset >= 0) {
            got = pages.read(offset, KernelBuffer.of(found));
        }
        Body reply =
                new Body()
                        .u64(0)
                        .u64(offset)
                        .u32((int) got)
                        .u32(0)
                        .u64(0)
                        .u64(0)
                        .data(Arrays.copyOf(found, (int) got));
        filesystem.connection().reply(file.node(), body.u64(0), reply);
    }

    private static FuseRegular requireFile(FuseFilesystem filesystem, long node) {
        if (filesystem.nodes().requireKnown(node) instanceof FuseRegular file) {
            return file;
        }
        throw Errno.EINVAL.exception();
    }
}
