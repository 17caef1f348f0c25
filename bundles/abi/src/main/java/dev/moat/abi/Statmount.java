package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct statmount} without its strings: what statmount(2) tells. Fields that are offsets
 * count from the end of this part.
 *
 * <p>Source: include/uapi/linux/mount.h.
 *
 * @param sizeBytes with the strings
 * @see <a href="https://man7.org/linux/man-pages/man2/statmount.2.html">statmount(2)</a>
 */
public record Statmount(
        int sizeBytes,
        int mountOptions,
        long mask,
        int deviceMajor,
        int deviceMinor,
        long magic,
        int superFlags,
        int type,
        long id,
        long parentId,
        int oldId,
        int oldParentId,
        long attributes,
        long propagation,
        long peerGroup,
        long master,
        long propagateFrom,
        int root,
        int point,
        long namespaceId,
        int subtype,
        int source,
        int optionCount,
        int optionArray,
        int securityOptionCount,
        int securityOptionArray,
        long supportedMask,
        int uidMapCount,
        int uidMap,
        int gidMapCount,
        int gidMap) {
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_INT_UNALIGNED.withName("size"),
                            JAVA_INT_UNALIGNED.withName("mnt_opts"),
                            JAVA_LONG_UNALIGNED.withName("mask"),
                            JAVA_INT_UNALIGNED.withName("sb_dev_major"),
                            JAVA_INT_UNALIGNED.withName("sb_dev_minor"),
                            JAVA_LONG_UNALIGNED.withName("sb_magic"),
                            JAVA_INT_UNALIGNED.withName("sb_flags"),
                            JAVA_INT_UNALIGNED.withName("fs_type"),
                            JAVA_LONG_UNALIGNED.withName("mnt_id"),
                            JAVA_LONG_UNALIGNED.withName("mnt_parent_id"),
                            JAVA_INT_UNALIGNED.withName("mnt_id_old"),
                            JAVA_INT_UNALIGNED.withName("mnt_parent_id_old"),
                            JAVA_LONG_UNALIGNED.withName("mnt_attr"),
                            JAVA_LONG_UNALIGNED.withName("mnt_propagation"),
                            JAVA_LONG_UNALIGNED.withName("mnt_peer_group"),
                            JAVA_LONG_UNALIGNED.withName("mnt_master"),
                            JAVA_LONG_UNALIGNED.withName("propagate_from"),
                            JAVA_INT_UNALIGNED.withName("mnt_root"),
                            JAVA_INT_UNALIGNED.withName("mnt_point"),
                            JAVA_LONG_UNALIGNED.withName("mnt_ns_id"),
                            JAVA_INT_UNALIGNED.withName("fs_subtype"),
                            JAVA_INT_UNALIGNED.withName("sb_source"),
                            JAVA_INT_UNALIGNED.withName("opt_num"),
                            JAVA_INT_UNALIGNED.withName("opt_array"),
                            JAVA_INT_UNALIGNED.withName("opt_sec_num"),
                            JAVA_INT_UNALIGNED.withName("opt_sec_array"),
                            JAVA_LONG_UNALIGNED.withName("supported_mask"),
                            JAVA_INT_UNALIGNED.withName("mnt_uidmap_num"),
                            JAVA_INT_UNALIGNED.withName("mnt_uidmap"),
                            JAVA_INT_UNALIGNED.withName("mnt_gidmap_num"),
                            JAVA_INT_UNALIGNED.withName("mnt_gidmap"),
                            paddingLayout(344))
                    .withName("struct statmount");

    public static final long SIZE = LAYOUT.byteSize();

    private static final long SIZE_FIELD = offset("size");
    private static final long MNT_OPTS = offset("mnt_opts");
    private static final long MASK = offset("mask");
    private static final long SB_DEV_MAJOR = offset("sb_dev_major");
    private static final long SB_DEV_MINOR = offset("sb_dev_minor");
    private static final long SB_MAGIC = offset("sb_magic");
    private static final long SB_FLAGS = offset("sb_flags");
    private static final long FS_TYPE = offset("fs_type");
    private static final long MNT_ID = offset("mnt_id");
    private static final long MNT_PARENT_ID = offset("mnt_parent_id");
    private static final long MNT_ID_OLD = offset("mnt_id_old");
    private static final long MNT_PARENT_ID_OLD = offset("mnt_parent_id_old");
    private static final long MNT_ATTR = offset("mnt_attr");
    private static final long MNT_PROPAGATION = offset("mnt_propagation");
    private static final long MNT_PEER_GROUP = offset("mnt_peer_group");
    private static final long MNT_MASTER = offset("mnt_master");
    private static final long PROPAGATE_FROM = offset("propagate_from");
    private static final long MNT_ROOT = offset("mnt_root");
    private static final long MNT_POINT = offset("mnt_point");
    private static final long MNT_NS_ID = offset("mnt_ns_id");
    private static final long FS_SUBTYPE = offset("fs_subtype");
    private static final long SB_SOURCE = offset("sb_source");
    private static final long OPT_NUM = offset("opt_num");
    private static final long OPT_ARRAY = offset("opt_array");
    private static final long OPT_SEC_NUM = offset("opt_sec_num");
    private static final long OPT_SEC_ARRAY = offset("opt_sec_array");
    private static final long SUPPORTED_MASK = offset("supported_mask");
    private static final long MNT_UIDMAP_NUM = offset("mnt_uidmap_num");
    private static final long MNT_UIDMAP = offset("mnt_uidmap");
    private static final long MNT_GIDMAP_NUM = offset("mnt_gidmap_num");
    private static final long MNT_GIDMAP = offset("mnt_gidmap");

    private static long offset(String field) {
        return LAYOUT.byteOffset(groupElement(field));
    }

    /** Reads the struct from {@code at}. */
    public static Statmount readFrom(MemorySegment segment, long at) {
        return new Statmount(
                segment.get(JAVA_INT_UNALIGNED, at + SIZE_FIELD),
                segment.get(JAVA_INT_UNALIGNED, at + MNT_OPTS),
                segment.get(JAVA_LONG_UNALIGNED, at + MASK),
                segment.get(JAVA_INT_UNALIGNED, at + SB_DEV_MAJOR),
                segment.get(JAVA_INT_UNALIGNED, at + SB_DEV_MINOR),
                segment.get(JAVA_LONG_UNALIGNED, at + SB_MAGIC),
                segment.get(JAVA_INT_UNALIGNED, at + SB_FLAGS),
                segment.get(JAVA_INT_UNALIGNED, at + FS_TYPE),
                segment.get(JAVA_LONG_UNALIGNED, at + MNT_ID),
                segment.get(JAVA_LONG_UNALIGNED, at + MNT_PARENT_ID),
                segment.get(JAVA_INT_UNALIGNED, at + MNT_ID_OLD),
                segment.get(JAVA_INT_UNALIGNED, at + MNT_PARENT_ID_OLD),
                segment.get(JAVA_LONG_UNALIGNED, at + MNT_ATTR),
                segment.get(JAVA_LONG_UNALIGNED, at + MNT_PROPAGATION),
                segment.get(JAVA_LONG_UNALIGNED, at + MNT_PEER_GROUP),
                segment.get(JAVA_LONG_UNALIGNED, at + MNT_MASTER),
                segment.get(JAVA_LONG_UNALIGNED, at + PROPAGATE_FROM),
                segment.get(JAVA_INT_UNALIGNED, at + MNT_ROOT),
                segment.get(JAVA_INT_UNALIGNED, at + MNT_POINT),
                segment.get(JAVA_LONG_UNALIGNED, at + MNT_NS_ID),
                segment.get(JAVA_INT_UNALIGNED, at + FS_SUBTYPE),
                segment.get(JAVA_INT_UNALIGNED, at + SB_SOURCE),
                segment.get(JAVA_INT_UNALIGNED, at + OPT_NUM),
                segment.get(JAVA_INT_UNALIGNED, at + OPT_ARRAY),
                segment.get(JAVA_INT_UNALIGNED, at + OPT_SEC_NUM),
                segment.get(JAVA_INT_UNALIGNED, at + OPT_SEC_ARRAY),
                segment.get(JAVA_LONG_UNALIGNED, at + SUPPORTED_MASK),
                segment.get(JAVA_INT_UNALIGNED, at + MNT_UIDMAP_NUM),
                segment.get(JAVA_INT_UNALIGNED, at + MNT_UIDMAP),
                segment.get(JAVA_INT_UNALIGNED, at + MNT_GIDMAP_NUM),
                segment.get(JAVA_INT_UNALIGNED, at + MNT_GIDMAP));
    }

    /** Writes the struct to {@code at}, its padding as zeros. */
    public void writeTo(MemorySegment segment, long at) {
        segment.asSlice(at, SIZE).fill((byte) 0);
        segment.set(JAVA_INT_UNALIGNED, at + SIZE_FIELD, sizeBytes);
        segment.set(JAVA_INT_UNALIGNED, at + MNT_OPTS, mountOptions);
        segment.set(JAVA_LONG_UNALIGNED, at + MASK, mask);
        segment.set(JAVA_INT_UNALIGNED, at + SB_DEV_MAJOR, deviceMajor);
        segment.set(JAVA_INT_UNALIGNED, at + SB_DEV_MINOR, deviceMinor);
        segment.set(JAVA_LONG_UNALIGNED, at + SB_MAGIC, magic);
        segment.set(JAVA_INT_UNALIGNED, at + SB_FLAGS, superFlags);
        segment.set(JAVA_INT_UNALIGNED, at + FS_TYPE, type);
        segment.set(JAVA_LONG_UNALIGNED, at + MNT_ID, id);
        segment.set(JAVA_LONG_UNALIGNED, at + MNT_PARENT_ID, parentId);
        segment.set(JAVA_INT_UNALIGNED, at + MNT_ID_OLD, oldId);
        segment.set(JAVA_INT_UNALIGNED, at + MNT_PARENT_ID_OLD, oldParentId);
        segment.set(JAVA_LONG_UNALIGNED, at + MNT_ATTR, attributes);
        segment.set(JAVA_LONG_UNALIGNED, at + MNT_PROPAGATION, propagation);
        segment.set(JAVA_LONG_UNALIGNED, at + MNT_PEER_GROUP, peerGroup);
        segment.set(JAVA_LONG_UNALIGNED, at + MNT_MASTER, master);
        segment.set(JAVA_LONG_UNALIGNED, at + PROPAGATE_FROM, propagateFrom);
        segment.set(JAVA_INT_UNALIGNED, at + MNT_ROOT, root);
        segment.set(JAVA_INT_UNALIGNED, at + MNT_POINT, point);
        segment.set(JAVA_LONG_UNALIGNED, at + MNT_NS_ID, namespaceId);
        segment.set(JAVA_INT_UNALIGNED, at + FS_SUBTYPE, subtype);
        segment.set(JAVA_INT_UNALIGNED, at + SB_SOURCE, source);
        segment.set(JAVA_INT_UNALIGNED, at + OPT_NUM, optionCount);
        segment.set(JAVA_INT_UNALIGNED, at + OPT_ARRAY, optionArray);
        segment.set(JAVA_INT_UNALIGNED, at + OPT_SEC_NUM, securityOptionCount);
        segment.set(JAVA_INT_UNALIGNED, at + OPT_SEC_ARRAY, securityOptionArray);
        segment.set(JAVA_LONG_UNALIGNED, at + SUPPORTED_MASK, supportedMask);
        segment.set(JAVA_INT_UNALIGNED, at + MNT_UIDMAP_NUM, uidMapCount);
        segment.set(JAVA_INT_UNALIGNED, at + MNT_UIDMAP, uidMap);
        segment.set(JAVA_INT_UNALIGNED, at + MNT_GIDMAP_NUM, gidMapCount);
        segment.set(JAVA_INT_UNALIGNED, at + MNT_GIDMAP, gidMap);
    }
}
