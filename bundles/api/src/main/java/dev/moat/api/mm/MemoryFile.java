package dev.moat.api.mm;

import java.lang.foreign.MemorySegment;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The memfd that backs all guest memory of one sandbox, mapped chunk by chunk (1 GiB) into the
 * kernel host. Pages have reference counts; a page whose count drops to zero is punched out or
 * reused zeroed. Offsets and lengths are page aligned (4 KiB). Thread safe.
 */
@ProviderType
public interface MemoryFile {
    /** Bytes of a chunk; no allocation crosses a chunk border. */
    long CHUNK_BYTES = 1L << 30;

    /** Host descriptor; owned by the memory file. */
    int hostFd();

    /**
     * Allocates zeroed memory with one reference per page, contiguous in the file and within one
     * chunk. Takes no host memory until it is touched.
     *
     * @param lengthBytes at most {@link #CHUNK_BYTES}
     * @throws dev.moat.abi.ErrnoException ENOMEM
     */
    long allocate(long lengthBytes);

    /** Whether the host gives mappings of the file huge pages for MADV_HUGEPAGE. */
    boolean hasHugePages();

    /** Adds a reference to each page of the range. */
    void retain(long offset, long lengthBytes);

    /** Drops a reference from each page of the range. */
    void release(long offset, long lengthBytes);

    /** Whether every page of the range has exactly one reference. */
    boolean isExclusive(long offset, long lengthBytes);

    /**
     * The kernel host's view of a range that lies within one chunk. Valid while the caller holds a
     * reference on the pages; never keep it longer.
     */
    MemorySegment segment(long offset, long lengthBytes);

    /**
     * The whole chunk that holds {@code offset}, starting at {@code offset / CHUNK_BYTES *
     * CHUNK_BYTES}.
     */
    MemorySegment chunk(long offset);

    /** Bytes allocated and referenced, for accounting. */
    long usedBytes();

    /**
     * Tells the ranges of pages that somebody refers to, ascending; none crosses a chunk border.
     * The sandbox is at its safe point.
     */
    void visitUsed(RangeVisitor visitor);

    /** Is told ranges. */
    @FunctionalInterface
    interface RangeVisitor {
        void visit(long start, long end);
    }
}
