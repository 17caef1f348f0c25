package dev.moat.api.platform;

import org.osgi.annotation.versioning.ProviderType;

/**
 * The platform's mappings for one guest address space: derived state, owned by a memory manager.
 * Addresses, lengths and offsets are page aligned (4 KiB) and within the platform's user range.
 * Changes may be queued: they are in force before any context enters guest code in this space after
 * the call; for contexts that are running guest code right now, removals and downgrades are in
 * force when {@link #sync} returns. Thread safe.
 */
@ProviderType
public interface AddressSpace extends AutoCloseable {
    /** Maps a range of the sandbox's memory file, shared, replacing what was there. */
    void map(long address, long lengthBytes, long memoryFileOffset, Protection protection);

    /**
     * {@link #map} for pages that the host has in memory already and that are about to be used: the
     * platform may enter all of them now, which costs less than a fault for each later.
     */
    default void mapPresent(
            long address, long lengthBytes, long memoryFileOffset, Protection protection) {
        map(address, lengthBytes, memoryFileOffset, protection);
    }

    /** Removes mappings; holes are fine. */
    void unmap(long address, long lengthBytes);

    /** Changes the protection of what is mapped in the range; holes are skipped. */
    void protect(long address, long lengthBytes, Protection protection);

    /** Makes queued removals and downgrades visible to all running contexts before it returns. */
    void sync();

    /**
     * Has every thread of the space execute an instruction that synchronises its CPU before it runs
     * more guest code, and orders its memory accesses: what other threads wrote as code before this
     * call is what it runs then.
     *
     * @return false if the host cannot
     * @see <a href="https://man7.org/linux/man-pages/man2/membarrier.2.html">membarrier(2)</a>
     */
    default boolean synchronizeCores() {
        return false;
    }

    /**
     * Makes system calls from one site cheaper, if the platform has a way to: it changes the code
     * there, in a copy of the page that only guest code in this space sees. What is mapped anew,
     * unmapped or protected is as it was.
     *
     * @param behind address behind the instruction, in a page that is mapped read-only and
     *     executable and that nobody changes without a call of {@link #map}, {@link #unmap} or
     *     {@link #protect}
     * @param memoryFileOffset of that page
     * @return whether it was changed
     */
    default boolean patchCall(long behind, long memoryFileOffset) {
        return false;
    }

    /**
     * The guest reserves addresses, mapped or not: the platform has nothing of its own there any
     * more when this returns.
     */
    default void occupy(long address, long lengthBytes) {}

    /**
     * Gives a new space with the same mappings, as cheaply as the platform can (a host clone of the
     * stub). Cheapest on the thread of a task of this space, between two runs. Queued changes are
     * done first: a caller that protects private writable ranges for copy-on-write before it forks
     * has them protected on both sides at once.
     */
    AddressSpace fork();

    /**
     * Ends the space: no guest code runs in it any more when this returns. Contexts that are bound
     * to it must be stopped; they can only be closed or moved afterwards.
     */
    @Override
    void close();
}
