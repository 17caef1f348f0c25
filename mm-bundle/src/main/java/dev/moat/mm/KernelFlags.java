package dev.moat.mm;

import static dev.moat.abi.VmFlags.*;

import dev.moat.abi.MemoryFlags;
import dev.moat.abi.Userfaultfd;

/** What Linux would note of an area, for /proc/PID/smaps: VM_* of include/linux/mm.h. */
final class KernelFlags {
    /** From what may be had to VM_MAYREAD and its like. */
    private static final int MAY_SHIFT = 4;

    private KernelFlags() {}

    static long of(Vma area) {
        long flags = area.prot & (VM_READ | VM_WRITE | VM_EXEC);
        flags |= (area.maxProt & (VM_READ | VM_WRITE | VM_EXEC)) << MAY_SHIFT;
        if (area.isShared()) {
            // What cannot be written is only shared in name: do_mmap(), mm/mmap.c.
            flags |= VM_MAYSHARE | ((flags & VM_MAYWRITE) != 0 ? VM_SHARED : 0);
        }
        boolean reserves = (area.flags & MemoryFlags.MAP_NORESERVE) == 0;
        flags |= reserves ? 0 : VM_NORESERVE;
        boolean huge = area.isHuge();
        // The pool has an account of its own: accountable_mapping(), mm/mmap.c.
        flags |= reserves && area.isWritable() && !area.isShared() && !huge ? VM_ACCOUNT : 0;
        flags |= huge ? VM_HUGETLB | VM_DONTEXPAND : 0;
        flags |= area.growsDown() ? VM_GROWSDOWN : 0;
        flags |= area.locked ? VM_LOCKED : 0;
        flags |= area.dontFork ? VM_DONTCOPY : 0;
        flags |= area.wipeOnFork ? VM_WIPEONFORK : 0;
        flags |= area.dontDump ? VM_DONTDUMP : 0;
        flags |= area.hugePages ? VM_HUGEPAGE : 0;
        flags |= area.noHugePages ? VM_NOHUGEPAGE : 0;
        flags |= area.isDroppable() ? VM_DROPPABLE : 0;
        flags |= area.sealed ? VM_SEALED : 0;
        return flags | userfault(area);
    }

    private static long userfault(Vma area) {
        long flags =
                area.isRegistered(Userfaultfd.UFFDIO_REGISTER_MODE_MISSING) ? VM_UFFD_MISSING : 0;
        flags |= area.isRegistered(Userfaultfd.UFFDIO_REGISTER_MODE_WP) ? VM_UFFD_WP : 0;
        flags |= area.isRegistered(Userfaultfd.UFFDIO_REGISTER_MODE_MINOR) ? VM_UFFD_MINOR : 0;
        return flags;
    }
}
