package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct mnt_id_req}: which mount statmount(2) and listmount(2) are asked about.
 *
 * <p>Source: include/uapi/linux/mount.h.
 *
 * @param sizeBytes as the caller knows it
 * @param namespaceFd of a mount namespace; 0 for none
 * @param parameter statmount(2): what is wanted; listmount(2): the last mount that is known
 * @param namespaceId of a mount namespace; 0 for the caller's, or that of the descriptor
 */
public record MntIdReq(
        int sizeBytes, int namespaceFd, long mountId, long parameter, long namespaceId) {
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_INT_UNALIGNED.withName("size"),
                            JAVA_INT_UNALIGNED.withName("mnt_ns_fd"),
                            JAVA_LONG_UNALIGNED.withName("mnt_id"),
                            JAVA_LONG_UNALIGNED.withName("param"),
                            JAVA_LONG_UNALIGNED.withName("mnt_ns_id"))
                    .withName("struct mnt_id_req");

    public static final long SIZE = LAYOUT.byteSize();

    private static final long SIZE_FIELD = offset("size");
    private static final long MNT_NS_FD = offset("mnt_ns_fd");
    private static final long MNT_ID = offset("mnt_id");
    private static final long PARAM = offset("param");
    private static final long MNT_NS_ID = offset("mnt_ns_id");

    private static long offset(String field) {
        return LAYOUT.byteOffset(groupElement(field));
    }

    /** Reads the struct from {@code at}. */
    public static MntIdReq readFrom(MemorySegment segment, long at) {
        return new MntIdReq(
                segment.get(JAVA_INT_UNALIGNED, at + SIZE_FIELD),
                segment.get(JAVA_INT_UNALIGNED, at + MNT_NS_FD),
                segment.get(JAVA_LONG_UNALIGNED, at + MNT_ID),
                segment.get(JAVA_LONG_UNALIGNED, at + PARAM),
                segment.get(JAVA_LONG_UNALIGNED, at + MNT_NS_ID));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_INT_UNALIGNED, at + SIZE_FIELD, sizeBytes);
        segment.set(JAVA_INT_UNALIGNED, at + MNT_NS_FD, namespaceFd);
        segment.set(JAVA_LONG_UNALIGNED, at + MNT_ID, mountId);
        segment.set(JAVA_LONG_UNALIGNED, at + PARAM, parameter);
        segment.set(JAVA_LONG_UNALIGNED, at + MNT_NS_ID, namespaceId);
    }
}
