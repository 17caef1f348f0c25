package dev.moat.lib.stub;

import java.util.Arrays;

/**
 * What a stub process has mapped, once its queue is done: disjoint ranges in ascending order with
 * their rights. Needed because mprotect(2) stops at the first hole, and to leave out changes that
 * change nothing. Not thread safe.
 */
public final class MappedRanges {
    private long[] starts;
    private long[] ends;
    private byte[] prots;
    private int count;

    public MappedRanges() {
        starts = new long[16];
        ends = new long[16];
        prots = new byte[16];
    }

    private MappedRanges(MappedRanges other) {
        starts = Arrays.copyOf(other.starts, Math.max(16, other.count));
        ends = Arrays.copyOf(other.ends, starts.length);
        prots = Arrays.copyOf(other.prots, starts.length);
        count = other.count;
    }

    public MappedRanges copy() {
        return new MappedRanges(this);
    }

    public int count() {
        return count;
    }

    public long start(int index) {
        return starts[index];
    }

    public long end(int index) {
        return ends[index];
    }

    public int prot(int index) {
        return prots[index];
    }

    /**
     * Index of the first range that ends behind {@code address}; {@link #count} if there is none.
     */
    public int firstEndingAfter(long address) {
        int low = 0;
        int high = count;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (ends[middle] <= address) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** Whether any page of the range is mapped. */
    public boolean intersects(long start, long end) {
        int i = firstEndingAfter(start);
        return i < count && starts[i] < end;
    }

    /** Records a mapping, replacing what was there. */
    public void set(long start, long end, int prot) {
        int at = cut(start, end);
        boolean joinsLeft = at > 0 && ends[at - 1] == start && prots[at - 1] == prot;
        boolean joinsRight = at < count && starts[at] == end && prots[at] == prot;
        if (joinsLeft && joinsRight) {
            ends[at - 1] = ends[at];
            remove(at, at + 1);
        } else if (joinsLeft) {
            ends[at - 1] = end;
        } else if (joinsRight) {
            starts[at] = start;
        } else {
            insert(at, start, end, prot);
        }
    }

    /** Forgets a range; gives the index where it was. */
    public int cut(long start, long end) {
        int first = firstEndingAfter(start);
        if (first < count && starts[first] < start) {
            if (ends[first] > end) {
                insert(first + 1, end, ends[first], prots[first]);
                ends[first] = start;
                return first + 1;
            }
            ends[first] = start;
            first++;
        }
        int last = first;
        while (last < count && ends[last] <= end) {
            last++;
        }
        remove(first, last);
        if (first < count && starts[first] < end) {
            starts[first] = end;
        }
        return first;
    }

    public void clear() {
        count = 0;
    }

    private void insert(int at, long start, long end, int prot) {
        if (count == starts.length) {
            starts = Arrays.copyOf(starts, count * 2);
            ends = Arrays.copyOf(ends, count * 2);
            prots = Arrays.copyOf(prots, count * 2);
        }
        System.arraycopy(starts, at, starts, at + 1, count - at);
        System.arraycopy(ends, at, ends, at + 1, count - at);
        System.arraycopy(prots, at, prots, at + 1, count - at);
        starts[at] = start;
        ends[at] = end;
        prots[at] = (byte) prot;
        count++;
    }

    private void remove(int from, int to) {
        if (from == to) {
            return;
        }
        System.arraycopy(starts, to, starts, from, count - to);
        System.arraycopy(ends, to, ends, from, count - to);
        System.arraycopy(prots, to, prots, from, count - to);
        count -= to - from;
    }
}
