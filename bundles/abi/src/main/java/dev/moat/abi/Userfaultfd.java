package dev.moat.abi;

/**
 * Numbers of userfaultfd.
 *
 * <p>Source: include/uapi/linux/userfaultfd.h.
 *
 * @see <a
 *     href="https://man7.org/linux/man-pages/man2/ioctl_userfaultfd.2.html">ioctl_userfaultfd(2)</a>
 */
public final class Userfaultfd {
    public static final long UFFD_API = 0xaa;
    public static final int UFFD_USER_MODE_ONLY = 1;

    public static final int UFFDIO_API = 0xc018aa3f;
    public static final int UFFDIO_REGISTER = 0xc020aa00;
    public static final int UFFDIO_UNREGISTER = 0x8010aa01;
    public static final int UFFDIO_WAKE = 0x8010aa02;
    public static final int UFFDIO_COPY = 0xc028aa03;
    public static final int UFFDIO_ZEROPAGE = 0xc020aa04;

    // Numbers of the commands within masks of commands.
    public static final int _UFFDIO_REGISTER = 0;
    public static final int _UFFDIO_UNREGISTER = 1;
    public static final int _UFFDIO_WAKE = 2;
    public static final int _UFFDIO_COPY = 3;
    public static final int _UFFDIO_ZEROPAGE = 4;
    public static final int _UFFDIO_API = 0x3f;

    public static final long UFFD_FEATURE_SIGBUS = 1 << 7;
    public static final long UFFD_FEATURE_THREAD_ID = 1 << 8;
    public static final long UFFD_FEATURE_EXACT_ADDRESS = 1 << 11;

    public static final long UFFDIO_REGISTER_MODE_MISSING = 1;
    public static final long UFFDIO_COPY_MODE_DONTWAKE = 1;
    public static final long UFFDIO_ZEROPAGE_MODE_DONTWAKE = 1;

    public static final int UFFD_EVENT_PAGEFAULT = 0x12;
    public static final long UFFD_PAGEFAULT_FLAG_WRITE = 1;

    private Userfaultfd() {}
}
