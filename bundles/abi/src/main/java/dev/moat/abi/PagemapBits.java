package dev.moat.abi;

/**
 * What {@code /proc/PID/pagemap} tells of a page; the lower bits would be the number of its frame.
 *
 * <p>Source: fs/proc/task_mmu.c, Documentation/admin-guide/mm/pagemap.rst.
 *
 * @see <a
 *     href="https://man7.org/linux/man-pages/man5/proc_pid_pagemap.5.html">proc_pid_pagemap(5)</a>
 */
public final class PagemapBits {
    public static final long PM_MMAP_EXCLUSIVE = 1L << 56;
    public static final long PM_UFFD_WP = 1L << 57;
    public static final long PM_GUARD_REGION = 1L << 58;
    public static final long PM_FILE = 1L << 61;
    public static final long PM_SWAP = 1L << 62;
    public static final long PM_PRESENT = 1L << 63;

    private PagemapBits() {}
}
