package dev.moat.api.mm;

import java.lang.foreign.MemorySegment;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Fills and cleans pages of a file that has something behind it. Called without locks of the
 * caller's.
 */
@ConsumerType
public interface FilePager {
    /**
     * Reads file content into {@code target} (whole pages); what is behind the end of the file is
     * zeroed.
     *
     * @throws dev.moat.abi.ErrnoException EIO and what the host gives
     */
    void fill(long fileOffset, MemorySegment target);

    /** Writes pages back. Only called for writable files. */
    void clean(long fileOffset, MemorySegment source);
}
