package dev.moat.fs.erofs;

import dev.moat.abi.Errno;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads the extended attributes of an inode: behind it, and shared ones. */
final class Xattrs {
    private static final int HEADER_BYTES = 12;
    private static final int ENTRY_BYTES = 4;

    private Xattrs() {}

    /** By name; EUCLEAN. */
    static Map<String, byte[]> of(ErofsFilesystem filesystem, Node node) {
        Map<String, byte[]> found = new LinkedHashMap<>();
        if (node.xattrsAt() == 0) {
            return found;
        }
        Image image = filesystem.image();
        int size = (int) (node.tailAt() - node.xattrsAt());
        ByteBuffer bytes = image.read(node.xattrsAt(), size);
        int shared = Byte.toUnsignedInt(bytes.get(4));
        int at = HEADER_BYTES + 4 * shared;
        if (at > size) {
            throw Errno.EUCLEAN.exception();
        }
        while (size - at >= ENTRY_BYTES) {
            int length = lengthOf(bytes, at);
            if (length > size - at) {
                throw Errno.EUCLEAN.exception();
            }
            put(found, bytes, at);
            at += length + 3 & ~3;
        }
        for (int i = 0; i < shared; i++) {
            long index = Integer.toUnsignedLong(bytes.getInt(HEADER_BYTES + 4 * i));
            long place = filesystem.superblock().sharedXattrsAt() + 4 * index;
            int length = lengthOf(image.read(place, ENTRY_BYTES), 0);
            put(found, image.read(place, length), 0);
        }
        return found;
    }

    private static int lengthOf(ByteBuffer bytes, int at) {
        return ENTRY_BYTES
                + Byte.toUnsignedInt(bytes.get(at))
                + Short.toUnsignedInt(bytes.getShort(at + 2));
    }

    private static void put(Map<String, byte[]> found, ByteBuffer bytes, int at) {
        String prefix =
                switch (bytes.get(at + 1)) {
                    case 1 -> "user.";
                    case 4 -> "trusted.";
                    case 6 -> "security.";
                    default -> "";
                };
        int nameBytes = Byte.toUnsignedInt(bytes.get(at));
        if (prefix.isEmpty()) {
            // Lists and long prefixes are not shown.
            return;
        }
        byte[] name = new byte[nameBytes];
        bytes.get(at + ENTRY_BYTES, name);
        byte[] value = new byte[Short.toUnsignedInt(bytes.getShort(at + 2))];
        bytes.get(at + ENTRY_BYTES + nameBytes, value);
        found.put(prefix + new String(name, StandardCharsets.ISO_8859_1), value);
    }
}
