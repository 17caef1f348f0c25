package dev.moat.mm;

import dev.moat.api.mm.MemoryFile;
import dev.moat.api.mm.MemoryFile.RangeVisitor;

/** Finds what is referred to in reference counts. */
final class UsedPages {
    private UsedPages() {}

    /**
     * Tells the ranges of offsets whose pages have references, ascending; none crosses a chunk.
     *
     * @param counts by chunk, which nobody changes meanwhile
     */
    static void visit(int[][] counts, RangeVisitor visitor) {
        for (int i = 0; i < counts.length; i++) {
            visit(counts[i], i * MemoryFile.CHUNK_BYTES, visitor);
        }
    }

    private static void visit(int[] chunk, long base, RangeVisitor visitor) {
        int start = 0;
        while (start < chunk.length) {
            if (chunk[start] == 0) {
                start++;
                continue;
            }
            int end = start + 1;
            while (end < chunk.length && chunk[end] != 0) {
                end++;
            }
            visitor.visit(base + ((long) start << Pages.SHIFT), base + ((long) end << Pages.SHIFT));
            start = end;
        }
    }
}
