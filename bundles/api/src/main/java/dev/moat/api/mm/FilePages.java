package dev.moat.api.mm;

import org.osgi.annotation.versioning.ProviderType;

/**
 * The pages of one file: page cache and mapping object in one, sparse, held in the memory file.
 * Used by tmpfs (no pager: what was never written is a hole of zeros), by host files (a pager reads
 * them), memfd and shared anonymous memory. Thread safe; reads and writes of one file are atomic
 * against truncation.
 */
@ProviderType
public interface FilePages extends Mappable, AutoCloseable {
    /** Size in bytes. */
    long sizeBytes();

    /** Sets the size; frees pages behind a smaller one and zeroes the tail of its last page. */
    void truncate(long newSizeBytes);

    /** Copies bytes from {@code fileOffset} into {@code target}; 0 at or behind the end. */
    long read(long fileOffset, IoBuffer target);

    /**
     * Copies bytes of {@code source} to {@code fileOffset}, growing the file.
     *
     * @throws dev.moat.abi.ErrnoException ENOMEM or ENOSPC when memory or the quota is exhausted
     *     and nothing was written
     */
    long write(long fileOffset, IoBuffer source);

    /** Makes a hole (FALLOC_FL_PUNCH_HOLE): whole pages are freed, the edges zeroed. */
    @Override
    void punch(long fileOffset, long lengthBytes);

    /** Allocates pages of the range without changing the size (fallocate). */
    void reserve(long fileOffset, long lengthBytes);

    /** First data at or behind {@code fileOffset}, or -1. */
    long seekData(long fileOffset);

    /** First hole at or behind {@code fileOffset}; the end counts as one; -1 behind the end. */
    long seekHole(long fileOffset);

    /** Bytes of allocated pages (st_blocks * 512). */
    long allocatedBytes();

    /**
     * Forgets clean cached pages of a range so that they are read again; for pagers whose file
     * changed.
     */
    void drop(long fileOffset, long lengthBytes);

    /**
     * How the owner of a file that a process serves puts pages in.
     *
     * @throws IllegalStateException the pages of this file come otherwise
     */
    default ServedPages served() {
        throw new IllegalStateException("not a served file");
    }

    /** Whether any address space maps a part of it ({@link #addMapper}). */
    boolean isMapped();

    /** Whether any address space maps a part of it shared and may write there: F_SEAL_WRITE. */
    boolean hasWritableMappings();

    /** Frees all pages; mappings that still exist keep theirs. */
    @Override
    void close();
}
