package dev.moat.abi;

/**
 * The file type and permission bits of {@code st_mode}, and the mode of {@code access(2)}.
 *
 * <p>Source: include/uapi/linux/stat.h.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/inode.7.html">inode(7)</a>
 * @see <a href="https://man7.org/linux/man-pages/man2/access.2.html">access(2)</a>
 */
public final class FileMode {
    // Type.
    public static final int S_IFMT = 0170000;
    public static final int S_IFSOCK = 0140000;
    public static final int S_IFLNK = 0120000;
    public static final int S_IFREG = 0100000;
    public static final int S_IFBLK = 060000;
    public static final int S_IFDIR = 040000;
    public static final int S_IFCHR = 020000;
    public static final int S_IFIFO = 010000;

    // Set-id and sticky.
    public static final int S_ISUID = 04000;
    public static final int S_ISGID = 02000;
    public static final int S_ISVTX = 01000;

    // Permissions.
    public static final int S_IRWXU = 0700;
    public static final int S_IRUSR = 0400;
    public static final int S_IWUSR = 0200;
    public static final int S_IXUSR = 0100;
    public static final int S_IRWXG = 070;
    public static final int S_IRGRP = 040;
    public static final int S_IWGRP = 020;
    public static final int S_IXGRP = 010;
    public static final int S_IRWXO = 07;
    public static final int S_IROTH = 04;
    public static final int S_IWOTH = 02;
    public static final int S_IXOTH = 01;

    // linux/stat.h (kernel only): all twelve and all nine bits.
    public static final int S_IALLUGO = 07777;
    public static final int S_IRWXUGO = 0777;

    // access(2).
    public static final int F_OK = 0;
    public static final int X_OK = 1;
    public static final int W_OK = 2;
    public static final int R_OK = 4;

    // Types as getdents64(2) reports them: the type bits shifted right by 12;
    // include/linux/fs_types.h.
    public static final int DT_UNKNOWN = 0;
    public static final int DT_FIFO = 1;
    public static final int DT_CHR = 2;
    public static final int DT_DIR = 4;
    public static final int DT_BLK = 6;
    public static final int DT_REG = 8;
    public static final int DT_LNK = 10;
    public static final int DT_SOCK = 12;
    public static final int DT_WHT = 14;

    private FileMode() {}

    /** Returns whether the mode is that of a regular file. */
    public static boolean S_ISREG(int mode) {
        return (mode & S_IFMT) == S_IFREG;
    }

    /** Returns whether the mode is that of a directory. */
    public static boolean S_ISDIR(int mode) {
        return (mode & S_IFMT) == S_IFDIR;
    }

    /** Returns whether the mode is that of a symbolic link. */
    public static boolean S_ISLNK(int mode) {
        return (mode & S_IFMT) == S_IFLNK;
    }

    /** Returns whether the mode is that of a character device. */
    public static boolean S_ISCHR(int mode) {
        return (mode & S_IFMT) == S_IFCHR;
    }

    /** Returns whether the mode is that of a block device. */
    public static boolean S_ISBLK(int mode) {
        return (mode & S_IFMT) == S_IFBLK;
    }

    /** Returns whether the mode is that of a pipe. */
    public static boolean S_ISFIFO(int mode) {
        return (mode & S_IFMT) == S_IFIFO;
    }

    /** Returns whether the mode is that of a socket. */
    public static boolean S_ISSOCK(int mode) {
        return (mode & S_IFMT) == S_IFSOCK;
    }

    /** Returns the {@code DT_} type of getdents64(2) for a mode: IFTODT. */
    public static int directoryEntryType(int mode) {
        return (mode & S_IFMT) >>> 12;
    }
}
