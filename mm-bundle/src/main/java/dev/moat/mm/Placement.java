package dev.moat.mm;

import dev.moat.abi.Errno;
import dev.moat.abi.MemoryFlags;
import dev.moat.api.swap.Stateful;
import java.util.random.RandomGenerator;

/** Where a mapping goes: arch_get_unmapped_area_topdown of arch/x86/kernel/sys_x86_64.c. */
@Stateful
final class Placement {
    /** MAP_32BIT: find_start_end of the same file. */
    private static final long LOW_START = 0x40000000L;

    private static final long LOW_END = 0x80000000L;

    /**
     * Gap between mmap_base and the top for the stack: MIN_GAP and stack_maxrandom_size of
     * arch/x86/mm/mmap.c.
     */
    private static final long MIN_STACK_GAP = 128L << 20;

    private static final long STACK_RANDOM_BYTES = 16L << 30;

    /** mmap_rnd_bits: 28 on x86-64. */
    private static final long RANDOM_PAGES = 1L << 28;

    private final Space space;

    Placement(Space space) {
        this.space = space;
    }

    /** mmap_base of a new address space. */
    static long randomBase(Space space, RandomGenerator random) {
        long gap = MIN_STACK_GAP + STACK_RANDOM_BYTES + VmaMap.STACK_GUARD_BYTES;
        return Pages.floor(space.high - gap - random.nextLong(RANDOM_PAGES) * Pages.BYTES);
    }

    /**
     * Finds a place under the mapping lock.
     *
     * @param lengthBytes page aligned, not 0
     * @throws dev.moat.abi.ErrnoException ENOMEM; EINVAL for an unaligned fixed address; EEXIST for
     *     MAP_FIXED_NOREPLACE
     */
    long findLocked(long hint, long lengthBytes, int flags) {
        if (lengthBytes > space.high - space.low) {
            throw Errno.ENOMEM.exception();
        }
        if ((flags & (MemoryFlags.MAP_FIXED | MemoryFlags.MAP_FIXED_NOREPLACE)) != 0) {
            return fixed(hint, lengthBytes, flags);
        }
        boolean lowOnly = (flags & MemoryFlags.MAP_32BIT) != 0;
        long top = lowOnly ? LOW_END : space.high;
        if (hint != 0) {
            long wanted = Math.max(Pages.floor(hint), space.low);
            if (wanted > 0
                    && wanted <= top - lengthBytes
                    && space.areas.isFree(wanted, wanted + lengthBytes)) {
                return wanted;
            }
        }
        long found =
                lowOnly
                        ? space.areas.findBottomUp(lengthBytes, LOW_START, LOW_END)
                        : space.areas.findTopDown(lengthBytes, space.low, space.mmapBase);
        if (found < 0 && !lowOnly) {
            found = space.areas.findBottomUp(lengthBytes, space.mmapBase, space.high);
        }
        if (found < 0) {
            throw Errno.ENOMEM.exception();
        }
        return found;
    }

    /**
     * {@link #findLocked} for whole huge pages: hugetlb_get_unmapped_area(), fs/hugetlbfs/inode.c.
     */
    long findHugeLocked(long hint, long lengthBytes, int flags) {
        boolean fixed = (flags & (MemoryFlags.MAP_FIXED | MemoryFlags.MAP_FIXED_NOREPLACE)) != 0;
        if (fixed && hint != HugePages.floor(hint)) {
            throw Errno.EINVAL.exception();
        }
        long wanted = HugePages.ceil(hint);
        if (fixed || wanted != 0 && isFreeLocked(wanted, lengthBytes, flags)) {
            return findLocked(wanted, lengthBytes, flags);
        }
        long spare = HugePages.BYTES - Pages.BYTES;
        if (lengthBytes > space.high - space.low - spare) {
            throw Errno.ENOMEM.exception();
        }
        return HugePages.floor(findLocked(0, lengthBytes + spare, flags) + spare);
    }

    private boolean isFreeLocked(long start, long lengthBytes, int flags) {
        long top = (flags & MemoryFlags.MAP_32BIT) != 0 ? LOW_END : space.high;
        return start >= space.low
                && start <= top - lengthBytes
                && space.areas.isFree(start, start + lengthBytes);
    }

    private long fixed(long address, long lengthBytes, int flags) {
        if (!Pages.isAligned(address)) {
            throw Errno.EINVAL.exception();
        }
        if (!space.isUserRange(address, lengthBytes)) {
            throw Errno.ENOMEM.exception();
        }
        if (address < space.low) {
            // vm.mmap_min_addr: security/commoncap.c cap_mmap_addr.
            throw Errno.EPERM.exception();
        }
        if ((flags & MemoryFlags.MAP_FIXED_NOREPLACE) != 0
                && space.areas.intersects(address, address + lengthBytes)) {
            throw Errno.EEXIST.exception();
        }
        return address;
    }
}
