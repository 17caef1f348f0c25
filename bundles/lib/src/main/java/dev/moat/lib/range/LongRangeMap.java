package dev.moat.lib.range;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Values by sorted, disjoint ranges {@code [start, end)}. Ranges that touch stay apart: whether two
 * values may become one is the owner's business. Lookups are a binary search; changes move array
 * tails.
 */
public final class LongRangeMap<V> {
    private static final int FIRST_CAPACITY = 16;

    private long[] starts = new long[FIRST_CAPACITY];
    private long[] ends = new long[FIRST_CAPACITY];
    private @Nullable Object[] values = new @Nullable Object[FIRST_CAPACITY];
    private int size;

    /** Number of ranges. */
    public int size() {
        return size;
    }

    public boolean isEmpty() {
        return size == 0;
    }

    public long start(int index) {
        return starts[index];
    }

    public long end(int index) {
        return ends[index];
    }

    @SuppressWarnings({"unchecked", "NullAway"}) // slots below size hold what insert put there
    public V value(int index) {
        if (index >= size) {
            throw new IndexOutOfBoundsException(index);
        }
        return (V) values[index];
    }

    /** Index of the range that holds {@code key}, or -1. */
    public int indexOf(long key) {
        int index = firstEndingAfter(key);
        return index < size && starts[index] <= key ? index : -1;
    }

    /** The value of the range that holds {@code key}, or null. */
    public @Nullable V find(long key) {
        int index = indexOf(key);
        return index < 0 ? null : value(index);
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

    /**
     * Adds a range.
     *
     * @throws IllegalArgumentException if it is empty or overlaps another one
     */
    public void insert(long start, long end, V value) {
        int index = firstEndingAfter(start);
        if (start >= end || index < size && starts[index] < end) {
            throw new IllegalArgumentException("overlap or empty: %#x-%#x".formatted(start, end));
        }
        if (size == starts.length) {
            int capacity = size * 2;
            starts = Arrays.copyOf(starts, capacity);
            ends = Arrays.copyOf(ends, capacity);
            values = Arrays.copyOf(values, capacity);
        }
        System.arraycopy(starts, index, starts, index + 1, size - index);
        System.arraycopy(ends, index, ends, index + 1, size - index);
        System.arraycopy(values, index, values, index + 1, size - index);
        starts[index] = start;
        ends[index] = end;
        values[index] = value;
        size++;
    }

    /** Changes the bounds of a range; it must not reach into its neighbours. */
    public void setBounds(int index, long start, long end) {
        if (start >= end
                || index > 0 && ends[index - 1] > start
                || index + 1 < size && starts[index + 1] < end) {
            throw new IllegalArgumentException("overlap or empty: %#x-%#x".formatted(start, end));
        }
        starts[index] = start;
        ends[index] = end;
    }

    public void removeAt(int index) {
        removeRange(index, index + 1);
    }

    /** Removes the ranges with indexes from {@code from} to before {@code to}. */
    public void removeRange(int from, int to) {
        int moved = size - to;
        System.arraycopy(starts, to, starts, from, moved);
        System.arraycopy(ends, to, ends, from, moved);
        System.arraycopy(values, to, values, from, moved);
        int newSize = from + moved;
        Arrays.fill(values, newSize, size, null);
        size = newSize;
    }

    public void clear() {
        removeRange(0, size);
    }
}
