package dev.moat.fs.overlay;

import dev.moat.api.vfs.Inode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The entries that a directory of an overlay shows: upper ones first, then lower ones that nothing
 * hides.
 */
final class MergedListing {
    private static final int DT_UNKNOWN = 0;
    private static final int DT_CHR = 2;
    private static final int DT_DIR = 4;

    private MergedListing() {}

    static List<Entry> of(OverlayDirectory directory) {
        List<Entry> entries = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        @Nullable Inode upper = directory.upper();
        boolean merged = !directory.lowers().isEmpty();
        if (upper != null) {
            addLayer(upper, entries, seen, merged, true);
        }
        for (Inode lower : directory.lowers()) {
            addLayer(lower, entries, seen, directory.lowers().size() > 1 || upper != null, false);
        }
        if (merged && upper != null) {
            restoreNumbers(directory, entries);
        }
        return entries;
    }

    private static void addLayer(
            Inode layer, List<Entry> entries, Set<String> seen, boolean merged, boolean isUpper) {
        layer.listEntries((name, inode, type, next) -> {
            if (merged && !seen.add(name)) {
                return true;
            }
            boolean maybeWhiteout = type == DT_CHR || type == DT_UNKNOWN;
            if (maybeWhiteout && Whiteouts.isWhiteout(layer.lookup(name))) {
                return true;
            }
            entries.add(
                    new Entry(
                            name,
                            isUpper ? OverlayInode.upperNumber(inode) : inode,
                            type,
                            isUpper));
            return true;
        });
    }

    /** Upper entries that were copied up, or that merge, have the number of what is below. */
    private static void restoreNumbers(OverlayDirectory directory, List<Entry> entries) {
        for (int i = 0; i < entries.size(); i++) {
            Entry entry = entries.get(i);
            if (!entry.upper()) {
                return;
            }
            boolean mayMerge = entry.type() == DT_DIR || entry.type() == DT_UNKNOWN;
            if (mayMerge || !LowerLayers.find(directory.lowers(), entry.name()).isEmpty()) {
                @Nullable Inode shown = directory.lookup(entry.name());
                if (shown != null) {
                    entries.set(i, new Entry(entry.name(), shown.number(), entry.type(), true));
                }
            }
        }
    }

    /** One entry; {@code type} is DT_*. */
    record Entry(String name, long inode, int type, boolean upper) {}
}
