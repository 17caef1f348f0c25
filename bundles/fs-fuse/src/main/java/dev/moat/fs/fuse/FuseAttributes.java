package dev.moat.fs.fuse;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.api.namespace.UserView;
import dev.moat.api.vfs.Attributes;

/**
 * {@code struct fuse_attr}, checked.
 *
 * @param validNs until when it holds, on the monotonic clock
 * @param version {@link FuseConnection#attributeVersion} when it was learnt
 */
record FuseAttributes(
        long number,
        long sizeBytes,
        long blocks,
        long atimeNs,
        long mtimeNs,
        long ctimeNs,
        int mode,
        int links,
        int uid,
        int gid,
        int device,
        int blockSizeBytes,
        long validNs,
        long version) {
    static final int BYTES = 88;

    private static final long SECOND_NS = 1_000_000_000L;

    /** A time of validity beyond this is for ever. */
    private static final long MOST_SECONDS = 1L << 32;

    /** Those of a root whose server was not asked yet. */
    static FuseAttributes ofRoot(int mode, FuseOptions options) {
        return new FuseAttributes(
                1, 0, 0, 0, 0, 0, mode, 1, options.uid(), options.gid(), 0, 4096, 0, 0);
    }

    /**
     * Reads the structure.
     *
     * @param at where it begins
     * @param validNs until when the server says that it holds
     * @throws dev.moat.abi.ErrnoException EIO: no file is like that, fuse_invalid_attr()
     */
    static FuseAttributes read(Answer answer, int at, UserView users, long validNs) {
        int mode = answer.u32(at + 60);
        long size = answer.u64(at + 8);
        if (FileMode.directoryEntryType(mode) == 0 || (mode & ~0177777) != 0 || size < 0) {
            throw Errno.EIO.exception();
        }
        int uid = users.meantUid(answer.u32(at + 68));
        int gid = users.meantGid(answer.u32(at + 72));
        return new FuseAttributes(
                answer.u64(at),
                size,
                answer.u64(at + 16),
                time(answer.u64(at + 24), answer.u32(at + 48)),
                time(answer.u64(at + 32), answer.u32(at + 52)),
                time(answer.u64(at + 40), answer.u32(at + 56)),
                mode,
                answer.u32(at + 64),
                uid == UserView.NONE ? UserView.OVERFLOW : uid,
                gid == UserView.NONE ? UserView.OVERFLOW : gid,
                answer.u32(at + 76),
                answer.u32(at + 80),
                validNs,
                0);
    }

    private static long time(long seconds, int nanoseconds) {
        long most = Long.MAX_VALUE / SECOND_NS - 1;
        long clamped = Math.clamp(seconds, -most, most);
        return clamped * SECOND_NS + Math.clamp(nanoseconds, 0, SECOND_NS - 1);
    }

    /** When something ends that holds from now on for so long: time_to_jiffies(). */
    static long until(long nowNs, long seconds, int nanoseconds) {
        if (seconds < 0 || seconds > MOST_SECONDS) {
            return Long.MAX_VALUE;
        }
        return nowNs + seconds * SECOND_NS + Math.clamp(nanoseconds, 0, SECOND_NS - 1);
    }

    /** The same, to be asked for again. */
    FuseAttributes outdated() {
        return changed(sizeBytes, mtimeNs, ctimeNs, 0, version);
    }

    /** The same, learnt at that version. */
    FuseAttributes at(long newVersion) {
        return changed(sizeBytes, mtimeNs, ctimeNs, validNs, newVersion);
    }

    /** The same with another size, to be asked for again. */
    FuseAttributes resized(long newSizeBytes, long newVersion) {
        return changed(newSizeBytes, mtimeNs, ctimeNs, 0, newVersion);
    }

    /** The same as far as the pages here do not know better: fuse_get_cache_mask(). */
    FuseAttributes behind(FuseAttributes own) {
        return changed(own.sizeBytes, own.mtimeNs, own.ctimeNs, validNs, version);
    }

    /** The same with another size. */
    FuseAttributes sized(long newSizeBytes) {
        return changed(newSizeBytes, mtimeNs, ctimeNs, validNs, version);
    }

    /** The same, written to at a time. */
    FuseAttributes written(long newSizeBytes, long nowNs, long newVersion) {
        return changed(newSizeBytes, nowNs, nowNs, validNs, newVersion);
    }

    private FuseAttributes changed(
            long newSizeBytes, long newMtimeNs, long newCtimeNs, long newValidNs, long newVersion) {
        return new FuseAttributes(
                number,
                newSizeBytes,
                blocks,
                atimeNs,
                newMtimeNs,
                newCtimeNs,
                mode,
                links,
                uid,
                gid,
                device,
                blockSizeBytes,
                newValidNs,
                newVersion);
    }

    boolean isSameType(int otherMode) {
        return (mode & FileMode.S_IFMT) == (otherMode & FileMode.S_IFMT);
    }

    Attributes toAttributes(long deviceId) {
        return new Attributes(
                deviceId,
                number,
                mode,
                Integer.toUnsignedLong(links),
                uid,
                gid,
                Integer.toUnsignedLong(device),
                sizeBytes,
                blockSizeBytes > 0 ? blockSizeBytes : 4096,
                blocks,
                atimeNs,
                mtimeNs,
                ctimeNs,
                Long.MIN_VALUE);
    }
}
