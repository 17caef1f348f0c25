package dev.moat.mm;

import dev.moat.abi.ErrnoException;

/**
 * Copies ahead, at the end of a fork, what parent and child will write first ({@link ForkWindows}):
 * the child gets pages of its own, the parent keeps its. Called with both mapping locks, before the
 * child runs.
 */
final class ForkCopies {
    /** In one fork: more is not copied for a guess. */
    private static final long MOST_PAGES = 128;

    private final Space parent;
    private final Space child;

    ForkCopies(Space parent, Space child) {
        this.parent = parent;
        this.child = child;
    }

    void makeLocked() {
        long[] windows = parent.forkWindows().begin();
        child.shareForkWindows(parent);
        if (parent.exact) {
            return;
        }
        long left = MOST_PAGES;
        for (int i = 0; i < windows.length; i += 2) {
            Vma area = parent.areas.find(windows[i]);
            long end = area == null ? 0 : Math.min(windows[i + 1], area.end);
            if (area == null || !isCopyable(area)) {
                continue;
            }
            left -=
                    copyOwnLocked(
                            area, windows[i], Math.min(end, windows[i] + (left << Pages.SHIFT)));
        }
    }

    private static boolean isCopyable(Vma area) {
        return area.isWritable()
                && !area.isShared()
                && !area.dontFork
                && !area.wipeOnFork
                && area.userfault == null
                && !area.isHuge();
    }

    /** Copies those pages of a range that were the parent's alone before the fork; how many. */
    private long copyOwnLocked(Vma area, long start, long end) {
        long copied = 0;
        long at = start;
        while (at < end) {
            if (!wasOwn(at)) {
                at += Pages.BYTES;
                continue;
            }
            long from = at;
            while (at < end && wasOwn(at)) {
                at += Pages.BYTES;
            }
            if (!copyLocked(area, from, at)) {
                break;
            }
            copied += (at - from) >>> Pages.SHIFT;
        }
        return copied;
    }

    /** Whether only parent and child have a page. */
    private boolean wasOwn(long page) {
        long entry = parent.table.get(page);
        return Pte.is(entry, Pte.ANONYMOUS)
                && !Pte.is(entry, Pte.PROTECTED)
                && parent.file.references(Pte.offset(entry)) == 2;
    }

    private boolean copyLocked(Vma area, long start, long end) {
        long pages = (end - start) >>> Pages.SHIFT;
        MemoryLimit limit = parent.memory.limit();
        if (limit.isTight(pages) || !limit.tryCharge(pages)) {
            return false;
        }
        PageCopy copy;
        try {
            copy = parent.file.copy(pages);
        } catch (ErrnoException e) {
            limit.giveBack(pages);
            return false;
        }
        parent.file.markCharged(copy.offset(), end - start, PageOwners.Kind.ANONYMOUS);
        for (long at = start; at < end; ) {
            long runEnd = parent.table.runEnd(at, end);
            copy.append(Pte.offset(parent.table.get(at)), runEnd - at);
            at = runEnd;
        }
        // The child's side has the parent's pages mapped, for reading, until it maps these: before
        // its first step.
        child.replaceLocked(
                start, end, Pte.make(copy.offset(), Pte.ANONYMOUS | Pte.PAGE_WRITABLE, area.prot));
        child.mapLocked(area, start, end, Space.Entering.AT_ONCE);
        child.releaseDroppedLocked();
        parent.changeFlagsLocked(
                start, end, 0, Pte.PAGE_WRITABLE | Pte.rights(Pte.PAGE_WRITABLE, area.prot));
        parent.protectLocked(area, start, end);
        return true;
    }
}
