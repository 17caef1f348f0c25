package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct cachestat}: pages of a file in memory.
 *
 * <p>Source: include/uapi/linux/mman.h.
 */
public record Cachestat(
        long cached, long dirty, long writeback, long evicted, long recentlyEvicted) {
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_LONG_UNALIGNED.withName("nr_cache"),
                            JAVA_LONG_UNALIGNED.withName("nr_dirty"),
                            JAVA_LONG_UNALIGNED.withName("nr_writeback"),
                            JAVA_LONG_UNALIGNED.withName("nr_evicted"),
                            JAVA_LONG_UNALIGNED.withName("nr_recently_evicted"))
                    .withName("struct cachestat");

    public static final long SIZE = LAYOUT.byteSize();

    private static final long NR_CACHE = LAYOUT.byteOffset(groupElement("nr_cache"));
    private static final long NR_DIRTY = LAYOUT.byteOffset(groupElement("nr_dirty"));
    private static final long NR_WRITEBACK = LAYOUT.byteOffset(groupElement("nr_writeback"));
    private static final long NR_EVICTED = LAYOUT.byteOffset(groupElement("nr_evicted"));
    private static final long NR_RECENTLY_EVICTED =
            LAYOUT.byteOffset(groupElement("nr_recently_evicted"));

    /** Reads the struct from {@code at}. */
    public static Cachestat readFrom(MemorySegment segment, long at) {
        return new Cachestat(
                segment.get(JAVA_LONG_UNALIGNED, at + NR_CACHE),
                segment.get(JAVA_LONG_UNALIGNED, at + NR_DIRTY),
                segment.get(JAVA_LONG_UNALIGNED, at + NR_WRITEBACK),
                segment.get(JAVA_LONG_UNALIGNED, at + NR_EVICTED),
                segment.get(JAVA_LONG_UNALIGNED, at + NR_RECENTLY_EVICTED));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_LONG_UNALIGNED, at + NR_CACHE, cached);
        segment.set(JAVA_LONG_UNALIGNED, at + NR_DIRTY, dirty);
        segment.set(JAVA_LONG_UNALIGNED, at + NR_WRITEBACK, writeback);
        segment.set(JAVA_LONG_UNALIGNED, at + NR_EVICTED, evicted);
        segment.set(JAVA_LONG_UNALIGNED, at + NR_RECENTLY_EVICTED, recentlyEvicted);
    }
}
