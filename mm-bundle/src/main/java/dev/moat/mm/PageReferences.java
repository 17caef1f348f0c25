package dev.moat.mm;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Reference counts of pages of the memory file, one int each, with marks in the upper bits. Changed
 * under the memory file's lock.
 */
final class PageReferences {
    /** The page counts against the limit. */
    static final int CHARGED = 1 << 30;

    /** The page is a part of a huge page of the {@link HugePool}. */
    static final int HUGE = 1 << 29;

    private static final int COUNT = HUGE - 1;

    private static final VarHandle COUNTS = MethodHandles.arrayElementVarHandle(int[].class);

    private PageReferences() {}

    /** Sets a mark on pages in a row. */
    static void mark(int[] counts, int first, int pages, int mark) {
        for (int i = first; i < first + pages; i++) {
            counts[i] |= mark;
        }
    }

    /** One reference more on pages in a row. */
    static void retain(int[] counts, int first, int pages) {
        for (int i = first; i < first + pages; i++) {
            counts[i]++;
        }
    }

    /** Whether there is a reference left. */
    static boolean isAny(int count) {
        return (count & COUNT) != 0;
    }

    /** Whether a count was not taken below none, which borrows from the marks. */
    static boolean isValid(int count) {
        return (count & COUNT) != COUNT;
    }

    /** Number of references on one page; without the lock exact only if nobody changes it. */
    static int of(int[] counts, int page) {
        return (int) COUNTS.getOpaque(counts, page) & COUNT;
    }

    /** Whether every page has exactly one reference; see {@link #of}. */
    static boolean areSingle(int[] counts, int first, int pages) {
        for (int i = first; i < first + pages; i++) {
            if (of(counts, i) != 1) {
                return false;
            }
        }
        return true;
    }
}
