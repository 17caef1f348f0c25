package dev.moat.task.time;

import dev.moat.api.swap.Stateful;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A binary heap of timers by deadline in which each timer knows its place. Not thread safe: see
 * {@link TimerQueue}.
 */
@Stateful
final class TimerHeap {
    private @Nullable QueuedTimer[] heap = new QueuedTimer[16];
    private int size;

    boolean isEmpty() {
        return size == 0;
    }

    /** The timer with the earliest deadline; null if there is none. */
    @Nullable QueuedTimer first() {
        return heap[0];
    }

    void insert(QueuedTimer timer) {
        if (size == heap.length) {
            heap = Arrays.copyOf(heap, size * 2);
        }
        size++;
        siftUp(size - 1, timer);
    }

    void remove(QueuedTimer timer) {
        int place = timer.place;
        timer.place = QueuedTimer.NOWHERE;
        size--;
        QueuedTimer last = at(size);
        heap[size] = null;
        if (place == size) {
            return;
        }
        siftDown(place, last);
        if (heap[place] == last) {
            siftUp(place, last);
        }
    }

    private void siftUp(int from, QueuedTimer timer) {
        int place = from;
        while (place > 0) {
            int parent = (place - 1) >>> 1;
            QueuedTimer above = at(parent);
            if (above.deadline <= timer.deadline) {
                break;
            }
            put(place, above);
            place = parent;
        }
        put(place, timer);
    }

    private void siftDown(int from, QueuedTimer timer) {
        int place = from;
        while (2 * place + 1 < size) {
            int child = 2 * place + 1;
            if (child + 1 < size && at(child + 1).deadline < at(child).deadline) {
                child++;
            }
            if (timer.deadline <= at(child).deadline) {
                break;
            }
            put(place, at(child));
            place = child;
        }
        put(place, timer);
    }

    private void put(int place, QueuedTimer timer) {
        heap[place] = timer;
        timer.place = place;
    }

    private QueuedTimer at(int place) {
        QueuedTimer timer = heap[place];
        if (timer == null) {
            throw new IllegalStateException("hole in the timer heap at " + place);
        }
        return timer;
    }
}
