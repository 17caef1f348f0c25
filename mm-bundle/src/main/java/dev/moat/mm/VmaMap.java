package dev.moat.mm;

import dev.moat.abi.Errno;
import dev.moat.api.mm.HeapAccount;
import dev.moat.api.mm.HeapCharge;
import dev.moat.api.mm.HeapUse;
import dev.moat.api.mm.Mappable;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.VfsPath;
import dev.moat.lib.range.LongRangeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The areas of one address space by address, with their sums. Keeps files told of who maps them.
 * Guarded by the mapping lock.
 */
@Stateful
final class VmaMap {
    /** Pages kept free below a stack: stack_guard_gap, mm/mmap.c. */
    static final long STACK_GUARD_BYTES = 256 * Pages.BYTES;

    /** What an area takes of the heap: itself, its place here and with the file. */
    private static final long AREA_BYTES = 256;

    /** So many are always to be had: a full account does not keep a program from memory. */
    private static final int FREE_AREAS = 256;

    private final LongRangeMap<Vma> areas = new LongRangeMap<>();

    /** Null in what an earlier revision made, until areas change. */
    private @Nullable HeapCharge heap;

    private final Space mapper;

    private long totalBytes;
    private long dataBytes;
    private long stackBytes;
    private long executableBytes;
    private long lockedBytes;
    private long peakTotalBytes;

    VmaMap(Space space) {
        this.mapper = space;
    }

    int size() {
        return areas.size();
    }

    Vma at(int index) {
        return areas.value(index);
    }

    @Nullable Vma find(long address) {
        return areas.find(address);
    }

    /** Index of the first area that ends behind {@code address}. */
    int firstEndingAfter(long address) {
        return areas.firstEndingAfter(address);
    }

    boolean intersects(long start, long end) {
        int index = areas.firstEndingAfter(start);
        return index < areas.size() && areas.start(index) < end;
    }

    /** Whether every page of the range is mapped. */
    boolean covers(long start, long end) {
        long at = start;
        for (int i = areas.firstEndingAfter(start); at < end; i++) {
            if (i == areas.size() || areas.start(i) > at) {
                return false;
            }
            at = areas.end(i);
        }
        return true;
    }

    /** Whether any area of the range is sealed. */
    boolean isSealed(long start, long end) {
        for (int i = areas.firstEndingAfter(start); i < areas.size() && areas.start(i) < end; i++) {
            if (areas.value(i).sealed) {
                return true;
            }
        }
        return false;
    }

    /**
     * Adds an area where nothing is; no merging.
     *
     * @throws dev.moat.abi.ErrnoException what the file has against it; then nothing has changed
     */
    void insert(Vma area) {
        register(area, area.offset, area.length());
        areas.insert(area.start, area.end, area);
        settle();
        account(area, 1);
        mapper.platform.occupy(area.start, area.length());
    }

    /**
     * Refuses borders where there can be none.
     *
     * @throws dev.moat.abi.ErrnoException EINVAL: one would lie within a huge page
     */
    void checkBorders(long start, long end) {
        checkBorder(start);
        checkBorder(end);
    }

    /** hugetlb_vm_op_split(), mm/hugetlb.c. */
    private void checkBorder(long address) {
        if ((address & HugePages.BYTES - 1) != 0) {
            Vma area = areas.find(address);
            if (area != null && area.isHuge()) {
                throw Errno.EINVAL.exception();
            }
        }
    }

    /**
     * Makes area borders at {@code start} and {@code end} if areas reach over them.
     *
     * @throws dev.moat.abi.ErrnoException see {@link #checkBorders}; then nothing has changed
     */
    void isolate(long start, long end) {
        checkBorders(start, end);
        split(start);
        split(end);
    }

    private void split(long address) {
        int index = areas.indexOf(address);
        if (index < 0 || areas.start(index) == address) {
            return;
        }
        Vma low = areas.value(index);
        Vma high = low.part(address, low.end);
        long oldLength = low.length();
        low.end = address;
        areas.setBounds(index, low.start, low.end);
        areas.insert(high.start, high.end, high);
        settle();
        register(low, low.offset, low.length());
        register(high, high.offset, high.length());
        unregister(low, low.offset, oldLength);
    }

    /** Removes all areas of the range, splitting at its borders. */
    void remove(long start, long end) {
        isolate(start, end);
        int first = areas.firstEndingAfter(start);
        int last = first;
        while (last < areas.size() && areas.start(last) < end) {
            Vma area = areas.value(last);
            account(area, -1);
            HugeReserve reserve = area.hugeReserve;
            if (reserve != null) {
                reserve.giveBack(area.offset, area.length());
            }
            unregister(area, area.offset, area.length());
            last++;
        }
        areas.removeRange(first, last);
        settle();
    }

    /** Moves the borders of an area outwards or inwards; the file offset follows the start. */
    void resize(Vma area, long newStart, long newEnd) {
        int index = areas.indexOf(area.start);
        long oldOffset = area.offset;
        long oldLength = area.length();
        account(area, -1);
        area.offset += newStart - area.start;
        area.start = newStart;
        area.end = newEnd;
        areas.setBounds(index, newStart, newEnd);
        account(area, 1);
        register(area, area.offset, area.length());
        unregister(area, oldOffset, oldLength);
        mapper.platform.occupy(area.start, area.length());
    }

    /** Changes properties of the areas in a range (isolated before), keeping the sums right. */
    void change(long start, long end, Consumer<Vma> change) {
        for (int i = areas.firstEndingAfter(start); i < areas.size() && areas.start(i) < end; i++) {
            Vma area = areas.value(i);
            account(area, -1);
            change.accept(area);
            account(area, 1);
        }
    }

    /** Joins areas within and at the borders of a range that may be one. */
    void merge(long start, long end) {
        int i = Math.max(0, areas.firstEndingAfter(start) - 1);
        while (i + 1 < areas.size() && areas.start(i) <= end) {
            Vma low = areas.value(i);
            Vma high = areas.value(i + 1);
            if (!low.continuesIn(high)) {
                i++;
                continue;
            }
            long lowLength = low.length();
            areas.removeAt(i + 1);
            low.end = high.end;
            areas.setBounds(i, low.start, low.end);
            register(low, low.offset, low.length());
            unregister(low, low.offset, lowLength);
            unregister(high, high.offset, high.length());
        }
        settle();
    }

    private HeapCharge heap() {
        HeapCharge paying = heap;
        if (paying == null) {
            paying = HeapCharge.of(mapper.memory.heap(), HeapUse.AREAS);
            heap = paying;
        }
        return paying;
    }

    /** ENOMEM: there is no memory for as many areas again, which fork(2) needs. */
    void checkRoomForCopy() {
        long wanted = areas.size() * AREA_BYTES;
        if (areas.size() > FREE_AREAS) {
            if (!heap().tryGrow(wanted)) {
                throw Errno.ENOMEM.exception();
            }
            heap().grow(-wanted);
        }
    }

    /** The sandbox pays for areas, as Linux' control groups do: SLAB_ACCOUNT. */
    private void settle() {
        HeapCharge paying = heap();
        long change = areas.size() * AREA_BYTES - paying.bytes();
        if (change != 0) {
            paying.grow(change);
        }
    }

    /**
     * Highest free place below {@code high}: as mm/mmap.c's top-down search, guard gaps of stacks
     * included.
     *
     * @return address, or -1
     */
    long findTopDown(long lengthBytes, long low, long high) {
        long ceiling = high;
        int index = areas.firstEndingAfter(high);
        if (index < areas.size()) {
            ceiling = Math.min(high, guardedStart(areas.value(index)));
        }
        for (int i = index - 1; ; i--) {
            long floor = i >= 0 ? Math.max(low, areas.end(i)) : low;
            if (ceiling - floor >= lengthBytes) {
                return ceiling - lengthBytes;
            }
            if (i < 0 || areas.end(i) <= low) {
                return -1;
            }
            ceiling = Math.min(ceiling, guardedStart(areas.value(i)));
        }
    }

    /** Lowest free place at or above {@code low}; -1 if there is none below {@code high}. */
    long findBottomUp(long lengthBytes, long low, long high) {
        long floor = low;
        for (int i = areas.firstEndingAfter(low); i < areas.size(); i++) {
            if (guardedStart(areas.value(i)) - floor >= lengthBytes) {
                break;
            }
            floor = Math.max(floor, areas.end(i));
        }
        return high - floor >= lengthBytes ? floor : -1;
    }

    /** Whether a range is free and no stack's guard gap reaches into it. */
    boolean isFree(long start, long end) {
        int index = areas.firstEndingAfter(start);
        return index == areas.size() || guardedStart(areas.value(index)) >= end;
    }

    private static long guardedStart(Vma area) {
        return area.growsDown() ? Math.max(0, area.start - STACK_GUARD_BYTES) : area.start;
    }

    /** Whether a range may still be added: the number of areas is limited, and the heap. */
    boolean hasRoom() {
        return hasRoom(0);
    }

    /**
     * Whether a range may still be added.
     *
     * @param spare more that are to be left
     */
    boolean hasRoom(int spare) {
        int size = areas.size();
        return size < mapper.limits.areas() - spare && (size < FREE_AREAS || HeapAccount.hasRoom());
    }

    private void register(Vma area, long offset, long lengthBytes) {
        Mappable file = area.file;
        if (file != null) {
            file.addMapper(mapper, offset, lengthBytes, area.writesFile());
        }
        VfsPath place = area.inode.place();
        if (place != null) {
            place.retain();
        }
    }

    /**
     * Always after the registration of what goes on: a file that nobody maps for a moment may free
     * its pages.
     */
    private void unregister(Vma area, long offset, long lengthBytes) {
        Mappable file = area.file;
        if (file != null) {
            file.removeMapper(mapper, offset, lengthBytes, area.writesFile());
        }
        VfsPath place = area.inode.place();
        if (place != null) {
            place.release();
        }
    }

    private void account(Vma area, int sign) {
        long bytes = sign * area.length();
        totalBytes += bytes;
        peakTotalBytes = Math.max(peakTotalBytes, totalBytes);
        if (area.isData()) {
            dataBytes += bytes;
        }
        if (area.growsDown()) {
            stackBytes += bytes;
        }
        if ((area.prot & 4) != 0 && !area.isWritable()) {
            executableBytes += bytes;
        }
        if (area.locked) {
            lockedBytes += bytes;
        }
    }

    long totalBytes() {
        return totalBytes;
    }

    long peakTotalBytes() {
        return peakTotalBytes;
    }

    long dataBytes() {
        return dataBytes;
    }

    long stackBytes() {
        return stackBytes;
    }

    long executableBytes() {
        return executableBytes;
    }

    long lockedBytes() {
        return lockedBytes;
    }
}
