package dev.moat.abi;

/**
 * What {@code kcmp(2)} compares.
 *
 * <p>Source: include/uapi/linux/kcmp.h.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/kcmp.2.html">kcmp(2)</a>
 */
public final class KcmpTypes {
    public static final int KCMP_FILE = 0;
    public static final int KCMP_VM = 1;
    public static final int KCMP_FILES = 2;
    public static final int KCMP_FS = 3;
    public static final int KCMP_SIGHAND = 4;
    public static final int KCMP_IO = 5;
    public static final int KCMP_SYSVSEM = 6;
    public static final int KCMP_EPOLL_TFD = 7;

    private KcmpTypes() {}
}
