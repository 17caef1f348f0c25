package dev.moat.abi;

/**
 * Flags of {@code open(2)} and of {@code openat2(2)} resolution.
 *
 * <p>Source: include/uapi/asm-generic/fcntl.h, linux/openat2.h.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/open.2.html">open(2)</a>
 * @see <a href="https://man7.org/linux/man-pages/man2/openat2.2.html">openat2(2)</a>
 */
public final class OpenFlags {
    // Access mode: a number in two bits, not flags.
    public static final int O_ACCMODE = 03;
    public static final int O_RDONLY = 0;
    public static final int O_WRONLY = 01;
    public static final int O_RDWR = 02;

    // Creation and status flags.
    public static final int O_CREAT = 0100;
    public static final int O_EXCL = 0200;
    public static final int O_NOCTTY = 0400;
    public static final int O_TRUNC = 01000;
    public static final int O_APPEND = 02000;
    public static final int O_NONBLOCK = 04000;
    public static final int O_DSYNC = 010000;
    public static final int FASYNC = 020000;
    public static final int O_ASYNC = 020000;
    public static final int O_DIRECT = 040000;
    public static final int O_LARGEFILE = 0100000;
    public static final int O_DIRECTORY = 0200000;
    public static final int O_NOFOLLOW = 0400000;
    public static final int O_NOATIME = 01000000;
    public static final int O_CLOEXEC = 02000000;
    public static final int __O_SYNC = 04000000;
    public static final int O_SYNC = 04010000;
    public static final int O_PATH = 010000000;
    public static final int __O_TMPFILE = 020000000;
    public static final int O_TMPFILE = 020200000;
    public static final int O_NDELAY = 04000;

    // Every flag that open(2) keeps; it drops the others silently, openat2(2) refuses them:
    // VALID_OPEN_FLAGS, linux/fcntl.h.
    public static final int VALID_OPEN_FLAGS = 037777703;

    // openat2(2): resolve.
    public static final int RESOLVE_NO_XDEV = 0x1;
    public static final int RESOLVE_NO_MAGICLINKS = 0x2;
    public static final int RESOLVE_NO_SYMLINKS = 0x4;
    public static final int RESOLVE_BENEATH = 0x8;
    public static final int RESOLVE_IN_ROOT = 0x10;
    public static final int RESOLVE_CACHED = 0x20;

    // openat2(2): size of the first published struct open_how.
    public static final int OPEN_HOW_SIZE_VER0 = 24;

    private OpenFlags() {}
}
