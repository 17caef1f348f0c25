package dev.moat.api.mm;

import java.lang.foreign.MemorySegment;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The place that one read(2) or write(2) moves bytes to or from: guest memory (one range or an
 * iovec) or kernel memory. It has a position; every transfer advances it by what was moved. Guest
 * memory may fault half way: then fewer bytes are moved, as Linux gives a short count, and {@link
 * #faulted} is true; a caller that has moved nothing at all answers EFAULT. Used by one thread.
 */
@ProviderType
public interface IoBuffer {
    /** Bytes between the position and the end. */
    long remaining();

    /** Bytes moved so far. */
    long transferred();

    /**
     * Copies {@code lengthBytes} of {@code source} from {@code offset} into this buffer (a read).
     *
     * @return bytes moved: less than asked at the end of the buffer or at a fault
     */
    long put(MemorySegment source, long offset, long lengthBytes);

    /**
     * Copies bytes out of this buffer (a write) to {@code target} at {@code offset}.
     *
     * @return bytes moved: less than asked at the end of the buffer or at a fault
     */
    long get(MemorySegment target, long offset, long lengthBytes);

    /** Puts zero bytes, as reading a hole does. */
    long putZeros(long lengthBytes);

    /** Whether a transfer stopped because guest memory could not be accessed. */
    boolean faulted();

    /**
     * Limits the buffer to {@code lengthBytes} from the position on; no effect if it is shorter.
     */
    void limit(long lengthBytes);

    /** Moves the position forward by {@code lengthBytes}, at most to the end; nothing is copied. */
    void skip(long lengthBytes);

    /** Moves the position back to {@code transferred} bytes, at most what was moved. */
    void rewind(long transferred);

    /**
     * Gives the buffer back: its maker may hand it out again, so nobody touches it from here on.
     * For the one who got it, at most once; not necessary, but calls that do it allocate nothing.
     */
    default void release() {
        // Nothing is kept by default.
    }
}
