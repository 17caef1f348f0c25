package dev.moat.lib.range;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class LongRangeMapTest {
    @Test
    void insert_overlapping_isRefused() {
        LongRangeMap<String> map = new LongRangeMap<>();
        map.insert(10, 20, "a");
        assertThrows(IllegalArgumentException.class, () -> map.insert(19, 25, "b"));
        assertThrows(IllegalArgumentException.class, () -> map.insert(5, 11, "b"));
        map.insert(20, 25, "b");
        assertEquals("a", map.find(19));
        assertEquals("b", map.find(20));
        assertNull(map.find(25));
    }

    @Test
    void setBounds_intoNeighbour_isRefused() {
        LongRangeMap<String> map = new LongRangeMap<>();
        map.insert(10, 20, "a");
        map.insert(30, 40, "b");
        assertThrows(IllegalArgumentException.class, () -> map.setBounds(0, 10, 31));
        map.setBounds(0, 5, 30);
        assertEquals("a", map.find(29));
    }

    @Test
    void randomChanges_matchTreeMap() {
        Random random = new Random(7);
        LongRangeMap<Integer> map = new LongRangeMap<>();
        TreeMap<Long, Integer> model = new TreeMap<>();
        for (int step = 0; step < 5_000; step++) {
            long key = random.nextInt(300) * 10L;
            Integer there = model.get(key);
            if (there == null) {
                map.insert(key, key + 10, step);
                model.put(key, step);
            } else {
                map.removeAt(map.indexOf(key + 5));
                model.remove(key);
            }
            assertEquals(model.size(), map.size());
            long probe = random.nextInt(3_000);
            assertEquals(model.get(probe / 10 * 10), map.find(probe));
        }
    }
}
