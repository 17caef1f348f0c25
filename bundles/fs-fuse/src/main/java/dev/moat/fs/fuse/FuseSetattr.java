package dev.moat.fs.fuse;

import dev.moat.abi.Fuse;

/**
 * {@code struct fuse_setattr_in}.
 *
 * @param valid FATTR_*
 * @param handle of an open file, with FATTR_FH
 */
record FuseSetattr(
        int valid,
        long handle,
        long sizeBytes,
        long atimeNs,
        long mtimeNs,
        long ctimeNs,
        int mode,
        int uid,
        int gid) {
    private static final long SECOND_NS = 1_000_000_000L;

    /** Only a size. */
    static FuseSetattr size(long sizeBytes) {
        return new FuseSetattr(Fuse.FATTR_SIZE, 0, sizeBytes, 0, 0, 0, 0, 0, 0);
    }

    /** Times of what was written to the pages: fuse_flush_times(). */
    static FuseSetattr times(FuseAttributes attributes) {
        int valid = Fuse.FATTR_MTIME | Fuse.FATTR_CTIME;
        return new FuseSetattr(valid, 0, 0, 0, attributes.mtimeNs(), attributes.ctimeNs(), 0, 0, 0);
    }

    /** The same by way of an open file, if the server has opened it. */
    FuseSetattr by(FuseHandle file) {
        if (!file.isOpened()) {
            return this;
        }
        return new FuseSetattr(
                valid | Fuse.FATTR_FH,
                file.id(),
                sizeBytes,
                atimeNs,
                mtimeNs,
                ctimeNs,
                mode,
                uid,
                gid);
    }

    boolean sets(int attributes) {
        return (valid & attributes) != 0;
    }

    Body body() {
        return new Body()
                .u32(valid)
                .u32(0)
                .u64(handle)
                .u64(sizeBytes)
                .u64(0)
                .u64(Math.floorDiv(atimeNs, SECOND_NS))
                .u64(Math.floorDiv(mtimeNs, SECOND_NS))
                .u64(Math.floorDiv(ctimeNs, SECOND_NS))
                .u32((int) Math.floorMod(atimeNs, SECOND_NS))
                .u32((int) Math.floorMod(mtimeNs, SECOND_NS))
                .u32((int) Math.floorMod(ctimeNs, SECOND_NS))
                .u32(mode)
                .u32(0)
                .u32(uid)
                .u32(gid)
                .u32(0);
    }
}
