package dev.moat.mm;

import static dev.moat.abi.MempolicyFlags.MPOL_MF_MOVE;
import static dev.moat.abi.MempolicyFlags.MPOL_MF_MOVE_ALL;
import static dev.moat.abi.MempolicyFlags.MPOL_MF_STRICT;

import dev.moat.abi.Errno;
import dev.moat.api.mm.MemoryPolicy;
import java.util.function.Supplier;

/**
 * Policies of areas, and where their pages are: mbind(2), move_pages(2), mm/mempolicy.c. All pages
 * are on node 0.
 */
final class Binding {
    private static final int NODE = 0;

    /** Pages that are asked about at once. */
    private static final int STEP_PAGES = 512;

    private final Space space;

    Binding(Space space) {
        this.space = space;
    }

    MemoryPolicy policyAt(long address) {
        space.mapping.lock();
        try {
            Vma area = space.areas.find(address);
            if (area == null) {
                throw Errno.EFAULT.exception();
            }
            return area.policyAt(address);
        } finally {
            space.mapping.unlock();
        }
    }

    void bind(
            long start,
            long lengthBytes,
            Supplier<MemoryPolicy> wanted,
            int flags,
            boolean wantsNode) {
        long end = end(start, lengthBytes);
        if (end == start) {
            return;
        }
        MemoryPolicy policy = wanted.get();
        space.mapping.lock();
        try {
            if (start < 0 || !space.areas.covers(start, end)) {
                throw Errno.EFAULT.exception();
            }
            int all = MPOL_MF_STRICT | MPOL_MF_MOVE | MPOL_MF_MOVE_ALL;
            // What may be moved is moved from node 0 to node 0.
            boolean strict =
                    (flags & all) == MPOL_MF_STRICT && !policy.equals(MemoryPolicy.DEFAULT);
            if (strict && !wantsNode && isAnyPresentLocked(start, end)) {
                throw Errno.EIO.exception();
            }
            setLocked(start, end, policy);
        } finally {
            space.mapping.unlock();
        }
    }

    void setHomeNode(long start, long lengthBytes, int node) {
        long end = end(start, lengthBytes);
        if (end == start) {
            return;
        }
        space.mapping.lock();
        try {
            boolean found = false;
            long at = start;
            while (at < end) {
                int index = space.areas.firstEndingAfter(at);
                if (index == space.areas.size() || space.areas.at(index).start >= end) {
                    break;
                }
                Vma area = space.areas.at(index);
                long from = Math.max(at, area.start);
                at = Math.min(end, area.end);
                MemoryPolicy policy = area.policy();
                if (policy.equals(MemoryPolicy.DEFAULT)) {
                    continue;
                }
                if (!policy.canHaveHomeNode()) {
                    throw Errno.EOPNOTSUPP.exception();
                }
                setLocked(from, at, policy.withHomeNode(node));
                found = true;
            }
            if (!found) {
                throw Errno.ENOENT.exception();
            }
        } finally {
            space.mapping.unlock();
        }
    }

    private void setLocked(long start, long end, MemoryPolicy policy) {
        if (!space.areas.hasRoom(1)) {
            throw Errno.ENOMEM.exception();
        }
        space.areas.isolate(start, end);
        for (int i = space.areas.firstEndingAfter(start);
                i < space.areas.size() && space.areas.at(i).start < end;
                i++) {
            Vma area = space.areas.at(i);
            // What an area has already is not told to its memory: mbind_range().
            if (!area.policy().equals(policy)) {
                PagedFile memory = area.memoryFile();
                if (memory != null) {
                    long from = Pages.floor(area.offset);
                    SharedPolicies.set(memory, from, from + area.length(), policy);
                }
                area.setPolicy(policy);
            }
        }
        space.areas.merge(start, end);
    }

    /** The node of a page, or a negated errno: EFAULT for none mapped, ENOENT for none there. */
    int locate(long address) {
        space.mapping.lock();
        try {
            if (address < 0 || space.areas.find(address) == null) {
                return (int) Errno.EFAULT.negated();
            }
            long page = Pages.floor(address);
            return isAnyPresentLocked(page, page + Pages.BYTES)
                    ? NODE
                    : (int) Errno.ENOENT.negated();
        } finally {
            space.mapping.unlock();
        }
    }

    /** Whether a page is there; windows own more than what was touched, the host knows. */
    private boolean isAnyPresentLocked(long start, long end) {
        byte[] touched = new byte[(int) Math.min(STEP_PAGES, (end - start) >>> Pages.SHIFT)];
        long at = space.table.nextPresent(start, end);
        while (at < end) {
            long runEnd = space.table.runEnd(at, end);
            long stepEnd = Math.min(runEnd, at + ((long) touched.length << Pages.SHIFT));
            space.file.residency(Pte.offset(space.table.get(at)), stepEnd - at, touched);
            for (int i = 0; i < (stepEnd - at) >>> Pages.SHIFT; i++) {
                if ((touched[i] & 1) != 0) {
                    return true;
                }
            }
            at = space.table.nextPresent(stepEnd, end);
        }
        return false;
    }

    /** EINVAL for what is not aligned, or goes over the end of all addresses. */
    private static long end(long start, long lengthBytes) {
        long end = start + Pages.ceil(lengthBytes);
        if (!Pages.isAligned(start) || Long.compareUnsigned(end, start) < 0) {
            throw Errno.EINVAL.exception();
        }
        return end < 0 && start >= 0 ? Pages.floor(Long.MAX_VALUE) : end;
    }
}
