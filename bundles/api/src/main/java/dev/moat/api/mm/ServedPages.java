package dev.moat.api.mm;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The pages of a file that a process of the sandbox serves: memory management asks nobody for them,
 * its owner puts them in. Reads of {@link FilePages} stop where a page is missing; a fault there is
 * told to {@link Mappable#beginFill}. Thread safe; called without locks of memory management.
 */
@ProviderType
public interface ServedPages {
    /**
     * Puts pages in as what is behind the file, where none are yet and the file is that long.
     *
     * @param fileOffset of a page
     * @param content whole pages
     * @throws dev.moat.abi.ErrnoException ENOMEM
     */
    void supply(long fileOffset, MemorySegment content);

    /**
     * Notes what was written to what is behind the file: pages that are there are changed, those
     * that it fills are put in while there is memory for it.
     */
    void refresh(long fileOffset, MemorySegment content);

    /**
     * Writes to the pages only, growing the file; what is behind it gets to know by {@link
     * #takeDirty}.
     *
     * @return bytes written: fewer than there are before a missing page that would be filled in
     *     part, where the file has something to be read first
     * @throws dev.moat.abi.ErrnoException ENOMEM if nothing was written
     */
    long write(long fileOffset, MemorySegment content);

    /**
     * The first pages in a row of a range that differ from what is behind the file, which count as
     * equal from here on: what guests write afterwards is seen again. Null if there are none.
     *
     * @param mostBytes whole pages
     */
    @Nullable Dirty takeDirty(long fileOffset, long endOffset, int mostBytes);

    /** Content that is to be written, up to the end of the file. */
    record Dirty(long fileOffset, byte[] content) {}
}
