package dev.moat.fs.overlay;

import dev.moat.abi.FileMode;
import dev.moat.api.vfs.Inode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Names that hide what lower layers have: character devices with number 0/0. */
final class Whiteouts {
    private static final int DT_UNKNOWN = 0;
    private static final int DT_CHR = 2;

    private Whiteouts() {}

    static boolean isWhiteout(@Nullable Inode inode) {
        return inode != null && FileMode.S_ISCHR(inode.mode()) && inode.attributes().rdev() == 0;
    }

    static void create(Inode upperDirectory, String name) {
        upperDirectory.create(name, FileMode.S_IFCHR, 0, new Inode.Owner(0, 0));
    }

    /** Removes a whiteout of this name, if there is one. */
    static void remove(Inode upperDirectory, String name) {
        if (isWhiteout(upperDirectory.lookup(name))) {
            upperDirectory.unlink(name);
        }
    }

    /**
     * Removes all whiteouts of a directory that shows no entries, so that the layer's own can be
     * removed.
     */
    static void removeAll(Inode upperDirectory) {
        List<String> names = new ArrayList<>();
        upperDirectory.listEntries((name, inode, type, next) -> {
            if (type == DT_CHR || type == DT_UNKNOWN) {
                names.add(name);
            }
            return true;
        });
        names.forEach(name -> remove(upperDirectory, name));
    }
}
