package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.sequenceLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct sockaddr_un}: the address of a Unix socket. Its length is part of it.
 *
 * @param path a path name without its final zero; or, beginning with a zero, an abstract name; or
 *     empty: unnamed
 * @see <a href="https://man7.org/linux/man-pages/man7/unix.7.html">unix(7)</a>
 */
public record SockaddrUn(String path) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_SHORT.withName("sun_family"),
                            sequenceLayout(108, JAVA_BYTE).withName("sun_path"))
                    .withName("struct sockaddr_un");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    /** Longest path or abstract name. */
    public static final int PATH_MAX_BYTES = 108;

    private static final long FAMILY = LAYOUT.byteOffset(groupElement("sun_family"));
    private static final long PATH = LAYOUT.byteOffset(groupElement("sun_path"));

    /**
     * Reads an address of {@code lengthBytes}, as a system call gives it. The family is not looked
     * at.
     *
     * <p>Preconditions: the length is 2 to 110.
     */
    public static SockaddrUn readFrom(MemorySegment segment, long at, long lengthBytes) {
        int pathBytes = (int) (lengthBytes - PATH);
        if (pathBytes == 0) {
            return new SockaddrUn("");
        }
        boolean isAbstract = segment.get(JAVA_BYTE, at + PATH) == 0;
        return new SockaddrUn(
                isAbstract
                        ? Latin1.readBytes(segment, at + PATH, pathBytes)
                        : Latin1.readText(segment, at + PATH, pathBytes));
    }

    /** Returns whether the name is an abstract one. */
    public boolean isAbstract() {
        return !path.isEmpty() && path.charAt(0) == 0;
    }

    /** Returns whether there is no name. */
    public boolean isUnnamed() {
        return path.isEmpty();
    }

    /** Returns the length as getsockname(2) reports it: a path counts with its final zero. */
    public long lengthBytes() {
        return PATH + (isUnnamed() || isAbstract() ? path.length() : path.length() + 1);
    }

    /**
     * Writes {@link #lengthBytes()} bytes to {@code at}: up to {@link #SIZE} and, for a path of 108
     * bytes, the final zero after it.
     */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_SHORT_UNALIGNED, at + FAMILY, (short) SocketConstants.AF_UNIX);
        Latin1.writeBytes(segment, at + PATH, (int) (lengthBytes() - PATH), path);
    }
}
