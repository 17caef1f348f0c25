package dev.moat.api.mm;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * A mappable that programs attach and detach as a whole: shmat(2). Each area of an address space
 * that maps a part of it is registered with {@link #addMapper}, so counting these is counting the
 * attaches of Linux ({@code shm_nattch}).
 */
@ConsumerType
public interface AttachedMemory extends Mappable {
    /** How much {@link MemoryControl#detach} takes away: the size of the segment, in bytes. */
    long sizeBytes();
}
