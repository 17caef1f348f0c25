package dev.moat.aio;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.moat.abi.Aio;
import dev.moat.abi.MemoryFlags;
import dev.moat.api.mm.FilePages;
import dev.moat.api.mm.KernelBuffer;
import dev.moat.api.mm.Mappable;
import dev.moat.api.mm.PageQuota;
import dev.moat.api.platform.Access;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Stateful;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * {@code struct aio_ring}: events between the kernel, which writes them, and the guest, which may
 * write anything anywhere at any time. Guarded by the lock of the context, as far as the kernel is
 * concerned.
 */
@Stateful
final class AioRing implements Mappable {
    private static final int HEADER_BYTES = 32;
    private static final int NR_AT = 4;
    private static final int HEAD_AT = 8;
    private static final int TAIL_AT = 12;

    private final AioContext context;
    private final FilePages pages;
    private final int slots;

    /** The kernel's own index: what the guest makes of its copy does not matter. */
    private int tail;

    /** Parts of the first mapping's address space that are mapped; the ring ends at zero. */
    private final AtomicInteger mappings = new AtomicInteger();

    /**
     * @param wantedSlots for events; there may be more, up to the end of the last page
     */
    AioRing(Sandbox sandbox, AioContext context, int wantedSlots) {
        this.context = context;
        this.pages = sandbox.memory().newFilePages(PageQuota.Unlimited.INSTANCE);
        long page = MemoryFlags.PAGE_SIZE;
        long size = HEADER_BYTES + (long) AioEvent.BYTES * wantedSlots;
        long rounded = (size + page - 1) / page * page;
        pages.truncate(rounded);
        this.slots = (int) ((rounded - HEADER_BYTES) / AioEvent.BYTES);
        write(NR_AT, slots);
        write(16, Aio.AIO_RING_MAGIC);
        write(20, Aio.AIO_RING_COMPAT_FEATURES);
        write(28, HEADER_BYTES);
    }

    int slots() {
        return slots;
    }

    long sizeBytes() {
        return pages.sizeBytes();
    }

    void close() {
        pages.close();
    }

    private int read(long at) {
        byte[] bytes = new byte[Integer.BYTES];
        pages.read(at, KernelBuffer.of(bytes));
        return MemorySegment.ofArray(bytes).get(JAVA_INT_UNALIGNED, 0);
    }

    private void write(long at, int value) {
        byte[] bytes = new byte[Integer.BYTES];
        MemorySegment.ofArray(bytes).set(JAVA_INT_UNALIGNED, 0, value);
        pages.write(at, KernelBuffer.of(bytes));
    }

    /** Where the next event is, as far as the guest's word can be taken. */
    private int head() {
        return Integer.remainderUnsigned(read(HEAD_AT), slots);
    }

    /** Events that nobody has taken. */
    int waiting() {
        return Math.floorMod(tail - head(), slots);
    }

    void add(AioEvent event) {
        byte[] bytes = new byte[AioEvent.BYTES];
        MemorySegment struct = MemorySegment.ofArray(bytes);
        struct.set(JAVA_LONG_UNALIGNED, 0, event.data());
        struct.set(JAVA_LONG_UNALIGNED, 8, event.iocbAddr());
        struct.set(JAVA_LONG_UNALIGNED, 16, event.result());
        pages.write(slotAt(tail), KernelBuffer.of(bytes));
        tail = (tail + 1) % slots;
        write(TAIL_AT, tail);
    }

    private static long slotAt(int index) {
        return HEADER_BYTES + (long) AioEvent.BYTES * index;
    }

    /** The first events, at most so many, as they lie in the ring. */
    List<byte[]> peek(int most) {
        List<byte[]> events = new ArrayList<>();
        int at = head();
        int count = Math.min(most, waiting());
        for (int i = 0; i < count; i++) {
            byte[] event = new byte[AioEvent.BYTES];
            pages.read(slotAt((at + i) % slots), KernelBuffer.of(event));
            events.add(event);
        }
        return events;
    }

    void take(int count) {
        write(HEAD_AT, (head() + count) % slots);
    }

    @Override
    public long mappableId() {
        return pages.mappableId();
    }

    @Override
    public Translation translate(long offset, long maxBytes, Access access) {
        return pages.translate(offset, maxBytes, access);
    }

    @Override
    public void addMapper(Mapper mapper, long offset, long lengthBytes, boolean writableShared) {
        pages.addMapper(mapper, offset, lengthBytes, writableShared);
        mappings.incrementAndGet();
    }

    /** Locks of an address space are held: the end is left to the worker. */
    @Override
    public void removeMapper(Mapper mapper, long offset, long lengthBytes, boolean writableShared) {
        pages.removeMapper(mapper, offset, lengthBytes, writableShared);
        if (mappings.decrementAndGet() == 0) {
            context.abandoned();
        }
    }

    @Override
    public Mappable backing() {
        return pages;
    }

    @Override
    public void writeBack(long offset, long lengthBytes) {
        // Memory is all there is.
    }
}
