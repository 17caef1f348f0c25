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
    public static final int UFFDIO_MOVE = 0xc028aa05;
    public static final int UFFDIO_WRITEPROTECT = 0xc018aa06;
    public static final int UFFDIO_CONTINUE = 0xc020aa07;
    public static final int UFFDIO_POISON = 0xc020aa08;

    /** Of /dev/userfaultfd. */
    public static final int USERFAULTFD_IOC_NEW = 0xaa00;

    // Numbers of the commands within masks of commands.
    public static final int _UFFDIO_REGISTER = 0;
    public static final int _UFFDIO_UNREGISTER = 1;
    public static final int _UFFDIO_WAKE = 2;
    public static final int _UFFDIO_COPY = 3;
    public static final int _UFFDIO_ZEROPAGE = 4;
    public static final int _UFFDIO_MOVE = 5;
    public static final int _UFFDIO_WRITEPROTECT = 6;
    public static final int _UFFDIO_CONTINUE = 7;
    public static final int _UFFDIO_POISON = 8;
    public static final int _UFFDIO_API = 0x3f;

    public static final long UFFD_FEATURE_PAGEFAULT_FLAG_WP = 1;
    public static final long UFFD_FEATURE_EVENT_FORK = 1 << 1;
    public static final long UFFD_FEATURE_EVENT_REMAP = 1 << 2;
    public static final long UFFD_FEATURE_EVENT_REMOVE = 1 << 3;
    public static final long UFFD_FEATURE_MISSING_SHMEM = 1 << 5;
    public static final long UFFD_FEATURE_EVENT_UNMAP = 1 << 6;
    public static final long UFFD_FEATURE_SIGBUS = 1 << 7;
    public static final long UFFD_FEATURE_THREAD_ID = 1 << 8;
    public static final long UFFD_FEATURE_MINOR_SHMEM = 1 << 10;
    public static final long UFFD_FEATURE_EXACT_ADDRESS = 1 << 11;
    public static final long UFFD_FEATURE_WP_HUGETLBFS_SHMEM = 1 << 12;
    public static final long UFFD_FEATURE_WP_UNPOPULATED = 1 << 13;
    public static final long UFFD_FEATURE_POISON = 1 << 14;
    public static final long UFFD_FEATURE_WP_ASYNC = 1 << 15;
    public static final long UFFD_FEATURE_MOVE = 1 << 16;

    public static final long UFFDIO_REGISTER_MODE_MISSING = 1;
    public static final long UFFDIO_REGISTER_MODE_WP = 2;
    public static final long UFFDIO_REGISTER_MODE_MINOR = 4;
    public static final long UFFDIO_COPY_MODE_DONTWAKE = 1;
    public static final long UFFDIO_COPY_MODE_WP = 2;
    public static final long UFFDIO_ZEROPAGE_MODE_DONTWAKE = 1;
    public static final long UFFDIO_WRITEPROTECT_MODE_WP = 1;
    public static final long UFFDIO_WRITEPROTECT_MODE_DONTWAKE = 2;
    public static final long UFFDIO_CONTINUE_MODE_DONTWAKE = 1;
    public static final long UFFDIO_CONTINUE_MODE_WP = 2;
    public static final long UFFDIO_POISON_MODE_DONTWAKE = 1;
    public static final long UFFDIO_MOVE_MODE_DONTWAKE = 1;
    public static final long UFFDIO_MOVE_MODE_ALLOW_SRC_HOLES = 2;

    public static final int UFFD_EVENT_PAGEFAULT = 0x12;
    public static final int UFFD_EVENT_FORK = 0x13;
    public static final int UFFD_EVENT_REMAP = 0x14;
    public static final int UFFD_EVENT_REMOVE = 0x15;
    public static final int UFFD_EVENT_UNMAP = 0x16;
    public static final long UFFD_PAGEFAULT_FLAG_WRITE = 1;
    public static final long UFFD_PAGEFAULT_FLAG_WP = 2;
    public static final long UFFD_PAGEFAULT_FLAG_MINOR = 4;

    private Userfaultfd() {}
}
