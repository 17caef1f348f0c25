package dev.moat.task.time;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class TimerHeapTest {
    @Test
    void insertAndRemove_inAnyOrder_keepsTheEarliestFirst() {
        TimerQueue queue = new TimerQueue(new QuietSandbox().sandbox(), new FakeClock());
        TimerHeap heap = new TimerHeap();
        Random random = new Random(42);
        List<QueuedTimer> timers = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            QueuedTimer timer = new QueuedTimer(queue, now -> {});
            timer.deadline = random.nextInt(1000);
            timers.add(timer);
            heap.insert(timer);
        }
        for (int i = 0; i < 250; i++) {
            heap.remove(timers.remove(random.nextInt(timers.size())));
        }
        timers.sort((a, b) -> Long.compare(a.deadline, b.deadline));
        for (QueuedTimer timer : timers) {
            QueuedTimer first = heap.first();
            assertEquals(timer.deadline, first.deadline);
            heap.remove(first);
        }
        assertTrue(heap.isEmpty());
    }
}
