package dev.moat.lib.stub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class StubMappingsTest {
    private static final long PAGE = 4096;
    private static final long END = 1000 * PAGE;
    private static final int READ = 1;
    private static final int READ_WRITE = 3;

    private final StubMappings mappings = new StubMappings(END, 3);

    @Test
    void map_isToBeDone_andCounted() {
        assertTrue(mappings.map(PAGE, 2 * PAGE, 0, READ));
        assertTrue(mappings.mapPresent(8 * PAGE, PAGE, 64 * PAGE, READ_WRITE));
        assertTrue(mappings.intersects(2 * PAGE, PAGE));
        assertFalse(mappings.intersects(3 * PAGE, PAGE));
        assertEquals(List.of("map 1+2 r1 @0", "present 8+1 r3 @64"), toBeDone());
        assertTrue(mappings.queue().isEmpty());
    }

    @Test
    void oneMappingTooMany_dropsAll() {
        for (int i = 1; i <= 3; i++) {
            assertFalse(mappings.isFull());
            assertTrue(mappings.map(2 * i * PAGE, PAGE, 0, READ));
        }
        assertTrue(mappings.isFull());
        assertFalse(mappings.map(20 * PAGE, PAGE, 0, READ));
        assertEquals(List.of("unmap 0+1000"), toBeDone());
        assertFalse(mappings.intersects(2 * PAGE, 30 * PAGE));
    }

    @Test
    void protect_changesWhatIsThereAndOtherwise() {
        mappings.map(PAGE, 2 * PAGE, 0, READ);
        mappings.map(4 * PAGE, PAGE, 64 * PAGE, READ_WRITE);
        mappings.map(6 * PAGE, 4 * PAGE, 128 * PAGE, READ);
        toBeDone();
        mappings.protect(2 * PAGE, 6 * PAGE, READ_WRITE);
        assertEquals(List.of("protect 2+1 r3", "protect 6+2 r3"), toBeDone());
        mappings.protect(2 * PAGE, 6 * PAGE, READ_WRITE);
        assertEquals(List.of(), toBeDone());
    }

    @Test
    void clone_hasTheMappings_andNothingToDo() {
        mappings.map(PAGE, PAGE, 0, READ);
        StubMappings child = mappings.copy();
        assertTrue(child.queue().isEmpty());
        child.unmap(PAGE, PAGE);
        assertFalse(child.intersects(PAGE, PAGE));
        assertTrue(mappings.intersects(PAGE, PAGE));
    }

    @Test
    void rangesOfOthers_areRefused() {
        assertThrows(IllegalArgumentException.class, () -> mappings.map(1, PAGE, 0, READ));
        assertThrows(IllegalArgumentException.class, () -> mappings.unmap(PAGE, 0));
        assertThrows(IllegalArgumentException.class, () -> mappings.protect(-PAGE, PAGE, READ));
        assertThrows(IllegalArgumentException.class, () -> mappings.intersects(END, PAGE));
    }

    private List<String> toBeDone() {
        List<String> done = new ArrayList<>();
        mappings.queue().moveTo(new Recorder(done));
        return done;
    }

    private record Recorder(List<String> done) implements MappingList {
        @Override
        public boolean isFull() {
            return false;
        }

        @Override
        public void addMap(long address, long lengthBytes, long memoryFileOffset, int prot) {
            done.add("map " + range(address, lengthBytes) + " r" + prot + at(memoryFileOffset));
        }

        @Override
        public void addMapPresent(long address, long lengthBytes, long memoryFileOffset, int prot) {
            done.add("present " + range(address, lengthBytes) + " r" + prot + at(memoryFileOffset));
        }

        @Override
        public void addUnmap(long address, long lengthBytes) {
            done.add("unmap " + range(address, lengthBytes));
        }

        @Override
        public void addProtect(long address, long lengthBytes, int prot) {
            done.add("protect " + range(address, lengthBytes) + " r" + prot);
        }

        private static String range(long address, long lengthBytes) {
            return address / PAGE + "+" + lengthBytes / PAGE;
        }

        private static String at(long offset) {
            return " @" + offset / PAGE;
        }
    }
}
