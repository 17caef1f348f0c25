package dev.moat.abi;

/**
 * Numbers of Landlock.
 *
 * <p>Source: include/uapi/linux/landlock.h.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/landlock.7.html">landlock(7)</a>
 */
public final class Landlock {
    public static final int LANDLOCK_CREATE_RULESET_VERSION = 1;
    public static final int LANDLOCK_CREATE_RULESET_ERRATA = 2;

    public static final int LANDLOCK_RESTRICT_SELF_LOG_SAME_EXEC_OFF = 1;
    public static final int LANDLOCK_RESTRICT_SELF_LOG_NEW_EXEC_ON = 2;
    public static final int LANDLOCK_RESTRICT_SELF_LOG_SUBDOMAINS_OFF = 4;

    public static final int LANDLOCK_RULE_PATH_BENEATH = 1;
    public static final int LANDLOCK_RULE_NET_PORT = 2;

    public static final int LANDLOCK_ACCESS_FS_EXECUTE = 1;
    public static final int LANDLOCK_ACCESS_FS_WRITE_FILE = 1 << 1;
    public static final int LANDLOCK_ACCESS_FS_READ_FILE = 1 << 2;
    public static final int LANDLOCK_ACCESS_FS_READ_DIR = 1 << 3;
    public static final int LANDLOCK_ACCESS_FS_REMOVE_DIR = 1 << 4;
    public static final int LANDLOCK_ACCESS_FS_REMOVE_FILE = 1 << 5;
    public static final int LANDLOCK_ACCESS_FS_MAKE_CHAR = 1 << 6;
    public static final int LANDLOCK_ACCESS_FS_MAKE_DIR = 1 << 7;
    public static final int LANDLOCK_ACCESS_FS_MAKE_REG = 1 << 8;
    public static final int LANDLOCK_ACCESS_FS_MAKE_SOCK = 1 << 9;
    public static final int LANDLOCK_ACCESS_FS_MAKE_FIFO = 1 << 10;
    public static final int LANDLOCK_ACCESS_FS_MAKE_BLOCK = 1 << 11;
    public static final int LANDLOCK_ACCESS_FS_MAKE_SYM = 1 << 12;
    public static final int LANDLOCK_ACCESS_FS_REFER = 1 << 13;
    public static final int LANDLOCK_ACCESS_FS_TRUNCATE = 1 << 14;
    public static final int LANDLOCK_ACCESS_FS_IOCTL_DEV = 1 << 15;

    public static final int LANDLOCK_ACCESS_NET_BIND_TCP = 1;
    public static final int LANDLOCK_ACCESS_NET_CONNECT_TCP = 1 << 1;

    public static final int LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET = 1;
    public static final int LANDLOCK_SCOPE_SIGNAL = 1 << 1;

    private Landlock() {}
}
