package dev.moat.api.mm;

/**
 * One line of /proc/pid/maps with what smaps adds.
 *
 * @param dumped whether a core file may have it (not MADV_DONTDUMP)
 * @param hugePagesEligible whether untouched parts of it may get huge pages
 * @param kernelFlags {@link dev.moat.abi.VmFlags}
 * @param flags MAP_* and VM_* facts as mmap flags (MAP_SHARED, MAP_GROWSDOWN, ...)
 */
public record VmaInfo(
        long start,
        long end,
        int prot,
        int flags,
        long offset,
        MapRequest.FileIdentity inode,
        String name,
        PageCounts pages,
        long lockedBytes,
        boolean dumped,
        MemoryPolicy policy,
        HugePageAdvice hugePages,
        boolean hugePagesEligible,
        long kernelFlags) {}
