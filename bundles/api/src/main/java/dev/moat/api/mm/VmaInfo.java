package dev.moat.api.mm;

import dev.moat.api.vfs.Vfs;
import dev.moat.api.vfs.VfsPath;

/**
 * One line of /proc/pid/maps with what smaps adds.
 *
 * @param name of a file with a place only after {@link #named}
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
        long kernelFlags) {

    /** Whether it maps a file, if only one without a name. */
    public boolean isOfFile() {
        return inode.inode() != 0;
    }

    /** With the path of its file, as {@link Vfs#pathOf} shows it to one with this root. */
    public VmaInfo named(Vfs vfs, VfsPath root) {
        VfsPath place = inode.place();
        return place == null
                ? this
                : new VmaInfo(
                        start,
                        end,
                        prot,
                        flags,
                        offset,
                        inode,
                        vfs.pathOf(place, root),
                        pages,
                        lockedBytes,
                        dumped,
                        policy,
                        hugePages,
                        hugePagesEligible,
                        kernelFlags);
    }
}
