package dev.moat.fs.fuse;

import dev.moat.abi.Limits;
import java.nio.charset.StandardCharsets;

/** Names as they come from a server. */
final class FuseNames {
    private FuseNames() {}

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** Whether a directory may have an entry of that name. */
    static boolean isValid(String name) {
        return !name.isEmpty()
                && name.length() <= Limits.NAME_MAX
                && name.indexOf('/') < 0
                && name.indexOf('\0') < 0;
    }
}
