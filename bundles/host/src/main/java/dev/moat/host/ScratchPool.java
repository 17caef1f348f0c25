package dev.moat.host;

import java.util.concurrent.atomic.AtomicReferenceArray;

/** A few {@link Scratch}es for all threads; lock free. When all are out, a new one is made. */
final class ScratchPool {
    private static final int SLOTS = 16;

    private final AtomicReferenceArray<Scratch> idle = new AtomicReferenceArray<>(SLOTS);

    /** A scratch for the calling thread; close it to give it back. */
    Scratch borrow() {
        for (int i = 0; i < SLOTS; i++) {
            if (idle.get(i) != null) {
                Scratch scratch = idle.getAndSet(i, null);
                if (scratch != null) {
                    return scratch;
                }
            }
        }
        return new Scratch(this);
    }

    void giveBack(Scratch scratch) {
        for (int i = 0; i < SLOTS; i++) {
            if (idle.get(i) == null && idle.compareAndSet(i, null, scratch)) {
                return;
            }
        }
    }
}
