package dev.moat.abi;

/**
 * Sizes that the file and exec calls enforce.
 *
 * <p>Source: include/uapi/linux/limits.h, linux/binfmts.h, linux/uio.h.
 *
 * @see <a
 *     href="https://man7.org/linux/man-pages/man7/path_resolution.7.html">path_resolution(7)</a>
 * @see <a href="https://man7.org/linux/man-pages/man2/execve.2.html">execve(2)</a>
 */
public final class Limits {
    public static final int NAME_MAX = 255;
    public static final int PATH_MAX = 4096;
    public static final int PIPE_BUF = 4096;
    public static final int ARG_MAX = 131072;
    public static final int NGROUPS_MAX = 65536;
    public static final int UIO_FASTIOV = 8;
    public static final int UIO_MAXIOV = 1024;

    // Symbolic links in one resolution (linux/namei.h); length of one argument (32 pages,
    // linux/binfmts.h); bytes of one read or write (INT_MAX rounded down to a page, linux/fs.h).
    public static final int MAXSYMLINKS = 40;
    public static final int MAX_ARG_STRLEN = 131072;
    public static final int MAX_ARG_STRINGS = 2147483647;
    public static final int MAX_RW_COUNT = 2147479552;
    public static final int BINPRM_BUF_SIZE = 256;

    // Highest thread id and one; fs/pipe.c: default and highest pipe size without privilege.
    public static final int PID_MAX_LIMIT = 4194304;
    public static final int PIPE_DEF_SIZE = 65536;
    public static final int PIPE_MAX_SIZE = 1048576;

    private Limits() {}
}
