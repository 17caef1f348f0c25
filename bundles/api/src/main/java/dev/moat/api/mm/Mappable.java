package dev.moat.api.mm;

import dev.moat.abi.Errno;
import dev.moat.api.platform.Access;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Something that mmap(2) can map: translates ranges of itself to ranges of the memory file, and
 * tells its mappers when a translation ends. Thread safe.
 */
@ProviderType
public interface Mappable {
    /** Unique within the sandbox; names the memory for futexes. */
    long mappableId();

    /**
     * Translates the page at {@code offset} and as many pages behind it as are cheap to give
     * together, up to {@code maxBytes}. The translation carries one reference on each page, owned
     * by the caller.
     *
     * @return an empty translation if {@code offset} is behind the end (SIGBUS for the guest)
     * @throws dev.moat.abi.ErrnoException ENOMEM; EIO if reading the file failed (SIGBUS)
     */
    Translation translate(long offset, long maxBytes, Access access);

    /**
     * Registers a mapper that is told of ended translations; the same mapper once per VMA is fine.
     */
    void addMapper(Mapper mapper, long offset, long lengthBytes, boolean writableShared);

    /** Takes back one {@link #addMapper} with the same arguments. */
    void removeMapper(Mapper mapper, long offset, long lengthBytes, boolean writableShared);

    /**
     * The object that holds the pages, if this one only guards it (counts its users): asked for
     * translations in place of this one. {@link #addMapper} and its opposite still go to this one.
     */
    default Mappable backing() {
        return this;
    }

    /**
     * Whether only those who map the pages get at them, and neither debuggers nor calls that pin
     * pages: memfd_secret(2).
     */
    default boolean isSecret() {
        return false;
    }

    /**
     * Makes a hole for madvise(MADV_REMOVE), see {@link FilePages#punch}.
     *
     * @throws dev.moat.abi.ErrnoException EOPNOTSUPP where there is nothing to punch
     */
    default void punch(long fileOffset, long lengthBytes) {
        throw Errno.EOPNOTSUPP.exception();
    }

    /**
     * Asks for a page that is not there, of a file that a process of the sandbox serves: the task
     * waits, and tries again. Called on its thread, without locks.
     *
     * @throws IllegalStateException pages of this kind of object do not come that way
     */
    default UserFault beginFill(long fileOffset) {
        throw new IllegalStateException("nobody serves these pages");
    }

    /** How much of a range is in memory: cachestat(2); nothing where there is no page cache. */
    default CachedPages countCached(long offset, long lengthBytes) {
        return CachedPages.NONE;
    }

    /** Writes dirty pages of a range back to what is behind (msync); nothing to do for memory. */
    void writeBack(long offset, long lengthBytes);

    /** A range of the memory file; {@code lengthBytes} 0 means none. */
    record Translation(long memoryFileOffset, long lengthBytes) {
        public static final Translation NONE = new Translation(0, 0);
    }

    /** Someone who maps a mappable: an address space. */
    interface Mapper {
        /**
         * Drops all shared and unmodified private mappings of the range: the file was punched, or
         * has other content. Called without locks of the mappable held; when it returns no guest
         * access reaches the pages.
         *
         * @param copies drops private copies that were written, too: the file was truncated (mm/
         *     truncate.c, truncate_pagecache)
         */
        void invalidate(Mappable mappable, long offset, long lengthBytes, boolean copies);

        /**
         * Has whoever changes its mappings wait for {@code event} once the change is made; called
         * by {@link Mappable#removeMapper}.
         */
        default void awaitLater(UserFault event) {}

        /** The process whose address space this is, or was last: its id; 0 if it is not known. */
        default int ownerTgid() {
            return 0;
        }
    }
}
