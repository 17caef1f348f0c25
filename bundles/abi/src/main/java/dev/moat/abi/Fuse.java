package dev.moat.abi;

/**
 * The protocol between the kernel and a server of a file system, version 7.38.
 *
 * <p>Source: include/uapi/linux/fuse.h.
 *
 * @see <a href="https://man7.org/linux/man-pages/man4/fuse.4.html">fuse(4)</a>
 */
public final class Fuse {
    public static final int FUSE_KERNEL_VERSION = 7;
    public static final int FUSE_KERNEL_MINOR_VERSION = 38;
    public static final int FUSE_ROOT_ID = 1;

    /** A server must offer at least so much to read(2). */
    public static final int FUSE_MIN_READ_BUFFER = 8192;

    // Operations.
    public static final int FUSE_LOOKUP = 1;
    public static final int FUSE_FORGET = 2;
    public static final int FUSE_GETATTR = 3;
    public static final int FUSE_SETATTR = 4;
    public static final int FUSE_READLINK = 5;
    public static final int FUSE_SYMLINK = 6;
    public static final int FUSE_MKNOD = 8;
    public static final int FUSE_MKDIR = 9;
    public static final int FUSE_UNLINK = 10;
    public static final int FUSE_RMDIR = 11;
    public static final int FUSE_RENAME = 12;
    public static final int FUSE_LINK = 13;
    public static final int FUSE_OPEN = 14;
    public static final int FUSE_READ = 15;
    public static final int FUSE_WRITE = 16;
    public static final int FUSE_STATFS = 17;
    public static final int FUSE_RELEASE = 18;
    public static final int FUSE_FSYNC = 20;
    public static final int FUSE_SETXATTR = 21;
    public static final int FUSE_GETXATTR = 22;
    public static final int FUSE_LISTXATTR = 23;
    public static final int FUSE_REMOVEXATTR = 24;
    public static final int FUSE_FLUSH = 25;
    public static final int FUSE_INIT = 26;
    public static final int FUSE_OPENDIR = 27;
    public static final int FUSE_READDIR = 28;
    public static final int FUSE_RELEASEDIR = 29;
    public static final int FUSE_FSYNCDIR = 30;
    public static final int FUSE_GETLK = 31;
    public static final int FUSE_SETLK = 32;
    public static final int FUSE_SETLKW = 33;
    public static final int FUSE_ACCESS = 34;
    public static final int FUSE_CREATE = 35;
    public static final int FUSE_INTERRUPT = 36;
    public static final int FUSE_IOCTL = 39;
    public static final int FUSE_NOTIFY_REPLY = 41;
    public static final int FUSE_FALLOCATE = 43;
    public static final int FUSE_READDIRPLUS = 44;
    public static final int FUSE_RENAME2 = 45;
    public static final int FUSE_LSEEK = 46;

    // Notices that a server sends, in place of an error.
    public static final int FUSE_NOTIFY_POLL = 1;
    public static final int FUSE_NOTIFY_INVAL_INODE = 2;
    public static final int FUSE_NOTIFY_INVAL_ENTRY = 3;
    public static final int FUSE_NOTIFY_STORE = 4;
    public static final int FUSE_NOTIFY_RETRIEVE = 5;
    public static final int FUSE_NOTIFY_DELETE = 6;
    public static final int FUSE_NOTIFY_RESEND = 7;

    /** In the number of a request that is sent once more. */
    public static final long FUSE_UNIQUE_RESEND = 1L << 63;

    // What FUSE_INIT agrees on; from bit 32 on in its second word.
    public static final long FUSE_ASYNC_READ = 1L << 0;
    public static final long FUSE_POSIX_LOCKS = 1L << 1;
    public static final long FUSE_BIG_WRITES = 1L << 5;
    public static final long FUSE_DONT_MASK = 1L << 6;
    public static final long FUSE_FLOCK_LOCKS = 1L << 10;
    public static final long FUSE_HAS_IOCTL_DIR = 1L << 11;
    public static final long FUSE_AUTO_INVAL_DATA = 1L << 12;
    public static final long FUSE_DO_READDIRPLUS = 1L << 13;
    public static final long FUSE_READDIRPLUS_AUTO = 1L << 14;
    public static final long FUSE_WRITEBACK_CACHE = 1L << 16;
    public static final long FUSE_NO_OPEN_SUPPORT = 1L << 17;
    public static final long FUSE_PARALLEL_DIROPS = 1L << 18;
    public static final long FUSE_ABORT_ERROR = 1L << 21;
    public static final long FUSE_NO_OPENDIR_SUPPORT = 1L << 24;
    public static final long FUSE_EXPLICIT_INVAL_DATA = 1L << 25;
    public static final long FUSE_INIT_EXT = 1L << 30;
    public static final long FUSE_DIRECT_IO_ALLOW_MMAP = 1L << 36;
    public static final long FUSE_HAS_RESEND = 1L << 39;

    // What FUSE_OPEN answers.
    public static final int FOPEN_DIRECT_IO = 1 << 0;
    public static final int FOPEN_KEEP_CACHE = 1 << 1;
    public static final int FOPEN_NONSEEKABLE = 1 << 2;
    public static final int FOPEN_STREAM = 1 << 4;
    public static final int FOPEN_NOFLUSH = 1 << 5;

    // What FUSE_SETATTR sets.
    public static final int FATTR_MODE = 1 << 0;
    public static final int FATTR_UID = 1 << 1;
    public static final int FATTR_GID = 1 << 2;
    public static final int FATTR_SIZE = 1 << 3;
    public static final int FATTR_ATIME = 1 << 4;
    public static final int FATTR_MTIME = 1 << 5;
    public static final int FATTR_FH = 1 << 6;
    public static final int FATTR_ATIME_NOW = 1 << 7;
    public static final int FATTR_MTIME_NOW = 1 << 8;
    public static final int FATTR_CTIME = 1 << 10;

    /** In FUSE_SETLK and its like: flock(2). */
    public static final int FUSE_LK_FLOCK = 1 << 0;

    /** In FUSE_RELEASE: who has a lock of flock(2) gives it up. */
    public static final int FUSE_RELEASE_FLOCK_UNLOCK = 1 << 1;

    /** In FUSE_IOCTL: of a directory. */
    public static final int FUSE_IOCTL_DIR = 1 << 4;

    /** In the answer to FUSE_IOCTL: the server wants to be asked again. */
    public static final int FUSE_IOCTL_RETRY = 1 << 2;

    /** In FUSE_WRITE: from the page cache, by nobody in particular. */
    public static final int FUSE_WRITE_CACHE = 1 << 0;

    public static final int FUSE_FSYNC_FDATASYNC = 1 << 0;

    /** ioctl(2) that makes a second descriptor of a connection. */
    public static final int FUSE_DEV_IOC_CLONE = 0x8004e500;

    private Fuse() {}
}
