package dev.moat.lib.range;

import java.util.Arrays;

/**
 * A set of longs as sorted, disjoint, never touching ranges {@code [start, end)}. Lookups are a
 * binary search; changes move array tails.
 */
public final class LongRangeSet {
    private static final int FIRST_CAPACITY = 8;

    private long[] starts = new long[FIRST_CAPACITY];
    private long[] ends = new long[FIRST_CAPACITY];
    private int size;
    private long total;

    /** Number of ranges. */
    public int size() {
        return size;
    }

    public boolean isEmpty() {
        return size == 0;
    }

    /** Sum of all lengths. */
    public long total() {
        return total;
    }

    public long start(int index) {
        return starts[index];
    }

    public long end(int index) {
        return ends[index];
    }

    /** Index of the first range that ends behind {@code key}; {@link #size} if there is none. */
    public int firstEndingAfter(long key) {
        int low = 0;
        int high = size;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (ends[middle] <= key) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    public boolean contains(long key) {
        int index = firstEndingAfter(key);
        return index < size && starts[index] <= key;
    }

    /** Whether any element lies in {@code [start, end)}. */
    public boolean intersects(long start, long end) {
        int index = firstEndingAfter(start);
        return index < size && starts[index] < end;
    }

    /** Adds {@code [start, end)}; parts that are in already stay. */
    public void add(long start, long end) {
        if (start >= end) {
            return;
        }
        int first = firstTouching(start);
        int last = first;
        long newStart = start;
        long newEnd = end;
        while (last < size && starts[last] <= end) {
            newStart = Math.min(newStart, starts[last]);
            newEnd = Math.max(newEnd, ends[last]);
            total -= ends[last] - starts[last];
            last++;
        }
        resizeGap(first, last - first, 1);
        starts[first] = newStart;
        ends[first] = newEnd;
        total += newEnd - newStart;
    }

    /** Takes {@code [start, end)} out; parts that are not in are skipped. */
    public void remove(long start, long end) {
        if (start >= end) {
            return;
        }
        int first = firstEndingAfter(start);
        if (first == size || starts[first] >= end) {
            return;
        }
        int last = first;
        long headStart = starts[first];
        long tailEnd = 0;
        while (last < size && starts[last] < end) {
            tailEnd = ends[last];
            total -= ends[last] - starts[last];
            last++;
        }
        boolean head = headStart < start;
        boolean tail = tailEnd > end;
        resizeGap(first, last - first, (head ? 1 : 0) + (tail ? 1 : 0));
        int at = first;
        if (head) {
            put(at++, headStart, start);
        }
        if (tail) {
            put(at, end, tailEnd);
        }
    }

    public void clear() {
        size = 0;
        total = 0;
    }

    private void put(int index, long start, long end) {
        starts[index] = start;
        ends[index] = end;
        total += end - start;
    }

    /** First range whose end is at or behind {@code key}. */
    private int firstTouching(long key) {
        int index = firstEndingAfter(key);
        return index > 0 && ends[index - 1] == key ? index - 1 : index;
    }

    /** Makes room for {@code now} ranges at {@code index} where there were {@code before}. */
    private void resizeGap(int index, int before, int now) {
        int newSize = size - before + now;
        if (newSize > starts.length) {
            int capacity = Math.max(newSize, starts.length * 2);
            starts = Arrays.copyOf(starts, capacity);
            ends = Arrays.copyOf(ends, capacity);
        }
        System.arraycopy(starts, index + before, starts, index + now, size - index - before);
        System.arraycopy(ends, index + before, ends, index + now, size - index - before);
        size = newSize;
    }
}
