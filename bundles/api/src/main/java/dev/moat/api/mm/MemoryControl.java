package dev.moat.api.mm;

import dev.moat.api.vfs.FileDescription;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.function.Supplier;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The rarer memory calls of one address space. Methods follow the man page of their name; errors
 * are thrown. Addresses and lengths come from the guest unchecked.
 */
@ProviderType
public interface MemoryControl {
    /**
     * mremap(2); gives the new address.
     *
     * @param unlimited whether the caller has CAP_IPC_LOCK
     */
    long remap(
            long oldAddr,
            long oldLengthBytes,
            long newLengthBytes,
            int flags,
            long newAddr,
            boolean unlimited);

    /**
     * remap_file_pages(2): puts another part of the file that is mapped there in the place of a
     * range.
     *
     * @param pageOffset where that part begins, in pages
     * @param flags MAP_NONBLOCK counts
     * @throws dev.moat.abi.ErrnoException EINVAL: no single shared and writable mapping covers it
     */
    void remapFilePages(long userAddr, long lengthBytes, long pageOffset, int flags);

    /** mseal(2): the range can neither be unmapped nor changed any more. */
    void seal(long userAddr, long lengthBytes);

    /**
     * userfaultfd(2): for this address space; the caller owns the reference.
     *
     * @param flags O_NONBLOCK, O_CLOEXEC, UFFD_USER_MODE_ONLY
     */
    FileDescription newUserfault(int flags);

    /** madvise(2). */
    void advise(long userAddr, long lengthBytes, int advice);

    /** msync(2). */
    void sync(long userAddr, long lengthBytes, int flags);

    /**
     * mbind(2).
     *
     * @param policy makes the new one; asked once the range is known to be well-formed
     * @param flags MPOL_MF_*
     * @param wantsNode whether the nodes that were asked for contain the one that there is
     * @throws dev.moat.abi.ErrnoException EFAULT for holes; EIO: MPOL_MF_STRICT, and a page is not
     *     where it shall be; what {@code policy} throws
     */
    void bind(
            long userAddr,
            long lengthBytes,
            Supplier<MemoryPolicy> policy,
            int flags,
            boolean wantsNode);

    /** get_mempolicy(MPOL_F_ADDR): EFAULT where nothing is mapped. */
    MemoryPolicy policyAt(long userAddr);

    /**
     * set_mempolicy_home_node(2).
     *
     * @throws dev.moat.abi.ErrnoException ENOENT: no area has a policy; EOPNOTSUPP: one has another
     *     than MPOL_BIND and MPOL_PREFERRED_MANY
     */
    void setHomeNode(long userAddr, long lengthBytes, int node);

    /**
     * move_pages(2): the node of a page, or a negated errno: EFAULT where nothing is mapped, ENOENT
     * for what is not in memory.
     */
    int locate(long userAddr);

    /**
     * What is known of pages: {@link dev.moat.abi.PagemapBits}, 0 where nothing is.
     *
     * @param userAddr page aligned; the range may reach behind what a guest can have
     * @param entries one for each page
     */
    void describePages(long userAddr, long[] entries);

    /**
     * The area that {@code userAddr} is in, or else the next one, as {@link
     * MemoryManager#collectVmas} has it, but for its pages: they are not counted.
     *
     * @param userAddr not negative
     */
    default Optional<VmaInfo> areaFrom(long userAddr) {
        return Optional.empty();
    }

    /**
     * Reads the file that is mapped at an address, wherever in it.
     *
     * @return bytes; 0 where no file is mapped or only its mappers get at it, behind its end, and
     *     where it cannot be read
     */
    default long readMapped(long userAddr, MemorySegment target, long fileOffset) {
        return 0;
    }

    /** Lets the peak of what is resident begin anew: clear_refs of proc_pid_clear_refs(5). */
    void resetPeak();

    /**
     * mincore(2): bit 0 of each byte says whether a page is resident.
     *
     * @param userAddr page aligned
     * @param vector one byte per page
     * @throws dev.moat.abi.ErrnoException ENOMEM if a page is not mapped
     */
    void residency(long userAddr, byte[] vector);

    /**
     * mlock2(2).
     *
     * @param flags 0 or MLOCK_ONFAULT
     * @param unlimited whether the caller has CAP_IPC_LOCK
     */
    void lock(long userAddr, long lengthBytes, int flags, boolean unlimited);

    /** munlock(2). */
    void unlock(long userAddr, long lengthBytes);

    /** mlockall(2). */
    void lockAll(int flags, boolean unlimited);

    /** Whether what is mapped from now on is locked: MCL_FUTURE. */
    boolean locksFuture();

    /** munlockall(2). */
    void unlockAll();

    /**
     * shmdt(2): takes away the {@link AttachedMemory} that begins at {@code userAddr}, all parts of
     * it that are still where they were attached.
     *
     * @throws dev.moat.abi.ErrnoException EINVAL: none begins there
     */
    void detach(long userAddr);

    /** Whether the whole range is mapped. */
    boolean isMapped(long userAddr, long lengthBytes);

    /** Whether the whole range is mapped, and could be pinned: none of it is secret. */
    boolean isPinnable(long userAddr, long lengthBytes);

    /** Where the lowest mapping may start: vm.mmap_min_addr. */
    long lowestUserAddr();

    /** Whether nothing in the range is mapped. */
    boolean isFree(long userAddr, long lengthBytes);

    /**
     * prctl(PR_SET_VMA_ANON_NAME): names anonymous memory for /proc/pid/maps; empty takes the name
     * away.
     *
     * @throws dev.moat.abi.ErrnoException ENOMEM for holes; EBADF for file mappings
     */
    void setName(long userAddr, long lengthBytes, String name);
}
