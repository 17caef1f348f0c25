package dev.moat.lib.range;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LongRangeSetTest {
    @Test
    void add_touchingRanges_becomeOne() {
        LongRangeSet set = new LongRangeSet();
        set.add(0, 10);
        set.add(20, 30);
        set.add(10, 20);
        assertEquals(1, set.size());
        assertEquals(30, set.end(0));
        assertEquals(30, set.total());
    }

    @Test
    void remove_ofMiddle_splits() {
        LongRangeSet set = new LongRangeSet();
        set.add(0, 10);
        set.remove(3, 5);
        assertEquals(2, set.size());
        assertEquals(3, set.end(0));
        assertEquals(5, set.start(1));
        assertEquals(8, set.total());
    }

    @Test
    void randomChanges_matchBitSet() {
        Random random = new Random(42);
        LongRangeSet set = new LongRangeSet();
        BitSet model = new BitSet();
        for (int step = 0; step < 20_000; step++) {
            int start = random.nextInt(500);
            int end = start + random.nextInt(40);
            if (random.nextBoolean()) {
                set.add(start, end);
                model.set(start, end);
            } else {
                set.remove(start, end);
                model.clear(start, end);
            }
            check(set, model);
        }
    }

    private static void check(LongRangeSet set, BitSet model) {
        assertEquals(model.cardinality(), set.total());
        int bit = 0;
        for (int i = 0; i < set.size(); i++) {
            bit = model.nextSetBit(bit);
            assertEquals(bit, set.start(i));
            bit = model.nextClearBit(bit);
            assertEquals(bit, set.end(i));
        }
        assertEquals(-1, model.nextSetBit(bit));
        assertTrue(set.isEmpty() == model.isEmpty());
    }
}
