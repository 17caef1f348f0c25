package dev.moat.abi;

/**
 * Native asynchronous input and output.
 *
 * <p>Source: include/uapi/linux/aio_abi.h, fs/aio.c for the ring.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/io_submit.2.html">io_submit(2)</a>
 */
public final class Aio {
    // Operations.
    public static final int IOCB_CMD_PREAD = 0;
    public static final int IOCB_CMD_PWRITE = 1;
    public static final int IOCB_CMD_FSYNC = 2;
    public static final int IOCB_CMD_FDSYNC = 3;
    public static final int IOCB_CMD_POLL = 5;
    public static final int IOCB_CMD_NOOP = 6;
    public static final int IOCB_CMD_PREADV = 7;
    public static final int IOCB_CMD_PWRITEV = 8;

    // Flags of an operation.
    public static final int IOCB_FLAG_RESFD = 1 << 0;
    public static final int IOCB_FLAG_IOPRIO = 1 << 1;

    /** What libaio looks for before it takes events out of a ring itself. */
    public static final int AIO_RING_MAGIC = 0xa10a10a1;

    public static final int AIO_RING_COMPAT_FEATURES = 1;

    private Aio() {}
}
