package dev.moat.api.mm;

import org.osgi.annotation.versioning.ProviderType;

/**
 * The pool of huge pages of one sandbox: Documentation/admin-guide/mm/hugetlbpage.rst,
 * mm/hugetlb.c. There is one size. A page in the pool counts as used memory of the sandbox, whether
 * somebody has it or not. Thread safe; numbers are of huge pages.
 */
@ProviderType
public interface HugePagePool {
    /** Bytes of a huge page, and their logarithm as MAP_HUGE_SHIFT and its like tell it. */
    long PAGE_BYTES = 2 << 20;

    int PAGE_SHIFT = 21;

    /** No limit of a share. */
    long UNLIMITED = -1;

    Counts counts();

    /**
     * Sets how many pages stay in the pool: as many as there is memory for; those that are in use
     * stay, and go when they are free. On a task's thread, without locks.
     */
    void setPersistent(long pages);

    /** How many pages beyond those may be made when they are needed. */
    long overcommit();

    void setOvercommit(long pages);

    /** The group that may make segments of shmget(2) of huge pages without CAP_IPC_LOCK. */
    int sharedMemoryGroup();

    void setSharedMemoryGroup(int gid);

    /**
     * A part of the pool for one file system.
     *
     * @param mostPages how many its files may have, {@link #UNLIMITED} for all
     * @param leastPages how many are kept for them, {@link #UNLIMITED} for none
     * @throws dev.moat.abi.ErrnoException ENOMEM: there are not so many
     */
    HugePageShare newShare(long mostPages, long leastPages);

    /** The share of files that no mounted file system has. */
    HugePageShare wholePool();

    /** The content of an empty file; owned by the caller. */
    HugeFilePages newFile(HugePageShare share);

    /** Whether a size that a program asks for, as a logarithm, is that of the pool; 0 is any. */
    static boolean hasSize(int logarithm) {
        return logarithm == 0 || logarithm == PAGE_SHIFT;
    }

    /** A length rounded up to huge pages; 0 if there is no such number. */
    static long ceil(long bytes) {
        return bytes + PAGE_BYTES - 1 & -PAGE_BYTES;
    }

    /**
     * How many there are.
     *
     * @param total all, {@code surplus} included
     * @param free those that nobody has, {@code reserved} included
     * @param reserved those that are free and promised to a mapping
     * @param surplus those that go when they are free
     */
    record Counts(long total, long free, long reserved, long surplus) {}
}
