package dev.moat.fs.erofs;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import java.nio.ByteBuffer;

/**
 * An inode of the image, checked.
 *
 * @param id its place, in units of 32 bytes
 * @param union block address, blocks of what is compressed, device number or form of chunks
 * @param xattrsAt in bytes
 * @param tailAt behind inode and attributes, in bytes
 */
record Node(
        long id,
        int mode,
        long sizeBytes,
        Layout layout,
        int union,
        long number,
        int uid,
        int gid,
        long links,
        long mtimeNs,
        long xattrsAt,
        long tailAt) {
    private static final int SLOT_BITS = 5;
    private static final int COMPACT_BYTES = 32;
    private static final int EXTENDED_BYTES = 64;
    private static final int XATTR_HEADER_BYTES = 12;

    /** EROFS_INODE_*, how content lies in the image. */
    enum Layout {
        PLAIN,
        COMPRESSED_FULL,
        INLINE,
        COMPRESSED_COMPACT,
        CHUNKED
    }

    /** EUCLEAN, EOPNOTSUPP: no inode is like that. */
    static Node read(Image image, Superblock superblock, long id) {
        if (id < 0 || id > image.sizeBytes() >> SLOT_BITS) {
            throw Errno.EUCLEAN.exception();
        }
        long at = superblock.metaAt() + (id << SLOT_BITS);
        int format = Short.toUnsignedInt(image.read(at, Short.BYTES).getShort());
        boolean extended = (format & 1) != 0;
        int layout = format >>> 1 & 7;
        if (layout >= Layout.values().length) {
            throw Errno.EOPNOTSUPP.exception();
        }
        int size = extended ? EXTENDED_BYTES : COMPACT_BYTES;
        ByteBuffer bytes = image.read(at, size);
        int count = Short.toUnsignedInt(bytes.getShort(2));
        long xattrs = count == 0 ? 0 : XATTR_HEADER_BYTES + 4L * (count - 1);
        Node node =
                extended
                        ? extended(id, bytes, Layout.values()[layout], at + size, xattrs)
                        : compact(
                                id, bytes, Layout.values()[layout], at + size, xattrs, superblock);
        node.check(image);
        return node;
    }

    private static Node compact(
            long id,
            ByteBuffer bytes,
            Layout layout,
            long behind,
            long xattrs,
            Superblock superblock) {
        return new Node(
                id,
                Short.toUnsignedInt(bytes.getShort(4)),
                Integer.toUnsignedLong(bytes.getInt(8)),
                layout,
                bytes.getInt(16),
                Integer.toUnsignedLong(bytes.getInt(20)),
                Short.toUnsignedInt(bytes.getShort(24)),
                Short.toUnsignedInt(bytes.getShort(26)),
                Short.toUnsignedLong(bytes.getShort(6)),
                superblock.buildTimeNs(),
                xattrs == 0 ? 0 : behind,
                behind + xattrs);
    }

    private static Node extended(
            long id, ByteBuffer bytes, Layout layout, long behind, long xattrs) {
        long seconds = Math.clamp(bytes.getLong(32), -1L << 33, 1L << 33);
        return new Node(
                id,
                Short.toUnsignedInt(bytes.getShort(4)),
                bytes.getLong(8),
                layout,
                bytes.getInt(16),
                Integer.toUnsignedLong(bytes.getInt(20)),
                bytes.getInt(24),
                bytes.getInt(28),
                Integer.toUnsignedLong(bytes.getInt(44)),
                seconds * 1_000_000_000L + Math.clamp(bytes.getInt(40), 0, 999_999_999),
                xattrs == 0 ? 0 : behind,
                behind + xattrs);
    }

    boolean isCompressed() {
        return layout == Layout.COMPRESSED_FULL || layout == Layout.COMPRESSED_COMPACT;
    }

    private void check(Image image) {
        boolean whole = layout != Layout.CHUNKED || FileMode.S_ISREG(mode);
        long most = isCompressed() ? Integer.MAX_VALUE : image.sizeBytes();
        boolean within = FileMode.S_ISREG(mode) || sizeBytes <= most;
        if (FileMode.directoryEntryType(mode) == 0 || sizeBytes < 0 || !whole || !within) {
            throw Errno.EUCLEAN.exception();
        }
    }
}
