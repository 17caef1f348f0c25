package dev.moat.mm;

import dev.moat.api.swap.Stateful;
import dev.moat.lib.range.LongRangeMap;

/**
 * What is known of pages of an address space beside their entries, by ranges: Linux keeps it in
 * entries that are not present (PTE markers, include/linux/swapops.h). Guarded as the page table.
 */
@Stateful
final class PageMarks {
    /** The page is write-protected by userfaultfd(2) once it is there. */
    static final int PROTECTED = 1;

    /** An access raises SIGBUS: UFFDIO_POISON. Only of pages without entry. */
    static final int POISONED = 2;

    /** There is no page and comes none: MADV_GUARD_INSTALL. Only of pages without entry. */
    static final int GUARDED = 4;

    /** What holds for the page whoever answers its faults. */
    static final int LASTING = POISONED | GUARDED;

    static final int ALL = PROTECTED | LASTING;

    /**
     * Ranges that calls may make; more come only with pages that become present, each of which is
     * charged.
     */
    private static final int MAX_RANGES = 1 << 18;

    /** Two addresses and a reference. */
    private static final long RANGE_BYTES = 20;

    /** Changes of more ranges than this build the map anew: each insertion moves a tail. */
    private static final int FEW = 16;

    private LongRangeMap<Integer> ranges = new LongRangeMap<>();

    boolean hasRoom() {
        return ranges.size() < MAX_RANGES;
    }

    long bytes() {
        return ranges.size() * RANGE_BYTES;
    }

    int get(long address) {
        Integer marks = ranges.find(address);
        return marks == null ? 0 : marks;
    }

    /** Whether a page of the range has one of the marks. */
    boolean intersects(long start, long end, int marks) {
        for (int i = ranges.firstEndingAfter(start);
                i < ranges.size() && ranges.start(i) < end;
                i++) {
            if ((ranges.value(i) & marks) != 0) {
                return true;
            }
        }
        return false;
    }

    /** Lowest address from which on no page up to {@code page} has one of the marks. */
    long firstUnmarked(long start, long page, int marks) {
        for (int i = ranges.firstEndingAfter(page) - 1; i >= 0 && ranges.end(i) > start; i--) {
            if ((ranges.value(i) & marks) != 0) {
                return ranges.end(i);
            }
        }
        return start;
    }

    /** First address from {@code page} on whose page has one of the marks; {@code end}: none. */
    long nextMarked(long page, long end, int marks) {
        for (int i = ranges.firstEndingAfter(page);
                i < ranges.size() && ranges.start(i) < end;
                i++) {
            if ((ranges.value(i) & marks) != 0) {
                return Math.max(page, ranges.start(i));
            }
        }
        return end;
    }

    /** Done with a part of a range. */
    interface RangeAction {
        void on(long start, long end);
    }

    /** Calls {@code action} with start and end of each part of the range that has the mark. */
    void forEach(long start, long end, int mark, RangeAction action) {
        for (int i = ranges.firstEndingAfter(start);
                i < ranges.size() && ranges.start(i) < end;
                i++) {
            if ((ranges.value(i) & mark) != 0) {
                action.on(Math.max(start, ranges.start(i)), Math.min(end, ranges.end(i)));
            }
        }
    }

    /** Takes marks away from each page of a range, then adds others. */
    void change(long start, long end, int clear, int set) {
        int first = ranges.firstEndingAfter(start);
        int last = first;
        while (last < ranges.size() && ranges.start(last) < end) {
            last++;
        }
        if (set == 0 && first == last) {
            return;
        }
        if (last - first <= FEW) {
            changeFew(first, last, start, end, clear, set);
        } else {
            changeMany(start, end, clear, set);
        }
    }

    private void changeFew(int first, int last, long start, long end, int clear, int set) {
        LongRangeMap<Integer> old = new LongRangeMap<>();
        for (int i = first; i < last; i++) {
            old.insert(ranges.start(i), ranges.end(i), ranges.value(i));
        }
        ranges.removeRange(first, last);
        for (int i = 0; i < old.size() && old.start(i) < start; i++) {
            put(old.start(i), start, old.value(i));
        }
        putChanged(old, start, end, clear, set);
        int tail = old.size() - 1;
        if (tail >= 0 && old.end(tail) > end) {
            put(end, old.end(tail), old.value(tail));
        } else {
            joinAt(end);
        }
    }

    private void changeMany(long start, long end, int clear, int set) {
        LongRangeMap<Integer> old = ranges;
        ranges = new LongRangeMap<>();
        for (int i = 0; i < old.size() && old.start(i) < start; i++) {
            put(old.start(i), Math.min(start, old.end(i)), old.value(i));
        }
        putChanged(old, start, end, clear, set);
        for (int i = old.firstEndingAfter(end); i < old.size(); i++) {
            put(Math.max(end, old.start(i)), old.end(i), old.value(i));
        }
    }

    private void putChanged(LongRangeMap<Integer> old, long start, long end, int clear, int set) {
        long at = start;
        for (int i = old.firstEndingAfter(start); at < end; i++) {
            boolean there = i < old.size() && old.start(i) < end;
            long from = there ? Math.max(at, old.start(i)) : end;
            put(at, from, set);
            if (!there) {
                return;
            }
            long to = Math.min(end, old.end(i));
            put(from, to, old.value(i) & ~clear | set);
            at = to;
        }
    }

    /** Adds a range behind what was put before, as one with its neighbour if that is alike. */
    private void put(long start, long end, int marks) {
        if (start >= end || marks == 0) {
            return;
        }
        ranges.insert(start, end, marks);
        joinAt(start);
    }

    /** Makes the ranges that touch at an address one if they are alike. */
    private void joinAt(long address) {
        int next = ranges.firstEndingAfter(address);
        int before = next - 1;
        if (before >= 0
                && next < ranges.size()
                && ranges.end(before) == address
                && ranges.start(next) == address
                && ranges.value(before).equals(ranges.value(next))) {
            long end = ranges.end(next);
            ranges.removeAt(next);
            ranges.setBounds(before, ranges.start(before), end);
        }
    }

    /** Adds the marks of a range that are among {@code kept} to another one, at a distance. */
    void copyTo(PageMarks target, long start, long end, long distance, int kept) {
        for (int i = ranges.firstEndingAfter(start);
                i < ranges.size() && ranges.start(i) < end;
                i++) {
            long from = Math.max(start, ranges.start(i)) + distance;
            long to = Math.min(end, ranges.end(i)) + distance;
            int marks = ranges.value(i) & kept;
            if (marks != 0) {
                target.change(from, to, 0, marks);
            }
        }
    }
}
