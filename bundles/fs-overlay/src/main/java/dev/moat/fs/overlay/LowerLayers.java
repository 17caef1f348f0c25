package dev.moat.fs.overlay;

import dev.moat.abi.FileMode;
import dev.moat.api.vfs.Inode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Looks names up in stacked lower directories. */
final class LowerLayers {
    private LowerLayers() {}

    /**
     * What a name leads to: one file, or the directories that merge, topmost first; empty if it is
     * nowhere or hidden by a whiteout.
     */
    static List<Inode> find(List<Inode> directories, String name) {
        List<Inode> found = new ArrayList<>(1);
        for (Inode directory : directories) {
            @Nullable Inode inode = directory.lookup(name);
            if (inode == null) {
                continue;
            }
            if (Whiteouts.isWhiteout(inode)) {
                break;
            }
            boolean isDirectory = FileMode.S_ISDIR(inode.mode());
            if (!isDirectory) {
                if (found.isEmpty()) {
                    found.add(inode);
                }
                break;
            }
            found.add(inode);
            if (directories.size() > 1 && OverlayXattrs.isOpaque(inode)) {
                break;
            }
        }
        return found;
    }

    /** Walks a path from the lower roots; gives the directories there, or nothing. */
    static List<Inode> walk(List<Inode> roots, String path) {
        List<Inode> current = roots;
        for (String name : path.split("/", -1)) {
            current = find(current, name);
            if (current.isEmpty() || !FileMode.S_ISDIR(current.getFirst().mode())) {
                return List.of();
            }
        }
        return current;
    }
}
