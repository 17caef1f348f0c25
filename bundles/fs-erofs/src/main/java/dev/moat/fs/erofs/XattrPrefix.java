package dev.moat.fs.erofs;

import dev.moat.abi.AclXattr;
import dev.moat.abi.Errno;
import dev.moat.api.mm.KernelBuffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A long beginning that names of attributes share: {@code struct erofs_xattr_long_prefix}.
 *
 * @param text of the name; empty for one of a kind that is not shown
 */
record XattrPrefix(String text) {
    private static final int LENGTH_BYTES = 2;

    /** EROFS_NAME_LEN. */
    private static final int MOST_BYTES = 256;

    /** All of an image, erofs_xattr_prefixes_init(); EUCLEAN. */
    static List<XattrPrefix> readAll(ErofsFilesystem filesystem) {
        Packing packing = filesystem.packing();
        List<XattrPrefix> prefixes = new ArrayList<>();
        long at = packing.prefixesAt();
        for (int i = 0; i < packing.prefixes(); i++) {
            int length = Short.toUnsignedInt(read(filesystem, at, LENGTH_BYTES).getShort());
            if (length == 0 || length > MOST_BYTES) {
                throw Errno.EUCLEAN.exception();
            }
            byte[] bytes = read(filesystem, at + LENGTH_BYTES, length).array();
            String kind = ofKind(Byte.toUnsignedInt(bytes[0]));
            String infix = new String(bytes, 1, length - 1, StandardCharsets.ISO_8859_1);
            prefixes.add(new XattrPrefix(kind.isEmpty() ? "" : kind + infix));
            at = at + LENGTH_BYTES + length + 3 & ~3L;
        }
        return List.copyOf(prefixes);
    }

    private static ByteBuffer read(ErofsFilesystem filesystem, long at, int lengthBytes) {
        Packing packing = filesystem.packing();
        if (packing.packedNode() == 0 || packing.prefixesInImage()) {
            return filesystem.image().read(at, lengthBytes);
        }
        byte[] bytes = new byte[lengthBytes];
        if (Content.read(filesystem.fragments(), at, KernelBuffer.of(bytes)) < lengthBytes) {
            throw Errno.EUCLEAN.exception();
        }
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** EROFS_XATTR_INDEX_*; empty for one that is not shown. */
    static String ofKind(int index) {
        return switch (index) {
            case 1 -> "user.";
            case 2 -> AclXattr.POSIX_ACL_ACCESS;
            case 3 -> AclXattr.POSIX_ACL_DEFAULT;
            case 4 -> "trusted.";
            case 6 -> "security.";
            default -> "";
        };
    }
}
