package dev.moat.mm;

import dev.moat.lib.range.LongRangeSet;

/**
 * Which pages of the memory file are parts of huge pages of the {@link HugePool}: {@link
 * PageReferences#HUGE}. Guarded by the memory file's lock.
 */
final class HugeFrames {
    /** From numbers of pages to numbers of huge pages. */
    private static final int PAGES_SHIFT = HugePages.SHIFT - Pages.SHIFT;

    private HugeFrames() {}

    /** The number of the huge page that a page is a part of. */
    static long of(long page) {
        return page >>> PAGES_SHIFT;
    }

    /**
     * Leaves those huge pages in the set of which no page is left.
     *
     * @param frames numbers of huge pages that lost a page
     * @param counts of the chunk that they lie in
     * @param base number of the first page of the chunk
     */
    static void keepFree(LongRangeSet frames, int[] counts, long base) {
        for (int i = frames.size() - 1; i >= 0; i--) {
            for (long frame = frames.end(i) - 1, low = frames.start(i); frame >= low; frame--) {
                if (isPartLeft(counts, (int) ((frame << PAGES_SHIFT) - base))) {
                    frames.remove(frame, frame + 1);
                }
            }
        }
    }

    private static boolean isPartLeft(int[] counts, int first) {
        for (int i = first; i < first + HugePages.PAGES; i++) {
            if ((counts[i] & PageReferences.HUGE) != 0) {
                return true;
            }
        }
        return false;
    }
}
