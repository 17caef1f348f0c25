package dev.moat.api.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WaitQueueTest {
    private final WaitQueue queue = new WaitQueue();
    private final List<Integer> told = new ArrayList<>();

    private WaitQueue.Waiter waiter(int number) {
        return events -> told.add(number);
    }

    private List<WaitQueue.Waiter> add(int count) {
        List<WaitQueue.Waiter> added = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            added.add(waiter(i));
            queue.add(added.getLast());
        }
        return added;
    }

    @Test
    void wake_ofMany_goesInOrderOfArrival() {
        add(200);
        assertEquals(3, queue.wake(3, WaitQueue.ANY));
        assertEquals(List.of(0, 1, 2), told);
        told.clear();
        queue.wakeAll(WaitQueue.ANY);
        assertEquals(200, told.size());
        assertEquals(199, told.getLast());
    }

    @Test
    void remove_ofMany_inAnyOrder_leavesTheOthers() {
        List<WaitQueue.Waiter> added = add(200);
        WaitQueue.Waiter kept = added.remove(150);
        Collections.shuffle(added, new Random(1));
        added.forEach(queue::remove);
        queue.wakeAll(WaitQueue.ANY);
        assertEquals(List.of(150), told);
        queue.remove(kept);
        assertTrue(queue.isEmpty());
        queue.add(kept);
        assertFalse(queue.isEmpty());
    }

    @Test
    void waiterInTwice_leavesWithItsSecondRemoval() {
        for (int others : new int[] {0, 100}) {
            List<WaitQueue.Waiter> added = add(others);
            WaitQueue.Waiter twice = waiter(-1);
            queue.add(twice);
            queue.add(twice);
            added.forEach(queue::remove);
            queue.remove(twice);
            assertFalse(queue.isEmpty());
            queue.remove(twice);
            assertTrue(queue.isEmpty());
        }
    }

    @Test
    void remove_ofAStranger_changesNothing() {
        List<WaitQueue.Waiter> added = add(100);
        queue.remove(waiter(7));
        added.removeFirst();
        added.forEach(queue::remove);
        queue.wakeAll(WaitQueue.ANY);
        assertEquals(List.of(0), told);
    }
}
