package dev.moat.fs.erofs;

import dev.moat.abi.AclXattr;
import dev.moat.abi.Errno;
import dev.moat.api.vfs.PosixAcl;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The extended attributes of an inode: those behind it, and shared ones.
 *
 * @param values by name, without the lists; nobody changes them
 * @param access who may do what
 * @param inherited what new files would get
 */
record Xattrs(Map<String, byte[]> values, PosixAcl access, PosixAcl inherited) {
    static final String USER = "user.";

    private static final Xattrs NONE = new Xattrs(Map.of(), PosixAcl.NONE, PosixAcl.NONE);
    private static final int HEADER_BYTES = 12;
    private static final int ENTRY_BYTES = 4;
    private static final int LONG_PREFIX = 0x80;

    /** EUCLEAN. */
    static Xattrs of(ErofsFilesystem filesystem, Node node) {
        if (node.xattrsAt() == 0) {
            return NONE;
        }
        Map<String, byte[]> found = new LinkedHashMap<>();
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
            put(filesystem, found, bytes, at);
            at += length + 3 & ~3;
        }
        for (int i = 0; i < shared; i++) {
            long index = Integer.toUnsignedLong(bytes.getInt(HEADER_BYTES + 4 * i));
            long place = filesystem.superblock().sharedXattrsAt() + 4 * index;
            int length = lengthOf(image.read(place, ENTRY_BYTES), 0);
            put(filesystem, found, image.read(place, length), 0);
        }
        return new Xattrs(
                found,
                list(found.remove(AclXattr.POSIX_ACL_ACCESS)),
                list(found.remove(AclXattr.POSIX_ACL_DEFAULT)));
    }

    private static int lengthOf(ByteBuffer bytes, int at) {
        return ENTRY_BYTES
                + Byte.toUnsignedInt(bytes.get(at))
                + Short.toUnsignedInt(bytes.getShort(at + 2));
    }

    private static void put(
            ErofsFilesystem filesystem, Map<String, byte[]> found, ByteBuffer bytes, int at) {
        String prefix = prefix(filesystem, Byte.toUnsignedInt(bytes.get(at + 1)));
        if (prefix.isEmpty()) {
            // of a kind that is not shown
            return;
        }
        int nameBytes = Byte.toUnsignedInt(bytes.get(at));
        byte[] name = new byte[nameBytes];
        bytes.get(at + ENTRY_BYTES, name);
        byte[] value = new byte[Short.toUnsignedInt(bytes.getShort(at + 2))];
        bytes.get(at + ENTRY_BYTES + nameBytes, value);
        found.putIfAbsent(prefix + new String(name, StandardCharsets.ISO_8859_1), value);
    }

    private static String prefix(ErofsFilesystem filesystem, int index) {
        if ((index & LONG_PREFIX) == 0) {
            return XattrPrefix.ofKind(index);
        }
        List<XattrPrefix> prefixes = filesystem.prefixes();
        int number = index & ~LONG_PREFIX;
        return number < prefixes.size() ? prefixes.get(number).text() : "";
    }

    /** posix_acl_from_xattr(), for ids of the first namespace: EUCLEAN for what is no list. */
    private static PosixAcl list(byte @Nullable [] value) {
        if (value == null || value.length == 0) {
            return PosixAcl.NONE;
        }
        ByteBuffer bytes = ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN);
        if ((value.length - AclXattr.HEADER_BYTES) % AclXattr.ENTRY_BYTES != 0
                || bytes.getInt() != AclXattr.POSIX_ACL_XATTR_VERSION) {
            throw Errno.EUCLEAN.exception();
        }
        List<PosixAcl.Entry> entries = new ArrayList<>();
        while (bytes.hasRemaining()) {
            int tag = Short.toUnsignedInt(bytes.getShort());
            int permissions = Short.toUnsignedInt(bytes.getShort());
            int id = bytes.getInt();
            boolean named = tag == AclXattr.ACL_USER || tag == AclXattr.ACL_GROUP;
            entries.add(
                    new PosixAcl.Entry(tag, permissions, named ? id : AclXattr.ACL_UNDEFINED_ID));
        }
        PosixAcl list = new PosixAcl(entries);
        if (!list.isValid()) {
            throw Errno.EUCLEAN.exception();
        }
        return list;
    }
}
