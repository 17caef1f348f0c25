package dev.moat.fs.overlay;

import dev.moat.abi.ErrnoException;
import dev.moat.api.vfs.Inode;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** The marks that an overlay leaves on directories of its upper layer. */
final class OverlayXattrs {
    static final String PREFIX = "trusted.overlay.";

    private static final String OPAQUE = PREFIX + "opaque";
    private static final String REDIRECT = PREFIX + "redirect";

    private OverlayXattrs() {}

    /** Whether nothing of the lower layers shows through. */
    static boolean isOpaque(Inode directory) {
        return get(directory, OPAQUE).filter("y"::equals).isPresent();
    }

    static void setOpaque(Inode directory) {
        set(directory, OPAQUE, "y");
    }

    /** Path in the lower layers that shows through, if it is not the directory's own. */
    static Optional<String> redirect(Inode directory) {
        return get(directory, REDIRECT);
    }

    static void setRedirect(Inode directory, String lowerPath) {
        set(directory, REDIRECT, lowerPath);
    }

    private static Optional<String> get(Inode inode, String name) {
        try {
            return Optional.of(new String(inode.getXattr(name), StandardCharsets.ISO_8859_1));
        } catch (ErrnoException absent) {
            return Optional.empty();
        }
    }

    private static void set(Inode inode, String name, String value) {
        inode.setXattr(name, value.getBytes(StandardCharsets.ISO_8859_1), 0);
    }
}
