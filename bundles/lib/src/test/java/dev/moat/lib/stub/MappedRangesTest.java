package dev.moat.lib.stub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class MappedRangesTest {
    private static String show(MappedRanges ranges) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < ranges.count(); i++) {
            text.append("%d-%d:%d ".formatted(ranges.start(i), ranges.end(i), ranges.prot(i)));
        }
        return text.toString().trim();
    }

    @Test
    void set_joinsNeighboursOfOneKind() {
        MappedRanges ranges = new MappedRanges();
        ranges.set(0, 10, 1);
        ranges.set(20, 30, 1);
        ranges.set(10, 20, 1);
        assertEquals("0-30:1", show(ranges));
        ranges.set(10, 20, 3);
        assertEquals("0-10:1 10-20:3 20-30:1", show(ranges));
    }

    @Test
    void cut_splitsARange() {
        MappedRanges ranges = new MappedRanges();
        ranges.set(0, 100, 1);
        assertEquals(1, ranges.cut(40, 60));
        assertEquals("0-40:1 60-100:1", show(ranges));
        ranges.cut(0, 1000);
        assertEquals("", show(ranges));
    }

    @Test
    void randomChanges_agreeWithAnArray() {
        Random random = new Random(1);
        MappedRanges ranges = new MappedRanges();
        int[] model = new int[200];
        for (int step = 0; step < 20_000; step++) {
            int start = random.nextInt(199);
            int end = start + 1 + random.nextInt(199 - start + 1);
            end = Math.min(end, 200);
            int prot = random.nextInt(4);
            if (prot == 0) {
                ranges.cut(start, end);
            } else {
                ranges.set(start, end, prot);
            }
            java.util.Arrays.fill(model, start, end, prot);
            int[] seen = new int[200];
            long former = -1;
            for (int i = 0; i < ranges.count(); i++) {
                assertTrue(ranges.start(i) >= former && ranges.end(i) > ranges.start(i));
                former = ranges.end(i);
                java.util.Arrays.fill(
                        seen, (int) ranges.start(i), (int) ranges.end(i), ranges.prot(i));
            }
            org.junit.jupiter.api.Assertions.assertArrayEquals(model, seen);
        }
    }
}
