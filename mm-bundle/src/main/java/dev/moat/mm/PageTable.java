package dev.moat.mm;

import dev.moat.api.swap.Stateful;
import org.jspecify.annotations.Nullable;

/**
 * Page entries ({@link Pte}) of a 47-bit address space by address: a radix tree of four levels with
 * small leaves (256 KiB), so that a sparse guest costs the kernel host little. Changed under the
 * mapping lock and the pages lock; {@link #get} may be called without a lock if the answer is
 * validated afterwards. Ranges are page aligned.
 */
@Stateful
final class PageTable {
    private static final int LEAF_SHIFT = 18;
    private static final int MIDDLE_SHIFT = 27;
    private static final int UPPER_SHIFT = 37;
    static final long END = 1L << 47;

    private static final int LEAF_ENTRIES = 1 << (LEAF_SHIFT - Pages.SHIFT);
    private static final int MIDDLE_ENTRIES = 1 << (MIDDLE_SHIFT - LEAF_SHIFT);
    private static final int UPPER_ENTRIES = 1 << (UPPER_SHIFT - MIDDLE_SHIFT);
    private static final int ROOT_ENTRIES = (int) (END >>> UPPER_SHIFT);

    /** Object sizes with compressed references. */
    private static final long LEAF_BYTES = 16 + 8L * LEAF_ENTRIES;

    private static final long MIDDLE_BYTES = 16 + 4L * MIDDLE_ENTRIES;
    private static final long UPPER_BYTES = 16 + 4L * UPPER_ENTRIES;

    private final long[] @Nullable [] @Nullable [] @Nullable [] root = new long[ROOT_ENTRIES][][][];

    /** Bytes of the nodes below the root: what a sparse guest costs the kernel host. */
    private long nodeBytes;

    long nodeBytes() {
        return nodeBytes;
    }

    /**
     * The entry of the page that holds {@code address} (below {@link #END}, not negative); 0 if
     * there is none.
     */
    long get(long address) {
        long[][][] upper = root[(int) (address >>> UPPER_SHIFT)];
        if (upper == null) {
            return 0;
        }
        long[][] middle = upper[(int) (address >>> MIDDLE_SHIFT) & (UPPER_ENTRIES - 1)];
        if (middle == null) {
            return 0;
        }
        long[] leaf = middle[(int) (address >>> LEAF_SHIFT) & (MIDDLE_ENTRIES - 1)];
        return leaf == null ? 0 : leaf[(int) (address >>> Pages.SHIFT) & (LEAF_ENTRIES - 1)];
    }

    /**
     * First address in {@code [from, end)} whose page has an entry; {@code end} if there is none.
     */
    long nextPresent(long from, long end) {
        long at = from;
        while (at < end) {
            long[][][] upper = root[(int) (at >>> UPPER_SHIFT)];
            if (upper == null) {
                at = next(at, UPPER_SHIFT);
                continue;
            }
            long[][] middle = upper[(int) (at >>> MIDDLE_SHIFT) & (UPPER_ENTRIES - 1)];
            if (middle == null) {
                at = next(at, MIDDLE_SHIFT);
                continue;
            }
            long[] leaf = middle[(int) (at >>> LEAF_SHIFT) & (MIDDLE_ENTRIES - 1)];
            if (leaf == null) {
                at = next(at, LEAF_SHIFT);
                continue;
            }
            long leafEnd = Math.min(end, next(at, LEAF_SHIFT));
            for (int i = index(at); at < leafEnd; at += Pages.BYTES, i++) {
                if (leaf[i] != 0) {
                    return at;
                }
            }
        }
        return end;
    }

    /**
     * End of the run at {@code from}: pages up to {@code end} whose entries are the same and
     * contiguous in the file.
     */
    long runEnd(long from, long end) {
        long expected = get(from);
        if (expected == 0) {
            return from;
        }
        long at = from;
        while (at < end) {
            long[] leaf = leaf(at);
            if (leaf == null) {
                return at;
            }
            long leafEnd = Math.min(end, next(at, LEAF_SHIFT));
            for (int i = index(at); at < leafEnd; at += Pages.BYTES, i++) {
                // A run never leaves its chunk: views and counts are per chunk.
                if (leaf[i] != expected || at != from && Pte.startsChunk(expected)) {
                    return at;
                }
                expected += Pages.BYTES;
            }
        }
        return end;
    }

    /** Sets the entries of a range: {@code firstEntry} and what is behind it in the memory file. */
    void setRun(long start, long end, long firstEntry) {
        long entry = firstEntry;
        long at = start;
        while (at < end) {
            long[] leaf = makeLeaf(at);
            long leafEnd = Math.min(end, next(at, LEAF_SHIFT));
            for (int i = index(at); at < leafEnd; at += Pages.BYTES, i++) {
                leaf[i] = entry;
                entry += Pages.BYTES;
            }
        }
    }

    /** Changes flags of the entries that exist in a range. */
    void changeFlags(long start, long end, long clear, long set) {
        long at = nextPresent(start, end);
        while (at < end) {
            long[] leaf = makeLeaf(at);
            long leafEnd = Math.min(end, next(at, LEAF_SHIFT));
            for (int i = index(at); at < leafEnd; at += Pages.BYTES, i++) {
                if (leaf[i] != 0) {
                    leaf[i] = leaf[i] & ~clear | set;
                }
            }
            at = nextPresent(at, end);
        }
    }

    /** Removes the entries of a range, and nodes that became empty with it. */
    void clear(long start, long end) {
        long at = nextPresent(start, end);
        while (at < end) {
            long[] leaf = makeLeaf(at);
            long page = at;
            long leafEnd = Math.min(end, next(at, LEAF_SHIFT));
            for (int i = index(at); at < leafEnd; at += Pages.BYTES, i++) {
                leaf[i] = 0;
            }
            if (isEmpty(leaf)) {
                removeLeaf(page);
            }
            at = nextPresent(at, end);
        }
    }

    private void removeLeaf(long address) {
        long[][][] upper = root[(int) (address >>> UPPER_SHIFT)];
        int middleIndex = (int) (address >>> MIDDLE_SHIFT) & (UPPER_ENTRIES - 1);
        long[][] middle = upper == null ? null : upper[middleIndex];
        if (upper == null || middle == null) {
            return;
        }
        middle[(int) (address >>> LEAF_SHIFT) & (MIDDLE_ENTRIES - 1)] = null;
        nodeBytes -= LEAF_BYTES;
        for (long[] other : middle) {
            if (other != null) {
                return;
            }
        }
        upper[middleIndex] = null;
        nodeBytes -= MIDDLE_BYTES;
        for (long[][] other : upper) {
            if (other != null) {
                return;
            }
        }
        root[(int) (address >>> UPPER_SHIFT)] = null;
        nodeBytes -= UPPER_BYTES;
    }

    private static boolean isEmpty(long[] leaf) {
        for (long entry : leaf) {
            if (entry != 0) {
                return false;
            }
        }
        return true;
    }

    private long @Nullable [] leaf(long address) {
        long[][][] upper = root[(int) (address >>> UPPER_SHIFT)];
        if (upper == null) {
            return null;
        }
        long[][] middle = upper[(int) (address >>> MIDDLE_SHIFT) & (UPPER_ENTRIES - 1)];
        return middle == null
                ? null
                : middle[(int) (address >>> LEAF_SHIFT) & (MIDDLE_ENTRIES - 1)];
    }

    private long[] makeLeaf(long address) {
        int rootIndex = (int) (address >>> UPPER_SHIFT);
        long[][][] upper = root[rootIndex];
        if (upper == null) {
            upper = new long[UPPER_ENTRIES][][];
            nodeBytes += UPPER_BYTES;
            root[rootIndex] = upper;
        }
        int upperIndex = (int) (address >>> MIDDLE_SHIFT) & (UPPER_ENTRIES - 1);
        long[][] middle = upper[upperIndex];
        if (middle == null) {
            middle = new long[MIDDLE_ENTRIES][];
            nodeBytes += MIDDLE_BYTES;
            upper[upperIndex] = middle;
        }
        int middleIndex = (int) (address >>> LEAF_SHIFT) & (MIDDLE_ENTRIES - 1);
        long[] leaf = middle[middleIndex];
        if (leaf == null) {
            leaf = new long[LEAF_ENTRIES];
            nodeBytes += LEAF_BYTES;
            middle[middleIndex] = leaf;
        }
        return leaf;
    }

    private static int index(long address) {
        return (int) (address >>> Pages.SHIFT) & (LEAF_ENTRIES - 1);
    }

    private static long next(long address, int shift) {
        return ((address >>> shift) + 1) << shift;
    }
}
