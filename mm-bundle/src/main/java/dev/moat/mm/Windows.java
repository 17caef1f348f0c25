package dev.moat.mm;

/**
 * How many pages a fault takes at once. Small at first, because only owned pages count against the
 * limit; doubled while faults follow each other.
 */
final class Windows {
    static final int FIRST_PAGES = 16;
    static final int MAX_PAGES = 512;

    /** Copying costs more than owning: smaller. */
    static final int FIRST_COPY_PAGES = 8;

    static final int MAX_COPY_PAGES = 128;

    /** Areas up to this size are taken as a whole. */
    static final int WHOLE_PAGES = 32;

    private Windows() {}

    /**
     * Size of the window for a fault at {@code page}, and remembers where the next one of a
     * sequence would be.
     */
    static int next(Vma area, long page, int firstPages, int maxPages) {
        if (area.nextFault == page && area.windowPages > 0) {
            area.windowPages = Math.min(area.windowPages * 2, maxPages);
        } else {
            area.windowPages =
                    firstPages == FIRST_PAGES && area.length() <= (long) WHOLE_PAGES << Pages.SHIFT
                            ? WHOLE_PAGES
                            : firstPages;
        }
        return area.windowPages;
    }

    /**
     * Start of a window of {@code pages} that holds {@code page}: for a sequence from the page on
     * (stacks: down to it), else aligned; within the area.
     */
    static long start(Vma area, long page, int pages) {
        long bytes = (long) pages << Pages.SHIFT;
        long start;
        if (area.growsDown()) {
            start = page + Pages.BYTES - bytes;
        } else if (area.nextFault == page || area.length() <= bytes) {
            start = area.length() <= bytes ? area.start : page;
        } else {
            start = page / bytes * bytes;
        }
        return Math.max(area.start, start);
    }

    static void remember(Vma area, long start, long end) {
        area.nextFault = area.growsDown() ? start - Pages.BYTES : end;
    }
}
