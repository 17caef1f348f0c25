package dev.moat.mm;

import dev.moat.abi.Errno;
import dev.moat.api.mm.MemoryPolicy;
import dev.moat.api.swap.Stateful;
import dev.moat.lib.range.LongRangeMap;
import java.util.Objects;

/**
 * Policies of parts of a memory file, which all who map it share: mbind(2), mm/mempolicy.c
 * mpol_set_shared_policy. Guarded by the lock of the file.
 */
@Stateful
final class SharedPolicies {
    /** What a page that is charged for them is good for. */
    private static final int RANGES_PER_PAGE = 64;

    private final LongRangeMap<MemoryPolicy> ranges = new LongRangeMap<>();
    private long chargedPages;

    /** The policy of the page at an offset. */
    static MemoryPolicy at(PagedFile file, long offset) {
        long stamp = file.lock.readLock();
        try {
            SharedPolicies known = file.policies;
            MemoryPolicy found = known == null ? null : known.ranges.find(offset);
            return Objects.requireNonNullElse(found, MemoryPolicy.DEFAULT);
        } finally {
            file.lock.unlockRead(stamp);
        }
    }

    /**
     * Changes the policy of a range.
     *
     * @throws dev.moat.abi.ErrnoException ENOMEM: the memory limit; nothing has changed
     */
    static void set(PagedFile file, long start, long end, MemoryPolicy policy) {
        long stamp = file.lock.writeLock();
        try {
            SharedPolicies known =
                    Objects.requireNonNullElseGet(file.policies, SharedPolicies::new);
            // A range may fall into two with the new one between them.
            known.chargeLocked(file, known.ranges.size() + 2);
            known.removeLocked(start, end);
            if (!policy.equals(MemoryPolicy.DEFAULT)) {
                known.ranges.insert(start, end, policy);
            }
            known.chargeLocked(file, known.ranges.size());
            file.policies = known;
        } finally {
            file.lock.unlockWrite(stamp);
        }
    }

    /** The file ends. */
    static void forgetLocked(PagedFile file) {
        if (file.policies instanceof SharedPolicies known) {
            known.chargeLocked(file, 0);
            file.policies = null;
        }
    }

    private void removeLocked(long start, long end) {
        int first = ranges.firstEndingAfter(start);
        if (first < ranges.size() && ranges.start(first) < start) {
            long oldEnd = ranges.end(first);
            MemoryPolicy policy = ranges.value(first);
            ranges.setBounds(first, ranges.start(first), start);
            if (oldEnd > end) {
                ranges.insert(end, oldEnd, policy);
            }
            first++;
        }
        int last = first;
        while (last < ranges.size() && ranges.end(last) <= end) {
            last++;
        }
        ranges.removeRange(first, last);
        if (first < ranges.size() && ranges.start(first) < end) {
            ranges.setBounds(first, end, ranges.end(first));
        }
    }

    /** A guest can make as many ranges as there are pages: they count as its memory. */
    private void chargeLocked(PagedFile file, int count) {
        long pages = (count + RANGES_PER_PAGE - 1) / RANGES_PER_PAGE;
        long more = pages - chargedPages;
        if (more > 0) {
            if (file.memory.limit().freePages() < more) {
                throw Errno.ENOMEM.exception();
            }
            file.memory.limit().chargeAnyway(more);
        } else if (more < 0) {
            file.memory.limit().uncharge(-more);
        }
        chargedPages = pages;
    }
}
