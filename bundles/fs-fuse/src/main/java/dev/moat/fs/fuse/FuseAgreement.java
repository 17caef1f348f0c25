package dev.moat.fs.fuse;

import dev.moat.abi.Fuse;
import org.jspecify.annotations.Nullable;

/**
 * What FUSE_INIT has agreed on.
 *
 * @param features FUSE_*, those that both sides have
 * @param mostWriteBytes data of one FUSE_WRITE
 * @param readAheadBytes what is read before anybody asks
 */
record FuseAgreement(long features, int mostWriteBytes, int readAheadBytes) {
    /** No answer is longer, in bytes behind the header. */
    static final int ANSWER_BYTES = 64;

    /** Before a server has answered. */
    static final FuseAgreement NONE = new FuseAgreement(0, 4096, 0);

    /** VM_READAHEAD_PAGES, include/linux/mm.h. */
    private static final int READ_AHEAD_BYTES = 128 << 10;

    private static final int LEAST_BYTES = 24;
    private static final int LEAST_WRITE_BYTES = 4096;

    private static final long FEATURES =
            Fuse.FUSE_ASYNC_READ
                    | Fuse.FUSE_POSIX_LOCKS
                    | Fuse.FUSE_BIG_WRITES
                    | Fuse.FUSE_DONT_MASK
                    | Fuse.FUSE_FLOCK_LOCKS
                    | Fuse.FUSE_HAS_IOCTL_DIR
                    | Fuse.FUSE_AUTO_INVAL_DATA
                    | Fuse.FUSE_DO_READDIRPLUS
                    | Fuse.FUSE_READDIRPLUS_AUTO
                    | Fuse.FUSE_WRITEBACK_CACHE
                    | Fuse.FUSE_NO_OPEN_SUPPORT
                    | Fuse.FUSE_PARALLEL_DIROPS
                    | Fuse.FUSE_ABORT_ERROR
                    | Fuse.FUSE_NO_OPENDIR_SUPPORT
                    | Fuse.FUSE_EXPLICIT_INVAL_DATA
                    | Fuse.FUSE_INIT_EXT
                    | Fuse.FUSE_DIRECT_IO_ALLOW_MMAP
                    | Fuse.FUSE_HAS_RESEND;

    /** {@code struct fuse_init_in}. */
    static Body offer() {
        Body body =
                new Body()
                        .u32(Fuse.FUSE_KERNEL_VERSION)
                        .u32(Fuse.FUSE_KERNEL_MINOR_VERSION)
                        .u32(READ_AHEAD_BYTES)
                        .u32((int) FEATURES)
                        .u32((int) (FEATURES >>> 32));
        for (int i = 0; i < 11; i++) {
            body.u32(0);
        }
        return body;
    }

    /** Reads {@code struct fuse_init_out}; null if the server speaks another protocol. */
    static @Nullable FuseAgreement read(Answer answer) {
        if (answer.size() < LEAST_BYTES || answer.u32(0) != Fuse.FUSE_KERNEL_VERSION) {
            return null;
        }
        long wanted = Integer.toUnsignedLong(answer.u32(12));
        if ((wanted & Fuse.FUSE_INIT_EXT) != 0 && answer.size() >= ANSWER_BYTES) {
            wanted |= Integer.toUnsignedLong(answer.u32(32)) << 32;
        }
        int write = answer.u32(20);
        int most =
                Integer.compareUnsigned(write, FuseConnection.MOST_DATA_BYTES) > 0
                        ? FuseConnection.MOST_DATA_BYTES
                        : Math.max(write, LEAST_WRITE_BYTES);
        int ahead = answer.u32(8);
        return new FuseAgreement(
                wanted & FEATURES,
                most,
                ahead < 0 ? READ_AHEAD_BYTES : Math.min(ahead, READ_AHEAD_BYTES));
    }

    boolean has(long feature) {
        return (features & feature) != 0;
    }
}
